//! Rooms, writes and storage behind a handle; whole conversations are tested with a client.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks at what it is about")]

use std::collections::BTreeMap;
use std::fmt::Write;

use super::*;
use crate::client::{ClientConfig, ClientEvent, ClientOutput, Resume, Verdict};
use crate::frame;
use crate::host::ClientHandle;
use crate::id::{Channel, ClientId, Key, RoomName, Version};
use crate::message::{Hello, Join, Message};
use crate::op::{Action, Content};
use crate::record::PersistMode;
use crate::room::{HostEdit, IfVersion, Room, RoomConfig};
use crate::value::Value;

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

#[test]
fn a_write_waits_for_its_room_and_is_told_when_durable() {
    let server = manual(ServerOptions::default(), Durability::Durable);
    let room = server.room_open(&name("cart")).unwrap();
    let first = server.room_write(room, set("a", 1)).unwrap();
    let wrong = HostEdit { edit: Action::Merge(Value::NULL).into(), ..set("a", 1).remove(0) };
    let refused = server.room_write(room, vec![wrong]).unwrap();
    assert_eq!(server.room_get(room, "a").unwrap_err().code, Code::Unavailable);

    let mut outputs = Vec::new();
    let Some(HostOutput::OpenRoom { room: asked, .. }) = server.poll().unwrap() else { panic!() };
    assert_eq!(asked, room);
    server.room_opened(room, Vec::new()).unwrap();
    while let Some(output) = server.poll().unwrap() {
        outputs.push(output);
    }
    assert!(matches!(&outputs[0], HostOutput::Event(HostEvent::Opened { .. })), "{outputs:?}");
    assert!(matches!(
        &outputs[1],
        HostOutput::Event(HostEvent::WriteFailed { write, error, .. })
            if *write == refused && error.code == Code::WrongType
    ));
    let HostOutput::Persist { persist, .. } = &outputs[2] else { panic!("{outputs:?}") };
    assert_eq!(outputs.len(), 3, "nothing is told before it is durable");
    assert_eq!(json(server.room_get(room, "a").unwrap()), None);
    assert_eq!(json(server.room_staged(room, "a").unwrap()), Some((1, "1".to_owned())));

    server.persisted(room, persist.id).unwrap();
    let Some(HostOutput::Event(HostEvent::Written { write, version, .. })) = server.poll().unwrap()
    else {
        panic!()
    };
    assert_eq!((write, version), (first, Version::new(1)));
    assert_eq!(json(server.room_get(room, "a").unwrap()), Some((1, "1".to_owned())));
}

#[test]
fn the_limits_in_force_are_told() {
    let limits = Limits { frame_bytes: 300_000, ..Limits::default() };
    let options = ServerOptions { limits, ..ServerOptions::default() };
    assert_eq!(manual(options, Durability::Volatile).limits().unwrap(), limits);
}

#[test]
fn what_was_persisted_is_there_after_a_restart() {
    let mut disk = Disk::default();
    for run in 0..3 {
        let server = manual(ServerOptions::default(), Durability::Durable);
        let room = server.room_open(&name("cart")).unwrap();
        disk.serve(&server);
        let report = server.room_report(room).unwrap();
        assert_eq!(report.version, Version::new(run * 10));
        for number in 0..10 {
            server.room_write(room, set("n", number)).unwrap();
        }
        disk.serve(&server);
        server.room_release(room).unwrap();
        let events = disk.events(&server);
        assert!(events.iter().any(|event| matches!(event, HostEvent::Closed { .. })), "{events:?}");
        assert_eq!(server.room_report(room).unwrap_err().code, Code::NotFound);
    }
}

