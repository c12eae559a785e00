//! What a client shows, and how it is.

use napi::bindgen_prelude::{Either, Undefined};
use napi_derive::napi;
use syncline_core::Durability;
use syncline_core::client::Status;

use super::with;
use crate::fault::Fault;
use crate::json;
use crate::number::{self, room};
use crate::told::{self, Told};

/// What a key shows.
#[napi]
pub fn client_get(client: u32, room: f64, key: String) -> Result<Told, Fault> {
    with(client, |client| Ok(told::told(client.get(self::room(room)?, &key)?.as_ref())))
}

/// What the server has confirmed of a key.
#[napi]
pub fn client_confirmed_get(client: u32, room: f64, key: String) -> Result<Told, Fault> {
    with(client, |client| Ok(told::told(client.confirmed_get(self::room(room)?, &key)?.as_ref())))
}

/// What a key shows, as canonical JSON text.
#[napi]
pub fn client_get_json(
    client: u32,
    room: f64,
    key: String,
) -> Result<Either<String, Undefined>, Fault> {
    with(client, |client| {
        let content = client.get(self::room(room)?, &key)?;
        Ok(told::text(content.map(|content| content.to_json())))
    })
}

/// The items of a list: an array of pairs.
#[napi]
pub fn client_items(
    client: u32,
    room: f64,
    key: String,
) -> Result<Either<String, Undefined>, Fault> {
    with(client, |client| {
        let content = client.get(self::room(room)?, &key)?;
        Ok(told::text(content.as_ref().map(json::items).transpose()?))
    })
}

/// The keys with a prefix and what they show: an array of pairs.
#[napi]
pub fn client_entries(client: u32, room: f64, prefix: String) -> Result<String, Fault> {
    with(client, |client| json::pairs(&client.entries(self::room(room)?, &prefix)?))
}

/// The keys with a prefix and what they show: an object.
#[napi]
pub fn client_entries_json(client: u32, room: f64, prefix: String) -> Result<String, Fault> {
    with(client, |client| json::object(&client.entries(self::room(room)?, &prefix)?))
}

/// The keys with a prefix: an array.
#[napi]
pub fn client_keys(client: u32, room: f64, prefix: String) -> Result<String, Fault> {
    with(client, |client| json::written(&client.keys(self::room(room)?, &prefix)?))
}

/// The version up to which a room is confirmed.
#[napi]
pub fn client_version(client: u32, room: f64) -> Result<Either<i64, Undefined>, Fault> {
    with(client, |client| {
        let version = client.version(self::room(room)?)?;
        Ok(told::number(version.map(|version| number::told(version.get()))))
    })
}

/// The epoch of a room's confirmed state.
#[napi]
pub fn client_epoch(client: u32, room: f64) -> Result<Either<String, Undefined>, Fault> {
    with(client, |client| {
        let epoch = client.epoch(self::room(room)?)?;
        Ok(told::text(epoch.map(|epoch| epoch.to_string())))
    })
}

/// Whether the server's word on a room survives its crash.
#[napi]
pub fn client_durability(client: u32, room: f64) -> Result<Either<String, Undefined>, Fault> {
    with(client, |client| {
        let durability = client.durability(self::room(room)?)?;
        let name = |durability| match durability {
            Durability::Durable => "durable",
            Durability::Volatile => "volatile",
        };
        Ok(told::text(durability.map(name).map(str::to_owned)))
    })
}

/// Whether a state of the room is known.
#[napi]
pub fn client_ready(client: u32, room: f64) -> Result<bool, Fault> {
    with(client, |client| client.ready(self::room(room)?))
}

/// Why the client does not come into a room and does not ask again by itself: the name of a code.
#[napi]
pub fn client_denied(client: u32, room: f64) -> Result<Either<String, Undefined>, Fault> {
    with(client, |client| {
        let denied = client.denied(self::room(room)?)?;
        Ok(told::text(denied.map(|code| code.name().to_owned())))
    })
}

/// Mutations of a room without a verdict.
#[napi]
pub fn client_pending(client: u32, room: f64) -> Result<i64, Fault> {
    with(client, |client| Ok(number::count(client.pending(self::room(room)?)?)))
}

/// Mutations of all rooms without a verdict.
#[napi]
pub fn client_pending_total(client: u32) -> Result<i64, Fault> {
    with(client, |client| Ok(number::count(client.pending_total()?)))
}

/// How far a room is from its server: the name, and when all was last well, in microseconds.
#[napi]
pub fn client_status(client: u32, room: f64) -> Result<Either<String, Undefined>, Fault> {
    with(client, |client| {
        let status = client.status(self::room(room)?)?;
        let shown = status.map(|status| {
            let at = status.synced_at.map_or_else(String::new, |at| at.as_micros().to_string());
            format!("{} {at}", status_name(status.status))
        });
        Ok(told::text(shown))
    })
}

/// The status of the worst room.
#[napi]
pub fn client_overall_status(client: u32) -> Result<&'static str, Fault> {
    with(client, |client| client.overall_status().map(status_name))
}

const fn status_name(status: Status) -> &'static str {
    match status {
        Status::Synced => "synced",
        Status::Pending => "pending",
        Status::Offline => "offline",
        Status::Degraded => "degraded",
    }
}

/// The other participants of a room: an array of pairs.
#[napi]
pub fn client_presences(client: u32, room: f64) -> Result<String, Fault> {
    with(client, |client| Ok(json::presences(&client.presences(self::room(room)?)?)))
}

/// What this client shows of itself.
#[napi]
pub fn client_presence_own(client: u32, room: f64) -> Result<Told, Fault> {
    with(client, |client| {
        let own = client.presence_own(self::room(room)?)?;
        Ok(own.as_ref().map_or(Told::A(()), told::scalar))
    })
}

/// The participant that this client is.
#[napi]
pub fn client_presence_me(client: u32, room: f64) -> Result<Either<i64, Undefined>, Fault> {
    with(client, |client| {
        let me = client.presence_me(self::room(room)?)?;
        Ok(told::number(me.map(|me| number::told(me.get().into()))))
    })
}

/// The limits in force: an object.
#[napi]
pub fn client_limits(client: u32) -> Result<String, Fault> {
    with(client, |client| json::written(&client.limits()?))
}

/// What was counted: an object.
#[napi]
pub fn client_metrics(client: u32) -> Result<String, Fault> {
    with(client, |client| Ok(client.report()?.to_json()))
}

/// How far the recording is that the option `flight` asked for: an object.
#[napi]
pub fn client_flight(client: u32) -> Result<Either<String, Undefined>, Fault> {
    with(client, |client| Ok(told::text(client.flight()?.map(|flight| flight.to_json()))))
}

/// What was counted, in the Prometheus text format.
#[napi]
pub fn client_prometheus(client: u32, labels: String) -> Result<String, Fault> {
    with(client, |client| {
        let labels = json::labels(&labels)?;
        Ok(client.report()?.to_prometheus(&json::borrowed(&labels)))
    })
}
