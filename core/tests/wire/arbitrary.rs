//! Any message that the rules allow.

use std::sync::Arc;
use std::time::Duration;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use syncline_core::limit::COUNTER_MAX;
use syncline_core::message::{
    Auth, Body, Change, Delta, Denied, Entry, Fault, GoAway, Hello, Join, Joined, Leave, Message,
    Participant, Personal, Ping, Presence, Push, Refusal, Welcome,
};
use syncline_core::{
    Action, Channel, ClientId, Code, Codec, Content, Digest, Durability, Epoch, Item, ItemId, Key,
    KeyId, Limits, List, Op, Place, PresenceId, RoomName, Seen, Seq, Session, Value, Version,
};

/// Numbers of every length, the edges more often than by chance.
fn counter() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..4_u64,
        0..=COUNTER_MAX,
        Just(COUNTER_MAX),
        (0..54_u32).prop_map(|bit| (1 << bit) - 1)
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z]{62,65}", "[\"\\\\\u{0}-\u{20}\u{7f}é😀]{0,4}"]
}

fn number() -> impl Strategy<Value = String> {
    let most = COUNTER_MAX.cast_signed();
    prop_oneof![
        (-40..140_i64).prop_map(|number| number.to_string()),
        (-most..=most).prop_map(|number| number.to_string()),
        any::<f64>()
            .prop_filter("finite", |float| float.is_finite())
            .prop_map(|float| format!("{float:e}")),
    ]
}

fn json() -> impl Strategy<Value = String> {
    let quoted = |text: String| serde_json::to_string(&text).unwrap();
    let leaf = prop_oneof![
        proptest::sample::select(["null", "true", "false"].as_slice()).prop_map(str::to_owned),
        number(),
        text().prop_map(quoted),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let member = (text(), inner.clone())
            .prop_map(move |(name, json)| format!("{}:{json}", quoted(name)));
        prop_oneof![
            vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            vec(member, 0..4).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    json().prop_map(|json| Value::from_json(json.as_bytes(), &Limits::default()).unwrap())
}

fn item_id() -> impl Strategy<Value = ItemId> {
    any::<u64>().prop_map(ItemId::new)
}

fn place() -> impl Strategy<Value = Place> {
    (option::of(item_id()), option::of(item_id())).prop_map(|(left, right)| Place { left, right })
}

fn content() -> impl Strategy<Value = Content> {
    let list = btree_map(any::<u64>(), value(), 0..4).prop_map(|items| {
        let item = |(id, value)| Item { id: ItemId::new(id), value };
        let items = items.into_iter().map(item).collect();
        Content::List(List::from_items(items, &Limits::default()).unwrap())
    });
    prop_oneof![value().prop_map(Content::Plain), list]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        value().prop_map(Action::Set),
        Just(Action::Delete),
        value().prop_map(Action::Merge),
        value().prop_map(Action::Add),
        Just(Action::Expect),
        (item_id(), value(), place()).prop_map(|(id, value, place)| Action::Insert {
            id,
            value,
            place
        }),
        item_id().prop_map(|id| Action::Remove { id }),
        (item_id(), place()).prop_map(|(id, place)| Action::Move { id, place }),
        (item_id(), value()).prop_map(|(id, value)| Action::Replace { id, value }),
    ]
}

fn key() -> impl Strategy<Value = Key> {
    text().prop_filter_map("a key", |text| {
        Limits::default().check_key(&text).ok()?;
        Key::new(text).ok()
    })
}

fn seen() -> impl Strategy<Value = Seen> {
    prop_oneof![
        Just(Seen::Absent),
        counter().prop_map(|version| Seen::At(Version::new(version))),
        counter().prop_map(|seq| Seen::Mine(Seq::new(seq))),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    (key(), action(), seen()).prop_map(|(key, action, seen)| Op { key, action, seen })
}

fn code() -> impl Strategy<Value = Code> {
    proptest::sample::select(Code::ALL)
}

fn codec() -> impl Strategy<Value = Codec> {
    proptest::sample::select([Codec::Binary, Codec::Json].as_slice())
}

fn channel() -> impl Strategy<Value = Channel> {
    any::<u32>().prop_map(Channel::new)
}

fn personal() -> impl Strategy<Value = Personal> {
    let refusal = (counter(), any::<u32>(), code());
    let refusal = refusal.prop_map(|(seq, op, code)| Refusal { seq: Seq::new(seq), op, code });
    (counter(), vec(refusal, 0..4), any::<bool>()).prop_map(|(last, refusals, rewind)| Personal {
        last: Seq::new(last),
        refusals,
        rewind,
    })
}

/// A body whose versions are as they must be: `share` says how far into the body an entry lies.
fn body() -> impl Strategy<Value = Body> {
    let change = prop_oneof![
        3 => content().prop_map(Change::Value),
        1 => Just(Change::Delete),
        1 => vec(action(), 0..4).prop_map(Change::Patch),
    ];
    let entry = (any::<u32>(), option::of(key()), any::<u64>(), change);
    let parts = (counter(), counter(), any::<bool>(), option::of(any::<u64>()), vec(entry, 0..4));
    parts.prop_map(|(one, other, more, digest, entries)| {
        let (from, to) = (one.min(other), one.max(other));
        let entry = |(id, key, share, change)| Entry {
            id: KeyId::new(id),
            key,
            version: Version::new(from + 1 + share % (to - from)),
            change,
        };
        Body {
            from: Version::new(from),
            to: Version::new(to),
            more,
            digest: if more { None } else { digest.map(Digest::new) },
            entries: if to == from { vec![] } else { entries.into_iter().map(entry).collect() },
        }
    })
}

pub(crate) fn delta() -> impl Strategy<Value = Delta> {
    (channel(), option::of(personal()), body()).prop_map(|(channel, personal, body)| Delta {
        channel,
        personal: personal.filter(|_| !body.more),
        body: Arc::new(body),
    })
}

fn greetings() -> impl Strategy<Value = Message> {
    let hello = (any::<u32>(), any::<u32>(), vec(codec(), 0..4), text(), text());
    let limits = (1..=1_000_usize, 1..=64_usize);
    prop_oneof![
        hello.prop_map(|(oldest, newest, codecs, token, schema)| {
            Message::Hello(Hello { oldest, newest, codecs, token, schema })
        }),
        (any::<u32>(), codec(), limits).prop_map(|(protocol, codec, (ops, depth))| {
            let limits = Limits { ops, depth, ..Limits::HARD };
            Message::Welcome(Welcome { protocol, codec, limits })
        }),
        text().prop_map(|token| Message::Auth(Auth { token })),
        (code(), counter()).prop_map(|(code, millis)| {
            Message::GoAway(GoAway { code, retry_after: Duration::from_millis(millis) })
        }),
        any::<u32>().prop_map(|count| Message::Ping(Ping { count })),
        (code(), text(), text()).prop_map(|(code, expected, got)| Message::Fault(Fault {
            code,
            expected,
            got
        })),
    ]
}

fn join() -> impl Strategy<Value = Message> {
    let room = "[a-z0-9/é]{1,32}";
    let who = (any::<u128>(), any::<bool>(), option::of(counter()), option::of(any::<u64>()));
    (channel(), room, who, counter(), counter()).prop_map(|(channel, room, who, version, heard)| {
        let (client, writes, session, epoch) = who;
        Message::Join(Join {
            channel,
            room: RoomName::new(room).unwrap(),
            client: ClientId::new(client),
            writes,
            session: session.map(Session::new),
            epoch: epoch.map(Epoch::new),
            version: Version::new(version),
            heard: Seq::new(heard),
        })
    })
}

fn joined() -> impl Strategy<Value = Message> {
    let who = (any::<u64>(), option::of(counter()), counter(), any::<bool>(), any::<u32>());
    (channel(), who).prop_map(|(channel, (epoch, session, last, durable, presence))| {
        Message::Joined(Joined {
            channel,
            epoch: Epoch::new(epoch),
            session: session.map(Session::new),
            last: Seq::new(last),
            durability: if durable { Durability::Durable } else { Durability::Volatile },
            presence: PresenceId::new(presence),
        })
    })
}

fn push() -> impl Strategy<Value = Message> {
    let numbers = (counter(), counter(), counter());
    let mutations = vec(vec(op(), 0..4), 0..4);
    (channel(), numbers, mutations).prop_map(|(channel, (session, first, heard), mutations)| {
        Message::Push(Push {
            channel,
            session: Session::new(session),
            first: Seq::new(first),
            heard: Seq::new(heard),
            mutations,
        })
    })
}

fn presence() -> impl Strategy<Value = Message> {
    let entry = (any::<u32>(), option::of(value()));
    let entry = entry.prop_map(|(id, state)| Participant { id: PresenceId::new(id), state });
    (channel(), any::<bool>(), vec(entry, 0..4))
        .prop_map(|(channel, full, entries)| Message::Presence(Presence { channel, full, entries }))
}

pub(crate) fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        2 => greetings(),
        1 => join(),
        1 => joined(),
        1 => (channel(), code()).prop_map(|(channel, code)| Message::Denied(Denied { channel, code })),
        1 => channel().prop_map(|channel| Message::Leave(Leave { channel })),
        4 => push(),
        1 => presence(),
        6 => delta().prop_map(Message::Delta),
        2 => of_views(),
    ]
}

