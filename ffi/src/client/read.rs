//! What a room shows: what is confirmed with pending edits on top.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::host::ClientHandle;
use syncline_core::{Content, Error, RoomNo};

use super::syncline_client;
use crate::buf::syncline_buf;
use crate::error::{ErrorOut, syncline_error};
use crate::guard::{guard_handle, place, put, put_found, text};
use crate::json;
use crate::status::syncline_status;

/// Reads one key.
///
/// # Safety
/// `key` is as for [`text`]; `out` is NULL or can be written.
unsafe fn read(
    client: Option<&syncline_client>,
    (key, key_len): (*const c_char, usize),
    out: *mut syncline_buf,
    err: ErrorOut<'_>,
    look: impl FnOnce(&ClientHandle, &str) -> Result<Option<Content>, Error>,
    tell: fn(&Content) -> Result<Vec<u8>, Error>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out, "out_json")?;
        // SAFETY: the caller promises it.
        let key = unsafe { text(key, key_len, "key") }?;
        let told = look(client, key)?.as_ref().map(tell).transpose()?;
        // SAFETY: the caller gives a place for the text.
        Ok(unsafe { put_found(out, told.map(syncline_buf::new)) })
    })
}

#[expect(clippy::unnecessary_wraps, reason = "one of several ways to tell a value")]
fn plain(content: &Content) -> Result<Vec<u8>, Error> {
    Ok(content.to_json().into_bytes())
}

/// Tells what a key shows.
///
/// @param[in]  client    the handle.
/// @param[in]  room      the room's number.
/// @param[in]  key       the key.
/// @param[in]  key_len   its length in bytes.
/// @param[out] out_json  receives the value as JSON text, a list as an array.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call. *out_json is owned by the caller and freed with
/// syncline_buf_free().
/// Errors: SYNCLINE_STATUS_INVALID_UTF8. SYNCLINE_STATUS_DONE says that the key shows no value.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_get(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let look = |client: &ClientHandle, key: &str| client.get(RoomNo::new(room), key);
    // SAFETY: the header asks for `key_len` readable bytes, and a place for the text.
    unsafe { read(client, (key, key_len), out_json, err, look, plain) }
}

/// Tells what the server has confirmed of a key, without pending edits.
///
/// @param[in]  client    the handle.
/// @param[in]  room      the room's number.
/// @param[in]  key       the key.
/// @param[in]  key_len   its length in bytes.
/// @param[out] out_json  receives the value as JSON text, a list as an array.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call. *out_json is owned by the caller and freed with
/// syncline_buf_free().
/// Errors: SYNCLINE_STATUS_INVALID_UTF8. SYNCLINE_STATUS_DONE says that the key holds no value.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_get_confirmed(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let look = |client: &ClientHandle, key: &str| client.confirmed_get(RoomNo::new(room), key);
    // SAFETY: the header asks for `key_len` readable bytes, and a place for the text.
    unsafe { read(client, (key, key_len), out_json, err, look, plain) }
}

/// Tells the items of the list that a key shows, with their identities.
///
/// @param[in]  client    the handle.
/// @param[in]  room      the room's number.
/// @param[in]  key       the key.
/// @param[in]  key_len   its length in bytes.
/// @param[out] out_json  receives an array of {"id":...,"value":...}; an id is 16 hexadecimal digits.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call. *out_json is owned by the caller and freed with
/// syncline_buf_free().
/// Errors: SYNCLINE_STATUS_WRONG_TYPE for a value that is no list, _INVALID_UTF8. SYNCLINE_STATUS_DONE
/// says that the key shows no value.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_get_items(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let look = |client: &ClientHandle, key: &str| client.get(RoomNo::new(room), key);
    // SAFETY: the header asks for `key_len` readable bytes, and a place for the text.
    unsafe { read(client, (key, key_len), out_json, err, look, json::items) }
}

/// Tells the keys with a prefix and what they show.
///
/// @param[in]  client      the handle.
/// @param[in]  room        the room's number.
/// @param[in]  prefix      the prefix; empty for every key.
/// @param[in]  prefix_len  its length in bytes.
/// @param[out] out_json    receives a JSON object, its members in the order of keys.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: prefix is borrowed for the call. *out_json is owned by the caller and freed with
/// syncline_buf_free().
/// Errors: SYNCLINE_STATUS_INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_entries(
    client: Option<&syncline_client>,
    room: u32,
    prefix: *const c_char,
    prefix_len: usize,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_json, "out_json")?;
        // SAFETY: the header asks for `prefix_len` readable bytes.
        let prefix = unsafe { text(prefix, prefix_len, "prefix") }?;
        let entries = client.entries(RoomNo::new(room), prefix)?;
        let json = json::object(entries.iter().map(|(key, content)| (key, content)));
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_json, syncline_buf::new(json)) };
        Ok(())
    })
}

/// Tells the keys with a prefix that show a value.
///
/// @param[in]  client      the handle.
/// @param[in]  room        the room's number.
/// @param[in]  prefix      the prefix; empty for every key.
/// @param[in]  prefix_len  its length in bytes.
/// @param[out] out_json    receives a JSON array of strings, in order.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: prefix is borrowed for the call. *out_json is owned by the caller and freed with
/// syncline_buf_free().
/// Errors: SYNCLINE_STATUS_INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_keys(
    client: Option<&syncline_client>,
    room: u32,
    prefix: *const c_char,
    prefix_len: usize,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_json, "out_json")?;
        // SAFETY: the header asks for `prefix_len` readable bytes.
        let prefix = unsafe { text(prefix, prefix_len, "prefix") }?;
        let keys = json::keys(&client.keys(RoomNo::new(room), prefix)?);
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_json, syncline_buf::new(keys)) };
        Ok(())
    })
}
