//! What changes in a tree, as bytes: steps from element to element, and what is done there.
//!
//! A patch is walked with a cursor that stands in a node, at first around the roots, and before one of
//! its children: those of an element, the nodes of a fragment or in the slots of an instance, and what a binding
//! tells and chooses from. A step is a byte: what it is in the lowest three bits, and a number in the others, of
//! which 31 says that the number less 31 follows, LEB128.
//!
//! | step | number | what follows | what it does |
//! |---|---|---|---|
//! | 0 enter | children between | | goes past them, and into the next |
//! | 1 leave | nodes, 1 and more | | goes out of so many, past each |
//! | 2 text | children between | text | the next, which is text, has this one |
//! | 3 leaf | children between | text | the next, an element or a binding with text alone, has this one |
//! | 4 replace | children between | tree | another one in the place of the next |
//! | 5 set | name | text | an attribute of the element; before its children |
//! | 6 unset | name | | it has that attribute no more; before its children |
//! | 7 list | children that stay in front | parts | other children of an element or a fragment, or in another order; before what changes in them |
//!
//! Parts of a list are bytes as well: what it is in the lowest two bits, and a number in the other six, of
//! which 63 says that the number less 63 follows. What is moved is not among what is kept or dropped.
//!
//! | part | number | what follows | what it does |
//! |---|---|---|---|
//! | 0 keep | children; 0: all the rest, at the end | | they stay in their order |
//! | 1 drop | children, 1 and more | | they go |
//! | 2 insert | children, 1 and more | so many trees | they are new |
//! | 3 move | children, 1 and more | signed · 2, +1 if backwards | they come from elsewhere: from so far behind the end of the last move, each next to the one before |
//!
//! A tree is a number: its kind in the lowest two bits as in [`Tree`], and a length, or a name.
//! After a length comes the text; after a name the number of attributes, for each a name and a text, the
//! number of children, and these; after that of a fragment the number of nodes, and these; after that of a binding
//! the number of the binding, what it tells, and what it chooses from; after that of an instance 0 or the length of
//! the key + 1, the key, and a node for each slot. A text elsewhere is a length and that many bytes of UTF-8.
//!
//! In a *draft*, which a host writes, a list may also be told as an order in the place of its parts: 1 (a drop of
//! none), how many children are between those in front and those at the end that stay, how many are there then, and
//! how many stay at the end; then for each that is there 0 and a tree, or its place among all of before + 1.

mod json;
mod nodes;
mod steps;

use super::keyed::Fit;
use super::names::NameId;
use super::tree::{Node, Tree, size};
use crate::error::{Code, Error};
use crate::wire::Writer;

pub use json::patch_json;
pub(super) use nodes::{read_nodes, write_node};
pub(super) use steps::{Light, Steps, light};

const ENTER: u8 = 0;
const LEAVE: u8 = 1;
const SET_TEXT: u8 = 2;
const SET_LEAF: u8 = 3;
const REPLACE: u8 = 4;
const SET: u8 = 5;
const UNSET: u8 = 6;
const LIST: u8 = 7;

const KEEP: u8 = 0;
const DROP: u8 = 1;
const INSERT: u8 = 2;
const MOVE: u8 = 3;

