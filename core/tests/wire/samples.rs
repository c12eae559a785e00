//! One message of each kind and shape.

use std::sync::Arc;
use std::time::Duration;

use syncline_core::message::{
    Auth, Body, Change, Delta, Denied, Entry, Fault, GoAway, Hello, Join, Joined, Leave, Message,
    Participant, Personal, Ping, Presence, Push, Refusal, Welcome,
};
use syncline_core::{
    Action, Channel, ClientId, Code, Codec, Content, Digest, Durability, Epoch, Item, ItemId, Key,
    KeyId, Limits, List, Op, Place, PresenceId, RoomName, Seen, Seq, Session, Value, Version,
};

const CHANNEL: Channel = Channel::new(1);

pub(crate) fn value(json: &str) -> Value {
    Value::from_json(json.as_bytes(), &Limits::default()).unwrap()
}

pub(crate) fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

pub(crate) fn all() -> Vec<(&'static str, Message)> {
    let mut all = connection();
    all.extend(rooms());
    all.extend(edits());
    all.extend(deltas());
    all.extend(presences());
    all
}

fn connection() -> Vec<(&'static str, Message)> {
    vec![
        (
            "hello",
            Message::Hello(Hello {
                oldest: 1,
                newest: 2,
                codecs: vec![Codec::Binary, Codec::Json],
                token: "secret".into(),
                schema: "cart 3".into(),
            }),
        ),
        (
            "welcome",
            Message::Welcome(Welcome {
                protocol: 1,
                codec: Codec::Json,
                limits: Limits { value_bytes: 1_000, ..Limits::default() },
            }),
        ),
        ("auth", Message::Auth(Auth { token: "a \"newer\" secret".into() })),
        (
            "goaway",
            Message::GoAway(GoAway {
                code: Code::ShuttingDown,
                retry_after: Duration::from_millis(1_500),
            }),
        ),
        ("ping", Message::Ping(Ping { count: 300 })),
        (
            "fault",
            Message::Fault(Fault {
                code: Code::Malformed,
                expected: "the end".into(),
                got: "3 bytes".into(),
            }),
        ),
    ]
}

