//! Drafts that change texts and nothing else: the tree stays where it is, and these are put into it.

use super::apply::{Slots, runs_there};
use super::patch::{self, Light};
use super::statics::Statics;
use super::tree::{Kind, Node, TEXT, Tree, extent, extents, size, word};
use crate::limit::{Limits, VIEW_TEXT};
use crate::wire::Reader;

/// Texts that are to be others; once they are put into the tree, those that were there before.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    /// Words of the tree that are to be others, and which.
    words: Vec<(usize, u32)>,
    cuts: Vec<Cut>,
    /// What comes, one behind the other.
    text: String,
}

/// Where text is to be another: behind so many bytes, in the place of so many, so many.
#[derive(Clone, Copy, Debug)]
struct Cut {
    at: usize,
    goes: usize,
    comes: usize,
}

impl Texts {
    /// What a draft changes, unless that is not texts alone, or does not fit.
    pub(super) fn of(tree: &Tree, draft: &[u8], statics: &Statics) -> Option<Self> {
        let end = (tree.words.len(), tree.text.len());
        let roots = Level { head: None, end, slots: Slots::Any, child: 0, comes: 0, goes: 0 };
        let (word, byte) = (0, 0);
        let text = String::with_capacity(draft.len());
        let (open, found) = (vec![roots], Self { text, ..Self::default() });
        let mut walk = Walk { tree, statics, open, word, byte, comes: 0, goes: 0, found };
        let mut reader = Reader::new(draft, &Limits::HARD);
        while reader.remaining() > 0 {
            match patch::light(&mut reader)? {
                Light::Enter(past) => walk.enter(past)?,
                Light::Leave(count) => walk.leave(count)?,
                Light::Text(past, text) => walk.text(past, text)?,
                Light::Leaf(past, text) => walk.leaf(past, text)?,
            }
        }
        walk.leave(walk.open.len().checked_sub(1)?)?;
        let bytes = tree.text.len().checked_add(walk.comes)?.checked_sub(walk.goes)?;
        (bytes <= VIEW_TEXT).then_some(walk.found)
    }

    /// Whether nothing becomes another.
    pub(super) const fn is_empty(&self) -> bool {
        self.cuts.is_empty()
    }

    /// Bytes that it takes.
    pub(super) const fn size(&self) -> usize {
        let words = self.words.len().saturating_mul(size_of::<(usize, u32)>());
        let cuts = self.cuts.len().saturating_mul(size_of::<Cut>());
        words.saturating_add(cuts).saturating_add(self.text.len())
    }

    /// Puts the texts into the tree of which they are, and has those that were there.
    pub(super) fn swap(&mut self, tree: &mut Tree) {
        for (at, value) in &mut self.words {
            if let Some(word) = tree.words.get_mut(*at) {
                core::mem::swap(word, value);
            }
        }
        if let [Cut { at, goes, comes }] = &mut *self.cuts {
            let range = *at..at.saturating_add(*goes);
            let gone = tree.text.get(range.clone()).unwrap_or_default().to_owned();
            tree.text.replace_range(range, &self.text);
            self.text = gone;
            core::mem::swap(goes, comes);
            return;
        }
        let before = &tree.text;
        let mut after = String::with_capacity(before.len().saturating_add(self.text.len()));
        let (mut gone, mut from, mut given) = (String::new(), 0, 0_usize);
        for cut in &mut self.cuts {
            let (end, next) = (cut.at.saturating_add(cut.goes), given.saturating_add(cut.comes));
            after.push_str(before.get(from..cut.at).unwrap_or_default());
            gone.push_str(before.get(cut.at..end).unwrap_or_default());
            *cut = Cut { at: after.len(), goes: cut.comes, comes: cut.goes };
            after.push_str(self.text.get(given..next).unwrap_or_default());
            (from, given) = (end, next);
        }
        after.push_str(before.get(from..).unwrap_or_default());
        (tree.text, self.text) = (after, gone);
    }
}

struct Walk<'a> {
    tree: &'a Tree,
    statics: &'a Statics,
    /// The nodes around the cursor, the roots included.
    open: Vec<Level<'a>>,
    /// Where the next child is.
    word: usize,
    byte: usize,
    /// How many bytes of text come and go so far.
    comes: usize,
    goes: usize,
    found: Texts,
}

/// A node around the cursor.
struct Level<'a> {
    /// Where it is; none for the roots.
    head: Option<usize>,
    /// Behind how many words and bytes it ends.
    end: (usize, usize),
    slots: Slots<'a>,
    /// How many children are before the cursor.
    child: usize,
    /// How many bytes of text came and went before it.
    comes: usize,
    goes: usize,
}

