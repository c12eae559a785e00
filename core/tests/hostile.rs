//! What a peer that means no good tries, class by class, at a server with its rooms: one test for each. Those
//! of who has not come in yet are in `hostile/strangers.rs`.
//!
//! | class | here, and elsewhere |
//! |---|---|
//! | bytes that end the process | `first_frames_that_are_none_close_their_own_connection`; every decoder: `corpora.rs`, through C `ffi/tests/corpora.rs` |
//! | text where binary belongs | `text_where_binary_belongs_closes_one_connection`; sockets: `test_hostile.py`, `hostile.test.js` |
//! | types that are mixed up | `what_only_a_server_says_is_no_word_of_a_client`; `wire/hostile.rs` |
//! | claims of length | `claims_of_length_cost_no_memory`; `wire/hostile.rs`, `corpora.rs` |
//! | what grows by composition | `edits_that_are_small_do_not_compose_to_what_is_too_large`; trees: `vnode/tests.rs` |
//! | floods of tiny frames | `a_flood_of_tiny_frames_is_not_read_and_serves_nobody_late`; sockets as above |
//! | readers that never read | `a_reader_that_never_reads_costs_no_memory_and_is_closed`; sockets as above |
//! | pings whose answers nobody reads, messages of parts without end | transports: `test_hostile.py`, `hostile.test.js` |
//! | late and oversized greetings, strangers that stay | `strangers_that_do_not_greet_leave_room_for_others`, `strangers_that_greet_and_are_in_no_room_leave_room_for_others`, `a_greeting_above_its_limit_is_not_looked_into`; sockets as above |
//! | names of others | `a_client_id_of_another_principal_writes_nothing` |
//! | mutations again | `a_mutation_that_is_replayed_counts_once` |
//! | rooms of others | `a_resume_without_a_grant_tells_nothing_of_a_room` |
//! | grants that were taken back | `a_grant_that_is_taken_back_ends_what_is_under_way` |
//! | refusals that are never heard | `refusals_that_nobody_hears_are_bounded` |
//! | presence of others | `nobody_speaks_as_another_participant` |
//! | prototypes | `names_with_a_meaning_elsewhere_are_data`; `scenarios/names-with-a-meaning-elsewhere-are-data.json` in every language |
//! | surrogates without a partner | `a_surrogate_without_its_partner_is_refused_where_it_stands`; `handle/value.test.mjs`, `test_handle_values.py` |
//! | pages of other origins | `sockets.test.js`, `test_server.py` |
//! | bombs of compression | transports do not inflate: frames with the bit of it in `hostile.test.js`, `test_hostile.py` |
//! | panics across languages, handles after their end | `ffi/tests/panics.rs`, `handle/panic.test.mjs`, `handle/workers.test.mjs`, `test_handle_panic.py`, `test_handle_life.py` |
//! | hashes that collide | there are none of attackers' keys: `clippy.toml` |
//!
//! Those of sockets need a face: `bindings-node/test/`, `bindings-python/tests/`.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "a test fails by panicking"
)]

#[path = "hostile/stage.rs"]
mod stage;
#[path = "hostile/strangers.rs"]
mod strangers;

use std::time::Duration;

use allocation_counter::measure;
use stage::{SECRET, Stage, hello, join, op, push, value};
use syncline_core::frame::{decode, encode};
use syncline_core::message::{Auth, Joined, Message, Participant, Ping, Presence, Welcome};
use syncline_core::wire::Writer;
use syncline_core::{
    Action, Channel, Code, Codec, Durability, Epoch, ItemId, Limits, Place, PresenceId, Seen, Seq,
    Session,
};

const ADA: u64 = 1;
const EVE: u64 = 2;

/// What stands before the first mutation of a client.
fn add(n: i64) -> Vec<syncline_core::Op> {
    vec![op("count", Action::Add(value(&n.to_string())), Seen::Absent)]
}

/// That somebody else is still served.
fn assert_served(stage: &mut Stage) {
    let before = stage.number("count");
    let seq = stage.next_seq;
    stage.next_seq = seq.next();
    stage.say(ADA, &push(1, 1, seq.get(), vec![add(1)]));
    assert_eq!(stage.number("count"), before + 1, "others are not served");
    assert_eq!(stage.closed(ADA), None);
}

fn served() -> Stage {
    let mut stage = Stage::new(Limits::default());
    stage.enter(ADA, "ada", "open", 1);
    stage
}

