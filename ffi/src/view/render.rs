//! What a host renders: a tree as JSON, one that was written, or drafts of what changed.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::Error;

use super::{put_revision, syncline_tree, syncline_view};
use crate::buf::syncline_bytes;
use crate::error::syncline_error;
use crate::guard::{bytes, elements, guard_handle, null, text};
use crate::status::syncline_status;

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
        let tree = tree.ok_or_else(|| null("tree"))?.take(view)?;
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
