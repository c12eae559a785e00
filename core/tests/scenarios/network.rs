//! What the network does: connects, delivers, loses.

use syncline_core::ConnId;

use crate::link::{Link, shown};
use crate::world::{Step, World};

impl World {
    pub(crate) fn link_of(&mut self, conn: ConnId) -> Option<&mut Link> {
        self.clients.iter_mut().filter_map(|client| client.link.as_mut()).find(|l| l.conn == conn)
    }

    pub(crate) fn ghost_of(&mut self, conn: ConnId) -> Option<&mut Link> {
        self.clients.iter_mut().flat_map(|client| &mut client.ghosts).find(|l| l.conn == conn)
    }

    /// The name of the client that a connection belongs or belonged to.
    pub(crate) fn owner_of(&self, conn: ConnId) -> String {
        self.owners.get(&conn).cloned().unwrap_or_else(|| format!("#{conn}"))
    }

    pub(crate) fn set_paused(&mut self, conn: ConnId, paused: bool) {
        let line = format!("{} {}", if paused { "pause" } else { "resume" }, self.owner_of(conn));
        self.print(line);
        if let Some(link) = self.link_of(conn) {
            link.paused = paused;
        }
    }

    /// Says what the server asks to be told when frames have left.
    pub(crate) fn tell_writable(&mut self) -> bool {
        let Some(server) = &self.server.handle else { return false };
        let mut moved = false;
        for client in &mut self.clients {
            for link in client.link.iter_mut().chain(&mut client.ghosts) {
                if link.owes && !link.slow && !link.server_left {
                    link.owes = false;
                    moved = true;
                    server.writable(link.conn).unwrap();
                }
            }
        }
        moved
    }

    pub(crate) fn connect(&mut self, name: &str, token: &str) -> Step {
        if self.server.handle.is_none() {
            return Err("the server does not run".to_owned());
        }
        self.last_conn = self.last_conn.next();
        let conn = self.last_conn;
        self.owners.insert(conn, name.to_owned());
        let client = self.client(name)?;
        if !core::mem::take(&mut client.asks) {
            return Err(format!("{name} did not ask for a connection"));
        }
        client.link = Some(Link::new(conn));
        client.handle()?.connected(token).unwrap();
        self.server.handle()?.connected(conn).unwrap();
        self.pump();
        Ok(())
    }

    /// The connection cannot be opened.
    pub(crate) fn refuse_connection(&mut self, name: &str) -> Step {
        let client = self.client(name)?;
        if !core::mem::take(&mut client.asks) {
            return Err(format!("{name} did not ask for a connection"));
        }
        client.handle()?.disconnected().unwrap();
        self.pump();
        Ok(())
    }

    /// The client has ended its connection: what it sent before still arrives.
    pub(crate) fn leave(&mut self, index: usize) {
        if let Some(link) = &mut self.clients[index].link {
            link.client_left = true;
            link.down.clear();
        }
        self.finish(index);
    }

    /// The server has ended a connection: what it sent before still arrives.
    pub(crate) fn end_from_server(&mut self, conn: ConnId) {
        for client in &mut self.clients {
            client.ghosts.retain(|ghost| ghost.conn != conn);
        }
        if let Some(link) = self.link_of(conn) {
            link.server_left = true;
            link.up.clear();
        }
        for index in 0..self.clients.len() {
            self.finish(index);
        }
    }

    /// Takes down a connection that one side has ended, once nothing is under way to the other.
    fn finish(&mut self, index: usize) {
        let client = &mut self.clients[index];
        let Some(link) = &client.link else { return };
        let heard_by_server = link.client_left && (link.up.is_empty() || link.server_left);
        let heard_by_client = link.server_left && (link.down.is_empty() || link.client_left);
        if !heard_by_server && !heard_by_client {
            return;
        }
        self.end_link(index);
    }

    /// Takes a connection down, and tells the sides that have not ended it.
    fn end_link(&mut self, index: usize) {
        let client = &mut self.clients[index];
        let Some(Link { conn, client_left, server_left, .. }) = client.link.take() else { return };
        if let Some(handle) = client.handle.as_ref().filter(|_| !client_left) {
            handle.disconnected().unwrap();
        }
        if let Some(handle) = self.server.handle.as_ref().filter(|_| !server_left) {
            handle.disconnected(conn).unwrap();
        }
    }

    /// The connection ends, what was under way is lost, and both sides are told.
    pub(crate) fn drop_link(&mut self, index: usize) {
        self.end_link(index);
        self.pump();
    }

    /// The connection ends for the client; the server has not noticed.
    pub(crate) fn cut(&mut self, name: &str) -> Step {
        let client = self.client(name)?;
        let mut link = client.link.take().ok_or("not connected")?;
        link.down.clear();
        client.ghosts.push(link);
        client.handle()?.disconnected().unwrap();
        self.pump();
        Ok(())
    }

    /// What was under way on connections that were cut arrives.
    pub(crate) fn arrive_late(&mut self, name: &str) -> Step {
        let index = self.index(name)?;
        let server = self.server.handle()?.clone();
        let ghosts = &mut self.clients[index].ghosts;
        let conns: Vec<ConnId> = ghosts.iter().map(|ghost| ghost.conn).collect();
        for conn in conns {
            while let Some(frame) = self.ghost_of(conn).and_then(|ghost| ghost.up.pop_front()) {
                self.print(format!("late {name} {}", shown(&frame)));
                server.receive(conn, &frame).unwrap();
                self.pump();
            }
        }
        Ok(())
    }

    /// The server notices that connections were cut.
    pub(crate) fn bury(&mut self, name: &str) -> Step {
        let ghosts = core::mem::take(&mut self.client(name)?.ghosts);
        for ghost in ghosts {
            self.server.handle()?.disconnected(ghost.conn).unwrap();
        }
        self.pump();
        Ok(())
    }

    /// Delivers up to `most` frames one way, and says whether there was one.
    pub(crate) fn deliver(&mut self, index: usize, up: bool, most: usize) -> bool {
        let mut delivered = 0;
        while delivered < most && self.deliver_one(index, up) {
            delivered += 1;
        }
        delivered > 0
    }

    fn deliver_one(&mut self, index: usize, up: bool) -> bool {
        let client = &mut self.clients[index];
        let Some(link) = client.link.as_mut().filter(|link| !up || !link.paused) else {
            return false;
        };
        let conn = link.conn;
        let Some(frame) = link.queue(up).pop_front() else { return false };
        let way = if up { "up" } else { "down" };
        let told = format!("{way} {} {}", client.name, shown(&frame));
        self.print(told);
        if up {
            self.server.handle.as_ref().unwrap().receive(conn, &frame).unwrap();
        } else {
            self.clients[index].handle.as_ref().unwrap().receive(&frame).unwrap();
        }
        self.pump();
        self.finish(index);
        self.pump();
        true
    }

    /// Delivers frames until there are none.
    pub(crate) fn settle(&mut self) {
        loop {
            let mut moved = false;
            for index in 0..self.clients.len() {
                moved |= self.deliver(index, true, usize::MAX);
                moved |= self.deliver(index, false, usize::MAX);
            }
            if !moved {
                return;
            }
        }
    }
}
