//! Which addresses run a program when they are followed or loaded: those are not let into a tree.

use std::borrow::Cow;

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

/// What stands before an address that is not let in, so that it leads nowhere.
const BLOCKED: &str = "unsafe:";

/// Whether the value of an attribute of this name is an address.
pub(super) fn is_address(name: &str) -> bool {
    ADDRESSES.iter().any(|known| known.eq_ignore_ascii_case(name))
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

/// The value that an attribute of this name may have: an address of a scheme that runs a program is none any
/// more.
///
/// Schemes are read as the URL standard does: controls and spaces in front, and tabs and line ends anywhere,
/// do not count, nor does the case.
#[must_use]
pub fn harmless<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    let bare = name.strip_prefix('.').unwrap_or(name);
    if is_target(bare) && value.trim().to_ascii_lowercase().ends_with("href") {
        return Cow::Owned(format!("{BLOCKED}{value}"));
    }
    // The value of a property is JSON.
    let address = if name.len() == bare.len() { value } else { value.trim_start_matches('"') };
    if !is_address(bare) || !runs(address) {
        return Cow::Borrowed(value);
    }
    if name.len() == bare.len() {
        return blocked(value);
    }
    Cow::Owned(format!("\"{BLOCKED}{address}"))
}

/// Whether an address runs a program.
pub(super) fn runs(address: &str) -> bool {
    let mut scheme = String::new();
    let trimmed = address.trim_start_matches(|one: char| one <= ' ');
    let mut rest = "";
    for (at, one) in trimmed.char_indices() {
        match one {
            '\t' | '\n' | '\r' => {}
            ':' => {
                rest = trimmed.get(at..).unwrap_or_default();
                break;
            }
            // An escape of JSON may be anything.
            '\\' => return true,
            _ if one.is_ascii_alphanumeric() || "+-.".contains(one) => {
                scheme.push(one.to_ascii_lowercase());
            }
            _ => return false,
        }
    }
    if rest.is_empty() {
        return false;
    }
    match scheme.as_str() {
        "javascript" | "vbscript" => true,
        "data" => !["image/", "video/", "audio/", "font/"].iter().any(|kind| {
            let kind = format!(":{kind}");
            rest.get(..kind.len()).is_some_and(|told| told.eq_ignore_ascii_case(&kind))
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
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
        ] {
            assert_eq!(harmless("href", address), format!("unsafe:{address}"), "{address:?}");
            assert_eq!(harmless("title", address), address, "no address");
        }
        assert_eq!(harmless(".href", "\"javascript:x\""), "\"unsafe:javascript:x\"");
        assert_eq!(harmless(".href", "\"\\u006aavascript:x\""), "\"unsafe:\\u006aavascript:x\"");
        assert_eq!(harmless("SRC", "javascript:x"), "unsafe:javascript:x");
        assert_eq!(harmless("attributeName", "xlink:HREF"), "unsafe:xlink:HREF", "of an animation");
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
            "blob:x",
            "javascript",
            "a:b",
            "é:javascript:x",
        ] {
            assert_eq!(harmless("href", address), address);
        }
    }
}
