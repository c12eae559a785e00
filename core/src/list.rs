//! An ordered list whose items keep their identity, so that concurrent edits of one list merge.
//!
//! A place is named by the neighbours that its writer saw, never by a number: numbers mean something
//! else once another writer's edit came first.

use std::sync::Arc;

use crate::error::{Code, Error};
use crate::id::ItemId;
use crate::limit::Limits;
use crate::value::Value;

/// Bytes that an item's identity counts against limits.
pub(crate) const ITEM_ID_BYTES: usize = 8;

/// One item of a [`List`].
#[derive(Clone, Debug, Eq, PartialEq)]
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
///
/// Limits hold for the array that the list reads as: its items are one level deeper than it.
///
/// ```
/// use syncline_core::{ItemId, Limits, List, Place, Value};
/// let (one, two, limits) = (ItemId::new(1), ItemId::new(2), Limits::default());
/// let mut list = List::default();
/// list.insert(one, Value::from_bool(true), Place::default(), &limits).unwrap();
/// list.insert(two, Value::NULL, Place { left: None, right: Some(one) }, &limits).unwrap();
/// assert_eq!(list.to_json(), "[null,true]");
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct List {
    items: Arc<Vec<Item>>,
    /// Bytes of the items' canonical JSON.
    value_bytes: usize,
}

impl List {
    /// A list of these items; refuses a repeated id.
    ///
    /// # Errors
    ///
    /// `DuplicateItem`; `TooManyItems`, `ValueTooLarge` and `TooDeep` of the list as an array.
    pub fn from_items(items: Vec<Item>, limits: &Limits) -> Result<Self, Error> {
        let mut ids: Vec<ItemId> = items.iter().map(|item| item.id).collect();
        ids.sort_unstable();
        if let Some([id, _]) = ids.array_windows().find(|[one, two]| one == two) {
            return Err(duplicate(*id));
        }
        let mut value_bytes = 0_usize;
        for item in &items {
            item.value.check_as_item(limits)?;
            value_bytes = value_bytes.saturating_add(item.value.json_len());
        }
        check_count(items.len(), limits)?;
        check_size(size(items.len(), value_bytes), limits)?;
        Ok(Self { items: Arc::new(items), value_bytes })
    }

    /// The items in order.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Where an item stands.
    #[must_use]
    pub fn position(&self, id: ItemId) -> Option<usize> {
        self.items.iter().position(|item| item.id == id)
    }

    /// Puts a new item in its place.
    ///
    /// That is after the left neighbour; else, if that is gone, before the right one; else at the
    /// start if the place was the start, and at the end otherwise.
    ///
    /// # Errors
    ///
    /// `DuplicateItem`; `TooManyItems`, `ValueTooLarge` and `TooDeep` of the result. The list is then
    /// as it was.
    pub fn insert(
        &mut self,
        id: ItemId,
        value: Value,
        place: Place,
        limits: &Limits,
    ) -> Result<(), Error> {
        if self.position(id).is_some() {
            return Err(duplicate(id));
        }
        value.check_as_item(limits)?;
        let count = self.items.len().saturating_add(1);
        let value_bytes = self.value_bytes.saturating_add(value.json_len());
        check_count(count, limits)?;
        check_size(size(count, value_bytes), limits)?;
        let at = place.among(&self.items);
        Arc::make_mut(&mut self.items).insert(at, Item { id, value });
        self.value_bytes = value_bytes;
        Ok(())
    }

    /// Takes an item out; a missing one is already out.
    pub fn remove(&mut self, id: ItemId) {
        if let Some(at) = self.position(id) {
            let item = Arc::make_mut(&mut self.items).remove(at);
            self.value_bytes = self.value_bytes.saturating_sub(item.value.json_len());
        }
    }

    /// Moves an item to another place, found as by [`insert`](Self::insert) in the list without it.
    ///
    /// # Errors
    ///
    /// `NoSuchItem`.
    pub fn relocate(&mut self, id: ItemId, place: Place) -> Result<(), Error> {
        let from = self.position(id).ok_or_else(|| missing(id))?;
        let items = Arc::make_mut(&mut self.items);
        let item = items.remove(from);
        let to = place.among(items);
        items.insert(to, item);
        Ok(())
    }

    /// Gives an item another value.
    ///
    /// # Errors
    ///
    /// `NoSuchItem`; `ValueTooLarge`, `TooDeep` and `TooManyItems` of the result. The list is then as
    /// it was.
    pub fn replace(&mut self, id: ItemId, value: Value, limits: &Limits) -> Result<(), Error> {
        let at = self.position(id).ok_or_else(|| missing(id))?;
        value.check_as_item(limits)?;
        let before = self.items.get(at).map_or(0, |item| item.value.json_len());
        let value_bytes = self.value_bytes.saturating_sub(before).saturating_add(value.json_len());
        check_size(size(self.items.len(), value_bytes), limits)?;
        if let Some(item) = Arc::make_mut(&mut self.items).get_mut(at) {
            item.value = value;
        }
        self.value_bytes = value_bytes;
        Ok(())
    }

    /// Appends the canonical JSON: an array of the items' values.
    pub fn write_json(&self, out: &mut String) {
        out.reserve(self.size());
        out.push('[');
        for (at, item) in self.items.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            item.value.write_json(out);
        }
        out.push(']');
    }

    /// The canonical JSON: an array of the items' values.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    /// Bytes that count against limits: of the canonical JSON, and 8 for each item's identity.
    #[must_use]
    pub fn size(&self) -> usize {
        size(self.items.len(), self.value_bytes)
    }

    /// Refuses a list beyond these limits.
    pub(crate) fn check(&self, limits: &Limits) -> Result<(), Error> {
        check_count(self.items.len(), limits)?;
        check_size(self.size(), limits)?;
        self.items.iter().try_for_each(|item| item.value.check_as_item(limits))
    }
}

impl Place {
    /// Bytes that count against limits: of the identities that it names.
    pub(crate) fn size(self) -> usize {
        let named = [self.left, self.right].into_iter().flatten().count();
        named.saturating_mul(ITEM_ID_BYTES)
    }

    /// The index at which an item of this place belongs among these.
    fn among(self, items: &[Item]) -> usize {
        let find = |id: Option<ItemId>| items.iter().position(|item| Some(item.id) == id);
        if let Some(left) = find(self.left) {
            return left.saturating_add(1);
        }
        if let Some(right) = find(self.right) {
            return right;
        }
        if self.left.is_none() && self.right.is_some() { 0 } else { items.len() }
    }
}

/// Brackets, commas, values and identities.
const fn size(count: usize, value_bytes: usize) -> usize {
    let commas = count.saturating_sub(1);
    let ids = count.saturating_mul(ITEM_ID_BYTES);
    value_bytes.saturating_add(commas).saturating_add(ids).saturating_add(2)
}

fn check_count(count: usize, limits: &Limits) -> Result<(), Error> {
    if count > limits.items {
        return Err(Error::limit(Code::TooManyItems, limits.items, "items", count));
    }
    Ok(())
}

fn check_size(size: usize, limits: &Limits) -> Result<(), Error> {
    if size > limits.value_bytes {
        return Err(Error::limit(Code::ValueTooLarge, limits.value_bytes, "bytes", size));
    }
    Ok(())
}

fn duplicate(id: ItemId) -> Error {
    Error::new(Code::DuplicateItem, "a new item's id", id.to_string())
}

fn missing(id: ItemId) -> Error {
    Error::new(Code::NoSuchItem, "an item of the list", id.to_string())
}
