//! What goes wrong with frames, links and processes.

use syncline_core::client::Client;

use super::super::super::script::Script;
use super::{Pair, client_config, name, server};

impl Pair {
    /// Something happens to the next frame of one direction.
    pub(super) fn disturb(&mut self, index: usize, script: &mut Script<'_>) {
        let party = &mut self.parties[index];
        let line = if script.flag() { &mut party.up } else { &mut party.down };
        let (how, at) = (script.below(8), usize::from(script.byte()));
        let Some(frame) = line.front_mut() else { return };
        party.whole = false;
        match how {
            0 | 5 => drop(line.pop_front()),
            1 | 6 => {
                let again = frame.clone();
                line.push_front(again);
            }
            2 | 7 => {
                let first = line.pop_front();
                line.extend(first);
            }
            3 => frame.truncate(at % frame.len().max(1)),
            // Rarely, as less can be known after it.
            _ => {
                let at = at % frame.len().max(1);
                let bits = script.byte();
                if let Some(byte) = frame.get_mut(at) {
                    *byte ^= bits;
                    self.damaged |= bits != 0;
                }
            }
        }
    }

    /// The link of a client ends, with what is on it.
    pub(super) fn cut(&mut self, index: usize, tell: bool) {
        let party = &mut self.parties[index];
        party.up.clear();
        party.down.clear();
        if let Some(conn) = party.conn.take() {
            self.server.handle_disconnected(self.now, conn);
            if tell {
                party.client.handle_disconnected(self.now);
            }
        }
    }

    pub(super) fn restart_client(&mut self, index: usize) {
        self.cut(index, false);
        self.restarts += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&(self.restarts + 99).to_le_bytes());
        let party = &mut self.parties[index];
        party.disk.crash();
        party.client = Client::restore(client_config(index), seed, party.disk.blobs()).unwrap();
        party.room = party.client.open(self.now, name(), true).unwrap();
        party.wants = false;
    }

    pub(super) fn restart_server(&mut self) {
        self.disk.crash();
        self.room = None;
        self.server = server();
        self.leaving = None;
        for index in 0..2 {
            self.cut(index, true);
        }
    }
}
