//! What clients and rooms have made durable, as storage gives it back.

use syncline_core::client::{Client, ClientConfig};
use syncline_core::record::client::{Proposal, RecordWriter, read_blob};
use syncline_core::record::room::{read, write};
use syncline_core::room::{Room, RoomConfig};
use syncline_core::wire::Writer;
use syncline_core::{Code, Epoch, Limits, RoomName, TabId, Time};

use super::bounds::within;

/// Bytes of memory for each byte of a record, and in any case.
const EACH: usize = 400;
const BASE: usize = 64 * 1_024;

const NOW: Time = Time::from_millis(1);

fn name() -> RoomName {
    RoomName::new("room").unwrap()
}

fn restored(bytes: &[u8]) -> Option<Client> {
    match Client::restore(ClientConfig::default(), [1; 32], [bytes]) {
        Ok(client) => Some(client),
        Err(error) => {
            assert_eq!(error.code, Code::StorageCorrupt, "{error}");
            None
        }
    }
}

/// All that a client shows.
fn shown(client: &mut Client) -> Vec<String> {
    let mut shown = Vec::new();
    for number in 1..=u8::MAX {
        let number = syncline_core::RoomNo::new(u32::from(number));
        let Some(name) = client.room_name(number) else { continue };
        shown.push(name.to_string());
        shown.push(format!("{:?}", client.entries(number, "")));
        shown.push(format!("{:?} {}", client.version(number), client.pending(number)));
    }
    shown
}

/// A blob of a client's log: what is restored from it is restored from what that writes.
pub fn client(bytes: &[u8]) {
    let Ok(records) = within(bytes.len(), EACH, BASE, || read_blob(bytes)) else {
        assert!(restored(bytes).is_none());
        return;
    };
    let mut writer = RecordWriter::new();
    for record in &records {
        writer.put(record);
    }
    if !records.is_empty() {
        assert_eq!(writer.into_bytes(), bytes);
    }
    let Some(mut client) = within(bytes.len(), EACH, BASE, || restored(bytes)) else { return };
    let snapshot = client.snapshot().unwrap().bytes;
    if snapshot.is_empty() {
        return;
    }
    let mut again = restored(&snapshot).expect("what a client wrote");
    assert_eq!(shown(&mut again), shown(&mut client));
    assert_eq!(again.snapshot().unwrap().bytes, snapshot);
    let mut follower =
        Client::standby(ClientConfig::default(), [2; 32], TabId::new(1), &snapshot).unwrap();
    follower.follow(NOW, &snapshot, true).unwrap();
}

/// A blob of a room's log.
pub fn room(bytes: &[u8]) {
    let restored =
        |bytes: &[u8]| Room::restore(name(), RoomConfig::default(), Epoch::new(7), [bytes]);
    let Ok(records) = within(bytes.len(), EACH, BASE, || read(bytes, &Limits::HARD)) else {
        assert_eq!(
            restored(bytes).map(|_| ()).map_err(|error| error.code),
            Err(Code::StorageCorrupt)
        );
        return;
    };
    let mut writer = Writer::new();
    for record in &records {
        write(&mut writer, record);
    }
    assert_eq!(writer.into_bytes(), bytes);
    let room = match within(bytes.len(), EACH, BASE, || restored(bytes)) {
        Ok(room) => room,
        Err(error) => return assert_eq!(error.code, Code::StorageCorrupt, "{error}"),
    };
    let export = room.export();
    let again = restored(&export).expect("what a room wrote");
    assert_eq!(again.export(), export);
    assert_eq!((again.digest(), again.version()), (room.digest(), room.version()));
    assert!(again.entries("").eq(room.entries("")));
}

/// What a tab hands to the one that leads.
pub fn proposal(bytes: &[u8]) {
    let read = within(bytes.len(), EACH, BASE, || Proposal::read(bytes));
    if let Ok(proposal) = read {
        assert_eq!(proposal.into_bytes(), bytes);
    }
    let mut leader = Client::new(ClientConfig::default(), [1; 32]);
    let room = leader.open(NOW, name(), true).unwrap();
    leader.snapshot().unwrap();
    let tab = TabId::new(1);
    let once = leader.adopt(NOW, tab, bytes);
    let (pending, shows) = (leader.pending(room), leader.entries(room, ""));
    let twice = leader.adopt(NOW, tab, bytes);
    assert_eq!(once.map_err(|error| error.code), twice.map_err(|error| error.code));
    assert_eq!((leader.pending(room), leader.entries(room, "")), (pending, shows));
    let snapshot = leader.snapshot().unwrap().bytes;
    let mut follower = Client::standby(ClientConfig::default(), [2; 32], tab, &snapshot).unwrap();
    let _ = follower.follow(NOW, bytes, false);
    let _ = follower.follow(NOW, bytes, true);
    follower.follow(NOW, &snapshot, true).unwrap();
    let here = follower.room(&name()).unwrap();
    assert_eq!(follower.entries(here, ""), leader.entries(room, ""));
}