#[test]
fn text_where_binary_belongs_closes_one_connection() {
    let mut stage = served();
    stage.enter(EVE, "eve", "open", 2);
    for (conn, text) in [(EVE, "{\"type\":\"ping\",\"count\":1}"), (3, "Integer out of range!")] {
        if conn != EVE {
            stage.enter(conn, "eve", "open", 3);
        }
        stage.bytes(conn, text.as_bytes());
        let fault = stage.fault(conn).unwrap();
        assert_eq!(stage.closed(conn), Some(fault));
        assert_served(&mut stage);
    }
}

#[test]
fn what_only_a_server_says_is_no_word_of_a_client() {
    let mut stage = served();
    let welcome = Welcome { protocol: 1, codec: Codec::Binary, limits: Limits::default() };
    let joined = Joined {
        channel: Channel::new(1),
        epoch: Epoch::new(1),
        session: Some(Session::new(1)),
        last: Seq::ZERO,
        durability: Durability::Durable,
        presence: PresenceId::new(1),
    };
    for (conn, message) in (10..).zip([Message::Welcome(welcome), Message::Joined(joined)]) {
        stage.enter(conn, "eve", "open", u128::from(conn));
        stage.say(conn, &message);
        assert_eq!(stage.fault(conn), Some(Code::Unexpected), "{message:?}");
        assert_served(&mut stage);
    }
}

/// A count or a length of any size is looked at beside the bytes that there are.
#[test]
fn claims_of_length_cost_no_memory() {
    let heads: [&[u64]; 8] = [
        &[1, 1, 1],
        &[5, 1],
        &[11, 1, 1, 1, 0, 1, 1],
        &[17],
        &[11, 1, 1, 1, 0],
        &[11, 1, 1, 1, 0, 1],
        &[2, 2],
        &[1, 1, 1, 1, 0],
    ];
    for (conn, head) in (10..).zip(heads) {
        let mut stage = served();
        stage.enter(conn, "eve", "open", u128::from(conn));
        let mut frame = Writer::new();
        for number in head {
            frame.number(*number);
        }
        frame.number(1 << 52);
        frame.raw(&[0; 64]);
        let refused = decode(frame.as_bytes(), Codec::Binary, &Limits::HARD).unwrap_err();
        assert!(refused.expected.starts_with("a count of"), "{head:?}: {refused}, not a claim");
        let cost = measure(|| stage.bytes(conn, frame.as_bytes()));
        assert!(cost.bytes_max < 32_768, "{} bytes for {head:?}", cost.bytes_max);
        assert!(stage.closed(conn).is_some(), "{head:?}");
    }
}

#[test]
fn edits_that_are_small_do_not_compose_to_what_is_too_large() {
    let limits = Limits { depth: 8, items: 20, value_bytes: 2_000, ..Limits::default() };
    let mut stage = Stage::new(limits);
    stage.enter(ADA, "ada", "open", 1);
    let mut seq = 0;
    let mut edit = |stage: &mut Stage, name: &str, action: Action| {
        seq += 1;
        stage.say(ADA, &push(1, 1, seq, vec![vec![op(name, action, Seen::Absent)]]));
        let content = stage.room().get(name).cloned();
        content.inspect(|content| content.check(&limits).unwrap())
    };
    let place = Place::default();
    for n in 0..40 {
        // An item is one level deeper than it is by itself.
        let deep = value(&format!("{}{}", "[".repeat(8), "]".repeat(8)));
        let id = ItemId::new(n);
        let held = edit(&mut stage, "deep", Action::Insert { id, value: deep, place });
        assert_eq!(held, None, "9 levels in a list");
        edit(&mut stage, "long", Action::Insert { id, value: value("0"), place });
        edit(&mut stage, "wide", Action::Merge(value(&format!("{{\"{n}\":0}}"))));
        let text = "x".repeat(150);
        edit(&mut stage, "large", Action::Merge(value(&format!("{{\"{n}\":\"{text}\"}}"))));
    }
    let refused = |code| stage.refused.iter().filter(|refusal| refusal.code == code).count();
    assert_eq!(refused(Code::TooDeep), 40);
    assert_eq!(refused(Code::TooManyItems), 40);
    assert!(refused(Code::ValueTooLarge) > 20);
}

