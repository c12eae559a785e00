//! JSON values in canonical form: what a key holds, as bytes that are the same in every language.

use crate::error::Error;
use crate::limit::Limits;

/// A JSON value in canonical form.
#[derive(Clone, Debug, PartialEq)]
pub struct Value(());

/// What kind of JSON a value is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// An integer or a finite float.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Value {
    /// `null`.
    pub const NULL: Self = Self(());
    /// Reads JSON text.
    pub fn from_json(_text: &[u8], _limits: &Limits) -> Result<Self, Error> {
        todo!()
    }
    /// An integer.
    pub fn from_i64(_value: i64) -> Result<Self, Error> {
        todo!()
    }
    /// A finite float.
    pub fn from_f64(_value: f64) -> Result<Self, Error> {
        todo!()
    }
    /// A boolean.
    #[must_use]
    pub fn from_bool(_value: bool) -> Self {
        todo!()
    }
    /// A string.
    pub fn from_text(_text: &str, _limits: &Limits) -> Result<Self, Error> {
        todo!()
    }
    /// Appends the canonical JSON.
    pub fn write_json(&self, _out: &mut String) {
        todo!()
    }
    /// The canonical JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        todo!()
    }
    /// Bytes of the canonical JSON.
    #[must_use]
    pub fn json_len(&self) -> usize {
        todo!()
    }
    /// The kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        todo!()
    }
    /// The boolean, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        todo!()
    }
    /// The integer, if it is one.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        todo!()
    }
    /// The number, if it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        todo!()
    }
    /// The text of a string.
    #[must_use]
    pub fn as_text(&self) -> Option<String> {
        todo!()
    }
}
