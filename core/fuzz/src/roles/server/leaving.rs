//! How a server winds down: what it may still do, when it is over, and that nobody is left then.

use std::time::Duration;

use syncline_core::ConnId;
use syncline_core::exchange::ToRoom;
use syncline_core::server::{Server, ServerConfig};

use super::{Host, limits};

/// Whether a room is told something that a peer said.
pub(in super::super) fn was_read(to: &ToRoom) -> bool {
    matches!(to, ToRoom::Push { .. } | ToRoom::Presence { .. })
}

impl Host {
    pub(super) fn wind_down(&mut self, within: Duration) {
        self.server.wind_down();
        self.leaving.get_or_insert(self.now.after(within));
    }

    /// As a host does: ends it once all is durable and taken, or at the latest when it was to.
    pub(super) fn leave_if_drained(&mut self) {
        let Some(latest) = self.leaving else { return };
        for conn in self.peers.keys() {
            assert!(!self.server.wants_input(*conn), "{conn} is to be read while all are to go");
        }
        let busy = self.rooms.values().any(|(_, room)| !room.is_quiet());
        if self.now < latest && (busy || self.server.undrained(ConnId::default()).is_some()) {
            return;
        }
        self.server.shutdown(self.now, Duration::from_secs(1));
        self.drain();
        assert!(self.peers.is_empty(), "{:?} are left", self.peers.keys());
        assert!(self.rooms.is_empty(), "rooms are left");
        self.questions.clear();
        self.leaving = None;
        self.server =
            Server::new(ServerConfig { limits: limits(), ..ServerConfig::default() }).unwrap();
    }
}
