//! How a tree is written as HTML that a browser reads as that tree.
//!
//! A comment stands where nothing is, and between texts beside each other, which would be read as one.

use std::sync::Arc;

use super::names::NameId;
use super::statics::Statics;
use super::template::{Template, filled};
use super::tree::{Kind, Node, Nodes, Tree};
use crate::error::{Code, Error};
use crate::limit::VIEW_HTML;

/// Elements that have no content and no end.
pub(super) const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// Elements whose content is read as it is, up to their end.
const RAW: [&str; 6] = ["script", "style", "xmp", "iframe", "noembed", "noframes"];

/// Elements in which others are read by other rules.
const FOREIGN: [&str; 2] = ["svg", "math"];

/// Elements that have text alone.
const TEXT: [&str; 2] = ["textarea", "title"];

/// Elements at whose beginning a line end is left out.
const LINE: [&str; 3] = ["pre", "textarea", "listing"];

/// Properties that a browser sets from the attribute of the same name.
const REFLECTED: [&str; 4] = ["value", "checked", "selected", "disabled"];

const NOTHING: &str = "<!---->";

/// A tree as HTML.
///
/// ```
/// use syncline_core::vnode::{Builder, Statics, html};
/// let mut statics = Statics::new();
/// let (p, title) = (statics.tag("p")?, statics.attr("title")?);
/// let mut tree = Builder::new();
/// tree.open(p)?;
/// tree.attr(title, "\"quoted\"")?;
/// tree.text("1 < 2")?;
/// tree.close()?;
/// assert_eq!(html(&tree.finish()?, &statics)?, "<p title=\"&quot;quoted&quot;\">1 &lt; 2</p>");
/// # Ok::<(), syncline_core::Error>(())
/// ```
///
/// # Errors
///
/// `InvalidArgument` for what no HTML says: content of an element that has none, elements in one that has
/// text alone, text that ends its script or style, and there a carriage return or a zero, and in a picture `<` and `&`; and
/// `plaintext`, which has no end. It names the place as the children on the way there, counted from 0. `NotFound` for a name or a template that is not in the table. `ValueTooLarge` beyond
/// 256 MiB.
pub fn html(tree: &Tree, statics: &Statics) -> Result<String, Error> {
    let roots = Level { nodes: tree.roots(), child: 0, closes: false, body: None };
    let mut page = Page {
        out: String::new(),
        statics,
        open: vec![roots],
        elements: vec![Element::of("", false, 0)],
        slots: Vec::new(),
    };
    while let Some(level) = page.open.last_mut() {
        let Some(node) = level.nodes.next() else {
            page.close()?;
            continue;
        };
        level.child = level.child.saturating_add(1);
        page.put(node)?;
        if page.out.len() > VIEW_HTML {
            let got = page.out.len();
            return Err(Error::limit(Code::ValueTooLarge, VIEW_HTML, "bytes of HTML", got));
        }
    }
    Ok(page.out)
}

struct Page<'a> {
    out: String,
    statics: &'a Statics,
    open: Vec<Level<'a>>,
    /// The elements around, the roots included.
    elements: Vec<Element<'a>>,
    /// What is in the slots that are still to come, of each instance around.
    slots: Vec<Nodes<'a>>,
}

/// Nodes that are being written.
struct Level<'a> {
    nodes: Nodes<'a>,
    /// How many of them are written.
    child: usize,
    /// With the last one an element ends.
    closes: bool,
    body: Option<Body>,
}

/// What the nodes of a template's body end with.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Body {
    /// The instance.
    All,
    /// An element in it.
    Part,
}

/// An element that is open, or the roots.
struct Element<'a> {
    name: &'a str,
    content: Content,
    /// It is in a picture or a formula.
    foreign: bool,
    /// Where its content begins.
    start: usize,
    /// The last of it is text.
    text: bool,
}

/// What an element can have.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Content {
    Nodes,
    /// Text, in which characters can be escaped.
    Text,
    /// Text in which nothing can.
    Raw,
}

