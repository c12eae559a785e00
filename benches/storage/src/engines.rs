//! The same log of records in each engine.

use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use rusqlite::Connection;
use syncline_core::host::Journal;

use crate::Result;

pub trait Engine {
    /// Makes these records durable, the first of which has this number.
    fn commit(&mut self, first: u64, records: &[Vec<u8>]) -> Result<()>;
    /// Every record, in order; of an engine that was just opened.
    fn read(self: Box<Self>) -> Result<Vec<Vec<u8>>>;
    fn close(self: Box<Self>) -> Result<()>;
}

pub struct Journaled {
    journal: Journal,
    /// Opening reads.
    found: Vec<Vec<u8>>,
}

impl Journaled {
    pub fn open(folder: &Path) -> Result<Self> {
        let (journal, found) = Journal::open(&folder.join("log"))?;
        Ok(Self { journal, found: found.blobs })
    }
}

impl Engine for Journaled {
    fn commit(&mut self, _first: u64, records: &[Vec<u8>]) -> Result<()> {
        for record in records {
            self.journal.append(record)?;
        }
        Ok(self.journal.sync()?)
    }

    fn read(self: Box<Self>) -> Result<Vec<Vec<u8>>> {
        Ok(self.found)
    }

    fn close(self: Box<Self>) -> Result<()> {
        Ok(self.journal.close()?)
    }
}

const LOG: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("log");

pub struct Redb(Database);

impl Redb {
    pub fn open(folder: &Path) -> Result<Self> {
        Ok(Self(Database::create(folder.join("log.redb"))?))
    }
}

impl Engine for Redb {
    fn commit(&mut self, first: u64, records: &[Vec<u8>]) -> Result<()> {
        let write = self.0.begin_write()?;
        {
            let mut log = write.open_table(LOG)?;
            for (number, record) in (first..).zip(records) {
                log.insert(number, record.as_slice())?;
            }
        }
        Ok(write.commit()?)
    }

    fn read(self: Box<Self>) -> Result<Vec<Vec<u8>>> {
        let log = self.0.begin_read()?.open_table(LOG)?;
        let mut records = Vec::new();
        for entry in log.iter()? {
            records.push(entry?.1.value().to_vec());
        }
        Ok(records)
    }

    fn close(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

pub struct Sqlite(Connection);

impl Sqlite {
    pub fn open(folder: &Path, synchronous: &str) -> Result<Self> {
        let connection = Connection::open(folder.join("log.sqlite"))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS log (number INTEGER PRIMARY KEY, record BLOB NOT NULL)",
        )?;
        Ok(Self(connection))
    }
}

impl Engine for Sqlite {
    fn commit(&mut self, first: u64, records: &[Vec<u8>]) -> Result<()> {
        let write = self.0.transaction()?;
        {
            let mut insert = write.prepare_cached("INSERT INTO log VALUES (?1, ?2)")?;
            for (number, record) in (first..).zip(records) {
                insert.execute((i64::try_from(number)?, record))?;
            }
        }
        Ok(write.commit()?)
    }

    fn read(self: Box<Self>) -> Result<Vec<Vec<u8>>> {
        let mut select = self.0.prepare("SELECT record FROM log ORDER BY number")?;
        let records = select.query_map((), |row| row.get(0))?;
        Ok(records.collect::<core::result::Result<_, _>>()?)
    }

    fn close(self: Box<Self>) -> Result<()> {
        self.0.close().map_err(|(_, error)| error.into())
    }
}
