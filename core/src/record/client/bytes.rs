//! How a client's records look as bytes.

use super::{ClientRecord, Conflict, Draft, DraftOp, RoomHead, StoredKey, TabRecord};
use crate::error::{Code, Error};
use crate::id::{ClientId, DraftId, Epoch, Key, KeyId, RoomName, RoomNo, Seq, Session, Version};
use crate::message::{Codec, Personal, Refusal};
use crate::op::{DraftSeen, Seen};
use crate::wire::{Reader, Writer};

impl ClientRecord {
    const fn tag(&self) -> u8 {
        match self {
            Self::Room(_) => 1,
            Self::State { .. } => 2,
            Self::Identity { .. } => 3,
            Self::Session { .. } => 4,
            Self::Draft { .. } => 5,
            Self::Coalesce { .. } => 6,
            Self::Name { .. } => 7,
            Self::Drop { .. } => 8,
            Self::Delta { .. } => 9,
            Self::Settle { .. } => 10,
            Self::Outdate { .. } => 11,
            Self::Conflict { .. } => 12,
            Self::Resolve { .. } => 13,
            Self::Forget { .. } => 14,
            Self::Tab { record, .. } => record.tag(),
        }
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.byte(self.tag());
        w.number(self.room().get().into());
        match self {
            Self::Room(head) => head.write(w),
            Self::State { version, keys, .. } => {
                w.number(version.get());
                write_all(w, keys, |w, key| key.write(w));
            }
            Self::Identity { client, .. } => w.fixed_u128(client.get()),
            Self::Session { epoch, session, .. } => {
                w.fixed_u64(epoch.get());
                write_option(w, session.as_ref(), |w, s| w.number(s.get()));
            }
            Self::Draft { draft, .. } => draft.write(w),
            Self::Coalesce { draft, action, .. } => {
                w.number(draft.get());
                w.action(action);
            }
            Self::Name { first, count, .. } => {
                w.number(first.get());
                w.number((*count).into());
            }
            Self::Drop { draft, code, .. } => {
                w.number(draft.get());
                write_code(w, *code);
            }
            Self::Delta { codec, last, frames, .. } => {
                w.byte(codec.byte());
                write_option(w, last.as_ref(), |w, s| w.number(s.get()));
                write_all(w, frames, |w, frame| w.blob(frame));
            }
            Self::Settle { personal, .. } => {
                w.number(personal.last.get());
                write_all(w, &personal.refusals, write_refusal);
            }
            Self::Outdate { .. } | Self::Forget { .. } => {}
            Self::Conflict { conflict, .. } => conflict.write(w),
            Self::Resolve { draft, by, .. } => {
                w.number(draft.get());
                write_option(w, by.as_ref(), |w, draft| draft.write(w));
            }
            Self::Tab { record, .. } => record.write(w),
        }
    }

    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let tag = r.byte()?;
        let room = RoomNo::new(number_u32(r)?);
        Ok(match tag {
            1 => Self::Room(RoomHead::read(r, room)?),
            2 => {
                let version = Version::new(r.counter()?);
                Self::State { room, version, keys: read_all(r, StoredKey::read)? }
            }
            3 => Self::Identity { room, client: ClientId::new(r.fixed_u128()?) },
            4 => {
                let epoch = Epoch::new(r.fixed_u64()?);
                let session = read_option(r, |r| r.counter().map(Session::new))?;
                Self::Session { room, epoch, session }
            }
            5 => Self::Draft { room, draft: Draft::read(r)? },
            6 => {
                let draft = DraftId::new(r.counter()?);
                Self::Coalesce { room, draft, action: r.action()? }
            }
            7 => {
                let first = Seq::new(r.counter()?);
                Self::Name { room, first, count: number_u32(r)? }
            }
            8 => Self::Drop { room, draft: DraftId::new(r.counter()?), code: read_code(r)? },
            9 => {
                let byte = r.byte()?;
                let codec = Codec::of_byte(byte).ok_or_else(|| malformed("a codec", byte))?;
                let last = read_option(r, |r| r.counter().map(Seq::new))?;
                let frames = read_all(r, |r| r.blob().map(<[u8]>::to_vec))?;
                Self::Delta { room, codec, last, frames }
            }
            10 => {
                let last = Seq::new(r.counter()?);
                let refusals = read_all(r, read_refusal)?;
                Self::Settle { room, personal: Personal { last, refusals, rewind: false } }
            }
            11 => Self::Outdate { room },
            12 => Self::Conflict { room, conflict: Conflict::read(r)? },
            13 => {
                let draft = DraftId::new(r.counter()?);
                Self::Resolve { room, draft, by: read_option(r, Draft::read)? }
            }
            14 => Self::Forget { room },
            other => Self::Tab { room, record: TabRecord::read(other, r)? },
        })
    }
}

