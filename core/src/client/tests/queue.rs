//! What a restart costs of a client in whose queue many edits wait.

use super::*;
use crate::client::ClientOutput;
use crate::edit::Edit;

const EDITS: u32 = 100_000;

fn config() -> ClientConfig {
    let edits = usize::try_from(EDITS).unwrap();
    let limits = Limits {
        outbox_edits: edits,
        outbox_bytes: 256 << 20,
        room_keys: 2 * edits,
        ..Limits::default()
    };
    ClientConfig { limits, ..ClientConfig::default() }
}

/// The records of a client that made so many edits and never had a connection.
fn fill(edit: fn(&mut Client, RoomNo, u32) -> Result<(), Error>) -> Vec<Vec<u8>> {
    let now = Time::default();
    let mut client = Client::new(config(), [7; 32]);
    let room = client.open(now, name(), true).unwrap();
    let mut blobs = Vec::new();
    for number in 0..=EDITS {
        let made = edit(&mut client, room, number);
        let refused = made.err().map(|error| error.code);
        assert_eq!(refused, (number == EDITS).then_some(Code::Full), "{number}");
        if number % 1_000 > 0 && number < EDITS {
            continue;
        }
        while let Some(output) = client.poll_output() {
            let ClientOutput::Persist(Persist { id, mode, bytes, .. }) = output else { continue };
            if mode == PersistMode::Replace {
                blobs.clear();
            }
            blobs.push(bytes);
            client.handle_persisted(id);
        }
    }
    blobs
}

/// Each edit is read once, and evaluated once.
fn restore(blobs: &[Vec<u8>], keys: usize) {
    let restored = Client::restore(config(), [8; 32], blobs.iter().map(Vec::as_slice)).unwrap();
    let state = &restored.rooms.values().next().unwrap().state;
    assert_eq!(state.outbox.len(), usize::try_from(EDITS).unwrap());
    assert_eq!(state.replica.work(), u64::from(EDITS));
    assert_eq!(restored.entries(state.room, "").len(), keys);
}

#[test]
fn a_hundred_thousand_edits_of_a_key_each_are_restored_by_work_for_each_once() {
    let blobs = fill(|client, room, number| {
        client.edit(Time::default(), room, &format!("orders/{number}"), set("7")).map(|_| ())
    });
    restore(&blobs, 100_000);
}

#[test]
fn a_hundred_thousand_edits_of_some_keys_are_restored_by_work_for_each_once() {
    let blobs = fill(|client, room, number| {
        let key = Key::new(format!("orders/{}", number % 1_000))?;
        client.batch(Time::default(), room, vec![(key, Edit::from(set("7")))]).map(|_| ())
    });
    restore(&blobs, 1_000);
}
