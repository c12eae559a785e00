//! How events look in lines.

use syncline_core::client::{ClientEvent, Origin, Refused, Resume, Status, Verdict};
use syncline_core::host::{ClientHandle, HostEvent};
use syncline_core::{Action, Content, DraftId, ItemId, Key, Place, RoomNo};

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
            format!("change {} {origin} {}", name(*room), joined(keys))
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
            handed_back(&name(*room), *draft, reason.name(), edits)
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
        ClientEvent::Presence { room } => format!("presence {}", name(*room)),
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
    let Refused { draft, key, code, mine, base, theirs, .. } = refused;
    let [mine, base, theirs] = [mine, base, theirs].map(|side| content(side.as_ref()));
    let code = code.name();
    format!("{room} {draft} {key} {code} mine {mine} base {base} theirs {theirs}")
}

/// What a key holds, or `-`.
pub(crate) fn content(content: Option<&Content>) -> String {
    content.map_or_else(|| "-".to_owned(), Content::to_json)
}

fn handed_back(room: &str, draft: DraftId, code: &str, edits: &[(Key, Action)]) -> String {
    let edits: Vec<String> = edits.iter().map(|(key, action)| edit(key, action)).collect();
    format!("handed back {room} {draft} {code} {}", edits.join(" "))
}

/// An edit, as a batch would make it again.
fn edit(key: &Key, action: &Action) -> String {
    match action {
        Action::Set(value) => format!("set {key} {}", value.to_json()),
        Action::Delete => format!("delete {key}"),
        Action::Merge(patch) => format!("merge {key} {}", patch.to_json()),
        Action::Add(amount) => format!("add {key} {}", amount.to_json()),
        Action::Expect => format!("expect {key}"),
        Action::Insert { id, value, place } => {
            format!("insert {key} {id} {} {}", neighbours(place), value.to_json())
        }
        Action::Remove { id } => format!("remove {key} {id}"),
        Action::Move { id, place } => format!("move {key} {id} {}", neighbours(place)),
        Action::Replace { id, value } => format!("replace {key} {id} {}", value.to_json()),
    }
}

fn neighbours(place: &Place) -> String {
    let one = |id: Option<ItemId>| id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    format!("{} {}", one(place.left), one(place.right))
}

fn joined<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
    names.join(",")
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
            let (keys, by) = (joined(&changed.keys), joined(&changed.principals));
            format!("changed {} {} {keys} by {by}", name(room), changed.version)
        }
    }
}
