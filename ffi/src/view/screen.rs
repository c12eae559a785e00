//! Screens: what a reader of a view shows.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::Error;
use syncline_core::host::ScreenHandle;
use syncline_core::vnode::Screen;

use super::put_cursor;
use crate::buf::syncline_buf;
use crate::error::syncline_error;
use crate::guard::{
    Cell, Handle, bytes, guard, guard_handle, place, put, put_found, quietly, text,
};
use crate::json;
use crate::status::syncline_status;

/// What a reader of a view shows: the latest tree that it was told, with what follows from edits
/// that the server has
/// not answered.
pub struct syncline_screen(Cell<ScreenHandle>);

impl Handle for syncline_screen {
    const NAME: &'static str = "screen";
    type Shared = ScreenHandle;

    fn cell(&self) -> &Cell<ScreenHandle> {
        &self.0
    }

    fn poison(shared: &ScreenHandle) {
        shared.poison();
    }
}

/// Makes a screen that shows nothing yet.
///
/// @param[out] out_screen  receives the handle.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: *out_screen is owned by the caller and freed with syncline_screen_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_screen_new(
    out_screen: *mut *mut syncline_screen,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard(err, || {
        place(out_screen, "out_screen")?;
        let screen = Box::new(syncline_screen(Cell::new(ScreenHandle::new(Screen::new()))));
        // SAFETY: the caller gives a place for the handle.
        unsafe { put(out_screen, Box::into_raw(screen)) };
        Ok(())
    })
}

/// Makes another handle of the same screen.
///
/// @param[in]  screen      the handle.
/// @param[out] out_screen  receives the other handle.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: *out_screen is owned by the caller and freed with syncline_screen_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_screen_clone(
    screen: Option<&syncline_screen>,
    out_screen: *mut *mut syncline_screen,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(screen, err, |screen| {
        place(out_screen, "out_screen")?;
        let other = Box::new(syncline_screen(Cell::new(screen.clone())));
        // SAFETY: the caller gives a place for the handle.
        unsafe { put(out_screen, Box::into_raw(other)) };
        Ok(())
    })
}

/// Frees a handle.
///
/// @param[in] screen  the handle; NULL is left alone.
///
/// Ownership: takes screen.
/// Errors: none.
/// Thread-safety: yes, as the last call on this handle.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_screen_free(screen: *mut syncline_screen) {
    quietly(|| {
        if !screen.is_null() {
            // SAFETY: the handle comes from the library and is freed once.
            drop(unsafe { Box::from_raw(screen) });
        }
    });
}

/// Shows what a frame tells.
///
/// @param[in]  screen     the handle.
/// @param[in]  frame      the frame; none if nothing changed.
/// @param[in]  frame_len  its length in bytes.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: frame is borrowed for the call.
/// Errors: SYNCLINE_STATUS_UNEXPECTED for a frame from another revision than the one that is shown,
/// _MALFORMED and the
/// limits of trees.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_screen_take(
    screen: Option<&syncline_screen>,
    frame: *const u8,
    frame_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(screen, err, |screen| {
        // SAFETY: the header asks for `frame_len` readable bytes.
        let frame = unsafe { bytes(frame, frame_len, "frame") }?;
        screen.with(|screen| screen.take(frame))
    })
}

/// Takes the next thing that a page has to do.
///
/// A byte is 1 if the page begins anew, else 0; then come the names, templates and bindings that
/// are new to it, as in a
/// frame; and to the end a patch.
///
/// @param[in]  screen      the handle.
/// @param[out] out_change  receives it.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: *out_change is owned by the caller and freed with syncline_buf_free().
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that there is nothing.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_screen_change(
    screen: Option<&syncline_screen>,
    out_change: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(screen, err, |screen| {
        place(out_change, "out_change")?;
        let change = screen.with(|screen| Ok(screen.change()))?;
        let bytes = change.map(|change| syncline_buf::new(change.to_bytes()));
        // SAFETY: the caller gives a place for the bytes.
        Ok(unsafe { put_found(out_change, bytes) })
    })
}

/// Shows at once what follows from an edit.
///
/// @param[in]  screen    the handle.
/// @param[in]  edit      a number for the edit.
/// @param[in]  room      the name of the room; NULL for that which the view is about.
/// @param[in]  room_len  its length in bytes.
/// @param[in]  key       the key.
/// @param[in]  key_len   its length in bytes.
/// @param[in]  json      the value that the key has then.
/// @param[in]  json_len  its length in bytes.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: room, key and json are borrowed for the call.
/// Errors: SYNCLINE_STATUS_FULL with 1,024 that are not settled, faults of JSON text.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_screen_predict(
    screen: Option<&syncline_screen>,
    edit: u64,
    room: *const c_char,
    room_len: usize,
    key: *const c_char,
    key_len: usize,
    json: *const c_char,
    json_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(screen, err, |screen| {
        // SAFETY: the header asks for `room_len` readable bytes.
        let room = unsafe { room_of(room, room_len) }?;
        // SAFETY: the header asks for `key_len` readable bytes.
        let key = unsafe { text(key, key_len, "key") }?;
        // SAFETY: the header asks for `json_len` readable bytes.
        let value = unsafe { json::value(json, json_len) }?;
        screen.with(|screen| screen.predict(edit, room, key, &value))
    })
}

