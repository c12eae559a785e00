//! What a client asks of its host, or tells it, as a struct.

use std::mem::size_of;

use syncline_core::client::{ClientEvent, ClientOutput, Origin, Refused, Resume, Verdict};
use syncline_core::{Code, Content, Error, Persist, PersistMode, RoomNo};

use super::room::sync_status;
use crate::buf::syncline_buf;
use crate::growing;
use crate::guard::quietly;
use crate::json;

/// What a syncline_client_output is, and which of its fields say something.
#[repr(u32)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum syncline_client_output_kind {
    /// Nothing.
    None = 0,
    /// Manual mode: make `bytes` durable as `record`, after what is there or, if `replace`, for all of
    /// it. Answered by syncline_client_persisted() or syncline_client_persist_failed(). Unless `sync`,
    /// writing may wait for the next order.
    Persist = 1,
    /// Open a connection, and answer by syncline_client_connected() or
    /// syncline_client_disconnected().
    Connect = 2,
    /// Send `bytes` as one frame over the connection.
    Transmit = 3,
    /// Send what was transmitted, then close the connection; its end is not to be reported.
    Disconnect = 4,
    /// A standby: hand `bytes` to the leader for syncline_client_adopt(), in turn. They are the mutation
    /// `draft` of `room`.
    Propose = 5,
    /// `keys`, a JSON array, of `room` show something else than before, because of `origin`.
    Change = 32,
    /// The mutation `draft` of `room` has its `verdict`: applied, as of `version`; or refused because of
    /// `status`, by its op number `op`; or unknown because of `status`.
    Verdict = 33,
    /// An edit of `key` in the mutation `draft` of `room` was refused because of `status`, and with it
    /// those that build on it: `drafts`, a JSON array, are all of them. Their sides are `mine`, `base` and
    /// `theirs`. If `by` is not 0, it is the mutation that a resolver made in their place.
    Refused = 34,
    /// As Refused, because it was stale, and the application decides: answered by
    /// syncline_client_resolve().
    Conflict = 35,
    /// Nobody can know what became of the mutation `draft` of `room`, because of `status`; it did
    /// `edits`, a JSON array.
    Unknown = 36,
    /// A state of `room` is known: from the server, or from what was recorded.
    Ready = 37,
    /// `room` is joined again, and caught up as `resume` says; if that is a reset, because of `status`.
    Resumed = 38,
    /// What was held of `room` differs from the server's state; everything is asked for again.
    Diverged = 39,
    /// The server does not let the client into `room`, because of `status`; if `retries`, the client
    /// tries again by itself.
    Denied = 40,
    /// The connection ended because of `status` and `message`; if `retries`, the client connects again
    /// by itself.
    Failed = 41,
    /// `sync_status` of `room` is another than before; of the client, if `room` is 0.
    Status = 42,
    /// Other participants of `room` came, went or changed.
    Presence = 43,
    /// Storage failed: edits are not taken any more, and nothing is sent. See
    /// syncline_client_storage_error().
    StorageFailed = 44,
    /// The view `view` of `room` has something for its page.
    View = 45,
    /// The view `view` of `room` is not watched any more, because of `status`.
    Unwatched = 46,
    /// Every edit made before syncline_client_ask_stored() gave the mark `record`, or an earlier one, is
    /// durable.
    Stored = 47,
}

/// Who caused a change.
#[repr(u32)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum syncline_origin {
    /// An edit made on this client.
    Local = 0,
    /// What the server told.
    Remote = 1,
}

/// What became of a mutation.
#[repr(u32)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum syncline_verdict {
    /// It is in the room.
    Applied = 1,
    /// It is not in the room.
    Refused = 2,
    /// Nobody can know any more.
    Unknown = 3,
}

/// How a room caught up.
#[repr(u32)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum syncline_resume {
    /// By what had changed.
    Delta = 1,
    /// By the whole state, of the same epoch.
    Snapshot = 2,
    /// By the whole state, because continuity ended.
    Reset = 3,
}

