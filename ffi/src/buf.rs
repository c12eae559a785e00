//! Bytes that the library gives away.

use std::ffi::c_char;
use std::mem::ManuallyDrop;
use std::ptr;

use syncline_core::Error;

use crate::guard::{bytes, elements, quietly};

/// Bytes that the library made and the caller owns; all zero is the empty one.
///
/// The bytes may be read and written in place. They are freed by syncline_buf_free() and by nothing
/// else.
#[repr(C)]
#[derive(Debug)]
pub struct syncline_buf {
    /// The first byte; NULL only if `len` is 0.
    pub ptr: *mut u8,
    /// How many bytes there are.
    pub len: usize,
    /// For the library alone.
    pub cap: usize,
}

impl syncline_buf {
    /// No bytes.
    pub const EMPTY: Self = Self { ptr: ptr::null_mut(), len: 0, cap: 0 };

    /// Gives these bytes away.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        let mut bytes = ManuallyDrop::new(bytes.into());
        if bytes.capacity() == 0 {
            return Self::EMPTY;
        }
        Self { ptr: bytes.as_mut_ptr(), len: bytes.len(), cap: bytes.capacity() }
    }

    /// Takes the bytes back, and leaves none.
    ///
    /// # Safety
    /// The value is as [`new`](Self::new) made it, or empty.
    pub(crate) unsafe fn take(&mut self) -> Vec<u8> {
        let Self { ptr, len, cap } = std::mem::replace(self, Self::EMPTY);
        if ptr.is_null() {
            return Vec::new();
        }
        // SAFETY: `new` took these three from a vector, and they are given back once.
        unsafe { Vec::from_raw_parts(ptr, len, cap) }
    }
}

/// Text of the caller, where a function takes several.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct syncline_text {
    /// The first byte of UTF-8; may be NULL if `len` is 0.
    pub ptr: *const c_char,
    /// How many bytes there are.
    pub len: usize,
}

/// Bytes of the caller, where a function takes several.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct syncline_bytes {
    /// The first byte; may be NULL if `len` is 0.
    pub ptr: *const u8,
    /// How many bytes there are.
    pub len: usize,
}

/// Copies of the caller's bytes.
///
/// # Safety
/// Unless it is NULL, `count` structs can be read at `from`, each with the bytes that it names.
pub(crate) unsafe fn copies(
    from: *const syncline_bytes,
    count: usize,
    name: &'static str,
) -> Result<Vec<Vec<u8>>, Error> {
    // SAFETY: the caller promises it.
    let parts = unsafe { elements(from, count, name) }?;
    let copy = |part: &syncline_bytes| {
        // SAFETY: the caller promises it.
        unsafe { bytes(part.ptr, part.len, name) }.map(<[u8]>::to_vec)
    };
    parts.iter().map(copy).collect()
}

/// A count as C has it.
pub(crate) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Frees the bytes of a buffer and makes it the empty one.
///
/// @param[in,out] buf  the buffer; NULL and the empty buffer are left alone.
///
/// Ownership: takes the bytes; the struct itself stays the caller's and may be used again.
/// Errors: none.
/// Thread-safety: yes, for different buffers.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_buf_free(buf: *mut syncline_buf) {
    quietly(|| {
        // SAFETY: the caller gives NULL or a buffer that nobody else uses now.
        if let Some(buf) = unsafe { buf.as_mut() } {
            // SAFETY: a buffer is filled by the library or is all zero.
            drop(unsafe { buf.take() });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_go_out_and_come_back_once() {
        for bytes in [Vec::new(), Vec::with_capacity(64), b"abc".to_vec()] {
            let mut buf = syncline_buf::new(bytes.clone());
            assert_eq!(buf.len, bytes.len());
            // SAFETY: the buffer is as `new` made it.
            assert_eq!(unsafe { buf.take() }, bytes);
            assert!(buf.ptr.is_null() && buf.len == 0 && buf.cap == 0);
            // SAFETY: an empty buffer is left alone.
            unsafe { syncline_buf_free(&raw mut buf) };
        }
    }
}
