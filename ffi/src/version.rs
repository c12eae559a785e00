//! Which library this is, and which programs it can serve.

use std::ffi::{CStr, c_char};

/// The number of the binary interface, which is also that of the shared library's name.
///
/// It rises when a program compiled with an older header could no longer run, and has nothing to
/// do with the version.
pub const SYNCLINE_ABI_VERSION: u32 = 1;

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };

/// Tells the number of the binary interface of the library that is running.
///
/// A program compares it with SYNCLINE_ABI_VERSION, the number that it was compiled with.
///
/// @return the number; it is the one in the shared library's name.
///
/// Ownership: nothing is handed over.
/// Errors: none.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn syncline_abi_version() -> u32 {
    SYNCLINE_ABI_VERSION
}

/// Tells the version of the library that is running, as in "0.1.0".
///
/// @return NUL-terminated text.
///
/// Ownership: the text is static.
/// Errors: none.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn syncline_version_string() -> *const c_char {
    VERSION.as_ptr()
}
