//! Views: what a host renders, and what screens are told of it.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::host::ViewHandle;
use syncline_core::vnode::{Cursor, View};
use syncline_core::{Epoch, Error, Revision};

use crate::buf::{syncline_buf, syncline_bytes};
use crate::error::syncline_error;
use crate::guard::{
    Cell, Handle, bytes, elements, guard, guard_handle, place, put, put_found, quietly, text,
};
use crate::status::syncline_status;

mod screen;
mod tree;

pub use screen::*;
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

/// Tells the number of an element's name.
///
/// @param[in]  view        the handle.
/// @param[in]  name        the name: a letter, then letters, digits and any of -._:
/// @param[in]  name_len    its length in bytes.
/// @param[out] out_number  receives the number.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: name is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, and _TOO_MANY beyond 65,536.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_view_tag(
    view: Option<&syncline_view>,
    name: *const c_char,
    name_len: usize,
    out_number: *mut u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(view, err, |view| {
        place(out_number, "out_number")?;
        // SAFETY: the header asks for `name_len` readable bytes.
        let told = unsafe { text(name, name_len, "name") }?;
        let number = view.with(|view| Ok(view.tag(told)?.get()))?;
        // SAFETY: the caller gives a place for the number.
        unsafe { put(out_number, number) };
        Ok(())
    })
}

/// Tells the number of an attribute's name.
///
/// @param[in]  view        the handle.
/// @param[in]  name        the name; with a dot in front it is a property.
/// @param[in]  name_len    its length in bytes.
/// @param[out] out_number  receives the number.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: name is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, also for names that make a program of their value: those
/// that
/// begin with "on", srcdoc, innerHTML and outerHTML; _TOO_MANY beyond 65,536.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_view_attribute(
    view: Option<&syncline_view>,
    name: *const c_char,
    name_len: usize,
    out_number: *mut u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(view, err, |view| {
        place(out_number, "out_number")?;
        // SAFETY: the header asks for `name_len` readable bytes.
        let told = unsafe { text(name, name_len, "name") }?;
        let number = view.with(|view| Ok(view.attr(told)?.get()))?;
        // SAFETY: the caller gives a place for the number.
        unsafe { put(out_number, number) };
        Ok(())
    })
}

/// Tells the number of a template.
///
/// The same markup has the same number. Text of white space with a line end in it is left out.
///
/// @param[in]  view        the handle.
/// @param[in]  markup      markup as HTML, in which {name} is a slot, and {{ and }} stand for
/// braces.
/// @param[in]  markup_len  its length in bytes.
/// @param[out] out_number  receives the number.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: markup is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_ARGUMENT with the place for what is no markup, for slots
/// elsewhere than
/// between tags and in attributes, and for addresses that could become programs; _INVALID_NAME;
/// _TOO_MANY.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_view_template(
    view: Option<&syncline_view>,
    markup: *const c_char,
    markup_len: usize,
    out_number: *mut u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(view, err, |view| {
        place(out_number, "out_number")?;
        // SAFETY: the header asks for `markup_len` readable bytes.
        let told = unsafe { text(markup, markup_len, "markup") }?;
        let number = view.with(|view| Ok(view.statics().template(told)?.get()))?;
        // SAFETY: the caller gives a place for the number.
        unsafe { put(out_number, number) };
        Ok(())
    })
}

/// Tells the number of a binding.
///
/// It says what follows from the value of a key by itself, so that a screen shows it as soon as the
/// value changes.
///
/// @param[in]  view        the handle.
/// @param[in]  json        an object with "key", "room", "map", and "cases" or "each".
/// @param[in]  json_len    its length in bytes.
/// @param[out] out_number  receives the number.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: json is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_ARGUMENT for what is no binding, _INVALID_JSON, _NOT_FOUND for a
/// template
/// that there is not, _TOO_MANY beyond 65,536.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_view_binding(
    view: Option<&syncline_view>,
    json: *const c_char,
    json_len: usize,
    out_number: *mut u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(view, err, |view| {
        place(out_number, "out_number")?;
        // SAFETY: the header asks for `json_len` readable bytes.
        let told = unsafe { text(json, json_len, "json") }?;
        let number = view.with(|view| Ok(view.statics().bind(told)?.get()))?;
        // SAFETY: the caller gives a place for the number.
        unsafe { put(out_number, number) };
        Ok(())
    })
}

