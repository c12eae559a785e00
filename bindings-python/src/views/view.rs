//! A view in Python: what is rendered of it, by revision, and the value that it rendered last.

use std::mem::{replace, take};

use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use syncline_core::host::ViewHandle;
use syncline_core::limit::COUNTER_MAX;
use syncline_core::vnode::{Cursor, Tree as Nodes, View as Engine, apply};
use syncline_core::{Code, Epoch, Error, Revision};

use super::compare::Compare;
use super::draft::BEGIN;
use super::kept::Kept;
use super::list::Item;
use super::node::node;
use super::numbers::{Asked, Numbers};
use super::template::names;
use super::tree::Tree;
use crate::argument::{Name, Object, Word, blobs, text};
use crate::error::{Told, refused};
use crate::guard::no_copy;

/// What a screen shows, as a pair of numbers.
pub(super) type Pair = (Word, Word);

/// A pair of numbers as a cursor.
pub(super) fn cursor_of(py: Python<'_>, pair: Option<Pair>) -> PyResult<Cursor> {
    let Some((epoch, revision)) = pair else { return Ok(Cursor::default()) };
    if revision.0 > COUNTER_MAX {
        let got = revision.0.to_string();
        return Err(refused(py, Code::InvalidArgument, "a revision of at most 2^53 - 1", &got));
    }
    Ok(Cursor { epoch: Epoch::new(epoch.0), revision: Revision::new(revision.0) })
}

/// What is rendered of one view.
#[pyclass(frozen, weakref, subclass, module = "syncline._native")]
pub(crate) struct View {
    pub(super) kept: Kept<Engine>,
    /// Not locked while it is used, so that whatever runs meanwhile may render too.
    last: Mutex<Last>,
}

/// What was rendered last, and at which revision that was shown.
#[derive(Default)]
struct Last {
    shown: Option<(Py<PyAny>, Revision)>,
    numbers: Numbers,
}

impl View {
    /// Gives the engine's own to who shows it to others.
    pub(crate) fn run<R>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(&ViewHandle) -> PyResult<R>,
    ) -> PyResult<R> {
        self.kept.run(py, body)
    }

    /// Shows a value, by what is otherwise in it than in the last; whether that is another tree.
    fn value(&self, view: &ViewHandle, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        let mut last = take(&mut *self.last.lock());
        let done = last.render(view, value);
        let changed = done.map(|(changed, revision)| {
            last.shown = Some((value.clone().unbind(), revision));
            changed
        });
        // What was there is dropped when nothing is locked.
        let _before = replace(&mut *self.last.lock(), last);
        changed
    }
}

impl Last {
    fn render(
        &mut self,
        view: &ViewHandle,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<(bool, Revision)> {
        /// From so many bytes on the interpreter does something else meanwhile.
        const LONG: usize = 16_384;
        let py = value.py();
        let now = view.with(|view| Ok(view.cursor().revision)).told(py)?;
        let asked = Asked { py, view, known: &mut self.numbers };
        let new = Item::of(value.as_borrowed());
        if let Some((before, revision)) = &self.shown
            && *revision == now
        {
            if before.is(value) {
                return Ok((false, now));
            }
            let mut compare = Compare::new(asked);
            compare.node(0, &Item::of(before.bind_borrowed(py)), &new, None)?;
            let Compare { draft, more, .. } = compare;
            let drafts = std::iter::once(&draft.out).chain(&more).filter(|one| !one.is_empty());
            let drafts: Vec<&[u8]> = drafts.map(Vec::as_slice).collect();
            if drafts.is_empty() {
                return Ok((false, now));
            }
            let absorb = |view: &mut Engine| {
                if view.cursor().revision != now {
                    return Ok(None);
                }
                let changed = view.absorb(drafts.iter().copied())?;
                Ok(Some((changed, view.cursor().revision)))
            };
            let long = drafts.iter().any(|draft| draft.len() >= LONG);
            let done = if long { py.detach(|| view.with(absorb)) } else { view.with(absorb) };
            if let Some(done) = done.told(py)? {
                return Ok(done);
            }
        }
        let mut whole = BEGIN.to_vec();
        Asked { py, view, known: &mut self.numbers }.write(&new, None, &mut whole)?;
        whole.push(0);
        let render = |view: &mut Engine| {
            let tree = apply(&Nodes::default(), &whole, view.statics())?;
            Ok((view.render(tree), view.cursor().revision))
        };
        py.detach(|| view.with(render)).told(py)
    }
}

#[pymethods]
impl View {
    #[new]
    fn new(name: Name<'_, '_>, epoch: Word) -> PyResult<Self> {
        let kept = Kept::new(Engine::new(text(name)?, Epoch::new(epoch.0)));
        Ok(Self { kept, last: Mutex::default() })
    }

