//! A client driven by hand-made frames.

use core::time::Duration;
use std::sync::Arc;

use super::*;
use crate::frame::{self, Decoded};
use crate::id::{Channel, DraftId, Epoch, Key, KeyId, PresenceId, Seq, Session, Version};
use crate::message::{
    Body, Change, Codec, Delta, Durability, Entry, Join, Joined, Personal, Push, Refusal, Welcome,
};
use crate::op::{Action, Content};
use crate::record::{Persist, PersistMode};
use crate::replica::Confirmed;
use crate::value::Value;

mod connection;
mod crash;
mod edits;
mod growth;
mod queue;
mod refusals;
mod standby;
mod stored;
mod whole;

const EPOCH: Epoch = Epoch::new(0xe);
const SESSION: Session = Session::new(3);

fn value(json: &str) -> Value {
    Value::from_json(json.as_bytes(), &Limits::default()).unwrap()
}

fn set(json: &str) -> Action {
    Action::Set(value(json))
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

fn name() -> RoomName {
    RoomName::new("cart").unwrap()
}

/// A key as a delta tells it: number, name, version, JSON or nothing.
type Told<'a> = (u32, &'a str, u64, Option<&'a str>);

fn entries(told: &[Told<'_>]) -> Vec<Entry> {
    let entry = |(id, name, version, json): &Told<'_>| Entry {
        id: KeyId::new(*id),
        key: json.map(|_| key(name)),
        version: Version::new(*version),
        change: json.map_or(Change::Delete, |json| Change::Value(Content::Plain(value(json)))),
    };
    told.iter().map(entry).collect()
}

fn personal(last: u64, refusals: &[(u64, u32, Code)]) -> Personal {
    let refusal =
        |(seq, op, code): &(u64, u32, Code)| Refusal { seq: Seq::new(*seq), op: *op, code: *code };
    Personal {
        last: Seq::new(last),
        refusals: refusals.iter().map(refusal).collect(),
        rewind: false,
    }
}

/// A client with its storage, its host and what it said.
struct Rig {
    client: Client,
    room: RoomNo,
    now: Time,
    /// What is in storage, since the last blob that stood for all.
    blobs: Vec<Vec<u8>>,
    /// Orders that are not answered yet, when they are not answered at once.
    orders: Vec<Persist>,
    answers: bool,
    sent: Vec<Message>,
    events: Vec<ClientEvent>,
    connects: usize,
    disconnects: usize,
    channel: Channel,
}

impl Rig {
    fn new(config: ClientConfig) -> Self {
        Self::with(Client::new(config, [9; 32]))
    }

    fn restored(config: ClientConfig, blobs: &[Vec<u8>]) -> Self {
        let blobs_read = blobs.iter().map(Vec::as_slice);
        let mut rig = Self::with(Client::restore(config, [11; 32], blobs_read).unwrap());
        rig.blobs = blobs.to_vec();
        rig
    }

    fn with(client: Client) -> Self {
        let mut rig = Self {
            client,
            room: RoomNo::new(0),
            now: Time::from_millis(0),
            blobs: Vec::new(),
            orders: Vec::new(),
            answers: true,
            sent: Vec::new(),
            events: Vec::new(),
            connects: 0,
            disconnects: 0,
            channel: Channel::new(0),
        };
        rig.room = rig.client.open(rig.now, name(), true).unwrap();
        rig
    }

    fn default() -> Self {
        Self::new(ClientConfig::default())
    }

    /// A rig whose room is joined, with an empty state.
    fn joined() -> Self {
        let mut rig = Self::default();
        rig.connect();
        rig.join(0);
        rig.delta(0, 0, &[], None);
        rig
    }

    fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                ClientOutput::Persist(order) if self.answers => self.store(order),
                ClientOutput::Persist(order) => self.orders.push(order),
                ClientOutput::Transmit(bytes) => {
                    let decoded = frame::decode(&bytes, Codec::Binary, &Limits::HARD).unwrap();
                    let Decoded::Message(message) = decoded else { panic!("skipped") };
                    self.sent.push(message);
                }
                ClientOutput::Connect => self.connects += 1,
                ClientOutput::Disconnect => self.disconnects += 1,
                ClientOutput::Event(event) => self.events.push(event),
                ClientOutput::Propose { .. } => panic!("a client that leads proposes"),
            }
        }
    }

    fn store(&mut self, order: Persist) {
        if order.mode == PersistMode::Replace {
            self.blobs.clear();
        }
        self.blobs.push(order.bytes);
        self.client.handle_persisted(order.id);
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now.after(time);
        while let Some(due) = self.client.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.client.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
        self.client.handle_timeout(self.now);
        self.drain();
    }

    fn pass_ms(&mut self, ms: u64) {
        self.pass(Duration::from_millis(ms));
    }

    /// Opens the connection that the client asks for, up to its join.
    fn connect(&mut self) -> Join {
        self.drain();
        for _ in 0..100 {
            if self.connects > 0 {
                break;
            }
            self.pass_ms(1_000);
        }
        assert!(self.connects > 0, "no connection was asked for");
        self.connects = 0;
        self.client.handle_connected(self.now, "token");
        self.drain();
        assert!(matches!(self.sent.last(), Some(Message::Hello(_))), "{:?}", self.sent);
        let limits = Limits::default();
        self.receive(&Message::Welcome(Welcome { protocol: 1, codec: Codec::Binary, limits }));
        self.take_join()
    }

    fn take_join(&mut self) -> Join {
        let last = self.sent.iter().rev().find_map(|message| {
            let Message::Join(join) = message else { return None };
            Some(join.clone())
        });
        let join = last.expect("a join");
        self.sent.clear();
        self.channel = join.channel;
        join
    }

    fn disconnect(&mut self) {
        self.connects = 0;
        self.client.handle_disconnected(self.now);
        self.drain();
    }

    fn receive(&mut self, message: &Message) {
        self.client.handle_frame(self.now, &frame::encode(message, Codec::Binary));
        self.drain();
    }

    fn join(&mut self, last: u64) {
        self.join_as(EPOCH, Some(SESSION), last);
    }

    fn join_as(&mut self, epoch: Epoch, session: Option<Session>, last: u64) {
        self.receive(&Message::Joined(Joined {
            channel: self.channel,
            epoch,
            session,
            last: Seq::new(last),
            durability: Durability::Durable,
            presence: PresenceId::new(1),
        }));
    }

    fn delta(&mut self, from: u64, to: u64, told: &[Told<'_>], personal: Option<Personal>) {
        let (from, to) = (Version::new(from), Version::new(to));
        let body = Body { from, to, more: false, digest: None, entries: entries(told) };
        self.tell(body, personal);
    }

    fn tell(&mut self, body: Body, personal: Option<Personal>) {
        let (channel, body) = (self.channel, Arc::new(body));
        self.receive(&Message::Delta(Delta { channel, personal, body }));
    }

    fn edit(&mut self, key: &str, action: Action) -> DraftId {
        let draft = self.client.edit(self.now, self.room, key, action).unwrap();
        self.drain();
        draft
    }

    fn get(&self, key: &str) -> Option<String> {
        self.client.get(self.room, key).map(Content::to_json)
    }

    /// The pushes since the last call.
    fn pushes(&mut self) -> Vec<Push> {
        let pushed = |message: Message| {
            let Message::Push(push) = message else { return None };
            Some(push)
        };
        core::mem::take(&mut self.sent).into_iter().filter_map(pushed).collect()
    }

    /// Every mutation sent since the last call, by number.
    fn mutations(&mut self) -> Vec<(u64, Vec<crate::op::Op>)> {
        let mut all = Vec::new();
        for push in self.pushes() {
            let numbers = push.first.get()..;
            all.extend(numbers.zip(push.mutations));
        }
        all
    }

    fn verdicts(&mut self) -> Vec<(u64, Verdict)> {
        let verdict = |event: &ClientEvent| {
            let ClientEvent::Verdict { draft, verdict, .. } = event else { return None };
            Some((draft.get(), *verdict))
        };
        let found = self.events.iter().filter_map(verdict).collect();
        self.events.clear();
        found
    }

    fn status(&self) -> Status {
        self.client.status(self.room).unwrap()
    }
}

fn applied(version: u64) -> Verdict {
    Verdict::Applied { version: Version::new(version) }
}

fn stale(op: u32) -> Verdict {
    Verdict::Refused { code: Code::Stale, op }
}
