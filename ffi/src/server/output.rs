//! What a server leaves to its host, as a struct.

use std::mem::size_of;

use syncline_core::host::{HostEvent, HostOutput};
use syncline_core::{Code, Error, Persist, PersistMode};

use crate::buf::syncline_buf;
use crate::growing;
use crate::guard::quietly;
use crate::json::written;

/// What a syncline_server_output is, and which of its fields say something.
#[repr(u32)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum syncline_server_output_kind {
    /// Nothing.
    None = 0,
    /// Send `bytes` as one frame to `conn`. Say syncline_server_writable() when all that was
    /// transmitted to the connection has left.
    Transmit = 1,
    /// Read no more from `conn` for now. What is received all the same is held, up to one frame's
    /// worth.
    Pause = 2,
    /// Read from `conn` again.
    Resume = 3,
    /// End `conn` after what was transmitted, because of `status`; the server has forgotten it.
    Close = 4,
    /// Who is on `conn`, with this `token` and this `schema`, and what may they do in the room `name`?
    /// Answered by syncline_server_grant() or syncline_server_deny() with `request`.
    Authorize = 5,
    /// Manual mode: read the blobs of the room `name`. Answered by syncline_server_room_opened() or
    /// syncline_server_room_failed() with `room`.
    OpenRoom = 6,
    /// Manual mode: make `bytes` durable as the record `record` of `room`, after what is there or, if
    /// `replace`, for all of it. Answered by syncline_server_persisted() or
    /// syncline_server_room_failed(). Unless `sync`, writing may wait for the next order.
    Persist = 7,
    /// Manual mode: nothing more comes for `room`; if `remove`, remove its blobs.
    CloseRoom = 8,
    /// Render the view `name` of `room`: somebody watches it, and something that it may show changed.
    /// Asked if the option `views` is set. Answered by syncline_server_room_show(), _keep_view() or
    /// _end_view().
    Render = 9,
    /// `principal` came into `room`, on `channel` of `conn`.
    Joined = 32,
    /// `principal`, who was in `room` on `channel` of `conn`, is out: because of `status`, or by itself
    /// if that is 0.
    Left = 33,
    /// `room`, whose name is `name`, is open. `dropped_bytes` at the end of its journal were dropped: a
    /// crash came before their sync, or they are damaged since.
    Opened = 34,
    /// `room`, whose name is `name`, could not be opened or lost its storage, because of `status` and
    /// `message`. Its number means nothing any more.
    Failed = 35,
    /// `room`, whose name is `name`, is closed and all that it had accepted is durable. Its number
    /// means nothing any more.
    Closed = 36,
    /// The write `write` to `room` is durable as `version`.
    Written = 37,
    /// The write `write` to `room` was refused because of `status` and `message`; after _STORAGE_FAILED,
    /// _DELETED or _CLOSED its outcome is unknown.
    WriteFailed = 38,
    /// `keys` of `room`, a JSON array, changed by `principals`, a JSON array, and its version is now
    /// `version`. Told if the option `watch` is set.
    Changed = 39,
}

/// One thing that a server wants done, or tells. `kind` says which fields say something; the others
/// are zero or empty.
#[repr(C)]
#[derive(Debug)]
pub struct syncline_server_output {
    /// Bytes of this struct; set by the init function.
    pub struct_size: u32,
    /// A syncline_server_output_kind.
    pub kind: u32,
    /// Which connection.
    pub conn: u64,
    /// Which question.
    pub request: u64,
    /// Which write of the program.
    pub write: u64,
    /// Which version.
    pub version: u64,
    /// Which record.
    pub record: u64,
    /// Bytes that were dropped.
    pub dropped_bytes: u64,
    /// Which room.
    pub room: u32,
    /// Which channel.
    pub channel: u32,
    /// Why: a syncline_status.
    pub status: i32,
    /// 1 if the record stands for all before it.
    pub replace: u8,
    /// 1 if something waits for the record.
    pub sync: u8,
    /// 1 if the room's blobs are to be removed.
    pub remove: u8,
    /// Zero.
    pub reserved: u8,
    /// A frame or a record.
    pub bytes: syncline_buf,
    /// The name of a room.
    pub name: syncline_buf,
    /// Who.
    pub principal: syncline_buf,
    /// The latest token.
    pub token: syncline_buf,
    /// The application's schema name.
    pub schema: syncline_buf,
    /// The story of `status`.
    pub message: syncline_buf,
    /// Keys, as a JSON array.
    pub keys: syncline_buf,
    /// Principals, as a JSON array.
    pub principals: syncline_buf,
}

const EMPTY: syncline_server_output = syncline_server_output {
    struct_size: 0,
    kind: 0,
    conn: 0,
    request: 0,
    write: 0,
    version: 0,
    record: 0,
    dropped_bytes: 0,
    room: 0,
    channel: 0,
    status: 0,
    replace: 0,
    sync: 0,
    remove: 0,
    reserved: 0,
    bytes: syncline_buf::EMPTY,
    name: syncline_buf::EMPTY,
    principal: syncline_buf::EMPTY,
    token: syncline_buf::EMPTY,
    schema: syncline_buf::EMPTY,
    message: syncline_buf::EMPTY,
    keys: syncline_buf::EMPTY,
    principals: syncline_buf::EMPTY,
};

/// The caller's output, once it is known to be one.
///
/// # Safety
/// `out` is NULL, or was filled by the init function and nobody else uses it during `'a`.
pub(super) unsafe fn place<'a>(
    out: *mut syncline_server_output,
) -> Result<&'a mut syncline_server_output, Error> {
    // SAFETY: the caller promises it.
    unsafe { growing::check_place(out, "out_output") }?;
    // SAFETY: it is there, as large as it is here, and all its fields were filled.
    Ok(unsafe { &mut *out })
}

