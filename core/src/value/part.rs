//! Parts of a value: canonical JSON that is walked where it stands.

use core::iter::FusedIterator;
use std::borrow::Cow;

use super::shape::Shape;
use super::{Kind, Value, text};

/// A value within a value, borrowed: the canonical JSON of it.
///
/// ```
/// use syncline_core::{Limits, Value};
/// let value = Value::from_json(br#"{"tags":["a","b"]}"#, &Limits::default()).unwrap();
/// let tags: Vec<&str> = value.get("tags").unwrap().items().unwrap().map(|tag| tag.json()).collect();
/// assert_eq!(tags, [r#""a""#, r#""b""#]);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Part<'a>(&'a str);

/// A member of an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Member<'a> {
    /// Its name, as the JSON string that it is.
    pub name: Part<'a>,
    /// Its value.
    pub value: Part<'a>,
}

/// The members of an object, in order.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    /// From a member's name on; at the end, what is no name.
    rest: &'a str,
}

/// The items of an array, in order.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    /// From an item on; at the end, the closing bracket.
    rest: &'a str,
}

impl<'a> Part<'a> {
    /// A part of text that is canonical.
    pub(super) const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The canonical JSON.
    #[must_use]
    pub const fn json(self) -> &'a str {
        self.0
    }

    /// The kind.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.0.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            Some(_) | None => Kind::Null,
        }
    }

    /// The part as a value of its own.
    #[must_use]
    pub fn to_value(self) -> Value {
        Value::from_canonical(self.0, Shape::of(self.0))
    }

    /// The text of a string, borrowed unless something in it is escaped.
    #[must_use]
    pub fn as_text(self) -> Option<Cow<'a, str>> {
        text::unquoted(self.0)
    }

    /// The members of an object in order; `None` if it is none.
    #[must_use]
    pub fn members(self) -> Option<Members<'a>> {
        self.0.strip_prefix('{').map(|rest| Members { rest })
    }

    /// The items of an array in order; `None` if it is none.
    #[must_use]
    pub fn items(self) -> Option<Items<'a>> {
        self.0.strip_prefix('[').map(|rest| Items { rest })
    }

    /// The value of an object's member; looks at each member before it.
    #[must_use]
    pub fn get(self, name: &str) -> Option<Self> {
        let name = text::quoted(name);
        self.members()?.find(|member| member.name.0 == name).map(|member| member.value)
    }
}

impl Members<'_> {
    /// The members of an object without any.
    pub(crate) const EMPTY: Self = Self { rest: "" };
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        let after_quote = self.rest.as_bytes().first().filter(|&&byte| byte == b'"').map(|_| 1)?;
        let name_end = text::string_end(self.rest.as_bytes(), after_quote);
        let (name, rest) = self.rest.split_at_checked(name_end)?;
        let (value, rest) = split_value(rest.strip_prefix(':')?)?;
        self.rest = rest;
        Some(Member { name: Part(name), value })
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let (item, rest) = split_value(self.rest)?;
        self.rest = rest;
        Some(item)
    }
}

impl FusedIterator for Members<'_> {}
impl FusedIterator for Items<'_> {}

/// A value and what follows its comma; `None` where there is no value.
fn split_value(text: &str) -> Option<(Part<'_>, &str)> {
    let (value, rest) = text.split_at_checked(value_end(text.as_bytes()))?;
    if value.is_empty() {
        return None;
    }
    Some((Part(value), rest.strip_prefix(',').unwrap_or(rest)))
}

/// The end of the canonical value that starts the bytes.
fn value_end(bytes: &[u8]) -> usize {
    let mut open = 0_usize;
    let mut at = 0_usize;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = text::string_end(bytes, at.saturating_add(1));
                if open == 0 {
                    return at;
                }
                continue;
            }
            b'[' | b'{' => open = open.saturating_add(1),
            b',' | b']' | b'}' if open == 0 => return at,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        at = at.saturating_add(1);
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::arbitrary::json;
    use super::*;

    #[test]
    fn members_and_items_in_order() {
        let value = json(r#"{"a":1,"b\"]":[{"c":"}"},[],"x,y",-1.5],"":{}}"#);
        let members: Vec<(&str, &str)> =
            value.members().unwrap().map(|it| (it.name.json(), it.value.json())).collect();
        let inner = r#"[{"c":"}"},[],"x,y",-1.5]"#;
        assert_eq!(members, [(r#""a""#, "1"), (r#""b\"]""#, inner), (r#""""#, "{}")]);
        let items: Vec<&str> =
            value.get("b\"]").unwrap().items().unwrap().map(Part::json).collect();
        assert_eq!(items, [r#"{"c":"}"}"#, "[]", r#""x,y""#, "-1.5"]);
        assert_eq!(value.get("").unwrap().members().unwrap().count(), 0);
        assert_eq!(value.get("c"), None);
        assert_eq!(json("[]").items().unwrap().count(), 0);
    }

    #[test]
    fn what_has_no_members_or_items_says_so() {
        for text in ["null", "true", "1", "0.5", "\"{}\""] {
            assert!(json(text).members().is_none() && json(text).items().is_none(), "{text}");
        }
        assert!(json("[1]").members().is_none() && json("{}").items().is_none());
    }

    #[test]
    fn a_part_is_the_value_that_its_text_is() {
        let value = json(r#"[null,true,1,1e+30,"inline","longer than what lies inline",[[1]],{}]"#);
        for part in value.items().unwrap() {
            assert_eq!(part.to_value(), json(part.json()));
            assert_eq!(part.to_value().kind(), part.kind());
            assert_eq!(part.to_value().depth(), json(part.json()).depth());
        }
    }
}
