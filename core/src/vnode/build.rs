//! How a tree is written: from the outside in, node after node, and within limits.

mod place;

use std::sync::Arc;

use super::binding::Binding;
use super::names::NameId;
use super::template::{Slot, Template};
use super::tree::{
    BOUND, ELEMENT, FRAGMENT, HEAD, HOLE, Node, RAW, TEXT, Tree, extent, instance, word,
};
use crate::error::{Code, Error};
use crate::limit::VIEW_ATTRS;
use crate::value::Value;

/// Writes a tree.
///
/// An element is opened, has its key, then its attributes, then its children, and is closed. A fragment, an
/// instance of a template and a choice are opened, have their nodes, and are closed. After an error the
/// builder is as before the call.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    tree: Tree,
    open: Vec<Open>,
    /// How many elements are around the tree.
    around: usize,
}

/// A node that is open.
#[derive(Clone, Debug)]
struct Open {
    word: usize,
    byte: usize,
    attrs: usize,
    /// How many nodes it has; one that has some can have no attributes any more.
    children: usize,
    /// It has HTML as it is, and can have nothing else.
    raw: bool,
    shape: Shape,
}

#[derive(Clone, Debug)]
enum Shape {
    Element,
    Fragment,
    Instance(Arc<Template>),
    Bound { slot: Slot, choices: usize },
}

impl Builder {
    /// A builder of an empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A builder of a tree that will be about as large as another one: the next of a view, mostly.
    #[must_use]
    pub fn like(tree: &Tree) -> Self {
        let more = |size: usize| size.saturating_add(size / 16).saturating_add(64);
        let words = Vec::with_capacity(more(tree.words.len()));
        let text = String::with_capacity(more(tree.text.len()));
        Self { tree: Tree { words, text }, ..Self::default() }
    }

    /// A builder of a tree that comes into another one, within so many elements.
    pub(super) fn within(around: usize) -> Self {
        Self { around, ..Self::default() }
    }

    /// Opens an element.
    ///
    /// # Errors
    ///
    /// `TooDeep` beyond 256 nodes within each other, `ValueTooLarge` beyond the size of a tree, and
    /// `InvalidArgument` beside raw HTML and where text has to be.
    #[inline]
    pub fn open(&mut self, tag: NameId) -> Result<(), Error> {
        self.begin([tag.get() << 2 | ELEMENT, 0], "", Shape::Element)
    }

    /// Opens a fragment: nodes beside each other, which are one where one has to be, and a list of its own.
    ///
    /// # Errors
    ///
    /// As for an element.
    pub fn fragment(&mut self) -> Result<(), Error> {
        self.begin([FRAGMENT, 0], "", Shape::Fragment)
    }

    /// Opens an instance of a template, whose nodes are what is in its slots: one each, and text or a hole in
    /// those of attributes.
    ///
    /// # Errors
    ///
    /// As for an element.
    pub fn instance(&mut self, template: &Arc<Template>, key: Option<&str>) -> Result<(), Error> {
        let keyed = key.map_or(0, |key| word(key.len()).saturating_add(1));
        let shape = Shape::Instance(Arc::clone(template));
        self.begin([instance(template.id()), keyed], key.unwrap_or_default(), shape)
    }

    /// An instance of a template with text in all of its slots; in those of properties it is JSON.
    ///
    /// # Errors
    ///
    /// As for an element, and `InvalidArgument` for more or fewer texts than slots.
    pub fn row(
        &mut self,
        template: &Template,
        key: Option<&str>,
        slots: &[&str],
    ) -> Result<(), Error> {
        if slots.len() != template.slots().len() {
            return Err(slots_of(template, slots.len()));
        }
        if template.has_addresses() {
            let each = slots.iter().zip(template.slots());
            let safe: Vec<_> = each.map(|(text, slot)| slot.harmless(text)).collect();
            return self.put_row(template, key, safe.iter().map(|text| &**text));
        }
        self.put_row(template, key, slots.iter().copied())
    }

