//! What the host of a room does to it: writes, and forgetting.

use crate::edit::{self, Edit};
use crate::error::{Code, Error};
use crate::id::{ClientId, Key, Version, WriteId};
use crate::op::{Action, Seen};
use crate::plant::mark;
use crate::policy::{Author, Policies, Policy};
use crate::record::room::{AppliedRecord, RoomRecord};

use super::Room;
use super::log::Effect;
use super::push::edit_records;
use super::stage;

/// What the host wants a key to be before its edit counts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum IfVersion {
    /// Anything.
    #[default]
    Any,
    /// Without a value.
    Absent,
    /// Of this version.
    At(Version),
}

/// One edit by the host.
#[derive(Clone, Debug, PartialEq)]
pub struct HostEdit {
    /// Which key.
    pub key: Key,
    /// What to do to it.
    pub edit: Edit,
    /// What it must be before.
    pub if_version: IfVersion,
}

impl Room {
    /// Writes as the host: atomic, above every policy, at once visible to [`staged`](Self::staged)
    /// and to others once durable; then [`RoomOutput::Written`](super::RoomOutput::Written) follows.
    ///
    /// # Errors
    ///
    /// What refuses a client's mutation refuses the host's: `Stale` (only by `if_version`),
    /// `WrongType`, limits, and those of [`Edit::on`]. Nothing changed then.
    pub fn write(&mut self, write: &[HostEdit]) -> Result<WriteId, Error> {
        self.refused_if_poisoned()?;
        let limits = self.config.limits;
        if write.is_empty() || write.len() > limits.ops {
            let what = "edits in one write, and one";
            return Err(Error::limit(Code::MutationTooLarge, limits.ops, what, write.len()));
        }
        for edit in write {
            limits.check_key(edit.key.as_str())?;
        }
        // Strict refuses whatever is stale; what asks nothing is never stale.
        let strict = Policies::new(Policy::Strict);
        let expect = Action::Expect;
        let asks = write.iter().filter_map(|edit| {
            let seen = match edit.if_version {
                IfVersion::Any => return None,
                IfVersion::Absent => Seen::Absent,
                IfVersion::At(version) => Seen::At(version),
            };
            Some(stage::Edit { key: &edit.key, action: &expect, seen: Some(seen) })
        });
        let each = write.iter().map(|edit| (&edit.key, &edit.edit));
        let held = |key: &Key| self.staged(key.as_str()).map(|(_, content)| content);
        let actions = edit::actions(each, held, &limits)?;
        let edits = write.iter().zip(&actions);
        let edits = edits.map(|(edit, action)| stage::Edit { key: &edit.key, action, seen: None });
        let all = asks.chain(edits);
        let accepted = self.stage.judge(&self.store, &strict, Author::Host, all, &limits);
        let accepted = accepted.map_err(|(_, error)| error)?;
        let (version, author) = (accepted.version, accepted.author);
        let changes = self.stage.accept(accepted);
        let edits = edit_records(&changes);
        let record = RoomRecord::Applied(AppliedRecord { version, author, hash: 0, edits });
        let commit = Effect::Commit { version, author, changes, principal: None };
        self.log.record(&record, Some(commit));
        self.writes = self.writes.next();
        if let Some(effect) = self.log.after(Effect::Written { write: self.writes, version }) {
            self.apply(vec![effect]);
        }
        Ok(self.writes)
    }

    /// Forgets what is as old as `version`: tombstones, and registers of clients that are away.
    ///
    /// A reader from before it gets a snapshot, a writer from before it a new session.
    pub fn expire(&mut self, version: Version) {
        self.forget_tombstones(version.min(self.store.version()));
        let away = |client: &ClientId| !self.current.contains_key(client);
        let old = self.registers.iter().filter(|(_, register)| register.touched <= version);
        let evicted: Vec<_> = old.map(|(client, _)| client).filter(away).collect();
        for client in evicted {
            self.registers.evict(client);
            self.log.record(&RoomRecord::Evicted { client }, None);
        }
    }

    pub(super) fn prune(&mut self) {
        let most = self.config.limits.tombstones;
        // An eighth more than the limit, so that forgetting is rare and cheap.
        if self.store.tombstones() > most.saturating_add(most / 8) {
            self.forget_tombstones(self.store.horizon_for(most));
        }
    }

    fn forget_tombstones(&mut self, version: Version) {
        if version > self.store.horizon() {
            mark!(TombstonesForgotten);
            self.store.prune(version);
            self.bodies.clear();
            self.log.record(&RoomRecord::Horizon { version }, None);
        }
    }
}
