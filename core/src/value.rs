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
mod float;
mod number;
mod part;
mod repr;
mod scan;
mod serial;
mod shape;
mod text;

#[cfg(test)]
mod agreement;
#[cfg(test)]
pub(crate) mod arbitrary;

use core::fmt;
use core::mem::size_of;
use std::borrow::Cow;

use crate::error::{Code, Error};
use crate::limit::Limits;

#[cfg(feature = "views")]
pub(crate) use float::fixed as float_fixed;
pub(crate) use float::text as float_text;
use number::Number;
pub use part::{Items, Member, Members, Part};
use repr::Repr;
use shape::Shape;
pub(crate) use text::json_bytes;
pub use text::quoted;

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
        if limits.value_bytes >= number::NUMBER_BYTES_MAX
            && let Some(number) = Number::alone(text)
        {
            return Ok(Self::from_number(number));
        }
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
        number.map(Self::from_number).ok_or_else(|| number::out_of_range(&float::text(value)))
    }

    /// A boolean.
    #[must_use]
    pub const fn from_bool(value: bool) -> Self {
        Self(Repr::Bool(value))
    }

    /// A string.
    pub fn from_text(text: &str, limits: &Limits) -> Result<Self, Error> {
        let json = quoted(text);
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

#[cfg(test)]
mod tests {
    use super::arbitrary::json;
    use super::*;

    #[test]
    fn each_kind_is_told_and_taken() {
        let limits = Limits::default();
        assert_eq!(Value::NULL, json("null"));
        assert_eq!(Value::from_bool(true), json("true"));
        assert_eq!(Value::from_i64(-7).unwrap(), json("-7"));
        assert_eq!(Value::from_f64(2.0).unwrap(), json("2"));
        assert_eq!(Value::from_f64(-0.0).unwrap(), Value::ZERO);
        assert_eq!(Value::from_text("a\"b", &limits).unwrap(), json(r#""a\"b""#));
        #[rustfmt::skip]
        let table = [
            ("null", Kind::Null), ("true", Kind::Bool), ("false", Kind::Bool), ("1", Kind::Number),
            ("0.5", Kind::Number), ("\"\"", Kind::String), ("[]", Kind::Array), ("{}", Kind::Object),
        ];
        for (text, kind) in table {
            let value = json(text);
            assert_eq!((value.kind(), value.json_len()), (kind, text.len()), "{text}");
            assert_eq!(value.as_bool().is_some(), kind == Kind::Bool);
            assert_eq!(value.as_f64().is_some(), kind == Kind::Number);
            assert_eq!(value.as_text().is_some(), kind == Kind::String);
        }
        assert_eq!((json("3").as_i64(), json("3").as_f64()), (Some(3), Some(3.0)));
        assert_eq!((json("1e+30").as_i64(), json("1e+30").as_f64()), (None, Some(1e30)));
        assert_eq!(format!("{:?} {}", json("[1]"), json("{}")), "Value([1]) {}");
    }

    #[test]
    fn numbers_that_some_language_cannot_hold_are_refused() {
        for value in [i64::MAX, i64::MIN + 1, 9_007_199_254_740_993] {
            assert_eq!(Value::from_i64(value).unwrap_err().code, Code::NumberOutOfRange);
        }
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Value::from_f64(value).unwrap_err().code, Code::NumberOutOfRange);
        }
    }

    #[test]
    fn text_lies_inline_up_to_a_length_and_equality_does_not_show_it() {
        for len in [0, 1, 19, 20, 21, 22, 200] {
            let text = "x".repeat(len);
            let value = json(&format!("\"{text}\""));
            assert_eq!(value, Value::from_text(&text, &Limits::default()).unwrap());
            assert_eq!(value, json(&format!(" \"{text}\" ")));
            assert_ne!(value, json(&format!("\"{text}y\"")));
            assert_eq!(value.as_text(), Some(text));
        }
        assert_eq!(json(r#"{"a":1.0}"#), json(r#"{ "a" : 1 }"#));
        assert_ne!(json(r#"{"a":1,"b":2}"#), json(r#"{"b":2,"a":1}"#));
    }

    #[test]
    fn bad_utf8_is_refused_by_its_place() {
        for bytes in
            [&b"\"\xff\""[..], b"\"\xc0\xaf\"", b"\"\xed\xa0\x80\"", b"\"\xe2\x82\"", b"\x80"]
        {
            let error = Value::from_json(bytes, &Limits::default()).unwrap_err();
            assert_eq!(error.code, Code::InvalidUtf8, "{bytes:?}");
        }
        let error = Value::from_json(b"\"ab\xff\"", &Limits::default()).unwrap_err();
        assert_eq!(error.got, "another byte at byte 3");
    }

    #[test]
    fn bytes_are_those_of_the_canonical_form() {
        let limits = Limits { value_bytes: 5, ..Limits::default() };
        let code = |text: &str| Value::from_json(text.as_bytes(), &limits).map_err(|it| it.code);
        for fits in ["[1,2]", " [ 1 , 2 ] ", r#""\u0061bc""#, "12.00000", "  null  "] {
            assert!(code(fits).is_ok(), "{fits}");
        }
        for large in ["[1,22]", "\"abcd\"", "1e20", "123456"] {
            assert_eq!(code(large), Err(Code::ValueTooLarge), "{large}");
        }
        assert!(Value::from_text("abc", &limits).is_ok());
        assert_eq!(Value::from_text("a\nb\n", &limits).unwrap_err().code, Code::ValueTooLarge);
    }

    #[test]
    fn a_value_read_under_other_limits_is_checked_against_these() {
        let long = "a long string".repeat(3);
        let shared = json(&format!(r#"[[[1,2,3],"{long}"]]"#));
        for (value, depth, items) in [(json("[[[1,2,3]]]"), 3, 3), (shared, 3, 3)] {
            let limits = Limits { depth, items, ..Limits::default() };
            assert_eq!(value.depth(), depth);
            assert!(value.check(&limits).is_ok());
            let code = |limits| value.check(&limits).unwrap_err().code;
            assert_eq!(code(Limits { depth: depth - 1, ..limits }), Code::TooDeep);
            assert_eq!(code(Limits { items: items - 1, ..limits }), Code::TooManyItems);
            let value_bytes = value.json_len() - 1;
            assert_eq!(code(Limits { value_bytes, ..limits }), Code::ValueTooLarge);
        }
    }

    #[test]
    fn a_number_alone_is_read_as_it_is_within_an_array() {
        for text in [
            "0",
            "-0",
            "1.50",
            "1e21",
            "9007199254740993",
            "1e999",
            "01",
            "1x",
            "-",
            "12345678901234567.0",
        ] {
            let read = |text: &str, limits: &Limits| {
                Value::from_json(text.as_bytes(), limits).map_err(|error| error.code)
            };
            let alone = read(text, &Limits::default());
            let within = read(&format!("[{text}]"), &Limits::default());
            assert_eq!(
                alone,
                within.map(|it| it.items().unwrap().next().unwrap().to_value()),
                "{text}"
            );
            assert_eq!(
                alone,
                read(text, &Limits { value_bytes: 24, ..Limits::default() }),
                "{text}"
            );
        }
    }

    #[test]
    fn only_numbers_are_summed() {
        assert_eq!(json("1").sum(&json("0.5")), Ok(json("1.5")));
        for (one, two) in [("1", "\"2\""), ("null", "1"), ("[]", "{}"), ("true", "1")] {
            assert_eq!(json(one).sum(&json(two)).unwrap_err().code, Code::WrongType);
        }
        let most = json("9007199254740991");
        assert_eq!(most.sum(&json("1")).unwrap_err().code, Code::Overflow);
        assert_eq!(json("1e308").sum(&json("1e308")).unwrap_err().code, Code::Overflow);
    }
}
