//! A page of HTML, and which tree it is.
//!
//! It is read as a browser without scripts does, for which the content of `noscript` is no text. Comments are left
//! out, and so are elements and attributes whose names no tree has, which are counted.

use std::io;

use html5ever::serialize::{SerializeOpts, TraversalScope, serialize};
use html5ever::tendril::TendrilSink;
use html5ever::tree_builder::{QuirksMode, TreeBuilderOpts};
use html5ever::{Attribute, ParseOpts, QualName, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom, SerializableHandle};
use syncline_core::Error;
use syncline_core::vnode::{Builder, NameId, Statics, Tree, harmless};

/// Elements in whose text nothing can be escaped.
const RAW: [&str; 7] = ["script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext"];

/// A page of HTML as a browser has it.
pub struct Page {
    dom: RcDom,
}

/// How a page becomes a tree.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Reading {
    /// The `id` of an element is its key.
    pub is_keyed: bool,
    /// Text of a script or the like that `html` refuses is left out.
    pub is_tame: bool,
}

/// What of a page is not in its tree, and what is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Left {
    /// Elements and texts of the tree.
    pub nodes: usize,
    /// Elements whose name no tree has, with all that is in them.
    pub elements: usize,
    /// Attributes whose name no tree has: most of them are programs.
    pub attributes: usize,
    /// Addresses that run a program, which lead nowhere in the tree.
    pub addresses: usize,
    /// Texts that [`Reading::is_tame`] leaves out.
    pub texts: usize,
}

impl Page {
    /// The page that this HTML is.
    #[must_use]
    pub fn parse(html: &str) -> Self {
        let tree_builder =
            TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
        let options = ParseOpts { tree_builder, ..ParseOpts::default() };
        Self { dom: parse_document(RcDom::default(), options).one(html) }
    }

    /// The page that other HTML is in the same mode of browsers, which the document type decides.
    #[must_use]
    pub fn parse_like(&self, html: &str) -> Self {
        if self.dom.quirks_mode.get() == QuirksMode::Quirks {
            Self::parse(html)
        } else {
            Self::parse(&format!("<!DOCTYPE html>{html}"))
        }
    }

    /// The page in the way that the HTML standard has for writing one: what that loses, no HTML says.
    ///
    /// # Errors
    ///
    /// None: what it is written to is memory.
    pub fn standard(&self) -> io::Result<String> {
        let mut out = Vec::new();
        let children = self.dom.document.children.borrow();
        for node in children.iter().filter(|node| matches!(node.data, NodeData::Element { .. })) {
            let scope = TraversalScope::IncludeNode;
            let options = SerializeOpts { traversal_scope: scope, ..SerializeOpts::default() };
            serialize(&mut out, &SerializableHandle::from(node.clone()), options)?;
        }
        String::from_utf8(out).map_err(io::Error::other)
    }

    /// The page as a tree. New names come into the table.
    ///
    /// # Errors
    ///
    /// For a page that is beyond the limits of trees.
    pub fn tree(&self, statics: &mut Statics, how: Reading) -> Result<(Tree, Left), Error> {
        let mut writing = Writing { statics, how, tree: Builder::new(), left: Left::default() };
        for node in self.dom.document.children.borrow().iter() {
            writing.node(node, "")?;
        }
        Ok((writing.tree.finish()?, writing.left))
    }
}

struct Writing<'a> {
    statics: &'a mut Statics,
    how: Reading,
    tree: Builder,
    left: Left,
}

