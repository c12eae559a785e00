//! Whether trees of `syncline_core::vnode` keep what pages of HTML say that others wrote.
//!
//! Each page becomes a tree, once as it is and once with the `id` of an element as its key. Then patches
//! from and to the page before it, its JSON, and its HTML as a browser reads it must give that tree again.

pub mod check;
pub mod page;

pub use check::{Check, Numbers};
pub use page::{Left, Page, Reading};
