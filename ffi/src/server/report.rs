//! What there is to know about a room, as a struct.

use std::mem::{MaybeUninit, size_of};

use syncline_core::RoomNo;
use syncline_core::host::RoomReport;

use super::syncline_server;
use crate::buf::{count, syncline_buf};
use crate::error::syncline_error;
use crate::growing;
use crate::guard::{guard_handle, place, put, quietly};
use crate::status::syncline_status;

/// What there is to know about a room at one moment.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct syncline_room_report {
    /// Bytes of this struct; set by the init function.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The epoch, which changes when continuity ends.
    pub epoch: u64,
    /// The durable version.
    pub version: u64,
    /// The version once all that is accepted is durable.
    pub staged_version: u64,
    /// A number that equal rooms share.
    pub digest: u64,
    /// Durable keys that hold a value.
    pub keys: u64,
    /// Bytes of the durable keys and values, as limits count them.
    pub bytes: u64,
    /// Readers that are in or coming in.
    pub readers: u64,
    /// Clients that the room remembers.
    pub registers: u64,
}

/// Prepares a report, before its first use.
///
/// @param[out] out_report   the struct; NULL is left alone.
/// @param[in]  struct_size  sizeof *out_report.
///
/// Ownership: nothing is handed over.
/// Errors: none.
/// Thread-safety: yes, for different structs.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_room_report_init(
    out_report: *mut syncline_room_report,
    struct_size: usize,
) {
    quietly(|| {
        // SAFETY: the header asks for a struct of this size, or NULL.
        unsafe { growing::init_zero(out_report, struct_size) };
    });
}

/// Tells what there is to know about a room.
///
/// @param[in]  server      the handle.
/// @param[in]  room        the room's number.
/// @param[out] out_report  receives the report; filled by syncline_room_report_init() before.
/// @param[out] out_name    receives the room's name; may be NULL.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: *out_name is owned by the caller and freed with syncline_buf_free().
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being opened.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_report(
    server: Option<&syncline_server>,
    room: u32,
    out_report: *mut syncline_room_report,
    out_name: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        // SAFETY: the header asks for a filled struct.
        unsafe { growing::check_place(out_report, "out_report") }?;
        let report = server.room_report(RoomNo::new(room))?;
        // SAFETY: it is there and as large as it is here.
        let struct_size = unsafe { (*out_report).struct_size };
        // SAFETY: as above.
        unsafe { put(out_report, copied(&report, struct_size)) };
        if !out_name.is_null() {
            // SAFETY: the caller gives a place for the name.
            unsafe { put(out_name, syncline_buf::new(report.name.as_str())) };
        }
        Ok(())
    })
}

/// Tells what a room has counted of its clients' mutations, as one line of JSON.
///
/// It counts "total", "applied", "refused", "conflicts" and "retried"; the other members stay empty.
///
/// @param[in]  server    the handle.
/// @param[in]  room      the room's number.
/// @param[out] out_json  receives the JSON text.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
/// Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being opened.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_room_metrics(
    server: Option<&syncline_server>,
    room: u32,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_json, "out_json")?;
        let json = server.room_metrics(RoomNo::new(room))?.report(0).to_json();
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_json, syncline_buf::new(json)) };
        Ok(())
    })
}

fn copied(report: &RoomReport, struct_size: u32) -> syncline_room_report {
    syncline_room_report {
        struct_size,
        reserved: 0,
        epoch: report.epoch.get(),
        version: report.version.get(),
        staged_version: report.staged_version.get(),
        digest: report.digest.get(),
        keys: count(report.keys),
        bytes: count(report.bytes),
        readers: count(report.readers),
        registers: count(report.registers),
    }
}

const _: () = assert!(size_of::<syncline_room_report>() == 72, "no padding, on any machine");
