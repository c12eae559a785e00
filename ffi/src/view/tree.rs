//! How C writes a tree.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use syncline_core::host::ViewHandle;
use syncline_core::vnode::{NameId, Pen, Tree};
use syncline_core::{Code, Error};

use super::syncline_view;
use crate::error::syncline_error;
use crate::guard::{guard, guard_handle, null, place, put, quietly, text};
use crate::status::syncline_status;

mod instance;

pub use instance::*;

/// A tree of a view that is being written: an element is opened, has its key, its attributes and
/// then its children,
/// and is closed. One thread at a time uses it. A tree of which a call was refused is not rendered
/// until syncline_tree_clear().
pub struct syncline_tree {
    view: ViewHandle,
    pen: Pen,
    poisoned: bool,
    /// A call was refused: what is written is not what was meant.
    refused: bool,
}

impl syncline_tree {
    /// The tree that was written, for this view.
    pub(super) fn take(&mut self, view: &ViewHandle) -> Result<Tree, Error> {
        if !self.view.is(view) {
            return Err(Error::new(Code::InvalidArgument, "a tree of this view", "one of another"));
        }
        if self.refused {
            let expected = "a tree of which no call was refused, or syncline_tree_clear() first";
            return Err(Error::new(Code::InvalidArgument, expected, "one of which one was"));
        }
        // That it is not closed yet can be mended.
        self.run(Pen::finish)
    }

    /// Writes, with what the view came to know since if that is needed.
    fn run<T>(&mut self, with: impl Fn(&mut Pen) -> Result<T, Error>) -> Result<T, Error> {
        if self.poisoned {
            return Err(Error::new(Code::Poisoned, "a tree that never panicked", "a panic"));
        }
        self.poisoned = true;
        let mut done = with(&mut self.pen);
        if matches!(&done, Err(error) if error.code == Code::NotFound) {
            let view = self.view.with(|view| Ok(view.pen()))?;
            self.pen.renew(&view);
            done = with(&mut self.pen);
        }
        self.poisoned = false;
        done
    }
}

/// Runs a function that writes to a tree; if it is refused, the tree is to be cleared.
fn write(
    tree: Option<&mut syncline_tree>,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
    with: impl FnOnce(&mut syncline_tree) -> Result<(), Error>,
) -> syncline_status {
    guard(err, || {
        let tree = tree.ok_or_else(|| null("tree"))?;
        with(tree).inspect_err(|_| tree.refused = true)
    })
}

/// Makes an empty tree of a view.
///
/// @param[in]  view      the handle.
/// @param[out] out_tree  receives the tree.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_tree is owned by the caller and freed with syncline_tree_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_tree_new(
    view: Option<&syncline_view>,
    out_tree: *mut *mut syncline_tree,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(view, err, |view| {
        place(out_tree, "out_tree")?;
        let pen = view.with(|view| Ok(view.pen()))?;
        let tree =
            Box::new(syncline_tree { view: view.clone(), pen, poisoned: false, refused: false });
        // SAFETY: the caller gives a place for the handle.
        unsafe { put(out_tree, Box::into_raw(tree)) };
        Ok(())
    })
}

/// Frees a handle.
///
/// @param[in] tree  the handle; NULL is left alone.
///
/// Ownership: takes tree.
/// Errors: none.
/// Thread-safety: for different trees, as the last call on this handle.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_tree_free(tree: *mut syncline_tree) {
    quietly(|| {
        if !tree.is_null() {
            // SAFETY: the handle comes from the library and is freed once.
            drop(unsafe { Box::from_raw(tree) });
        }
    });
}

/// Begins a tree anew, also one of which a call was refused.
///
/// @param[in]  tree  the tree.
/// @param[out] err   receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: for different trees.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_tree_clear(
    tree: Option<&mut syncline_tree>,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    write(tree, err, |tree| {
        tree.run(|pen| {
            pen.clear();
            Ok(())
        })?;
        tree.refused = false;
        Ok(())
    })
}

/// Opens an element.
///
/// @param[in]  tree  the tree.
/// @param[in]  tag   the number of its name.
/// @param[out] err   receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
/// _INVALID_ARGUMENT where it cannot be,
/// _NOT_FOUND for a number without a name.
/// Thread-safety: for different trees.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_tree_open(
    tree: Option<&mut syncline_tree>,
    tag: u32,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    write(tree, err, |tree| tree.run(|pen| pen.open(NameId::new(tag))))
}

