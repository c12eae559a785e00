//! What it costs to make small edits durable, and to read them again, beside redb and SQLite on the same disk.
//!
//! `storage FOLDER`: files are made below the folder, which must lie on a disk.
#![expect(clippy::disallowed_methods, reason = "how long it takes is what is measured")]

mod engines;
mod queue;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use engines::{Engine, Journaled, Redb, Sqlite};

pub type Result<T> = core::result::Result<T, Box<dyn Error>>;

/// Edits that are made durable, one by one and in groups.
const EDITS: usize = 10_000;
/// Edits that share one sync, where they are grouped.
const GROUP: usize = 100;
/// Edits that are read again.
const RECORDS: usize = 100_000;
/// Bytes of the record of a small edit: a key of 20 bytes and an object of 50, as a client writes it.
const BYTES: usize = 96;
/// Engines do their work in this many turns.
const TURNS: usize = 20;
/// Everything is done this often; the median counts.
const ROUNDS: usize = 3;

type Open = fn(&Path) -> Result<Box<dyn Engine>>;

const ENGINES: [(&str, Open); 4] = [
    ("syncline", |path| Ok(Box::new(Journaled::open(path)?))),
    ("redb", |path| Ok(Box::new(Redb::open(path)?))),
    ("SQLite FULL", |path| Ok(Box::new(Sqlite::open(path, "FULL")?))),
    ("SQLite NORMAL", |path| Ok(Box::new(Sqlite::open(path, "NORMAL")?))),
];

const ABOUT: &str = "  They do their work in 20 short turns, so that all meet the same disk; the median turn counts.
  syncline: the journal of a room or client. redb: a table of numbers and bytes, durability
  Immediate. SQLite: the same table, WAL. FULL syncs each commit; NORMAL does not: what it has told
  as committed may be gone after a loss of power, and it is here to show what that would buy.
  Bytes: all files, with the engine open, and closed again. Read: opened, and every record in order,
  with the files in the system's memory.";

/// What one engine took in one round.
#[derive(Clone, Copy, Default)]
struct Took {
    single: f64,
    grouped: f64,
    open_bytes: f64,
    closed_bytes: f64,
    read: f64,
}

type Column = (&'static str, fn(&Took) -> f64, fn(f64) -> String);

const COLUMNS: [Column; 5] = [
    ("each by itself", |took| took.single, per_edit),
    ("in groups of 100", |took| took.grouped, per_edit),
    ("bytes, open", |took| took.open_bytes, kilobytes),
    ("bytes, closed", |took| took.closed_bytes, kilobytes),
    ("read 100,000", |took| took.read, millis),
];

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("storage FOLDER")?);
    fs::create_dir_all(&folder)?;
    let (kind, device) = file_system(&folder)?;
    if kind == "tmpfs" || kind == "ramfs" {
        return Err(format!("{} is not on a disk: it is on {kind}", folder.display()).into());
    }
    println!(
        "{EDITS} edits of {BYTES} B made durable, on {kind} ({device}); median of {ROUNDS} rounds"
    );
    let mut samples = vec![Vec::new(); ENGINES.len()];
    for _ in 0..ROUNDS {
        for (took, samples) in measure(&folder.join("files"))?.into_iter().zip(&mut samples) {
            samples.push(took);
        }
    }
    print_table(&samples);
    println!("{ABOUT}\n");
    queue::measure(&folder.join("queue"))
}

/// What each engine took, in turns so short that all meet the same disk.
fn measure(folder: &Path) -> Result<Vec<Took>> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let single = fill(&folder.join("single"), EDITS, 1)?;
    let grouped = fill(&folder.join("grouped"), EDITS, GROUP)?;
    fill(&folder.join("many"), RECORDS, 1_000)?;
    let mut all = Vec::new();
    for (at, (name, open)) in ENGINES.iter().enumerate() {
        let began = Instant::now();
        let records = open(&folder.join("many").join(name))?.read()?;
        let read = began.elapsed();
        if !(0..RECORDS).map(record).eq(records) {
            return Err(format!("{name}: other records than were written").into());
        }
        all.push(Took {
            single: middle(&single[at].turns),
            grouped: middle(&grouped[at].turns),
            open_bytes: grouped[at].bytes as f64,
            closed_bytes: bytes_of(&folder.join("grouped").join(name))? as f64,
            read: read.as_secs_f64() * 1e3,
        });
    }
    fs::remove_dir_all(folder)?;
    Ok(all)
}

