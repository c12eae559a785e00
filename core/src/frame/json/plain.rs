//! Messages without values as JSON: their members by name.

use core::time::Duration;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::error::Code;
use crate::id::{Channel, ClientId, Epoch, PresenceId, RoomName, Seq, Session, Version};
use crate::limit::Limits;
use crate::message::{
    Auth, Codec, Denied, Durability, Fault, GoAway, Hello, Join, Joined, Leave, Message, Ping,
    Welcome,
};

/// The message of this type with the members of this text; `None` if it is another type's.
pub(super) fn read(kind: &str, text: &str) -> Result<Option<Message>, serde_json::Error> {
    let from = &mut serde_json::Deserializer::from_str(text);
    let message = match kind {
        "hello" => Message::Hello(HelloText::deserialize(from)?),
        "welcome" => Message::Welcome(WelcomeText::deserialize(from)?),
        "join" => Message::Join(JoinText::deserialize(from)?),
        "joined" => Message::Joined(JoinedText::deserialize(from)?),
        "denied" => Message::Denied(DeniedText::deserialize(from)?),
        "leave" => Message::Leave(LeaveText::deserialize(from)?),
        "auth" => Message::Auth(AuthText::deserialize(from)?),
        "goaway" => Message::GoAway(GoAwayText::deserialize(from)?),
        "ping" => Message::Ping(PingText::deserialize(from)?),
        "fault" => Message::Fault(FaultText::deserialize(from)?),
        _ => return Ok(None),
    };
    Ok(Some(message))
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Hello")]
pub(super) struct HelloText {
    oldest: u32,
    newest: u32,
    #[serde(deserialize_with = "known_codecs")]
    codecs: Vec<Codec>,
    #[serde(default)]
    token: String,
    #[serde(default)]
    schema: String,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Welcome")]
pub(super) struct WelcomeText {
    protocol: u32,
    codec: Codec,
    #[serde(deserialize_with = "known_limits")]
    limits: Limits,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Join")]
pub(super) struct JoinText {
    channel: Channel,
    room: RoomName,
    client: ClientId,
    writes: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<Session>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    epoch: Option<Epoch>,
    version: Version,
    heard: Seq,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Joined")]
pub(super) struct JoinedText {
    channel: Channel,
    epoch: Epoch,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<Session>,
    last: Seq,
    durability: Durability,
    presence: PresenceId,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Denied")]
pub(super) struct DeniedText {
    channel: Channel,
    code: Code,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Leave")]
pub(super) struct LeaveText {
    channel: Channel,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Auth")]
pub(super) struct AuthText {
    token: String,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "GoAway")]
pub(super) struct GoAwayText {
    code: Code,
    #[serde(rename = "retry_after_ms", with = "crate::time::millis")]
    retry_after: Duration,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Ping")]
pub(super) struct PingText {
    count: u32,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Fault")]
pub(super) struct FaultText {
    code: Code,
    expected: String,
    got: String,
}

/// The codecs that this version speaks; others cannot be chosen.
fn known_codecs<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Codec>, D::Error> {
    let names = Vec::<String>::deserialize(from)?;
    let known = |name: &String| match name.as_str() {
        "binary" => Some(Codec::Binary),
        "json" => Some(Codec::Json),
        _ => None,
    };
    Ok(names.iter().filter_map(known).collect())
}

/// The limits that this version knows; missing ones are the defaults.
fn known_limits<'de, D: Deserializer<'de>>(from: D) -> Result<Limits, D::Error> {
    let told = BTreeMap::<String, serde_json::Number>::deserialize(from)?;
    let mut known = serde_json::to_value(Limits::default()).map_err(de::Error::custom)?;
    for (name, limit) in told {
        if let Some(place) = known.get_mut(&name) {
            *place = limit.into();
        }
    }
    serde_json::from_value(known).map_err(de::Error::custom)
}
