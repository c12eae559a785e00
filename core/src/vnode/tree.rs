//! Trees as they are held: one stream of words, and the text that it speaks of.
//!
//! A node is a range of words and a range of text, and equal ranges are equal nodes. It begins with a word
//! whose lowest two bits say what it is:
//!
//! | kind | words |
//! |---|---|
//! | text | length · 4 |
//! | hole | 1: a place where nothing is |
//! | fragment | 5, words in all, bytes of text in all, 0; then nodes beside each other |
//! | bound | 9, words in all, bytes of text in all, number of the binding; then what it tells, and the nodes that it chooses from |
//! | instance | (template + 3) · 4 + 1, words in all, bytes of text in all, bytes of the key + 1 or 0; then a node for each slot |
//! | element | name · 4 + 2, words in all, bytes of text in all, number of attributes; for each attribute a name and a length; then the children |
//! | raw | length · 4 + 3: HTML as it is, the only child of its element |
//!
//! The key of an element is its first attribute, under [`NameId::KEY`]; that of an instance is the text that it begins with.

mod debug;
mod ranges;
mod text;

use core::fmt;
use core::iter::FusedIterator;

use super::binding::BindId;
use super::names::NameId;
use super::template::TemplateId;

pub(super) use text::same;
use text::same_key;

pub(super) const TEXT: u32 = 0;
pub(super) const HOLE: u32 = 1;
pub(super) const ELEMENT: u32 = 2;
pub(super) const RAW: u32 = 3;

pub(super) const FRAGMENT: u32 = 1 << 2 | HOLE;
pub(super) const BOUND: u32 = 2 << 2 | HOLE;
/// What is added to the number of a template.
const INSTANCE: u32 = 3;

/// Words of a node with others in it, before its attributes and children.
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
    /// Nodes beside each other, as one.
    Fragment,
    /// What follows from the state: what it tells, then the nodes that it chooses from.
    Bound(BindId),
    /// A template with a node for each slot.
    Instance(TemplateId),
}

/// A node of a tree.
#[derive(Clone, Copy, Eq)]
pub struct Node<'a> {
    words: &'a [u32],
    text: &'a str,
}

impl PartialEq for Node<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        // Of leaves there are many, and comparing ranges of one word costs more than comparing words.
        let words = match (self.words, other.words) {
            ([one], [other]) => one == other,
            (one, other) => one == other,
        };
        words && same(self.text, other.text)
    }
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
    /// A node by itself.
    pub(super) fn of(node: Node<'_>) -> Self {
        Self { words: node.words.to_vec(), text: node.text.to_owned() }
    }

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

impl<'a> Kind<'a> {
    /// The text, if it is some.
    #[must_use]
    pub const fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Hole
            | Self::Element(_)
            | Self::Raw(_)
            | Self::Fragment
            | Self::Bound(_)
            | Self::Instance(_) => None,
        }
    }

    /// Whether it has others in it.
    #[must_use]
    pub const fn has_children(self) -> bool {
        match self {
            Self::Text(_) | Self::Hole | Self::Raw(_) => false,
            Self::Element(_) | Self::Fragment | Self::Bound(_) | Self::Instance(_) => true,
        }
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
            _ => match head {
                HOLE => Kind::Hole,
                FRAGMENT => Kind::Fragment,
                BOUND => Kind::Bound(BindId::new(self.words.get(3).copied().unwrap_or_default())),
                _ => Kind::Instance(TemplateId::new((head >> 2).saturating_sub(INSTANCE))),
            },
        }
    }

    /// The name of an element.
    #[must_use]
    pub fn tag(self) -> Option<NameId> {
        match self.kind() {
            Kind::Element(tag) => Some(tag),
            Kind::Text(_)
            | Kind::Hole
            | Kind::Raw(_)
            | Kind::Fragment
            | Kind::Bound(_)
            | Kind::Instance(_) => None,
        }
    }

    /// The key of an element or an instance.
    #[must_use]
    pub fn key(self) -> Option<&'a str> {
        let [head, _, _, number] = self.words.first_chunk()?;
        match head & 3 {
            ELEMENT => match self.words.get(HEAD..) {
                Some([name, length, ..]) if *number > 0 && *name == NameId::KEY.get() => {
                    self.text.get(..size(*length))
                }
                _ => None,
            },
            _ if is_instance(*head) => self.text.get(..size(number.checked_sub(1)?)),
            _ => None,
        }
    }

    /// The word that it begins with: what it is and, unless it is text, which.
    pub(super) fn head(self) -> u32 {
        self.words.first().copied().unwrap_or(HOLE)
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

    /// The children of an element, the nodes of a fragment or in the slots of an instance, what a binding tells
    /// and chooses from; and of all else none.
    #[must_use]
    pub fn children(self) -> Nodes<'a> {
        self.split().map_or(Nodes::NONE, |(_, children)| children)
    }

    /// The node by itself.
    pub(super) const fn alone(self) -> Nodes<'a> {
        Nodes { words: self.words, text: self.text }
    }

    /// What is shown: of a binding what it tells, or the node that it chooses, if any; and else the node itself.
    #[must_use]
    pub fn shown(self) -> Option<Self> {
        if self.head() != BOUND {
            return Some(self);
        }
        let mut children = self.children();
        let told = children.next()?;
        if children.is_empty() {
            return Some(told);
        }
        children.nth(told.kind().text()?.parse().ok()?)
    }

    /// The attributes with the key, and the children.
    pub(super) fn split(self) -> Option<(Attrs<'a>, Nodes<'a>)> {
        let ([first, _, _, count], rest) = self.words.split_first_chunk::<HEAD>()?;
        if first & 3 != ELEMENT {
            let key = if is_instance(*first) { size(count.saturating_sub(1)) } else { 0 };
            let (key, text) = self.text.split_at_checked(key)?;
            return Some((Attrs { words: &[], text: key }, Nodes { words: rest, text }));
        }
        let (attrs, children) = rest.split_at_checked(size(*count).saturating_mul(2))?;
        let (attrs_in_two, _) = attrs.as_chunks::<2>();
        let lengths = attrs_in_two.iter().map(|[_, length]| size(*length));
        let (values, text) = self.text.split_at_checked(lengths.fold(0, usize::saturating_add))?;
        Some((Attrs { words: attrs, text: values }, Nodes { words: children, text }))
    }

    /// Whether it can become another: an element of the same name and key, an instance of the same template
    /// and key, a fragment, the same binding, or another text.
    pub(super) fn can_become(self, other: Node<'_>) -> bool {
        let (before, after) = (self.head(), other.head());
        match before & 3 {
            TEXT => after & 3 == TEXT,
            RAW => self == other,
            _ if before == BOUND => before == after && self.words.get(3) == other.words.get(3),
            _ => before == after && same_key(self.key(), other.key()),
        }
    }

    /// Its words and its text.
    pub(super) const fn parts(self) -> (&'a [u32], &'a str) {
        (self.words, self.text)
    }
}

