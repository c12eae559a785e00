//! How actions and ops look as bytes.

use super::reader::malformed;
use super::{Reader, Writer, head};
use crate::error::{Code, Error};
use crate::id::{ItemId, Seq, Version};
use crate::limit::COUNTER_MAX;
use crate::list::Place;
use crate::op::{Action, Op, Seen};

/// Bytes of the smallest op: a key of one byte with its length, an action, and what was seen.
const OP_BYTES_MIN: usize = 4;

impl Writer {
    /// An action.
    pub fn action(&mut self, action: &Action) {
        match action {
            Action::Set(value) => self.value(value),
            Action::Delete => self.byte(head::DELETE),
            Action::Merge(patch) => {
                self.byte(head::MERGE);
                self.value(patch);
            }
            Action::Add(number) => {
                self.byte(head::ADD);
                self.value(number);
            }
            Action::Expect => self.byte(head::EXPECT),
            Action::Insert { id, value, place } => {
                self.placed(head::INSERT, *id, place);
                self.value(value);
            }
            Action::Remove { id } => {
                self.byte(head::REMOVE);
                self.fixed_u64(id.get());
            }
            Action::Move { id, place } => self.placed(head::MOVE, *id, place),
            Action::Replace { id, value } => {
                self.byte(head::REPLACE);
                self.fixed_u64(id.get());
                self.value(value);
            }
        }
    }

    /// What the writer of an op had seen.
    pub fn seen(&mut self, seen: Seen) {
        let number = match seen {
            Seen::Absent => 0,
            Seen::At(version) => version.get() << 1 | 1,
            Seen::Mine(seq) => (seq.get() << 1).saturating_add(2),
        };
        self.number(number);
    }

    /// An op: key, action, seen.
    pub fn op(&mut self, op: &Op) {
        self.text(op.key.as_str());
        self.action(&op.action);
        self.seen(op.seen);
    }

    /// The ops of one mutation: their count and each.
    pub fn ops(&mut self, ops: &[Op]) {
        self.size(ops.len());
        for op in ops {
            self.op(op);
        }
    }

    fn placed(&mut self, first: u8, id: ItemId, place: &Place) {
        let left = place.left.map_or(0, |_| head::LEFT);
        let right = place.right.map_or(0, |_| head::RIGHT);
        self.byte(first | left | right);
        self.fixed_u64(id.get());
        for neighbour in [place.left, place.right].into_iter().flatten() {
            self.fixed_u64(neighbour.get());
        }
    }
}

impl Reader<'_> {
    /// An action.
    pub fn action(&mut self) -> Result<Action, Error> {
        let first = self.peek()?;
        if !matches!(first, head::DELETE..head::SHORT) {
            return self.value().map(Action::Set);
        }
        self.byte()?;
        match first {
            head::DELETE => Ok(Action::Delete),
            head::MERGE => self.value().map(Action::Merge),
            head::ADD => self.value().map(Action::Add),
            head::EXPECT => Ok(Action::Expect),
            head::REMOVE => Ok(Action::Remove { id: self.item()? }),
            head::REPLACE => Ok(Action::Replace { id: self.item()?, value: self.value()? }),
            head::INSERT..head::MOVE => {
                let (id, place) = self.placed(first)?;
                Ok(Action::Insert { id, value: self.value()?, place })
            }
            head::MOVE..=MOVE_LAST => {
                let (id, place) = self.placed(first)?;
                Ok(Action::Move { id, place })
            }
            _ => Err(malformed("an action", &format!("first byte {first:#04x}"))),
        }
    }

    /// What the writer of an op had seen.
    pub fn seen(&mut self) -> Result<Seen, Error> {
        let number = self.number()?;
        let Some(told) = number.checked_sub(1) else { return Ok(Seen::Absent) };
        let counter = told >> 1;
        if counter > COUNTER_MAX {
            return Err(malformed("a counter of at most 2^53 - 1", &counter.to_string()));
        }
        Ok(if told & 1 == 0 {
            Seen::At(Version::new(counter))
        } else {
            Seen::Mine(Seq::new(counter))
        })
    }

    /// An op: key, action, seen.
    pub fn op(&mut self) -> Result<Op, Error> {
        Ok(Op { key: self.key()?, action: self.action()?, seen: self.seen()? })
    }

    /// The ops of one mutation, as many as the limit allows.
    pub fn ops(&mut self) -> Result<Vec<Op>, Error> {
        let count = self.count(OP_BYTES_MIN)?;
        if count > self.limits().ops {
            return Err(Error::limit(Code::MutationTooLarge, self.limits().ops, "ops", count));
        }
        let mut ops = Vec::new();
        for _ in 0..count {
            ops.push(self.op()?);
        }
        Ok(ops)
    }

    fn item(&mut self) -> Result<ItemId, Error> {
        self.fixed_u64().map(ItemId::new)
    }

    fn placed(&mut self, first: u8) -> Result<(ItemId, Place), Error> {
        let id = self.item()?;
        let left = if first & head::LEFT == 0 { None } else { Some(self.item()?) };
        let right = if first & head::RIGHT == 0 { None } else { Some(self.item()?) };
        Ok((id, Place { left, right }))
    }
}

/// The last first byte of a move.
const MOVE_LAST: u8 = head::MOVE | head::LEFT | head::RIGHT;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::Limits;

    #[test]
    fn what_was_seen_has_one_number() {
        let limits = Limits::default();
        for seen in [
            Seen::Absent,
            Seen::At(Version::ZERO),
            Seen::Mine(Seq::ZERO),
            Seen::At(Version::new(COUNTER_MAX)),
            Seen::Mine(Seq::new(COUNTER_MAX)),
        ] {
            let mut out = Writer::new();
            out.seen(seen);
            assert_eq!(Reader::new(out.as_bytes(), &limits).seen(), Ok(seen));
        }
        let mut out = Writer::new();
        out.number((COUNTER_MAX << 1) + 3);
        assert_eq!(Reader::new(out.as_bytes(), &limits).seen().unwrap_err().code, Code::Malformed);
    }

    #[test]
    fn no_first_byte_is_read_as_two_actions() {
        let limits = Limits::default();
        for first in 0..=u8::MAX {
            let mut bytes = [0; 32];
            bytes[0] = first;
            let mut reader = Reader::new(&bytes, &limits);
            if let Ok(action) = reader.action() {
                let mut out = Writer::new();
                out.action(&action);
                assert_eq!(out.as_bytes(), &bytes[..32 - reader.remaining()], "{first:#04x}");
            }
        }
    }
}
