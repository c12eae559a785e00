//! A client, its storage, and what is done about its outputs.

use std::collections::{BTreeMap, VecDeque};

use syncline_core::client::{ClientConfig, ClientOutput};
use syncline_core::host::ClientHandle;
use syncline_core::{Persist, PersistMode, RoomNo};

use crate::events::client_event;
use crate::link::Link;
use crate::world::{World, seed};

pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) config: ClientConfig,
    /// `None` after a crash.
    pub(crate) handle: Option<ClientHandle>,
    pub(crate) restarts: u8,
    pub(crate) link: Option<Link>,
    /// Connections whose end the server has not noticed.
    pub(crate) ghosts: Vec<Link>,
    /// It asked for a connection.
    pub(crate) asks: bool,
    pub(crate) rooms: BTreeMap<String, RoomNo>,
    pub(crate) blobs: Vec<Vec<u8>>,
    /// What its storage was when it was put aside.
    pub(crate) backup: Vec<Vec<u8>>,
    /// Orders are kept unanswered.
    pub(crate) held: bool,
    pub(crate) orders: VecDeque<Persist>,
}

impl Client {
    pub(crate) fn new(name: &str, config: ClientConfig) -> Self {
        Self {
            name: name.to_owned(),
            config,
            handle: None,
            restarts: 0,
            link: None,
            ghosts: Vec::new(),
            asks: false,
            rooms: BTreeMap::new(),
            blobs: Vec::new(),
            backup: Vec::new(),
            held: false,
            orders: VecDeque::new(),
        }
    }

    pub(crate) fn handle(&self) -> Result<&ClientHandle, String> {
        self.handle.as_ref().ok_or_else(|| format!("{} does not run", self.name))
    }

    pub(crate) fn room(&self, name: &str) -> Result<RoomNo, String> {
        let room = self.rooms.get(name).copied();
        room.ok_or_else(|| format!("{} never opened {name}", self.name))
    }

    /// Makes what was ordered durable.
    pub(crate) fn write(&mut self, persist: Persist) {
        write(&mut self.blobs, persist);
    }
}

/// Does to blobs what an order says.
pub(crate) fn write(blobs: &mut Vec<Vec<u8>>, persist: Persist) {
    if persist.mode == PersistMode::Replace {
        blobs.clear();
    }
    blobs.push(persist.bytes);
}

impl World {
    /// Starts a client on what is durable of it.
    pub(crate) fn start_client(&mut self, index: usize) {
        let now = self.now;
        let client = &mut self.clients[index];
        let seed = seed(&client.name, client.restarts);
        let started = ClientHandle::manual(client.config.clone(), seed, &client.blobs, now);
        client.rooms.clear();
        client.asks = false;
        let started = self.told(started);
        self.clients[index].handle = started;
        self.pump();
    }

    pub(crate) fn drain_client(&mut self, index: usize) -> bool {
        let mut moved = false;
        while let Some(handle) = self.clients[index].handle.clone() {
            // A closed client says so, and nothing else.
            let Ok(Some(output)) = handle.poll() else { break };
            moved = true;
            self.carry_out(index, &handle, output);
        }
        moved
    }

    fn carry_out(&mut self, index: usize, handle: &ClientHandle, output: ClientOutput) {
        let client = &mut self.clients[index];
        match output {
            ClientOutput::Persist(persist) if client.held => client.orders.push_back(persist),
            ClientOutput::Persist(persist) => {
                let record = persist.id;
                client.write(persist);
                handle.persisted(record).unwrap();
            }
            ClientOutput::Connect => {
                client.asks = true;
                let line = format!("connect {}", client.name);
                self.print(line);
            }
            ClientOutput::Transmit(bytes) => {
                if let Some(link) = &mut client.link {
                    link.up.push_back(bytes);
                }
            }
            ClientOutput::Disconnect => {
                let line = format!("disconnect {}", client.name);
                self.print(line);
                self.leave(index);
            }
            ClientOutput::Propose { .. } => unreachable!("no client of a scenario is a standby"),
            ClientOutput::Event(event) => {
                let line = format!("event {} {}", client.name, client_event(handle, &event));
                self.print(line);
                #[cfg(feature = "views")]
                self.print_changes(handle, &event);
            }
        }
    }
}
