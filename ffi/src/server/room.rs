//! A server's rooms, as their host sees them.
//!
//! A room has a number while it is open; after that the number means nothing any more.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::{Content, RoomName, RoomNo, Version};

use super::syncline_server;
use crate::buf::syncline_buf;
use crate::edits::syncline_edits;
use crate::error::syncline_error;
use crate::guard::{guard_handle, null, place, put, text};
use crate::json;
use crate::status::syncline_status;

/// Opens a room for the program and holds it open, once more if it does already.
///
/// An output SYNCLINE_SERVER_OUTPUT_KIND_OPENED or _FAILED follows, unless it was open.
///
/// @param[in]  server    the handle.
/// @param[in]  name      the room's name.
/// @param[in]  name_len  its length in bytes.
/// @param[out] out_room  receives the room's number.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: name is borrowed for the call. The hold is given back by syncline_server_room_release().
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _TOO_MANY above the limit of rooms.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_open(
    server: Option<&syncline_server>,
    name: *const c_char,
    name_len: usize,
    out_room: *mut u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_room, "out_room")?;
        // SAFETY: the header asks for `name_len` readable bytes.
        let name = RoomName::new(unsafe { text(name, name_len, "name") }?)?;
        let room = server.room_open(&name)?;
        // SAFETY: the caller gives a place for the number.
        unsafe { put(out_room, room.get()) };
        Ok(())
    })
}

/// Takes back one syncline_server_room_open().
///
/// @param[in]  server  the handle.
/// @param[in]  room    the room's number.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_NOT_FOUND if the program does not hold the room.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_server_room_release(
    server: Option<&syncline_server>,
    room: u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| server.room_release(RoomNo::new(room)))
}

/// Tells the number of a room, if it is open or being opened.
///
/// @param[in]  server    the handle.
/// @param[in]  name      the room's name.
/// @param[in]  name_len  its length in bytes.
/// @param[out] out_room  receives the room's number.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: name is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8. SYNCLINE_STATUS_DONE says that it is not open.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_find(
    server: Option<&syncline_server>,
    name: *const c_char,
    name_len: usize,
    out_room: *mut u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_room, "out_room")?;
        // SAFETY: the header asks for `name_len` readable bytes.
        let name = RoomName::new(unsafe { text(name, name_len, "name") }?)?;
        let Some(room) = server.room(&name)? else {
            return Ok(syncline_status::Done);
        };
        // SAFETY: the caller gives a place for the number.
        unsafe { put(out_room, room.get()) };
        Ok(syncline_status::Ok)
    })
}

/// Tells which rooms are open or being opened.
///
/// @param[in]  server    the handle.
/// @param[out] out_json  receives an array of {"room":...,"name":...} in the order of their names.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_rooms(
    server: Option<&syncline_server>,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_json, "out_json")?;
        let json = json::rooms(&server.rooms()?)?;
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_json, syncline_buf::new(json)) };
        Ok(())
    })
}

/// Puts everyone out of a room as SYNCLINE_STATUS_UNAVAILABLE and closes it, whoever holds it, once
/// what it accepted is durable.
///
/// @param[in]  server  the handle.
/// @param[in]  room    the room's number.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_NOT_FOUND.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_server_room_unload(
    server: Option<&syncline_server>,
    room: u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| server.room_unload(RoomNo::new(room)))
}

/// Puts everyone out of a room as SYNCLINE_STATUS_DELETED, closes it, and forgets what it held.
///
/// @param[in]  server  the handle.
/// @param[in]  room    the room's number.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_NOT_FOUND.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_server_room_delete(
    server: Option<&syncline_server>,
    room: u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| server.room_delete(RoomNo::new(room)))
}

/// Writes to a room as the program: atomic and above every policy.
///
/// While the room is being opened the write waits. Its outcome is told by an output
/// SYNCLINE_SERVER_OUTPUT_KIND_WRITTEN or _WRITE_FAILED under the number that this gives.
///
/// @param[in]  server     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  edits      the edits.
/// @param[out] out_write  receives the number of the write; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: edits is borrowed for the call and stays as it is.
/// Errors: SYNCLINE_STATUS_STALE by syncline_edits_require() only, _WRONG_TYPE, _OVERFLOW,
/// _NO_SUCH_ITEM, _DUPLICATE_ITEM, _MUTATION_TOO_LARGE and other limits, _NOT_FOUND for a room that is
/// not open, _FULL if too many writes wait.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_write(
    server: Option<&syncline_server>,
    room: u32,
    edits: Option<&syncline_edits>,
    out_write: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        let edits = edits.ok_or_else(|| null("edits"))?.of_host();
        let write = server.room_write(RoomNo::new(room), edits)?;
        // SAFETY: the caller gives NULL or a place for the number.
        unsafe { put(out_write, write.get()) };
        Ok(())
    })
}

/// Hands out what a key holds, or says that there is nothing.
///
/// # Safety
/// The places are NULL or can be written.
unsafe fn show(
    found: Option<(Version, Content)>,
    out_version: *mut u64,
    out_json: *mut syncline_buf,
) -> syncline_status {
    let Some((version, content)) = found else { return syncline_status::Done };
    if !out_json.is_null() {
        // SAFETY: the caller promises it.
        unsafe { put(out_json, syncline_buf::new(content.to_json())) };
    }
    // SAFETY: the caller promises it.
    unsafe { put(out_version, version.get()) };
    syncline_status::Ok
}