#[cfg(not(feature = "views"))]
fn of_views() -> impl Strategy<Value = Message> {
    channel().prop_map(|channel| Message::Leave(Leave { channel }))
}

#[cfg(feature = "views")]
fn of_views() -> impl Strategy<Value = Message> {
    use syncline_core::message::{Extent, Show, Unwatch, Watch};
    use syncline_core::vnode::Cursor;
    use syncline_core::{Revision, ViewName, ViewNo};
    let view = || any::<u32>().prop_map(ViewNo::new);
    let version = || counter().prop_map(Version::new);
    let cursor = (any::<u64>(), 1..=COUNTER_MAX).prop_map(|(epoch, revision)| Cursor {
        epoch: Epoch::new(epoch),
        revision: Revision::new(revision),
    });
    let cursor = option::of(cursor).prop_map(Option::unwrap_or_default);
    let extent = || {
        (version(), version())
            .prop_map(|(one, two)| Extent { version: one.max(two), read: one.min(two) })
    };
    let elsewhere = vec(("[a-zé]{1,8}", extent()), 0..3);
    prop_oneof![
        (channel(), view(), "[a-zé]{1,8}", cursor).prop_map(|(channel, view, name, cursor)| {
            Message::Watch(Watch { channel, view, name: ViewName::new(name).unwrap(), cursor })
        }),
        (channel(), view(), option::of(code()))
            .prop_map(|(channel, view, code)| Message::Unwatch(Unwatch { channel, view, code })),
        (channel(), view(), extent(), elsewhere, vec(any::<u8>(), 0..40)).prop_map(
            |(channel, view, home, elsewhere, frame)| {
                let name = |(name, extent)| (RoomName::new(name).unwrap(), extent);
                let elsewhere = elsewhere.into_iter().map(name).collect();
                Message::Show(Show { channel, view, home, elsewhere, frame })
            }
        ),
    ]
}
