//! How far the recording of a server is.

use std::mem::MaybeUninit;

use super::syncline_server;
use crate::buf::syncline_buf;
use crate::error::syncline_error;
use crate::guard::{guard_handle, place, put};
use crate::status::syncline_status;

/// Tells how far the recording is that the option "flight" asked for, as syncline_client_flight()
/// does.
///
/// @param[in]  server    the handle.
/// @param[out] out_json  receives the JSON text.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that nothing is recorded.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_flight(
    server: Option<&syncline_server>,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_json, "out_json")?;
        let Some(flight) = server.flight()? else { return Ok(syncline_status::Done) };
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_json, syncline_buf::new(flight.to_json())) };
        Ok(syncline_status::Ok)
    })
}
