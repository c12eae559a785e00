//! JSON text as it is read: where one stands in it, and what comes there.

use std::borrow::Cow;

use crate::error::{Code, Error};
use crate::limit::{Limits, VIEW_DEPTH, VIEW_TEXT};
use crate::value::Value;

/// Levels of JSON that a tree takes, which are two for each of its own at most.
const DEPTH: usize = VIEW_DEPTH * 2 + 8;

/// Where each array and object of a text ends, by where it begins, so that each is gone past at once.
pub(super) struct Ends(Vec<(usize, usize)>);

/// A place in JSON text.
#[derive(Clone, Copy)]
pub(super) struct Pull<'a> {
    text: &'a str,
    at: usize,
    ends: &'a [(usize, usize)],
}

impl Ends {
    /// Checks that a text is JSON and nothing else.
    pub(super) fn of(text: &str) -> Result<Self, Error> {
        let mut whole = Pull { text, at: 0, ends: &[] };
        let mut ends = Vec::new();
        whole.check(&mut ends)?;
        whole.space();
        if whole.at < text.len() {
            return Err(whole.unexpected("the end of the text"));
        }
        Ok(Self(ends))
    }
}

impl<'a> Pull<'a> {
    /// The beginning of a text that was checked.
    pub(super) fn of(text: &'a str, ends: &'a Ends) -> Self {
        Self { text, at: 0, ends: &ends.0 }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let is_it = self.peek() == Some(byte);
        self.at = self.at.saturating_add(usize::from(is_it));
        is_it
    }

    pub(super) fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at = self.at.saturating_add(1);
        }
    }

    pub(super) fn at_value(mut self) -> Self {
        self.space();
        self
    }

    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, Error> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let inside = rest.strip_prefix('"').ok_or_else(|| self.unexpected("a string"))?;
        let plain = inside.find(|one: char| one == '"' || one == '\\' || one < ' ');
        let plain = plain.ok_or_else(|| self.unexpected("the end of a string"))?;
        if inside.as_bytes().get(plain) == Some(&b'"') {
            self.at = self.at.saturating_add(plain).saturating_add(2);
            return Ok(Cow::Borrowed(inside.get(..plain).unwrap_or_default()));
        }
        let mut escaped = false;
        let end = inside.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        let end = end.ok_or_else(|| self.unexpected("the end of a string"))?.saturating_add(2);
        let limits = Limits { value_bytes: VIEW_TEXT, ..Limits::HARD };
        let value = Value::from_json(rest.get(..end).unwrap_or_default().as_bytes(), &limits)?;
        self.at = self.at.saturating_add(end);
        Ok(Cow::Owned(value.as_text().unwrap_or_default()))
    }

    pub(super) fn number(&mut self) -> Result<String, Error> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_part = |one: char| one.is_ascii_digit() || "+-.eE".contains(one);
        let end = rest.find(|one| !is_part(one)).unwrap_or(rest.len());
        let value =
            Value::from_json(rest.get(..end).unwrap_or_default().as_bytes(), &Limits::HARD)?;
        self.at = self.at.saturating_add(end);
        Ok(value.to_json())
    }

    fn word(&mut self) -> Result<&'static str, Error> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let word = ["null", "true", "false"].into_iter().find(|word| rest.starts_with(word));
        let word = word.ok_or_else(|| self.unexpected("a value"))?;
        self.at = self.at.saturating_add(word.len());
        Ok(word)
    }

    /// A string or a number as text, `true` as the empty one, and what is none.
    pub(super) fn scalar(&mut self, expected: &'static str) -> Result<Option<Cow<'a, str>>, Error> {
        match self.peek() {
            Some(b'"') => self.string().map(Some),
            Some(b'-' | b'0'..=b'9') => self.number().map(|number| Some(Cow::Owned(number))),
            Some(b'{' | b'[') => Err(Error::new(Code::InvalidArgument, expected, self.shown())),
            _ => Ok(Some(Cow::Borrowed("")).filter(|_| self.peek() == Some(b't'))),
        }
    }

    /// The members of an object, in order.
    pub(super) fn members(
        mut self,
        mut take: impl FnMut(&str, Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if !self.eat(b'{') {
            return Ok(());
        }
        loop {
            self.space();
            if self.eat(b'}') {
                return Ok(());
            }
            self.eat(b',');
            self.space();
            let name = self.string()?;
            self.space();
            self.eat(b':');
            self.space();
            take(&name, self)?;
            self.skip()?;
        }
    }

    /// A value, as the text that it is.
    pub(super) fn whole(&mut self) -> Result<&'a str, Error> {
        let from = self.at;
        self.skip()?;
        Ok(self.text.get(from..self.at).unwrap_or_default())
    }

    /// Goes past a value.
    pub(super) fn skip(&mut self) -> Result<(), Error> {
        self.space();
        match self.peek() {
            Some(b'"') => drop(self.string()?),
            Some(b'-' | b'0'..=b'9') => drop(self.number()?),
            Some(b'[' | b'{') => {
                let known = self.ends.binary_search_by_key(&self.at, |(start, _)| *start);
                let end = known.ok().and_then(|nth| self.ends.get(nth));
                self.at = end.map_or(self.text.len(), |(_, end)| *end);
            }
            _ => drop(self.word()?),
        }
        Ok(())
    }

    /// Goes past a value, which is checked on the way, and writes down where arrays and objects end.
    fn check(&mut self, ends: &mut Vec<(usize, usize)>) -> Result<(), Error> {
        // What each ends with, and which it is.
        let mut open: Vec<(u8, usize)> = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(b'"') => drop(self.string()?),
                Some(b'-' | b'0'..=b'9') => drop(self.number()?),
                Some(start @ (b'[' | b'{')) => {
                    if open.len() >= DEPTH {
                        return Err(Error::limit(
                            Code::TooDeep,
                            DEPTH,
                            "levels of JSON",
                            open.len(),
                        ));
                    }
                    let nth = ends.len();
                    ends.push((self.at, 0));
                    self.eat(start);
                    self.space();
                    let end = if start == b'[' { b']' } else { b'}' };
                    if self.eat(end) {
                        self.note(ends, nth);
                    } else {
                        open.push((end, nth));
                        if end == b'}' {
                            self.name()?;
                        }
                        continue;
                    }
                }
                _ => drop(self.word()?),
            }
            // A value is over, and perhaps what it is in.
            loop {
                let Some((end, nth)) = open.last().copied() else { return Ok(()) };
                self.space();
                if self.eat(end) {
                    self.note(ends, nth);
                    open.pop();
                    continue;
                }
                if !self.eat(b',') {
                    return Err(self.unexpected("a comma or a closing bracket"));
                }
                if end == b'}' {
                    self.name()?;
                }
                break;
            }
        }
    }

    fn note(&self, ends: &mut [(usize, usize)], nth: usize) {
        if let Some((_, end)) = ends.get_mut(nth) {
            *end = self.at;
        }
    }

    fn name(&mut self) -> Result<(), Error> {
        self.space();
        drop(self.string()?);
        self.space();
        if self.eat(b':') { Ok(()) } else { Err(self.unexpected("a colon")) }
    }

    pub(super) fn unexpected(&self, expected: &str) -> Error {
        let got = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        let got = got.map_or_else(|| "the end".to_owned(), |one| format!("{one:?}"));
        Error::new(Code::InvalidJson, format!("{expected} at byte {}", self.at), got)
    }

    pub(super) fn shown(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }
}
