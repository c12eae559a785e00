//! Which attributes each kind of output has.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use syncline_core::client::{ClientEvent, ClientOutput, Origin, Refused, Resume, Status, Verdict};
use syncline_core::host::{HostEvent, HostOutput};
use syncline_core::{DraftId, Durability, Error, Key, Persist, PersistMode, Principal, RoomNo};

use super::Output;

/// The name of a status.
pub(crate) const fn status_name(status: Status) -> &'static str {
    match status {
        Status::Synced => "synced",
        Status::Pending => "pending",
        Status::Offline => "offline",
        Status::Degraded => "degraded",
    }
}

/// The name of a durability.
pub(crate) const fn durability_name(durability: Durability) -> &'static str {
    match durability {
        Durability::Durable => "durable",
        Durability::Volatile => "volatile",
    }
}

impl Output {
    fn of(kind: &'static str) -> Self {
        Self { kind, ..Self::default() }
    }

    fn persist(py: Python<'_>, persist: &Persist) -> Self {
        Self {
            record: Some(persist.id.get()),
            replace: Some(persist.mode == PersistMode::Replace),
            sync: Some(persist.sync),
            bytes: Some(PyBytes::new(py, &persist.bytes).unbind()),
            ..Self::of("persist")
        }
    }

    fn with_error(self, error: Error) -> Self {
        let story = error.into_story();
        let (expected, actual) = (Some(story.expected.into_owned()), Some(story.got));
        Self { code: Some(story.code), expected, actual, ..self }
    }

    fn refusal(kind: &'static str, refused: Refused) -> Self {
        Self {
            room: Some(refused.room.get()),
            draft: Some(refused.draft.get()),
            drafts: Some(refused.drafts.into_iter().map(DraftId::get).collect()),
            key: Some(refused.key.as_str().to_owned()),
            code: Some(refused.code),
            mine: refused.mine,
            base: refused.base,
            theirs: refused.theirs,
            ..Self::of(kind)
        }
    }

    /// An output of a client.
    pub(crate) fn of_client(py: Python<'_>, output: ClientOutput) -> Self {
        match output {
            ClientOutput::Persist(persist) => Self::persist(py, &persist),
            ClientOutput::Connect => Self::of("connect"),
            ClientOutput::Transmit(bytes) => {
                Self { bytes: Some(PyBytes::new(py, &bytes).unbind()), ..Self::of("transmit") }
            }
            ClientOutput::Disconnect => Self::of("disconnect"),
            ClientOutput::Propose { room, proposal, bytes } => Self {
                room: Some(room.get()),
                draft: Some(proposal.get()),
                bytes: Some(PyBytes::new(py, &bytes).unbind()),
                ..Self::of("propose")
            },
            ClientOutput::Event(event) => Self::of_client_event(event),
        }
    }

    fn of_client_event(event: ClientEvent) -> Self {
        let room = |room: RoomNo| Some(room.get());
        match event {
            ClientEvent::Change { room: number, keys, origin } => Self {
                room: room(number),
                keys: Some(texts(keys.iter().map(Key::as_str))),
                origin: Some(match origin {
                    Origin::Local => "local",
                    Origin::Remote => "remote",
                }),
                ..Self::of("change")
            },
            ClientEvent::Verdict { room: number, draft, verdict } => {
                let about =
                    Self { room: room(number), draft: Some(draft.get()), ..Self::of("verdict") };
                about.with_verdict(verdict)
            }
            ClientEvent::Refused { refusal, by } => {
                Self { by: by.map(DraftId::get), ..Self::refusal("refused", refusal) }
            }
            ClientEvent::Conflict(refusal) => Self::refusal("conflict", refusal),
            ClientEvent::Unknown { room: number, draft, reason, edits } => Self {
                room: room(number),
                draft: Some(draft.get()),
                code: Some(reason),
                edits: Some(edits),
                ..Self::of("unknown")
            },
            ClientEvent::Ready { room: number } => Self { room: room(number), ..Self::of("ready") },
            ClientEvent::Resumed { room: number, kind } => {
                let (resume, code) = match kind {
                    Resume::Delta => ("delta", None),
                    Resume::Snapshot => ("snapshot", None),
                    Resume::Reset(code) => ("reset", Some(code)),
                };
                Self { room: room(number), resume: Some(resume), code, ..Self::of("resumed") }
            }
            ClientEvent::Diverged { room: number } => {
                Self { room: room(number), ..Self::of("diverged") }
            }
            ClientEvent::Denied { room: number, code, retries } => Self {
                room: room(number),
                code: Some(code),
                retries: Some(retries),
                ..Self::of("denied")
            },
            ClientEvent::Failed { error, retries } => {
                Self { retries: Some(retries), ..Self::of("failed").with_error(error) }
            }
            ClientEvent::Status { room: number, status } => Self {
                room: number.map(RoomNo::get),
                status: Some(status_name(status)),
                ..Self::of("status")
            },
            ClientEvent::Presence { room: number } => {
                Self { room: room(number), ..Self::of("presence") }
            }
            ClientEvent::Stored { mark } => Self { mark: Some(mark.get()), ..Self::of("stored") },
            ClientEvent::StorageFailed => Self::of("storage_failed"),
            ClientEvent::View { room: number, view } => {
                Self { room: room(number), view: Some(view.get()), ..Self::of("view") }
            }
            ClientEvent::Unwatched { room: number, view, code } => Self {
                room: room(number),
                view: Some(view.get()),
                code: Some(code),
                ..Self::of("unwatched")
            },
        }
    }

