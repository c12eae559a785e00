//! What may be in the place of a child.

use super::super::statics::Statics;
use super::super::template::{Slot, Template};
use super::super::tree::{BOUND, HOLE, Kind, Node};
use crate::error::{Code, Error};

/// What can be in the place of each child.
#[derive(Clone, Copy)]
pub(in super::super) enum Slots<'a> {
    Any,
    Template(&'a Template),
    /// What a binding tells, and all else what it chooses from.
    Told(Slot),
}

impl<'a> Slots<'a> {
    /// Those of a node that is in such a place; none if it has no children.
    pub(in super::super) fn of(
        node: Node<'_>,
        place: Slot,
        statics: &'a Statics,
    ) -> Result<Option<Self>, Error> {
        Ok(Some(match node.kind() {
            Kind::Element(_) | Kind::Fragment => Self::Any,
            Kind::Instance(template) => Self::Template(statics.known(template)?),
            Kind::Bound(binding) => {
                statics.bound(binding)?;
                Self::Told(place)
            }
            Kind::Text(_) | Kind::Hole | Kind::Raw(_) => return Ok(None),
        }))
    }

    pub(in super::super) fn at(self, child: usize) -> Slot {
        match self {
            Self::Template(template) => template.slots().get(child).copied().unwrap_or(Slot::Node),
            Self::Told(slot) if child == 0 => slot,
            Self::Any | Self::Told(_) => Slot::Node,
        }
    }
}

/// Whether a text runs a program if it is there.
pub(in super::super) fn runs_there(slot: Slot, text: &str) -> bool {
    slot.harmless(text) != text
}

/// Refuses a text that runs a program there.
pub(super) fn check_text(slot: Slot, text: &str) -> Result<(), Error> {
    if runs_there(slot, text) {
        return Err(Error::new(Code::Malformed, "an address that runs no program", text));
    }
    Ok(())
}

/// Refuses a node that cannot be in a slot.
pub(super) fn check_slot(slot: Slot, node: Node<'_>) -> Result<(), Error> {
    if slot == Slot::Node {
        return Ok(());
    }
    let mut told = node.alone();
    if node.head() == BOUND {
        told = node.children();
    }
    let first = told.next().filter(|_| told.is_empty());
    match first.map(|first| (first.head(), first.kind())) {
        Some((_, Kind::Text(text))) => check_text(slot, text),
        Some((HOLE, _)) => Ok(()),
        _ => {
            let expected = "text or a hole, in the slot of an attribute";
            Err(Error::new(Code::InvalidArgument, expected, "another node"))
        }
    }
}
