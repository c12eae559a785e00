//! A network of one server and its clients, each of which a thread of its own drains.

use core::time::Duration;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use parking_lot::Mutex;

use super::{name, spawn, wait_until};
use crate::client::{ClientConfig, ClientEvent, ClientOutput, Status, Verdict};
use crate::host::{ClientHandle, HostOutput, ServerHandle, ServerOptions};
use crate::{Code, ConnId, Grant, Principal, RoomNo, Timing, Value};

/// What a pump is woken for.
enum Mail {
    Wake,
    Frame(ConnId, Vec<u8>),
    Ended(ConnId),
    Stop,
}

/// The network and the server at its end, if one runs.
#[derive(Default)]
pub(super) struct Net {
    server: Mutex<Option<ServerHandle>>,
    pump: Mutex<Option<(Sender<Mail>, JoinHandle<()>)>>,
    peers: Mutex<BTreeMap<ConnId, Sender<Mail>>>,
    connections: AtomicU64,
}

impl Net {
    fn server(&self) -> Option<ServerHandle> {
        self.server.lock().clone()
    }

    fn post(&self, conn: ConnId, mail: Mail) {
        if let Some(peer) = self.peers.lock().get(&conn) {
            let _ = peer.send(mail);
        }
    }

    pub(super) fn start_server(self: &Arc<Self>, directory: &Path) -> ServerHandle {
        let mut started = None;
        // The last clone of a server that was killed may still be in a client's hands.
        wait_until("the directory", || {
            let options = ServerOptions::default();
            match ServerHandle::automatic(options, Some(directory)) {
                Ok(server) => started = Some(server),
                Err(error) => assert_eq!(error.code, Code::StorageInUse),
            }
            started.is_some()
        });
        let server = started.unwrap();
        let (post, mail) = channel();
        let wake = post.clone();
        server.set_wake(Some(Box::new(move || _ = wake.send(Mail::Wake))));
        let (net, drained) = (Arc::clone(self), server.clone());
        let pump = spawn(move || {
            while let Ok(Mail::Wake) = mail.recv() {
                net.drain_server(&drained);
            }
            drained.set_wake(None);
        });
        *self.pump.lock() = Some((post, pump));
        *self.server.lock() = Some(server.clone());
        server
    }

    fn drain_server(&self, server: &ServerHandle) {
        while let Ok(Some(output)) = server.poll() {
            match output {
                HostOutput::Transmit { conn, bytes } => {
                    self.post(conn, Mail::Frame(conn, bytes));
                    server.writable(conn).unwrap();
                }
                HostOutput::Close { conn, .. } => self.post(conn, Mail::Ended(conn)),
                HostOutput::Authorize { request, token, .. } => {
                    let principal = Principal::new(token).unwrap();
                    let grant = Grant::writer(principal, vec![String::new()]);
                    server.authorize(request, Ok(grant)).unwrap();
                }
                _ => {}
            }
        }
    }

    /// Ends the server as a crash of its process would end its connections.
    pub(super) fn kill_server(&self) {
        drop(self.server.lock().take());
        let (post, pump) = self.pump.lock().take().unwrap();
        post.send(Mail::Stop).unwrap();
        pump.join().unwrap();
        for (conn, peer) in std::mem::take(&mut *self.peers.lock()) {
            let _ = peer.send(Mail::Ended(conn));
        }
    }
}

/// A client and the thread that drains it.
pub(super) struct Peer {
    pub(super) client: ClientHandle,
    pub(super) room: RoomNo,
    events: Arc<Mutex<Vec<ClientEvent>>>,
    pump: Option<(Sender<Mail>, JoinHandle<()>)>,
}

impl Peer {
    pub(super) fn start(net: &Arc<Net>, token: &'static str, journal: Option<&Path>) -> Self {
        let timing = Timing { backoff_first: Duration::from_millis(5), ..Timing::default() };
        let config = ClientConfig { timing, ..ClientConfig::default() };
        let client = ClientHandle::automatic(config, journal).unwrap();
        let (post, mail) = channel();
        let wake = post.clone();
        client.set_wake(Some(Box::new(move || _ = wake.send(Mail::Wake))));
        let events = Arc::default();
        let (net, drained, heard) = (Arc::clone(net), client.clone(), Arc::clone(&events));
        let posted = post.clone();
        let pump = spawn(move || pump(&net, &drained, token, &mail, &posted, &heard));
        let room = client.open(&name("cart"), true).unwrap();
        Self { client, room, events, pump: Some((post, pump)) }
    }

    pub(super) fn number(&self, key: &str) -> i64 {
        let content = self.client.get(self.room, key).unwrap();
        content.and_then(|content| content.as_plain().and_then(Value::as_i64)).unwrap_or(0)
    }

    pub(super) fn wait_synced(&self) {
        wait_until("synced", || self.client.overall_status().unwrap() == Status::Synced);
    }

    pub(super) fn verdicts(&self) -> Vec<Verdict> {
        let events = self.events.lock();
        let verdict = |event: &ClientEvent| match event {
            ClientEvent::Verdict { verdict, .. } => Some(*verdict),
            _ => None,
        };
        events.iter().filter_map(verdict).collect()
    }

    /// Lets go of the client without closing it.
    pub(super) fn drop_it(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        if let Some((post, pump)) = self.pump.take() {
            self.client.set_wake(None);
            post.send(Mail::Stop).unwrap();
            pump.join().unwrap();
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn pump(
    net: &Net,
    client: &ClientHandle,
    token: &str,
    mail: &Receiver<Mail>,
    post: &Sender<Mail>,
    events: &Mutex<Vec<ClientEvent>>,
) {
    let mut conn = None;
    for mail in mail {
        match mail {
            // A client that its test has closed takes nothing any more.
            Mail::Frame(from, bytes) if conn == Some(from) => _ = client.receive(&bytes),
            Mail::Ended(ended) if conn == Some(ended) => {
                conn = None;
                let _ = client.disconnected();
            }
            Mail::Wake | Mail::Frame(..) | Mail::Ended(_) => {}
            Mail::Stop => break,
        }
        while let Ok(Some(output)) = client.poll() {
            match output {
                ClientOutput::Connect => {
                    let Some(server) = net.server() else {
                        let _ = client.disconnected();
                        continue;
                    };
                    let number = net.connections.fetch_add(1, Ordering::SeqCst) + 1;
                    conn = Some(ConnId::new(number));
                    net.peers.lock().insert(ConnId::new(number), post.clone());
                    server.connected(ConnId::new(number)).unwrap();
                    let _ = client.connected(token);
                }
                ClientOutput::Transmit(bytes) => {
                    if let (Some(server), Some(conn)) = (net.server(), conn) {
                        server.receive(conn, &bytes).unwrap();
                    }
                }
                ClientOutput::Disconnect => {
                    if let (Some(server), Some(conn)) = (net.server(), conn.take()) {
                        server.disconnected(conn).unwrap();
                    }
                }
                ClientOutput::Event(event) => events.lock().push(event),
                ClientOutput::Persist(persist) => panic!("in automatic mode: {persist:?}"),
                ClientOutput::Propose { .. } => panic!("a client that leads proposes"),
            }
        }
    }
    if let (Some(server), Some(conn)) = (net.server(), conn) {
        server.disconnected(conn).unwrap();
    }
}
