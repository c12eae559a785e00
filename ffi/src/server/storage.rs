//! How the program keeps the rooms' records itself, in manual mode, and takes them elsewhere.
//!
//! A room's records are blobs. They are kept in order since the latest one that stands for all before
//! it, and given back when the room is opened again.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::{Error, RecordId, RoomNo, Version};

use super::syncline_server;
use crate::buf::{copies, syncline_buf, syncline_bytes};
use crate::error::syncline_error;
use crate::guard::{guard_handle, place, put, text};
use crate::status::{code, syncline_status};

/// Answers SYNCLINE_SERVER_OUTPUT_KIND_OPEN_ROOM with the room's blobs, in manual mode.
///
/// A blob that is damaged is told by an output SYNCLINE_SERVER_OUTPUT_KIND_FAILED, not here.
///
/// @param[in]  server      the handle.
/// @param[in]  room        the room's number; an answer for a room that is gone is ignored.
/// @param[in]  blobs       the blobs since the latest one that stands for all before it, in order.
/// @param[in]  blob_count  how many; 0 for a new room.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: blobs is borrowed for the call.
/// Errors: SYNCLINE_STATUS_WRONG_MODE, _INVALID_ARGUMENT if the room is open.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_opened(
    server: Option<&syncline_server>,
    room: u32,
    blobs: *const syncline_bytes,
    blob_count: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        // SAFETY: the header asks for `blob_count` structs with the bytes that they name.
        let blobs = unsafe { copies(blobs, blob_count, "blobs") }?;
        server.room_opened(RoomNo::new(room), blobs)
    })
}

/// Says that a room's storage failed, in manual mode: it cannot be read, or an order could not be
/// carried out.
///
/// The room is closed to everyone as SYNCLINE_STATUS_UNAVAILABLE, and opened again when somebody asks
/// for it.
///
/// @param[in]  server       the handle.
/// @param[in]  room         the room's number; one that is gone is ignored.
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
pub unsafe extern "C" fn syncline_server_room_failed(
    server: Option<&syncline_server>,
    room: u32,
    status: i32,
    message: *const c_char,
    message_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        // SAFETY: the header asks for `message_len` readable bytes.
        let message = unsafe { text(message, message_len, "message") }?;
        let error = Error::new(code(status)?, "storage that works", message);
        server.room_failed(RoomNo::new(room), error)
    })
}

/// Says that a room's records are durable, in manual mode.
///
/// @param[in]  server  the handle.
/// @param[in]  room    the room's number; one that is gone is ignored.
/// @param[in]  record  the latest record that is durable; those before it are, too.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_WRONG_MODE.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_server_persisted(
    server: Option<&syncline_server>,
    room: u32,
    record: u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| server.persisted(RoomNo::new(room), RecordId::new(record)))
}

/// Tells the durable state of a room as one blob, such as syncline_server_room_opened() takes.
///
/// @param[in]  server    the handle.
/// @param[in]  room      the room's number.
/// @param[out] out_blob  receives the blob.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_blob is owned by the caller and freed with syncline_buf_free().
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being
/// opened.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_export(
    server: Option<&syncline_server>,
    room: u32,
    out_blob: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_blob, "out_blob")?;
        let blob = server.room_export(RoomNo::new(room))?;
        // SAFETY: the caller gives a place for the blob.
        unsafe { put(out_blob, syncline_buf::new(blob)) };
        Ok(())
    })
}

/// Ends a room's continuity: it gets another epoch, forgets its clients, and keeps its contents.
///
/// For a program that restored a backup, copied a room, or lost part of its records: clients then
/// learn that the outcome of their unconfirmed edits is unknown, instead of being told something wrong.
/// Best called right after syncline_server_room_open(): a room that is being opened is renewed before
/// anyone comes in. Readers of an open one are denied as SYNCLINE_STATUS_UNAVAILABLE and join anew.
///
/// @param[in]  server  the handle.
/// @param[in]  room    the room's number.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while something that it
/// accepted is not durable yet.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_server_room_renew(
    server: Option<&syncline_server>,
    room: u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| server.room_renew(RoomNo::new(room)))
}

/// Forgets what is as old as a version: tombstones of keys, and clients that are away.
///
/// A client that comes back from before that gets a snapshot, or learns that the outcome of its
/// unconfirmed edits is unknown.
///
/// @param[in]  server   the handle.
/// @param[in]  room     the room's number.
/// @param[in]  version  the version.
/// @param[out] err      receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being
/// opened.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_server_room_expire(
    server: Option<&syncline_server>,
    room: u32,
    version: u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| server.room_expire(RoomNo::new(room), Version::new(version)))
}
