//! Edits of lists, whose items are named by identity and placed between neighbours.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::room::IfVersion;
use syncline_core::{Action, ItemId};

use super::{add, neighbours, syncline_edits};
use crate::error::syncline_error;
use crate::json;
use crate::status::syncline_status;

/// Adds the edit that puts a new item into the list under a key.
///
/// @param[in]  edits     the handle.
/// @param[in]  key       the key; without a value it counts as an empty list.
/// @param[in]  key_len   its length in bytes.
/// @param[in]  item      the new item's identity, as from syncline_client_new_item().
/// @param[in]  left      the item before it; NULL is the start of the list.
/// @param[in]  right     the item after it; NULL is the end of the list.
/// @param[in]  json      the value as JSON text.
/// @param[in]  json_len  its length in bytes.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: key, left, right and json are borrowed for the call.
/// Errors: as syncline_edits_set().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_insert(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    item: u64,
    left: *const u64,
    right: *const u64,
    json: *const c_char,
    json_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || {
        // SAFETY: the header asks for `json_len` readable bytes.
        let value = unsafe { json::value(json, json_len) }?;
        // SAFETY: the header asks for NULL or a readable number.
        let place = unsafe { neighbours(left, right) };
        Ok((Action::Insert { id: ItemId::new(item), value, place }, IfVersion::Any))
    };
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

/// Adds the edit that takes an item out of the list under a key; a missing item is already out.
///
/// @param[in]  edits    the handle.
/// @param[in]  key      the key.
/// @param[in]  key_len  its length in bytes.
/// @param[in]  item     the item's identity.
/// @param[out] err      receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_remove(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    item: u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || Ok((Action::Remove { id: ItemId::new(item) }, IfVersion::Any));
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

/// Adds the edit that moves an item within the list under a key.
///
/// @param[in]  edits    the handle.
/// @param[in]  key      the key.
/// @param[in]  key_len  its length in bytes.
/// @param[in]  item     the item's identity.
/// @param[in]  left     the item before its new place; NULL is the start of the list.
/// @param[in]  right    the item after its new place; NULL is the end of the list.
/// @param[out] err      receives an owned error on failure; may be NULL.
///
/// Ownership: key, left and right are borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_move(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    item: u64,
    left: *const u64,
    right: *const u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || {
        // SAFETY: the header asks for NULL or a readable number.
        let place = unsafe { neighbours(left, right) };
        Ok((Action::Move { id: ItemId::new(item), place }, IfVersion::Any))
    };
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

/// Adds the edit that gives an item of the list under a key another value.
///
/// @param[in]  edits     the handle.
/// @param[in]  key       the key.
/// @param[in]  key_len   its length in bytes.
/// @param[in]  item      the item's identity.
/// @param[in]  json      the value as JSON text.
/// @param[in]  json_len  its length in bytes.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: key and json are borrowed for the call.
/// Errors: as syncline_edits_set().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_replace(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    item: u64,
    json: *const c_char,
    json_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || {
        // SAFETY: the header asks for `json_len` readable bytes.
        let value = unsafe { json::value(json, json_len) }?;
        Ok((Action::Replace { id: ItemId::new(item), value }, IfVersion::Any))
    };
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}