impl RoomHead {
    fn write(&self, w: &mut Writer) {
        w.text(self.name.as_str());
        w.fixed_u128(self.client.get());
        write_option(w, self.session.as_ref(), |w, s| w.number(s.get()));
        write_option(w, self.epoch.as_ref(), |w, e| w.fixed_u64(e.get()));
        w.byte(self.known.into());
        w.number(self.made.get());
        w.number(self.named.get());
        w.number(self.settled.get());
    }

    fn read(r: &mut Reader<'_>, room: RoomNo) -> Result<Self, Error> {
        Ok(Self {
            room,
            name: RoomName::new(r.text()?)?,
            client: ClientId::new(r.fixed_u128()?),
            session: read_option(r, |r| r.counter().map(Session::new))?,
            epoch: read_option(r, |r| r.fixed_u64().map(Epoch::new))?,
            known: flag(r)?,
            made: DraftId::new(r.counter()?),
            named: Seq::new(r.counter()?),
            settled: Seq::new(r.counter()?),
        })
    }
}

impl StoredKey {
    fn write(&self, w: &mut Writer) {
        w.number(self.id.get().into());
        w.text(self.key.as_str());
        w.number(self.version.get());
        w.content(&self.content);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: KeyId::new(number_u32(r)?),
            key: Key::new(r.text()?)?,
            version: Version::new(r.counter()?),
            content: r.content()?,
        })
    }
}

impl Draft {
    pub(super) fn write(&self, w: &mut Writer) {
        w.number(self.id.get());
        write_option(w, self.seq.as_ref(), |w, s| w.number(s.get()));
        w.byte(self.sealed.into());
        write_all(w, &self.ops, |w, op| op.write(w));
    }

    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: DraftId::new(r.counter()?),
            seq: read_option(r, |r| r.counter().map(Seq::new))?,
            sealed: flag(r)?,
            ops: read_all(r, DraftOp::read)?,
        })
    }
}

impl DraftOp {
    fn write(&self, w: &mut Writer) {
        w.text(self.key.as_str());
        w.action(&self.action);
        let (tag, number) = match self.seen {
            DraftSeen::Fixed(Seen::Absent) => (0, 0),
            DraftSeen::Fixed(Seen::At(version)) => (1, version.get()),
            DraftSeen::Fixed(Seen::Mine(seq)) => (2, seq.get()),
            DraftSeen::Draft(draft) => (3, draft.get()),
        };
        w.byte(tag);
        w.number(number);
        write_option(w, self.base.as_ref(), Writer::content);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let key = Key::new(r.text()?)?;
        let action = r.action()?;
        let (tag, number) = (r.byte()?, r.counter()?);
        let seen = match tag {
            0 if number == 0 => DraftSeen::Fixed(Seen::Absent),
            1 => DraftSeen::Fixed(Seen::At(Version::new(number))),
            2 => DraftSeen::Fixed(Seen::Mine(Seq::new(number))),
            3 => DraftSeen::Draft(DraftId::new(number)),
            other => return Err(malformed("what a writer had seen", other)),
        };
        Ok(Self { key, action, seen, base: read_option(r, Reader::content)? })
    }
}

