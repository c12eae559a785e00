//! What the leader and the client elsewhere say to the server, and what they are told.

use std::collections::VecDeque;

use syncline_core::client::{Client, ClientEvent, ClientOutput};
use syncline_core::exchange::Grant;
use syncline_core::room::RoomOutput;
use syncline_core::server::ServerOutput;
use syncline_core::{Code, ConnId, Principal, RoomNo, Time};

use super::{Flaw, Party, World, name};

pub(super) fn party(client: Client) -> Party {
    let (up, down) = (VecDeque::new(), VecDeque::new());
    let mut party = Party { client, room: RoomNo::new(0), conn: None, wants: false, up, down };
    party.room = party.client.open(Time::from_millis(1), name(), true).unwrap();
    party
}

impl World {
    pub(super) fn drain_party(&mut self, index: usize) {
        while let Some(output) = self.parties[index].client.poll_output() {
            match output {
                ClientOutput::Persist(persist) => {
                    if self.flaw == Flaw::Hasty {
                        self.ship(&persist);
                    }
                    self.waiting.push_back(persist);
                }
                ClientOutput::Connect => self.parties[index].wants = true,
                ClientOutput::Transmit(bytes) => self.parties[index].up.push_back(bytes),
                ClientOutput::Disconnect => self.cut(index),
                ClientOutput::Event(ClientEvent::Verdict { draft, verdict, .. }) if index == 0 => {
                    for ghost in self.ledger.remove(&draft).unwrap_or_default() {
                        self.tell(ghost, verdict);
                    }
                }
                ClientOutput::Event(ClientEvent::Diverged { .. }) => panic!("{index} diverged"),
                ClientOutput::Event(ClientEvent::Failed { error, .. }) => {
                    let late =
                        matches!(error.code, Code::HelloTimeout | Code::Idle | Code::Stalled);
                    assert!(late, "{index} failed: {error}");
                }
                ClientOutput::Event(_) => {}
                ClientOutput::Propose { .. } => panic!("a leader proposes"),
            }
        }
    }

    pub(super) fn drain_server(&mut self) {
        loop {
            if let Some(output) = self.server.poll_output() {
                self.serve(output);
            } else if let Some(output) = self.room.poll_output() {
                if let RoomOutput::ToServer(from) = output {
                    self.server.handle_room(self.now, self.room_no.unwrap(), from);
                }
            } else {
                return;
            }
        }
    }

    fn serve(&mut self, output: ServerOutput) {
        let now = self.now;
        match output {
            ServerOutput::Transmit { conn, bytes } => {
                if let Some(party) = self.parties.iter_mut().find(|p| p.conn == Some(conn)) {
                    party.down.push_back(bytes);
                    self.busy.insert(conn);
                }
            }
            ServerOutput::Close { conn, .. } => {
                if let Some(index) = self.parties.iter().position(|p| p.conn == Some(conn)) {
                    self.cut(index);
                }
            }
            ServerOutput::Authorize { request, token, .. } => {
                let grant = Grant::writer(Principal::new(token).unwrap(), vec![String::new()]);
                self.server.handle_authorized(now, request, Ok(grant));
            }
            ServerOutput::OpenRoom { request, room, .. } => {
                self.room_no = Some(room);
                self.server.handle_room_opened(now, request, Ok(room));
            }
            ServerOutput::ToRoom { to, .. } => self.room.handle(now, to),
            ServerOutput::CloseRoom { .. } | ServerOutput::Event(_) => {}
        }
    }

    /// Opens the connection of a client, or takes some frames over it.
    pub(super) fn network(&mut self, index: usize) {
        let party = &mut self.parties[index];
        let Some(conn) = party.conn else {
            if std::mem::take(&mut party.wants) {
                self.conns += 1;
                party.conn = Some(ConnId::new(self.conns));
                self.server.handle_connected(self.now, ConnId::new(self.conns));
                party.client.handle_connected(self.now, &format!("user-{index}"));
            }
            return;
        };
        for _ in 0..3 {
            let party = &mut self.parties[index];
            if let Some(frame) = party.up.pop_front() {
                self.server.handle_frame(self.now, conn, &frame);
            }
            if let Some(frame) = party.down.pop_front() {
                party.client.handle_frame(self.now, &frame);
            }
            if party.down.is_empty() && self.busy.remove(&conn) {
                self.server.handle_writable(self.now, conn);
            }
            self.drain_party(index);
            self.drain_server();
        }
    }

    pub(super) fn cut(&mut self, index: usize) {
        let party = &mut self.parties[index];
        party.up.clear();
        party.down.clear();
        if let Some(conn) = party.conn.take() {
            self.busy.remove(&conn);
            self.server.handle_disconnected(self.now, conn);
            party.client.handle_disconnected(self.now);
        }
    }
}
