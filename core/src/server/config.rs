//! What a server allows, and how long it waits.

use crate::limit::{Limits, Timing};
use crate::message::Codec;

/// The configuration of a server; fixed while it lives.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The bounds that it keeps, and tells its clients.
    pub limits: Limits,
    /// How long things may take.
    pub timing: Timing,
    /// The codecs that it speaks; a client's order of preference decides among them.
    pub codecs: Vec<Codec>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self { limits: Limits::default(), timing: Timing::default(), codecs: Codec::ALL.to_vec() }
    }
}
