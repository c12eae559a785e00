//! Lists, whose items are named here by their place in what is shown.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::RoomNo;
use syncline_core::host::ClientHandle;

use super::edit::{Spot, edit_by};
use super::syncline_client;
use crate::error::syncline_error;
use crate::guard::{guard_handle, place, put};
use crate::json;
use crate::status::syncline_status;

/// Puts a value into the list under a key; without a value there it makes a list.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[in]  index      the place, counted from 0; the length of the list is its end.
/// @param[in]  json       the value as JSON text.
/// @param[in]  json_len   its length in bytes.
/// @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key and json are borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_ARGUMENT for a place beyond the end, _WRONG_TYPE if the key holds no
/// list, and those of syncline_client_set().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_insert_at(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    index: usize,
    json: *const c_char,
    json_len: usize,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let make = |client: &ClientHandle, key: &str| {
        // SAFETY: the header asks for `json_len` readable bytes.
        let value = unsafe { json::value(json, json_len) }?;
        client.insert_at(RoomNo::new(room), key, index, value)
    };
    // SAFETY: the header asks for `key_len` readable bytes, and NULL or a place for the number.
    unsafe { edit_by(client, &Spot { room, key, key_len }, out_draft, err, make) }
}

/// Takes a value out of the list under a key.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[in]  index      the place of the value, counted from 0.
/// @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_NO_SUCH_ITEM, _WRONG_TYPE if the key holds no list, and those of
/// syncline_client_delete().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_remove_at(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    index: usize,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let make = |client: &ClientHandle, key: &str| client.remove_at(RoomNo::new(room), key, index);
    // SAFETY: the header asks for `key_len` readable bytes, and NULL or a place for the number.
    unsafe { edit_by(client, &Spot { room, key, key_len }, out_draft, err, make) }
}

/// Moves a value within the list under a key.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[in]  from       the place of the value, counted from 0.
/// @param[in]  to         its new place, counted without it.
/// @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_NO_SUCH_ITEM, _INVALID_ARGUMENT for a place beyond the end, _WRONG_TYPE if the
/// key holds no list, and those of syncline_client_delete().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_move_to(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    from: usize,
    to: usize,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let make = |client: &ClientHandle, key: &str| client.move_to(RoomNo::new(room), key, from, to);
    // SAFETY: the header asks for `key_len` readable bytes, and NULL or a place for the number.
    unsafe { edit_by(client, &Spot { room, key, key_len }, out_draft, err, make) }
}

/// Gives an item of the list under a key another value.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[in]  index      the place of the item, counted from 0.
/// @param[in]  json       the value as JSON text.
/// @param[in]  json_len   its length in bytes.
/// @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key and json are borrowed for the call.
/// Errors: SYNCLINE_STATUS_NO_SUCH_ITEM, _WRONG_TYPE if the key holds no list, and those of
/// syncline_client_set().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_replace_at(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    index: usize,
    json: *const c_char,
    json_len: usize,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let make = |client: &ClientHandle, key: &str| {
        // SAFETY: the header asks for `json_len` readable bytes.
        let value = unsafe { json::value(json, json_len) }?;
        client.replace_at(RoomNo::new(room), key, index, value)
    };
    // SAFETY: the header asks for `key_len` readable bytes, and NULL or a place for the number.
    unsafe { edit_by(client, &Spot { room, key, key_len }, out_draft, err, make) }
}

/// Makes a fresh identity for a list item.
///
/// @param[in]  client    the handle.
/// @param[out] out_item  receives the identity.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_new_item(
    client: Option<&syncline_client>,
    out_item: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_item, "out_item")?;
        let item = client.new_item()?;
        // SAFETY: the caller gives a place for the number.
        unsafe { put(out_item, item.get()) };
        Ok(())
    })
}
