//! Strings: where they end, and the one way in which each character is written (RFC 8785, section
//! 3.2.2.2).

use std::borrow::Cow;

/// A byte in each place of a word.
const EACH: u64 = 0x0101_0101_0101_0101;
/// The top bit of each byte of a word.
const TOPS: u64 = 0x8080_8080_8080_8080;

/// Bytes of a text as JSON, quotes left out.
pub(crate) fn json_bytes(text: &str) -> usize {
    let bytes = text.bytes().map(|byte| match byte {
        0..0x20 => 6,
        b'"' | b'\\' => 2,
        _ => 1_usize,
    });
    bytes.fold(0, usize::saturating_add)
}

/// What is wrong with an escape.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BadEscape {
    /// No such escape; the offset is that of what does not belong.
    Unknown(usize),
    /// A surrogate without its partner.
    LoneSurrogate,
}

/// Where the characters that stand for themselves end: at a quote, a backslash, a control character
/// or the end of the bytes.
pub(super) fn plain_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let hits = special(u64::from_le_bytes(*word));
        if hits != 0 {
            let byte = usize::try_from(hits.trailing_zeros() >> 3).unwrap_or_default();
            return at.saturating_add(byte);
        }
        at = at.saturating_add(8);
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let plain = rest.iter().position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\');
    at.saturating_add(plain.unwrap_or(rest.len()))
}

/// The end of a well-formed string, given the place after its opening quote.
pub(super) fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut at = plain_end(bytes, at);
    while bytes.get(at) == Some(&b'\\') {
        at = plain_end(bytes, at.saturating_add(2));
    }
    at.saturating_add(1).min(bytes.len())
}

/// The character of an escape and where the escape ends; `at` is that of its backslash.
pub(super) fn escape(bytes: &[u8], at: usize) -> Result<(char, usize), BadEscape> {
    let kind = at.saturating_add(1);
    let char = match bytes.get(kind) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(bytes, at),
        Some(_) | None => return Err(BadEscape::Unknown(kind)),
    };
    Ok((char, kind.saturating_add(1)))
}

/// Appends a character as canonical JSON has it within a string.
pub(super) fn push_char(out: &mut String, char: char) {
    match char {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\u{c}' => out.push_str("\\f"),
        '\r' => out.push_str("\\r"),
        '\0'..='\u{1f}' => {
            let code = u32::from(char);
            out.push_str(if code < 0x10 { "\\u000" } else { "\\u001" });
            out.extend(char::from_digit(code & 0xf, 16));
        }
        _ => out.push(char),
    }
}

/// The canonical JSON of a string.
///
/// ```
/// assert_eq!(syncline_core::value::quoted("a\"\n"), r#""a\"\n""#);
/// ```
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(2));
    out.push('"');
    let mut rest = text;
    loop {
        let (plain, special) =
            rest.split_at_checked(plain_end(rest.as_bytes(), 0)).unwrap_or((rest, ""));
        out.push_str(plain);
        let mut chars = special.chars();
        let Some(char) = chars.next() else { break };
        push_char(&mut out, char);
        rest = chars.as_str();
    }
    out.push('"');
    out
}

/// The text of a canonical JSON string, its quotes included.
pub(super) fn unquoted(json: &str) -> Option<Cow<'_, str>> {
    let mut rest = json.strip_prefix('"')?.strip_suffix('"')?;
    if !rest.contains('\\') {
        return Some(Cow::Borrowed(rest));
    }
    let mut out = String::with_capacity(rest.len());
    loop {
        let (plain, special) = rest.split_at_checked(plain_end(rest.as_bytes(), 0))?;
        out.push_str(plain);
        if special.is_empty() {
            return Some(Cow::Owned(out));
        }
        let (char, end) = escape(special.as_bytes(), 0).ok()?;
        out.push(char);
        rest = special.get(end..)?;
    }
}

fn unicode(bytes: &[u8], at: usize) -> Result<(char, usize), BadEscape> {
    let (first, end) = unit(bytes, at)?;
    if let Some(Ok(char)) = char::decode_utf16([first]).next() {
        return Ok((char, end));
    }
    if bytes.get(end..end.saturating_add(2)) != Some(b"\\u") {
        return Err(BadEscape::LoneSurrogate);
    }
    let (second, end) = unit(bytes, end)?;
    match char::decode_utf16([first, second]).next() {
        Some(Ok(char)) => Ok((char, end)),
        _ => Err(BadEscape::LoneSurrogate),
    }
}

