//! What a server's host renders.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::{RoomName, RoomNo, ViewName};

use super::syncline_server;
use crate::error::syncline_error;
use crate::guard::{guard_handle, place, put, text};
use crate::status::{code, syncline_status};
use crate::view::syncline_view;

/// Opens another room that a view shows something of, while that is being rendered, and before the
/// room is read.
///
/// An output SYNCLINE_SERVER_OUTPUT_KIND_OPENED or _FAILED follows, unless it was open. While
/// somebody watches the view the room stays open, and when it changes, or comes back, the view is
/// asked for again: until it is rendered without that.
///
/// @param[in]  server     the handle.
/// @param[in]  room       the number of the view's room.
/// @param[in]  name       the name of the view.
/// @param[in]  name_len   its length in bytes.
/// @param[in]  other      the name of the other room.
/// @param[in]  other_len  its length in bytes.
/// @param[out] out_room   receives the number of the other room.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: name and other are borrowed for the call; there is no hold to give back.
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _CLOSED for a view that is not
/// being rendered, _INVALID_NAME, _INVALID_UTF8, _TOO_MANY above the limit of rooms.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_open_for_view(
    server: Option<&syncline_server>,
    room: u32,
    name: *const c_char,
    name_len: usize,
    other: *const c_char,
    other_len: usize,
    out_room: *mut u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_room, "out_room")?;
        // SAFETY: the header asks for `name_len` readable bytes.
        let name = ViewName::new(unsafe { text(name, name_len, "name") }?)?;
        // SAFETY: the header asks for `other_len` readable bytes.
        let other = RoomName::new(unsafe { text(other, other_len, "other") }?)?;
        let opened = server.room_open_for_view(RoomNo::new(room), &name, &other)?;
        // SAFETY: the caller gives a place for the number.
        unsafe { put(out_room, opened.get()) };
        Ok(())
    })
}

/// Shows what was rendered of a view of a room, as SYNCLINE_SERVER_OUTPUT_KIND_RENDER asked for: with
/// all that the room held when it was asked.
///
/// @param[in]  server    the handle.
/// @param[in]  room      the room's number.
/// @param[in]  name      the name of the view.
/// @param[in]  name_len  its length in bytes.
/// @param[in]  view      what was rendered.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: name is borrowed for the call; the view stays the caller's.
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
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        // SAFETY: the header asks for `name_len` readable bytes.
        let name = ViewName::new(unsafe { text(name, name_len, "name") }?)?;
        let shown = crate::view::shared(view)?;
        server.room_show(RoomNo::new(room), &name, &shown)
    })
}

/// Answers SYNCLINE_SERVER_OUTPUT_KIND_RENDER with nothing: what was shown last stays.
///
/// When a room changes that this reads, or that was opened to render it, the view is asked for again.
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
