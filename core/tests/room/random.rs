//! Readers that lag, resume and start over end at the state of the room.

use std::collections::BTreeMap;

use proptest::prelude::*;
use syncline_core::exchange::ToRoom;
use syncline_core::room::{HostEdit, IfVersion};
use syncline_core::{Action, Epoch, Limits, ReaderId, Value};

use crate::bench::{Bench, NOW, key, value};

#[derive(Clone, Debug)]
enum Step {
    Edit(u8, Action),
    Pair(u8, u8),
    Pull(u8),
    Rejoin(u8),
    Crash,
    Expire,
}

fn step() -> impl Strategy<Value = Step> {
    let action = prop_oneof![
        (0..100_i64).prop_map(|n| Action::Set(Value::from_i64(n).unwrap())),
        Just(Action::Set(value(&format!("{{\"pad\":\"{}\"}}", "p".repeat(80))))),
        Just(Action::Delete),
        (0..9_i64).prop_map(|n| Action::Merge(value(&format!("{{\"m{n}\":{n}}}")))),
        Just(Action::Add(value("1"))),
    ];
    prop_oneof![
        6 => (0..6_u8, action).prop_map(|(key, action)| Step::Edit(key, action)),
        2 => (0..6_u8, 0..6_u8).prop_map(|(a, b)| Step::Pair(a, b)),
        3 => (0..3_u8).prop_map(Step::Pull),
        1 => (0..3_u8).prop_map(Step::Rejoin),
        1 => Just(Step::Crash),
        1 => Just(Step::Expire),
    ]
}

fn edit(n: u8, action: Action) -> HostEdit {
    HostEdit { key: key(&format!("k{n}")), edit: action.into(), if_version: IfVersion::Any }
}

/// Lets a replica come back as a new reader at its cursor.
fn rejoin(bench: &mut Bench, replicas: &mut BTreeMap<u8, ReaderId>, n: u8) {
    let old = replicas.remove(&n).and_then(|reader| {
        bench.room.handle(NOW, ToRoom::Leave { reader });
        bench.readers.remove(&reader)
    });
    let mut replica = old.unwrap_or_default();
    replica.staged.clear();
    let (version, epoch) = (replica.cursor, Some(Epoch::new(7)));
    let reader = bench.join(u128::from(n), |join| {
        (join.writes, join.version, join.epoch) = (false, version, epoch);
    });
    bench.readers.insert(reader, replica);
    replicas.insert(n, reader);
}

fn run(bench: &mut Bench, replicas: &mut BTreeMap<u8, ReaderId>, step: Step) {
    match step {
        Step::Edit(n, action) => drop(bench.room.write(&[edit(n, action)])),
        Step::Pair(a, b) => {
            let set = |n, json| edit(n, Action::Set(value(json)));
            bench.room.write(&[set(a, "1"), set(b, "2")]).unwrap();
        }
        Step::Pull(n) => {
            if let Some(reader) = replicas.get(&n) {
                bench.room.handle(NOW, ToRoom::Pull { reader: *reader });
            }
        }
        Step::Rejoin(n) => rejoin(bench, replicas, n),
        Step::Crash => {
            bench.crash();
            for n in replicas.keys().copied().collect::<Vec<_>>() {
                rejoin(bench, replicas, n);
            }
        }
        Step::Expire => bench.room.expire(bench.room.version()),
    }
    bench.drain(false);
    bench.sync();
    bench.drain(false);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    /// Readers that lag, resume and start over end at the room's state, and the room's records
    /// give back the room.
    #[test]
    fn every_reader_ends_at_the_state_of_the_room(
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        let limits = Limits { chunk_bytes: 200, tombstones: 3, ..Limits::default() };
        let (mut bench, mut replicas) = (Bench::limits(limits), BTreeMap::new());
        bench.settle();
        for step in steps {
            run(&mut bench, &mut replicas, step);
        }
        for reader in replicas.values() {
            bench.room.handle(NOW, ToRoom::Pull { reader: *reader });
        }
        bench.settle();
        let entries = bench.room.entries("");
        let want: Vec<_> = entries.map(|(key, content)| (key.clone(), content.to_json())).collect();
        for reader in replicas.values() {
            let values = bench.readers[reader].values.iter();
            let got: Vec<_> = values.map(|(key, (_, it))| (key.clone(), it.to_json())).collect();
            prop_assert_eq!(&got, &want);
        }
        let digest = bench.room.digest();
        bench.crash();
        prop_assert_eq!(bench.room.digest(), digest, "records give back the room");
    }
}
