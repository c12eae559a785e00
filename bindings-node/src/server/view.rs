//! What a server's program renders of its rooms.

use napi_derive::napi;
use syncline_core::host::ViewHandle;
use syncline_core::{RoomNo, ViewName};

use super::with;
use crate::fault::Fault;
use crate::number::room;
use crate::{code, slots};

/// Shows what was rendered of a view of a room, which reads these other rooms too.
#[napi]
pub fn server_room_show(
    server: u32,
    room: f64,
    name: String,
    view: u32,
    reads: Vec<f64>,
) -> Result<(), Fault> {
    let shown = slots::with(view, |view: &ViewHandle| Ok(view.clone()))?;
    with(server, |server| {
        let reads: Vec<RoomNo> = reads.into_iter().map(self::room).collect::<Result<_, _>>()?;
        server.room_show(self::room(room)?, &ViewName::new(name)?, &shown, &reads)
    })
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
