//! Views in Python: what is rendered, as light values, and how that becomes what the engine shows.
//!
//! Templates, elements and lists are values that never change and are checked where they are made. A view
//! keeps the one that it rendered last and compares the next with it in place: what is the same object is
//! not looked at, and what is otherwise is written as a draft. No code of Python's runs meanwhile.

mod bound;
mod compare;
mod draft;
mod few;
mod kept;
mod list;
mod make;
mod node;
mod numbers;
mod screen;
mod template;
mod tree;
mod view;
mod write;

use pyo3::prelude::*;

pub(crate) use view::View;

/// Adds the classes and functions of views to the module.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<View>()?;
    module.add_class::<screen::Screen>()?;
    module.add_class::<tree::Tree>()?;
    module.add_class::<template::Template>()?;
    module.add_class::<node::Node>()?;
    module.add_function(wrap_pyfunction!(make::h, module)?)?;
    module.add_function(wrap_pyfunction!(make::each, module)?)?;
    module.add_function(wrap_pyfunction!(make::fragment, module)?)?;
    module.add_function(wrap_pyfunction!(make::raw, module)?)?;
    module.add_function(wrap_pyfunction!(bound::bound, module)?)
}