    fn with_verdict(self, verdict: Verdict) -> Self {
        match verdict {
            Verdict::Applied { version } => {
                Self { verdict: Some("applied"), version: Some(version.get()), ..self }
            }
            Verdict::Refused { code, op } => {
                Self { verdict: Some("refused"), code: Some(code), op: Some(op), ..self }
            }
            Verdict::Unknown { reason } => {
                Self { verdict: Some("unknown"), code: Some(reason), ..self }
            }
        }
    }

    /// An output of a server.
    pub(crate) fn of_server(py: Python<'_>, output: HostOutput) -> Self {
        match output {
            HostOutput::Transmit { conn, bytes } => {
                let bytes = Some(PyBytes::new(py, &bytes).unbind());
                Self { conn: Some(conn.get()), bytes, ..Self::of("transmit") }
            }
            HostOutput::Pause { conn } => Self { conn: Some(conn.get()), ..Self::of("pause") },
            HostOutput::Resume { conn } => Self { conn: Some(conn.get()), ..Self::of("resume") },
            HostOutput::Close { conn, code } => {
                Self { conn: Some(conn.get()), code: Some(code), ..Self::of("close") }
            }
            HostOutput::Authorize { request, conn, token, schema, room } => Self {
                request: Some(request.get()),
                conn: Some(conn.get()),
                token: Some(token.into_string()),
                schema: Some(schema),
                name: Some(room.as_str().to_owned()),
                ..Self::of("authorize")
            },
            HostOutput::OpenRoom { room, name } => {
                Self { name: Some(name.to_string()), ..Self::about("open_room", room) }
            }
            HostOutput::Persist { room, persist } => {
                Self { room: Some(room.get()), ..Self::persist(py, &persist) }
            }
            HostOutput::CloseRoom { room, delete } => {
                Self { delete: Some(delete), ..Self::about("close_room", room) }
            }
            HostOutput::Render { room, view } => Self {
                room: Some(room.get()),
                name: Some(view.as_str().to_owned()),
                ..Self::of("render")
            },
            HostOutput::Event(event) => Self::of_server_event(event),
        }
    }

    fn about(kind: &'static str, room: RoomNo) -> Self {
        Self { room: Some(room.get()), ..Self::of(kind) }
    }

    fn of_server_event(event: HostEvent) -> Self {
        match event {
            HostEvent::Joined { conn, channel, room, principal } => Self {
                conn: Some(conn.get()),
                channel: Some(channel.get()),
                principal: Some(principal.to_string()),
                ..Self::about("joined", room)
            },
            HostEvent::Left { conn, channel, room, principal, code } => Self {
                conn: Some(conn.get()),
                channel: Some(channel.get()),
                principal: Some(principal.to_string()),
                code,
                ..Self::about("left", room)
            },
            HostEvent::Opened { room, name, dropped_bytes } => Self {
                name: Some(name.to_string()),
                dropped_bytes: Some(dropped_bytes),
                ..Self::about("opened", room)
            },
            HostEvent::Failed { room, name, error } => {
                Self { name: Some(name.to_string()), ..Self::about("failed", room) }
                    .with_error(error)
            }
            HostEvent::Closed { room, name } => {
                Self { name: Some(name.to_string()), ..Self::about("closed", room) }
            }
            HostEvent::Written { room, write, version } => Self {
                write: Some(write.get()),
                version: Some(version.get()),
                ..Self::about("written", room)
            },
            HostEvent::WriteFailed { room, write, error } => {
                Self { write: Some(write.get()), ..Self::about("write_failed", room) }
                    .with_error(error)
            }
            HostEvent::Changed { room, changed } => Self {
                keys: Some(texts(changed.keys.iter().map(Key::as_str))),
                version: Some(changed.version.get()),
                principals: Some(texts(changed.principals.iter().map(Principal::as_str))),
                ..Self::about("changed", room)
            },
        }
    }
}

fn texts<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.map(str::to_owned).collect()
}
