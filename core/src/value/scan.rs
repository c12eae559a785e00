//! Which text is JSON, and its canonical form: one pass with an explicit stack, which copies nothing
//! as long as the text is canonical already.

use core::ops::Range;
use std::borrow::Cow;

use super::duplicate;
use super::number::{self, Number};
use super::shape::{self, Shape};
use super::text::{self, BadEscape};
use crate::error::{Code, Error};
use crate::limit::Limits;

/// Up to this many members, comparing each name with each is faster than sorting them.
const FEW: usize = 8;

/// The canonical form of JSON text, and its extent.
pub(super) fn canonical<'a>(
    text: &'a str,
    limits: &Limits,
) -> Result<(Cow<'a, str>, Shape), Error> {
    let mut scan = Scan {
        text,
        limits,
        at: 0,
        out: String::new(),
        clean: 0,
        levels: Vec::new(),
        names: Vec::new(),
        shape: Shape::SCALAR,
        dropped: false,
    };
    scan.run()?;
    Ok(scan.finish())
}

/// A place in the text, and the canonical form of what is before it.
///
/// That form is `out` followed by `text[clean..at]`. A *position* counts bytes of it: it stays right
/// when the second part is moved to the first.
struct Scan<'a, 'l> {
    text: &'a str,
    limits: &'l Limits,
    at: usize,
    out: String,
    clean: usize,
    /// The arrays and objects that are open, outermost first.
    levels: Vec<Level>,
    /// The positions of the names of all open objects' members, outermost object first.
    names: Vec<Range<usize>>,
    shape: Shape,
    /// Whether a member of a repeated name was left out.
    dropped: bool,
}

/// An open array or object.
struct Level {
    is_object: bool,
    /// Items or members met so far.
    items: usize,
    /// The position of its opening bracket.
    start: usize,
    /// How many names of enclosing objects there are.
    outer_names: usize,
}

/// What the text must go on with.
enum Next {
    Value,
    /// A comma or a closing bracket, or the end.
    After,
}

