//! Whether what a room writes follows from what was sent and from what it wrote before.

use std::collections::BTreeMap;

use syncline_core::Code;
use syncline_core::policy::Author;
use syncline_core::record::room::{RegisterRecord, RoomRecord};

use crate::audit::{Audit, Decision};
use crate::broken::{Checked, hold};
use crate::disk::Stamp;
use crate::reference::{Act, Entry, Reference, Register, Step, Writer, held};

impl Audit {
    /// Takes what the room says for right.
    pub(crate) fn follow(&mut self, records: Vec<RoomRecord>, stamp: Stamp) {
        for record in records {
            match record {
                RoomRecord::Begin(begin) => {
                    self.staged = Reference {
                        epoch: begin.epoch.get(),
                        version: begin.version.get(),
                        ..Reference::default()
                    }
                }
                RoomRecord::Entry(entry) => {
                    let held = entry.content.as_ref().map(held);
                    self.staged.put(
                        entry.key.as_str(),
                        Entry { held, version: entry.version.get(), writer: writer(entry.author) },
                    );
                }
                RoomRecord::Applied(applied) => {
                    let acts: Vec<(String, Act)> = applied
                        .edits
                        .iter()
                        .map(|edit| (edit.key.to_string(), Act::of(&edit.action)))
                        .collect();
                    let results = self.staged.make(&acts);
                    self.staged.commit(results, writer(applied.author));
                }
                RoomRecord::Register(_) | RoomRecord::Refused { .. } | RoomRecord::Heard { .. } => {
                }
                RoomRecord::Evicted { .. } | RoomRecord::Horizon { .. } => {}
            }
        }
        self.waiting.push_back((stamp, self.staged.clone()));
    }

    pub(crate) fn fold(&mut self, record: RoomRecord) -> Checked {
        let room = &mut self.staged;
        match record {
            RoomRecord::Begin(begin) => {
                hold!(room.version == 0 && room.epoch == 0, "I8", "a room begins twice: {begin:?}");
                room.epoch = begin.epoch.get();
                self.history.insert((room.epoch, 0), 0);
            }
            RoomRecord::Register(register) => {
                let session = register.session.get();
                let same = room
                    .registers
                    .get(&register.client.get())
                    .is_some_and(|known| known.session == session);
                hold!(
                    same || session > room.issued,
                    "I8",
                    "session {session} is issued after {}",
                    room.issued
                );
                room.issued = room.issued.max(session);
                if !same {
                    room.registers.insert(
                        register.client.get(),
                        Register { session, last: register.last.get() },
                    );
                }
            }
            RoomRecord::Applied(applied) => {
                let writer = writer(applied.author);
                let acts: Vec<(String, Act)> = applied
                    .edits
                    .iter()
                    .map(|edit| (edit.key.to_string(), Act::of(&edit.action)))
                    .collect();
                hold!(
                    applied.version.get() == room.version + 1,
                    "I8",
                    "version {} follows {}",
                    applied.version,
                    room.version
                );
                self.decide(writer, None, &acts)?;
            }
            RoomRecord::Refused { client, refusal, .. } => {
                let why = (usize::try_from(refusal.op).unwrap_or(0), refusal.code);
                self.decide(Some((client.get(), refusal.seq.get())), Some(why), &[])?;
            }
            RoomRecord::Heard { client, heard } => {
                let last = room.registers.get(&client.get()).map_or(0, |register| register.last);
                hold!(heard.get() <= last, "I4", "{client} heard {heard} of {last}");
            }
            RoomRecord::Evicted { client } => {
                room.registers.remove(&client.get());
                self.forgotten.insert(client.get());
            }
            RoomRecord::Horizon { version } => {
                let known = room.version;
                hold!(version.get() <= known, "I8", "a horizon {version} above {known}");
                room.keys.retain(|_, entry| entry.held.is_some() || entry.version > version.get());
            }
            RoomRecord::Entry(entry) => {
                hold!(false, "I14", "an entry outside a snapshot: {entry:?}");
            }
        }
        Ok(())
    }

