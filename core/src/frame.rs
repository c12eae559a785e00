//! Messages to bytes and back, within limits: one frame is one message.

mod binary;
mod check;
mod edits;
#[cfg(feature = "json")]
mod json;

use crate::error::{Code, Error};
use crate::id::Key;
use crate::limit::{COUNTER_MAX, Limits};
use crate::message::{Body, Codec, Delta, Message};
use crate::op::Action;

/// What the bytes of one frame were.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    target_pointer_width = "64",
    expect(
        clippy::large_enum_variant,
        reason = "one exists at a time, and is nearly always a message"
    )
)]
pub enum Decoded {
    /// A message.
    Message(Message),
    /// A message of a later version that may be passed over.
    Skip,
}

/// The bytes of a message.
///
/// Nothing is checked here: who makes a message keeps the limits. Of durations the milliseconds are
/// told.
///
/// ```
/// use syncline_core::frame::{Decoded, decode, encode};
/// use syncline_core::message::{Message, Ping};
/// use syncline_core::{Codec, Limits};
/// let ping = Message::Ping(Ping { count: 3 });
/// assert_eq!(encode(&ping, Codec::Binary), [6, 3]);
/// let text = encode(&ping, Codec::Json);
/// assert_eq!(text, br#"{"type":"ping","count":3}"#);
/// assert_eq!(decode(&text, Codec::Json, &Limits::default()), Ok(Decoded::Message(ping)));
/// ```
#[must_use]
pub fn encode(message: &Message, codec: Codec) -> Vec<u8> {
    encode_from::<true>(message, codec)
}

/// The bytes of a message of a client: a build for clients alone has no code for what only a server says.
pub(crate) fn encode_client(message: &Message, codec: Codec) -> Vec<u8> {
    encode_from::<false>(message, codec)
}

fn encode_from<const SERVERS: bool>(message: &Message, codec: Codec) -> Vec<u8> {
    match codec {
        Codec::Binary => binary::encode::<SERVERS>(message),
        #[cfg(feature = "json")]
        Codec::Json => json::encode(message),
    }
}

/// The message of these bytes.
///
/// # Errors
///
/// `FrameTooLarge` above the limit of a frame, a greeting or a token; `UnknownMessage` for one that
/// may not be passed over; `Malformed`, or the code of the first thing in it that breaks a rule of
/// values, names or limits.
pub fn decode(bytes: &[u8], codec: Codec, limits: &Limits) -> Result<Decoded, Error> {
    decode_from::<true>(bytes, codec, limits)
}

/// The message of a server. What only a client says is not even read: a build for clients alone
/// has no code for that.
pub(crate) fn decode_server(bytes: &[u8], codec: Codec, limits: &Limits) -> Result<Decoded, Error> {
    decode_from::<false>(bytes, codec, limits)
}

fn decode_from<const CLIENTS: bool>(
    bytes: &[u8],
    codec: Codec,
    limits: &Limits,
) -> Result<Decoded, Error> {
    check::size(bytes.len(), limits.frame_bytes, "bytes of a frame")?;
    let decoded = match codec {
        Codec::Binary => binary::decode::<CLIENTS>(bytes, limits)?,
        #[cfg(feature = "json")]
        Codec::Json => json::decode(bytes, limits)?,
    };
    if let Decoded::Message(message) = &decoded {
        check::message(message, bytes.len(), limits)?;
    }
    Ok(decoded)
}

/// Edits as the JSON array of `{"key":…,"action":…}` that a push holds: for people, logs and other
/// languages.
///
/// ```
/// use syncline_core::{Action, Key};
/// let edits = [(Key::new("a").unwrap(), Action::Delete)];
/// let text = syncline_core::frame::edits_to_json(&edits);
/// assert_eq!(text, r#"[{"key":"a","action":{"delete":true}}]"#);
/// ```
#[must_use]
pub fn edits_to_json(edits: &[(Key, Action)]) -> String {
    edits::to_json(edits)
}

/// The codec of a first frame: JSON text begins with a brace. Where JSON is not spoken, the brace is
/// a tag of no message.
#[must_use]
pub fn codec_of(bytes: &[u8]) -> Codec {
    match bytes.first() {
        #[cfg(feature = "json")]
        Some(b'{') => Codec::Json,
        _ => Codec::Binary,
    }
}

/// The bytes of a delta's body, to be encoded once for all readers.
#[must_use]
pub fn encode_body(body: &Body, codec: Codec) -> Vec<u8> {
    match codec {
        Codec::Binary => binary::encode_body(body),
        #[cfg(feature = "json")]
        Codec::Json => json::encode_body(body),
    }
}

/// The bytes of a delta whose body is encoded already; equal to what [`encode`] makes of the whole.
///
/// The delta's own body is not looked at.
#[must_use]
pub fn encode_delta(delta: &Delta, body: &[u8], codec: Codec) -> Vec<u8> {
    match codec {
        Codec::Binary => binary::encode_delta(delta, body),
        #[cfg(feature = "json")]
        Codec::Json => json::encode_delta(delta, body),
    }
}

/// Bytes that are not a message.
fn malformed(expected: &'static str, got: impl AsRef<str>) -> Error {
    Error::new(Code::Malformed, expected, got)
}

/// A duration in milliseconds, as both codecs tell it.
fn millis(duration: core::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(COUNTER_MAX).min(COUNTER_MAX)
}
