//! Which tree a template's markup is: HTML as it is written, with slots, and with an error where a browser
//! would guess.

use std::borrow::Cow;

use super::build::Builder;
use super::html::{Content, VOID, is_any};
use super::names::Names;
use super::template::SLOT;
use super::tree::Tree;
use super::url::harmless;
use crate::error::{Code, Error};

/// Characters by name. All others have a number, or are written as they are.
const NAMED: [(&str, &str); 18] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", "\u{a0}"),
    ("copy", "©"),
    ("reg", "®"),
    ("deg", "°"),
    ("times", "×"),
    ("middot", "·"),
    ("bull", "•"),
    ("hellip", "…"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("larr", "←"),
    ("rarr", "→"),
    ("euro", "€"),
];

/// Splits markup at its slots, `{name}`.
pub(super) fn pieces(markup: &str) -> Result<Vec<String>, Error> {
    Ok(named_pieces(markup)?.0)
}

/// Splits markup at its slots, `{name}`, and tells their names in order.
pub(super) fn named_pieces(markup: &str) -> Result<(Vec<String>, Vec<&str>), Error> {
    let (mut pieces, mut names) = (Vec::new(), Vec::new());
    let mut piece = String::new();
    let mut rest = markup;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        piece.push_str(before);
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            piece.push_str(from.get(..1).unwrap_or_default());
            rest = after;
            continue;
        }
        let slot = from.strip_prefix('{').and_then(|from| from.split_once('}'));
        let is_name = |name: &str| {
            !name.is_empty() && name.chars().all(|one| one.is_alphanumeric() || one == '_')
        };
        match slot {
            Some((name, after)) if is_name(name) => {
                pieces.push(core::mem::take(&mut piece));
                names.push(name);
                rest = after;
            }
            _ => {
                let expected = "a slot as {name}, or a brace as {{ or }}";
                return Err(Error::new(Code::InvalidArgument, expected, from));
            }
        }
    }
    piece.push_str(rest);
    pieces.push(piece);
    Ok((pieces, names))
}

/// The tree of the pieces of markup between which slots are.
pub(super) fn read(pieces: &[&str], names: &mut Names) -> Result<Tree, Error> {
    let (first, more) = pieces.split_first().unwrap_or((&"", &[]));
    if pieces.iter().any(|piece| piece.contains(SLOT)) {
        return Err(Error::new(Code::InvalidArgument, "markup without a zero character", "one"));
    }
    let mut markup =
        Markup { whole: pieces, rest: first, more, names, tree: Builder::new(), open: Vec::new() };
    while markup.node()? {}
    match markup.open.last() {
        None => markup.tree.finish(),
        Some(open) => {
            let expected = format!("</{open}> at the end");
            Err(markup.wrong(expected))
        }
    }
}

struct Markup<'a, 'n> {
    whole: &'a [&'a str],
    /// The rest of the piece that is read.
    rest: &'a str,
    /// The pieces after it; before each is a slot.
    more: &'a [&'a str],
    names: &'n mut Names,
    tree: Builder,
    /// The names of the elements that are open.
    open: Vec<&'a str>,
}

