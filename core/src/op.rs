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
