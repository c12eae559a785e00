//! The Python wheel of syncline: the handles of `syncline_core::host`, as classes.
//!
//! Classes convert and nothing else; what they mean is decided below. They are frozen and hold what
//! is locked inside, so they need no global interpreter lock. Nothing of the engine's is locked
//! while Python code runs.

mod argument;
mod client;
mod edits;
mod error;
mod guard;
mod json;
mod missing;
mod output;
mod server;
mod value;
mod views;
mod wake;

use std::sync::OnceLock;

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use syncline_core::{Code, Limits, Value};

use argument::bytes;
use error::Told;
use value::{from_python, to_python};

/// The number of each code, by name.
#[pyfunction]
fn codes(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let codes = PyDict::new(py);
    for code in Code::ALL {
        codes.set_item(code.name(), code.number())?;
    }
    Ok(codes)
}

/// The canonical JSON text of a value.
#[pyfunction]
fn to_json(value: &Bound<'_, PyAny>) -> PyResult<String> {
    from_python(value).map(|value| value.to_json())
}

/// The value of a JSON text, by the engine's rules.
#[pyfunction]
fn from_json<'py>(text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = text.py();
    to_python(py, &Value::from_json(&bytes(text)?, &Limits::HARD).told(py)?)
}

/// The process is a forked child.
#[pyfunction]
fn note_fork() {
    guard::note_fork();
    wake::note_fork();
}

/// The interpreter is about to end.
#[pyfunction]
fn note_exit(py: Python<'_>) -> PyResult<()> {
    wake::close_gate(py)
}

/// Panics while it uses a handle, to prove that a panic becomes an exception.
#[cfg(feature = "test-panic")]
#[pyfunction]
#[expect(clippy::panic, reason = "this is what it is for")]
fn _panic(py: Python<'_>, client: &client::ClientHandle) -> PyResult<()> {
    client.0.run(py, |_| panic!("a panic on purpose"))
}

/// Refuses all but the first interpreter of a process, which older versions of Python do not do by themselves: the
/// engine's threads would call back into a wrong one.
fn refuse_another_interpreter(py: Python<'_>) -> PyResult<()> {
    static HOME: OnceLock<usize> = OnceLock::new();
    let here = py.import("sys")?.as_ptr().addr();
    if *HOME.get_or_init(|| here) == here {
        return Ok(());
    }
    Err(PyImportError::new_err("syncline is in another interpreter of this process already"))
}

/// The native part of `syncline`.
#[pymodule(gil_used = false)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    refuse_another_interpreter(py)?;
    module.add_class::<client::ClientHandle>()?;
    module.add_class::<server::ServerHandle>()?;
    module.add_class::<edits::Edits>()?;
    module.add_class::<output::Output>()?;
    views::add(module)?;
    module.add_class::<missing::Missing>()?;
    module.add("MISSING", missing::missing(py)?)?;
    module.add_function(wrap_pyfunction!(codes, module)?)?;
    module.add_function(wrap_pyfunction!(to_json, module)?)?;
    module.add_function(wrap_pyfunction!(from_json, module)?)?;
    #[cfg(feature = "test-panic")]
    module.add_function(wrap_pyfunction!(_panic, module)?)?;
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(note_exit, module)?,))?;
    let os = py.import("os")?;
    // Not on Windows, which has no fork.
    if os.hasattr("register_at_fork")? {
        let hooks = PyDict::new(py);
        hooks
            .set_item(PyString::new(py, "after_in_child"), wrap_pyfunction!(note_fork, module)?)?;
        os.call_method("register_at_fork", (), Some(&hooks))?;
    }
    Ok(())
}
