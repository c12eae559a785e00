//! What a room makes durable: a snapshot of its state, and after it what it decided, in order.
//!
//! A record holds the decision and not its result: replaying `Applied` applies the same actions to
//! the same contents, which is deterministic and as small as the edit.

use crate::error::{Code, Error};
use crate::id::{ClientId, Epoch, Key, KeyId, Principal, Seq, Session, Version};
use crate::limit::Limits;
use crate::message::Refusal;
use crate::op::{Action, Content};
use crate::policy::Author;
use crate::wire::{Reader, Writer};

/// One fact about a room.
#[derive(Clone, Debug, PartialEq)]
pub enum RoomRecord {
    /// Where a log begins: the room's position and what must not be issued again.
    Begin(Begin),
    /// A key as a snapshot tells it.
    Entry(EntryRecord),
    /// A client's register: new, or as a snapshot tells it.
    Register(RegisterRecord),
    /// An accepted mutation; its version follows the one before.
    Applied(AppliedRecord),
    /// A refused mutation.
    Refused {
        /// Whose.
        client: ClientId,
        /// Its content hash.
        hash: u64,
        /// Which, and why.
        refusal: Refusal,
    },
    /// A client made the refusals up to this number durable; this one was the latest of them.
    Heard {
        /// Who.
        client: ClientId,
        /// Up to which.
        heard: Seq,
    },
    /// A register was forgotten.
    Evicted {
        /// Whose.
        client: ClientId,
    },
    /// Tombstones up to this version were forgotten.
    Horizon {
        /// Up to which.
        version: Version,
    },
}

/// Where a log begins.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Begin {
    /// The room's epoch.
    pub epoch: Epoch,
    /// The room's version.
    pub version: Version,
    /// The version below which tombstones are gone.
    pub horizon: Version,
    /// The next key's number.
    pub next_key: KeyId,
    /// The highest session issued.
    pub issued: Session,
}

/// A key as a snapshot tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryRecord {
    /// The key.
    pub key: Key,
    /// Its number.
    pub id: KeyId,
    /// The version at which the number was minted.
    pub created: Version,
    /// The version at which it last came to hold a value.
    pub born: Version,
    /// The version of its latest change.
    pub version: Version,
    /// Who made that.
    pub author: Author,
    /// What it holds.
    pub content: Option<Content>,
}

/// A client's register.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RegisterRecord {
    /// Whose.
    pub client: ClientId,
    /// Who owns the client.
    pub principal: Principal,
    /// The fence.
    pub session: Session,
    /// The last decided mutation.
    pub last: Seq,
    /// The room's version when the client was last heard.
    pub touched: Version,
    /// Refusals that the client has not made durable.
    pub refusals: Vec<Refusal>,
    /// Content hashes of the latest decided mutations.
    pub hashes: Vec<u64>,
}

/// An accepted mutation.
#[derive(Clone, Debug, PartialEq)]
pub struct AppliedRecord {
    /// The room's version after it.
    pub version: Version,
    /// Who made it.
    pub author: Author,
    /// Its content hash; zero for the host's.
    pub hash: u64,
    /// What it did, key by key.
    pub edits: Vec<EditRecord>,
}

/// What an accepted mutation did to one key.
#[derive(Clone, Debug, PartialEq)]
pub struct EditRecord {
    /// The key.
    pub key: Key,
    /// Its number, minted by this edit if it was new.
    pub id: KeyId,
    /// What was done.
    pub action: Action,
}

/// Appends a record.
pub fn write(out: &mut Writer, record: &RoomRecord) {
    match record {
        RoomRecord::Begin(begin) => {
            out.byte(1);
            out.fixed_u64(begin.epoch.get());
            out.number(begin.version.get());
            out.number(begin.horizon.get());
            out.number(u64::from(begin.next_key.get()));
            out.number(begin.issued.get());
        }
        RoomRecord::Entry(entry) => write_entry(out, entry),
        RoomRecord::Register(register) => write_register(out, register),
        RoomRecord::Applied(applied) => {
            out.byte(4);
            out.number(applied.version.get());
            write_author(out, applied.author);
            out.fixed_u64(applied.hash);
            write_count(out, applied.edits.len());
            for edit in &applied.edits {
                out.text(edit.key.as_str());
                out.number(u64::from(edit.id.get()));
                out.action(&edit.action);
            }
        }
        RoomRecord::Refused { client, hash, refusal } => {
            out.byte(5);
            out.fixed_u128(client.get());
            out.fixed_u64(*hash);
            write_refusal(out, refusal);
        }
        RoomRecord::Heard { client, heard } => {
            out.byte(6);
            out.fixed_u128(client.get());
            out.number(heard.get());
        }
        RoomRecord::Evicted { client } => {
            out.byte(7);
            out.fixed_u128(client.get());
        }
        RoomRecord::Horizon { version } => {
            out.byte(8);
            out.number(version.get());
        }
    }
}

fn write_entry(out: &mut Writer, entry: &EntryRecord) {
    out.byte(2);
    out.text(entry.key.as_str());
    out.number(u64::from(entry.id.get()));
    out.number(entry.created.get());
    out.number(entry.born.get());
    out.number(entry.version.get());
    write_author(out, entry.author);
    out.byte(u8::from(entry.content.is_some()));
    if let Some(content) = &entry.content {
        out.content(content);
    }
}

fn write_register(out: &mut Writer, register: &RegisterRecord) {
    out.byte(3);
    out.fixed_u128(register.client.get());
    out.text(register.principal.as_str());
    out.number(register.session.get());
    out.number(register.last.get());
    out.number(register.touched.get());
    write_count(out, register.refusals.len());
    for refusal in &register.refusals {
        write_refusal(out, refusal);
    }
    write_count(out, register.hashes.len());
    for hash in &register.hashes {
        out.fixed_u64(*hash);
    }
}

