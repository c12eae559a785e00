//! What can go wrong, under numbers that never move and are the same in every language.

use core::fmt;
use core::ops::Deref;
use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// A stable number for everything that can go wrong: zero is success, below is an error.
        ///
        /// Numbers are never reused or renumbered; new ones are appended to their group.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        #[repr(i32)]
        pub enum Code {
            $($(#[$doc])* $name = $number,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable number.
            #[must_use]
            pub const fn number(self) -> i32 {
                match self { $(Self::$name => $number),* }
            }

            /// The code with this number, if there is one.
            #[must_use]
            pub const fn from_number(number: i32) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// The name, as in `TooDeep`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// One sentence for people.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

codes! {
    /// A bug in the engine.
    Internal = -1, "the engine broke one of its own rules";
    /// A panic was caught at the boundary.
    Panic = -2, "a panic was caught; the handle is poisoned";
    /// An earlier panic or storage failure made this handle unusable.
    Poisoned = -3, "the handle is poisoned by an earlier failure";
    /// An argument is outside what the function takes.
    InvalidArgument = -4, "an argument is not what the function takes";
    /// The handle or the room is closed.
    Closed = -5, "the handle is closed";
    /// The caller's buffer is too small.
    BufferTooSmall = -6, "the buffer is too small";
    /// No such room, key, draft, connection or question.
    NotFound = -7, "there is nothing under that name";
    /// Another process holds the storage.
    StorageInUse = -8, "another process uses this storage";
    /// Storage did not do what it was asked.
    StorageFailed = -9, "storage failed";
    /// Stored bytes are not what was written.
    StorageCorrupt = -10, "stored bytes are damaged";
    /// The outbox is at its limit.
    Full = -11, "the outbox is full";
    /// The call belongs to the other mode of the handle.
    WrongMode = -12, "the call belongs to the handle's other mode";
    /// The time given for waiting is over.
    Timeout = -13, "the time is over";
    /// A name is empty or too long.
    InvalidName = -14, "a name is empty or too long";

    /// Text is not UTF-8.
    InvalidUtf8 = -20, "the text is not UTF-8";
    /// Text is not JSON.
    InvalidJson = -21, "the text is not JSON";
    /// A number that would lose digits or is not finite.
    NumberOutOfRange = -22, "a number is outside what every language can hold";
    /// A surrogate without its partner.
    LoneSurrogate = -23, "a surrogate stands without its partner";
    /// Nested deeper than the limit.
    TooDeep = -24, "a value is nested too deep";
    /// More items or members than the limit.
    TooManyItems = -25, "a list or an object has too many items";
    /// More bytes than the limit.
    ValueTooLarge = -26, "a value is too large";
    /// A mutation with too many ops or bytes, or with too large a result.
    MutationTooLarge = -28, "a mutation is too large";

    /// What the writer had seen is no longer current.
    Stale = -40, "the key has changed since the writer saw it";
    /// The op does not fit the kind of the key's value.
    WrongType = -41, "the operation does not fit the value";
    /// A sum leaves the numbers.
    Overflow = -42, "the sum is out of range";
    /// No list item has that id.
    NoSuchItem = -43, "the list has no such item";
    /// A list item already has that id.
    DuplicateItem = -44, "the list already has that item";
    /// The principal may not do this.
    Forbidden = -45, "not permitted";
    /// The room is at its limit of keys or bytes.
    RoomFull = -46, "the room is full";
    /// A mutation's name was used before with other content.
    IdentityReused = -47, "a mutation's name was used before for another mutation";

    /// A frame above the limit.
    FrameTooLarge = -60, "a frame is too large";
    /// Bytes that are not a message.
    Malformed = -61, "a frame is not a message";
    /// A message that the peer must understand and does not.
    UnknownMessage = -62, "a message is unknown";
    /// No common protocol version or codec.
    Unsupported = -63, "no protocol version or codec in common";
    /// A message before the greeting, or a second greeting.
    Unexpected = -64, "a message came out of turn";
    /// No greeting in time.
    HelloTimeout = -65, "no greeting came in time";
    /// The token is not accepted.
    Unauthorized = -66, "the token is not accepted";
    /// More than the budget allows.
    Flood = -67, "the peer sent more than its budget";
    /// Nothing was heard for too long.
    Idle = -68, "nothing was heard for too long";
    /// More mutations in flight than the window.
    WindowExceeded = -69, "more mutations are in flight than the window allows";
    /// The peer did not read for too long.
    Stalled = -70, "the peer did not read for too long";

    /// The session is not the register's: evicted, or of another epoch.
    Expired = -80, "the session is unknown to the room";
    /// A newer connection took the client's place.
    Superseded = -81, "a newer connection took over";
    /// More rooms, connections or participants than the limit.
    TooMany = -82, "a limit of rooms, connections or clients is reached";
    /// The room was deleted.
    Deleted = -83, "the room was deleted";
    /// The room cannot be served now; a later try may succeed.
    Unavailable = -84, "the room is not available now";
    /// The server is shutting down.
    ShuttingDown = -85, "the server is shutting down";
    /// The room's continuity ended: it has another epoch.
    EpochChanged = -86, "the room has a new epoch";
    /// Replicas differ although their versions are equal.
    Diverged = -87, "the digest differs from the server's";
    /// The client's storage is older than what the server has seen of it.
    RolledBack = -88, "the client's storage was rolled back";
}

impl Code {
    /// Whether a client that is told this of its connection or of a room does not try again by itself.
    ///
    /// ```
    /// use syncline_core::Code;
    /// assert!(Code::Forbidden.is_final() && !Code::TooMany.is_final());
    /// ```
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Unauthorized
                | Self::Forbidden
                | Self::Unsupported
                | Self::Superseded
                | Self::Deleted
                | Self::InvalidName
        )
    }

    /// The number with which a WebSocket is closed for this reason (RFC 6455, section 7.4, and its registry): 1008 says
    /// that trying again is pointless, and every other number that it is not.
    ///
    /// ```
    /// use syncline_core::Code;
    /// assert_eq!((Code::Forbidden.close_number(), Code::Idle.close_number()), (1008, 1013));
    /// ```
    #[must_use]
    #[expect(clippy::wildcard_enum_match_arm, reason = "most reasons mean: later")]
    pub const fn close_number(self) -> u16 {
        match self {
            Self::Closed => 1000,
            Self::ShuttingDown => 1001,
            Self::Malformed | Self::UnknownMessage | Self::Unexpected => 1002,
            Self::FrameTooLarge => 1009,
            Self::Internal | Self::Panic | Self::Poisoned => 1011,
            other if other.is_final() => 1008,
            _ => 1013,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(self.number())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i32::deserialize(deserializer)?;
        Self::from_number(number).ok_or_else(|| de::Error::custom("an unknown code"))
    }
}

/// Something that went wrong: its [`Code`], what was expected and what came.
///
/// ```
/// use syncline_core::{Code, Error};
/// let error = Error::new(Code::TooDeep, "at most 32 levels", "33 levels");
/// assert_eq!(error.to_string(), "a value is nested too deep: expected at most 32 levels, got 33 levels");
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}: expected {}, got {}", .0.code.message(), .0.expected, .0.got)]
pub struct Error(
    /// Elsewhere, so that a result with an error in it is small: results are handed on at every step.
    Box<Story>,
);

/// What an [`Error`] tells.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Story {
    /// The stable number.
    pub code: Code,
    /// What would have been right.
    pub expected: Cow<'static, str>,
    /// What came instead; never more than 200 bytes of it.
    pub got: String,
}