/// Shows a tree that JSON tells.
///
/// An element is {"tag","key","attrs","children"} or ["tag",{"key",...attrs},...children], text a
/// string or a number, a
/// place where nothing is null, true or false; "html" in the place of "children" is HTML as it is.
/// {"fragment":[...]} is nodes
/// beside each other, {"template","key","slots"} an instance, {"bind","value","cases"} what a
/// binding tells.
///
/// @param[in]  view          the handle.
/// @param[in]  json          the tree.
/// @param[in]  json_len      its length in bytes.
/// @param[out] out_revision  receives the revision, which is the one before if the tree is the
/// same; may be NULL.
/// @param[out] err           receives an owned error on failure; may be NULL.
///
/// Ownership: json is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_JSON and _LONE_SURROGATE with the byte, _INVALID_ARGUMENT for
/// what is no tree,
/// _INVALID_NAME, _TOO_DEEP, _TOO_MANY_ITEMS and _VALUE_TOO_LARGE.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_view_render_json(
    view: Option<&syncline_view>,
    json: *const c_char,
    json_len: usize,
    out_revision: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(view, err, |view| {
        // SAFETY: the header asks for `json_len` readable bytes.
        let json = unsafe { text(json, json_len, "json") }?;
        let revision = view.with(|view| {
            view.render_json(json)?;
            Ok(view.cursor().revision)
        })?;
        // SAFETY: the caller gives a place for the number, or NULL.
        unsafe { put_revision(out_revision, revision) };
        Ok(())
    })
}

/// Shows a tree that was written.
///
/// @param[in]  view          the handle.
/// @param[in,out] tree          the tree, which is empty afterwards.
/// @param[out] out_revision  receives the revision, which is the one before if the tree is the
/// same; may be NULL.
/// @param[out] err           receives an owned error on failure; may be NULL.
///
/// Ownership: the tree stays the caller's.
/// Errors: SYNCLINE_STATUS_INVALID_ARGUMENT while something in the tree is open, for a tree of
/// another view, and for one of which a call was refused, until syncline_tree_clear().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_view_render(
    view: Option<&syncline_view>,
    tree: Option<&mut syncline_tree>,
    out_revision: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(view, err, |view| {
        let tree = tree.ok_or_else(|| crate::guard::null("tree"))?.take(view)?;
        let revision = view.with(|view| {
            view.render(tree);
            Ok(view.cursor().revision)
        })?;
        // SAFETY: the caller gives a place for the number, or NULL.
        unsafe { put_revision(out_revision, revision) };
        Ok(())
    })
}

/// Shows what drafts make of the tree, one after the other, as one revision.
///
/// A draft is a patch that a host has found by itself, in which a list may be told by its new
/// order.
///
/// @param[in]  view          the handle.
/// @param[in]  drafts        the drafts.
/// @param[in]  count         how many there are.
/// @param[out] out_revision  receives the revision, which is the one before if nothing changed; may
/// be NULL.
/// @param[out] err           receives an owned error on failure; may be NULL.
///
/// Ownership: drafts are borrowed for the call.
/// Errors: SYNCLINE_STATUS_MALFORMED with the number of the draft, for one that is none or does not
/// fit the tree; the
/// limits of trees.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_view_absorb(
    view: Option<&syncline_view>,
    drafts: *const syncline_bytes,
    count: usize,
    out_revision: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(view, err, |view| {
        // SAFETY: the header asks for `count` readable structs.
        let drafts = unsafe { elements(drafts, count, "drafts") }?;
        let draft = |draft: &syncline_bytes| {
            // SAFETY: the header asks for the bytes that each names.
            unsafe { bytes(draft.ptr, draft.len, "draft") }
        };
        let drafts = drafts.iter().map(draft).collect::<Result<Vec<&[u8]>, Error>>()?;
        let revision = view.with(|view| {
            view.absorb(drafts)?;
            Ok(view.cursor().revision)
        })?;
        // SAFETY: the caller gives a place for the number, or NULL.
        unsafe { put_revision(out_revision, revision) };
        Ok(())
    })
}

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
