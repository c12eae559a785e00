//! What clients and servers tell, compared with what a simulated disk holds at that moment.
//!
//! Clients and a server run on one machine, each with its thread. The test passes their frames on,
//! and looks at the disk before each of them: had the power failed now, would it be true?

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks at what it is about")]

use core::time::Duration;

use super::disk::simulated::{Chance, Kind, LeftOut, Machine, Trouble};
use super::*;
use crate::client::ClientEvent;
use crate::frame;
use crate::message::{Message, Push};
use crate::op::{Op, Seen};
use crate::room::{HostEdit, IfVersion};
use crate::{Action, Channel, Code, Codec, Key, RoomName, RoomNo, Seq, Session, Value};

mod damage;
mod world;

use world::{Ghost, World};

type Told<T> = Result<T, String>;

const ROOMS: [&str; 2] = ["cart", "till"];

fn name(text: &str) -> RoomName {
    RoomName::new(text).unwrap()
}

fn number(value: i64) -> Value {
    Value::from_i64(value).unwrap()
}

/// Writes from two clients into two rooms, until all have their verdict.
fn write_and_settle(left_out: Option<LeftOut>) -> Told<()> {
    let machine = Machine::default();
    let mut ghost = Ghost::default();
    let mut world = World::start(&machine, 2);
    machine.leave_out(left_out);
    for round in 0..20 {
        for client in 0..2 {
            assert!(world.write(client, round % 2, &mut ghost, "tea"));
        }
        world.pass(&mut ghost)?;
    }
    world.pass_until(&mut ghost, "all verdicts", World::is_settled)?;
    assert_eq!(ghost.applied, ghost.made);
    let room = world.server.room_open(&name(ROOMS[0])).unwrap();
    for number in 0..10 {
        world.server.room_write(room, host_write("host", number)).unwrap();
    }
    let written = |world: &World| {
        let written = |event: &&HostEvent| matches!(event, HostEvent::Written { .. });
        world.events.iter().filter(written).count() == 10
    };
    world.pass_until(&mut ghost, "the host's writes", written)?;
    world.check_all(&ghost)
}

fn host_write(key: &str, value: i64) -> Vec<HostEdit> {
    let edit = Action::Set(number(value)).into();
    vec![HostEdit { key: Key::new(key).unwrap(), edit, if_version: IfVersion::Any }]
}

#[test]
fn whatever_is_told_or_sent_is_on_the_disk() {
    write_and_settle(None).unwrap();
}

#[test]
fn what_is_told_before_it_is_durable_is_found() {
    let room: LeftOut = |kind, path, _| {
        kind == Kind::Sync && path.extension().is_some_and(|extension| extension == "log")
    };
    let client: LeftOut = |kind, path, _| {
        let log = path.extension().is_none();
        kind == Kind::Sync && log && path.to_string_lossy().starts_with("/data/client-")
    };
    for (what, mistake) in [("told", room), ("sent", client)] {
        let found = write_and_settle(Some(mistake)).unwrap_err();
        assert!(found.contains(what), "{found}");
    }
}

#[test]
fn a_number_of_one_room_is_not_taken_for_that_of_another() {
    let mut ghost = Ghost::default();
    let mut world = World::start(&Machine::default(), 1);
    for (room, writes) in [(0, 3), (1, 1)] {
        for _ in 0..writes {
            assert!(world.write(0, room, &mut ghost, "tea"));
            world.pass_until(&mut ghost, "a verdict", World::is_settled).unwrap();
        }
    }
    let peer = &world.peers[0];
    let op = Op { key: Key::new("k").unwrap(), seen: Seen::Absent, action: Action::Set(number(1)) };
    let pushes = [(0, 3), (1, 1), (1, 2), (0, 4)].map(|(room, number)| {
        let of = |(_, joined): &(&Channel, &RoomNo)| **joined == peer.rooms[room];
        let (channel, _) = peer.channels.iter().rfind(of).unwrap();
        let push = Push {
            channel: *channel,
            session: Session::new(1),
            first: Seq::new(number),
            heard: Seq::ZERO,
            mutations: vec![vec![op.clone()]],
        };
        frame::encode(&Message::Push(push), Codec::Binary)
    });
    let found = pushes.map(|push| world.check_names(0, &push).is_ok());
    assert_eq!(found, [true, true, false, false]);
}

