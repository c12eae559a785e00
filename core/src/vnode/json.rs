//! Trees as JSON: which text is a tree, and how a tree is written as such a text.
//!
//! | JSON | node |
//! |---|---|
//! | a string, a number | text |
//! | `null`, `true`, `false` | a hole |
//! | `{"tag", "key", "attrs", "children"}` | an element; with `"html"` in place of the children that HTML as it is |
//! | `["tag", {"key", …attrs}, …children]` | the same, shorter; the second may be left out |
//! | any other array, `["", …children]`, an object without `"tag"` | its nodes, where it stands |
//!
//! An attribute has a string or a number, `true` for the empty string, or `null` or `false` for not being
//! there. That of a property, whose name begins with a dot, is any JSON.

use std::borrow::Cow;

use super::build::Builder;
use super::names::{NameId, Names};
use super::pull::Pull;
use super::tree::{Kind, Node, Nodes, Tree};
use super::url::harmless;
use crate::error::{Code, Error};
use crate::limit::{Limits, VIEW_TEXT};
use crate::value::{Value, quoted};

/// The tree that JSON text tells. New names come into the table.
///
/// ```
/// use syncline_core::vnode::{Names, from_json, html};
/// let mut names = Names::new();
/// let tree = from_json(r#"["ul", {"class": "a"}, ["li", {"key": 1}, "tea"], null]"#, &mut names)?;
/// assert_eq!(html(&tree, &names)?, "<ul class=\"a\"><li>tea</li><!----></ul>");
/// # Ok::<(), syncline_core::Error>(())
/// ```
///
/// # Errors
///
/// `InvalidJson` and `LoneSurrogate` for text that is no JSON, with the byte; `InvalidArgument` for JSON that
/// is no tree; and those of [`Names`] and [`Builder`].
pub fn from_json(text: &str, names: &mut Names) -> Result<Tree, Error> {
    if text.len() > VIEW_TEXT {
        return Err(Error::limit(Code::ValueTooLarge, VIEW_TEXT, "bytes of JSON", text.len()));
    }
    let start = Pull::of(text)?;
    let mut reading = Reading { names, tree: Builder::new(), open: Vec::new() };
    reading.node(start)?;
    while let Some(mut list) = reading.open.pop() {
        if let Some(item) = list.next()? {
            reading.open.push(list);
            reading.node(item)?;
        } else if list.closes {
            reading.tree.close()?;
        }
    }
    reading.tree.finish()
}

struct Reading<'a, 'n> {
    names: &'n mut Names,
    tree: Builder,
    /// The arrays whose nodes are being read.
    open: Vec<List<'a>>,
}

/// An array, from an item on.
struct List<'a> {
    pull: Pull<'a>,
    /// With its end the element ends.
    closes: bool,
}

impl<'a> List<'a> {
    /// Where the next item begins; the array goes on behind it.
    fn next(&mut self) -> Result<Option<Pull<'a>>, Error> {
        self.pull.space();
        self.pull.eat(b',');
        self.pull.space();
        if self.pull.eat(b']') {
            return Ok(None);
        }
        let item = self.pull;
        self.pull.skip()?;
        Ok(Some(item))
    }
}

/// The members of an object that is an element.
#[derive(Default)]
struct Members<'a> {
    tag: Option<Cow<'a, str>>,
    key: Option<Pull<'a>>,
    attrs: Option<Pull<'a>>,
    children: Option<Pull<'a>>,
    html: Option<Pull<'a>>,
}

