//! The numbers that functions return: zero is success, below is an error, above is a remark.

use std::ffi::{CStr, CString, c_char};
use std::sync::OnceLock;

use syncline_core::{Code, Error};

/// What became of a call. Numbers are never reused or renumbered; new ones are appended.
///
/// Zero is success, a negative number is an error, a positive one is a remark on a success. A
/// program treats a negative number that it does not know as an error.
#[repr(i32)]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum syncline_status {
    /// Success.
    Ok = 0,
    /// Success, and there is nothing there: nothing to poll, no value, no next entry.
    Done = 1,
    /// A bug in the engine.
    Internal = -1,
    /// A panic was caught at the boundary.
    Panic = -2,
    /// An earlier panic or storage failure made this handle unusable.
    Poisoned = -3,
    /// An argument is outside what the function takes.
    InvalidArgument = -4,
    /// The handle or the room is closed.
    Closed = -5,
    /// The caller's buffer is too small.
    BufferTooSmall = -6,
    /// No such room, key, draft, connection or question.
    NotFound = -7,
    /// Another process holds the storage.
    StorageInUse = -8,
    /// Storage did not do what it was asked.
    StorageFailed = -9,
    /// Stored bytes are not what was written.
    StorageCorrupt = -10,
    /// The outbox is at its limit.
    Full = -11,
    /// The call belongs to the other mode of the handle.
    WrongMode = -12,
    /// The time given for waiting is over.
    Timeout = -13,
    /// A name is empty or too long.
    InvalidName = -14,
    /// Text is not UTF-8.
    InvalidUtf8 = -20,
    /// Text is not JSON.
    InvalidJson = -21,
    /// A number that would lose digits or is not finite.
    NumberOutOfRange = -22,
    /// A surrogate without its partner.
    LoneSurrogate = -23,
    /// Nested deeper than the limit.
    TooDeep = -24,
    /// More items or members than the limit.
    TooManyItems = -25,
    /// More bytes than the limit.
    ValueTooLarge = -26,
    /// A mutation with too many ops or bytes, or with too large a result.
    MutationTooLarge = -28,
    /// What the writer had seen is no longer current.
    Stale = -40,
    /// The op does not fit the kind of the key's value.
    WrongType = -41,
    /// A sum leaves the numbers.
    Overflow = -42,
    /// No list item has that id.
    NoSuchItem = -43,
    /// A list item already has that id.
    DuplicateItem = -44,
    /// The principal may not do this.
    Forbidden = -45,
    /// The room is at its limit of keys or bytes.
    RoomFull = -46,
    /// A mutation's name was used before with other content.
    IdentityReused = -47,
    /// A frame above the limit.
    FrameTooLarge = -60,
    /// Bytes that are not a message.
    Malformed = -61,
    /// A message that the peer must understand and does not.
    UnknownMessage = -62,
    /// No common protocol version or codec.
    Unsupported = -63,
    /// A message before the greeting, or a second greeting.
    Unexpected = -64,
    /// No greeting in time.
    HelloTimeout = -65,
    /// The token is not accepted.
    Unauthorized = -66,
    /// More than the budget allows.
    Flood = -67,
    /// Nothing was heard for too long.
    Idle = -68,
    /// More mutations in flight than the window.
    WindowExceeded = -69,
    /// The peer did not read for too long.
    Stalled = -70,
    /// The session is not the register's: evicted, or of another epoch.
    Expired = -80,
    /// A newer connection took the client's place.
    Superseded = -81,
    /// More rooms, connections or participants than the limit.
    TooMany = -82,
    /// The room was deleted.
    Deleted = -83,
    /// The room cannot be served now; a later try may succeed.
    Unavailable = -84,
    /// The server is shutting down.
    ShuttingDown = -85,
    /// The room's continuity ended: it has another epoch.
    EpochChanged = -86,
    /// Replicas differ although their versions are equal.
    Diverged = -87,
    /// The client's storage is older than what the server has seen of it.
    RolledBack = -88,
}

impl syncline_status {
    /// Every status, in the order of the numbers' table.
    pub const ALL: &[Self] = &[
        Self::Ok,
        Self::Done,
        Self::Internal,
        Self::Panic,
        Self::Poisoned,
        Self::InvalidArgument,
        Self::Closed,
        Self::BufferTooSmall,
        Self::NotFound,
        Self::StorageInUse,
        Self::StorageFailed,
        Self::StorageCorrupt,
        Self::Full,
        Self::WrongMode,
        Self::Timeout,
        Self::InvalidName,
        Self::InvalidUtf8,
        Self::InvalidJson,
        Self::NumberOutOfRange,
        Self::LoneSurrogate,
        Self::TooDeep,
        Self::TooManyItems,
        Self::ValueTooLarge,
        Self::MutationTooLarge,
        Self::Stale,
        Self::WrongType,
        Self::Overflow,
        Self::NoSuchItem,
        Self::DuplicateItem,
        Self::Forbidden,
        Self::RoomFull,
        Self::IdentityReused,
        Self::FrameTooLarge,
        Self::Malformed,
        Self::UnknownMessage,
        Self::Unsupported,
        Self::Unexpected,
        Self::HelloTimeout,
        Self::Unauthorized,
        Self::Flood,
        Self::Idle,
        Self::WindowExceeded,
        Self::Stalled,
        Self::Expired,
        Self::Superseded,
        Self::TooMany,
        Self::Deleted,
        Self::Unavailable,
        Self::ShuttingDown,
        Self::EpochChanged,
        Self::Diverged,
        Self::RolledBack,
    ];

