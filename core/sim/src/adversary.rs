//! Somebody who says anything to the server: it may write a room of its own, to which nobody else comes, and tries the
//! others. So its frames get as far as those of an honest client, and what the room makes of them is judged as there.

use std::collections::{BTreeMap, BTreeSet};

use syncline_core::frame::{Decoded, codec_of, decode, encode};
use syncline_core::message::{Auth, Hello, Join, Joined, Leave, Message, Ping, Push};
use syncline_core::{
    Action, Channel, ClientId, Code, Codec, Epoch, Grant, ItemId, Key, Limits, Op, Place,
    Principal, Seen, Seq, Session, Value, Version,
};

use crate::broken::Checked;
use crate::party::room_name;
use crate::plan::Plan;
use crate::random::Random;
use crate::reference::json;
use crate::world::{World, conn_id};

/// What it says when it greets.
pub const TOKEN: &str = "evil";

/// What the server told it of a channel.
#[derive(Clone, Copy, Debug)]
struct Seat {
    session: u64,
    epoch: u64,
    last: u64,
}

/// What it knows.
#[derive(Debug, Default)]
pub struct Adversary {
    /// Connections on which it has greeted.
    greeted: BTreeSet<u64>,
    /// Its channels, by connection.
    seats: BTreeMap<(u64, u32), Seat>,
    /// Under which names it came, by connection.
    names: BTreeMap<u64, BTreeSet<u128>>,
}

/// What it may do in a room.
pub fn grant(plan: &Plan, room: usize) -> Result<Grant, Code> {
    if room < plan.rooms {
        return Err(Code::Forbidden);
    }
    let name = Principal::new(TOKEN).expect("a name");
    let keys = ["last/", "strict/", "merge/", "sum/", "li"].map(str::to_owned);
    Ok(Grant::writer(name, keys.into()))
}

impl Adversary {
    /// The server tells it something.
    pub fn hear(&mut self, conn: u64, message: &Message) {
        match message {
            Message::Joined(Joined { channel, session, epoch, last, .. }) => {
                let session = session.map_or(0, Session::get);
                let seat = Seat { session, epoch: epoch.get(), last: last.get() };
                self.seats.insert((conn, channel.get()), seat);
            }
            Message::Delta(delta) => {
                let seat = self.seats.get_mut(&(conn, delta.channel.get()));
                if let (Some(seat), Some(told)) = (seat, &delta.personal) {
                    seat.last = told.last.get();
                }
            }
            Message::Denied(denied) => _ = self.seats.remove(&(conn, denied.channel.get())),
            _ => {}
        }
    }
}

impl World {
    /// It says anything.
    pub fn attack(&mut self, lot: &mut Random) -> Checked {
        let mine = self.conns.iter().find(|(_, conn)| conn.party.is_none()).map(|(conn, _)| *conn);
        let conn = match mine {
            Some(conn) if lot.permille(970) => conn,
            _ => {
                let conn = self.make_conn(None);
                let now = self.server_now();
                self.with_server(|server| server.handle_connected(now, conn_id(conn)))?;
                conn
            }
        };
        let bytes = self.draw_frame(conn, lot);
        let bytes = spoil(bytes, lot);
        let times = if lot.permille(20) { 60 } else { 1 };
        self.note_attack(conn, &bytes)?;
        for _ in 0..times {
            let now = self.server_now();
            // It does not wait until it is read.
            self.with_server(|server| server.handle_frame(now, conn_id(conn), &bytes))?;
        }
        Ok(())
    }

