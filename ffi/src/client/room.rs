//! A client's rooms: which are open, and how well each is.
//!
//! A room keeps its number as long as anything is known of it, also across restarts.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::client::Status;
use syncline_core::{Code, Durability, Epoch, RoomName, RoomNo, Time, Version};

use super::syncline_client;
use crate::buf::{count, syncline_buf};
use crate::error::syncline_error;
use crate::guard::{guard_handle, place, put, put_found, text};
use crate::mode::syncline_durability;
use crate::status::syncline_status;

/// How far a room is from its server, from best to worst.
#[repr(u32)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum syncline_sync_status {
    /// What is shown is what the server has told, and every edit has its verdict.
    Synced = 0,
    /// Connected, with something still under way.
    Pending = 1,
    /// Not connected; edits are kept.
    Offline = 2,
    /// Several attempts in a row have failed, or something has failed for good: a person should know.
    Degraded = 3,
}

#[expect(clippy::as_conversions, reason = "the representation is u32")]
pub(super) fn sync_status(status: Status) -> u32 {
    let status = match status {
        Status::Synced => syncline_sync_status::Synced,
        Status::Pending => syncline_sync_status::Pending,
        Status::Offline => syncline_sync_status::Offline,
        Status::Degraded => syncline_sync_status::Degraded,
    };
    status as u32
}

/// Opens a room: shows what is known of it, and keeps it in sync while there is a connection.
///
/// Opening it again asks again where the server has denied it.
///
/// @param[in]  client    the handle.
/// @param[in]  name      the room's name.
/// @param[in]  name_len  its length in bytes.
/// @param[in]  writes    0 to read only; everything else to write too.
/// @param[out] out_room  receives the room's number.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: name is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _TOO_MANY above the limit of rooms.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_room_open(
    client: Option<&syncline_client>,
    name: *const c_char,
    name_len: usize,
    writes: i32,
    out_room: *mut u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_room, "out_room")?;
        // SAFETY: the header asks for `name_len` readable bytes.
        let name = RoomName::new(unsafe { text(name, name_len, "name") }?)?;
        let room = client.open(&name, writes != 0)?;
        // SAFETY: the caller gives a place for the number.
        unsafe { put(out_room, room.get()) };
        Ok(())
    })
}

/// Leaves a room. What is known of it, edits without a verdict included, stays until it is opened
/// again.
///
/// @param[in]  client  the handle.
/// @param[in]  room    the room's number; an unknown one is left alone.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_client_room_close(
    client: Option<&syncline_client>,
    room: u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| client.close_room(RoomNo::new(room)))
}

/// Leaves a room and forgets all that is known of it; its edits without a verdict are given up.
///
/// @param[in]  client  the handle.
/// @param[in]  room    the room's number; an unknown one is left alone.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_client_room_forget(
    client: Option<&syncline_client>,
    room: u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| client.forget_room(RoomNo::new(room)))
}

/// Tells the number under which a room is known, open or not.
///
/// @param[in]  client    the handle.
/// @param[in]  name      the room's name.
/// @param[in]  name_len  its length in bytes.
/// @param[out] out_room  receives the room's number.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: name is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8. SYNCLINE_STATUS_DONE says that nothing is known
/// of it.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_room_find(
    client: Option<&syncline_client>,
    name: *const c_char,
    name_len: usize,
    out_room: *mut u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        // SAFETY: the header asks for `name_len` readable bytes.
        let name = RoomName::new(unsafe { text(name, name_len, "name") }?)?;
        place(out_room, "out_room")?;
        let room = client.room(&name)?;
        // SAFETY: the caller gives a place for the number.
        Ok(unsafe { put_found(out_room, room.map(RoomNo::get)) })
    })
}

/// Tells the name of a room.
///
/// @param[in]  client    the handle.
/// @param[in]  room      the room's number.
/// @param[out] out_name  receives the name.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_name is owned by the caller and freed with syncline_buf_free().
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that nothing is known of the room.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_room_name(
    client: Option<&syncline_client>,
    room: u32,
    out_name: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_name, "out_name")?;
        let name = client.room_name(RoomNo::new(room))?;
        let name = name.map(|name| syncline_buf::new(name.as_str()));
        // SAFETY: the caller gives a place for the name.
        Ok(unsafe { put_found(out_name, name) })
    })
}

/// Tells how far an open room is from its server, and when all was last well.
///
/// @param[in]  client             the handle.
/// @param[in]  room               the room's number.
/// @param[out] out_status         receives a syncline_sync_status.
/// @param[out] out_synced_micros  receives when nothing was missing last, in microseconds since the
/// client's origin, or UINT64_MAX for never since the start; may be NULL.
/// @param[out] err                receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that the room is not open.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_room_status(
    client: Option<&syncline_client>,
    room: u32,
    out_status: *mut u32,
    out_synced_micros: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_status, "out_status")?;
        let Some(status) = client.status(RoomNo::new(room))? else {
            return Ok(syncline_status::Done);
        };
        let synced_at = status.synced_at.map_or(u64::MAX, Time::as_micros);
        // SAFETY: the caller gives NULL or a place for the time.
        unsafe { put(out_synced_micros, synced_at) };
        // SAFETY: the caller gives a place for the status.
        unsafe { put(out_status, sync_status(status.status)) };
        Ok(syncline_status::Ok)
    })
}

