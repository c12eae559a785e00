//! How what goes wrong crosses: as a JavaScript error with the code's name, and the story as JSON.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use syncline_core::{Code, Error};

/// The name of a code, as the `code` of a JavaScript error.
#[derive(Debug)]
pub struct Name(&'static str);

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        self.0
    }
}

/// What a function throws.
pub type Fault = napi::Error<Name>;

/// Runs the body of a function; a panic does not leave it.
pub(crate) fn guard<T>(body: impl FnOnce() -> Result<T, Error>) -> Result<T, Fault> {
    caught(body, || ()).map_err(|error| thrown(&error))
}

/// As [`guard`], and does something about a panic before it is told.
pub(crate) fn caught<T>(
    body: impl FnOnce() -> Result<T, Error>,
    poison: impl FnOnce(),
) -> Result<T, Error> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(result) => result,
        Err(payload) => {
            let error = of_panic(&*payload);
            // Dropping what was thrown may throw again.
            quietly(move || drop(payload));
            quietly(poison);
            Err(error)
        }
    }
}

/// Runs what cannot fail; a panic ends in it.
pub(crate) fn quietly(body: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(body)) {
        // A payload whose own drop throws is not given the occasion.
        std::mem::forget(payload);
    }
}

fn of_panic(payload: &(dyn Any + Send)) -> Error {
    let said = payload.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| payload.downcast_ref::<&str>().copied());
    Error::new(Code::Panic, "no panic", said.unwrap_or("a panic without words"))
}

fn thrown(error: &Error) -> Fault {
    let story = serde_json::to_string(&[&*error.expected, error.got.as_str()]);
    Fault::new(Name(error.code.name()), story.unwrap_or_default())
}
