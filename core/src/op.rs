//! The edits: what an op does to the content of one key, and what its writer had seen.

use crate::error::{Code, Error};
use crate::id::{DraftId, ItemId, Key, Seq, Version};
use crate::limit::Limits;
use crate::list::{ITEM_ID_BYTES, List, Place};
use crate::patch;
use crate::value::Value;

/// What a key holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Content {
    /// A JSON value.
    Plain(Value),
    /// A list whose items keep their identity; it reads as a JSON array.
    List(List),
}

/// What an op does to its key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action {
    /// Replaces the content by a JSON value.
    Set(Value),
    /// Removes the key.
    Delete,
    /// Applies an object as an RFC 7396 patch to an object or to nothing.
    Merge(Value),
    /// Adds a number to a number; nothing counts as zero.
    Add(Value),
    /// Changes nothing, and refuses its mutation unless the key is as its writer saw it.
    Expect,
    /// Puts a new item into a list; nothing counts as an empty list.
    Insert {
        /// The new item's identity.
        id: ItemId,
        /// What it holds.
        value: Value,
        /// Where it belongs.
        place: Place,
    },
    /// Takes an item out of a list.
    Remove {
        /// Which item.
        id: ItemId,
    },
    /// Moves an item within its list.
    Move {
        /// Which item.
        id: ItemId,
        /// Where it belongs now.
        place: Place,
    },
    /// Gives a list item another value.
    Replace {
        /// Which item.
        id: ItemId,
        /// What it holds now.
        value: Value,
    },
}

/// What the writer of an op had seen of its key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Seen {
    /// No value.
    Absent,
    /// The value of this version. [`Version::ZERO`] is never current: what was seen is of another
    /// epoch.
    At(Version),
    /// The writer's own mutation of this number, which was not confirmed yet. The mutation's own
    /// number stands for an earlier op of the same mutation.
    Mine(Seq),
}

/// What the writer of a draft had seen of a key: like [`Seen`], but own mutations that have no
/// number yet are named by their draft.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DraftSeen {
    /// As the server will read it.
    Fixed(Seen),
    /// The writer's own draft.
    Draft(DraftId),
}

/// One edit of one key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Op {
    /// Which key.
    pub key: Key,
    /// What to do to it.
    pub action: Action,
    /// What the writer had seen of it.
    pub seen: Seen,
}

impl Content {
    /// The canonical JSON; a list is an array of its values.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    /// Appends the canonical JSON.
    pub fn write_json(&self, out: &mut String) {
        match self {
            Self::Plain(value) => value.write_json(out),
            Self::List(list) => list.write_json(out),
        }
    }

    /// Bytes that count against limits: of the canonical JSON, and 8 for each list item's identity.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Plain(value) => value.json_len(),
            Self::List(list) => list.size(),
        }
    }

    /// Refuses content beyond these limits.
    ///
    /// # Errors
    ///
    /// `ValueTooLarge`, `TooDeep`, `TooManyItems`.
    pub fn check(&self, limits: &Limits) -> Result<(), Error> {
        match self {
            Self::Plain(value) => value.check(limits),
            Self::List(list) => list.check(limits),
        }
    }

    /// The JSON value, if it is not a list.
    #[must_use]
    pub const fn as_plain(&self) -> Option<&Value> {
        match self {
            Self::Plain(value) => Some(value),
            Self::List(_) => None,
        }
    }
}

impl Action {
    /// What the action makes of a key's content; `None` is a key without a value.
    ///
    /// Deterministic: the same content and action give the same result in every language.
    ///
    /// # Errors
    ///
    /// `WrongType`, `Overflow`, `NoSuchItem`, `DuplicateItem`, and `ValueTooLarge`, `TooDeep` or
    /// `TooManyItems` of the *result*.
    pub fn apply(
        &self,
        current: Option<&Content>,
        limits: &Limits,
    ) -> Result<Option<Content>, Error> {
        self.apply_owned(current.cloned(), limits)
    }

