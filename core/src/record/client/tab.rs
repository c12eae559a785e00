//! What a client records of the tabs that follow it: which of their proposals were decided on.

use xxhash_rust::xxh3::xxh3_64;

use super::bytes::{malformed, number_u32, read_all, read_code, read_option};
use super::bytes::{write_all, write_code, write_option};
use super::{ClientRecord, Draft, DraftOp, RecordWriter, RoomHead, read_blob};
use crate::error::{Code, Error};
use crate::id::{DraftId, RoomNo, Seq, TabId};
use crate::op::Action;
use crate::wire::{Reader, Writer};

/// One change of what is known of the tabs that follow a client, in one room.
#[derive(Clone, Debug, PartialEq)]
pub enum TabRecord {
    /// A proposal became a mutation.
    Adopt {
        /// Whose.
        tab: TabId,
        /// Which proposal.
        proposal: DraftId,
        /// The mutation.
        draft: Draft,
    },
    /// A proposal became part of a mutation.
    AdoptInto {
        /// Whose.
        tab: TabId,
        /// Which proposal.
        proposal: DraftId,
        /// Which mutation.
        draft: DraftId,
        /// What the mutation does now.
        action: Action,
    },
    /// A proposal, or the mutation that was made of it and has no number, was given up.
    Refuse {
        /// Whose.
        tab: TabId,
        /// Which proposal.
        proposal: DraftId,
        /// Why.
        code: Code,
    },
    /// A tab is gone.
    Forget {
        /// Which tab.
        tab: TabId,
    },
    /// All that is remembered of a tab.
    Notes {
        /// Which tab.
        tab: TabId,
        /// The latest proposal of which it is not remembered any more how it was decided on.
        forgotten: DraftId,
        /// How the later ones were decided on.
        notes: Vec<(DraftId, Note)>,
    },
    /// Mutations that were decided not long ago.
    Decided {
        /// What became of them.
        decided: Vec<Decided>,
    },
    /// Which mutations are not in the room.
    Ends {
        /// Every later one that left the outbox is in the room, unless it is among these.
        since: DraftId,
        /// The latest that failed, and how.
        failed: Vec<(DraftId, End)>,
    },
    /// A proposal, on its way to the leader; never in a log.
    Propose {
        /// The mutation.
        draft: Draft,
        /// What the mutations of the leader on top of which it was made did.
        looks: Vec<(DraftId, Look)>,
    },
}

/// A number that mutations share that do the same.
///
/// A mutation without a number may change after somebody has seen it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Look(u64);

impl Look {
    /// The look of a mutation of these ops.
    #[must_use]
    pub fn of(ops: &[DraftOp]) -> Self {
        let mut writer = Writer::new();
        for op in ops {
            writer.text(op.key.as_str());
            writer.action(&op.action);
        }
        Self(xxh3_64(writer.as_bytes()))
    }
}

/// How a proposal was decided on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Note {
    /// It is this mutation, or part of it.
    Adopted {
        /// Which mutation.
        draft: DraftId,
        /// What that did then.
        look: Look,
    },
    /// It was given up.
    Refused(Code),
}

/// A mutation that left the outbox.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Decided {
    /// Which.
    pub draft: DraftId,
    /// Its number, unless that was of an identity that was given up.
    pub seq: Option<Seq>,
    /// What it did.
    pub look: Look,
    /// What became of it.
    pub end: End,
}

/// What became of a mutation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// It is in the room.
    Applied,
    /// It is not in the room.
    Refused {
        /// Why.
        code: Code,
        /// Which of its ops, counted from 0.
        op: u32,
    },
    /// Nobody can know.
    Unknown,
}

/// A mutation that a standby has made, as it is handed to the leader.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The room as its writer knew it.
    pub room: RoomHead,
    /// The mutation.
    pub draft: Draft,
    /// What the mutations of the leader on top of which it was made did.
    pub looks: Vec<(DraftId, Look)>,
}

impl Proposal {
    /// The proposal as bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        let mut writer = RecordWriter::new();
        let room = self.room.room;
        writer.put(&ClientRecord::Room(self.room));
        let record = TabRecord::Propose { draft: self.draft, looks: self.looks };
        writer.put(&ClientRecord::Tab { room, record });
        writer.into_bytes()
    }

    /// The proposal that these bytes are.
    ///
    /// # Errors
    ///
    /// `StorageCorrupt` if they are none.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let mut records = read_blob(bytes)?.into_iter();
        let (head, proposal, rest) = (records.next(), records.next(), records.next());
        let (Some(ClientRecord::Room(room)), Some(proposal), None) = (head, proposal, rest) else {
            return Err(no_proposal("other records"));
        };
        let ClientRecord::Tab { room: of, record: TabRecord::Propose { draft, looks } } = proposal
        else {
            return Err(no_proposal("another record"));
        };
        if of != room.room {
            return Err(no_proposal("the mutation of another room"));
        }
        if !draft.id.is_proposal() || draft.seq.is_some() || draft.ops.is_empty() {
            return Err(no_proposal("the mutation of a leader"));
        }
        Ok(Self { room, draft, looks })
    }
}

fn no_proposal(got: &str) -> Error {
    Error::new(Code::StorageCorrupt, "the name of a room and a mutation of a standby", got)
}

