//! How events look in lines.

use serde::Serialize;
use syncline_core::client::{ClientEvent, Origin, Refused, Resume, Status, Verdict};
use syncline_core::frame::edits_to_json;
use syncline_core::host::{ClientHandle, HostEvent};
use syncline_core::{Content, RoomNo};

use crate::world::World;

/// An event of a client.
pub(crate) fn client_event(handle: &ClientHandle, event: &ClientEvent) -> String {
    let name = |room: RoomNo| {
        let name = handle.room_name(room).ok().flatten();
        name.map_or_else(|| format!("#{room}"), |name| name.to_string())
    };
    match event {
        ClientEvent::Change { room, keys, origin } => {
            let origin = match origin {
                Origin::Local => "local",
                Origin::Remote => "remote",
            };
            format!("change {} {origin} {}", name(*room), listed(&keys.iter().collect::<Vec<_>>()))
        }
        ClientEvent::Verdict { room, draft, verdict } => {
            let room = name(*room);
            match verdict {
                Verdict::Applied { version } => format!("applied {room} {draft} {version}"),
                Verdict::Refused { code, op } => {
                    format!("refused {room} {draft} {} {op}", code.name())
                }
                Verdict::Unknown { reason } => {
                    format!("unknown {room} {draft} {}", reason.name())
                }
            }
        }
        ClientEvent::Refused { refusal, by } => {
            let by = by.map_or_else(|| "-".to_owned(), |draft| draft.to_string());
            format!("resolved {} by {by}", sides(&name(refusal.room), refusal))
        }
        ClientEvent::Conflict(refusal) => {
            format!("conflict {}", sides(&name(refusal.room), refusal))
        }
        ClientEvent::Unknown { room, draft, reason, edits } => {
            let (reason, edits) = (reason.name(), edits_to_json(edits));
            format!("handed back {} {draft} {reason} {edits}", name(*room))
        }
        ClientEvent::Ready { room } => format!("ready {}", name(*room)),
        ClientEvent::Resumed { room, kind } => {
            let kind = match kind {
                Resume::Delta => "delta".to_owned(),
                Resume::Snapshot => "snapshot".to_owned(),
                Resume::Reset(code) => format!("reset {}", code.name()),
            };
            format!("resumed {} {kind}", name(*room))
        }
        ClientEvent::Diverged { room } => format!("diverged {}", name(*room)),
        ClientEvent::Denied { room, code, retries } => {
            format!("denied {} {} {}", name(*room), code.name(), again(*retries))
        }
        ClientEvent::Failed { error, retries } => {
            format!("failed {} {}", error.code.name(), again(*retries))
        }
        ClientEvent::Status { room, status } => {
            let room = room.map_or_else(|| "-".to_owned(), name);
            format!("status {room} {}", status_name(*status))
        }
        #[cfg(feature = "views")]
        ClientEvent::View { room, view } => format!("view {} {view}", name(*room)),
        #[cfg(feature = "views")]
        ClientEvent::Unwatched { room, view, code } => {
            format!("unwatched {} {view} {}", name(*room), code.name())
        }
        ClientEvent::Presence { room } => format!("presence {}", name(*room)),
        ClientEvent::Stored { mark } => format!("stored {mark}"),
        ClientEvent::StorageFailed => "storage failed".to_owned(),
    }
}

pub(crate) const fn status_name(status: Status) -> &'static str {
    match status {
        Status::Synced => "synced",
        Status::Pending => "pending",
        Status::Offline => "offline",
        Status::Degraded => "degraded",
    }
}

const fn again(retries: bool) -> &'static str {
    if retries { "retries" } else { "final" }
}

fn sides(room: &str, refused: &Refused) -> String {
    let Refused { drafts, key, code, mine, base, theirs, .. } = refused;
    let drafts: Vec<String> = drafts.iter().map(ToString::to_string).collect();
    let [mine, base, theirs] = [mine, base, theirs].map(|side| content(side.as_ref()));
    let (drafts, code) = (drafts.join("+"), code.name());
    format!("{room} {drafts} {key} {code} mine {mine} base {base} theirs {theirs}")
}

/// What a key holds, or `-`.
pub(crate) fn content(content: Option<&Content>) -> String {
    content.map_or_else(|| "-".to_owned(), Content::to_json)
}

/// Names, as a JSON array.
fn listed<T: Serialize>(names: &T) -> String {
    serde_json::to_string(names).unwrap()
}

/// An event of the server.
pub(crate) fn server_event(world: &World, event: &HostEvent) -> String {
    let name = |room: &RoomNo| world.server.name(*room);
    match event {
        HostEvent::Joined { conn, channel, room, principal } => {
            let owner = world.owner_of(*conn);
            format!("joined {} {owner} {channel} as {principal}", name(room))
        }
        HostEvent::Left { conn, channel, room, principal, code } => {
            let owner = world.owner_of(*conn);
            let code = code.map_or("-", syncline_core::Code::name);
            format!("left {} {owner} {channel} as {principal} {code}", name(room))
        }
        HostEvent::Opened { name, .. } => format!("opened {name}"),
        HostEvent::Failed { name, error, .. } => format!("failed {name} {}", error.code.name()),
        HostEvent::Closed { name, .. } => format!("closed {name}"),
        HostEvent::Written { room, write, version } => {
            format!("written {} {write} {version}", name(room))
        }
        HostEvent::WriteFailed { room, write, error } => {
            format!("write failed {} {write} {}", name(room), error.code.name())
        }
        HostEvent::Changed { room, changed } => {
            let (keys, by) = (listed(&changed.keys), listed(&changed.principals));
            format!("changed {} {} {keys} by {by}", name(room), changed.version)
        }
    }
}