impl<'a> Markup<'a, '_> {
    /// Reads what comes; whether there was something.
    fn node(&mut self) -> Result<bool, Error> {
        if self.rest.is_empty() {
            if !self.slot() {
                return Ok(false);
            }
            if self.content() == Content::Raw {
                return Err(self.wrong("no slot in a script or a style"));
            }
            self.tree.hole()?;
        } else if let Some(after) = self.rest.strip_prefix("</") {
            self.rest = after;
            self.end()?;
        } else if self.content() != Content::Nodes {
            self.only_text()?;
        } else if let Some(comment) = self.rest.strip_prefix("<!--") {
            let Some((_, after)) = comment.split_once("-->") else {
                return Err(self.wrong("the end of a comment without slots"));
            };
            self.rest = after;
        } else if let Some(after) = self.rest.strip_prefix('<') {
            if !after.starts_with(|one: char| one.is_ascii_alphabetic()) {
                return Err(self.wrong("a tag, or &lt;"));
            }
            self.rest = after;
            self.begin()?;
        } else {
            let end = self.rest.find('<').unwrap_or(self.rest.len());
            let text = self.take(end);
            if !(text.contains('\n') && text.chars().all(char::is_whitespace)) {
                self.tree.text(&self.decoded(text)?)?;
            }
        }
        Ok(true)
    }

    /// The text of an element that has nothing else.
    fn only_text(&mut self) -> Result<(), Error> {
        let end = self.rest.find("</").unwrap_or(self.rest.len());
        let text = self.take(end);
        if self.content() == Content::Raw {
            return self.tree.text(text);
        }
        self.tree.text(&self.decoded(text)?)
    }

    /// What the element that is open can have.
    fn content(&self) -> Content {
        Content::of(self.open.last().copied().unwrap_or_default())
    }

    fn begin(&mut self) -> Result<(), Error> {
        let name = self.name();
        let tag = self.names.tag(name)?;
        self.tree.open(tag)?;
        self.open.push(name);
        loop {
            self.space();
            if self.rest.is_empty() {
                return Err(self.wrong("slots between tags and as attributes' values"));
            }
            if let Some(after) = self.rest.strip_prefix("/>") {
                self.rest = after;
                break;
            }
            if let Some(after) = self.rest.strip_prefix('>') {
                self.rest = after;
                if !is_any(name, &VOID) {
                    return Ok(());
                }
                break;
            }
            self.attribute()?;
        }
        self.open.pop();
        self.tree.close()
    }

    fn end(&mut self) -> Result<(), Error> {
        let name = self.name();
        self.space();
        let fits = self.open.last().is_some_and(|open| open.eq_ignore_ascii_case(name));
        match self.rest.strip_prefix('>') {
            Some(after) if fits => {
                self.rest = after;
                self.open.pop();
                self.tree.close()
            }
            _ => {
                let open = self.open.last().copied();
                let expected = open
                    .map_or("no end, as nothing is open".to_owned(), |open| format!("</{open}>"));
                Err(self.wrong(expected))
            }
        }
    }

    fn attribute(&mut self) -> Result<(), Error> {
        let name = self.name();
        match name {
            "" => return Err(self.wrong("a name of an attribute")),
            "key" => return Err(self.wrong("a key where the template is used, as with each")),
            _ => {}
        }
        if name.starts_with('@') {
            return Err(self.wrong("listeners outside of the markup"));
        }
        let id = self.names.attr(name)?;
        self.space();
        let value = match self.rest.strip_prefix('=') {
            None if name.starts_with('.') => {
                return Err(self.wrong("= and a value of the property"));
            }
            None => String::new(),
            Some(after) => {
                self.rest = after;
                self.space();
                self.value()?
            }
        };
        if name.starts_with('.') && value.len() != SLOT.len_utf8() {
            return Err(self.wrong("one slot as the value of a property"));
        }
        self.tree.attr(id, &harmless(name, &value))
    }

    fn value(&mut self) -> Result<String, Error> {
        let quote = self.rest.chars().next().filter(|one| "\"'".contains(*one));
        self.rest = quote.and_then(|quote| self.rest.strip_prefix(quote)).unwrap_or(self.rest);
        let is_end = |one: char| match quote {
            Some(quote) => one == quote,
            None => one.is_whitespace() || one == '>',
        };
        let mut value = String::new();
        loop {
            // An element ends by itself after a value without quotes, if nothing else does it.
            let end = match self.rest.find(is_end) {
                None => self.rest.len(),
                Some(end)
                    if quote.is_none()
                        && self.rest.get(..end).is_some_and(|it| it.ends_with('/')) =>
                {
                    end.saturating_sub(1)
                }
                Some(end) => end,
            };
            let part = self.take(end);
            value.push_str(&self.decoded(part)?);
            if !self.rest.is_empty() {
                break;
            }
            if !self.slot() {
                return Err(self.wrong("the end of an attribute's value"));
            }
            value.push(SLOT);
        }
        if let Some(quote) = quote {
            self.rest = self.rest.strip_prefix(quote).unwrap_or(self.rest);
        } else if value.is_empty() {
            return Err(self.wrong("a value of the attribute"));
        }
        Ok(value)
    }

    /// Goes on behind the next slot.
    fn slot(&mut self) -> bool {
        let Some((next, more)) = self.more.split_first() else { return false };
        (self.rest, self.more) = (next, more);
        true
    }

    fn name(&mut self) -> &'a str {
        let ends = |one: char| one.is_whitespace() || "=>/\"'<".contains(one);
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        self.take(end)
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, end: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Text with characters in the place of their names.
    fn decoded(&self, text: &'a str) -> Result<Cow<'a, str>, Error> {
        let Some((first, more)) = text.split_once('&') else { return Ok(text.into()) };
        let mut out = String::from(first);
        for part in more.split('&') {
            let Some((name, after)) = part.split_once(';') else {
                return Err(self.wrong("a name of a character and ;, or &amp;"));
            };
            let number = name.strip_prefix('#').map(|number| {
                let hex = number.strip_prefix(['x', 'X']);
                let code = hex.map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16));
                code.ok().and_then(char::from_u32).filter(|one| *one != SLOT)
            });
            let named = NAMED.iter().find(|(known, _)| *known == name);
            match (number, named) {
                (Some(Some(one)), _) => out.push(one),
                (None, Some((_, text))) => out.push_str(text),
                _ => {
                    return Err(
                        self.wrong("a character by its number, or one of a few names, or as it is")
                    );
                }
            }
            out.push_str(after);
        }
        Ok(out.into())
    }

    /// An error that names the place.
    fn wrong(&self, expected: impl AsRef<str>) -> Error {
        let slot = self.whole.len().saturating_sub(self.more.len()).saturating_sub(1);
        let piece = self.whole.get(slot).copied().unwrap_or_default();
        let at = piece.len().saturating_sub(self.rest.len());
        let lines = self
            .whole
            .get(..slot)
            .unwrap_or_default()
            .iter()
            .map(|piece| piece.matches('\n').count());
        let here = piece.get(..at).unwrap_or_default();
        let line = lines.fold(here.matches('\n').count(), usize::saturating_add).saturating_add(1);
        let expected = format!("{}, in line {line} after {slot} slots", expected.as_ref());
        let got = self.rest.get(..self.rest.floor_char_boundary(40)).unwrap_or_default();
        let got = match got {
            "" if self.more.is_empty() => "the end",
            "" => "a slot",
            got => got,
        };
        Error::new(Code::InvalidArgument, expected, got)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vnode::{Builder, Statics, html};

    /// What a template's markup is with these texts in its slots.
    fn filled(markup: &str, slots: &[&str]) -> Result<String, Error> {
        let mut statics = Statics::new();
        let id = statics.template(markup)?;
        let template = statics.get(id).unwrap();
        let mut tree = Builder::new();
        tree.row(&template, None, slots)?;
        html(&tree.finish()?, &statics)
    }

    #[test]
    fn markup_is_read_as_html_is() {
        for (markup, slots, want) in [
            ("<p>a</p>", &[][..], "<p>a</p>"),
            (
                "<p class='a b' id=x hidden>{t}</p>",
                &["1"],
                "<p class=\"a b\" id=\"x\" hidden=\"\">1</p>",
            ),
            ("<p id=\"row-{n}-{m}\"></p>", &["1", "2"], "<p id=\"row-1-2\"></p>"),
            ("<p id=a{n}b></p>", &["1"], "<p id=\"a1b\"></p>"),
            ("<br><hr/><i/>x", &[], "<br><hr><i></i>x"),
            ("<ul>\n  <li>a</li>\n  {rest}\n</ul>", &["b"], "<ul><li>a</li>b</ul>"),
            ("<b>a </b> <i>{x}\n y</i>", &["1"], "<b>a </b> <i>1<!---->\n y</i>"),
            ("a<!-- no <b> -->b", &[], "a<!---->b"),
            ("&lt;&amp;&#65;&#x42;&nbsp;é", &[], "&lt;&amp;AB\u{a0}é"),
            (
                "<a href={x}>{{{y}}}</a>",
                &["javascript:x", "z"],
                "<a href=\"unsafe:javascript:x\">{<!---->z<!---->}</a>",
            ),
            ("<a href=/x/{x}>y</a>", &["javascript:"], "<a href=\"/x/javascript:\">y</a>"),
            ("<script>if (a<b) {{ }}</script>", &[], "<script>if (a<b) { }</script>"),
            ("<textarea>a <b>{x}</textarea>", &["<"], "<textarea>a &lt;b&gt;&lt;</textarea>"),
            ("<my-part data-é='1'/>", &[], "<my-part data-é=\"1\"></my-part>"),
            ("<P></p>", &[], "<P></P>"),
            ("<a href='java&#9;script:{x}'/>", &["y"], "<a href=\"unsafe:java\tscript:y\"></a>"),
        ] {
            assert_eq!(filled(markup, slots).unwrap(), want, "{markup}");
        }
    }

    #[test]
    fn what_a_browser_would_guess_is_refused_with_its_place() {
        for (markup, expected) in [
            ("<p>", "</p> at the end"),
            ("<p></b>", "</p>, in line 1 after 0 slots"),
            ("</p>", "no end"),
            ("a\n<p>{x}\n< b", "a tag, or &lt;, in line 3 after 1 slots"),
            ("<p {x}>", "slots between tags"),
            ("<{x}>", "a tag"),
            ("<p a='{x}", "the end of an attribute's value"),
            ("<p a=>", "a value of the attribute"),
            ("<p a=1 a=2>", "each attribute of an element once"),
            ("<p =1>", "a name of an attribute"),
            ("<p key={x}>", "a key where the template is used"),
            ("<p @click={x}>", "listeners outside"),
            ("<p onclick={x}>", "no program"),
            ("<p .value>", "= and a value"),
            ("<p .value='a{x}'>", "one slot as the value of a property"),
            ("<a href='{x}:{y}'></a>", "an address that is one slot"),
            ("<a href='java{x}'></a>", "an address that is one slot"),
            ("<animate attributeName={x}/>", "no slot for the name"),
            ("<script>{x}</script>", "no slot in a script"),
            ("<!-- {x} -->", "the end of a comment"),
            ("a & b", "&amp;"),
            ("&#0;", "by its number"),
            ("&#xd800;", "by its number"),
            ("{", "a slot as {name}"),
            ("}", "a slot as {name}"),
            ("{a b}", "a slot as {name}"),
            ("a\0", "without a zero"),
        ] {
            let error = Statics::new().template(markup).unwrap_err();
            assert!(error.expected.contains(expected), "{markup}: {error}");
        }
    }
}