/// One thing that a client wants done, or tells. `kind` says which fields say something; the others
/// are zero or empty.
#[repr(C)]
#[derive(Debug)]
pub struct syncline_client_output {
    /// Bytes of this struct; set by the init function.
    pub struct_size: u32,
    /// A syncline_client_output_kind.
    pub kind: u32,
    /// Which mutation; the first of a chain.
    pub draft: u64,
    /// The mutation that a resolver made; 0 for none.
    pub by: u64,
    /// Which version.
    pub version: u64,
    /// Which record, or which mark.
    pub record: u64,
    /// Which room.
    pub room: u32,
    /// Why: a syncline_status.
    pub status: i32,
    /// Which op of a mutation, counted from 0.
    pub op: u32,
    /// A syncline_verdict.
    pub verdict: u32,
    /// A syncline_origin.
    pub origin: u32,
    /// A syncline_resume.
    pub resume: u32,
    /// A syncline_sync_status.
    pub sync_status: u32,
    /// 1 if the record stands for all before it.
    pub replace: u8,
    /// 1 if something waits for the record.
    pub sync: u8,
    /// 1 if the client tries again by itself.
    pub retries: u8,
    /// Zero.
    pub reserved: u8,
    /// A frame, a record or a proposal.
    pub bytes: syncline_buf,
    /// Keys, as a JSON array.
    pub keys: syncline_buf,
    /// Which key.
    pub key: syncline_buf,
    /// What the writer made of the key, as JSON text; empty for no value.
    pub mine: syncline_buf,
    /// What the key held when the edit was made, as JSON text; empty for no value.
    pub base: syncline_buf,
    /// What the server says that the key holds, as JSON text; empty for no value.
    pub theirs: syncline_buf,
    /// Edits, as a JSON array of {"key":...,"action":...}.
    pub edits: syncline_buf,
    /// The story of `status`.
    pub message: syncline_buf,
    /// Mutations in their order, `draft` first, as a JSON array of numbers.
    pub drafts: syncline_buf,
    /// What would have been right, where there is a `message`.
    pub expected: syncline_buf,
    /// What came instead.
    pub got: syncline_buf,
    /// Which view.
    pub view: u32,
}

const EMPTY: syncline_client_output = syncline_client_output {
    struct_size: 0,
    kind: 0,
    draft: 0,
    by: 0,
    version: 0,
    record: 0,
    room: 0,
    status: 0,
    op: 0,
    verdict: 0,
    origin: 0,
    resume: 0,
    sync_status: 0,
    replace: 0,
    sync: 0,
    retries: 0,
    reserved: 0,
    bytes: syncline_buf::EMPTY,
    keys: syncline_buf::EMPTY,
    key: syncline_buf::EMPTY,
    mine: syncline_buf::EMPTY,
    base: syncline_buf::EMPTY,
    theirs: syncline_buf::EMPTY,
    edits: syncline_buf::EMPTY,
    message: syncline_buf::EMPTY,
    drafts: syncline_buf::EMPTY,
    expected: syncline_buf::EMPTY,
    got: syncline_buf::EMPTY,
    view: 0,
};

/// The caller's output, once it is known to be one.
///
/// # Safety
/// `out` is NULL, or was filled by the init function and nobody else uses it during `'a`.
pub(super) unsafe fn place<'a>(
    out: *mut syncline_client_output,
) -> Result<&'a mut syncline_client_output, Error> {
    // SAFETY: the caller promises it.
    unsafe { growing::check_place(out, "out_output") }?;
    // SAFETY: it is there, as large as it is here, and all its fields were filled.
    Ok(unsafe { &mut *out })
}