fn rooms() -> Vec<(&'static str, Message)> {
    let client = ClientId::new(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
    let joined = Joined {
        channel: CHANNEL,
        epoch: Epoch::new(0xfeed),
        session: Some(Session::new(4)),
        last: Seq::new(17),
        durability: Durability::Durable,
        presence: PresenceId::new(9),
    };
    let join = Join {
        channel: CHANNEL,
        room: RoomName::new("cart-1").unwrap(),
        client,
        writes: true,
        session: None,
        epoch: None,
        version: Version::ZERO,
        heard: Seq::ZERO,
    };
    vec![
        ("join_first", Message::Join(join.clone())),
        (
            "join_again",
            Message::Join(Join {
                session: Some(Session::new(4)),
                epoch: Some(Epoch::new(0xfeed)),
                version: Version::new(1_000),
                heard: Seq::new(16),
                ..join
            }),
        ),
        ("joined", Message::Joined(joined.clone())),
        (
            "joined_reader",
            Message::Joined(Joined {
                session: None,
                durability: Durability::Volatile,
                last: Seq::ZERO,
                ..joined
            }),
        ),
        ("denied", Message::Denied(Denied { channel: CHANNEL, code: Code::Forbidden })),
        ("leave", Message::Leave(Leave { channel: CHANNEL })),
    ]
}

fn edits() -> Vec<(&'static str, Message)> {
    let op = |name: &str, action, seen| Op { key: key(name), action, seen };
    let place = Place { left: Some(ItemId::new(1)), right: Some(ItemId::new(2)) };
    let start = Place { left: None, right: Some(ItemId::new(2)) };
    let push = |mutations| {
        Message::Push(Push {
            channel: CHANNEL,
            session: Session::new(4),
            first: Seq::new(18),
            heard: Seq::new(16),
            mutations,
        })
    };
    let id = ItemId::new(0xaa);
    vec![
        (
            "push_small",
            push(vec![vec![op("total", Action::Set(value("15")), Seen::At(Version::new(1_000)))]]),
        ),
        (
            "push_every_action",
            push(vec![
                vec![
                    op("set", Action::Set(value("null")), Seen::Absent),
                    op("delete", Action::Delete, Seen::At(Version::new(7))),
                    op("merge", Action::Merge(value(r#"{"a":null}"#)), Seen::Mine(Seq::new(17))),
                    op("add", Action::Add(value("-0.5")), Seen::At(Version::ZERO)),
                    op("expect", Action::Expect, Seen::Absent),
                ],
                vec![
                    op("list", Action::Insert { id, value: value("[]"), place }, Seen::Absent),
                    op("list", Action::Move { id, place: start }, Seen::Mine(Seq::new(19))),
                    op("list", Action::Replace { id, value: value("\"x\"") }, Seen::Absent),
                    op("list", Action::Remove { id }, Seen::Absent),
                ],
                vec![],
            ]),
        ),
    ]
}

fn entry(id: u32, name: Option<&str>, version: u64, change: Change) -> Entry {
    Entry { id: KeyId::new(id), key: name.map(key), version: Version::new(version), change }
}

fn plain(json: &str) -> Change {
    Change::Value(Content::Plain(value(json)))
}

/// Every kind of value, and every kind of change.
fn entries() -> Vec<Entry> {
    let long = format!("\"{}\"", "long ".repeat(20));
    let item = |id, json| Item { id: ItemId::new(id), value: value(json) };
    let list = vec![item(0xaa, "1"), item(0xbb, r#"{"b":[1,2],"a":"é"}"#)];
    let list = List::from_items(list, &Limits::default()).unwrap();
    let actions = vec![
        Action::Set(value("\"\"")),
        Action::Remove { id: ItemId::new(0xaa) },
        Action::Add(value("1")),
    ];
    let values = [
        "null",
        "false",
        "true",
        "0",
        "-32",
        "127",
        "-33",
        "128",
        "9007199254740991",
        "-9007199254740991",
        "0.1",
        "1e300",
        "1e21",
        "\"\"",
        "\"short\"",
        "\"\\n\"",
        &long,
        "[]",
        r#"{"nested":[{"deep":[[[1]]]}],"":-1.5}"#,
    ];
    let mut entries: Vec<Entry> = (0..)
        .zip(values)
        .map(|(n, json)| entry(n, Some(&format!("key {n}")), 1 + u64::from(n) / 2, plain(json)))
        .collect();
    entries.extend([
        entry(40, Some("list"), 90, Change::Value(Content::List(list))),
        entry(41, None, 80, Change::Value(Content::List(List::default()))),
        entry(42, None, 91, Change::Delete),
        entry(70_000, None, 100, Change::Patch(actions)),
        entry(43, None, 100, Change::Patch(vec![])),
    ]);
    entries
}

fn deltas() -> Vec<(&'static str, Message)> {
    let body = |from, to, entries| Body {
        from: Version::new(from),
        to: Version::new(to),
        more: false,
        digest: None,
        entries,
    };
    let delta =
        |personal, body| Message::Delta(Delta { channel: CHANNEL, personal, body: Arc::new(body) });
    let own = |last| Some(Personal { last: Seq::new(last), ..Personal::default() });
    let refusal = |seq, op, code| Refusal { seq: Seq::new(seq), op, code };
    let refused = Personal {
        last: Seq::new(20),
        refusals: vec![refusal(3, 0, Code::Stale), refusal(19, 300, Code::WrongType)],
        rewind: true,
    };
    let small = || body(1_000, 1_001, vec![entry(2, None, 1_001, plain("15"))]);
    let digest = Some(Digest::new(0xd1_6e57));
    let chunk = vec![entry(1, Some("a"), 1, plain("1")), entry(2, Some("b"), 3, plain("2"))];
    vec![
        ("delta_small", delta(None, small())),
        ("delta_own", delta(own(18), small())),
        ("delta_refused", delta(Some(refused), body(1_000, 1_000, vec![]))),
        ("delta_chunk", delta(None, Body { more: true, ..body(0, 3, chunk) })),
        ("delta_every_change", delta(own(1), Body { digest, ..body(0, 100, entries()) })),
        ("delta_heartbeat", delta(None, Body { digest, ..body(1_000, 1_000, vec![]) })),
    ]
}

fn presences() -> Vec<(&'static str, Message)> {
    let participant =
        |id, json: Option<&str>| Participant { id: PresenceId::new(id), state: json.map(value) };
    vec![
        (
            "presence_own",
            Message::Presence(Presence {
                channel: CHANNEL,
                full: false,
                entries: vec![participant(0, Some(r#"{"cursor":12}"#))],
            }),
        ),
        (
            "presence_all",
            Message::Presence(Presence {
                channel: CHANNEL,
                full: true,
                entries: vec![
                    participant(9, Some(r#"{"name":"Ada"}"#)),
                    participant(10, Some("null")),
                    participant(300, None),
                ],
            }),
        ),
    ]
}