    /// What was sent that the room decided so.
    fn explain(
        &self,
        writer: Writer,
        refused: Option<(usize, Code)>,
        acts: &[(String, Act)],
    ) -> Checked<Vec<Step>> {
        let room = &self.staged;
        Ok(match writer {
            None => acts
                .iter()
                .map(|(key, act)| Step {
                    key: key.clone(),
                    act: act.clone(),
                    seen: syncline_core::Seen::Absent,
                })
                .collect(),
            Some((client, seq)) => {
                let last = room.registers.get(&client).map(|register| register.last);
                hold!(last.is_some(), "I1", "{client:032x}/{seq} is decided without a register");
                let last = last.unwrap_or(0);
                hold!(seq > last, "I1", "{client:032x}/{seq} is decided again, after {last}");
                hold!(seq == last + 1, "I3", "{client:032x}/{seq} is decided after {last}");
                let sent = self.pushed.get(&(client, seq)).map_or(&[][..], Vec::as_slice);
                // One name may stand for several contents where storage was rolled back: the one that was decided counts.
                let explains = |steps: &&Vec<Step>| match refused {
                    None => {
                        same_acts(steps, acts)
                            && (sent.len() == 1 || room.judge(steps, writer).is_ok())
                    }
                    Some(why) => {
                        sent.len() == 1
                            || judged_here(why.1) && room.judge(steps, writer).err() == Some(why)
                    }
                };
                let found = sent.iter().find(explains).or_else(|| {
                    sent.iter().find(|steps| refused.is_some() || same_acts(steps, acts))
                });
                hold!(
                    found.is_some(),
                    "I10",
                    "{client:032x}/{seq} was {sent:?} and is recorded as {acts:?}"
                );
                found.cloned().unwrap_or_default()
            }
        })
    }

    /// The room has decided: judges again.
    fn decide(
        &mut self,
        writer: Writer,
        refused: Option<(usize, Code)>,
        acts: &[(String, Act)],
    ) -> Checked {
        let steps = self.explain(writer, refused, acts)?;
        let room = &mut self.staged;
        if let Some((client, seq)) = writer
            && let Some(register) = room.registers.get_mut(&client)
        {
            register.last = seq;
        }
        let mut judged = room.judge(&steps, writer);
        if writer.is_none() {
            // The host asks nothing and is above every policy.
            judged = Ok(room.make(acts));
        }
        match (&refused, judged) {
            (None, Ok(results)) => {
                room.commit(results, writer);
                self.history.insert((room.epoch, room.version), room.hash);
            }
            (None, Err((op, Code::Stale))) => {
                hold!(false, "I9", "{writer:?} is accepted though op {op} is stale: {steps:?}");
            }
            (None, Err((op, code))) => {
                hold!(false, "I10", "{writer:?} is accepted though op {op} is {code:?}: {steps:?}");
            }
            (Some(_), Ok(_)) if refused.is_some_and(|(_, code)| judged_here(code)) => {
                hold!(false, "I4", "{writer:?} is refused as {refused:?} for no reason: {steps:?}");
            }
            (Some((op, code)), Err((at, why))) if judged_here(*code) => {
                hold!(
                    (*op, *code) == (at, why),
                    "I4",
                    "{writer:?} is refused as {refused:?}, not as {why:?} at {at}"
                );
            }
            (Some(_), _) => {}
        }
        let sums = steps.iter().filter_map(|step| match &step.act {
            Act::Add(number) => Some((step.key.clone(), *number)),
            _ => None,
        });
        let refused = refused.map(|(_, code)| code);
        let sums = sums.collect();
        let ghosts: Vec<u64> = steps.iter().flat_map(|step| ghosts(&step.act)).collect();
        let made = (room.epoch, room.version);
        room.decisions = self.log.len() + 1;
        if refused.is_none() {
            let again = |ghost: &&u64| self.taken_at(**ghost).is_some();
            let twice: Vec<u64> = ghosts.iter().filter(again).copied().collect();
            self.twice.extend(twice);
        }
        let places = if refused.is_some() { &mut self.refused } else { &mut self.taken };
        places.extend(ghosts.iter().map(|ghost| (*ghost, self.log.len())));
        self.log.push(Decision { writer, ghosts, sums, refused, made });
        Ok(())
    }

