//! JSON values in canonical form: what a key holds, as bytes that are the same in every language.
//!
//! Canonical means: numbers and strings as RFC 8785 (sections 3.2.2.2 and 3.2.2.3) writes them, no
//! whitespace, members in their writer's order. Of members with one name the first gives the place
//! and the last the value. Text is read by the grammar of RFC 8259 and checked once, here; a value
//! is then never parsed into a tree, only walked.
//!
//! What is read narrower than the grammar: integer spellings that a double cannot hold, numbers
//! that are not finite, surrogates without a partner, and text beyond the limits. A member counts
//! against the limits of nesting and of members even where a later one takes its place.

mod duplicate;
mod number;
mod part;
mod repr;
mod scan;
mod serial;
mod shape;
mod text;

#[cfg(test)]
mod agreement;

use core::fmt;
use core::mem::size_of;
use std::borrow::Cow;

use crate::error::{Code, Error};
use crate::limit::Limits;

use number::Number;
pub use part::{Items, Member, Members, Part};
use repr::Repr;
use shape::Shape;

/// A JSON value in canonical form; a clone shares what is large.
///
/// ```
/// use syncline_core::{Limits, Value};
/// let value = Value::from_json(br#"{ "b": 1.0, "a": [2e-3, "\u0041"] }"#, &Limits::default()).unwrap();
/// assert_eq!(value.to_json(), r#"{"b":1,"a":[0.002,"A"]}"#);
/// assert_eq!(value.get("b").unwrap().to_value(), Value::from_i64(1).unwrap());
/// ```
#[derive(Clone)]
pub struct Value(Repr);