impl syncline_server_output {
    /// Frees what it holds.
    pub(super) fn clear(&mut self) {
        let struct_size = self.struct_size;
        let buffers = [
            &mut self.bytes,
            &mut self.name,
            &mut self.principal,
            &mut self.token,
            &mut self.schema,
            &mut self.message,
            &mut self.keys,
            &mut self.principals,
        ];
        for buffer in buffers {
            // SAFETY: filled by the library, or zero since the init function.
            drop(unsafe { buffer.take() });
        }
        *self = Self { struct_size, ..EMPTY };
    }

    /// Takes what the server wants; the output is clear before.
    pub(super) fn fill(&mut self, output: HostOutput) -> Result<(), Error> {
        use syncline_server_output_kind as Kind;
        match output {
            HostOutput::Transmit { conn, bytes } => {
                self.start(Kind::Transmit).conn = conn.get();
                self.bytes = syncline_buf::new(bytes);
            }
            HostOutput::Pause { conn } => self.start(Kind::Pause).conn = conn.get(),
            HostOutput::Resume { conn } => self.start(Kind::Resume).conn = conn.get(),
            HostOutput::Close { conn, code } => {
                self.start(Kind::Close).conn = conn.get();
                self.status = code.number();
            }
            HostOutput::Authorize { request, conn, token, schema, room } => {
                self.start(Kind::Authorize).request = request.get();
                self.conn = conn.get();
                self.token = syncline_buf::new(token.into_string());
                self.schema = syncline_buf::new(schema);
                self.name = syncline_buf::new(room.as_str());
            }
            HostOutput::OpenRoom { room, name } => {
                self.start(Kind::OpenRoom).room = room.get();
                self.name = syncline_buf::new(name.as_str());
            }
            HostOutput::Persist { room, persist } => {
                self.start(Kind::Persist).room = room.get();
                self.fill_record(persist);
            }
            HostOutput::CloseRoom { room, delete } => {
                self.start(Kind::CloseRoom).room = room.get();
                self.remove = u8::from(delete);
            }
            #[cfg(feature = "views")]
            HostOutput::Render { room, view } => {
                self.start(Kind::Render).room = room.get();
                self.name = syncline_buf::new(view.as_str());
            }
            HostOutput::Event(event) => return self.fill_event(event),
        }
        Ok(())
    }

    fn fill_event(&mut self, event: HostEvent) -> Result<(), Error> {
        use syncline_server_output_kind as Kind;
        match event {
            HostEvent::Joined { conn, channel, room, principal } => {
                self.start(Kind::Joined).conn = conn.get();
                (self.channel, self.room) = (channel.get(), room.get());
                self.principal = syncline_buf::new(principal.as_str());
            }
            HostEvent::Left { conn, channel, room, principal, code } => {
                self.start(Kind::Left).conn = conn.get();
                (self.channel, self.room) = (channel.get(), room.get());
                self.principal = syncline_buf::new(principal.as_str());
                self.status = code.map_or(0, Code::number);
            }
            HostEvent::Opened { room, name, dropped_bytes } => {
                self.start(Kind::Opened).room = room.get();
                self.name = syncline_buf::new(name.as_str());
                self.dropped_bytes = dropped_bytes;
            }
            HostEvent::Failed { room, name, error } => {
                self.start(Kind::Failed).room = room.get();
                self.name = syncline_buf::new(name.as_str());
                self.fill_error(&error);
            }
            HostEvent::Closed { room, name } => {
                self.start(Kind::Closed).room = room.get();
                self.name = syncline_buf::new(name.as_str());
            }
            HostEvent::Written { room, write, version } => {
                self.start(Kind::Written).room = room.get();
                (self.write, self.version) = (write.get(), version.get());
            }
            HostEvent::WriteFailed { room, write, error } => {
                self.start(Kind::WriteFailed).room = room.get();
                self.write = write.get();
                self.fill_error(&error);
            }
            HostEvent::Changed { room, changed } => {
                self.start(Kind::Changed).room = room.get();
                self.version = changed.version.get();
                self.keys = syncline_buf::new(written(&changed.keys)?);
                self.principals = syncline_buf::new(written(&changed.principals)?);
            }
        }
        Ok(())
    }

    #[expect(clippy::as_conversions, reason = "the representation is u32")]
    const fn start(&mut self, kind: syncline_server_output_kind) -> &mut Self {
        self.kind = kind as u32;
        self
    }

    fn fill_record(&mut self, persist: Persist) {
        self.record = persist.id.get();
        self.replace = u8::from(persist.mode == PersistMode::Replace);
        self.sync = u8::from(persist.sync);
        self.bytes = syncline_buf::new(persist.bytes);
    }

    fn fill_error(&mut self, error: &Error) {
        self.status = error.code.number();
        self.message = syncline_buf::new(error.to_string());
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
pub unsafe extern "C" fn syncline_server_output_init(
    out_output: *mut syncline_server_output,
    struct_size: usize,
) {
    quietly(|| {
        // SAFETY: the header asks for a struct of this size, or NULL.
        unsafe { growing::init_zero(out_output, struct_size) };
    });
}

/// Frees what an output holds and makes it empty.
///
/// @param[in,out] output  the struct, after syncline_server_output_init(); NULL is left alone.
///
/// Ownership: frees the buffers in output; the struct itself stays the caller's.
/// Errors: none.
/// Thread-safety: yes, for different structs.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_output_clear(output: *mut syncline_server_output) {
    quietly(|| {
        // SAFETY: the header asks for a filled output, or NULL.
        if let Ok(output) = unsafe { place(output) } {
            output.clear();
        }
    });
}

const _: () = assert!(size_of::<syncline_server_output>() <= 512, "outputs are copied");
