//! Patches as JSON, for people: one object for each operation, with the place that it speaks of.

use super::super::json::write_json;
use super::super::names::NameId;
use super::super::statics::Statics;
use super::super::tree::{Nodes, Tree};
use super::steps::Steps;
use super::{Part, Step};
use crate::error::{Code, Error};
use crate::limit::Limits;
use crate::value::quoted;
use crate::wire::Reader;

/// A patch as a JSON array of operations, each with the path of children from the roots to what it changes, as that
/// is when all operations before it are done:
///
/// - `{"op": "text", "path", "text"}`: another text, of a text or of an element with text alone
/// - `{"op": "replace", "path", "node"}`
/// - `{"op": "set", "path", "name", "value"}` and `{"op": "unset", "path", "name"}`: an attribute
/// - `{"op": "children", "path", "parts"}`: other children, or in another order: `{"keep": n}`, `{"remove": n}`,
///   `{"create": [nodes]}`, `{"move": from, "count": n, "back": true}`, where `from` is the place before, and what is
///   moved is not among what is kept or removed; what is left stays
///
/// # Errors
///
/// `Malformed` for bytes that are no patch.
pub fn patch_json(patch: &[u8], statics: &Statics) -> Result<String, Error> {
    let mut steps = Steps::new(Reader::new(patch, &Limits::HARD), statics);
    let mut out = Telling { out: String::from("["), statics, path: vec![0] };
    while let Some(step) = steps.next()? {
        out.tell(&step)?;
    }
    out.out.push(']');
    Ok(out.out)
}

struct Telling<'s> {
    out: String,
    statics: &'s Statics,
    /// The way to the next child.
    path: Vec<usize>,
}

impl Telling<'_> {
    fn tell(&mut self, step: &Step<'_>) -> Result<(), Error> {
        match step {
            Step::Enter(past) => {
                self.skip(*past);
                self.path.push(0);
            }
            Step::Leave(count) => {
                for _ in 0..*count {
                    self.path.pop();
                    self.skip(1);
                }
            }
            Step::Text { past, text } | Step::Leaf { past, text } => {
                self.skip(*past);
                self.begin("text", true);
                self.out.push_str(",\"text\":");
                self.end(&quoted(text));
                self.skip(1);
            }
            Step::Replace { past, tree } => {
                self.skip(*past);
                self.begin("replace", true);
                self.out.push_str(",\"node\":");
                self.nodes(tree, "}")?;
                self.skip(1);
            }
            Step::Set { name, value } => {
                self.begin("set", false);
                let name = self.name(*name)?;
                let value = if name.starts_with('.') { (*value).to_owned() } else { quoted(value) };
                self.end(&format!(",\"name\":{},\"value\":{value}", quoted(&name)));
            }
            Step::Unset { name } => {
                self.begin("unset", false);
                let name = quoted(&self.name(*name)?);
                self.end(&format!(",\"name\":{name}"));
            }
            Step::List { front, parts } => {
                self.begin("children", false);
                self.out.push_str(",\"parts\":[");
                let mut between = "";
                if *front > 0 {
                    self.out.extend(["{\"keep\":", &front.to_string(), "}"]);
                    between = ",";
                }
                for part in parts {
                    self.out.push_str(between);
                    between = ",";
                    self.part(part)?;
                }
                self.end("]");
            }
            Step::Order(_) => {}
        }
        Ok(())
    }

    fn part(&mut self, part: &Part) -> Result<(), Error> {
        match part {
            Part::Keep(count) => self.out.extend(["{\"keep\":", &count.to_string(), "}"]),
            Part::Drop(count) => self.out.extend(["{\"remove\":", &count.to_string(), "}"]),
            Part::Insert(tree) => {
                self.out.push_str("{\"create\":[");
                self.nodes(tree, "]}")?;
            }
            Part::Move { from, count, back } => {
                let (from, count) = (from.to_string(), count.to_string());
                let back = if *back { ",\"back\":true}" } else { "}" };
                self.out.extend(["{\"move\":", &from, ",\"count\":", &count, back]);
            }
        }
        Ok(())
    }

    fn nodes(&mut self, tree: &Tree, end: &'static str) -> Result<(), Error> {
        let nodes: Nodes<'_> = tree.roots();
        write_json(nodes, end, self.statics, &mut self.out)
    }

    fn skip(&mut self, count: usize) {
        if let Some(last) = self.path.last_mut() {
            *last = last.saturating_add(count);
        }
    }

    /// Begins an operation: on the next child, or on the node around it.
    fn begin(&mut self, op: &str, child: bool) {
        if !self.out.ends_with('[') {
            self.out.push(',');
        }
        let around = self.path.len().saturating_sub(usize::from(!child));
        let path: Vec<String> =
            self.path.get(..around).unwrap_or_default().iter().map(usize::to_string).collect();
        self.out.extend(["{\"op\":\"", op, "\",\"path\":[", &path.join(","), "]"]);
    }

    fn end(&mut self, what: &str) {
        self.out.push_str(what);
        self.out.push('}');
    }

    fn name(&self, name: NameId) -> Result<String, Error> {
        let known = self.statics.names().get(name).map(ToOwned::to_owned);
        known.ok_or_else(|| Error::new(Code::NotFound, "a name of the table", name.to_string()))
    }
}
