//! Every bound in the system, with its default, its hard maximum and the reason for it.
//!
//! Defaults may be lowered or raised per deployment, never past the hard maximum. A server sends its
//! limits in `Welcome`, so that a client enforces them when an edit is made, not after an offline
//! day.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::options::{self, Options};
use crate::time::millis;
use crate::value::Part;

/// The largest integer that every language holds exactly: 2^53 - 1.
pub const COUNTER_MAX: u64 = (1 << 53) - 1;
/// Bytes of any name: a name is repeated in memory, records and frames.
pub const NAME_BYTES_HARD: usize = 1_024;
/// Levels of any value that is read at all; a configured limit is at most this.
pub const DEPTH_HARD: usize = 64;
/// Proposals of one tab and room that are handed out and not answered, and as many answers are
/// remembered: a proposal that is handed again is always known again.
pub const TAB_PROPOSALS: usize = 256;
/// Tabs of one room whose answers are remembered; those of the tab that was answered least recently
/// are forgotten.
pub const TABS: usize = 64;
/// Decided mutations of one room that are remembered for edits that were made on top of them and
/// arrive late; what was seen of an older one counts as stale.
pub const DECIDED: usize = 256;
/// Most elements of a view within each other.
pub const VIEW_DEPTH: usize = 256;
/// Most words of a view's tree: an element takes four, and two for each attribute.
pub const VIEW_WORDS: usize = 1 << 24;
/// Most bytes of a view's text.
pub const VIEW_TEXT: usize = 1 << 26;
/// Most attributes of an element of a view.
pub const VIEW_ATTRS: usize = 256;
/// Most names of elements and attributes of a view.
pub const VIEW_NAMES: usize = 65_536;
/// Most templates of a view, and most bindings.
pub const VIEW_TEMPLATES: usize = 65_536;
/// Most slots of a template, and most nodes that a binding chooses from.
pub const VIEW_SLOTS: usize = 256;
/// Most bytes of a view as HTML, where each instance of a template takes what that takes.
pub const VIEW_HTML: usize = 1 << 28;
/// Most hints that a screen has learned, and most bytes of them.
pub const VIEW_HINTS: usize = 4_096;
/// See [`VIEW_HINTS`].
pub const VIEW_HINT_BYTES: usize = 1 << 20;
/// Most hints of one value.
pub const VIEW_HINTS_EACH: usize = 64;
/// Most texts of a node that a hint makes for each item of a list.
pub const VIEW_HINT_TEXTS: usize = 64;
/// Most values of which a hint knows what they show, one by one.
pub const VIEW_HINT_CASES: usize = 16;
/// Most bytes of a node that a hint shows again.
pub const VIEW_HINT_NODE: usize = 16_384;
/// Most changes of values between two frames from which something is learned.
pub const VIEW_OBSERVED: usize = 64;
/// Most edits whose result is shown before the server's.
pub const VIEW_PREDICTIONS: usize = 1_024;
/// Most patches that wait for a page, before it is told to begin anew.
pub const VIEW_CHANGES: usize = 64;
/// Most transforms of a binding, one after the other.
pub const VIEW_TRANSFORMS: usize = 16;
/// The longest that a client stays away because a server asks it to: what is longer counts as this.
pub const RETRY_AFTER_MOST: Duration = Duration::from_hours(1);
/// Bytes of a recording of all that a handle is given, unless its options say otherwise.
#[cfg(feature = "host")]
pub const FLIGHT_BYTES: u64 = 64 << 20;
/// Most views of a room, and most that one reader watches. Also in `ts/shows.ts` and
/// `_shows.py` of the bindings.
pub const VIEWS: usize = 64;
/// Most trees of a view that are kept for screens that are behind, the one that is shown included.
pub const VIEW_PAST: usize = 16;
/// Bytes of those trees, unless the one that is shown takes more.
pub const VIEW_PAST_BYTES: usize = 4 << 20;
/// Longest name of an element or attribute.
pub const VIEW_NAME_BYTES: usize = 128;
/// Mutations of one room that failed and are remembered for a tab that asks late what became of its
/// edits; of those from before the oldest of them nobody can know.
pub const FAILED: usize = 4_096;

