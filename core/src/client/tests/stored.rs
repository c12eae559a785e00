//! When a client says that edits are durable.

use super::*;
use crate::id::{StoreMark, TabId};

fn marks(rig: &mut Rig) -> Vec<u64> {
    rig.drain();
    let told = core::mem::take(&mut rig.events);
    let mark = |event: &ClientEvent| {
        if let ClientEvent::Stored { mark } = event { Some(mark.get()) } else { None }
    };
    told.iter().filter_map(mark).collect()
}

fn store_one(rig: &mut Rig) {
    let order = rig.orders.remove(0);
    rig.client.handle_persisted(order.id);
}

#[test]
fn edits_are_told_as_stored_when_they_are_and_not_before() {
    let mut rig = Rig::default();
    assert_eq!(rig.client.ask_stored().unwrap().get(), 1);
    assert_eq!(marks(&mut rig), [1], "an opened room is stored, and nothing else was made");
    rig.answers = false;
    rig.edit("a", set("1"));
    assert_eq!(rig.client.ask_stored().unwrap().get(), 2);
    assert_eq!(rig.client.ask_stored().unwrap().get(), 3);
    assert!(marks(&mut rig).is_empty());
    // One that goes into the draft of the first.
    rig.edit("a", set("2"));
    let mark = rig.client.ask_stored().unwrap();
    assert!(marks(&mut rig).is_empty());
    store_one(&mut rig);
    assert_eq!(marks(&mut rig), [3]);
    store_one(&mut rig);
    assert_eq!(marks(&mut rig), [mark.get()]);
    assert!(rig.orders.is_empty());
    assert_eq!(rig.client.ask_stored().unwrap().get(), 5);
    assert_eq!(marks(&mut rig), [5]);
}

#[test]
fn what_is_told_as_stored_is_there_after_a_crash() {
    for stored in [false, true] {
        let mut rig = Rig::default();
        rig.drain();
        rig.answers = false;
        rig.edit("a", set("1"));
        rig.client.ask_stored().unwrap();
        rig.drain();
        if stored {
            let order = rig.orders.remove(0);
            let id = order.id;
            rig.store(order);
            rig.client.handle_persisted(id);
        }
        assert_eq!(marks(&mut rig).len(), usize::from(stored));
        let blobs = rig.blobs.clone();
        let again = Rig::restored(ClientConfig::default(), &blobs);
        let shown = again.client.get(again.room, "a").map(Content::to_json);
        assert_eq!(shown.is_some(), stored);
    }
}

#[test]
fn many_questions_about_the_same_edits_are_one() {
    let mut rig = Rig::default();
    rig.drain();
    rig.answers = false;
    for number in 0..1_000 {
        if number % 100 == 0 {
            rig.edit(&format!("k{number}"), set("1"));
        }
        rig.client.ask_stored().unwrap();
    }
    assert_eq!((rig.client.questions.len(), rig.orders.len()), (10, 10));
    let latest = rig.orders.pop().unwrap();
    store_one(&mut rig);
    assert_eq!(marks(&mut rig), [100]);
    rig.client.handle_persisted(latest.id);
    assert_eq!(marks(&mut rig), [1_000]);
}

#[test]
fn nothing_is_told_as_stored_without_storage_or_once_it_failed() {
    let mut rig = Rig::new(ClientConfig { durable: false, ..ClientConfig::default() });
    assert_eq!(rig.client.ask_stored().unwrap_err().code, Code::WrongMode);
    let mut rig = Rig::default();
    rig.drain();
    rig.answers = false;
    rig.edit("a", set("1"));
    rig.client.ask_stored().unwrap();
    rig.drain();
    rig.client.handle_persist_failed();
    store_one(&mut rig);
    rig.drain();
    assert!(rig.events.contains(&ClientEvent::StorageFailed));
    assert!(marks(&mut rig).is_empty());
    assert_eq!(rig.client.ask_stored().unwrap_err().code, Code::Poisoned);
}

#[test]
fn a_standby_is_told_once_its_leader_has_decided() {
    let now = Time::default();
    let config = ClientConfig::default;
    let mut leader = Rig::new(config());
    leader.drain();
    let tab = TabId::new(5);
    let snapshot = leader.client.snapshot().unwrap().bytes;
    let mut standby = Client::standby(config(), [8; 32], tab, &snapshot).unwrap();
    let room = standby.open(now, name(), true).unwrap();
    let mut proposals = Vec::new();
    let mut told = Vec::new();
    let mut drain = |standby: &mut Client| {
        let mut marks: Vec<StoreMark> = Vec::new();
        while let Some(output) = standby.poll_output() {
            if let ClientOutput::Propose { bytes, .. } = output {
                proposals.push(bytes);
            } else if let ClientOutput::Event(ClientEvent::Stored { mark }) = output {
                marks.push(mark);
            }
        }
        told.extend(marks.iter().map(|mark| mark.get()));
        (core::mem::take(&mut proposals), marks.len())
    };
    standby.ask_stored().unwrap();
    assert_eq!(drain(&mut standby).1, 1, "it has made nothing");
    standby.edit(now, room, "a", set("1")).unwrap();
    standby.edit(now, room, "b", set("2")).unwrap();
    standby.ask_stored().unwrap();
    let (proposed, none) = drain(&mut standby);
    assert_eq!((proposed.len(), none), (2, 0));
    leader.answers = false;
    for (bytes, stored) in proposed.iter().zip([0, 1]) {
        leader.client.adopt(now, tab, bytes).unwrap();
        leader.drain();
        for order in core::mem::take(&mut leader.orders) {
            leader.client.handle_persisted(order.id);
            standby.follow(now, &order.bytes, order.mode == PersistMode::Replace).unwrap();
        }
        assert_eq!(drain(&mut standby).1, stored);
    }
}
