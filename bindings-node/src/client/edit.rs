//! What a client edits, and what it shows of itself.

use napi::bindgen_prelude::{Either, Undefined};
use napi_derive::napi;
use syncline_core::host::ClientHandle;
use syncline_core::resolve::Resolution;
use syncline_core::{Action, Code, DraftId, Error, Limits, Value};

use super::with;
use crate::edits::Edits;
use crate::fault::Fault;
use crate::{json, number, told};

fn edit(
    client: u32,
    room: f64,
    key: &str,
    action: impl FnOnce() -> Result<Action, Error>,
) -> Result<i64, Fault> {
    drafted(client, |client| client.edit(number::room(room)?, key, action()?))
}

fn drafted(
    client: u32,
    make: impl FnOnce(&ClientHandle) -> Result<DraftId, Error>,
) -> Result<i64, Fault> {
    with(client, |client| Ok(number::told(make(client)?.get())))
}

/// Sets a key to a number.
#[napi]
pub fn client_set_number(client: u32, room: f64, key: String, value: f64) -> Result<i64, Fault> {
    edit(client, room, &key, || Ok(Action::Set(Value::from_f64(value)?)))
}

/// Sets a key to a string.
#[napi]
pub fn client_set_text(client: u32, room: f64, key: String, value: String) -> Result<i64, Fault> {
    edit(client, room, &key, || Ok(Action::Set(Value::from_text(&value, &Limits::HARD)?)))
}

/// Sets a key to a JSON value.
#[napi]
pub fn client_set(client: u32, room: f64, key: String, json: String) -> Result<i64, Fault> {
    edit(client, room, &key, || Ok(Action::Set(json::value(&json)?)))
}

/// Applies a merge patch to the object under a key.
#[napi]
pub fn client_merge(client: u32, room: f64, key: String, json: String) -> Result<i64, Fault> {
    edit(client, room, &key, || Ok(Action::Merge(json::value(&json)?)))
}

/// Adds to the number under a key.
#[napi]
pub fn client_add(client: u32, room: f64, key: String, json: String) -> Result<i64, Fault> {
    edit(client, room, &key, || Ok(Action::Add(json::value(&json)?)))
}

/// Removes a key.
#[napi]
pub fn client_delete(client: u32, room: f64, key: String) -> Result<i64, Fault> {
    edit(client, room, &key, || Ok(Action::Delete))
}

/// Puts a value into a list.
#[napi]
pub fn client_insert(
    client: u32,
    room: f64,
    key: String,
    index: f64,
    json: String,
) -> Result<i64, Fault> {
    drafted(client, |client| {
        let (room, index) = (number::room(room)?, number::index(index, "index")?);
        client.insert_at(room, &key, index, json::value(&json)?)
    })
}

/// Takes a value out of a list.
#[napi]
pub fn client_remove(client: u32, room: f64, key: String, index: f64) -> Result<i64, Fault> {
    drafted(client, |client| {
        client.remove_at(number::room(room)?, &key, number::index(index, "index")?)
    })
}

/// Moves a value within a list.
#[napi(js_name = "clientMove")]
pub fn client_move(client: u32, room: f64, key: String, from: f64, to: f64) -> Result<i64, Fault> {
    drafted(client, |client| {
        let (from, to) = (number::index(from, "from")?, number::index(to, "to")?);
        client.move_to(number::room(room)?, &key, from, to)
    })
}

/// Gives a list item another value.
#[napi]
pub fn client_replace(
    client: u32,
    room: f64,
    key: String,
    index: f64,
    json: String,
) -> Result<i64, Fault> {
    drafted(client, |client| {
        let (room, index) = (number::room(room)?, number::index(index, "index")?);
        client.replace_at(room, &key, index, json::value(&json)?)
    })
}

/// Makes several edits one mutation.
#[napi]
pub fn client_batch(client: u32, room: f64, edits: String) -> Result<i64, Fault> {
    drafted(client, |client| {
        let edits = Edits::read(&edits, || client.new_item())?.of_client()?;
        client.batch(number::room(room)?, edits)
    })
}

/// Answers a conflict.
#[napi]
pub fn client_resolve(
    client: u32,
    room: f64,
    draft: f64,
    resolution: String,
    json: Option<String>,
) -> Result<Either<i64, Undefined>, Fault> {
    with(client, |client| {
        let resolution = match (resolution.as_str(), json) {
            ("mine", None) => Resolution::KeepMine,
            ("theirs", None) => Resolution::KeepTheirs,
            ("value", Some(json)) => Resolution::Value(json::value(&json)?),
            (other, _) => {
                let expected = "mine, theirs, or a value";
                return Err(Error::new(Code::InvalidArgument, expected, other));
            }
        };
        let draft = DraftId::new(number::counter(draft, "draft")?);
        let made = client.resolve(number::room(room)?, draft, resolution)?;
        Ok(told::number(made.map(|draft| number::told(draft.get()))))
    })
}

/// Changes what this client shows of itself in a room.
#[napi]
pub fn client_set_presence(client: u32, room: f64, json: Option<String>) -> Result<(), Fault> {
    with(client, |client| {
        let patch = json.as_deref().map(json::value).transpose()?;
        client.set_presence(number::room(room)?, patch.as_ref())
    })
}

/// A fresh identity for a list item.
#[napi]
pub fn client_new_item(client: u32) -> Result<String, Fault> {
    with(client, |client| Ok(client.new_item()?.to_string()))
}