/// Decisions and answers of one room that wait for storage; beyond that joins and pushes are denied as `Unavailable`.
/// Mutations have bounds of their own, and retries and joins none: each costs only a frame.
pub const WAITING: usize = 262_144;

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $default:literal, $hard:literal;)*) => {
        /// The bounds that both ends keep.
        ///
        /// ```
        /// use syncline_core::Limits;
        /// let limits = Limits { value_bytes: 1_024, ..Limits::default() };
        /// assert!(limits.check().is_ok());
        /// assert!(Limits { value_bytes: 1 << 40, ..limits }.check().is_err());
        /// ```
        #[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Limits {
            $($(#[$doc])* pub $name: usize,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default),* }
            }
        }

        impl Limits {
            /// The most that a deployment may allow.
            pub const HARD: Self = Self { $($name: $hard),* };

            /// Their names, in the order of the wire.
            const NAMES: &[&str] = &[$(stringify!($name)),*];

            /// The limits in the order of the wire.
            #[must_use]
            pub fn to_list(&self) -> Vec<usize> {
                vec![$(self.$name),*]
            }

            fn places(&mut self) -> impl Iterator<Item = &mut usize> {
                [$(&mut self.$name),*].into_iter()
            }
        }
    };
}

limits! {
    /// Bytes of one frame: what a peer makes us hold at once.
    frame_bytes: 1_048_576, 16_777_216;
    /// Bytes of a greeting, which comes before any authorisation.
    hello_bytes: 8_192, 65_536;
    /// Bytes of a token.
    token_bytes: 4_096, 16_384;
    /// Bytes of a room's name.
    room_name_bytes: 128, 1_024;
    /// Bytes of a key.
    key_bytes: 256, 1_024;
    /// Bytes of one canonical value: it is rewritten whole when it changes.
    value_bytes: 65_536, 1_048_576;
    /// Levels of nesting, of the result of an op: shallow patches compose to deep values.
    depth: 32, 64;
    /// Items of one list or members of one object.
    items: 10_000, 100_000;
    /// Ops of one mutation.
    ops: 64, 1_024;
    /// Bytes of one mutation, and of the values that it results in together: one version always
    /// fits in a frame.
    mutation_bytes: 131_072, 1_048_576;
    /// Mutations of one client that are sent and not yet told: hashes are kept for as many.
    window: 256, 4_096;
    /// Bytes of those mutations.
    window_bytes: 1_048_576, 16_777_216;
    /// Edits in a client's outbox, with or without a verdict to come.
    outbox_edits: 10_000, 1_000_000;
    /// Bytes of a client's outbox, what it keeps for resolvers included.
    outbox_bytes: 16_777_216, 1_073_741_824;
    /// Bytes of one participant's presence.
    presence_bytes: 4_096, 16_384;
    /// Participants that a room shows.
    presence_count: 256, 4_096;
    /// Keys of one room, tombstones not counted.
    room_keys: 100_000, 10_000_000;
    /// Bytes of the keys and values of one room.
    room_bytes: 67_108_864, 4_294_967_295;
    /// Rooms joined over one connection.
    connection_rooms: 32, 1_024;
    /// Connections of one principal.
    principal_connections: 16, 4_096;
    /// Registers that one principal may have in one room: it evicts its own oldest, so that a
    /// stranger cannot push others into `Unknown`.
    principal_registers: 16, 256;
    /// Registers of one room.
    room_registers: 10_000, 1_000_000;
    /// Tombstones that a room keeps; a reader from before the horizon gets a snapshot.
    tombstones: 10_000, 1_000_000;
    /// Bytes of the first chunk of a delta; it doubles up to the frame while more remains.
    chunk_bytes: 262_144, 1_048_576;
    /// Rooms that one server holds open.
    server_rooms: 100_000, 10_000_000;
    /// Connections of one server.
    server_connections: 100_000, 10_000_000;
    /// Frames that one connection may send a minute.
    frames_minute: 6_000, 600_000;
    /// Bytes that one connection may send a minute.
    bytes_minute: 67_108_864, 4_294_967_295;
}

