//! Messages to bytes and back, within limits: one frame is one message.

use crate::error::Error;
use crate::limit::Limits;
use crate::message::{Body, Codec, Delta, Message};

/// What the bytes of one frame were.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded {
    /// A message.
    Message(Message),
    /// A message of a later version that may be passed over.
    Skip,
}

/// The bytes of a message.
#[must_use]
pub fn encode(_message: &Message, _codec: Codec) -> Vec<u8> {
    todo!()
}

/// The message of these bytes.
pub fn decode(_bytes: &[u8], _codec: Codec, _limits: &Limits) -> Result<Decoded, Error> {
    todo!()
}

/// The codec of a first frame: JSON text begins with a brace.
#[must_use]
pub fn codec_of(bytes: &[u8]) -> Codec {
    if bytes.first() == Some(&b'{') { Codec::Json } else { Codec::Binary }
}

/// The bytes of a delta's body, to be encoded once for all readers.
#[must_use]
pub fn encode_body(_body: &Body, _codec: Codec) -> Vec<u8> {
    todo!()
}

/// The bytes of a delta whose body is encoded already; equal to what [`encode`] makes of the whole.
#[must_use]
pub fn encode_delta(_delta: &Delta, _body: &[u8], _codec: Codec) -> Vec<u8> {
    todo!()
}