/// Bytes of `got` that an error keeps; input of any length must not make errors of any length.
const GOT_BYTES_MAX: usize = 200;

impl Error {
    /// An error with its story.
    #[must_use]
    pub fn new(code: Code, expected: impl Into<Cow<'static, str>>, got: impl AsRef<str>) -> Self {
        let got = got.as_ref();
        let end = got.floor_char_boundary(GOT_BYTES_MAX);
        let got = got.get(..end).unwrap_or(got).to_owned();
        Self(Box::new(Story { code, expected: expected.into(), got }))
    }

    /// The story by itself.
    #[must_use]
    pub fn into_story(self) -> Story {
        *self.0
    }

    /// The same story under another number.
    #[must_use]
    pub fn under(mut self, code: Code) -> Self {
        self.0.code = code;
        self
    }

    /// An error from a crossed limit, told in numbers.
    #[must_use]
    pub fn limit(code: Code, most: usize, what: &str, got: usize) -> Self {
        Self::new(code, format!("at most {most} {what}"), got.to_string())
    }
}

impl Deref for Error {
    type Target = Story;

    fn deref(&self) -> &Story {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_negative_unique_and_found_by_its_number() {
        let mut seen = std::collections::BTreeSet::new();
        for &code in Code::ALL {
            assert!(code.number() < 0 && seen.insert(code.number()), "{code}");
            assert_eq!(Code::from_number(code.number()), Some(code));
        }
        assert_eq!(Code::from_number(0), None);
    }

    #[test]
    fn an_error_does_not_grow_with_its_input() {
        let error = Error::new(Code::Malformed, "x", "é".repeat(10_000));
        assert!(error.got.len() <= GOT_BYTES_MAX);
    }
}
