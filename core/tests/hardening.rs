//! A client, a server and a room that were built to different limits, restored from the wrong disk,
//! or asked for more than one frame holds: each test is named after what must not go wrong.
#![allow(warnings, clippy::all, clippy::pedantic, clippy::restriction)]
use std::collections::*;
use std::time::{Duration, Instant};
use syncline_core::client::*;
use syncline_core::exchange::Grant;
use syncline_core::message::*;
use syncline_core::policy::*;
use syncline_core::record::*;
use syncline_core::room::*;
use syncline_core::server::*;
use syncline_core::*;

struct Pair {
    now: Time,
    client: Client,
    server: Server,
    room: Option<(RoomNo, Room)>,
    cfg: RoomConfig,
    scfg: ServerConfig,
    disk: Vec<Vec<u8>>,
    cdisk: Vec<Vec<u8>>,
    conn: u64,
    live: Option<ConnId>,
    events: Vec<ClientEvent>,
    up: VecDeque<Vec<u8>>,
    down: VecDeque<Vec<u8>>,
    pushes: usize,
    connects: usize,
    writers: bool,
    stops: bool,
}
impl Pair {
    fn new(ccfg: ClientConfig, limits: Limits) -> Self {
        let cfg = RoomConfig { limits, ..RoomConfig::default() };
        let scfg = ServerConfig { limits, ..ServerConfig::default() };
        Pair {
            now: Time::from_millis(1),
            client: Client::new(ccfg, [3; 32]),
            server: Server::new(scfg.clone()),
            room: None,
            cfg,
            scfg,
            disk: vec![],
            cdisk: vec![],
            conn: 0,
            live: None,
            events: vec![],
            up: VecDeque::new(),
            down: VecDeque::new(),
            pushes: 0,
            connects: 0,
            writers: true,
            stops: false,
        }
    }
    fn restart_server(&mut self, limits: Limits) {
        self.cfg.limits = limits;
        self.scfg.limits = limits;
        self.server = Server::new(self.scfg.clone());
        self.room = None;
        self.up.clear();
        self.down.clear();
        if self.live.take().is_some() {
            self.client.handle_disconnected(self.now);
        }
    }
    fn drain(&mut self) -> bool {
        let mut any = false;
        while let Some(o) = self.client.poll_output() {
            any = true;
            match o {
                ClientOutput::Persist(p) => {
                    if p.mode == PersistMode::Replace {
                        self.cdisk.clear();
                    }
                    self.cdisk.push(p.bytes);
                    self.client.handle_persisted(p.id);
                }
                ClientOutput::Connect => {
                    self.connects += 1;
                    if self.stops {
                        self.client.handle_disconnected(self.now);
                    } else {
                        self.conn += 1;
                        let c = ConnId::new(self.conn);
                        self.live = Some(c);
                        self.up.clear();
                        self.down.clear();
                        self.server.handle_connected(self.now, c);
                        self.client.handle_connected(self.now, "ada");
                    }
                }
                ClientOutput::Transmit(b) => self.up.push_back(b),
                ClientOutput::Disconnect => {
                    if let Some(c) = self.live.take() {
                        self.server.handle_disconnected(self.now, c);
                    }
                }
                ClientOutput::Event(e) => self.events.push(e),
            }
        }
        loop {
            let mut more = false;
            while let Some(o) = self.server.poll_output() {
                more = true;
                match o {
                    ServerOutput::Transmit { conn, bytes } => {
                        if Some(conn) == self.live {
                            self.down.push_back(bytes)
                        }
                    }
                    ServerOutput::Close { conn, .. } => {
                        if Some(conn) == self.live {
                            while let Some(f) = self.down.pop_front() {
                                self.client.handle_frame(self.now, &f);
                            }
                            self.live = None;
                            self.client.handle_disconnected(self.now);
                        }
                    }
                    ServerOutput::Authorize { request, token, .. } => {
                        let g = if self.writers {
                            Grant::writer(Principal::new(token).unwrap(), vec!["".into()])
                        } else {
                            Grant::reader(Principal::new(token).unwrap())
                        };
                        self.server.handle_authorized(self.now, request, Ok(g));
                    }
                    ServerOutput::OpenRoom { request, room, .. } => {
                        let b: Vec<_> = self.disk.iter().map(|v| v.as_slice()).collect();
                        let r = Room::restore(
                            RoomName::new("r").unwrap(),
                            self.cfg.clone(),
                            Epoch::new(7),
                            b,
                        )
                        .unwrap();
                        self.room = Some((room, r));
                        self.server.handle_room_opened(self.now, request, Ok(room));
                    }
                    ServerOutput::ToRoom { to, .. } => {
                        if let Some((_, r)) = &mut self.room {
                            r.handle(self.now, to)
                        }
                    }
                    ServerOutput::CloseRoom { .. } => self.room = None,
                    _ => {}
                }
            }
            if let Some((n, r)) = &mut self.room {
                while let Some(o) = r.poll_output() {
                    more = true;
                    match o {
                        RoomOutput::ToServer(v) => self.server.handle_room(self.now, *n, v),
                        RoomOutput::Persist(p) => {
                            if p.mode == PersistMode::Replace {
                                self.disk.clear();
                            }
                            self.disk.push(p.bytes);
                            r.handle_persisted(p.id);
                        }
                        _ => {}
                    }
                }
            }
            if !more { break } else { any = true }
        }
        any
    }
    fn settle(&mut self, most: usize) -> bool {
        for _ in 0..most {
            let mut any = self.drain();
            if let Some(c) = self.live {
                if let Some(f) = self.up.pop_front() {
                    any = true;
                    self.pushes += 1;
                    self.server.handle_frame(self.now, c, &f);
                    self.drain();
                }
                let mut got = false;
                while let Some(f) = self.down.pop_front() {
                    any = true;
                    got = true;
                    self.client.handle_frame(self.now, &f);
                    self.drain();
                }
                if let (true, Some(c)) = (got, self.live) {
                    self.server.handle_writable(self.now, c);
                }
            }
            if !any {
                return true;
            }
        }
        false
    }
    fn pass(&mut self, ms: u64) -> bool {
        self.now = self.now.after(Duration::from_millis(ms));
        self.client.handle_timeout(self.now);
        self.server.handle_timeout(self.now);
        if let Some((_, r)) = &mut self.room {
            r.handle_timeout(self.now)
        }
        self.settle(3000)
    }
    fn run(&mut self, secs: u64) -> bool {
        let mut ok = true;
        for _ in 0..secs * 10 {
            ok &= self.pass(100);
        }
        ok
    }
}
fn big(n: usize) -> Action {
    Action::Set(
        Value::from_json(format!("\"{}\"", "x".repeat(n)).as_bytes(), &Limits::HARD).unwrap(),
    )
}
fn failures(p: &Pair) -> Vec<String> {
    p.events
        .iter()
        .filter_map(|e| {
            if let ClientEvent::Failed { error, .. } = e { Some(format!("{error}")) } else { None }
        })
        .collect()
}
fn name() -> RoomName {
    RoomName::new("r").unwrap()
}
fn low() -> Limits {
    Limits { value_bytes: 1000, ..Limits::default() }
}

