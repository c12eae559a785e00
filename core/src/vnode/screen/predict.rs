//! Edits that are shown before the server's answer: what each changes at once, and what becomes of it.

use super::{Prediction, Screen};
use crate::error::{Code, Error};
use crate::limit::{VIEW_CHANGES, VIEW_OBSERVED, VIEW_PREDICTIONS};
use crate::value::Value;
use crate::vnode::learn::Changed;
use crate::vnode::patch::Script;
use crate::vnode::spots::{Source, Spots};

impl Screen {
    /// Shows at once what follows from an edit: in a room, or without one in that which the view is about,
    /// a key has this value. The number of the edit is the caller's.
    ///
    /// # Errors
    ///
    /// `Full` with 1,024 predictions that are not settled, and the limits of trees: nothing is changed then.
    pub fn predict(
        &mut self,
        edit: u64,
        room: Option<&str>,
        key: &str,
        value: &Value,
    ) -> Result<(), Error> {
        if self.predictions.len() >= VIEW_PREDICTIONS {
            let got = self.predictions.len().saturating_add(1);
            return Err(Error::limit(Code::Full, VIEW_PREDICTIONS, "predictions", got));
        }
        let source = (room.map(Into::into), key.to_owned());
        let by_hints = self.hints.has(&source);
        if by_hints && self.shown.is_none() {
            self.shown = Some(self.shown_tree());
            self.spots = None;
        }
        let mut patches = Vec::new();
        if self.spots.is_none() {
            self.catch_up();
            let tree = self.shown.as_ref().unwrap_or(&self.confirmed);
            self.spots = Some(Spots::of(tree, &self.statics)?);
        }
        if let Some(spots) = &mut self.spots
            && spots.has(&source)
        {
            let mut script = Script::default();
            spots.tell(&source, Some(value), &mut script)?;
            patches.push(script.finish());
            patches.retain(|patch| !patch.is_empty());
        }
        if self.shown.is_some() {
            self.lag.extend(patches.iter().cloned());
        }
        if by_hints {
            patches.extend(self.predict_by_hints(&source, value));
        }
        if self.lag.len() > VIEW_CHANGES {
            self.catch_up();
        }
        let visible = patches.iter().any(|patch| !patch.is_empty());
        for patch in patches {
            self.push(false, patch);
        }
        self.metrics.shown = self.metrics.shown.saturating_add(u64::from(visible));
        let value = value.clone();
        self.predictions.push(Prediction { edit, source, value, visible, settled: false });
        Ok(())
    }

    /// What hints change.
    fn predict_by_hints(&mut self, source: &Source, value: &Value) -> Vec<Vec<u8>> {
        let seen = self.shown.as_ref().map(|tree| (tree, self.page));
        if let Some(patches) = seen.and_then(|seen| self.hints.tell_seen(source, value, seen)) {
            self.lag.extend(patches.iter().cloned());
            return patches;
        }
        self.catch_up();
        let Some(shown) = &mut self.shown else { return Vec::new() };
        let told = self.hints.tell(source, value, (shown, self.page), &self.statics);
        if told.moves {
            self.spots = None;
            self.page = self.page.wrapping_add(1);
        }
        told.patches
    }

    /// An edit was applied, and the next frame has its result.
    pub fn settle(&mut self, edit: u64) {
        for one in self.predictions.iter_mut().filter(|it| it.edit == edit) {
            one.settled = true;
        }
    }

    /// Whether the result of an edit that was applied is still to be told. One that showed nothing is forgotten if no
    /// frame can have anything of it.
    pub(crate) fn awaits(&mut self, edit: u64, may_come: bool) -> bool {
        self.predictions.retain(|it| it.edit != edit || it.visible || may_come);
        self.predictions.iter().any(|it| it.edit == edit)
    }

    /// Ends the predictions of which the confirmed tree has the result.
    pub(super) fn retire(&mut self) {
        let settled = self.predictions.extract_if(.., |it| it.settled);
        let mut settled: Vec<Prediction> = settled.collect();
        while let Some(last) = settled.pop() {
            // Of several of one key the last is what the server rendered of them.
            let of_it = settled.extract_if(.., |it| it.source == last.source);
            let visible = of_it.map(|it| u64::from(it.visible)).sum::<u64>();
            let visible = visible.saturating_add(u64::from(last.visible));
            if visible == 0 {
                continue;
            }
            // What is right changes nothing of what the server rendered.
            let right = self.overlay(core::slice::from_ref(&last)).tree == self.confirmed;
            let metrics = &mut self.metrics;
            let count = if right { &mut metrics.right } else { &mut metrics.wrong };
            *count = count.saturating_add(visible);
        }
    }

    /// An edit was refused: what it showed is taken back, unless it follows from another one too.
    pub fn undo(&mut self, edit: u64) {
        let undone = self.predictions.iter().filter(|it| it.edit == edit && it.visible).count();
        let before = self.shown_tree();
        self.predictions.retain(|it| it.edit != edit);
        let undone = u64::try_from(undone).unwrap_or(u64::MAX);
        self.metrics.undone = self.metrics.undone.saturating_add(undone);
        self.show_anew(Some(&before));
    }

    /// A confirmed value changed, and the next frame has what that did: something may be learned from it.
    pub fn observe(&mut self, room: Option<&str>, key: &str, before: &Value, after: &Value) {
        if self.observed.len() >= VIEW_OBSERVED || before == after {
            return;
        }
        let source = (room.map(Into::into), key.to_owned());
        self.observed.push(Changed { source, before: before.clone(), after: after.clone() });
    }
}
