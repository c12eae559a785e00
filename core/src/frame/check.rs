//! What a message must keep to, whichever codec it came in.

use super::malformed;
use crate::error::{Code, Error};
use crate::limit::Limits;
use crate::message::{Body, Delta, Message, Presence, Push};

/// Checks a message that a frame of `bytes` bytes held.
pub(super) fn message(message: &Message, bytes: usize, limits: &Limits) -> Result<(), Error> {
    match message {
        Message::Hello(hello) => {
            size(bytes, limits.hello_bytes, "bytes of a greeting")?;
            size(hello.token.len(), limits.token_bytes, "bytes of a token")
        }
        Message::Welcome(welcome) => {
            welcome.limits.check().map_err(|error| error.under(Code::Malformed))
        }
        Message::Join(join) => limits.check_room(join.room.as_str()),
        Message::Push(message) => push(message, limits),
        Message::Delta(message) => delta(message),
        Message::Presence(message) => presence(message, limits),
        Message::Auth(auth) => size(auth.token.len(), limits.token_bytes, "bytes of a token"),
        #[cfg(feature = "views")]
        Message::Watch(watch) => limits.check_room(watch.name.as_str()),
        #[cfg(feature = "views")]
        Message::Unwatch(_) | Message::Show(_) => Ok(()),
        Message::Joined(_)
        | Message::Denied(_)
        | Message::Leave(_)
        | Message::GoAway(_)
        | Message::Ping(_)
        | Message::Fault(_) => Ok(()),
    }
}

/// Refuses more bytes than a limit.
pub(super) fn size(bytes: usize, most: usize, what: &str) -> Result<(), Error> {
    if bytes > most {
        return Err(Error::limit(Code::FrameTooLarge, most, what, bytes));
    }
    Ok(())
}

/// Ops are counted where they are read.
fn push(push: &Push, limits: &Limits) -> Result<(), Error> {
    let count = push.mutations.len();
    if count > limits.window {
        return Err(Error::limit(Code::WindowExceeded, limits.window, "mutations", count));
    }
    Ok(())
}

fn delta(delta: &Delta) -> Result<(), Error> {
    let Body { from, to, more, ref digest, ref entries } = *delta.body;
    if more && (digest.is_some() || delta.personal.is_some()) {
        return Err(malformed("a digest and a reader's own part in a final chunk only", "more"));
    }
    if to < from {
        return Err(malformed("`to` not before `from`", format!("{from} to {to}")));
    }
    match entries.iter().find(|entry| entry.version <= from || entry.version > to) {
        None => Ok(()),
        Some(entry) => {
            let got = format!("{} in {from} to {to}", entry.version);
            Err(malformed("an entry's version after `from`, at most `to`", got))
        }
    }
}

fn presence(presence: &Presence, limits: &Limits) -> Result<(), Error> {
    for state in presence.entries.iter().filter_map(|entry| entry.state.as_ref()) {
        if state.json_len() > limits.presence_bytes {
            let (most, got) = (limits.presence_bytes, state.json_len());
            return Err(Error::limit(Code::ValueTooLarge, most, "bytes of a presence", got));
        }
    }
    Ok(())
}