impl Limits {
    /// Refuses a limit of zero, one above its hard maximum, and a frame that could not carry one
    /// mutation's result.
    pub fn check(&self) -> Result<(), Error> {
        for ((name, limit), hard) in self.named().zip(Self::HARD.to_list()) {
            if limit == 0 || limit > hard {
                let expected = format!("{name} from 1 to {hard}");
                return Err(Error::new(Code::InvalidArgument, expected, limit.to_string()));
            }
        }
        if self.mutation_bytes.saturating_mul(2) > self.frame_bytes {
            let expected = "frame_bytes of at least twice mutation_bytes";
            let got = self.frame_bytes.to_string();
            return Err(Error::new(Code::InvalidArgument, expected, got));
        }
        Ok(())
    }

    /// The lower of two limits in every place.
    #[must_use]
    pub fn lowest(&self, other: &Self) -> Self {
        let mut lowest = *self;
        for (place, limit) in lowest.places().zip(other.to_list()) {
            *place = limit.min(*place);
        }
        lowest
    }

    /// The limits read in the order of the wire; missing ones are the defaults, and ones that this
    /// version does not know are left out.
    #[must_use]
    pub fn from_list(list: &[usize]) -> Self {
        let mut limits = Self::default();
        for (place, limit) in limits.places().zip(list) {
            *place = *limit;
        }
        limits
    }

    /// The limits as a JSON object, as in the options.
    ///
    /// ```
    /// let text = syncline_core::Limits::default().to_json();
    /// assert!(text.starts_with(r#"{"frame_bytes":1048576,"hello_bytes":8192,"#));
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        for (name, limit) in self.named() {
            out.push_str(if out.is_empty() { "{\"" } else { ",\"" });
            out.push_str(name);
            out.push_str("\":");
            out.push_str(&limit.to_string());
        }
        out.push('}');
        out
    }

    fn named(&self) -> impl Iterator<Item = (&'static str, usize)> {
        Self::NAMES.iter().copied().zip(self.to_list())
    }

    /// The limits within which frames are read. What is refused where it is too much, one mutation
    /// or one room at a time, must not cost its sender the connection: a peer that could not know of
    /// a limit would connect again with the same.
    #[must_use]
    pub const fn of_frames(&self) -> Self {
        let Self {
            room_name_bytes, key_bytes, value_bytes, depth, items, ops, mutation_bytes, ..
        } = Self::HARD;
        Self { room_name_bytes, key_bytes, value_bytes, depth, items, ops, mutation_bytes, ..*self }
    }

    /// Refuses a name of a key above the limit.
    pub fn check_key(&self, key: &str) -> Result<(), Error> {
        check_name(key, self.key_bytes, "bytes of a key")
    }

    /// Refuses a name of a room above the limit.
    pub fn check_room(&self, room: &str) -> Result<(), Error> {
        check_name(room, self.room_name_bytes, "bytes of a room's name")
    }
}

impl Options for Limits {
    fn set(&mut self, name: &str, told: Part<'_>) -> Result<bool, Error> {
        let found = self.places().zip(Self::NAMES).find(|(_, one)| **one == name);
        let Some((place, _)) = found else { return Ok(false) };
        *place = options::size(told)?;
        Ok(true)
    }
}

