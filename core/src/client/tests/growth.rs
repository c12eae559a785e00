//! How large a client's log becomes, and what a start with many edits costs.

use super::*;
use crate::edit::Edit;

/// Bytes of the log, and of all that it stands for.
fn weigh(rig: &Rig) -> (usize, usize) {
    let bytes = rig.blobs.iter().map(Vec::len).sum();
    (bytes, whole(&rig.client.rooms, rig.client.config.cache).into_bytes().len())
}

#[test]
fn a_log_shrinks_when_a_queue_was_sent() {
    let mut rig = Rig::joined();
    rig.disconnect();
    let long = set(&format!("{:?}", "x".repeat(900)));
    for number in 0..1_500 {
        rig.edit(&format!("key/{}", number % 1_000), long.clone());
        if number % 50 == 0 {
            let (bytes, whole) = weigh(&rig);
            assert!(bytes < 65_536 + 3 * whole + 2_000, "{bytes} for {whole}");
        }
    }
    rig.connect();
    rig.join(0);
    let mut last = 0;
    for _ in 0..20 {
        rig.pass_ms(30);
        last = rig.mutations().last().map_or(last, |(number, _)| *number);
        // The server has nothing to tell but that it took them: as if others had deleted the keys.
        rig.delta(0, 0, &[], Some(personal(last, &[])));
    }
    assert_eq!((last, rig.client.pending_total()), (1_000, 0));
    let (bytes, whole) = weigh(&rig);
    assert!(whole < 1_000 && bytes < 2 * 65_536, "{bytes} for {whole}");
}

#[test]
fn a_log_shrinks_when_what_is_confirmed_is_gone() {
    let mut rig = Rig::joined();
    let long = format!("{:?}", "x".repeat(900));
    for number in 1..=500 {
        let name = format!("key/{number}");
        let id = u32::try_from(number).unwrap();
        rig.delta(number - 1, number, &[(id, &name, number, Some(&long))], None);
    }
    let (bytes, whole) = weigh(&rig);
    assert!(whole > 450_000 && bytes < 65_536 + 3 * whole, "{bytes} for {whole}");
    for number in 1..=500 {
        let id = u32::try_from(number).unwrap();
        rig.delta(499 + number, 500 + number, &[(id, "", 500 + number, None)], None);
        if number % 20 == 0 {
            let (bytes, whole) = weigh(&rig);
            assert!(bytes < 2 * 65_536 + 6 * whole, "{bytes} for {whole}");
        }
    }
    assert_eq!(rig.client.get(rig.room, "key/1"), None);
}

/// Edits that wait, each a mutation of its own, and the work of showing them after a start.
fn work_of_a_start(edits: u32, keys: u32, action: &Action) -> u64 {
    let limits = Limits { outbox_edits: 1_000_000, outbox_bytes: 1 << 30, ..Limits::default() };
    let config = ClientConfig { limits, ..ClientConfig::default() };
    let mut rig = Rig::new(config.clone());
    for number in 0..edits {
        let edit = (key(&format!("key/{}", number % keys)), Edit::from(action.clone()));
        rig.client.batch(rig.now, rig.room, vec![edit]).unwrap();
        if number % 1_000 == 0 {
            rig.drain();
        }
    }
    rig.drain();
    let again = Rig::restored(config, &rig.blobs);
    let edits = usize::try_from(edits).unwrap();
    assert_eq!(again.client.pending_total(), edits);
    again.client.rooms.get(&again.room).unwrap().state.replica.work()
}

#[test]
fn a_start_with_many_edits_costs_each_of_them_once() {
    for (keys, action) in [(1, set("1")), (100, set("1")), (u32::MAX, set("1"))] {
        let [few, many] = [1_000, 8_000].map(|edits| work_of_a_start(edits, keys, &action));
        assert!(few >= 1_000 && many <= 8 * few + 100, "{keys} keys: {few}, then {many}");
        assert!(many < 3 * 8_000, "{keys} keys: {many}");
    }
}
