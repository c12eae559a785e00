//! How the server winds down: what it took is told before it says good-bye, and nobody is left in time.

use std::time::Duration;

use syncline_core::ConnId;

use super::audit::Told;
use super::{Pair, server};

impl Pair {
    pub(super) fn wind_down(&mut self, within: Duration) {
        self.server.wind_down();
        self.leaving.get_or_insert(self.now.after(within));
    }

    /// As a host does: ends it once all is durable and taken, or at the latest when it was to. Whether that is now.
    pub(super) fn leave_if_drained(&mut self) -> bool {
        let Some(latest) = self.leaving else { return false };
        let busy = self.room.as_ref().is_some_and(|(_, room)| !room.is_quiet());
        let drained = !busy && self.server.undrained(ConnId::default()).is_none();
        if self.now < latest && !drained {
            return false;
        }
        if drained {
            self.assert_told();
        }
        self.server.shutdown(self.now, Duration::from_secs(1));
        while let Some(output) = self.server.poll_output() {
            self.serve(output);
        }
        assert!(self.parties.iter().all(|party| party.conn.is_none()), "a connection is left");
        assert_eq!(self.server.metrics().connections, 0);
        assert!(self.room.is_none(), "the room is left");
        self.leaving = None;
        self.server = server();
        true
    }

    /// Whoever reads the room has heard what became of each edit that it took.
    fn assert_told(&self) {
        if self.damaged {
            return;
        }
        let items = self.applied();
        let reads = |conn| !self.server.principals(conn).is_empty();
        for party in self.parties.iter().filter(|it| it.whole && it.conn.is_some_and(reads)) {
            for mark in party.marked.values().filter(|mark| items.contains(mark)) {
                assert_ne!(self.told[*mark], Told::Nothing, "{mark} is not told before good-bye");
            }
        }
    }

    /// A connection that ends with a good-bye has what was sent over it.
    pub(super) fn take_all(&mut self, index: usize) {
        let party = &mut self.parties[index];
        while let Some(frame) = party.down.pop_front() {
            party.client.handle_frame(self.now, &frame);
        }
    }
}
