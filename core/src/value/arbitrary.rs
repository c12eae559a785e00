//! Random JSON text for properties: spelled in many ways, with repeated names, nested.

use proptest::prelude::*;

use super::Value;
use crate::limit::Limits;

/// Any JSON text.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let space = || prop::sample::select(vec!["", "", "", " ", "\n\t "]);
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "null",
            "true",
            "false",
            "0",
            "-0",
            "1.0",
            "1e2",
            "-12",
            "0.5E-3",
            "1e21",
            "\"\"",
            "9007199254740991",
            "1e-400",
            r#""\u0041\/\n""#,
            r#""\ud83d\ude00\u001f\u0008""#,
            r#""long enough not to be inline""#,
        ])
        .prop_map(str::to_owned),
        any::<f64>()
            .prop_filter("JSON has no others", |it| it.is_finite())
            .prop_map(|it| format!("{it:e}")),
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(|it| it.to_string()),
        any::<String>().prop_map(|it| serde_json::to_string(&it).unwrap()),
    ];
    leaf.prop_recursive(5, 64, 12, move |inner| {
        let name = prop_oneof![
            prop::sample::select(vec![r#""a""#, r#""\u0061""#, r#""b""#, r#""""#, r#""a\"b""#])
                .prop_map(str::to_owned),
            any::<u8>().prop_map(|it| format!("\"{it}\"")),
        ];
        let item = (space(), inner.clone(), space()).prop_map(|(a, it, b)| format!("{a}{it}{b}"));
        let member = (space(), name, space(), inner)
            .prop_map(|(a, name, b, it)| format!("{a}{name}{b}:{a}{it}{b}"));
        prop_oneof![
            prop::collection::vec(item, 0..12).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..12).prop_map(|them| format!("{{{}}}", them.join(","))),
        ]
    })
}

/// A small object whose members often share names and are often `null`: a patch or its target.
pub(crate) fn object() -> impl Strategy<Value = Value> {
    prop::collection::vec(any::<u8>(), 0..40)
        .prop_map(|choices| json(&object_of(&mut choices.into_iter(), 3)))
}

/// The object that these choices make, in at most so many levels; no choice is the simplest one.
fn object_of(choices: &mut impl Iterator<Item = u8>, levels: u8) -> String {
    let order = choices.next().unwrap_or(0) % 8;
    let mut members = Vec::new();
    for at in 0..4 {
        // 1 and 3 are prime to 4: each order meets every name once.
        let name = char::from(b'a' + (at * (1 + order / 4 * 2) + order) % 4);
        let value = match choices.next().unwrap_or(0) % 12 {
            0..4 => continue,
            4 | 5 => "null".to_owned(),
            6 => "1".to_owned(),
            7 => "\"x\"".to_owned(),
            8 => "[null]".to_owned(),
            _ if levels > 1 => object_of(choices, levels - 1),
            _ => "{}".to_owned(),
        };
        members.push(format!("\"{name}\":{value}"));
    }
    format!("{{{}}}", members.join(","))
}

/// The value of text that is right.
pub(crate) fn json(text: &str) -> Value {
    match Value::from_json(text.as_bytes(), &Limits::HARD) {
        Ok(value) => value,
        Err(error) => panic!("{text}: {error}"),
    }
}
