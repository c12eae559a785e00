//! What is told of a view: where it is, frames from what a screen shows, and the tree as HTML or JSON.

use std::mem::MaybeUninit;

use syncline_core::vnode::Cursor;
use syncline_core::{Epoch, Revision};

use super::{put_cursor, syncline_view};
use crate::buf::syncline_buf;
use crate::error::syncline_error;
use crate::guard::{guard_handle, place, put, put_found};
use crate::status::syncline_status;

/// Tells what a screen that shows everything shows.
///
/// @param[in]  view          the handle.
/// @param[out] out_epoch     receives the epoch; may be NULL.
/// @param[out] out_revision  receives the revision, 0 before anything was rendered; may be NULL.
/// @param[out] err           receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_view_cursor(
    view: Option<&syncline_view>,
    out_epoch: *mut u64,
    out_revision: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(view, err, |view| {
        let cursor = view.with(|view| Ok(view.cursor()))?;
        // SAFETY: the caller gives places for the numbers, or NULL.
        unsafe { put_cursor(out_epoch, out_revision, cursor) };
        Ok(())
    })
}

/// Tells what a screen is told.
///
/// It is one patch while the revision is known, else all of it.
///
/// @param[in]  view       the handle.
/// @param[in]  epoch      the epoch that it shows, or 0.
/// @param[in]  revision   the revision that it shows, or 0.
/// @param[out] out_frame  receives the frame.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: *out_frame is owned by the caller and freed with syncline_buf_free().
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that it shows the latest revision.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_view_frame(
    view: Option<&syncline_view>,
    epoch: u64,
    revision: u64,
    out_frame: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(view, err, |view| {
        place(out_frame, "out_frame")?;
        let from = Cursor { epoch: Epoch::new(epoch), revision: Revision::new(revision) };
        let told = view.with(|view| Ok(view.frame(from)))?;
        // SAFETY: the caller gives a place for the bytes.
        Ok(unsafe {
            put_found(out_frame, Some(told).filter(|told| !told.is_empty()).map(syncline_buf::new))
        })
    })
}

/// Tells what a screen is told, as JSON for people.
///
/// An object with "view", "from", "to" and "patch".
///
/// @param[in]  view      the handle.
/// @param[in]  epoch     the epoch that it shows, or 0.
/// @param[in]  revision  the revision that it shows, or 0.
/// @param[out] out_json  receives the text.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_view_frame_json(
    view: Option<&syncline_view>,
    epoch: u64,
    revision: u64,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(view, err, |view| {
        place(out_json, "out_json")?;
        let from = Cursor { epoch: Epoch::new(epoch), revision: Revision::new(revision) };
        let told = view.with(|view| view.frame_json(from))?;
        // SAFETY: the caller gives a place for the bytes.
        unsafe { put(out_json, syncline_buf::new(told)) };
        Ok(())
    })
}

/// Tells the tree as HTML.
///
/// @param[in]  view      the handle.
/// @param[out] out_text  receives the text.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_text is owned by the caller and freed with syncline_buf_free().
/// Errors: SYNCLINE_STATUS_INVALID_ARGUMENT with the place for what no HTML says, _VALUE_TOO_LARGE.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_view_html(
    view: Option<&syncline_view>,
    out_text: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(view, err, |view| {
        place(out_text, "out_text")?;
        let told = view.with(|view| view.html())?;
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_text, syncline_buf::new(told)) };
        Ok(())
    })
}

/// Tells the tree as JSON.
///
/// @param[in]  view      the handle.
/// @param[out] out_text  receives the text.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_text is owned by the caller and freed with syncline_buf_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_view_json(
    view: Option<&syncline_view>,
    out_text: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(view, err, |view| {
        place(out_text, "out_text")?;
        let told = view.with(|view| view.json())?;
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_text, syncline_buf::new(told)) };
        Ok(())
    })
}
