//! How a patch makes one tree of another: what stays is copied range by range, and nothing is taken that does not
//! fit.

mod attrs;
mod list;
mod slots;

use super::names::NameId;
use super::patch::{Step, Steps, malformed};
use super::statics::Statics;
use super::template::Slot;
use super::tree::{HEAD, Kind, Node, Nodes, TEXT, Tree, word};
use crate::error::{Code, Error};
use crate::limit::{Limits, VIEW_TEXT, VIEW_WORDS};
use crate::wire::Reader;
use list::Listed;
pub(super) use slots::{Slots, runs_there};
use slots::{check_slot, check_text};

/// The tree that a patch makes of another one.
///
/// # Errors
///
/// `Malformed` and `InvalidUtf8` for bytes that are no patch, or none of this tree; `TooDeep`,
/// `TooManyItems` and `ValueTooLarge` if the result is beyond the limits of trees.
/// `NotFound` for a template or a binding that is not in the table.
pub fn apply(old: &Tree, patch: &[u8], statics: &Statics) -> Result<Tree, Error> {
    let mut steps = Steps::new(Reader::new(patch, &Limits::HARD), statics);
    let mut all = Vec::new();
    while let Some(step) = steps.next()? {
        all.push(step);
    }
    walk(old, &all, statics)
}

/// The tree that steps make of another one.
pub(super) fn walk(old: &Tree, all: &[Step<'_>], statics: &Statics) -> Result<Tree, Error> {
    let source = Source { nodes: old.roots(), copied: At::default(), next: At::default() };
    let (words, text) = (&old.words, &old.text);
    let more = |size: usize| size.saturating_add(size / 16).saturating_add(64);
    let out = Tree {
        words: Vec::with_capacity(more(words.len())),
        text: String::with_capacity(more(text.len())),
    };
    let end = At { word: words.len(), byte: text.len() };
    let roots = Open::of(At::default(), end, At::default(), Slots::Any);
    let mut walk = Walk { statics, out, source, open: vec![roots] };
    for step in all {
        walk.take(step)?;
    }
    walk.leave(walk.open.len().saturating_sub(1))?;
    walk.rest()?;
    walk.flush();
    walk.finish()
}

/// A place among nodes: behind so many words and bytes of text.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
struct At {
    word: usize,
    byte: usize,
}

impl At {
    const fn plus(self, other: Self) -> Self {
        Self {
            word: self.word.saturating_add(other.word),
            byte: self.byte.saturating_add(other.byte),
        }
    }

    const fn minus(self, other: Self) -> Self {
        Self {
            word: self.word.saturating_sub(other.word),
            byte: self.byte.saturating_sub(other.byte),
        }
    }

    const fn of(nodes: Nodes<'_>) -> Self {
        let (words, text) = nodes.parts();
        Self { word: words.len(), byte: text.len() }
    }
}

/// Nodes of which some become others.
#[derive(Clone, Copy)]
struct Source<'a> {
    nodes: Nodes<'a>,
    /// Up to here they are in the new tree.
    copied: At,
    /// Where the next child is.
    next: At,
}

impl<'a> Source<'a> {
    fn between(&self, from: At, to: At) -> Option<Nodes<'a>> {
        self.nodes.between((from.word, from.byte), (to.word, to.byte))
    }
}

struct Walk<'a> {
    statics: &'a Statics,
    out: Tree,
    /// What the nodes around the cursor are in, and are copied from.
    source: Source<'a>,
    /// The nodes around the cursor, the roots included.
    open: Vec<Open<'a>>,
}

/// A node around the cursor.
struct Open<'a> {
    /// Where it is in the source; of the roots, all.
    start: At,
    end: At,
    /// Where it begins in the new tree.
    new: At,
    attrs: Vec<(NameId, Option<&'a str>)>,
    /// What its children can be is settled: attributes and a list come before.
    begun: bool,
    slots: Slots<'a>,
    /// How many children are before the cursor.
    child: usize,
    /// Its children, if these are not those that it had in their order.
    listed: Option<Box<Listed<'a>>>,
    /// What comes behind it, if that is not in the same source.
    behind: Option<Box<Source<'a>>>,
}

impl<'a> Open<'a> {
    const fn of(start: At, end: At, new: At, slots: Slots<'a>) -> Self {
        Self {
            start,
            end,
            new,
            attrs: Vec::new(),
            begun: false,
            slots,
            child: 0,
            listed: None,
            behind: None,
        }
    }
}