#[test]
fn a_flood_of_tiny_frames_is_not_read_and_serves_nobody_late() {
    let mut stage = served();
    stage.enter(EVE, "eve", "open", 2);
    let ping = encode(&Message::Ping(Ping { count: 0 }), Codec::Binary);
    let mut read = 0;
    while stage.server.wants_input(stage::conn(EVE)) {
        stage.bytes(EVE, &ping);
        read += 1;
        assert!(read <= Limits::default().frames_minute, "a flood is read");
    }
    assert_served(&mut stage);
    // Whoever is not kept from reading by that ends when as much is held as one frame may have.
    let mut held = 0;
    let cost = measure(|| {
        while stage.closed(EVE).is_none() {
            stage.bytes(EVE, &ping);
            held += 1;
            assert!(held < 100_000, "a flood is held");
        }
    });
    assert!(cost.bytes_max < 4 << 20, "{} bytes", cost.bytes_max);
    assert_eq!(stage.closed(EVE), Some(Code::Flood));
    assert_served(&mut stage);
}

#[test]
fn a_reader_that_never_reads_costs_no_memory_and_is_closed() {
    let mut stage = served();
    stage.enter(EVE, "eve", "open", 2);
    stage.reads(EVE, false);
    let write = |stage: &mut Stage, count: u64| {
        for _ in 0..count {
            stage.write("text", &format!("\"{}\"", "x".repeat(1_000)));
        }
    };
    write(&mut stage, 300);
    let sent = stage.frames(EVE);
    stage.keeps = false;
    let cost = measure(|| write(&mut stage, 3_000));
    assert!(cost.bytes_current < 65_536, "{} bytes are held for it", cost.bytes_current);
    assert_eq!(stage.frames(EVE), sent, "frames are made for who does not read");
    assert_served(&mut stage);
    stage.pass(Duration::from_secs(31));
    assert_eq!(stage.closed(EVE), Some(Code::Stalled));
    assert_served(&mut stage);
}

#[test]
fn a_client_id_of_another_principal_writes_nothing() {
    let mut stage = served();
    assert_served(&mut stage);
    // With all that is known of the other one, and with less.
    for (conn, session, epoch) in [(10, Some(1), Some(1)), (11, None, None), (12, None, Some(1))] {
        stage.connect(conn);
        stage.say(conn, &hello("eve"));
        stage.say(conn, &join(1, "open", 1, session, epoch));
        assert_eq!(stage.denied(conn), Some(Code::Forbidden));
        let before = stage.number("count");
        stage.say(conn, &push(1, 1, 2, vec![add(100)]));
        assert_eq!(stage.number("count"), before);
    }
    assert_served(&mut stage);
}

#[test]
fn a_mutation_that_is_replayed_counts_once() {
    let mut stage = served();
    let frame = push(1, 1, 1, vec![add(1)]);
    for _ in 0..3 {
        stage.say(ADA, &frame);
    }
    assert_eq!(stage.number("count"), 1);
    // By the same client over another connection, and over the old one after that.
    stage.connect(10);
    stage.say(10, &hello("ada"));
    stage.say(10, &join(1, "open", 1, Some(1), Some(1)));
    stage.say(10, &frame);
    stage.say(ADA, &frame);
    assert_eq!(stage.number("count"), 1);
    // By others, as they heard it; and with other content, which is no retry.
    stage.enter(EVE, "eve", "open", 2);
    stage.say(EVE, &frame);
    assert_eq!(stage.number("count"), 1);
    stage.say(10, &push(1, 1, 1, vec![add(7)]));
    assert_eq!((stage.number("count"), stage.denied(10)), (1, Some(Code::IdentityReused)));
}

#[test]
fn a_resume_without_a_grant_tells_nothing_of_a_room() {
    let mut stage = served();
    stage.enter(10, "ada", "secret", 1);
    assert!(stage.heard(10, SECRET), "who may read it hears of it");
    stage.connect(EVE);
    stage.say(EVE, &hello("eve"));
    for channel in 1..5 {
        let (session, epoch) = (Some(1).filter(|_| channel > 2), Some(1).filter(|_| channel != 2));
        stage.say(EVE, &join(channel, "secret", u128::from(channel), session, epoch));
        assert_eq!(stage.denied(EVE), Some(Code::Forbidden));
        stage.say(EVE, &push(channel, 1, 1, vec![add(1)]));
        stage.write_secret("more");
    }
    // And what it says on channels that it never joined.
    stage.say(EVE, &push(9, 1, 1, vec![add(1)]));
    assert!(!stage.heard(EVE, SECRET) && !stage.heard(EVE, "more"));
    assert!(stage.heard(10, "more"));
}