/// A step of a patch.
#[derive(Debug)]
pub(super) enum Step<'a> {
    /// Past so many children, and into the next.
    Enter(usize),
    /// Out of so many elements.
    Leave(usize),
    /// The text of a child.
    Text { past: usize, text: &'a str },
    /// The text of a child that has nothing else.
    Leaf { past: usize, text: &'a str },
    /// Another child.
    Replace { past: usize, tree: Box<Tree> },
    /// An attribute.
    Set { name: NameId, value: &'a str },
    /// An attribute that is no more.
    Unset { name: NameId },
    /// Other children.
    List { front: usize, parts: Vec<Part> },
    /// Other children, told as an order. In a draft.
    Order(Box<Order<'a>>),
}

/// The children that there are between those in front and those at the end, which stay.
#[derive(Debug)]
pub(super) struct Order<'a> {
    pub(super) front: usize,
    pub(super) before: usize,
    pub(super) back: usize,
    pub(super) fits: Vec<Fit>,
    /// The new ones beside each other, and the bytes of each.
    pub(super) new: Tree,
    pub(super) bytes: Vec<&'a [u8]>,
}

/// A part of another list of children.
#[derive(Debug)]
pub(super) enum Part {
    /// So many stay.
    Keep(usize),
    /// So many go.
    Drop(usize),
    /// These are new.
    Insert(Tree),
    /// Those from this one on, or back, come from elsewhere.
    Move { from: usize, count: usize, back: bool },
}

/// Writes a patch.
#[derive(Debug, Default)]
pub(super) struct Script {
    out: Writer,
    /// The child that was entered last at each level, and how many are behind the cursor in the last.
    path: Vec<usize>,
    past: usize,
    /// Where the last move in the list ended.
    moved: usize,
}

impl Script {
    /// The patch; empty if nothing changes.
    pub(super) fn finish(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    /// Goes into the element at the end of a path of children.
    fn go(&mut self, path: &[usize]) {
        let same = path.iter().zip(&self.path).take_while(|(one, other)| one == other).count();
        let leave = self.path.len().saturating_sub(same);
        if leave > 0 {
            step(&mut self.out, LEAVE, leave);
            self.past = self.path.get(same).copied().unwrap_or_default().saturating_add(1);
            self.path.truncate(same);
        }
        for child in path.get(same..).unwrap_or_default() {
            step(&mut self.out, ENTER, child.saturating_sub(self.past));
            self.path.push(*child);
            self.past = 0;
        }
    }

    fn at(&mut self, path: &[usize], kind: u8, child: usize) {
        self.go(path);
        step(&mut self.out, kind, child.saturating_sub(self.past));
        self.past = child.saturating_add(1);
    }

    pub(super) fn text(&mut self, path: &[usize], child: usize, text: &str) {
        self.at(path, SET_TEXT, child);
        self.out.text(text);
    }

    pub(super) fn leaf(&mut self, path: &[usize], child: usize, text: &str) {
        self.at(path, SET_LEAF, child);
        self.out.text(text);
    }

    pub(super) fn replace(&mut self, path: &[usize], child: usize, node: Node<'_>) {
        self.at(path, REPLACE, child);
        write_node(node, &mut self.out);
    }

    pub(super) fn set(&mut self, path: &[usize], name: NameId, value: &str) {
        self.go(path);
        step(&mut self.out, SET, size(name.get()));
        self.out.text(value);
    }

    pub(super) fn unset(&mut self, path: &[usize], name: NameId) {
        self.go(path);
        step(&mut self.out, UNSET, size(name.get()));
    }

    /// Begins another list of children, of which so many stay in front.
    pub(super) fn list(&mut self, path: &[usize], front: usize) {
        self.go(path);
        self.list_here(front);
    }

    /// The same, where the cursor of what was written raw stands.
    pub(super) fn list_here(&mut self, front: usize) {
        step(&mut self.out, LIST, front);
        self.moved = front;
    }

    /// Steps as they are.
    pub(super) fn raw(&mut self, steps: &[u8]) {
        self.out.raw(steps);
    }

    pub(super) fn keep(&mut self, count: usize) {
        if count > 0 {
            part(&mut self.out, KEEP, count);
        }
    }

    pub(super) fn drop(&mut self, count: usize) {
        if count > 0 {
            part(&mut self.out, DROP, count);
        }
    }

    /// So many nodes that are new, as `write` writes them.
    pub(super) fn insert(&mut self, count: usize, write: impl FnOnce(&mut Writer)) {
        part(&mut self.out, INSERT, count);
        write(&mut self.out);
    }

    /// Children of the list before, counted from its first.
    pub(super) fn take(&mut self, from: usize, count: usize, back: bool) {
        part(&mut self.out, MOVE, count);
        let distance = i64::try_from(from).unwrap_or_default();
        let distance = distance.saturating_sub(i64::try_from(self.moved).unwrap_or_default());
        self.out.signed(distance.saturating_mul(2).saturating_add(i64::from(back)));
        self.moved = after(from, count, back);
    }

    /// All that is left stays.
    pub(super) fn end(&mut self) {
        part(&mut self.out, KEEP, 0);
    }
}

/// What comes after a move.
fn after(from: usize, count: usize, back: bool) -> usize {
    if back { from.saturating_add(1).saturating_sub(count) } else { from.saturating_add(count) }
}

fn step(out: &mut Writer, kind: u8, number: usize) {
    packed(out, kind, 3, 31, number);
}

fn part(out: &mut Writer, kind: u8, number: usize) {
    packed(out, kind, 2, 63, number);
}

/// A kind and a number in one byte, or more.
fn packed(out: &mut Writer, kind: u8, bits: u32, most: u8, number: usize) {
    let small = u8::try_from(number).unwrap_or(most).min(most);
    out.byte(small.wrapping_shl(bits) | kind);
    if small == most {
        out.size(number.saturating_sub(usize::from(most)));
    }
}

pub(super) fn malformed(expected: impl Into<std::borrow::Cow<'static, str>>, got: &str) -> Error {
    Error::new(Code::Malformed, expected, got)
}
