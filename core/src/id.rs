//! Who and when: names and counters, each a type of its own so that mixing two does not compile.

use core::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{Code, Error};
use crate::limit::COUNTER_MAX;

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(u64);

        impl $name {
            /// Before the first: no counter value that is issued is zero.
            pub const ZERO: Self = Self(0);

            /// The counter with this value; values above 2^53 - 1 are held at 2^53 - 1.
            #[must_use]
            pub const fn new(value: u64) -> Self {
                Self(if value > COUNTER_MAX { COUNTER_MAX } else { value })
            }

            /// The value as a number.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The next value.
            #[must_use]
            pub const fn next(self) -> Self {
                Self::new(self.0.saturating_add(1))
            }

            /// The value `by` further on.
            #[must_use]
            pub const fn plus(self, by: u64) -> Self {
                Self::new(self.0.saturating_add(by))
            }

            /// How far this value is beyond `earlier`; zero if it is not.
            #[must_use]
            pub const fn beyond(self, earlier: Self) -> u64 {
                self.0.saturating_sub(earlier.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u64(self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = u64::deserialize(deserializer)?;
                if value > COUNTER_MAX {
                    return Err(de::Error::custom("a counter is at most 2^53 - 1"));
                }
                Ok(Self(value))
            }
        }
    };
}

counter! {
    /// How many mutations a room has accepted; also stamped on each key that a mutation changed.
    ///
    /// Minted by the server, per room and epoch, and never reused. Zero is the empty room.
    Version
}
counter! {
    /// The place of a mutation in its client's outbox: contiguous from 1, never reused.
    Seq
}
counter! {
    /// What a server issues to a client that may write: durable, monotone per room.
    ///
    /// It fences the client's register: after an eviction an old session finds nothing.
    Session
}
counter! {
    /// The local name of a mutation that a client has made, before and after it has a [`Seq`].
    DraftId
}
counter! {
    /// The local name of a write that the host of a room has made.
    WriteId
}
counter! {
    /// The number of a durable record, in the order of writing.
    RecordId
}
counter! {
    /// The number of a question whether everything is durable: a later one has a higher number.
    StoreMark
}
counter! {
    /// How many trees a view has shown; never reused. Zero is before the first.
    Revision
}
counter! {
    /// The number of a question to the host, echoed in its answer.
    RequestId
}
counter! {
    /// One connection, as the host numbers it; never reused within a server.
    ConnId
}
counter! {
    /// The place of a connection among those that came to a server: a later one has a higher place.
    Arrival
}
counter! {
    /// One channel of one connection as a room knows it; never reused within a server.
    ReaderId
}

impl DraftId {
    /// Before the first proposal. Mutations that a standby makes are named above all of its leader's,
    /// so that they lie on top of these.
    pub const PROPOSALS: Self = Self(1 << 52);

    /// Whether a standby made the mutation, and no leader has taken it yet.
    #[must_use]
    pub const fn is_proposal(self) -> bool {
        self.0 > Self::PROPOSALS.0
    }
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(u32);