impl<'a> Reading<'a, '_> {
    fn node(&mut self, mut at: Pull<'a>) -> Result<(), Error> {
        at.space();
        match at.peek() {
            Some(b'"') => self.tree.text(&at.string()?),
            Some(b'-' | b'0'..=b'9') => self.tree.text(&at.number()?),
            Some(b'[') => self.array(at),
            Some(b'{') => self.object(at),
            _ => self.tree.hole(),
        }
    }

    fn array(&mut self, mut at: Pull<'a>) -> Result<(), Error> {
        at.eat(b'[');
        let mut list = List { pull: at, closes: false };
        let before = at;
        let first = list.next()?.filter(|item| item.at_value().peek() == Some(b'"'));
        let Some(mut first) = first else {
            self.open.push(List { pull: before, closes: false });
            return Ok(());
        };
        first.space();
        let tag = first.string()?;
        if tag.is_empty() {
            self.open.push(list);
            return Ok(());
        }
        self.begin(&tag)?;
        let before = list.pull;
        match list.next()? {
            Some(second) if is_attributes(second.at_value())? => {
                self.attributes(second.at_value(), true)?;
            }
            _ => list.pull = before,
        }
        list.closes = true;
        self.open.push(list);
        Ok(())
    }

    fn object(&mut self, at: Pull<'a>) -> Result<(), Error> {
        let mut members = Members::default();
        at.members(|name, value| {
            match name {
                "tag" => {
                    let mut value = value;
                    if value.peek() != Some(b'"') {
                        return Err(wrong("a string as tag", value.shown()));
                    }
                    members.tag = Some(value.string()?);
                }
                "key" => members.key = Some(value),
                "attrs" => members.attrs = Some(value),
                "children" => members.children = Some(value),
                "html" => members.html = Some(value),
                _ => return Err(wrong("tag, key, attrs, children or html", name)),
            }
            Ok(())
        })?;
        let tag = members.tag.filter(|tag| !tag.is_empty());
        if let Some(tag) = &tag {
            self.begin(tag)?;
            if let Some(mut key) = members.key {
                let key = key.scalar("a string or a number as key")?;
                key.map_or(Ok(()), |key| self.tree.key(&key))?;
            }
            if let Some(attrs) = members.attrs {
                if attrs.peek() != Some(b'{') && attrs.peek() != Some(b'n') {
                    return Err(wrong("an object as attrs", attrs.shown()));
                }
                self.attributes(attrs, false)?;
            }
        }
        if let Some(mut html) = members.html {
            if html.peek() != Some(b'"') || members.children.is_some() {
                return Err(wrong("a string as html, and no children", html.shown()));
            }
            self.tree.raw(&html.string()?)?;
        }
        match (members.children, tag) {
            (Some(mut children), tag) if children.peek() == Some(b'[') => {
                children.eat(b'[');
                self.open.push(List { pull: children, closes: tag.is_some() });
                Ok(())
            }
            (Some(children), _) if children.peek() != Some(b'n') => {
                Err(wrong("an array as children", children.shown()))
            }
            (_, Some(_)) => self.tree.close(),
            (_, None) => Ok(()),
        }
    }

    fn begin(&mut self, tag: &str) -> Result<(), Error> {
        let tag = self.names.tag(tag)?;
        self.tree.open(tag)
    }

    /// The attributes of the open element; with `keyed` the key is among them.
    fn attributes(&mut self, at: Pull<'a>, keyed: bool) -> Result<(), Error> {
        if keyed {
            let mut key = None;
            at.members(|name, value| {
                if name == "key" {
                    key = Some(value);
                }
                Ok(())
            })?;
            let key = key.map(|mut key| key.scalar("a string or a number as key")).transpose()?;
            key.flatten().map_or(Ok(()), |key| self.tree.key(&key))?;
        }
        at.members(|name, mut value| {
            if keyed && name == "key" {
                return Ok(());
            }
            let id = self.names.attr(name)?;
            if name.starts_with('.') {
                let json = Value::from_json(value.whole()?.as_bytes(), &Limits::HARD)?.to_json();
                return self.tree.attr(id, &harmless(name, &json));
            }
            let told = value.scalar("a string, a number, true, false or null as attribute")?;
            told.map_or(Ok(()), |told| self.tree.attr(id, &harmless(name, &told)))
        })
    }
}

/// Whether an object is the attributes of an element, and no node.
fn is_attributes(at: Pull<'_>) -> Result<bool, Error> {
    let mut is_node = false;
    at.members(|name, _| {
        is_node |= name == "tag" || name == "children";
        Ok(())
    })?;
    Ok(at.peek() == Some(b'{') && !is_node)
}

fn wrong(expected: &'static str, got: impl AsRef<str>) -> Error {
    Error::new(Code::InvalidArgument, expected, got)
}