    /// The stable number.
    #[must_use]
    #[expect(clippy::as_conversions, reason = "the representation is i32")]
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The status of a code of the engine.
    #[must_use]
    pub fn from_code(code: Code) -> Self {
        let same = Self::ALL.iter().find(|status| status.number() == code.number());
        same.copied().unwrap_or(Self::Internal)
    }

    /// The name, as in `TooDeep`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match Code::from_number(self.number()) {
            Some(code) => code.name(),
            None if self == Self::Done => "Done",
            None => "Ok",
        }
    }

    /// One sentence for people.
    #[must_use]
    pub fn message(self) -> &'static str {
        match Code::from_number(self.number()) {
            Some(code) => code.message(),
            None if self == Self::Done => "there is nothing there",
            None => "success",
        }
    }
}

/// A function that tells nothing else has succeeded.
impl From<()> for syncline_status {
    fn from((): ()) -> Self {
        Self::Ok
    }
}

/// The code of a number that must be an error's.
pub(crate) fn code(status: i32) -> Result<Code, Error> {
    let unknown =
        || Error::new(Code::InvalidArgument, "the status of an error", status.to_string());
    Code::from_number(status).ok_or_else(unknown)
}

/// What a number is called and means, as C reads text.
fn texts(status: i32) -> Option<&'static (CString, CString)> {
    static TEXTS: OnceLock<Vec<(i32, (CString, CString))>> = OnceLock::new();
    let texts = TEXTS.get_or_init(|| {
        let entry = |status: &syncline_status| {
            // The names and messages are literals without a zero byte.
            let text = |text: &str| CString::new(text).unwrap_or_default();
            (status.number(), (text(status.name()), text(status.message())))
        };
        syncline_status::ALL.iter().map(entry).collect()
    });
    texts.iter().find(|(number, _)| *number == status).map(|(_, texts)| texts)
}

const UNKNOWN: &CStr = c"Unknown";

/// Tells the name of a status, as in "TooDeep"; it is the same in every language.
///
/// @param[in] status  any number.
///
/// @return NUL-terminated text; "Unknown" for a number that this library does not have.
///
/// Ownership: the text is static.
/// Errors: none; total for every number.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn syncline_status_name(status: i32) -> *const c_char {
    texts(status).map_or(UNKNOWN, |(name, _)| name.as_c_str()).as_ptr()
}

/// Tells what a status means, in one sentence for people.
///
/// @param[in] status  any number.
///
/// @return NUL-terminated text; "an unknown status" for a number that this library does not have.
///
/// Ownership: the text is static.
/// Errors: none; total for every number.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn syncline_status_message(status: i32) -> *const c_char {
    texts(status).map_or(c"an unknown status", |(_, message)| message.as_c_str()).as_ptr()
}

/// Tells the number with which a WebSocket is closed for a status, as SYNCLINE_SERVER_OUTPUT_CLOSE says it: 1008 if
/// trying again is pointless, another one of RFC 6455 and its registry if it is not.
///
/// @param[in] status  any number.
///
/// @return from 1000 to 1013; 1000 for a number that is no error of this library.
///
/// Ownership: none.
/// Errors: none; total for every number.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
#[must_use]
pub const extern "C" fn syncline_status_close_number(status: i32) -> u16 {
    match Code::from_number(status) {
        Some(code) => code.close_number(),
        None => 1000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_engine_is_a_status_under_its_name_and_number() {
        let errors: Vec<_> =
            syncline_status::ALL.iter().filter(|status| status.number() < 0).collect();
        assert_eq!(errors.len(), Code::ALL.len());
        for (status, code) in errors.into_iter().zip(Code::ALL) {
            assert_eq!(format!("{status:?}"), code.name());
            assert_eq!(status.number(), code.number());
            assert_eq!(syncline_status::from_code(*code), *status);
        }
    }

    #[test]
    fn remarks_are_not_errors_and_have_names_of_their_own() {
        assert_eq!((syncline_status::Ok.number(), syncline_status::Ok.name()), (0, "Ok"));
        assert_eq!((syncline_status::Done.number(), syncline_status::Done.name()), (1, "Done"));
    }

    #[test]
    fn names_and_messages_are_total() {
        for number in [i32::MIN, -1, 0, 1, 2, i32::MAX] {
            let (name, message) = (syncline_status_name(number), syncline_status_message(number));
            // SAFETY: the texts are static and end with a zero byte.
            let name = unsafe { CStr::from_ptr(name) };
            // SAFETY: as above.
            let message = unsafe { CStr::from_ptr(message) };
            assert!(!name.is_empty() && !message.is_empty());
        }
    }
}
