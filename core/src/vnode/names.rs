//! The names of elements and attributes: which are possible, and by which number each is known.

use core::fmt;
use std::borrow::Borrow;
use std::sync::Arc;

use super::url;
use crate::error::{Code, Error};
use crate::limit::{VIEW_NAME_BYTES, VIEW_NAMES};
use crate::map::Map;

/// A name of an element or an attribute, as its number in a table of [`Names`].
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NameId(u32);

impl NameId {
    /// The number of the key of an element, which every table begins with.
    pub const KEY: Self = Self(0);

    /// A number as a name.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for NameId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// Names by number and numbers by name. A name keeps its number, so that of two tables of which one is
/// older the newer begins with it.
#[derive(Clone, Debug)]
pub struct Names {
    ordered: Vec<Name>,
    /// Which of them are of attributes whose values may run a program.
    suspects: Vec<bool>,
    numbers: Map<Name, NameId>,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Name(Arc<str>);

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::new()
    }
}

impl Names {
    /// A table with nothing but the name of keys.
    #[must_use]
    pub fn new() -> Self {
        let mut names = Self { ordered: Vec::new(), suspects: Vec::new(), numbers: Map::new() };
        names.put("key");
        names
    }

    /// The number of an element's name; letters are as they are given.
    ///
    /// # Errors
    ///
    /// `InvalidName` for what HTML has as no name of an element: a letter, then letters, digits and any of
    /// `-._:`, 128 bytes at most. `TooMany` beyond 65,536 names.
    pub fn tag(&mut self, name: &str) -> Result<NameId, Error> {
        let begins = name.bytes().next().is_some_and(|first| first.is_ascii_alphabetic());
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
        self.checked(name, begins && name.bytes().all(is_part), "a name of an element")
    }

    /// The number of an attribute's name; with a dot in front it is a property of the element.
    ///
    /// # Errors
    ///
    /// `InvalidName` for what HTML has as no name of an attribute: spaces, controls and any of `"'<>/=`; and
    /// for names that make a program or a document of their value: those that begin with `on`, `srcdoc`,
    /// `innerHTML` and `outerHTML`, and the property `.protocol`, which makes one of any address. 128 bytes at most. `TooMany` beyond 65,536 names.
    pub fn attr(&mut self, name: &str) -> Result<NameId, Error> {
        let bare = name.strip_prefix('.').unwrap_or(name);
        let begins =
            |with: &str| bare.get(..with.len()).is_some_and(|p| p.eq_ignore_ascii_case(with));
        let is_any = |names: &[&str]| names.iter().any(|name| bare.eq_ignore_ascii_case(name));
        let harmless = !begins("on")
            && !is_any(&["srcdoc", "innerhtml", "outerhtml"])
            && !name.eq_ignore_ascii_case(".protocol");
        let is_none =
            |one: char| one.is_whitespace() || one.is_control() || "\"'<>/=".contains(one);
        let right = !bare.is_empty() && !bare.contains(is_none);
        self.checked(name, right && harmless, "a name of an attribute that is no program")
    }

    fn checked(
        &mut self,
        name: &str,
        right: bool,
        expected: &'static str,
    ) -> Result<NameId, Error> {
        if let Some(number) = self.numbers.get(name) {
            return if right {
                Ok(*number)
            } else {
                Err(Error::new(Code::InvalidName, expected, name))
            };
        }
        if !right {
            return Err(Error::new(Code::InvalidName, expected, name));
        }
        if name.len() > VIEW_NAME_BYTES {
            let got = name.len();
            return Err(Error::limit(Code::InvalidName, VIEW_NAME_BYTES, "bytes of a name", got));
        }
        if self.ordered.len() >= VIEW_NAMES {
            return Err(Error::limit(Code::TooMany, VIEW_NAMES, "names", self.ordered.len()));
        }
        Ok(self.put(name))
    }

    fn put(&mut self, name: &str) -> NameId {
        let number = NameId(u32::try_from(self.ordered.len()).unwrap_or(u32::MAX));
        self.suspects.push(url::is_suspect(name));
        let name = Name(name.into());
        self.ordered.push(name.clone());
        self.numbers.insert(name, number);
        number
    }

    /// A table without even the name of keys, to be filled by [`Self::append`].
    pub(super) const fn none() -> Self {
        Self { ordered: Vec::new(), suspects: Vec::new(), numbers: Map::new() }
    }

