//! Edits of lists, whose items are named by their place in what the edits before make of the list.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::room::IfVersion;
use syncline_core::{Edit, ItemId};

use super::{add, syncline_edits};
use crate::error::syncline_error;
use crate::json;
use crate::status::syncline_status;

/// Adds the edit that puts a new item into the list under a key, at a place.
///
/// @param[in]  edits     the handle.
/// @param[in]  key       the key; without a value it counts as an empty list.
/// @param[in]  key_len   its length in bytes.
/// @param[in]  index     the place, counted from 0; the length of the list is its end.
/// @param[in]  item      the new item's identity: 64 random bits, or syncline_client_new_item() or
///                       syncline_server_new_item().
/// @param[in]  json      the value as JSON text.
/// @param[in]  json_len  its length in bytes.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: key and json are borrowed for the call.
/// Errors: as syncline_edits_set(); the place is judged with the mutation.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_insert_at(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    index: usize,
    item: u64,
    json: *const c_char,
    json_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || {
        // SAFETY: the header asks for `json_len` readable bytes.
        let value = unsafe { json::value(json, json_len) }?;
        Ok((Edit::InsertAt { index, id: ItemId::new(item), value }, IfVersion::Any))
    };
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

/// Adds the edit that takes the item at a place out of the list under a key.
///
/// @param[in]  edits     the handle.
/// @param[in]  key       the key.
/// @param[in]  key_len   its length in bytes.
/// @param[in]  index     the place, counted from 0.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: as syncline_edits_set(); the place is judged with the mutation.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_remove_at(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    index: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || Ok((Edit::RemoveAt { index }, IfVersion::Any));
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

/// Adds the edit that moves an item within the list under a key.
///
/// @param[in]  edits     the handle.
/// @param[in]  key       the key.
/// @param[in]  key_len   its length in bytes.
/// @param[in]  from      its place, counted from 0.
/// @param[in]  to        its place afterwards, counted without it.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: as syncline_edits_set(); the place is judged with the mutation.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_move_to(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    from: usize,
    to: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || Ok((Edit::MoveTo { from, to }, IfVersion::Any));
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

/// Adds the edit that gives the item at a place of the list under a key another value.
///
/// @param[in]  edits     the handle.
/// @param[in]  key       the key.
/// @param[in]  key_len   its length in bytes.
/// @param[in]  index     the place, counted from 0.
/// @param[in]  json      the value as JSON text.
/// @param[in]  json_len  its length in bytes.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: key and json are borrowed for the call.
/// Errors: as syncline_edits_set(); the place is judged with the mutation.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_replace_at(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    index: usize,
    json: *const c_char,
    json_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || {
        // SAFETY: the header asks for `json_len` readable bytes.
        let value = unsafe { json::value(json, json_len) }?;
        Ok((Edit::ReplaceAt { index, value }, IfVersion::Any))
    };
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}
