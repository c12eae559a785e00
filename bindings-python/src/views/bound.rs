//! What follows from a value of a room by itself.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use syncline_core::vnode::{BindId, Binding, Statics};
use syncline_core::{Code, Error, Value};

use super::node::{Node, Shape, nodes};
use super::template::Template;
use crate::argument::{Name, text};
use crate::error::{Told, raised};
use crate::missing::Missing;
use crate::value::from_python;

/// A binding, and the value that its key has.
pub(super) struct BoundTo {
    head: String,
    /// The template of the items that it shows, and what comes behind its number in the JSON.
    each: Option<(Py<Template>, String)>,
    pub(super) value: Option<Value>,
    /// The nodes that it chooses from.
    pub(super) cases: Option<Py<PyTuple>>,
}

impl BoundTo {
    /// The binding as JSON; `number` tells that of a template.
    pub(super) fn json(
        &self,
        number: impl FnOnce(&Py<Template>) -> PyResult<u32>,
    ) -> PyResult<String> {
        match &self.each {
            None => Ok(self.head.clone()),
            Some((template, tail)) => Ok(format!("{}{}{tail}", self.head, number(template)?)),
        }
    }

    /// Whether the binding is the same, with as many nodes to choose from.
    pub(super) fn binds_as(&self, other: &Self, py: Python<'_>) -> bool {
        let each = match (&self.each, &other.each) {
            (None, None) => true,
            (Some((one, tail)), Some((other, other_tail))) => one.is(other) && tail == other_tail,
            _ => false,
        };
        let count = |bound: &Self| bound.cases.as_ref().map(|cases| cases.bind(py).len());
        each && self.head == other.head && count(self) == count(other)
    }

    pub(super) fn shown(&self) -> String {
        self.head.chars().take(40).collect()
    }

    /// The binding as it will be, to refuse at once what is none.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        let mut statics = Statics::new();
        let json =
            self.json(|template| Ok(statics.template(&template.get().markup).told(py)?.get()))?;
        let id: BindId = statics.bind(&json).told(py)?;
        let choices =
            statics.binding(id).map_or(0, |binding: std::sync::Arc<Binding>| binding.choices());
        let got = self.cases.as_ref().map_or(0, |cases| cases.bind(py).len());
        if choices == got {
            return Ok(());
        }
        let expected = format!("{choices} nodes, one for each case");
        Err(raised(py, &Error::new(Code::InvalidArgument, expected, got.to_string())))
    }
}

/// What a binding tells of a value: the binding is JSON, in two pieces if the number of a template is between.
#[pyfunction]
#[pyo3(signature = (value, head, template=None, tail="", cases=None))]
pub(super) fn bound(
    value: &Bound<'_, PyAny>,
    head: Name<'_, '_>,
    template: Option<Py<Template>>,
    tail: &str,
    cases: Option<&Bound<'_, PyTuple>>,
) -> PyResult<Node> {
    let py = value.py();
    let missing = value.is_instance_of::<Missing>();
    let value = if missing { None } else { Some(from_python(value)?) };
    let (cases, depth) = cases.map(nodes).transpose()?.unzip();
    let each = template.map(|template| (template, tail.to_owned()));
    let bound =
        BoundTo { head: text(head)?.to_owned(), each, value, cases: cases.map(Bound::unbind) };
    bound.check(py)?;
    // What it tells may be a list of rows.
    let within = depth.unwrap_or_default().max(2);
    Node::new(py, Shape::Bound(Box::new(bound)), within)
}
