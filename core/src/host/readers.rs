//! What whoever may only read, and chooses which rooms, costs the storage of a server and the rooms of
//! others.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks at what it is about")]

use core::time::Duration;
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::disk::simulated::{Chance, Kind, Machine, Trouble};
use super::storage::OPEN_FILES_MAX;
use super::*;
use crate::frame::{self, Decoded, encode};
use crate::message::{Hello, Join, Joined, Leave, Message, PROTOCOL};
use crate::room::{HostEdit, IfVersion};
use crate::{
    Action, Channel, ClientId, Code, Codec, ConnId, Epoch, Grant, Key, Limits, Principal, RoomName,
    RoomNo, Seq, Time, Value, Version,
};

const PATIENCE: Duration = Duration::from_mins(1);
const CONN: ConnId = ConnId::new(1);

fn name(text: &str) -> RoomName {
    RoomName::new(text).unwrap()
}

/// A server on a simulated disk, and one connection of somebody who may read every room.
struct World {
    machine: Machine,
    server: ServerHandle,
    channel: u32,
    told: Vec<Message>,
    events: Vec<HostEvent>,
}

impl World {
    fn start(machine: &Machine) -> Self {
        let mut options = ServerOptions::default();
        options.timing.room_idle = Duration::from_millis(1);
        let disk = Disk::Simulated(machine.clone());
        let server = ServerHandle::automatic_on(&disk, options, Some(Path::new("/rooms"))).unwrap();
        server.connected(CONN).unwrap();
        let hello = Message::Hello(Hello {
            oldest: PROTOCOL,
            newest: PROTOCOL,
            codecs: vec![Codec::Binary],
            token: "eve".into(),
            schema: String::new(),
        });
        server.receive(CONN, &encode(&hello, Codec::Binary)).unwrap();
        let machine = machine.clone();
        Self { machine, server, channel: 0, told: Vec::new(), events: Vec::new() }
    }

    fn pass(&mut self) {
        while let Some(output) = self.server.poll().unwrap() {
            match output {
                HostOutput::Authorize { request, .. } => {
                    let grant = Grant::reader(Principal::new("eve").unwrap());
                    self.server.authorize(request, Ok(grant)).unwrap();
                }
                HostOutput::Transmit { conn, bytes } => {
                    let decoded = frame::decode(&bytes, Codec::Binary, &Limits::HARD);
                    if let Ok(Decoded::Message(message)) = decoded {
                        self.told.push(message);
                    }
                    self.server.writable(conn).unwrap();
                }
                HostOutput::Event(event) => self.events.push(event),
                HostOutput::Close { code, .. } => panic!("{code:?}"),
                _ => {}
            }
        }
    }

