//! The work of which the memory is measured, of any size.

use std::time::Duration;

use allocation_counter::{measure, opt_out};
use syncline_core::client::{ClientConfig, ClientEvent, ClientOutput, Verdict};
use syncline_core::frame::{Decoded, decode};
use syncline_core::host::ClientHandle;
use syncline_core::message::Message;
use syncline_core::record::{Persist, PersistMode};
use syncline_core::{Action, Codec, Limits, RoomName, RoomNo, Time, Value};

use super::host::{HEALTHY, Host, SLOW, WRITER, set};

/// Bytes of each value that is broadcast, and how many keys hold one.
const VALUE_BYTES: usize = 60_000;
const KEYS: u64 = 4;

/// What a broadcast left behind.
#[derive(Debug)]
pub(crate) struct Broadcast {
    /// Bytes that a reader was told who read.
    pub(crate) told: u64,
    /// Bytes that are held at the end and were not at the beginning, frames that wait included.
    pub(crate) growth: u64,
    /// Most bytes above the beginning at any time.
    pub(crate) peak: u64,
    /// Frames that were made for who stalled, and wait.
    pub(crate) frames: usize,
    /// Bytes of each frame that it took when it read again.
    pub(crate) recovered: Vec<usize>,
}

/// Has a writer change a few keys of one room until a reader was told this many bytes, beside one that stalls.
pub(crate) fn broadcast(bytes: u64, stalls: bool) -> Broadcast {
    let mut host = Host::new();
    host.enter(WRITER, "room", true);
    host.enter(HEALTHY, "room", false);
    host.enter(SLOW, "room", false);
    let mut seq = 0;
    let mut edit = |host: &mut Host| {
        seq += 1;
        // Each is another one, so that nothing is left out as equal.
        let text = format!("{seq:07}{}", "x".repeat(VALUE_BYTES));
        let value = Value::from_text(&text, &Limits::HARD).unwrap();
        host.receive(WRITER, &set(seq, &format!("key-{}", seq % KEYS), value));
        host.pass(Duration::from_millis(1));
    };
    // Until everything has the size that it keeps.
    for _ in 0..4 * KEYS {
        edit(&mut host);
    }
    host.stalls = stalls;
    let from = host.taken.1;
    let held = measure(|| {
        while host.taken.1 - from < bytes {
            edit(&mut host);
        }
    });
    let frames = host.waiting.len();
    Broadcast {
        told: host.taken.1 - from,
        growth: u64::try_from(held.bytes_current).unwrap_or_default(),
        peak: held.bytes_max,
        frames,
        recovered: host.recover(),
    }
}

/// How far a connection has come that does nothing more.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Idle {
    /// It has not greeted.
    Silent,
    /// It has, and is in no room.
    Greeted,
    /// It reads one room.
    Reads,
    /// It may write in one room, which has a register for it.
    Writes,
}

/// Bytes that each of so many idle connections costs a server, in ten rooms.
pub(crate) fn idle(connections: u64, state: Idle) -> u64 {
    let mut host = Host::new();
    let rooms: Vec<String> = (0..10).map(|room| format!("room-{room}")).collect();
    for (conn, room) in (1..).zip(&rooms) {
        host.enter(conn, room, true);
    }
    let held = measure(|| {
        for conn in 11..=10 + connections {
            host.connect(conn);
            let room = &rooms[usize::try_from(conn).unwrap() % rooms.len()];
            match state {
                Idle::Silent => {}
                Idle::Greeted => host.greet(conn),
                Idle::Reads | Idle::Writes => {
                    host.greet(conn);
                    host.join(conn, room, matches!(state, Idle::Writes));
                }
            }
        }
    });
    u64::try_from(held.bytes_current).unwrap() / connections
}

/// What a client took that was offline.
#[derive(Debug)]
pub(crate) struct Week {
    /// Edits without a verdict at the end, and those of a client that was made of what was recorded.
    pub(crate) pending: usize,
    pub(crate) restored: usize,
    /// Mutations that it sent when it was connected again.
    pub(crate) mutations: usize,
    /// Bytes that the client holds at the end and did not after the first hour.
    pub(crate) growth: u64,
    /// Most bytes that it held at any time, above those before its first edit.
    pub(crate) peak: u64,
    /// Most bytes of its records at any time.
    pub(crate) log_peak: usize,
}

/// A client's records, and the client.
struct Offline<'a> {
    client: ClientHandle,
    room: RoomNo,
    now: Time,
    records: Vec<Vec<u8>>,
    bytes: usize,
    most: usize,
    /// Is given them, too.
    disk: &'a mut dyn FnMut(&Persist),
    attempts: u64,
    /// Mutations in each frame that it sent with any, and mutations that were applied.
    pushes: Vec<usize>,
    applied: usize,
}

