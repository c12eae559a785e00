//! How far a client is from its server, in one word.

use crate::time::Time;

/// How far a room is from its server.
///
/// Ordered from best to worst: a client with several rooms is as well as the worst of them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Status {
    /// What is shown is what the server has told, and every edit has its verdict.
    Synced,
    /// Connected, with something still under way.
    Pending,
    /// Not connected; edits are kept.
    Offline,
    /// Several attempts in a row have failed, or something has failed for good: a person should know.
    Degraded,
}

/// Failed attempts in a row after which a client counts as degraded.
pub(super) const FAILURES_DEGRADED: u32 = 3;

/// A status and when all was last well.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SyncStatus {
    /// How far the room is from its server.
    pub status: Status,
    /// When it was last told that nothing is missing; `None` is never since the start.
    pub synced_at: Option<Time>,
}
