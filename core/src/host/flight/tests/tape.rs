//! What becomes of a recording whose file is full, another one's, or nowhere.

use core::time::Duration;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{add, assert_same, calls, config, read, replayed, text};
use crate::client::ClientConfig;
use crate::error::Code;
use crate::host::flight::file::FileTape;
use crate::host::flight::{End, FlightStatus, Tape};
use crate::host::scratch::Scratch;
use crate::host::{ClientHandle, ServerHandle, ServerOptions};
use crate::id::RoomName;
use crate::message::Durability;
use crate::time::Time;

#[test]
fn a_recording_that_is_full_has_all_before_that_and_says_so() {
    let scratch = Scratch::new();
    for most in [0, 8, 300, 2_000] {
        let path = scratch.path("client.flight");
        let config = ClientConfig { flight_bytes: most, ..config(&path) };
        let client = ClientHandle::manual(config, [7; 32], &[], Time::default()).unwrap();
        let room = client.open(&RoomName::new("cart").unwrap(), true).unwrap();
        for number in 0..100 {
            client.edit(room, "n", add(number)).unwrap();
            while client.poll().unwrap().is_some() {}
        }
        let flight = client.flight().unwrap().unwrap();
        assert!(flight.full && flight.bytes <= most.max(8), "{flight:?}");
        assert_eq!(client.close().unwrap(), 1, "what is recorded does not change what is done");
        let bytes = read(&path);
        let replayed = replayed(&bytes);
        assert_eq!((replayed.end, replayed.differs), (Some(End::Full), None));
        assert_eq!(replayed.inputs > 5, most > 1_000, "{replayed:?}");
    }
}

#[test]
fn how_far_a_recording_is_can_be_told_as_json_whatever_its_path_is() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let paths: [(&[u8], &str); 3] = [
        (b"a.flight", r#""a.flight""#),
        (b"a \"b\"\\\n", r#""a \"b\"\\\n""#),
        (b"\xffb", "\"\u{fffd}b\""),
    ];
    for (path, told) in paths {
        let path = PathBuf::from(OsStr::from_bytes(path));
        let flight = FlightStatus { path, bytes: 70, full: true, failed: false };
        let json = flight.to_json();
        assert_eq!(json, format!(r#"{{"path":{told},"bytes":70,"full":true,"failed":false}}"#));
    }
}

#[test]
fn a_path_that_another_handle_records_to_is_refused_and_nothing_of_that_is_lost() {
    let scratch = Scratch::new();
    let path = scratch.path("app.flight");
    let client = ClientHandle::manual(config(&path), [7; 32], &[], Time::default()).unwrap();
    let options = ServerOptions { flight: text(&path), ..ServerOptions::default() };
    let server =
        || ServerHandle::manual(options.clone(), Durability::Volatile, [7; 32], Time::default());
    let error = server().err().unwrap();
    assert_eq!((error.code, &*error.got), (Code::StorageInUse, &*text(&path)));
    client.open(&RoomName::new("cart").unwrap(), true).unwrap();
    client.close().unwrap();
    assert!(calls(&read(&path)).iter().any(|call| call.starts_with("Open")));
    assert_same(&read(&path));
    // Once it is closed the path is free, and what was recorded lies beside.
    let server = server().unwrap();
    assert!(
        calls(&read(&scratch.path("app.flight.1"))).iter().any(|call| call.starts_with("Open"))
    );
    server.close().unwrap();
    assert_same(&read(&path));
}

/// A disk that is full after some bytes.
struct Small(usize);

impl Write for Small {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(left) = self.0.checked_sub(bytes.len()) else {
            return Err(io::ErrorKind::StorageFull.into());
        };
        self.0 = left;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_disk_that_is_full_ends_the_recording_and_nothing_else() {
    let (tape, gauge) = FileTape::onto(Small(100), Path::new("small"), u64::MAX).unwrap();
    let mut tape = Tape::File(tape);
    while !gauge.status().failed {
        assert!(tape.write(&[1; 40]));
        std::thread::sleep(Duration::from_millis(1));
    }
    tape.end(&[2], End::Full);
    assert!(gauge.status().failed);
}

#[test]
fn a_folder_that_is_not_there_is_an_error_at_the_start() {
    let scratch = Scratch::new();
    let config = config(&scratch.path("nowhere").join("client.flight"));
    let error = ClientHandle::manual(config, [7; 32], &[], Time::default()).err().unwrap();
    assert_eq!(error.code, Code::Unavailable);
    assert!(error.got.contains("nowhere"), "{error}");
}
