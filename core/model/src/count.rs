//! Names and counters: small, since a model has few of everything.

use core::fmt;

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(pub u8);

        impl $name {
            /// Where it begins.
            pub const ZERO: Self = Self(0);

            /// The one after it.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{}", self.0)
            }
        }
    };
}

counter!(
    /// The number of a mutation of a client.
    Seq
);
counter!(
    /// How many mutations a room had accepted.
    Version
);
counter!(
    /// What a room issues to a client that may write.
    Session
);
counter!(
    /// The continuity of a room. In the engine it is random; here the next one is new as well.
    Epoch
);
counter!(
    /// An edit of the plan: what an application meant once. It stands for the content of a mutation.
    EditNo
);
counter!(
    /// A process that runs a client.
    ProcessNo
);
counter!(
    /// A key of the room.
    Key
);

/// The name of an outbox. In the engine it is random; here a process counts those that it took.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ClientId {
    /// The process that took it.
    pub process: ProcessNo,
    /// How many that process had taken before.
    pub taken: u8,
}

impl fmt::Display for ClientId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "client {}.{}", self.process, self.taken)
    }
}

/// One join of one process: a connection and the channel on it, which nobody has twice.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Channel {
    /// The process that joined.
    pub process: ProcessNo,
    /// How often it had joined before; how often anybody had, where processes share a client.
    pub join: u8,
}

impl fmt::Display for Channel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "channel {}.{}", self.process, self.join)
    }
}
