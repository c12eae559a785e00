//! What a server does with its rooms for the host.

use napi::bindgen_prelude::{Buffer, Either, Undefined};
use napi_derive::napi;
use serde::Serialize;
use syncline_core::host::ServerHandle;
use syncline_core::{Content, Digest, Epoch, Error, RoomName, RoomNo, Version};

use super::with;
use crate::edits::Edits;
use crate::fault::Fault;
use crate::number::{self, room};
use crate::{json, told};

/// What there is to know about a room, as JavaScript reads it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    name: &'a str,
    epoch: Epoch,
    version: u64,
    staged_version: u64,
    digest: Digest,
    keys: usize,
    bytes: usize,
    readers: usize,
    registers: usize,
}

/// Opens a room and holds it open.
#[napi]
pub fn server_room_open(server: u32, name: String) -> Result<u32, Fault> {
    with(server, |server| Ok(server.room_open(&RoomName::new(name)?)?.get()))
}

/// Takes back one opening.
#[napi]
pub fn server_room_release(server: u32, room: f64) -> Result<(), Fault> {
    with(server, |server| server.room_release(self::room(room)?))
}

/// Closes a room, whoever holds it.
#[napi]
pub fn server_room_unload(server: u32, room: f64) -> Result<(), Fault> {
    with(server, |server| server.room_unload(self::room(room)?))
}

/// Closes a room and forgets what it held.
#[napi]
pub fn server_room_delete(server: u32, room: f64) -> Result<(), Fault> {
    with(server, |server| server.room_delete(self::room(room)?))
}

/// The number of a room that is open.
#[napi]
pub fn server_room(server: u32, name: String) -> Result<Either<i64, Undefined>, Fault> {
    with(server, |server| {
        let room = server.room(&RoomName::new(name)?)?;
        Ok(told::number(room.map(|room| room.get().into())))
    })
}

/// The rooms that are open or being opened: an array of pairs.
#[napi]
pub fn server_rooms(server: u32) -> Result<String, Fault> {
    with(server, |server| {
        let rooms = server.rooms()?;
        let pairs: Vec<_> = rooms.iter().map(|(room, name)| (room.get(), name)).collect();
        json::written(&pairs)
    })
}

/// Writes to a room as the host.
#[napi]
pub fn server_room_write(server: u32, room: f64, edits: String) -> Result<i64, Fault> {
    with(server, |server| {
        let edits = Edits::read(&edits, || server.new_item())?.of_host();
        Ok(number::told(server.room_write(self::room(room)?, edits)?.get()))
    })
}

/// A version and JSON text.
pub type Held = Either<Vec<String>, Undefined>;

fn held(
    server: u32,
    room: f64,
    look: impl FnOnce(&ServerHandle, RoomNo) -> Result<Option<(Version, Content)>, Error>,
) -> Result<Held, Fault> {
    with(server, |server| {
        let pair =
            |(version, content): (Version, Content)| vec![version.to_string(), content.to_json()];
        Ok(look(server, self::room(room)?)?.map_or(Either::B(()), |held| Either::A(pair(held))))
    })
}

/// The durable content of a key and its version.
#[napi]
pub fn server_room_get(server: u32, room: f64, key: String) -> Result<Held, Fault> {
    held(server, room, |server, room| server.room_get(room, &key))
}

/// The newest content of a key and its version.
#[napi]
pub fn server_room_staged(server: u32, room: f64, key: String) -> Result<Held, Fault> {
    held(server, room, |server, room| server.room_staged(room, &key))
}

/// The durable keys with a prefix and what they hold: an array of pairs.
#[napi]
pub fn server_room_entries(server: u32, room: f64, prefix: String) -> Result<String, Fault> {
    with(server, |server| json::pairs(&server.room_entries(self::room(room)?, &prefix)?))
}

/// The durable keys with a prefix and what they hold: an object.
#[napi]
pub fn server_room_entries_json(server: u32, room: f64, prefix: String) -> Result<String, Fault> {
    with(server, |server| json::object(&server.room_entries(self::room(room)?, &prefix)?))
}

/// What there is to know about a room: an object.
#[napi]
pub fn server_room_report(server: u32, room: f64) -> Result<String, Fault> {
    with(server, |server| {
        let report = server.room_report(self::room(room)?)?;
        json::written(&Report {
            name: report.name.as_str(),
            epoch: report.epoch,
            version: report.version.get(),
            staged_version: report.staged_version.get(),
            digest: report.digest,
            keys: report.keys,
            bytes: report.bytes,
            readers: report.readers,
            registers: report.registers,
        })
    })
}

/// What a room has counted: an object.
#[napi]
pub fn server_room_metrics(server: u32, room: f64) -> Result<String, Fault> {
    with(server, |server| Ok(server.room_metrics(self::room(room)?)?.report(0).to_json()))
}

/// Who is present in a room: an array of pairs.
#[napi]
pub fn server_room_presences(server: u32, room: f64) -> Result<String, Fault> {
    with(server, |server| Ok(json::presences(&server.room_presences(self::room(room)?)?)))
}

/// The durable state of a room as one blob.
#[napi]
pub fn server_room_export(server: u32, room: f64) -> Result<Buffer, Fault> {
    with(server, |server| Ok(server.room_export(self::room(room)?)?.into()))
}

/// Forgets what is as old as a version.
#[napi]
pub fn server_room_expire(server: u32, room: f64, version: f64) -> Result<(), Fault> {
    with(server, |server| {
        let version = Version::new(number::counter(version, "version")?);
        server.room_expire(self::room(room)?, version)
    })
}

/// Ends a room's continuity.
#[napi]
pub fn server_room_renew(server: u32, room: f64) -> Result<(), Fault> {
    with(server, |server| server.room_renew(self::room(room)?))
}

/// A fresh identity for a list item.
#[napi]
pub fn server_new_item(server: u32) -> Result<String, Fault> {
    with(server, |server| Ok(server.new_item()?.to_string()))
}
