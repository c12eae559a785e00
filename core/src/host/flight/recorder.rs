//! What is written of each call, and what of the answers: enough to find out whether another run gave the same.

use core::fmt::{Debug, Write};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::error::Error;
use crate::time::Time;
use crate::wire::{Reader, Writer};

use super::file::Tape;
use super::input::Told;
use super::page::{Page, unknown};

/// The records that are no inputs of a role.
pub(super) mod tag {
    /// What was told since the last of these: 4 bytes.
    pub(in super::super) const CHECK: u8 = 0;
    /// What the role began with; the first record.
    pub(in super::super) const START: u8 = 1;
    /// Nothing more comes; the last record.
    pub(in super::super) const END: u8 = 255;
}

/// Why nothing more comes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// The handle ended. If it was closed, with a number that equal states of the role share.
    Ended(Option<u64>),
    /// The recording had no more place.
    Full,
}

impl End {
    fn put(self, out: &mut Writer) {
        match self {
            Self::Ended(None) => out.byte(0),
            Self::Full => out.byte(1),
            Self::Ended(Some(digest)) => {
                out.byte(2);
                out.fixed_u64(digest);
            }
        }
    }

    pub(super) fn take(bytes: &mut Reader<'_>) -> Result<Self, Error> {
        match bytes.byte()? {
            0 => Ok(Self::Ended(None)),
            1 => Ok(Self::Full),
            2 => Ok(Self::Ended(Some(bytes.fixed_u64()?))),
            other => Err(unknown("an end", other)),
        }
    }
}

/// A number that all that was told has a part in.
#[derive(Debug, Default)]
pub(super) struct Check {
    hash: u64,
    told: bool,
    words: String,
}

impl Check {
    /// Bytes were told.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.hash = xxh3_64_with_seed(bytes, self.hash);
        self.told = true;
    }

    /// Something was told that is compared by its words.
    pub(super) fn words(&mut self, told: &(impl Debug + ?Sized)) {
        let mut words = core::mem::take(&mut self.words);
        words.clear();
        // Writing to a string does not fail.
        let _ = write!(words, "{told:?}");
        self.bytes(words.as_bytes());
        self.words = words;
    }

    /// The number, if anything was told since the last one.
    pub(super) fn finish(&mut self) -> Option<[u8; 4]> {
        let [a, b, c, d, ..] = core::mem::take(&mut self.hash).to_le_bytes();
        core::mem::take(&mut self.told).then_some([a, b, c, d])
    }
}

/// Writes each call and each answer onto a tape.
pub(super) struct Recorder {
    page: Page,
    pub(super) check: Check,
    tape: Tape,
}

impl Recorder {
    pub(super) fn new(tape: Tape) -> Self {
        Self { page: Page::default(), check: Check::default(), tape }
    }

    /// Writes a record; `false` if there was no place, and it was the last.
    fn write(&mut self, tag: u8, at: Option<Time>, fields: impl FnOnce(&mut Page)) -> bool {
        self.page.out.byte(tag);
        if let Some(now) = at {
            self.page.time(now);
        }
        fields(&mut self.page);
        let fits = self.tape.write(self.page.out.as_bytes());
        self.page.out.clear();
        fits
    }

    /// Closes what was told up to here.
    pub(super) fn settle(&mut self) {
        if let Some(check) = self.check.finish() {
            self.page.out.byte(tag::CHECK);
            self.page.out.raw(&check);
        }
    }
}

/// Where inputs go: nowhere, as long as nobody records.
#[derive(Default)]
pub(super) struct Log(Option<Box<Recorder>>);

impl Drop for Log {
    fn drop(&mut self) {
        self.end(End::Ended(None));
    }
}

impl Log {
    /// What is written from now on, after what the role begins with.
    pub(super) fn start(tape: Tape, start: impl FnOnce(&mut Page)) -> Self {
        let mut log = Self(Some(Box::new(Recorder::new(tape))));
        log.input(tag::START, None, false, start);
        log
    }

    /// A call is about to be made. One that follows only asks for more of what the one before led to.
    #[inline]
    pub(super) fn input(
        &mut self,
        tag: u8,
        at: Option<Time>,
        follows: bool,
        fields: impl FnOnce(&mut Page),
    ) {
        if let Some(recorder) = &mut self.0 {
            if !follows {
                recorder.settle();
            }
            if !recorder.write(tag, at, fields) {
                self.end(End::Full);
            }
        }
    }

    /// This was the answer.
    #[inline]
    pub(super) fn told(&mut self, told: &impl Told) {
        if let Some(recorder) = &mut self.0 {
            told.check(&mut recorder.check);
        }
    }

    /// What was told since this was asked for.
    pub(super) fn check(&mut self) -> Option<[u8; 4]> {
        self.0.as_mut().and_then(|recorder| recorder.check.finish())
    }

    pub(super) const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Nothing more comes.
    pub(super) fn end(&mut self, why: End) {
        if let Some(mut recorder) = self.0.take() {
            recorder.settle();
            recorder.page.out.byte(tag::END);
            why.put(&mut recorder.page.out);
            recorder.tape.end(recorder.page.out.as_bytes(), why);
        }
    }
}
