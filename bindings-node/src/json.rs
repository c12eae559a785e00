//! What crosses as JSON text: values, options, lists of names.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use syncline_core::{Code, Content, Error, Key, Limits, PresenceId, Value};

/// The value of a JSON text. Here only the hard limits hold; the configured ones are the engine's to
/// check, on the result of an edit.
pub(crate) fn value(json: &str) -> Result<Value, Error> {
    Value::from_json(json.as_bytes(), &Limits::HARD)
}

/// The options of a JSON text.
pub(crate) fn options<T: DeserializeOwned>(json: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|error| {
        Error::new(Code::InvalidArgument, "options as described", error.to_string())
    })
}

/// JSON text of what is made of names and numbers.
pub(crate) fn written<T: Serialize>(what: &T) -> Result<String, Error> {
    serde_json::to_string(what).map_err(|error| {
        Error::new(Code::Internal, "what can be written as JSON", error.to_string())
    })
}

/// An object whose members are these keys and what they hold.
pub(crate) fn object(entries: &[(Key, Content)]) -> Result<String, Error> {
    let mut out = String::from("{");
    for (key, content) in entries {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&written(key)?);
        out.push(':');
        content.write_json(&mut out);
    }
    out.push('}');
    Ok(out)
}

/// An array of pairs: a key, and what it holds.
pub(crate) fn pairs(entries: &[(Key, Content)]) -> Result<String, Error> {
    let mut out = String::from("[");
    for (key, content) in entries {
        push_pair(&mut out, &written(key)?, |out| content.write_json(out));
    }
    out.push(']');
    Ok(out)
}

/// An array of pairs: the identity of a list's item, and its value.
pub(crate) fn items(content: &Content) -> Result<String, Error> {
    let Content::List(list) = content else {
        return Err(Error::new(Code::WrongType, "a list", "a JSON value"));
    };
    let mut out = String::from("[");
    for item in list.items() {
        push_pair(&mut out, &written(&item.id)?, |out| item.value.write_json(out));
    }
    out.push(']');
    Ok(out)
}

/// An array of pairs: the number of a participant, and what it shows.
pub(crate) fn presences(present: &[(PresenceId, Value)]) -> String {
    let mut out = String::from("[");
    for (id, state) in present {
        push_pair(&mut out, &id.to_string(), |out| state.write_json(out));
    }
    out.push(']');
    out
}

fn push_pair(out: &mut String, name: &str, value: impl FnOnce(&mut String)) {
    if out.len() > 1 {
        out.push(',');
    }
    out.push('[');
    out.push_str(name);
    out.push(',');
    value(out);
    out.push(']');
}

/// The labels of metrics: an object of strings.
pub(crate) fn labels(json: &str) -> Result<BTreeMap<String, String>, Error> {
    options(json)
}

/// Names and texts, borrowed.
pub(crate) fn borrowed(labels: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    labels.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}
