//! Edits as JSON text: keys, and actions as a push has them in JSON.

use crate::id::{ItemId, Key};
use crate::list::Place;
use crate::op::Action;
use crate::value::{Value, quoted};

pub(super) fn to_json(edits: &[(Key, Action)]) -> String {
    let mut out = String::from("[");
    for (key, action) in edits {
        out.push_str(if out.len() > 1 { ",{\"key\":" } else { "{\"key\":" });
        out.push_str(&quoted(key.as_str()));
        out.push_str(",\"action\":{\"");
        push_action(&mut out, action);
        out.push_str("}}");
    }
    out.push(']');
    out
}

/// The one member that an action is, its first quote left out.
fn push_action(out: &mut String, action: &Action) {
    match action {
        Action::Set(value) => push_value(out, "set\":", value),
        Action::Delete => out.push_str("delete\":true"),
        Action::Merge(patch) => push_value(out, "merge\":", patch),
        Action::Add(number) => push_value(out, "add\":", number),
        Action::Expect => out.push_str("expect\":true"),
        Action::Insert { id, value, place } => {
            push_id(out, "insert\":{\"id\":\"", *id);
            push_value(out, ",\"value\":", value);
            push_place(out, place);
        }
        Action::Remove { id } => {
            push_id(out, "remove\":{\"id\":\"", *id);
            out.push('}');
        }
        Action::Move { id, place } => {
            push_id(out, "move\":{\"id\":\"", *id);
            push_place(out, place);
        }
        Action::Replace { id, value } => {
            push_id(out, "replace\":{\"id\":\"", *id);
            push_value(out, ",\"value\":", value);
            out.push('}');
        }
    }
}

fn push_value(out: &mut String, before: &str, value: &Value) {
    out.push_str(before);
    value.write_json(out);
}

fn push_id(out: &mut String, before: &str, id: ItemId) {
    out.push_str(before);
    out.push_str(&id.to_string());
    out.push('"');
}

fn push_place(out: &mut String, place: &Place) {
    if let Some(left) = place.left {
        push_id(out, ",\"left\":\"", left);
    }
    if let Some(right) = place.right {
        push_id(out, ",\"right\":\"", right);
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::Limits;

    #[test]
    fn each_action_is_one_member() {
        let value = Value::from_json(b"{\"a\":[1,\"\\n\"]}", &Limits::HARD).unwrap();
        let [id, left, right] = [1, 0xab, u64::MAX].map(ItemId::new);
        let both = Place { left: Some(left), right: Some(right) };
        for (action, expected) in [
            (Action::Set(value.clone()), r#""set":{"a":[1,"\n"]}"#),
            (Action::Delete, r#""delete":true"#),
            (Action::Merge(value.clone()), r#""merge":{"a":[1,"\n"]}"#),
            (Action::Add(Value::from_f64(0.5).unwrap()), r#""add":0.5"#),
            (Action::Expect, r#""expect":true"#),
            (
                Action::Insert { id, value: value.clone(), place: both },
                r#""insert":{"id":"0000000000000001","value":{"a":[1,"\n"]},"left":"00000000000000ab","right":"ffffffffffffffff"}"#,
            ),
            (
                Action::Insert { id, value: Value::NULL, place: Place::default() },
                r#""insert":{"id":"0000000000000001","value":null}"#,
            ),
            (Action::Remove { id }, r#""remove":{"id":"0000000000000001"}"#),
            (
                Action::Move { id, place: Place { left: None, right: Some(right) } },
                r#""move":{"id":"0000000000000001","right":"ffffffffffffffff"}"#,
            ),
            (
                Action::Replace { id, value },
                r#""replace":{"id":"0000000000000001","value":{"a":[1,"\n"]}}"#,
            ),
        ] {
            let key = Key::new("k\"").unwrap();
            let text = to_json(&[(key.clone(), action.clone()), (key, Action::Delete)]);
            let deleted = r#"{"key":"k\"","action":{"delete":true}}"#;
            let expected = format!(r#"{{"key":"k\"","action":{{{expected}}}}}"#);
            assert_eq!(text, format!("[{expected},{deleted}]"));
            // A push has the same members.
            #[cfg(feature = "json")]
            assert_eq!(
                crate::frame::json::action_to_json(&action),
                expected[r#"{"key":"k\"","action":"#.len()..expected.len() - 1]
            );
        }
        assert_eq!(to_json(&[]), "[]");
    }
}