#[test]
fn a_room_whose_storage_fails_is_put_away_and_can_be_opened_again() {
    let mut disk = Disk::default();
    let server = manual(ServerOptions::default(), Durability::Durable);
    let room = server.room_open(&name("cart")).unwrap();
    disk.serve(&server);
    let write = server.room_write(room, set("a", 1)).unwrap();
    let error = Error::new(Code::StorageFailed, "a disk", "none");
    server.room_failed(room, error.clone()).unwrap();
    let events = disk.events(&server);
    assert!(events.contains(&HostEvent::WriteFailed { room, write, error: error.clone() }));
    assert!(events.contains(&HostEvent::Failed { room, name: name("cart"), error }));
    let again = server.room_open(&name("cart")).unwrap();
    assert_ne!(room, again);
    let opened =
        |event: &HostEvent| matches!(event, HostEvent::Opened { room, .. } if *room == again);
    assert!(disk.events(&server).iter().any(opened));
}

#[test]
fn a_deleted_room_starts_anew_in_another_epoch() {
    let mut disk = Disk::default();
    let server = manual(ServerOptions::default(), Durability::Durable);
    let room = server.room_open(&name("cart")).unwrap();
    disk.serve(&server);
    server.room_write(room, set("a", 1)).unwrap();
    disk.serve(&server);
    let epoch = server.room_report(room).unwrap().epoch;
    server.room_delete(room).unwrap();
    disk.serve(&server);
    assert!(disk.files.is_empty());
    let room = server.room_open(&name("cart")).unwrap();
    disk.serve(&server);
    let report = server.room_report(room).unwrap();
    assert!(report.version == Version::ZERO && report.epoch != epoch);
}

#[test]
fn a_room_in_memory_stays_until_its_place_is_needed() {
    let limits = Limits { server_rooms: 2, ..Limits::default() };
    let server = manual(ServerOptions { limits, ..ServerOptions::default() }, Durability::Volatile);
    let open = |text: &str| server.room_open(&name(text));
    let kept = open("kept").unwrap();
    server.room_write(kept, set("a", 1)).unwrap();
    server.room_release(kept).unwrap();
    let blank = open("blank").unwrap();
    server.room_release(blank).unwrap();
    assert_eq!(server.room(&name("blank")).unwrap(), None, "nothing is lost by closing it");
    assert_eq!(server.room(&name("kept")).unwrap(), Some(kept));
    assert_eq!(open("kept").unwrap(), kept, "the same room");
    open("second").unwrap();
    assert_eq!(open("third").unwrap_err().code, Code::TooMany);
    server.room_release(kept).unwrap();
    open("third").unwrap();
    assert_eq!(server.room(&name("kept")).unwrap(), None);
}

#[test]
fn changes_are_one_set_until_polled() {
    let options = ServerOptions { watch: true, ..ServerOptions::default() };
    let server = manual(options, Durability::Volatile);
    let room = server.room_open(&name("cart")).unwrap();
    for number in 0..100 {
        server.room_write(room, set(if number % 2 == 0 { "a" } else { "b" }, number)).unwrap();
    }
    let mut changes = Vec::new();
    while let Some(output) = server.poll().unwrap() {
        if let HostOutput::Event(HostEvent::Changed { changed, .. }) = output {
            changes.push(changed);
        }
    }
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].keys.len(), changes[0].version), (2, Version::new(100)));
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

