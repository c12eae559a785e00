//! What a server's program renders of its rooms.

use napi_derive::napi;
use syncline_core::host::ViewHandle;
use syncline_core::{RoomName, ViewName};

use super::with;
use crate::fault::Fault;
use crate::number::room;
use crate::{code, slots};

/// Opens another room that a view of a room which is being rendered shows something of.
#[napi]
pub fn server_room_open_for_view(
    server: u32,
    room: f64,
    name: String,
    other: String,
) -> Result<u32, Fault> {
    with(server, |server| {
        let (name, other) = (ViewName::new(name)?, RoomName::new(other)?);
        Ok(server.room_open_for_view(self::room(room)?, &name, &other)?.get())
    })
}

/// Shows what was rendered of a view of a room.
#[napi]
pub fn server_room_show(server: u32, room: f64, name: String, view: u32) -> Result<(), Fault> {
    let shown = slots::with(view, |view: &ViewHandle| Ok(view.clone()))?;
    with(server, |server| server.room_show(self::room(room)?, &ViewName::new(name)?, &shown))
}

/// Keeps what was shown last of a view of a room.
#[napi]
pub fn server_room_keep_view(server: u32, room: f64, name: String) -> Result<(), Fault> {
    with(server, |server| server.room_keep_view(self::room(room)?, &ViewName::new(name)?))
}

/// Says that there is no such view of a room: whoever watches it is told the code.
#[napi]
pub fn server_room_end_view(
    server: u32,
    room: f64,
    name: String,
    code: String,
) -> Result<(), Fault> {
    with(server, |server| {
        let reason = code::named(&code)?;
        server.room_end_view(self::room(room)?, &ViewName::new(name)?, reason)
    })
}

/// Asks for a view of a room again, unless nobody watches it.
#[napi]
pub fn server_room_touch_view(server: u32, room: f64, name: String) -> Result<(), Fault> {
    with(server, |server| server.room_touch_view(self::room(room)?, &ViewName::new(name)?))
}
