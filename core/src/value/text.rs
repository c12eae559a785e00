//! Strings: where they end, and the one way in which each character is written (RFC 8785, section
//! 3.2.2.2).

use std::borrow::Cow;

/// A byte in each place of a word.
const EACH: u64 = 0x0101_0101_0101_0101;
/// The top bit of each byte of a word.
const TOPS: u64 = 0x8080_8080_8080_8080;

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
pub(super) fn quoted(text: &str) -> String {
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
    let is_high = (0xd800..0xdc00).contains(&first);
    let escapes = bytes.get(end..end.saturating_add(2)) == Some(b"\\u");
    if !is_high || !escapes {
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
