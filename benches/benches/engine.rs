//! What an edit, an encoded delta, an applied delta and a snapshot cost.
#![allow(missing_docs, clippy::arithmetic_side_effects, clippy::unwrap_used)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use syncline_benches::{Bench, object_json, value};
use syncline_core::client::{Client, ClientConfig, ClientOutput};
use syncline_core::frame::{decode, encode, encode_body};
use syncline_core::host::{ClientHandle, HostOutput, ServerHandle, ServerOptions};
use syncline_core::message::{Delta, Message};
use syncline_core::policy::Author;
use syncline_core::replica::{Before, Confirmed};
use syncline_core::store::{KeyChange, Store};
use syncline_core::{
    Action, Channel, Codec, ConnId, Content, Durability, Grant, Key, KeyId, Limits, Principal,
    RoomName, RoomNo, Time, Value, Version,
};

const LIMITS: Limits = Limits::HARD;

fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

fn values(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("value from JSON");
    for (name, json) in [
        ("integer", "12345".to_owned()),
        ("60 B object", object_json(60)),
        ("1 KB object", object_json(1_024)),
        ("20 KB object", object_json(20_480)),
    ] {
        group.bench_function(name, |bencher| bencher.iter(|| value(black_box(&json)).unwrap()));
    }
    group.finish();
}

fn edits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("accepted edit, durable at once");
    let large = object_json(20_480);
    let patch = value("{\"field7\":\"changed\"}").unwrap();
    let one_kilobyte = value(&object_json(1_024)).unwrap();
    for (name, action) in [
        ("set integer", Action::Set(Value::from_i64(7).unwrap())),
        ("add", Action::Add(Value::from_i64(1).unwrap())),
        ("set 1 KB object", Action::Set(one_kilobyte)),
        ("merge 1 field of 20 KB", Action::Merge(patch)),
    ] {
        let mut bench = Bench::new().unwrap();
        bench.fill(10_000).unwrap();
        let key = key("key/00500");
        if matches!(action, Action::Merge(_)) {
            bench.write(&key, Action::Set(value(&large).unwrap())).unwrap();
        }
        group.bench_function(name, |bencher| {
            bencher.iter(|| bench.write(&key, action.clone()).unwrap());
        });
    }
    group.finish();
}

/// An edit on a client: checked, shown, recorded as a draft; its output drained.
fn client_edits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("client edit, drained");
    let one_kilobyte = value(&object_json(1_024)).unwrap();
    for (name, action) in [
        ("set integer", Action::Set(Value::from_i64(7).unwrap())),
        ("set 1 KB object", Action::Set(one_kilobyte)),
    ] {
        let mut client = Client::new(ClientConfig::default(), [7; 32]);
        let now = Time::default();
        let room = client.open(now, RoomName::new("bench").unwrap(), true).unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                client.edit(now, room, "key", action.clone()).unwrap();
                while let Some(output) = client.poll_output() {
                    if let ClientOutput::Persist(persist) = output {
                        client.handle_persisted(persist.id);
                    }
                }
            });
        });
    }
    group.finish();
}

