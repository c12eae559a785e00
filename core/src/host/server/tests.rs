//! Rooms, writes and storage behind a handle; whole conversations are tested with a client.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks at what it is about")]

use std::collections::BTreeMap;
use std::fmt::Write;

use super::*;
use crate::frame;
use crate::id::{Channel, ClientId, Key, RoomName, Version};
use crate::message::{Hello, Join, Message};
use crate::op::{Action, Content};
use crate::record::PersistMode;
use crate::room::{HostEdit, IfVersion};
use crate::value::Value;

#[cfg(feature = "host")]
mod automatic;
mod backups;
mod connections;
mod rooms;

fn name(text: &str) -> RoomName {
    RoomName::new(text).unwrap()
}

fn set(key: &str, number: i64) -> Vec<HostEdit> {
    let action = Action::Set(Value::from_i64(number).unwrap());
    vec![HostEdit { key: Key::new(key).unwrap(), edit: action.into(), if_version: IfVersion::Any }]
}

fn json(found: Option<(Version, Content)>) -> Option<(u64, String)> {
    found.map(|(version, content)| (version.get(), content.to_json()))
}

/// What a manual host keeps: blobs by room name, as its disk.
#[derive(Default)]
struct Disk {
    files: BTreeMap<RoomName, Vec<Vec<u8>>>,
    open: BTreeMap<RoomNo, RoomName>,
}

impl Disk {
    /// Carries out everything that is polled; what is for others is returned.
    fn serve(&mut self, server: &ServerHandle) -> Vec<HostOutput> {
        let mut others = Vec::new();
        while let Some(output) = server.poll().unwrap() {
            match output {
                HostOutput::OpenRoom { room, name } => {
                    let blobs = self.files.entry(name.clone()).or_default().clone();
                    self.open.insert(room, name);
                    server.room_opened(room, blobs).unwrap();
                }
                HostOutput::Persist { room, persist } => {
                    let file = self.files.get_mut(&self.open[&room]).unwrap();
                    if persist.mode == PersistMode::Replace {
                        file.clear();
                    }
                    file.push(persist.bytes);
                    server.persisted(room, persist.id).unwrap();
                }
                HostOutput::CloseRoom { room, delete } => {
                    let name = self.open.remove(&room).unwrap();
                    if delete {
                        self.files.remove(&name);
                    }
                }
                output => others.push(output),
            }
        }
        others
    }

    fn events(&mut self, server: &ServerHandle) -> Vec<HostEvent> {
        let event = |output| if let HostOutput::Event(event) = output { Some(event) } else { None };
        self.serve(server).into_iter().filter_map(event).collect()
    }
}

fn manual(options: ServerOptions, durability: Durability) -> ServerHandle {
    ServerHandle::manual(options, durability, [7; 32], Time::default()).unwrap()
}

fn hello(server: &ServerHandle, conn: ConnId) {
    let codecs = vec![Codec::Json];
    let (token, schema) = ("secret".to_owned(), String::new());
    let hello = Hello { oldest: 1, newest: 1, codecs, token, schema };
    server.connected(conn).unwrap();
    server.receive(conn, &frame::encode(&Message::Hello(hello), Codec::Json)).unwrap();
}

fn join(server: &ServerHandle, conn: ConnId, room: &str) {
    let join = Join {
        channel: Channel::new(1),
        room: name(room),
        client: ClientId::new(5),
        writes: true,
        session: None,
        epoch: None,
        version: Version::ZERO,
        heard: crate::id::Seq::ZERO,
    };
    server.receive(conn, &frame::encode(&Message::Join(join), Codec::Json)).unwrap();
}

/// A server with one connection that is in the room `cart` and may write.
fn joined(server: &ServerHandle, disk: &mut Disk) -> (ConnId, RoomNo) {
    let conn = ConnId::new(1);
    hello(server, conn);
    join(server, conn, "cart");
    for output in disk.serve(server) {
        if let HostOutput::Authorize { request, .. } = output {
            let ada = Principal::new("ada").unwrap();
            server.authorize(request, Ok(Grant::writer(ada, vec![String::new()]))).unwrap();
        }
    }
    disk.serve(server);
    (conn, server.room(&name("cart")).unwrap().unwrap())
}

#[test]
fn the_limits_in_force_are_told() {
    let limits = Limits { frame_bytes: 300_000, ..Limits::default() };
    let options = ServerOptions { limits, ..ServerOptions::default() };
    assert_eq!(manual(options, Durability::Volatile).limits().unwrap(), limits);
}

#[test]
fn equal_inputs_give_equal_outputs() {
    let run = || {
        let options = ServerOptions { watch: true, ..ServerOptions::default() };
        let server = manual(options, Durability::Durable);
        let mut outputs = String::new();
        let conn = ConnId::new(1);
        hello(&server, conn);
        join(&server, conn, "cart");
        let mut disk = Disk::default();
        for step in 0..50 {
            server.set_now(Time::from_millis(step * 500)).unwrap();
            for output in disk.serve(&server) {
                writeln!(outputs, "{output:?}").unwrap();
                if let HostOutput::Authorize { request, .. } = output {
                    let grant = Grant::reader(Principal::new("ada").unwrap());
                    server.authorize(request, Ok(grant)).unwrap();
                }
            }
            if step == 5 {
                let room = server.room_open(&name("cart")).unwrap();
                server.room_write(room, set("a", 1)).unwrap();
            }
            server.writable(conn).unwrap();
        }
        (outputs, disk.files)
    };
    let (outputs, files) = run();
    assert!(outputs.contains("Changed") && outputs.contains("Transmit"));
    assert_eq!((outputs, files), run());
}

#[test]
fn calls_of_the_wrong_mode_or_time_are_refused() {
    let server = manual(ServerOptions::default(), Durability::Volatile);
    let limits = Limits { depth: 0, ..Limits::default() };
    let wrong = ServerOptions { limits, ..ServerOptions::default() };
    let refused = ServerHandle::manual(wrong, Durability::Volatile, [0; 32], Time::default());
    assert_eq!(refused.map(|_| ()).unwrap_err().code, Code::InvalidArgument);
    let room = server.room_open(&name("cart")).unwrap();
    assert_eq!(server.room_opened(room, Vec::new()).unwrap_err().code, Code::InvalidArgument);
    server.room_release(room).unwrap();
    assert_eq!(server.room_release(room).unwrap_err().code, Code::NotFound);
    server.close().unwrap();
    assert_eq!(server.poll().unwrap_err().code, Code::Closed);
    assert_eq!(server.close().unwrap_err().code, Code::Closed);
    let server = manual(ServerOptions::default(), Durability::Volatile);
    server.poison();
    assert_eq!(server.room_open(&name("cart")).unwrap_err().code, Code::Poisoned);
}