    /// The room has written all that it is anew.
    pub(crate) fn snapshot(&mut self, records: Vec<RoomRecord>) -> Checked {
        let (mut live, mut registers, mut epoch) = (BTreeMap::new(), BTreeMap::new(), 0);
        let right = &self.durable;
        for record in records {
            match record {
                RoomRecord::Begin(begin) => {
                    epoch = begin.epoch.get();
                    hold!(
                        begin.version.get() == right.version,
                        "I2",
                        "a snapshot of {}, not {}",
                        begin.version,
                        right.version
                    );
                    hold!(
                        begin.issued.get() >= right.issued,
                        "I8",
                        "a snapshot forgets session {}",
                        right.issued
                    );
                }
                RoomRecord::Entry(entry) if entry.content.is_some() => {
                    let held = entry.content.as_ref().map(held);
                    let entry = (
                        entry.key.to_string(),
                        Entry { held, version: entry.version.get(), writer: writer(entry.author) },
                    );
                    live.insert(entry.0, entry.1);
                }
                RoomRecord::Register(RegisterRecord { client, session, last, .. }) => {
                    registers.insert(
                        client.get(),
                        Register { session: session.get(), last: last.get() },
                    );
                }
                RoomRecord::Entry(_) | RoomRecord::Applied(_) | RoomRecord::Refused { .. } => {}
                RoomRecord::Heard { .. }
                | RoomRecord::Evicted { .. }
                | RoomRecord::Horizon { .. } => {}
            }
        }
        let held = right.keys.iter().filter(|(_, entry)| entry.held.is_some());
        let want: BTreeMap<String, Entry> =
            held.map(|(key, entry)| (key.to_string(), Entry::clone(entry))).collect();
        hold!(live == want, "I2", "a snapshot holds {live:?}, not {want:?}");
        hold!(
            epoch == right.epoch || self.renews,
            "I8",
            "epoch {epoch:016x} follows {:016x}",
            right.epoch
        );
        if epoch != right.epoch {
            self.forgotten.extend(right.registers.keys());
        }
        if epoch == right.epoch {
            for (client, register) in &right.registers {
                let kept = registers.get(client).is_none_or(|kept| kept == register);
                hold!(kept, "I2", "a snapshot holds {:?}, not {register:?}", registers.get(client));
            }
        } else {
            self.history.insert((epoch, right.version), right.hash);
            self.renews = false;
        }
        self.staged = Reference { epoch, registers, ..right.clone() };
        Ok(())
    }
}

fn writer(author: Author) -> Writer {
    match author {
        Author::Host => None,
        Author::Client(client, seq) => Some((client.get(), seq.get())),
    }
}

fn same_acts(steps: &[Step], acts: &[(String, Act)]) -> bool {
    let changing = steps.iter().filter(|step| step.act != Act::Expect);
    changing.map(|step| (&step.key, &step.act)).eq(acts.iter().map(|(key, act)| (key, act)))
}

/// Codes that the reference judges itself; the others are limits and grants.
const fn judged_here(code: Code) -> bool {
    matches!(
        code,
        Code::Stale | Code::WrongType | Code::NoSuchItem | Code::DuplicateItem | Code::Overflow
    )
}

/// The numbers outside the protocol in what an act writes.
fn ghosts(act: &Act) -> Vec<u64> {
    let text = match act {
        Act::Set(value) | Act::Merge(value) | Act::Insert(_, value, _) | Act::Replace(_, value) => {
            value.to_string()
        }
        Act::Delete | Act::Add(_) | Act::Expect | Act::Remove(_) | Act::Move(..) => {
            return Vec::new();
        }
    };
    let number = |part: &str| {
        part.split_once(':').and_then(|(_, rest)| rest.split(['"', ' ', '.']).next()?.parse().ok())
    };
    text.split('@').skip(1).filter_map(number).collect()
}