impl Content {
    pub(super) fn of(name: &str) -> Self {
        if is_any(name, &RAW) {
            Self::Raw
        } else if is_any(name, &TEXT) {
            Self::Text
        } else {
            Self::Nodes
        }
    }
}

impl<'a> Element<'a> {
    fn of(name: &'a str, foreign: bool, start: usize) -> Self {
        let foreign = foreign || is_any(name, &FOREIGN);
        Self { name, content: Content::of(name), foreign, start, text: false }
    }
}

pub(super) fn is_any(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

impl<'a> Page<'a> {
    fn close(&mut self) -> Result<(), Error> {
        let Some(level) = self.open.pop() else { return Ok(()) };
        if level.body == Some(Body::All) {
            self.slots.pop();
        }
        if level.closes
            && let Some(element) = self.elements.pop()
        {
            if element.content == Content::Raw {
                let text = self.out.get(element.start..).unwrap_or_default();
                if let Some(expected) = wrong_raw(&element, text) {
                    return Err(self.wrong(expected, text));
                }
            }
            self.out.push_str("</");
            self.out.push_str(element.name);
            self.out.push('>');
        }
        Ok(())
    }

    fn put(&mut self, node: Node<'a>) -> Result<(), Error> {
        let body = self.open.last().is_some_and(|level| level.body.is_some());
        match node.kind() {
            Kind::Hole if body => {
                let filled = self.slots.last_mut().and_then(Iterator::next);
                self.enter(filled.map_or(Nodes::NONE, Node::alone), None);
                Ok(())
            }
            Kind::Fragment => {
                self.enter(node.children(), None);
                Ok(())
            }
            Kind::Bound(_) => match node.shown() {
                Some(shown) => {
                    self.enter(shown.alone(), None);
                    Ok(())
                }
                None => self.leaf(Kind::Hole),
            },
            Kind::Instance(template) => {
                let template: &'a Arc<Template> = self.statics.known(template)?;
                self.slots.push(node.children());
                self.enter(template.body(), Some(Body::All));
                Ok(())
            }
            Kind::Element(tag) => {
                if self.elements.last().is_some_and(|it| it.content != Content::Nodes) {
                    return Err(
                        self.wrong("text alone, in an element that has no other", "an element")
                    );
                }
                if let Some(around) = self.elements.last_mut() {
                    around.text = false;
                }
                self.element(node, tag, body)
            }
            leaf @ (Kind::Text(_) | Kind::Hole | Kind::Raw(_)) => self.leaf(leaf),
        }
    }

    fn enter(&mut self, nodes: Nodes<'a>, body: Option<Body>) {
        self.open.push(Level { nodes, child: 0, closes: false, body });
    }

    fn leaf(&mut self, kind: Kind<'a>) -> Result<(), Error> {
        let at = self.out.len();
        let Some(around) = self.elements.last_mut() else { return Ok(()) };
        let (content, after, first) = (around.content, around.text, around.start == at);
        around.text = matches!(kind, Kind::Text(_));
        match kind {
            Kind::Text(text) => {
                if first && text.starts_with('\n') && is_any(around.name, &LINE) {
                    self.out.push('\n');
                }
                if content == Content::Nodes && after {
                    self.out.push_str(NOTHING);
                }
                match content {
                    Content::Raw if text.contains('\0') => {
                        return Err(self.wrong("text without a zero", text));
                    }
                    Content::Raw => self.out.push_str(text),
                    Content::Nodes | Content::Text => escape(text, &mut self.out),
                }
            }
            Kind::Raw(html) => self.out.push_str(html),
            Kind::Hole | Kind::Element(_) | Kind::Fragment | Kind::Bound(_) | Kind::Instance(_) => {
                if content == Content::Nodes {
                    self.out.push_str(NOTHING);
                }
            }
        }
        Ok(())
    }

    fn element(&mut self, node: Node<'a>, tag: NameId, body: bool) -> Result<(), Error> {
        let name = self.name(tag)?;
        if name.eq_ignore_ascii_case("plaintext") {
            return Err(self.wrong("an element with an end", name));
        }
        self.out.push('<');
        self.out.push_str(name);
        for attr in node.attrs() {
            if !body {
                self.attribute(attr.name, attr.value)?;
                continue;
            }
            let slots = self.slots.last_mut();
            let mut nothing = Nodes::NONE;
            let slots = slots.unwrap_or(&mut nothing);
            if let (name, Some(value)) = filled(attr.name, attr.value, || slots.next()) {
                self.attribute(name, &value)?;
            }
        }
        self.out.push('>');
        let children = node.children();
        if !is_any(name, &VOID) {
            let foreign = self.elements.last().is_some_and(|around| around.foreign);
            self.elements.push(Element::of(name, foreign, self.out.len()));
            let body = body.then_some(Body::Part);
            self.open.push(Level { nodes: children, child: 0, closes: true, body });
            return Ok(());
        }
        if children.is_empty() {
            Ok(())
        } else {
            Err(self.wrong("an element without content", name))
        }
    }

    fn attribute(&mut self, name: NameId, value: &str) -> Result<(), Error> {
        let name = self.name(name)?;
        let Some(property) = name.strip_prefix('.') else {
            self.set(name, value);
            return Ok(());
        };
        if REFLECTED.contains(&property) {
            let value = crate::Value::from_json(value.as_bytes(), &crate::limit::Limits::HARD)?;
            match value.as_text() {
                Some(text) => self.set(property, &text),
                None if value.as_bool() == Some(true) => self.set(property, ""),
                None if value.as_bool() == Some(false) || value == crate::Value::NULL => {}
                None => self.set(property, &value.to_json()),
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        for one in value.chars() {
            match one {
                '"' => self.out.push_str("&quot;"),
                _ => push_escaped(one, &mut self.out),
            }
        }
        self.out.push('"');
    }

    fn name(&self, name: NameId) -> Result<&'a str, Error> {
        let known = self.statics.names().get(name);
        known.ok_or_else(|| Error::new(Code::NotFound, "a name of the table", name.to_string()))
    }

    /// An error that names the place.
    fn wrong(&self, expected: &str, got: &str) -> Error {
        let place: Vec<String> =
            self.open.iter().map(|level| level.child.saturating_sub(1).to_string()).collect();
        let expected = format!("{expected}, at {}", place.join("/"));
        Error::new(Code::InvalidArgument, expected, got)
    }
}

/// What the text of a script or the like should be, if it is read as something else.
fn wrong_raw(element: &Element<'_>, text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    // The name ends where it is no part of a longer one.
    let has = |lower: &str, tag: &str| {
        lower.match_indices(tag).any(|(at, _)| {
            let rest = lower.get(at.saturating_add(tag.len())..).unwrap_or_default();
            rest.starts_with(['\t', '\n', '\u{c}', ' ', '/', '>'])
        })
    };
    let end = format!("</{}", element.name.to_ascii_lowercase());
    let hidden = lower.split_once("<!--").is_some_and(|(_, after)| has(after, "<script"));
    if has(&lower, &end) || (is_any(element.name, &["script"]) && hidden) {
        Some("text that does not end its element")
    } else if text.contains('\r') {
        Some("text without a carriage return, where none can be escaped")
    } else if element.foreign && text.contains(['<', '&']) {
        Some("text without < and &, in a picture or a formula")
    } else {
        None
    }
}

fn escape(text: &str, out: &mut String) {
    for one in text.chars() {
        push_escaped(one, out);
    }
}

fn push_escaped(one: char, out: &mut String) {
    match one {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        // A browser reads it as a line end otherwise.
        '\r' => out.push_str("&#13;"),
        // No HTML has it, and whoever types one into a form is not to take the page down: as parsers do.
        '\0' => out.push('\u{fffd}'),
        _ => out.push(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vnode::Builder;

    struct Maker {
        statics: Statics,
        tree: Builder,
    }

    impl Maker {
        fn new() -> Self {
            Self { statics: Statics::new(), tree: Builder::new() }
        }

        fn open(&mut self, tag: &str, attrs: &[(&str, &str)]) -> &mut Self {
            let tag = self.statics.tag(tag).unwrap();
            self.tree.open(tag).unwrap();
            for (name, value) in attrs {
                let name = self.statics.attr(name).unwrap();
                self.tree.attr(name, value).unwrap();
            }
            self
        }

        fn text(&mut self, text: &str) -> &mut Self {
            self.tree.text(text).unwrap();
            self
        }

        fn close(&mut self) -> &mut Self {
            self.tree.close().unwrap();
            self
        }

        fn html(&self) -> Result<String, Error> {
            html(&self.tree.clone().finish().unwrap(), &self.statics)
        }
    }

    #[test]
    fn what_is_written_is_read_as_it_was_meant() {
        let mut page = Maker::new();
        page.open("p", &[("title", "\"<&>'"), (".value", "\"x\""), (".checked", "true")]);
        page.text("a < b & c\r").text("second");
        page.tree.hole().unwrap();
        page.text("").text("").open("br", &[]).close().text("after").close();
        let want = "<p title=\"&quot;&lt;&amp;&gt;'\" value=\"x\" checked=\"\">a &lt; b &amp; c&#13;<!---->second\
                    <!----><!----><br>after</p>";
        assert_eq!(page.html().unwrap(), want);

        let mut page = Maker::new();
        page.open("pre", &[])
            .text("\nx")
            .close()
            .open("textarea", &[])
            .text("\n<b>")
            .text("y")
            .close();
        assert_eq!(page.html().unwrap(), "<pre>\n\nx</pre><textarea>\n\n&lt;b&gt;y</textarea>");

        let mut page = Maker::new();
        page.open("script", &[]).text("if (a < b && c) {}").close();
        page.open("div", &[]).tree.raw("<b>raw</b>").unwrap();
        page.close();
        assert_eq!(
            page.html().unwrap(),
            "<script>if (a < b && c) {}</script><div><b>raw</b></div>"
        );
    }

    #[test]
    fn a_button_is_not_disabled_by_a_value_that_is_not_there() {
        let mut page = Maker::new();
        page.open("button", &[(".disabled", "null")]).close();
        page.open("button", &[(".disabled", "false")]).close();
        assert_eq!(page.html().unwrap(), "<button></button><button></button>");
    }

    #[test]
    fn a_zero_that_somebody_typed_does_not_take_the_page_down() {
        let mut page = Maker::new();
        page.open("p", &[("title", "a\0")]).text("\0b").close();
        assert_eq!(page.html().unwrap(), "<p title=\"a\u{fffd}\">\u{fffd}b</p>");
    }

    #[test]
    fn what_no_html_says_is_refused_with_its_place() {
        let bad: [fn(&mut Maker) -> &mut Maker; 9] = [
            |page| page.open("br", &[]).text("x").close(),
            |page| page.open("script", &[]).text("a</scr").text("ipt>").close(),
            |page| page.open("style", &[]).text("</STYLE ").close(),
            |page| page.open("script", &[]).text("<!-- <script>").close(),
            |page| page.open("script", &[]).text("a\rb").close(),
            |page| page.open("plaintext", &[]).close(),
            |page| page.open("script", &[]).text("\0").close(),
            |page| page.open("title", &[]).open("b", &[]).close().close(),
            |page| page.open("script", &[]).open("b", &[]).close().close(),
        ];
        for make in bad {
            let mut page = Maker::new();
            page.open("div", &[]).text("first");
            make(&mut page).close();
            let error = page.html().unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument);
            assert!(error.expected.contains("at 0/1"), "{}", error.expected);
        }
    }
}