    /// The name.
    fn name(&self, py: Python<'_>) -> PyResult<String> {
        self.kept.ask(py, |view| Ok(view.name().to_owned()))
    }

    /// The number of an element's name.
    fn tag(&self, name: Name<'_, '_>) -> PyResult<u32> {
        let told = text(name)?;
        self.kept.ask(name.py(), |view| Ok(view.tag(told)?.get()))
    }

    /// The number of an attribute's name.
    fn attribute(&self, name: Name<'_, '_>) -> PyResult<u32> {
        let told = text(name)?;
        self.kept.ask(name.py(), |view| Ok(view.attr(told)?.get()))
    }

    /// The number of the template of this markup, and the names of its slots.
    fn template(&self, markup: Name<'_, '_>) -> PyResult<(u32, Vec<String>)> {
        let told = text(markup)?;
        let number = self.kept.ask(markup.py(), |view| Ok(view.statics().template(told)?.get()))?;
        Ok((number, names(told)))
    }

    /// The number of the binding that JSON tells.
    fn bind(&self, json: Name<'_, '_>) -> PyResult<u32> {
        let told = text(json)?;
        self.kept.ask(json.py(), |view| Ok(view.statics().bind(told)?.get()))
    }

    /// Shows what a value is, or a tree that was written; whether that is another tree.
    fn render(&self, value: Object<'_, '_>) -> PyResult<bool> {
        let py = value.py();
        if let Ok(tree) = value.cast_exact::<Tree>() {
            let tree = tree.get().take(py, self)?;
            return self.kept.ask(py, |view| Ok(view.render(tree)));
        }
        let (value, _) = node(value)?;
        self.kept.run(py, |view| self.value(view, &value))
    }

    /// Shows the tree that JSON tells; whether that is another one.
    fn render_json(&self, json: Name<'_, '_>) -> PyResult<bool> {
        let told = text(json)?;
        self.kept.wait(json.py(), |view| view.render_json(told))
    }

    /// Shows what drafts make of the tree, as one revision; whether that is another tree.
    fn absorb(&self, drafts: Object<'_, '_>) -> PyResult<bool> {
        let told = blobs(drafts)?;
        self.kept.wait(drafts.py(), |view| view.absorb(told.iter().map(Vec::as_slice)))
    }

    /// What a screen that shows everything shows: the epoch and the revision.
    fn cursor(&self, py: Python<'_>) -> PyResult<(u64, u64)> {
        let cursor = self.kept.ask(py, |view| Ok(view.cursor()))?;
        Ok((cursor.epoch.get(), cursor.revision.get()))
    }

    /// What a screen that shows this is told; nothing if that is all.
    #[pyo3(signature = (cursor=None))]
    fn frame<'py>(&self, py: Python<'py>, cursor: Option<Pair>) -> PyResult<Bound<'py, PyBytes>> {
        let cursor = cursor_of(py, cursor)?;
        let frame = self.kept.wait(py, |view| Ok(view.frame(cursor)))?;
        Ok(PyBytes::new(py, &frame))
    }

    /// The same as JSON, for people.
    #[pyo3(signature = (cursor=None))]
    fn frame_json(&self, py: Python<'_>, cursor: Option<Pair>) -> PyResult<String> {
        let cursor = cursor_of(py, cursor)?;
        self.kept.wait(py, |view| view.frame_json(cursor))
    }

    /// The tree as HTML.
    fn html(&self, py: Python<'_>) -> PyResult<String> {
        self.kept.wait(py, |view| view.html())
    }

    /// The tree as JSON.
    fn json(&self, py: Python<'_>) -> PyResult<String> {
        self.kept.wait(py, |view| view.json())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (name, revision): (String, u64) = self.kept.ask(py, |view| {
            Ok::<_, Error>((view.name().to_owned(), view.cursor().revision.get()))
        })?;
        Ok(format!("<View {name}, revision {revision}>"))
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        no_copy(slf, "it is one of a process")
    }
}
