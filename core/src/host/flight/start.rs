//! What a role begins with: the first record, from which another one is made.

use core::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::{Client, ClientConfig};
use crate::error::{Code, Error};
use crate::host::server::ServerOptions;
use crate::host::server::hosted::{Hosted, Storage};
use crate::id::TabId;
use crate::limit::Timing;
use crate::wire::{Reader, Writer};

use super::page::{Page, Plain, unknown};

/// A role to which everything can be done again.
pub(super) enum Start {
    Client(Box<Client>),
    Server(Box<Hosted>),
}

/// The engine that recorded.
pub(super) const ENGINE: &str = env!("CARGO_PKG_VERSION");

const CLIENT: u8 = 0;
const STANDBY: u8 = 1;
const SERVER: u8 = 2;

pub(super) fn put_client<'b>(
    page: &mut Page,
    config: &ClientConfig,
    seed: [u8; 32],
    blobs: impl ExactSizeIterator<Item = &'b [u8]>,
) {
    put_head(&mut page.out, CLIENT, seed);
    put_config(&mut page.out, config);
    page.out.size(blobs.len());
    for blob in blobs {
        page.out.blob(blob);
    }
}

pub(super) fn put_standby(
    page: &mut Page,
    config: &ClientConfig,
    seed: [u8; 32],
    tab: TabId,
    snapshot: &[u8],
) {
    put_head(&mut page.out, STANDBY, seed);
    put_config(&mut page.out, config);
    tab.put(&mut page.out);
    page.out.blob(snapshot);
}

pub(super) fn put_server(page: &mut Page, options: &ServerOptions, seed: [u8; 32], storage: u8) {
    put_head(&mut page.out, SERVER, seed);
    page.out.byte(storage);
    put_json(&mut page.out, options);
    let mut told = options.clone();
    put_times(&mut page.out, times(&mut told.timing));
}

/// Where a server's rooms are kept.
pub(super) const fn storage_kind(storage: &Storage) -> u8 {
    match storage {
        Storage::Memory => 0,
        Storage::Host => 1,
        Storage::Journals(..) | Storage::Replayed => 2,
    }
}

fn put_head(out: &mut Writer, kind: u8, seed: [u8; 32]) {
    out.text(ENGINE);
    out.byte(kind);
    out.raw(&seed);
}

fn put_config(out: &mut Writer, config: &ClientConfig) {
    put_json(out, config);
    let mut told = config.clone();
    put_times(out, times(&mut told.timing));
    put_times(out, [&mut told.debounce.quiet, &mut told.debounce.max_wait]);
}

fn put_json(out: &mut Writer, options: &impl Serialize) {
    // Options are texts, numbers, and objects with texts as names.
    out.text(&serde_json::to_string(options).unwrap_or_default());
}

/// JSON tells whole milliseconds.
fn put_times<const COUNT: usize>(out: &mut Writer, times: [&mut Duration; COUNT]) {
    for time in times {
        time.put(out);
    }
}

const fn times(timing: &mut Timing) -> [&mut Duration; 9] {
    let Timing {
        hello,
        idle,
        heartbeat,
        stall,
        presence,
        presence_pause,
        room_idle,
        backoff_first,
        backoff_most,
    } = timing;
    [
        hello,
        idle,
        heartbeat,
        stall,
        presence,
        presence_pause,
        room_idle,
        backoff_first,
        backoff_most,
    ]
}

/// The engine that recorded, and the role as it began.
pub(super) fn take(bytes: &mut Reader<'_>) -> Result<(String, Start), Error> {
    let engine = bytes.text()?.to_owned();
    let kind = bytes.byte()?;
    let mut seed = [0; 32];
    seed.copy_from_slice(bytes.raw(32)?);
    let start = match kind {
        CLIENT => {
            let config = take_config(bytes)?;
            let count = bytes.count(1)?;
            let blobs = (0..count).map(|_| bytes.blob()).collect::<Result<Vec<_>, _>>()?;
            Start::Client(Box::new(Client::restore(config, seed, blobs)?))
        }
        STANDBY => {
            let config = take_config(bytes)?;
            let tab = Plain::take(bytes)?;
            Start::Client(Box::new(Client::standby(config, seed, tab, bytes.blob()?)?))
        }
        SERVER => {
            let storage = match bytes.byte()? {
                0 => Storage::Memory,
                1 => Storage::Host,
                2 => Storage::Replayed,
                other => return Err(unknown("a storage", other)),
            };
            let mut options: ServerOptions = take_json(bytes)?;
            take_times(bytes, times(&mut options.timing))?;
            Start::Server(Box::new(Hosted::new(options, storage, seed)?))
        }
        other => return Err(unknown("a role", other)),
    };
    Ok((engine, start))
}

fn take_config(bytes: &mut Reader<'_>) -> Result<ClientConfig, Error> {
    let mut config: ClientConfig = take_json(bytes)?;
    take_times(bytes, times(&mut config.timing))?;
    take_times(bytes, [&mut config.debounce.quiet, &mut config.debounce.max_wait])?;
    Ok(config)
}

fn take_json<T: DeserializeOwned>(bytes: &mut Reader<'_>) -> Result<T, Error> {
    serde_json::from_str(bytes.text()?)
        .map_err(|error| Error::new(Code::Malformed, "options", error.to_string()))
}

fn take_times<const COUNT: usize>(
    bytes: &mut Reader<'_>,
    times: [&mut Duration; COUNT],
) -> Result<(), Error> {
    for time in times {
        *time = Plain::take(bytes)?;
    }
    Ok(())
}
