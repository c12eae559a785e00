//! Which searches there are.

use crate::bug::Bug;
use crate::config::{Config, Planned, Start};
use crate::count::Key;
use crate::mutation::Policy;
use crate::promise;

const X: Planned = Planned::Set(Key(0));
const Y: Planned = Planned::Set(Key(1));
const EXPECT_X: Planned = Planned::Expect(Key(0));

/// One writer of one edit.
const ONE: Config = Config { name: "one writer", plan: &[&[&[X]]], refuses: false, ..Config::BASE };
/// The same where stale writes overwrite, so that what is sent again does so too.
const ONE_LAST: Config = Config { name: "one writer, the last wins", policy: Policy::Last, ..ONE };
/// One writer of two edits, the second on top of the first.
const CHAIN: Config = Config { name: "a chain", plan: &[&[&[X], &[X]]], ..ONE };
/// One writer of two edits, of which the first is stale unless the writer was told in time.
const BEHIND: Config = Config {
    name: "behind a stranger",
    plan: &[&[&[X], &[Y]]],
    start: Start::Behind,
    ..Config::BASE
};
/// A chain beside another writer.
const CHAIN_AND_ONE: Config =
    Config { name: "a chain and a writer", plan: &[&[&[X], &[X]], &[&[X]]], ..Config::BASE };
/// A chain in a room that was restored before it began.
const RESTORED: Config = Config {
    name: "after a restore",
    plan: &[&[&[X], &[X]]],
    start: Start::Restored,
    joins: 3,
    ..Config::BASE
};
/// Two keys, of which a reader gets one change at a time.
const CHUNKS: Config = Config {
    name: "chunks",
    plan: &[&[&[X], &[Y]], &[]],
    policy: Policy::Last,
    chunked: true,
    refuses: false,
    ..Config::BASE
};
/// A key that may change again after it was sent in a chunk.
const OVERTAKEN: Config =
    Config { name: "an overtaken chunk", plan: &[&[&[X], &[Y], &[X]], &[]], ..CHUNKS };
/// The same without a reader beside the writer.
const OVERTAKEN_ALONE: Config =
    Config { name: "an overtaken chunk, the writer alone", plan: &[&[&[X], &[Y], &[X]]], ..CHUNKS };
/// Mutations of two ops, in chunks.
const WHOLE_CHUNKS: Config =
    Config { name: "batches in chunks", plan: &[&[&[X, Y], &[X]], &[]], ..CHUNKS };
/// Mutations of two ops, the second of which may be stale.
const BATCHES: Config = Config { name: "batches", plan: &[&[&[X]], &[&[Y, X]]], ..Config::BASE };
/// A batch that builds on itself, and one that asks for what it does not write.
const EXPECTS: Config =
    Config { name: "an expectation", plan: &[&[&[X, X]], &[&[EXPECT_X, Y]]], ..Config::BASE };
/// Two processes on one outbox.
const SHARED: Config =
    Config { name: "two processes on one client", joins: 2, start: Start::Shared, ..Config::BASE };

/// Searches of the protocol as it is, in seconds together.
pub const SMALL: &[Config] = &[
    Config::BASE,
    Config { name: "first joins", start: Start::Fresh, ..Config::BASE },
    CHAIN,
    Config { name: "a chain, lost connections", joins: 3, drops: 2, ..CHAIN },
    Config { name: "a chain, a crash of the server", joins: 2, server_crashes: 1, ..CHAIN },
    Config { name: "a chain, a crash of the client", joins: 2, client_crashes: 1, ..CHAIN },
    Config {
        name: "behind a stranger, both crash",
        joins: 3,
        server_crashes: 1,
        client_crashes: 1,
        ..BEHIND
    },
    Config { name: "a chain, an eviction", joins: 3, evictions: 1, ..CHAIN },
    Config {
        name: "an eviction, both crash",
        joins: 3,
        evictions: 1,
        server_crashes: 1,
        client_crashes: 1,
        ..ONE
    },
    Config { name: "a chain, a restore", joins: 3, restores: 1, ..CHAIN },
    RESTORED,
    Config { name: "a chain, a rollback", joins: 3, rollbacks: 1, ..CHAIN },
    Config { name: "behind a stranger, a rollback", joins: 3, rollbacks: 1, ..BEHIND },
    CHUNKS,
    WHOLE_CHUNKS,
    BATCHES,
    EXPECTS,
    SHARED,
];

/// A broken rule, and how it is found.
#[derive(Clone, Copy, Debug)]
pub struct Planted {
    /// The rule.
    pub bug: Bug,
    /// Where it is found.
    pub config: Config,
    /// The promise that it breaks.
    pub promise: &'static str,
    /// The steps of the shortest way to that.
    pub steps: usize,
}

const fn planted(bug: Bug, config: Config, promise: &'static str, steps: usize) -> Planted {
    Planted { bug, config: config.with(bug), promise, steps }
}

