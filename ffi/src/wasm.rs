//! What a host without pointers of its own needs: memory to write to, and how it is called back.
//!
//! Only in WebAssembly, where the host is JavaScript: these functions are not in the header.

#![allow(unreachable_pub, reason = "JavaScript reaches them by their names")]

use std::alloc::{Layout, alloc, dealloc};
use std::ffi::c_void;
use std::mem::{MaybeUninit, offset_of, size_of};

use crate::client::{syncline_client, syncline_client_config, syncline_client_output};
use crate::error::syncline_error;
use crate::status::syncline_status;
use crate::wake::syncline_wake_fn;

/// What every struct of the header is aligned to at most.
const ALIGN: usize = 8;

#[link(wasm_import_module = "syncline")]
unsafe extern "C" {
    /// A handle has something to poll.
    fn syncline_host_wake(number: u32);
    /// The instance is about to end, because of a panic.
    fn syncline_host_panic(text: *const u8, len: usize);
}

/// Has a panic tell its story before it ends the instance.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_wasm_start() {
    std::panic::set_hook(Box::new(|info| {
        let text = info.to_string();
        // SAFETY: the host reads the bytes before it returns.
        unsafe { syncline_host_panic(text.as_ptr(), text.len()) };
    }));
}

/// Memory for the host to write to; NULL if there is none. Freed by [`syncline_wasm_free`].
#[unsafe(no_mangle)]
pub extern "C" fn syncline_wasm_alloc(len: usize) -> *mut u8 {
    match Layout::from_size_align(len.max(1), ALIGN) {
        // SAFETY: the size is not zero.
        Ok(layout) => unsafe { alloc(layout) },
        Err(_) => std::ptr::null_mut(),
    }
}

/// Frees what [`syncline_wasm_alloc`] gave for this length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_wasm_free(ptr: *mut u8, len: usize) {
    if let Ok(layout) = Layout::from_size_align(len.max(1), ALIGN)
        && !ptr.is_null()
    {
        // SAFETY: the host gives back what it got, with the same length.
        unsafe { dealloc(ptr, layout) };
    }
}

/// Has the host called with this number when the client has something to poll, or no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_wasm_client_listen(
    client: Option<&syncline_client>,
    number: u32,
    on: u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let (wake, data) = bell(number, on);
    // SAFETY: the data is a number, and nothing has to be dropped.
    unsafe { crate::client::syncline_client_set_wake(client, wake, data, None, err) }
}

/// As [`syncline_wasm_client_listen`], of a server.
#[cfg(feature = "server")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_wasm_server_listen(
    server: Option<&crate::server::syncline_server>,
    number: u32,
    on: u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let (wake, data) = bell(number, on);
    // SAFETY: the data is a number, and nothing has to be dropped.
    unsafe { crate::server::syncline_server_set_wake(server, wake, data, None, err) }
}

/// What is called for a handle of this number, if anything.
fn bell(number: u32, on: u32) -> (syncline_wake_fn, *mut c_void) {
    let data = std::ptr::without_provenance_mut(usize::try_from(number).unwrap_or(usize::MAX));
    (if on == 0 { None } else { Some(ring) }, data)
}

unsafe extern "C" fn ring(number: *mut c_void) {
    // SAFETY: the host takes any number.
    unsafe { syncline_host_wake(u32::try_from(number.addr()).unwrap_or(u32::MAX)) };
}

/// Panics, for the test that a page survives the end of its engine.
#[cfg(feature = "test-panic")]
#[unsafe(no_mangle)]
#[expect(clippy::panic, reason = "this is what it is for")]
pub extern "C" fn syncline_wasm_test_panic() {
    panic!("a panic on purpose");
}

// Where JavaScript finds the fields: `ts/wasm/layout.ts`.
const _: () = {
    type Out = syncline_client_output;
    type Config = syncline_client_config;
    assert!(offset_of!(Out, kind) == 4 && offset_of!(Out, draft) == 8 && offset_of!(Out, by) == 16);
    assert!(offset_of!(Out, version) == 24 && offset_of!(Out, record) == 32);
    assert!(offset_of!(Out, room) == 40 && offset_of!(Out, status) == 44);
    assert!(offset_of!(Out, op) == 48 && offset_of!(Out, verdict) == 52);
    assert!(offset_of!(Out, origin) == 56 && offset_of!(Out, resume) == 60);
    assert!(offset_of!(Out, sync_status) == 64 && offset_of!(Out, replace) == 68);
    assert!(offset_of!(Out, sync) == 69 && offset_of!(Out, retries) == 70);
    assert!(offset_of!(Out, bytes) == 72 && offset_of!(Out, keys) == 84);
    assert!(offset_of!(Out, key) == 96 && offset_of!(Out, mine) == 108);
    assert!(offset_of!(Out, base) == 120 && offset_of!(Out, theirs) == 132);
    assert!(offset_of!(Out, edits) == 144 && offset_of!(Out, message) == 156);
    assert!(offset_of!(Out, drafts) == 168 && offset_of!(Out, expected) == 180);
    assert!(offset_of!(Out, got) == 192 && offset_of!(Out, view) == 204);
    assert!(size_of::<Out>() == 208);
    assert!(offset_of!(Config, mode) == 4 && offset_of!(Config, options) == 16);
    assert!(offset_of!(Config, blobs) == 24 && offset_of!(Config, seed) == 32);
    assert!(offset_of!(Config, now_micros) == 64 && size_of::<Config>() == 72);
};
