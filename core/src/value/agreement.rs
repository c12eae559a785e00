//! Properties of values as a whole, and agreement with another reader of JSON.

use proptest::prelude::*;

use super::arbitrary;
use super::*;

fn read(text: &[u8]) -> Result<Value, Error> {
    Value::from_json(text, &Limits::HARD)
}

/// Equality up to how a number is spelled, and to the last digit, which the other reader rounds.
fn agree(ours: &serde_json::Value, theirs: &serde_json::Value) -> bool {
    use serde_json::Value as Json;
    match (ours, theirs) {
        (Json::Number(one), Json::Number(two)) => {
            let (one, two) = (one.as_f64().unwrap(), two.as_f64().unwrap());
            (one - two).abs() <= one.abs() * 1e-15
        }
        (Json::Array(one), Json::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| agree(one, two))
        }
        (Json::Object(one), Json::Object(two)) => {
            one.len() == two.len()
                && one.iter().all(|(name, one)| two.get(name).is_some_and(|two| agree(one, two)))
        }
        _ => ours == theirs,
    }
}

/// Refuses what the other reader refuses, and reads what it reads as the same.
fn check_against_serde_json(text: &[u8]) {
    let shown = String::from_utf8_lossy(text);
    let theirs = serde_json::from_slice::<serde_json::Value>(text);
    match (read(text), theirs) {
        (Ok(ours), Ok(theirs)) => {
            let ours = serde_json::from_str(&ours.to_json()).unwrap();
            assert!(agree(&ours, &theirs), "{shown}: {ours} is not {theirs}");
        }
        (Err(_), Err(_)) => {}
        (Err(error), Ok(_)) => assert_eq!(error.code, Code::NumberOutOfRange, "{shown}: {error}"),
        (Ok(ours), Err(theirs)) => panic!("{shown}: read as {ours:?}, but {theirs}"),
    }
}

fn tree_of(part: Part<'_>) -> serde_json::Value {
    use serde_json::Value as Json;
    match part.kind() {
        Kind::Array => Json::Array(part.items().unwrap().map(tree_of).collect()),
        Kind::Object => {
            let members = part.members().unwrap();
            let member =
                |it: Member<'_>| (it.name.as_text().unwrap().into_owned(), tree_of(it.value));
            Json::Object(members.map(member).collect())
        }
        Kind::String => Json::String(part.as_text().unwrap().into_owned()),
        Kind::Null | Kind::Bool | Kind::Number => serde_json::from_str(part.json()).unwrap(),
    }
}

fn depth_of(tree: &serde_json::Value) -> usize {
    use serde_json::Value as Json;
    match tree {
        Json::Array(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
        Json::Object(members) => 1 + members.values().map(depth_of).max().unwrap_or(0),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => 0,
    }
}

proptest! {
    #[test]
    fn reads_what_another_reader_reads(text in arbitrary::text()) {
        check_against_serde_json(text.as_bytes());
    }

    #[test]
    fn refuses_what_another_reader_refuses(
        text in arbitrary::text(),
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..3_u8, prop_oneof![
                prop::sample::select(b"\"\\{}[]:,0-.eEu+tfn \n\x1f\x80\xed\xff/".to_vec()),
                any::<u8>(),
            ]),
            1..4,
        ),
    ) {
        let mut bytes = text.into_bytes();
        for (at, edit, byte) in edits {
            let at = at.index(bytes.len() + 1);
            match edit {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => bytes[at] = byte,
                2 if at < bytes.len() => { bytes.remove(at); }
                _ => bytes.truncate(at),
            }
        }
        check_against_serde_json(&bytes);
    }

    #[test]
    fn canonical_text_is_read_as_itself(text in arbitrary::text()) {
        let value = read(text.as_bytes()).unwrap();
        let again = read(value.json().as_bytes()).unwrap();
        prop_assert_eq!(again.to_json(), value.to_json());
        prop_assert_eq!(again.depth(), value.depth());
        prop_assert_eq!(value.json_len(), value.to_json().len());
        prop_assert_eq!(again, value);
    }

    #[test]
    fn the_parts_of_a_value_are_those_of_its_tree(text in arbitrary::text()) {
        let value = read(text.as_bytes()).unwrap();
        let tree: serde_json::Value = serde_json::from_str(&value.to_json()).unwrap();
        prop_assert_eq!(tree_of(Part::new(&value.json())), tree.clone());
        prop_assert_eq!(value.depth(), depth_of(&tree));
    }

    #[test]
    fn a_string_is_written_and_read_back(text in any::<String>()) {
        let value = Value::from_text(&text, &Limits::HARD).unwrap();
        prop_assert_eq!(value.as_text(), Some(text.clone()));
        let theirs = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(value.to_json(), theirs.clone());
        prop_assert_eq!(read(theirs.as_bytes()).unwrap(), value);
    }

    #[test]
    fn a_float_is_written_and_read_back(bits in any::<u64>()) {
        let float = f64::from_bits(bits);
        prop_assume!(float.is_finite());
        let value = Value::from_f64(float).unwrap();
        prop_assert_eq!(value.as_f64(), Some(float));
        prop_assert_eq!(read(value.to_json().as_bytes()).unwrap(), value.clone());
        prop_assert_eq!(read(format!("{float:e}").as_bytes()).unwrap(), value);
    }

    #[test]
    fn an_integer_is_read_by_its_spelling_or_not_at_all(whole in any::<i64>()) {
        let read = read(whole.to_string().as_bytes()).map_err(|error| error.code);
        prop_assert_eq!(&read, &Value::from_i64(whole).map_err(|error| error.code));
        if let Ok(value) = read {
            prop_assert_eq!(value.to_json(), whole.to_string());
        }
    }
}
