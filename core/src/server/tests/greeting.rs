use super::*;

#[test]
fn a_stranger_that_says_nothing_is_closed() {
    let mut bench = Bench::new();
    bench.connect(1);
    bench.wait_until(4_999);
    assert_eq!(bench.close_code(1), None);
    bench.wait_until(5_000);
    assert_eq!(bench.close_code(1), Some(Code::HelloTimeout));
    assert!(bench.take(1).is_empty());
    assert_eq!(bench.server.poll_timeout(), None);
}

#[test]
fn what_a_stranger_says_instead_of_a_greeting_closes_it_with_a_reason() {
    let large = vec![b'{'; limits().hello_bytes + 1];
    let greeting = |oldest, newest, codecs: &[Codec], token: &str| {
        let codecs = codecs.to_vec();
        let token = token.to_owned();
        let hello = Hello { oldest, newest, codecs, token, schema: String::new() };
        frame::encode(&Message::Hello(hello), Codec::Binary)
    };
    let table: [(&str, Vec<u8>, &[Code]); 13] = [
        ("nothing", Vec::new(), &[Code::Malformed]),
        ("noise", vec![1, 255, 255, 255, 255], &[Code::Malformed]),
        ("text", b"GET / HTTP/1.1".to_vec(), &[Code::Malformed, Code::UnknownMessage]),
        ("json noise", b"{".to_vec(), &[Code::Malformed, Code::InvalidJson]),
        ("large", large, &[Code::FrameTooLarge]),
        ("join", frame::encode(&join(1, "a"), Codec::Binary), &[Code::Unexpected]),
        ("push", frame::encode(&push(1), Codec::Binary), &[Code::Unexpected]),
        ("json ping", frame::encode(&ping(), Codec::Json), &[Code::Unexpected]),
        (
            "future",
            greeting(PROTOCOL + 1, PROTOCOL + 2, &[Codec::Binary], ""),
            &[Code::Unsupported],
        ),
        ("past", greeting(0, 0, &[Codec::Binary], ""), &[Code::Unsupported]),
        (
            "upside down",
            greeting(PROTOCOL + 1, PROTOCOL, &[Codec::Binary], ""),
            &[Code::Unsupported],
        ),
        ("no codec", greeting(PROTOCOL, PROTOCOL, &[], ""), &[Code::Unsupported]),
        ("other codec", greeting(PROTOCOL, PROTOCOL, &[Codec::Json], ""), &[Code::Unsupported]),
    ];
    for (what, bytes, codes) in table {
        let config = ServerConfig { codecs: vec![Codec::Binary], ..ServerConfig::default() };
        let mut bench = Bench::of(config);
        bench.greet(1, "ada");
        bench.connect(2);
        bench.bytes(2, &bytes);
        let code = bench.fault(2).unwrap_or_else(|| panic!("{what}: no fault"));
        assert!(codes.contains(&code), "{what}: {code}");
        assert_eq!(bench.close_code(2), Some(code), "{what}");
        assert!(bench.to_room.is_empty() && bench.authorize.is_empty(), "{what}");
        assert_eq!(bench.server.metrics().faults, BTreeMap::from([(code, 1)]));

        bench.bytes(2, &frame::encode(&hello("eve", Codec::Binary), Codec::Binary));
        assert!(bench.take(2).is_empty(), "{what}: answered after the end");
        assert!(bench.wants_input(1) && bench.close_code(1).is_none(), "{what}: others suffer");
    }
}

#[test]
fn a_token_above_its_limit_is_a_fault() {
    let limits = Limits { token_bytes: 8, ..limits() };
    let mut bench = Bench::with(limits);
    bench.connect(1);
    bench.say(1, &hello("123456789", Codec::Binary));
    assert!(bench.fault(1).is_some());
    bench.enter(2, "12345678", &["a"]);
    bench.say(2, &auth("123456789"));
    assert!(bench.fault(2).is_some());
}