    /// Like [`apply`](Self::apply), but a list that nobody else holds is changed where it is.
    ///
    /// # Errors
    ///
    /// Those of [`apply`](Self::apply); the content is lost then.
    pub fn apply_owned(
        &self,
        current: Option<Content>,
        limits: &Limits,
    ) -> Result<Option<Content>, Error> {
        match self {
            Self::Set(value) => {
                value.check(limits)?;
                Ok(Some(Content::Plain(value.clone())))
            }
            Self::Delete => Ok(None),
            Self::Merge(patch) => {
                Ok(Some(Content::Plain(patch::merge(plain(current.as_ref())?, patch, limits)?)))
            }
            Self::Add(operand) => {
                let sum = plain(current.as_ref())?.unwrap_or(&Value::ZERO).sum(operand)?;
                sum.check(limits)?;
                Ok(Some(Content::Plain(sum)))
            }
            Self::Expect => Ok(current),
            Self::Insert { id, value, place } => {
                let mut list = list(current)?.unwrap_or_default();
                list.insert(*id, value.clone(), *place, limits)?;
                Ok(Some(Content::List(list)))
            }
            Self::Remove { id } => {
                let Some(mut list) = list(current)? else { return Ok(None) };
                list.remove(*id);
                Ok(Some(Content::List(list)))
            }
            Self::Move { id, place } => {
                let mut list = list(current)?.unwrap_or_default();
                list.relocate(*id, *place)?;
                Ok(Some(Content::List(list)))
            }
            Self::Replace { id, value } => {
                let mut list = list(current)?.unwrap_or_default();
                list.replace(*id, value.clone(), limits)?;
                Ok(Some(Content::List(list)))
            }
        }
    }

    /// Edits a list where it is: copied only if it is shared, and as it was on an error.
    ///
    /// Returns `None` if this is no edit of a list, or the content is none.
    pub(crate) fn edit_list(
        &self,
        content: &mut Content,
        limits: &Limits,
    ) -> Option<Result<(), Error>> {
        let Content::List(list) = content else { return None };
        match self {
            Self::Set(_) | Self::Delete | Self::Merge(_) | Self::Add(_) | Self::Expect => None,
            Self::Insert { id, value, place } => {
                Some(list.insert(*id, value.clone(), *place, limits))
            }
            Self::Remove { id } => {
                list.remove(*id);
                Some(Ok(()))
            }
            Self::Move { id, place } => Some(list.relocate(*id, *place)),
            Self::Replace { id, value } => Some(list.replace(*id, value.clone(), limits)),
        }
    }

    /// Bytes that count against limits: of the values and identities that it carries.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Set(value) | Self::Merge(value) | Self::Add(value) => value.json_len(),
            Self::Delete | Self::Expect => 0,
            Self::Insert { value, place, .. } => {
                value.json_len().saturating_add(place.size()).saturating_add(ITEM_ID_BYTES)
            }
            Self::Remove { .. } => ITEM_ID_BYTES,
            Self::Move { place, .. } => place.size().saturating_add(ITEM_ID_BYTES),
            Self::Replace { value, .. } => value.json_len().saturating_add(ITEM_ID_BYTES),
        }
    }

    /// One action that does what `self` and then `later` do, or `None` where there is none for
    /// every content that both apply to.
    ///
    /// The one liberty: integers added to a float in turn may round twice, and their sum rounds once.
    #[must_use]
    pub fn then(&self, later: &Self, limits: &Limits) -> Option<Self> {
        match (self, later) {
            (Self::Expect, _) => None,
            (_, Self::Set(_) | Self::Delete) => Some(later.clone()),
            (Self::Set(value), Self::Merge(patch)) => {
                patch::merge(Some(value), patch, limits).ok().map(Self::Set)
            }
            (Self::Delete, Self::Merge(patch)) => {
                patch::merge(None, patch, limits).ok().map(Self::Set)
            }
            (Self::Merge(first), Self::Merge(second)) => {
                patch::compose(first, second, limits).map(Self::Merge)
            }
            (Self::Set(value), Self::Add(operand)) => {
                let sum = value.sum(operand).ok()?;
                sum.check(limits).is_ok().then_some(Self::Set(sum))
            }
            (Self::Add(first), Self::Add(second)) => {
                first.as_i64().and(second.as_i64())?;
                first.sum(second).ok().map(Self::Add)
            }
            (Self::Insert { id: first, place, .. }, Self::Replace { id, value }) if first == id => {
                Some(Self::Insert { id: *id, value: value.clone(), place: *place })
            }
            (Self::Replace { id: first, .. }, Self::Replace { id, .. }) if first == id => {
                Some(later.clone())
            }
            _ => None,
        }
    }
}

