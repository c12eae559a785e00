//! What the host of a server in manual mode says about storage.

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use syncline_core::RecordId;

use super::with;
use crate::client::{blobs, storage_failed};
use crate::fault::Fault;
use crate::number;

/// The blobs of a room that was to be opened.
#[napi]
pub fn server_room_opened(server: u32, room: f64, blobs: Vec<Uint8Array>) -> Result<(), Fault> {
    with(server, |server| server.room_opened(number::room(room)?, self::blobs(&blobs)))
}

/// Storage of a room failed.
#[napi]
pub fn server_room_failed(server: u32, room: f64, message: String) -> Result<(), Fault> {
    with(server, |server| server.room_failed(number::room(room)?, storage_failed(&message)))
}

/// The records of a room up to this one are durable.
#[napi]
pub fn server_persisted(server: u32, room: f64, record: f64) -> Result<(), Fault> {
    with(server, |server| {
        let record = RecordId::new(number::counter(record, "record")?);
        server.persisted(number::room(room)?, record)
    })
}
