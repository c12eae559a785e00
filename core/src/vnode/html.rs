//! How a tree is written as HTML that a browser reads as that tree.
//!
//! A comment stands where nothing is, and between texts beside each other, which would be read as one.

use super::names::{NameId, Names};
use super::tree::{Kind, Node, Nodes, Tree};
use crate::error::{Code, Error};

/// Elements that have no content and no end.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// Elements whose content is read as it is, up to their end.
const RAW: [&str; 8] =
    ["script", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext"];

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
/// use syncline_core::vnode::{Builder, Names, html};
/// let mut names = Names::new();
/// let (p, title) = (names.tag("p")?, names.attr("title")?);
/// let mut tree = Builder::new();
/// tree.open(p)?;
/// tree.attr(title, "\"quoted\"")?;
/// tree.text("1 < 2")?;
/// tree.close()?;
/// assert_eq!(html(&tree.finish()?, &names)?, "<p title=\"&quot;quoted&quot;\">1 &lt; 2</p>");
/// # Ok::<(), syncline_core::Error>(())
/// ```
///
/// # Errors
///
/// `InvalidArgument` for what no HTML says: content of an element that has none, elements in one that has
/// text alone, and the end of a script or a style in its text. It names the place as the children on the way
/// there, counted from 0. `NotFound` for a name that is not in the table.
pub fn html(tree: &Tree, names: &Names) -> Result<String, Error> {
    let open = vec![Level::of("", tree.roots())];
    let mut page = Page { out: String::new(), names, open };
    while let Some(level) = page.open.last_mut() {
        let Some(node) = level.nodes.next() else {
            page.close();
            continue;
        };
        level.child = level.child.saturating_add(1);
        page.put(node)?;
    }
    Ok(page.out)
}

struct Page<'a> {
    out: String,
    names: &'a Names,
    open: Vec<Level<'a>>,
}

/// An element that is open, or the roots.
struct Level<'a> {
    name: &'a str,
    nodes: Nodes<'a>,
    /// How many of them are written.
    child: usize,
    content: Content,
    /// The last one was text.
    text: bool,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Content {
    Nodes,
    /// Text, in which characters can be escaped.
    Text,
    /// Text in which nothing can.
    Raw,
}

impl<'a> Level<'a> {
    fn of(name: &'a str, nodes: Nodes<'a>) -> Self {
        let content = if is_any(name, &RAW) {
            Content::Raw
        } else if is_any(name, &TEXT) {
            Content::Text
        } else {
            Content::Nodes
        };
        Self { name, nodes, child: 0, content, text: false }
    }
}

fn is_any(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

impl<'a> Page<'a> {
    fn close(&mut self) {
        if let Some(level) = self.open.pop()
            && !self.open.is_empty()
        {
            self.out.push_str("</");
            self.out.push_str(level.name);
            self.out.push('>');
        }
    }

    fn put(&mut self, node: Node<'a>) -> Result<(), Error> {
        let here = self.open.len().saturating_sub(1);
        let level = self.open.last();
        let (content, after_text) =
            level.map_or((Content::Nodes, false), |level| (level.content, level.text));
        let is_text = matches!(node.kind(), Kind::Text(_));
        match node.kind() {
            Kind::Text(text) => {
                let (begins, name) =
                    self.open.last().map_or((false, ""), |it| (it.child == 1, it.name));
                if begins && text.starts_with('\n') && is_any(name, &LINE) {
                    self.out.push('\n');
                }
                match content {
                    Content::Raw if text.contains("</") || text.contains("<!--") => {
                        return Err(self.wrong("text that does not end its element", text));
                    }
                    Content::Raw => self.out.push_str(text),
                    Content::Nodes if after_text => {
                        self.out.push_str(NOTHING);
                        escape(text, &mut self.out);
                    }
                    Content::Nodes | Content::Text => escape(text, &mut self.out),
                }
            }
            Kind::Hole if content == Content::Nodes => self.out.push_str(NOTHING),
            Kind::Hole => {}
            Kind::Raw(html) => self.out.push_str(html),
            Kind::Element(tag) => {
                if content != Content::Nodes {
                    return Err(
                        self.wrong("text alone, in an element that has no other", "an element")
                    );
                }
                self.element(node, tag)?;
            }
        }
        if let Some(level) = self.open.get_mut(here) {
            level.text = is_text;
        }
        Ok(())
    }

    fn element(&mut self, node: Node<'a>, tag: NameId) -> Result<(), Error> {
        let name = self.name(tag)?;
        self.out.push('<');
        self.out.push_str(name);
        for attr in node.attrs() {
            self.attribute(attr.name, attr.value)?;
        }
        self.out.push('>');
        let children = node.children();
        if !is_any(name, &VOID) {
            self.open.push(Level::of(name, children));
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
                None if value.as_bool() == Some(false) => {}
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
        let known = self.names.get(name);
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
        // A browser reads it as a line end otherwise, and leaves a zero out.
        '\r' => out.push_str("&#13;"),
        _ => out.push(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vnode::Builder;

    struct Maker {
        names: Names,
        tree: Builder,
    }

    impl Maker {
        fn new() -> Self {
            Self { names: Names::new(), tree: Builder::new() }
        }

        fn open(&mut self, tag: &str, attrs: &[(&str, &str)]) -> &mut Self {
            let tag = self.names.tag(tag).unwrap();
            self.tree.open(tag).unwrap();
            for (name, value) in attrs {
                let name = self.names.attr(name).unwrap();
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
            html(&self.tree.clone().finish().unwrap(), &self.names)
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
    fn what_no_html_says_is_refused_with_its_place() {
        let bad: [fn(&mut Maker) -> &mut Maker; 5] = [
            |page| page.open("br", &[]).text("x").close(),
            |page| page.open("script", &[]).text("a").text("</script>").close(),
            |page| page.open("style", &[]).text("<!--").close(),
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
