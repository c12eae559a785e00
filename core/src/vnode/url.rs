//! Which addresses run a program when they are followed or loaded: those are not let into a tree.

use std::borrow::Cow;

use super::html::is_any;
use super::template::SLOT;
use crate::limit::Limits;
use crate::value::{Kind, Value, quoted as quote};

/// Attributes whose value is an address.
const ADDRESSES: [&str; 14] = [
    "href",
    "src",
    "action",
    "formaction",
    "xlink:href",
    "poster",
    "background",
    "cite",
    "data",
    "ping",
    "longdesc",
    "codebase",
    "profile",
    "manifest",
];

/// What an address may hold itself: pictures of which none has a program.
const PICTURES: [&str; 7] = [
    "image/png",
    "image/gif",
    "image/jpeg",
    "image/webp",
    "image/avif",
    "image/bmp",
    "image/x-icon",
];

/// What stands before an address that is not let in, so that it leads nowhere.
const BLOCKED: &str = "unsafe:";

/// Whether the value of an attribute of this name is an address.
pub(super) fn is_address(name: &str) -> bool {
    is_any(name, &ADDRESSES)
}

/// Whether the value of an attribute of this name is that of another one, which an animation changes; to an
/// address that was not looked at, if that one has addresses.
pub(super) fn is_target(name: &str) -> bool {
    name.eq_ignore_ascii_case("attributename")
}

/// Whether the value of an attribute or a property of this name has to be looked at.
pub(super) fn is_suspect(name: &str) -> bool {
    let bare = name.strip_prefix('.').unwrap_or(name);
    is_address(bare) || is_target(bare)
}

/// Whether it is said where an address leads that begins so, whatever follows.
pub(super) fn leads(address: &str) -> bool {
    address.contains(['/', '?', '#', ':']) && !runs(address)
}

/// The address, unless it runs a program: then one that leads nowhere.
pub(super) fn blocked(address: &str) -> Cow<'_, str> {
    if runs(address) { Cow::Owned(format!("{BLOCKED}{address}")) } else { address.into() }
}

/// The JSON of a property that is an address, unless it runs a program, or may: a browser makes a text of what is
/// none.
pub(super) fn blocked_json(json: &str) -> Cow<'_, str> {
    match text_of(json) {
        Told::Text(address) if runs(&address) => quoted(&format!("{BLOCKED}{address}")),
        Told::Text(_) | Told::Plain => json.into(),
        Told::Other => quoted(&format!("{BLOCKED}{json}")),
    }
}

/// The value that an attribute of this name may have: an address of a scheme that runs a program is none any
/// more.
///
/// Schemes are read as the URL standard does: controls and spaces in front, and tabs and line ends anywhere,
/// do not count, nor does the case. The value of a property, whose name begins with a dot, is JSON: in that of an
/// address a text, a number, `true`, `false` or `null`, and anything else becomes a text that leads nowhere. What is
/// harmless stays as it is, so that to look twice is to look once.
#[must_use]
pub fn harmless<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    let bare = name.strip_prefix('.').unwrap_or(name);
    let is_json = bare.len() != name.len();
    if is_address(bare) {
        return if is_json { blocked_json(value) } else { blocked(value) };
    }
    if !is_target(bare) {
        return value.into();
    }
    let is_link = |target: &str| target.trim().to_ascii_lowercase().ends_with("href");
    if !is_json {
        return if is_link(value) { BLOCKED.into() } else { value.into() };
    }
    match text_of(value) {
        Told::Text(target) if is_link(&target) => quoted(BLOCKED),
        Told::Text(_) | Told::Plain => value.into(),
        Told::Other => quoted(BLOCKED),
    }
}

/// What the JSON of a property tells.
enum Told {
    Text(String),
    /// A number, `true`, `false` or `null`, or the slot of a template.
    Plain,
    /// What only a browser knows the text of.
    Other,
}

fn text_of(json: &str) -> Told {
    let mut all = json.chars();
    if all.next() == Some(SLOT) && all.next().is_none() {
        return Told::Plain;
    }
    let Ok(value) = Value::from_json(json.as_bytes(), &Limits::HARD) else { return Told::Other };
    match value.kind() {
        Kind::Null | Kind::Bool | Kind::Number => Told::Plain,
        Kind::String => value.as_text().map_or(Told::Other, Told::Text),
        Kind::Array | Kind::Object => Told::Other,
    }
}

fn quoted(text: &str) -> Cow<'static, str> {
    Cow::Owned(quote(text))
}

