//! Trees as JSON: which text is a tree, and how a tree is written as such a text.
//!
//! | JSON | node |
//! |---|---|
//! | a string, a number | text |
//! | `null`, `true`, `false` | a hole |
//! | `{"tag", "key", "attrs", "children"}` | an element; with `"html"` in place of the children that HTML as it is |
//! | `["tag", {"key", …attrs}, …children]` | the same, shorter; the second may be left out |
//! | any other array, `["", …children]`, an object without `"tag"` | its nodes, where it stands; in a slot a fragment |
//! | `{"fragment": […children]}` | a fragment |
//! | `{"template", "key", "slots"}` | an instance of a template, by its number or its markup |
//! | `{"bind", "value", "cases"}` | what a binding, an object, tells of a value, or the nodes that it chooses from |
//!
//! An attribute has a string or a number, `true` for the empty string, or `null` or `false` for not being
//! there. That of a property, whose name begins with a dot, is any JSON; in a slot an object whose member
//! `"bind"` is an object is a binding.

mod write;

use std::borrow::Cow;
use std::sync::Arc;

use super::build::Builder;
use super::pull::{Ends, Pull};
use super::statics::Statics;
use super::template::{Slot, Template, TemplateId};
use super::tree::Tree;
use super::url::harmless;
use crate::error::{Code, Error};
use crate::limit::{Limits, VIEW_TEXT};
use crate::value::Value;

pub use write::to_json;
pub(super) use write::write_json;

/// The tree that JSON text tells. New names come into the table.
///
/// ```
/// use syncline_core::vnode::{Statics, from_json, html};
/// let mut statics = Statics::new();
/// let tree = from_json(r#"["ul", {"class": "a"}, ["li", {"key": 1}, "tea"], null]"#, &mut statics)?;
/// assert_eq!(html(&tree, &statics)?, "<ul class=\"a\"><li>tea</li><!----></ul>");
/// # Ok::<(), syncline_core::Error>(())
/// ```
///
/// # Errors
///
/// `InvalidJson` and `LoneSurrogate` for text that is no JSON, with the byte; `InvalidArgument` for JSON that
/// is no tree; and those of [`Statics`] and [`Builder`], with the place as in `at 0/1`: the second child of the first
/// node.
pub fn from_json(text: &str, statics: &mut Statics) -> Result<Tree, Error> {
    if text.len() > VIEW_TEXT {
        return Err(Error::limit(Code::ValueTooLarge, VIEW_TEXT, "bytes of JSON", text.len()));
    }
    let ends = Ends::of(text)?;
    let mut reading = Reading { statics, tree: Builder::new(), open: Vec::new() };
    let whole = reading.node(Pull::of(text, &ends), false);
    whole.map_err(|error| reading.located(0, &error))?;
    while let Some(mut list) = reading.open.pop() {
        if let Some(item) = list.next()? {
            let (of, open) = (list.of.clone(), reading.tree.open_nodes());
            reading.open.push(list);
            let read = reading.item(item, &of);
            read.map_err(|error| reading.located(open, &error))?;
        } else if list.closes {
            let closed = reading.tree.close();
            closed.map_err(|error| reading.located(0, &error))?;
        }
    }
    reading.tree.finish()
}

struct Reading<'a, 's> {
    statics: &'s mut Statics,
    tree: Builder,
    /// The arrays whose nodes are being read.
    open: Vec<List<'a>>,
}

/// An array, from an item on.
struct List<'a> {
    pull: Pull<'a>,
    /// With its end the node around it ends.
    closes: bool,
    of: Of,
}

/// What the items of an array are.
#[derive(Clone)]
enum Of {
    Nodes,
    /// One node each.
    Cases,
    /// What is in the slots from this one on.
    Slots(Arc<Template>, usize),
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
        if let Of::Slots(_, nth) = &mut self.of {
            *nth = nth.saturating_add(1);
        }
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
    fragment: Option<Pull<'a>>,
    template: Option<Pull<'a>>,
    slots: Option<Pull<'a>>,
    bind: Option<Pull<'a>>,
    value: Option<Pull<'a>>,
    cases: Option<Pull<'a>>,
}

