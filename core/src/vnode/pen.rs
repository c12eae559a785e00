//! How a host writes a tree of a view: by numbers, without the view.

use std::sync::Arc;

use super::binding::BindId;
use super::build::Builder;
use super::names::NameId;
use super::statics::Statics;
use super::template::TemplateId;
use super::tree::Tree;
use super::url::harmless;
use crate::error::Error;
use crate::value::Value;

/// Writes trees of a view, with its names, templates and bindings as they were when it was given them. What would
/// run a program is let in nowhere. After an error it is as before the call.
///
/// ```
/// use syncline_core::Epoch;
/// use syncline_core::vnode::View;
/// let mut view = View::new("links", Epoch::new(1));
/// let (a, href) = (view.tag("a")?, view.attr("href")?);
/// let mut pen = view.pen();
/// pen.open(a)?;
/// pen.attr(href, "javascript:alert(1)")?;
/// pen.text("here")?;
/// pen.close()?;
/// view.render(pen.finish()?);
/// assert_eq!(view.html()?, "<a href=\"unsafe:javascript:alert(1)\">here</a>");
/// # Ok::<(), syncline_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pen {
    statics: Arc<Statics>,
    tree: Builder,
}

impl Pen {
    pub(super) fn new(statics: Arc<Statics>) -> Self {
        Self { statics, tree: Builder::new() }
    }

    /// Goes on with the names, templates and bindings that another one of the view has.
    pub fn renew(&mut self, other: &Self) {
        self.statics = Arc::clone(&other.statics);
    }

    /// Opens an element. See [`Builder::open`] for the errors.
    pub fn open(&mut self, tag: NameId) -> Result<(), Error> {
        self.statics.names().known(tag)?;
        self.tree.open(tag)
    }

    /// The key of the element that was just opened. See [`Builder::key`].
    pub fn key(&mut self, key: &str) -> Result<(), Error> {
        self.tree.key(key)
    }

    /// An attribute of the open element, or a property, whose value is JSON. See [`Builder::attr`].
    pub fn attr(&mut self, name: NameId, value: &str) -> Result<(), Error> {
        if let Some(text) = self.statics.names().suspect(name)? {
            return self.tree.attr(name, &harmless(text, value));
        }
        self.tree.attr(name, value)
    }

    /// Text. See [`Builder::text`].
    pub fn text(&mut self, text: &str) -> Result<(), Error> {
        self.tree.text(text)
    }

    /// A place where nothing is. See [`Builder::hole`].
    pub fn hole(&mut self) -> Result<(), Error> {
        self.tree.hole()
    }

    /// HTML as it is. See [`Builder::raw`].
    pub fn raw(&mut self, html: &str) -> Result<(), Error> {
        self.tree.raw(html)
    }

    /// Opens a fragment. See [`Builder::fragment`].
    pub fn fragment(&mut self) -> Result<(), Error> {
        self.tree.fragment()
    }

    /// Opens an instance of a template. See [`Builder::instance`].
    pub fn instance(&mut self, template: TemplateId, key: Option<&str>) -> Result<(), Error> {
        self.tree.instance(self.statics.known(template)?, key)
    }

    /// An instance of a template with text in all slots. See [`Builder::row`].
    pub fn row(
        &mut self,
        template: TemplateId,
        key: Option<&str>,
        slots: &[&str],
    ) -> Result<(), Error> {
        self.tree.row(self.statics.known(template)?, key, slots)
    }

    /// What a binding tells of a value. See [`Builder::bound`].
    pub fn bound(&mut self, binding: BindId, value: Option<&Value>) -> Result<(), Error> {
        self.tree.bound(self.statics.bound(binding)?, value)
    }

    /// Opens what a binding chooses from. See [`Builder::choice`].
    pub fn choice(&mut self, binding: BindId, value: Option<&Value>) -> Result<(), Error> {
        self.tree.choice(self.statics.bound(binding)?, value)
    }

    /// Closes what was opened last. See [`Builder::close`].
    pub fn close(&mut self) -> Result<(), Error> {
        self.tree.close()
    }

    /// The tree; the next one begins.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` while something is open.
    pub fn finish(&mut self) -> Result<Tree, Error> {
        self.tree.check_closed()?;
        core::mem::take(&mut self.tree).finish()
    }

    /// Begins anew, with nothing written.
    pub fn clear(&mut self) {
        self.tree = Builder::new();
    }
}
