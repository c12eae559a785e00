//! Trees as JSON text.

use super::super::names::NameId;
use super::super::statics::Statics;
use super::super::template::Slot;
use super::super::tree::{Kind, Node, Nodes, Tree};
use crate::error::{Code, Error};
use crate::value::quoted;

/// A tree as JSON: its only root, or all of them behind an empty string, each element as an object.
///
/// # Errors
///
/// `NotFound` for a name that is not in the table.
pub fn to_json(tree: &Tree, statics: &Statics) -> Result<String, Error> {
    let mut out = String::new();
    let alone = tree.roots().count() == 1;
    out.push_str(if alone { "" } else { "[\"\"" });
    write_json(tree.roots(), if alone { "" } else { "]" }, statics, &mut out)?;
    Ok(out)
}

/// Nodes that are being written.
struct Writing<'a> {
    nodes: Nodes<'a>,
    /// What comes after them.
    end: &'static str,
    /// What they are in the slots of, if they are.
    slots: core::slice::Iter<'a, Slot>,
}

impl<'a> Writing<'a> {
    fn of(nodes: Nodes<'a>, end: &'static str) -> Self {
        Self { nodes, end, slots: [].iter() }
    }
}

/// Writes nodes with commas between, and what comes after them.
pub(in super::super) fn write_json<'a>(
    nodes: Nodes<'a>,
    end: &'static str,
    statics: &'a Statics,
    out: &mut String,
) -> Result<(), Error> {
    let mut open = vec![Writing::of(nodes, end)];
    while let Some(writing) = open.last_mut() {
        let Some(node) = writing.nodes.next() else {
            out.push_str(writing.end);
            open.pop();
            continue;
        };
        let is_json = writing.slots.next().is_some_and(|slot| slot.is_property());
        if !(out.is_empty() || out.ends_with('[') || out.ends_with(':')) {
            out.push(',');
        }
        match node.kind() {
            // The value of a property is JSON.
            Kind::Text(text) if is_json => out.push_str(text),
            Kind::Fragment => {
                out.push_str("{\"fragment\":[");
                open.push(Writing::of(node.children(), "]}"));
            }
            Kind::Instance(template) => {
                out.push_str("{\"template\":");
                out.push_str(&template.to_string());
                if let Some(key) = node.key() {
                    out.push_str(",\"key\":");
                    out.push_str(&quoted(key));
                }
                out.push_str(",\"slots\":[");
                let slots = statics.known(template)?.slots().iter();
                open.push(Writing { nodes: node.children(), end: "]}", slots });
            }
            Kind::Bound(binding) => {
                out.push_str("{\"bind\":");
                out.push_str(statics.bound(binding)?.json());
                out.push_str(",\"told\":");
                let mut children = node.children();
                let told = children.first(1).unwrap_or(Nodes::NONE);
                if children.is_empty() {
                    open.push(Writing::of(told, "}"));
                } else {
                    open.push(Writing::of(children, "]}"));
                    open.push(Writing::of(told, ",\"cases\":["));
                }
            }
            Kind::Text(text) => out.push_str(&quoted(text)),
            Kind::Hole => out.push_str("null"),
            // It is told with its element.
            Kind::Raw(_) => {}
            Kind::Element(tag) => {
                head(node, tag, statics, out)?;
                match node.children().next().map(Node::kind) {
                    None => out.push('}'),
                    Some(Kind::Raw(html)) => {
                        out.push_str(",\"html\":");
                        out.push_str(&quoted(html));
                        out.push('}');
                    }
                    Some(_) => {
                        out.push_str(",\"children\":[");
                        open.push(Writing::of(node.children(), "]}"));
                    }
                }
            }
        }
    }
    Ok(())
}

fn head(node: Node<'_>, tag: NameId, statics: &Statics, out: &mut String) -> Result<(), Error> {
    let name = |id: NameId| {
        let names = statics.names();
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
