//! An ordered list whose items keep their identity, so that concurrent edits of one list merge.

use std::sync::Arc;

use crate::error::Error;
use crate::id::ItemId;
use crate::limit::Limits;
use crate::value::Value;

/// One item of a [`List`].
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its identity, unique in the list.
    pub id: ItemId,
    /// What it holds.
    pub value: Value,
}

/// Where an item belongs: between the neighbours that its writer saw.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Place {
    /// The item before it; `None` is the start of the list.
    pub left: Option<ItemId>,
    /// The item after it; `None` is the end of the list.
    pub right: Option<ItemId>,
}

/// An ordered list of items with identity; a clone shares the items.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List(Arc<Vec<Item>>);

impl List {
    /// A list of these items; refuses a repeated id.
    pub fn from_items(_items: Vec<Item>, _limits: &Limits) -> Result<Self, Error> {
        todo!()
    }
    /// The items in order.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.0
    }
    /// Where an item stands.
    #[must_use]
    pub fn position(&self, _id: ItemId) -> Option<usize> {
        todo!()
    }
    /// Puts a new item in its place.
    pub fn insert(
        &mut self,
        _id: ItemId,
        _value: Value,
        _place: Place,
        _limits: &Limits,
    ) -> Result<(), Error> {
        todo!()
    }
    /// Takes an item out; a missing one is already out.
    pub fn remove(&mut self, _id: ItemId) {
        todo!()
    }
    /// Moves an item to another place.
    pub fn relocate(&mut self, _id: ItemId, _place: Place) -> Result<(), Error> {
        todo!()
    }
    /// Gives an item another value.
    pub fn replace(&mut self, _id: ItemId, _value: Value, _limits: &Limits) -> Result<(), Error> {
        todo!()
    }
}