const _: () = assert!(size_of::<Value>() <= 24, "a value is moved around a lot");

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
    pub const NULL: Self = Self(Repr::Null);
    /// The number 0.
    pub const ZERO: Self = Self(Repr::Int(0));

    /// Reads JSON text.
    ///
    /// # Errors
    ///
    /// `InvalidUtf8`, `InvalidJson`, `LoneSurrogate` and `NumberOutOfRange` with the byte offset;
    /// `TooDeep`, `TooManyItems` and `ValueTooLarge` (of the canonical form).
    pub fn from_json(text: &[u8], limits: &Limits) -> Result<Self, Error> {
        let text = core::str::from_utf8(text).map_err(|error| {
            let got = format!("another byte at byte {}", error.valid_up_to());
            Error::new(Code::InvalidUtf8, "UTF-8", got)
        })?;
        let (canonical, shape) = scan::canonical(text, limits)?;
        shape::check_bytes(canonical.len(), limits)?;
        Ok(Self::from_canonical(&canonical, shape))
    }

    /// An integer; one beyond 2^53 - 1 only if no digit of it is lost in a float.
    pub fn from_i64(value: i64) -> Result<Self, Error> {
        let number = Number::from_i64(value);
        number.map(Self::from_number).ok_or_else(|| number::out_of_range(&value.to_string()))
    }

    /// A finite float; a whole one within 2^53 - 1 is the same value as the integer.
    pub fn from_f64(value: f64) -> Result<Self, Error> {
        let number = Number::from_f64(value);
        number.map(Self::from_number).ok_or_else(|| number::out_of_range(&value.to_string()))
    }

    /// A boolean.
    #[must_use]
    pub const fn from_bool(value: bool) -> Self {
        Self(Repr::Bool(value))
    }

    /// A string.
    pub fn from_text(text: &str, limits: &Limits) -> Result<Self, Error> {
        let json = text::quoted(text);
        shape::check_bytes(json.len(), limits)?;
        Ok(Self::from_canonical(&json, Shape::SCALAR))
    }

    /// Refuses a value beyond these limits; free unless the value is read under other ones.
    ///
    /// # Errors
    ///
    /// `ValueTooLarge`, `TooDeep`, `TooManyItems`.
    pub fn check(&self, limits: &Limits) -> Result<(), Error> {
        shape::check_bytes(self.json_len(), limits)?;
        self.0.shape().check(limits)
    }

    /// Appends the canonical JSON.
    pub fn write_json(&self, out: &mut String) {
        match &self.0 {
            Repr::Int(value) => Number::Int(*value).write(out),
            Repr::Float(value) => Number::Float(*value).write(out),
            Repr::Null | Repr::Bool(_) | Repr::Small { .. } | Repr::Shared { .. } => {
                out.push_str(self.0.held().unwrap_or_default());
            }
        }
    }

    /// The canonical JSON, borrowed unless it is a number's.
    #[must_use]
    pub fn json(&self) -> Cow<'_, str> {
        self.0.held().map_or_else(
            || {
                let mut out = String::new();
                self.write_json(&mut out);
                Cow::Owned(out)
            },
            Cow::Borrowed,
        )
    }

    /// The canonical JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.json().into_owned()
    }

    /// Bytes of the canonical JSON.
    #[must_use]
    pub fn json_len(&self) -> usize {
        match &self.0 {
            Repr::Null | Repr::Bool(true) => 4,
            Repr::Bool(false) => 5,
            Repr::Int(value) => Number::Int(*value).len(),
            Repr::Float(value) => Number::Float(*value).len(),
            Repr::Small { len, .. } => usize::from(*len),
            Repr::Shared { text, .. } => text.len(),
        }
    }

    /// Levels of nesting: 0 for a scalar, 1 for an array or object of scalars or of nothing.
    #[must_use]
    pub fn depth(&self) -> usize {
        usize::from(self.0.shape().depth)
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match &self.0 {
            Repr::Null => Kind::Null,
            Repr::Bool(_) => Kind::Bool,
            Repr::Int(_) | Repr::Float(_) => Kind::Number,
            Repr::Small { .. } | Repr::Shared { .. } => self.part().map_or(Kind::Null, Part::kind),
        }
    }

    /// The boolean, if it is one.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        if let Repr::Bool(value) = self.0 { Some(value) } else { None }
    }

    /// The integer, if it is one within 2^53 - 1.
    #[must_use]
    pub const fn as_i64(&self) -> Option<i64> {
        if let Repr::Int(value) = self.0 { Some(value) } else { None }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        self.as_number().map(Number::to_f64)
    }

    /// The text of a string.
    #[must_use]
    pub fn as_text(&self) -> Option<String> {
        self.part()?.as_text().map(Cow::into_owned)
    }

    /// The members of an object in order; `None` if it is none.
    #[must_use]
    pub fn members(&self) -> Option<Members<'_>> {
        self.part()?.members()
    }

    /// The items of an array in order; `None` if it is none.
    #[must_use]
    pub fn items(&self) -> Option<Items<'_>> {
        self.part()?.items()
    }

    /// The value of an object's member; looks at each member before it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Part<'_>> {
        self.part()?.get(name)
    }

    /// The sum of two numbers.
    ///
    /// Two integers give an integer, anything else the double nearest to the sum.
    ///
    /// # Errors
    ///
    /// `WrongType` unless both are numbers; `Overflow` beyond 2^53 - 1 for integers, or if the sum
    /// of floats is not finite.
    pub fn sum(&self, other: &Self) -> Result<Self, Error> {
        let (Some(one), Some(two)) = (self.as_number(), other.as_number()) else {
            let odd = if self.as_number().is_some() { other } else { self };
            return Err(Error::new(Code::WrongType, "a number", odd.kind().name()));
        };
        one.plus(two).map(Self::from_number).ok_or_else(|| {
            let got = format!("{} + {}", self.json(), other.json());
            Error::new(Code::Overflow, "a sum within the numbers", got)
        })
    }

    /// The value as a part, unless it is a number.
    pub(crate) fn part(&self) -> Option<Part<'_>> {
        self.0.held().map(Part::new)
    }

    /// A value of text that is canonical: what this module, or its parts woven anew, have written.
    pub(crate) fn from_woven(canonical: &str, limits: &Limits) -> Result<Self, Error> {
        let shape = Shape::of(canonical);
        shape::check_bytes(canonical.len(), limits)?;
        shape.check(limits)?;
        Ok(Self::from_canonical(canonical, shape))
    }

    /// Refuses a value that is beyond these limits as an item of an array.
    pub(crate) fn check_as_item(&self, limits: &Limits) -> Result<(), Error> {
        shape::check_bytes(self.json_len(), limits)?;
        self.0.shape().nested().check(limits)
    }

    fn from_canonical(text: &str, shape: Shape) -> Self {
        match text.as_bytes().first() {
            Some(b'"' | b'[' | b'{') => Self(Repr::of_text(text, shape)),
            Some(b't') => Self(Repr::Bool(true)),
            Some(b'f') => Self(Repr::Bool(false)),
            Some(b'-' | b'0'..=b'9') => {
                Number::of_canonical(text).map_or(Self::NULL, Self::from_number)
            }
            Some(_) | None => Self::NULL,
        }
    }

    const fn from_number(number: Number) -> Self {
        match number {
            Number::Int(value) => Self(Repr::Int(value)),
            Number::Float(value) => Self(Repr::Float(value)),
        }
    }

    const fn as_number(&self) -> Option<Number> {
        match self.0 {
            Repr::Int(value) => Some(Number::Int(value)),
            Repr::Float(value) => Some(Number::Float(value)),
            Repr::Null | Repr::Bool(_) | Repr::Small { .. } | Repr::Shared { .. } => None,
        }
    }
}

impl Kind {
    /// The kind as people call it, as in `an object`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// Equality of canonical bytes: `1` and `1.0` are equal, members in another order are not.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Value {}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({self})")
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.json())
    }
}
