//! Edits with numbers, truth values and strings, without JSON in between.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::room::IfVersion;
use syncline_core::{Action, Limits, Value};

use super::{add, syncline_edits};
use crate::error::syncline_error;
use crate::guard::text;
use crate::status::syncline_status;

/// Adds the edit that sets a key to an integer.
///
/// @param[in]  edits    the handle.
/// @param[in]  key      the key.
/// @param[in]  key_len  its length in bytes.
/// @param[in]  value    the integer, within plus and minus 2^53 - 1.
/// @param[out] err      receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _NUMBER_OUT_OF_RANGE.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_set_i64(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    value: i64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || Ok((Action::Set(Value::from_i64(value)?), IfVersion::Any));
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

/// Adds the edit that sets a key to a number.
///
/// @param[in]  edits    the handle.
/// @param[in]  key      the key.
/// @param[in]  key_len  its length in bytes.
/// @param[in]  value    the number; it must be finite.
/// @param[out] err      receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _NUMBER_OUT_OF_RANGE.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_set_f64(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    value: f64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || Ok((Action::Set(Value::from_f64(value)?), IfVersion::Any));
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

/// Adds the edit that sets a key to a truth value.
///
/// @param[in]  edits    the handle.
/// @param[in]  key      the key.
/// @param[in]  key_len  its length in bytes.
/// @param[in]  value    0 is false, everything else is true.
/// @param[out] err      receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_set_bool(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    value: i32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || Ok((Action::Set(Value::from_bool(value != 0)), IfVersion::Any));
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

/// Adds the edit that sets a key to a string.
///
/// @param[in]  edits      the handle.
/// @param[in]  key        the key.
/// @param[in]  key_len    its length in bytes.
/// @param[in]  value      the string as UTF-8, not as JSON.
/// @param[in]  value_len  its length in bytes.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: key and value are borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _VALUE_TOO_LARGE.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_set_text(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    value: *const c_char,
    value_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || {
        // SAFETY: the header asks for `value_len` readable bytes.
        let value = unsafe { text(value, value_len, "value") }?;
        Ok((Action::Set(Value::from_text(value, &Limits::HARD)?), IfVersion::Any))
    };
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

/// Adds the edit that adds an integer to the number under a key.
///
/// @param[in]  edits    the handle.
/// @param[in]  key      the key; without a value it counts as 0.
/// @param[in]  key_len  its length in bytes.
/// @param[in]  amount   the integer, within plus and minus 2^53 - 1.
/// @param[out] err      receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _NUMBER_OUT_OF_RANGE.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_add_i64(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    amount: i64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || Ok((Action::Add(Value::from_i64(amount)?), IfVersion::Any));
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

/// Adds the edit that adds a number to the number under a key.
///
/// @param[in]  edits    the handle.
/// @param[in]  key      the key; without a value it counts as 0.
/// @param[in]  key_len  its length in bytes.
/// @param[in]  amount   the number; it must be finite.
/// @param[out] err      receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _NUMBER_OUT_OF_RANGE.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_add_f64(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    amount: f64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || Ok((Action::Add(Value::from_f64(amount)?), IfVersion::Any));
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}