const ONE_EVICTED: Config = Config { joins: 2, evictions: 1, ..ONE_LAST };
const ONE_SERVER_CRASH: Config = Config { joins: 2, server_crashes: 1, ..ONE };
const ONE_LAST_SERVER_CRASH: Config = Config { joins: 2, server_crashes: 1, ..ONE_LAST };
const CHAIN_CLIENT_CRASH: Config = Config { joins: 2, client_crashes: 1, ..CHAIN };
const CHAIN_ROLLBACK: Config = Config { joins: 2, rollbacks: 1, ..CHAIN };
const BEHIND_CLIENT_CRASH: Config = Config { joins: 2, client_crashes: 1, ..BEHIND };
const BEHIND_ROLLBACK: Config = Config { joins: 2, rollbacks: 1, ..BEHIND };
const ONE_FRESH_DROP: Config = Config { joins: 2, drops: 1, start: Start::Fresh, ..ONE };
const ONE_RESTORE: Config = Config { joins: 2, restores: 1, ..ONE_LAST };
const ONE_ROLLBACK: Config = Config { joins: 3, rollbacks: 1, ..ONE_LAST };

/// Every broken rule.
pub const PLANTED: &[Planted] = &[
    planted(Bug::ClientNamedRegister, ONE_EVICTED, promise::ONCE, 13),
    planted(Bug::EvictedIsFresh, ONE_EVICTED, promise::ONCE, 13),
    planted(Bug::AckBeforeDurable, ONE_SERVER_CRASH, promise::KEPT, 7),
    planted(Bug::DeltaBeforeDurable, ONE_SERVER_CRASH, promise::STATE, 8),
    planted(Bug::SendBeforePersist, CHAIN_CLIENT_CRASH, promise::IDENTITY, 10),
    planted(Bug::PreconditionFirst, ONE, promise::HONEST, 9),
    planted(Bug::AckOutsideDelta, ONE, promise::NOT_MISSING, 8),
    planted(Bug::RefusalNotRecorded, BEHIND, promise::KEPT, 8),
    planted(Bug::GapsAccepted, CHAIN, promise::KEPT, 10),
    planted(Bug::SplitRecord, ONE_LAST_SERVER_CRASH, promise::ONCE, 13),
    planted(Bug::RefusalForgottenWhenTold, BEHIND, promise::KEPT, 10),
    planted(Bug::HeardBeforeDurable, BEHIND_CLIENT_CRASH, promise::KNOWN, 17),
    planted(Bug::RefusalToldOnce, BEHIND, promise::KEPT, 11),
    planted(Bug::OlderDeltaTaken, CHAIN, promise::FORWARD, 10),
    planted(Bug::LateJoinSupersedes, ONE_FRESH_DROP, promise::NOT_ITSELF, 6),
    planted(Bug::RestoredUnderItsEpoch, ONE_RESTORE, promise::STATE, 10),
    planted(Bug::SeenAcrossEpochs, RESTORED, promise::NOT_STALE, 12),
    planted(Bug::NamesAcrossEpochs, ONE_RESTORE, promise::ONCE, 15),
    planted(Bug::ChunkTakenAlone, CHUNKS, promise::NOT_TWICE, 12),
    planted(Bug::VerdictInFirstChunk, CHUNKS, promise::NOT_MISSING, 12),
    planted(Bug::CutInsideVersion, WHOLE_CHUNKS, promise::STATE, 10),
    planted(Bug::ChunkGapAccepted, CHUNKS, promise::STATE, 9),
    planted(Bug::ChunkOnChunk, OVERTAKEN_ALONE, promise::STATE, 18),
    planted(Bug::HalfApplied, BATCHES, promise::WHOLE, 10),
    planted(Bug::NoContentHash, SHARED, promise::IDENTITY, 21),
    planted(Bug::OlderReaderStays, CHAIN_ROLLBACK, promise::KEPT, 15),
    planted(Bug::LastBeyondNamed, CHAIN_ROLLBACK, promise::KEPT, 15),
    planted(Bug::HeardLessIsTaken, BEHIND_ROLLBACK, promise::KEPT, 21),
    planted(Bug::DraftsKeptAtRollback, ONE_ROLLBACK, promise::ONCE, 20),
];

/// Why a client is never shared by two live processes: the one that comes back is told of the other's
/// mutations as if they were its own.
pub const MISTAKEN: Planted =
    planted(Bug::None, Config { trusts_shared: true, ..SHARED }, promise::KEPT, 20);

/// Searches of the protocol as it is, in minutes together.
pub const LARGE: &[Config] = &[
    Config { name: "two writers, a lost connection", joins: 2, drops: 1, ..Config::BASE },
    Config {
        name: "two writers, a crash of the server",
        joins: 2,
        server_crashes: 1,
        ..Config::BASE
    },
    Config {
        name: "two writers, a crash of a client",
        joins: 2,
        client_crashes: 1,
        ..Config::BASE
    },
    Config {
        name: "two writers, both crash",
        joins: 2,
        server_crashes: 1,
        client_crashes: 1,
        ..Config::BASE
    },
    Config { name: "two writers, an eviction", joins: 3, evictions: 1, ..Config::BASE },
    Config { name: "two writers, a restore", joins: 3, restores: 1, ..Config::BASE },
    Config { name: "two writers, a rollback", joins: 3, rollbacks: 1, ..Config::BASE },
    CHAIN_AND_ONE,
    Config { name: "a chain and a writer, a lost connection", joins: 2, drops: 1, ..CHAIN_AND_ONE },
    Config {
        name: "a chain and a writer, a crash of the server",
        joins: 2,
        server_crashes: 1,
        ..CHAIN_AND_ONE
    },
    OVERTAKEN,
    Config { name: "two processes on one client, three joins", joins: 3, ..SHARED },
];
