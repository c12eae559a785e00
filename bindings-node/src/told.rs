//! What a key holds, as JavaScript gets it: scalars as they are, anything else as JSON text.

use napi::Either;
use napi::bindgen_prelude::{Either5, Null, Undefined};
use syncline_core::{Content, Value};

/// Nothing, null, a boolean, a number; or text: a string behind a quotation mark, else JSON text.
pub type Told = Either5<Undefined, Null, bool, f64, String>;

/// The content of a key, if it has one.
pub(crate) fn told(content: Option<&Content>) -> Told {
    match content {
        None => Either5::A(()),
        Some(Content::Plain(value)) => scalar(value),
        Some(list @ Content::List(_)) => Either5::E(list.to_json()),
    }
}

/// A value.
pub(crate) fn scalar(value: &Value) -> Told {
    if let Some(number) = value.as_f64() {
        return Either5::D(number);
    }
    if let Some(truth) = value.as_bool() {
        return Either5::C(truth);
    }
    let json = value.json();
    match json.as_bytes() {
        b"null" => Either5::B(Null),
        // Without a backslash the characters stand for themselves.
        [b'"', text @ .., b'"'] if !text.contains(&b'\\') => {
            Either5::E(json.get(..json.len().saturating_sub(1)).unwrap_or_default().to_owned())
        }
        [b'"', ..] => Either5::E(format!("\"{}", value.as_text().unwrap_or_default())),
        _ => Either5::E(json.into_owned()),
    }
}

/// Text, or nothing.
pub(crate) fn text(text: Option<String>) -> Either<String, Undefined> {
    text.map_or(Either::B(()), Either::A)
}

/// A number, or nothing.
pub(crate) fn number(number: Option<i64>) -> Either<i64, Undefined> {
    number.map_or(Either::B(()), Either::A)
}
