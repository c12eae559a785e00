//! Instances of templates, and what bindings tell, in a tree that C writes.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::Error;
use syncline_core::vnode::{BindId, TemplateId};

use super::{syncline_tree, write};
use crate::buf::syncline_text;
use crate::error::syncline_error;
use crate::guard::{elements, text};
use crate::json;
use crate::status::syncline_status;

/// Opens an instance of a template: a node for each slot follows.
///
/// In the slot of an attribute is text, or a hole where it is not there.
///
/// @param[in]  tree      the tree.
/// @param[in]  number    the number of the template.
/// @param[in]  key       its key; NULL for none.
/// @param[in]  key_len   its length in bytes.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
/// _INVALID_ARGUMENT where it cannot be,
/// _NOT_FOUND for a number without a template.
/// Thread-safety: for different trees.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_tree_instance(
    tree: Option<&mut syncline_tree>,
    number: u32,
    key: *const c_char,
    key_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    write(tree, err, |tree| {
        // SAFETY: the header asks for `key_len` readable bytes.
        let key = unsafe { key_of(key, key_len) }?;
        tree.run(|pen| pen.instance(TemplateId::new(number), key))
    })
}

/// Adds an instance of a template with text in all of its slots.
///
/// @param[in]  tree      the tree.
/// @param[in]  number    the number of the template.
/// @param[in]  key       its key; NULL for none.
/// @param[in]  key_len   its length in bytes.
/// @param[in]  slots     the texts; in the slot of a property JSON.
/// @param[in]  count     how many there are.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: key and slots are borrowed for the call.
/// Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
/// _INVALID_ARGUMENT where it cannot be
/// and for another count than that of the slots, _NOT_FOUND for a number without a template.
/// Thread-safety: for different trees.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_tree_row(
    tree: Option<&mut syncline_tree>,
    number: u32,
    key: *const c_char,
    key_len: usize,
    slots: *const syncline_text,
    count: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    write(tree, err, |tree| {
        // SAFETY: the header asks for `key_len` readable bytes.
        let key = unsafe { key_of(key, key_len) }?;
        // SAFETY: the header asks for `count` readable structs.
        let slots = unsafe { elements(slots, count, "slots") }?;
        let template = TemplateId::new(number);
        let mut some = [""; FEW];
        if let Some(texts) = some.get_mut(..slots.len()) {
            for (place, slot) in texts.iter_mut().zip(slots) {
                // SAFETY: the header asks for the text that each names.
                *place = unsafe { text(slot.ptr, slot.len, "slot") }?;
            }
            return tree.run(|pen| pen.row(template, key, texts));
        }
        let texts = slots.iter().map(|slot| {
            // SAFETY: the header asks for the text that each names.
            unsafe { text(slot.ptr, slot.len, "slot") }
        });
        let texts = texts.collect::<Result<Vec<&str>, Error>>()?;
        tree.run(|pen| pen.row(template, key, &texts))
    })
}

/// Adds what a binding tells of a value.
///
/// @param[in]  tree      the tree.
/// @param[in]  binding   the number of the binding.
/// @param[in]  json      the value; NULL where there is none.
/// @param[in]  json_len  its length in bytes.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: json is borrowed for the call.
/// Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
/// _INVALID_ARGUMENT where it cannot be,
/// _NOT_FOUND for a number without a binding, faults of JSON text.
/// Thread-safety: for different trees.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_tree_bound(
    tree: Option<&mut syncline_tree>,
    binding: u32,
    json: *const c_char,
    json_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    write(tree, err, |tree| {
        let value = if json.is_null() {
            None
        } else {
            // SAFETY: the header asks for `json_len` readable bytes.
            Some(unsafe { json::value(json, json_len) }?)
        };
        tree.run(|pen| pen.bound(BindId::new(binding), value.as_ref()))
    })
}

/// Opens what a binding chooses from: a node for each case follows, in their order.
///
/// @param[in]  tree      the tree.
/// @param[in]  binding   the number of the binding.
/// @param[in]  json      the value; NULL where there is none.
/// @param[in]  json_len  its length in bytes.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: json is borrowed for the call.
/// Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
/// _INVALID_ARGUMENT where it cannot be,
/// _NOT_FOUND for a number without a binding, faults of JSON text.
/// Thread-safety: for different trees.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_tree_choice(
    tree: Option<&mut syncline_tree>,
    binding: u32,
    json: *const c_char,
    json_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    write(tree, err, |tree| {
        let value = if json.is_null() {
            None
        } else {
            // SAFETY: the header asks for `json_len` readable bytes.
            Some(unsafe { json::value(json, json_len) }?)
        };
        tree.run(|pen| pen.choice(BindId::new(binding), value.as_ref()))
    })
}

/// How many texts need no memory of their own.
const FEW: usize = 16;

/// A key, or none.
///
/// # Safety
/// As for [`text`].
unsafe fn key_of<'a>(key: *const c_char, len: usize) -> Result<Option<&'a str>, Error> {
    if key.is_null() && len == 0 {
        return Ok(None);
    }
    // SAFETY: the caller promises the same.
    unsafe { text(key, len, "key") }.map(Some)
}