/// Says that an edit was applied: the next frame has what it did.
///
/// @param[in]  screen  the handle.
/// @param[in]  edit    its number.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_screen_settle(
    screen: Option<&syncline_screen>,
    edit: u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(screen, err, |screen| {
        screen.with(|screen| {
            screen.settle(edit);
            Ok(())
        })
    })
}

/// Says that an edit was refused: what it showed is taken back.
///
/// @param[in]  screen  the handle.
/// @param[in]  edit    its number.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_screen_undo(
    screen: Option<&syncline_screen>,
    edit: u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(screen, err, |screen| {
        screen.with(|screen| {
            screen.undo(edit);
            Ok(())
        })
    })
}

/// Says that a confirmed value changed: the next frame has what that did, and something may be
/// learned from it.
///
/// @param[in]  screen      the handle.
/// @param[in]  room        the name of the room; NULL for that which the view is about.
/// @param[in]  room_len    its length in bytes.
/// @param[in]  key         the key.
/// @param[in]  key_len     its length in bytes.
/// @param[in]  before      the value before, as JSON.
/// @param[in]  before_len  its length in bytes.
/// @param[in]  after       the value now, as JSON.
/// @param[in]  after_len   its length in bytes.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: all texts are borrowed for the call.
/// Errors: faults of JSON text.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_screen_observe(
    screen: Option<&syncline_screen>,
    room: *const c_char,
    room_len: usize,
    key: *const c_char,
    key_len: usize,
    before: *const c_char,
    before_len: usize,
    after: *const c_char,
    after_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(screen, err, |screen| {
        // SAFETY: the header asks for `room_len` readable bytes.
        let room = unsafe { room_of(room, room_len) }?;
        // SAFETY: the header asks for `key_len` readable bytes.
        let key = unsafe { text(key, key_len, "key") }?;
        // SAFETY: the header asks for `before_len` readable bytes.
        let before = unsafe { json::value(before, before_len) }?;
        // SAFETY: the header asks for `after_len` readable bytes.
        let after = unsafe { json::value(after, after_len) }?;
        screen.with(|screen| {
            screen.observe(room, key, &before, &after);
            Ok(())
        })
    })
}

/// Tells which revision is confirmed.
///
/// @param[in]  screen        the handle.
/// @param[out] out_epoch     receives the epoch; may be NULL.
/// @param[out] out_revision  receives the revision, 0 before the first frame; may be NULL.
/// @param[out] err           receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_screen_cursor(
    screen: Option<&syncline_screen>,
    out_epoch: *mut u64,
    out_revision: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(screen, err, |screen| {
        let cursor = screen.with(|screen| Ok(screen.cursor()))?;
        // SAFETY: the caller gives places for the numbers, or NULL.
        unsafe { put_cursor(out_epoch, out_revision, cursor) };
        Ok(())
    })
}

/// Tells what is shown, as HTML.
///
/// @param[in]  screen    the handle.
/// @param[out] out_text  receives the text.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_text is owned by the caller and freed with syncline_buf_free().
/// Errors: SYNCLINE_STATUS_INVALID_ARGUMENT with the place for what no HTML says, _VALUE_TOO_LARGE.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_screen_html(
    screen: Option<&syncline_screen>,
    out_text: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(screen, err, |screen| {
        place(out_text, "out_text")?;
        let told = screen.with(Screen::html)?;
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_text, syncline_buf::new(told)) };
        Ok(())
    })
}

/// Tells how good predictions are, as JSON.
///
/// "shown" are edits of which something was shown at once, of which "right", "wrong" and "undone"
/// have ended, with their
/// rates "hit_rate", "miss_rate" and "rollback_rate"; "hints_right" and "hints_wrong" count what
/// was learned; "hints" are known
/// now, and take "hint_bytes".
///
/// @param[in]  screen    the handle.
/// @param[out] out_text  receives the text.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_text is owned by the caller and freed with syncline_buf_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_screen_metrics(
    screen: Option<&syncline_screen>,
    out_text: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(screen, err, |screen| {
        place(out_text, "out_text")?;
        let told = screen.with(|screen| Ok(screen.metrics().to_json()))?;
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_text, syncline_buf::new(told)) };
        Ok(())
    })
}

/// The name of a room, or none.
///
/// # Safety
/// As for [`text`].
unsafe fn room_of<'a>(room: *const c_char, len: usize) -> Result<Option<&'a str>, Error> {
    if room.is_null() && len == 0 {
        return Ok(None);
    }
    // SAFETY: the caller promises the same.
    unsafe { text(room, len, "room") }.map(Some)
}
