//! Which views a client watches.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::{RoomNo, ViewName, ViewNo};

use super::syncline_client;
use crate::buf::syncline_buf;
use crate::error::syncline_error;
use crate::guard::{guard_handle, place, put, put_found, text};
use crate::status::syncline_status;

/// Watches a view of a room: what it shows is told as it is rendered, and what follows from edits
/// at once.
///
/// An output SYNCLINE_CLIENT_OUTPUT_KIND_VIEW says that there is something for its page.
///
/// @param[in]  client    the handle.
/// @param[in]  room      the room's number.
/// @param[in]  name      the name of the view.
/// @param[in]  name_len  its length in bytes.
/// @param[out] out_view  receives the number of the view.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: name is borrowed for the call.
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _TOO_MANY beyond 64 views of it,
/// _INVALID_NAME,
/// _WRONG_MODE on a standby.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_watch(
    client: Option<&syncline_client>,
    room: u32,
    name: *const c_char,
    name_len: usize,
    out_view: *mut u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_view, "out_view")?;
        // SAFETY: the header asks for `name_len` readable bytes.
        let name = ViewName::new(unsafe { text(name, name_len, "name") }?)?;
        let view = client.watch(RoomNo::new(room), &name)?;
        // SAFETY: the caller gives a place for the number.
        unsafe { put(out_view, view.get()) };
        Ok(())
    })
}

/// Watches a view no more.
///
/// @param[in]  client  the handle.
/// @param[in]  view    the number of the view.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_client_unwatch(
    client: Option<&syncline_client>,
    view: u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| client.unwatch(ViewNo::new(view)))
}

/// Takes the next thing that a page has to do to show a view, as syncline_screen_change() does.
///
/// @param[in]  client      the handle.
/// @param[in]  view        the number of the view.
/// @param[out] out_change  receives it.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: *out_change is owned by the caller and freed with syncline_buf_free().
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a view that is not watched. SYNCLINE_STATUS_DONE says that
/// there is nothing.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_view_change(
    client: Option<&syncline_client>,
    view: u32,
    out_change: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_change, "out_change")?;
        let change = client.view_change(ViewNo::new(view))?;
        let bytes = change.map(|change| syncline_buf::new(change.to_bytes()));
        // SAFETY: the caller gives a place for the bytes.
        Ok(unsafe { put_found(out_change, bytes) })
    })
}

/// Tells what a view shows, as HTML.
///
/// @param[in]  client    the handle.
/// @param[in]  view      the number of the view.
/// @param[out] out_text  receives the text.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_text is owned by the caller and freed with syncline_buf_free().
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a view that is not watched.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_view_html(
    client: Option<&syncline_client>,
    view: u32,
    out_text: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_text, "out_text")?;
        let told = client.view_html(ViewNo::new(view))?;
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_text, syncline_buf::new(told)) };
        Ok(())
    })
}

/// Tells how good the predictions of a view are, as syncline_screen_metrics() does.
///
/// @param[in]  client    the handle.
/// @param[in]  view      the number of the view.
/// @param[out] out_text  receives the text.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_text is owned by the caller and freed with syncline_buf_free().
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a view that is not watched.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_view_metrics(
    client: Option<&syncline_client>,
    view: u32,
    out_text: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_text, "out_text")?;
        let told = client.view_metrics(ViewNo::new(view))?.to_json();
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_text, syncline_buf::new(told)) };
        Ok(())
    })
}
