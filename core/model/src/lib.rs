//! The protocol of syncline as a model, whose states are searched for one that breaks a promise.
//!
//! It is `PROTOCOL.md` in small: its section 7 is in [`room`] and [`client`], its section 8 in
//! [`state`] and [`client`], its promises in [`promise`]. Each search of the [`catalogue`] looks at every state that a
//! few edits and faults can lead to. A [`bug`] breaks one rule, and has to be found.
//!
//! `make test-model` runs the small searches and finds every bug; `make model` runs the large ones.
//! `cargo run --release -- planted` tells in words how each bug breaks a promise.
//!
//! # What is modelled
//!
//! - *The network*: a message that was sent comes at any time, in any order, again and again, or never, as long
//!   as its channel lasts. Only a join comes once: a server knows which channels are in use.
//! - *Storage*: what was decided becomes durable later, in order; a crash forgets the rest, on either side.
//! - *Clients*: drafts, names at the first send, what was seen (`absent`, `at`, `mine`), `heard`, verdicts,
//!   new names, the end of an epoch.
//! - *The room*: joins, sessions, the checks of a mutation in their order, registers with refusals until they
//!   are heard, evictions, deltas from a cursor, chunks, restores from a backup in another epoch.
//! - *What is ruled out*: storage of a client that is put back to a copy, and two live processes on one
//!   client. There the model shows what holds all the same; which verdicts are wrong is shown by
//!   [`catalogue::MISTAKEN`].
//!
//! # What is not
//!
//! - *Progress*. A search shows what cannot happen, and that the good end can be reached; not that it is.
//!   Windows, `rewind`, debouncing and back-off have no part in it.
//! - *Ops other than writes of a whole value, and preconditions.* An edit stands for its content, and a key holds
//!   the edit that wrote it. Deletions, and with them tombstones and the horizon, are missing; so are drafts
//!   that take later edits in, resolvers, limits, grants, other principals, presence, views and tabs.
//! - *The digest*, which notices what this and everything else has forgotten.
//! - *More*: two keys, two processes, four edits. Epochs and names are counted, not random.

pub mod bug;
pub mod catalogue;
pub mod client;
pub mod config;
pub mod count;
pub mod message;
pub mod mutation;
pub mod outbox;
pub mod promise;
pub mod room;
pub mod search;
pub mod state;
pub mod verdict;
pub mod world;
