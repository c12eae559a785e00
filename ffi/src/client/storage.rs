//! How the program keeps a client's records itself, in manual mode, and how it learns of a failure.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::{Error, RecordId};

use super::syncline_client;
use crate::error::{owned, syncline_error};
use crate::guard::{guard_handle, place, put, text};
use crate::status::{code, syncline_status};

/// Says that records are durable, in manual mode.
///
/// @param[in]  client  the handle.
/// @param[in]  record  the latest record that is durable; those before it are, too.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_WRONG_MODE.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_client_persisted(
    client: Option<&syncline_client>,
    record: u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| client.persisted(RecordId::new(record)))
}

/// Says that storage failed, in manual mode. Edits are refused from then on.
///
/// @param[in]  client       the handle.
/// @param[in]  status       why, as SYNCLINE_STATUS_STORAGE_FAILED.
/// @param[in]  message      what came instead of success, for people; may be empty.
/// @param[in]  message_len  its length in bytes.
/// @param[out] err          receives an owned error on failure; may be NULL.
///
/// Ownership: message is borrowed for the call.
/// Errors: SYNCLINE_STATUS_WRONG_MODE, _INVALID_ARGUMENT for a number that is no error, _INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_persist_failed(
    client: Option<&syncline_client>,
    status: i32,
    message: *const c_char,
    message_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        // SAFETY: the header asks for `message_len` readable bytes.
        let message = unsafe { text(message, message_len, "message") }?;
        client.persist_failed(Error::new(code(status)?, "storage that works", message))
    })
}

/// Asks to be told once every edit made so far is durable: by an output of the kind
/// SYNCLINE_CLIENT_OUTPUT_KIND_STORED with this mark, or a later one. If storage fails first, that is told
/// instead. A standby is told once its leader has made them durable, or refused them.
///
/// @param[in]  client    the handle.
/// @param[out] out_mark  receives the mark.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_WRONG_MODE for a client that stores nothing, _POISONED after storage has failed.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_ask_stored(
    client: Option<&syncline_client>,
    out_mark: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_mark, "out_mark")?;
        let mark = client.ask_stored()?.get();
        // SAFETY: the caller gives a place for the number.
        unsafe { put(out_mark, mark) };
        Ok(syncline_status::Ok)
    })
}

/// Tells why storage failed, if it did.
///
/// @param[in]  client         the handle.
/// @param[out] out_error      receives the error of the storage.
/// @param[out] err            receives an owned error on failure; may be NULL.
///
/// Ownership: *out_error is owned by the caller and freed with syncline_error_free().
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that storage works.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_storage_error(
    client: Option<&syncline_client>,
    out_error: *mut *mut syncline_error,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_error, "out_error")?;
        let Some(error) = client.storage_error()? else {
            return Ok(syncline_status::Done);
        };
        // SAFETY: the caller gives a place for the error.
        unsafe { put(out_error, owned(&error)) };
        Ok(syncline_status::Ok)
    })
}
