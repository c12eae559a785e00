//! What is recorded is replayed to the same, and what becomes of a recording that is damaged.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks at what it is about")]

use core::time::Duration;
use std::path::{Path, PathBuf};

use super::*;
use crate::client::{ClientEvent, ClientOutput};
use crate::error::Code;
use crate::exchange::Grant;
use crate::host::scratch::Scratch;
use crate::host::{ClientHandle, Clock, HostOutput, ServerHandle};
use crate::id::{ConnId, Principal, RoomName};
use crate::message::Durability;
use crate::op::Action;
use crate::time::Time;
use crate::value::Value;

mod tape;

const TOKEN: &str = "a token that is nobody's business";

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn config(flight: &Path) -> ClientConfig {
    ClientConfig { flight: text(flight), ..ClientConfig::default() }
}

fn add(by: i64) -> Action {
    Action::Add(Value::from_i64(by).unwrap())
}

/// An automatic client and server talk until everything is settled.
fn converse(client: &ClientHandle, server: &ServerHandle, conn: ConnId, edits: usize) {
    let room = client.open(&RoomName::new("cart").unwrap(), true).unwrap();
    for _ in 0..edits {
        client.edit(room, "n", add(1)).unwrap();
    }
    client.flush().unwrap();
    let clock = Clock::new();
    let mut applied = 0;
    while applied == 0 || client.pending(room).unwrap() > 0 {
        assert!(clock.now() < Time::default().after(Duration::from_mins(1)), "waited in vain");
        while let Some(output) = client.poll().unwrap() {
            match output {
                ClientOutput::Connect => {
                    server.connected(conn).unwrap();
                    client.connected(TOKEN).unwrap();
                }
                ClientOutput::Transmit(frame) => server.receive(conn, &frame).unwrap(),
                ClientOutput::Event(ClientEvent::Verdict { .. }) => applied += 1,
                _ => {}
            }
        }
        while let Some(output) = server.poll().unwrap() {
            match output {
                HostOutput::Transmit { bytes, .. } => {
                    client.receive(&bytes).unwrap();
                    server.writable(conn).unwrap();
                }
                HostOutput::Authorize { request, .. } => {
                    let grant = Grant::writer(Principal::new("ada").unwrap(), vec![String::new()]);
                    server.authorize(request, Ok(grant)).unwrap();
                }
                _ => {}
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

fn replayed(bytes: &[u8]) -> Replayed {
    replay(bytes, |_| ()).unwrap()
}

fn calls(bytes: &[u8]) -> Vec<String> {
    let mut calls = Vec::new();
    let tell = |step: Step<'_>| match step {
        Step::Input { input, .. } => calls.push(format!("{input:?}")),
        Step::Told(told) => calls.push(told.to_owned()),
        _ => {}
    };
    replay(bytes, tell).unwrap();
    calls
}

fn assert_same(bytes: &[u8]) {
    let replayed = replayed(bytes);
    assert!(replayed.differs.is_none() && !replayed.state_differs, "{replayed:?}");
    assert!(matches!(replayed.end, Some(End::Ended(Some(_)))), "{replayed:?}");
}

/// Handles with journals are recorded over a restart; the recordings of the second run, and those of the first.
fn two_runs(scratch: &Scratch) -> [PathBuf; 4] {
    let (client_path, server_path) = (scratch.path("client.flight"), scratch.path("server.flight"));
    for run in 1..=2 {
        let options =
            ServerOptions { flight: text(&server_path), watch: true, ..ServerOptions::default() };
        let server = ServerHandle::automatic(options, Some(&scratch.path("rooms"))).unwrap();
        let journal = scratch.path("outbox");
        let client = ClientHandle::automatic(config(&client_path), Some(&journal)).unwrap();
        converse(&client, &server, ConnId::new(run), 5);
        let room = client.room(&RoomName::new("cart").unwrap()).unwrap().unwrap();
        let shown = client.get(room, "n").unwrap().unwrap().to_json();
        assert_eq!(shown, (run * 5).to_string());
        assert!(client.flight().unwrap().is_some_and(|flight| flight.bytes > 0 && !flight.full));
        client.close().unwrap();
        server.close().unwrap();
    }
    let before = |path: &Path| PathBuf::from(format!("{}.1", path.display()));
    let (first_client, first_server) = (before(&client_path), before(&server_path));
    [client_path, server_path, first_client, first_server]
}

#[test]
fn handles_with_threads_and_journals_are_replayed_to_the_same_over_a_restart() {
    let scratch = Scratch::new();
    let paths = two_runs(&scratch);
    for path in &paths {
        let bytes = read(path);
        assert_same(&bytes);
        let found = bytes.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes());
        assert!(!found, "a token in {}", path.display());
    }
    assert!(calls(&read(&paths[0])).iter().any(|call| call == "PollPersist"));
    assert_eq!(
        replayed(&read(&paths[0])).rooms,
        ["cart: version 2, 1 keys, 0 edits without a verdict"]
    );
}

#[test]
fn of_a_greeting_that_cannot_be_read_only_its_size_is_recorded() {
    const SECRET: &str = "hunter2";
    let conn = ConnId::new(1);
    for greeting in [
        " {\"type\":\"hello\",\"oldest\":1,\"newest\":1,\"codecs\":[\"json\"],\"token\":\"hunter2\"}",
        "\u{feff}{\"type\":\"hello\",\"token\":\"hunter2\"}",
        "{\"type\":\"hello\",\"Token\":\"hunter2\"}",
        "{\"type\":\"hello\",\"oldest\":\"hunter2\"}",
        "{\"type\":\"hello\",\"token\":\"hunter2\"",
        "{\"type\":\"hunter2\"}",
        "{\"type\":\"later\",\"skip\":true,\"auth\":\"hunter2\"}",
        "{\"auth\":\"hunter2\"}",
        "hunter2",
        "\u{1}\u{1}\u{1}hunter2",
        &"hunter2".repeat(9_000),
    ] {
        let scratch = Scratch::new();
        let run = |flight: &Path| {
            let options = ServerOptions { flight: text(flight), ..ServerOptions::default() };
            let (durability, now) = (Durability::Durable, Time::default());
            let server = ServerHandle::manual(options, durability, [7; 32], now).unwrap();
            server.connected(conn).unwrap();
            // The second comes to a connection that the server has closed.
            for _ in 0..2 {
                server.receive(conn, greeting.as_bytes()).unwrap();
            }
            let mut told = Vec::new();
            while let Some(output) = server.poll().unwrap() {
                told.push(format!("{output:?}"));
            }
            server.close().unwrap();
            told
        };
        let path = scratch.path("server.flight");
        let told = run(&path);
        assert_eq!(told, run(Path::new("")), "{greeting}");
        assert!(told.last().unwrap().starts_with("Close"), "{greeting}: {told:?}");
        let bytes = read(&path);
        let found = bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes());
        assert!(!found, "{greeting}");
        let size = format!("bytes: {}", greeting.len());
        assert!(calls(&bytes).iter().any(|call| call.contains(&size)), "{:?}", calls(&bytes));
        assert_same(&bytes);
    }
}

#[test]
fn a_server_that_was_to_go_at_another_time_is_in_another_state() {
    let digest = |within, retry_after| {
        let options = ServerOptions::default();
        let mut server = Recorded::<Hosted>::new(options, Storage::Host, [7; 32]).unwrap();
        server.wind_down(
            Time::default(),
            Duration::from_secs(within),
            Duration::from_secs(retry_after),
        );
        server.role.digest()
    };
    assert_eq!(digest(1, 1), digest(1, 1));
    assert_ne!(digest(1, 1), digest(2, 1));
    assert_ne!(digest(1, 1), digest(1, 2));
}

#[cfg(feature = "views")]
#[test]
fn the_state_of_a_server_that_renders_is_compared_but_for_what_screens_show() {
    use crate::host::ViewHandle;
    use crate::id::{Epoch, ViewName};
    use crate::vnode::View;

    let scratch = Scratch::new();
    let path = scratch.path("server.flight");
    let (conn, now) = (ConnId::new(1), Time::default());
    let options = ServerOptions { flight: text(&path), views: true, ..ServerOptions::default() };
    let server = ServerHandle::manual(options, Durability::Volatile, [7; 32], now).unwrap();
    let client = ClientHandle::manual(ClientConfig::default(), [8; 32], &[], now).unwrap();
    let room = client.open(&RoomName::new("cart").unwrap(), true).unwrap();
    let name = ViewName::new("page").unwrap();
    let watched = client.watch(room, &name).unwrap();
    let view = ViewHandle::new(View::new("page", Epoch::new(7)));
    let (mut rendered, mut frames) = (0, Vec::new());
    for round in 0..10 {
        while let Some(output) = client.poll().unwrap() {
            match output {
                ClientOutput::Connect => {
                    server.connected(conn).unwrap();
                    client.connected(TOKEN).unwrap();
                }
                ClientOutput::Persist(persist) => client.persisted(persist.id).unwrap(),
                ClientOutput::Transmit(frame) => server.receive(conn, &frame).unwrap(),
                _ => {}
            }
        }
        while let Some(output) = server.poll().unwrap() {
            match output {
                HostOutput::Transmit { bytes, .. } => {
                    client.receive(&bytes).unwrap();
                    server.writable(conn).unwrap();
                    frames.push(bytes.len());
                }
                HostOutput::Authorize { request, .. } => {
                    let grant = Grant::writer(Principal::new("ada").unwrap(), vec![String::new()]);
                    server.authorize(request, Ok(grant)).unwrap();
                }
                HostOutput::OpenRoom { room, .. } => server.room_opened(room, Vec::new()).unwrap(),
                HostOutput::Render { room, view: asked } => {
                    rendered += 1;
                    let rows =
                        format!(r#"["p", "{}", "count: {rendered}"]"#, "as before ".repeat(40));
                    view.with(|view| view.render_json(&rows)).unwrap();
                    server.room_show(room, &asked, &view).unwrap();
                }
                _ => {}
            }
        }
        client.edit(room, "n", add(round)).unwrap();
        client.flush().unwrap();
    }
    assert!(client.view_html(watched).unwrap().contains("count: "));
    assert!(rendered > 2 && frames.iter().any(|bytes| *bytes > 400), "{rendered}: {frames:?}");
    server.close().unwrap();
    let bytes = read(&path);
    assert_same(&bytes);
}

#[test]
fn a_recording_that_is_cut_off_anywhere_is_replayed_as_far_as_it_goes() {
    let scratch = Scratch::new();
    let path = scratch.path("client.flight");
    let client = ClientHandle::manual(config(&path), [7; 32], &[], Time::default()).unwrap();
    let room = client.open(&RoomName::new("cart").unwrap(), true).unwrap();
    for number in 0..5 {
        let written = || std::fs::metadata(&path).unwrap().len();
        let before = written();
        client.edit(room, "n", add(number)).unwrap();
        // Blocks are written by and by.
        while written() == before {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    let crashed = read(&path);
    assert_eq!(replayed(&crashed).end, None);
    client.close().unwrap();
    let bytes = read(&path);
    assert!(bytes.starts_with(&crashed));
    let whole = calls(&bytes);
    let mut lengths = std::collections::BTreeSet::new();
    for end in 0..bytes.len() {
        let replayed = replayed(&bytes[..end]);
        assert!(replayed.differs.is_none() && replayed.end.is_none(), "{end}: {replayed:?}");
        let part = calls(&bytes[..end]);
        assert_eq!(part, whole[..part.len()]);
        lengths.insert(part.len());
    }
    assert!(lengths.len() > 5, "{lengths:?}");
    // A file that grew, and was not filled.
    let mut zeros = crashed.clone();
    zeros.resize(crashed.len() + 40, 0);
    assert_eq!(Replayed { torn_bytes: 0, ..replayed(&zeros) }, replayed(&crashed));
    assert_eq!(replayed(&zeros).torn_bytes, 40);
}

#[test]
fn a_recording_with_a_bit_flipped_is_refused() {
    let scratch = Scratch::new();
    let path = scratch.path("client.flight");
    let client = ClientHandle::manual(config(&path), [7; 32], &[], Time::default()).unwrap();
    let room = client.open(&RoomName::new("cart").unwrap(), true).unwrap();
    client.edit(room, "n", add(1)).unwrap();
    client.close().unwrap();
    let bytes = read(&path);
    assert_same(&bytes);
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = replay(&flipped, |_| ()).unwrap_err();
        assert_eq!(error.code, Code::StorageCorrupt, "{bit}: {error}");
    }
}

#[test]
fn a_fault_that_nobody_polled_is_no_difference_though_what_it_quotes_is_not_recorded() {
    let scratch = Scratch::new();
    let path = scratch.path("server.flight");
    let options = ServerOptions { flight: text(&path), ..ServerOptions::default() };
    let (conn, now) = (ConnId::new(1), Time::default());
    let server = ServerHandle::manual(options, Durability::Volatile, [7; 32], now).unwrap();
    server.connected(conn).unwrap();
    server.receive(conn, &[1, 1]).unwrap();
    server.close().unwrap();
    assert_same(&read(&path));
}

#[test]
fn an_answer_that_is_another_one_is_found_where_it_was_told() {
    let scratch = Scratch::new();
    let path = scratch.path("client.flight");
    let client = ClientHandle::manual(config(&path), [7; 32], &[], Time::default()).unwrap();
    let room = client.open(&RoomName::new("cart").unwrap(), true).unwrap();
    for number in 1..4 {
        client.edit(room, "n", add(number)).unwrap();
        while client.poll().unwrap().is_some() {}
    }
    client.close().unwrap();
    let bytes = read(&path);
    let mut blocks = read::Blocks::new(&bytes).unwrap();
    let mut records = Vec::new();
    while let Some(more) = blocks.next().unwrap() {
        records.extend_from_slice(more);
    }
    // The seed is another one: of what is told, the name of the client's outbox is the first that it shows in.
    let seed = records.windows(32).position(|part| part == [7; 32]).unwrap();
    records[seed] = 8;
    let mut other = file::HEAD.to_vec();
    other.extend(file::block_head(0, &records));
    other.extend(&records);
    let mut places = Vec::new();
    let tell = |step: Step<'_>| {
        if let Step::Differs { number } = step {
            places.push(number);
        }
    };
    let replayed = replay(&other, tell).unwrap();
    assert_eq!(replayed.differs, places.first().copied());
    assert!(replayed.state_differs && replayed.differs.is_some(), "{replayed:?}");
    let open = calls(&bytes).iter().position(|call| call.starts_with("Open")).unwrap();
    assert!(replayed.differs.unwrap() > open.try_into().unwrap(), "{replayed:?}");
}

#[test]
fn what_is_no_recording_is_refused() {
    let head = file::HEAD;
    for (bytes, want) in [
        (&b"PK\x03\x04 and more than sixteen bytes"[..], Some("the first bytes of a recording")),
        (b"syncline flight\x02and more", Some("a recording of version 1")),
        (b"sinc", Some("the first bytes of a recording")),
        (b"sync", None),
        (b"", None),
        (head, None),
    ] {
        let told = replay(bytes, |_| ());
        assert_eq!(told.as_ref().err().map(|error| &*error.expected), want, "{told:?}");
    }
}