#[test]
fn the_welcome_says_what_will_be_spoken() {
    for (asked, spoken, want) in [
        (vec![Codec::Json, Codec::Binary], vec![Codec::Binary, Codec::Json], Codec::Json),
        (vec![Codec::Json, Codec::Binary], vec![Codec::Binary], Codec::Binary),
        (vec![Codec::Binary], vec![Codec::Json, Codec::Binary], Codec::Binary),
    ] {
        let mut bench = Bench::of(ServerConfig { codecs: spoken, ..ServerConfig::default() });
        bench.connect(1);
        let hello = Hello {
            oldest: 0,
            newest: PROTOCOL + 7,
            codecs: asked,
            token: "ada".to_owned(),
            schema: "app/1".to_owned(),
        };
        bench.bytes(1, &frame::encode(&Message::Hello(hello), Codec::Binary));
        let Some(Message::Welcome(welcome)) = bench.take(1).pop() else { panic!() };
        assert_eq!((welcome.protocol, welcome.codec, welcome.limits), (PROTOCOL, want, limits()));
        bench.bytes(1, &frame::encode(&join(1, "a"), want));
        assert_eq!(kinds(&bench.take(1)), ["Joined", "Delta"]);
    }
}

#[test]
fn what_no_client_may_say_closes_its_connection_only() {
    let from_server = [
        hello("ada", Codec::Binary),
        Message::GoAway(GoAway { code: Code::Idle, retry_after: Duration::ZERO }),
        Message::Denied(crate::message::Denied { channel: channel(1), code: Code::Deleted }),
    ];
    let mut table: Vec<(Vec<u8>, &[Code])> = from_server
        .iter()
        .map(|message| (frame::encode(message, Codec::Binary), [Code::Unexpected].as_slice()))
        .collect();
    table
        .push((br#"{"type":"ping","count":1}"#.to_vec(), &[Code::Malformed, Code::UnknownMessage]));
    table.push((vec![0; limits().frame_bytes + 1], &[Code::FrameTooLarge]));
    table.push((Vec::new(), &[Code::Malformed]));
    table.push((frame::encode(&push(9), Codec::Binary), &[Code::Unexpected]));
    table.push((frame::encode(&presence(9), Codec::Binary), &[Code::Unexpected]));
    table.push((frame::encode(&leave(9), Codec::Binary), &[Code::Unexpected]));
    table.push((frame::encode(&join(1, "b"), Codec::Binary), &[Code::Unexpected]));
    for id in [0, 1] {
        let entry = |id| Participant { id: PresenceId::new(id), state: None };
        let entries = if id == 0 { vec![entry(0), entry(0)] } else { vec![entry(1)] };
        let presence = Presence { channel: channel(1), full: false, entries };
        table
            .push((frame::encode(&Message::Presence(presence), Codec::Binary), &[Code::Malformed]));
    }
    for (bytes, codes) in table {
        let mut bench = Bench::new();
        bench.enter(1, "ada", &["a"]);
        bench.enter(2, "eve", &["a"]);
        bench.bytes(2, &bytes);
        let code = bench.fault(2).expect("a fault");
        assert!(codes.contains(&code), "{code} for {bytes:?}");
        assert_eq!(bench.close_code(2), Some(code));
        assert!(matches!(bench.to_room.as_slice(), [(_, ToRoom::Leave { .. })]));
        bench.happen("a");
        assert_eq!(kinds(&bench.take(1)), ["Delta"]);
    }
}

#[test]
fn a_fault_of_the_client_ends_its_connection_quietly() {
    let mut bench = Bench::new();
    bench.enter(1, "ada", &["a"]);
    let fault = Fault { code: Code::Diverged, expected: String::new(), got: String::new() };
    bench.say(1, &Message::Fault(fault));
    assert_eq!((bench.take(1), bench.close_code(1)), (Vec::new(), Some(Code::Diverged)));
}

#[test]
fn connections_beyond_the_limit_are_closed_at_once() {
    let mut bench = Bench::with(Limits { server_connections: 2, ..limits() });
    for number in 1..=3 {
        bench.connect(number);
    }
    assert_eq!(bench.closed, [(conn(3), Code::TooMany)]);
    bench.disconnect(1);
    bench.greet(4, "ada");
    assert_eq!(bench.server.metrics().connections, 2);
}
