//! What crosses as JSON text: values, configuration, lists of names.

use std::ffi::c_char;

#[cfg(feature = "server")]
use serde::{Serialize, de::DeserializeOwned};
#[cfg(feature = "server")]
use syncline_core::value::Member;
use syncline_core::value::quoted;
use syncline_core::{Action, Code, Content, Error, Key, Limits, PresenceId, Value};
#[cfg(feature = "server")]
use syncline_core::{RoomName, RoomNo};

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
#[cfg(feature = "server")]
pub(crate) fn options<T: Default + DeserializeOwned>(json: &str) -> Result<T, Error> {
    if json.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_str(json).map_err(|error| {
        Error::new(Code::InvalidArgument, "options as described", error.to_string())
    })
}

/// The names and texts of a JSON object of strings; none where there is no text.
#[cfg(feature = "server")]
pub(crate) fn labels(json: &str) -> Result<Vec<(String, String)>, Error> {
    if json.is_empty() {
        return Ok(Vec::new());
    }
    let wrong = |got: &str| Error::new(Code::InvalidArgument, "an object of strings", got);
    let object = Value::from_json(json.as_bytes(), &Limits::HARD)
        .map_err(|error| wrong(&error.to_string()))?;
    let members = object.members().ok_or_else(|| wrong(json))?;
    let label = |member: Member<'_>| {
        let text = member.value.as_text().ok_or_else(|| wrong(member.value.json()))?;
        Ok((member.name.as_text().unwrap_or_default().into_owned(), text.into_owned()))
    };
    members.map(label).collect()
}

/// JSON text of what is made of names and numbers.
#[cfg(feature = "server")]
pub(crate) fn written<T: Serialize>(what: &T) -> Result<Vec<u8>, Error> {
    let failed = |error: serde_json::Error| {
        Error::new(Code::Internal, "what can be written as JSON", error.to_string())
    };
    serde_json::to_vec(what).map_err(failed)
}

/// An array of numbers.
pub(crate) fn numbers(numbers: impl Iterator<Item = u64>) -> String {
    array(numbers.map(|number| number.to_string()))
}

/// An array of keys.
pub(crate) fn keys<'a>(keys: impl IntoIterator<Item = &'a Key>) -> String {
    array(keys.into_iter().map(|key| quoted(key.as_str())))
}

/// An array of JSON texts.
fn array(texts: impl Iterator<Item = String>) -> String {
    let mut out = String::from("[");
    for text in texts {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&text);
    }
    out.push(']');
    out
}

/// An object whose members are these keys and what they hold.
pub(crate) fn object<'a>(entries: impl IntoIterator<Item = (&'a Key, &'a Content)>) -> String {
    let mut out = String::from("{");
    for (key, content) in entries {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&quoted(key.as_str()));
        out.push(':');
        content.write_json(&mut out);
    }
    out.push('}');
    out
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
#[cfg(feature = "server")]
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
#[cfg(feature = "server")]
pub(crate) fn pairs(labels: &[(String, String)]) -> Vec<(&str, &str)> {
    labels.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
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
        let text = object([(&one, &plain), (&two, &plain)]);
        assert_eq!(text, r#"{"a\"\n":{"a":1},"b":{"a":1}}"#);
        assert_eq!(object([]), "{}");
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

    #[cfg(feature = "server")]
    #[test]
    fn labels_are_an_object_of_strings() {
        let told = labels(r#"{"b":"1\n","a":""}"#).unwrap();
        assert_eq!(pairs(&told), [("b", "1\n"), ("a", "")]);
        assert_eq!(labels(""), Ok(Vec::new()));
        for wrong in ["[]", "1", "{", r#"{"a":1}"#] {
            assert_eq!(labels(wrong).unwrap_err().code, Code::InvalidArgument, "{wrong}");
        }
    }

    #[test]
    #[cfg(feature = "server")]
    fn options_are_the_defaults_or_what_is_said() {
        let limits: Limits = options("{\"depth\":5}").unwrap();
        assert_eq!((limits.depth, limits.ops), (5, Limits::default().ops));
        assert_eq!(options::<Limits>("").unwrap(), Limits::default());
        assert_eq!(options::<Limits>("{\"dept\":5}").unwrap_err().code, Code::InvalidArgument);
    }
}
