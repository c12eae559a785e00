//! What storage does: answers late, fails, is lost, is put aside and brought back.

use syncline_core::{Code, Error, RoomName};

use crate::server::Order;
use crate::world::{Step, World};

impl World {
    pub(crate) fn hold(&mut self, party: &str) -> Step {
        if party == "server" {
            self.server.held = true;
        } else {
            self.client(party)?.held = true;
        }
        Ok(())
    }

    /// Carries out orders that were held, and answers them. With a number, the others stay held.
    pub(crate) fn release(&mut self, party: &str, most: Option<usize>) -> Step {
        let most = most.unwrap_or(usize::MAX);
        if party == "server" {
            self.server.held = most != usize::MAX;
            for _ in 0..most {
                let Some(order) = self.server.orders.pop_front() else { break };
                let handle = self.server.handle()?.clone();
                self.server.carry_out(&handle, order);
            }
        } else {
            let client = self.client(party)?;
            client.held = most != usize::MAX;
            for _ in 0..most {
                let Some(persist) = client.orders.pop_front() else { break };
                let record = persist.id;
                client.write(persist);
                client.handle()?.persisted(record).unwrap();
            }
        }
        self.pump();
        Ok(())
    }

    /// Storage fails; what was ordered is nevertheless there if `kept`.
    pub(crate) fn fail_client(&mut self, name: &str, kept: bool) -> Step {
        let client = self.client(name)?;
        client.held = false;
        for persist in core::mem::take(&mut client.orders) {
            if kept {
                client.write(persist);
            }
        }
        client.handle()?.persist_failed(failure()).unwrap();
        self.pump();
        Ok(())
    }

    /// Storage of one room fails; what was ordered is nevertheless there if `kept`.
    pub(crate) fn fail_room(&mut self, name: &str, kept: bool) -> Step {
        let number = self.room_number(name)?;
        self.server.held = false;
        for order in core::mem::take(&mut self.server.orders) {
            if let Order::Persist(room, persist) = order
                && kept
                && room == number
            {
                self.server.write(room, persist);
            }
        }
        self.server.handle()?.room_failed(number, failure()).unwrap();
        self.pump();
        Ok(())
    }

    /// The process dies: what was not answered is lost, and so are its connections.
    pub(crate) fn crash(&mut self, party: &str) -> Step {
        if party == "server" {
            self.server.handle = None;
            self.server.orders.clear();
            self.server.held = false;
            self.server.questions.clear();
            for index in 0..self.clients.len() {
                self.clients[index].ghosts.clear();
                self.drop_link(index);
            }
        } else {
            let index = self.index(party)?;
            let client = &mut self.clients[index];
            client.handle = None;
            client.orders.clear();
            client.held = false;
            self.drop_link(index);
        }
        Ok(())
    }

    pub(crate) fn reopen(&mut self, party: &str) -> Step {
        if party == "server" {
            self.server.restarts += 1;
            self.start_server();
        } else {
            let index = self.index(party)?;
            self.clients[index].restarts += 1;
            self.start_client(index);
        }
        Ok(())
    }

    pub(crate) fn put_aside(&mut self, party: &str) -> Step {
        if party == "server" {
            self.server.backup = self.server.disks.clone();
        } else {
            let client = self.client(party)?;
            client.backup = client.blobs.clone();
        }
        Ok(())
    }

    /// Storage is again what it was when it was put aside; nothing if it never was.
    pub(crate) fn bring_back(&mut self, party: &str) -> Step {
        if party == "server" {
            self.server.disks = self.server.backup.clone();
        } else {
            let client = self.client(party)?;
            client.blobs = client.backup.clone();
        }
        Ok(())
    }

    /// Spoils a byte of what is durable.
    pub(crate) fn spoil(&mut self, party: &str, room: Option<&str>) -> Step {
        let blobs = if party == "server" {
            let name = RoomName::new(room.ok_or("which room?")?).map_err(|e| e.to_string())?;
            self.server.disks.get_mut(&name).ok_or("the room holds nothing")?
        } else {
            &mut self.client(party)?.blobs
        };
        let byte = blobs.first_mut().and_then(|blob| blob.first_mut()).ok_or("nothing to spoil")?;
        *byte ^= 0x80;
        Ok(())
    }
}

fn failure() -> Error {
    Error::new(Code::StorageFailed, "storage that works", "a failure")
}
