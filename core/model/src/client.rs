//! What a client does: edits, names, sends, and what it makes of what it is told.

use crate::bug::Bug;
use crate::config::{Config, Planned};
use crate::count::{Channel, ClientId, EditNo, Epoch, Key, ProcessNo, Seq, Session, Version};
use crate::message::{Body, Code, Message, Network, Personal};
use crate::mutation::{Cell, Cells, KEYS, Mutation, Op, Seen};
use crate::outbox::{Pending, Store};
use crate::verdict::{Edits, Verdict, Verdicts};

/// Where a process stands with the server.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Link {
    /// Not asked for the room.
    Out,
    /// Asked on this channel.
    Joining(Channel),
    /// In on this channel.
    In(Channel),
    /// Superseded: not to be asked for again by itself.
    Denied,
}

/// A process with its client, and with what the promises are checked against.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Process {
    /// Which it is.
    pub number: ProcessNo,
    /// What it has decided.
    pub store: Store,
    /// What of that is durable.
    pub disk: Store,
    /// A copy of what was durable once.
    pub copy: Option<Store>,
    /// Where it stands.
    pub link: Link,
    /// The version after the last chunk.
    cursor: Version,
    /// Chunks that wait for the final one.
    chunks: Vec<Body>,
    /// The first delta on the channel was taken.
    pub caught_up: bool,
    /// Edits that its application has made.
    pub made: u8,
    /// Times that it has joined.
    pub joins: u8,
    /// Names that it has taken.
    taken: u8,
    /// Edits that were durable: their application relies on them.
    pub promised: Edits,
    /// Edits that were recorded when the process began, and had no verdict then.
    restored: Edits,
    /// Edits that were told as applied since the process began, in the epoch that it knows.
    pub shown: Edits,
    /// Its version went back within an epoch.
    pub went_back: bool,
    /// A delta of several chunks was taken.
    pub took_chunks: bool,
}

impl Process {
    /// A process that begins with this store.
    #[must_use]
    pub fn new(number: ProcessNo, store: Store) -> Self {
        Self {
            number,
            disk: store.clone(),
            store,
            copy: None,
            link: Link::Out,
            cursor: Version::ZERO,
            chunks: Vec::new(),
            caught_up: false,
            made: 0,
            joins: 0,
            taken: 0,
            promised: Edits::NONE,
            restored: Edits::NONE,
            shown: Edits::NONE,
            went_back: false,
            took_chunks: false,
        }
    }

    fn is_in(&self, channel: Channel) -> bool {
        self.link == Link::In(channel)
    }

    /// The last mutation whose refusal is durable.
    fn heard(&self, config: &Config) -> Seq {
        if config.has(Bug::HeardBeforeDurable) {
            self.store.settled
        } else if self.disk.client == self.store.client {
            self.disk.settled
        } else {
            Seq::ZERO
        }
    }

    /// The application makes its next edit.
    pub fn edit(&mut self, edit: EditNo, plan: &[Planned]) {
        self.made = self.made.saturating_add(1);
        let mut mutation = Mutation { edit, ops: [None; 2] };
        for (index, planned) in plan.iter().enumerate() {
            let (key, expect) = match planned {
                Planned::Set(key) => (*key, false),
                Planned::Expect(key) => (*key, true),
            };
            let own = mutation.ops().any(|op| op.key == key && !op.expect);
            let (seen, base) =
                if own { (Seen::Draft(edit), Some(edit)) } else { self.store.seen(key) };
            if let Some(place) = mutation.ops.get_mut(index) {
                *place = Some(Op { key, expect, seen, base });
            }
        }
        self.store.outbox.push(Pending { seq: None, mutation });
    }

    /// What it has decided becomes durable.
    pub fn persist(&mut self) {
        self.disk = self.store.clone();
        self.promised.extend(self.disk.edits());
    }

    /// It ends, and another one begins with what is durable.
    pub fn crash(&mut self) {
        self.store = self.disk.clone();
        self.leave();
        self.shown = Edits::NONE;
        self.restored = self.store.edits();
    }

