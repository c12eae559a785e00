//! Steps as they are read.

use super::super::build::Builder;
use super::super::keyed::Fit;
use super::super::names::NameId;
use super::super::statics::Statics;
use super::super::tree::size;
use super::nodes::{read_into, read_name, read_nodes};
use super::{
    DROP, ENTER, INSERT, KEEP, LEAVE, Order, Part, REPLACE, SET, SET_LEAF, SET_TEXT, Step, UNSET,
    after, malformed,
};
use crate::error::{Code, Error};
use crate::limit::VIEW_DEPTH;
use crate::wire::Reader;

/// How an order begins: a drop of none.
const ORDER: u8 = DROP;

/// Reads the steps of a patch, one after the other.
pub(in super::super) struct Steps<'a, 's> {
    reader: Reader<'a>,
    statics: &'s Statics,
    draft: bool,
    /// How deep the cursor stands.
    depth: usize,
}

impl<'a, 's> Steps<'a, 's> {
    pub(in super::super) const fn new(reader: Reader<'a>, statics: &'s Statics) -> Self {
        Self { reader, statics, draft: false, depth: 0 }
    }

    /// Those of a draft.
    pub(in super::super) const fn of_draft(reader: Reader<'a>, statics: &'s Statics) -> Self {
        Self { reader, statics, draft: true, depth: 0 }
    }

    /// How many bytes are still to be read.
    pub(in super::super) const fn remaining(&self) -> usize {
        self.reader.remaining()
    }

    /// The next step; none at the end.
    pub(in super::super) fn next(&mut self) -> Result<Option<Step<'a>>, Error> {
        if self.reader.remaining() == 0 {
            return Ok(None);
        }
        let (kind, number) = unpacked(&mut self.reader, 3, 31)?;
        let reader = &mut self.reader;
        Ok(Some(match kind {
            ENTER => {
                self.depth = self.depth.saturating_add(1);
                if self.depth > VIEW_DEPTH {
                    let what = "elements within each other";
                    return Err(Error::limit(Code::TooDeep, VIEW_DEPTH, what, self.depth));
                }
                Step::Enter(number)
            }
            LEAVE => {
                if number == 0 || number > self.depth {
                    let expected = format!("to leave 1 to {} elements", self.depth);
                    return Err(malformed(expected, &number.to_string()));
                }
                self.depth = self.depth.saturating_sub(number);
                Step::Leave(number)
            }
            SET_TEXT => Step::Text { past: number, text: reader.text()? },
            SET_LEAF => Step::Leaf { past: number, text: reader.text()? },
            REPLACE => Step::Replace {
                past: number,
                tree: Box::new(read_nodes(reader, 1, self.statics, self.depth)?),
            },
            SET => Step::Set { name: self.attr(number)?, value: self.reader.text()? },
            UNSET => Step::Unset { name: self.attr(number)? },
            _ if self.draft && self.reader.peek()? == ORDER => self.order(number)?,
            _ => Step::List { front: number, parts: self.parts(number)? },
        }))
    }

    fn attr(&self, number: usize) -> Result<NameId, Error> {
        let name = read_name(u64::try_from(number).unwrap_or(u64::MAX), self.statics)?;
        if name == NameId::KEY { Err(malformed("an attribute", "a key")) } else { Ok(name) }
    }

    fn order(&mut self, front: usize) -> Result<Step<'a>, Error> {
        let reader = &mut self.reader;
        reader.byte()?;
        let before = size(reader.short()?);
        let (count, back) = (reader.count(1)?, size(reader.short()?));
        let end = front.saturating_add(before);
        let (mut fits, mut bytes) = (Vec::with_capacity(count), Vec::new());
        let mut new = Builder::within(self.depth);
        for _ in 0..count {
            let fit = match size(reader.short()?).checked_sub(1) {
                None => {
                    let mut start = *reader;
                    read_into(&mut new, reader, 1, self.statics)?;
                    bytes.push(start.raw(start.remaining().saturating_sub(reader.remaining()))?);
                    Fit::New
                }
                Some(at) if at >= front && at < end => Fit::Old(at.saturating_sub(front)),
                Some(at) => {
                    let expected = format!("a child from {front} to before {end}");
                    return Err(malformed(expected, &at.to_string()));
                }
            };
            fits.push(fit);
        }
        Ok(Step::Order(Box::new(Order { front, before, back, fits, new: new.finish()?, bytes })))
    }

    fn parts(&mut self, front: usize) -> Result<Vec<Part>, Error> {
        let mut parts = Vec::new();
        let mut moved = front;
        loop {
            let (kind, count) = unpacked(&mut self.reader, 2, 63)?;
            match kind {
                KEEP if count == 0 => return Ok(parts),
                KEEP => parts.push(Part::Keep(count)),
                _ if count == 0 => return Err(malformed("a count of children", "0")),
                DROP => parts.push(Part::Drop(count)),
                INSERT => {
                    if count > self.reader.remaining() {
                        return Err(malformed("trees for a count of children", &count.to_string()));
                    }
                    let tree = read_nodes(&mut self.reader, count, self.statics, self.depth)?;
                    parts.push(Part::Insert(tree));
                }
                _ => {
                    let distance = self.reader.signed()?;
                    let back = distance & 1 == 1;
                    let from =
                        i64::try_from(moved).ok().and_then(|at| at.checked_add(distance >> 1));
                    let from = from.and_then(|from| usize::try_from(from).ok());
                    let from =
                        from.ok_or_else(|| malformed("a child to move", "one before all"))?;
                    moved = after(from, count, back);
                    parts.push(Part::Move { from, count, back });
                }
            }
        }
    }
}

/// A step that changes a text at most.
pub(in super::super) enum Light<'a> {
    Enter(usize),
    Leave(usize),
    Text(usize, &'a str),
    Leaf(usize, &'a str),
}

/// The next step, unless it is of another kind or none.
#[inline]
pub(in super::super) fn light<'a>(reader: &mut Reader<'a>) -> Option<Light<'a>> {
    let (kind, number) = unpacked(reader, 3, 31).ok()?;
    match kind {
        ENTER => Some(Light::Enter(number)),
        LEAVE if number > 0 => Some(Light::Leave(number)),
        SET_TEXT => Some(Light::Text(number, reader.text().ok()?)),
        SET_LEAF => Some(Light::Leaf(number, reader.text().ok()?)),
        _ => None,
    }
}

#[inline]
fn unpacked(reader: &mut Reader<'_>, bits: u32, most: u8) -> Result<(u8, usize), Error> {
    let byte = reader.byte()?;
    let (kind, small) = (byte & !(u8::MAX.wrapping_shl(bits)), byte.wrapping_shr(bits));
    if small < most {
        return Ok((kind, usize::from(small)));
    }
    let more = reader.short()?;
    Ok((kind, size(more).saturating_add(usize::from(most))))
}
