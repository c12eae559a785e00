//! When the application hears that its edits are durable.

use std::collections::VecDeque;

use super::{Client, ClientEvent};
use crate::error::{Code, Error};
use crate::id::StoreMark;
use crate::plant::planted;

/// Questions that wait for storage, oldest first.
///
/// Questions about the same edits are one, so there are no more than orders on their way to storage, or proposals.
#[derive(Debug, Default)]
pub(super) struct Questions {
    /// How far storage must be, and the latest question that this answers.
    waiting: VecDeque<(u64, StoreMark)>,
    latest: StoreMark,
}

impl Questions {
    fn ask(&mut self, need: u64) -> StoreMark {
        self.latest = self.latest.next();
        match self.waiting.back_mut() {
            Some((last, mark)) if *last == need => *mark = self.latest,
            _ => self.waiting.push_back((need, self.latest)),
        }
        self.latest
    }

    /// The latest question that is answered now that storage is so far.
    fn answer(&mut self, reached: u64) -> Option<StoreMark> {
        let mut answered = None;
        while let Some((_, mark)) = self.waiting.pop_front_if(|(need, _)| *need <= reached) {
            answered = Some(mark);
        }
        answered
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Nothing is answered any more.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }
}

impl Client {
    /// Asks to be told once every edit made so far is durable here: by
    /// [`Stored`](ClientEvent::Stored) with this mark, or a later one. If storage fails first, that is told
    /// instead.
    ///
    /// A standby is told once its leader has made them durable, or refused them.
    ///
    /// ```
    /// use syncline_core::client::{Client, ClientConfig, ClientEvent, ClientOutput};
    /// use syncline_core::{Action, RoomName, Time, Value};
    /// let now = Time::from_millis(0);
    /// let mut client = Client::new(ClientConfig::default(), [7; 32]);
    /// let cart = client.open(now, RoomName::new("cart")?, true)?;
    /// client.edit(now, cart, "total", Action::Set(Value::from_i64(15)?))?;
    /// let mark = client.ask_stored()?;
    /// let Some(ClientOutput::Persist(persist)) = client.poll_output() else { panic!() };
    /// client.handle_persisted(persist.id);
    /// let mut outputs = std::iter::from_fn(|| client.poll_output());
    /// assert!(outputs.any(|output| output == ClientOutput::Event(ClientEvent::Stored { mark })));
    /// # Ok::<(), syncline_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `WrongMode` for a client that stores nothing, `Poisoned` after storage has failed.
    pub fn ask_stored(&mut self) -> Result<StoreMark, Error> {
        if self.journal.is_failed() {
            return Err(Error::new(Code::Poisoned, "storage that works", "a failure"));
        }
        let need = match &self.standby {
            Some(standby) => standby.made().get(),
            None if self.journal.is_kept() => self.journal.recorded().get(),
            None => {
                let (expected, got) = ("a client with storage", "one without");
                return Err(Error::new(Code::WrongMode, expected, got));
            }
        };
        let mark = self.questions.ask(need);
        self.tell_stored();
        Ok(mark)
    }

    /// Tells what is durable now and was not before, to those who asked.
    pub(super) fn tell_stored(&mut self) {
        if self.questions.waiting.is_empty() {
            return;
        }
        let reached = if self.standby.is_some() {
            let proposals = self.rooms.values().flat_map(|room| room.state.outbox.proposals());
            let first = proposals.map(|pending| pending.draft.id.get()).min();
            first.map_or(u64::MAX, |first| first.saturating_sub(1))
        } else {
            self.journal.persisted().get()
        };
        let reached = if planted!(StoredTooEarly) { u64::MAX } else { reached };
        if let Some(mark) = self.questions.answer(reached) {
            self.events.push_back(ClientEvent::Stored { mark });
        }
    }
}
