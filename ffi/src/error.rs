//! What went wrong, for whoever wants to know more than the number.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use syncline_core::{Code, Error};

use crate::guard::{put, quietly};
use crate::status::syncline_status;

/// What went wrong with one call: a status, what was expected and what came. It does not change.
pub struct syncline_error {
    status: syncline_status,
    message: CString,
    expected: CString,
    got: CString,
}

/// Where a function puts its error: the last argument of everything that can fail.
pub(crate) type ErrorOut<'a> = Option<&'a mut MaybeUninit<*mut syncline_error>>;

impl syncline_error {
    fn new(error: &Error) -> Self {
        Self {
            status: syncline_status::from_code(error.code),
            message: readable(&error.to_string()),
            expected: readable(&error.expected),
            got: readable(&error.got),
        }
    }
}

/// Hands the error to the caller, if it wants it, and gives its status.
pub(crate) fn store(error: &Error, out: ErrorOut<'_>) -> syncline_status {
    if let Some(out) = out {
        out.write(owned(error));
    }
    syncline_status::from_code(error.code)
}

/// An error that the caller is to own.
pub(crate) fn owned(error: &Error) -> *mut syncline_error {
    Box::into_raw(Box::new(syncline_error::new(error)))
}

/// The error of a panic, with what the panic said.
pub(crate) fn of_panic(payload: &(dyn std::any::Any + Send)) -> Error {
    let said = payload.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| payload.downcast_ref::<&str>().copied());
    Error::new(Code::Panic, "no panic", said.unwrap_or("a panic without words"))
}

/// The text with control characters spelled out, so that it has no zero byte and spoils no terminal.
fn readable(text: &str) -> CString {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    CString::new(out).unwrap_or_default()
}

fn show(text: Option<&CString>, out_len: *mut usize) -> *const c_char {
    let text = text.map_or(c"", CString::as_c_str);
    // SAFETY: the caller gives NULL or a place for the length.
    unsafe { put(out_len, text.count_bytes()) };
    text.as_ptr()
}

/// Tells the status of an error.
///
/// @param[in] error  the error; NULL is success.
///
/// @return the status that the failed function returned.
///
/// Ownership: error is borrowed for the call.
/// Errors: none.
/// Thread-safety: yes; an error does not change.
/// Since: ABI 1.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn syncline_error_status(error: Option<&syncline_error>) -> syncline_status {
    error.map_or(syncline_status::Ok, |error| error.status)
}

/// Tells the whole story of an error: what its status means, what was expected and what came.
///
/// @param[in]  error    the error; NULL gives empty text.
/// @param[out] out_len  receives the length in bytes; may be NULL.
///
/// @return NUL-terminated UTF-8 without control characters, at most some hundred bytes.
///
/// Ownership: the text is borrowed from error and ends with it.
/// Errors: none.
/// Thread-safety: yes; an error does not change.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_error_message(
    error: Option<&syncline_error>,
    out_len: *mut usize,
) -> *const c_char {
    show(error.map(|error| &error.message), out_len)
}

/// Tells what would have been right, as in "at most 32 levels".
///
/// @param[in]  error    the error; NULL gives empty text.
/// @param[out] out_len  receives the length in bytes; may be NULL.
///
/// @return NUL-terminated UTF-8 without control characters.
///
/// Ownership: the text is borrowed from error and ends with it.
/// Errors: none.
/// Thread-safety: yes; an error does not change.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_error_expected(
    error: Option<&syncline_error>,
    out_len: *mut usize,
) -> *const c_char {
    show(error.map(|error| &error.expected), out_len)
}

/// Tells what came instead, as in "33 levels".
///
/// @param[in]  error    the error; NULL gives empty text.
/// @param[out] out_len  receives the length in bytes; may be NULL.
///
/// @return NUL-terminated UTF-8 without control characters.
///
/// Ownership: the text is borrowed from error and ends with it.
/// Errors: none.
/// Thread-safety: yes; an error does not change.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_error_got(
    error: Option<&syncline_error>,
    out_len: *mut usize,
) -> *const c_char {
    show(error.map(|error| &error.got), out_len)
}

/// Frees an error.
///
/// @param[in] error  the error; NULL is left alone.
///
/// Ownership: takes error, and ends the texts that were borrowed from it.
/// Errors: none.
/// Thread-safety: yes, as the last call on this error.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_error_free(error: *mut syncline_error) {
    quietly(|| {
        if !error.is_null() {
            // SAFETY: an error comes from `store` and is freed once.
            drop(unsafe { Box::from_raw(error) });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_tells_its_story_without_bytes_that_c_or_a_terminal_would_stumble_over() {
        let error = Error::new(Code::InvalidJson, "a value", "\0 \u{1b}[2J ö");
        let error = syncline_error::new(&error);
        assert_eq!(syncline_error_status(Some(&error)), syncline_status::InvalidJson);
        let mut len = 0;
        // SAFETY: the error and the place for the length are alive.
        let text = unsafe { syncline_error_got(Some(&error), &raw mut len) };
        // SAFETY: the text belongs to the error and ends with a zero byte.
        let text = unsafe { std::ffi::CStr::from_ptr(text) }.to_str().unwrap();
        assert_eq!(text, "\\u{0} \\u{1b}[2J ö");
        assert_eq!(text.len(), len);
    }

    #[test]
    fn no_error_is_a_success_without_words() {
        assert_eq!(syncline_error_status(None), syncline_status::Ok);
        // SAFETY: NULL is allowed everywhere here.
        let text = unsafe { syncline_error_message(None, std::ptr::null_mut()) };
        // SAFETY: the text is static and ends with a zero byte.
        assert!(unsafe { std::ffi::CStr::from_ptr(text) }.is_empty());
        // SAFETY: NULL is left alone.
        unsafe { syncline_error_free(std::ptr::null_mut()) };
    }
}
