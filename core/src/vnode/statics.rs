//! What a view's trees refer to by number, and is said once: names, templates and bindings.

use std::sync::Arc;

use super::binding::{BindId, Binding};
use super::markup;
use super::names::{NameId, Names};
use super::patch::{malformed, read_nodes, write_node};
use super::template::{Template, TemplateId};
use super::tree::{Tree, size, word};
use crate::error::{Code, Error};
use crate::limit::{VIEW_TEMPLATES, VIEW_TEXT};
use crate::map::Map;
use crate::wire::{Reader, Writer};

/// Names, templates and bindings, each by a number that it keeps: of two tables of which one is older the
/// newer begins with it.
///
/// ```
/// use syncline_core::vnode::{Builder, Statics, html};
/// let mut statics = Statics::new();
/// let row = statics.template("<li class={kind}>{name}: {count}</li>")?;
/// let row = statics.get(row).unwrap();
/// let mut tree = Builder::new();
/// tree.row(&row, Some("tea"), &["hot", "Tea", "2"])?;
/// assert_eq!(html(&tree.finish()?, &statics)?, "<li class=\"hot\">Tea<!---->: <!---->2</li>");
/// # Ok::<(), syncline_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Statics {
    names: Names,
    templates: Vec<Arc<Template>>,
    /// The templates by their bytes.
    bodies: Map<Vec<u8>, TemplateId>,
    bindings: Vec<Arc<Binding>>,
    /// The bindings by their JSON.
    sources: Map<String, BindId>,
    bytes: usize,
}

/// How many there are of each.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Counts {
    names: usize,
    templates: usize,
    bindings: usize,
}

impl Statics {
    /// A table with nothing but the name of keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of an element's name. See [`Names::tag`] for which are possible.
    pub fn tag(&mut self, name: &str) -> Result<NameId, Error> {
        self.names.tag(name)
    }

    /// The number of an attribute's name. See [`Names::attr`] for which are possible.
    pub fn attr(&mut self, name: &str) -> Result<NameId, Error> {
        self.names.attr(name)
    }

