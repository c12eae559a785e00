//! What a template is: a tree with slots, of which only these are said again.

use core::fmt;
use std::borrow::Cow;

use super::names::{NameId, Names};
use super::tree::{Kind, Node, Nodes, Tree};
use super::url;
use crate::error::{Code, Error};
use crate::limit::VIEW_SLOTS;

/// A template, as its number in [`Statics`](super::Statics).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TemplateId(u32);

impl TemplateId {
    /// A number as a template.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for TemplateId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// What may be in a slot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Slot {
    /// Text as an attribute's value or a part of it, or a hole: then the attribute is not there.
    Attribute = 0,
    /// The value of a property as JSON, or a hole.
    Property = 1,
    /// Any one node.
    Node = 2,
    /// Text as an attribute's value that is an address, or a hole.
    Address = 3,
    /// The value of a property that is an address as JSON, or a hole.
    AddressProperty = 4,
}

impl Slot {
    /// Whether it has the value of a property, as JSON.
    #[must_use]
    pub const fn is_property(self) -> bool {
        matches!(self, Self::Property | Self::AddressProperty)
    }

    /// Whether it has an address, which has to be looked at.
    #[must_use]
    pub const fn is_address(self) -> bool {
        matches!(self, Self::Address | Self::AddressProperty)
    }

    /// The text that may be in it: see [`harmless`](super::harmless).
    #[must_use]
    pub fn harmless(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Address => url::blocked(text),
            Self::AddressProperty => url::blocked_json(text),
            Self::Attribute | Self::Property | Self::Node => text.into(),
        }
    }
}

/// What stands in an attribute's value for a slot.
pub(super) const SLOT: char = '\0';

/// A tree whose holes are slots for nodes, and in the values of whose attributes a zero is one for text; in the
/// order of the text, attributes before children.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Template {
    id: TemplateId,
    body: Tree,
    slots: Vec<Slot>,
    addresses: bool,
}

impl Template {
    /// The template that a tree is.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a property that is more than a slot, and for nodes that no template has; `TooMany`
    /// beyond 256 slots.
    pub(super) fn of(id: TemplateId, body: Tree, names: &Names) -> Result<Self, Error> {
        let mut slots = Vec::new();
        let mut open = vec![body.roots()];
        while let Some(nodes) = open.last_mut() {
            let Some(node) = nodes.next() else {
                open.pop();
                continue;
            };
            match node.kind() {
                Kind::Text(_) => {}
                Kind::Hole => slots.push(Slot::Node),
                Kind::Element(_) => {
                    for attr in node.attrs() {
                        attribute(names.get(attr.name), attr.value, &mut slots)?;
                    }
                    if node.key().is_some() {
                        return Err(wrong("no key within a template", "one"));
                    }
                    open.push(node.children());
                }
                Kind::Raw(_) | Kind::Fragment | Kind::Bound(_) | Kind::Instance(_) => {
                    return Err(wrong("elements, texts and slots in a template", "another node"));
                }
            }
            if slots.len() > VIEW_SLOTS {
                let got = slots.len();
                return Err(Error::limit(Code::TooMany, VIEW_SLOTS, "slots of a template", got));
            }
        }
        let addresses = slots.iter().any(|slot| slot.is_address());
        Ok(Self { id, body, slots, addresses })
    }

    /// Its number.
    #[must_use]
    pub const fn id(&self) -> TemplateId {
        self.id
    }

    /// What may be in each slot.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    pub(super) const fn has_addresses(&self) -> bool {
        self.addresses
    }

    /// Its nodes, with holes and zeros for slots.
    pub(super) fn body(&self) -> Nodes<'_> {
        self.body.roots()
    }

    pub(super) const fn tree(&self) -> &Tree {
        &self.body
    }
}

fn attribute(name: Option<&str>, value: &str, slots: &mut Vec<Slot>) -> Result<(), Error> {
    let name = name.unwrap_or_default();
    let count = value.matches(SLOT).count();
    if count == 0 {
        return Ok(());
    }
    if url::is_target(name) {
        return Err(wrong("no slot for the name of an attribute", name));
    }
    let alone = value.len() == SLOT.len_utf8();
    let slot = if let Some(property) = name.strip_prefix('.') {
        if !alone {
            return Err(wrong("a property that is a slot, or JSON", name));
        }
        if url::is_target(property) {
            return Err(wrong("no slot for the name of an attribute", name));
        }
        if url::is_address(property) { Slot::AddressProperty } else { Slot::Property }
    } else if !url::is_address(name) {
        Slot::Attribute
    } else if alone {
        Slot::Address
    } else if url::leads(value.split(SLOT).next().unwrap_or_default()) {
        Slot::Attribute
    } else {
        return Err(wrong("an address that is one slot, or begins with where it leads", value));
    };
    slots.extend(core::iter::repeat_n(slot, count));
    Ok(())
}

/// The value of an attribute with what is in its slots; none if it is not there.
pub(super) fn filled<'a>(
    name: NameId,
    value: &'a str,
    mut slot: impl FnMut() -> Option<Node<'a>>,
) -> (NameId, Option<Cow<'a, str>>) {
    let text = |node: Option<Node<'a>>| node?.shown()?.kind().text();
    let mut parts = value.split(SLOT);
    let first = parts.next().unwrap_or_default();
    let Some(second) = parts.next() else { return (name, Some(first.into())) };
    if value.len() == SLOT.len_utf8() {
        return (name, text(slot()).map(Into::into));
    }
    let mut whole = String::from(first);
    whole.push_str(text(slot()).unwrap_or_default());
    whole.push_str(second);
    for part in parts {
        whole.push_str(text(slot()).unwrap_or_default());
        whole.push_str(part);
    }
    (name, Some(whole.into()))
}

fn wrong(expected: &'static str, got: &str) -> Error {
    Error::new(Code::InvalidArgument, expected, got)
}
