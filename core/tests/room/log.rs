//! What of a room is durable before it is told, and how long its log is.

use syncline_core::policy::Policy;
use syncline_core::room::{HostEdit, IfVersion};
use syncline_core::{Action, Code, Epoch, KeyId, PersistMode, Seen, Version};

use crate::bench::{Bench, key, op, set, value};

#[test]
fn an_acknowledged_write_is_never_lost_because_nothing_is_told_before_it_is_durable() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    bench.push(a, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.drain(true);
    assert_eq!((bench.json("x"), bench.last(a)), (None, 0), "staged only");
    assert_eq!(bench.room.staged("x").map(|(_, c)| c.to_json()).as_deref(), Some("1"));
    bench.crash();
    assert_eq!(bench.room.version(), Version::ZERO);

    let a = bench.enter(1);
    assert_eq!(bench.joined[&a].2, Epoch::new(7), "the epoch is the log's");
    bench.push(a, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.settle();
    assert_eq!((bench.readers[&a].json("x").as_deref(), bench.last(a)), (Some("1"), 1));
    bench.crash();
    assert_eq!(bench.json("x").as_deref(), Some("1"));
}

/// Writes as the host, and looks how large the log is then beside what is alive. Returns the largest
/// excess over 64 KiB and the last blob, in percent of the latter.
fn write_and_weigh(bench: &mut Bench, keys: impl Iterator<Item = u32>, edit: &Action) -> usize {
    let mut worst = 0;
    for (at, number) in keys.enumerate() {
        let edit = HostEdit {
            key: key(&format!("key/{number}")),
            edit: edit.clone().into(),
            if_version: IfVersion::Any,
        };
        bench.room.write(&[edit]).unwrap();
        bench.settle();
        if at % 25 == 0 {
            let bytes: usize = bench.disk.iter().map(Vec::len).sum();
            let last = bench.disk.last().map_or(0, Vec::len);
            let excess = bytes.saturating_sub(65_536 + last);
            let whole = bench.room.export().len();
            worst = worst.max(excess * 100 / whole);
        }
    }
    worst
}

#[test]
fn a_log_stays_within_a_factor_of_what_the_room_holds() {
    let mut bench = Bench::policy(Policy::Last);
    let set = Action::Set(value(&format!("{:?}", "x".repeat(900))));
    let grown = write_and_weigh(&mut bench, 0..1_000, &set);
    assert!(grown < 300, "{grown}");
    let again = write_and_weigh(&mut bench, (0..4_000).map(|number| number % 7), &set);
    assert!(again > 100 && again < 300, "{again}");
    let shrunk = write_and_weigh(&mut bench, 0..1_000, &Action::Delete);
    assert!(shrunk < 600, "{shrunk}");
    let bytes: usize = bench.disk.iter().map(Vec::len).sum();
    assert!(bytes < 2 * 65_536 + bench.room.export().len(), "{bytes} of what was a million");
    bench.crash();
    assert_eq!(bench.room.keys(), 0);
}

#[test]
fn a_room_that_shrinks_is_not_written_anew_for_every_write() {
    let mut bench = Bench::policy(Policy::Last);
    let set = Action::Set(value(&format!("{:?}", "x".repeat(900))));
    let mut written = 0_usize;
    let (mut replaced, mut appended) = (0, 0);
    for number in (0..1_000).chain(0..1_000).rev() {
        let edit = if bench.room.get(&format!("key/{number}")).is_some() {
            Action::Delete
        } else {
            set.clone()
        };
        let key = key(&format!("key/{number}"));
        bench
            .room
            .write(&[HostEdit { key, edit: edit.into(), if_version: IfVersion::Any }])
            .unwrap();
        bench.drain(true);
        while !bench.waiting.is_empty() {
            for persist in &bench.waiting {
                written += persist.bytes.len();
                match persist.mode {
                    PersistMode::Replace => replaced += 1,
                    PersistMode::Append => appended += persist.bytes.len(),
                }
            }
            bench.sync();
            bench.drain(true);
        }
    }
    assert!(replaced > 3 && replaced < 20, "{replaced}");
    assert!(written < 4 * appended, "{written} for {appended}");
}

#[test]
fn a_renewed_room_numbers_its_keys_from_the_first_again() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    let ops = |ops| vec![vec![ops]];
    bench.push(a, 1, ops(set("gone", "1", Seen::Absent)));
    bench.push(a, 2, ops(set("x", "1", Seen::Absent)));
    bench.push(a, 3, ops(op("gone", Action::Delete, Seen::Absent)));
    bench.settle();
    bench.room.expire(bench.room.version());
    let before = bench.enter(2);
    bench.settle();
    assert!(bench.readers[&before].names.keys().eq([&KeyId::new(1)]));

    bench.room.renew(Epoch::new(99)).unwrap();
    for _ in 0..2 {
        let b = bench.enter(3);
        bench.push(
            b,
            1,
            vec![vec![set("x", "2", Seen::Absent)], vec![set("y", "1", Seen::Absent)]],
        );
        bench.settle();
        let reader = &bench.readers[&b];
        let named = |name: &str| reader.names.iter().find(|(_, key)| key.as_str() == name);
        let ids = ["x", "y"].map(|name| named(name).map(|(id, _)| id.get()));
        assert_eq!(ids, [Some(0), Some(1)]);
        assert_eq!(["x", "y"].map(|name| reader.json(name).unwrap()), ["2", "1"]);
        bench.crash();
    }
}

#[test]
fn failed_storage_poisons_the_room_and_nobody_is_told_what_it_held() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    bench.push(a, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.drain(true);
    bench.room.handle_persist_failed();
    bench.drain(true);
    assert_eq!(bench.denied[&a], Code::Unavailable);
    assert_eq!(bench.last(a), 0);
    let edit = HostEdit { key: key("x"), edit: Action::Delete.into(), if_version: IfVersion::Any };
    assert_eq!(bench.room.write(&[edit]).unwrap_err().code, Code::Poisoned);
}
