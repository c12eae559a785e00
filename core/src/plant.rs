//! Which bug is planted in the engine, and which rare branches were taken: so that whoever checks the engine can be
//! checked. Only with the feature `plant`, which nothing that is shipped has.

#[cfg(feature = "plant")]
use core::cell::{Cell, RefCell};
#[cfg(feature = "plant")]
use std::collections::BTreeSet;

macro_rules! plants {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A bug that can be planted.
        #[cfg(feature = "plant")]
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum Plant {
            $($(#[$doc])* $name,)*
        }

        #[cfg(feature = "plant")]
        impl Plant {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

macro_rules! marks {
    ($($name:ident,)*) => {
        /// A branch that is taken rarely, and that a test should have taken.
        #[cfg(feature = "plant")]
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        #[expect(missing_docs, reason = "the names say it")]
        pub enum Mark {
            $($name,)*
        }

        #[cfg(feature = "plant")]
        impl Mark {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

plants! {
    /// A mutation that was decided is decided again.
    RetryApplied,
    /// A room tells of a record that is not durable.
    ToldBeforeDurable,
    /// A mutation is decided although one before it is missing.
    GapAccepted,
    /// A register forgets a refusal.
    RefusalForgotten,
    /// A retry is judged before it is known as one.
    JudgedBeforeDeduplicated,
    /// A client takes a chunk before the last one.
    ChunkShown,
    /// A delta says less of a reader's mutations than its body holds.
    LastTooLow,
    /// A delta says more of a reader's mutations than its body holds.
    LastTooHigh,
    /// A restored room issues sessions again.
    SessionReissued,
    /// What is stale is never refused.
    StaleAccepted,
    /// The ops before the one that is refused are applied.
    HalfApplied,
    /// A view is not made again when the server has told something.
    ViewNotRebased,
    /// A client sends mutations whose names are not durable.
    SentBeforeDurable,
    /// A client does not look whether its storage or the server's was rolled back.
    RollbackUnnoticed,
    /// An edit that goes into a draft is not recorded.
    CoalescedUnrecorded,
    /// A client says that edits are durable before they are.
    StoredTooEarly,
    /// A snapshot of a client's records leaves out the drafts.
    DraftsNotInSnapshot,
    /// A connection gets the next frame before the last one has left.
    LaneNeverBusy,
    /// A client makes the view of everything again at each delta.
    EverythingRebased,
    /// A frame that ends early makes its reader panic.
    PanicOnShortFrame,
    /// A number is read that is longer than it must be.
    NumberTooLong,
    /// A principal whose grants are taken back goes on reading.
    RevocationIgnored,
    /// A participant that left is still shown.
    ParticipantStays,
    /// What happened in an earlier run decides something in a later one.
    RunRemembered,
    /// A push that comes with a gap is not answered.
    GapUnanswered,
    /// A client does not compare digests.
    DigestIgnored,
    /// Who reads the counters changes what is sent.
    CountersDisturb,
    /// A client whose storage was rolled back sends drafts again that were sent.
    LostDraftsResent,
    /// A client whose storage was rolled back answers conflicts that it has answered before.
    LostAnswersRepeated,
    /// A client that has lost what it heard is taken for one that has not.
    HeardLessAccepted,
    /// A refusal is told once, whether or not that arrives.
    RefusalToldOnce,
    /// A join that comes late ends the reader that came after it.
    LateJoinTaken,
    /// A delta takes an open room back.
    OlderDeltaTaken,
}

marks! {
    RetryDropped, GapPassedOver, RefusalHeard, RegisterEvicted,
    RegisterRestored, RoomCompacted, RoomPoisoned, RoomRenewed, TombstonesForgotten, ReaderStartsOver, ReaderSuperseded,
    SessionIssued, SessionResumed, ChunkSent, BodyShared, PatchSent, PresenceExpired, DigestSent, RewindTold, PersonalTold,
    ClientCompacted, DraftCoalesced, DraftNamed, DraftHidden, IdentityRenewed, DeltaMissing, Diverged, StagedChunk,
    ConflictChained, ConflictResolved, OutboxFull, FrameHeld, LaneBusy,
    DeadlineClosed, GrantRevoked, RoomClosedIdle, GoneAway,
    KeyRevived, ListPlaceLost,
}

#[cfg(feature = "plant")]
std::thread_local! {
    static PLANTED: Cell<Option<Plant>> = const { Cell::new(None) };
    static TAKEN: RefCell<BTreeSet<Mark>> = const { RefCell::new(BTreeSet::new()) };
    static MEMORY: Cell<u64> = const { Cell::new(0) };
}

/// Plants a bug in all that this thread does from now on, or none.
#[cfg(feature = "plant")]
pub fn plant(plant: Option<Plant>) {
    PLANTED.set(plant);
}

/// Whether this bug is planted.
#[cfg(feature = "plant")]
pub(crate) fn is(plant: Plant) -> bool {
    PLANTED.get() == Some(plant)
}

/// No bug.
#[cfg(not(feature = "plant"))]
#[inline]
pub(crate) const fn never() -> bool {
    false
}

/// What [`Plant::PanicOnShortFrame`] does.
pub(crate) fn panic_if(planted: bool) {
    assert!(!planted, "this panic is planted");
}

/// Counts, over all runs of this thread: what [`Plant::RunRemembered`] and [`Plant::CountersDisturb`] are made of.
#[cfg(feature = "plant")]
pub(crate) fn count() -> u64 {
    MEMORY.set(MEMORY.get().wrapping_add(1));
    MEMORY.get()
}

/// How often [`count`] has counted.
#[cfg(feature = "plant")]
pub(crate) fn counted() -> u64 {
    MEMORY.get()
}

/// Notes that a branch was taken.
#[cfg(feature = "plant")]
pub(crate) fn take(mark: Mark) {
    TAKEN.with_borrow_mut(|taken| taken.insert(mark));
}

/// The branches that this thread has taken since it was asked last.
#[cfg(feature = "plant")]
#[must_use]
pub fn taken() -> BTreeSet<Mark> {
    TAKEN.take()
}

/// Whether this bug is planted; without the feature never, at no cost.
macro_rules! planted {
    ($name:ident) => {{
        #[cfg(feature = "plant")]
        let planted = crate::plant::is(crate::plant::Plant::$name);
        #[cfg(not(feature = "plant"))]
        let planted = crate::plant::never();
        planted
    }};
}

/// Notes that a rare branch is taken; without the feature nothing.
macro_rules! mark {
    ($name:ident) => {{
        #[cfg(feature = "plant")]
        crate::plant::take(crate::plant::Mark::$name);
    }};
}

pub(crate) use {mark, planted};