impl TabRecord {
    /// The record as one of a room.
    pub(crate) const fn of(self, room: RoomNo) -> ClientRecord {
        ClientRecord::Tab { room, record: self }
    }

    pub(super) const fn tag(&self) -> u8 {
        match self {
            Self::Adopt { .. } => 15,
            Self::AdoptInto { .. } => 16,
            Self::Refuse { .. } => 17,
            Self::Forget { .. } => 18,
            Self::Notes { .. } => 19,
            Self::Decided { .. } => 20,
            Self::Propose { .. } => 21,
            Self::Ends { .. } => 22,
        }
    }

    pub(super) fn write(&self, w: &mut Writer) {
        match self {
            Self::Adopt { tab, proposal, draft } => {
                write_name(w, *tab, *proposal);
                draft.write(w);
            }
            Self::AdoptInto { tab, proposal, draft, action } => {
                write_name(w, *tab, *proposal);
                w.number(draft.get());
                w.action(action);
            }
            Self::Refuse { tab, proposal, code } => {
                write_name(w, *tab, *proposal);
                write_code(w, *code);
            }
            Self::Forget { tab } => w.fixed_u64(tab.get()),
            Self::Notes { tab, forgotten, notes } => {
                write_name(w, *tab, *forgotten);
                write_all(w, notes, |w, (proposal, note)| {
                    w.number(proposal.get());
                    note.write(w);
                });
            }
            Self::Decided { decided } => write_all(w, decided, |w, decided| decided.write(w)),
            Self::Ends { since, failed } => {
                w.number(since.get());
                write_all(w, failed, |w, (draft, end)| {
                    w.number(draft.get());
                    end.write(w);
                });
            }
            Self::Propose { draft, looks } => {
                draft.write(w);
                write_all(w, looks, |w, (draft, look)| {
                    w.number(draft.get());
                    w.fixed_u64(look.0);
                });
            }
        }
    }

    pub(super) fn read(tag: u8, r: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(match tag {
            15 => {
                let (tab, proposal) = read_name(r)?;
                Self::Adopt { tab, proposal, draft: Draft::read(r)? }
            }
            16 => {
                let (tab, proposal) = read_name(r)?;
                Self::AdoptInto { tab, proposal, draft: read_draft(r)?, action: r.action()? }
            }
            17 => {
                let (tab, proposal) = read_name(r)?;
                Self::Refuse { tab, proposal, code: read_code(r)? }
            }
            18 => Self::Forget { tab: TabId::new(r.fixed_u64()?) },
            19 => {
                let (tab, forgotten) = read_name(r)?;
                let notes = read_all(r, |r| Ok((read_draft(r)?, Note::read(r)?)))?;
                Self::Notes { tab, forgotten, notes }
            }
            20 => Self::Decided { decided: read_all(r, Decided::read)? },
            21 => {
                let draft = Draft::read(r)?;
                let looks = read_all(r, |r| Ok((read_draft(r)?, Look(r.fixed_u64()?))))?;
                Self::Propose { draft, looks }
            }
            22 => {
                let since = read_draft(r)?;
                Self::Ends { since, failed: read_all(r, |r| Ok((read_draft(r)?, End::read(r)?)))? }
            }
            other => return Err(malformed("a known kind of record", other)),
        })
    }
}

impl Note {
    fn write(&self, w: &mut Writer) {
        match self {
            Self::Adopted { draft, look } => {
                w.byte(0);
                w.number(draft.get());
                w.fixed_u64(look.0);
            }
            Self::Refused(code) => {
                w.byte(1);
                write_code(w, *code);
            }
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match r.byte()? {
            0 => Ok(Self::Adopted { draft: read_draft(r)?, look: Look(r.fixed_u64()?) }),
            1 => Ok(Self::Refused(read_code(r)?)),
            other => Err(malformed("how a proposal was decided on", other)),
        }
    }
}

impl Decided {
    fn write(&self, w: &mut Writer) {
        w.number(self.draft.get());
        write_option(w, self.seq.as_ref(), |w, seq| w.number(seq.get()));
        w.fixed_u64(self.look.0);
        self.end.write(w);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let draft = read_draft(r)?;
        let seq = read_option(r, |r| r.counter().map(Seq::new))?;
        let look = Look(r.fixed_u64()?);
        Ok(Self { draft, seq, look, end: End::read(r)? })
    }
}

impl End {
    fn write(self, w: &mut Writer) {
        match self {
            Self::Applied => w.byte(0),
            Self::Refused { code, op } => {
                w.byte(1);
                write_code(w, code);
                w.number(op.into());
            }
            Self::Unknown => w.byte(2),
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(match r.byte()? {
            0 => Self::Applied,
            1 => Self::Refused { code: read_code(r)?, op: number_u32(r)? },
            2 => Self::Unknown,
            other => return Err(malformed("what became of a mutation", other)),
        })
    }
}

fn write_name(w: &mut Writer, tab: TabId, proposal: DraftId) {
    w.fixed_u64(tab.get());
    w.number(proposal.get());
}

fn read_name(r: &mut Reader<'_>) -> Result<(TabId, DraftId), Error> {
    Ok((TabId::new(r.fixed_u64()?), read_draft(r)?))
}

fn read_draft(r: &mut Reader<'_>) -> Result<DraftId, Error> {
    r.counter().map(DraftId::new)
}