/// A tree as JSON: its only root, or all of them behind an empty string, each element as an object.
///
/// # Errors
///
/// `NotFound` for a name that is not in the table.
pub fn to_json(tree: &Tree, names: &Names) -> Result<String, Error> {
    let mut out = String::new();
    let alone = tree.roots().count() == 1;
    let mut open: Vec<(Nodes<'_>, &str)> = vec![(tree.roots(), if alone { "" } else { "]" })];
    out.push_str(if alone { "" } else { "[\"\"" });
    while let Some((nodes, end)) = open.last_mut() {
        let Some(node) = nodes.next() else {
            out.push_str(end);
            open.pop();
            continue;
        };
        if !(out.is_empty() || out.ends_with('[')) {
            out.push(',');
        }
        match node.kind() {
            Kind::Text(text) => out.push_str(&quoted(text)),
            Kind::Hole => out.push_str("null"),
            // It is told with its element.
            Kind::Raw(_) => {}
            Kind::Element(tag) => {
                head(node, tag, names, &mut out)?;
                match node.children().next().map(Node::kind) {
                    None => out.push('}'),
                    Some(Kind::Raw(html)) => {
                        out.push_str(",\"html\":");
                        out.push_str(&quoted(html));
                        out.push('}');
                    }
                    Some(_) => {
                        out.push_str(",\"children\":[");
                        open.push((node.children(), "]}"));
                    }
                }
            }
        }
    }
    Ok(out)
}

fn head(node: Node<'_>, tag: NameId, names: &Names, out: &mut String) -> Result<(), Error> {
    let name = |id: NameId| {
        names
            .get(id)
            .ok_or_else(|| Error::new(Code::NotFound, "a name of the table", id.to_string()))
    };
    out.push_str("{\"tag\":");
    out.push_str(&quoted(name(tag)?));
    if let Some(key) = node.key() {
        out.push_str(",\"key\":");
        out.push_str(&quoted(key));
    }
    let mut begin = ",\"attrs\":{";
    for attr in node.attrs() {
        let name = name(attr.name)?;
        out.push_str(begin);
        out.push_str(&quoted(name));
        out.push(':');
        if name.starts_with('.') {
            out.push_str(attr.value);
        } else {
            out.push_str(&quoted(attr.value));
        }
        begin = ",";
    }
    if begin == "," {
        out.push('}');
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::VIEW_DEPTH;

    #[test]
    fn both_forms_tell_the_same_tree() {
        let short = r#"["ul", {"class": "a", "key": 7, "hidden": true, "title": null, ".value": [1, {"b": 2}]},
            ["li", "tea \u00e9\n", 1.50, true], [["li"], null], ["", "x"], {"children": ["y"]}, ["b", {"tag": "i"}]]"#;
        let long = r#"{"children": [
            {"tag": "li", "children": ["tea é\n", 1.5, null]}, {"tag": "li"}, null, "x", "y",
            {"tag": "b", "children": [{"tag": "i"}]}
        ], "attrs": {"class": "a", "hidden": "", ".value": [1,{"b":2}]}, "key": "7", "tag": "ul"}"#;
        let mut names = Names::new();
        let (short, long) =
            (from_json(short, &mut names).unwrap(), from_json(long, &mut names).unwrap());
        assert_eq!(short, long);
        let told = to_json(&short, &names).unwrap();
        let want = concat!(
            r#"{"tag":"ul","key":"7","attrs":{"class":"a","hidden":"",".value":[1,{"b":2}]},"children":["#,
            r#"{"tag":"li","children":["tea é\n","1.5",null]},{"tag":"li"},null,"x","y","#,
            r#"{"tag":"b","children":[{"tag":"i"}]}]}"#,
        );
        assert_eq!(told, want);
        assert_eq!(from_json(&told, &mut names).unwrap(), short);
        let raw = from_json(r#"{"tag": "p", "html": "<b>"}"#, &mut names).unwrap();
        assert_eq!(to_json(&raw, &names).unwrap(), r#"{"tag":"p","html":"<b>"}"#);
        for roots in ["[]", r#"["x"]"#, r#"[null,"a",["b"]]"#] {
            let tree = from_json(roots, &mut names).unwrap();
            assert_eq!(from_json(&to_json(&tree, &names).unwrap(), &mut names).unwrap(), tree);
        }
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        for (text, code) in [
            ("", Code::InvalidJson),
            ("[", Code::InvalidJson),
            ("[1,]", Code::InvalidJson),
            ("[1 2]", Code::InvalidJson),
            ("{\"tag\" \"a\"}", Code::InvalidJson),
            ("{\"tag\":\"a\",}", Code::InvalidJson),
            ("nul", Code::InvalidJson),
            ("01", Code::InvalidJson),
            ("\"a", Code::InvalidJson),
            ("\"\\x\"", Code::InvalidJson),
            ("\"\n\"", Code::InvalidJson),
            ("\"\\ud800\"", Code::LoneSurrogate),
            ("[] []", Code::InvalidJson),
            ("{\"tag\":1}", Code::InvalidArgument),
            ("{\"tag\":\"a\",\"attr\":{}}", Code::InvalidArgument),
            ("{\"tag\":\"a\",\"attrs\":[]}", Code::InvalidArgument),
            ("{\"tag\":\"a\",\"children\":1}", Code::InvalidArgument),
            ("{\"tag\":\"a\",\"key\":[]}", Code::InvalidArgument),
            ("{\"tag\":\"a\",\"html\":1}", Code::InvalidArgument),
            ("{\"tag\":\"a\",\"html\":\"\",\"children\":[]}", Code::InvalidArgument),
            ("[\"a\",{\"x\":[]}]", Code::InvalidArgument),
            ("[\"a\",{\"x\":1,\"x\":2}]", Code::InvalidArgument),
            ("[\"a b\"]", Code::InvalidName),
            ("[\"a\",{\"onclick\":\"x\"}]", Code::InvalidName),
        ] {
            assert_eq!(from_json(text, &mut Names::new()).unwrap_err().code, code, "{text}");
        }
        let deep = |depth: usize| {
            let text =
                format!("{}{}", "[\"a\",".repeat(depth - 1) + "[\"a\"]", "]".repeat(depth - 1));
            from_json(&text, &mut Names::new()).map(|_| ())
        };
        assert!(deep(VIEW_DEPTH).is_ok());
        assert_eq!(deep(VIEW_DEPTH + 1).unwrap_err().code, Code::TooDeep);
        assert_eq!(deep(100_000).unwrap_err().code, Code::TooDeep);
    }

    #[test]
    fn an_address_that_runs_leads_nowhere() {
        let mut names = Names::new();
        let tree =
            from_json(r#"["a", {"href": "javascript:x", "title": "javascript:x"}]"#, &mut names);
        let html = crate::vnode::html(&tree.unwrap(), &names).unwrap();
        assert_eq!(html, "<a href=\"unsafe:javascript:x\" title=\"javascript:x\"></a>");
    }
}
