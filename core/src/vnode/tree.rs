//! Trees as they are held: one stream of words, and the text that it speaks of.
//!
//! A node is a range of words and a range of text, and equal ranges are equal nodes. It begins with a word
//! whose lowest two bits say what it is:
//!
//! | kind | words |
//! |---|---|
//! | text | length · 4 |
//! | hole | 1: a place where nothing is |
//! | element | name · 4 + 2, words in all, bytes of text in all, number of attributes; for each attribute a name and a length; then the children |
//! | raw | length · 4 + 3: HTML as it is, the only child of its element |
//!
//! The key of an element is its first attribute, under [`NameId::KEY`].

use core::fmt;
use core::iter::FusedIterator;

use super::names::NameId;

pub(super) const TEXT: u32 = 0;
pub(super) const HOLE: u32 = 1;
pub(super) const ELEMENT: u32 = 2;
pub(super) const RAW: u32 = 3;

/// Words of an element before its attributes.
pub(super) const HEAD: usize = 4;

/// A tree, or several beside each other. It is made by a [`Builder`](super::Builder), and within its
/// limits.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Tree {
    pub(super) words: Vec<u32>,
    pub(super) text: String,
}

/// What a node is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind<'a> {
    /// Text.
    Text(&'a str),
    /// A place where nothing is, so that what follows keeps its own.
    Hole,
    /// An element of this name.
    Element(NameId),
    /// HTML as it is, the only child of its element.
    Raw(&'a str),
}

/// A node of a tree.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Node<'a> {
    words: &'a [u32],
    text: &'a str,
}

/// Nodes beside each other, in order.
#[derive(Clone, Copy)]
pub struct Nodes<'a> {
    words: &'a [u32],
    text: &'a str,
}

/// An attribute of an element.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Attr<'a> {
    /// Its name.
    pub name: NameId,
    /// Its value; that of a property as JSON.
    pub value: &'a str,
}

/// The attributes of an element in order; the key is not among them.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Attrs<'a> {
    words: &'a [u32],
    text: &'a str,
}

/// A number of a stream as a size.
pub(super) fn size(word: u32) -> usize {
    usize::try_from(word).unwrap_or(usize::MAX)
}

/// A size as a number of a stream, which is within its limits.
pub(super) fn word(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

impl Tree {
    /// The nodes that have no parent, in order.
    #[must_use]
    pub fn roots(&self) -> Nodes<'_> {
        Nodes { words: &self.words, text: &self.text }
    }

    /// Bytes that the tree takes.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.words.len().saturating_mul(size_of::<u32>()).saturating_add(self.text.len())
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.roots().fmt(out)
    }
}