fn is_instance(head: u32) -> bool {
    head & 3 == HOLE && head >> 2 >= INSTANCE
}

/// The word that an instance begins with.
pub(super) const fn instance(template: TemplateId) -> u32 {
    template.get().saturating_add(INSTANCE) << 2 | HOLE
}

/// The template of an instance that begins with this number.
pub(super) fn template(number: u64) -> Option<TemplateId> {
    u32::try_from(number).ok()?.checked_sub(INSTANCE).map(TemplateId::new)
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

    /// How many leaves there are before the first that is another kind or length than that of others.
    pub(super) fn alike(self, others: Self) -> usize {
        let is_leaf = |word: u32| word & 3 == TEXT || word == HOLE;
        let both = self.words.iter().zip(others.words);
        both.take_while(|(one, other)| one == other && is_leaf(**one)).count()
    }

    /// What is behind others, if these begin with them.
    pub(super) fn behind(self, others: Self) -> Option<Self> {
        let words = self.words.strip_prefix(others.words)?;
        Some(Self { words, text: self.text.strip_prefix(others.text)? })
    }

    /// Goes past so many; which these are, unless there are fewer.
    pub(super) fn first(&mut self, count: usize) -> Option<Self> {
        let (words, text) = extents(self.words, count)?;
        let (words, rest_words) = self.words.split_at_checked(words)?;
        let (text, rest_text) = self.text.split_at_checked(text)?;
        *self = Self { words: rest_words, text: rest_text };
        Some(Self { words, text })
    }

    /// Goes past the next, if it is text: this, and from where it is all text that there is.
    pub(super) fn next_text(&mut self) -> Option<(&'a str, &'a str)> {
        let (first, words) = self.words.split_first()?;
        if first & 3 != TEXT {
            return None;
        }
        let all = self.text;
        let (text, rest) = all.split_at_checked(size(first >> 2))?;
        *self = Self { words, text: rest };
        Some((text, all))
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
        let (words, bytes) = extent(self.words)?;
        let (own, words) = self.words.split_at_checked(words)?;
        let (text, rest) = self.text.split_at_checked(bytes)?;
        *self = Self { words, text: rest };
        Some(Node { words: own, text })
    }

    fn nth(&mut self, nth: usize) -> Option<Node<'a>> {
        self.first(nth)?;
        self.next()
    }
}

/// How many words and bytes so many nodes take with which words begin.
pub(super) fn extents(words: &[u32], count: usize) -> Option<(usize, usize)> {
    let (mut at, mut bytes) = (0_usize, 0_usize);
    for _ in 0..count {
        let (more, text) = extent(words.get(at..)?)?;
        (at, bytes) = (at.saturating_add(more), bytes.saturating_add(text));
    }
    Some((at, bytes))
}

/// How many words and bytes the node takes with which words begin.
#[inline]
pub(super) fn extent(words: &[u32]) -> Option<(usize, usize)> {
    let first = *words.first()?;
    Some(match first & 3 {
        TEXT | RAW => (1, size(first >> 2)),
        _ if first == HOLE => (1, 0),
        _ => {
            let [_, words, bytes, ..] = words else { return None };
            (size(*words).max(1), size(*bytes))
        }
    })
}

impl FusedIterator for Nodes<'_> {}

impl Attrs<'_> {
    /// How many there are, with the key.
    pub(super) const fn count(self) -> usize {
        self.words.len() / 2
    }

    /// Tells each, with the key: its name, its value, and from where that is all text that there is.
    pub(super) fn each(self, mut tell: impl FnMut(u32, &str, &str)) {
        let mut text = self.text;
        let (attrs, _) = self.words.as_chunks::<2>();
        for [name, length] in attrs {
            let Some((value, rest)) = text.split_at_checked(size(*length)) else { return };
            tell(*name, value, text);
            text = rest;
        }
    }
}

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
