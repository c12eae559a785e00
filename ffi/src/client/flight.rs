//! How far the recording of a client is.

use std::mem::MaybeUninit;

use super::syncline_client;
use crate::buf::syncline_buf;
use crate::error::syncline_error;
use crate::guard::{guard_handle, place, put};
use crate::status::syncline_status;

/// Tells how far the recording is that the option "flight" asked for, as one line of JSON:
/// {"path":"client.flight","bytes":5120,"full":false,"failed":false}.
///
/// "bytes" of calls are recorded, not all of which are written yet. It is "full" if there was no more
/// place for a call, and then has all before that; "failed" if it could not be written any more.
///
/// @param[in]  client    the handle.
/// @param[out] out_json  receives the JSON text.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that nothing is recorded.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_flight(
    client: Option<&syncline_client>,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_json, "out_json")?;
        let Some(flight) = client.flight()? else { return Ok(syncline_status::Done) };
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_json, syncline_buf::new(flight.to_json())) };
        Ok(syncline_status::Ok)
    })
}
