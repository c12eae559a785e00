//! What is said once to a view: names, templates and bindings, and the numbers that they keep.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::syncline_view;
use crate::error::syncline_error;
use crate::guard::{guard_handle, place, put, text};
use crate::status::syncline_status;

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
