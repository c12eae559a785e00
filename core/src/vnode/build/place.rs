//! What may come where a tree is being written.

use super::super::template::Slot;
use super::super::tree::{BOUND, HOLE, TEXT};
use super::{Builder, Shape, slots_of, wrong};
use crate::error::{Code, Error};
use crate::limit::{VIEW_DEPTH, VIEW_TEXT, VIEW_WORDS};

impl Builder {
    /// The open node has another one from now on.
    pub(super) fn fill(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.children = open.children.saturating_add(1);
        }
    }

    /// What may come next.
    pub(super) fn place(&self) -> Result<Slot, Error> {
        let Some(open) = self.open.last() else { return Ok(Slot::Node) };
        match &open.shape {
            Shape::Element | Shape::Fragment => Ok(Slot::Node),
            Shape::Instance(template) => {
                let slot = template.slots().get(open.children).copied();
                slot.ok_or_else(|| slots_of(template, open.children.saturating_add(1)))
            }
            Shape::Bound { slot, .. } if open.children == 0 => Ok(*slot),
            Shape::Bound { choices, .. } if open.children <= *choices => Ok(Slot::Node),
            Shape::Bound { choices, .. } => {
                let expected = format!("{choices} nodes, one for each case");
                Err(Error::new(Code::InvalidArgument, expected, "one more"))
            }
        }
    }

    pub(super) fn check_depth(&self) -> Result<(), Error> {
        let depth = self.open.len().saturating_add(self.around);
        if depth >= VIEW_DEPTH {
            let got = depth.saturating_add(1);
            return Err(Error::limit(Code::TooDeep, VIEW_DEPTH, "elements within each other", got));
        }
        Ok(())
    }

    pub(super) fn check_child(&self, head: u32, words: usize, bytes: usize) -> Result<(), Error> {
        if self.open.last().is_some_and(|open| open.raw) {
            return Err(wrong("nothing beside raw HTML", "another child"));
        }
        if self.place()? != Slot::Node && !(head & 3 == TEXT || head == HOLE || head == BOUND) {
            return Err(wrong("text or a hole, in the slot of an attribute", "another node"));
        }
        self.check_size(words, bytes)
    }

    pub(super) fn check_size(&self, words: usize, bytes: usize) -> Result<(), Error> {
        let words = self.tree.words.len().saturating_add(words);
        if words > VIEW_WORDS {
            return Err(Error::limit(Code::ValueTooLarge, VIEW_WORDS, "words of a tree", words));
        }
        let bytes = self.tree.text.len().saturating_add(bytes);
        if bytes > VIEW_TEXT {
            return Err(Error::limit(Code::ValueTooLarge, VIEW_TEXT, "bytes of a tree", bytes));
        }
        Ok(())
    }
}
