//! What is to hold in every state, in the words of PROTOCOL.md, and what is to happen in one.

use stateright::Property;

use crate::client::Link;
use crate::config::{Config, Start, maker};
use crate::count::{ClientId, EditNo, Epoch, Seq};
use crate::mutation::{Cells, Mutation, Policy};
use crate::state::{Entry, State, fold};
use crate::verdict::Verdict;
use crate::world::World;

/// A mutation affects its room at most once.
pub const ONCE: &str = "exactly once";
/// Whoever was told of a write can rely on it.
pub const KEPT: &str = "no acknowledged write is lost";
/// The mutations of one client are decided in the order in which they were made.
pub const ORDER: &str = "order";
/// *Refused* means not applied.
pub const HONEST: &str = "an honest verdict";
/// A confirmed state is the room's at one version.
pub const STATE: &str = "a state that was";
/// What is confirmed is not pending.
pub const NOT_TWICE: &str = "no own write twice";
/// What was told as applied is confirmed.
pub const NOT_MISSING: &str = "no own write missing";
/// A version does not go back within an epoch.
pub const FORWARD: &str = "versions never go back";
/// What a write overwrites its writer saw, where the policy asks.
pub const NOT_STALE: &str = "a stale write never overwrites";
/// A mutation is applied with all its ops.
pub const WHOLE: &str = "all or nothing";
/// A client and a number name one content.
pub const IDENTITY: &str = "a name has one content";
/// An edit that was durable waits, or has a verdict.
pub const NOT_FORGOTTEN: &str = "no promised edit is forgotten";

/// *Unknown* is told only where a register, a room or a storage was lost, or a client was shared.
pub const KNOWN: &str = "unknown only after a loss";
/// A client is superseded only by another process.
pub const NOT_ITSELF: &str = "no client supersedes itself";

fn logs(world: &World) -> impl Iterator<Item = &State> {
    world.room.ended.iter().chain([&world.room.staged])
}

fn whole(state: &State) -> impl Iterator<Item = &Entry> {
    state.log.iter().filter(|entry| entry.whole)
}

fn log_of(world: &World, epoch: Epoch) -> Option<&[Entry]> {
    let current = Some(&world.room.staged).filter(|state| state.epoch == epoch);
    let state = current.or_else(|| world.room.ended.iter().find(|state| state.epoch == epoch))?;
    Some(&state.log)
}

fn is_in_a_log(world: &World, edit: EditNo) -> bool {
    logs(world).any(|state| whole(state).any(|entry| entry.mutation.edit == edit))
}

fn once(config: &Config, world: &World) -> bool {
    logs(world).all(|state| {
        config.edits().all(|edit| state.log.iter().filter(|e| e.mutation.edit == edit).count() < 2)
    })
}

fn kept(config: &Config, world: &World) -> bool {
    let told = |edit: &EditNo| world.told.has(*edit, Verdict::Applied);
    config.edits().filter(told).all(|edit| is_in_a_log(world, edit))
}

fn order(config: &Config, world: &World) -> bool {
    logs(world).all(|state| {
        config.processes().all(|process| {
            let edits = whole(state).map(|entry| entry.mutation.edit);
            edits.filter(|edit| maker(*edit) == process).is_sorted()
        })
    })
}

fn honest(config: &Config, world: &World) -> bool {
    let told = |edit: &EditNo| world.told.has(*edit, Verdict::Refused);
    config.edits().filter(told).all(|edit| !is_in_a_log(world, edit))
}

fn a_state_that_was(_: &Config, world: &World) -> bool {
    world.processes.iter().all(|process| {
        let (version, cells) = (process.store.version, &process.store.cells);
        let Some(epoch) = process.store.epoch else { return *cells == Cells::default() };
        // Of no version: what is shown until the first delta of another epoch.
        if version.0 == 0 {
            return true;
        }
        let log = log_of(world, epoch).and_then(|log| log.get(..usize::from(version.0)));
        log.is_some_and(|log| fold(log) == *cells)
    })
}

/// Whether an edit is part of what a process holds as confirmed.
fn holds(world: &World, at: usize, edit: EditNo) -> bool {
    let Some(process) = world.processes.get(at) else { return false };
    let version = usize::from(process.store.version.0);
    let log = process.store.epoch.and_then(|epoch| log_of(world, epoch)).unwrap_or_default();
    log.iter().take(version).any(|entry| entry.mutation.edit == edit)
}

fn not_twice(_: &Config, world: &World) -> bool {
    world.processes.iter().enumerate().all(|(at, process)| {
        process.store.outbox.iter().all(|pending| !holds(world, at, pending.mutation.edit))
    })
}

fn not_missing(config: &Config, world: &World) -> bool {
    world.processes.iter().enumerate().all(|(at, process)| {
        config.edits().filter(|edit| process.shown.has(*edit)).all(|edit| holds(world, at, edit))
    })
}

