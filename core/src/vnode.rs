//! Trees of a user interface, as they are held, compared and sent: a tree is one flat stream of words and
//! text, and what changed between two of them is a patch.
//!
//! ```
//! use syncline_core::vnode::{Builder, Statics, apply, diff};
//! let mut statics = Statics::new();
//! let (ul, li) = (statics.tag("ul")?, statics.tag("li")?);
//! let list = |items: &[&str]| {
//!     let mut tree = Builder::new();
//!     tree.open(ul)?;
//!     for item in items {
//!         tree.open(li)?;
//!         tree.key(item)?;
//!         tree.text(item)?;
//!         tree.close()?;
//!     }
//!     tree.close()?;
//!     tree.finish()
//! };
//! let (before, after) = (list(&["tea", "milk"])?, list(&["milk", "tea", "jam"])?);
//! let patch = diff(&before, &after);
//! assert_eq!(apply(&before, &patch, &statics)?, after);
//! assert!(patch.len() < 20);
//! # Ok::<(), syncline_core::Error>(())
//! ```

mod apply;
mod binding;
mod build;
mod diff;
mod draft;
mod hint;
mod html;
mod json;
mod keyed;
mod learn;
mod markup;
mod names;
mod patch;
mod pen;
mod prediction;
mod pull;
mod rule;
mod screen;
mod spots;
mod statics;
mod template;
mod texts;
mod transform;
mod tree;
mod url;
mod view;

#[cfg(test)]
mod tests;

pub use apply::apply;
pub use binding::{BindId, Binding};
pub use build::Builder;
pub use diff::diff;
pub use html::html;
pub use json::{from_json, to_json};
pub use names::{NameId, Names};
pub use patch::patch_json;
pub use pen::Pen;
pub use prediction::PredictionMetrics;
pub(crate) use screen::is_from_nothing;
pub use screen::{Change, Screen};
pub use statics::Statics;
pub use template::{Slot, Template, TemplateId};
pub use transform::Transform;
pub use tree::{Attr, Attrs, Kind, Node, Nodes, Tree};
pub use url::harmless;
pub use view::{Cursor, View};