impl Writing<'_> {
    /// Goes no deeper than a tree may be.
    fn node(&mut self, node: &Handle, parent: &str) -> Result<(), Error> {
        match &node.data {
            NodeData::Text { contents } => self.text(&contents.borrow(), parent),
            NodeData::Element { name, attrs, template_contents, .. } => {
                let Some(()) = self.begin(name, &attrs.borrow())? else { return Ok(()) };
                if let Some(content) = &*template_contents.borrow() {
                    self.children(content, name)?;
                }
                self.children(node, name)?;
                self.tree.close()
            }
            NodeData::Document
            | NodeData::Doctype { .. }
            | NodeData::Comment { .. }
            | NodeData::ProcessingInstruction { .. } => Ok(()),
        }
    }

    fn children(&mut self, node: &Handle, name: &QualName) -> Result<(), Error> {
        node.children.borrow().iter().try_for_each(|child| self.node(child, &name.local))
    }

    fn text(&mut self, text: &str, parent: &str) -> Result<(), Error> {
        if self.how.is_tame
            && RAW.contains(&parent)
            && (text.contains("</") || text.contains("<!--"))
        {
            count(&mut self.left.texts);
            return Ok(());
        }
        count(&mut self.left.nodes);
        self.tree.text(text)
    }

    /// Opens an element, unless no tree has its name.
    fn begin(&mut self, name: &QualName, attrs: &[Attribute]) -> Result<Option<()>, Error> {
        let Ok(tag) = self.statics.tag(&name.local) else {
            count(&mut self.left.elements);
            return Ok(None);
        };
        count(&mut self.left.nodes);
        self.tree.open(tag)?;
        let id = attrs.iter().find(|attr| &*attr.name.local == "id");
        if let Some(id) = id.filter(|_| self.how.is_keyed) {
            self.tree.key(&id.value)?;
        }
        for attr in attrs {
            self.attr(&attr.name, &attr.value)?;
        }
        Ok(Some(()))
    }

    fn attr(&mut self, name: &QualName, value: &str) -> Result<(), Error> {
        let name = match &name.prefix {
            Some(prefix) => format!("{prefix}:{}", name.local),
            None => name.local.to_string(),
        };
        // In a tree a dot in front makes it a property.
        let id = self.statics.attr(&name).ok().filter(|_| !name.starts_with('.'));
        let Some(id) = id.filter(|id| *id != NameId::KEY) else {
            count(&mut self.left.attributes);
            return Ok(());
        };
        let safe = harmless(&name, value);
        if safe != value {
            count(&mut self.left.addresses);
        }
        self.tree.attr(id, &safe)
    }
}

fn count(total: &mut usize) {
    *total = total.saturating_add(1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use syncline_core::vnode::from_json;

    fn reads_as(html: &str, how: Reading, want: &str) -> Left {
        let mut statics = Statics::new();
        let (tree, left) = Page::parse(html).tree(&mut statics, how).unwrap();
        assert_eq!(tree, from_json(want, &mut statics).unwrap(), "{html}");
        left
    }

    #[test]
    fn what_no_tree_has_is_left_out_and_counted() {
        let html =
            "<body onload=x() class=a key=1><p .b=2><a href=javascript:x()>1</a><w\u{e9}>2<!--3-->";
        let want = r#"["html", ["head"], ["body", {"class": "a"}, ["p", ["a", {"href": "javascript:x()"}, "1"]]]]"#;
        let left = reads_as(html, Reading::default(), want);
        let counted =
            Left { nodes: 6, elements: 1, attributes: 3, addresses: 1, ..Left::default() };
        assert_eq!(left, counted);
    }

    #[test]
    fn a_page_is_read_as_it_is_asked_for() {
        let html = "<p id=a>1</p><script>'</p>'</script><style>a{}</style>";
        let body = |p: &str, script: &str| {
            format!(
                r#"["html", ["head"], ["body", ["p", {p}, "1"], ["script"{script}], ["style", "a{{}}"]]]"#
            )
        };
        let plain = body(r#"{"id": "a"}"#, r#", "'</p>'""#);
        reads_as(html, Reading::default(), &plain);
        let keyed = body(r#"{"key": "a", "id": "a"}"#, "");
        let left = reads_as(html, Reading { is_keyed: true, is_tame: true }, &keyed);
        assert_eq!(left.texts, 1);
    }

    #[test]
    fn a_page_reads_others_as_it_was_read() {
        let table = "<p>a<table></table>";
        for (start, is_within) in [("", true), ("<!DOCTYPE html>", false)] {
            let page = Page::parse(&format!("{start}{table}"));
            let want =
                if is_within { r#"["p", "a", ["table"]]"# } else { r#"["p", "a"], ["table"]"# };
            let want = format!(r#"["html", ["head"], ["body", {want}]]"#);
            let mut statics = Statics::new();
            let want = from_json(&want, &mut statics).unwrap();
            for page in [&page.parse_like(table), &page] {
                assert_eq!(page.tree(&mut statics, Reading::default()).unwrap().0, want, "{start}");
            }
        }
    }

    #[test]
    fn what_stands_in_front_of_the_page_is_not_written() {
        let page = Page::parse("<!DOCTYPE html><!-- a --><p>b<!-- c -->");
        let want = "<html><head></head><body><p>b<!-- c --></p></body></html>";
        assert_eq!(page.standard().unwrap(), want);
    }
}
