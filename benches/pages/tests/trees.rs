//! Trees that no page has, but a program may make: `html` writes what a browser reads as that tree, or refuses.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails at once where something is not as it must be"
)]

use syncline_core::vnode::{Statics, from_json, html, to_json};
use syncline_pages::{Page, Reading};

fn body(children: &str) -> String {
    format!(r#"["html", ["head"], ["body", {children}]]"#)
}

/// What a browser reads, or `None` if nothing is written.
fn read_back(json: &str) -> Option<String> {
    let mut statics = Statics::new();
    let tree = from_json(json, &mut statics).unwrap();
    let written = html(&tree, &statics).ok()?;
    let page = Page::parse(&format!("<!DOCTYPE html>{written}"));
    let (tree, _) = page.tree(&mut statics, Reading::default()).unwrap();
    Some(format!("{}\n  as {written}", to_json(&tree, &statics).unwrap()))
}

fn expect_or_refusal(json: &str, as_read: &str) {
    let mut statics = Statics::new();
    let want = to_json(&from_json(&body(as_read), &mut statics).unwrap(), &statics).unwrap();
    if let Some(read) = read_back(&body(json)) {
        assert!(read.starts_with(&format!("{want}\n")), "{json}\n  read: {read}\n  want: {want}");
    }
}

#[test]
fn texts_beside_each_other_do_not_end_their_script() {
    for (json, as_read) in [
        (r#"["script", "a<", "/script><img src=x>"]"#, r#"["script", "a</script><img src=x>"]"#),
        (r#"["script", "a<", null, "/script><b>"]"#, r#"["script", "a</script><b>"]"#),
        (r#"["script", "<!", "--<script>"], ["p"]"#, r#"["script", "<!--<script>"], ["p"]"#),
        (r#"["style", "<", "", "/style><b>"]"#, r#"["style", "</style><b>"]"#),
    ] {
        expect_or_refusal(json, as_read);
    }
}

#[test]
fn text_in_a_picture_is_no_element() {
    for outer in ["svg", "math"] {
        for inner in ["style", "script", "xmp", "iframe", "noembed", "noframes", "noscript"] {
            let json = format!(r#"["{outer}", ["{inner}", "<img src=x>"]]"#);
            expect_or_refusal(&json, &json);
        }
        let json = format!(r#"["{outer}", ["style", "a{{}} /* &lt; */"]]"#);
        expect_or_refusal(&json, &json);
    }
}

#[test]
fn an_area_of_text_keeps_its_first_line_end() {
    for json in [r#"["textarea", null, "\nx"]"#, r#"["textarea", "", "\nx"]"#] {
        expect_or_refusal(json, r#"["textarea", "\nx"]"#);
    }
}

#[test]
fn what_has_no_end_does_not_take_what_follows() {
    let json = r#"["plaintext", "a"], ["p", "b"]"#;
    expect_or_refusal(json, json);
}

#[test]
fn a_zero_is_read_as_the_sign_for_it() {
    for (json, as_read) in [
        (r#"["p", "a\u0000b"]"#, r#"["p", "a\ufffdb"]"#),
        (r#"["p", {"title": "a\u0000b"}]"#, r#"["p", {"title": "a\ufffdb"}]"#),
        (r#"["textarea", "a\u0000b"]"#, r#"["textarea", "a\ufffdb"]"#),
    ] {
        assert!(read_back(&body(json)).is_some(), "{json} is refused");
        expect_or_refusal(json, as_read);
    }
}

#[test]
fn a_line_end_of_another_system_stays_in_a_script() {
    let json = r#"["script", "a\rb"]"#;
    expect_or_refusal(json, json);
}

#[test]
fn what_does_not_end_a_script_is_written() {
    for json in [r#"["script", "'</p>'"]"#, r#"["script", "<!-- a\nb() // -->"]"#] {
        assert!(read_back(&body(json)).is_some(), "{json}");
        expect_or_refusal(json, json);
    }
}

#[test]
fn what_is_for_browsers_without_scripts_is_written() {
    let json = r#"["noscript", ["p", "a"]]"#;
    assert!(read_back(&body(json)).is_some(), "{json}");
}