impl syncline_client_output {
    /// Frees what it holds.
    pub(super) fn clear(&mut self) {
        let struct_size = self.struct_size;
        let buffers = [
            &mut self.bytes,
            &mut self.keys,
            &mut self.key,
            &mut self.mine,
            &mut self.base,
            &mut self.theirs,
            &mut self.edits,
            &mut self.message,
            &mut self.drafts,
            &mut self.expected,
            &mut self.got,
        ];
        for buffer in buffers {
            // SAFETY: filled by the library, or zero since the init function.
            drop(unsafe { buffer.take() });
        }
        *self = Self { struct_size, ..EMPTY };
    }

    /// Takes what the client wants; the output is clear before.
    pub(super) fn fill(&mut self, output: ClientOutput) {
        use syncline_client_output_kind as Kind;
        match output {
            ClientOutput::Persist(persist) => self.fill_record(persist),
            ClientOutput::Connect => self.start(Kind::Connect),
            ClientOutput::Transmit(bytes) => {
                self.start(Kind::Transmit);
                self.bytes = syncline_buf::new(bytes);
            }
            ClientOutput::Disconnect => self.start(Kind::Disconnect),
            ClientOutput::Propose { room, proposal, bytes } => {
                self.start_in(Kind::Propose, room);
                self.draft = proposal.get();
                self.bytes = syncline_buf::new(bytes);
            }
            ClientOutput::Event(event) => self.fill_event(event),
        }
    }

    fn fill_event(&mut self, event: ClientEvent) {
        use syncline_client_output_kind as Kind;
        match event {
            ClientEvent::Change { room, keys, origin } => {
                self.start_in(Kind::Change, room);
                self.origin = number_of_origin(origin);
                self.keys = syncline_buf::new(json::keys(&keys));
            }
            ClientEvent::Verdict { room, draft, verdict } => {
                self.start_in(Kind::Verdict, room);
                self.draft = draft.get();
                self.fill_verdict(verdict);
            }
            ClientEvent::Refused { refusal, by } => {
                self.fill_refusal(Kind::Refused, &refusal);
                self.by = by.map_or(0, syncline_core::DraftId::get);
            }
            ClientEvent::Conflict(refusal) => self.fill_refusal(Kind::Conflict, &refusal),
            ClientEvent::Unknown { room, draft, reason, edits } => {
                self.start_in(Kind::Unknown, room);
                (self.draft, self.status) = (draft.get(), reason.number());
                self.edits = syncline_buf::new(json::edits(&edits));
            }
            ClientEvent::Ready { room } => self.start_in(Kind::Ready, room),
            ClientEvent::Resumed { room, kind } => {
                self.start_in(Kind::Resumed, room);
                self.fill_resume(kind);
            }
            ClientEvent::Diverged { room } => self.start_in(Kind::Diverged, room),
            ClientEvent::Denied { room, code, retries } => {
                self.start_in(Kind::Denied, room);
                (self.status, self.retries) = (code.number(), u8::from(retries));
            }
            ClientEvent::Failed { error, retries } => {
                self.start(Kind::Failed);
                (self.status, self.retries) = (error.code.number(), u8::from(retries));
                self.message = syncline_buf::new(error.to_string());
                let story = error.into_story();
                self.expected = syncline_buf::new(story.expected.into_owned());
                self.got = syncline_buf::new(story.got);
            }
            ClientEvent::Status { room, status } => {
                self.start_in(Kind::Status, room.unwrap_or_default());
                self.sync_status = sync_status(status);
            }
            ClientEvent::Presence { room } => self.start_in(Kind::Presence, room),
            #[cfg(feature = "views")]
            ClientEvent::View { room, view } => {
                self.start_in(Kind::View, room);
                self.view = view.get();
            }
            #[cfg(feature = "views")]
            ClientEvent::Unwatched { room, view, code } => {
                self.start_in(Kind::Unwatched, room);
                (self.view, self.status) = (view.get(), code.number());
            }
            ClientEvent::Stored { mark } => {
                self.start(Kind::Stored);
                self.record = mark.get();
            }
            ClientEvent::StorageFailed => {
                self.start(Kind::StorageFailed);
                self.status = Code::StorageFailed.number();
            }
        }
    }

