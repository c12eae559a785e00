//! What crosses as JSON text: values, configuration, lists of names.

use std::collections::BTreeMap;
use std::ffi::c_char;

use serde::Serialize;
use serde::de::DeserializeOwned;
use syncline_core::{
    Action, Code, Content, Error, Key, Limits, PresenceId, RoomName, RoomNo, Value,
};

use crate::guard::text;

/// The value of a JSON text. Here only the hard limits hold; the configured ones are the engine's to
/// check, on the result of an edit.
///
/// # Safety
/// As for [`text`].
pub(crate) unsafe fn value(json: *const c_char, len: usize) -> Result<Value, Error> {
    // SAFETY: the caller promises the same.
    let json = unsafe { text(json, len, "json") }?;
    Value::from_json(json.as_bytes(), &Limits::HARD)
}

/// The options of a JSON text, or the defaults where there is none.
pub(crate) fn options<T: Default + DeserializeOwned>(json: &str) -> Result<T, Error> {
    if json.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_str(json).map_err(|error| {
        Error::new(Code::InvalidArgument, "options as described", error.to_string())
    })
}

/// The names and texts of a JSON object of strings; none where there is no text.
pub(crate) fn labels(json: &str) -> Result<BTreeMap<String, String>, Error> {
    if json.is_empty() {
        return Ok(BTreeMap::new());
    }
    serde_json::from_str(json).map_err(|error| {
        Error::new(Code::InvalidArgument, "an object of strings", error.to_string())
    })
}

/// JSON text of what is made of names and numbers.
pub(crate) fn written<T: Serialize>(what: &T) -> Result<Vec<u8>, Error> {
    let failed = |error: serde_json::Error| {
        Error::new(Code::Internal, "what can be written as JSON", error.to_string())
    };
    serde_json::to_vec(what).map_err(failed)
}

/// An object whose members are these keys and what they hold.
pub(crate) fn object<'a>(
    entries: impl IntoIterator<Item = (&'a Key, &'a Content)>,
) -> Result<Vec<u8>, Error> {
    let mut out = String::from("{");
    for (key, content) in entries {
        if out.len() > 1 {
            out.push(',');
        }
        push_name(&mut out, key.as_str())?;
        content.write_json(&mut out);
    }
    out.push('}');
    Ok(out.into_bytes())
}

/// An array of `{"id":...,"value":...}` where ids are hexadecimal.
pub(crate) fn items(content: &Content) -> Result<Vec<u8>, Error> {
    let Content::List(list) = content else {
        return Err(Error::new(Code::WrongType, "a list", "a JSON value"));
    };
    let mut out = String::from("[");
    for item in list.items() {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str("{\"id\":\"");
        out.push_str(&item.id.to_string());
        out.push_str("\",\"value\":");
        item.value.write_json(&mut out);
        out.push('}');
    }
    out.push(']');
    Ok(out.into_bytes())
}

/// An array of `{"id":...,"state":...}` where ids are numbers.
pub(crate) fn presences<'a>(present: impl IntoIterator<Item = (PresenceId, &'a Value)>) -> String {
    let mut out = String::from("[");
    for (id, state) in present {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str("{\"id\":");
        out.push_str(&id.to_string());
        out.push_str(",\"state\":");
        state.write_json(&mut out);
        out.push('}');
    }
    out.push(']');
    out
}

/// An array of `{"room":...,"name":...}`.
pub(crate) fn rooms(rooms: &[(RoomNo, RoomName)]) -> Result<Vec<u8>, Error> {
    #[derive(Serialize)]
    struct Room<'a> {
        room: u32,
        name: &'a str,
    }
    let rooms = rooms.iter();
    let rooms = rooms.map(|(room, name)| Room { room: room.get(), name: name.as_str() });
    written(&rooms.collect::<Vec<_>>())
}

/// Edits as an array of `{"key":...,"action":...}`.
pub(crate) fn edits(edits: &[(Key, Action)]) -> String {
    syncline_core::frame::edits_to_json(edits)
}

/// Names and texts, borrowed.
pub(crate) fn pairs(labels: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    labels.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

/// Appends a member's name and its colon.
pub(crate) fn push_name(out: &mut String, name: &str) -> Result<(), Error> {
    let name = serde_json::to_string(name);
    let name =
        name.map_err(|error| Error::new(Code::Internal, "text as JSON", error.to_string()))?;
    out.push_str(&name);
    out.push(':');
    Ok(())
}

#[cfg(test)]
mod tests {
    use syncline_core::{Item, ItemId, List};

    use super::*;

    #[test]
    fn names_are_escaped_and_values_are_as_they_are() {
        let key = |name| Key::new(name).unwrap();
        let plain = Content::Plain(Value::from_json(b"{\"a\":1}", &Limits::HARD).unwrap());
        let (one, two) = (key("a\"\n"), key("b"));
        let text = object([(&one, &plain), (&two, &plain)]).unwrap();
        assert_eq!(text, br#"{"a\"\n":{"a":1},"b":{"a":1}}"#);
        assert_eq!(object([]).unwrap(), b"{}");
    }

    #[test]
    fn items_are_told_with_their_identity() {
        let item = |id| Item { id: ItemId::new(id), value: Value::from_bool(true) };
        let list = List::from_items(vec![item(1), item(0xab)], &Limits::HARD).unwrap();
        let text = items(&Content::List(list)).unwrap();
        let expected =
            r#"[{"id":"0000000000000001","value":true},{"id":"00000000000000ab","value":true}]"#;
        assert_eq!(String::from_utf8(text).unwrap(), expected);
        assert_eq!(items(&Content::Plain(Value::NULL)).unwrap_err().code, Code::WrongType);
    }

    #[test]
    fn options_are_the_defaults_or_what_is_said() {
        let limits: Limits = options("{\"depth\":5}").unwrap();
        assert_eq!((limits.depth, limits.ops), (5, Limits::default().ops));
        assert_eq!(options::<Limits>("").unwrap(), Limits::default());
        assert_eq!(options::<Limits>("{\"dept\":5}").unwrap_err().code, Code::InvalidArgument);
    }
}
