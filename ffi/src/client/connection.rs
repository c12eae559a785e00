//! What happens on a client's connection. It has one at a time, and asks for it by an output.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::host::ClientHandle;

use super::syncline_client;
use crate::error::syncline_error;
use crate::guard::{bytes, guard_handle, text};
use crate::status::syncline_status;

/// Says that the connection that was asked for is open.
///
/// @param[in]  client     the handle.
/// @param[in]  token      says who the client is; may be empty.
/// @param[in]  token_len  its length in bytes.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: token is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_connected(
    client: Option<&syncline_client>,
    token: *const c_char,
    token_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        // SAFETY: the header asks for `token_len` readable bytes.
        client.connected(unsafe { text(token, token_len, "token") }?)
    })
}

/// Says that a frame came over the connection.
///
/// What the frame holds is never an error of this function: a server that breaks the protocol is told
/// of by outputs.
///
/// @param[in]  client     the handle.
/// @param[in]  frame      the whole of one frame, of any content.
/// @param[in]  frame_len  its length in bytes.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: frame is borrowed for the call.
/// Errors: those of every function.
/// Thread-safety: yes. Frames are to be given in order.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_receive(
    client: Option<&syncline_client>,
    frame: *const u8,
    frame_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        // SAFETY: the header asks for `frame_len` readable bytes.
        client.receive(unsafe { bytes(frame, frame_len, "frame") }?)
    })
}

/// Says that the connection has ended, or could not be opened.
///
/// @param[in]  client  the handle.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_client_disconnected(
    client: Option<&syncline_client>,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, ClientHandle::disconnected)
}

/// Tries again now what waits out a pause after a failure: for when the network is back.
///
/// @param[in]  client  the handle.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_client_reconnect(
    client: Option<&syncline_client>,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, ClientHandle::reconnect)
}

/// Gives a newer token; it is sent over the connection that is open.
///
/// @param[in]  client     the handle.
/// @param[in]  token      says who the client is.
/// @param[in]  token_len  its length in bytes.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: token is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_set_token(
    client: Option<&syncline_client>,
    token: *const c_char,
    token_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        // SAFETY: the header asks for `token_len` readable bytes.
        client.set_token(unsafe { text(token, token_len, "token") }?)
    })
}