    /// What its room may take from it.
    fn note_attack(&mut self, conn: u64, bytes: &[u8]) -> Checked {
        self.tell(|| format!("the adversary says on {conn} {}", crate::forms::in_words(bytes)));
        match decode(bytes, codec_of(bytes), &Limits::HARD) {
            Ok(Decoded::Message(Message::Join(join))) => {
                self.adversary.names.entry(conn).or_default().insert(join.client.get());
            }
            Ok(Decoded::Message(Message::Push(push))) => {
                for name in self.adversary.names.get(&conn).cloned().unwrap_or_default() {
                    let room = &mut self.audits[self.plan.rooms];
                    room.push(name, push.first.get(), &push.mutations, false)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn draw_frame(&mut self, conn: u64, lot: &mut Random) -> Vec<u8> {
        let right = if conn.is_multiple_of(3) { Codec::Json } else { Codec::Binary };
        let codec = if lot.permille(900) { right } else { Codec::Binary };
        let seats = self.adversary.seats.range((conn, 0)..=(conn, u32::MAX));
        let seat = seats.map(|((_, channel), seat)| (*channel, *seat)).next_back();
        let message = if self.adversary.greeted.insert(conn) && lot.permille(950) {
            hello(right)
        } else {
            match (lot.below(16), seat) {
                (0, _) => hello(codec),
                (1, _) => Message::Auth(Auth { token: TOKEN.to_owned() }),
                (2, _) => Message::Ping(Ping { count: 1 }),
                (3, Some((channel, _))) => Message::Leave(Leave { channel: Channel::new(channel) }),
                (4..=6, _) | (_, None) => Message::Join(self.draw_join(lot)),
                (_, Some((channel, seat))) => Message::Push(draw_push(channel, seat, lot)),
            }
        };
        encode(&message, codec)
    }

    fn draw_join(&self, lot: &mut Random) -> Join {
        let seat = (!self.adversary.seats.is_empty() && lot.permille(500)).then(|| {
            let seats: Vec<Seat> = self.adversary.seats.values().copied().collect();
            seats[lot.index(seats.len())]
        });
        // It may have overheard a name.
        let names: Vec<u128> = self.joins.values().map(|known| known.client).collect();
        let overheard = (!names.is_empty()).then(|| names[lot.index(names.len().max(1))]);
        let client = overheard.filter(|_| lot.permille(300)).unwrap_or(7);
        let room = if lot.permille(700) { self.plan.rooms } else { lot.index(self.plan.rooms) };
        Join {
            channel: Channel::new(u32::try_from(1 + lot.below(30)).unwrap_or(1)),
            room: room_name(room),
            client: ClientId::new(client),
            writes: lot.permille(900),
            session: seat.map(|seat| Session::new(seat.session)),
            epoch: seat.map(|seat| Epoch::new(seat.epoch)),
            version: Version::new(lot.below(9)),
            heard: Seq::new(lot.below(2) * lot.below(9)),
        }
    }
}

fn hello(codec: Codec) -> Message {
    Message::Hello(Hello {
        oldest: 1,
        newest: 1,
        codecs: vec![codec],
        token: TOKEN.to_owned(),
        schema: String::new(),
    })
}

/// A push that its room takes mostly, or whose number or session is another.
fn draw_push(channel: u32, seat: Seat, lot: &mut Random) -> Push {
    let first = if lot.permille(700) { seat.last + 1 } else { lot.below(seat.last + 3) };
    let session = if lot.permille(950) { seat.session } else { lot.below(9) };
    let heard = if lot.permille(500) { seat.last } else { lot.below(seat.last + 2) };
    let mutations = (0..=lot.below(3)).map(|_| (0..=lot.below(3)).map(|_| draw_op(lot)).collect());
    Push {
        channel: Channel::new(channel),
        session: Session::new(session),
        first: Seq::new(first),
        heard: Seq::new(heard),
        mutations: mutations.collect(),
    }
}

fn draw_op(lot: &mut Random) -> Op {
    let mut value = |kinds: &[&str]| {
        let json = kinds[lot.index(kinds.len())];
        Value::from_json(json.as_bytes(), &Limits::HARD).expect("a value")
    };
    let any = value(&["\"evil\"", "1", "{\"a\":{\"b\":1}}", "[1,2]", "null", "{}"]);
    let patch = value(&["{\"a\":null}", "{\"a\":{\"c\":2}}", "{}"]);
    let number = value(&["1", "-7", "9007199254740991", "-9007199254740991"]);
    let mut item = || ItemId::new(1 + lot.below(5));
    let (id, left, right) = (item(), item(), item());
    let place = Place {
        left: lot.permille(600).then_some(left),
        right: lot.permille(600).then_some(right),
    };
    let action = match lot.below(9) {
        0 => Action::Set(any),
        1 => Action::Delete,
        2 => Action::Merge(patch),
        3 => Action::Add(number),
        4 => Action::Expect,
        5 => Action::Remove { id },
        6 => Action::Move { id, place },
        7 => Action::Replace { id, value: any },
        _ => Action::Insert { id, value: any, place },
    };
    let key = ["last/0", "strict/0", "merge/0", "sum/0", "list", "list", "guard/0"][lot.index(7)];
    let seen = match lot.below(3) {
        0 => Seen::Absent,
        1 => Seen::At(Version::new(1 + lot.below(9))),
        _ => Seen::Mine(Seq::new(1 + lot.below(9))),
    };
    Op { key: Key::new(key).expect("a key"), action, seen }
}

/// What it meant, or almost that.
fn spoil(meant: Vec<u8>, lot: &mut Random) -> Vec<u8> {
    let mut bytes = meant.clone();
    match lot.below(12) {
        0 => bytes.truncate(lot.index(bytes.len() + 1)),
        1 | 2 if !bytes.is_empty() => {
            let at = lot.index(bytes.len());
            bytes[at] ^= 1 << lot.below(8);
        }
        3 => bytes.extend_from_within(..),
        _ => {}
    }
    match decode(&bytes, codec_of(&bytes), &Limits::HARD) {
        // The reference knows whole numbers only, as text of one form.
        Ok(Decoded::Message(Message::Push(push))) if !is_plain(&push) => meant,
        _ => bytes,
    }
}

/// Whether there is no number in it but whole ones.
fn is_whole(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Number(number) => number.is_i64(),
        serde_json::Value::Array(items) => items.iter().all(is_whole),
        serde_json::Value::Object(members) => members.values().all(is_whole),
        _ => true,
    }
}

fn is_plain(push: &Push) -> bool {
    let is_plain = |op: &Op| match &op.action {
        Action::Add(value) => value.as_i64().is_some(),
        Action::Merge(value) => value.to_json().starts_with('{') && is_whole(&json(value)),
        Action::Set(value) | Action::Insert { value, .. } | Action::Replace { value, .. } => {
            is_whole(&json(value))
        }
        Action::Delete | Action::Expect | Action::Remove { .. } | Action::Move { .. } => true,
    };
    push.mutations.iter().flatten().all(is_plain)
}
