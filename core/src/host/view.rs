//! Views and screens that any thread may use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Code, Error};
use crate::host::lock::Mutex;
use crate::vnode::{Screen, View};

/// A view that any thread may use. Clones are the same one.
pub type ViewHandle = Shared<View>;

/// A screen that any thread may use. Clones are the same one.
pub type ScreenHandle = Shared<Screen>;

/// Something that one thread at a time uses, until somebody panics while using it.
///
/// ```
/// use syncline_core::Epoch;
/// use syncline_core::host::ViewHandle;
/// use syncline_core::vnode::View;
/// let view = ViewHandle::new(View::new("title", Epoch::new(1)));
/// assert!(view.with(|view| view.render_json(r#"["h1", "Hello"]"#))?);
/// assert_eq!(view.with(|view| view.html())?, "<h1>Hello</h1>");
/// # Ok::<(), syncline_core::Error>(())
/// ```
pub struct Shared<T>(Arc<Held<T>>);

struct Held<T> {
    held: Mutex<T>,
    poisoned: AtomicBool,
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Shared<T> {
    /// Shares it.
    pub fn new(held: T) -> Self {
        Self(Arc::new(Held { held: Mutex::new(held), poisoned: AtomicBool::new(false) }))
    }

    /// Uses it.
    ///
    /// # Errors
    ///
    /// Those of the use; `Poisoned` after a panic.
    pub fn with<R>(&self, give: impl FnOnce(&mut T) -> Result<R, Error>) -> Result<R, Error> {
        let mut held = self.0.held.lock();
        if self.0.poisoned.load(Ordering::Relaxed) {
            return Err(Error::new(Code::Poisoned, "a handle that never panicked", "a panic"));
        }
        give(&mut held)
    }

    /// Whether it is the same.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Refuses every later use.
    pub fn poison(&self) {
        self.0.poisoned.store(true, Ordering::Relaxed);
    }
}
