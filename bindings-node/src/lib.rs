//! The engine's handles as functions of Node, over numbers; the classes around them are `ts/handle.ts`.
//!
//! A function takes the number of a handle, numbers, texts and bytes, and gives the same. Values
//! cross as scalars or JSON text, outputs many at once in one buffer.
#![allow(unsafe_code, reason = "what the macros of napi expand to; there is none besides")]
#![allow(clippy::needless_pass_by_value, reason = "the macros give what they have read")]

pub mod client;
mod code;
pub mod drain;
mod edits;
pub mod fault;
mod json;
mod number;
pub mod server;
pub mod slots;
pub mod told;
pub mod view;
