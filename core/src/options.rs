//! Options as JSON text: which member sets what, and what is said about one that sets nothing.
//!
//! The same texts as `serde` reads, with a fraction of its code; programs that are downloaded before they
//! run have only this.

use core::time::Duration;

use crate::error::{Code, Error};
use crate::limit::{COUNTER_MAX, Limits};
use crate::value::{Part, Value};

/// What has options.
pub(crate) trait Options {
    /// Sets the option of this name; `false` if there is none.
    fn set(&mut self, name: &str, told: Part<'_>) -> Result<bool, Error>;
}

/// Sets what the members of a JSON object say.
pub(crate) fn read(options: &mut dyn Options, json: &str) -> Result<(), Error> {
    let value = Value::from_json(json.as_bytes(), &Limits::HARD)
        .map_err(|error| error.under(Code::InvalidArgument))?;
    match value.part() {
        Some(part) => read_part(options, part),
        None => Err(Error::new(Code::InvalidArgument, "an object of options", value.to_json())),
    }
}

/// Sets what the members of an object say.
pub(crate) fn read_part(options: &mut dyn Options, told: Part<'_>) -> Result<(), Error> {
    let members = told.members().ok_or_else(|| wrong("an object of options", told))?;
    for member in members {
        let name = member.name.as_text().unwrap_or_default();
        match options.set(&name, member.value) {
            Ok(true) => {}
            Ok(false) => return Err(wrong("the name of an option", member.name)),
            Err(error) => return Err(within(&name, &error)),
        }
    }
    Ok(())
}

/// The same error, with the option that it is about.
fn within(name: &str, error: &Error) -> Error {
    Error::new(error.code, error.expected.clone(), format!("{name}: {}", error.got))
}

/// A value that an option cannot have.
pub(crate) fn wrong(expected: &'static str, told: Part<'_>) -> Error {
    Error::new(Code::InvalidArgument, expected, told.json())
}

/// A number of things.
pub(crate) fn count(told: Part<'_>) -> Result<u64, Error> {
    let count = told.to_value().as_i64().and_then(|number| u64::try_from(number).ok());
    count.ok_or_else(|| wrong("a whole number that is not negative", told))
}

/// A number of things in memory.
pub(crate) fn size(told: Part<'_>) -> Result<usize, Error> {
    count(told).map(|count| usize::try_from(count).unwrap_or(usize::MAX))
}

/// A time in milliseconds.
pub(crate) fn millis(told: Part<'_>) -> Result<Duration, Error> {
    count(told).map(|count| Duration::from_millis(count.min(COUNTER_MAX)))
}

/// A truth value.
pub(crate) fn flag(told: Part<'_>) -> Result<bool, Error> {
    told.to_value().as_bool().ok_or_else(|| wrong("true or false", told))
}

/// A text.
pub(crate) fn text(told: Part<'_>) -> Result<String, Error> {
    let text = told.as_text().ok_or_else(|| wrong("a string", told))?;
    Ok(text.into_owned())
}
