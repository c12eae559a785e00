//! What can be done to a value on its way to a screen: a few functions that are the same everywhere.

use crate::error::{Code, Error};
use crate::limit::Limits;
use crate::value::{Kind, Part, Value, float_fixed};

/// A change of a value. Where it does not fit the value the result is `null`, which shows as nothing.
///
/// As JSON it is an array of its name and what it takes, or the name alone:
///
/// | transform | of | result |
/// |---|---|---|
/// | `["get", name]` | object | that member |
/// | `["at", n]` | array | that item, from the end if below 0 |
/// | `"length"` | array, object, string | how many items, members or characters |
/// | `["where", name, value]` | array of objects | those with that member |
/// | `["sum", name]` | array of objects | the sum of that member |
/// | `["join", text]` | array | its items as text |
/// | `["add", n]`, `["times", n]`, `["over", n]`, `["least", n]`, `["most", n]` | number | sum, product, quotient, n if it is less, n if it is more |
/// | `"round"`, `"floor"` | number | an integer |
/// | `["fixed", n]` | number | text with n digits after the point |
/// | `["group", text]` | number, text of `fixed` | text with this between each three digits |
/// | `"upper"`, `"lower"`, `"capital"`, `"trim"` | string | in that case; the first character in that case; without spaces around |
/// | `["before", text]`, `["after", text]` | string, number | text with this before or after it |
/// | `["is", value]`, `["more", n]`, `["less", n]`, `"not"` | any | true or false |
/// | `["choose", [[case, result], …], otherwise]` | any | the result of the case that it equals |
/// | `["or", value]` | any | this one in the place of `null` |
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the table tells them")]
pub enum Transform {
    Get(String),
    At(i64),
    Length,
    Where(String, Value),
    Sum(String),
    Join(String),
    Add(f64),
    Times(f64),
    Over(f64),
    Least(f64),
    Most(f64),
    Round,
    Floor,
    Fixed(usize),
    Group(String),
    Upper,
    Lower,
    Capital,
    Trim,
    Before(String),
    After(String),
    Is(Value),
    More(f64),
    Less(f64),
    Not,
    Choose(Vec<(Value, Value)>, Value),
    Or(Value),
}

/// Most digits after the point.
const DIGITS: i64 = 20;

impl Transform {
    pub(super) fn of(part: Part<'_>) -> Result<Self, Error> {
        let wrong =
            || Error::new(Code::InvalidArgument, "a transform with what it takes", part.json());
        if let Some(name) = part.as_text() {
            return Self::plain(&name).ok_or_else(wrong);
        }
        let mut items = part.items().ok_or_else(wrong)?;
        let name = items.next().and_then(Part::as_text).ok_or_else(wrong)?;
        let (first, second, third) = (items.next(), items.next(), items.next());
        let Some(first) = first else { return Self::plain(&name).ok_or_else(wrong) };
        let transform = match second {
            None => Self::with(&name, first),
            Some(second) => Self::with_two(&name, first, second),
        };
        transform.filter(|_| third.is_none()).ok_or_else(wrong)
    }

    fn plain(name: &str) -> Option<Self> {
        Some(match name {
            "length" => Self::Length,
            "round" => Self::Round,
            "floor" => Self::Floor,
            "upper" => Self::Upper,
            "lower" => Self::Lower,
            "capital" => Self::Capital,
            "trim" => Self::Trim,
            "not" => Self::Not,
            _ => return None,
        })
    }

    fn with(name: &str, part: Part<'_>) -> Option<Self> {
        let value = part.to_value();
        let text = || value.as_text();
        let number = || value.as_f64();
        Some(match name {
            "get" => Self::Get(text()?),
            "at" => Self::At(value.as_i64()?),
            "sum" => Self::Sum(text()?),
            "join" => Self::Join(text()?),
            "add" => Self::Add(number()?),
            "times" => Self::Times(number()?),
            "over" => Self::Over(number()?),
            "least" => Self::Least(number()?),
            "most" => Self::Most(number()?),
            "fixed" => {
                let digits = value.as_i64().filter(|digits| *digits <= DIGITS)?;
                Self::Fixed(usize::try_from(digits).ok()?)
            }
            "group" => Self::Group(text()?),
            "before" => Self::Before(text()?),
            "after" => Self::After(text()?),
            "is" => Self::Is(value),
            "more" => Self::More(number()?),
            "less" => Self::Less(number()?),
            "or" => Self::Or(value),
            "choose" => Self::Choose(choices(part)?, Value::NULL),
            _ => return None,
        })
    }

    fn with_two(name: &str, first: Part<'_>, second: Part<'_>) -> Option<Self> {
        match name {
            "where" => Some(Self::Where(first.to_value().as_text()?, second.to_value())),
            "choose" => Some(Self::Choose(choices(first)?, second.to_value())),
            _ => None,
        }
    }

