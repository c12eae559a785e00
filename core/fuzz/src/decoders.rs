//! What is read from bytes and texts: each is in its only form, or an error.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use syncline_core::client::ClientConfig;
use syncline_core::frame::{Decoded, decode, encode};
#[cfg(feature = "host")]
use syncline_core::host::ServerOptions;
use syncline_core::message::Message;
use syncline_core::policy::Policies;
use syncline_core::value::Kind;
use syncline_core::wire::{Reader, Writer};
use syncline_core::{
    Action, ClientId, Code, Codec, Content, Epoch, Key, Limits, Principal, RoomName, Timing, Value,
    patch as patches,
};

use super::bounds::within;

/// Bytes of memory for each byte of what is read, and in any case: an error says what it expected.
const EACH: usize = 160;
const BASE: usize = 16 * 1_024;

/// A frame in binary.
pub fn frame_binary(bytes: &[u8]) {
    let read = |bytes: &[u8]| decode(bytes, Codec::Binary, &Limits::HARD);
    let Ok(Decoded::Message(message)) = within(bytes.len(), EACH, BASE, || read(bytes)) else {
        return;
    };
    let again = encode(&message, Codec::Binary);
    // Greetings may hold what only a later version knows, and fewer limits are those of an older one.
    if !matches!(message, Message::Hello(_) | Message::Welcome(_)) {
        assert_eq!(again, bytes, "{message:?}");
    }
    assert_eq!(read(&again), Ok(Decoded::Message(message)));
}

/// A frame in JSON: the same message in both codecs.
pub fn frame_json(bytes: &[u8]) {
    let read = |bytes: &[u8], codec| decode(bytes, codec, &Limits::HARD);
    let decoded = within(bytes.len(), EACH, BASE, || read(bytes, Codec::Json));
    let Ok(Decoded::Message(message)) = decoded else { return };
    for codec in [Codec::Json, Codec::Binary] {
        let again = encode(&message, codec);
        assert_eq!(read(&again, codec), Ok(Decoded::Message(message.clone())), "{codec:?}");
    }
}

/// JSON text, beside another reader of it.
pub fn value(bytes: &[u8]) {
    let limits = Limits::HARD;
    let read = within(bytes.len(), EACH, BASE, || Value::from_json(bytes, &limits));
    let other = serde_json::from_slice::<Json>(bytes);
    let value = match read {
        Ok(value) => value,
        Err(error) => {
            let broken = matches!(error.code, Code::InvalidJson | Code::InvalidUtf8);
            assert!(!broken || other.is_err(), "{error}");
            return;
        }
    };
    assert!(alike(&other.expect("JSON to both"), &json(&value)), "{}", value.json());
    value.check(&limits).unwrap();
    assert_eq!(value.json_len(), value.json().len());
    let again = Value::from_json(value.json().as_bytes(), &limits).unwrap();
    assert_eq!((again.json(), again.depth()), (value.json(), value.depth()));
    assert_eq!(serde_json::to_string(&value).unwrap(), value.json());
    assert_eq!(serde_json::from_str::<Value>(&value.json()).unwrap(), value);
    if let Some(text) = value.as_text() {
        assert_eq!(Value::from_text(&text, &limits), Ok(value.clone()));
    }
    if let Some(number) = value.as_f64() {
        assert_eq!(Value::from_f64(number), Ok(value.clone()));
    }
    for member in value.members().into_iter().flatten() {
        let name = member.name.as_text().unwrap();
        assert_eq!(value.get(&name), Some(member.value), "{name}");
    }
    let mut out = Writer::new();
    out.value(&value);
    let mut input = Reader::new(out.as_bytes(), &limits);
    assert_eq!(input.value(), Ok(value));
    input.finish().unwrap();
}

fn json(value: &Value) -> Json {
    serde_json::from_str(&value.json()).unwrap()
}

/// Equal, but for what the other reader rounds in its own way.
fn alike(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= one.abs() * 1e-14
        }
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            let same = |(name, one): (&String, &Json)| {
                other.get(name).is_some_and(|other| alike(one, other))
            };
            one.len() == other.len() && one.iter().all(same)
        }
        _ => one == other,
    }
}

/// Edits in binary, done to one key in turn.
pub fn wire(bytes: &[u8]) {
    let limits = Limits::default();
    let read = within(bytes.len(), EACH, BASE, || {
        let mut input = Reader::new(bytes, &limits);
        let ops = input.ops()?;
        input.finish().map(|()| ops)
    });
    let Ok(ops) = read else { return };
    let mut out = Writer::new();
    out.ops(&ops);
    assert_eq!(out.as_bytes(), bytes);
    let mut held: Option<Content> = None;
    for (op, next) in ops.iter().zip(ops.iter().skip(1).map(Some).chain([None])) {
        let Ok(result) = op.action.apply(held.as_ref(), &limits) else { continue };
        if let Some(content) = &result {
            content.check(&limits).unwrap();
            content_comes_back(content, &limits);
        }
        if let Some(next) = next {
            together(held.as_ref(), &op.action, result.as_ref(), &next.action, &limits);
        }
        held = result;
    }
}

fn content_comes_back(content: &Content, limits: &Limits) {
    let mut out = Writer::new();
    out.content(content);
    let mut input = Reader::new(out.as_bytes(), limits);
    assert_eq!(input.content().as_ref(), Ok(content));
    input.finish().unwrap();
}

