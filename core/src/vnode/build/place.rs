//! What may come where a tree is being written.

use super::super::template::Slot;
use super::super::tree::{BOUND, HOLE, TEXT};
use super::{Builder, Open, Shape, slots_of, wrong};
use crate::error::{Code, Error};
use crate::limit::{VIEW_DEPTH, VIEW_TEXT, VIEW_WORDS};

impl Builder {
    /// The open node has another one from now on.
    #[inline]
    pub(super) fn fill(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.children = open.children.saturating_add(1);
        }
    }

    /// What may come next.
    pub(super) fn place(&self) -> Result<Slot, Error> {
        self.open.last().map_or(Ok(Slot::Node), Open::place)
    }

    /// Where the next comes if it may be an address alone.
    #[inline]
    pub(super) fn address(&self) -> Result<Option<Slot>, Error> {
        match self.open.last() {
            Some(open) if !open.is_plain() => Ok(Some(open.place()?).filter(|it| it.is_address())),
            Some(_) | None => Ok(None),
        }
    }

    #[inline]
    pub(super) fn check_depth(&self) -> Result<(), Error> {
        let depth = self.open.len().saturating_add(self.around);
        if depth >= VIEW_DEPTH { Err(too_deep(depth)) } else { Ok(()) }
    }

    #[inline]
    pub(super) fn check_child(&self, head: u32, words: usize, bytes: usize) -> Result<(), Error> {
        if let Some(open) = self.open.last()
            && (open.raw || !open.is_plain())
        {
            open.check_child(head)?;
        }
        self.check_size(words, bytes)
    }

    #[inline]
    pub(super) fn check_size(&self, words: usize, bytes: usize) -> Result<(), Error> {
        let words = self.tree.words.len().saturating_add(words);
        let bytes = self.tree.text.len().saturating_add(bytes);
        if words > VIEW_WORDS || bytes > VIEW_TEXT {
            return Err(too_large(words, bytes));
        }
        Ok(())
    }
}

impl Open {
    /// Whether it takes any nodes.
    const fn is_plain(&self) -> bool {
        matches!(self.shape, Shape::Element | Shape::Fragment)
    }

    #[cold]
    fn check_child(&self, head: u32) -> Result<(), Error> {
        if self.raw {
            return Err(wrong("nothing beside raw HTML", "another child"));
        }
        if self.place()? != Slot::Node && !(head & 3 == TEXT || head == HOLE || head == BOUND) {
            return Err(wrong("text or a hole, in the slot of an attribute", "another node"));
        }
        Ok(())
    }

    /// What may come next in it.
    fn place(&self) -> Result<Slot, Error> {
        match &self.shape {
            Shape::Element | Shape::Fragment => Ok(Slot::Node),
            Shape::Instance(template) => {
                let slot = template.slots().get(self.children).copied();
                slot.ok_or_else(|| slots_of(template, self.children.saturating_add(1)))
            }
            Shape::Bound { slot, .. } if self.children == 0 => Ok(*slot),
            Shape::Bound { choices, .. } if self.children <= *choices => Ok(Slot::Node),
            Shape::Bound { choices, .. } => {
                let expected = format!("{choices} nodes, one for each case");
                Err(Error::new(Code::InvalidArgument, expected, "one more"))
            }
        }
    }
}

#[cold]
fn too_deep(depth: usize) -> Error {
    let got = depth.saturating_add(1);
    Error::limit(Code::TooDeep, VIEW_DEPTH, "elements within each other", got)
}

#[cold]
fn too_large(words: usize, bytes: usize) -> Error {
    if words > VIEW_WORDS {
        return Error::limit(Code::ValueTooLarge, VIEW_WORDS, "words of a tree", words);
    }
    Error::limit(Code::ValueTooLarge, VIEW_TEXT, "bytes of a tree", bytes)
}