/// The four hexadecimal digits of an escape whose backslash is at `at`.
fn unit(bytes: &[u8], at: usize) -> Result<(u16, usize), BadEscape> {
    let start = at.saturating_add(2);
    let rest = bytes.get(start..).unwrap_or_default();
    let good = rest.iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let bad = BadEscape::Unknown(start.saturating_add(good));
    let digits = rest.get(..4).filter(|_| good == 4).ok_or(bad)?;
    let digits = core::str::from_utf8(digits).map_err(|_| bad)?;
    let unit = u16::from_str_radix(digits, 16).map_err(|_| bad)?;
    Ok((unit, start.saturating_add(4)))
}

/// Sets the top bit of each byte that does not stand for itself. Bytes above the lowest such byte
/// may be marked wrongly, by a borrow.
const fn special(word: u64) -> u64 {
    let quote = word ^ EACH.wrapping_mul(0x22);
    let backslash = word ^ EACH.wrapping_mul(0x5c);
    let is_quote = quote.wrapping_sub(EACH) & !quote;
    let is_backslash = backslash.wrapping_sub(EACH) & !backslash;
    let is_control = word.wrapping_sub(EACH.wrapping_mul(0x20)) & !word;
    (is_quote | is_backslash | is_control) & TOPS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_what_stands_for_itself_is_found_at_every_offset() {
        for special in [b'"', b'\\', 0, 0x1f, b'\n'] {
            for plain in [0x20, b'!', b'#', b'[', b']', 0x7f, 0x80, 0xff, b'a'] {
                for before in 0..20 {
                    for after in [0, 1, 7, 8, 15] {
                        let mut bytes = vec![plain; before];
                        bytes.push(special);
                        bytes.extend(vec![special; after]);
                        assert_eq!(plain_end(&bytes, 0), before);
                        assert_eq!(plain_end(&bytes, before / 2), before);
                        assert_eq!(plain_end(&bytes[..before], 0), before);
                    }
                }
            }
        }
        assert_eq!(plain_end(b"", 0), 0);
        assert_eq!(plain_end(b"abc", 9), 9);
    }

    /// RFC 8785, section 3.2.2.2, and the example of its section 3.2.2.
    #[test]
    fn each_character_has_one_spelling() {
        #[rustfmt::skip]
        let table = [
            ("\u{8}\t\n\u{c}\r", r#""\b\t\n\f\r""#), ("\"\\/", r#""\"\\/""#),
            ("\0\u{1}\u{b}\u{e}\u{1f}\u{20}", r#""\u0000\u0001\u000b\u000e\u001f ""#),
            ("\u{7f}\u{80}\u{2028}\u{ffff}\u{10ffff}", "\"\u{7f}\u{80}\u{2028}\u{ffff}\u{10ffff}\""),
            ("\u{20ac}$\u{f}\nA'B\"\\\\\"/", r#""€$\u000f\nA'B\"\\\\\"/""#), ("", r#""""#),
        ];
        for (text, json) in table {
            assert_eq!(quoted(text), json);
            assert_eq!(unquoted(json).as_deref(), Some(text));
            assert_eq!(string_end(json.as_bytes(), 1), json.len());
        }
    }

    #[test]
    fn escapes() {
        use BadEscape::{LoneSurrogate, Unknown};
        #[rustfmt::skip]
        let table = [
            (r"\n", Ok(('\n', 2))), (r"\/", Ok(('/', 2))), (r"\u0041", Ok(('A', 6))),
            (r"\u00e9x", Ok(('é', 6))), (r"\u00E9", Ok(('é', 6))), (r"\uFFFF", Ok(('\u{ffff}', 6))),
            (r"\ud83d\ude00", Ok(('😀', 12))), (r"\uDBFF\uDFFF", Ok(('\u{10ffff}', 12))),
            (r"\ud83d", Err(LoneSurrogate)), (r"\ud83dx", Err(LoneSurrogate)),
            (r"\ud83d\n", Err(LoneSurrogate)), (r"\ud83d\u0041", Err(LoneSurrogate)),
            (r"\ud83d\ud83d", Err(LoneSurrogate)), (r"\ude00\ud83d", Err(LoneSurrogate)),
            (r"\x", Err(Unknown(1))), (r"\", Err(Unknown(1))), (r"\U0041", Err(Unknown(1))),
            (r"\u+041", Err(Unknown(2))), (r"\u12", Err(Unknown(4))), (r"\u12g4", Err(Unknown(4))),
            (r"\ud83d\u12", Err(Unknown(10))),
        ];
        for (text, expected) in table {
            assert_eq!(escape(text.as_bytes(), 0), expected, "{text}");
        }
    }
}
