//! How long a client takes to start whose edits nobody has taken yet.

use std::fs;
use std::path::Path;
use std::time::Instant;

use syncline_core::client::ClientConfig;
use syncline_core::host::ClientHandle;
use syncline_core::{Action, Edit, Key, Limits, RoomName, RoomNo, Value};

use crate::Result;

/// Edits that wait.
const EDITS: u32 = 100_000;
const ROUNDS: usize = 5;

type Write = fn(&ClientHandle, RoomNo, u32) -> Result<()>;

const KINDS: [(&str, Write); 3] = [
    ("each of a key of its own", |client, room, number| {
        client.edit(room, &format!("orders/{number}"), Action::Set(order(number)?))?;
        Ok(())
    }),
    ("of 1,000 keys in turn, none replaced", |client, room, number| {
        let key = Key::new(format!("orders/{}", number % 1_000))?;
        client.batch(room, vec![(key, Edit::from(Action::Set(order(number)?)))])?;
        Ok(())
    }),
    ("all of one sum, none replaced", |client, room, _| {
        let add = Action::Add(Value::from_i64(1)?);
        client.batch(room, vec![(Key::new("sum")?, Edit::from(add))])?;
        Ok(())
    }),
];

pub fn measure(folder: &Path) -> Result<()> {
    println!(
        "a client starts with {EDITS} edits that wait for a server; median of {ROUNDS} rounds"
    );
    for (name, write) in KINDS {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        let log = folder.join("client");
        fill(&log, write)?;
        let bytes = fs::metadata(&log)?.len() as f64 / 1e6;
        let mut took = Vec::new();
        for _ in 0..ROUNDS {
            let began = Instant::now();
            let client = open(&log)?;
            took.push(began.elapsed().as_secs_f64() * 1e3);
            if client.pending_total()? != EDITS as usize {
                return Err(format!("{name}: other edits than were made").into());
            }
            client.close()?;
        }
        took.sort_by(f64::total_cmp);
        println!("  {name:<40} {:>8.1} ms {bytes:>8.1} MB", took[took.len() / 2]);
    }
    Ok(fs::remove_dir_all(folder)?)
}

fn open(log: &Path) -> Result<ClientHandle> {
    let limits = Limits {
        outbox_edits: EDITS as usize,
        outbox_bytes: 256 << 20,
        room_keys: 2 * EDITS as usize,
        ..Limits::default()
    };
    Ok(ClientHandle::automatic(ClientConfig { limits, ..ClientConfig::default() }, Some(log))?)
}

fn fill(log: &Path, write: Write) -> Result<()> {
    let client = open(log)?;
    let room = client.open(&RoomName::new("shop")?, true)?;
    for number in 0..EDITS {
        write(&client, room, number)?;
    }
    client.close()?;
    Ok(())
}

fn order(number: u32) -> Result<Value> {
    let json = format!("{{\"item\":\"tea\",\"count\":{number},\"paid\":true}}");
    Ok(Value::from_json(json.as_bytes(), &Limits::default())?)
}