/// How many microseconds an edit took in each turn, and how large the files were before they were
/// closed.
#[derive(Clone, Default)]
struct Filled {
    turns: Vec<f64>,
    bytes: u64,
}

/// Fills a new engine of each kind.
fn fill(folder: &Path, records: usize, group: usize) -> Result<Vec<Filled>> {
    let mut filled = vec![Filled::default(); ENGINES.len()];
    let mut engines = Vec::new();
    for (name, open) in ENGINES {
        fs::create_dir_all(folder.join(name))?;
        engines.push(open(&folder.join(name))?);
    }
    let turn = (records / TURNS).next_multiple_of(group);
    for first in (0..records).step_by(turn) {
        for ((engine, filled), (name, _)) in engines.iter_mut().zip(&mut filled).zip(ENGINES) {
            let (last, mut time) = (records.min(first + turn), Duration::ZERO);
            for first in (first..last).step_by(group) {
                let batch: Vec<_> = (first..last.min(first + group)).map(record).collect();
                let began = Instant::now();
                engine.commit(first as u64, &batch)?;
                time += began.elapsed();
            }
            filled.turns.push(time.as_secs_f64() * 1e6 / (last - first) as f64);
            // What one does not sync the next one is not to wait for.
            for entry in fs::read_dir(folder.join(name))? {
                fs::File::open(entry?.path())?.sync_all()?;
            }
        }
    }
    for ((engine, filled), (name, _)) in engines.into_iter().zip(&mut filled).zip(ENGINES) {
        filled.bytes = bytes_of(&folder.join(name))?;
        engine.close()?;
    }
    Ok(filled)
}

fn record(number: usize) -> Vec<u8> {
    let mut record = format!("{number:020}").into_bytes();
    let mut state = number as u64 | 1;
    record.resize_with(BYTES, || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    });
    record
}

fn bytes_of(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

/// The kind of file system that a folder lies on, and its device.
fn file_system(folder: &Path) -> Result<(String, String)> {
    let folder = fs::canonicalize(folder)?;
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let holds = |line: &&str| line.split(' ').nth(1).is_some_and(|mount| folder.starts_with(mount));
    let mount =
        mounts.lines().filter(holds).max_by_key(|line| line.split(' ').nth(1).map(str::len));
    let mut fields = mount.unwrap_or("unknown - unknown").split(' ');
    let device = fields.next().unwrap_or_default().to_owned();
    Ok((fields.nth(1).unwrap_or_default().to_owned(), device))
}

fn print_table(samples: &[Vec<Took>]) {
    print!("{:<15}", "");
    COLUMNS.iter().for_each(|(title, ..)| print!(" {title:>26}"));
    println!();
    for ((name, _), mine) in ENGINES.iter().zip(samples) {
        print!("{name:<15}");
        for (_, of, text) in &COLUMNS {
            let value = median(mine, of);
            let ratio = value / median(&samples[0], of);
            print!(" {:>26}", format!("{} ({ratio:.2})", text(value)));
        }
        println!();
    }
}

fn median(samples: &[Took], of: &fn(&Took) -> f64) -> f64 {
    middle(&samples.iter().map(of).collect::<Vec<_>>())
}

/// The median: what others do with the disk for a moment does not count.
fn middle(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn per_edit(micros: f64) -> String {
    format!("{micros:.1} µs/edit")
}

fn kilobytes(bytes: f64) -> String {
    format!("{:.0} kB", bytes / 1e3)
}

fn millis(millis: f64) -> String {
    format!("{millis:.1} ms")
}
