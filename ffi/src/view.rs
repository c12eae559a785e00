//! Views: the handle of what a host renders, and what screens are told of it.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::host::ViewHandle;
use syncline_core::vnode::{Cursor, View};
use syncline_core::{Epoch, Error, Revision};

use crate::error::syncline_error;
use crate::guard::{Cell, Handle, guard, guard_handle, place, put, quietly, text};
use crate::status::syncline_status;

// The order of the header is that of these lines.
mod statics;

mod render;

mod frame;

mod screen;

mod tree;

pub use frame::*;
pub use render::*;
pub use screen::*;
pub use statics::*;
pub use tree::*;

/// What is rendered of one view, by revision.
///
/// Names, templates and bindings have numbers that they keep. A frame takes a screen from what it
/// shows to the latest
/// revision.
pub struct syncline_view(Cell<ViewHandle>);

impl Handle for syncline_view {
    const NAME: &'static str = "view";
    type Shared = ViewHandle;

    fn cell(&self) -> &Cell<ViewHandle> {
        &self.0
    }

    fn poison(shared: &ViewHandle) {
        shared.poison();
    }
}

/// Makes a view of nothing.
///
/// @param[in]  name      its name.
/// @param[in]  name_len  its length in bytes.
/// @param[in]  epoch     64 random bits: under another epoch nothing is as before.
/// @param[out] out_view  receives the handle.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: name is borrowed for the call. *out_view is owned by the caller and freed with
/// syncline_view_free().
/// Errors: SYNCLINE_STATUS_INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_view_new(
    name: *const c_char,
    name_len: usize,
    epoch: u64,
    out_view: *mut *mut syncline_view,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard(err, || {
        place(out_view, "out_view")?;
        // SAFETY: the header asks for `name_len` readable bytes.
        let name = unsafe { text(name, name_len, "name") }?;
        let view = ViewHandle::new(View::new(name, Epoch::new(epoch)));
        // SAFETY: the caller gives a place for the handle.
        unsafe { put(out_view, Box::into_raw(Box::new(syncline_view(Cell::new(view))))) };
        Ok(())
    })
}

/// Makes another handle of the same view.
///
/// @param[in]  view      the handle.
/// @param[out] out_view  receives the other handle.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_view is owned by the caller and freed with syncline_view_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_view_clone(
    view: Option<&syncline_view>,
    out_view: *mut *mut syncline_view,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(view, err, |view| {
        place(out_view, "out_view")?;
        let other = Box::new(syncline_view(Cell::new(view.clone())));
        // SAFETY: the caller gives a place for the handle.
        unsafe { put(out_view, Box::into_raw(other)) };
        Ok(())
    })
}

/// Frees a handle.
///
/// @param[in] view  the handle; NULL is left alone.
///
/// Ownership: takes view.
/// Errors: none.
/// Thread-safety: yes, as the last call on this handle.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_view_free(view: *mut syncline_view) {
    quietly(|| {
        if !view.is_null() {
            // SAFETY: the handle comes from the library and is freed once.
            drop(unsafe { Box::from_raw(view) });
        }
    });
}

/// The view behind a handle, for another one to show.
#[cfg(feature = "server")]
pub(crate) fn shared(view: Option<&syncline_view>) -> Result<ViewHandle, Error> {
    crate::guard::shared(view)
}

/// # Safety
/// A number can be written, unless it is NULL.
unsafe fn put_revision(out: *mut u64, revision: Revision) {
    if !out.is_null() {
        // SAFETY: the caller promises it.
        unsafe { put(out, revision.get()) };
    }
}

/// # Safety
/// As for [`put_revision`], both.
unsafe fn put_cursor(out_epoch: *mut u64, out_revision: *mut u64, cursor: Cursor) {
    if !out_epoch.is_null() {
        // SAFETY: the caller promises it.
        unsafe { put(out_epoch, cursor.epoch.get()) };
    }
    // SAFETY: the caller promises it.
    unsafe { put_revision(out_revision, cursor.revision) };
}