        impl $name {
            /// The name with this number.
            #[must_use]
            pub const fn new(value: u32) -> Self {
                Self(value)
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> u32 {
                self.0
            }

            /// The next number; stays at the largest.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// The short name of a key on the wire: minted with the key's first change, durable, never
    /// reused within a room and epoch.
    KeyId
}
number! {
    /// The number under which one connection speaks of one room; chosen by the client.
    Channel
}
number! {
    /// One room, as a server or a client numbers it locally.
    RoomNo
}
number! {
    /// One view that a client watches; chosen by the client, never reused while it runs.
    ViewNo
}
number! {
    /// One participant present in a room; issued by the room, never reused while it is open.
    PresenceId
}

macro_rules! hex {
    ($(#[$doc:meta])* $name:ident, $int:ty, $digits:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name($int);

        impl $name {
            /// The name made of these bits.
            #[must_use]
            pub const fn new(bits: $int) -> Self {
                Self(bits)
            }

            /// The bits.
            #[must_use]
            pub const fn get(self) -> $int {
                self.0
            }

            #[doc = concat!("Reads the ", stringify!($digits), " lowercase hexadecimal digits that `Display` writes.")]
            pub fn from_hex(text: &str) -> Result<Self, Error> {
                let digits = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                if text.len() != $digits || !text.bytes().all(digits) {
                    let expected = concat!(stringify!($digits), " lowercase hexadecimal digits");
                    return Err(Error::new(Code::InvalidArgument, expected, text));
                }
                Ok(Self(<$int>::from_str_radix(text, 16).unwrap_or_default()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{:0", stringify!($digits), "x}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::from_hex(&text).map_err(de::Error::custom)
            }
        }
    };
}

hex! {
    /// The continuity of a room: random bits that change when continuity cannot be proved.
    Epoch, u64, 16
}
hex! {
    /// One outbox: random bits that belong to one principal and never name two contents.
    ClientId, u128, 32
}
hex! {
    /// One follower of a client, such as a tab of a browser: random bits that no other has had.
    TabId, u64, 16
}
hex! {
    /// One list item: bits of its maker's entropy, unique within the list.
    ItemId, u64, 16
}
hex! {
    /// A number that equal rooms share. It detects accidents, not attacks.
    Digest, u64, 16
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks that the text is neither empty nor longer than the hard limit.
            ///
            /// ```
            #[doc = concat!("use syncline_core::", stringify!($name), ";")]
            #[doc = concat!("assert_eq!(", stringify!($name), "::new(\"cart\").unwrap().as_str(), \"cart\");")]
            #[doc = concat!("assert!(", stringify!($name), "::new(\"\").is_err());")]
            /// ```
            pub fn new(text: impl AsRef<str>) -> Result<Self, Error> {
                let text = text.as_ref();
                if text.is_empty() || text.len() > $max {
                    let got = format!("{} bytes", text.len());
                    return Err(Error::new(Code::InvalidName, concat!($what, " of 1 byte or more, within the limit"), got));
                }
                Ok(Self(Arc::from(text)))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::new(&*text).map_err(de::Error::custom)
            }
        }
    };
}

name! {
    /// The name of a room: UTF-8, 1 to 1,024 bytes (128 by default).
    RoomName, "a room name", crate::limit::NAME_BYTES_HARD
}
name! {
    /// The name of a view of a room: UTF-8, 1 to 1,024 bytes (128 by default).
    ViewName, "a name of a view", crate::limit::NAME_BYTES_HARD
}
name! {
    /// The name of a key in a room: UTF-8, 1 to 1,024 bytes (256 by default).
    Key, "a key", crate::limit::NAME_BYTES_HARD
}
name! {
    /// Who a connection speaks for, as the host's answer to `Authorize` says: UTF-8, 1 to 1,024
    /// bytes.
    Principal, "a principal", crate::limit::NAME_BYTES_HARD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_numbers_and_random_bits_are_hex() {
        assert_eq!(serde_json::to_string(&Version::new(7)).unwrap(), "7");
        assert_eq!(serde_json::to_string(&Epoch::new(0xab)).unwrap(), "\"00000000000000ab\"");
        assert!(serde_json::from_str::<Version>("9007199254740992").is_err());
        assert_eq!(Epoch::from_hex("00000000000000ab").unwrap(), Epoch::new(0xab));
        for bad in ["", "00000000000000AB", "+0000000000000ab", "0ab"] {
            assert!(Epoch::from_hex(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_counter_never_leaves_the_numbers_that_every_language_can_hold() {
        assert_eq!(Version::new(u64::MAX).get(), COUNTER_MAX);
        assert_eq!(Seq::new(COUNTER_MAX).next().get(), COUNTER_MAX);
    }
}
