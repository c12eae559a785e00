//! The flight recorder: everything that is done to a client or a server, written down so that it can be done again.
//!
//! For the day on which somebody asks what became of an edit. With the option `flight`, the path of a file, a handle
//! writes each call that changes its role, with its moment and its bytes, before it makes it. A role has no clock and
//! draws nothing, so [`replay`] brings another one into the same state from the file alone, and tells in words what
//! was done and what came of it.
//!
//! - **Nothing gets past.** A handle holds its role as a `Recorded` one, which can be looked at and has exactly the
//!   calls of a table, each of which writes itself down. Another call does not compile. Polls are calls too: what is
//!   told depends on when it is asked for.
//! - **What was told is compared.** After the answers to a call there is a number of 32 bits that all of them have a
//!   part in. So a replay says *the same*, or after which call something else was told: by another version of the
//!   engine, or since something was not recorded. Of a role that was closed the state in the end is compared, too. Left
//!   out are frames that tell what a view shows, what their screens show and the number of bytes sent, as only the tree
//!   is recorded that a server rendered, and not which ones it had shown before; and the text of a fault.
//! - **Free when off**: one branch for each call. Not there at all where there are no files, as in browsers. When on, an
//!   edit of a client from the call to its verdict takes 15 to 25 % longer with both ends recorded, some 2 µs for a
//!   small one (`edit there and back` in `benches`); closing takes as long as to write the state in words.
//! - **Bounded** by `flight_bytes`, 64 MiB unless told otherwise, in memory and in the file. When that is reached the
//!   recording stops and says so in its last record and in [`FlightStatus`]. It does not go on in another file, nor drop
//!   its beginning: a replay begins with what the role began with, and no state of a role can be written down from
//!   which one could begin later.
//! - **No tokens**: stars stand for them, as many as there were bytes, and at a client which of its tokens it was. Of
//!   what cannot be read of somebody who was not greeted yet, only the size is kept and what is wrong with it, with
//!   stars for what it quotes. What edits, presence, views and the records of rooms hold is in the file in clear, with
//!   the entropy of which the role makes its names: it is as confidential as that.
//! - **After a crash** the file has all but the last tenth of a second, and what is torn at its end is passed over.
//!   Where a file of that name is when a handle begins, it gets the name with `.1` behind it. While one handle writes
//!   it, another one of the same path is refused as `StorageInUse`; an empty file with `.lock` behind the name stays.

mod client;
mod file;
mod input;
mod page;
mod read;
mod recorder;
mod replay;
mod secret;
mod server;
mod start;
mod state;

#[cfg(test)]
mod tests;

use core::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use crate::client::{Client, ClientConfig};
use crate::error::Error;
use crate::frame::codec_of;
use crate::host::server::ServerOptions;
use crate::host::server::hosted::{Hosted, Storage};
use crate::id::{ConnId, TabId};
use crate::time::Time;

use file::{FileTape, Gauge, Tape};
use page::Page;

pub use file::FlightStatus;
pub use recorder::End;
pub use replay::{Replayed, Step, calls, replay};

use recorder::Log;
use state::State;

/// A role that can be looked at, and be changed by calls that are recorded.
pub(super) struct Recorded<R> {
    role: R,
    log: Log,
    gauge: Option<Arc<Gauge>>,
}

impl<R> Deref for Recorded<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.role
    }
}

impl<R> Recorded<R> {
    fn begin(role: R, path: &str, most: u64, start: impl FnOnce(&mut Page)) -> Result<Self, Error> {
        if path.is_empty() {
            return Ok(Self { role, log: Log::default(), gauge: None });
        }
        let (tape, gauge) = FileTape::create(Path::new(path), most)?;
        Ok(Self { role, log: Log::start(Tape::File(tape), start), gauge: Some(gauge) })
    }

    /// For the table of calls.
    const fn parts(&mut self) -> (&mut R, &mut Log) {
        (&mut self.role, &mut self.log)
    }

    /// How far the recording is, if there is one.
    pub(super) fn flight(&self) -> Option<FlightStatus> {
        self.gauge.as_ref().map(|gauge| gauge.status())
    }
}

impl<R> Recorded<R> {
    /// Has the recording written to its end.
    #[expect(private_bounds, reason = "only roles have a state")]
    pub(super) fn land(&mut self)
    where
        R: State,
    {
        if self.log.is_on() {
            self.log.end(End::Ended(self.role.digest()));
        }
    }
}

/// As a client is made.
impl Recorded<Client> {
    pub(super) fn restore<'b>(
        mut config: ClientConfig,
        seed: [u8; 32],
        blobs: impl ExactSizeIterator<Item = &'b [u8]> + Clone,
    ) -> Result<Self, Error> {
        let flight = core::mem::take(&mut config.flight);
        let client = Client::restore(config.clone(), seed, blobs.clone())?;
        let start = |page: &mut Page| start::put_client(page, &config, seed, blobs);
        Self::begin(client, &flight, config.flight_bytes, start)
    }

    pub(super) fn standby(
        mut config: ClientConfig,
        seed: [u8; 32],
        tab: TabId,
        snapshot: &[u8],
    ) -> Result<Self, Error> {
        let flight = core::mem::take(&mut config.flight);
        let client = Client::standby(config.clone(), seed, tab, snapshot)?;
        let start = |page: &mut Page| start::put_standby(page, &config, seed, tab, snapshot);
        Self::begin(client, &flight, config.flight_bytes, start)
    }
}

/// As a server is made.
impl Recorded<Hosted> {
    pub(super) fn new(
        mut options: ServerOptions,
        storage: Storage,
        seed: [u8; 32],
    ) -> Result<Self, Error> {
        let flight = core::mem::take(&mut options.flight);
        let kind = start::storage_kind(&storage);
        let server = Hosted::new(options.clone(), storage, seed)?;
        let start = |page: &mut Page| start::put_server(page, &options, seed, kind);
        Self::begin(server, &flight, options.flight_bytes, start)
    }

    /// A frame came. Of one that is not read only its size is recorded, as nobody knows where in it a token is.
    pub(super) fn hear(&mut self, now: Time, conn: ConnId, frame: &[u8]) {
        if self.log.is_on()
            && let Some(error) = self.role.stranger(conn, frame)
        {
            self.refuse(now, conn, frame.len(), codec_of(frame), error);
        } else {
            self.receive(now, conn, frame);
        }
    }
}
