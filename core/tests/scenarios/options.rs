//! A client's configuration as a step gives it.

use core::time::Duration;
use std::collections::BTreeMap;

use serde::Deserialize;
use syncline_core::client::ClientConfig;
use syncline_core::resolve::Resolver;
use syncline_core::{Codec, Limits, Timing};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    limits: Limits,
    timing: Timing,
    codec: Codec,
    schema: String,
    cache: bool,
    durable: bool,
    quiet_millis: u64,
    max_wait_millis: u64,
    resolvers: BTreeMap<String, String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            timing: Timing::default(),
            codec: Codec::Binary,
            schema: String::new(),
            cache: true,
            durable: true,
            quiet_millis: 16,
            max_wait_millis: 100,
            resolvers: BTreeMap::new(),
        }
    }
}

pub(crate) fn client(json: &str) -> Result<ClientConfig, String> {
    let options: Options = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let mut config = ClientConfig {
        limits: options.limits,
        timing: options.timing,
        codec: options.codec,
        schema: options.schema,
        cache: options.cache,
        durable: options.durable,
        ..ClientConfig::default()
    };
    config.debounce.quiet = Duration::from_millis(options.quiet_millis);
    config.debounce.max_wait = Duration::from_millis(options.max_wait_millis);
    for (prefix, resolver) in options.resolvers {
        config.resolvers.set(prefix, named(&resolver)?);
    }
    Ok(config)
}

fn named(resolver: &str) -> Result<Resolver, String> {
    Ok(match resolver {
        "keep_theirs" => Resolver::KeepTheirs,
        "keep_mine" => Resolver::KeepMine,
        "three_way" => Resolver::ThreeWay,
        "custom" => Resolver::Custom,
        other => return Err(format!("{other}: no resolver")),
    })
}
