//! What the server does: joins, mutations in the order of the checks, records, deltas.

use crate::bug::Bug;
use crate::config::Config;
use crate::count::{Channel, ClientId, EditNo, Key, ProcessNo, Seq, Session, Version};
use crate::message::{Code, Message, Network, Personal, Refusals};
use crate::mutation::{Mutation, Op, Seen};
use crate::state::{Entry, Register, State};

/// A client that is there.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Reader {
    channel: Channel,
    session: Session,
    /// It was told that it is in.
    joined: bool,
    /// The version that it holds.
    base: Version,
    /// Up to where it was sent what follows.
    cursor: Version,
    /// Up to where it was told of its refusals; only for the bug that counts on it.
    told: Seq,
}

impl Reader {
    const fn new(channel: Channel, session: Session, base: Version) -> Self {
        Self { channel, session, joined: false, base, cursor: base, told: Seq::ZERO }
    }
}

/// The server's side.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Room {
    /// What it has decided.
    pub staged: State,
    /// What of that is durable.
    pub durable: State,
    readers: Vec<(ClientId, Reader)>,
    /// A copy of what was durable once.
    pub backup: Option<State>,
    /// The logs of epochs that have ended, as they were then. Not the server's: the promises are
    /// checked against them.
    pub ended: Vec<State>,
    /// It called a mutation a success that was another one. Not the server's knowledge.
    pub took_another: bool,
}

impl Room {
    /// Puts a client in that has joined and written nothing.
    pub fn admit(&mut self, client: ClientId, channel: Channel) -> Session {
        let session = self.issue(client);
        let reader = Reader::new(channel, session, Version::ZERO);
        self.readers.push((client, Reader { joined: true, ..reader }));
        session
    }

    /// The room as a stranger's write of the first key left it.
    pub fn write(&mut self, edit: EditNo) {
        let op = Op { key: Key::ZERO, expect: false, seen: Seen::Absent, base: None };
        let mutation = Mutation { edit, ops: [Some(op), None] };
        let client = ClientId { process: ProcessNo(u8::MAX), taken: 0 };
        self.staged.log.push(Entry { client, seq: Seq(1), mutation, whole: true });
        self.durable = self.staged.clone();
    }

    /// The room's epoch ends here, and it begins again with nothing.
    pub fn begin_anew(&mut self) {
        let epoch = self.durable.epoch.next();
        self.ended.push(core::mem::take(&mut self.durable));
        self.durable.epoch = epoch;
        self.crash();
    }

    /// Gives a client a register that is durable.
    pub fn issue(&mut self, client: ClientId) -> Session {
        let session = self.staged.issue(client);
        self.durable = self.staged.clone();
        session
    }

    /// The clients that have a reader.
    pub fn readers(&self) -> impl Iterator<Item = ClientId> {
        self.readers.iter().map(|(client, _)| *client)
    }

    /// Whether there is a reader on a channel.
    #[must_use]
    pub fn knows(&self, channel: Channel) -> bool {
        self.readers.iter().any(|(_, reader)| reader.channel == channel)
    }

    fn reader(&mut self, channel: Channel) -> Option<&mut (ClientId, Reader)> {
        self.readers.iter_mut().find(|(_, reader)| reader.channel == channel)
    }

    /// Everything that was decided becomes durable, and what waited for it happens.
    pub fn sync(&mut self, config: &Config, network: &mut Network) {
        if config.has(Bug::SplitRecord) && self.durable.log != self.staged.log {
            self.durable.log.clone_from(&self.staged.log);
            return;
        }
        self.durable = self.staged.clone();
        self.tell_joined(network);
    }

    /// The process of the server ends, and another one begins with what is durable.
    pub fn crash(&mut self) {
        self.staged = self.durable.clone();
        self.readers.clear();
    }

    /// A register is given up, of a client that is not there.
    pub fn evict(&mut self, client: ClientId) {
        self.readers.retain(|(reader, _)| *reader != client);
        self.staged.registers.remove(&client);
    }

