//! What a client is told when it is made.

use serde::{Deserialize, Serialize};

use crate::debounce;
use crate::error::Error;
use crate::limit::{Limits, Timing};
use crate::message::Codec;
use crate::options::{self, Options};
use crate::resolve::{Resolver, Resolvers};
use crate::value::Part;

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
    /// The file into which a handle records all that the client is given, or nothing. See
    /// [`flight`](crate::host::flight).
    #[cfg(feature = "host")]
    pub flight: String,
    /// The most bytes of such a recording, at most 2^32.
    #[cfg(feature = "host")]
    pub flight_bytes: u64,
}

impl ClientConfig {
    /// What a JSON object says; a member that it does not have is as in the default. Of a member that it
    /// has twice the last one counts.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for text that is no JSON object, for a member of a name that is not known, and
    /// for a value that it cannot have.
    ///
    /// ```
    /// use syncline_core::{Code, client::ClientConfig};
    /// let config = ClientConfig::from_json(r#"{"debounce":{"quiet_ms":50}}"#)?;
    /// assert!(config.durable && config.debounce.quiet.as_millis() == 50);
    /// let error = ClientConfig::from_json(r#"{"debounse":{}}"#).unwrap_err();
    /// assert_eq!((error.code, &*error.got), (Code::InvalidArgument, "\"debounse\""));
    /// # Ok::<(), syncline_core::Error>(())
    /// ```
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let mut config = Self::default();
        options::read(&mut config, json)?;
        Ok(config)
    }
}

impl Options for ClientConfig {
    fn set(&mut self, name: &str, told: Part<'_>) -> Result<bool, Error> {
        match name {
            "limits" => options::read_part(&mut self.limits, told)?,
            "timing" => options::read_part(&mut self.timing, told)?,
            "debounce" => options::read_part(&mut self.debounce, told)?,
            "resolvers" => options::read_part(&mut self.resolvers, told)?,
            "codec" => self.codec = codec(told)?,
            "schema" => self.schema = options::text(told)?,
            "durable" => self.durable = options::flag(told)?,
            "cache" => self.cache = options::flag(told)?,
            #[cfg(feature = "host")]
            "flight" => self.flight = options::text(told)?,
            #[cfg(feature = "host")]
            "flight_bytes" => self.flight_bytes = options::count(told)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The prefixes are the names of its options.
impl Options for Resolvers {
    fn set(&mut self, prefix: &str, told: Part<'_>) -> Result<bool, Error> {
        let resolver = match told.json() {
            r#""keep_theirs""# => Resolver::KeepTheirs,
            r#""keep_mine""# => Resolver::KeepMine,
            r#""three_way""# => Resolver::ThreeWay,
            r#""custom""# => Resolver::Custom,
            _ => {
                let expected = "\"keep_theirs\", \"keep_mine\", \"three_way\" or \"custom\"";
                return Err(options::wrong(expected, told));
            }
        };
        Self::set(self, prefix, resolver);
        Ok(true)
    }
}

fn codec(told: Part<'_>) -> Result<Codec, Error> {
    match told.json() {
        r#""binary""# => Ok(Codec::Binary),
        #[cfg(feature = "json")]
        r#""json""# => Ok(Codec::Json),
        #[cfg(feature = "json")]
        _ => Err(options::wrong("\"binary\" or \"json\"", told)),
        #[cfg(not(feature = "json"))]
        _ => Err(options::wrong("\"binary\", the only codec of this build", told)),
    }
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
            #[cfg(feature = "host")]
            flight: String::new(),
            #[cfg(feature = "host")]
            flight_bytes: crate::limit::FLIGHT_BYTES,
        }
    }
}

#[cfg(test)]
mod tests {
    use core::num::NonZeroU32;
    use core::time::Duration;

    use super::*;
    use crate::error::Code;
    use crate::limit::COUNTER_MAX;

    /// A config that differs from the default everywhere.
    fn other() -> ClientConfig {
        let nth = |nth: u64| Duration::from_millis(nth);
        let limits: Vec<usize> = (1..=Limits::default().to_list().len()).collect();
        let mut resolvers = Resolvers::default();
        resolvers.set("", Resolver::Custom);
        resolvers.set("a\"/", Resolver::ThreeWay);
        resolvers.set("b", Resolver::KeepMine);
        resolvers.set("b/c", Resolver::KeepTheirs);
        ClientConfig {
            limits: Limits::from_list(&limits),
            timing: Timing {
                hello: nth(1),
                idle: nth(2),
                heartbeat: nth(3),
                stall: nth(4),
                presence: nth(5),
                presence_pause: nth(6),
                room_idle: nth(7),
                backoff_first: nth(8),
                backoff_most: nth(COUNTER_MAX),
            },
            debounce: debounce::Config {
                quiet: nth(9),
                max_wait: nth(10),
                max_edits: NonZeroU32::MAX,
            },
            codec: Codec::ALL.last().copied().unwrap(),
            schema: "é\n".to_owned(),
            durable: false,
            cache: false,
            resolvers,
            #[cfg(feature = "host")]
            flight: "flight".to_owned(),
            #[cfg(feature = "host")]
            flight_bytes: 11,
        }
    }

    #[test]
    fn a_config_is_read_as_serde_reads_it() {
        for config in [other(), ClientConfig::default()] {
            let json = serde_json::to_string(&config).unwrap();
            let read = ClientConfig::from_json(&json).unwrap();
            assert_eq!(format!("{read:?}"), format!("{config:?}"));
            let read: ClientConfig = serde_json::from_str(&json).unwrap();
            assert_eq!(format!("{read:?}"), format!("{config:?}"));
        }
        for json in [
            "",
            "[]",
            "1",
            "{",
            r#"{"x":1}"#,
            r#"{"limits":[]}"#,
            r#"{"limits":{"dept":1}}"#,
            r#"{"limits":{"depth":-1}}"#,
            r#"{"limits":{"depth":1.5}}"#,
            r#"{"limits":{"depth":"1"}}"#,
            r#"{"timing":{"idle":1}}"#,
            r#"{"timing":{"idle_ms":null}}"#,
            r#"{"timing":{"idle_ms":9007199254740992}}"#,
            r#"{"debounce":{"max_edits":0}}"#,
            r#"{"debounce":{"max_edits":4294967296}}"#,
            r#"{"codec":"xml"}"#,
            r#"{"schema":1}"#,
            r#"{"durable":1}"#,
            r#"{"resolvers":{"a":"b"}}"#,
        ] {
            // `serde` also takes an array of the values, in the order of the declaration.
            let expected =
                json.contains('[') || serde_json::from_str::<ClientConfig>(json).is_err();
            assert!(expected, "{json}");
            let error = ClientConfig::from_json(json).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument, "{json}");
        }
    }

    #[test]
    fn an_error_names_the_option_that_is_wrong() {
        for (json, got) in [
            (r#"{"debounce":{"max_edits":-1}}"#, "debounce: max_edits: -1"),
            (r#"{"debounce":{"max_edit":1}}"#, "debounce: \"max_edit\""),
            (r#"{"cache":1}"#, "cache: 1"),
        ] {
            assert_eq!(ClientConfig::from_json(json).unwrap_err().got, got);
        }
    }

    #[test]
    fn limits_are_written_as_serde_writes_them() {
        for limits in [other().limits, Limits::HARD] {
            assert_eq!(limits.to_json(), serde_json::to_string(&limits).unwrap());
        }
    }
}