    /// It ends, and another one begins with what was durable once.
    pub fn roll_back(&mut self) {
        let Some(copy) = self.copy.take() else { return };
        self.disk = copy;
        self.crash();
        self.promised = self.disk.edits();
    }

    /// Its connection is over.
    pub fn leave(&mut self) {
        self.link = Link::Out;
        self.chunks.clear();
        self.caught_up = false;
        self.cursor = self.store.version;
    }

    /// Asks for the room on a new channel, of this number.
    pub fn join(&mut self, config: &Config, network: &mut Network, join: u8) {
        self.leave();
        let channel = Channel { process: self.number, join };
        self.joins = self.joins.saturating_add(1);
        self.link = Link::Joining(channel);
        let Store { client, session, epoch, version, .. } = self.store;
        let heard = self.heard(config);
        network.send(Message::Join { channel, client, session, epoch, version, heard });
    }

    /// Whether a draft may get its number.
    #[must_use]
    pub fn names(&self) -> bool {
        let named = self.store.session.is_some() && matches!(self.link, Link::In(_));
        named && self.store.outbox.iter().any(|pending| pending.seq.is_none())
    }

    /// The oldest draft gets its number.
    pub fn name(&mut self) {
        self.store.name();
    }

    /// The mutations that may be sent.
    #[must_use]
    pub fn sendable(&self, config: &Config) -> Vec<Seq> {
        let Link::In(_) = self.link else { return Vec::new() };
        let same = self.disk.client == self.store.client;
        let durable = if config.has(Bug::SendBeforePersist) {
            self.store.named
        } else if same {
            self.disk.named
        } else {
            Seq::ZERO
        };
        let numbers = self.store.outbox.iter().filter_map(|pending| pending.seq);
        numbers.filter(|seq| *seq <= durable).collect()
    }

    /// Sends a mutation, for the first time or again.
    pub fn push(&self, config: &Config, network: &mut Network, seq: Seq) -> Option<Mutation> {
        let Link::In(channel) = self.link else { return None };
        let session = self.store.session?;
        let mut outbox = self.store.outbox.iter();
        let mutation = outbox.find(|pending| pending.seq == Some(seq))?.mutation;
        let (client, heard) = (self.store.client, self.heard(config));
        network.send(Message::Push { channel, client, session, seq, heard, mutation });
        Some(mutation)
    }

    /// A message came. What is for another channel is for nobody.
    pub fn receive(&mut self, config: &Config, told: &mut Verdicts, message: &Message) {
        match *message {
            Message::Joined { channel, epoch, session, last } => {
                if self.link == Link::Joining(channel) {
                    self.joined(config, told, channel, (epoch, session, last));
                }
            }
            Message::Denied { channel, code } => {
                if self.link == Link::Joining(channel) || self.is_in(channel) {
                    self.leave();
                    match code {
                        Code::Superseded => self.link = Link::Denied,
                        Code::Expired => self.renew_identity(told),
                        Code::IdentityReused => {
                            self.name_lost(config, Seq(u8::MAX));
                            self.renew_identity(told);
                        }
                    }
                }
            }
            Message::Delta { channel, body, personal } => {
                if self.is_in(channel) {
                    self.delta(config, told, body, personal);
                }
            }
            Message::Ack { channel, personal } => {
                if self.is_in(channel) {
                    self.settle(told, personal);
                }
            }
            Message::Join { .. } | Message::Push { .. } => {}
        }
    }

    fn joined(
        &mut self,
        config: &Config,
        told: &mut Verdicts,
        channel: Channel,
        (epoch, session, last): (Epoch, Session, Seq),
    ) {
        let store = &self.store;
        let beyond = last > store.named && !config.has(Bug::LastBeyondNamed);
        let other_epoch = store.epoch.is_some_and(|held| held != epoch);
        let keeps_names = config.has(Bug::NamesAcrossEpochs);
        let unsettled = store.named > store.settled;
        if beyond || last < store.settled || unsettled && other_epoch && !keeps_names {
            self.leave();
            self.name_lost(config, last);
            return self.renew_identity(told);
        }
        if other_epoch {
            self.enter(config);
        }
        (self.store.epoch, self.store.session) = (Some(epoch), Some(session));
        self.link = Link::In(channel);
        self.cursor = self.store.version;
    }

