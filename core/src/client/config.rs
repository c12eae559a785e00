//! What a client is told when it is made.

use serde::{Deserialize, Serialize};

use crate::debounce;
use crate::limit::{Limits, Timing};
use crate::message::Codec;
use crate::resolve::Resolvers;

/// How a client behaves; the default suits an interactive application.
///
/// ```
/// use syncline_core::client::ClientConfig;
/// let json = r#"{"debounce":{"quiet_ms":50},"resolvers":{"cart/":"three_way"},"codec":"json"}"#;
/// let config: ClientConfig = serde_json::from_str(json).unwrap();
/// assert!(config.durable && config.debounce.quiet.as_millis() == 50);
/// assert!(serde_json::from_str::<ClientConfig>(r#"{"debounse":{}}"#).is_err());
/// ```
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientConfig {
    /// Bounds of what is edited; lowered to those that the server told last.
    pub limits: Limits,
    /// How long things may take.
    pub timing: Timing,
    /// When a burst of edits is sent.
    pub debounce: debounce::Config,
    /// How messages should look as bytes, if the server agrees.
    pub codec: Codec,
    /// The application's own schema name, for the server's host to judge.
    pub schema: String,
    /// Whether anything is recorded. Without, nothing survives the process.
    pub durable: bool,
    /// Whether the confirmed state is recorded as well, so that a start without a connection shows
    /// what was last known.
    pub cache: bool,
    /// What refusals turn into.
    pub resolvers: Resolvers,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            timing: Timing::default(),
            debounce: debounce::Config::default(),
            codec: Codec::default(),
            schema: String::new(),
            durable: true,
            cache: true,
            resolvers: Resolvers::default(),
        }
    }
}
