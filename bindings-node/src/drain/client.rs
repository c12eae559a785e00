//! How the outputs of a client look.

use syncline_core::client::{ClientEvent, ClientOutput, Origin, Refused, Resume, Status, Verdict};
use syncline_core::{Code, Content, DraftId, Key, RoomNo};

use super::{byte, bytes, code, error, large, numbers, record, small, text, texts};

/// Appends an output.
pub(crate) fn encode(output: &ClientOutput, out: &mut Vec<u8>) {
    match output {
        ClientOutput::Persist(persist) => {
            byte(out, 1);
            record(out, persist);
        }
        ClientOutput::Connect => byte(out, 2),
        ClientOutput::Transmit(frame) => {
            byte(out, 3);
            bytes(out, frame);
        }
        ClientOutput::Disconnect => byte(out, 4),
        ClientOutput::Propose { room, proposal, bytes: proposed } => {
            start(out, 5, *room);
            large(out, proposal.get());
            bytes(out, proposed);
        }
        ClientOutput::Event(event) => encode_event(event, out),
    }
}

fn encode_event(event: &ClientEvent, out: &mut Vec<u8>) {
    match event {
        ClientEvent::Change { room, keys, origin } => {
            start(out, 32, *room);
            byte(out, u8::from(*origin == Origin::Remote));
            texts(out, keys.iter().map(Key::as_str));
        }
        ClientEvent::Verdict { room, draft, verdict } => {
            start(out, 33, *room);
            large(out, draft.get());
            encode_verdict(*verdict, out);
        }
        ClientEvent::Refused { refusal, by } => encode_refusal(out, 34, refusal, *by),
        ClientEvent::Conflict(refusal) => encode_refusal(out, 35, refusal, None),
        ClientEvent::Unknown { room, draft, reason, edits } => {
            start(out, 36, *room);
            large(out, draft.get());
            code(out, Some(*reason));
            text(out, &syncline_core::frame::edits_to_json(edits));
        }
        ClientEvent::Ready { room } => start(out, 37, *room),
        ClientEvent::Resumed { room, kind } => {
            start(out, 38, *room);
            let (how, reason) = match kind {
                Resume::Delta => (1, None),
                Resume::Snapshot => (2, None),
                Resume::Reset(reason) => (3, Some(*reason)),
            };
            byte(out, how);
            code(out, reason);
        }
        ClientEvent::Diverged { room } => start(out, 39, *room),
        ClientEvent::Denied { room, code, retries } => {
            start(out, 40, *room);
            encode_end(out, *code, *retries);
        }
        ClientEvent::Failed { error: why, retries } => {
            byte(out, 41);
            byte(out, u8::from(*retries));
            error(out, why);
        }
        ClientEvent::Status { room, status } => {
            start(out, 42, room.unwrap_or_default());
            byte(out, number_of_status(*status));
        }
        ClientEvent::Presence { room } => start(out, 43, *room),
        ClientEvent::StorageFailed => byte(out, 44),
        ClientEvent::Stored { mark } => {
            byte(out, 47);
            large(out, mark.get());
        }
        ClientEvent::View { room, view } => {
            start(out, 45, *room);
            small(out, view.get());
        }
        ClientEvent::Unwatched { room, view, code: reason } => {
            start(out, 46, *room);
            small(out, view.get());
            code(out, Some(*reason));
        }
    }
}

fn start(out: &mut Vec<u8>, kind: u8, room: RoomNo) {
    byte(out, kind);
    small(out, room.get());
}

fn encode_end(out: &mut Vec<u8>, reason: Code, retries: bool) {
    code(out, Some(reason));
    byte(out, u8::from(retries));
}

fn encode_verdict(verdict: Verdict, out: &mut Vec<u8>) {
    match verdict {
        Verdict::Applied { version } => {
            byte(out, 1);
            large(out, version.get());
        }
        Verdict::Refused { code: reason, op } => {
            byte(out, 2);
            code(out, Some(reason));
            small(out, op);
        }
        Verdict::Unknown { reason } => {
            byte(out, 3);
            code(out, Some(reason));
        }
    }
}

fn encode_refusal(out: &mut Vec<u8>, kind: u8, refusal: &Refused, by: Option<DraftId>) {
    start(out, kind, refusal.room);
    large(out, refusal.draft.get());
    numbers(out, refusal.drafts.iter().map(|draft| draft.get()));
    large(out, by.map_or(0, DraftId::get));
    code(out, Some(refusal.code));
    text(out, refusal.key.as_str());
    for side in [&refusal.mine, &refusal.base, &refusal.theirs] {
        text(out, &side.as_ref().map(Content::to_json).unwrap_or_default());
    }
}

const fn number_of_status(status: Status) -> u8 {
    match status {
        Status::Synced => 0,
        Status::Pending => 1,
        Status::Offline => 2,
        Status::Degraded => 3,
    }
}
