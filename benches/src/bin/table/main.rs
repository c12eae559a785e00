//! Prints one table of what was measured: medians that the benchmarks left behind, bytes, memory, and
//! what the programs in other languages say.
//!
//! `table FOLDER`: the folder holds the C program and the Python environment.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use programs::Column;
use syncline_benches::{Bench, object_json, value};
use syncline_core::frame::encode;
use syncline_core::message::{Delta, Message};
use syncline_core::room::{HostEdit, IfVersion};
use syncline_core::{Action, Channel, Codec, Key, ReaderId, Value, Version};

mod programs;

type Result<T> = core::result::Result<T, Box<dyn Error>>;

/// Rooms whose memory is measured together, and keys in each.
const ROOMS: u32 = 1_000;
const ROOM_KEYS: i64 = 100;

const ABOUT_CALLS: &str = "  rooms: the classes of applications, on a client without a connection; handles: the engine alone, as in Rust and C.
  by hand: a Map and JSON.stringify or JSON.parse of the change in Node, a dict and orjson in Python; without versions,
  verdicts, rollback, a queue for when it is offline, or a check of what comes in.";
const ABOUT_LOOPS: &str = "  10,000 edits a second of a 50 B object, 1,000 keys in turn, from one process to another. A block is how late a timer of
  one millisecond is; idle is the same processes without edits, and what the machine adds by itself.
  by hand: each edit is a JSON message over the same WebSocket library, put into a Map or dict and acknowledged. The time
  to a verdict includes the wait of a batch for its end: at 256 edits, a silence of 16 ms, or 100 ms.";

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("table FOLDER")?);
    println!("{:<52} {:>14}", "time, median", "");
    for (name, nanoseconds) in medians(&criterion_folder())? {
        println!("  {name:<50} {:>14}", time(nanoseconds));
    }
    println!("\n{:<52} {:>14} {:>14}", "bytes of a delta, all its frames", "binary", "JSON");
    for (name, messages) in frames()? {
        let bytes = |codec| messages.iter().map(|message| encode(message, codec).len()).sum();
        let [binary, json]: [usize; 2] = [Codec::Binary, Codec::Json].map(bytes);
        println!("  {name:<50} {binary:>14} {json:>14}");
    }
    println!("\n{:<52}", "memory");
    let name = format!("a room of {ROOM_KEYS} integers, of {ROOMS} rooms");
    println!("  {name:<50} {:>12} B", memory_per_room()?);

    let columns = programs::calls(&folder)?;
    let rows = programs::run(&columns)?;
    println!();
    head("a call, least of several rounds", &columns);
    for row in rows {
        body(&row.name, row.least(), time);
    }
    println!("{ABOUT_CALLS}");

    let columns = programs::loops(&folder);
    let rows = programs::run(&columns)?;
    println!();
    head("event loops, median of several runs", &columns);
    for row in rows {
        body(&row.name, row.median(), |number| format!("{number:.1}"));
    }
    println!("{ABOUT_LOOPS}");
    Ok(())
}

fn head(title: &str, columns: &[Column]) {
    line(title, columns.iter().map(|column| column.language.to_owned()));
    line("", columns.iter().map(|column| column.way.to_owned()));
}

fn body(name: &str, cells: Vec<Option<f64>>, text: impl Fn(f64) -> String) {
    let cells = cells.into_iter().map(|cell| cell.map(&text).unwrap_or_default());
    line(&format!("  {name}"), cells);
}

fn line(first: &str, cells: impl Iterator<Item = String>) {
    print!("{first:<38}");
    for cell in cells {
        print!(" {cell:>9}");
    }
    println!();
}

fn criterion_folder() -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    target.join("criterion")
}

fn time(nanoseconds: f64) -> String {
    if nanoseconds < 10_000.0 {
        format!("{nanoseconds:.1} ns")
    } else if nanoseconds < 10_000_000.0 {
        format!("{:.1} µs", nanoseconds / 1_000.0)
    } else {
        format!("{:.1} ms", nanoseconds / 1_000_000.0)
    }
}

