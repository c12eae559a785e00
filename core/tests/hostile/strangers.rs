//! Connections that have not greeted yet, or are in no room: what they cost others.

use std::time::Duration;

use allocation_counter::measure;
use syncline_core::frame::encode;
use syncline_core::message::{Message, Ping};
use syncline_core::{Code, Codec, Limits};

use crate::stage::{Stage, hello, join};
use crate::{ADA, EVE, assert_served, served};

#[test]
fn first_frames_that_are_none_close_their_own_connection() {
    let mut stage = served();
    let noise: [&[u8]; 9] = [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        b"{",
        b"{\"type\":\"hello\"}",
        b"null",
        b"\xff\xff\xff\xff",
        b"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x00",
        b"\x06\x03",
    ];
    for (conn, bytes) in (10..).zip(noise) {
        stage.connect(conn);
        stage.bytes(conn, bytes);
        assert!(stage.fault(conn).is_some(), "{bytes:?}");
        assert!(stage.closed(conn).is_some(), "{bytes:?}");
        assert_served(&mut stage);
    }
}

#[test]
fn strangers_that_do_not_greet_leave_room_for_others() {
    let limits = Limits { server_connections: 8, ..Limits::default() };
    let mut stage = Stage::new(limits);
    stage.enter(ADA, "ada", "open", 1);
    for conn in 10..17 {
        stage.connect(conn);
    }
    stage.connect(17);
    assert_eq!(stage.closed(17), Some(Code::TooMany));
    // Part of a greeting is none, however often it comes.
    for n in 0..4 {
        stage.pass(Duration::from_secs(1));
        stage.bytes(10 + n, &encode(&hello("eve"), Codec::Binary)[..4]);
        stage.say(ADA, &Message::Ping(Ping { count: 1 }));
    }
    stage.pass(Duration::from_secs(2));
    assert!((10..17).all(|conn| stage.closed(conn).is_some()));
    assert_eq!(stage.closed(16), Some(Code::HelloTimeout));
    assert_served(&mut stage);
    stage.enter(EVE, "eve", "open", 2);
    assert_eq!(stage.closed(EVE), None);
}

#[test]
fn strangers_that_greet_and_are_in_no_room_leave_room_for_others() {
    let limits = Limits { server_connections: 8, ..Limits::default() };
    let mut stage = Stage::new(limits);
    stage.enter(ADA, "ada", "open", 1);
    for conn in 10..17 {
        stage.connect(conn);
        stage.say(conn, &hello("stranger"));
        stage.say(conn, &join(1, "open", u128::from(conn), None, None));
        assert_eq!(stage.denied(conn), Some(Code::Forbidden));
    }
    stage.connect(EVE);
    assert_eq!(stage.closed(EVE), Some(Code::TooMany), "they may come in yet");
    stage.pass(Duration::from_secs(6));
    for conn in 10..17 {
        stage.say(conn, &Message::Ping(Ping { count: 0 }));
    }
    for (newcomer, conn) in (20..30).zip(10..17) {
        stage.enter(newcomer, "eve", "open", u128::from(newcomer));
        assert_eq!((stage.closed(newcomer), stage.closed(conn)), (None, Some(Code::TooMany)));
    }
    stage.pass(Duration::from_secs(6));
    stage.connect(30);
    assert_eq!(stage.closed(30), Some(Code::TooMany), "whoever is in a room stays");
    assert_served(&mut stage);
}

#[test]
fn a_greeting_above_its_limit_is_not_looked_into() {
    let mut stage = served();
    let token = "x".repeat(Limits::default().hello_bytes);
    for (conn, codec) in [(10, Codec::Binary), (11, Codec::Json)] {
        let frame = encode(&hello(&token), codec);
        stage.connect(conn);
        let cost = measure(|| stage.bytes(conn, &frame));
        assert!(cost.bytes_max < 8_192, "{} bytes", cost.bytes_max);
        assert_eq!(stage.fault(conn), Some(Code::FrameTooLarge));
        assert_eq!(stage.closed(conn), Some(Code::FrameTooLarge));
    }
    assert_served(&mut stage);
}