    /// The value that it makes of another.
    #[must_use]
    pub fn apply(&self, value: &Value) -> Value {
        self.applied(value).unwrap_or(Value::NULL)
    }

    fn applied(&self, value: &Value) -> Option<Value> {
        let number = || value.as_f64();
        match self {
            Self::Get(name) => value.get(name).map(Part::to_value),
            Self::At(nth) => at(value, *nth),
            Self::Length => length(value),
            Self::Where(name, wanted) => with_member(value, name, wanted),
            Self::Sum(name) => {
                let of = |item: Part<'_>| item.get(name).and_then(|it| it.to_value().as_f64());
                told(value.items()?.filter_map(of).sum())
            }
            Self::Join(between) => {
                let items = value.items()?.filter_map(|item| text_of(&item.to_value()));
                string(&items.collect::<Vec<_>>().join(between))
            }
            Self::Add(more) => told(number()? + more),
            Self::Times(by) => told(number()? * by),
            Self::Over(by) => told(number()? / by),
            Self::Least(least) => told(number()?.max(*least)),
            Self::Most(most) => told(number()?.min(*most)),
            Self::Round => told(number()?.round()),
            Self::Floor => told(number()?.floor()),
            Self::Fixed(digits) => string(&fixed(number()?, *digits)),
            Self::Group(between) => string(&grouped(
                &number().map_or_else(|| value.as_text(), |_| text_of(value))?,
                between,
            )),
            Self::Upper => string(&value.as_text()?.to_uppercase()),
            Self::Lower => string(&value.as_text()?.to_lowercase()),
            Self::Capital => {
                let text = value.as_text()?;
                let mut rest = text.chars();
                let first = rest.next().into_iter().flat_map(char::to_uppercase);
                string(&first.chain(rest).collect::<String>())
            }
            Self::Trim => string(value.as_text()?.trim()),
            Self::Before(before) => string(&format!("{before}{}", text_of(value)?)),
            Self::After(after) => string(&format!("{}{after}", text_of(value)?)),
            Self::Is(other) => Some(Value::from_bool(value == other)),
            Self::More(than) => Some(Value::from_bool(number()? > *than)),
            Self::Less(than) => Some(Value::from_bool(number()? < *than)),
            Self::Not => Some(Value::from_bool(is_nothing(value))),
            Self::Choose(cases, otherwise) => {
                let case = cases.iter().find(|(case, _)| case == value);
                Some(case.map_or_else(|| otherwise.clone(), |(_, result)| result.clone()))
            }
            Self::Or(other) => {
                Some(if value.kind() == Kind::Null { other.clone() } else { value.clone() })
            }
        }
    }
}

/// An item of an array, from the end if below 0.
fn at(value: &Value, at: i64) -> Option<Value> {
    let nth = if at < 0 {
        let back = usize::try_from(at.unsigned_abs()).ok()?;
        value.items()?.count().checked_sub(back)?
    } else {
        usize::try_from(at).ok()?
    };
    value.items()?.nth(nth).map(Part::to_value)
}

fn length(value: &Value) -> Option<Value> {
    let count = match value.kind() {
        Kind::Array => value.items()?.count(),
        Kind::Object => value.members()?.count(),
        Kind::String => value.as_text()?.chars().count(),
        Kind::Null | Kind::Bool | Kind::Number => return None,
    };
    Value::from_i64(i64::try_from(count).ok()?).ok()
}

fn with_member(value: &Value, name: &str, wanted: &Value) -> Option<Value> {
    let has = |item: &Part<'_>| item.get(name).is_some_and(|it| it.to_value() == *wanted);
    let items: Vec<&str> = value.items()?.filter(has).map(Part::json).collect();
    Value::from_json(format!("[{}]", items.join(",")).as_bytes(), &Limits::HARD).ok()
}

fn choices(part: Part<'_>) -> Option<Vec<(Value, Value)>> {
    let pair = |item: Part<'_>| {
        let mut pair = item.items()?;
        match (pair.next(), pair.next(), pair.next()) {
            (Some(case), Some(result), None) => Some((case.to_value(), result.to_value())),
            _ => None,
        }
    };
    part.items()?.map(pair).collect()
}

/// A value after one transform after the other.
pub(super) fn run(map: &[Transform], value: Value) -> Value {
    map.iter().fold(value, |value, transform| transform.apply(&value))
}

/// A value as text: a string as it is, and all but `null`, `true` and `false` as its JSON.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value.kind() {
        Kind::Null | Kind::Bool => None,
        Kind::String => value.as_text(),
        Kind::Number | Kind::Array | Kind::Object => Some(value.to_json()),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value.kind() {
        Kind::Null => true,
        Kind::Bool => value.as_bool() == Some(false),
        Kind::Number => value.as_f64() == Some(0.0),
        Kind::String => value.as_text().is_some_and(|text| text.is_empty()),
        Kind::Array | Kind::Object => false,
    }
}