/// The JSON value that an op on plain JSON finds.
fn plain(current: Option<&Content>) -> Result<Option<&Value>, Error> {
    match current {
        None => Ok(None),
        Some(Content::Plain(value)) => Ok(Some(value)),
        Some(Content::List(_)) => {
            Err(Error::new(Code::WrongType, "plain JSON", "a list with identity"))
        }
    }
}

/// The list that an op on a list finds.
fn list(current: Option<Content>) -> Result<Option<List>, Error> {
    match current {
        None => Ok(None),
        Some(Content::List(list)) => Ok(Some(list)),
        Some(Content::Plain(_)) => {
            Err(Error::new(Code::WrongType, "a list with identity", "plain JSON"))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::list::Item;
    use crate::value::arbitrary::{self, json};

    fn id(number: u64) -> ItemId {
        ItemId::new(number)
    }

    fn plain(text: &str) -> Content {
        Content::Plain(json(text))
    }

    fn list(ids: &[u64]) -> Content {
        let item = |&number| Item { id: id(number), value: json(&number.to_string()) };
        let items = ids.iter().map(item).collect();
        Content::List(List::from_items(items, &Limits::HARD).unwrap())
    }

    fn insert(number: u64) -> Action {
        let place = Place { left: None, right: Some(id(1)) };
        Action::Insert { id: id(number), value: json(&number.to_string()), place }
    }

    fn to_start(number: u64) -> Action {
        Action::Move { id: id(number), place: Place { left: None, right: Some(id(1)) } }
    }

    fn replace(number: u64, text: &str) -> Action {
        Action::Replace { id: id(number), value: json(text) }
    }

    #[test]
    fn what_each_action_makes_of_each_content() {
        let (none, object, items) = (None, Some(plain(r#"{"a":1}"#)), Some(list(&[1, 2])));
        let (number, array) = (Some(plain("5")), Some(plain("[1,2]")));
        let set = |text: &str| Action::Set(json(text));
        let merge = |text: &str| Action::Merge(json(text));
        let add = |text: &str| Action::Add(json(text));
        let is = |text: &str| Ok(Some(plain(text)));
        let wrong = || Err(Code::WrongType);
        #[rustfmt::skip]
        let table = [
            (set("7"), &none, is("7")), (set("7"), &object, is("7")), (set("[]"), &items, is("[]")),
            (Action::Delete, &none, Ok(None)), (Action::Delete, &object, Ok(None)), (Action::Delete, &items, Ok(None)),
            (Action::Expect, &none, Ok(None)), (Action::Expect, &items, Ok(items.clone())),
            (merge(r#"{"b":2,"c":null}"#), &none, is(r#"{"b":2}"#)),
            (merge(r#"{"b":2}"#), &object, is(r#"{"a":1,"b":2}"#)),
            (merge("{}"), &number, wrong()), (merge("{}"), &array, wrong()), (merge("{}"), &items, wrong()),
            (merge("[]"), &object, wrong()), (merge("null"), &none, wrong()),
            (add("2"), &none, is("2")), (add("2"), &number, is("7")), (add("0.5"), &number, is("5.5")),
            (add("2"), &object, wrong()), (add("2"), &items, wrong()), (add("\"2\""), &number, wrong()),
            (add("null"), &none, wrong()), (add("9007199254740990"), &number, Err(Code::Overflow)),
            (insert(3), &none, Ok(Some(list(&[3])))), (insert(3), &items, Ok(Some(list(&[3, 1, 2])))),
            (insert(2), &items, Err(Code::DuplicateItem)), (insert(3), &array, wrong()), (insert(3), &number, wrong()),
            (Action::Remove { id: id(1) }, &none, Ok(None)),
            (Action::Remove { id: id(1) }, &items, Ok(Some(list(&[2])))),
            (Action::Remove { id: id(9) }, &items, Ok(items.clone())), (Action::Remove { id: id(1) }, &array, wrong()),
            (to_start(2), &items, Ok(Some(list(&[2, 1])))), (to_start(9), &items, Err(Code::NoSuchItem)),
            (to_start(2), &none, Err(Code::NoSuchItem)), (to_start(2), &array, wrong()),
            (replace(2, "2"), &items, Ok(items.clone())), (replace(9, "0"), &items, Err(Code::NoSuchItem)),
            (replace(2, "0"), &none, Err(Code::NoSuchItem)), (replace(2, "0"), &number, wrong()),
        ];
        for (action, before, expected) in table {
            let after = action.apply(before.as_ref(), &Limits::default());
            assert_eq!(after.map_err(|error| error.code), expected, "{action:?} on {before:?}");
        }
    }

    #[test]
    fn limits_are_those_of_the_result_whatever_made_it() {
        let limits = Limits { value_bytes: 30, items: 3, depth: 2, ..Limits::default() };
        let long = format!("\"{}\"", "x".repeat(29));
        let object = plain(r#"{"a":1,"b":2,"c":3}"#);
        let items = list(&[1, 2]);
        let with =
            |text: &str| Action::Insert { id: id(3), value: json(text), place: Place::default() };
        #[rustfmt::skip]
        let table = [
            (Action::Set(json(&long)), None, Code::ValueTooLarge),
            (Action::Set(json("[[[]]]")), None, Code::TooDeep),
            (Action::Set(json("[1,2,3,4]")), None, Code::TooManyItems),
            (Action::Merge(json(r#"{"d":1}"#)), Some(&object), Code::TooManyItems),
            (Action::Merge(json(r#"{"a":{"b":{}}}"#)), Some(&object), Code::TooDeep),
            (Action::Merge(json(r#"{"a":"long enough"}"#)), Some(&object), Code::ValueTooLarge),
            (with("[[]]"), Some(&items), Code::TooDeep), (with("[1,2,3,4]"), None, Code::TooManyItems),
            (with("[1]"), Some(&items), Code::ValueTooLarge),
            (replace(2, "\"long enough\""), Some(&items), Code::ValueTooLarge),
        ];
        for (action, before, code) in table {
            assert_eq!(action.apply(before, &limits).unwrap_err().code, code, "{action:?}");
            assert!(action.apply(before, &Limits::default()).is_ok(), "{action:?}");
        }
    }

    #[test]
    fn content_shows_as_json_and_counts_its_identities() {
        assert_eq!((list(&[1, 20]).to_json().as_str(), list(&[1, 20]).size()), ("[1,20]", 22));
        assert_eq!((plain("[1,20]").to_json().as_str(), plain("[1,20]").size()), ("[1,20]", 6));
        assert_eq!((insert(10).size(), to_start(1).size(), replace(1, "[]").size()), (18, 16, 10));
        assert_eq!((Action::Delete.size(), Action::Set(json("null")).size()), (0, 4));
        let tight = Limits { value_bytes: 21, ..Limits::default() };
        assert_eq!(list(&[1, 20]).check(&tight).unwrap_err().code, Code::ValueTooLarge);
        assert!(plain("[1,20]").check(&tight).is_ok());
    }

    #[test]
    fn a_list_that_nobody_shares_is_changed_where_it_is() {
        let before = list(&[1, 2]);
        let Content::List(items) = &before else { panic!() };
        let address = items.items().as_ptr();
        let after = replace(2, "9").apply_owned(Some(before), &Limits::default()).unwrap().unwrap();
        let Content::List(items) = &after else { panic!() };
        assert_eq!((items.items().as_ptr(), after.to_json().as_str()), (address, "[1,9]"));
    }

    #[test]
    fn two_actions_are_one_where_one_does_the_same() {
        let limits = Limits::default();
        let set = |text: &str| Action::Set(json(text));
        let merge = |text: &str| Action::Merge(json(text));
        let add = |text: &str| Action::Add(json(text));
        #[rustfmt::skip]
        let table = [
            (set("1"), set("2"), Some(set("2"))), (insert(1), set("2"), Some(set("2"))),
            (merge("{}"), Action::Delete, Some(Action::Delete)), (Action::Delete, set("1"), Some(set("1"))),
            (set(r#"{"a":1}"#), merge(r#"{"b":2}"#), Some(set(r#"{"a":1,"b":2}"#))),
            (set("1"), merge("{}"), None), (set("{}"), merge("1"), None),
            (Action::Delete, merge(r#"{"a":{"b":null}}"#), Some(set(r#"{"a":{}}"#))),
            (merge(r#"{"a":1}"#), merge(r#"{"b":2}"#), Some(merge(r#"{"a":1,"b":2}"#))),
            (merge(r#"{"a":1}"#), merge(r#"{"a":{}}"#), None),
            (set("1"), add("2"), Some(set("3"))), (set("1.5"), add("2"), Some(set("3.5"))),
            (set("\"\""), add("2"), None), (set("9007199254740991"), add("2"), None),
            (add("1"), add("2"), Some(add("3"))), (add("1"), add("0.5"), None), (add("0.5"), add("1"), None),
            (add("9007199254740991"), add("1"), None), (add("1"), merge("{}"), None),
            (replace(1, "1"), replace(1, "2"), Some(replace(1, "2"))), (replace(1, "1"), replace(2, "2"), None),
            (insert(5), replace(1, "2"), None), (insert(5), to_start(5), None), (insert(5), Action::Remove { id: id(5) }, None),
            (Action::Expect, set("1"), None), (Action::Expect, Action::Delete, None), (set("1"), Action::Expect, None),
            (Action::Expect, Action::Expect, None),
        ];
        for (first, second, expected) in table {
            assert_eq!(first.then(&second, &limits), expected, "{first:?} then {second:?}");
        }
        let Some(Action::Insert { id: same, value, .. }) =
            insert(5).then(&replace(5, "7"), &limits)
        else {
            panic!()
        };
        assert_eq!((same, value), (id(5), json("7")));
        let narrow = Limits { items: 1, ..limits };
        assert_eq!(set(r#"{"a":1}"#).then(&merge(r#"{"b":2}"#), &narrow), None);
    }

    fn actions() -> impl Strategy<Value = Action> {
        let number = || {
            prop_oneof![
                (-5_i64..5).prop_map(|it| Value::from_i64(it).unwrap()),
                Just(Value::from_i64(9_007_199_254_740_990).unwrap()),
            ]
        };
        let place = || {
            (prop::option::of(0..4_u64), prop::option::of(0..4_u64))
                .prop_map(|(left, right)| Place { left: left.map(id), right: right.map(id) })
        };
        prop_oneof![
            prop_oneof![arbitrary::object(), number()].prop_map(Action::Set),
            Just(Action::Delete),
            Just(Action::Expect),
            arbitrary::object().prop_map(Action::Merge),
            number().prop_map(Action::Add),
            (0..4_u64, number(), place()).prop_map(|(item, value, place)| Action::Insert {
                id: id(item),
                value,
                place
            }),
            (0..4_u64).prop_map(|item| Action::Remove { id: id(item) }),
            (0..4_u64, place()).prop_map(|(item, place)| Action::Move { id: id(item), place }),
            (0..4_u64, number()).prop_map(|(item, value)| Action::Replace { id: id(item), value }),
        ]
    }

    fn contents() -> impl Strategy<Value = Option<Content>> {
        prop_oneof![
            Just(None),
            arbitrary::object().prop_map(|value| Some(Content::Plain(value))),
            (-5_i64..5).prop_map(|it| Some(Content::Plain(Value::from_i64(it).unwrap()))),
            prop::sample::subsequence(vec![0, 1, 2, 3], 0..4)
                .prop_shuffle()
                .prop_map(|ids| Some(list(&ids))),
        ]
    }

    proptest! {
        #[test]
        fn one_action_for_two_does_what_they_do_in_turn(
            first in actions(),
            second in actions(),
            before in prop::collection::vec(contents(), 8),
        ) {
            let limits = Limits::HARD;
            if let Some(both) = first.then(&second, &limits) {
                for before in before {
                    let in_turn = first
                        .apply(before.as_ref(), &limits)
                        .and_then(|halfway| second.apply(halfway.as_ref(), &limits));
                    if let Ok(expected) = in_turn {
                        prop_assert_eq!(both.apply(before.as_ref(), &limits), Ok(expected));
                    }
                }
            }
        }

        #[test]
        fn what_is_applied_in_place_is_what_is_applied_to_a_copy(
            action in actions(),
            before in contents(),
        ) {
            let limits = Limits::HARD;
            let copied = action.apply(before.as_ref(), &limits);
            if let Ok(Some(content)) = &copied {
                prop_assert_eq!(content.size() >= content.to_json().len(), true);
                prop_assert_eq!(content.check(&limits), Ok(()));
            }
            prop_assert_eq!(action.apply_owned(before, &limits), copied);
        }
    }
}
