//! Who is here, and until when.
//!
//! A room gives every reader a name; a named reader becomes a participant with its first state and
//! stays one for `ttl` after its latest word. Every change that readers can see gets the next number
//! of a count of its own, so that "what changed since" is a range scan, as it is for keys. A
//! participant that goes leaves a mark behind until too many others went after it; a reader from
//! before that is told everyone.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Code, Error};
use crate::id::{PresenceId, ReaderId};
use crate::limit::Limits;
use crate::message::Participant;
use crate::patch;
use crate::plant::mark;
use crate::time::Time;
use crate::value::{Kind, Value};

/// What an entry costs in a frame beside its state, generously.
const ENTRY_BYTES: usize = 32;
/// An object without members.
const EMPTY_OBJECT_BYTES: usize = 2;

/// How much of a room's presence one reader has been told; the default is nothing.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PresenceCursor {
    /// The number of the latest change that was told.
    at: u64,
    /// What was told stems from this number on: marks from before it are not missed. It differs
    /// from `at` while a full listing is told in parts.
    since: u64,
}

/// Who is present in one room.
///
/// ```
/// # use core::time::Duration;
/// # use syncline_core::{Limits, ReaderId, Time, Value, presence::{PresenceCursor, Presences}};
/// # let now = Time::from_millis(0);
/// let limits = Limits::default();
/// let mut room = Presences::new(Duration::from_secs(30), &limits);
/// let ada = room.join(ReaderId::new(1));
/// let state = Value::from_json(br#"{"cursor":3}"#, &limits).unwrap();
/// assert!(room.update(now, ada, Some(&state)).unwrap());
///
/// let (full, entries, cursor) = room.since(PresenceCursor::default());
/// assert!(full && entries.len() == 1);
/// assert!(room.handle_timeout(Time::from_millis(30_000)));
/// let (full, entries, _) = room.since(cursor);
/// assert!(!full && entries[0].state.is_none());
/// ```
#[derive(Debug)]
pub struct Presences {
    ttl: Duration,
    /// Participants shown, and marks kept of those that went.
    count: usize,
    /// Bytes of one listing.
    listing_bytes: usize,
    /// The limits of one state.
    limits: Limits,
    /// The latest name given.
    named: PresenceId,
    /// The number of the latest change.
    version: u64,
    /// Listings from before this number miss marks.
    horizon: u64,
    members: BTreeMap<PresenceId, Member>,
    /// Shown participants by their latest change. Disjoint from `gone`.
    shown: BTreeMap<u64, PresenceId>,
    /// Participants that were shown and went, by when.
    gone: BTreeMap<u64, PresenceId>,
    /// Participants beyond those that are shown; the lowest is next.
    hidden: BTreeSet<PresenceId>,
    expiry: BTreeSet<(Time, PresenceId)>,
}

/// A reader with a name.
#[derive(Debug)]
struct Member {
    reader: ReaderId,
    present: Option<Present>,
    /// The number of its mark in `gone`, if it is kept.
    gone: u64,
}

/// A participant.
#[derive(Debug)]
struct Present {
    state: Value,
    expires: Time,
    /// The number of its latest change, if it is shown.
    changed: Option<u64>,
}

impl Presences {
    /// An empty room, in which a participant not heard of for `ttl` is gone.
    #[must_use]
    pub fn new(ttl: Duration, limits: &Limits) -> Self {
        Self {
            ttl,
            count: limits.presence_count.max(1),
            listing_bytes: limits.frame_bytes / 2,
            limits: Limits { value_bytes: limits.presence_bytes, ..*limits },
            named: PresenceId::new(0),
            version: 0,
            horizon: 0,
            members: BTreeMap::new(),
            shown: BTreeMap::new(),
            gone: BTreeMap::new(),
            hidden: BTreeSet::new(),
            expiry: BTreeSet::new(),
        }
    }

    /// Names a reader. Names count up from 1 and are never given twice; the largest number is nobody.
    pub fn join(&mut self, reader: ReaderId) -> PresenceId {
        self.named = self.named.next();
        if self.named.get() < u32::MAX {
            self.members.insert(self.named, Member { reader, present: None, gone: 0 });
        }
        self.named
    }

    /// Takes a participant's word: a merge patch to its state, or `None` to be absent.
    ///
    /// Every patch renews the participant; the empty one does nothing else and calls back nobody who
    /// is gone. Any other starts from nothing if the participant is absent. Returns whether there is
    /// something to tell the readers.
    ///
    /// # Errors
    ///
    /// `NotFound` for a name that is not in use, `WrongType` for a patch that is not an object, and
    /// the limits of a value on the result, `ValueTooLarge` from `presence_bytes` on. The state stays
    /// as it was.
    pub fn update(
        &mut self,
        now: Time,
        id: PresenceId,
        patch: Option<&Value>,
    ) -> Result<bool, Error> {
        let Some(member) = self.members.get_mut(&id) else {
            return Err(Error::new(Code::NotFound, "a participant of the room", id.to_string()));
        };
        let Some(patch) = patch else { return Ok(self.vanish(id)) };
        if patch.kind() != Kind::Object {
            let got = format!("{:?}", patch.kind());
            return Err(Error::new(Code::WrongType, "an object as a presence patch", got));
        }
        let before = member.present.as_ref().map(|present| &present.state);
        let state = match before {
            _ if patch.json_len() > EMPTY_OBJECT_BYTES => {
                patch::merge(before, patch, &self.limits)?
            }
            Some(state) => state.clone(),
            None => return Ok(false),
        };
        let changed = before != Some(&state);
        let expires = now.after(self.ttl);
        if let Some(present) = &mut member.present {
            self.expiry.remove(&(present.expires, id));
            present.state = state;
            present.expires = expires;
        } else {
            member.present = Some(Present { state, expires, changed: None });
            self.hidden.insert(id);
        }
        self.expiry.insert((expires, id));
        Ok(changed && self.show(id))
    }