    /// The next name of a table that somebody else has.
    pub(super) fn append(&mut self, name: &str) -> Result<(), Error> {
        let next = self.ordered.len();
        if next == 0 {
            self.put("key");
            let expected = "the name of keys before all others";
            return if name == "key" {
                Ok(())
            } else {
                Err(Error::new(Code::Malformed, expected, name))
            };
        }
        self.tag(name).or_else(|_| self.attr(name))?;
        if self.ordered.len() == next {
            return Err(Error::new(Code::Malformed, "each name once", name));
        }
        Ok(())
    }

    /// Forgets the names after so many.
    pub(super) fn truncate(&mut self, count: usize) {
        self.suspects.truncate(count);
        for name in self.ordered.drain(count.min(self.ordered.len())..) {
            self.numbers.remove(&name);
        }
    }

    /// The names in the order of their numbers.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.ordered.iter().map(|name| &*name.0)
    }

    /// The name of this number.
    #[must_use]
    pub fn get(&self, number: NameId) -> Option<&str> {
        let at = usize::try_from(number.0).ok()?;
        self.ordered.get(at).map(|name| &*name.0)
    }

    /// Refuses a number of no name.
    pub(super) fn known(&self, number: NameId) -> Result<&str, Error> {
        let name = self.get(number);
        name.ok_or_else(|| Error::new(Code::NotFound, "a name of the view", number.to_string()))
    }

    /// The name of this number if it is one of an attribute whose value has to be looked at.
    pub(super) fn suspect(&self, number: NameId) -> Result<Option<&str>, Error> {
        let at = usize::try_from(number.0).unwrap_or(usize::MAX);
        match self.suspects.get(at) {
            Some(false) => Ok(None),
            Some(true) | None => self.known(number).map(Some),
        }
    }

    /// Refuses the value of an attribute that runs a program: whoever made a patch has seen to that.
    pub(super) fn check_harmless(&self, number: NameId, value: &str) -> Result<(), Error> {
        match self.suspect(number)? {
            Some(name) if url::harmless(name, value) != value => {
                Err(Error::new(Code::Malformed, "an address that runs no program", value))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The number of a name that there is.
    pub(super) fn find(&self, name: &str) -> Option<NameId> {
        self.numbers.get(name).copied()
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ordered.len()
    }

    /// Whether there is none: never, as keys have a name.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ordered.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number() {
        let mut names = Names::new();
        let (li, class) = (names.tag("li").unwrap(), names.attr("class").unwrap());
        assert_eq!((li, class, names.len()), (NameId::new(1), NameId::new(2), 3));
        assert_eq!((names.tag("li").unwrap(), names.attr("class").unwrap()), (li, class));
        assert_eq!((names.get(class), names.get(NameId::KEY)), (Some("class"), Some("key")));
        assert_eq!(names.get(NameId::new(3)), None);
    }

    #[test]
    fn what_would_break_out_of_html_or_run_is_no_name() {
        let mut names = Names::new();
        for bad in ["", "1", "a b", "a>", "-a", "a\"", "é", "a\0"] {
            assert_eq!(names.tag(bad).unwrap_err().code, Code::InvalidName, "{bad:?}");
        }
        for bad in [
            "",
            ".",
            "a b",
            "a>",
            "a=",
            "a/",
            "a'",
            "a\n",
            "onclick",
            "OnLoad",
            ".onclick",
            "srcdoc",
            ".innerHTML",
            ".protocol",
            ".Protocol",
        ] {
            assert_eq!(names.attr(bad).unwrap_err().code, Code::InvalidName, "{bad:?}");
        }
        for good in ["class", ".value", "aria-label", "xlink:href", "@x", "data-é", "o", "protocol"]
        {
            assert!(names.attr(good).is_ok(), "{good}");
        }
        for good in ["li", "my-part", "svg:path", "H1"] {
            assert!(names.tag(good).is_ok(), "{good}");
        }
        let long = "a".repeat(VIEW_NAME_BYTES + 1);
        assert_eq!(names.tag(&long).unwrap_err().code, Code::InvalidName);
    }

    #[test]
    fn names_do_not_grow_without_bound() {
        let mut names = Names::new();
        let more = (0..VIEW_NAMES).find_map(|nth| names.tag(&format!("x{nth}")).err());
        assert_eq!(more.unwrap().code, Code::TooMany);
        assert!(names.tag("x1").is_ok());
    }
}
