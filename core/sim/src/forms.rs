//! Whether a frame is one, and the only form of what it says; and what it says, for people.

use std::sync::Arc;

use syncline_core::frame::{Decoded, codec_of, decode, encode};
use syncline_core::message::{Change, Message};
use syncline_core::{Codec, Content, Limits, Value};

use crate::broken::{Checked, hold};
use crate::chance::Lot;
use crate::net::Way;
use crate::plan::Fault;
use crate::world::World;

impl World {
    /// A frame of an honest role is one, and is said in the one way that there is.
    pub fn check_frame(&mut self, bytes: &[u8]) -> Checked<Option<Message>> {
        let codec = codec_of(bytes);
        match decode(bytes, codec, &Limits::HARD) {
            Ok(Decoded::Message(message)) => {
                let again = encode(&message, codec);
                hold!(
                    again == bytes,
                    "I18",
                    "{message:?} has two forms: {bytes:02x?} and {again:02x?}"
                );
                self.check_other_forms(bytes)?;
                Ok(Some(message))
            }
            other => {
                hold!(false, "I18", "a role says {bytes:02x?}, which is {other:?}");
                Ok(None)
            }
        }
    }

    /// What is almost this frame is another one or none: nothing has two forms. (JSON has many.)
    fn check_other_forms(&mut self, bytes: &[u8]) -> Checked {
        let mut lot = self.chance.draw(Lot::Forms, 0);
        if codec_of(bytes) != Codec::Binary || bytes.len() > 4_000 || !lot.permille(50) {
            return Ok(());
        }
        let mut other = bytes.to_vec();
        let at = lot.index(other.len());
        if lot.permille(500) && other[at] < 0x80 {
            other[at] |= 0x80;
            other.insert(at + 1, 0);
        } else {
            other[at] ^= 1 << lot.below(8);
        }
        if let Ok(Decoded::Message(message)) = decode(&other, Codec::Binary, &Limits::HARD) {
            let again = encode(&message, Codec::Binary);
            // A greeting may name codecs that are not known here.
            hold!(
                again == other || matches!(message, Message::Hello(_)),
                "I18",
                "{message:?} has two forms: {other:02x?} and {again:02x?}"
            );
        }
        Ok(())
    }

    /// Sometimes a value in a delta is another one when it arrives.
    pub fn corrupt(&mut self, conn: u64, bytes: Vec<u8>) -> Vec<u8> {
        let lane = self.lane(conn, Way::Down);
        let may = !self.calm && self.plan.has(Fault::Corruption);
        if !may || !self.chance.draw(Lot::Change, lane).permille(15) {
            return bytes;
        }
        let codec = codec_of(&bytes);
        let Ok(Decoded::Message(Message::Delta(mut delta))) = decode(&bytes, codec, &Limits::HARD)
        else {
            return bytes;
        };
        let mut body = (*delta.body).clone();
        if body.digest.is_none() {
            return bytes;
        }
        for entry in &mut body.entries {
            if let Change::Value(content @ Content::Plain(_)) = &mut entry.change {
                *content = Content::Plain(Value::from_bool(false));
                delta.body = Arc::new(body);
                self.tell(|| format!("a value in a frame to connection {conn} is changed"));
                return encode(&Message::Delta(delta), codec);
            }
        }
        bytes
    }
}

/// A frame, for people.
#[must_use]
pub fn in_words(bytes: &[u8]) -> String {
    match decode(bytes, codec_of(bytes), &Limits::HARD) {
        Ok(Decoded::Message(message)) => format!("{message:?}"),
        Ok(Decoded::Skip) => "a message of a later version".to_owned(),
        Err(error) => format!("{} bytes that are no message: {error}", bytes.len()),
    }
}

/// What a client says of an open room.
#[must_use]
pub fn spoken(bytes: &[u8]) -> Option<Message> {
    // By its tag or its type, which come first: this is asked of every frame.
    let json = [&br#"{"type":"push""#[..], br#"{"type":"leave""#]
        .into_iter()
        .any(|start| bytes.starts_with(start));
    if !json && !matches!(bytes.first(), Some(11 | 15)) {
        return None;
    }
    match decode(bytes, codec_of(bytes), &Limits::HARD) {
        Ok(Decoded::Message(message)) => Some(message),
        _ => None,
    }
}

/// Whether this is a delta without an entry and without a verdict.
#[must_use]
pub fn changes_nothing(bytes: &[u8]) -> bool {
    if bytes.len() > 200 {
        return false;
    }
    match decode(bytes, codec_of(bytes), &Limits::HARD) {
        Ok(Decoded::Message(Message::Delta(delta))) => {
            delta.body.entries.is_empty()
                && delta.body.from == delta.body.to
                && delta.body.from.get() > 0
                && !delta.body.more
        }
        _ => false,
    }
}