impl<'a> Node<'a> {
    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind<'a> {
        let head = self.words.first().copied().unwrap_or(HOLE);
        match head & 3 {
            TEXT => Kind::Text(self.text),
            ELEMENT => Kind::Element(NameId::new(head >> 2)),
            RAW => Kind::Raw(self.text),
            _ => Kind::Hole,
        }
    }

    /// The name of an element.
    #[must_use]
    pub fn tag(self) -> Option<NameId> {
        match self.kind() {
            Kind::Element(tag) => Some(tag),
            Kind::Text(_) | Kind::Hole | Kind::Raw(_) => None,
        }
    }

    /// The key of an element.
    #[must_use]
    pub fn key(self) -> Option<&'a str> {
        let (attrs, _) = self.split()?;
        let first = attrs.words.first().copied()?;
        if first != NameId::KEY.get() {
            return None;
        }
        attrs.text.get(..size(attrs.words.get(1).copied()?))
    }

    /// The attributes of an element, and of all else none.
    #[must_use]
    pub fn attrs(self) -> Attrs<'a> {
        let (mut attrs, _) = self.split().unwrap_or((Attrs { words: &[], text: "" }, Nodes::NONE));
        if attrs.words.first() == Some(&NameId::KEY.get()) {
            attrs.next();
        }
        attrs
    }

    /// The children of an element, and of all else none.
    #[must_use]
    pub fn children(self) -> Nodes<'a> {
        self.split().map_or(Nodes::NONE, |(_, children)| children)
    }

    /// The attributes with the key, and the children.
    pub(super) fn split(self) -> Option<(Attrs<'a>, Nodes<'a>)> {
        let (head, rest) = self.words.split_at_checked(HEAD)?;
        let [first, _, _, count] = head else { return None };
        if first & 3 != ELEMENT {
            return None;
        }
        let (attrs, children) = rest.split_at_checked(size(*count).saturating_mul(2))?;
        let lengths = attrs.iter().skip(1).step_by(2).map(|length| size(*length));
        let (values, text) = self.text.split_at_checked(lengths.fold(0, usize::saturating_add))?;
        Some((Attrs { words: attrs, text: values }, Nodes { words: children, text }))
    }

    /// Whether it can become another: an element of the same name and key, or another text.
    pub(super) fn can_become(self, other: Node<'_>) -> bool {
        match (self.kind(), other.kind()) {
            (Kind::Element(before), Kind::Element(after)) => {
                before == after && self.key() == other.key()
            }
            (Kind::Text(_), Kind::Text(_)) => true,
            (before, after) => before == after,
        }
    }

    /// Its words and its text.
    pub(super) const fn parts(self) -> (&'a [u32], &'a str) {
        (self.words, self.text)
    }
}

impl<'a> Nodes<'a> {
    /// No nodes.
    pub(super) const NONE: Self = Self { words: &[], text: "" };

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.words.is_empty()
    }

    /// Whether others are the same.
    pub(super) fn equals(self, others: Self) -> bool {
        self.words == others.words && self.text == others.text
    }

    /// Their words and their text.
    pub(super) const fn parts(self) -> (&'a [u32], &'a str) {
        (self.words, self.text)
    }
}

#[expect(clippy::copy_iterator, reason = "two slices: a copy looks ahead")]
impl<'a> Iterator for Nodes<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        let first = *self.words.first()?;
        let (words, bytes) = match first & 3 {
            ELEMENT => (size(*self.words.get(1)?), size(*self.words.get(2)?)),
            HOLE => (1, 0),
            _ => (1, size(first >> 2)),
        };
        let (own, words) = self.words.split_at_checked(words.max(1))?;
        let (text, rest) = self.text.split_at_checked(bytes)?;
        *self = Self { words, text: rest };
        Some(Node { words: own, text })
    }
}

impl FusedIterator for Nodes<'_> {}

#[expect(clippy::copy_iterator, reason = "two slices: a copy looks ahead")]
impl<'a> Iterator for Attrs<'a> {
    type Item = Attr<'a>;

    fn next(&mut self) -> Option<Attr<'a>> {
        let ([name, length], words) = self.words.split_first_chunk()?;
        let (value, text) = self.text.split_at_checked(size(*length))?;
        *self = Self { words, text };
        Some(Attr { name: NameId::new(*name), value })
    }
}

impl FusedIterator for Attrs<'_> {}

impl fmt::Debug for Nodes<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A list of events, without recursion: what is shown may be deep.
        let mut list = out.debug_list();
        let mut open = vec![*self];
        while let Some(nodes) = open.last_mut() {
            let Some(node) = nodes.next() else {
                open.pop();
                if !open.is_empty() {
                    list.entry(&format_args!("/"));
                }
                continue;
            };
            let Kind::Element(tag) = node.kind() else {
                list.entry(&node.kind());
                continue;
            };
            let attrs: Vec<_> = node.attrs().map(|attr| (attr.name.get(), attr.value)).collect();
            list.entry(&format_args!("<{tag} {:?} {attrs:?}>", node.key()));
            open.push(node.children());
        }
        list.finish()
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Nodes { words: self.words, text: self.text }.fmt(out)
    }
}
