//! Several edits that are to be one mutation: a JSON array.

use serde::Deserialize;
use serde_json::value::RawValue;
use syncline_core::room::{HostEdit, IfVersion};
use syncline_core::{Action, Code, Error, ItemId, Key, Place, Value, Version};

use crate::json;

/// Edits as they cross.
pub(crate) struct Edits(Vec<HostEdit>);

/// One edit as it crosses. A value that is missing is null.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit<'a> {
    op: &'a str,
    key: String,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    item: Option<String>,
    left: Option<String>,
    right: Option<String>,
    version: Option<u64>,
}

impl Edits {
    /// Reads a JSON array of edits.
    pub(crate) fn read(text: &str) -> Result<Self, Error> {
        let edits: Vec<Edit<'_>> = serde_json::from_str(text).map_err(|error| {
            Error::new(Code::InvalidArgument, "an array of edits", error.to_string())
        })?;
        edits.into_iter().map(Edit::check).collect::<Result<_, _>>().map(Self)
    }

    /// As a client makes them.
    pub(crate) fn of_client(self) -> Result<Vec<(Key, Action)>, Error> {
        let own = |edit: HostEdit| match edit.if_version {
            IfVersion::Any => Ok((edit.key, edit.action)),
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

impl Edit<'_> {
    fn check(self) -> Result<HostEdit, Error> {
        let key = Key::new(&self.key)?;
        let action = match self.op {
            "set" => Action::Set(self.value()?),
            "merge" => Action::Merge(self.value()?),
            "add" => Action::Add(self.value()?),
            "delete" => Action::Delete,
            "expect" => Action::Expect,
            "insert" => {
                Action::Insert { id: self.item()?, value: self.value()?, place: self.place()? }
            }
            "remove" => Action::Remove { id: self.item()? },
            "move" => Action::Move { id: self.item()?, place: self.place()? },
            "replace" => Action::Replace { id: self.item()?, value: self.value()? },
            other => return Err(Error::new(Code::InvalidArgument, "an edit", other)),
        };
        let if_version = match self.version {
            None => IfVersion::Any,
            Some(0) => IfVersion::Absent,
            Some(version) => IfVersion::At(Version::new(version)),
        };
        Ok(HostEdit { key, action, if_version })
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
