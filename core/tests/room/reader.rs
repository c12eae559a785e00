//! What readers are told: from a cursor, of what is there, in chunks.

use syncline_core::exchange::ToRoom;
use syncline_core::policy::Policy;
use syncline_core::{Action, Epoch, Limits, Seen, Version};

use crate::bench::{Bench, NOW, Replica, op, set, value};

#[test]
fn a_slow_reader_costs_a_cursor_and_skips_what_was_overwritten() {
    let mut bench = Bench::policy(Policy::Last);
    let (a, slow) = (bench.enter(1), bench.enter(2));
    for n in 1..=100 {
        bench.push(a, n, vec![vec![set("hot", &n.to_string(), Seen::Absent)]]);
        bench.drain(false);
        bench.sync();
        bench.drain(false);
        if n % 10 == 0 {
            bench.room.handle(NOW, ToRoom::Pull { reader: a });
        }
    }
    let before = bench.readers[&slow].deltas;
    bench.room.handle(NOW, ToRoom::Pull { reader: slow });
    bench.drain(false);
    assert_eq!(bench.readers[&slow].deltas, before + 1);
    assert_eq!(bench.readers[&slow].json("hot").as_deref(), Some("100"));
}

#[test]
fn a_small_edit_of_a_large_value_travels_as_the_edit() {
    let mut bench = Bench::policy(Policy::Last);
    let (a, b) = (bench.enter(1), bench.enter(2));
    let large = format!("{{\"text\":\"{}\"}}", "x".repeat(5_000));
    bench.push(a, 1, vec![vec![set("doc", &large, Seen::Absent)]]);
    bench.settle();
    for (seq, patch) in [(2, "{\"n\":1}"), (3, "{\"n\":2}")] {
        bench.push(a, seq, vec![vec![op("doc", Action::Merge(value(patch)), Seen::Absent)]]);
        bench.settle();
    }
    let late = bench.enter(3);
    assert_eq!((bench.readers[&b].patches, bench.readers[&b].values_told), (2, 1));
    assert_eq!((bench.readers[&late].patches, bench.readers[&late].values_told), (0, 1));
    assert_eq!(bench.readers[&b].json("doc"), bench.json("doc"));
}

#[test]
fn a_reader_from_before_the_horizon_starts_over_and_sees_no_deleted_key() {
    let mut bench = Bench::limits(Limits { tombstones: 8, ..Limits::default() });
    let a = bench.enter(1);
    let mut seq = 0;
    for n in 0..20 {
        let name = format!("k{n}");
        seq += 1;
        bench.push(a, seq, vec![vec![set(&name, "1", Seen::Absent)]]);
        bench.settle();
        if n >= 1 {
            seq += 1;
            bench.push(a, seq, vec![vec![op(&name, Action::Delete, Seen::Absent)]]);
            bench.settle();
        }
    }
    let cursor = Version::new(2);
    let old = bench.join(2, |join| (join.epoch, join.version) = (Some(Epoch::new(7)), cursor));
    bench.readers.insert(old, Replica { cursor, ..Replica::default() });
    bench.settle();
    assert_eq!(bench.readers[&old].values.len(), 1);
    assert_eq!(bench.readers[&a].values.len(), 1);
    bench.crash();
    assert_eq!(bench.room.keys(), 1);
    let again = bench.enter(3);
    assert_eq!(bench.readers[&again].values.len(), 1);
}

#[test]
fn a_snapshot_is_chunked_while_others_write() {
    let mut bench = Bench::limits(Limits { chunk_bytes: 256, ..Limits::default() });
    let a = bench.enter(1);
    for n in 0..100_u64 {
        let json = format!("\"{}\"", "v".repeat(50));
        bench.push(a, n + 1, vec![vec![set(&format!("k{n}"), &json, Seen::Absent)]]);
    }
    bench.settle();
    let slow = bench.join(2, |join| join.writes = false);
    bench.drain(false);
    bench.room.handle(NOW, ToRoom::Pull { reader: slow });
    bench.drain(false);
    assert!(!bench.readers[&slow].staged.is_empty() && bench.readers[&slow].values.is_empty());
    bench.push(a, 101, vec![vec![set("k0", "\"new\"", Seen::Absent)]]);
    bench.push(a, 102, vec![vec![op("k1", Action::Delete, Seen::Absent)]]);
    bench.settle();
    bench.room.handle(NOW, ToRoom::Pull { reader: slow });
    bench.settle();
    assert_eq!(bench.readers[&slow].values.len(), 99);
    assert_eq!(bench.readers[&slow].json("k0").as_deref(), Some("\"new\""));
}