/// An edit by a client's handle until its verdict from a server's, both in this thread: with nothing recorded, and with
/// both recorded into files.
fn flights(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("edit there and back");
    let folder = std::env::temp_dir().join(format!("syncline-flights-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let one_kilobyte = value(&object_json(1_024)).unwrap();
    for (what, action) in [
        ("set integer", Action::Set(Value::from_i64(7).unwrap())),
        ("set 1 KB object", Action::Set(one_kilobyte)),
    ] {
        for recorded in [false, true] {
            let flight = |name| {
                if recorded { format!("{}/{name}", folder.display()) } else { String::new() }
            };
            let mut pair = Pair::new(&flight("client"), &flight("server"));
            let name = if recorded { format!("{what}, recorded") } else { what.to_owned() };
            group.bench_function(name, |bencher| bencher.iter(|| pair.edit(action.clone())));
            let is_recorded =
                pair.client.flight().unwrap().is_some_and(|it| !it.full && !it.failed);
            assert_eq!(is_recorded, recorded);
        }
    }
    group.finish();
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A client and a server in manual mode, and what they say to each other.
struct Pair {
    client: ClientHandle,
    server: ServerHandle,
    room: RoomNo,
    now: Time,
}

const CONN: ConnId = ConnId::new(1);

impl Pair {
    fn new(client: &str, server: &str) -> Self {
        let (now, most) = (Time::default(), 1 << 32);
        let config = ClientConfig {
            flight: client.to_owned(),
            flight_bytes: most,
            ..ClientConfig::default()
        };
        let client = ClientHandle::manual(config, [7; 32], &[], now).unwrap();
        let options = ServerOptions {
            flight: server.to_owned(),
            flight_bytes: most,
            ..ServerOptions::default()
        };
        let server = ServerHandle::manual(options, Durability::Volatile, [9; 32], now).unwrap();
        let room = client.open(&RoomName::new("bench").unwrap(), true).unwrap();
        let mut pair = Self { client, server, room, now };
        pair.edit(Action::Set(Value::NULL));
        pair
    }

    fn edit(&mut self, action: Action) {
        // A server takes so many frames a minute.
        self.now = self.now.after(Duration::from_millis(20));
        self.client.set_now(self.now).unwrap();
        self.server.set_now(self.now).unwrap();
        self.client.edit(self.room, "key", action).unwrap();
        self.client.flush().unwrap();
        while self.client.pending(self.room).unwrap() > 0 {
            self.pass();
        }
    }

    /// Passes on what both want done.
    fn pass(&mut self) {
        let (client, server) = (&self.client, &self.server);
        while let Some(output) = client.poll().unwrap() {
            match output {
                ClientOutput::Persist(persist) => client.persisted(persist.id).unwrap(),
                ClientOutput::Connect => {
                    server.connected(CONN).unwrap();
                    client.connected("token").unwrap();
                }
                ClientOutput::Transmit(frame) => server.receive(CONN, &frame).unwrap(),
                ClientOutput::Event(event) => drop(black_box(event)),
                ClientOutput::Disconnect | ClientOutput::Propose { .. } => {}
            }
        }
        while let Some(output) = server.poll().unwrap() {
            if let HostOutput::Transmit { bytes, .. } = output {
                client.receive(&bytes).unwrap();
                server.writable(CONN).unwrap();
            } else if let HostOutput::Authorize { request, .. } = output {
                let grant = Grant::writer(Principal::new("ada").unwrap(), vec![String::new()]);
                server.authorize(request, Ok(grant)).unwrap();
            }
        }
    }
}

/// The delta that tells a reader of one edit in a room of 10,000 keys.
fn delta_of(action: Action, before: Option<Value>) -> Message {
    let mut bench = Bench::new().unwrap();
    bench.fill(10_000).unwrap();
    let key = key("key/00500");
    if let Some(before) = before {
        bench.write(&key, Action::Set(before)).unwrap();
    }
    let version = bench.room.version();
    let reader = bench.reader(version).unwrap();
    bench.pull(reader);
    bench.write(&key, action).unwrap();
    let body = Arc::clone(&bench.pull(reader).unwrap().body);
    assert_eq!(body.entries.len(), 1);
    Message::Delta(Delta { channel: Channel::new(1), personal: None, body })
}

fn deltas(criterion: &mut Criterion) {
    let integer = delta_of(Action::Set(Value::from_i64(7).unwrap()), None);
    let object = delta_of(Action::Set(value(&object_json(1_024)).unwrap()), None);
    let patch = Action::Merge(value("{\"field7\":\"changed\"}").unwrap());
    let field = delta_of(patch, Some(value(&object_json(20_480)).unwrap()));
    for (what, codec) in [("binary", Codec::Binary), ("JSON", Codec::Json)] {
        let mut group = criterion.benchmark_group(format!("delta, {what}"));
        for (name, message) in
            [("1 integer", &integer), ("1 KB object", &object), ("1 field of 20 KB", &field)]
        {
            group.bench_function(format!("encode {name}"), |bencher| {
                bencher.iter(|| encode(black_box(message), codec));
            });
            let bytes = encode(message, codec);
            group.bench_function(format!("decode {name}"), |bencher| {
                bencher.iter(|| decode(black_box(&bytes), codec, &LIMITS).unwrap());
            });
        }
        group.finish();
    }
}

fn set(store: &mut Store, number: u32, value: i64) {
    let content = Some(Content::Plain(Value::from_i64(value).unwrap()));
    let action = Action::Set(Value::from_i64(value).unwrap());
    let key = key(&format!("key/{number:05}"));
    let change = KeyChange { key, id: KeyId::new(number), action, content };
    store.commit(store.version().next(), Author::Host, vec![change]);
}

fn readers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("10,000 keys");
    let mut store = Store::default();
    for number in 0..10_000 {
        set(&mut store, number, i64::from(number));
    }
    let behind = store.version();
    let body = |store: &Store, from| store.body(from, from, usize::MAX, usize::MAX);
    let mut held = Confirmed::default();
    held.apply(&[&body(&store, Version::ZERO)], &LIMITS, &mut Before::new()).unwrap();
    for number in 0..100 {
        set(&mut store, number * 97, 1_000_000 + i64::from(number));
    }
    for (name, from) in [("snapshot", Version::ZERO), ("resume after 100", behind)] {
        group.bench_function(format!("encode {name}"), |bencher| {
            bencher.iter(|| encode_body(&body(black_box(&store), from), Codec::Binary));
        });
    }
    let snapshot = body(&store, Version::ZERO);
    group.bench_function("apply snapshot", |bencher| {
        bencher.iter(|| {
            let mut fresh = Confirmed::default();
            fresh.apply(&[black_box(&snapshot)], &LIMITS, &mut Before::new()).unwrap();
            fresh
        });
    });
    let resume = body(&store, behind);
    group.bench_function("apply resume after 100", |bencher| {
        bencher.iter(|| held.apply(&[black_box(&resume)], &LIMITS, &mut Before::new()).unwrap());
    });
    group.finish();
}

fn quick() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50)
}

criterion_group! { name = benches; config = quick(); targets = values, client_edits, edits, flights, deltas, readers }
criterion_main!(benches);