impl<'a> Reading<'a, '_> {
    /// An error with its place: the node that was opened last, if so many were open before, else the next one.
    fn located(&self, before: usize, error: &Error) -> Error {
        let place = self.tree.path(self.tree.open_nodes() <= before);
        Error::new(error.code, format!("{}, at {place}", error.expected), &error.got)
    }

    fn item(&mut self, mut at: Pull<'a>, of: &Of) -> Result<(), Error> {
        let slot = match of {
            Of::Nodes => return self.node(at, false),
            Of::Cases => Some(Slot::Node),
            // The array is one further already. Of more than there are the tree says what is wrong.
            Of::Slots(template, nth) => {
                nth.checked_sub(1).and_then(|nth| template.slots().get(nth)).copied()
            }
        };
        at.space();
        if at.peek() == Some(b'{') && (!slot.is_some_and(Slot::is_property) || is_bound(at)?) {
            return self.node(at, true);
        }
        let told = match slot {
            Some(Slot::Node) | None => return self.node(at, true),
            Some(Slot::Property | Slot::AddressProperty) if at.peek() == Some(b'n') => None,
            Some(Slot::Property | Slot::AddressProperty) => Some(json_of(at)?.into()),
            Some(Slot::Attribute | Slot::Address) => {
                at.scalar("a string, a number, true, false or null for an attribute")?
            }
        };
        match told {
            Some(told) => self.tree.text(&told),
            None => self.tree.hole(),
        }
    }

    /// A node; with `one` it is not several.
    fn node(&mut self, mut at: Pull<'a>, one: bool) -> Result<(), Error> {
        at.space();
        match at.peek() {
            Some(b'"') => self.tree.text(&at.string()?),
            Some(b'-' | b'0'..=b'9') => self.tree.text(&at.number()?),
            Some(b'[') => self.array(at, one),
            Some(b'{') => self.object(at, one),
            _ => self.tree.hole(),
        }
    }

    /// Nodes beside each other; with `one` as a fragment.
    fn beside(&mut self, pull: Pull<'a>, one: bool) -> Result<(), Error> {
        if one {
            self.tree.fragment()?;
        }
        self.open.push(List { pull, closes: one, of: Of::Nodes });
        Ok(())
    }

    fn array(&mut self, mut at: Pull<'a>, one: bool) -> Result<(), Error> {
        at.eat(b'[');
        let mut list = List { pull: at, closes: false, of: Of::Nodes };
        let before = at;
        let first = list.next()?.filter(|item| item.at_value().peek() == Some(b'"'));
        let Some(mut first) = first else {
            return self.beside(before, one);
        };
        first.space();
        let tag = first.string()?;
        if tag.is_empty() {
            return self.beside(list.pull, one);
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

    fn object(&mut self, at: Pull<'a>, one: bool) -> Result<(), Error> {
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
                "fragment" => members.fragment = Some(value),
                "template" => members.template = Some(value),
                "slots" => members.slots = Some(value),
                "bind" => members.bind = Some(value),
                "value" => members.value = Some(value),
                "cases" => members.cases = Some(value),
                _ => return Err(wrong("tag, key, attrs, children, html, or another node's", name)),
            }
            Ok(())
        })?;
        if let Some(nodes) = members.fragment {
            return self.beside(items(nodes, "an array as fragment")?, true);
        }
        if let Some(template) = members.template {
            return self.instance(template, &members);
        }
        if let Some(binding) = members.bind {
            return self.binding(binding, &members);
        }
        let tag = members.tag.take().filter(|tag| !tag.is_empty());
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
        match (members.children.filter(|children| children.peek() != Some(b'n')), tag) {
            (Some(children), Some(_)) => {
                let pull = items(children, "an array as children")?;
                self.open.push(List { pull, closes: true, of: Of::Nodes });
                Ok(())
            }
            (Some(children), None) => self.beside(items(children, "an array as children")?, one),
            (None, Some(_)) => self.tree.close(),
            (None, None) if one => self.tree.hole(),
            (None, None) => Ok(()),
        }
    }

    fn begin(&mut self, tag: &str) -> Result<(), Error> {
        let tag = self.statics.tag(tag)?;
        self.tree.open(tag)
    }

    fn instance(&mut self, mut template: Pull<'a>, members: &Members<'a>) -> Result<(), Error> {
        let id = if template.peek() == Some(b'"') {
            self.statics.template(&template.string()?)?
        } else {
            let shown = template.shown();
            let number = template.number().ok().and_then(|number| number.parse().ok());
            let number = number.ok_or_else(|| wrong("a number or a string as template", shown));
            TemplateId::new(number?)
        };
        let template = Arc::clone(self.statics.known(id)?);
        let key = match members.key {
            Some(mut key) => key.scalar("a string or a number as key")?,
            None => None,
        };
        self.tree.instance(&template, key.as_deref())?;
        let Some(slots) = members.slots else { return self.tree.close() };
        let pull = items(slots, "an array as slots")?;
        self.open.push(List { pull, closes: true, of: Of::Slots(template, 0) });
        Ok(())
    }

    fn binding(&mut self, binding: Pull<'a>, members: &Members<'a>) -> Result<(), Error> {
        let id = self.statics.bind(&json_of(binding)?)?;
        let binding = Arc::clone(self.statics.bound(id)?);
        let value = match members.value {
            Some(value) => Some(value_of(value)?),
            None => None,
        };
        match members.cases {
            None => self.tree.bound(&binding, value.as_ref()),
            Some(cases) => {
                let pull = items(cases, "an array as cases")?;
                self.tree.choice(&binding, value.as_ref())?;
                self.open.push(List { pull, closes: true, of: Of::Cases });
                Ok(())
            }
        }
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
            let id = self.statics.attr(name)?;
            if name.starts_with('.') {
                return self.tree.attr(id, &harmless(name, &json_of(value)?));
            }
            let told = value.scalar("a string, a number, true, false or null as attribute")?;
            told.map_or(Ok(()), |told| self.tree.attr(id, &harmless(name, &told)))
        })
    }
}

