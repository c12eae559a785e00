//! Which action an edit is, where it names list items by their place in what its maker sees.

use crate::error::{Code, Error};
use crate::id::{ItemId, Key};
use crate::limit::Limits;
use crate::list::{Item, Place};
use crate::map::Map;
use crate::op::{Action, Content};
use crate::value::Value;

/// An edit of one key as its maker says it.
///
/// ```
/// use syncline_core::{Action, Content, Edit, ItemId, Limits, Value};
/// let insert = Edit::InsertAt { index: 0, id: ItemId::new(7), value: Value::NULL };
/// let list = insert.on(None)?.apply(None, &Limits::default())?.unwrap();
/// assert_eq!(list.to_json(), "[null]");
/// let Action::Remove { id } = Edit::RemoveAt { index: 0 }.on(Some(&list))? else { panic!() };
/// assert_eq!(id, ItemId::new(7));
/// # Ok::<(), syncline_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// The action itself.
    Action(Action),
    /// Puts a value before the item at this place, or at the end.
    InsertAt {
        /// Which place, from 0 up to the length.
        index: usize,
        /// The new item's identity, unique in the list.
        id: ItemId,
        /// What it holds.
        value: Value,
    },
    /// Takes the item at this place out.
    RemoveAt {
        /// Which place.
        index: usize,
    },
    /// Moves an item.
    MoveTo {
        /// Its place.
        from: usize,
        /// Its place afterwards.
        to: usize,
    },
    /// Gives the item at this place another value.
    ReplaceAt {
        /// Which place.
        index: usize,
        /// What it holds now.
        value: Value,
    },
}

impl From<Action> for Edit {
    fn from(action: Action) -> Self {
        Self::Action(action)
    }
}

impl Edit {
    /// The action that this is on a key with this content.
    ///
    /// # Errors
    ///
    /// `WrongType` for a place in what is no list, `NoSuchItem` for one without an item, and
    /// `InvalidArgument` for one beyond the end.
    pub fn on(&self, content: Option<&Content>) -> Result<Action, Error> {
        if let Self::Action(action) = self {
            return Ok(action.clone());
        }
        let items = match content {
            None => &[],
            Some(Content::List(list)) => list.items(),
            Some(Content::Plain(_)) => {
                return Err(Error::new(Code::WrongType, "a list", "a JSON value"));
            }
        };
        Ok(match self {
            Self::Action(action) => action.clone(),
            Self::InsertAt { index, id, value } => {
                Action::Insert { id: *id, value: value.clone(), place: place(items, *index)? }
            }
            Self::RemoveAt { index } => Action::Remove { id: item_at(items, *index)? },
            Self::MoveTo { from, to } => {
                let id = item_at(items, *from)?;
                let mut rest = items.to_vec();
                rest.retain(|item| item.id != id);
                Action::Move { id, place: place(&rest, *to)? }
            }
            Self::ReplaceAt { index, value } => {
                Action::Replace { id: item_at(items, *index)?, value: value.clone() }
            }
        })
    }
}

/// The actions that several edits are, each on what those before it make of the keys.
///
/// # Errors
///
/// Those of [`Edit::on`], and of [`Action::apply`] on a key that a later edit names a place of.
pub(crate) fn actions<'a>(
    edits: impl Iterator<Item = (&'a Key, &'a Edit)> + Clone,
    held: impl Fn(&Key) -> Option<&'a Content>,
    limits: &Limits,
) -> Result<Vec<Action>, Error> {
    let by_place = edits.clone().any(|(_, edit)| !matches!(edit, Edit::Action(_)));
    let mut made: Map<&Key, Option<Content>> = Map::new();
    let mut actions = Vec::new();
    for (key, edit) in edits {
        let content = made.get(key).map_or_else(|| held(key), Option::as_ref);
        let action = edit.on(content)?;
        if by_place && !matches!(action, Action::Expect) {
            let after = action.apply(content, limits)?;
            made.insert(key, after);
        }
        actions.push(action);
    }
    Ok(actions)
}

/// The place between the neighbours at `index`.
fn place(items: &[Item], index: usize) -> Result<Place, Error> {
    if index > items.len() {
        let expected = format!("a place up to {}", items.len());
        return Err(Error::new(Code::InvalidArgument, expected, index.to_string()));
    }
    let at = |index: usize| items.get(index).map(|item| item.id);
    Ok(Place { left: index.checked_sub(1).and_then(at), right: at(index) })
}

fn item_at(items: &[Item], index: usize) -> Result<ItemId, Error> {
    items.get(index).map(|item| item.id).ok_or_else(|| {
        let expected = format!("a place below {}", items.len());
        Error::new(Code::NoSuchItem, expected, index.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits::HARD;

    fn text(json: &str) -> Value {
        Value::from_json(json.as_bytes(), &LIMITS).unwrap()
    }

    fn insert(index: usize, id: u64) -> Edit {
        Edit::InsertAt { index, id: ItemId::new(id), value: text(&id.to_string()) }
    }

    /// What edits one after the other make of nothing.
    fn made(edits: &[Edit]) -> Result<String, Code> {
        let key = Key::new("list").unwrap();
        let each = edits.iter().map(|edit| (&key, edit));
        let actions = actions(each, |_| None, &LIMITS).map_err(|error| error.code)?;
        let mut content = None;
        for action in actions {
            content = action.apply(content.as_ref(), &LIMITS).unwrap();
        }
        Ok(content.map_or_else(|| "-".to_owned(), |content| content.to_json()))
    }

    #[test]
    fn each_edit_sees_what_those_before_it_made() {
        let three = || vec![insert(0, 1), insert(1, 2), insert(0, 3)];
        let with = |edit: Edit| made(&[three(), vec![edit]].concat());
        assert_eq!(made(&three()).unwrap(), "[3,1,2]");
        assert_eq!(with(Edit::RemoveAt { index: 1 }).unwrap(), "[3,2]");
        assert_eq!(with(Edit::MoveTo { from: 0, to: 2 }).unwrap(), "[1,2,3]");
        assert_eq!(with(Edit::MoveTo { from: 2, to: 0 }).unwrap(), "[2,3,1]");
        assert_eq!(with(Edit::ReplaceAt { index: 2, value: text("9") }).unwrap(), "[3,1,9]");
        assert_eq!(with(Action::Delete.into()).unwrap(), "-");
    }

    #[test]
    fn a_place_that_is_not_there_is_refused() {
        for (edits, code) in [
            (vec![insert(1, 1)], Code::InvalidArgument),
            (vec![Edit::RemoveAt { index: 0 }], Code::NoSuchItem),
            (vec![insert(0, 1), Edit::MoveTo { from: 0, to: 1 }], Code::InvalidArgument),
            (vec![insert(0, 1), Edit::MoveTo { from: 1, to: 0 }], Code::NoSuchItem),
            (
                vec![insert(0, 1), Edit::ReplaceAt { index: 1, value: Value::NULL }],
                Code::NoSuchItem,
            ),
            (vec![insert(0, 1), insert(0, 1)], Code::DuplicateItem),
            (vec![Action::Set(text("[1]")).into(), insert(0, 1)], Code::WrongType),
        ] {
            assert_eq!(made(&edits), Err(code), "{edits:?}");
        }
    }
}
