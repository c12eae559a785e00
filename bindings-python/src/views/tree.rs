//! A tree that is written by numbers, node after node.

use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::PyString;
use syncline_core::vnode::{BindId, NameId, Pen, TemplateId, Tree as Nodes};
use syncline_core::{Code, Error, Value};

use super::view::View;
use crate::argument::{Name, Number, Object, text, texts};
use crate::error::{Told, refused};
use crate::guard::no_copy;
use crate::missing::Missing;
use crate::value::from_python;

type Key<'a, 'py> = Option<&'a Bound<'py, PyString>>;

/// A tree of a view that is being written. After an error it is as before the call.
#[pyclass(frozen, module = "syncline._native")]
pub(crate) struct Tree {
    view: Py<View>,
    pen: Mutex<Pen>,
}

impl Tree {
    /// The tree that was written, for this view; the next one begins.
    pub(super) fn take(&self, py: Python<'_>, view: &View) -> PyResult<Nodes> {
        if !std::ptr::eq(self.view.get(), view) {
            let expected = "a tree of this view";
            return Err(refused(py, Code::InvalidArgument, expected, "one of another"));
        }
        self.write(py, Pen::finish)
    }

    /// Writes, with what the view came to know since if that is needed.
    fn write<T>(&self, py: Python<'_>, with: impl Fn(&mut Pen) -> Result<T, Error>) -> PyResult<T> {
        self.view.get().kept.run(py, |view| {
            let mut pen = self.pen.lock();
            let mut done = with(&mut pen);
            if matches!(&done, Err(error) if error.code == Code::NotFound) {
                let newer = view.with(|view| Ok(view.pen()));
                done = newer.and_then(|newer| {
                    pen.renew(&newer);
                    with(&mut pen)
                });
            }
            drop(pen);
            done.told(py)
        })
    }
}

/// A value; nothing for `MISSING`.
fn value(object: Object<'_, '_>) -> PyResult<Option<Value>> {
    if object.is_instance_of::<Missing>() {
        return Ok(None);
    }
    from_python(object).map(Some)
}

#[pymethods]
impl Tree {
    #[new]
    fn new(view: &Bound<'_, View>) -> PyResult<Self> {
        let pen = view.get().kept.ask(view.py(), |view| Ok(view.pen()))?;
        Ok(Self { view: view.clone().unbind(), pen: Mutex::new(pen) })
    }

    /// Opens an element.
    fn open(&self, py: Python<'_>, tag: Number) -> PyResult<()> {
        self.write(py, |pen| pen.open(NameId::new(tag.0)))
    }

    /// Gives the element that was just opened its key.
    fn key(&self, key: Name<'_, '_>) -> PyResult<()> {
        let told = text(key)?;
        self.write(key.py(), |pen| pen.key(told))
    }

    /// Gives the open element an attribute.
    fn attr(&self, name: Number, value: Name<'_, '_>) -> PyResult<()> {
        let told = text(value)?;
        self.write(value.py(), |pen| pen.attr(NameId::new(name.0), told))
    }

    /// Adds text.
    fn text(&self, text: Name<'_, '_>) -> PyResult<()> {
        let told = self::text(text)?;
        self.write(text.py(), |pen| pen.text(told))
    }

    /// Adds a place where nothing is.
    fn hole(&self, py: Python<'_>) -> PyResult<()> {
        self.write(py, Pen::hole)
    }

    /// Adds HTML as it is, as all that the open element has.
    fn raw(&self, html: Name<'_, '_>) -> PyResult<()> {
        let told = text(html)?;
        self.write(html.py(), |pen| pen.raw(told))
    }

    /// Opens a fragment.
    fn fragment(&self, py: Python<'_>) -> PyResult<()> {
        self.write(py, Pen::fragment)
    }

    /// Opens an instance of a template.
    #[pyo3(signature = (template, key=None))]
    fn instance(&self, py: Python<'_>, template: Number, key: Key<'_, '_>) -> PyResult<()> {
        let key = key.map(text).transpose()?;
        self.write(py, |pen| pen.instance(TemplateId::new(template.0), key))
    }

    /// Adds an instance of a template with text in all of its slots.
    fn row(
        &self,
        py: Python<'_>,
        template: Number,
        key: Key<'_, '_>,
        slots: Object<'_, '_>,
    ) -> PyResult<()> {
        let (key, slots) = (key.map(text).transpose()?, texts(slots)?);
        let slots: Vec<&str> = slots.iter().map(String::as_str).collect();
        self.write(py, |pen| pen.row(TemplateId::new(template.0), key, &slots))
    }

    /// Adds what a binding tells of a value.
    fn bound(&self, binding: Number, value: Object<'_, '_>) -> PyResult<()> {
        let told = self::value(value)?;
        self.write(value.py(), |pen| pen.bound(BindId::new(binding.0), told.as_ref()))
    }

    /// Opens what a binding chooses from.
    fn choice(&self, binding: Number, value: Object<'_, '_>) -> PyResult<()> {
        let told = self::value(value)?;
        self.write(value.py(), |pen| pen.choice(BindId::new(binding.0), told.as_ref()))
    }

    /// Closes what was opened last.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.write(py, Pen::close)
    }

    /// Begins the tree anew.
    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        self.write(py, |pen| {
            pen.clear();
            Ok(())
        })
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        no_copy(slf, "it is to be rendered")
    }
}