    /// The same for a template that takes any texts.
    pub(super) fn put_row<'t>(
        &mut self,
        template: &Template,
        key: Option<&str>,
        slots: impl ExactSizeIterator<Item = &'t str> + Clone,
    ) -> Result<(), Error> {
        let (head, words) = (instance(template.id()), HEAD.saturating_add(slots.len()));
        let texts = slots.clone().map(str::len).fold(0, usize::saturating_add);
        let bytes = key.map_or(0, str::len).saturating_add(texts);
        self.check_depth()?;
        self.check_child(head, words, bytes)?;
        let keyed = key.map_or(0, |key| word(key.len()).saturating_add(1));
        self.fill();
        let Tree { words: stream, text } = &mut self.tree;
        stream.reserve(words);
        stream.extend_from_slice(&[head, word(words), word(bytes), keyed]);
        stream.extend(slots.clone().map(|text| word(text.len()) << 2 | TEXT));
        text.reserve(bytes);
        text.push_str(key.unwrap_or_default());
        slots.for_each(|slot| text.push_str(slot));
        Ok(())
    }

    /// What a binding tells of a value, as one node.
    ///
    /// # Errors
    ///
    /// As for an element, and `InvalidArgument` for a binding that chooses.
    pub fn bound(&mut self, binding: &Binding, value: Option<&Value>) -> Result<(), Error> {
        if binding.choices() > 0 {
            return Err(wrong("a binding that chooses between no nodes", binding.json()));
        }
        let before = self.here();
        self.begin_bound(binding, value)?;
        self.close().inspect_err(|_| self.restore(before))
    }

    /// Opens what a binding chooses from: a node for each case, in their order.
    ///
    /// # Errors
    ///
    /// As for an element.
    pub fn choice(&mut self, binding: &Binding, value: Option<&Value>) -> Result<(), Error> {
        self.begin_bound(binding, value)
    }

    /// Opens a binding whose nodes are told as they are.
    pub(super) fn bound_open(&mut self, binding: &Binding) -> Result<(), Error> {
        let slot = self.place()?;
        if slot != Slot::Node && !binding.is_text() {
            return Err(wrong("a binding that tells text, in an attribute", binding.json()));
        }
        let shape = Shape::Bound { slot, choices: binding.choices() };
        self.begin([BOUND, binding.id().get()], "", shape)
    }

    fn begin_bound(&mut self, binding: &Binding, value: Option<&Value>) -> Result<(), Error> {
        let (slot, before) = (self.place()?, self.here());
        self.bound_open(binding)?;
        binding.tell(value, slot, self).inspect_err(|_| self.restore(before))
    }

    /// How many nodes are open.
    pub(super) const fn open_nodes(&self) -> usize {
        self.open.len()
    }

    /// Which child of which is the node that was opened last, from the roots on; or the next one.
    pub(super) fn path(&self, next: bool) -> String {
        let end = self.open.first().map_or(self.tree.words.len(), |root| root.word);
        let mut roots = self.tree.words.get(..end).unwrap_or_default();
        let mut count = 0_usize;
        while let Some((words, _)) = extent(roots) {
            roots = roots.get(words..).unwrap_or_default();
            count = count.saturating_add(1);
        }
        let mut path = count.to_string();
        for (nth, open) in self.open.iter().enumerate() {
            let is_last = nth.saturating_add(1) == self.open.len();
            if is_last && !next {
                break;
            }
            let child = open.children.saturating_sub(usize::from(!is_last));
            path.push('/');
            path.push_str(&child.to_string());
        }
        path
    }

    /// Where the builder stands, to come back after an error.
    fn here(&self) -> (usize, usize, usize, usize) {
        let children = self.open.last().map_or(0, |open| open.children);
        (self.tree.words.len(), self.tree.text.len(), self.open.len(), children)
    }

    fn restore(&mut self, (words, text, open, children): (usize, usize, usize, usize)) {
        self.tree.words.truncate(words);
        self.tree.text.truncate(text);
        self.open.truncate(open);
        if let Some(open) = self.open.last_mut() {
            open.children = children;
        }
    }

    #[inline]
    fn begin(&mut self, [head, last]: [u32; 2], text: &str, shape: Shape) -> Result<(), Error> {
        self.check_depth()?;
        self.check_child(head, HEAD, text.len())?;
        let (at, byte) = (self.tree.words.len(), self.tree.text.len());
        self.fill();
        self.tree.words.extend_from_slice(&[head, 0, 0, last]);
        self.tree.text.push_str(text);
        self.open.push(Open { word: at, byte, attrs: 0, children: 0, raw: false, shape });
        Ok(())
    }

    /// The key of the element that was just opened: it is the same as one with this key and name before,
    /// wherever that was among its siblings.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` unless the element was just opened, and `ValueTooLarge`.
    #[inline]
    pub fn key(&mut self, key: &str) -> Result<(), Error> {
        match self.open.last() {
            Some(open) if open.attrs == 0 && open.takes_attrs() => self.put_attr(NameId::KEY, key),
            _ => Err(wrong("an element that was just opened, for its key", "none")),
        }
    }

    /// An attribute of the element that is open, or a property, whose value is JSON.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if no element is open, if it has children already, for the name of keys, and for a
    /// name that it has; `TooManyItems` beyond 256, and `ValueTooLarge`.
    #[inline]
    pub fn attr(&mut self, name: NameId, value: &str) -> Result<(), Error> {
        match self.open.last() {
            Some(open) if open.takes_attrs() && name != NameId::KEY => self.put_attr(name, value),
            _ => Err(wrong("an open element without children, for an attribute", "none")),
        }
    }

    #[inline]
    fn put_attr(&mut self, name: NameId, value: &str) -> Result<(), Error> {
        self.check_size(2, value.len())?;
        if let Some(open) = self.open.last_mut() {
            if open.attrs > 0 {
                let from = open.word.saturating_add(HEAD);
                let known = self.tree.words.get(from..).unwrap_or_default().chunks_exact(2);
                if known.into_iter().any(|known| known.first() == Some(&name.get())) {
                    return Err(wrong("each attribute of an element once", "one twice"));
                }
                if open.attrs >= VIEW_ATTRS {
                    let got = open.attrs.saturating_add(1);
                    return Err(Error::limit(Code::TooManyItems, VIEW_ATTRS, "attributes", got));
                }
            }
            open.attrs = open.attrs.saturating_add(1);
        }
        self.tree.words.extend_from_slice(&[name.get(), word(value.len())]);
        self.tree.text.push_str(value);
        Ok(())
    }

    /// Text.
    ///
    /// # Errors
    ///
    /// `ValueTooLarge` beyond the size of a tree, and `InvalidArgument` beside raw HTML.
    #[inline]
    pub fn text(&mut self, text: &str) -> Result<(), Error> {
        if let Some(slot) = self.address()? {
            let text = slot.harmless(text);
            return self.leaf(word(text.len()) << 2 | TEXT, &text);
        }
        self.leaf(word(text.len()) << 2 | TEXT, text)
    }

    /// Text that comes from a patch: there an address that runs a program is an error.
    pub(super) fn text_of_patch(&mut self, text: &str) -> Result<(), Error> {
        if self.address()?.is_some_and(|slot| slot.harmless(text) != text) {
            return Err(Error::new(Code::Malformed, "an address that runs no program", text));
        }
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
        if !self.open.last().is_some_and(Open::takes_attrs) {
            return Err(wrong("an open element without children, for raw HTML", "none"));
        }
        self.leaf(word(html.len()) << 2 | RAW, html)?;
        if let Some(open) = self.open.last_mut() {
            open.raw = true;
        }
        Ok(())
    }

    #[inline]
    fn leaf(&mut self, head: u32, text: &str) -> Result<(), Error> {
        self.check_child(head, 1, text.len())?;
        self.fill();
        self.tree.words.push(head);
        self.tree.text.push_str(text);
        Ok(())
    }

    /// A node of another tree, as it is.
    pub(super) fn copy_node(&mut self, node: Node<'_>) -> Result<(), Error> {
        let (words, text) = node.parts();
        let tells_text = || {
            let mut told = node.children();
            let one = told.next().is_some_and(|told| matches!(told.head() & 3, TEXT | HOLE));
            one && told.is_empty()
        };
        if node.head() == BOUND && self.place()? != Slot::Node && !tells_text() {
            return Err(wrong("text, in the slot of an attribute", "what chooses"));
        }
        if is_raw(words) && !self.open.last().is_some_and(Open::takes_attrs) {
            return Err(wrong("an open element without children, for raw HTML", "none"));
        }
        self.check_child(node.head(), words.len(), text.len())?;
        self.fill();
        if is_raw(words)
            && let Some(open) = self.open.last_mut()
        {
            open.raw = true;
        }
        self.tree.words.extend_from_slice(words);
        self.tree.text.push_str(text);
        Ok(())
    }

    /// Closes the node that was opened last.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if none is open, and for an instance or a choice without all of its nodes.
    #[inline]
    pub fn close(&mut self) -> Result<(), Error> {
        match self.open.last().map(|open| (&open.shape, open.children)) {
            None => return Err(wrong("an open element, to close", "none")),
            Some((Shape::Instance(template), got)) if got != template.slots().len() => {
                return Err(slots_of(template, got));
            }
            Some((Shape::Bound { choices, .. }, got)) if got != choices.saturating_add(1) => {
                let expected = format!("{choices} nodes, one for each case");
                let got = got.saturating_sub(1).to_string();
                return Err(Error::new(Code::InvalidArgument, expected, got));
            }
            Some(_) => {}
        }
        let Some(open) = self.open.pop() else { return Ok(()) };
        let words = self.tree.words.len().saturating_sub(open.word);
        let bytes = self.tree.text.len().saturating_sub(open.byte);
        let head = self.tree.words.get_mut(open.word..).and_then(<[u32]>::first_chunk_mut);
        if let Some([_, all, text, attrs]) = head {
            (*all, *text) = (word(words), word(bytes));
            if let Shape::Element = open.shape {
                *attrs = word(open.attrs);
            }
        }
        Ok(())
    }

    /// The tree.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if an element is still open.
    pub fn finish(self) -> Result<Tree, Error> {
        self.check_closed()?;
        Ok(self.tree)
    }

    pub(super) fn check_closed(&self) -> Result<(), Error> {
        match self.open.len() {
            0 => Ok(()),
            open => {
                Err(wrong("a tree whose elements are closed", &format!("{open} that are open")))
            }
        }
    }
}

impl Open {
    #[inline]
    fn takes_attrs(&self) -> bool {
        self.children == 0 && matches!(self.shape, Shape::Element)
    }
}

fn is_raw(words: &[u32]) -> bool {
    words.first().is_some_and(|first| first & 3 == RAW)
}

#[cold]
fn slots_of(template: &Template, got: usize) -> Error {
    let expected = format!("{} nodes, one for each slot of the template", template.slots().len());
    Error::new(Code::InvalidArgument, expected, got.to_string())
}

#[cold]
fn wrong(expected: &'static str, got: &str) -> Error {
    Error::new(Code::InvalidArgument, expected, got)
}
