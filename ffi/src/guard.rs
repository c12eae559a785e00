//! Where C meets Rust: a panic becomes a status, a pointer with a length becomes a slice.

use std::cell::UnsafeCell;
use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};

use syncline_core::{Code, Error};

use crate::error::{ErrorOut, of_panic, store};
use crate::status::syncline_status;

/// Runs the body of a function that can fail.
///
/// A panic does not leave it.
pub(crate) fn guard<S: Into<syncline_status>>(
    err: ErrorOut<'_>,
    body: impl FnOnce() -> Result<S, Error>,
) -> syncline_status {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(done)) => done.into(),
        Ok(Err(error)) => store(&error, err),
        Err(payload) => {
            let error = of_panic(&*payload);
            // Dropping what was thrown may throw again.
            quietly(move || drop(payload));
            store(&error, err)
        }
    }
}

/// A type of C's whose pointers are handles of something shared.
pub(crate) trait Handle {
    /// What a missing handle is called.
    const NAME: &'static str;
    /// What is shared.
    type Shared: Clone;
    /// Where it is.
    fn cell(&self) -> &Cell<Self::Shared>;
    /// Refuses every later use.
    fn poison(shared: &Self::Shared);
}

/// What C points at. A call takes its own share of it first, because the wake callback may free the
/// handle before the call is over; the cell allows that while there is a reference.
pub(crate) struct Cell<T>(UnsafeCell<T>);

impl<T: Clone> Cell<T> {
    pub(crate) const fn new(shared: T) -> Self {
        Self(UnsafeCell::new(shared))
    }

    fn share(&self) -> T {
        // SAFETY: nobody changes what is inside, and a call begins before the handle is freed.
        unsafe { &*self.0.get() }.clone()
    }
}

/// Runs the body of a function that uses a handle; a panic poisons the handle, so that what it left
/// half done is not used again.
pub(crate) fn guard_handle<H: Handle, S: Into<syncline_status>>(
    handle: Option<&H>,
    err: ErrorOut<'_>,
    body: impl FnOnce(&H::Shared) -> Result<S, Error>,
) -> syncline_status {
    guard(err, || {
        let shared = handle.ok_or_else(|| null(H::NAME))?.cell().share();
        let trap = Trap::<H>(&shared);
        let result = body(&shared);
        std::mem::forget(trap);
        result
    })
}

/// Another share of what a handle is of.
#[cfg(all(feature = "server", feature = "views"))]
pub(crate) fn shared<H: Handle>(handle: Option<&H>) -> Result<H::Shared, Error> {
    Ok(handle.ok_or_else(|| null(H::NAME))?.cell().share())
}

/// Poisons when it is dropped, which only unwinding does.
struct Trap<'a, H: Handle>(&'a H::Shared);

impl<H: Handle> Drop for Trap<'_, H> {
    fn drop(&mut self) {
        H::poison(self.0);
    }
}

/// Runs the body of a function that cannot fail; a panic ends in it.
pub(crate) fn quietly(body: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(body)) {
        // A payload whose own drop throws is not given the occasion.
        std::mem::forget(payload);
    }
}

/// Checks that a place to write to is there, before anything is done.
pub(crate) fn place<T>(out: *mut T, name: &'static str) -> Result<(), Error> {
    if out.is_null() { Err(null(name)) } else { Ok(()) }
}

pub(crate) fn null(name: &'static str) -> Error {
    Error::new(Code::InvalidArgument, format!("{name} that is not NULL"), "NULL")
}

/// The bytes behind a pointer and a length; NULL with length 0 is no bytes.
///
/// # Safety
/// Unless it is NULL, `len` bytes can be read at `ptr` and nobody changes them during `'a`.
#[inline]
pub(crate) unsafe fn bytes<'a>(
    ptr: *const u8,
    len: usize,
    name: &'static str,
) -> Result<&'a [u8], Error> {
    // SAFETY: the caller promises the same.
    unsafe { elements(ptr, len, name) }
}

/// The text behind a pointer and a length.
///
/// # Safety
/// As for [`bytes`].
#[inline]
pub(crate) unsafe fn text<'a>(
    ptr: *const c_char,
    len: usize,
    name: &'static str,
) -> Result<&'a str, Error> {
    // SAFETY: the caller promises the same.
    let bytes = unsafe { bytes(ptr.cast(), len, name) }?;
    if bytes.len() <= SHORT && is_ascii(bytes) {
        // SAFETY: ASCII is UTF-8.
        return Ok(unsafe { std::str::from_utf8_unchecked(bytes) });
    }
    checked(bytes, name)
}