fn check_name(name: &str, most: usize, what: &str) -> Result<(), Error> {
    if name.is_empty() || name.len() > most {
        let expected = format!("1 to {most} {what}");
        return Err(Error::new(Code::InvalidName, expected, name.len().to_string()));
    }
    Ok(())
}

/// How long things may take. Each is a default that configuration may change; as JSON in milliseconds,
/// under names that end in `_ms`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timing {
    /// From accepting a connection to a valid greeting: strangers hold nothing for long.
    #[serde(rename = "hello_ms", with = "millis")]
    pub hello: Duration,
    /// Without a frame from the peer, a connection is dead after this.
    #[serde(rename = "idle_ms", with = "millis")]
    pub idle: Duration,
    /// Without a frame to the peer, one is sent after this.
    #[serde(rename = "heartbeat_ms", with = "millis")]
    pub heartbeat: Duration,
    /// A frame that has not left for this long ends its connection; one that has not opened for this
    /// long is given up.
    #[serde(rename = "stall_ms", with = "millis")]
    pub stall: Duration,
    /// A participant not heard of for this long is gone.
    #[serde(rename = "presence_ms", with = "millis")]
    pub presence: Duration,
    /// Presence is sent at most this often.
    #[serde(rename = "presence_pause_ms", with = "millis")]
    pub presence_pause: Duration,
    /// A room without readers is closed after this.
    #[serde(rename = "room_idle_ms", with = "millis")]
    pub room_idle: Duration,
    /// First pause before connecting again.
    #[serde(rename = "backoff_first_ms", with = "millis")]
    pub backoff_first: Duration,
    /// Longest pause before connecting again.
    #[serde(rename = "backoff_most_ms", with = "millis")]
    pub backoff_most: Duration,
}

impl Options for Timing {
    fn set(&mut self, name: &str, told: Part<'_>) -> Result<bool, Error> {
        let time = match name {
            "hello_ms" => &mut self.hello,
            "idle_ms" => &mut self.idle,
            "heartbeat_ms" => &mut self.heartbeat,
            "stall_ms" => &mut self.stall,
            "presence_ms" => &mut self.presence,
            "presence_pause_ms" => &mut self.presence_pause,
            "room_idle_ms" => &mut self.room_idle,
            "backoff_first_ms" => &mut self.backoff_first,
            "backoff_most_ms" => &mut self.backoff_most,
            _ => return Ok(false),
        };
        *time = options::millis(told)?;
        Ok(true)
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            hello: Duration::from_secs(5),
            idle: Duration::from_mins(1),
            heartbeat: Duration::from_secs(20),
            stall: Duration::from_secs(30),
            presence: Duration::from_secs(30),
            presence_pause: Duration::from_millis(50),
            room_idle: Duration::from_mins(1),
            backoff_first: Duration::from_millis(100),
            backoff_most: Duration::from_secs(30),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_within_the_hard_limits_and_one_version_fits_in_a_frame() {
        let limits = Limits::default();
        limits.check().unwrap();
        Limits::HARD.check().unwrap();
        assert!(limits.mutation_bytes * 2 < limits.frame_bytes);
        assert!(limits.depth <= DEPTH_HARD && Limits::HARD.depth == DEPTH_HARD);
        assert_eq!(Limits::from_list(&limits.to_list()), limits);
    }

    #[test]
    fn timing_is_told_in_milliseconds() {
        let timing: Timing = serde_json::from_str(r#"{"idle_ms":1500}"#).unwrap();
        assert_eq!(timing, Timing { idle: Duration::from_millis(1_500), ..Timing::default() });
        let text = serde_json::to_string(&timing).unwrap();
        assert!(text.contains(r#""hello_ms":5000,"idle_ms":1500"#), "{text}");
        for wrong in [r#"{"idle":1}"#, r#"{"idle_ms":-1}"#, r#"{"idle_ms":9007199254740992}"#] {
            assert!(serde_json::from_str::<Timing>(wrong).is_err(), "{wrong}");
        }
    }
}
