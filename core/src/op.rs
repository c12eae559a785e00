//! The edits: what an op does to the content of one key, and what its writer had seen.

use crate::error::Error;
use crate::id::{DraftId, ItemId, Key, Seq, Version};
use crate::limit::Limits;
use crate::list::{List, Place};
use crate::value::Value;

/// What a key holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A JSON value.
    Plain(Value),
    /// A list whose items keep their identity; it reads as a JSON array.
    List(List),
}

/// What an op does to its key.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
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
        todo!()
    }
    /// Appends the canonical JSON.
    pub fn write_json(&self, _out: &mut String) {
        todo!()
    }
    /// Bytes that count against limits: of the canonical JSON, and 8 for each list item's identity.
    #[must_use]
    pub fn size(&self) -> usize {
        todo!()
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
        _current: Option<&Content>,
        _limits: &Limits,
    ) -> Result<Option<Content>, Error> {
        todo!()
    }

    /// Bytes that count against limits: of the values and identities that it carries.
    #[must_use]
    pub fn size(&self) -> usize {
        todo!()
    }

    /// One action that does what `self` and then `later` do, or `None` where there is none for
    /// every content. `before` is the content that `self` was made on.
    #[must_use]
    pub fn then(&self, _later: &Self, _limits: &Limits) -> Option<Self> {
        todo!()
    }
}