    fn wait<T>(&mut self, what: &str, mut find: impl FnMut(&Self) -> Option<T>) -> T {
        let clock = Clock::new();
        loop {
            self.pass();
            if let Some(found) = find(self) {
                return found;
            }
            assert!(clock.now() < Time::default().after(PATIENCE), "in vain: {what}");
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    /// Joins a room as one who holds the state of an epoch, and tells the answer.
    fn join(&mut self, room: &str, epoch: Option<Epoch>) -> Result<Joined, Code> {
        self.told.clear();
        self.channel += 1;
        let join = Message::Join(Join {
            channel: Channel::new(self.channel),
            room: name(room),
            client: ClientId::new(7),
            writes: false,
            session: None,
            epoch,
            version: Version::ZERO,
            heard: Seq::ZERO,
        });
        self.server.receive(CONN, &encode(&join, Codec::Binary)).unwrap();
        self.wait("an answer to a join", |world| {
            world.told.iter().find_map(|message| match message {
                Message::Joined(joined) => Some(Ok(joined.clone())),
                Message::Denied(denied) => Some(Err(denied.code)),
                _ => None,
            })
        })
    }

    fn leave(&self) {
        let leave = Message::Leave(Leave { channel: Channel::new(self.channel) });
        self.server.receive(CONN, &encode(&leave, Codec::Binary)).unwrap();
    }

    fn write(&self, room: RoomNo, bytes: usize) {
        let value = Value::from_text(&"x".repeat(bytes), &Limits::HARD).unwrap();
        let (key, edit) = (Key::new("k").unwrap(), Action::Set(value).into());
        let edits = vec![HostEdit { key, edit, if_version: IfVersion::Any }];
        self.server.room_write(room, edits).unwrap();
    }

    fn written(&self) -> usize {
        self.events.iter().filter(|event| matches!(event, HostEvent::Written { .. })).count()
    }

    fn wait_written(&mut self, count: usize) {
        self.wait("writes", |world| (world.written() == count).then_some(()));
    }

    fn failed(&self) -> Vec<&HostEvent> {
        let failed = |event: &&HostEvent| {
            matches!(event, HostEvent::Failed { .. } | HostEvent::WriteFailed { .. })
        };
        self.events.iter().filter(failed).collect()
    }

    fn wait_closed(&mut self) {
        let none = |world: &Self| world.server.rooms().unwrap().is_empty().then_some(());
        self.wait("closed rooms", none);
    }

    fn syncs(&self) -> usize {
        [Kind::Sync, Kind::SyncDirectory].map(|kind| self.machine.count(kind)).iter().sum()
    }
}

#[test]
fn readers_of_rooms_that_nobody_wrote_leave_no_file_and_sync_nothing() {
    let mut world = World::start(&Machine::default());
    let (files, syncs) = (world.machine.files(), world.syncs());
    let long = "long ".repeat(25);
    for room in 0..500 {
        world.join(&format!("{long}{room}"), None).unwrap();
        world.leave();
    }
    world.wait_closed();
    let room = world.server.room_open(&name("renewed")).unwrap();
    world.server.room_renew(room).unwrap();
    world.join("renewed", None).unwrap();
    world.server.room_release(room).unwrap();
    world.server.room_unload(room).unwrap();
    world.wait_closed();
    assert!(world.failed().is_empty());
    world.server.close().unwrap();
    assert_eq!((world.machine.files(), world.syncs()), (files, syncs));
}

#[test]
fn who_was_told_of_an_epoch_that_was_never_stored_is_given_the_whole_of_the_next() {
    let mut world = World::start(&Machine::default());
    let told = world.join("cart", None).unwrap().epoch;
    assert_eq!(world.join("cart", Some(told)).unwrap().epoch, told, "while it is open");
    world.leave();
    world.channel -= 1;
    world.leave();
    world.wait_closed();
    let again = world.join("cart", Some(told)).unwrap();
    assert_ne!(again.epoch, told, "what nobody kept is not there again");
    let room = world.server.room_open(&name("cart")).unwrap();
    world.write(room, 10);
    world.wait_written(1);
    let machine = world.machine.now().lose_power(&mut Chance::Nothing);
    let mut world = World::start(&machine);
    for held in [told, again.epoch] {
        let joined = world.join("cart", Some(held)).unwrap();
        assert_eq!(joined.epoch, again.epoch, "what was written is of the epoch that was told");
        let body = world.wait("the state", |world| {
            world.told.iter().find_map(|message| match message {
                Message::Delta(delta) => Some(delta.body.clone()),
                _ => None,
            })
        });
        assert_eq!((body.from, body.to, body.entries.len()), (Version::ZERO, Version::new(1), 1));
        world.leave();
    }
}

/// So many rooms that hold something.
fn with_rooms(machine: &Machine, count: usize) {
    let mut world = World::start(machine);
    for room in 0..count {
        let room = world.server.room_open(&name(&format!("room-{room}"))).unwrap();
        world.write(room, 10);
    }
    world.wait_written(count);
    assert!(machine.most_open() <= OPEN_FILES_MAX + 3, "{}", machine.most_open());
    world.server.close().unwrap();
}

#[test]
fn a_reader_of_many_rooms_takes_no_file_from_a_room_that_is_written() {
    let machine = Machine::default();
    with_rooms(&machine, 2 * OPEN_FILES_MAX);
    // The lock, a log that is written anew, and its directory.
    machine.set_descriptors(OPEN_FILES_MAX + 3);
    let mut world = World::start(&machine);
    let good = world.server.room_open(&name("good")).unwrap();
    world.write(good, 10);
    for room in 0..2 * OPEN_FILES_MAX {
        let name = format!("room-{room}");
        world.server.room_open(&RoomName::new(&*name).unwrap()).unwrap();
        assert_eq!(world.join(&name, None).map(|_| ()), Ok(()));
        world.leave();
    }
    for _ in 0..10 {
        world.write(good, 60_000);
    }
    world.wait_written(11);
    assert!(world.failed().is_empty(), "{:?}", world.failed());
}

#[test]
fn too_many_open_files_deny_one_opening_and_make_others_late_but_fail_no_room() {
    let machine = Machine::default();
    with_rooms(&machine, 2);
    let mut world = World::start(&machine);
    let good = world.server.room_open(&name("room-0")).unwrap();
    world.write(good, 10);
    let blank = world.server.room_open(&name("blank")).unwrap();
    world.wait_written(1);
    machine.trouble("", Trouble::TooManyOpen);
    assert_eq!(world.join("room-1", None).map(|_| ()), Err(Code::Unavailable));
    let failed = world.failed();
    assert!(
        matches!(&failed[..], [HostEvent::Failed { name, error, .. }] if name.as_str() == "room-1" && error.code == Code::Unavailable),
        "{failed:?}"
    );
    world.events.clear();
    // These need a new file: the one because its log grows, the other because it has none.
    for _ in 0..4 {
        world.write(good, 60_000);
        world.write(blank, 10);
    }
    std::thread::sleep(Duration::from_millis(120));
    world.pass();
    let late = 8 - world.written();
    assert!(late >= 5, "{late} writes wait");
    machine.end_troubles();
    world.wait_written(8);
    assert!(world.failed().is_empty(), "{:?}", world.failed());
    world.join("room-1", None).unwrap();
    let bytes = machine.content(&PathBuf::from("/rooms/room-blank.log")).unwrap().len();
    assert!(bytes > 32, "what was written late is there");
}
