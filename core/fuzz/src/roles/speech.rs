//! What the two sides say to each other: messages that are nearly right, in few bytes of a script.

use std::sync::Arc;
use std::time::Duration;

use syncline_core::message::{
    Auth, Body, Change, Delta, Denied, Entry, Fault, GoAway, Hello, Join, Joined, Leave, Message,
    PROTOCOL, Participant, Personal, Ping, Presence, Push, Refusal, Welcome,
};
use syncline_core::{
    Action, Channel, ClientId, Code, Codec, Content, Digest, Durability, Epoch, Item, ItemId, Key,
    KeyId, Limits, List, Op, Place, PresenceId, RoomName, Seen, Seq, Session, Value, Version,
};

use super::super::script::Script;

const VALUES: [&str; 12] = [
    "null",
    "true",
    "7",
    "-1.5",
    "9007199254740991",
    "1e308",
    "\"text\"",
    "\"\\n\\u0000\"",
    "{}",
    r#"{"a":1,"":{"b":[1]}}"#,
    r#"{"a":null,"__proto__":{"c":2}}"#,
    "[[1],2]",
];

pub(crate) const KEYS: [&str; 6] = ["all/n", "ada/a", "ada/b", "bob/a", "strict/a", "__proto__"];

pub(crate) fn value(script: &mut Script<'_>) -> Value {
    let choice = script.below(VALUES.len() + 2);
    let json = VALUES.get(choice).map_or_else(|| script.bytes(), |json| json.as_bytes());
    Value::from_json(json, &Limits::HARD).unwrap_or(Value::NULL)
}

pub(crate) fn key(script: &mut Script<'_>) -> Key {
    Key::new(script.one(&KEYS)).unwrap()
}

fn place(script: &mut Script<'_>) -> Place {
    let mut side = || Some(ItemId::new(script.small(6))).filter(|id| id.get() > 0);
    Place { left: side(), right: side() }
}

pub(crate) fn action(script: &mut Script<'_>) -> Action {
    let id = ItemId::new(1 + script.small(5));
    match script.below(9) {
        0 => Action::Set(value(script)),
        1 => Action::Delete,
        2 => Action::Merge(value(script)),
        3 => Action::Add(value(script)),
        4 => Action::Expect,
        5 => Action::Insert { id, value: value(script), place: place(script) },
        6 => Action::Remove { id },
        7 => Action::Move { id, place: place(script) },
        _ => Action::Replace { id, value: value(script) },
    }
}

fn code(script: &mut Script<'_>) -> Code {
    script.one(Code::ALL)
}

fn seen(script: &mut Script<'_>) -> Seen {
    match script.below(3) {
        0 => Seen::Absent,
        1 => Seen::At(Version::new(script.small(8))),
        _ => Seen::Mine(Seq::new(script.small(8))),
    }
}

/// A session of those that are issued first, or none.
fn session(script: &mut Script<'_>) -> Option<Session> {
    Some(Session::new(script.small(6))).filter(|session| session.get() > 0)
}

/// What a client may say; `channel` is one that it has joined.
pub(crate) fn of_client(script: &mut Script<'_>, rooms: &[&str], tokens: &[&str]) -> Message {
    let channel = Channel::new(u32::try_from(script.small(4)).unwrap());
    match script.below(12) {
        0 => Message::Hello(Hello {
            oldest: PROTOCOL,
            newest: PROTOCOL,
            codecs: vec![if script.flag() { Codec::Binary } else { Codec::Json }],
            token: script.one(tokens).into(),
            schema: String::new(),
        }),
        1..=3 => Message::Join(Join {
            channel,
            room: RoomName::new(script.one(rooms)).unwrap(),
            client: ClientId::new(u128::from(script.small(5))),
            writes: script.below(4) > 0,
            session: session(script),
            epoch: Some(Epoch::new(script.small(4))).filter(|epoch| epoch.get() > 0),
            version: Version::new(script.small(8)),
            heard: Seq::new(script.small(4)),
        }),
        4..=7 => {
            let (session, first) = (session(script).unwrap_or(Session::new(1)), script.small(6));
            let heard = Seq::new(script.small(4));
            let mutation = |script: &mut Script<'_>| -> Vec<Op> {
                let ops = 0..=script.below(2);
                ops.map(|_| Op { key: key(script), action: action(script), seen: seen(script) })
                    .collect()
            };
            let mutations = (0..=script.below(3)).map(|_| mutation(script)).collect();
            Message::Push(Push { channel, session, first: Seq::new(first), heard, mutations })
        }
        8 => Message::Presence(Presence {
            channel,
            full: script.flag(),
            entries: vec![Participant {
                id: PresenceId::new(u32::from(script.byte())),
                state: Some(value(script)).filter(|_| script.flag()),
            }],
        }),
        9 => Message::Leave(Leave { channel }),
        10 => Message::Auth(Auth { token: script.one(tokens).into() }),
        _ => more_of_client(script, channel),
    }
}

