//! Where C meets Rust: a panic becomes a status, a pointer with a length becomes a slice.

use std::panic::{AssertUnwindSafe, catch_unwind};

use syncline_core::{Code, Error};

use crate::error::{ErrorOut, of_panic, store};
use crate::status::syncline_status;

/// Runs the body of a function that can fail.
///
/// A panic does not leave it. The handle that was in use then poisons itself, so that what the panic
/// left half done is not used again.
pub(crate) fn guard(
    err: ErrorOut<'_>,
    body: impl FnOnce() -> Result<syncline_status, Error>,
) -> syncline_status {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(status)) => status,
        Ok(Err(error)) => store(&error, err),
        Err(payload) => {
            let error = of_panic(&*payload);
            // Dropping what was thrown may throw again.
            quietly(move || drop(payload));
            store(&error, err)
        }
    }
}

/// Runs the body of a function that cannot fail; a panic ends in it.
pub(crate) fn quietly(body: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(body)) {
        // A payload whose own drop throws is not given the occasion.
        std::mem::forget(payload);
    }
}

/// Runs the body of a function that gives a value, and `otherwise` if it panics.
pub(crate) fn guard_value<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    let mut value = otherwise;
    quietly(|| value = body());
    value
}

/// The handle behind an argument.
pub(crate) fn handle<'a, T>(handle: Option<&'a T>, name: &'static str) -> Result<&'a T, Error> {
    handle.ok_or_else(|| null(name))
}

/// Checks that a place to write to is there, before anything is done.
pub(crate) fn place<T>(out: *mut T, name: &'static str) -> Result<(), Error> {
    if out.is_null() { Err(null(name)) } else { Ok(()) }
}

fn null(name: &'static str) -> Error {
    Error::new(Code::InvalidArgument, format!("{name} that is not NULL"), "NULL")
}

/// The bytes behind a pointer and a length; NULL with length 0 is no bytes.
///
/// # Safety
/// Unless it is NULL, `len` bytes can be read at `ptr` and nobody changes them during `'a`.
pub(crate) unsafe fn bytes<'a>(
    ptr: *const u8,
    len: usize,
    name: &'static str,
) -> Result<&'a [u8], Error> {
    if len == 0 {
        return Ok(&[]);
    }
    if ptr.is_null() {
        return Err(null(name));
    }
    if isize::try_from(len).is_err() {
        let got = len.to_string();
        return Err(Error::new(Code::InvalidArgument, "a length that memory can have", got));
    }
    // SAFETY: the caller promises the bytes, and the length is checked.
    Ok(unsafe { std::slice::from_raw_parts(ptr, len) })
}

/// The text behind a pointer and a length.
///
/// # Safety
/// As for [`bytes`].
pub(crate) unsafe fn text<'a>(
    ptr: *const u8,
    len: usize,
    name: &'static str,
) -> Result<&'a str, Error> {
    // SAFETY: the caller promises the same.
    let bytes = unsafe { bytes(ptr, len, name) }?;
    std::str::from_utf8(bytes).map_err(|error| {
        let got = format!("{name} that stops being so at byte {}", error.valid_up_to());
        Error::new(Code::InvalidUtf8, "UTF-8", got)
    })
}

/// Writes an output, unless the caller does not want it.
///
/// # Safety
/// `out` is NULL or can be written; what it held is not dropped.
pub(crate) unsafe fn put<T>(out: *mut T, value: T) {
    if !out.is_null() {
        // SAFETY: the caller promises it.
        unsafe { out.write(value) };
    }
}

#[cfg(test)]
mod tests {
    use std::mem::MaybeUninit;

    use super::*;
    use crate::error::{syncline_error_free, syncline_error_status};

    #[test]
    fn a_panic_becomes_a_status_with_a_story() {
        let mut err = MaybeUninit::uninit();
        let status = guard(Some(&mut err), || panic!("planted, with a \0"));
        assert_eq!(status, syncline_status::Panic);
        // SAFETY: a failed call writes its error.
        let err = unsafe { err.assume_init() };
        // SAFETY: the error lives until it is freed.
        assert_eq!(syncline_error_status(unsafe { err.as_ref() }), syncline_status::Panic);
        // SAFETY: freed once.
        unsafe { syncline_error_free(err) };
        assert_eq!(guard_value(7, || panic!("planted")), 7);
    }

    #[test]
    fn a_payload_that_panics_when_dropped_does_not_escape() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("planted in a drop");
            }
        }
        let throw = || std::panic::panic_any(Bomb);
        assert_eq!(guard(None, throw), syncline_status::Panic);
        quietly(|| std::panic::panic_any(Bomb));
    }

    #[test]
    fn pointers_and_lengths_are_judged_before_they_are_followed() {
        let null = std::ptr::null();
        let one = b"a".as_ptr();
        // SAFETY: no length here leads beyond the bytes that are there.
        let read = |ptr, len| unsafe { bytes(ptr, len, "frame") }.map_err(|error| error.code);
        assert_eq!(read(null, 0), Ok(&[][..]));
        assert_eq!(read(one, 0), Ok(&[][..]));
        assert_eq!(read(one, 1), Ok(&b"a"[..]));
        assert_eq!(read(null, 1), Err(Code::InvalidArgument));
        assert_eq!(read(one, usize::MAX), Err(Code::InvalidArgument));
    }

    #[test]
    fn text_that_is_not_utf_8_is_refused_with_the_place() {
        let bad = b"ab\xff";
        // SAFETY: the bytes are there.
        let error = unsafe { text(bad.as_ptr(), bad.len(), "key") }.unwrap_err();
        assert_eq!(error.code, Code::InvalidUtf8);
        assert!(error.got.contains("byte 2"), "{error}");
    }
}
