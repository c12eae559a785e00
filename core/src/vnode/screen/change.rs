//! What a page has to do, in order; or anew, where it did not take that in time.

use super::Screen;
use crate::error::Error;
use crate::limit::{Limits, VIEW_CHANGES};
use crate::vnode::diff::diff;
use crate::vnode::statics::{Counts, Statics};
use crate::vnode::tree::Tree;
use crate::wire::{Reader, Writer};

/// What a page has to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// It shows nothing from before, and knows no names: the patch is from nothing.
    pub anew: bool,
    /// The names, templates and bindings that are new to the page, as in a frame.
    pub statics: Vec<u8>,
    /// The patch.
    pub patch: Vec<u8>,
}

impl Change {
    /// Tells a table that a page keeps what is new to it; which is another one where the page begins anew.
    ///
    /// # Errors
    ///
    /// `Malformed` for a table of another page.
    pub fn tell(&self, statics: &mut Statics) -> Result<(), Error> {
        if self.anew {
            *statics = Statics::none();
        }
        let mut reader = Reader::new(&self.statics, &Limits::HARD);
        statics.read_since(&mut reader)?;
        reader.finish()
    }

    /// All of it: 1 if it is anew, else 0, the statics, and the patch to the end.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[u8::from(self.anew)], &*self.statics, &*self.patch].concat()
    }
}

impl Screen {
    /// Whether there is something for a page to do.
    #[must_use]
    pub fn has_change(&self) -> bool {
        self.behind || !self.changes.is_empty()
    }

    /// The next thing that a page has to do.
    pub fn change(&mut self) -> Option<Change> {
        let (anew, patch) = if core::mem::take(&mut self.behind) {
            (true, diff(&Tree::default(), &self.shown_tree()))
        } else {
            self.changes.pop_front()?
        };
        let known = if anew { Counts::default() } else { self.told };
        self.told = self.statics.counts();
        let mut statics = Writer::new();
        self.statics.write_since(known, self.told, &mut statics);
        Some(Change { anew, statics: statics.into_bytes(), patch })
    }

    pub(super) fn push(&mut self, anew: bool, patch: Vec<u8>) {
        if self.changes.len() >= VIEW_CHANGES {
            self.changes.clear();
            self.behind = true;
        }
        if !self.behind && (anew || !patch.is_empty()) {
            self.changes.push_back((anew, patch));
        }
    }
}