/// Whether an address runs a program.
pub(super) fn runs(address: &str) -> bool {
    let mut scheme = String::new();
    let mut rest =
        address.trim_start_matches(|one: char| one <= ' ').chars().filter(|one| !is_skipped(*one));
    loop {
        match rest.next() {
            Some(':') => break,
            Some(one) if one.is_ascii_alphanumeric() || "+-.".contains(one) => {
                scheme.push(one.to_ascii_lowercase());
            }
            Some(_) | None => return false,
        }
    }
    match scheme.as_str() {
        "javascript" | "vbscript" => true,
        "data" => {
            let kind: String = rest.take_while(|one| !";,".contains(*one)).collect();
            !is_any(kind.trim(), &PICTURES)
        }
        _ => false,
    }
}

/// Whether a browser reads an address as if this were not there.
const fn is_skipped(one: char) -> bool {
    matches!(one, '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_runs_is_blocked_however_it_is_written() {
        for address in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " \u{1}javascript:x",
            "java\nscript:x",
            "java\tscript\r:x",
            "vbscript:x",
            "data:text/html,<script>",
            "data:,x",
            "DATA:text/html;base64,x",
            "data:image/svg+xml,<svg>",
            "data:image/svg\n+xml;base64,x",
            "data:image/pngx,x",
            "data:image/,x",
            "data:video/x+xml,x",
            "data:",
        ] {
            assert_eq!(harmless("href", address), format!("unsafe:{address}"), "{address:?}");
            assert_eq!(harmless("title", address), address, "no address");
        }
        assert_eq!(harmless(".href", "\"javascript:x\""), "\"unsafe:javascript:x\"");
        assert_eq!(harmless(".href", "\"\\u006aavascript:x\""), "\"unsafe:javascript:x\"");
        assert_eq!(harmless("SRC", "javascript:x"), "unsafe:javascript:x");
        assert_eq!(harmless("attributeName", "xlink:HREF"), "unsafe:", "of an animation");
        assert_eq!(harmless("attributeName", "x"), "x");
        for address in [
            "",
            "/",
            "#javascript:x",
            "?a=javascript:",
            "./javascript:x",
            "https://x/javascript:",
            "mailto:a@b",
            "tel:1",
            "data:image/png;base64,x",
            "DATA: image/JPEG ,x",
            "data:image/gif,x",
            "C:\\x",
            "a\\b",
            "blob:x",
            "javascript",
            "a:b",
            "é:javascript:x",
        ] {
            assert_eq!(harmless("href", address), address);
        }
    }
    #[test]
    fn a_property_that_is_an_address_is_no_program_whatever_json_it_is() {
        for (json, want) in [
            (r#"["javascript:x"]"#, r#""unsafe:[\"javascript:x\"]""#),
            (r#"[["javascript:x"]]"#, r#""unsafe:[[\"javascript:x\"]]""#),
            (r#" {"toString":1}"#, r#""unsafe: {\"toString\":1}""#),
            (r#" "javascript:x""#, r#""unsafe:javascript:x""#),
            (r#""java\nscript:x""#, r#""unsafe:java\nscript:x""#),
            (r#""data:image/svg+xml,x""#, r#""unsafe:data:image/svg+xml,x""#),
            ("[]", r#""unsafe:[]""#),
            ("", r#""unsafe:""#),
            ("javascript:x", r#""unsafe:javascript:x""#),
        ] {
            for name in [".href", ".src", ".Data", ".formAction"] {
                assert_eq!(harmless(name, json), want, "{name}={json}");
            }
            assert_eq!(harmless(".value", json), json, "no address");
        }
        for json in ["null", "true", "false", "7", "-1.5", r#""/x""#, r#""\u002fx""#, "\0"] {
            assert_eq!(harmless(".href", json), json);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_was_made_harmless_is_taken_by_every_screen(
            name in prop_oneof![
                prop::sample::select(&ADDRESSES[..]).prop_map(str::to_owned),
                prop::sample::select(&ADDRESSES[..]).prop_map(|name| format!(".{name}")),
                prop::sample::select(vec!["attributeName", ".attributeName", "title", ".title"])
                    .prop_map(str::to_owned),
            ],
            value in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(vec![
                        "javascript:", "unsafe:", "href", "xlink:", "data:", "image/png", "image/svg+xml", "\"", "[",
                        "]", "{", "}", "\\", "\\u006a", "\t", " ", "null", "1", ",", ";", "\0", ":",
                    ])
                    .prop_map(str::to_owned),
                    any::<char>().prop_map(String::from),
                ],
                0..6,
            )
            .prop_map(|parts| parts.concat()),
        ) {
            let once = harmless(&name, &value);
            prop_assert_eq!(harmless(&name, &once), &*once);
        }
    }
}