/// One action for two does what they do.
fn together(
    held: Option<&Content>,
    first: &Action,
    between: Option<&Content>,
    second: &Action,
    limits: &Limits,
) {
    let Ok(want) = second.apply(between, limits) else { return };
    let Some(both) = first.then(second, limits) else { return };
    // Integers added to a float in turn may round twice.
    if let (Action::Add(_), Some(Content::Plain(value))) = (&both, held)
        && value.as_i64().is_none()
    {
        return;
    }
    assert_eq!(both.apply(held, limits), Ok(want), "{first:?} then {second:?} is {both:?}");
}

/// Options, limits and names as text.
pub fn options(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let read = within(bytes.len(), EACH, BASE, || ClientConfig::from_json(text));
    match (read, serde_json::from_str::<ClientConfig>(text)) {
        (Ok(one), Ok(other)) => assert_eq!(format!("{one:?}"), format!("{other:?}")),
        (Err(error), _) => assert_eq!(error.code, Code::InvalidArgument, "{error}"),
        (Ok(_), Err(_)) => {}
    }
    if let Ok(limits) = serde_json::from_str::<Limits>(text) {
        assert_eq!(serde_json::from_str::<Limits>(&limits.to_json()).unwrap(), limits);
        if limits.check().is_ok() {
            assert_eq!(limits.lowest(&Limits::HARD), limits);
            assert_eq!(Limits::from_list(&limits.to_list()), limits);
        }
    }
    if let Ok(timing) = serde_json::from_str::<Timing>(text) {
        let again = serde_json::to_string(&timing).unwrap();
        assert_eq!(serde_json::from_str::<Timing>(&again).unwrap(), timing);
    }
    #[cfg(feature = "host")]
    options_of::<ServerOptions>(text);
    options_of::<Policies>(text);
    if let Ok(client) = ClientId::from_hex(text) {
        assert_eq!(client.to_string(), text);
    }
    if let Ok(epoch) = Epoch::from_hex(text) {
        assert_eq!(epoch.to_string(), text);
    }
    assert!(Key::new(text).is_ok_and(|key| key.as_str() == text) || !named(text));
    assert!(RoomName::new(text).is_ok_and(|room| room.as_str() == text) || !named(text));
    assert!(Principal::new(text).is_ok_and(|who| who.as_str() == text) || !named(text));
}

/// Options that are read are told as what is read as them again.
fn options_of<T: Serialize + DeserializeOwned>(text: &str) {
    let Ok(options) = within(text.len(), EACH, BASE, || serde_json::from_str::<T>(text)) else {
        return;
    };
    let told = serde_json::to_string(&options).unwrap();
    let again: T = serde_json::from_str(&told).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), told);
}

/// Whether a text can be the name of anything.
fn named(text: &str) -> bool {
    (1..=1_024).contains(&text.len())
}

/// Three lines: an object, and two patches to it.
pub fn patch(bytes: &[u8]) {
    let limits = Limits::default();
    let mut lines = bytes.split(|&byte| byte == b'\n');
    let mut next = || lines.next().and_then(|line| Value::from_json(line, &limits).ok());
    let (Some(target), Some(first)) = (next(), next()) else { return };
    let second = next().unwrap_or(Value::NULL);
    let merged = |target: Option<&Value>, patch: &Value| {
        let merged = within(bytes.len(), EACH, BASE, || patches::merge(target, patch, &limits));
        let objects = [target, Some(patch)].into_iter().flatten();
        let objects = objects.map(Value::kind).all(|kind| kind == Kind::Object);
        match &merged {
            Ok(value) => {
                value.check(&limits).unwrap();
                let mut want = target.map_or(Json::Null, json);
                merge_patch(&mut want, &json(patch));
                assert_eq!(json(value), want, "RFC 7396");
                assert!(objects);
            }
            Err(error) => assert_eq!(error.code == Code::WrongType, !objects, "{error}"),
        }
        merged
    };
    let once = merged(Some(&target), &first);
    let fresh = merged(None, &first);
    for (target, once) in [(Some(&target), once), (None, fresh)] {
        let Ok(once) = once else { continue };
        let Ok(twice) = merged(Some(&once), &second) else { continue };
        if let Some(both) = patches::compose(&first, &second, &limits) {
            let both = patches::merge(target, &both, &limits);
            assert_eq!(both.map(|value| value.to_json()), Ok(twice.to_json()));
        }
    }
    for (base, mine, theirs) in
        [(&target, &first, &second), (&first, &second, &target), (&second, &target, &first)]
    {
        let three =
            |base, mine, theirs| patches::three_way(Some(base), Some(mine), Some(theirs), &limits);
        if let Ok(Some(value)) = three(base, mine, theirs) {
            value.check(&limits).unwrap();
        }
        assert_eq!(three(base, base, theirs), Ok(Some(theirs.clone())));
        assert_eq!(three(base, mine, base), Ok(Some(mine.clone())));
    }
}

/// As RFC 7396 writes it.
fn merge_patch(target: &mut Json, patch: &Json) {
    let Json::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Json::Object(serde_json::Map::new());
    }
    let Json::Object(members) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(name);
        } else {
            merge_patch(members.entry(name.as_str()).or_insert(Json::Null), value);
        }
    }
}
