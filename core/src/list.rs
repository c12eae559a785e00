//! An ordered list whose items keep their identity, so that concurrent edits of one list merge.
//!
//! A place is named by the neighbours that its writer saw, never by a number: numbers mean something
//! else once another writer's edit came first.

use std::sync::Arc;

use crate::error::{Code, Error};
use crate::id::ItemId;
use crate::limit::Limits;
use crate::plant::mark;
use crate::sort::sort;
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
        sort(&mut ids);
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
        mark!(ListPlaceLost);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::arbitrary::json;

    fn id(name: char) -> ItemId {
        ItemId::new(u64::from(name))
    }

    fn list(names: &str) -> List {
        let item = |name: char| Item { id: id(name), value: json(&format!("\"{name}\"")) };
        List::from_items(names.chars().map(item).collect(), &Limits::default()).unwrap()
    }

    fn names(list: &List) -> String {
        list.items().iter().map(|item| item.value.as_text().unwrap()).collect()
    }

    /// A place from its two neighbours; `^` is the start, `$` the end.
    fn place(text: &str) -> Place {
        let mut names = text.chars().map(|name| (!"^$".contains(name)).then(|| id(name)));
        Place { left: names.next().unwrap(), right: names.next().unwrap() }
    }

    /// Holds that what is cached is what a recount gives.
    fn check_size_of(list: &List) {
        let ids = ITEM_ID_BYTES * list.items().len();
        assert_eq!(list.size(), list.to_json().len() + ids);
        assert_eq!(list, &List::from_items(list.items().to_vec(), &Limits::HARD).unwrap());
    }

    #[test]
    fn an_item_goes_where_its_writer_saw_it_as_far_as_that_is_still_there() {
        #[rustfmt::skip]
        let table = [
            ("", "^$", "x"), ("abc", "^a", "xabc"), ("abc", "ab", "axbc"), ("abc", "c$", "abcx"),
            // The left neighbour decides, also where the right one moved.
            ("abc", "ac", "axbc"), ("abc", "ca", "abcx"), ("abc", "a$", "axbc"),
            // Left gone: before the right one.
            ("abc", "zb", "axbc"), ("abc", "za", "xabc"),
            // At the start, and what was first is gone.
            ("abc", "^z", "xabc"), ("", "^z", "x"), ("abc", "^b", "axbc"),
            // At the end, what was last is gone; or both are gone; or the list was empty.
            ("abc", "z$", "abcx"), ("abc", "yz", "abcx"), ("abc", "^$", "abcx"), ("", "yz", "x"),
        ];
        for (before, at, expected) in table {
            let mut list = list(before);
            list.insert(id('x'), json("\"x\""), place(at), &Limits::default()).unwrap();
            assert_eq!(names(&list), expected, "{before} at {at}");
            check_size_of(&list);
        }
    }

    #[test]
    fn an_item_moves_among_the_others() {
        #[rustfmt::skip]
        let table = [
            ("abcd", 'a', "cd", "bcad"), ("abcd", 'd', "^a", "dabc"), ("abcd", 'b', "d$", "acdb"),
            ("abcd", 'c', "ab", "acbd"), ("abcd", 'a', "^b", "abcd"), ("abcd", 'b', "ac", "abcd"),
            ("abcd", 'a', "yz", "bcda"), ("abcd", 'd', "^z", "dabc"), ("abcd", 'd', "zb", "adbc"),
            // Itself is no neighbour: as if it were gone.
            ("abcd", 'a', "ac", "bacd"), ("abcd", 'c', "cz", "abdc"), ("abcd", 'b', "^b", "bacd"),
            ("a", 'a', "^$", "a"), ("a", 'a', "aa", "a"),
        ];
        for (before, moved, to, expected) in table {
            let mut list = list(before);
            list.relocate(id(moved), place(to)).unwrap();
            assert_eq!(names(&list), expected, "{moved} of {before} to {to}");
            check_size_of(&list);
        }
        let error = list("abc").relocate(id('z'), place("ab")).unwrap_err();
        assert_eq!(error.code, Code::NoSuchItem);
    }

    #[test]
    fn concurrent_inserts_keep_both_items_near_where_they_were_put() {
        // One writer appends to what it saw, another prepends, a third removes their neighbours.
        let mut list = list("abc");
        list.remove(id('c'));
        list.remove(id('a'));
        list.insert(id('x'), json("\"x\""), place("c$"), &Limits::default()).unwrap();
        list.insert(id('y'), json("\"y\""), place("^a"), &Limits::default()).unwrap();
        list.insert(id('z'), json("\"z\""), place("bc"), &Limits::default()).unwrap();
        assert_eq!(names(&list), "ybzx");
    }

    #[test]
    fn removing_what_is_gone_changes_nothing() {
        let mut items = list("abc");
        let shared = items.clone();
        items.remove(id('z'));
        assert!(Arc::ptr_eq(&items.items, &shared.items));
        items.remove(id('b'));
        items.remove(id('b'));
        assert_eq!((names(&items), names(&shared)), ("ac".to_owned(), "abc".to_owned()));
        check_size_of(&items);
        items.remove(id('a'));
        items.remove(id('c'));
        assert_eq!((items.size(), items.to_json().as_str()), (2, "[]"));
    }

    #[test]
    fn an_item_takes_another_value_and_keeps_its_place() {
        let mut items = list("abc");
        items.replace(id('b'), json("{\"long\":[1,2,3]}"), &Limits::default()).unwrap();
        assert_eq!(items.to_json(), r#"["a",{"long":[1,2,3]},"c"]"#);
        assert_eq!(items.position(id('b')), Some(1));
        check_size_of(&items);
        let error = items.replace(id('z'), Value::NULL, &Limits::default()).unwrap_err();
        assert_eq!((error.code, items.position(id('z'))), (Code::NoSuchItem, None));
    }

    #[test]
    fn an_identity_is_in_a_list_once() {
        let mut items = list("abc");
        let error =
            items.insert(id('b'), Value::NULL, place("^a"), &Limits::default()).unwrap_err();
        assert_eq!((error.code, names(&items)), (Code::DuplicateItem, "abc".to_owned()));
        let twice = [list("ab").items(), list("ca").items()].concat();
        let error = List::from_items(twice, &Limits::default()).unwrap_err();
        assert_eq!((error.code, &error.got), (Code::DuplicateItem, &id('a').to_string()));
    }

    #[test]
    fn a_list_is_bounded_like_the_array_that_it_reads_as() {
        let insert = |list: &mut List, value: &str, limits: &Limits| {
            list.insert(id('x'), json(value), place("^$"), limits).map_err(|error| error.code)
        };
        // 3 items take 2 + 3 * 3 + 2 + 3 * 8 bytes.
        let exact = Limits { items: 4, depth: 2, value_bytes: 37 + 11 + 1, ..Limits::default() };
        #[rustfmt::skip]
        let table = [
            ("\"x\"", exact, Ok(())), ("[[]]", exact, Err(Code::TooDeep)), ("[]", exact, Ok(())),
            ("[1,2]", exact, Err(Code::ValueTooLarge)),
            ("0", Limits { items: 3, ..exact }, Err(Code::TooManyItems)),
            ("[1,2,3,4,5]", Limits { value_bytes: 999, ..exact }, Err(Code::TooManyItems)),
        ];
        for (value, limits, expected) in table {
            let mut items = list("abc");
            let before = items.clone();
            assert_eq!(insert(&mut items, value, &limits), expected, "{value}");
            assert_eq!(items != before, expected.is_ok(), "{value}");
            let whole = List::from_items(
                [before.items(), &[Item { id: id('x'), value: json(value) }]].concat(),
                &limits,
            );
            assert_eq!(whole.map(|_| ()).map_err(|error| error.code), expected, "{value}");
        }
        let mut items = list("abc");
        let large = items.replace(id('a'), json("\"aaaaaaaaaaaaaaaa\""), &exact).unwrap_err();
        let deep = items.replace(id('a'), json("[[]]"), &exact).unwrap_err();
        assert_eq!((large.code, deep.code), (Code::ValueTooLarge, Code::TooDeep));
        assert_eq!(items, list("abc"));
    }
}
