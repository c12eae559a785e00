//! What happens on a server's connections, and what their owners may do.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::{ConnId, Error, Grant, Principal, RequestId};

use super::syncline_server;
use crate::buf::syncline_text;
use crate::error::syncline_error;
use crate::guard::{bytes, elements, guard_handle, text};
use crate::status::{code, syncline_status};

/// Says that a connection came.
///
/// @param[in]  server  the handle.
/// @param[in]  conn    its number, never used before with this server.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_server_connected(
    server: Option<&syncline_server>,
    conn: u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| server.handle.connected(ConnId::new(conn)))
}

/// Says that a frame came over a connection.
///
/// What the frame holds is never an error of this function: a connection that breaks the protocol is
/// closed by an output.
///
/// @param[in]  server     the handle.
/// @param[in]  conn       the connection.
/// @param[in]  frame      the whole of one frame, of any content.
/// @param[in]  frame_len  its length in bytes.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: frame is borrowed for the call.
/// Errors: those of every function.
/// Thread-safety: yes. The frames of one connection are to be given in order.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_receive(
    server: Option<&syncline_server>,
    conn: u64,
    frame: *const u8,
    frame_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        // SAFETY: the header asks for `frame_len` readable bytes.
        let frame = unsafe { bytes(frame, frame_len, "frame") }?;
        server.handle.receive(ConnId::new(conn), frame)
    })
}

/// Says that all that was transmitted to a connection has left: it can take another frame.
///
/// @param[in]  server  the handle.
/// @param[in]  conn    the connection.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_server_writable(
    server: Option<&syncline_server>,
    conn: u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| server.handle.writable(ConnId::new(conn)))
}

/// Says that a connection is gone.
///
/// @param[in]  server  the handle.
/// @param[in]  conn    the connection; an unknown one is left alone.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_server_disconnected(
    server: Option<&syncline_server>,
    conn: u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| server.handle.disconnected(ConnId::new(conn)))
}

/// Answers an authorisation: lets a principal read the room and write some of its keys.
///
/// @param[in]  server         the handle.
/// @param[in]  request        the question's number; a late or unknown one is ignored.
/// @param[in]  principal      who it is.
/// @param[in]  principal_len  its length in bytes.
/// @param[in]  write          prefixes of the keys that may be written; an empty prefix is every key.
/// @param[in]  write_count    how many prefixes; 0 is a grant to read only.
/// @param[out] err            receives an owned error on failure; may be NULL.
///
/// Ownership: principal and write are borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_grant(
    server: Option<&syncline_server>,
    request: u64,
    principal: *const c_char,
    principal_len: usize,
    write: *const syncline_text,
    write_count: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        // SAFETY: the header asks for `principal_len` readable bytes.
        let principal = Principal::new(unsafe { text(principal, principal_len, "principal") }?)?;
        // SAFETY: the header asks for `write_count` readable structs.
        let write = unsafe { elements(write, write_count, "write") }?;
        let prefix = |prefix: &syncline_text| {
            // SAFETY: the header asks for pointers and lengths that belong together.
            unsafe { text(prefix.ptr, prefix.len, "write") }.map(str::to_owned)
        };
        let write = write.iter().map(prefix).collect::<Result<Vec<_>, Error>>()?;
        server.handle.authorize(RequestId::new(request), Ok(Grant { principal, write }))
    })
}

/// Answers an authorisation: does not let the connection into the room.
///
/// @param[in]  server   the handle.
/// @param[in]  request  the question's number; a late or unknown one is ignored.
/// @param[in]  status   why, as the client is told; a negative syncline_status, as
/// SYNCLINE_STATUS_FORBIDDEN.
/// @param[out] err      receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_INVALID_ARGUMENT for a number that is no error.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_server_deny(
    server: Option<&syncline_server>,
    request: u64,
    status: i32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        server.handle.authorize(RequestId::new(request), Err(code(status)?))
    })
}

/// Takes back all that was granted to a principal; its channels are denied as
/// SYNCLINE_STATUS_FORBIDDEN. Its connections stay, and may ask again.
///
/// @param[in]  server         the handle.
/// @param[in]  principal      who it is.
/// @param[in]  principal_len  its length in bytes.
/// @param[out] err            receives an owned error on failure; may be NULL.
///
/// Ownership: principal is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_revoke(
    server: Option<&syncline_server>,
    principal: *const c_char,
    principal_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        // SAFETY: the header asks for `principal_len` readable bytes.
        let principal = Principal::new(unsafe { text(principal, principal_len, "principal") }?)?;
        server.handle.revoke(&principal)
    })
}