#[test]
fn a_value_above_the_servers_limit_made_before_the_welcome_gets_a_verdict() {
    let mut p = Pair::new(ClientConfig::default(), low());
    let r = p.client.open(p.now, name(), true).unwrap();
    p.client.edit(p.now, r, "k", big(5000)).unwrap();
    p.run(60);
    assert_eq!(p.client.pending(r), 0, "connects {} {:?}", p.connects, failures(&p).last());
}
#[test]
fn a_key_above_the_servers_limit() {
    let mut p = Pair::new(ClientConfig::default(), Limits { key_bytes: 8, ..Limits::default() });
    let r = p.client.open(p.now, name(), true).unwrap();
    p.client.edit(p.now, r, "a-long-long-key", big(5)).unwrap();
    p.run(60);
    assert_eq!(p.client.pending(r), 0, "connects {} {:?}", p.connects, failures(&p).last());
}
#[test]
fn named_above_lowered_limits() {
    let mut p = Pair::new(ClientConfig::default(), Limits::default());
    let r = p.client.open(p.now, name(), true).unwrap();
    p.run(1);
    p.client.edit(p.now, r, "k", big(50_000)).unwrap();
    p.now = p.now.after(Duration::from_millis(200));
    p.client.handle_timeout(p.now);
    p.drain();
    p.up.clear();
    p.restart_server(Limits {
        value_bytes: 1000,
        mutation_bytes: 2000,
        frame_bytes: 8000,
        ..Limits::default()
    });
    p.run(60);
    assert_eq!(p.client.pending(r), 0, "connects {} {:?}", p.connects, failures(&p).last());
}
#[test]
fn a_room_with_values_above_lowered_limits_is_readable() {
    let mut p = Pair::new(ClientConfig::default(), Limits::default());
    let r = p.client.open(p.now, name(), true).unwrap();
    p.client.edit(p.now, r, "k", big(50_000)).unwrap();
    p.run(1);
    assert_eq!(p.client.pending(r), 0);
    p.client = Client::new(ClientConfig::default(), [4; 32]);
    p.live = None;
    let l =
        Limits { value_bytes: 1000, mutation_bytes: 2000, frame_bytes: 8000, ..Limits::default() };
    p.server = Server::new(ServerConfig::default());
    p.restart_server(l);
    let r = p.client.open(p.now, name(), true).unwrap();
    p.run(20);
    assert!(p.client.get(r, "k").is_some(), "connects {} {:?}", p.connects, failures(&p).last());
}
#[test]
fn presence_above_lowered_limits() {
    let mut p =
        Pair::new(ClientConfig::default(), Limits { presence_bytes: 50, ..Limits::default() });
    let r = p.client.open(p.now, name(), true).unwrap();
    let v =
        Value::from_json(format!("{{\"a\":\"{}\"}}", "x".repeat(200)).as_bytes(), &Limits::HARD)
            .unwrap();
    p.client.set_presence(p.now, r, Some(&v)).unwrap();
    p.client.edit(p.now, r, "k", big(5)).unwrap();
    p.run(60);
    assert_eq!(p.client.pending(r), 0, "connects {} {:?}", p.connects, failures(&p).last());
    assert!(p.connects < 3, "connects {} {:?}", p.connects, failures(&p).last());
}
#[test]
fn absence_then_presence_is_what_the_server_shows() {
    let mut p = Pair::new(ClientConfig::default(), Limits::default());
    let r = p.client.open(p.now, name(), true).unwrap();
    p.run(1);
    let j = |t: &str| Value::from_json(t.as_bytes(), &Limits::HARD).unwrap();
    p.client.set_presence(p.now, r, Some(&j(r#"{"a":1}"#))).unwrap();
    p.settle(100);
    p.client.set_presence(p.now, r, None).unwrap();
    p.client.set_presence(p.now, r, Some(&j(r#"{"b":2}"#))).unwrap();
    p.run(1);
    let room = &p.room.as_ref().unwrap().1;
    let s: Vec<String> = room.presences().iter().map(|(_, v)| v.json().to_string()).collect();
    assert_eq!(s, [r#"{"b":2}"#]);
}
#[test]
fn removal_then_readd_presence() {
    let mut p = Pair::new(ClientConfig::default(), Limits::default());
    let r = p.client.open(p.now, name(), true).unwrap();
    p.run(1);
    let j = |t: &str| Value::from_json(t.as_bytes(), &Limits::HARD).unwrap();
    p.client.set_presence(p.now, r, Some(&j(r#"{"a":{"x":1},"c":1}"#))).unwrap();
    p.settle(100);
    p.client.set_presence(p.now, r, Some(&j(r#"{"a":null,"c":null}"#))).unwrap();
    p.client.set_presence(p.now, r, Some(&j(r#"{"a":{"y":2}}"#))).unwrap();
    p.run(1);
    let own = p.client.presence(r).unwrap().own().unwrap().json().to_string();
    let room = &p.room.as_ref().unwrap().1;
    let s: Vec<String> = room.presences().iter().map(|(_, v)| v.json().to_string()).collect();
    assert_eq!(s, [own]);
}
#[test]
fn a_new_room_that_is_renewed_can_be_restored() {
    let mut room = Room::new(name(), RoomConfig::default(), Epoch::new(1)).unwrap();
    room.renew(Epoch::new(2)).unwrap();
    let mut disk: Vec<Vec<u8>> = vec![];
    while let Some(o) = room.poll_output() {
        if let RoomOutput::Persist(p) = o {
            if p.mode == PersistMode::Replace {
                disk.clear();
            }
            disk.push(p.bytes);
            room.handle_persisted(p.id);
        }
    }
    let r = Room::restore(
        name(),
        RoomConfig::default(),
        Epoch::new(3),
        disk.iter().map(|b| b.as_slice()),
    );
    assert_eq!(r.map(|r| r.epoch()).map_err(|e| e.to_string()), Ok(Epoch::new(2)));
}
#[test]
fn an_older_disk_without_renew_does_not_spin() {
    let mut p = Pair::new(ClientConfig::default(), Limits::default());
    let r = p.client.open(p.now, name(), true).unwrap();
    p.client.edit(p.now, r, "a", big(5)).unwrap();
    p.run(1);
    let old = p.disk.clone();
    for i in 0..5 {
        p.client.edit(p.now, r, &format!("b{i}"), big(5)).unwrap();
        p.run(1);
    }
    assert_eq!(p.client.pending(r), 0);
    p.disk = old;
    p.restart_server(Limits::default());
    p.client.edit(p.now, r, "c", big(5)).unwrap();
    let before = p.pushes;
    let ok = p.run(20);
    assert!(
        ok && p.client.pending(r) == 0,
        "ok {ok} frames {} pending {}",
        p.pushes - before,
        p.client.pending(r)
    );
}
#[test]
fn key_numbers_do_not_run_out_into_each_other() {
    // A log that begins near the end of the numbers.
    let mut out = wire::Writer::new();
    record::room::write(
        &mut out,
        &record::room::RoomRecord::Begin(record::room::Begin {
            epoch: Epoch::new(1),
            next_key: KeyId::new(u32::MAX - 1),
            ..Default::default()
        }),
    );
    let b = out.into_bytes();
    let mut room =
        Room::restore(name(), RoomConfig::default(), Epoch::new(3), [b.as_slice()]).unwrap();
    for i in 0..4 {
        let _ = room.write(&[HostEdit {
            key: Key::new(format!("k{i}")).unwrap(),
            action: big(3),
            if_version: IfVersion::Any,
        }]);
        while let Some(o) = room.poll_output() {
            if let RoomOutput::Persist(p) = o {
                room.handle_persisted(p.id);
            }
        }
    }
    let staged = (0..4).filter(|i| room.staged(&format!("k{i}")).is_some()).count();
    assert_eq!(room.keys(), room.entries("").count(), "keys");
    assert!((0..4).all(|i| {
        let k = format!("k{i}");
        room.get(&k).is_none() || room.entries(&k).next().unwrap().0.as_str() == k
    }));
    assert_eq!((staged, room.keys()), (1, 1), "the last number is given to nobody");
}
#[test]
fn a_long_offline_list() {
    for n in [500usize] {
        let mut p = Pair::new(ClientConfig::default(), Limits::default());
        p.stops = true;
        let r = p.client.open(p.now, name(), true).unwrap();
        let t = Instant::now();
        for i in 0..n {
            p.client.insert_at(p.now, r, "l", i, Value::from_i64(i as i64).unwrap()).unwrap();
        }
        let made = t.elapsed();
        p.stops = false;
        let t = Instant::now();
        p.run(40);
        eprintln!("{n}: make {made:?} sync {:?} pending {}", t.elapsed(), p.client.pending(r));
    }
}
#[test]
fn write_grant_after_regrant() {
    let mut p = Pair::new(ClientConfig::default(), Limits::default());
    p.writers = false;
    let r = p.client.open(p.now, name(), true).unwrap();
    p.run(1);
    assert!(p.client.edit(p.now, r, "a", big(5)).is_err());
    p.writers = true;
    p.client.set_token(p.now, "ada");
    p.run(5);
    assert!(p.client.edit(p.now, r, "a", big(5)).is_ok());
}
#[test]
fn debug_tells_no_token() {
    let mut p = Pair::new(ClientConfig::default(), Limits::default());
    let r = p.client.open(p.now, name(), true).unwrap();
    p.client.poll_output();
    let c = ConnId::new(99);
    p.server.handle_connected(p.now, c);
    let m = Message::Hello(Hello {
        oldest: 1,
        newest: 1,
        codecs: vec![Codec::Binary],
        token: "s3cret".into(),
        schema: String::new(),
    });
    assert!(!format!("{m:?}").contains("s3cret"), "message");
    p.server.handle_frame(p.now, c, &frame::encode(&m, Codec::Binary));
    assert!(!format!("{:?}", p.server).contains("s3cret"), "server");
}
#[test]
fn long_room_name_over_lowered_limit() {
    let mut p =
        Pair::new(ClientConfig::default(), Limits { room_name_bytes: 4, ..Limits::default() });
    let r = p.client.open(p.now, name(), true).unwrap();
    let r2 = p.client.open(p.now, RoomName::new("longer-name").unwrap(), true).unwrap();
    p.client.edit(p.now, r, "a", big(5)).unwrap();
    p.run(10);
    assert_eq!(p.client.pending(r), 0, "{:?} {:?}", failures(&p).last(), p.client.status(r));
}
#[test]
fn too_many_open_rooms_by_lowered_limit_and_mutation_overhead() {
    let mut p = Pair::new(
        ClientConfig::default(),
        Limits { value_bytes: 1000, mutation_bytes: 1000, frame_bytes: 8000, ..Limits::default() },
    );
    let r = p.client.open(p.now, name(), true).unwrap();
    p.run(1);
    let e = p.client.edit(p.now, r, "kkkkkkkkkkkkkkkk", big(980));
    p.run(1);
    eprintln!(
        "{e:?} {:?}",
        p.events.iter().filter(|e| matches!(e, ClientEvent::Verdict { .. })).collect::<Vec<_>>()
    );
}
#[test]
fn json_snapshot_of_many_small_keys() {
    let mut p = Pair::new(
        ClientConfig { codec: Codec::Json, ..ClientConfig::default() },
        Limits::default(),
    );
    let mut room = Room::new(name(), p.cfg.clone(), Epoch::new(7)).unwrap();
    for b in 0..1000 {
        let w: Vec<_> = (0..60)
            .map(|i| HostEdit {
                key: Key::new(format!("{}", b * 60 + i)).unwrap(),
                action: Action::Set(Value::from_i64(1).unwrap()),
                if_version: IfVersion::Any,
            })
            .collect();
        room.write(&w).unwrap();
        while let Some(o) = room.poll_output() {
            if let RoomOutput::Persist(q) = o {
                if q.mode == PersistMode::Replace {
                    p.disk.clear();
                }
                p.disk.push(q.bytes);
                room.handle_persisted(q.id);
            }
        }
    }
    let r = p.client.open(p.now, name(), true).unwrap();
    p.run(5);
    assert_eq!(
        p.client.entries(r, "").len(),
        60_000,
        "connects {} {:?}",
        p.connects,
        failures(&p).last()
    );
}
#[test]
fn json_push_of_many_list_edits() {
    let mut p = Pair::new(
        ClientConfig { codec: Codec::Json, ..ClientConfig::default() },
        Limits::default(),
    );
    p.stops = true;
    let r = p.client.open(p.now, name(), true).unwrap();
    let mut n = 0u64;
    for i in 0..256 {
        let e: Vec<_> = (0..60)
            .map(|j| {
                n += 1;
                (
                    Key::new(format!("l{i}")).unwrap(),
                    Action::Insert {
                        id: ItemId::new(n),
                        value: Value::from_i64(1).unwrap(),
                        place: Place { left: Some(ItemId::new(n - 1)), right: None },
                    },
                )
            })
            .collect();
        p.client.batch(p.now, r, e).unwrap();
    }
    p.stops = false;
    p.run(10);
    assert_eq!(p.client.pending(r), 0, "connects {} {:?}", p.connects, failures(&p).last());
}
