//! Several edits that are to be one mutation: a JSON array.

use serde::Deserialize;
use serde_json::value::RawValue;
use syncline_core::room::{HostEdit, IfVersion};
use syncline_core::{Action, Code, Edit, Error, ItemId, Key, Place, Value, Version};

use crate::json;

/// Edits as they cross.
pub(crate) struct Edits(Vec<HostEdit>);

/// One edit as it crosses. A value that is missing is null.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Crossed<'a> {
    op: &'a str,
    key: String,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    item: Option<String>,
    left: Option<String>,
    right: Option<String>,
    index: Option<usize>,
    to: Option<usize>,
    version: Option<u64>,
}

impl Edits {
    /// Reads a JSON array of edits; `name` makes the identity of an item that comes without one.
    pub(crate) fn read(
        text: &str,
        name: impl Fn() -> Result<ItemId, Error>,
    ) -> Result<Self, Error> {
        let edits: Vec<Crossed<'_>> = serde_json::from_str(text).map_err(|error| {
            Error::new(Code::InvalidArgument, "an array of edits", error.to_string())
        })?;
        edits.into_iter().map(|edit| edit.check(&name)).collect::<Result<_, _>>().map(Self)
    }

    /// As a client makes them.
    pub(crate) fn of_client(self) -> Result<Vec<(Key, Edit)>, Error> {
        let own = |edit: HostEdit| match edit.if_version {
            IfVersion::Any => Ok((edit.key, edit.edit)),
            IfVersion::Absent | IfVersion::At(_) => {
                Err(Error::new(Code::InvalidArgument, "edits of a client", "a version asked for"))
            }
        };
        self.0.into_iter().map(own).collect()
    }

    /// As the host of a room makes them.
    pub(crate) fn of_host(self) -> Vec<HostEdit> {
        self.0
    }
}

impl Crossed<'_> {
    fn check(self, name: impl Fn() -> Result<ItemId, Error>) -> Result<HostEdit, Error> {
        let key = Key::new(&self.key)?;
        let edit = match self.op {
            "insert" => {
                let id = if self.item.is_some() { self.item()? } else { name()? };
                Edit::InsertAt { index: place(self.index)?, id, value: self.value()? }
            }
            "remove" => Edit::RemoveAt { index: place(self.index)? },
            "move" => Edit::MoveTo { from: place(self.index)?, to: place(self.to)? },
            "replace" => Edit::ReplaceAt { index: place(self.index)?, value: self.value()? },
            _ => Edit::Action(self.action()?),
        };
        let if_version = match self.version {
            None => IfVersion::Any,
            Some(0) => IfVersion::Absent,
            Some(version) => IfVersion::At(Version::new(version)),
        };
        Ok(HostEdit { key, edit, if_version })
    }

    fn action(&self) -> Result<Action, Error> {
        Ok(match self.op {
            "set" => Action::Set(self.value()?),
            "merge" => Action::Merge(self.value()?),
            "add" => Action::Add(self.value()?),
            "delete" => Action::Delete,
            "expect" => Action::Expect,
            "insertItem" => {
                Action::Insert { id: self.item()?, value: self.value()?, place: self.place()? }
            }
            "removeItem" => Action::Remove { id: self.item()? },
            "moveItem" => Action::Move { id: self.item()?, place: self.place()? },
            "replaceItem" => Action::Replace { id: self.item()?, value: self.value()? },
            other => return Err(Error::new(Code::InvalidArgument, "an edit", other)),
        })
    }

    fn value(&self) -> Result<Value, Error> {
        self.value.map_or(Ok(Value::NULL), |text| json::value(text.get()))
    }

    fn item(&self) -> Result<ItemId, Error> {
        ItemId::from_hex(self.item.as_deref().unwrap_or_default())
    }

    fn place(&self) -> Result<Place, Error> {
        let neighbour = |item: &Option<String>| item.as_deref().map(ItemId::from_hex).transpose();
        Ok(Place { left: neighbour(&self.left)?, right: neighbour(&self.right)? })
    }
}

fn place(place: Option<usize>) -> Result<usize, Error> {
    place.ok_or_else(|| Error::new(Code::InvalidArgument, "a place in a list", "none"))
}
