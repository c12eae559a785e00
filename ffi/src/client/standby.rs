//! A client that follows another one: how it is made, what it takes, and what it hands out.

use std::mem::MaybeUninit;

use syncline_core::host::ClientHandle;
use syncline_core::{Code, DraftId, Error, RoomNo, TabId};

use super::config::{Config, syncline_client_config};
use super::syncline_client;
use crate::error::syncline_error;
use crate::guard::{Cell, bytes, guard, guard_handle, place, put};
use crate::status::{code, syncline_status};

/// Makes a standby: a client that holds what another one, its leader, holds, and hands its own edits
/// to it.
///
/// It asks for no connection and records nothing. It is in manual mode. Of its outputs only
/// SYNCLINE_CLIENT_OUTPUT_KIND_PROPOSE asks for something. It begins with what syncline_client_snapshot()
/// tells of the leader and goes on by syncline_client_follow().
///
/// @param[in]  config        filled by syncline_client_config_init(), in manual mode; blobs are not read.
/// @param[in]  tab           a number below 2^53 that no other standby has had, of this leader or one
///                           before it.
/// @param[in]  snapshot      the leader's snapshot; may be empty if there is none yet.
/// @param[in]  snapshot_len  its length in bytes.
/// @param[out] out_client    receives the handle.
/// @param[out] err           receives an owned error on failure; may be NULL.
///
/// Ownership: config, what it points at, and snapshot are borrowed for the call. *out_client is owned by
/// the caller and freed with syncline_client_free().
/// Errors: SYNCLINE_STATUS_STORAGE_CORRUPT, _WRONG_MODE for automatic mode, _INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_standby_new(
    config: *const syncline_client_config,
    tab: u64,
    snapshot: *const u8,
    snapshot_len: usize,
    out_client: *mut *mut syncline_client,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard(err, || {
        place(out_client, "out_client")?;
        // SAFETY: the header asks for a filled config.
        let config = unsafe { Config::read(config) }?;
        // SAFETY: the header asks for `snapshot_len` readable bytes.
        let snapshot = unsafe { bytes(snapshot, snapshot_len, "snapshot") }?;
        if !config.manual {
            return Err(Error::new(Code::WrongMode, "manual mode", "automatic mode"));
        }
        let options = config.client()?;
        let (seed, now) = (config.seed, config.now);
        let handle = ClientHandle::standby(options, seed, TabId::new(tab), snapshot, now)?;
        let client = Box::new(syncline_client(Cell::new(handle)));
        // SAFETY: the caller gives a place for the handle.
        unsafe { put(out_client, Box::into_raw(client)) };
        Ok(())
    })
}

/// Gives a standby what its leader asked to persist, or a snapshot of the leader.
///
/// Give every order that the snapshot does not hold, in turn, once it is durable.
///
/// @param[in]  client     the handle of the standby.
/// @param[in]  bytes      the bytes of the order or of the snapshot; may be empty.
/// @param[in]  bytes_len  their length.
/// @param[in]  replace    1 if they stand for all before, as a snapshot does; else 0.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: bytes are borrowed for the call.
/// Errors: SYNCLINE_STATUS_WRONG_MODE for a client that leads, _STORAGE_CORRUPT: ask for a snapshot then.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_follow(
    client: Option<&syncline_client>,
    bytes: *const u8,
    bytes_len: usize,
    replace: i32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        // SAFETY: the header asks for `bytes_len` readable bytes.
        let bytes = unsafe { crate::guard::bytes(bytes, bytes_len, "bytes") }?;
        client.follow(bytes, replace != 0)
    })
}

/// Asks a standby to hand everything out again that the leader is not known to have decided on: for
/// another leader.
///
/// @param[in]  client  the handle of the standby.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_WRONG_MODE for a client that leads.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_client_propose_again(
    client: Option<&syncline_client>,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, ClientHandle::propose_again)
}

/// Tells how many mutations of a standby the leader is not known to have decided on.
///
/// @param[in]  client     the handle.
/// @param[out] out_count  receives the number; 0 for a client that leads.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_proposals(
    client: Option<&syncline_client>,
    out_count: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_count, "out_count")?;
        let proposals = client.proposals()?;
        // SAFETY: the caller gives a place for the number.
        unsafe { put(out_count, crate::buf::count(proposals)) };
        Ok(())
    })
}

/// Takes a proposal back that the leader cannot take and of which it has recorded nothing. It is told as
/// refused.
///
/// @param[in]  client    the handle of the standby.
/// @param[in]  room      the standby's number of the room.
/// @param[in]  proposal  the mutation; one that is not outstanding is left alone.
/// @param[in]  status    why, as SYNCLINE_STATUS_FORBIDDEN.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_WRONG_MODE for a client that leads, _INVALID_ARGUMENT for a number that is no
/// error.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_client_withdraw(
    client: Option<&syncline_client>,
    room: u32,
    proposal: u64,
    status: i32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        client.withdraw(RoomNo::new(room), DraftId::new(proposal), code(status)?)
    })
}
