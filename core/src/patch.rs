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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::arbitrary::{self, json};

    fn merged_text(target: &str, patch: &str) -> Result<String, Code> {
        let merged = merge(Some(&json(target)), &json(patch), &Limits::default());
        merged.map(|value| value.to_json()).map_err(|error| error.code)
    }

    /// RFC 7396, appendix A, in its order.
    const EXAMPLES: &[(&str, &str, &str)] = &[
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
        (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
        (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
        (r#"{"a":"foo"}"#, "null", "null"),
        (r#"{"a":"foo"}"#, "\"bar\"", "\"bar\""),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
        ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
        ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
    ];

    #[test]
    fn the_examples_of_the_rfc() {
        for &(target, patch, result) in EXAMPLES {
            let objects = target.starts_with('{') && patch.starts_with('{');
            let expected = if objects { Ok(result.to_owned()) } else { Err(Code::WrongType) };
            assert_eq!(merged_text(target, patch), expected, "{target} and {patch}");

            // As a member, what is no object is patched and patches by the same rules.
            let under = |text: &str| format!(r#"{{"x":0,"m":{text},"y":1}}"#);
            let expected = match result {
                "null" => r#"{"x":0,"y":1}"#.to_owned(),
                _ => under(result),
            };
            let patch = format!(r#"{{"m":{patch}}}"#);
            assert_eq!(merged_text(&under(target), &patch), Ok(expected), "{target} and {patch}");
        }
    }

    #[test]
    fn nothing_is_an_empty_object_and_other_kinds_are_refused() {
        let limits = Limits::default();
        let made = merge(None, &json(r#"{"a":{"b":null,"c":[null]},"d":null}"#), &limits).unwrap();
        assert_eq!(made.to_json(), r#"{"a":{"c":[null]}}"#);
        assert_eq!(merge(None, &json("{}"), &limits).unwrap().to_json(), "{}");
        for other in ["null", "1", "\"x\"", "[]", "true"] {
            let patch = merge(None, &json(other), &limits);
            let target = merge(Some(&json(other)), &json("{}"), &limits);
            assert_eq!(patch.unwrap_err().code, Code::WrongType, "{other}");
            assert_eq!(target.unwrap_err().code, Code::WrongType, "{other}");
        }
    }

    #[test]
    fn a_merge_keeps_places_and_appends_what_is_new() {
        let merged = merged_text(
            r#"{"c":1,"b":{"z":1,"y":2},"a":3}"#,
            r#"{"n":{},"a":4,"b":{"x":3,"z":9},"m":5}"#,
        );
        assert_eq!(merged.unwrap(), r#"{"c":1,"b":{"z":9,"y":2,"x":3},"a":4,"n":{},"m":5}"#);
        let many = |from: usize, to: usize, value: &str| {
            let members: Vec<String> = (from..to).map(|n| format!("\"k{n}\":{value}")).collect();
            members.join(",")
        };
        let target = format!("{{{}}}", many(0, 300, "1"));
        let patch = format!("{{{},{}}}", many(200, 400, "2"), many(0, 100, "null"));
        let expected = format!("{{{},{}}}", many(100, 200, "1"), many(200, 400, "2"));
        assert_eq!(merged_text(&target, &patch).unwrap(), expected);
    }

    #[test]
    fn names_are_compared_as_text_however_they_were_spelled() {
        assert_eq!(merged_text(r#"{"\u0061\n":1}"#, r#"{"a\u000a":2}"#).unwrap(), r#"{"a\n":2}"#);
    }

    #[test]
    fn two_thousand_shallow_merges_cannot_compose_a_value_deeper_than_the_limit() {
        let limits = Limits { depth: 8, ..Limits::default() };
        let (mut value, mut patch) = (json("{}"), json("{}"));
        let mut refused = [0, 0];
        for step in 0..2_000 {
            // Each step puts one level into the innermost object that there is.
            let depth = value.depth();
            let (open, close) = (r#"{"a":"#.repeat(depth), "}".repeat(depth));
            let next = json(&format!(r#"{open}{{"s{}":0}}{close}"#, step % 9));
            match merge(Some(&value), &next, &limits) {
                Ok(deeper) => value = deeper,
                Err(error) => {
                    assert_eq!(error.code, Code::TooDeep);
                    refused[0] += 1;
                }
            }
            match compose(&patch, &next, &limits) {
                Some(deeper) => patch = deeper,
                None => refused[1] += 1,
            }
        }
        assert_eq!((value.depth(), refused), (8, [1_993, 1_993]), "{value}");
        assert_eq!(patch, value);
    }

    #[test]
    fn limits_are_those_of_the_result() {
        let limits = Limits { items: 3, value_bytes: 40, ..Limits::default() };
        let three = json(r#"{"a":1,"b":2,"c":3}"#);
        let code = |patch: &str| merge(Some(&three), &json(patch), &limits).map_err(|it| it.code);
        assert_eq!(code(r#"{"d":4}"#), Err(Code::TooManyItems));
        assert!(code(r#"{"d":4,"a":null}"#).is_ok());
        assert_eq!(code(r#"{"a":"twenty-two characters!"}"#), Err(Code::ValueTooLarge));
        assert!(code(r#"{"a":"twenty-two characters!","b":null}"#).is_ok());
    }

    #[test]
    fn patches_compose_only_where_one_patch_does_the_same() {
        let limits = Limits::default();
        #[rustfmt::skip]
        let table = [
            ("{}", r#"{"a":{"b":null}}"#, Some(r#"{"a":{"b":null}}"#)),
            (r#"{"a":{"b":null}}"#, "{}", Some(r#"{"a":{"b":null}}"#)),
            (r#"{"a":1,"b":2}"#, r#"{"c":3,"a":4}"#, Some(r#"{"a":4,"b":2,"c":3}"#)),
            (r#"{"a":1}"#, r#"{"a":null}"#, Some(r#"{"a":null}"#)),
            (r#"{"a":{"x":1}}"#, r#"{"a":null}"#, Some(r#"{"a":null}"#)),
            (r#"{"a":{"x":1}}"#, r#"{"a":[2]}"#, Some(r#"{"a":[2]}"#)),
            (r#"{"a":{"x":1,"y":2}}"#, r#"{"a":{"y":null,"z":3}}"#, Some(r#"{"a":{"x":1,"y":null,"z":3}}"#)),
            (r#"{"a":1}"#, r#"{"a":{"x":1}}"#, None),
            (r#"{"a":[]}"#, r#"{"a":{}}"#, None),
            (r#"{"a":null}"#, r#"{"a":{"x":1}}"#, None),
            (r#"{"a":null}"#, r#"{"a":1}"#, None),
            (r#"{"a":null}"#, r#"{"a":null}"#, Some(r#"{"a":null}"#)),
            (r#"{"a":{"b":{"c":1}}}"#, r#"{"a":{"b":{"c":{}}}}"#, None),
            ("[]", "{}", None), ("{}", "1", None),
        ];
        for (first, second, expected) in table {
            let composed = compose(&json(first), &json(second), &limits).map(|it| it.to_json());
            assert_eq!(composed.as_deref(), expected, "{first} and {second}");
        }
        let narrow = Limits { items: 1, ..limits };
        assert_eq!(compose(&json(r#"{"a":1}"#), &json(r#"{"b":1}"#), &narrow), None);
    }

    #[test]
    fn each_side_keeps_what_the_other_left_alone() {
        let limits = Limits::default();
        let side = |text: &str| (text != "-").then(|| json(text));
        #[rustfmt::skip]
        let table = [
            // base, mine, theirs, result; `-` is no value
            ("1", "1", "2", "2"), ("1", "2", "1", "2"), ("1", "2", "3", "2"), ("1", "2", "2", "2"),
            ("-", "1", "2", "1"), ("-", "-", "2", "2"), ("-", "1", "-", "1"), ("-", "-", "-", "-"),
            ("1", "-", "2", "-"), ("1", "2", "-", "2"), ("1", "-", "-", "-"), ("1", "1", "-", "-"),
            (r#"{"a":1}"#, r#"{"a":1,"b":2}"#, r#"{"a":3}"#, r#"{"a":3,"b":2}"#),
            (r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#, r#"{"a":2}"#),
            (r#"{"a":1,"b":1}"#, r#"{"b":1}"#, r#"{"a":1,"b":2}"#, r#"{"b":2}"#),
            (r#"{"a":1,"b":1}"#, r#"{"a":1,"b":2}"#, r#"{"b":1}"#, r#"{"b":2}"#),
            (r#"{"a":1}"#, r#"{"a":2}"#, "{}", r#"{"a":2}"#),
            (r#"{"a":1}"#, "{}", r#"{"a":2}"#, "{}"),
            (r#"{"a":1}"#, r#"{"a":1,"m":1}"#, r#"{"t":1,"a":1}"#, r#"{"t":1,"a":1,"m":1}"#),
            (r#"{"o":{"x":1,"y":1}}"#, r#"{"o":{"x":2,"y":1}}"#, r#"{"o":{"x":1,"y":2}}"#, r#"{"o":{"x":2,"y":2}}"#),
            (r#"{"o":1}"#, r#"{"o":{"x":1}}"#, r#"{"o":{"y":1}}"#, r#"{"o":{"y":1,"x":1}}"#),
            ("-", r#"{"x":1,"z":1}"#, r#"{"y":1,"z":2}"#, r#"{"y":1,"z":1,"x":1}"#),
            (r#"{"a":[1]}"#, r#"{"a":[1,2]}"#, r#"{"a":[0,1]}"#, r#"{"a":[1,2]}"#),
            (r#"{"a":1}"#, "[]", r#"{"a":2}"#, "[]"),
            (r#"{"a":null}"#, "{}", r#"{"a":null,"b":1}"#, r#"{"b":1}"#),
            // What only one side changed is that side's to the byte, the order of members included.
            (
                r#"{"o":{"a":1,"b":2},"t":0}"#, r#"{"o":{"b":2,"a":1},"t":0}"#,
                r#"{"o":{"a":1,"b":2},"t":1}"#, r#"{"o":{"b":2,"a":1},"t":1}"#,
            ),
        ];
        for (base, mine, theirs, expected) in table {
            let (base, mine, theirs) = (side(base), side(mine), side(theirs));
            let result = three_way(base.as_ref(), mine.as_ref(), theirs.as_ref(), &limits).unwrap();
            assert_eq!(result, side(expected), "{base:?} {mine:?} {theirs:?}");
        }
        let narrow = Limits { items: 1, ..limits };
        let (mine, theirs) = (json(r#"{"a":1}"#), json(r#"{"b":1}"#));
        let error = three_way(None, Some(&mine), Some(&theirs), &narrow).unwrap_err();
        assert_eq!(error.code, Code::TooManyItems);
    }

    /// RFC 7396, section 2, as it is written there, but for the bound on the order of members.
    fn reference(
        target: Option<&serde_json::Value>,
        patch: &serde_json::Value,
    ) -> serde_json::Value {
        let serde_json::Value::Object(patch) = patch else { return patch.clone() };
        let mut result = target.and_then(|it| it.as_object().cloned()).unwrap_or_default();
        for (name, value) in patch {
            if value.is_null() {
                result.remove(name);
            } else {
                let merged = reference(result.get(name), value);
                result.insert(name.clone(), merged);
            }
        }
        serde_json::Value::Object(result)
    }

    fn tree(value: &Value) -> serde_json::Value {
        serde_json::from_str(&value.to_json()).unwrap()
    }

    proptest! {
        #[test]
        fn a_merge_does_what_the_rfc_says(target in arbitrary::object(), patch in arbitrary::object()) {
            let merged = merge(Some(&target), &patch, &Limits::HARD).unwrap();
            prop_assert_eq!(tree(&merged), reference(Some(&tree(&target)), &tree(&patch)));
            prop_assert_eq!(json(&merged.to_json()), merged);
        }

        #[test]
        fn a_composed_patch_does_what_two_do_in_turn(
            targets in prop::collection::vec(arbitrary::object(), 4),
            first in arbitrary::object(),
            second in arbitrary::object(),
        ) {
            let limits = Limits::HARD;
            if let Some(both) = compose(&first, &second, &limits) {
                prop_assert_eq!(&json(&both.to_json()), &both);
                for target in targets.iter().map(Some).chain([None]) {
                    let halfway = merge(target, &first, &limits).unwrap();
                    let expected = merge(Some(&halfway), &second, &limits).unwrap();
                    prop_assert_eq!(merge(target, &both, &limits).unwrap(), expected);
                }
            }
        }

        #[test]
        fn a_three_way_merge_is_one_sided_where_one_side_changed_nothing(
            base in arbitrary::object(),
            mine in arbitrary::object(),
            theirs in arbitrary::object(),
        ) {
            let agree = |base: &Value, mine: &Value, theirs: &Value| {
                three_way(Some(base), Some(mine), Some(theirs), &Limits::HARD).unwrap().unwrap()
            };
            prop_assert_eq!(&agree(&base, &mine, &base), &mine);
            prop_assert_eq!(&agree(&base, &base, &theirs), &theirs);
            prop_assert_eq!(&agree(&base, &mine, &mine), &mine);
            let both = agree(&base, &mine, &theirs);
            prop_assert_eq!(&json(&both.to_json()), &both);
            // Members that both changed are mine; the sides agree on all others.
            prop_assert_eq!(&agree(&base, &mine, &both), &both);
        }
    }
}