impl Conflict {
    fn write(&self, w: &mut Writer) {
        w.number(self.draft.get());
        write_all(w, &self.followers, |w, draft| w.number(draft.get()));
        w.text(self.key.as_str());
        write_code(w, self.code);
        write_option(w, self.base.as_ref(), Writer::content);
        write_option(w, self.mine.as_ref(), Writer::content);
        write_option(w, self.tail.as_ref(), |w, s| w.number(s.get()));
        write_all(w, &self.ops, |w, (key, action)| {
            w.text(key.as_str());
            w.action(action);
        });
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self {
            draft: DraftId::new(r.counter()?),
            followers: read_all(r, |r| r.counter().map(DraftId::new))?,
            key: Key::new(r.text()?)?,
            code: read_code(r)?,
            base: read_option(r, Reader::content)?,
            mine: read_option(r, Reader::content)?,
            tail: read_option(r, |r| r.counter().map(Seq::new))?,
            ops: read_all(r, |r| Ok((Key::new(r.text()?)?, r.action()?)))?,
        })
    }
}

fn write_refusal(w: &mut Writer, refusal: &Refusal) {
    w.number(refusal.seq.get());
    w.number(refusal.op.into());
    write_code(w, refusal.code);
}

fn read_refusal(r: &mut Reader<'_>) -> Result<Refusal, Error> {
    Ok(Refusal { seq: Seq::new(r.counter()?), op: number_u32(r)?, code: read_code(r)? })
}

pub(super) fn write_code(w: &mut Writer, code: Code) {
    w.number(code.number().unsigned_abs().into());
}

pub(super) fn read_code(r: &mut Reader<'_>) -> Result<Code, Error> {
    let number = number_u32(r)?;
    let code = i32::try_from(number).ok().and_then(i32::checked_neg);
    code.and_then(Code::from_number).ok_or_else(|| malformed("a known code", number))
}

pub(super) fn number_u32(r: &mut Reader<'_>) -> Result<u32, Error> {
    let number = r.counter()?;
    u32::try_from(number).map_err(|_| malformed("a number below 2^32", number))
}

fn flag(r: &mut Reader<'_>) -> Result<bool, Error> {
    match r.byte()? {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(malformed("0 or 1", other)),
    }
}

pub(super) fn write_option<T>(
    w: &mut Writer,
    option: Option<&T>,
    write: impl FnOnce(&mut Writer, &T),
) {
    w.byte(option.is_some().into());
    if let Some(value) = option {
        write(w, value);
    }
}

pub(super) fn read_option<'a, T>(
    r: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    if flag(r)? { read(r).map(Some) } else { Ok(None) }
}

pub(super) fn write_all<T>(w: &mut Writer, all: &[T], write: impl Fn(&mut Writer, &T)) {
    w.number(u64::try_from(all.len()).unwrap_or(u64::MAX));
    for one in all {
        write(w, one);
    }
}

pub(super) fn read_all<'a, T>(
    r: &mut Reader<'a>,
    read: impl Fn(&mut Reader<'a>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut all = Vec::new();
    for _ in 0..r.count(1)? {
        all.push(read(r)?);
    }
    Ok(all)
}

pub(super) fn malformed(expected: &'static str, got: impl core::fmt::Display) -> Error {
    Error::new(Code::Malformed, expected, got.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::Limits;

    /// A proposal is told from another by its bytes.
    #[test]
    fn what_a_writer_had_seen_has_one_form_only() {
        let read = |seen: &[u8]| {
            let bytes = [&[1, b'a', 0x81], seen, &[0]].concat();
            DraftOp::read(&mut Reader::new(&bytes, &Limits::HARD)).map(|op| op.seen)
        };
        assert_eq!(read(&[0, 0]), Ok(DraftSeen::Fixed(Seen::Absent)));
        assert_eq!(read(&[1, 7]), Ok(DraftSeen::Fixed(Seen::At(Version::new(7)))));
        for seen in [[0, 1], [4, 0]] {
            assert_eq!(read(&seen).unwrap_err().code, Code::Malformed, "{seen:?}");
        }
    }
}
