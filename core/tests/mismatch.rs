//! A client, a server and a room that were built to different limits, restored from the wrong disk,
//! or asked for more than one frame holds: each test is named after what must not go wrong.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    missing_docs
)]

#[path = "mismatch/pair.rs"]
mod pair;

use std::time::Duration;

use pair::{Disk, Pair, json, keep, name};
use syncline_core::client::{Client, ClientConfig};
use syncline_core::message::{Hello, Message};
use syncline_core::record::room::{Begin, RoomRecord, write};
use syncline_core::room::{HostEdit, IfVersion, Room, RoomConfig, RoomOutput};
use syncline_core::wire::Writer;
use syncline_core::{
    Action, Codec, ConnId, Epoch, ItemId, Key, KeyId, Limits, Place, RoomName, frame,
};

fn text(bytes: usize) -> Action {
    Action::Set(json(&format!("\"{}\"", "x".repeat(bytes))))
}

fn lowered() -> Limits {
    Limits { value_bytes: 1_000, mutation_bytes: 2_000, frame_bytes: 8_000, ..Limits::default() }
}

/// Makes what a room wants durable at once.
fn sync(room: &mut Room, disk: &mut Disk) {
    while let Some(output) = room.poll_output() {
        if let RoomOutput::Persist(persist) = output {
            let id = persist.id;
            keep(disk, persist);
            room.handle_persisted(id);
        }
    }
}

#[test]
fn a_value_above_the_servers_limit_made_before_the_welcome_gets_a_verdict() {
    let mut pair = Pair::new(ClientConfig::default(), lowered());
    let room = pair.open();
    pair.client.edit(pair.now, room, "k", text(5_000)).unwrap();
    pair.run(60);
    pair.assert_settled(room);
}

#[test]
fn a_key_above_the_servers_limit_does_not_stop_the_client() {
    let limits = Limits { key_bytes: 8, ..Limits::default() };
    let mut pair = Pair::new(ClientConfig::default(), limits);
    let room = pair.open();
    pair.client.edit(pair.now, room, "a-long-long-key", text(5)).unwrap();
    pair.run(60);
    pair.assert_settled(room);
}

#[test]
fn a_room_name_above_the_servers_limit_costs_only_its_channel() {
    let limits = Limits { room_name_bytes: 4, ..Limits::default() };
    let mut pair = Pair::new(ClientConfig::default(), limits);
    let room = pair.open();
    pair.client.open(pair.now, RoomName::new("longer-name").unwrap(), true).unwrap();
    pair.client.edit(pair.now, room, "a", text(5)).unwrap();
    pair.run(10);
    pair.assert_settled(room);
}

#[test]
fn a_named_edit_above_limits_lowered_since_is_not_sent_for_ever() {
    let mut pair = Pair::standard();
    let room = pair.open();
    pair.run(1);
    pair.client.edit(pair.now, room, "k", text(50_000)).unwrap();
    pair.now = pair.now.after(Duration::from_millis(200));
    pair.client.handle_timeout(pair.now);
    pair.drain();
    pair.restart_server(lowered());
    pair.run(60);
    pair.assert_settled(room);
}

#[test]
fn a_room_with_values_above_lowered_limits_stays_readable() {
    let mut pair = Pair::standard();
    let room = pair.open();
    pair.client.edit(pair.now, room, "k", text(50_000)).unwrap();
    pair.run(1);
    pair.assert_settled(room);
    pair.client = Client::new(ClientConfig::default(), [4; 32]);
    pair.conn = None;
    pair.restart_server(lowered());
    let room = pair.open();
    pair.run(20);
    assert!(pair.client.get(room, "k").is_some(), "{:?}", pair.failures.last());
}

#[test]
fn presence_above_the_servers_limit_does_not_end_the_connection() {
    let limits = Limits { presence_bytes: 50, ..Limits::default() };
    let mut pair = Pair::new(ClientConfig::default(), limits);
    let room = pair.open();
    let state = json(&format!("{{\"a\":\"{}\"}}", "x".repeat(200)));
    pair.client.set_presence(pair.now, room, Some(&state)).unwrap();
    pair.client.edit(pair.now, room, "k", text(5)).unwrap();
    pair.run(60);
    pair.assert_settled(room);
}

