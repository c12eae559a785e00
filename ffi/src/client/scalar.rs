//! Numbers and truth values of one key, without JSON in between.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::{Action, Code, Content, Error, RoomNo, Value};

use super::edit::{Spot, edit};
use super::syncline_client;
use crate::buf::syncline_buf;
use crate::error::{ErrorOut, syncline_error};
use crate::guard::{guard_handle, place, put, text};
use crate::status::syncline_status;

/// Sets a key to an integer.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[in]  value      the integer, within plus and minus 2^53 - 1.
/// @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_NUMBER_OUT_OF_RANGE, and those of syncline_client_delete().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_set_i64(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    value: i64,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let action = || Ok(Action::Set(Value::from_i64(value)?));
    // SAFETY: the header asks for `key_len` readable bytes, and NULL or a place for the number.
    unsafe { edit(client, &Spot { room, key, key_len }, out_draft, err, action) }
}

/// Sets a key to a number.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[in]  value      the number; it must be finite.
/// @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_NUMBER_OUT_OF_RANGE, and those of syncline_client_delete().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_set_f64(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    value: f64,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let action = || Ok(Action::Set(Value::from_f64(value)?));
    // SAFETY: the header asks for `key_len` readable bytes, and NULL or a place for the number.
    unsafe { edit(client, &Spot { room, key, key_len }, out_draft, err, action) }
}

/// Sets a key to a truth value.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[in]  value      0 is false, everything else is true.
/// @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: those of syncline_client_delete().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_set_bool(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    value: i32,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let action = || Ok(Action::Set(Value::from_bool(value != 0)));
    // SAFETY: the header asks for `key_len` readable bytes, and NULL or a place for the number.
    unsafe { edit(client, &Spot { room, key, key_len }, out_draft, err, action) }
}

/// Adds an integer to the number under a key; without a value there it counts as 0.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[in]  amount     the integer, within plus and minus 2^53 - 1.
/// @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_NUMBER_OUT_OF_RANGE, _WRONG_TYPE if the key holds no number, _OVERFLOW, and those
/// of syncline_client_delete().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_add_i64(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    amount: i64,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let action = || Ok(Action::Add(Value::from_i64(amount)?));
    // SAFETY: the header asks for `key_len` readable bytes, and NULL or a place for the number.
    unsafe { edit(client, &Spot { room, key, key_len }, out_draft, err, action) }
}

/// Adds a number to the number under a key; without a value there it counts as 0.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[in]  amount     the number; it must be finite.
/// @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_NUMBER_OUT_OF_RANGE, _WRONG_TYPE if the key holds no number, _OVERFLOW, and those
/// of syncline_client_delete().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_add_f64(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    amount: f64,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let action = || Ok(Action::Add(Value::from_f64(amount)?));
    // SAFETY: the header asks for `key_len` readable bytes, and NULL or a place for the number.
    unsafe { edit(client, &Spot { room, key, key_len }, out_draft, err, action) }
}

/// Reads one key as a kind of value.
///
/// # Safety
/// The key of `spot` is as for [`text`]; `out` is NULL or can be written.
unsafe fn read<T>(
    client: Option<&syncline_client>,
    spot: &Spot,
    out: *mut T,
    err: ErrorOut<'_>,
    expected: &'static str,
    take: impl FnOnce(&Value) -> Option<T>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out, "out_value")?;
        // SAFETY: the caller promises it.
        let key = unsafe { text(spot.key, spot.key_len, "key") }?;
        let Some(content) = client.handle.get(RoomNo::new(spot.room), key)? else {
            return Ok(syncline_status::Done);
        };
        let value = match &content {
            Content::Plain(value) => take(value),
            Content::List(_) => None,
        };
        let wrong = || Error::new(Code::WrongType, expected, content.to_json());
        // SAFETY: the caller gives a place for the value.
        unsafe { put(out, value.ok_or_else(wrong)?) };
        Ok(syncline_status::Ok)
    })
}

/// Tells the integer that a key shows.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[out] out_value  receives the integer.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_WRONG_TYPE if it is something else, _INVALID_UTF8. SYNCLINE_STATUS_DONE says
/// that the key shows no value.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_get_i64(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    out_value: *mut i64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let spot = Spot { room, key, key_len };
    // SAFETY: the header asks for `key_len` readable bytes, and a place for the value.
    unsafe { read(client, &spot, out_value, err, "an integer", Value::as_i64) }
}

/// Tells the number that a key shows.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[out] out_value  receives the number.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_WRONG_TYPE if it is something else, _INVALID_UTF8. SYNCLINE_STATUS_DONE says
/// that the key shows no value.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_get_f64(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    out_value: *mut f64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let spot = Spot { room, key, key_len };
    // SAFETY: the header asks for `key_len` readable bytes, and a place for the value.
    unsafe { read(client, &spot, out_value, err, "a number", Value::as_f64) }
}

/// Tells the truth value that a key shows.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[out] out_value  receives 0 for false, 1 for true.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_WRONG_TYPE if it is something else, _INVALID_UTF8. SYNCLINE_STATUS_DONE says
/// that the key shows no value.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_get_bool(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    out_value: *mut i32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let spot = Spot { room, key, key_len };
    // SAFETY: the header asks for `key_len` readable bytes, and a place for the value.
    unsafe {
        read(client, &spot, out_value, err, "a truth value", |value| value.as_bool().map(i32::from))
    }
}

/// Tells the string that a key shows.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[out] out_value  receives the string as UTF-8, not as JSON.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call. *out_value is owned by the caller and freed with
/// syncline_buf_free().
/// Errors: SYNCLINE_STATUS_WRONG_TYPE if it is something else, _INVALID_UTF8. SYNCLINE_STATUS_DONE says
/// that the key shows no value.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_get_text(
    client: Option<&syncline_client>,
    room: u32,
    key: *const c_char,
    key_len: usize,
    out_value: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let spot = Spot { room, key, key_len };
    // SAFETY: the header asks for `key_len` readable bytes, and a place for the value.
    unsafe {
        read(client, &spot, out_value, err, "a string", |value| {
            value.as_text().map(syncline_buf::new)
        })
    }
}
