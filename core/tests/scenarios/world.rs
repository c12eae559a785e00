//! Everything that there is in a scenario: a server, clients, the network, storage and time.

use std::collections::BTreeMap;

use syncline_core::{ConnId, Error, Time};

use crate::client::Client;
use crate::link::Link;
use crate::server::{Answer, Server};

/// Moves of time after which it is clear that something wants to be woken for nothing.
const WAKES_MOST: usize = 10_000;

/// What is done in vain: the scenario is wrong, or a check fails.
pub(crate) type Step = Result<(), String>;

#[derive(Default)]
pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) server: Server,
    pub(crate) clients: Vec<Client>,
    /// What the host says to a token; whoever is not here may write everything.
    pub(crate) answers: BTreeMap<String, Answer>,
    pub(crate) last_conn: ConnId,
    /// Whose a connection is or was.
    pub(crate) owners: BTreeMap<ConnId, String>,
    #[cfg(feature = "views")]
    pub(crate) views: BTreeMap<String, syncline_core::host::ViewHandle>,
    #[cfg(feature = "views")]
    pub(crate) screens: BTreeMap<String, crate::views::Shown>,
    /// Nothing is printed but errors.
    pub(crate) quiet: bool,
    lines: Vec<String>,
}

impl World {
    pub(crate) fn print(&mut self, line: impl Into<String>) {
        if !self.quiet {
            self.lines.push(line.into());
        }
    }

    pub(crate) fn take_lines(&mut self) -> Vec<String> {
        core::mem::take(&mut self.lines)
    }

    /// Prints the code of an error, or gives the result.
    pub(crate) fn told<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        result.map_err(|error| self.lines.push(format!("! {}", error.code.name()))).ok()
    }

    pub(crate) fn client(&mut self, name: &str) -> Result<&mut Client, String> {
        let found = self.clients.iter_mut().find(|client| client.name == name);
        found.ok_or_else(|| format!("{name}: no such client"))
    }

    pub(crate) fn index(&self, name: &str) -> Result<usize, String> {
        let found = self.clients.iter().position(|client| client.name == name);
        found.ok_or_else(|| format!("{name}: no such client"))
    }

    pub(crate) fn link(&mut self, name: &str) -> Result<&mut Link, String> {
        self.client(name)?.link.as_mut().ok_or_else(|| format!("{name}: not connected"))
    }

    /// Carries out what everyone wants until nobody wants anything.
    pub(crate) fn pump(&mut self) {
        loop {
            let mut moved = self.drain_server();
            for index in 0..self.clients.len() {
                moved |= self.drain_client(index);
            }
            moved |= self.tell_writable();
            if !moved {
                return;
            }
        }
    }

    /// Lets time pass, each deadline in its turn. With `settle`, frames arrive meanwhile.
    pub(crate) fn pass(&mut self, until: Time, settle: bool) -> Step {
        for _ in 0..WAKES_MOST {
            if settle {
                self.settle();
            }
            let next = self.deadline().filter(|next| *next <= until);
            if next.is_none() && self.now == until {
                return Ok(());
            }
            self.set_now(next.unwrap_or(until).max(self.now));
        }
        Err(format!("something wants to be woken at {:?} again and again", self.deadline()))
    }

    fn deadline(&self) -> Option<Time> {
        let clients = self.clients.iter().filter_map(|client| client.handle.as_ref());
        let clients = clients.filter_map(|handle| handle.deadline().ok()?);
        let server = self.server.handle.as_ref().and_then(|handle| handle.deadline().ok()?);
        clients.chain(server).min()
    }

    fn set_now(&mut self, now: Time) {
        self.now = now;
        if let Some(handle) = &self.server.handle {
            handle.set_now(now).unwrap();
        }
        for client in &self.clients {
            if let Some(handle) = &client.handle {
                // A closed client has no time.
                let _ = handle.set_now(now);
            }
        }
        self.pump();
    }
}

/// The entropy of a party: another one after each restart.
pub(crate) fn seed(name: &str, restarts: u8) -> [u8; 32] {
    let first = name.as_bytes()[0];
    let mut seed = [0; 32];
    for (at, byte) in (0_u8..).zip(&mut seed) {
        *byte = first.wrapping_add(at);
    }
    seed[0] = seed[0].wrapping_add(restarts);
    seed
}