impl<'a> Scan<'a, '_> {
    fn run(&mut self) -> Result<(), Error> {
        let mut next = Next::Value;
        loop {
            self.skip_space();
            next = match next {
                Next::Value => self.value()?,
                Next::After if self.levels.is_empty() => {
                    if self.at == self.text.len() {
                        return Ok(());
                    }
                    return Err(self.unexpected("the end of the text"));
                }
                Next::After => self.after_item()?,
            };
        }
    }

    fn finish(mut self) -> (Cow<'a, str>, Shape) {
        if self.clean == 0 {
            return (Cow::Borrowed(self.text), self.shape);
        }
        self.flush();
        let shape = if self.dropped { Shape::of(&self.out) } else { self.shape };
        (Cow::Owned(self.out), shape)
    }

    fn value(&mut self) -> Result<Next, Error> {
        match self.peek() {
            Some(b'"') => self.string()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'{') => return self.open(true),
            Some(b'[') => return self.open(false),
            Some(b't') => self.word("true")?,
            Some(b'f') => self.word("false")?,
            Some(b'n') => self.word("null")?,
            Some(_) | None => return Err(self.unexpected("a value")),
        }
        Ok(Next::After)
    }

    fn open(&mut self, is_object: bool) -> Result<Next, Error> {
        let depth = self.levels.len().saturating_add(1);
        shape::check_depth(depth, self.limits)?;
        self.shape = self.shape.with_depth(depth);
        self.levels.push(Level {
            is_object,
            items: 0,
            start: self.position(),
            outer_names: self.names.len(),
        });
        self.step();
        self.skip_space();
        if self.peek() == Some(if is_object { b'}' } else { b']' }) {
            self.close();
            return Ok(Next::After);
        }
        self.begin_item(is_object)
    }

    /// What follows an item or a member of the innermost level.
    fn after_item(&mut self) -> Result<Next, Error> {
        let is_object = self.levels.last().is_some_and(|level| level.is_object);
        match (self.peek(), is_object) {
            (Some(b','), _) => {
                self.step();
                self.skip_space();
                self.begin_item(is_object)
            }
            (Some(b'}'), true) | (Some(b']'), false) => {
                self.close();
                Ok(Next::After)
            }
            (_, true) => Err(self.unexpected("`,` or `}`")),
            (_, false) => Err(self.unexpected("`,` or `]`")),
        }
    }

    /// Counts an item; reads a member's name.
    fn begin_item(&mut self, is_object: bool) -> Result<Next, Error> {
        if let Some(level) = self.levels.last_mut() {
            level.items = level.items.saturating_add(1);
            shape::check_items(level.items, self.limits)?;
        }
        if is_object {
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a member's name"));
            }
            let start = self.position();
            self.string()?;
            if start < self.out.len() {
                // A name is looked at later: it must not lie in both parts.
                self.flush();
            }
            self.names.push(start..self.position());
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("`:`"));
            }
            self.step();
        }
        Ok(Next::Value)
    }

    fn close(&mut self) {
        if let Some(level) = self.levels.pop() {
            self.shape = self.shape.with_items(level.items);
            if level.items > 1 && level.is_object {
                self.drop_repeated(&level);
            }
            self.names.truncate(level.outer_names);
        }
        self.step();
    }

    /// Leaves out the members of the innermost object, not closed yet, whose place or value another
    /// one takes.
    fn drop_repeated(&mut self, level: &Level) {
        let spans = self.names.get(level.outer_names..).unwrap_or_default();
        if spans.len() <= FEW && !self.repeats(spans) {
            return;
        }
        let names: Vec<&[u8]> = spans.iter().map(|span| self.bytes_of(span)).collect();
        let Some(kept) = duplicate::kept(&names) else { return };
        let ends: Vec<usize> =
            spans.iter().skip(1).map(|next| next.start.saturating_sub(1)).collect();
        let spans = spans.to_vec();
        self.flush();
        let end = self.out.len();
        let mut object = String::with_capacity(end.saturating_sub(level.start));
        object.push('{');
        for (name, value) in spans.iter().zip(&kept) {
            let Some(value) = *value else { continue };
            let start = spans.get(value).map_or(end, |span| span.end);
            let end = ends.get(value).copied().unwrap_or(end);
            if object.len() > 1 {
                object.push(',');
            }
            object.push_str(self.out.get(name.clone()).unwrap_or_default());
            object.push_str(self.out.get(start..end).unwrap_or_default());
        }
        self.out.truncate(level.start);
        self.out.push_str(&object);
        self.dropped = true;
    }

    /// Whether two of these names are equal, by comparing each with each.
    fn repeats(&self, spans: &[Range<usize>]) -> bool {
        let equal = |one: &Range<usize>, two: &Range<usize>| {
            one.len() == two.len() && self.bytes_of(one) == self.bytes_of(two)
        };
        let repeats = |(at, one)| spans.iter().take(at).any(|two| equal(one, two));
        spans.iter().enumerate().any(repeats)
    }

    fn string(&mut self) -> Result<(), Error> {
        let bytes = self.text.as_bytes();
        self.step();
        loop {
            self.at = text::plain_end(bytes, self.at);
            match bytes.get(self.at) {
                Some(b'"') => {
                    self.step();
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.unexpected("no control character in a string")),
                None => return Err(self.unexpected("the end of the string")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Error> {
        let bytes = self.text.as_bytes();
        let (char, end) = text::escape(bytes, self.at).map_err(|bad| match bad {
            BadEscape::Unknown(at) => self.unexpected_at(at, "an escape that JSON has"),
            BadEscape::LoneSurrogate => {
                let escape = self.text.get(self.at..self.at.saturating_add(6)).unwrap_or_default();
                let got = format!("{escape} alone at byte {}", self.at);
                Error::new(Code::LoneSurrogate, "a high surrogate before a low one", got)
            }
        })?;
        if matches!(bytes.get(self.at.saturating_add(1)), Some(b'/' | b'u')) {
            self.flush();
            text::push_char(&mut self.out, char);
            self.clean = end;
        }
        self.at = end;
        Ok(())
    }

    fn number(&mut self) -> Result<(), Error> {
        let (end, form) = number::spelling(self.text.as_bytes(), self.at)
            .map_err(|at| self.unexpected_at(at, "a digit"))?;
        let spelled = self.text.get(self.at..end).unwrap_or_default();
        if !number::is_plain(spelled, form) {
            let number = Number::read(spelled, form).ok_or_else(|| {
                let digits = spelled.get(..40).unwrap_or(spelled);
                number::out_of_range(&format!("{digits} at byte {}", self.at))
            })?;
            if !number.is_spelled(spelled, form) {
                self.flush();
                number.write(&mut self.out);
                self.clean = end;
            }
        }
        self.at = end;
        Ok(())
    }

    fn word(&mut self, word: &'static str) -> Result<(), Error> {
        let end = self.at.saturating_add(word.len());
        if self.text.as_bytes().get(self.at..end) != Some(word.as_bytes()) {
            return Err(self.unexpected("a value"));
        }
        self.at = end;
        Ok(())
    }

    fn skip_space(&mut self) {
        // What is canonical has no space: look at one byte before looking for how many.
        if self.peek().is_none_or(|byte| byte > b' ') {
            return;
        }
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let count = rest.iter().take_while(is_space).count();
        if count > 0 {
            self.flush();
            self.at = self.at.saturating_add(count);
            self.clean = self.at;
        }
    }

    /// Moves what is canonical and not yet in `out` there.
    fn flush(&mut self) {
        self.out.push_str(self.text.get(self.clean..self.at).unwrap_or_default());
        self.clean = self.at;
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    const fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    const fn position(&self) -> usize {
        self.out.len().saturating_add(self.at.saturating_sub(self.clean))
    }

    /// The bytes at positions that lie in one part.
    fn bytes_of(&self, span: &Range<usize>) -> &[u8] {
        let done = self.out.len();
        let found = if span.start < done {
            self.out.as_bytes().get(span.clone())
        } else {
            let from = |position: usize| position.saturating_sub(done).saturating_add(self.clean);
            self.text.as_bytes().get(from(span.start)..from(span.end))
        };
        found.unwrap_or_default()
    }

    fn unexpected(&self, expected: &'static str) -> Error {
        self.unexpected_at(self.at, expected)
    }

    fn unexpected_at(&self, at: usize, expected: &'static str) -> Error {
        let got = match self.text.get(at..).and_then(|rest| rest.chars().next()) {
            // As the text would have it, and not as Rust's source: the tables for that are large.
            Some(char) => {
                let mut got = String::from("'");
                text::push_char(&mut got, char);
                got + &format!("' at byte {at}")
            }
            None => "the end of the text".to_owned(),
        };
        Error::new(Code::InvalidJson, expected, got)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let (found, shape) = canonical(text, &Limits::default()).unwrap();
        assert_eq!(found, expected, "{text}");
        assert_eq!(shape, Shape::of(expected), "{text}");
    }

    fn refused(text: &str, code: Code) -> Error {
        let error = canonical(text, &Limits::default()).unwrap_err();
        assert_eq!(error.code, code, "{text}: {error}");
        error
    }

    #[test]
    fn the_example_of_the_rfc_is_canonical_but_for_the_order_of_members() {
        let text = r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#;
        let expected = concat!(
            r#"{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#,
            r#""string":"€$\u000f\nA'B\"\\\\\"/","literals":[null,true,false]}"#
        );
        check(text, expected);
    }

    #[test]
    fn what_is_canonical_is_not_copied() {
        for text in [r#"{"a":[1,-2.5,"x\n\"y",{"b":null}],"c":{}}"#, "true", "0", "[]", r#""é""#] {
            let (found, _) = canonical(text, &Limits::default()).unwrap();
            assert!(matches!(found, Cow::Borrowed(_)), "{text}");
        }
        let (found, _) = canonical("[ 1]", &Limits::default()).unwrap();
        assert!(matches!(found, Cow::Owned(_)));
    }

    #[test]
    fn white_space_is_left_out() {
        check(" \t\r\n[ 1 , { \"a b\" : [ ] , \"c\" : { } } ] \n", r#"[1,{"a b":[],"c":{}}]"#);
        check(" null ", "null");
    }

    #[test]
    fn of_repeated_names_the_first_gives_the_place_and_the_last_the_value() {
        #[rustfmt::skip]
        let table = [
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
            (r#"{"a":1,"\u0061":2}"#, r#"{"a":2}"#),
            (r#"{"\u0061":1,"b":0,"a":2}"#, r#"{"a":2,"b":0}"#),
            (r#"{ "/" : 1 , "\/" : [ 2 ] }"#, r#"{"/":[2]}"#),
            (r#"{"":1,"":2,"":3}"#, r#"{"":3}"#),
            (r#"[{"a":{"b":1,"b":2},"c":0,"a":{"b":3,"d":4,"b":5}},6]"#, r#"[{"a":{"b":5,"d":4},"c":0},6]"#),
            (r#"{"a":[[[1]]],"a":2}"#, r#"{"a":2}"#),
            (r#"{"a":[1,2,3,4],"b":{"a":1,"a":2},"a":2}"#, r#"{"a":2,"b":{"a":2}}"#),
            (r#"{"a":1,"A":2,"aa":3}"#, r#"{"a":1,"A":2,"aa":3}"#),
        ];
        for (text, expected) in table {
            check(text, expected);
        }
        let many: Vec<String> = (0..1_000).map(|n| format!("\"k{}\":{n}", n % 100)).collect();
        let kept: Vec<String> = (0..100).map(|n| format!("\"k{n}\":{}", n + 900)).collect();
        check(&format!("{{{}}}", many.join(",")), &format!("{{{}}}", kept.join(",")));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        #[rustfmt::skip]
        let table = [
            "", " ", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "undefined", "'a'",
            "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{]", "[}",
            "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{\"a\" 1}",
            "{\"a\":}", "{a:1}", "{1:1}", "{null:1}", "{\"a\":1]", "{\"a\",1}", "{\"a\":1 \"b\":2}",
            "1 2", "[] []", "{}x", "null,", "01", "-", "-01", "+1", ".5", "1.", "1.e1", "1e", "1e+",
            "0x1", "1_0", "١", "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
            "\"\\u+123\"", "\"\n\"", "\"\t\"", "\"\0\"", "\"\u{1f}\"", "[\"a\u{1}\"]",
            "{\"a\u{2}\":1}", "\u{feff}1", "\u{a0}1", "1\u{c}", "\u{b}1", "/**/1", "1//", "[1]\0",
            "\"a\" \"b\"", "\"\\", "\"\\u", "tru", "[tru]", "fals", "[nul,1]",
        ];
        for text in table {
            refused(text, Code::InvalidJson);
        }
        assert_eq!(refused("[1,x]", Code::InvalidJson).got, "'x' at byte 3");
        assert_eq!(refused("[1,\u{1}]", Code::InvalidJson).got, r"'\u0001' at byte 3");
        assert_eq!(refused("[1,", Code::InvalidJson).got, "the end of the text");
    }

    #[test]
    fn a_surrogate_without_its_partner_is_refused_by_its_place() {
        for text in
            [r#""\ud800""#, r#""\udc00""#, r#""\ud800\ud800""#, r#""\ud800x""#, r#""\udc00\ud800""#]
        {
            refused(text, Code::LoneSurrogate);
        }
        let error = refused(r#"{"a":"ok","\uDEAD":1}"#, Code::LoneSurrogate);
        assert_eq!(error.got, r"\uDEAD alone at byte 11");
    }

    #[test]
    fn a_number_that_would_change_is_refused_by_its_place() {
        for text in ["1e999", "[-1e999]", "9007199254740993", r#"{"a":18446744073709551615}"#] {
            refused(text, Code::NumberOutOfRange);
        }
        let error = refused("[0,9007199254740993]", Code::NumberOutOfRange);
        assert_eq!(error.got, "9007199254740993 at byte 3");
    }

    #[test]
    fn nesting_is_bounded_however_deep_the_text() {
        let nested = |open: &str, depth: usize, close: &str| {
            format!("{}1{}", open.repeat(depth), close.repeat(depth))
        };
        let limits = Limits { depth: 3, ..Limits::default() };
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
            let levels = if open.len() > 5 { 2 } else { 1 };
            let fits = nested(open, 3 / levels, close);
            assert!(canonical(&fits, &limits).is_ok(), "{fits}");
            let deep = nested(open, 3 / levels + 1, close);
            assert_eq!(canonical(&deep, &limits).unwrap_err().code, Code::TooDeep, "{deep}");
        }
        refused(&"[".repeat(10_000_000), Code::TooDeep);
        refused(&"{\"\":".repeat(1_000_000), Code::TooDeep);
        let boundless = Limits { depth: usize::MAX, ..Limits::default() };
        assert!(canonical(&nested("[", 64, "]"), &boundless).is_ok());
        assert_eq!(canonical(&nested("[", 65, "]"), &boundless).unwrap_err().code, Code::TooDeep);
    }

    #[test]
    fn items_are_bounded_in_each_array_and_object() {
        let limits = Limits { items: 3, ..Limits::default() };
        for fits in ["[1,2,3]", r#"{"a":1,"b":[1,2,3],"c":[4,5,6]}"#, "[[],[],[]]"] {
            assert!(canonical(fits, &limits).is_ok(), "{fits}");
        }
        for wide in ["[1,2,3,4]", "[[1,2,3,4]]", r#"{"a":1,"b":2,"c":3,"d":4}"#] {
            assert_eq!(canonical(wide, &limits).unwrap_err().code, Code::TooManyItems, "{wide}");
        }
    }
}
