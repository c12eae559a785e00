//! Who else is in a room, and what this client shows of itself.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::{PresenceId, RoomNo};

use super::syncline_client;
use crate::buf::syncline_buf;
use crate::error::syncline_error;
use crate::guard::{guard_handle, place, put, put_found};
use crate::json;
use crate::status::syncline_status;

/// Changes what this client shows of itself in a room.
///
/// @param[in]  client    the handle.
/// @param[in]  room      the room's number.
/// @param[in]  json      a JSON merge patch (RFC 7396) on what it shows, an object.
/// @param[in]  json_len  its length in bytes.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: json is borrowed for the call.
/// Errors: SYNCLINE_STATUS_NOT_FOUND if the room is not open, _WRONG_TYPE for what is no object,
/// _VALUE_TOO_LARGE, _INVALID_JSON and other faults of JSON text.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_set_presence(
    client: Option<&syncline_client>,
    room: u32,
    json: *const c_char,
    json_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        // SAFETY: the header asks for `json_len` readable bytes.
        let patch = unsafe { json::value(json, json_len) }?;
        client.set_presence(RoomNo::new(room), Some(&patch))
    })
}

/// Shows nothing of this client in a room any more.
///
/// @param[in]  client  the handle.
/// @param[in]  room    the room's number.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_NOT_FOUND if the room is not open.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_client_clear_presence(
    client: Option<&syncline_client>,
    room: u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| client.set_presence(RoomNo::new(room), None))
}

/// Tells the other participants of a room.
///
/// @param[in]  client    the handle.
/// @param[in]  room      the room's number.
/// @param[out] out_json  receives an array of {"id":...,"state":...}; an id is a number.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_presences(
    client: Option<&syncline_client>,
    room: u32,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_json, "out_json")?;
        let present = client.presences(RoomNo::new(room))?;
        let json = json::presences(present.iter().map(|(id, state)| (*id, state)));
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_json, syncline_buf::new(json)) };
        Ok(())
    })
}

/// Tells what this client shows of itself in a room.
///
/// @param[in]  client    the handle.
/// @param[in]  room      the room's number.
/// @param[out] out_json  receives an object as JSON text.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that it shows nothing.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_presence_own(
    client: Option<&syncline_client>,
    room: u32,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_json, "out_json")?;
        let own = client.presence_own(RoomNo::new(room))?;
        let json = own.map(|own| syncline_buf::new(own.to_json()));
        // SAFETY: the caller gives a place for the text.
        Ok(unsafe { put_found(out_json, json) })
    })
}

/// Tells which participant this client is in a room.
///
/// @param[in]  client  the handle.
/// @param[in]  room    the room's number.
/// @param[out] out_id  receives the participant's number.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that the room is not joined now.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_presence_id(
    client: Option<&syncline_client>,
    room: u32,
    out_id: *mut u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_id, "out_id")?;
        let id = client.presence_me(RoomNo::new(room))?;
        // SAFETY: the caller gives a place for the number.
        Ok(unsafe { put_found(out_id, id.map(PresenceId::get)) })
    })
}