impl<'a> Walk<'a> {
    fn take(&mut self, step: &'a Step<'a>) -> Result<(), Error> {
        match step {
            Step::Enter(past) => self.enter(*past),
            Step::Leave(count) => self.leave(*count),
            Step::Text { past, text } => {
                let node = self.child(*past)?;
                if node.head() & 3 != TEXT {
                    return Err(malformed("text, to change it", "another node"));
                }
                check_text(self.slot(), text)?;
                self.cut(node);
                self.put_text(text);
                Ok(())
            }
            Step::Leaf { past, text } => self.leaf(*past, text),
            Step::Replace { past, tree } => {
                let node = self.child(*past)?;
                if let Some(other) = tree.roots().next() {
                    check_slot(self.slot(), other)?;
                }
                self.cut(node);
                self.put(tree.roots());
                Ok(())
            }
            Step::Set { name, value } => {
                self.statics.names().check_harmless(*name, value)?;
                self.attr(*name, Some(value))
            }
            Step::Unset { name } => self.attr(*name, None),
            Step::List { front, parts } => self.list(|old| list::listed(old, *front, parts)),
            Step::Order(order) => self.list(|old| list::ordered(old, order)),
        }
    }

    /// Goes past so many children, and gives the next, which is still to be gone past.
    fn child(&mut self, past: usize) -> Result<Node<'a>, Error> {
        self.begin()?;
        let open = self.open.last_mut().ok_or_else(nowhere)?;
        open.child = open.child.saturating_add(past);
        if let Some(listed) = &mut open.listed {
            for _ in 0..past {
                let node = listed.next().ok_or_else(no_child)?;
                self.out.push(node.alone());
            }
            return listed.next().ok_or_else(no_child);
        }
        let rest = self.source.between(self.source.next, open.end);
        let mut rest = rest.ok_or_else(nowhere)?;
        let gone = rest.first(past).ok_or_else(no_child)?;
        self.source.next = self.source.next.plus(At::of(gone));
        rest.next().ok_or_else(no_child)
    }

    /// What can be in the place of the next child.
    fn slot(&self) -> Slot {
        self.open.last().map_or(Slot::Node, |open| open.slots.at(open.child))
    }

    /// Goes past the next child, which is not in the new tree.
    fn cut(&mut self, node: Node<'a>) {
        let Some(open) = self.open.last_mut() else { return };
        open.child = open.child.saturating_add(1);
        if open.listed.is_none() {
            self.flush();
            self.source.next = self.source.next.plus(At::of(node.alone()));
            self.source.copied = self.source.next;
        }
    }

    /// Copies all that is before the cursor.
    fn flush(&mut self) {
        let Source { copied, next, .. } = self.source;
        if copied != next
            && let Some(nodes) = self.source.between(copied, next)
        {
            self.out.push(nodes);
            self.source.copied = next;
        }
    }

    fn put(&mut self, nodes: Nodes<'_>) {
        self.out.push(nodes);
    }

    fn put_text(&mut self, text: &str) {
        self.out.words.push(word(text.len()) << 2 | TEXT);
        self.out.text.push_str(text);
    }

    fn enter(&mut self, past: usize) -> Result<(), Error> {
        let node = self.child(past)?;
        let slots = Slots::of(node, self.slot(), self.statics)?;
        let got = "another one";
        let slots = slots.ok_or_else(|| malformed("a node with others in it, to enter it", got))?;
        let open = self.open.last_mut().ok_or_else(nowhere)?;
        open.child = open.child.saturating_add(1);
        let mut behind = None;
        if open.listed.is_some() {
            let (copied, next) = (At::default(), At::default());
            let source = Source { nodes: node.alone(), copied, next };
            behind = Some(Box::new(core::mem::replace(&mut self.source, source)));
        }
        let start = self.source.next;
        let end = start.plus(At::of(node.alone()));
        let new = At::of(self.out.roots()).plus(start.minus(self.source.copied));
        self.source.next = end.minus(At::of(node.children()));
        self.open.push(Open { behind, ..Open::of(start, end, new, slots) });
        Ok(())
    }

    fn leaf(&mut self, past: usize, text: &str) -> Result<(), Error> {
        let node = self.child(past)?;
        let mut children = node.children();
        let only = children.next().map(Node::kind);
        let can_be = matches!(node.kind(), Kind::Element(_) | Kind::Bound(_));
        let (Some(Kind::Text(before)), true, true) = (only, can_be, children.is_empty()) else {
            return Err(malformed("an element with text alone", "another node"));
        };
        if let Kind::Bound(binding) = node.kind() {
            self.statics.bound(binding)?;
            check_text(self.slot(), text)?;
        }
        self.cut(node);
        let start = self.out.words.len();
        let (words, all) = node.parts();
        let attrs = all.len().saturating_sub(before.len());
        let bytes = word(attrs.saturating_add(text.len()));
        self.out.words.extend_from_slice(words.split_last().map_or(&[], |(_, head)| head));
        self.out.text.push_str(all.get(..attrs).unwrap_or_default());
        self.put_text(text);
        if let Some(held) = self.out.words.get_mut(start.saturating_add(2)) {
            *held = bytes;
        }
        Ok(())
    }

    fn attr(&mut self, name: NameId, value: Option<&'a str>) -> Result<(), Error> {
        let inside = self.open.len() > 1;
        let open = self.open.last_mut().filter(|open| !open.begun).ok_or_else(late)?;
        let node = self.source.between(open.start, open.end).and_then(|mut nodes| nodes.next());
        let node = node.filter(|node| inside && node.tag().is_some());
        let node =
            node.ok_or_else(|| malformed("an element, for its attribute", "another node"))?;
        if value.is_none() && node.attrs().all(|it| it.name != name) {
            return Err(malformed("an attribute that there is", &name.to_string()));
        }
        open.attrs.push((name, value));
        Ok(())
    }

    fn list(
        &mut self,
        change: impl FnOnce(Nodes<'a>) -> Result<Listed<'a>, Error>,
    ) -> Result<(), Error> {
        let open = self.open.last_mut().filter(|open| !open.begun).ok_or_else(late)?;
        if !matches!(open.slots, Slots::Any) {
            return Err(malformed("an element or a fragment, for its list", "another node"));
        }
        if open.listed.is_some() {
            return Err(late());
        }
        let children = self.source.between(self.source.next, open.end).ok_or_else(nowhere)?;
        open.listed = Some(Box::new(change(children)?));
        Ok(())
    }

    /// Has a node be in the new tree, an element with its attributes as they are then: its children follow.
    fn begin(&mut self) -> Result<(), Error> {
        let open = self.open.last_mut().ok_or_else(nowhere)?;
        if open.begun {
            return Ok(());
        }
        open.begun = true;
        let (start, end, is_listed) = (open.start, open.end, open.listed.is_some());
        if !open.attrs.is_empty() {
            let changed = core::mem::take(&mut open.attrs);
            let children = core::mem::replace(&mut self.source.next, start);
            self.flush();
            let node = self.source.between(start, end).and_then(|mut nodes| nodes.next());
            attrs::write(node.ok_or_else(nowhere)?, &changed, &mut self.out)?;
            (self.source.next, self.source.copied) = (children, children);
        }
        if is_listed {
            self.flush();
            (self.source.next, self.source.copied) = (end, end);
        }
        Ok(())
    }

    fn leave(&mut self, count: usize) -> Result<(), Error> {
        for _ in 0..count {
            self.rest()?;
            let Some(open) = self.open.pop() else { return Err(nowhere()) };
            let Source { copied, next, .. } = self.source;
            // What is not copied yet is as it was.
            if self.out.words.len() > open.new.word {
                let all = At::of(self.out.roots()).plus(next.minus(copied)).minus(open.new);
                let head = self.out.words.get_mut(open.new.word..);
                if let Some([_, words, bytes, _]) = head.and_then(<[u32]>::first_chunk_mut::<HEAD>)
                {
                    (*words, *bytes) = (word(all.word), word(all.byte));
                }
            }
            if let Some(behind) = open.behind {
                self.flush();
                self.source = *behind;
            }
        }
        Ok(())
    }

    /// Goes past all that is behind the cursor in the node where it stands.
    fn rest(&mut self) -> Result<(), Error> {
        self.begin()?;
        let open = self.open.last_mut().ok_or_else(nowhere)?;
        if let Some(listed) = &mut open.listed {
            listed.rest().for_each(|nodes| self.out.push(nodes));
        }
        self.source.next = open.end;
        Ok(())
    }

    fn finish(self) -> Result<Tree, Error> {
        let Tree { words, text } = &self.out;
        if words.len() > VIEW_WORDS {
            let what = "words of a tree";
            return Err(Error::limit(Code::ValueTooLarge, VIEW_WORDS, what, words.len()));
        }
        if text.len() > VIEW_TEXT {
            let what = "bytes of a tree";
            return Err(Error::limit(Code::ValueTooLarge, VIEW_TEXT, what, text.len()));
        }
        Ok(self.out)
    }
}

fn no_child() -> Error {
    malformed("a child of the element", "none there")
}

fn nowhere() -> Error {
    malformed("a place in the tree", "none")
}

fn late() -> Error {
    malformed("attributes and a list before what changes in children", "them after that")
}
