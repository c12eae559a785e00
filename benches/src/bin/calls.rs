//! What calls of the handles cost in Rust: `name<TAB>nanoseconds` lines, each the least of several
//! rounds. The programs beside it measure the same through each wrapper, under the same names.

use std::error::Error;
use std::time::Instant;

use syncline_benches::value;
use syncline_core::client::{ClientConfig, ClientEvent, ClientOutput};
use syncline_core::host::{ClientHandle, HostOutput, ServerHandle, ServerOptions};
use syncline_core::room::{HostEdit, IfVersion};
use syncline_core::{
    Action, ConnId, Durability, Grant, Key, Principal, RoomName, RoomNo, Time, Value,
};

type Result<T> = core::result::Result<T, Box<dyn Error>>;

/// Of ten milliseconds or so each, so that some are not disturbed.
const ROUNDS: u32 = 30;
const OBJECT: &str = r#"{"name":"tea","price":4,"tags":["green","loose"]}"#;

fn main() -> Result<()> {
    let config = ClientConfig::default();
    let client = ClientHandle::automatic(config, None)?;
    let room = client.open(&RoomName::new("bench")?, true)?;
    let set = |key, action| client.edit(room, key, Action::Set(action)).map(|_| ());
    set("visits", Value::from_i64(1)?)?;
    set("items", value(OBJECT)?)?;
    measure("get an integer", 400_000, |_| Ok(client.get(room, "visits").map(|_| ())?))?;
    measure("get a 50 B object", 150_000, |_| {
        client.get(room, "items")?.map(|items| items.to_json());
        Ok(())
    })?;
    measure("set an integer", 20_000, |n| Ok(set("visits", Value::from_i64(n.into())?)?))?;
    measure("set a 50 B object", 10_000, |_| Ok(set("items", value(OBJECT)?)?))?;

    let mut pair = Pair::new()?;
    let conn = pair.connect()?;
    let visits = Key::new("visits")?;
    measure("a change told: write, frame, event", 3_000, |_| {
        let edit = Action::Add(Value::from_i64(1)?).into();
        let edit = HostEdit { key: visits.clone(), edit, if_version: IfVersion::Any };
        pair.server.room_write(pair.room, vec![edit])?;
        while !pair.pump(conn)? {}
        Ok(())
    })?;
    measure("connect: greet, join, first state", 1_000, |_| pair.connect().map(|_| ()))
}

fn measure(name: &str, calls: u32, mut work: impl FnMut(u32) -> Result<()>) -> Result<()> {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        #[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
        let start = Instant::now();
        for call in 0..calls {
            work(call)?;
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(calls));
    }
    println!("{name}\t{best:.1}");
    Ok(())
}

/// A client and a server that hand their frames to each other.
struct Pair {
    server: ServerHandle,
    client: ClientHandle,
    room: RoomNo,
    last: ConnId,
}

impl Pair {
    fn new() -> Result<Self> {
        let options = ServerOptions::default();
        let seed = [1; 32];
        let server = ServerHandle::manual(options, Durability::Volatile, seed, Time::default())?;
        let room = server.room_open(&RoomName::new("bench")?)?;
        Ok(Self { server, client: new_client()?, room, last: ConnId::default() })
    }

    /// Another client, until it knows the room's state.
    fn connect(&mut self) -> Result<ConnId> {
        self.client.close()?;
        self.server.disconnected(self.last)?;
        self.client = new_client()?;
        self.client.open(&RoomName::new("bench")?, true)?;
        self.last = self.last.next();
        self.client.connected("token")?;
        self.server.connected(self.last)?;
        while !self.pump(self.last)? {}
        Ok(self.last)
    }

    /// Carries out what both want, and says whether the client told of a change or that it is ready.
    fn pump(&self, conn: ConnId) -> Result<bool> {
        while let Some(output) = self.server.poll()? {
            match output {
                HostOutput::Transmit { bytes, .. } => {
                    self.client.receive(&bytes)?;
                    self.server.writable(conn)?;
                }
                HostOutput::Authorize { request, .. } => {
                    let grant = Grant::writer(Principal::new("ada")?, vec![String::new()]);
                    self.server.authorize(request, Ok(grant))?;
                }
                HostOutput::Pause { .. }
                | HostOutput::Resume { .. }
                | HostOutput::Close { .. }
                | HostOutput::OpenRoom { .. }
                | HostOutput::Persist { .. }
                | HostOutput::CloseRoom { .. }
                | HostOutput::Render { .. }
                | HostOutput::Event(_) => {}
            }
        }
        let mut told = false;
        while let Some(output) = self.client.poll()? {
            match output {
                ClientOutput::Transmit(bytes) => self.server.receive(conn, &bytes)?,
                ClientOutput::Event(ClientEvent::Change { .. } | ClientEvent::Ready { .. }) => {
                    told = true;
                }
                ClientOutput::Persist(_)
                | ClientOutput::Connect
                | ClientOutput::Disconnect
                | ClientOutput::Propose { .. }
                | ClientOutput::Event(_) => {}
            }
        }
        Ok(told)
    }
}

fn new_client() -> Result<ClientHandle> {
    let config = ClientConfig { durable: false, ..ClientConfig::default() };
    Ok(ClientHandle::manual(config, [2; 32], &[], Time::default())?)
}
