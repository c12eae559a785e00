//! What a client counted, and the limits that it keeps.

use std::mem::MaybeUninit;

use super::syncline_client;
use crate::buf::syncline_buf;
use crate::error::syncline_error;
use crate::guard::{guard_handle, place, put};
use crate::status::syncline_status;

/// Tells the client's counters as one line of JSON.
///
/// @param[in]  client    the handle.
/// @param[out] out_json  receives the JSON text.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_metrics(
    client: Option<&syncline_client>,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_json, "out_json")?;
        let json = client.report()?.to_json();
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_json, syncline_buf::new(json)) };
        Ok(())
    })
}

/// Tells the limits in force, the configured ones lowered to the server's.
///
/// @param[in]  client    the handle.
/// @param[out] out_json  receives a JSON object, as in the options.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_limits(
    client: Option<&syncline_client>,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_json, "out_json")?;
        let json = client.limits()?.to_json();
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_json, syncline_buf::new(json)) };
        Ok(())
    })
}
