//! How a tree is written: from the outside in, node after node, and within limits.

use super::names::NameId;
use super::tree::{ELEMENT, HEAD, HOLE, Node, Nodes, RAW, TEXT, Tree, word};
use crate::error::{Code, Error};
use crate::limit::{VIEW_ATTRS, VIEW_DEPTH, VIEW_TEXT, VIEW_WORDS};

/// Writes a tree.
///
/// An element is opened, has its key, then its attributes, then its children, and is closed. After an
/// error the builder is as before the call.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    tree: Tree,
    open: Vec<Open>,
    /// How many elements are around the tree.
    around: usize,
}

/// An element that is open.
#[derive(Clone, Copy, Debug)]
struct Open {
    word: usize,
    byte: usize,
    attrs: usize,
    /// It has children: attributes come too late.
    full: bool,
    /// It has HTML as it is, and can have nothing else.
    raw: bool,
}

impl Builder {
    /// A builder of an empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A builder of a tree that comes into another one, within so many elements.
    pub(super) fn within(around: usize) -> Self {
        Self { around, ..Self::default() }
    }

    /// Opens an element.
    ///
    /// # Errors
    ///
    /// `TooDeep` beyond 256 elements within each other, `ValueTooLarge` beyond the size of a tree, and
    /// `InvalidArgument` beside raw HTML.
    pub fn open(&mut self, tag: NameId) -> Result<(), Error> {
        let depth = self.open.len().saturating_add(self.around);
        if depth >= VIEW_DEPTH {
            let got = depth.saturating_add(1);
            return Err(Error::limit(Code::TooDeep, VIEW_DEPTH, "elements within each other", got));
        }
        self.check_child(HEAD, 0)?;
        let (at, byte) = (self.tree.words.len(), self.tree.text.len());
        self.fill();
        self.tree.words.extend([tag.get() << 2 | ELEMENT, 0, 0, 0]);
        self.open.push(Open { word: at, byte, attrs: 0, full: false, raw: false });
        Ok(())
    }

    /// The key of the element that was just opened: it is the same as one with this key and name before,
    /// wherever that was among its siblings.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` unless the element was just opened, and `ValueTooLarge`.
    pub fn key(&mut self, key: &str) -> Result<(), Error> {
        match self.open.last() {
            Some(open) if open.attrs == 0 && !open.full => self.put_attr(NameId::KEY, key),
            _ => Err(wrong("an element that was just opened, for its key", "none")),
        }
    }

    /// An attribute of the element that is open, or a property, whose value is JSON.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if no element is open, if it has children already, for the name of keys, and for a
    /// name that it has; `TooManyItems` beyond 256, and `ValueTooLarge`.
    pub fn attr(&mut self, name: NameId, value: &str) -> Result<(), Error> {
        match self.open.last() {
            Some(open) if !open.full && name != NameId::KEY => self.put_attr(name, value),
            _ => Err(wrong("an open element without children, for an attribute", "none")),
        }
    }

    fn put_attr(&mut self, name: NameId, value: &str) -> Result<(), Error> {
        self.check_size(2, value.len())?;
        if let Some(open) = self.open.last() {
            let from = open.word.saturating_add(HEAD);
            let mut names = self.tree.words.get(from..).unwrap_or_default().iter().step_by(2);
            if names.any(|known| *known == name.get()) {
                return Err(wrong("each attribute of an element once", "one twice"));
            }
            if open.attrs >= VIEW_ATTRS {
                let got = open.attrs.saturating_add(1);
                return Err(Error::limit(Code::TooManyItems, VIEW_ATTRS, "attributes", got));
            }
        }
        self.tree.words.extend([name.get(), word(value.len())]);
        self.tree.text.push_str(value);
        if let Some(open) = self.open.last_mut() {
            open.attrs = open.attrs.saturating_add(1);
        }
        Ok(())
    }

    /// Text.
    ///
    /// # Errors
    ///
    /// `ValueTooLarge` beyond the size of a tree, and `InvalidArgument` beside raw HTML.
    pub fn text(&mut self, text: &str) -> Result<(), Error> {
        self.leaf(word(text.len()) << 2 | TEXT, text)
    }

    /// A place where nothing is.
    ///
    /// # Errors
    ///
    /// As for text.
    pub fn hole(&mut self) -> Result<(), Error> {
        self.leaf(HOLE, "")
    }

    /// HTML as it is, as all that the open element has: whoever gives it answers for what it does.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` unless an element without children is open, and `ValueTooLarge`.
    pub fn raw(&mut self, html: &str) -> Result<(), Error> {
        if self.open.last().is_none_or(|open| open.full) {
            return Err(wrong("an open element without children, for raw HTML", "none"));
        }
        self.leaf(word(html.len()) << 2 | RAW, html)?;
        if let Some(open) = self.open.last_mut() {
            open.raw = true;
        }
        Ok(())
    }

    fn leaf(&mut self, head: u32, text: &str) -> Result<(), Error> {
        self.check_child(1, text.len())?;
        self.fill();
        self.tree.words.push(head);
        self.tree.text.push_str(text);
        Ok(())
    }

    /// Nodes of another tree, as they are.
    pub(super) fn copy(&mut self, nodes: Nodes<'_>) -> Result<(), Error> {
        if !nodes.is_empty() {
            self.put_copy(nodes.parts())?;
        }
        Ok(())
    }

    /// A node of another tree, as it is.
    pub(super) fn copy_node(&mut self, node: Node<'_>) -> Result<(), Error> {
        self.put_copy(node.parts())
    }

    fn put_copy(&mut self, (words, text): (&[u32], &str)) -> Result<(), Error> {
        self.check_child(words.len(), text.len())?;
        self.fill();
        if words.first().is_some_and(|first| first & 3 == RAW)
            && let Some(open) = self.open.last_mut()
        {
            open.raw = true;
        }
        self.tree.words.extend_from_slice(words);
        self.tree.text.push_str(text);
        Ok(())
    }

    /// Closes the element that was opened last.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if none is open.
    pub fn close(&mut self) -> Result<(), Error> {
        let Some(open) = self.open.pop() else {
            return Err(wrong("an open element, to close", "none"));
        };
        let words = self.tree.words.len().saturating_sub(open.word);
        let bytes = self.tree.text.len().saturating_sub(open.byte);
        let head = self.tree.words.get_mut(open.word..).and_then(<[u32]>::first_chunk_mut);
        if let Some([_, all, text, attrs]) = head {
            (*all, *text, *attrs) = (word(words), word(bytes), word(open.attrs));
        }
        Ok(())
    }

    /// The tree.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if an element is still open.
    pub fn finish(self) -> Result<Tree, Error> {
        match self.open.len() {
            0 => Ok(self.tree),
            open => {
                Err(wrong("a tree whose elements are closed", &format!("{open} that are open")))
            }
        }
    }

    /// The open element has children from now on.
    fn fill(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.full = true;
        }
    }

    fn check_child(&self, words: usize, bytes: usize) -> Result<(), Error> {
        if self.open.last().is_some_and(|open| open.raw) {
            return Err(wrong("nothing beside raw HTML", "another child"));
        }
        self.check_size(words, bytes)
    }

    fn check_size(&self, words: usize, bytes: usize) -> Result<(), Error> {
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

fn wrong(expected: &'static str, got: &str) -> Error {
    Error::new(Code::InvalidArgument, expected, got)
}
