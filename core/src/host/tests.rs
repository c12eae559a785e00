//! Clients and a server in automatic mode, each drained by a thread of its own, with real journals.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks at what it is about")]

use core::time::Duration;
use std::fmt::Write;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use super::scratch::Scratch;
use super::*;
use crate::client::{ClientConfig, ClientEvent, ClientOutput, Status, Verdict};
use crate::{
    Action, Code, ConnId, Durability, Grant, Key, Limits, Principal, RoomName, Time, Value,
};

mod net;

use net::{Net, Peer};

const PATIENCE: Duration = Duration::from_mins(1);

fn spawn(body: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    Builder::new().spawn(body).unwrap()
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let clock = Clock::new();
    while !done() {
        assert!(clock.now() < Time::default().after(PATIENCE), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn name(text: &str) -> RoomName {
    RoomName::new(text).unwrap()
}

fn add(by: i64) -> Action {
    Action::Add(Value::from_i64(by).unwrap())
}

#[test]
fn two_clients_and_a_server_agree_and_remember() {
    let scratch = Scratch::new();
    let net = Arc::new(Net::default());
    let server = net.start_server(&scratch.path("server"));
    let ada = Peer::start(&net, "ada", Some(&scratch.path("ada")));
    let bob = Peer::start(&net, "bob", None);
    for number in 0..100 {
        ada.client.edit(ada.room, &format!("ada/{number}"), add(number)).unwrap();
        bob.client.edit(bob.room, "sum", add(1)).unwrap();
        if number % 10 == 0 {
            bob.client.flush().unwrap();
        }
    }
    wait_until("agreement", || {
        let all = |peer: &Peer| peer.client.keys(peer.room, "ada/").unwrap().len() == 100;
        all(&ada) && all(&bob) && ada.number("sum") == 100 && bob.number("sum") == 100
    });
    ada.wait_synced();
    bob.wait_synced();
    let applied = |verdict: &Verdict| matches!(verdict, Verdict::Applied { .. });
    wait_until("verdicts", || ada.verdicts().len() == 100);
    assert!(ada.verdicts().iter().all(applied) && bob.verdicts().iter().all(applied));
    let room = server.room(&name("cart")).unwrap().unwrap();
    let report = server.room_report(room).unwrap();
    assert_eq!(report.keys, 101);
    assert_eq!(server.metrics().unwrap().readers, 2);
    assert_eq!(ada.client.close().unwrap(), 0);
    drop((ada, server));

    net.kill_server();
    let server = net.start_server(&scratch.path("server"));
    let offline = Arc::new(Net::default());
    let again = Peer::start(&offline, "ada", Some(&scratch.path("ada")));
    assert_eq!(again.number("sum"), 100, "an offline start shows what was last known");
    again.drop_it();
    let room = server.room_open(&name("cart")).unwrap();
    wait_until("the room", || server.room_report(room).is_ok());
    let restored = server.room_report(room).unwrap();
    assert_eq!((restored.epoch, restored.digest), (report.epoch, report.digest));
    bob.wait_synced();
    drop(server);
    net.kill_server();
}

#[test]
fn killed_servers_and_clients_lose_and_double_nothing() {
    let scratch = Scratch::new();
    let net = Arc::new(Net::default());
    let mut server = net.start_server(&scratch.path("server"));
    let mut ada = Peer::start(&net, "ada", Some(&scratch.path("ada")));
    let mut made = 0;
    for round in 0..12 {
        for _ in 0..25 {
            ada.client.edit(ada.room, "sum", add(1)).unwrap();
            made += 1;
            if made % 7 == 0 {
                ada.client.flush().unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        match round % 3 {
            0 => {
                drop(server);
                net.kill_server();
                server = net.start_server(&scratch.path("server"));
            }
            1 => {
                ada.drop_it();
                ada = Peer::start(&net, "ada", Some(&scratch.path("ada")));
            }
            _ => {
                let pending = ada.client.pending_total().unwrap();
                assert!(ada.client.close().unwrap() <= pending);
                ada.drop_it();
                ada = Peer::start(&net, "ada", Some(&scratch.path("ada")));
            }
        }
        assert_eq!(ada.number("sum"), made, "no edit is ever out of view");
    }
    ada.wait_synced();
    let room = server.room_open(&name("cart")).unwrap();
    let sum = || server.room_get(room, "sum").ok().flatten().map(|(_, content)| content.to_json());
    wait_until("the sum", || sum() == Some(made.to_string()));
    assert_eq!(ada.number("sum"), made);
    drop((ada, server));
    net.kill_server();
}

#[test]
fn closing_with_unsettled_edits_says_how_many_and_does_not_wait() {
    let scratch = Scratch::new();
    let client =
        ClientHandle::automatic(ClientConfig::default(), Some(&scratch.path("log"))).unwrap();
    let busy = ClientHandle::automatic(ClientConfig::default(), Some(&scratch.path("log")));
    assert_eq!(busy.map(|_| ()).unwrap_err().code, Code::StorageInUse);
    let room = client.open(&name("cart"), true).unwrap();
    for key in ["a", "b", "a"] {
        client.edit(room, key, add(1)).unwrap();
    }
    let other = client.clone();
    assert_eq!(client.close().unwrap(), 2);
    assert_eq!(other.get(room, "a").unwrap_err().code, Code::Closed);
    assert_eq!(other.close().unwrap_err().code, Code::Closed);
    let client =
        ClientHandle::automatic(ClientConfig::default(), Some(&scratch.path("log"))).unwrap();
    let room = client.open(&name("cart"), true).unwrap();
    assert_eq!(client.get(room, "a").unwrap().unwrap().to_json(), "2");
    assert_eq!(client.pending_total().unwrap(), 2);
}

#[test]
fn a_failing_disk_stops_edits_and_says_why() {
    let scratch = Scratch::new();
    let path = scratch.path("log");
    let client = ClientHandle::automatic(ClientConfig::default(), Some(&path)).unwrap();
    let room = client.open(&name("cart"), true).unwrap();
    // A journal is written anew beside itself: a directory in that place makes it fail.
    std::fs::create_dir(scratch.path("log.new")).unwrap();
    let big = Value::from_text(&"x".repeat(60_000), &Limits::default()).unwrap();
    wait_until("the failure", || {
        let _ = client.edit(room, "a", Action::Set(big.clone()));
        client.storage_error().unwrap().is_some()
    });
    assert_eq!(client.storage_error().unwrap().unwrap().code, Code::StorageFailed);
    assert_eq!(client.edit(room, "a", add(1)).unwrap_err().code, Code::Poisoned);
    assert_eq!(client.overall_status().unwrap(), Status::Degraded);
    let mut told = false;
    while let Some(output) = client.poll().unwrap() {
        told |= output == ClientOutput::Event(ClientEvent::StorageFailed);
    }
    assert!(told);
    client.close().unwrap();
}

#[test]
fn a_burst_of_edits_nobody_polls_stays_small() {
    let client = ClientHandle::automatic(ClientConfig::default(), None).unwrap();
    let room = client.open(&name("cart"), true).unwrap();
    for number in 0..10_000 {
        client.edit(room, &format!("key/{}", number % 10), add(1)).unwrap();
    }
    let mut outputs = 0;
    while client.poll().unwrap().is_some() {
        outputs += 1;
    }
    assert!(outputs < 20, "{outputs}");
}

#[test]
fn many_threads_use_one_client_and_none_hangs() {
    let client = ClientHandle::automatic(ClientConfig::default(), None).unwrap();
    let room = client.open(&name("cart"), true).unwrap();
    let writers: Vec<_> = (0..4)
        .map(|thread| {
            let client = client.clone();
            spawn(move || {
                for round in 0..200 {
                    let edited = client.edit(room, &format!("key/{thread}"), add(1));
                    if let Err(error) = edited {
                        assert_eq!(error.code, Code::Closed);
                        return;
                    }
                    if round % 50 == 0 {
                        client.set_wake((round % 100 == 0).then(|| Box::new(|| ()) as _));
                    }
                    let _ = client.poll();
                }
            })
        })
        .collect();
    std::thread::sleep(Duration::from_millis(3));
    let unsettled = client.close().unwrap();
    assert!(unsettled <= 4, "{unsettled}");
    for writer in writers {
        writer.join().unwrap();
    }
}

#[test]
fn equal_inputs_give_equal_outputs_in_manual_mode() {
    let run = || {
        let client =
            ClientHandle::manual(ClientConfig::default(), [7; 32], &[], Time::default()).unwrap();
        let server = ServerHandle::manual(
            ServerOptions::default(),
            Durability::Volatile,
            [9; 32],
            Time::default(),
        )
        .unwrap();
        let (conn, mut story) = (ConnId::new(1), String::new());
        let room = client.open(&name("cart"), true).unwrap();
        for step in 0..60 {
            let now = Time::from_millis(step * 40);
            client.set_now(now).unwrap();
            server.set_now(now).unwrap();
            if step % 4 == 0 {
                let key = Key::new(format!("key/{step}")).unwrap();
                client.batch(room, vec![(key, add(1))]).unwrap();
            }
            loop {
                let (mine, theirs) = (client.poll().unwrap(), server.poll().unwrap());
                writeln!(story, "{mine:?} {theirs:?}").unwrap();
                match mine {
                    Some(ClientOutput::Connect) => {
                        server.connected(conn).unwrap();
                        client.connected("ada").unwrap();
                    }
                    Some(ClientOutput::Transmit(bytes)) => server.receive(conn, &bytes).unwrap(),
                    Some(ClientOutput::Persist(persist)) => client.persisted(persist.id).unwrap(),
                    None if theirs.is_none() => break,
                    Some(_) | None => {}
                }
                match theirs {
                    Some(HostOutput::Transmit { bytes, .. }) => {
                        client.receive(&bytes).unwrap();
                        server.writable(conn).unwrap();
                    }
                    Some(HostOutput::Authorize { request, .. }) => {
                        let ada = Principal::new("ada").unwrap();
                        let grant = Grant::writer(ada, vec![String::new()]);
                        server.authorize(request, Ok(grant)).unwrap();
                    }
                    _ => {}
                }
            }
        }
        assert_eq!(client.version(room).unwrap().unwrap().get(), 15);
        assert_eq!(client.overall_status().unwrap(), Status::Synced);
        story
    };
    assert_eq!(run(), run());
}
