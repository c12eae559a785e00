//! How the outputs of a server look.

use syncline_core::host::{HostEvent, HostOutput};
use syncline_core::{Channel, ConnId, Key, Principal, RoomName, RoomNo};

use super::{byte, bytes, code, error, large, record, small, text, texts};

/// Appends an output.
pub(crate) fn encode(output: HostOutput, out: &mut Vec<u8>) {
    match output {
        HostOutput::Transmit { conn, bytes: frame } => {
            of_conn(out, 1, conn);
            bytes(out, &frame);
        }
        HostOutput::Pause { conn } => of_conn(out, 2, conn),
        HostOutput::Resume { conn } => of_conn(out, 3, conn),
        HostOutput::Close { conn, code: reason } => {
            of_conn(out, 4, conn);
            code(out, Some(reason));
        }
        HostOutput::Authorize { request, conn, token, schema, room } => {
            of_conn(out, 5, conn);
            large(out, request.get());
            text(out, &token.into_string());
            text(out, &schema);
            text(out, room.as_str());
        }
        HostOutput::OpenRoom { room, name } => of_named(out, 6, room, &name),
        HostOutput::Persist { room, persist } => {
            of_room(out, 7, room);
            record(out, &persist);
        }
        HostOutput::CloseRoom { room, delete } => {
            of_room(out, 8, room);
            byte(out, u8::from(delete));
        }
        HostOutput::Render { room, view } => {
            of_room(out, 9, room);
            text(out, view.as_str());
        }
        HostOutput::Event(event) => encode_event(&event, out),
    }
}

fn encode_event(event: &HostEvent, out: &mut Vec<u8>) {
    match event {
        HostEvent::Joined { conn, channel, room, principal } => {
            of_channel(out, 32, *room, (*conn, *channel), principal);
        }
        HostEvent::Left { conn, channel, room, principal, code: reason } => {
            of_channel(out, 33, *room, (*conn, *channel), principal);
            code(out, *reason);
        }
        HostEvent::Opened { room, name, dropped_bytes } => {
            of_named(out, 34, *room, name);
            large(out, *dropped_bytes);
        }
        HostEvent::Failed { room, name, error: why } => {
            of_named(out, 35, *room, name);
            error(out, why);
        }
        HostEvent::Closed { room, name } => of_named(out, 36, *room, name),
        HostEvent::Written { room, write, version } => {
            of_room(out, 37, *room);
            large(out, write.get());
            large(out, version.get());
        }
        HostEvent::WriteFailed { room, write, error: why } => {
            of_room(out, 38, *room);
            large(out, write.get());
            error(out, why);
        }
        HostEvent::Changed { room, changed } => {
            of_room(out, 39, *room);
            large(out, changed.version.get());
            texts(out, changed.keys.iter().map(Key::as_str));
            texts(out, changed.principals.iter().map(Principal::as_str));
        }
    }
}

fn of_conn(out: &mut Vec<u8>, kind: u8, conn: ConnId) {
    byte(out, kind);
    large(out, conn.get());
}

fn of_room(out: &mut Vec<u8>, kind: u8, room: RoomNo) {
    byte(out, kind);
    small(out, room.get());
}

fn of_named(out: &mut Vec<u8>, kind: u8, room: RoomNo, name: &RoomName) {
    of_room(out, kind, room);
    text(out, name.as_str());
}

fn of_channel(
    out: &mut Vec<u8>,
    kind: u8,
    room: RoomNo,
    (conn, channel): (ConnId, Channel),
    principal: &Principal,
) {
    of_room(out, kind, room);
    large(out, conn.get());
    small(out, channel.get());
    text(out, principal.as_str());
}