/// Bytes of a text up to which the check of the standard library takes longer to begin.
const SHORT: usize = 64;

#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    // By words, of which the last overlaps the one before.
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        let (words, _) = bytes.as_chunks::<8>();
        let some = u64::from_ne_bytes(*first) | u64::from_ne_bytes(*last);
        let all = words.iter().skip(1).fold(some, |all, word| all | u64::from_ne_bytes(*word));
        return all & 0x8080_8080_8080_8080 == 0;
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return (u32::from_ne_bytes(*first) | u32::from_ne_bytes(*last)) & 0x8080_8080 == 0;
    }
    bytes.iter().fold(0, |all, byte| all | byte) < 0x80
}

#[inline(never)]
fn checked<'a>(bytes: &'a [u8], name: &'static str) -> Result<&'a str, Error> {
    std::str::from_utf8(bytes).map_err(|error| {
        let got = format!("{name} that stops being so at byte {}", error.valid_up_to());
        Error::new(Code::InvalidUtf8, "UTF-8", got)
    })
}

/// The elements behind a pointer and a count; NULL with count 0 is none.
///
/// # Safety
/// Unless it is NULL, `count` elements can be read at `ptr` and nobody changes them during `'a`.
#[inline]
pub(crate) unsafe fn elements<'a, T>(
    ptr: *const T,
    count: usize,
    name: &'static str,
) -> Result<&'a [T], Error> {
    if count == 0 {
        return Ok(&[]);
    }
    let most = isize::MAX.unsigned_abs().checked_div(size_of::<T>());
    if ptr.is_null() || most.is_some_and(|most| count > most) {
        return Err(no_elements(ptr.is_null(), count, name));
    }
    // SAFETY: the caller promises the elements, and their size is checked.
    Ok(unsafe { std::slice::from_raw_parts(ptr, count) })
}

#[cold]
fn no_elements(null_pointer: bool, count: usize, name: &'static str) -> Error {
    if null_pointer {
        return null(name);
    }
    Error::new(Code::InvalidArgument, "a count that memory can have", count.to_string())
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

/// Writes an output that there may be none of, and says which.
///
/// # Safety
/// As for [`put`].
pub(crate) unsafe fn put_found<T>(out: *mut T, found: Option<T>) -> syncline_status {
    let Some(value) = found else { return syncline_status::Done };
    // SAFETY: the caller promises it.
    unsafe { put(out, value) };
    syncline_status::Ok
}

#[cfg(test)]
mod tests {
    use std::mem::MaybeUninit;

    use super::*;
    use crate::error::{syncline_error_free, syncline_error_status};

    #[test]
    fn short_text_is_ascii_if_each_byte_is() {
        for len in 0..=SHORT {
            let mut bytes = vec![b'a'; len];
            assert!(is_ascii(&bytes), "{len}");
            for at in 0..len {
                bytes[at] = 0x80;
                assert!(!is_ascii(&bytes), "{at} of {len}");
                bytes[at] = b'a';
            }
        }
    }

    #[test]
    fn a_panic_becomes_a_status_with_a_story() {
        let mut err = MaybeUninit::uninit();
        let status = guard::<()>(Some(&mut err), || panic!("planted, with a \0"));
        assert_eq!(status, syncline_status::Panic);
        // SAFETY: a failed call writes its error.
        let err = unsafe { err.assume_init() };
        // SAFETY: the error lives until it is freed.
        assert_eq!(syncline_error_status(unsafe { err.as_ref() }), syncline_status::Panic);
        // SAFETY: freed once.
        unsafe { syncline_error_free(err) };
    }

    #[test]
    fn a_payload_that_panics_when_dropped_does_not_escape() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                // Without content, because what a drop throws is never dropped.
                std::panic::panic_any(());
            }
        }
        let throw = || -> Result<(), Error> { std::panic::panic_any(Bomb) };
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
        let error = unsafe { text(bad.as_ptr().cast(), bad.len(), "key") }.unwrap_err();
        assert_eq!(error.code, Code::InvalidUtf8);
        assert!(error.got.contains("byte 2"), "{error}");
    }
}
