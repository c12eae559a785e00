//! The server, the storage of its rooms, and what its host does about its outputs.

use std::collections::{BTreeMap, VecDeque};

use syncline_core::host::{HostEvent, HostOutput, ServerHandle, ServerOptions};
use syncline_core::{Code, Durability, Grant, Persist, Principal, RequestId, RoomName, RoomNo};

use crate::client::write;
use crate::events::server_event;
use crate::world::{World, seed};

/// What the host says to a token.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// The token's owner may write keys with these prefixes; none is to read only.
    Grant(Vec<String>),
    Deny(Code),
    /// Nothing yet.
    Later,
}

/// What the host was asked to do with its storage.
pub(crate) enum Order {
    Open(RoomNo),
    Persist(RoomNo, Persist),
}

#[derive(Default)]
pub(crate) struct Server {
    pub(crate) options: ServerOptions,
    pub(crate) durability: Durability,
    /// `None` before its start and after a crash.
    pub(crate) handle: Option<ServerHandle>,
    pub(crate) restarts: u8,
    /// The names of rooms that are or were open.
    pub(crate) names: BTreeMap<RoomNo, RoomName>,
    pub(crate) disks: BTreeMap<RoomName, Vec<Vec<u8>>>,
    /// What storage was when it was put aside.
    pub(crate) backup: BTreeMap<RoomName, Vec<Vec<u8>>>,
    /// Orders are kept unanswered.
    pub(crate) held: bool,
    pub(crate) orders: VecDeque<Order>,
    /// Questions that are not answered yet, with the token.
    pub(crate) questions: Vec<(RequestId, String)>,
}

impl Server {
    pub(crate) fn handle(&self) -> Result<&ServerHandle, String> {
        self.handle.as_ref().ok_or_else(|| "the server does not run".to_owned())
    }

    /// Does what was ordered, and says so.
    pub(crate) fn carry_out(&mut self, handle: &ServerHandle, order: Order) {
        match order {
            Order::Open(room) => {
                let name = &self.names[&room];
                let blobs = self.disks.get(name).cloned().unwrap_or_default();
                handle.room_opened(room, blobs).unwrap();
            }
            Order::Persist(room, persist) => {
                let record = persist.id;
                self.write(room, persist);
                handle.persisted(room, record).unwrap();
            }
        }
    }

    /// Makes what was ordered durable.
    pub(crate) fn write(&mut self, room: RoomNo, persist: Persist) {
        let Some(name) = self.names.get(&room) else { return };
        write(self.disks.entry(name.clone()).or_default(), persist);
    }

    /// How a room is called in lines.
    pub(crate) fn name(&self, room: RoomNo) -> String {
        self.names.get(&room).map_or_else(|| format!("#{room}"), ToString::to_string)
    }
}

impl World {
    /// Starts the server on what is durable of it.
    pub(crate) fn start_server(&mut self) {
        let now = self.now;
        let server = &mut self.server;
        let seed = seed("server", server.restarts);
        let started = ServerHandle::manual(server.options.clone(), server.durability, seed, now);
        server.names.clear();
        self.server.handle = self.told(started);
        self.pump();
    }

    pub(crate) fn drain_server(&mut self) -> bool {
        let mut moved = false;
        while let Some(handle) = self.server.handle.clone() {
            let Some(output) = handle.poll().unwrap() else { break };
            moved = true;
            self.serve(&handle, output);
        }
        moved
    }

    fn serve(&mut self, handle: &ServerHandle, output: HostOutput) {
        match output {
            HostOutput::Transmit { conn, bytes } => {
                if let Some(link) = self.link_of(conn) {
                    link.down.push_back(bytes);
                    link.owes = true;
                } else if let Some(ghost) = self.ghost_of(conn) {
                    ghost.owes = true;
                }
            }
            HostOutput::Pause { conn } => self.set_paused(conn, true),
            HostOutput::Resume { conn } => self.set_paused(conn, false),
            HostOutput::Close { conn, code } => {
                let line = format!("close {} {}", self.owner_of(conn), code.name());
                self.print(line);
                self.end_from_server(conn);
            }
            HostOutput::Authorize { request, token, .. } => {
                self.server.questions.push((request, token.into_string()));
                self.answer_questions();
            }
            HostOutput::OpenRoom { room, name } => {
                self.server.names.insert(room, name);
                self.order(handle, Order::Open(room));
            }
            HostOutput::Persist { room, persist } => {
                self.order(handle, Order::Persist(room, persist));
            }
            HostOutput::CloseRoom { room, delete } => {
                let name = self.server.names.get(&room).cloned();
                if let Some(name) = name.filter(|_| delete) {
                    self.server.disks.remove(&name);
                }
            }
            #[cfg(feature = "views")]
            HostOutput::Render { room, view } => self.print_render(room, &view),
            HostOutput::Event(event) => {
                if let HostEvent::Opened { room, name, .. } = &event {
                    self.server.names.insert(*room, name.clone());
                }
                let line = format!("event server {}", server_event(self, &event));
                self.print(line);
            }
        }
    }

    fn order(&mut self, handle: &ServerHandle, order: Order) {
        if self.server.held {
            self.server.orders.push_back(order);
        } else {
            self.server.carry_out(handle, order);
        }
    }

    /// Answers the questions to which the host has an answer.
    pub(crate) fn answer_questions(&mut self) {
        let Some(handle) = self.server.handle.clone() else { return };
        for (request, token) in core::mem::take(&mut self.server.questions) {
            let answer = match self.answers.get(&token) {
                None => Ok(vec![String::new()]),
                Some(Answer::Grant(write)) => Ok(write.clone()),
                Some(Answer::Deny(code)) => Err(*code),
                Some(Answer::Later) => {
                    self.server.questions.push((request, token));
                    continue;
                }
            };
            let grant = answer
                .map(|write| Grant { principal: Principal::new(token.as_str()).unwrap(), write });
            handle.authorize(request, grant).unwrap();
        }
    }
}