fn write_count(out: &mut Writer, count: usize) {
    out.number(u64::try_from(count).unwrap_or(u64::MAX));
}

fn write_author(out: &mut Writer, author: Author) {
    match author {
        Author::Host => out.byte(0),
        Author::Client(client, seq) => {
            out.byte(1);
            out.fixed_u128(client.get());
            out.number(seq.get());
        }
    }
}

fn write_refusal(out: &mut Writer, refusal: &Refusal) {
    out.number(refusal.seq.get());
    out.number(u64::from(refusal.op));
    out.number(u64::from(refusal.code.number().unsigned_abs()));
}

/// Reads the records of one blob.
///
/// # Errors
///
/// `StorageCorrupt` for bytes that are not records.
pub fn read(blob: &[u8], limits: &Limits) -> Result<Vec<RoomRecord>, Error> {
    let mut input = Reader::new(blob, limits);
    let mut records = Vec::new();
    while input.remaining() > 0 {
        let record = read_one(&mut input).map_err(|error| {
            Error::new(Code::StorageCorrupt, "records of a room", error.to_string())
        })?;
        records.push(record);
    }
    Ok(records)
}

fn read_one(input: &mut Reader<'_>) -> Result<RoomRecord, Error> {
    Ok(match input.byte()? {
        1 => RoomRecord::Begin(Begin {
            epoch: Epoch::new(input.fixed_u64()?),
            version: Version::new(input.counter()?),
            horizon: Version::new(input.counter()?),
            next_key: read_key_id(input)?,
            issued: Session::new(input.counter()?),
        }),
        2 => RoomRecord::Entry(read_entry(input)?),
        3 => RoomRecord::Register(read_register(input)?),
        4 => RoomRecord::Applied(read_applied(input)?),
        5 => RoomRecord::Refused {
            client: ClientId::new(input.fixed_u128()?),
            hash: input.fixed_u64()?,
            refusal: read_refusal(input)?,
        },
        6 => RoomRecord::Heard {
            client: ClientId::new(input.fixed_u128()?),
            heard: Seq::new(input.counter()?),
        },
        7 => RoomRecord::Evicted { client: ClientId::new(input.fixed_u128()?) },
        8 => RoomRecord::Horizon { version: Version::new(input.counter()?) },
        kind => {
            return Err(Error::new(
                Code::StorageCorrupt,
                "a record kind from 1 to 8",
                kind.to_string(),
            ));
        }
    })
}

fn read_entry(input: &mut Reader<'_>) -> Result<EntryRecord, Error> {
    Ok(EntryRecord {
        key: Key::new(input.text()?)?,
        id: read_key_id(input)?,
        created: Version::new(input.counter()?),
        born: Version::new(input.counter()?),
        version: Version::new(input.counter()?),
        author: read_author(input)?,
        content: if read_flag(input)? { Some(input.content()?) } else { None },
    })
}

fn read_register(input: &mut Reader<'_>) -> Result<RegisterRecord, Error> {
    let client = ClientId::new(input.fixed_u128()?);
    let principal = Principal::new(input.text()?)?;
    let session = Session::new(input.counter()?);
    let last = Seq::new(input.counter()?);
    let touched = Version::new(input.counter()?);
    let refusals = (0..input.count(3)?).map(|_| read_refusal(input)).collect::<Result<_, _>>()?;
    let hashes = (0..input.count(8)?).map(|_| input.fixed_u64()).collect::<Result<_, _>>()?;
    Ok(RegisterRecord { client, principal, session, last, touched, refusals, hashes })
}

fn read_applied(input: &mut Reader<'_>) -> Result<AppliedRecord, Error> {
    let version = Version::new(input.counter()?);
    let author = read_author(input)?;
    let hash = input.fixed_u64()?;
    let mut edits = Vec::new();
    for _ in 0..input.count(3)? {
        let key = Key::new(input.text()?)?;
        edits.push(EditRecord { key, id: read_key_id(input)?, action: input.action()? });
    }
    Ok(AppliedRecord { version, author, hash, edits })
}

fn read_author(input: &mut Reader<'_>) -> Result<Author, Error> {
    if !read_flag(input)? {
        return Ok(Author::Host);
    }
    Ok(Author::Client(ClientId::new(input.fixed_u128()?), Seq::new(input.counter()?)))
}

fn read_refusal(input: &mut Reader<'_>) -> Result<Refusal, Error> {
    let seq = Seq::new(input.counter()?);
    let op = read_u32(input)?;
    let number = i32::try_from(input.counter()?).unwrap_or(i32::MAX);
    let unknown = || Error::new(Code::StorageCorrupt, "a known code", number.to_string());
    let code = Code::from_number(number.saturating_neg()).ok_or_else(unknown)?;
    Ok(Refusal { seq, op, code })
}

fn read_key_id(input: &mut Reader<'_>) -> Result<KeyId, Error> {
    read_u32(input).map(KeyId::new)
}

fn read_u32(input: &mut Reader<'_>) -> Result<u32, Error> {
    let number = input.counter()?;
    let large = |_| Error::new(Code::StorageCorrupt, "a number below 2^32", number.to_string());
    u32::try_from(number).map_err(large)
}

fn read_flag(input: &mut Reader<'_>) -> Result<bool, Error> {
    match input.byte()? {
        0 => Ok(false),
        1 => Ok(true),
        byte => Err(Error::new(Code::StorageCorrupt, "0 or 1", byte.to_string())),
    }
}