/// Every median below the folder, by the title that the benchmark gave itself.
fn medians(folder: &Path) -> Result<Vec<(String, f64)>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|_| "no results: run `make bench`")? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with("new/estimates.json") {
                let read = |name| -> Result<serde_json::Value> {
                    Ok(serde_json::from_str(&fs::read_to_string(path.with_file_name(name))?)?)
                };
                let number = read("estimates.json")?.pointer("/median/point_estimate").cloned();
                let title = read("benchmark.json")?.get("title").cloned();
                let (Some(number), Some(title)) = (number, title) else { continue };
                let title = title.as_str().unwrap_or_default().to_owned();
                found.push((title, number.as_f64().unwrap_or_default()));
            }
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

fn edit(key: &str, action: Action) -> Result<HostEdit> {
    Ok(HostEdit { key: Key::new(key)?, edit: action.into(), if_version: IfVersion::Any })
}

/// The delta that tells a reader of these edits in a room of 10,000 keys.
fn delta(before: Option<Value>, edits: &[HostEdit]) -> Result<Vec<Message>> {
    let mut bench = Bench::new()?;
    bench.fill(10_000)?;
    if let Some(before) = before {
        bench.write(&Key::new("key/00500")?, Action::Set(before))?;
    }
    let version = bench.room.version();
    let reader = bench.reader(version)?;
    bench.pull(reader);
    bench.room.write(edits)?;
    bench.drain();
    pull_all(&mut bench, reader)
}

/// The chunks of one delta.
fn pull_all(bench: &mut Bench, reader: ReaderId) -> Result<Vec<Message>> {
    let mut chunks = Vec::new();
    loop {
        let body = Arc::clone(&bench.pull(reader).ok_or("a delta")?.body);
        let more = body.more;
        chunks.push(Message::Delta(Delta { channel: Channel::new(1), personal: None, body }));
        if !more {
            return Ok(chunks);
        }
    }
}

/// Everything after a version of a room of 10,000 keys, of which 100 changed last.
fn catch_up(missed: bool) -> Result<Vec<Message>> {
    let mut bench = Bench::new()?;
    bench.fill(10_000)?;
    let behind = bench.room.version();
    for number in 0..100_i64 {
        let key = Key::new(format!("key/{:05}", number.saturating_mul(97)))?;
        bench.write(&key, Action::Set(Value::from_i64(number.saturating_add(1_000_000))?))?;
    }
    let reader = bench.reader(if missed { behind } else { Version::ZERO })?;
    pull_all(&mut bench, reader)
}

fn frames() -> Result<Vec<(&'static str, Vec<Message>)>> {
    let set = |number: i64| -> Result<HostEdit> {
        let key = format!("key/{:05}", number.saturating_mul(311));
        edit(&key, Action::Set(Value::from_i64(number.saturating_add(100))?))
    };
    let ten = (0..10).map(set).collect::<Result<Vec<_>>>()?;
    let object = edit("key/00500", Action::Set(value(&object_json(1_024))?))?;
    let field = edit("key/00500", Action::Merge(value("{\"field7\":\"changed\"}")?))?;
    Ok(vec![
        ("1 scalar", delta(None, &[edit("key/00500", Action::Set(Value::from_i64(7)?))?])?),
        ("10 scalars, one mutation", delta(None, &ten)?),
        ("1 KB object", delta(None, &[object])?),
        ("1 field of a 20 KB object", delta(Some(value(&object_json(20_480))?), &[field])?),
        ("resume after 100 changes in 10,000 keys", catch_up(true)?),
        ("snapshot of 10,000 keys", catch_up(false)?),
    ])
}

fn resident() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).ok_or("VmRSS")?;
    Ok(kilobytes.parse::<u64>()?.saturating_mul(1_024))
}

fn memory_per_room() -> Result<u64> {
    let before = resident()?;
    let mut rooms = Vec::new();
    for _ in 0..ROOMS {
        let mut bench = Bench::new()?;
        bench.fill(ROOM_KEYS)?;
        rooms.push(bench);
    }
    let grown = resident()?.saturating_sub(before);
    drop(rooms);
    Ok(grown.checked_div(u64::from(ROOMS)).unwrap_or_default())
}
