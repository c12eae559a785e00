//! Merging objects: RFC 7396 applied to a value, two patches as one, and a three-way merge.
//!
//! All three walk two objects side by side and differ in what becomes of a member. The result keeps
//! the places of the first object's members and appends what only the second has.

mod weave;

use crate::error::{Code, Error};
use crate::limit::Limits;
use crate::value::{Kind, Part, Value};
use weave::{Sides, Step, weave};

/// Applies a merge patch (RFC 7396) to an object or to nothing.
///
/// ```
/// use syncline_core::{Limits, Value, patch};
/// let limits = Limits::default();
/// let json = |text: &str| Value::from_json(text.as_bytes(), &limits).unwrap();
/// let merged = patch::merge(Some(&json(r#"{"a":1,"b":2}"#)), &json(r#"{"b":null,"c":3}"#), &limits);
/// assert_eq!(merged.unwrap(), json(r#"{"a":1,"c":3}"#));
/// ```
///
/// # Errors
///
/// `WrongType` unless the patch is an object and the target an object or absent; `ValueTooLarge`,
/// `TooDeep` and `TooManyItems` of the result.
pub fn merge(target: Option<&Value>, patch: &Value, limits: &Limits) -> Result<Value, Error> {
    for value in [Some(patch), target].into_iter().flatten() {
        if value.kind() != Kind::Object {
            return Err(Error::new(Code::WrongType, Kind::Object.name(), value.kind().name()));
        }
    }
    woven(target, Some(patch), None, merged, limits)
}

/// One patch that does what two do in turn, or `None` where no single patch does the same to every
/// target, down to the order of members.
///
/// There is none where the second patch merges into what the first has replaced or removed, or
/// gives a member back that the first has removed, and so appends it.
#[must_use]
pub fn compose(first: &Value, second: &Value, limits: &Limits) -> Option<Value> {
    if first.kind() != Kind::Object || second.kind() != Kind::Object {
        return None;
    }
    woven(Some(first), Some(second), None, composed, limits).ok()
}

/// What both sides made of `base`, member by member; where both changed a member, `mine` wins.
///
/// `None` is a key without a value. Members stand in the order of `theirs`, those that only `mine`
/// has after them. What is not an object on both sides is taken whole.
///
/// # Errors
///
/// `ValueTooLarge` and `TooManyItems` where neither side's value is the result.
pub fn three_way(
    base: Option<&Value>,
    mine: Option<&Value>,
    theirs: Option<&Value>,
    limits: &Limits,
) -> Result<Option<Value>, Error> {
    if mine == base {
        return Ok(theirs.cloned());
    }
    let objects = [mine, theirs].into_iter().all(|side| side.is_some_and(is_object));
    if theirs == base || mine == theirs || !objects {
        return Ok(mine.cloned());
    }
    woven(theirs, mine, base, agreed, limits).map(Some)
}

fn is_object(value: &Value) -> bool {
    value.kind() == Kind::Object
}

fn woven<'a>(
    first: Option<&'a Value>,
    second: Option<&'a Value>,
    base: Option<&'a Value>,
    rule: fn(Sides<'a>) -> Step<'a>,
    limits: &Limits,
) -> Result<Value, Error> {
    let part = |side: Option<&'a Value>| side.and_then(Value::part);
    let sides = Sides { first: part(first), second: part(second), base: part(base) };
    let text = weave(sides, rule)
        .ok_or_else(|| Error::new(Code::WrongType, "patches that compose", "others"))?;
    Value::from_woven(&text, limits)
}

/// RFC 7396: the second side patches the first.
fn merged(sides: Sides<'_>) -> Step<'_> {
    let Some(patch) = sides.second else { return keep(sides.first) };
    match patch.kind() {
        Kind::Null => Step::Drop,
        Kind::Object => Step::Descend,
        Kind::Bool | Kind::Number | Kind::String | Kind::Array => Step::Keep(patch),
    }
}

/// The second side is a patch that follows the first.
fn composed(sides: Sides<'_>) -> Step<'_> {
    let (Some(first), Some(second)) = (sides.first, sides.second) else {
        return keep(sides.first.or(sides.second));
    };
    match (first.kind(), second.kind()) {
        (_, Kind::Null) => Step::Keep(second),
        (Kind::Object, Kind::Object) => Step::Descend,
        (Kind::Null, _) | (_, Kind::Object) => Step::GiveUp,
        _ => Step::Keep(second),
    }
}

/// The first side is theirs, the second is mine.
fn agreed(sides: Sides<'_>) -> Step<'_> {
    let Sides { first: theirs, second: mine, base } = sides;
    if mine == base {
        return keep(theirs);
    }
    let is_object = |side: Option<Part<'_>>| side.is_some_and(|part| part.kind() == Kind::Object);
    if theirs != base && mine != theirs && is_object(mine) && is_object(theirs) {
        return Step::Descend;
    }
    keep(mine)
}

fn keep(part: Option<Part<'_>>) -> Step<'_> {
    part.map_or(Step::Drop, Step::Keep)
}
