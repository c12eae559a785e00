//! What a recording says when everything in it is done again.

use crate::error::{Code, Error};
use crate::limit::Limits;
use crate::time::Time;
use crate::wire::Reader;

use super::Recorded;
use super::client::ClientInput;
use super::file::Tape;
use super::input::Input;
use super::read::Blocks;
use super::recorder::{End, Log, tag};
use super::server::ServerInput;
use super::start::{self, ENGINE, Start};
use super::state::State;

/// What is told of a replay while it goes on.
#[derive(Debug)]
pub enum Step<'a> {
    /// The engine that recorded, before anything else.
    Engine(&'a str),
    /// This is done next.
    Input {
        /// Its place, from 1.
        number: u64,
        /// When it came; of what has no moment of its own, the one before.
        at: Time,
        /// What it is.
        input: &'a dyn core::fmt::Debug,
    },
    /// This came of the latest input.
    Told(&'a str),
    /// What came of the inputs since the last comparison, up to this one, is not what came of them when they were
    /// recorded.
    Differs {
        /// The latest input.
        number: u64,
    },
}

/// What came of a replay.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Replayed {
    /// How many inputs were done.
    pub inputs: u64,
    /// The first input after which something else was told than when it was recorded, or just before.
    pub differs: Option<u64>,
    /// Why nothing more comes; `None` if the recording was cut off.
    pub end: Option<End>,
    /// Bytes at the end that are not whole.
    pub torn_bytes: usize,
    /// Whether the role is in another state than it was at the end. Only known of a recording that has an end, by the
    /// same version of the engine; another one may have other words for its state.
    pub state_differs: bool,
    /// What is known of each room in the end, in words.
    pub rooms: Vec<String>,
}

/// The names of all calls of clients and servers that are recorded.
pub fn calls() -> impl Iterator<Item = &'static str> {
    ClientInput::NAMES.iter().chain(ServerInput::NAMES).copied()
}

/// Does all again that was recorded, and compares what is told.
///
/// A recording that was cut off is replayed as far as it goes.
///
/// # Errors
///
/// `StorageCorrupt` for bytes that are no recording, or not as they were written; `Malformed` for a record that this
/// engine does not know; and what making the role from its records says.
pub fn replay(bytes: &[u8], mut tell: impl FnMut(Step<'_>)) -> Result<Replayed, Error> {
    let mut blocks = Blocks::new(bytes)?;
    let Some(first) = blocks.next()? else {
        return Ok(nothing(blocks.torn_bytes));
    };
    let mut records = Reader::new(first, &Limits::HARD);
    let (head, engine) = (records.byte()?, &mut tell);
    if head == tag::END {
        // Not even what the role began with had a place.
        return Ok(Replayed { end: Some(End::take(&mut records)?), ..nothing(blocks.torn_bytes) });
    }
    if head != tag::START {
        return Err(Error::new(Code::Malformed, "what a role begins with", head.to_string()));
    }
    let (version, start) = start::take(&mut records)?;
    engine(Step::Engine(&version));
    let same = version == ENGINE;
    match start {
        Start::Client(client) => {
            let role = Recorded::compared(*client);
            Replay::<_, ClientInput>::new(role, same).run(records, blocks, &mut tell)
        }
        Start::Server(server) => {
            let role = Recorded::compared(*server);
            Replay::<_, ServerInput>::new(role, same).run(records, blocks, &mut tell)
        }
    }
}

const fn nothing(torn_bytes: usize) -> Replayed {
    Replayed {
        inputs: 0,
        differs: None,
        end: None,
        torn_bytes,
        state_differs: false,
        rooms: Vec::new(),
    }
}

struct Replay<R, I> {
    role: Recorded<R>,
    latest: Time,
    replayed: Replayed,
    same_engine: bool,
    input: core::marker::PhantomData<I>,
}

impl<R: State, I: Input<R>> Replay<R, I> {
    fn new(role: Recorded<R>, same_engine: bool) -> Self {
        let (replayed, input) = (nothing(0), core::marker::PhantomData);
        Self { role, latest: Time::from_micros(0), replayed, same_engine, input }
    }

    fn run(
        mut self,
        first: Reader<'_>,
        mut blocks: Blocks<'_>,
        tell: &mut impl FnMut(Step<'_>),
    ) -> Result<Replayed, Error> {
        let mut records = first;
        loop {
            while records.remaining() > 0 && self.replayed.end.is_none() {
                self.record(&mut records, tell)?;
            }
            match blocks.next()? {
                Some(more) if self.replayed.end.is_none() => {
                    records = Reader::new(more, &Limits::HARD);
                }
                None if records.remaining() == 0 => break,
                _ => return Err(Error::new(Code::Malformed, "the end", "more records")),
            }
        }
        self.replayed.torn_bytes = blocks.torn_bytes;
        if let Some(End::Ended(Some(digest))) = self.replayed.end {
            self.replayed.state_differs = self.same_engine && Some(digest) != self.role.digest();
        }
        self.replayed.rooms = self.role.rooms();
        Ok(self.replayed)
    }

    fn record(
        &mut self,
        records: &mut Reader<'_>,
        tell: &mut impl FnMut(Step<'_>),
    ) -> Result<(), Error> {
        let number = self.replayed.inputs;
        match records.byte()? {
            tag::CHECK => {
                let check = records.raw(4)?;
                if self.role.check().as_ref().is_none_or(|mine| mine != check) {
                    self.replayed.differs.get_or_insert(number);
                    tell(Step::Differs { number });
                }
            }
            tag::END => {
                self.replayed.end = Some(End::take(records)?);
            }
            tag => {
                let (now, input) = I::take(tag, self.latest, records)?;
                self.latest = now.unwrap_or(self.latest);
                let number = number.saturating_add(1);
                self.replayed.inputs = number;
                tell(Step::Input { number, at: self.latest, input: &input });
                if let Some(told) = input.again(&mut self.role, self.latest) {
                    tell(Step::Told(&told));
                }
            }
        }
        Ok(())
    }
}

impl<R> Recorded<R> {
    /// A role of which only what is told is compared.
    fn compared(role: R) -> Self {
        Self { role, log: Log::start(Tape::Blank, |_| ()), gauge: None }
    }

    fn check(&mut self) -> Option<[u8; 4]> {
        self.log.check()
    }
}