fn told(number: f64) -> Option<Value> {
    Value::from_f64(number).ok()
}

fn string(text: &str) -> Option<Value> {
    Value::from_text(text, &Limits::HARD).ok()
}

fn fixed(number: f64, digits: usize) -> String {
    let text = float_fixed(number, digits);
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|byte| b"0.".contains(&byte)) => zero.to_owned(),
        _ => text,
    }
}

/// Digits before the point by three.
fn grouped(text: &str, between: &str) -> String {
    let start = text.find(|one: char| one.is_ascii_digit()).unwrap_or(text.len());
    let (sign, rest) = text.split_at_checked(start).unwrap_or((text, ""));
    let end = rest.find(|one: char| !one.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let mut out = String::from(sign);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && digits.len().saturating_sub(nth).is_multiple_of(3) {
            out.push_str(between);
        }
        out.push(digit);
    }
    out.push_str(after);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        Value::from_json(json.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn a_value_is_changed_step_by_step() {
        for (map, from, to) in [
            (r#"["get","a"]"#, r#"{"a":[1]}"#, "[1]"),
            (r#"["get","b"]"#, r#"{"a":1}"#, "null"),
            (r#"["at",1]"#, "[1,2]", "2"),
            (r#"["at",-1]"#, "[1,2,3]", "3"),
            (r#"["at",-4]"#, "[1,2,3]", "null"),
            (r#""length""#, "[1,2]", "2"),
            (r#""length""#, r#""né""#, "2"),
            (r#""length""#, "7", "null"),
            (
                r#"["where","done",true]"#,
                r#"[{"done":true,"n":1},{"n":2},5]"#,
                r#"[{"done":true,"n":1}]"#,
            ),
            (r#"["sum","n"]"#, r#"[{"n":1.5},{"n":2},{"n":"x"}]"#, "3.5"),
            (r#"["join",", "]"#, r#"["a",1,null]"#, r#""a, 1""#),
            (r#"["add",1]"#, "41", "42"),
            (r#"["add",1]"#, r#""41""#, "null"),
            (r#"["times",0.5]"#, "3", "1.5"),
            (r#"["over",0]"#, "3", "null"),
            (r#"["least",5]"#, "3", "5"),
            (r#"["most",5]"#, "7", "5"),
            (r#""round""#, "2.5", "3"),
            (r#""floor""#, "-2.5", "-3"),
            (r#"["fixed",2]"#, "1234.5", r#""1234.50""#),
            (r#"["fixed",0]"#, "-0.2", r#""0""#),
            (r#"["group",","]"#, r#""-1234567.50""#, r#""-1,234,567.50""#),
            (r#"["group"," "]"#, "123", r#""123""#),
            (r#""upper""#, r#""straße""#, r#""STRASSE""#),
            (r#""lower""#, r#""ÀB""#, r#""àb""#),
            (r#""capital""#, r#""éa""#, r#""Éa""#),
            (r#"["trim"]"#, r#"" a ""#, r#""a""#),
            (r#"["before","$"]"#, "5", r#""$5""#),
            (r#"["after"," items"]"#, r#""5""#, r#""5 items""#),
            (r#"["after","x"]"#, "null", "null"),
            (r#"["is","a"]"#, r#""a""#, "true"),
            (r#"["more",1]"#, "1", "false"),
            (r#"["less",1]"#, "0.5", "true"),
            (r#""not""#, r#""""#, "true"),
            (r#""not""#, "[]", "false"),
            (r#"["choose",[[1,"one"],[true,"yes"]],"many"]"#, "true", r#""yes""#),
            (r#"["choose",[[1,"one"]],"many"]"#, "2", r#""many""#),
            (r#"["choose",[[1,"one"]]]"#, "2", "null"),
            (r#"["or",0]"#, "null", "0"),
            (r#"["or",0]"#, "7", "7"),
        ] {
            let transform = value(&format!("[{map}]"));
            let transform = Transform::of(transform.items().unwrap().next().unwrap()).unwrap();
            assert_eq!(transform.apply(&value(from)).to_json(), to, "{map} of {from}");
        }
    }

    #[test]
    fn what_is_no_transform_is_refused() {
        for bad in [
            "1",
            r#""no""#,
            r#"["add"]"#,
            r#"["add","1"]"#,
            r#"["add",1,2]"#,
            r#"["fixed",21]"#,
            r#"["fixed",-1]"#,
            r#"["choose",[1]]"#,
            r#"["choose",[[1]]]"#,
            r#"["where","a"]"#,
            r#"["is",1,2,3]"#,
            "[]",
            r#"["upper",1]"#,
        ] {
            let bad = value(&format!("[{bad}]"));
            let error = Transform::of(bad.items().unwrap().next().unwrap()).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument, "{error}");
        }
    }
}
