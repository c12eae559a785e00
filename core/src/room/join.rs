//! Who comes in and goes: registers, sessions and grants.

use crate::error::Code;
use crate::exchange::{FromRoom, Grant, JoinRoom};
use crate::id::{ClientId, ReaderId, Seq, Session, Version};
use crate::plant::{mark, planted};
use crate::record::room::{RegisterRecord, RoomRecord};
use crate::register::Register;
use crate::time::Time;
use crate::value::Value;

use super::Room;
use super::log::Effect;
use super::reader::Reader;

impl Room {
    pub(super) fn handle_join(&mut self, join: &JoinRoom) {
        if self.poisoned || self.log.is_full() {
            return self.tell(FromRoom::Denied { reader: join.reader, code: Code::Unavailable });
        }
        match self.register(join) {
            Ok(session) => self.enter(join, session),
            Err(code) => {
                // An eviction that a crash could take back must not be told.
                let deny = Effect::Deny { reader: join.reader, code };
                if let Some(effect) = self.log.after(deny) {
                    self.apply(vec![effect]);
                }
            }
        }
    }

    /// Whether the client has a reader over a newer connection. Its join was on its way, or waited
    /// for a grant, until the client had come back: it must not end what came after it.
    fn is_late(&self, join: &JoinRoom) -> bool {
        let current = self.current.get(&join.client).and_then(|reader| self.readers.get(reader));
        current.is_some_and(|reader| reader.arrival > join.arrival)
    }

    /// The session under which the client may write, found or issued.
    fn register(&mut self, join: &JoinRoom) -> Result<Option<Session>, Code> {
        let other_epoch = join.epoch.is_some_and(|epoch| epoch != self.epoch);
        if other_epoch && join.session.is_some() {
            return Err(Code::Expired);
        }
        if let Some(register) = self.registers.get(join.client) {
            if register.principal != join.grant.principal {
                return Err(Code::Forbidden);
            }
            if join.session.is_some_and(|session| session != register.session) {
                return Err(Code::Expired);
            }
            if self.is_late(join) && !planted!(LateJoinTaken) {
                return Err(Code::Superseded);
            }
            if join.heard < register.forgotten() && !planted!(HeardLessAccepted) {
                return Err(Code::IdentityReused);
            }
            mark!(SessionResumed);
            let session = register.session;
            self.hear(join.client, join.heard);
            return Ok(Some(session));
        }
        if join.session.is_some() {
            return Err(Code::Expired);
        }
        if !join.writes || !join.grant.writes() {
            return Ok(None);
        }
        mark!(SessionIssued);
        self.issue(join).map(Some)
    }

    fn issue(&mut self, join: &JoinRoom) -> Result<Session, Code> {
        let (principal, touched) = (&join.grant.principal, self.stage.version());
        let connected = |client: ClientId| self.current.contains_key(&client);
        let limits = &self.config.limits;
        let (session, evicted) =
            self.registers.issue(join.client, principal, touched, limits, connected)?;
        if let Some(client) = evicted {
            self.log.record(&RoomRecord::Evicted { client }, None);
        }
        let record = RegisterRecord {
            client: join.client,
            principal: principal.clone(),
            session,
            last: Seq::ZERO,
            touched,
            refusals: Vec::new(),
            hashes: Vec::new(),
        };
        self.log.record(&RoomRecord::Register(record), None);
        Ok(session)
    }

    fn enter(&mut self, join: &JoinRoom, session: Option<Session>) {
        let presence = self.presences.join(join.reader);
        let mut reader = Reader::new(join, presence, self.config.limits.chunk_bytes);
        reader.session = session;
        if join.epoch != Some(self.epoch) {
            (reader.base, reader.cursor) = (Version::ZERO, Version::ZERO);
        }
        self.readers.insert(join.reader, reader);
        if session.is_some()
            && let Some(older) = self.current.insert(join.client, join.reader)
        {
            mark!(ReaderSuperseded);
            self.handle_leave(older);
            self.tell(FromRoom::Denied { reader: older, code: Code::Superseded });
        }
        // A session that a crash could take back must not be told.
        if let Some(Effect::Admit { reader }) =
            self.log.after(Effect::Admit { reader: join.reader })
        {
            self.admit(reader);
        }
    }

    pub(super) fn admit(&mut self, id: ReaderId) {
        let durable = self.store.version();
        let horizon = self.store.horizon();
        let Some(reader) = self.readers.get_mut(&id) else { return };
        if reader.base < horizon || reader.base > durable {
            (reader.base, reader.cursor) = (Version::ZERO, Version::ZERO);
        }
        reader.joined = true;
        let (session, client, presence) = (reader.session, reader.client, reader.presence);
        let register = self.registers.get(client).filter(|_| session.is_some());
        let last = register.map_or(Seq::ZERO, Register::last);
        let (epoch, durability) = (self.epoch, self.config.durability);
        self.tell(FromRoom::Joined { reader: id, epoch, session, last, durability, presence });
        self.announce(id);
    }

    pub(super) fn handle_regrant(&mut self, reader: ReaderId, grant: Grant) {
        let Some(reader_state) = self.readers.get_mut(&reader) else { return };
        if reader_state.grant.principal == grant.principal {
            reader_state.grant = grant;
        } else {
            // An outbox belongs to one principal: another one joins anew.
            self.handle_leave(reader);
            self.tell(FromRoom::Denied { reader, code: Code::Forbidden });
        }
    }

    pub(super) fn handle_leave(&mut self, id: ReaderId) {
        let Some(reader) = self.readers.remove(&id) else { return };
        if self.current.get(&reader.client) == Some(&id) {
            self.current.remove(&reader.client);
        }
        let was_shown = !planted!(ParticipantStays) && self.presences.leave(reader.presence);
        #[cfg(feature = "views")]
        self.note_unwatched(reader.watches.into_values());
        if was_shown {
            self.announce_all();
        }
    }

    /// Closes the room to every reader.
    pub fn deny_all(&mut self, code: Code) {
        #[cfg(feature = "views")]
        let mut left = Vec::new();
        for (reader, state) in core::mem::take(&mut self.readers) {
            self.presences.leave(state.presence);
            self.tell(FromRoom::Denied { reader, code });
            #[cfg(feature = "views")]
            left.extend(state.watches.into_values());
        }
        #[cfg(feature = "views")]
        self.note_unwatched(left);
        self.current.clear();
    }

    pub(super) fn hear(&mut self, client: ClientId, heard: Seq) {
        let touched = self.stage.version();
        let Some(register) = self.registers.get_mut(client) else { return };
        register.touched = touched;
        if register.hear(heard) {
            let heard = register.forgotten();
            self.log.record(&RoomRecord::Heard { client, heard }, None);
        }
    }

    pub(super) fn handle_presence(&mut self, now: Time, id: ReaderId, state: Option<&Value>) {
        let Some(reader) = self.readers.get(&id) else { return };
        match self.presences.update(now, reader.presence, state) {
            Ok(true) => self.announce_all(),
            Ok(false) => {}
            Err(error) => self.tell(FromRoom::Fault { reader: id, error }),
        }
    }
}