/// Gives the element that was just opened its key.
///
/// It is the same element as one with this key and name before, wherever that was among its
/// siblings.
///
/// @param[in]  tree     the tree.
/// @param[in]  key      the key.
/// @param[in]  key_len  its length in bytes.
/// @param[out] err      receives an owned error on failure; may be NULL.
///
/// Ownership: key is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_ARGUMENT unless an element was just opened, _VALUE_TOO_LARGE.
/// Thread-safety: for different trees.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_tree_key(
    tree: Option<&mut syncline_tree>,
    key: *const c_char,
    key_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    write(tree, err, |tree| {
        // SAFETY: the header asks for `key_len` readable bytes.
        let told = unsafe { text(key, key_len, "key") }?;
        tree.run(|pen| pen.key(told))
    })
}

/// Gives the open element an attribute.
///
/// An address that runs a program leads nowhere.
///
/// @param[in]  tree       the tree.
/// @param[in]  name       the number of its name.
/// @param[in]  value      its value; that of a property is JSON.
/// @param[in]  value_len  its length in bytes.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: value is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_ARGUMENT if the element has children or has it already,
/// _NOT_FOUND for a number without
/// a name, _TOO_MANY_ITEMS beyond 256, _VALUE_TOO_LARGE.
/// Thread-safety: for different trees.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_tree_attribute(
    tree: Option<&mut syncline_tree>,
    name: u32,
    value: *const c_char,
    value_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    write(tree, err, |tree| {
        // SAFETY: the header asks for `value_len` readable bytes.
        let told = unsafe { text(value, value_len, "value") }?;
        tree.run(|pen| pen.attr(NameId::new(name), told))
    })
}

/// Adds text.
///
/// @param[in]  tree       the tree.
/// @param[in]  value      the text.
/// @param[in]  value_len  its length in bytes.
/// @param[out] err        receives an owned error on failure; may be NULL.
///
/// Ownership: value is borrowed for the call.
/// Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
/// _INVALID_ARGUMENT where it cannot be.
/// Thread-safety: for different trees.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_tree_text(
    tree: Option<&mut syncline_tree>,
    value: *const c_char,
    value_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    write(tree, err, |tree| {
        // SAFETY: the header asks for `value_len` readable bytes.
        let told = unsafe { text(value, value_len, "value") }?;
        tree.run(|pen| pen.text(told))
    })
}

/// Adds a place where nothing is.
///
/// @param[in]  tree  the tree.
/// @param[out] err   receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
/// _INVALID_ARGUMENT where it cannot be.
/// Thread-safety: for different trees.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_tree_hole(
    tree: Option<&mut syncline_tree>,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    write(tree, err, |tree| tree.run(Pen::hole))
}

/// Adds HTML as it is, as all that the open element has.
///
/// @param[in]  tree      the tree.
/// @param[in]  html      the HTML; whoever gives it answers for what it does.
/// @param[in]  html_len  its length in bytes.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: html is borrowed for the call.
/// Errors: SYNCLINE_STATUS_INVALID_ARGUMENT unless an element without children is open,
/// _VALUE_TOO_LARGE.
/// Thread-safety: for different trees.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_tree_raw(
    tree: Option<&mut syncline_tree>,
    html: *const c_char,
    html_len: usize,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    write(tree, err, |tree| {
        // SAFETY: the header asks for `html_len` readable bytes.
        let told = unsafe { text(html, html_len, "html") }?;
        tree.run(|pen| pen.raw(told))
    })
}

/// Opens a fragment: nodes beside each other, which are one where one has to be.
///
/// @param[in]  tree  the tree.
/// @param[out] err   receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
/// _INVALID_ARGUMENT where it cannot be.
/// Thread-safety: for different trees.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_tree_fragment(
    tree: Option<&mut syncline_tree>,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    write(tree, err, |tree| tree.run(Pen::fragment))
}

/// Closes what was opened last.
///
/// @param[in]  tree  the tree.
/// @param[out] err   receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_INVALID_ARGUMENT if nothing is open, or nodes are missing.
/// Thread-safety: for different trees.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_tree_close(
    tree: Option<&mut syncline_tree>,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    write(tree, err, |tree| tree.run(Pen::close))
}
