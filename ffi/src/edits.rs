//! Several edits that are to be one mutation.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::sync::{Mutex, MutexGuard, PoisonError};

use syncline_core::room::{HostEdit, IfVersion};
use syncline_core::{Action, Code, Edit, Error, ItemId, Key, Place, Version};

use crate::error::{ErrorOut, syncline_error};
use crate::guard::{guard, null, place, put, quietly, text};
use crate::json;
use crate::status::syncline_status;

/// Edits that are made together: all of them count, or none does.
///
/// They are collected here and then given to syncline_client_batch() or syncline_server_room_write(),
/// which judge them; here only the form of keys and values is checked.
pub struct syncline_edits {
    edits: Mutex<Vec<HostEdit>>,
}

impl syncline_edits {
    /// The edits, also after a panic: each is added in one step.
    fn lock(&self) -> MutexGuard<'_, Vec<HostEdit>> {
        self.edits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The edits as a client makes them.
    pub(crate) fn of_client(&self) -> Result<Vec<(Key, Edit)>, Error> {
        let edits = self.lock();
        let own = |edit: &HostEdit| match edit.if_version {
            IfVersion::Any => Ok((edit.key.clone(), edit.edit.clone())),
            IfVersion::Absent | IfVersion::At(_) => {
                Err(Error::new(Code::InvalidArgument, "edits of a client", "a version asked for"))
            }
        };
        edits.iter().map(own).collect()
    }

    /// The edits as the host of a room makes them.
    #[cfg(feature = "server")]
    pub(crate) fn of_host(&self) -> Vec<HostEdit> {
        self.lock().clone()
    }
}

/// A list item's neighbours; NULL is the start or the end.
///
/// # Safety
/// Each is NULL or can be read.
unsafe fn neighbours(left: *const u64, right: *const u64) -> Place {
    // SAFETY: the caller promises it.
    let left = unsafe { left.as_ref() };
    // SAFETY: as above.
    let right = unsafe { right.as_ref() };
    Place { left: left.copied().map(ItemId::new), right: right.copied().map(ItemId::new) }
}

/// Adds an edit.
///
/// # Safety
/// `key` is as for [`text`].
unsafe fn add<E: Into<Edit>>(
    edits: Option<&syncline_edits>,
    key: (*const c_char, usize),
    err: ErrorOut<'_>,
    edit: impl FnOnce() -> Result<(E, IfVersion), Error>,
) -> syncline_status {
    guard(err, || {
        let edits = edits.ok_or_else(|| null("edits"))?;
        // SAFETY: the caller promises it.
        let key = Key::new(unsafe { text(key.0, key.1, "key") }?)?;
        let (edit, if_version) = edit()?;
        edits.lock().push(HostEdit { key, edit: edit.into(), if_version });
        Ok(syncline_status::Ok)
    })
}

/// Makes an empty collection of edits.
///
/// @param[out] out_edits  receives the handle.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: *out_edits is owned by the caller and freed with syncline_edits_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_new(
    out_edits: *mut *mut syncline_edits,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard(err, || {
        place(out_edits, "out_edits")?;
        let edits = Box::new(syncline_edits { edits: Mutex::new(Vec::new()) });
        // SAFETY: the caller gives a place for the handle.
        unsafe { put(out_edits, Box::into_raw(edits)) };
        Ok(syncline_status::Ok)
    })
}

/// Frees a collection of edits.
///
/// @param[in] edits  the handle; NULL is left alone.
///
/// Ownership: takes edits.
/// Errors: none.
/// Thread-safety: yes, as the last call on this handle.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_free(edits: *mut syncline_edits) {
    quietly(|| {
        if !edits.is_null() {
            // SAFETY: the handle comes from `syncline_edits_new` and is freed once.
            drop(unsafe { Box::from_raw(edits) });
        }
    });
}

/// Forgets the edits collected so far, so that the collection can be used again.
///
/// @param[in] edits  the handle; NULL is left alone.
///
/// Ownership: edits stays the caller's.
/// Errors: none.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_edits_clear(edits: Option<&syncline_edits>) {
    quietly(|| {
        if let Some(edits) = edits {
            edits.lock().clear();
        }
    });
}

/// Tells how many edits are collected.
///
/// @param[in] edits  the handle; NULL has none.
///
/// @return the number of edits, preconditions among them.
///
/// Ownership: edits is borrowed for the call.
/// Errors: none.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn syncline_edits_count(edits: Option<&syncline_edits>) -> usize {
    edits.map_or(0, |edits| edits.lock().len())
}

/// Adds the edit that sets a key to a JSON value.
///
/// @param[in]  edits     the handle.
/// @param[in]  key       the key.
/// @param[in]  key_len   its length in bytes.
/// @param[in]  json      the value as JSON text.
/// @param[in]  json_len  its length in bytes.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: key and json are borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _INVALID_JSON, _NUMBER_OUT_OF_RANGE,
/// _LONE_SURROGATE, _TOO_DEEP, _TOO_MANY_ITEMS, _VALUE_TOO_LARGE.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_set(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    json: *const c_char,
    json_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || {
        // SAFETY: the header asks for `json_len` readable bytes.
        let value = unsafe { json::value(json, json_len) }?;
        Ok((Action::Set(value), IfVersion::Any))
    };
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

/// Adds the edit that removes a key.
///
/// @param[in]  edits    the handle.
/// @param[in]  key      the key.
/// @param[in]  key_len  its length in bytes.
/// @param[out] err      receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_delete(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || Ok((Action::Delete, IfVersion::Any));
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

/// Adds the edit that applies a JSON merge patch (RFC 7396) to the object under a key.
///
/// @param[in]  edits     the handle.
/// @param[in]  key       the key.
/// @param[in]  key_len   its length in bytes.
/// @param[in]  json      the patch, a JSON object.
/// @param[in]  json_len  its length in bytes.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: key and json are borrowed for the call.
/// Errors: as syncline_edits_set().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_merge(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    json: *const c_char,
    json_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || {
        // SAFETY: the header asks for `json_len` readable bytes.
        let patch = unsafe { json::value(json, json_len) }?;
        Ok((Action::Merge(patch), IfVersion::Any))
    };
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

/// Adds the precondition that a key is still as the client had seen it.
///
/// It changes nothing. If the key has changed meanwhile, the server refuses all edits of the
/// mutation as SYNCLINE_STATUS_STALE, whatever the room's policy. For a client; the host of a room
/// uses syncline_edits_require().
///
/// @param[in]  edits    the handle.
/// @param[in]  key      the key.
/// @param[in]  key_len  its length in bytes.
/// @param[out] err      receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_expect(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let edit = || Ok((Action::Expect, IfVersion::Any));
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

/// Adds the precondition that a key is of a version, for syncline_server_room_write().
///
/// It changes nothing. If the key is of another version, the write is refused as
/// SYNCLINE_STATUS_STALE.
///
/// @param[in]  edits    the handle.
/// @param[in]  key      the key.
/// @param[in]  key_len  its length in bytes.
/// @param[in]  version  the version of the key's latest change; 0 is a key without a value.
/// @param[out] err      receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_edits_require(
    edits: Option<&syncline_edits>,
    key: *const c_char,
    key_len: usize,
    version: u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let if_version =
        if version == 0 { IfVersion::Absent } else { IfVersion::At(Version::new(version)) };
    let edit = || Ok((Action::Expect, if_version));
    // SAFETY: the header asks for `key_len` readable bytes.
    unsafe { add(edits, (key, key_len), err, edit) }
}

mod list;
mod place;
mod scalar;

pub use list::*;
pub use place::*;
pub use scalar::*;