    /// The room is what the backup holds, in another epoch.
    pub fn restore(&mut self, config: &Config) {
        let Some(mut backup) = self.backup.take() else { return };
        let epoch = self.durable.epoch;
        self.ended.push(core::mem::take(&mut self.durable));
        if !config.has(Bug::RestoredUnderItsEpoch) {
            backup.epoch = epoch.next();
            backup.registers.clear();
        }
        self.durable = backup;
        self.crash();
    }

    /// A client asks to come in. Returns `false` if that has to wait.
    pub fn join(&mut self, config: &Config, network: &mut Network, join: &Message) -> bool {
        let Message::Join { channel, client, session, epoch, version, heard } = *join else {
            return false;
        };
        if self.knows(channel) {
            return false;
        }
        let session = match self.answer(config, join) {
            // What a crash could take back must not be told.
            Err(_) if self.staged != self.durable => return false,
            Err(code) => {
                network.send(Message::Denied { channel, code });
                return true;
            }
            Ok(Some(session)) => session,
            Ok(None) => match session {
                Some(session) if config.has(Bug::ClientNamedRegister) => {
                    self.staged.registers.insert(client, Register::new(session));
                    session
                }
                _ => self.staged.issue(client),
            },
        };
        self.hear(client, heard);
        if !config.has(Bug::OlderReaderStays) {
            for (_, older) in self.readers.iter().filter(|(reader, _)| *reader == client) {
                let code = Code::Superseded;
                network.send(Message::Denied { channel: older.channel, code });
            }
            self.readers.retain(|(reader, _)| *reader != client);
        }
        let base = if epoch == Some(self.staged.epoch) { version } else { Version::ZERO };
        self.readers.push((client, Reader::new(channel, session, base)));
        self.readers.sort_by_key(|(client, reader)| (*client, reader.channel));
        if self.staged == self.durable {
            self.tell_joined(network);
        }
        true
    }

    /// The session of a client that may come in; none, if it is to be issued.
    fn answer(&self, config: &Config, join: &Message) -> Result<Option<Session>, Code> {
        let Message::Join { channel, client, session, epoch, heard, .. } = *join else {
            return Ok(None);
        };
        let other_epoch = epoch.is_some_and(|epoch| epoch != self.staged.epoch);
        if other_epoch && session.is_some() && !config.has(Bug::NamesAcrossEpochs) {
            return Err(Code::Expired);
        }
        let Some(register) = self.staged.registers.get(&client) else {
            let bugs = [Bug::ClientNamedRegister, Bug::EvictedIsFresh, Bug::NamesAcrossEpochs];
            let expired = session.is_some() && !bugs.contains(&config.bug);
            return if expired { Err(Code::Expired) } else { Ok(None) };
        };
        if session.is_some_and(|session| session != register.session) {
            return Err(Code::Expired);
        }
        let mut readers = self.readers.iter().filter(|(reader, _)| *reader == client);
        // Over a connection that is older than that of the current reader.
        let late = readers.any(|(_, newer)| newer.channel.join > channel.join);
        if late && !config.has(Bug::LateJoinSupersedes) {
            return Err(Code::Superseded);
        }
        // It has lost what it said that it had made durable.
        if heard < register.forgotten && !config.has(Bug::HeardLessIsTaken) {
            return Err(Code::IdentityReused);
        }
        Ok(Some(register.session))
    }

    fn tell_joined(&mut self, network: &mut Network) {
        let durable = &self.durable;
        for (client, reader) in self.readers.iter_mut().filter(|(_, reader)| !reader.joined) {
            let last = durable.registers.get(client).map_or(Seq::ZERO, |register| register.last);
            if reader.base > durable.version() {
                (reader.base, reader.cursor) = (Version::ZERO, Version::ZERO);
            }
            reader.joined = true;
            let (channel, session) = (reader.channel, reader.session);
            network.send(Message::Joined { channel, epoch: durable.epoch, session, last });
        }
    }

    fn hear(&mut self, client: ClientId, heard: Seq) {
        if let Some(register) = self.staged.registers.get_mut(&client) {
            register.hear(heard);
        }
    }