#[test]
fn absence_then_presence_leaves_nothing_of_before() {
    let mut pair = Pair::standard();
    let room = pair.open();
    pair.run(1);
    pair.client.set_presence(pair.now, room, Some(&json(r#"{"a":1}"#))).unwrap();
    pair.settle();
    pair.client.set_presence(pair.now, room, None).unwrap();
    pair.client.set_presence(pair.now, room, Some(&json(r#"{"b":2}"#))).unwrap();
    pair.run(1);
    assert_eq!(pair.shown(), [r#"{"b":2}"#]);
}

#[test]
fn presence_patches_that_do_not_compose_end_as_what_the_client_shows() {
    let mut pair = Pair::standard();
    let room = pair.open();
    pair.run(1);
    pair.client.set_presence(pair.now, room, Some(&json(r#"{"a":{"x":1},"c":1}"#))).unwrap();
    pair.settle();
    pair.client.set_presence(pair.now, room, Some(&json(r#"{"a":null,"c":null}"#))).unwrap();
    pair.client.set_presence(pair.now, room, Some(&json(r#"{"a":{"y":2}}"#))).unwrap();
    pair.run(1);
    assert_eq!(pair.shown(), [pair.client.presence(room).unwrap().own().unwrap().to_json()]);
}

#[test]
fn a_new_room_that_is_renewed_can_be_restored() {
    let mut room = Room::new(name(), RoomConfig::default(), Epoch::new(1)).unwrap();
    room.renew(Epoch::new(2)).unwrap();
    let mut disk = Disk::new();
    sync(&mut room, &mut disk);
    assert!(disk.is_empty(), "there is nothing to keep");
    let key = Key::new("k").unwrap();
    let edit = HostEdit { key, edit: text(3).into(), if_version: IfVersion::Any };
    room.write(&[edit]).unwrap();
    sync(&mut room, &mut disk);
    let blobs = disk.iter().map(Vec::as_slice);
    let restored = Room::restore(name(), RoomConfig::default(), Epoch::new(3), blobs).unwrap();
    assert_eq!((restored.epoch(), restored.keys()), (Epoch::new(2), 1));
}

#[test]
fn an_older_disk_of_the_same_epoch_does_not_make_a_client_send_for_ever() {
    let mut pair = Pair::standard();
    let room = pair.open();
    pair.client.edit(pair.now, room, "a", text(5)).unwrap();
    pair.run(1);
    let old = pair.disk.clone();
    for number in 0..5 {
        pair.client.edit(pair.now, room, &format!("b{number}"), text(5)).unwrap();
        pair.run(1);
    }
    pair.assert_settled(room);
    pair.disk = old;
    pair.restart_server(Limits::default());
    pair.client.edit(pair.now, room, "c", text(5)).unwrap();
    let before = pair.frames_up;
    pair.run(20);
    pair.assert_settled(room);
    assert!(pair.frames_up - before < 50, "{} frames", pair.frames_up - before);
}

#[test]
fn the_last_key_number_is_given_to_nobody() {
    let mut out = Writer::new();
    let next_key = KeyId::new(u32::MAX - 1);
    let begin = Begin { epoch: Epoch::new(1), next_key, ..Begin::default() };
    write(&mut out, &RoomRecord::Begin(begin));
    let (blob, mut disk) = (out.into_bytes(), Disk::new());
    let blobs = [blob.as_slice()];
    let mut room = Room::restore(name(), RoomConfig::default(), Epoch::new(3), blobs).unwrap();
    let accepted = (0..4).filter(|number| {
        let key = Key::new(format!("k{number}")).unwrap();
        let edit = HostEdit { key, edit: text(3).into(), if_version: IfVersion::Any };
        let accepted = room.write(&[edit]).is_ok();
        sync(&mut room, &mut disk);
        accepted
    });
    assert_eq!(accepted.count(), 1);
    assert_eq!((room.keys(), room.entries("").count()), (1, 1));
}

#[test]
fn a_newer_token_that_grants_writing_takes_effect_at_once() {
    let mut pair = Pair::standard();
    pair.writer = false;
    let room = pair.open();
    pair.run(1);
    assert!(pair.client.edit(pair.now, room, "a", text(5)).is_err());
    pair.writer = true;
    pair.client.set_token(pair.now, "ada");
    pair.run(5);
    assert!(pair.client.edit(pair.now, room, "a", text(5)).is_ok());
}

#[test]
fn a_log_of_values_tells_no_token() {
    let mut pair = Pair::standard();
    let conn = ConnId::new(99);
    pair.server.handle_connected(pair.now, conn);
    let hello = Message::Hello(Hello {
        oldest: 1,
        newest: 1,
        codecs: vec![Codec::Binary],
        token: "s3cret".into(),
        schema: String::new(),
    });
    assert!(!format!("{hello:?}").contains("s3cret"));
    pair.server.handle_frame(pair.now, conn, &frame::encode(&hello, Codec::Binary));
    assert!(!format!("{:?}", pair.server).contains("s3cret"));
}

#[test]
fn a_json_snapshot_of_many_small_keys_fits_its_frames() {
    let mut pair = Pair::json();
    let mut room = Room::new(name(), RoomConfig::default(), Epoch::new(7)).unwrap();
    for batch in 0..1_000 {
        let edit = |number| HostEdit {
            key: Key::new(format!("{}", batch * 60 + number)).unwrap(),
            edit: Action::Set(json("1")).into(),
            if_version: IfVersion::Any,
        };
        room.write(&(0..60).map(edit).collect::<Vec<_>>()).unwrap();
        sync(&mut room, &mut pair.disk);
    }
    let room = pair.open();
    pair.run(5);
    assert_eq!(pair.client.entries(room, "").len(), 60_000, "{:?}", pair.failures.last());
}

#[test]
fn a_json_push_of_many_list_edits_fits_its_frames() {
    let mut pair = Pair::json();
    pair.offline = true;
    let room = pair.open();
    let insert = |number: u64| Action::Insert {
        id: ItemId::new(number + 1),
        value: json("1"),
        place: Place { left: Some(ItemId::new(number)), right: None },
    };
    for list in 0..256_u64 {
        let key = Key::new(format!("l{list}")).unwrap();
        let edits = (0..60).map(|item| (key.clone(), insert(list * 60 + item))).collect();
        pair.client.batch(pair.now, room, edits).unwrap();
    }
    pair.offline = false;
    pair.run(10);
    pair.assert_settled(room);
}