/// The items of an array.
fn items<'a>(mut at: Pull<'a>, expected: &'static str) -> Result<Pull<'a>, Error> {
    if at.eat(b'[') { Ok(at) } else { Err(wrong(expected, at.shown())) }
}

fn value_of(at: Pull<'_>) -> Result<Value, Error> {
    let mut at = at;
    Value::from_json(at.whole()?.as_bytes(), &Limits::HARD)
}

/// A value as canonical JSON.
fn json_of(at: Pull<'_>) -> Result<String, Error> {
    Ok(value_of(at)?.to_json())
}

/// Whether an object is a binding, where it could be the value of a property as well.
fn is_bound(at: Pull<'_>) -> Result<bool, Error> {
    let mut is = false;
    at.members(|name, value| {
        is |= name == "bind" && value.at_value().peek() == Some(b'{');
        Ok(())
    })?;
    Ok(is)
}

/// Whether an object is the attributes of an element, and no node.
fn is_attributes(at: Pull<'_>) -> Result<bool, Error> {
    let mut is_node = false;
    at.members(|name, _| {
        is_node |= ["tag", "children", "fragment", "template", "bind"].contains(&name);
        Ok(())
    })?;
    Ok(at.peek() == Some(b'{') && !is_node)
}

fn wrong(expected: &'static str, got: impl AsRef<str>) -> Error {
    Error::new(Code::InvalidArgument, expected, got)
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
        let mut names = Statics::new();
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
            assert_eq!(from_json(text, &mut Statics::new()).unwrap_err().code, code, "{text}");
        }
        let deep = |depth: usize| {
            let text =
                format!("{}{}", "[\"a\",".repeat(depth - 1) + "[\"a\"]", "]".repeat(depth - 1));
            from_json(&text, &mut Statics::new()).map(|_| ())
        };
        assert!(deep(VIEW_DEPTH).is_ok());
        assert_eq!(deep(VIEW_DEPTH + 1).unwrap_err().code, Code::TooDeep);
        assert_eq!(deep(100_000).unwrap_err().code, Code::TooDeep);
    }

    #[test]
    fn what_is_no_tree_is_refused_with_its_place() {
        for (text, code, place) in [
            (r#"["div",["p",{"a":{}}]]"#, Code::InvalidArgument, "0/0"),
            (r#"["div","x",["p",{"onclick":"x"}]]"#, Code::InvalidName, "0/1"),
            (r#"["div",["b"],["i",["a b"]]]"#, Code::InvalidName, "0/1/0"),
            (r#"[["p"],["p"],["a b"]]"#, Code::InvalidName, "2"),
            (r#"["a b"]"#, Code::InvalidName, "0"),
            (r#"["a",{"x":[]}]"#, Code::InvalidArgument, "0"),
            (
                r#"{"tag":"ul","children":["x",{"tag":"li","attrs":[]}]}"#,
                Code::InvalidArgument,
                "0/1",
            ),
            (r#"{"tag":"ul","children":["x",{"tag":1}]}"#, Code::InvalidArgument, "0/1"),
            (r#"["ul",["x",["li"]],["li",{"key":[]}]]"#, Code::InvalidArgument, "0/1"),
            (r#"["ul",["",["b"],["i"]],["li",{"key":[]}]]"#, Code::InvalidArgument, "0/2"),
            (r#"["ul",{"fragment":["x",["a b"]]}]"#, Code::InvalidName, "0/0/1"),
            (r#"["ul",{"template":0,"slots":["x"]}]"#, Code::InvalidArgument, "0/0"),
            (
                r#"["ul",{"template":0,"slots":["x",["b",["i",{"a":[]}]]]}]"#,
                Code::InvalidArgument,
                "0/0/1/0",
            ),
            (r#"["ul",{"template":9}]"#, Code::NotFound, "0/0"),
            (r#"["ul",{"bind":{"key":"a"},"cases":1}]"#, Code::InvalidArgument, "0/0"),
        ] {
            let mut statics = Statics::new();
            statics.template("<p class={a}>{b}</p>").unwrap();
            let error = from_json(text, &mut statics).unwrap_err();
            assert_eq!(error.code, code, "{text}: {error}");
            assert!(error.expected.ends_with(&format!(", at {place}")), "{text}: {error}");
        }
    }

    #[test]
    fn a_deep_tree_is_not_read_again_for_each_level() {
        // Each level of the text once more would be 250 times the work: 1.5 s in the place of 10 ms.
        let leaf = format!("\"{}\"", "x".repeat(1_000));
        let leaves = vec![leaf; 1_000].join(",");
        for (begin, end) in [("[\"a\",", "]"), ("{\"children\":[", "],\"tag\":\"a\"}")] {
            let text = format!("{}{leaves}{}", begin.repeat(250), end.repeat(250));
            let ends = Ends::of(&text).unwrap();
            let mut place = Pull::of(&text, &ends);
            place.skip().unwrap();
            assert!(place.peek().is_none(), "at the end in one step");
            let mut statics = Statics::new();
            let tree = from_json(&text, &mut statics).unwrap();
            assert_eq!(tree.roots().count(), 1);
        }
    }

    #[test]
    fn what_is_in_slots_is_read_as_it_is_written() {
        let mut statics = Statics::new();
        statics.template("<a b={x} .value={json}>{node}</a>").unwrap();
        for slots in [
            r#"["t",{"a":[1]},{"tag":"b"}]"#,
            r#"[null,[1,2],{"fragment":["x",null]}]"#,
            r#"["",null,{"template":0,"slots":["x",{"bind":1},"y"]}]"#,
        ] {
            let json = format!(r#"{{"template":0,"slots":{slots}}}"#);
            let tree = from_json(&json, &mut statics).unwrap();
            assert_eq!(to_json(&tree, &statics).unwrap(), json);
        }
        let bound = r#"{"template":0,"slots":["",{"bind":{"key":"total"},"value":7},""]}"#;
        let tree = from_json(bound, &mut statics).unwrap();
        let told = to_json(&tree, &statics).unwrap();
        assert!(told.contains(r#"{"bind":{"key":"total"},"told":"#), "{told}");
    }

    #[test]
    fn an_address_that_runs_leads_nowhere() {
        let mut names = Statics::new();
        let tree =
            from_json(r#"["a", {"href": "javascript:x", "title": "javascript:x"}]"#, &mut names);
        let html = crate::vnode::html(&tree.unwrap(), &names).unwrap();
        assert_eq!(html, "<a href=\"unsafe:javascript:x\" title=\"javascript:x\"></a>");
    }
}
