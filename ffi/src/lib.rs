//! The C library of syncline: the handles of `syncline_core::host`, as functions.
//!
//! Functions convert and nothing else; what they mean is decided below. The comments are written for
//! the reader of `include/syncline.h`, which is made from this crate.
#![allow(unsafe_code, reason = "the only crate that has pointers from elsewhere")]
#![allow(non_camel_case_types, reason = "the names are C's, so that the header needs no renaming")]
#![allow(
    rustdoc::broken_intra_doc_links,
    clippy::missing_safety_doc,
    clippy::doc_markdown,
    reason = "the comments are the C header's: `@param[in]`, and five sections instead of `# Safety`"
)]

// The order of the header is that of these lines.
mod version;

mod status;

mod error;

mod buf;

mod wake;

mod mode;

mod edits;

mod client;

#[cfg(feature = "server")]
mod server;

#[cfg(feature = "views")]
mod view;

mod growing;

mod guard;

mod json;

#[cfg(target_arch = "wasm32")]
mod wasm;

#[cfg(test)]
#[cfg(feature = "server")]
mod conversation;

pub use buf::*;
pub use client::*;
pub use edits::*;
pub use error::*;
pub use mode::*;
#[cfg(feature = "server")]
pub use server::*;
pub use status::*;
pub use version::*;
#[cfg(feature = "views")]
pub use view::*;
pub use wake::*;

/// Panics while it uses a server, to prove that a panic becomes a status. Not in the header.
#[cfg(all(feature = "test-panic", feature = "server"))]
#[unsafe(no_mangle)]
#[expect(clippy::panic, reason = "this is what it is for")]
pub extern "C" fn syncline_test_panic(
    server: Option<&syncline_server>,
    err: Option<&mut std::mem::MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard::guard_handle::<_, ()>(server, err, |_| panic!("a panic on purpose"))
}
