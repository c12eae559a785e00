//! The server and its room, their disk, and how they crash.

use syncline_core::exchange::Grant;
use syncline_core::policy::{Policies, Policy};
use syncline_core::room::{Room, RoomConfig, RoomOutput};
use syncline_core::server::{Server, ServerConfig, ServerOutput};
use syncline_core::{Epoch, Principal};

use super::{CLIENTS, World, limits, name};

fn room_config() -> RoomConfig {
    let policy = Policies::new(Policy::Last).with("strict/", Policy::Strict);
    RoomConfig { limits: limits(), policy, digest_always: true, ..RoomConfig::default() }
}

pub(super) fn server() -> Server {
    Server::new(ServerConfig { limits: limits(), ..ServerConfig::default() }).unwrap()
}

impl World {
    pub(super) fn drain_server(&mut self) {
        loop {
            let mut quiet = true;
            while let Some(output) = self.server.poll_output() {
                quiet = false;
                self.serve(output);
            }
            while let Some((number, output)) =
                self.room.as_mut().and_then(|(number, room)| Some((*number, room.poll_output()?)))
            {
                quiet = false;
                match output {
                    RoomOutput::ToServer(value) => self.server.handle_room(self.now, number, value),
                    RoomOutput::Persist(persist) => self.disk.waiting.push_back(persist),
                    RoomOutput::Written { .. } | RoomOutput::Changed(_) => {}
                    #[cfg(feature = "views")]
                    RoomOutput::Render { .. } | RoomOutput::Unwatched { .. } => {}
                }
            }
            if quiet {
                break;
            }
        }
    }

    fn serve(&mut self, output: ServerOutput) {
        let now = self.now;
        match output {
            ServerOutput::Transmit { conn, bytes } => {
                if let Some(party) = self.parties.iter_mut().find(|p| p.conn == Some(conn)) {
                    party.down.push_back(bytes);
                    self.busy.push(conn);
                }
            }
            ServerOutput::Close { conn, code } => {
                if let Some(index) = self.parties.iter().position(|p| p.conn == Some(conn)) {
                    assert!(!self.calm, "the server closed a connection: {code}");
                    self.cut(index, true);
                }
            }
            ServerOutput::Authorize { request, token, .. } => {
                let principal = Principal::new(token).unwrap();
                let grant = Grant::writer(principal, vec![String::new()]);
                self.server.handle_authorized(now, request, Ok(grant));
            }
            ServerOutput::OpenRoom { request, room, .. } => {
                let epoch = Epoch::new(self.random.next_u64());
                let blobs = self.disk.blobs.iter().map(Vec::as_slice);
                let restored = Room::restore(name(), room_config(), epoch, blobs).unwrap();
                self.room = Some((room, restored));
                self.server.handle_room_opened(now, request, Ok(room));
            }
            ServerOutput::CloseRoom { .. } => {
                // Only when it is quiet, or what it wrote last would be written by two.
                self.disk_room(usize::MAX);
                self.room = None;
            }
            ServerOutput::ToRoom { to, .. } => {
                if let Some((_, room)) = &mut self.room {
                    room.handle(now, to);
                }
            }
            ServerOutput::Event(_) => {}
        }
    }

    pub(super) fn disk_room(&mut self, most: usize) {
        for _ in 0..most {
            let Some(persist) = self.disk.sync_one() else { break };
            if let Some((_, room)) = &mut self.room {
                room.handle_persisted(persist.id);
            }
        }
    }

    pub(super) fn crash_server(&mut self) {
        self.disk.waiting.clear();
        self.room = None;
        self.busy.clear();
        self.server = server();
        for index in 0..CLIENTS {
            self.cut(index, true);
        }
    }
}
