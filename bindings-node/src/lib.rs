//! The engine's handles as functions of Node, over numbers; the classes around them are `ts/handle.ts`.
//!
//! A function takes the number of a handle, numbers, texts and bytes, and gives the same. Values
//! cross as scalars or JSON text, outputs many at once in one buffer.
#![allow(unsafe_code, reason = "what the macros of napi expand to; there is none besides")]
#![allow(
    unreachable_pub,
    reason = "functions for JavaScript are public, and nothing else reaches them"
)]
#![allow(clippy::needless_pass_by_value, reason = "the macros give what they have read")]

mod client;
mod code;
mod drain;
mod edits;
mod fault;
mod json;
mod number;
mod server;
mod slots;
mod told;