#[cfg(feature = "views")]
fn more_of_client(script: &mut Script<'_>, channel: Channel) -> Message {
    use syncline_core::message::{Unwatch, Watch};
    use syncline_core::vnode::Cursor;
    use syncline_core::{ViewName, ViewNo};

    let view = ViewNo::new(u32::from(script.byte() % 3));
    match script.below(3) {
        0 => Message::Ping(Ping { count: u32::from(script.byte()) }),
        1 => Message::Unwatch(Unwatch { channel, view, code: None }),
        _ => {
            let name = ViewName::new(script.one(&["cart", "page"])).unwrap();
            Message::Watch(Watch { channel, view, name, cursor: Cursor::default() })
        }
    }
}

#[cfg(not(feature = "views"))]
fn more_of_client(script: &mut Script<'_>, _: Channel) -> Message {
    Message::Ping(Ping { count: u32::from(script.byte()) })
}

/// What a server may say of a channel to somebody who holds this version.
pub(crate) fn of_server(script: &mut Script<'_>, channel: Channel, held: Version) -> Message {
    match script.below(12) {
        0 => {
            let limits = if script.flag() {
                Limits::default()
            } else {
                Limits { window: 2, value_bytes: 40, ops: 2, outbox_edits: 9, ..Limits::default() }
            };
            let codec = if script.flag() { Codec::Json } else { Codec::Binary };
            Message::Welcome(Welcome { protocol: PROTOCOL, codec, limits })
        }
        1 | 2 => Message::Joined(Joined {
            channel,
            epoch: Epoch::new(script.small(3)),
            session: session(script),
            last: Seq::new(script.small(6)),
            durability: if script.flag() { Durability::Volatile } else { Durability::Durable },
            presence: PresenceId::new(1),
        }),
        3 => Message::Denied(Denied { channel, code: code(script) }),
        4..=7 => Message::Delta(delta(script, channel, held)),
        8 => Message::Presence(Presence {
            channel,
            full: script.flag(),
            entries: vec![Participant {
                id: PresenceId::new(u32::from(script.byte() % 4)),
                state: Some(value(script)).filter(|_| script.flag()),
            }],
        }),
        9 => Message::GoAway(GoAway {
            code: code(script),
            retry_after: Duration::from_millis(u64::from(script.byte())),
        }),
        10 => Message::Fault(Fault {
            code: code(script),
            expected: String::new(),
            got: String::new(),
        }),
        _ => Message::Ping(Ping { count: 1 }),
    }
}

fn delta(script: &mut Script<'_>, channel: Channel, held: Version) -> Delta {
    let from = if script.below(4) > 0 { held } else { Version::new(script.small(4)) };
    let to = from.get() + script.small(4);
    let entries = (0..script.below(4)).map(|_| {
        let id = u32::from(script.byte() % 5);
        let name = Key::new(KEYS[usize::try_from(id).unwrap()]).unwrap();
        Entry {
            id: KeyId::new(id),
            key: script.flag().then_some(name),
            version: Version::new(from.get() + 1 + script.small(3)),
            change: match script.below(4) {
                0 => Change::Delete,
                1 => Change::Patch((0..script.below(3)).map(|_| action(script)).collect()),
                2 => {
                    let item = Item { id: ItemId::new(1 + script.small(5)), value: value(script) };
                    let list = List::from_items(vec![item], &Limits::HARD).unwrap();
                    Change::Value(Content::List(list))
                }
                _ => Change::Value(Content::Plain(value(script))),
            },
        }
    });
    let body = Body {
        from,
        entries: entries.filter(|entry| entry.version.get() <= to).collect(),
        to: Version::new(to),
        more: script.below(6) == 1,
        digest: (script.below(6) == 1).then(|| Digest::new(u64::from(script.byte()))),
    };
    let last = Seq::new(script.small(6));
    let refusals = (0..script.below(2)).map(|_| Refusal {
        seq: Seq::new(script.small(6)),
        op: u32::from(script.byte() % 3),
        code: code(script),
    });
    let personal = Personal { last, refusals: refusals.collect(), rewind: script.flag() };
    let personal = Some(personal).filter(|_| script.below(3) > 0 && !body.more);
    Delta { channel, personal, body: Arc::new(body) }
}