/// Tells what a key of a room durably holds.
///
/// @param[in]  server       the handle.
/// @param[in]  room         the room's number.
/// @param[in]  key          the key.
/// @param[in]  key_len      its length in bytes.
/// @param[out] out_version  receives the version of the key's latest change; may be NULL.
/// @param[out] out_json     receives the value as JSON text, a list as an array; may be NULL.
/// @param[out] err          receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call. *out_json is owned by the caller and freed with
/// syncline_buf_free().
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being opened,
/// _INVALID_UTF8. SYNCLINE_STATUS_DONE says that the key holds no value.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_get(
    server: Option<&syncline_server>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    out_version: *mut u64,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        // SAFETY: the header asks for `key_len` readable bytes.
        let key = unsafe { text(key, key_len, "key") }?;
        let found = server.room_get(RoomNo::new(room), key)?;
        // SAFETY: the caller gives NULL or places to write to.
        Ok(unsafe { show(found, out_version, out_json) })
    })
}

/// Tells what a key of a room holds once all that is accepted is durable: what an edit by the program
/// goes by.
///
/// @param[in]  server       the handle.
/// @param[in]  room         the room's number.
/// @param[in]  key          the key.
/// @param[in]  key_len      its length in bytes.
/// @param[out] out_version  receives the version of the key's latest change; may be NULL.
/// @param[out] out_json     receives the value as JSON text, a list as an array; may be NULL.
/// @param[out] err          receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call. *out_json is owned by the caller and freed with
/// syncline_buf_free().
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being opened,
/// _INVALID_UTF8. SYNCLINE_STATUS_DONE says that the key holds no value.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_staged(
    server: Option<&syncline_server>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    out_version: *mut u64,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        // SAFETY: the header asks for `key_len` readable bytes.
        let key = unsafe { text(key, key_len, "key") }?;
        let found = server.room_staged(RoomNo::new(room), key)?;
        // SAFETY: the caller gives NULL or places to write to.
        Ok(unsafe { show(found, out_version, out_json) })
    })
}

/// Tells the items of the list that a key holds once all that is accepted is durable, with their
/// identities.
///
/// @param[in]  server    the handle.
/// @param[in]  room      the room's number.
/// @param[in]  key       the key.
/// @param[in]  key_len   its length in bytes.
/// @param[out] out_json  receives an array of {"id":...,"value":...}; an id is 16 hexadecimal digits.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call. *out_json is owned by the caller and freed with
/// syncline_buf_free().
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being opened,
/// _WRONG_TYPE for a value that is no list, _INVALID_UTF8. SYNCLINE_STATUS_DONE says that the key holds
/// no value.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_items(
    server: Option<&syncline_server>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_json, "out_json")?;
        // SAFETY: the header asks for `key_len` readable bytes.
        let key = unsafe { text(key, key_len, "key") }?;
        let Some((_, content)) = server.room_staged(RoomNo::new(room), key)? else {
            return Ok(syncline_status::Done);
        };
        let items = json::items(&content)?;
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_json, syncline_buf::new(items)) };
        Ok(syncline_status::Ok)
    })
}

/// Tells the durable keys with a prefix and what they hold.
///
/// @param[in]  server      the handle.
/// @param[in]  room        the room's number.
/// @param[in]  prefix      the prefix; empty for every key.
/// @param[in]  prefix_len  its length in bytes.
/// @param[out] out_json    receives a JSON object, its members in the order of keys.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: prefix is borrowed for the call. *out_json is owned by the caller and freed with
/// syncline_buf_free().
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being opened,
/// _INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_entries(
    server: Option<&syncline_server>,
    room: u32,
    prefix: *const c_char,
    prefix_len: usize,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_json, "out_json")?;
        // SAFETY: the header asks for `prefix_len` readable bytes.
        let prefix = unsafe { text(prefix, prefix_len, "prefix") }?;
        let entries = server.room_entries(RoomNo::new(room), prefix)?;
        let json = json::object(entries.iter().map(|(key, content)| (key, content)));
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_json, syncline_buf::new(json)) };
        Ok(())
    })
}

/// Tells who is present in a room.
///
/// @param[in]  server    the handle.
/// @param[in]  room      the room's number.
/// @param[out] out_json  receives an array of {"id":...,"state":...}; an id is a number.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being opened.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_presences(
    server: Option<&syncline_server>,
    room: u32,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_json, "out_json")?;
        let present = server.room_presences(RoomNo::new(room))?;
        let json = json::presences(present.iter().map(|(id, state)| (*id, state)));
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_json, syncline_buf::new(json)) };
        Ok(())
    })
}

/// Makes a fresh identity for a list item.
///
/// @param[in]  server    the handle.
/// @param[out] out_item  receives the identity.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_new_item(
    server: Option<&syncline_server>,
    out_item: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_item, "out_item")?;
        let item = server.new_item()?;
        // SAFETY: the caller gives a place for the number.
        unsafe { put(out_item, item.get()) };
        Ok(())
    })
}
