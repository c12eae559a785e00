//! What a client counted, as a monitoring system reads it.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::syncline_client;
use crate::buf::syncline_buf;
use crate::error::syncline_error;
use crate::guard::{guard_handle, place, put, text};
use crate::json;
use crate::status::syncline_status;

/// Tells the client's counters in the Prometheus text format.
///
/// @param[in]  client      the handle.
/// @param[in]  labels      labels for every sample, as a JSON object of strings; may be empty.
/// @param[in]  labels_len  its length in bytes.
/// @param[out] out_text    receives the text.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: labels is borrowed for the call. *out_text is owned by the caller and freed with
/// syncline_buf_free().
/// Errors: SYNCLINE_STATUS_INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_metrics_prometheus(
    client: Option<&syncline_client>,
    labels: *const c_char,
    labels_len: usize,
    out_text: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_text, "out_text")?;
        // SAFETY: the header asks for `labels_len` readable bytes.
        let labels = json::labels(unsafe { text(labels, labels_len, "labels") }?)?;
        let shown = client.report()?.to_prometheus(&json::pairs(&labels));
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_text, syncline_buf::new(shown)) };
        Ok(())
    })
}