    #[expect(clippy::as_conversions, reason = "the representation is u32")]
    const fn start(&mut self, kind: syncline_client_output_kind) {
        self.kind = kind as u32;
    }

    const fn start_in(&mut self, kind: syncline_client_output_kind, room: RoomNo) {
        self.start(kind);
        self.room = room.get();
    }

    fn fill_record(&mut self, persist: Persist) {
        self.start(syncline_client_output_kind::Persist);
        self.record = persist.id.get();
        self.replace = u8::from(persist.mode == PersistMode::Replace);
        self.sync = u8::from(persist.sync);
        self.bytes = syncline_buf::new(persist.bytes);
    }

    #[expect(clippy::as_conversions, reason = "the representation is u32")]
    fn fill_verdict(&mut self, verdict: Verdict) {
        let kind = match verdict {
            Verdict::Applied { version } => {
                self.version = version.get();
                syncline_verdict::Applied
            }
            Verdict::Refused { code, op } => {
                (self.status, self.op) = (code.number(), op);
                syncline_verdict::Refused
            }
            Verdict::Unknown { reason } => {
                self.status = reason.number();
                syncline_verdict::Unknown
            }
        };
        self.verdict = kind as u32;
    }

    #[expect(clippy::as_conversions, reason = "the representation is u32")]
    fn fill_resume(&mut self, resume: Resume) {
        let kind = match resume {
            Resume::Delta => syncline_resume::Delta,
            Resume::Snapshot => syncline_resume::Snapshot,
            Resume::Reset(reason) => {
                self.status = reason.number();
                syncline_resume::Reset
            }
        };
        self.resume = kind as u32;
    }

    fn fill_refusal(&mut self, kind: syncline_client_output_kind, refusal: &Refused) {
        let drafts = json::numbers(refusal.drafts.iter().map(|draft| draft.get()));
        self.start_in(kind, refusal.room);
        (self.draft, self.status) = (refusal.draft.get(), refusal.code.number());
        self.key = syncline_buf::new(refusal.key.as_str());
        let side = |side: &Option<Content>| {
            side.as_ref().map_or(syncline_buf::EMPTY, |side| syncline_buf::new(side.to_json()))
        };
        self.mine = side(&refusal.mine);
        self.base = side(&refusal.base);
        self.theirs = side(&refusal.theirs);
        self.drafts = syncline_buf::new(drafts);
    }
}

#[expect(clippy::as_conversions, reason = "the representation is u32")]
const fn number_of_origin(origin: Origin) -> u32 {
    match origin {
        Origin::Local => syncline_origin::Local as u32,
        Origin::Remote => syncline_origin::Remote as u32,
    }
}

/// Makes an output empty, before its first use.
///
/// @param[out] out_output   the struct; NULL is left alone. What it held is not freed.
/// @param[in]  struct_size  sizeof *out_output.
///
/// Ownership: nothing is handed over.
/// Errors: none.
/// Thread-safety: yes, for different structs.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_output_init(
    out_output: *mut syncline_client_output,
    struct_size: usize,
) {
    quietly(|| {
        // SAFETY: the header asks for a struct of this size, or NULL.
        unsafe { growing::init_zero(out_output, struct_size) };
    });
}

/// Frees what an output holds and makes it empty.
///
/// @param[in,out] output  the struct, after syncline_client_output_init(); NULL is left alone.
///
/// Ownership: frees the buffers in output; the struct itself stays the caller's.
/// Errors: none.
/// Thread-safety: yes, for different structs.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_output_clear(output: *mut syncline_client_output) {
    quietly(|| {
        // SAFETY: the header asks for a filled output, or NULL.
        if let Ok(output) = unsafe { place(output) } {
            output.clear();
        }
    });
}

const _: () = assert!(size_of::<syncline_client_output>() <= 512, "outputs are copied");
