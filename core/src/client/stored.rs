//! When the application hears that its edits are durable.

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
    waiting: Vec<(u64, StoreMark)>,
    latest: StoreMark,
}

impl Questions {
    fn ask(&mut self, need: u64) -> StoreMark {
        self.latest = self.latest.next();
        match self.waiting.last_mut() {
            Some(last) if last.0 == need => last.1 = self.latest,
            _ => self.waiting.push((need, self.latest)),
        }
        self.latest
    }

    /// The latest question that is answered now that storage is so far.
    fn answer(&mut self, reached: u64) -> Option<StoreMark> {
        let mut answered = None;
        self.waiting.retain(|&(need, mark)| {
            let waits = need > reached;
            if !waits {
                answered = Some(mark);
            }
            waits
        });
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
        let standby = self.standby.as_ref();
        if standby.is_none() && !self.journal.is_kept() {
            return Err(Error::new(Code::WrongMode, "a client with storage", "one without"));
        }
        let need = standby.map_or(self.journal.recorded().get(), |standby| standby.made().get());
        let mark = self.questions.ask(need);
        self.tell_stored();
        Ok(mark)
    }

    /// Tells what is durable now and was not before, to those who asked.
    pub(super) fn tell_stored(&mut self) {
        if self.questions.waiting.is_empty() {
            return;
        }
        let mut reached = self.journal.persisted().get();
        if self.standby.is_some() {
            reached = u64::MAX;
            for room in self.rooms.values() {
                if let Some(first) = room.state.outbox.proposals().next() {
                    reached = reached.min(first.draft.id.get().saturating_sub(1));
                }
            }
        }
        let reached = if planted!(StoredTooEarly) { u64::MAX } else { reached };
        if let Some(mark) = self.questions.answer(reached) {
            self.events.push_back(ClientEvent::Stored { mark });
        }
    }
}
