//! What a reader is told, when its connection can take it.

use std::sync::Arc;

use crate::exchange::{FromRoom, SharedBody};
use crate::id::{ReaderId, Version};
use crate::message::Personal;
use crate::plant::{mark, planted};

use super::Room;

/// Bodies kept for readers at the same cursor.
const BODIES_MAX: usize = 8;
/// A digest stands in the first delta that ends beyond a multiple of this.
const DIGEST_EVERY: u64 = 64;

/// What makes a body: readers with the same cut share it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Cut {
    /// The version of the state that the reader holds.
    base: Version,
    /// Up to where it was sent what follows; not `base` from the second chunk on.
    from: Version,
    chunk: usize,
}

impl Room {
    /// Tells the server, once, that a reader has something to pull.
    pub(super) fn announce(&mut self, id: ReaderId) {
        let version = self.store.version();
        let Some(reader) = self.readers.get_mut(&id) else { return };
        let register = self.registers.get(reader.client).filter(|_| reader.session.is_some());
        let told = register.is_none_or(|register| register.last() <= reader.told);
        let state = reader.answer || reader.cursor != version || !told;
        let news = state || self.presences.has_news(reader.presence_cursor);
        #[cfg(feature = "views")]
        let news = news || self.views.next(reader).is_some();
        if news && reader.joined && !reader.news {
            reader.news = true;
            self.tell(FromRoom::News { reader: id });
        }
    }

    /// The reader gets a delta even if nothing changed.
    pub(super) fn answer(&mut self, id: ReaderId) {
        if let Some(reader) = self.readers.get_mut(&id) {
            reader.answer = true;
        }
        self.announce(id);
    }

    pub(super) fn announce_all(&mut self) {
        let ids: Vec<ReaderId> = self.readers.keys().copied().collect();
        for id in ids {
            self.announce(id);
        }
    }

    pub(super) fn handle_pull(&mut self, id: ReaderId) {
        let Some(reader) = self.readers.get_mut(&id) else { return };
        if !reader.joined {
            return self.tell(FromRoom::Nothing { reader: id });
        }
        reader.news = false;
        #[cfg(feature = "views")]
        if self.tell_view(id) {
            return self.announce(id);
        }
        let Some(reader) = self.readers.get_mut(&id) else { return };
        let register = self.registers.get(reader.client).filter(|_| reader.session.is_some());
        let told = register.is_none_or(|register| register.last() <= reader.told);
        if reader.answer || reader.cursor != self.store.version() || !told {
            self.tell_state(id);
        } else if !self.presences.has_news(reader.presence_cursor) {
            self.tell(FromRoom::Nothing { reader: id });
        } else {
            let (full, entries, cursor) = self.presences.since(reader.presence_cursor);
            reader.presence_cursor = cursor;
            self.tell(FromRoom::Presence { reader: id, full, entries });
        }
        self.announce(id);
    }

    fn tell_state(&mut self, id: ReaderId) {
        let horizon = self.store.horizon();
        let Some(reader) = self.readers.get_mut(&id) else { return };
        if reader.base < horizon && reader.base != Version::ZERO || reader.cursor < horizon {
            // Deletions after its cursor are forgotten: it starts over.
            mark!(ReaderStartsOver);
            (reader.base, reader.cursor) = (Version::ZERO, Version::ZERO);
        }
        let cut = Cut { base: reader.base, from: reader.cursor, chunk: reader.chunk };
        let body = self.body(cut);
        let most = self.config.limits.frame_bytes / 2;
        let Some(reader) = self.readers.get_mut(&id) else { return };
        reader.cursor = body.body.to;
        if !body.body.more {
            reader.base = reader.cursor;
        }
        let doubled = reader.chunk.saturating_mul(2).min(most);
        reader.chunk = if body.body.more { doubled } else { self.config.limits.chunk_bytes };
        let personal = if body.body.more { None } else { self.personal(id) };
        self.tell(FromRoom::Delta { reader: id, personal, body });
    }

    /// What the reader has not been told of its own mutations.
    fn personal(&mut self, id: ReaderId) -> Option<Personal> {
        let reader = self.readers.get_mut(&id)?;
        let answer = core::mem::take(&mut reader.answer);
        let rewind = core::mem::take(&mut reader.rewind);
        reader.session?;
        let register = self.registers.get(reader.client)?;
        let last = register.last();
        if !answer && !rewind && last <= reader.told {
            return None;
        }
        let last = if planted!(LastTooLow) && last > reader.told.next() {
            reader.told.next()
        } else {
            last
        };
        #[cfg(feature = "plant")]
        let last = if planted!(LastTooHigh) { register.staged() } else { last };
        mark!(PersonalTold);
        if rewind {
            mark!(RewindTold);
        }
        // All that it has not heard, also those that it was told: nobody knows whether that arrived.
        let once = planted!(RefusalToldOnce);
        let kept = register.refusals().filter(|refusal| !once || refusal.seq > reader.told);
        let refusals = kept.copied().collect();
        reader.told = last;
        Some(Personal { last, refusals, rewind })
    }

    fn body(&mut self, cut: Cut) -> Arc<SharedBody> {
        if let Some((_, body)) = self.bodies.iter().find(|(known, _)| *known == cut) {
            mark!(BodyShared);
            return Arc::clone(body);
        }
        let most = self.config.limits.frame_bytes / 2;
        #[cfg(feature = "plant")]
        let cut = if planted!(RunRemembered) && crate::plant::count().is_multiple_of(7) {
            Cut { chunk: 1, ..cut }
        } else {
            cut
        };
        let mut body = self.store.body(cut.base, cut.from, cut.chunk.min(most), most);
        let round = |version: Version| version.get() / DIGEST_EVERY;
        let due = cut.from != cut.base
            || cut.from == Version::ZERO
            || body.from == body.to
            || round(body.to) != round(body.from);
        if !body.more && (due || self.config.digest_always) {
            mark!(DigestSent);
            body.digest = Some(self.store.digest());
        }
        if body.more {
            mark!(ChunkSent);
        }
        let body = Arc::new(SharedBody::new(body));
        if self.bodies.len() == BODIES_MAX {
            self.bodies.pop_front();
        }
        self.bodies.push_back((cut, Arc::clone(&body)));
        body
    }
}