#[test]
fn a_connection_is_not_read_while_the_host_is_asked() {
    let mut disk = Disk::default();
    let server = manual(ServerOptions::default(), Durability::Durable);
    let conn = ConnId::new(1);
    hello(&server, conn);
    disk.serve(&server);
    join(&server, conn, "cart");
    let outputs = disk.serve(&server);
    let [HostOutput::Authorize { request, token, .. }, HostOutput::Pause { .. }] = &outputs[..]
    else {
        panic!("{outputs:?}")
    };
    assert_eq!(&**token, "secret");
    assert!(!format!("{outputs:?}").contains("secret"), "a token is in what a host may log");
    let ada = Principal::new("ada").unwrap();
    server.authorize(*request, Ok(Grant::writer(ada.clone(), vec![String::new()]))).unwrap();
    let outputs = disk.serve(&server);
    let resumed = |output: &HostOutput| matches!(output, HostOutput::Resume { .. });
    assert_eq!(outputs.iter().filter(|output| resumed(output)).count(), 1, "{outputs:?}");
    let joined = |output: &HostOutput| matches!(output, HostOutput::Event(HostEvent::Joined { principal, .. }) if *principal == ada);
    assert!(outputs.iter().any(joined), "{outputs:?}");
    let room = server.room(&name("cart")).unwrap().unwrap();
    assert_eq!(server.room_report(room).unwrap().readers, 1);

    server.room_failed(room, Error::new(Code::StorageFailed, "a disk", "none")).unwrap();
    let outputs = disk.serve(&server);
    let left = |output: &HostOutput| {
        let HostOutput::Event(HostEvent::Left { room: left, code, .. }) = output else {
            return false;
        };
        (*left, *code) == (room, Some(Code::Unavailable))
    };
    assert!(outputs.iter().any(left), "{outputs:?}");
    join(&server, conn, "cart");
    disk.serve(&server);
    server.disconnected(conn).unwrap();
    assert_eq!(server.metrics().unwrap().connections, 0);
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
fn a_shutdown_says_good_bye_and_keeps_what_the_host_holds() {
    let mut disk = Disk::default();
    let server = manual(ServerOptions::default(), Durability::Durable);
    let (conn, cart) = joined(&server, &mut disk);
    let held = server.room_open(&name("held")).unwrap();
    disk.serve(&server);
    server.shutdown(Duration::from_secs(1)).unwrap();
    server.connected(ConnId::new(2)).unwrap();
    let outputs = disk.serve(&server);
    let closed = |output: &HostOutput| match output {
        HostOutput::Close { conn, code: Code::ShuttingDown } => Some(conn.get()),
        _ => None,
    };
    assert_eq!(outputs.iter().filter_map(closed).collect::<Vec<_>>(), [1, 2]);
    let good_bye = |output: &HostOutput| matches!(output, HostOutput::Transmit { conn: to, .. } if *to == conn);
    assert!(outputs.iter().any(good_bye));
    assert_eq!(server.room_report(cart).unwrap_err().code, Code::NotFound);
    server.room_write(held, set("a", 1)).unwrap();
    disk.serve(&server);
    assert!(server.room_get(held, "a").unwrap().is_some());
}

#[test]
fn a_revoked_principal_is_out_of_its_rooms() {
    let mut disk = Disk::default();
    let server = manual(ServerOptions::default(), Durability::Durable);
    let (_, room) = joined(&server, &mut disk);
    server.revoke(&Principal::new("ada").unwrap()).unwrap();
    let left = |event: &HostEvent| matches!(event, HostEvent::Left { code: Some(Code::Forbidden), room: it, .. } if *it == room);
    assert!(disk.events(&server).iter().any(left));
    assert_eq!(server.room_report(room).unwrap().readers, 0);
}

#[test]
fn a_room_wanted_again_while_it_closes_stays_without_its_readers() {
    let mut disk = Disk::default();
    let server = manual(ServerOptions::default(), Durability::Durable);
    let (_, room) = joined(&server, &mut disk);
    server.room_write(room, set("a", 1)).unwrap();
    server.room_unload(room).unwrap();
    assert_eq!(server.room_open(&name("cart")).unwrap(), room);
    assert_eq!(server.room_report(room).unwrap().readers, 0);
    disk.serve(&server);
    assert_eq!(server.room_report(room).unwrap().version, Version::new(1));
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
fn a_room_that_cannot_be_read_is_denied_and_asked_for_again() {
    let server = manual(ServerOptions::default(), Durability::Durable);
    let conn = ConnId::new(1);
    hello(&server, conn);
    join(&server, conn, "cart");
    let mut asked = 0;
    for _ in 0..2 {
        while let Some(output) = server.poll().unwrap() {
            match output {
                HostOutput::Authorize { request, .. } => {
                    let grant = Grant::reader(Principal::new("ada").unwrap());
                    server.authorize(request, Ok(grant)).unwrap();
                }
                HostOutput::OpenRoom { room, .. } => {
                    asked += 1;
                    let error = Error::new(Code::StorageCorrupt, "a log", "noise");
                    server.room_failed(room, error).unwrap();
                }
                _ => {}
            }
        }
        join(&server, conn, "cart");
    }
    assert_eq!(asked, 2);
    assert_eq!(server.metrics().unwrap().denied[&Code::Unavailable], 2);
    assert_eq!(server.room(&name("cart")).unwrap(), None);
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

#[cfg(feature = "host")]
mod automatic {
    use std::sync::mpsc;

    use super::*;
    use crate::host::scratch::Scratch;

    /// Polls until `done` is satisfied by an event.
    fn wait(server: &ServerHandle, mut done: impl FnMut(&HostEvent) -> bool) {
        let (tell, told) = mpsc::channel();
        server.set_wake(Some(Box::new(move || _ = tell.send(()))));
        loop {
            while let Some(output) = server.poll().unwrap() {
                if let HostOutput::Event(event) = &output
                    && done(event)
                {
                    return server.set_wake(None);
                }
            }
            told.recv_timeout(Duration::from_secs(20)).expect("a wake");
        }
    }

    fn start(scratch: &Scratch) -> ServerHandle {
        ServerHandle::automatic(ServerOptions::default(), Some(scratch.root())).unwrap()
    }

    #[test]
    fn what_was_told_is_there_after_a_restart_whether_closed_or_dropped() {
        let scratch = Scratch::new();
        for run in 0..4 {
            let server = start(&scratch);
            let room = server.room_open(&name("cart")).unwrap();
            let mut last = crate::id::WriteId::ZERO;
            for number in 0..100 {
                last = server.room_write(room, set("n", number)).unwrap();
            }
            wait(
                &server,
                |event| matches!(event, HostEvent::Written { write, .. } if *write == last),
            );
            assert_eq!(server.room_report(room).unwrap().version, Version::new((run + 1) * 100));
            if run % 2 == 0 {
                server.close().unwrap();
            }
        }
    }

    #[test]
    fn closing_makes_durable_what_was_accepted() {
        let scratch = Scratch::new();
        let server = start(&scratch);
        let room = server.room_open(&name("cart")).unwrap();
        let big = "x".repeat(60_000);
        for number in 0..50 {
            let value = Value::from_text(&format!("{number}{big}"), &Limits::default()).unwrap();
            let edit = HostEdit { edit: Action::Set(value).into(), ..set("n", 0).remove(0) };
            server.room_write(room, vec![edit]).unwrap();
        }
        server.close().unwrap();
        let server = start(&scratch);
        let room = server.room_open(&name("cart")).unwrap();
        wait(&server, |event| matches!(event, HostEvent::Opened { .. }));
        assert_eq!(server.room_report(room).unwrap().version, Version::new(50));
    }

    #[test]
    fn a_damaged_journal_costs_its_own_room_only() {
        let scratch = Scratch::new();
        let server = start(&scratch);
        for text in ["good", "bad"] {
            let room = server.room_open(&name(text)).unwrap();
            for number in 0..3 {
                let id = server.room_write(room, set("n", number)).unwrap();
                wait(
                    &server,
                    |event| matches!(event, HostEvent::Written { write, .. } if *write == id),
                );
            }
        }
        let busy = ServerHandle::automatic(ServerOptions::default(), Some(scratch.root()));
        assert_eq!(busy.map(|_| ()).unwrap_err().code, Code::StorageInUse);
        drop(server);
        let path = scratch.path("room-bad.log");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[40] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let server = start(&scratch);
        server.room_open(&name("bad")).unwrap();
        wait(
            &server,
            |event| matches!(event, HostEvent::Failed { error, .. } if error.code == Code::StorageCorrupt),
        );
        let good = server.room_open(&name("good")).unwrap();
        wait(&server, |event| matches!(event, HostEvent::Opened { .. }));
        assert_eq!(server.room_report(good).unwrap().version, Version::new(3));
    }

    #[test]
    fn unloading_deleting_and_reopening_keep_their_order() {
        let scratch = Scratch::new();
        let server = start(&scratch);
        for round in 1..20 {
            let room = server.room_open(&name("cart")).unwrap();
            server.room_write(room, set("n", round)).unwrap();
            server.room_unload(room).unwrap();
            wait(
                &server,
                |event| matches!(event, HostEvent::Closed { room: it, .. } if *it == room),
            );
            let room = server.room_open(&name("cart")).unwrap();
            wait(
                &server,
                |event| matches!(event, HostEvent::Opened { room: it, .. } if *it == room),
            );
            let found = json(server.room_get(room, "n").unwrap()).unwrap().1;
            assert_eq!(found, round.to_string());
            if round % 5 == 0 {
                server.room_delete(room).unwrap();
            } else {
                server.room_release(room).unwrap();
            }
        }
        assert_eq!(
            server.persisted(RoomNo::new(1), RecordId::new(1)).unwrap_err().code,
            Code::WrongMode
        );
    }

    #[test]
    fn a_deadline_passes_by_itself() {
        let timing = Timing { hello: Duration::from_millis(30), ..Timing::default() };
        let options = ServerOptions { timing, ..ServerOptions::default() };
        let server = ServerHandle::automatic(options, None).unwrap();
        let (tell, told) = mpsc::channel();
        server.set_wake(Some(Box::new(move || _ = tell.send(()))));
        server.connected(ConnId::new(1)).unwrap();
        told.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(matches!(
            server.poll().unwrap(),
            Some(HostOutput::Close { code: Code::HelloTimeout, .. })
        ));
    }

    #[test]
    fn a_handle_may_be_closed_or_dropped_from_inside_its_wake() {
        for close in [true, false] {
            let timing = Timing { hello: Duration::from_millis(10), ..Timing::default() };
            let options = ServerOptions { timing, ..ServerOptions::default() };
            let server = ServerHandle::automatic(options, None).unwrap();
            let (tell, told) = mpsc::channel();
            let held = parking_lot::Mutex::new(Some(server.clone()));
            server.connected(ConnId::new(1)).unwrap();
            server.set_wake(Some(Box::new(move || {
                let server = held.lock().take();
                if close && let Some(server) = &server {
                    server.close().unwrap();
                }
                drop(server);
                let _ = tell.send(());
            })));
            drop(server);
            told.recv_timeout(Duration::from_secs(20)).unwrap();
        }
    }
}

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

#[test]
fn comings_and_goings_that_nobody_polls_are_counted_and_not_kept() {
    let server = manual(ServerOptions::default(), Durability::Volatile);
    let hello = Hello {
        oldest: 1,
        newest: 1,
        codecs: vec![Codec::Binary],
        token: String::new(),
        schema: String::new(),
    };
    for conn in 1..=700 {
        let join = Join {
            channel: Channel::new(1),
            room: name("cart"),
            client: ClientId::new(conn.into()),
            writes: false,
            session: None,
            epoch: None,
            version: Version::ZERO,
            heard: crate::id::Seq::ZERO,
        };
        server.connected(ConnId::new(conn)).unwrap();
        for message in [Message::Hello(hello.clone()), Message::Join(join)] {
            server.receive(ConnId::new(conn), &frame::encode(&message, Codec::Binary)).unwrap();
        }
    }
    let mut asked = Vec::new();
    while let Some(output) = server.poll().unwrap() {
        if let HostOutput::Authorize { request, conn, .. } = output {
            asked.push((request, conn));
        }
    }
    assert_eq!(asked.len(), 700);
    for (request, conn) in &asked {
        let principal = Principal::new(conn.to_string()).unwrap();
        server.authorize(*request, Ok(Grant::reader(principal))).unwrap();
    }
    for (_, conn) in asked {
        server.disconnected(conn).unwrap();
    }
    assert_eq!(server.metrics().unwrap().events_lost, 1_400 - 1_024);
    let events = Disk::default().events(&server);
    let is_visit =
        |event: &&HostEvent| matches!(event, HostEvent::Joined { .. } | HostEvent::Left { .. });
    assert_eq!(events.iter().filter(is_visit).count(), 1_024);
}
