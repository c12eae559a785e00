//! What a server and its rooms go by, for whoever compares two of them.

use core::fmt::{self, Debug};
use std::collections::VecDeque;

use super::HostOutput;
use super::entry::State;
use super::hosted::Hosted;

impl Hosted {
    /// All that it goes by, but for where records are kept, and what views show.
    pub(in crate::host) fn with_state<T>(&self, look: &mut dyn FnMut(&dyn Debug) -> T) -> T {
        let lists =
            (&self.seats, &self.touched, &self.changed, &self.alarms, Waiting(&self.outputs));
        let counts = (self.visits, self.visits_lost, self.latest, self.writes);
        let peers = (&self.connections, &self.fed, &self.paused, &self.names, &self.idle);
        #[cfg(feature = "views")]
        let views = (self.renders, &self.reads);
        #[cfg(not(feature = "views"))]
        let views = ();
        look(&(
            &self.server,
            &self.rooms,
            &self.entropy,
            lists,
            counts,
            peers,
            &self.leaving,
            views,
        ))
    }

    /// Each room, in words.
    pub(in crate::host) fn room_words(&self) -> Vec<String> {
        let rooms = self.rooms.values().map(|entry| match &entry.state {
            State::Opening(_) => format!("{}: being opened", entry.name),
            State::Open(room) => {
                let (version, keys, readers) = (room.version(), room.keys(), room.readers());
                format!("{}: version {version}, {keys} keys, {readers} readers", entry.name)
            }
        });
        rooms.collect()
    }
}

/// What the host has not polled yet, without the words of frames: a fault may quote what is not recorded.
struct Waiting<'a>(&'a VecDeque<HostOutput>);

impl Debug for Waiting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = self.0.iter().map(|output| {
            if let HostOutput::Transmit { conn, .. } = output { Err(conn) } else { Ok(output) }
        });
        f.debug_list().entries(each).finish()
    }
}