impl<'a> Offline<'a> {
    fn new(disk: &'a mut dyn FnMut(&Persist)) -> Self {
        let now = Time::default();
        let client = ClientHandle::manual(ClientConfig::default(), [9; 32], &[], now).unwrap();
        let room = client.open(&RoomName::new("room").unwrap(), true).unwrap();
        Self {
            client,
            room,
            now,
            records: Vec::new(),
            bytes: 0,
            most: 0,
            disk,
            attempts: 0,
            pushes: Vec::new(),
            applied: 0,
        }
    }

    /// A second passes.
    fn pass(&mut self) {
        self.now = self.now.after(Duration::from_secs(1));
        self.client.set_now(self.now).unwrap();
    }

    fn edit(&self, number: i64) {
        self.client.edit(self.room, "hot", Action::Set(Value::from_i64(number).unwrap())).unwrap();
    }

    /// Does what the client wants, with a network or without.
    fn drain(&mut self, mut network: Option<(&mut Host, u64)>) {
        while let Some(output) = self.client.poll().unwrap() {
            match (output, &mut network) {
                (ClientOutput::Persist(persist), _) => {
                    // What lies on a disk is none of the client's memory.
                    opt_out(|| self.keep(&persist));
                    self.client.persisted(persist.id).unwrap();
                }
                (ClientOutput::Connect, Some((host, conn))) => {
                    host.connect(*conn);
                    self.client.connected("principal").unwrap();
                }
                (ClientOutput::Connect, None) => {
                    self.attempts += 1;
                    self.client.disconnected().unwrap();
                }
                (ClientOutput::Transmit(frame), Some((host, conn))) => {
                    let decoded = decode(&frame, Codec::Binary, &Limits::HARD);
                    if let Ok(Decoded::Message(Message::Push(push))) = decoded {
                        self.pushes.push(push.mutations.len());
                    }
                    host.receive(*conn, &frame);
                }
                (ClientOutput::Event(ClientEvent::Verdict { verdict, .. }), _) => {
                    assert!(matches!(verdict, Verdict::Applied { .. }), "{verdict:?}");
                    self.applied += 1;
                }
                _ => {}
            }
        }
    }

    fn keep(&mut self, persist: &Persist) {
        if persist.mode == PersistMode::Replace {
            self.records.clear();
            self.bytes = 0;
        }
        self.bytes += persist.bytes.len();
        self.records.push(persist.bytes.clone());
        self.most = self.most.max(self.bytes);
        (self.disk)(persist);
    }

    /// Has a minute of network, over this connection.
    fn talk(&mut self, host: &mut Host, conn: u64) {
        host.listen(conn);
        for _ in 0..60 {
            self.pass();
            host.pass(Duration::from_secs(1));
            self.drain(Some((host, conn)));
            for frame in std::mem::take(&mut host.heard) {
                self.client.receive(&frame).unwrap();
            }
        }
    }
}

/// Has a client that was in its room edit one key of it each second without a network, and connects it again. Its
/// records are given to a disk.
pub(crate) fn week(seconds: u64, disk: &mut dyn FnMut(&Persist)) -> Week {
    let mut host = Host::new();
    let mut client = Offline::new(disk);
    client.edit(0);
    client.talk(&mut host, 1);
    assert_eq!((std::mem::take(&mut client.pushes).as_slice(), client.applied), (&[1][..], 1));
    client.client.disconnected().unwrap();
    host.disconnect(1);
    let room = host.server.rooms().unwrap()[0].0;
    let before = host.server.room_report(room).unwrap().version;

    let mut typed = 0;
    let mut type_for = |client: &mut Offline<'_>, seconds| {
        measure(|| {
            for _ in 0..seconds {
                typed += 1;
                client.pass();
                client.edit(typed);
                client.drain(None);
            }
        })
    };
    let hour = type_for(&mut client, seconds.min(3_600));
    let rest = type_for(&mut client, seconds.saturating_sub(3_600));
    let pending = client.client.pending_total().unwrap();
    let config = ClientConfig::default();
    let restored = ClientHandle::manual(config, [1; 32], &client.records, client.now).unwrap();

    assert!(client.attempts > seconds / 30, "it is offline");
    client.talk(&mut host, 2);
    let grown = host.server.room_report(room).unwrap().version.get() - before.get();
    let value = host.server.room_get(room, "hot").unwrap().map(|(_, content)| content.to_json());
    assert_eq!((client.applied, grown, value), (2, 1, Some(typed.to_string())));
    Week {
        pending,
        restored: restored.pending_total().unwrap(),
        mutations: client.pushes.iter().sum(),
        growth: u64::try_from(rest.bytes_current).unwrap_or_default(),
        peak: hour.bytes_max + rest.bytes_max,
        log_peak: client.most,
    }
}