/// Tells the status of the worst open room; without one, that of the connection.
///
/// @param[in]  client      the handle.
/// @param[out] out_status  receives a syncline_sync_status.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_status(
    client: Option<&syncline_client>,
    out_status: *mut u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_status, "out_status")?;
        let status = client.overall_status()?;
        // SAFETY: the caller gives a place for the status.
        unsafe { put(out_status, sync_status(status)) };
        Ok(())
    })
}

/// Tells whether a state of the room is known, from the server or from what was recorded.
///
/// @param[in]  client  the handle.
/// @param[in]  room    the room's number.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that none is known.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_client_room_ready(
    client: Option<&syncline_client>,
    room: u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        let ready = client.ready(RoomNo::new(room))?;
        Ok(if ready { syncline_status::Ok } else { syncline_status::Done })
    })
}

/// Tells why the client does not come into an open room and does not ask again by itself: the room is
/// denied, or the connection has ended, for good.
///
/// For SYNCLINE_STATUS_UNAUTHORIZED and _FORBIDDEN a newer token makes it try again; where the room itself
/// is denied, so does opening it again.
///
/// @param[in]  client      the handle.
/// @param[in]  room        the room's number.
/// @param[out] out_reason  receives a syncline_status.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that the client is in, or tries.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_room_denied(
    client: Option<&syncline_client>,
    room: u32,
    out_reason: *mut i32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_reason, "out_reason")?;
        let reason = client.denied(RoomNo::new(room))?;
        // SAFETY: the caller gives a place for the number.
        Ok(unsafe { put_found(out_reason, reason.map(Code::number)) })
    })
}

/// Tells the version up to which a room's state is confirmed here.
///
/// @param[in]  client       the handle.
/// @param[in]  room         the room's number.
/// @param[out] out_version  receives the version.
/// @param[out] err          receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that nothing is known of the room.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_room_version(
    client: Option<&syncline_client>,
    room: u32,
    out_version: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_version, "out_version")?;
        let version = client.version(RoomNo::new(room))?;
        // SAFETY: the caller gives a place for the version.
        Ok(unsafe { put_found(out_version, version.map(Version::get)) })
    })
}

/// Tells the epoch of a room's confirmed state.
///
/// @param[in]  client     the handle.
/// @param[in]  room       the room's number.
/// @param[out] out_epoch  receives the epoch; as text it is 16 hexadecimal digits.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that none is known.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_room_epoch(
    client: Option<&syncline_client>,
    room: u32,
    out_epoch: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_epoch, "out_epoch")?;
        let epoch = client.epoch(RoomNo::new(room))?;
        // SAFETY: the caller gives a place for the epoch.
        Ok(unsafe { put_found(out_epoch, epoch.map(Epoch::get)) })
    })
}

/// Tells whether the server's word on a room survives a crash of the server, as it said last.
///
/// @param[in]  client          the handle.
/// @param[in]  room            the room's number.
/// @param[out] out_durability  receives a syncline_durability.
/// @param[out] err             receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that nothing is known of the room.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
#[expect(clippy::as_conversions, reason = "the representation is u32")]
pub unsafe extern "C" fn syncline_client_room_durability(
    client: Option<&syncline_client>,
    room: u32,
    out_durability: *mut u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_durability, "out_durability")?;
        let durability = client.durability(RoomNo::new(room))?;
        let durability = durability.map(|durability| match durability {
            Durability::Durable => syncline_durability::Durable as u32,
            Durability::Volatile => syncline_durability::Volatile as u32,
        });
        // SAFETY: the caller gives a place for the number.
        Ok(unsafe { put_found(out_durability, durability) })
    })
}

/// Counts the mutations of a room that have no verdict yet.
///
/// @param[in]  client       the handle.
/// @param[in]  room         the room's number; an unknown one has none.
/// @param[out] out_pending  receives the number.
/// @param[out] err          receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_room_pending(
    client: Option<&syncline_client>,
    room: u32,
    out_pending: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_pending, "out_pending")?;
        let pending = client.pending(RoomNo::new(room))?;
        // SAFETY: the caller gives a place for the number.
        unsafe { put(out_pending, count(pending)) };
        Ok(())
    })
}

/// Counts the mutations of all rooms that have no verdict yet, also of rooms that are not open.
///
/// @param[in]  client       the handle.
/// @param[out] out_pending  receives the number.
/// @param[out] err          receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_pending(
    client: Option<&syncline_client>,
    out_pending: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_pending, "out_pending")?;
        let pending = client.pending_total()?;
        // SAFETY: the caller gives a place for the number.
        unsafe { put(out_pending, count(pending)) };
        Ok(())
    })
}
