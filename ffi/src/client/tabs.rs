//! What a client does for the standbys that follow it.

use std::mem::MaybeUninit;

use syncline_core::client::Fate;
use syncline_core::{DraftId, RoomNo, TabId};

use super::syncline_client;
use crate::buf::syncline_buf;
use crate::error::syncline_error;
use crate::guard::{bytes, guard_handle, place, put};
use crate::status::syncline_status;

/// What became of a proposal.
#[repr(u32)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum syncline_fate {
    /// It was not handed to this client.
    NeverSeen = 0,
    /// It is part of a mutation that has no verdict yet.
    Pending = 1,
    /// It is in the room, as part of a mutation.
    Applied = 2,
    /// It is not in the room.
    Refused = 3,
    /// Nobody can know, or it is forgotten.
    Unknown = 4,
}

/// Tells everything that a client knows as one blob, for a standby.
///
/// Hand it over once the record is durable, and then the bytes of every later record once that is
/// durable. Nothing need be polled before.
///
/// @param[in]  client      the handle, in manual mode.
/// @param[out] out_bytes   receives the bytes.
/// @param[out] out_record  receives the number of the latest record that they hold; 0 for none. May be
///                         NULL.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: *out_bytes is owned by the caller and freed with syncline_buf_free().
/// Errors: SYNCLINE_STATUS_WRONG_MODE for a client that does not record its edits and its state.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_snapshot(
    client: Option<&syncline_client>,
    out_bytes: *mut syncline_buf,
    out_record: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_bytes, "out_bytes")?;
        let snapshot = client.snapshot()?;
        // SAFETY: the caller gives a place for the bytes.
        unsafe { put(out_bytes, syncline_buf::new(snapshot.bytes)) };
        // SAFETY: the caller gives NULL or a place for the number.
        unsafe { put(out_record, snapshot.record.get()) };
        Ok(())
    })
}

/// Gives a client the proposal of a standby that follows it. A proposal that it was given before gives
/// the same mutation again, and changes nothing.
///
/// Give the proposals of a standby in the order in which they came.
///
/// @param[in]  client     the handle.
/// @param[in]  tab        the number of the standby.
/// @param[in]  bytes      the bytes of the output.
/// @param[in]  bytes_len  their length.
/// @param[out] out_draft  receives the mutation that it is part of; may be NULL.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: bytes are borrowed for the call.
/// Errors: SYNCLINE_STATUS_NOT_FOUND if the room is not open for writing: open it, and give the proposal
/// again. _STORAGE_CORRUPT and _INVALID_ARGUMENT for what no standby has just handed out, _WRONG_MODE for a
/// standby, _POISONED. All others, those of syncline_client_set(), are the end of the proposal; the
/// standby learns of it by syncline_client_follow().
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_adopt(
    client: Option<&syncline_client>,
    tab: u64,
    bytes: *const u8,
    bytes_len: usize,
    out_draft: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        // SAFETY: the header asks for `bytes_len` readable bytes.
        let bytes = unsafe { self::bytes(bytes, bytes_len, "bytes") }?;
        let draft = client.adopt(TabId::new(tab), bytes)?;
        // SAFETY: the caller gives NULL or a place for the number.
        unsafe { put(out_draft, draft.get()) };
        Ok(())
    })
}

/// Tells what became of a proposal: for a verdict that the leader before told nobody.
///
/// The latest 256 proposals of each standby and room are remembered, of the 64 standbys of a room that
/// were answered last, and of all whose mutations wait. A standby that knows which mutation its proposal was adopted as tells that in
/// `adopted`. Then older ones are known as well, but for what is older than the latest 4,096 mutations that
/// failed since a standby followed this client; and one that another leader adopted, of which this one has
/// not heard, is unknown rather than never seen.
///
/// @param[in]  client      the handle.
/// @param[in]  room        this client's number of the room.
/// @param[in]  tab         the number of the standby.
/// @param[in]  proposal    the mutation, as the standby named it; or one of this client's own.
/// @param[in]  adopted     the mutation that it was adopted as; 0 if that is not known.
/// @param[out] out_fate    receives a syncline_fate.
/// @param[out] out_draft   receives the mutation that it is part of, if it is pending or applied, else 0;
///                         may be NULL.
/// @param[out] out_status  receives why it was refused, else 0; may be NULL.
/// @param[out] out_op      receives the op for which it was refused, counted from 0; may be NULL.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_fate(
    client: Option<&syncline_client>,
    room: u32,
    tab: u64,
    proposal: u64,
    adopted: u64,
    out_fate: *mut u32,
    out_draft: *mut u64,
    out_status: *mut i32,
    out_op: *mut u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_fate, "out_fate")?;
        let (room, tab) = (RoomNo::new(room), TabId::new(tab));
        let taken = Some(DraftId::new(adopted)).filter(|taken| *taken != DraftId::default());
        let fate = client.fate(room, tab, DraftId::new(proposal), taken)?;
        let (fate, draft, status, op) = parts(fate);
        #[expect(clippy::as_conversions, reason = "the representation is u32")]
        let fate = fate as u32;
        // SAFETY: the caller gives a place for the fate.
        unsafe { put(out_fate, fate) };
        // SAFETY: the caller gives NULL or a place for the mutation.
        unsafe { put(out_draft, draft) };
        // SAFETY: the caller gives NULL or a place for the status.
        unsafe { put(out_status, status) };
        // SAFETY: the caller gives NULL or a place for the op.
        unsafe { put(out_op, op) };
        Ok(())
    })
}

const fn parts(fate: Fate) -> (syncline_fate, u64, i32, u32) {
    match fate {
        Fate::NeverSeen => (syncline_fate::NeverSeen, 0, 0, 0),
        Fate::Pending(draft) => (syncline_fate::Pending, draft.get(), 0, 0),
        Fate::Applied(draft) => (syncline_fate::Applied, draft.get(), 0, 0),
        Fate::Refused { code, op } => (syncline_fate::Refused, 0, code.number(), op),
        Fate::Unknown => (syncline_fate::Unknown, 0, 0, 0),
    }
}

/// Forgets the proposals of a standby that is gone for good. The mutations that are made of them stay.
///
/// @param[in]  client  the handle.
/// @param[in]  tab     the number of the standby.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_client_forget_tab(
    client: Option<&syncline_client>,
    tab: u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| client.forget_tab(TabId::new(tab)))
}
