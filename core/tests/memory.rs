//! What memory is bounded by: not by what is broadcast beside a reader that stalls, not by how long a client is
//! offline; and what a connection costs that does nothing.
//!
//! Bytes are those that the thread has allocated and not freed, counted by the allocator of this program.
//! `benches/benches/memory.rs` measures the same at full size.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "a test fails by panicking"
)]

#[path = "memory/host.rs"]
mod host;
#[path = "memory/work.rs"]
mod work;

use work::{Idle, broadcast, idle, week};

const MB: u64 = 1 << 20;

#[test]
fn a_stalled_reader_costs_one_frame_however_much_is_broadcast() {
    let beside = broadcast(20 * MB, false);
    let with = broadcast(20 * MB, true);
    assert!(beside.told >= 20 * MB && with.told >= 20 * MB, "{beside:?} {with:?}");
    assert_eq!(with.frames, 1, "frames that are made for who does not read");
    // What the room holds is one frame; the frame that waits is counted, as it is the transport's to hold.
    assert!(with.growth < beside.growth + 400_000, "{with:?} beside {beside:?}");
    assert!(with.peak < 2 * MB && beside.peak < 2 * MB, "{with:?} beside {beside:?}");
    // And it is told what is there now, and not what was.
    let caught_up: usize = with.recovered.iter().sum();
    assert!(with.recovered.len() <= 3 && caught_up < 800_000, "{:?}", with.recovered);
}

#[test]
fn a_connection_that_does_nothing_costs_what_is_stated() {
    for (state, stated) in
        [(Idle::Silent, 770), (Idle::Greeted, 790), (Idle::Reads, 1_990), (Idle::Writes, 2_360)]
    {
        let bytes = idle(2_000, state);
        assert!(bytes < stated + stated / 8, "{state:?}: {bytes} bytes");
    }
}

#[test]
fn a_week_of_typing_into_one_key_offline_is_one_draft_and_one_mutation() {
    let week = week(604_800);
    assert!(week.attempts > 20_000, "it is offline: {week:?}");
    assert_eq!((week.pending, week.restored), (1, 1), "drafts that wait, and that a restart finds");
    assert_eq!((&*week.pushes, week.applied, week.version_grown), (&[1][..], 1, 1), "{week:?}");
    assert_eq!(week.value.as_deref(), Some("604800"));
    assert!(week.growth < 1_024 && week.peak < 16_384, "bytes of memory: {week:?}");
    assert!(week.log <= week.log_peak && week.log_peak < 80_000, "bytes of records: {week:?}");
}