    /// Its storage was rolled back: names were given that it has lost, to drafts that it still has.
    fn name_lost(&mut self, config: &Config, last: Seq) {
        if config.has(Bug::DraftsKeptAtRollback) {
            return;
        }
        let restored = self.restored;
        while self.store.named < last {
            let next = self.store.outbox.iter().find(|pending| pending.seq.is_none());
            if !next.is_some_and(|draft| restored.has(draft.mutation.edit)) {
                return;
            }
            self.store.name();
        }
    }

    /// What is held and what was seen is of no version of the epoch that it comes into.
    fn enter(&mut self, config: &Config) {
        if !config.has(Bug::SeenAcrossEpochs) {
            self.store.rewrite_seen(|seen| match seen {
                Seen::At(_) => Seen::At(Version::ZERO),
                Seen::Absent | Seen::Mine(_) | Seen::Draft(_) => seen,
            });
        }
        self.store.version = Version::ZERO;
        let held: Vec<(Key, Cell)> = self.store.cells.iter().collect();
        for (key, cell) in held {
            self.store.cells.put(key, Some(Cell { version: Version::ZERO, ..cell }));
        }
        self.shown = Edits::NONE;
    }

    /// Gives up what has a number, and goes on under another name.
    fn renew_identity(&mut self, told: &mut Verdicts) {
        self.taken = self.taken.saturating_add(1);
        let store = &mut self.store;
        for pending in store.settle(store.named) {
            told.tell(pending.mutation.edit, Verdict::Unknown);
        }
        (store.named, store.settled) = (Seq::ZERO, Seq::ZERO);
        store.rewrite_seen(|seen| match seen {
            Seen::Mine(_) => Seen::At(Version::ZERO),
            Seen::Absent | Seen::At(_) | Seen::Draft(_) => seen,
        });
        store.client = ClientId { process: self.number, taken: self.taken };
        store.session = None;
    }

    fn delta(
        &mut self,
        config: &Config,
        told: &mut Verdicts,
        body: Body,
        personal: Option<Personal>,
    ) {
        let back = body.to < self.store.version;
        if back && self.caught_up && !config.has(Bug::OlderDeltaTaken) {
            return self.leave();
        }
        if body.from == Version::ZERO {
            self.chunks.clear();
        } else if body.from != self.cursor && !config.has(Bug::ChunkGapAccepted) {
            return self.leave();
        }
        self.cursor = body.to;
        self.chunks.push(body);
        if !body.more || config.has(Bug::ChunkTakenAlone) {
            self.take();
        }
        if let Some(personal) = personal {
            self.settle(told, personal);
        }
    }

    /// Takes all chunks in, in one step: the latest change of a key stands for any earlier one.
    fn take(&mut self) {
        let chunks = core::mem::take(&mut self.chunks);
        let (Some(first), Some(last)) = (chunks.first(), chunks.last()) else { return };
        let store = &mut self.store;
        if first.from == Version::ZERO {
            store.cells = Cells::default();
        }
        for key in (0_u8..).take(KEYS).map(Key) {
            let of_key = |body: &Body| body.changes.get(usize::from(key.0)).copied().flatten();
            let Some(change) = chunks.iter().rev().find_map(of_key) else { continue };
            let fits = change.on.is_none_or(|on| store.cells.get(key) == Some(on));
            let edit = if fits { change.to.edit } else { Cell::TORN };
            store.cells.put(key, Some(Cell { edit, ..change.to }));
        }
        self.went_back |= last.to < store.version;
        self.took_chunks |= chunks.len() > 1;
        store.version = last.to;
        self.caught_up = true;
    }

    fn settle(&mut self, told: &mut Verdicts, personal: Personal) {
        for pending in self.store.settle(personal.last) {
            let refused = pending.seq.is_some_and(|seq| personal.refusals.has(seq));
            let verdict = if refused { Verdict::Refused } else { Verdict::Applied };
            told.tell(pending.mutation.edit, verdict);
            if !refused {
                self.shown.put(pending.mutation.edit);
            }
        }
    }
}
