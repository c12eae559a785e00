//! Frames that a peer of ours would never send.

use std::time::{Duration, Instant};

use syncline_core::frame::{Decoded, decode};
use syncline_core::message::{Codec, Hello, Message};
use syncline_core::wire::Writer;
use syncline_core::{Code, Limits, Value};

use super::{read, samples};

fn binary(parts: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Writer::new();
    parts(&mut out);
    out.into_bytes()
}

fn code(bytes: &[u8], codec: Codec) -> Result<(), Code> {
    read(bytes, codec).map(|_| ()).map_err(|error| error.code)
}

/// A push up to its mutations.
fn push(out: &mut Writer) {
    for number in [11, 1, 4, 18, 16] {
        out.number(number);
    }
}

/// A delta for nobody up to its flags.
fn delta(out: &mut Writer) {
    out.number(13);
    out.number(1 << 1);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the time taken is what is tested")]
fn claims_of_any_size_are_refused_at_once() {
    let huge = 1 << 60;
    let cases: [(&str, Vec<u8>); 10] = [
        ("codecs", binary(|out| [1, 1, 1, huge].iter().for_each(|n| out.number(*n)))),
        ("token", binary(|out| [17, huge].iter().for_each(|n| out.number(*n)))),
        ("limits", binary(|out| [3, 1, 0, huge].iter().for_each(|n| out.number(*n)))),
        ("room", binary(|out| [5, 1, huge].iter().for_each(|n| out.number(*n)))),
        (
            "mutations",
            binary(|out| {
                push(out);
                out.number(huge);
            }),
        ),
        (
            "ops",
            binary(|out| {
                push(out);
                out.number(1);
                out.number(huge);
            }),
        ),
        ("refusals", binary(|out| [13, 3, 1, huge].iter().for_each(|n| out.number(*n)))),
        (
            "entries",
            binary(|out| {
                delta(out);
                out.raw(&[0, 0, 1]);
                out.number(huge);
            }),
        ),
        (
            "list",
            binary(|out| {
                delta(out);
                out.raw(&[4, 0, 1, 2, 0x07]);
                out.number(huge);
            }),
        ),
        (
            "patch",
            binary(|out| {
                delta(out);
                out.raw(&[4, 0, 1, 2, 0x09]);
                out.number(huge);
            }),
        ),
    ];
    let start = Instant::now();
    for (name, mut bytes) in cases {
        bytes.extend_from_slice(&[0; 40]);
        assert_eq!(code(&bytes, Codec::Binary), Err(Code::Malformed), "{name}");
    }
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn overlong_numbers_are_refused_wherever_they_stand() {
    for (short, long) in [
        (&[6, 3][..], &[6, 0x83, 0x00][..]),
        (&[6, 3], &[0x86, 0x00, 3]),
        (&[15, 1], &[15, 0x81, 0x80, 0x00]),
    ] {
        assert_eq!(code(short, Codec::Binary), Ok(()));
        assert_eq!(code(long, Codec::Binary), Err(Code::Malformed), "{long:02x?}");
    }
}

/// Each is a whole delta with one entry: a value that could be said in another way.
#[test]
fn values_have_one_form_only() {
    let read = |form: &[u8]| code(&[&[13, 2, 4, 0, 1, 4], form].concat(), Codec::Binary).is_ok();
    let float = |float: f64| [&[0x04][..], &float.to_le_bytes()].concat();
    let json = |text: &str| {
        binary(|out| {
            out.byte(0x06);
            out.text(text);
        })
    };
    let text = |text: &str| {
        binary(|out| {
            out.byte(0x05);
            out.text(text);
        })
    };
    for good in [
        vec![0x80],
        vec![0x60],
        vec![0xff],
        vec![0x03, 0x41],
        vec![0x21, b'x'],
        float(0.5),
        float(1e300),
        json("[]"),
        json(r#"{"a":1}"#),
        json(r#""\n""#),
        text(&"x".repeat(64)),
    ] {
        assert!(read(&good), "{good:02x?}");
    }
    for bad in [
        vec![0x03, 0x00],
        vec![0x03, 0x3f],
        binary(|out| {
            out.byte(0x03);
            out.signed(1 << 53);
        }),
        vec![0x21, b'"'],
        vec![0x21, b'\n'],
        vec![0x21, 0xff],
        float(1.0),
        float(-0.0),
        float(f64::NAN),
        float(f64::INFINITY),
        json("1"),
        json("null"),
        json(r#""x""#),
        json(r#""\u0041\n""#),
        json("[1 ]"),
        json("[1.0]"),
        json(r#"{"a":1,"a":2}"#),
        json(r#"["\ud800"]"#),
        json("[1"),
        text("x"),
        text(&"\"".repeat(64)),
        vec![0x09, 0x01, 0x0f],
        vec![0x0c],
        vec![0x18],
    ] {
        assert!(!read(&bad), "{bad:02x?}");
    }
}

#[cfg(feature = "views")]
#[test]
fn a_screen_that_shows_nothing_has_no_epoch_whatever_is_said_of_one() {
    for cursor in
        ["", r#","epoch":"00000000000000ff""#, r#","epoch":"00000000000000ff","revision":0"#]
    {
        let json =
            format!(r#"{{"type":"watch","skip":true,"channel":1,"view":1,"name":"a"{cursor}}}"#);
        let Ok(Decoded::Message(Message::Watch(watch))) = read(json.as_bytes(), Codec::Json) else {
            panic!("{json}");
        };
        assert_eq!(watch.cursor, syncline_core::vnode::Cursor::default(), "{json}");
    }
}

#[test]
fn unknown_messages_are_passed_over_only_if_they_say_so() {
    for (bytes, codec, want) in [
        (&[14][..], Codec::Binary, Ok(Decoded::Skip)),
        (&[14, 1, 2, 3], Codec::Binary, Ok(Decoded::Skip)),
        (&[0xfe, 0x01], Codec::Binary, Ok(Decoded::Skip)),
        (&[21], Codec::Binary, Err(Code::UnknownMessage)),
        (&[0xff, 0x01, 1], Codec::Binary, Err(Code::UnknownMessage)),
        (b"{\"type\":\"ping\",\"count\":1}", Codec::Binary, Err(Code::UnknownMessage)),
        (b"", Codec::Binary, Err(Code::Malformed)),
        (b"", Codec::Json, Err(Code::Malformed)),
        (br#"{"type":"x","skip":true,"y":[{}]}"#, Codec::Json, Ok(Decoded::Skip)),
        (br#"{"skip":true,"type":"x"}"#, Codec::Json, Ok(Decoded::Skip)),
        (br#"{"type":"x","skip":false}"#, Codec::Json, Err(Code::UnknownMessage)),
        (br#"{"type":"x"}"#, Codec::Json, Err(Code::UnknownMessage)),
        (br#"{"type":7}"#, Codec::Json, Err(Code::Malformed)),
        (br#"{"skip":true}"#, Codec::Json, Err(Code::Malformed)),
        (br#"["x",true]"#, Codec::Json, Err(Code::Malformed)),
        (b"{\"type\":\"\xff\"}", Codec::Json, Err(Code::InvalidUtf8)),
    ] {
        assert_eq!(read(bytes, codec).map_err(|error| error.code), want, "{bytes:02x?}");
    }
}

#[test]
fn json_passes_over_what_it_does_not_know_and_names_what_is_missing() {
    let (ping, later) = (
        br#"{"type":"ping","count":1}"#,
        br#" {"later":{"a":[1,{}]},"count":1,"type":"ping","skip":true} "#,
    );
    assert_eq!(read(later, Codec::Json), read(ping, Codec::Json));
    for (name, text) in [
        ("type", r#"{"count":1}"#),
        ("count", r#"{"type":"ping"}"#),
        ("channel", r#"{"type":"leave"}"#),
        ("room", r#"{"type":"join","channel":1}"#),
        ("from", r#"{"type":"delta","channel":1,"to":1,"entries":[]}"#),
        ("entries", r#"{"type":"delta","channel":1,"from":1,"to":1}"#),
        ("version", r#"{"type":"delta","channel":1,"from":1,"to":2,"entries":[{"id":1}]}"#),
        ("last", r#"{"type":"delta","channel":1,"rewind":true,"from":1,"to":1,"entries":[]}"#),
        (
            "seen",
            r#"{"type":"push","channel":1,"session":1,"first":1,"heard":0,
            "mutations":[[{"key":"a","action":{"delete":true}}]]}"#,
        ),
        (
            "value",
            r#"{"type":"delta","channel":1,"from":1,"to":2,
            "entries":[{"id":1,"version":2}]}"#,
        ),
        (
            "value",
            r#"{"type":"delta","channel":1,"from":1,"to":2,
            "entries":[{"id":1,"version":2,"value":1,"delete":true}]}"#,
        ),
        ("state", r#"{"type":"presence","channel":1,"entries":[{"id":1}]}"#),
    ] {
        let error = read(text.as_bytes(), Codec::Json).unwrap_err();
        assert_eq!(error.code, Code::Malformed, "{text}");
        assert!(error.to_string().contains(&format!("`{name}`")), "{name}: {error}");
    }
}

#[test]
fn json_of_any_depth_is_refused_where_it_stands() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let member = |depth| format!(r#"{{"type":"ping","count":1,"x":{}}}"#, nested(depth));
    let value = |depth| {
        let value = nested(depth);
        format!(
            r#"{{"type":"delta","channel":1,"from":0,"to":1,
                "entries":[{{"id":1,"version":1,"patch":[{{"replace":
                {{"id":"00000000000000aa","value":{value}}}}}]}}]}}"#
        )
    };
    let limits = Limits::default();
    assert_eq!(code(member(limits.depth).as_bytes(), Codec::Json), Ok(()));
    assert_eq!(code(member(400_000).as_bytes(), Codec::Json), Err(Code::TooDeep));
    assert_eq!(code("[".repeat(1_000_000).as_bytes(), Codec::Json), Err(Code::TooDeep));
    assert_eq!(code(value(limits.depth).as_bytes(), Codec::Json), Ok(()));
    assert_eq!(code(value(limits.depth + 1).as_bytes(), Codec::Json), Err(Code::TooDeep));
    assert_eq!(code(value(400_000).as_bytes(), Codec::Json), Err(Code::TooDeep));
    let quoted = format!(r#"{{"type":"ping","count":1,"x":"\"{}"}}"#, "[".repeat(1_000));
    assert_eq!(code(quoted.as_bytes(), Codec::Json), Ok(()));
}

#[test]
fn json_values_are_made_canonical_and_checked() {
    let with = |value: &str| {
        format!(r#"{{"type":"presence","channel":1,"entries":[{{"id":1,"state":{value}}}]}}"#)
    };
    let Ok(Decoded::Message(Message::Presence(presence))) =
        read(with(r#"{ "b" : 1.0, "a": "\u0041" }"#).as_bytes(), Codec::Json)
    else {
        panic!("not a presence");
    };
    assert_eq!(presence.entries[0].state, Some(samples::value(r#"{"b":1,"a":"A"}"#)));
    for (value, want) in [
        ("1e999", Code::NumberOutOfRange),
        ("9007199254740993", Code::NumberOutOfRange),
        (r#""\ud800""#, Code::LoneSurrogate),
        (&format!("\"{}\"", "x".repeat(5_000)), Code::ValueTooLarge),
    ] {
        assert_eq!(code(with(value).as_bytes(), Codec::Json), Err(want), "{value}");
    }
}

/// Everything is told through `encode`, which does not check, and read within lower limits.
#[test]
fn limits_are_kept_in_both_codecs() {
    let limits = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        limits
    };
    let sample = |name: &str| samples::all().into_iter().find(|sample| sample.0 == name).unwrap().1;
    for (name, limits, want) in [
        ("ping", limits(|limits| limits.frame_bytes = 1), Code::FrameTooLarge),
        ("hello", limits(|limits| limits.hello_bytes = 19), Code::FrameTooLarge),
        ("hello", limits(|limits| limits.token_bytes = 5), Code::FrameTooLarge),
        ("auth", limits(|limits| limits.token_bytes = 5), Code::FrameTooLarge),
        ("join_first", limits(|limits| limits.room_name_bytes = 5), Code::InvalidName),
        ("push_small", limits(|limits| limits.key_bytes = 4), Code::InvalidName),
        ("delta_chunk", limits(|limits| limits.key_bytes = 0), Code::InvalidName),
        ("push_every_action", limits(|limits| limits.ops = 4), Code::MutationTooLarge),
        ("push_every_action", limits(|limits| limits.window = 2), Code::WindowExceeded),
        ("delta_every_change", limits(|limits| limits.value_bytes = 60), Code::ValueTooLarge),
        ("delta_every_change", limits(|limits| limits.depth = 2), Code::TooDeep),
        ("delta_every_change", limits(|limits| limits.items = 1), Code::TooManyItems),
        ("presence_all", limits(|limits| limits.presence_bytes = 8), Code::ValueTooLarge),
    ] {
        for codec in super::CODECS {
            let bytes = syncline_core::frame::encode(&sample(name), codec);
            let got = decode(&bytes, codec, &limits).map_err(|error| error.code);
            assert_eq!(got, Err(want), "{name} as {codec:?}");
        }
    }
}

#[test]
fn a_delta_that_contradicts_itself_is_refused_in_both_codecs() {
    let text = |members: &str| format!(r#"{{"type":"delta","channel":1,{members}}}"#);
    let more = r#""from":1,"to":2,"more":true,"entries":[]"#;
    let entry = |version| {
        format!(r#""from":1,"to":3,"entries":[{{"id":1,"version":{version},"delete":true}}]"#)
    };
    assert_eq!(code(text(more).as_bytes(), Codec::Json), Ok(()));
    assert_eq!(code(text(&entry(3)).as_bytes(), Codec::Json), Ok(()));
    for members in [
        format!(r#"{more},"digest":"0000000000000000""#),
        format!(r#"{more},"last":1"#),
        r#""from":2,"to":1,"entries":[]"#.into(),
        entry(1),
        entry(4),
        r#""from":0,"to":9007199254740992,"entries":[]"#.into(),
    ] {
        let got = code(text(&members).as_bytes(), Codec::Json);
        assert_eq!(got, Err(Code::Malformed), "{members}");
    }
    for (bytes, want) in [
        (&[13, 2, 1, 1, 1, 0][..], true),
        (&[13, 2, 4, 1, 2, 2, 4, 0x08], true),
        (&[13, 2, 3, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], false),
        (&[13, 3, 1, 0, 1, 1, 1, 0], false),
        (&[13, 2, 4, 1, 2, 2, 0, 0x08], false),
        (&[13, 2, 4, 1, 2, 2, 6, 0x08], false),
        (&[13, 2, 4, 1, 2, 2, 5, 0x08], false),
        (&[13, 2, 4, 1, 0, 2, 0x08], false),
        (&[13, 2, 0, 1, 1, 1, 2, 0x08], false),
        (&[13, 2, 8, 1, 1, 0], false),
        (&[13, 2, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0], false),
    ] {
        let got = code(bytes, Codec::Binary);
        assert_eq!(got, if want { Ok(()) } else { Err(Code::Malformed) }, "{bytes:02x?}");
    }
}

#[test]
fn a_greeting_of_a_later_version_is_understood() {
    let hello = Hello {
        oldest: 1,
        newest: 9,
        codecs: vec![Codec::Json],
        token: "t".into(),
        schema: String::new(),
    };
    let want = Ok(Decoded::Message(Message::Hello(hello)));
    assert_eq!(read(&[1, 1, 9, 2, 7, 1, 1, b't', 0, 99], Codec::Binary), want);
    let text = br#"{"type":"hello","oldest":1,"newest":9,"codecs":["cbor","json"],"token":"t"}"#;
    assert_eq!(read(text, Codec::Json), want);
    let limits = br#"{"type":"welcome","protocol":1,"codec":"json","limits":{"ops":9,"moons":3}}"#;
    let Ok(Decoded::Message(Message::Welcome(welcome))) = read(limits, Codec::Json) else {
        panic!("not a welcome");
    };
    assert_eq!(welcome.limits, Limits { ops: 9, ..Limits::default() });
    let zero = br#"{"type":"welcome","protocol":1,"codec":"json","limits":{"ops":0}}"#;
    assert_eq!(code(zero, Codec::Json), Err(Code::Malformed));
}

#[test]
fn a_value_at_its_limit_fits() {
    let limits = Limits::default();
    let value = Value::from_text(&"x".repeat(limits.presence_bytes - 2), &limits).unwrap();
    let bytes = binary(|out| {
        out.raw(&[2, 2, 1, 1]);
        out.value(&value);
    });
    assert_eq!(code(&bytes, Codec::Binary), Ok(()));
}