#[test]
fn a_grant_that_is_taken_back_ends_what_is_under_way() {
    for how in ["revoked", "another token"] {
        let mut stage = served();
        stage.enter(10, "ada", "secret", 1);
        stage.reads(10, false);
        stage.write_secret("before");
        stage.write_secret("waits");
        let seen = stage.frames(10);
        if how == "revoked" {
            stage.revoke("ada");
        } else {
            stage.say(10, &Message::Auth(Auth { token: "eve".into() }));
        }
        assert_eq!(stage.denied(10), Some(Code::Forbidden), "{how}");
        stage.say(10, &push(1, 1, 1, vec![add(1)]));
        assert!(!stage.holds_secret("count"), "{how}: it writes no more");
        stage.write_secret("afterwards");
        stage.reads(10, true);
        stage.pass(Duration::from_secs(25));
        assert!(stage.frames(10) > seen && !stage.heard(10, "waits"), "{how}");
        assert!(!stage.heard(10, "afterwards"), "{how}");
    }
}

#[test]
fn nobody_speaks_as_another_participant() {
    let mut stage = served();
    stage.enter(EVE, "eve", "open", 2);
    let says = |id, state: &str| {
        let entries = vec![Participant { id: PresenceId::new(id), state: Some(value(state)) }];
        Message::Presence(Presence { channel: Channel::new(1), full: false, entries })
    };
    stage.say(ADA, &says(0, r#"{"name":"Ada"}"#));
    for (conn, id) in (10..).zip(1..5) {
        stage.enter(conn, "eve", "open", u128::from(conn));
        stage.say(conn, &says(id, r#"{"name":"nobody"}"#));
        assert_eq!(stage.closed(conn), Some(Code::Malformed), "{id}");
        let present: Vec<_> = stage.room().presences().iter().collect();
        assert!(present.len() == 1 && present[0].1.json().contains("Ada"), "{present:?}");
    }
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(5_000));
    stage.say(EVE, &says(0, &large));
    assert!(stage.room().presences().iter().all(|(_, state)| state.json_len() < 4_096));
    assert_served(&mut stage);
}

#[test]
fn names_with_a_meaning_elsewhere_are_data() {
    let mut stage = served();
    stage.enter(EVE, "eve", "open", 2);
    for (seq, name) in (1..).zip(["__proto__", "constructor", "toString", "hasOwnProperty"]) {
        let object = value(&format!("{{\"{name}\":{{\"{name}\":[1]}},\"\":0}}"));
        let ops = vec![op(name, Action::Merge(object.clone()), Seen::Absent)];
        stage.say(ADA, &push(1, 1, seq, vec![ops]));
        assert_eq!(stage.room().get(name).unwrap().to_json(), object.to_json());
        assert!(stage.heard(EVE, &object.to_json()));
    }
    // The empty name is one of a member, and none of a key.
    let mut frame = Writer::new();
    for number in [11, 1, 1, 5, 0, 1, 1, 0] {
        frame.number(number);
    }
    frame.raw(b"\x22ab\0");
    stage.bytes(ADA, frame.as_bytes());
    assert_eq!(stage.closed(ADA), Some(Code::InvalidName));
}

#[test]
fn a_surrogate_without_its_partner_is_refused_where_it_stands() {
    let mut stage = served();
    stage.connect(10);
    stage.bytes(10, br#"{"type":"hello","oldest":1,"newest":1,"codecs":["json"],"token":"eve"}"#);
    let frame = r#"{"type":"presence","channel":1,"entries":[{"id":0,"state":{"a":"\ud83d"}}]}"#;
    stage.bytes(10, frame.as_bytes());
    assert_eq!(stage.closed(10), Some(Code::LoneSurrogate));
    let story = stage.story(10);
    assert!(story.contains("at byte 6"), "{story}");
    assert_served(&mut stage);
}

/// What nobody hears has to be remembered.
#[test]
fn refusals_that_nobody_hears_are_bounded() {
    let mut stage = Stage::new(Limits { window: 8, ..Limits::default() });
    stage.enter(ADA, "ada", "open", 1);
    for seq in 1..=16 {
        let wrong = vec![op("number", Action::Merge(value("1")), Seen::Absent)];
        stage.say(ADA, &push(1, 1, seq, vec![wrong]));
    }
    let told = stage.told(ADA);
    let last = told.iter().map(|personal| personal.last).max();
    let refused = told.iter().flat_map(|personal| &personal.refusals).map(|refusal| refusal.seq);
    assert_eq!((last, refused.max()), (Some(Seq::new(8)), Some(Seq::new(8))));
    assert!(told.iter().any(|personal| personal.rewind), "the others are to be sent again");
}