    /// A mutation came.
    pub fn push(&mut self, config: &Config, network: &mut Network, push: &Message) {
        let Message::Push { channel, session, seq, heard, mutation, .. } = *push else { return };
        let Some((client, reader)) = self.reader(channel) else { return };
        let client = *client;
        if !reader.joined {
            return;
        }
        if reader.session != session {
            return self.deny(network, channel, Code::Expired);
        }
        self.hear(client, heard);
        let Some(register) = self.staged.registers.get(&client) else { return };
        let verdict = self.staged.judge(config, client, seq, &mutation);
        let next = if config.has(Bug::GapsAccepted) {
            seq > register.last
        } else {
            seq == register.last.next()
        };
        if config.has(Bug::PreconditionFirst) && verdict.is_err() && seq <= register.last {
            if let Some(register) = self.staged.registers.get_mut(&client) {
                register.refusals.put(seq);
            }
        } else if seq <= register.last {
            let place = usize::from(seq.0).saturating_sub(1);
            if register.contents.get(place).is_some_and(|known| *known != mutation) {
                if !config.has(Bug::NoContentHash) {
                    return self.deny(network, channel, Code::IdentityReused);
                }
                self.took_another = true;
            }
        } else if next {
            self.decide(config, client, seq, mutation, verdict);
        }
        if config.has(Bug::AckBeforeDurable)
            && let Some(register) = self.staged.registers.get(&client)
        {
            let personal = Personal { last: register.last, refusals: register.refusals };
            network.send(Message::Ack { channel, personal });
        }
    }

    fn decide(
        &mut self,
        config: &Config,
        client: ClientId,
        seq: Seq,
        mutation: Mutation,
        verdict: Result<(), usize>,
    ) {
        let Some(register) = self.staged.registers.get_mut(&client) else { return };
        register.last = seq;
        register.contents.push(mutation);
        let half = config.has(Bug::HalfApplied) && verdict.is_err_and(|refused| refused > 0);
        if verdict.is_ok() || half {
            self.staged.log.push(Entry { client, seq, mutation, whole: !half });
        }
        if verdict.is_err() && !config.has(Bug::RefusalNotRecorded) {
            register.refusals.put(seq);
        }
    }

    fn deny(&mut self, network: &mut Network, channel: Channel, code: Code) {
        self.readers.retain(|(_, reader)| reader.channel != channel);
        network.send(Message::Denied { channel, code });
    }

    /// A reader is told what changed, and what was decided: because it did, for an answer to a push,
    /// or for a heartbeat.
    pub fn tell(&mut self, config: &Config, network: &mut Network, client: ClientId) {
        let state = if config.has(Bug::DeltaBeforeDurable) { &self.staged } else { &self.durable };
        let Some(register) = state.registers.get(&client) else { return };
        let mut forgotten = false;
        for (_, reader) in self.readers.iter_mut().filter(|(known, _)| *known == client) {
            if !reader.joined {
                continue;
            }
            let body = state.body(config, reader.base, reader.cursor);
            let refusals = register.refusals.after(reader.told);
            let personal = Personal { last: register.last, refusals };
            let first = reader.cursor == reader.base;
            reader.cursor = body.to;
            if !body.more {
                reader.base = body.to;
            }
            let told = if config.has(Bug::VerdictInFirstChunk) { first } else { !body.more };
            let channel = reader.channel;
            network.send(Message::Delta { channel, body, personal: told.then_some(personal) });
            if config.has(Bug::AckOutsideDelta) {
                network.send(Message::Ack { channel, personal });
            }
            if told && config.has(Bug::RefusalToldOnce) {
                reader.told = register.last;
            }
            forgotten |= told && config.has(Bug::RefusalForgottenWhenTold);
        }
        if forgotten {
            self.forget_refusals(client);
        }
    }

    fn forget_refusals(&mut self, client: ClientId) {
        for state in [&mut self.staged, &mut self.durable] {
            if let Some(register) = state.registers.get_mut(&client) {
                register.refusals = Refusals::NONE;
            }
        }
    }
}