fn forward(_: &Config, world: &World) -> bool {
    world.processes.iter().all(|process| !process.went_back)
}

fn not_stale(config: &Config, world: &World) -> bool {
    logs(world).all(|state| {
        let entries = state.log.iter().enumerate();
        entries.filter(|(_, entry)| entry.whole).all(|(before, entry)| {
            let mut held = fold(state.log.iter().take(before));
            entry.mutation.ops().all(|op| {
                let asks = op.expect || config.policy == Policy::Strict;
                let fresh = held.get(op.key).map(|cell| cell.edit) == op.base;
                if !op.expect {
                    let after = fold(state.log.iter().take(before.saturating_add(1)));
                    held.put(op.key, after.get(op.key));
                }
                fresh || !asks
            })
        })
    })
}

fn all_or_nothing(_: &Config, world: &World) -> bool {
    logs(world).all(|state| state.log.iter().all(|entry| entry.whole))
}

fn one_content(sent: &[(ClientId, Seq, Mutation)]) -> bool {
    // They are in order.
    let pairs = sent.iter().zip(sent.iter().skip(1));
    pairs.into_iter().all(|(one, other)| (one.0, one.1) != (other.0, other.1))
}

fn identity(config: &Config, world: &World) -> bool {
    // Processes that share a name, and those that forget that they used it, use it twice: then it is
    // for the room to take one content only.
    let twice = config.start == Start::Shared || config.rollbacks > 0;
    !world.room.took_another && (twice || one_content(&world.sent))
}

fn not_forgotten(config: &Config, world: &World) -> bool {
    world.processes.iter().all(|process| {
        config.edits().filter(|edit| process.promised.has(*edit)).all(|edit| {
            let waits = process.store.outbox.iter().any(|pending| pending.mutation.edit == edit);
            waits || world.told.any(edit)
        })
    })
}

fn known(config: &Config, world: &World) -> bool {
    may_lose(config) || !told(config, world, Verdict::Unknown)
}

fn not_itself(config: &Config, world: &World) -> bool {
    let shared = config.start == Start::Shared;
    shared || world.processes.iter().all(|process| process.link != Link::Denied)
}

/// The whole plan has a verdict that is not *Unknown*, and everybody holds the room's state.
fn done(config: &Config, world: &World) -> bool {
    let known =
        |edit| world.told.has(edit, Verdict::Applied) || world.told.has(edit, Verdict::Refused);
    let version = world.room.durable.version();
    config.edits().all(known)
        && world.processes.iter().all(|process| process.store.version == version)
}

fn told(config: &Config, world: &World, verdict: Verdict) -> bool {
    config.edits().any(|edit| world.told.has(edit, verdict))
}

fn may_lose(config: &Config) -> bool {
    let lossy = config.evictions > 0 || config.restores > 0 || config.rollbacks > 0;
    lossy || config.start == Start::Shared
}

/// What is to hold, and what is to happen, in a search.
pub(crate) fn properties<M>(config: &Config) -> Vec<Property<M>>
where
    M: stateright::Model<State = World> + AsRef<Config>,
{
    macro_rules! always {
        ($($name:expr => $check:ident),* $(,)?) => {
            vec![$(Property::<M>::always($name, |model, world| $check(model.as_ref(), world))),*]
        };
    }
    let mut properties = always![
        ONCE => once,
        KEPT => kept,
        ORDER => order,
        HONEST => honest,
        STATE => a_state_that_was,
        NOT_TWICE => not_twice,
        NOT_MISSING => not_missing,
        FORWARD => forward,
        NOT_STALE => not_stale,
        WHOLE => all_or_nothing,
        IDENTITY => identity,
        NOT_FORGOTTEN => not_forgotten,
        KNOWN => known,
        NOT_ITSELF => not_itself,
    ];
    if config.start == Start::Shared && !config.trusts_shared {
        properties.retain(|property| ![KEPT, HONEST, NOT_MISSING].contains(&property.name));
    }
    properties
        .push(Property::<M>::sometimes("everything is decided and everybody has it", |m, w| {
            done(m.as_ref(), w)
        }));
    if config.refuses {
        properties.push(Property::<M>::sometimes("a refusal is told", |m, w| {
            told(m.as_ref(), w, Verdict::Refused)
        }));
    }
    if may_lose(config) {
        properties.push(Property::<M>::sometimes("an edit is unknown", |m, w| {
            told(m.as_ref(), w, Verdict::Unknown)
        }));
    }
    if config.chunked {
        properties.push(Property::<M>::sometimes("a delta of several chunks is taken", |_, w| {
            w.processes.iter().any(|process| process.took_chunks)
        }));
    }
    properties
}
