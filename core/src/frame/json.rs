//! Messages as JSON text.
//!
//! Members that are unknown are passed over, at any place where a message has members. Values are
//! never parsed into trees: they go in and out as text, and are checked by themselves.

mod delta;
mod edit;
mod plain;
#[cfg(feature = "views")]
mod views;

pub(super) use delta::{encode_body, encode_delta};

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::ser::Serializer;
use serde_json::value::RawValue;

use plain::{
    AuthText, DeniedText, FaultText, GoAwayText, HelloText, JoinText, JoinedText, LeaveText,
    PingText, WelcomeText,
};

use super::{Decoded, malformed};
use crate::error::{Code, Error};
use crate::limit::Limits;
use crate::message::Message;
use crate::value::Value;
use crate::wire::utf8;

/// Levels that a message adds to the values in it, and some for the members of later versions.
const FRAME_DEPTH: usize = 12;

/// What is read of a message before it is known which one it is.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    name: Cow<'a, str>,
    /// A message of a later version says so if it may be passed over.
    #[serde(default)]
    skip: bool,
}

pub(super) fn encode(message: &Message) -> Vec<u8> {
    match message {
        Message::Hello(hello) => text("hello", |out| HelloText::serialize(hello, out)),
        Message::Welcome(welcome) => text("welcome", |out| WelcomeText::serialize(welcome, out)),
        Message::Join(join) => text("join", |out| JoinText::serialize(join, out)),
        Message::Joined(joined) => text("joined", |out| JoinedText::serialize(joined, out)),
        Message::Denied(denied) => text("denied", |out| DeniedText::serialize(denied, out)),
        Message::Push(push) => text("push", |out| edit::PushText::of(push).serialize(out)),
        Message::Delta(delta) => encode_delta(delta, &encode_body(&delta.body)),
        Message::Presence(presence) => {
            text("presence", |out| delta::PresenceText::of(presence).serialize(out))
        }
        #[cfg(feature = "views")]
        Message::Watch(watch) => text("watch", |out| views::WatchText::of(watch).serialize(out)),
        #[cfg(feature = "views")]
        Message::Unwatch(unwatch) => {
            text("unwatch", |out| views::UnwatchText::of(*unwatch).serialize(out))
        }
        #[cfg(feature = "views")]
        Message::Show(show) => text("show", |out| views::ShowText::of(show).serialize(out)),
        Message::Leave(leave) => text("leave", |out| LeaveText::serialize(leave, out)),
        Message::Auth(auth) => text("auth", |out| AuthText::serialize(auth, out)),
        Message::GoAway(away) => text("goaway", |out| GoAwayText::serialize(away, out)),
        Message::Ping(ping) => text("ping", |out| PingText::serialize(ping, out)),
        Message::Fault(fault) => text("fault", |out| FaultText::serialize(fault, out)),
    }
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, Error> {
    let text = utf8(bytes)?;
    check_depth(text, limits.depth.saturating_add(FRAME_DEPTH))?;
    if !text.trim_start().starts_with('{') {
        return Err(malformed("a message in JSON", "text that is no object"));
    }
    let kind: Kind<'_> = read(text)?;
    let message = match &*kind.name {
        "push" => Message::Push(read::<edit::PushText>(text)?.into_push(limits)?),
        "delta" => Message::Delta(delta::read(text, limits)?),
        "presence" => Message::Presence(read::<delta::PresenceText>(text)?.into_presence(limits)?),
        #[cfg(feature = "views")]
        "watch" => Message::Watch(read::<views::WatchText>(text)?.into_watch()),
        #[cfg(feature = "views")]
        "unwatch" => Message::Unwatch(read::<views::UnwatchText>(text)?.into_unwatch()),
        #[cfg(feature = "views")]
        "show" => Message::Show(read::<views::ShowText>(text)?.into_show()?),
        name => match plain::read(name, text).map_err(|error| not_a_message(&error))? {
            Some(message) => message,
            None if kind.skip => return Ok(Decoded::Skip),
            None => return Err(Error::new(Code::UnknownMessage, "the type of a message", name)),
        },
    };
    Ok(Decoded::Message(message))
}

type Out<'a> = Serializer<&'a mut Vec<u8>>;

/// The text of an object.
fn object(write: impl FnOnce(&mut Out<'_>) -> Result<(), serde_json::Error>) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory does not fail, and nothing here has names that are no strings.
    write(&mut Serializer::new(&mut bytes)).unwrap_or_default();
    bytes
}

/// The text of a message: its type stands before its members.
fn text(kind: &str, write: impl FnOnce(&mut Out<'_>) -> Result<(), serde_json::Error>) -> Vec<u8> {
    let mut bytes = format!(r#"{{"type":"{kind}""#).into_bytes();
    join(&mut bytes, &object(write));
    bytes
}

/// Appends the members of an object to an object whose brace is still open.
fn join(open: &mut Vec<u8>, object: &[u8]) {
    open.push(b',');
    open.extend_from_slice(object.get(1..).unwrap_or_default());
}

/// Reads members of a message; the others are passed over.
fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| not_a_message(&error))
}

fn not_a_message(error: &serde_json::Error) -> Error {
    malformed("a message in JSON", error.to_string())
}

/// A value as text to be put in as it is.
fn raw(value: &Value) -> Box<RawValue> {
    RawValue::from_string(value.to_json()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// The value of text that stood in a message.
fn value(raw: &RawValue, limits: &Limits) -> Result<Value, Error> {
    Value::from_json(raw.get().as_bytes(), limits)
}

/// Tells `null`, which is a value, from a member that is missing.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::deserialize(from).map(Some)
}

/// Leaves out what is false.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes members by reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Refuses text that is nested deeper than a message can be.
///
/// Also members that are passed over take memory for each level.
fn check_depth(text: &str, most: usize) -> Result<(), Error> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth = depth.saturating_add(1);
                if depth > most {
                    return Err(Error::limit(Code::TooDeep, most, "levels in a frame", depth));
                }
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// An action as it is in a push.
#[cfg(test)]
pub(super) fn action_to_json(action: &crate::op::Action) -> String {
    serde_json::to_string(&edit::ActionText::of(action)).unwrap()
}