impl<'a> Walk<'a> {
    /// Goes past so many children, and gives how many words and bytes the next takes.
    fn past(&mut self, past: usize) -> Option<(usize, usize)> {
        let level = self.open.last_mut()?;
        level.child = level.child.checked_add(past)?;
        let words = self.tree.words.get(..level.end.0)?;
        let (more, bytes) = extents(words.get(self.word..)?, past)?;
        self.word = self.word.checked_add(more)?;
        self.byte = self.byte.checked_add(bytes)?;
        extent(words.get(self.word..)?)
    }

    fn node(&self, (words, bytes): (usize, usize)) -> Option<Node<'a>> {
        let end = (self.word.checked_add(words)?, self.byte.checked_add(bytes)?);
        self.tree.node((self.word, self.byte), end)
    }

    fn enter(&mut self, past: usize) -> Option<()> {
        let taken = self.past(past)?;
        let node = self.node(taken)?;
        let level = self.open.last_mut()?;
        let slots = Slots::of(node, level.slots.at(level.child), self.statics).ok()??;
        level.child = level.child.checked_add(1)?;
        let (words, text) = node.children().parts();
        let head = Some(self.word);
        let end = (self.word.checked_add(taken.0)?, self.byte.checked_add(taken.1)?);
        self.word = end.0.checked_sub(words.len())?;
        self.byte = end.1.checked_sub(text.len())?;
        let (comes, goes) = (self.comes, self.goes);
        self.open.push(Level { head, end, slots, child: 0, comes, goes });
        Some(())
    }

    fn leave(&mut self, count: usize) -> Option<()> {
        for _ in 0..count {
            let level = self.open.pop()?;
            let head = level.head?;
            (self.word, self.byte) = level.end;
            let comes = self.comes.checked_sub(level.comes)?;
            let goes = self.goes.checked_sub(level.goes)?;
            if comes != goes {
                let at = head.checked_add(2)?;
                let bytes = size(*self.tree.words.get(at)?).checked_add(comes)?;
                self.found.words.push((at, word(bytes.checked_sub(goes)?)));
            }
        }
        Some(())
    }

    fn text(&mut self, past: usize, text: &str) -> Option<()> {
        let (_, bytes) = self.past(past)?;
        let is_text = self.tree.words.get(self.word)? & 3 == TEXT;
        self.check(text).filter(|()| is_text)?;
        self.put(self.word, (self.byte, bytes), text)?;
        self.go(1, bytes)
    }

    fn leaf(&mut self, past: usize, text: &str) -> Option<()> {
        let taken = self.past(past)?;
        let node = self.node(taken)?;
        match node.kind() {
            Kind::Element(_) => {}
            Kind::Bound(binding) => {
                self.statics.bound(binding).ok()?;
                self.check(text)?;
            }
            Kind::Text(_) | Kind::Hole | Kind::Raw(_) | Kind::Fragment | Kind::Instance(_) => {
                return None;
            }
        }
        let [head] = node.children().parts().0 else { return None };
        let before = size(head >> 2);
        if head & 3 != TEXT {
            return None;
        }
        let all = taken.1.checked_sub(before)?.checked_add(text.len())?;
        let at = self.byte.checked_add(taken.1)?.checked_sub(before)?;
        self.put(self.word.checked_add(taken.0)?.checked_sub(1)?, (at, before), text)?;
        if text.len() != before {
            self.found.words.push((self.word.checked_add(2)?, word(all)));
        }
        self.go(taken.0, taken.1)
    }

    fn check(&self, text: &str) -> Option<()> {
        let level = self.open.last()?;
        (!runs_there(level.slots.at(level.child), text)).then_some(())
    }

    /// Has another text be in the place of that of a word.
    fn put(&mut self, at: usize, (byte, goes): (usize, usize), text: &str) -> Option<()> {
        let comes = text.len();
        if self.tree.text.get(byte..byte.checked_add(goes)?)? == text {
            return Some(());
        }
        if comes != goes {
            self.found.words.push((at, word(comes) << 2 | TEXT));
        }
        self.found.cuts.push(Cut { at: byte, goes, comes });
        self.found.text.push_str(text);
        self.comes = self.comes.checked_add(comes)?;
        self.goes = self.goes.checked_add(goes)?;
        Some(())
    }

    /// Goes past the next child.
    fn go(&mut self, words: usize, bytes: usize) -> Option<()> {
        self.word = self.word.checked_add(words)?;
        self.byte = self.byte.checked_add(bytes)?;
        let level = self.open.last_mut()?;
        level.child = level.child.checked_add(1)?;
        Some(())
    }
}