    /// Ends a name: its participant is gone and cannot come back. Returns whether there is something
    /// to tell the readers.
    pub fn leave(&mut self, id: PresenceId) -> bool {
        let changed = self.vanish(id);
        self.members.remove(&id);
        changed
    }

    /// Lets those go whose time is over. Returns whether there is something to tell the readers.
    pub fn handle_timeout(&mut self, now: Time) -> bool {
        let mut changed = false;
        while let Some(&(_, id)) = self.expiry.first().filter(|&&(expires, _)| expires <= now) {
            mark!(PresenceExpired);
            changed |= self.vanish(id);
        }
        changed
    }

    /// When the next participant's time is over.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        self.expiry.first().map(|&(expires, _)| expires)
    }

    /// Whether [`since`](Self::since) has something to tell.
    #[must_use]
    pub const fn has_news(&self, cursor: PresenceCursor) -> bool {
        cursor.at != self.version
    }

    /// Who changed since the cursor, in the order of the changes, and the cursor after that.
    ///
    /// The flag says that the entries are everyone: forget the others. No listing has more bytes
    /// than about half a frame; what remains is news for the returned cursor.
    #[must_use]
    pub fn since(&self, cursor: PresenceCursor) -> (bool, Vec<Participant>, PresenceCursor) {
        let full = cursor.at == 0 || cursor.since < self.horizon || cursor.at > self.version;
        let after = if full { 0 } else { cursor.at };
        let range = after.saturating_add(1)..;
        let mut changes: Vec<(u64, PresenceId)> =
            self.shown.range(range.clone()).map(|(&version, &id)| (version, id)).collect();
        if !full {
            changes.extend(self.gone.range(range).map(|(&version, &id)| (version, id)));
            changes.sort_unstable();
        }
        let mut told = PresenceCursor {
            at: self.version,
            since: if full { self.version } else { cursor.since },
        };
        let mut entries = Vec::new();
        let (mut bytes, mut at) = (0_usize, after);
        for (version, id) in changes {
            let state = self.state(id).filter(|_| !self.gone.contains_key(&version)).cloned();
            let size = state.as_ref().map_or(0, Value::json_len).saturating_add(ENTRY_BYTES);
            bytes = bytes.saturating_add(size);
            if bytes > self.listing_bytes && !entries.is_empty() {
                told.at = at;
                told.since = told.since.max(at);
                return (full, entries, told);
            }
            entries.push(Participant { id, state });
            at = version;
        }
        told.since = self.version;
        (full, entries, told)
    }

    /// A participant's state; `None` if it is absent.
    #[must_use]
    pub fn state(&self, id: PresenceId) -> Option<&Value> {
        self.members.get(&id)?.present.as_ref().map(|present| &present.state)
    }

    /// The reader that has this name.
    #[must_use]
    pub fn reader(&self, id: PresenceId) -> Option<ReaderId> {
        self.members.get(&id).map(|member| member.reader)
    }

    /// Everyone present, shown or not, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (PresenceId, &Value)> {
        self.members.iter().filter_map(|(&id, member)| Some((id, &member.present.as_ref()?.state)))
    }

    /// How many are present, shown or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.expiry.len()
    }

    /// Whether nobody is present.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expiry.is_empty()
    }

    /// How many are shown to readers; at most `presence_count`.
    #[must_use]
    pub fn shown_len(&self) -> usize {
        self.shown.len()
    }

    /// Gives a participant's change the next number, if it is shown or there is room to show it.
    fn show(&mut self, id: PresenceId) -> bool {
        let full = self.shown.len() >= self.count;
        let Some(member) = self.members.get_mut(&id) else { return false };
        let Some(present) = member.present.as_mut() else { return false };
        match present.changed {
            None if full => return false,
            None => self.hidden.remove(&id),
            Some(version) => self.shown.remove(&version).is_some(),
        };
        self.gone.remove(&member.gone);
        self.version = self.version.saturating_add(1);
        present.changed = Some(self.version);
        self.shown.insert(self.version, id);
        true
    }

    /// Makes a participant absent; shows the next hidden one in its place.
    fn vanish(&mut self, id: PresenceId) -> bool {
        let Some(member) = self.members.get_mut(&id) else { return false };
        let Some(present) = member.present.take() else { return false };
        self.expiry.remove(&(present.expires, id));
        self.hidden.remove(&id);
        let Some(version) = present.changed else { return false };
        self.shown.remove(&version);
        self.version = self.version.saturating_add(1);
        member.gone = self.version;
        self.gone.insert(self.version, id);
        if self.gone.len() > self.count
            && let Some((oldest, _)) = self.gone.pop_first()
        {
            self.horizon = oldest;
        }
        if let Some(&next) = self.hidden.first() {
            self.show(next);
        }
        true
    }
}

#[cfg(test)]
mod tests;
