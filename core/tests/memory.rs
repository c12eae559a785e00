//! What memory is bounded by: not by what is broadcast beside a reader that stalls, not by how long a client is
//! offline; and what a connection costs that does nothing, and a restart.
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
#[path = "memory/restart.rs"]
mod restart;
#[path = "memory/work.rs"]
mod work;

use allocation_counter::measure;
use host::{Host, WRITER, set};
use restart::restart;
use syncline_core::frame::{Decoded, decode};
use syncline_core::limit::COUNTER_MAX;
use syncline_core::message::Message;
use syncline_core::{Code, Codec, Limits, RecordId, Value, Version};
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
fn what_readers_of_many_versions_are_told_is_not_kept() {
    let mut host = Host::new();
    host.enter(WRITER, "room", true);
    let versions = 64;
    for seq in 1..versions {
        let value = Value::from_i64(1).unwrap();
        host.receive(WRITER, &set(seq, &format!("key-{seq}"), value));
    }
    let text = Value::from_text(&"x".repeat(60_000), &Limits::HARD).unwrap();
    host.receive(WRITER, &set(versions, "text", text));
    let epoch = host.server.room_report(host.server.rooms().unwrap()[0].0).unwrap().epoch;
    let held = measure(|| {
        for version in 1..versions {
            let conn = 10 + version;
            host.connect(conn);
            host.greet(conn);
            host.listen(conn);
            host.join_from(conn, "room", false, Some(epoch), Version::new(version));
            let told: usize = std::mem::take(&mut host.heard).iter().map(Vec::len).sum();
            assert!(told > 60_000, "{told} bytes");
        }
    });
    assert!(held.bytes_current < 1_000_000, "{} bytes", held.bytes_current);
}

/// Whether the one that is listened to was denied since this was asked.
fn is_denied(host: &mut Host) -> bool {
    std::mem::take(&mut host.heard).iter().any(|frame| {
        let decoded = decode(frame, Codec::Binary, &Limits::HARD);
        matches!(decoded, Ok(Decoded::Message(Message::Denied(denied))) if denied.code == Code::Unavailable)
    })
}

/// Retries and joins wait for what was decided before them, and cost their senders only frames.
#[test]
fn storage_that_hangs_makes_nobody_hold_more_and_more() {
    let mut host = Host::new();
    host.enter(WRITER, "room", true);
    host.listen(WRITER);
    host.hangs = true;
    let mutation = set(1, "key", Value::from_i64(1).unwrap());
    let mut said = 0;
    let held = measure(|| {
        while !is_denied(&mut host) {
            said += 1;
            assert!(said <= 300_000, "all is taken, and waits");
            host.receive(WRITER, &mutation);
        }
    });
    assert!(held.bytes_current < 64 << 20, "{} bytes", held.bytes_current);
    host.join(WRITER, "room", true);
    assert!(is_denied(&mut host), "a join is taken, and waits");
    // Nobody loses anything by that, and all goes on once it hangs no more.
    let room = host.server.rooms().unwrap()[0].0;
    host.hangs = false;
    host.server.persisted(room, RecordId::new(COUNTER_MAX)).unwrap();
    host.join(WRITER, "room", true);
    host.receive(WRITER, &mutation);
    host.receive(WRITER, &set(2, "key", Value::from_i64(2).unwrap()));
    assert_eq!(host.server.room_report(room).unwrap().version.get(), 2);
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
    let week = week(604_800, &mut |_| {});
    assert_eq!((week.pending, week.restored, week.mutations), (1, 1, 1), "{week:?}");
    assert!(week.growth < 1_024 && week.peak < 16_384, "bytes of memory: {week:?}");
    assert!(week.log_peak < 80_000, "bytes of records: {week:?}");
}

/// Nothing is done again for each edit that waits: twice as many cost twice as much.
#[test]
fn a_restart_costs_what_each_queued_edit_costs_once() {
    let [(some, few), (twice, many)] = [20_000, 40_000].map(restart);
    assert!(many < few * 21 / 10 && many > few * 19 / 10, "{few} and {many} bytes of records");
    let within = |some: u64, twice: u64| twice < some * 22 / 10;
    assert!(within(some.count_total, twice.count_total), "{some:?} {twice:?}");
    assert!(within(some.bytes_total, twice.bytes_total), "{some:?} {twice:?}");
    assert!(twice.bytes_max < 40_000 * 1_200, "bytes at once: {twice:?}");
}
