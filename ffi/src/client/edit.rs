//! Edits of one key, each a mutation of its own.
//!
//! An edit is visible at once, sent when its burst is over, and decided by the server: the verdict is
//! told by an output under the number that the function gives.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::resolve::Resolution;
use syncline_core::{Action, Code, DraftId, Error, Limits, RoomNo, Value};

use super::syncline_client;
use crate::edits::syncline_edits;
use crate::error::{ErrorOut, syncline_error};
use crate::guard::{guard_handle, null, put, put_found, text};
use crate::json;
use crate::status::syncline_status;

/// Where an edit is made.
pub(super) struct Spot {
    pub(super) room: u32,
    pub(super) key: *const c_char,
    pub(super) key_len: usize,
}

/// Makes one edit.
///
/// # Safety
/// The key of `spot` is as for [`text`]; `out_draft` is NULL or can be written.
pub(super) unsafe fn edit(
    client: Option<&syncline_client>,
    spot: &Spot,
    out_draft: *mut u64,
    err: ErrorOut<'_>,
    action: impl FnOnce() -> Result<Action, Error>,
) -> syncline_status {
    let make = |client: &syncline_client, key: &str| {
        client.handle.edit(RoomNo::new(spot.room), key, action()?)
    };
    // SAFETY: the caller promises the same.
    unsafe { edit_by(client, spot, out_draft, err, make) }
}

/// Makes one edit in a way of its own.
///
/// # Safety
/// As for [`edit`].
pub(super) unsafe fn edit_by(
    client: Option<&syncline_client>,
    spot: &Spot,
    out_draft: *mut u64,
    err: ErrorOut<'_>,
    make: impl FnOnce(&syncline_client, &str) -> Result<DraftId, Error>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        // SAFETY: the caller promises it.
        let key = unsafe { text(spot.key, spot.key_len, "key") }?;
        let draft = make(client, key)?;
        // SAFETY: the caller gives NULL or a place for the number.
        unsafe { put(out_draft, draft.get()) };
        Ok(())
    })
}

/// Sets a key to a JSON value.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[in]  json       the value as JSON text.
/// @param[in]  json_len   its length in bytes.
/// @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key and json are borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_JSON, _NUMBER_OUT_OF_RANGE, _LONE_SURROGATE, _INVALID_UTF8, _TOO_DEEP,
/// _TOO_MANY_ITEMS, _VALUE_TOO_LARGE, and those of syncline_client_delete().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_set(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    json: *const c_char,
    json_len: usize,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let action = || {
        // SAFETY: the header asks for `json_len` readable bytes.
        let value = unsafe { json::value(json, json_len) }?;
        Ok(Action::Set(value))
    };
    // SAFETY: the header asks for `key_len` readable bytes, and NULL or a place for the number.
    unsafe { edit(client, &Spot { room, key, key_len }, out_draft, err, action) }
}

/// Sets a key to a string.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[in]  value      the string as UTF-8, not as JSON.
/// @param[in]  value_len  its length in bytes.
/// @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key and value are borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_UTF8, _VALUE_TOO_LARGE, and those of syncline_client_delete().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_set_text(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    value: *const c_char,
    value_len: usize,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let action = || {
        // SAFETY: the header asks for `value_len` readable bytes.
        let value = unsafe { text(value, value_len, "value") }?;
        Ok(Action::Set(Value::from_text(value, &Limits::HARD)?))
    };
    // SAFETY: the header asks for `key_len` readable bytes, and NULL or a place for the number.
    unsafe { edit(client, &Spot { room, key, key_len }, out_draft, err, action) }
}

/// Removes a key.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: nothing is queued on an error: SYNCLINE_STATUS_NOT_FOUND if the room is not open, _FORBIDDEN if
/// it may not be written, _INVALID_NAME, _INVALID_UTF8, _MUTATION_TOO_LARGE, _FULL if the outbox is at its
/// limit, _POISONED after storage has failed.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_delete(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let action = || Ok(Action::Delete);
    // SAFETY: the header asks for `key_len` readable bytes, and NULL or a place for the number.
    unsafe { edit(client, &Spot { room, key, key_len }, out_draft, err, action) }
}

