//! `MISSING`: the word for no value, where `None` would be a value.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The type of `MISSING`, of which there is one object.
#[pyclass(frozen, name = "_Missing", module = "syncline._native")]
pub(crate) struct Missing;

#[pymethods]
impl Missing {
    #[expect(clippy::unused_self, reason = "Python asks an object")]
    const fn __bool__(&self) -> bool {
        false
    }

    #[expect(clippy::unused_self, reason = "Python asks an object")]
    const fn __repr__(&self) -> &'static str {
        "MISSING"
    }

    /// A copy, also one that was pickled, is the same object.
    #[expect(clippy::unused_self, reason = "Python asks an object")]
    const fn __reduce__(&self) -> &'static str {
        "MISSING"
    }
}

/// The one object.
pub(crate) fn missing(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static MISSING: PyOnceLock<Py<Missing>> = PyOnceLock::new();
    let missing = MISSING.get_or_try_init(py, || Py::new(py, Missing))?;
    Ok(missing.bind(py).clone().into_any())
}