    /// The number of a name that there is, whatever it is of.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<NameId> {
        self.names.find(name)
    }

    /// The names.
    #[must_use]
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// The template of this markup, in which `{name}` is a slot, and `{{` and `}}` stand for braces; the same
    /// for the same markup.
    ///
    /// Tags are closed, by themselves (`<br/>`) too; text of white space with a line end in it is left out;
    /// a property is `.name={value}`. Comments are left out.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` with the place for what is no markup, for slots elsewhere than between tags and in
    /// attributes, and for addresses that could become programs; those of names and trees; `TooMany` beyond
    /// 256 slots or 65,536 templates.
    pub fn template(&mut self, markup: &str) -> Result<TemplateId, Error> {
        let pieces = markup::pieces(markup)?;
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        self.template_of(&pieces)
    }

    /// The template of the pieces of markup between which its slots are.
    ///
    /// # Errors
    ///
    /// As [`Self::template`].
    pub fn template_of(&mut self, pieces: &[&str]) -> Result<TemplateId, Error> {
        let body = markup::read(pieces, &mut self.names)?;
        self.put(body)
    }

    fn put(&mut self, body: Tree) -> Result<TemplateId, Error> {
        let bytes = written(&body);
        if let Some(known) = self.bodies.get(&bytes) {
            return Ok(*known);
        }
        self.check(self.templates.len(), bytes.len())?;
        let id = TemplateId::new(word(self.templates.len()));
        self.templates.push(Arc::new(Template::of(id, body, &self.names)?));
        self.bytes = self.bytes.saturating_add(bytes.len());
        self.bodies.insert(bytes, id);
        Ok(id)
    }

    fn check(&self, count: usize, bytes: usize) -> Result<(), Error> {
        if count >= VIEW_TEMPLATES {
            return Err(Error::limit(Code::TooMany, VIEW_TEMPLATES, "of them in a view", count));
        }
        let bytes = self.bytes.saturating_add(bytes);
        if bytes > VIEW_TEXT {
            let what = "bytes of templates and bindings";
            return Err(Error::limit(Code::ValueTooLarge, VIEW_TEXT, what, bytes));
        }
        Ok(())
    }

    /// The template of this number.
    #[must_use]
    pub fn get(&self, id: TemplateId) -> Option<Arc<Template>> {
        self.templates.get(size(id.get())).cloned()
    }

    pub(super) fn known(&self, id: TemplateId) -> Result<&Arc<Template>, Error> {
        let known = self.templates.get(size(id.get()));
        known.ok_or_else(|| Error::new(Code::NotFound, "a template of the view", id.to_string()))
    }

    /// The binding that this JSON tells; the same for the same text. See [`Binding`].
    ///
    /// # Errors
    ///
    /// `InvalidJson`, and `InvalidArgument` for JSON that is no binding; `NotFound` for a template that there
    /// is not; `TooMany` beyond 65,536.
    pub fn bind(&mut self, json: &str) -> Result<BindId, Error> {
        if let Some(known) = self.sources.get(json) {
            return Ok(*known);
        }
        self.check(self.bindings.len(), json.len())?;
        let id = BindId::new(word(self.bindings.len()));
        let binding = Binding::of(id, json, self)?;
        self.bindings.push(Arc::new(binding));
        self.bytes = self.bytes.saturating_add(json.len());
        self.sources.insert(json.to_owned(), id);
        Ok(id)
    }

    /// The binding of this number.
    #[must_use]
    pub fn binding(&self, id: BindId) -> Option<Arc<Binding>> {
        self.bindings.get(size(id.get())).cloned()
    }

    pub(super) fn bound(&self, id: BindId) -> Result<&Arc<Binding>, Error> {
        let known = self.bindings.get(size(id.get()));
        known.ok_or_else(|| Error::new(Code::NotFound, "a binding of the view", id.to_string()))
    }

    /// Bytes of the table, about.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.bytes
    }

    pub(super) const fn counts(&self) -> Counts {
        Counts {
            names: self.names.len(),
            templates: self.templates.len(),
            bindings: self.bindings.len(),
        }
    }

    /// Writes what a table with so many has not.
    pub(super) fn write_since(&self, from: Counts, to: Counts, out: &mut Writer) {
        if from == to {
            return out.byte(0);
        }
        out.size(from.names.saturating_add(1));
        out.size(to.names.saturating_sub(from.names));
        for name in self.names.texts().take(to.names).skip(from.names) {
            out.text(name);
        }
        out.size(to.templates.saturating_sub(from.templates));
        for template in self.templates.iter().take(to.templates).skip(from.templates) {
            out.raw(&written(template.tree()));
        }
        out.size(to.bindings.saturating_sub(from.bindings));
        for binding in self.bindings.iter().take(to.bindings).skip(from.bindings) {
            out.text(binding.json());
        }
    }

    /// Reads what [`Self::write_since`] wrote for this table; `none` is one without even the name of keys.
    pub(super) fn read_since(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let Some(known) = reader.number()?.checked_sub(1) else { return Ok(()) };
        if usize::try_from(known) != Ok(self.names.len()) {
            let expected = format!("{} known names", self.names.len());
            return Err(malformed(expected, &known.to_string()));
        }
        for _ in 0..reader.count(1)? {
            self.names.append(reader.text()?)?;
        }
        for _ in 0..reader.count(1)? {
            let count = reader.count(1)?;
            let body = read_nodes(reader, count, self, 0)?;
            let before = self.templates.len();
            self.put(body)?;
            if self.templates.len() == before {
                return Err(malformed("each template once", "one twice"));
            }
        }
        for _ in 0..reader.count(1)? {
            let before = self.bindings.len();
            self.bind(reader.text()?)?;
            if self.bindings.len() == before {
                return Err(malformed("each binding once", "one twice"));
            }
        }
        Ok(())
    }

    /// Forgets what came after so many.
    pub(super) fn truncate(&mut self, counts: Counts) {
        self.names.truncate(counts.names);
        for template in self.templates.drain(counts.templates.min(self.templates.len())..) {
            let bytes = written(template.tree());
            self.bytes = self.bytes.saturating_sub(bytes.len());
            self.bodies.remove(&bytes);
        }
        for binding in self.bindings.drain(counts.bindings.min(self.bindings.len())..) {
            self.bytes = self.bytes.saturating_sub(binding.json().len());
            self.sources.remove(binding.json());
        }
    }

    /// A table without even the name of keys, to be read.
    pub(super) fn none() -> Self {
        Self { names: Names::none(), ..Self::default() }
    }
}

/// The nodes of a tree, how many and which.
fn written(tree: &Tree) -> Vec<u8> {
    let mut out = Writer::new();
    out.size(tree.roots().count());
    for node in tree.roots() {
        write_node(node, &mut out);
    }
    out.into_bytes()
}