/// Applies a JSON merge patch (RFC 7396) to the object under a key; without a value there it makes one.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[in]  json       the patch, a JSON object.
/// @param[in]  json_len   its length in bytes.
/// @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key and json are borrowed for the call.
/// Errors: SYNCLINE_STATUS_WRONG_TYPE if either is no object, and those of syncline_client_set().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_merge(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    json: *const c_char,
    json_len: usize,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let action = || {
        // SAFETY: the header asks for `json_len` readable bytes.
        let value = unsafe { json::value(json, json_len) }?;
        Ok(Action::Merge(value))
    };
    // SAFETY: the header asks for `key_len` readable bytes, and NULL or a place for the number.
    unsafe { edit(client, &Spot { room, key, key_len }, out_draft, err, action) }
}

/// Makes several edits one mutation: the server takes all of them or none.
///
/// syncline_edits_expect() before an edit asks the server to refuse all if its key has changed.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  edits      the edits, at least one.
/// @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: edits is borrowed for the call and stays as it is.
/// Errors: SYNCLINE_STATUS_INVALID_ARGUMENT for no edits or a syncline_edits_require(), _WRONG_TYPE,
/// _OVERFLOW, _NO_SUCH_ITEM, _DUPLICATE_ITEM, and those of syncline_client_set().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_batch(
    client: Option<&syncline_client>,
    room: u32,
    edits: Option<&syncline_edits>,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        let edits = edits.ok_or_else(|| null("edits"))?.of_client()?;
        let draft = client.handle.batch(RoomNo::new(room), edits)?;
        // SAFETY: the caller gives NULL or a place for the number.
        unsafe { put(out_draft, draft.get()) };
        Ok(())
    })
}

/// Sends what waits for its burst to end, without waiting.
///
/// @param[in]  client  the handle.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_client_flush(
    client: Option<&syncline_client>,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| client.handle.flush())
}

/// What an application makes of a conflict.
#[repr(u32)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum syncline_resolution {
    /// The server's value stays.
    KeepTheirs = 0,
    /// The edit is made again on top of the server's value.
    KeepMine = 1,
    /// The key is set to a value of the application's.
    Value = 2,
}

/// Answers an output SYNCLINE_CLIENT_OUTPUT_KIND_CONFLICT. The answer is a mutation of its own, if it
/// changes anything.
///
/// @param[in]  client      the handle.
/// @param[in]  room        the room's number.
/// @param[in]  draft       the mutation that was refused.
/// @param[in]  resolution  a syncline_resolution.
/// @param[in]  json        the value as JSON text, for SYNCLINE_RESOLUTION_VALUE; else ignored.
/// @param[in]  json_len    its length in bytes.
/// @param[out] out_draft   receives the number of the mutation that was made; may be NULL.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: json is borrowed for the call.
/// Errors: SYNCLINE_STATUS_NOT_FOUND if no such conflict waits, and those of syncline_client_set(); the
/// conflict waits on then. SYNCLINE_STATUS_DONE says that nothing had to be made.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_resolve(
    client: Option<&syncline_client>,
    room: u32,
    draft: u64,
    resolution: u32,
    json: *const c_char,
    json_len: usize,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        let resolution = match resolution {
            0 => Resolution::KeepTheirs,
            1 => Resolution::KeepMine,
            // SAFETY: the header asks for `json_len` readable bytes.
            2 => Resolution::Value(unsafe { json::value(json, json_len) }?),
            other => {
                let got = other.to_string();
                return Err(Error::new(Code::InvalidArgument, "a syncline_resolution", got));
            }
        };
        let made = client.handle.resolve(RoomNo::new(room), DraftId::new(draft), resolution)?;
        // SAFETY: the caller gives NULL or a place for the number.
        Ok(unsafe { put_found(out_draft, made.map(DraftId::get)) })
    })
}
