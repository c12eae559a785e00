//! Rooms that are taken elsewhere, or back to what they were.

use super::*;
use crate::client::{ClientConfig, ClientEvent, ClientOutput, Resume, Verdict};
use crate::host::ClientHandle;
use crate::room::{Room, RoomConfig};

/// A client and a server with a disk, and the time of both.
struct Pair {
    client: ClientHandle,
    server: ServerHandle,
    disk: Disk,
    conn: ConnId,
    now: Time,
    /// Whether what the client sends is lost.
    loses: bool,
    events: Vec<ClientEvent>,
}

impl Pair {
    fn new() -> Self {
        let client =
            ClientHandle::manual(ClientConfig::default(), [3; 32], &[], Time::default()).unwrap();
        Self {
            client,
            server: manual(ServerOptions::default(), Durability::Durable),
            disk: Disk::default(),
            conn: ConnId::new(0),
            now: Time::default(),
            loses: false,
            events: Vec::new(),
        }
    }

    /// Passes on what there is for some seconds.
    fn run(&mut self) {
        for _ in 0..100 {
            self.now = self.now.after(Duration::from_millis(50));
            self.client.set_now(self.now).unwrap();
            self.server.set_now(self.now).unwrap();
            while self.pass() {}
        }
    }

    fn pass(&mut self) -> bool {
        let mut busy = false;
        while let Some(output) = self.client.poll().unwrap() {
            busy = true;
            match output {
                ClientOutput::Connect => {
                    self.conn = ConnId::new(self.conn.get() + 1);
                    self.server.connected(self.conn).unwrap();
                    self.client.connected("ada").unwrap();
                }
                ClientOutput::Transmit(bytes) if !self.loses => {
                    self.server.receive(self.conn, &bytes).unwrap();
                }
                ClientOutput::Transmit(_)
                | ClientOutput::Disconnect
                | ClientOutput::Propose { .. } => {}
                ClientOutput::Persist(persist) => self.client.persisted(persist.id).unwrap(),
                ClientOutput::Event(event) => self.events.push(event),
            }
        }
        for output in self.disk.serve(&self.server) {
            busy = true;
            match output {
                HostOutput::Transmit { conn, bytes } => {
                    self.client.receive(&bytes).unwrap();
                    self.server.writable(conn).unwrap();
                }
                HostOutput::Authorize { request, .. } => {
                    let ada = Principal::new("ada").unwrap();
                    let grant = Grant::writer(ada, vec![String::new()]);
                    self.server.authorize(request, Ok(grant)).unwrap();
                }
                _ => {}
            }
        }
        busy
    }
}

#[test]
fn an_export_is_the_room_itself_elsewhere() {
    let mut disk = Disk::default();
    let server = manual(ServerOptions::default(), Durability::Durable);
    let room = server.room_open(&name("cart")).unwrap();
    disk.serve(&server);
    server.room_write(room, set("a", 1)).unwrap();
    disk.serve(&server);
    let report = server.room_report(room).unwrap();
    let other = manual(ServerOptions::default(), Durability::Durable);
    let there = other.room_open(&name("cart")).unwrap();
    other.room_opened(there, vec![server.room_export(room).unwrap()]).unwrap();
    assert_eq!(other.room_report(there).unwrap(), report);
    assert_eq!(other.room_entries(there, "").unwrap(), server.room_entries(room, "").unwrap());
}

#[test]
fn a_restored_backup_says_so() {
    let mut pair = Pair::new();
    let cart = pair.client.open(&name("cart"), true).unwrap();
    let one = || Action::Add(Value::from_i64(1).unwrap());
    let shown = |pair: &Pair, key: &str| {
        pair.client.get(cart, key).unwrap().map(|content| content.to_json())
    };
    pair.client.edit(cart, "kept", one()).unwrap();
    pair.run();
    let backup = pair.disk.files.clone();
    pair.client.edit(cart, "lost", one()).unwrap();
    pair.run();
    assert_eq!(pair.client.pending_total().unwrap(), 0);
    pair.loses = true;
    let sent = pair.client.edit(cart, "sent", one()).unwrap();
    pair.run();

    pair.server =
        ServerHandle::manual(ServerOptions::default(), Durability::Durable, [8; 32], pair.now)
            .unwrap();
    pair.disk = Disk { files: backup, ..Disk::default() };
    let room = pair.server.room_open(&name("cart")).unwrap();
    pair.server.room_renew(room).unwrap();
    pair.loses = false;
    pair.events.clear();
    pair.client.disconnected().unwrap();
    pair.run();
    let unknown = |event: &ClientEvent| matches!(event, ClientEvent::Verdict { draft, verdict: Verdict::Unknown { .. }, .. } if *draft == sent);
    let reset =
        |event: &ClientEvent| matches!(event, ClientEvent::Resumed { kind: Resume::Reset(_), .. });
    assert!(pair.events.iter().any(unknown) && pair.events.iter().any(reset), "{:?}", pair.events);
    let state = ["kept", "lost", "sent"].map(|key| shown(&pair, key));
    assert_eq!(state, [Some("1".to_owned()), None, None]);
    pair.client.edit(cart, "kept", one()).unwrap();
    pair.run();
    assert_eq!(json(pair.server.room_get(room, "kept").unwrap()).unwrap().1, "2");

    // A reader that is in when it happens is told to come again.
    pair.events.clear();
    let epoch = pair.server.room_report(room).unwrap().epoch;
    pair.server.room_renew(room).unwrap();
    pair.run();
    let denied = |event: &ClientEvent| {
        matches!(event, ClientEvent::Denied { code: Code::Unavailable, retries: true, .. })
    };
    assert!(pair.events.iter().any(denied) && pair.events.iter().any(reset), "{:?}", pair.events);
    let report = pair.server.room_report(room).unwrap();
    assert_ne!(report.epoch, epoch);
    assert_eq!((report.readers, report.registers), (1, 1));
    assert_eq!(shown(&pair, "kept").as_deref(), Some("2"));
    let restored = Room::restore(
        name("cart"),
        RoomConfig::default(),
        epoch,
        pair.disk.files[&name("cart")].iter().map(Vec::as_slice),
    );
    assert_eq!(restored.unwrap().epoch(), report.epoch, "it is durable");

    pair.server.room_write(room, set("a", 1)).unwrap();
    assert_eq!(pair.server.room_renew(room).unwrap_err().code, Code::Unavailable, "not quiet");
    pair.disk.serve(&pair.server);
    pair.server.room_renew(room).unwrap();
}