/// How a room goes down and comes again while another goes on, and what its clients are told.
fn a_room_in(trouble: Trouble) {
    let machine = Machine::default();
    let mut ghost = Ghost::default();
    let mut world = World::start(&machine, 2);
    for room in 0..2 {
        assert!(world.write(0, room, &mut ghost, "tea"));
    }
    world.pass_until(&mut ghost, "a start", World::is_settled).unwrap();
    machine.trouble("room-cart", trouble);
    let long = "x".repeat(6_000);
    assert!(world.write(0, 0, &mut ghost, &long) && world.write(1, 0, &mut ghost, &long));
    let failed = |world: &World| {
        let failed = |event: &HostEvent| matches!(event, HostEvent::Failed { name, error, .. } if name.as_str() == "cart" && error.code == Code::StorageFailed);
        world.events.iter().any(failed)
    };
    world.pass_until(&mut ghost, "a failure", failed).unwrap();
    for round in 0..10 {
        assert!(world.write(round % 2, 1, &mut ghost, &long), "the other room goes on");
    }
    let told = |world: &World| {
        let till = world.peers[0].rooms[1];
        world.peers.iter().all(|peer| peer.handle.pending(till).unwrap() == 0)
    };
    world.pass_until(&mut ghost, "the other room", told).unwrap();
    assert_eq!(ghost.applied.iter().filter(|write| write.room == 1).count(), 11);
    assert_eq!(ghost.applied.iter().filter(|write| write.room == 0).count(), 1);
    let denied = |event: &ClientEvent| {
        matches!(event, ClientEvent::Denied { code: Code::Unavailable, retries: true, .. })
    };
    assert!(world.peers.iter().all(|peer| peer.events.iter().any(denied)), "it is said");
    world.check_all(&ghost).unwrap();

    machine.end_troubles();
    world.pass_until(&mut ghost, "the room again", World::is_settled).unwrap();
    assert_eq!(ghost.applied, ghost.made);
    world.check_all(&ghost).unwrap();
    let strange = |event: &HostEvent| matches!(event, HostEvent::Failed { name, .. } if name.as_str() != "cart");
    assert!(!world.events.iter().any(strange));
}

#[test]
fn a_full_disk_stops_one_room_and_no_other_and_loses_nothing() {
    a_room_in(Trouble::Full);
}

#[test]
fn a_failed_sync_stops_one_room_and_no_other_and_loses_nothing() {
    a_room_in(Trouble::SyncFails);
}

#[test]
fn a_client_whose_disk_is_full_says_so_and_keeps_what_it_had() {
    let machine = Machine::default();
    let mut ghost = Ghost::default();
    let mut world = World::start(&machine, 2);
    assert!(world.write(0, 0, &mut ghost, "tea"));
    world.pass_until(&mut ghost, "a start", World::is_settled).unwrap();
    machine.trouble("client-0", Trouble::Full);
    let long = "x".repeat(3_000);
    while world.write(0, 0, &mut ghost, &long) {
        std::thread::sleep(Duration::from_micros(200));
    }
    let failure = world.peers[0].handle.storage_error().unwrap().unwrap();
    assert_eq!(failure.code, Code::StorageFailed);
    assert!(failure.to_string().contains("storage space"), "{failure}");
    let told = |world: &World| world.peers[0].events.contains(&ClientEvent::StorageFailed);
    world.pass_until(&mut ghost, "the failure", told).unwrap();
    assert!(world.write(1, 0, &mut ghost, &long), "the other client goes on");
    let other = |world: &World| world.peers[1].handle.pending_total().unwrap() == 0;
    world.pass_until(&mut ghost, "the other client", other).unwrap();

    machine.end_troubles();
    world.peers[0].handle.close().unwrap();
    let gone = world.peers[0].conn.take();
    if let Some(conn) = gone {
        world.conns.remove(&conn);
        world.server.disconnected(conn).unwrap();
    }
    world.peers[0] = world.start_client(0);
    assert!(world.write(0, 0, &mut ghost, "more"), "there is space again");
    world.pass_until(&mut ghost, "everything", World::is_settled).unwrap();
    world.check_all(&ghost).unwrap();
}

/// The machine is crashed again and again, with everything that runs on it.
fn crash_by_seed(seed: u64) -> Told<()> {
    let mut dice = Chance::Random(seed.wrapping_mul(104_729));
    let mut machine = Machine::with_sectors([64, 512][dice.pick(2)]);
    let mut ghost = Ghost::default();
    for _ in 0..4 {
        let mut world = World::start(&machine, 2);
        world.check_all(&ghost)?;
        for _ in 0..dice.pick(40) {
            let long = "x".repeat(dice.pick(300));
            let (client, room) = (dice.pick(2), dice.pick(2));
            assert!(world.write(client, room, &mut ghost, &long));
            if dice.pick(3) > 0 {
                world.pass(&mut ghost)?;
            }
            if dice.pick(5) == 0 {
                std::thread::sleep(Duration::from_micros(700));
            }
        }
        let moment = machine.now();
        machine = match dice.pick(3) {
            0 => moment.restart(),
            1 => moment.lose_power(&mut Chance::Nothing),
            _ => moment.lose_power(&mut Chance::Random(seed)),
        };
    }
    let mut world = World::start(&machine, 2);
    world.pass_until(&mut ghost, "an end", World::is_settled)?;
    world.check_all(&ghost)
}

#[test]
fn a_machine_that_crashes_again_and_again_keeps_every_word() {
    for seed in 0..25 {
        crash_by_seed(seed).unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
    }
}
