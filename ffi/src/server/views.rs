//! What a server's host renders.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::{RoomNo, ViewName};

use super::syncline_server;
use crate::error::syncline_error;
use crate::guard::{elements, guard_handle, text};
use crate::status::{code, syncline_status};
use crate::view::syncline_view;

/// Shows what was rendered of a view of a room, as SYNCLINE_SERVER_OUTPUT_KIND_RENDER asked for.
///
/// When one of the other rooms changes the view is asked for again.
///
/// @param[in]  server    the handle.
/// @param[in]  room      the room's number.
/// @param[in]  name      the name of the view.
/// @param[in]  name_len  its length in bytes.
/// @param[in]  view      what was rendered.
/// @param[in]  reads     numbers of the other open rooms that it shows something of.
/// @param[in]  count     how many there are.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: name and reads are borrowed for the call; the view stays the caller's.
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _INVALID_NAME.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_show(
    server: Option<&syncline_server>,
    room: u32,
    name: *const c_char,
    name_len: usize,
    view: Option<&syncline_view>,
    reads: *const u32,
    count: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        // SAFETY: the header asks for `name_len` readable bytes.
        let name = ViewName::new(unsafe { text(name, name_len, "name") }?)?;
        // SAFETY: the header asks for `count` readable numbers.
        let reads = unsafe { elements(reads, count, "reads") }?;
        let reads: Vec<RoomNo> = reads.iter().copied().map(RoomNo::new).collect();
        let shown = crate::view::shared(view)?;
        server.room_show(RoomNo::new(room), &name, &shown, &reads)
    })
}

/// Answers SYNCLINE_SERVER_OUTPUT_KIND_RENDER with nothing: what was shown last stays.
///
/// @param[in]  server    the handle.
/// @param[in]  room      the room's number.
/// @param[in]  name      the name of the view.
/// @param[in]  name_len  its length in bytes.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: name is borrowed for the call.
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _INVALID_NAME.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_keep_view(
    server: Option<&syncline_server>,
    room: u32,
    name: *const c_char,
    name_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        // SAFETY: the header asks for `name_len` readable bytes.
        let name = ViewName::new(unsafe { text(name, name_len, "name") }?)?;
        server.room_keep_view(RoomNo::new(room), &name)
    })
}

/// Says that there is no such view of a room, or not any more: whoever watches it is told why.
///
/// @param[in]  server    the handle.
/// @param[in]  room      the room's number.
/// @param[in]  name      the name of the view.
/// @param[in]  name_len  its length in bytes.
/// @param[in]  status    why: a negative syncline_status.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: name is borrowed for the call.
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _INVALID_NAME.
/// SYNCLINE_STATUS_INVALID_ARGUMENT for a status
/// that is no error.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_end_view(
    server: Option<&syncline_server>,
    room: u32,
    name: *const c_char,
    name_len: usize,
    status: i32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        // SAFETY: the header asks for `name_len` readable bytes.
        let name = ViewName::new(unsafe { text(name, name_len, "name") }?)?;
        server.room_end_view(RoomNo::new(room), &name, code(status)?)
    })
}

/// Asks for a view again, as something else that it shows changed; unless nobody watches it.
///
/// @param[in]  server    the handle.
/// @param[in]  room      the room's number.
/// @param[in]  name      the name of the view.
/// @param[in]  name_len  its length in bytes.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: name is borrowed for the call.
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _INVALID_NAME.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_touch_view(
    server: Option<&syncline_server>,
    room: u32,
    name: *const c_char,
    name_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        // SAFETY: the header asks for `name_len` readable bytes.
        let name = ViewName::new(unsafe { text(name, name_len, "name") }?)?;
        server.room_touch_view(RoomNo::new(room), &name)
    })
}
