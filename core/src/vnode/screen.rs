//! What a reader of a view shows: the latest tree that it was told, with what follows from edits that the server
//! has not answered.

use std::collections::VecDeque;

use super::apply::apply;
use super::diff::diff;
use super::learn::{Changed, Hints, NO_PAGE};
use super::patch::{Script, malformed};
use super::prediction::PredictionMetrics;
use super::spots::{Source, Spots};
use super::statics::{Counts, Statics};
use super::tree::Tree;
use super::view::Cursor;
use crate::error::{Code, Error};
use crate::id::{Epoch, Revision};
use crate::limit::{COUNTER_MAX, Limits, VIEW_CHANGES, VIEW_OBSERVED, VIEW_PREDICTIONS};
use crate::value::Value;
use crate::wire::{Reader, Writer};

/// What a view's reader shows.
///
/// Frames and edits go in, and changes come out: a page does what each says, in order. What an edit changes by
/// bindings and by what was learned shows at once; what the server renders then changes only what is otherwise.
///
/// ```
/// use syncline_core::vnode::{Screen, View};
/// use syncline_core::{Epoch, Limits, Value};
/// let (mut view, mut screen) = (View::new("counter", Epoch::new(7)), Screen::new());
/// let page = |count| format!(r#"["p", "Count: ", {{"bind": {{"key": "count"}}, "value": {count}}}]"#);
/// view.render_json(&page(1))?;
/// screen.take(&view.frame(screen.cursor()))?;
/// assert!(screen.change().is_some());
/// // An edit shows at once …
/// screen.predict(1, None, "count", &Value::from_json(b"2", &Limits::default())?)?;
/// assert_eq!(screen.html()?, "<p>Count: <!---->2</p>");
/// assert!(screen.change().is_some());
/// // … and that the server renders the same changes nothing.
/// view.render_json(&page(2))?;
/// screen.settle(1);
/// screen.take(&view.frame(screen.cursor()))?;
/// assert!(screen.change().is_none());
/// # Ok::<(), syncline_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Screen {
    epoch: Epoch,
    statics: Statics,
    revision: Revision,
    /// What the server rendered.
    confirmed: Tree,
    /// What is shown, if hints have a part in that. Else it is what was confirmed, with what bindings tell.
    shown: Option<Tree>,
    /// Patches of that which are not done yet, as nobody asked for the tree.
    lag: Vec<Vec<u8>>,
    /// Counts the pages: of another one it is not known where something is.
    page: u64,
    /// The bindings in what is shown, once they are asked for.
    spots: Option<Spots>,
    hints: Hints,
    predictions: Vec<Prediction>,
    observed: Vec<Changed>,
    changes: VecDeque<(bool, Vec<u8>)>,
    /// Changes were not taken in time.
    behind: bool,
    /// The names and templates that the page was told.
    told: Counts,
    metrics: PredictionMetrics,
}

/// An edit whose result is shown before the server's.
#[derive(Clone, Debug)]
struct Prediction {
    edit: u64,
    source: Source,
    value: Value,
    /// Something was changed by it.
    visible: bool,
    /// The next frame has its result.
    settled: bool,
}

/// What is shown.
struct Overlay {
    tree: Tree,
    /// The bindings in it, if there are no hints.
    spots: Option<Spots>,
    /// Hints have a part in it.
    by_hints: bool,
}

/// Whether a frame tells all of a tree, whatever is shown.
pub(crate) fn is_from_nothing(frame: &[u8]) -> bool {
    revision(&mut Reader::new(frame, &Limits::HARD)) == Ok(Revision::ZERO)
}

/// What a page has to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// It shows nothing from before, and knows no names: the patch is from nothing.
    pub anew: bool,
    /// The names, templates and bindings that are new to the page, as in a frame.
    pub statics: Vec<u8>,
    /// The patch.
    pub patch: Vec<u8>,
}

impl Change {
    /// Tells a table that a page keeps what is new to it; which is another one where the page begins anew.
    ///
    /// # Errors
    ///
    /// `Malformed` for a table of another page.
    pub fn tell(&self, statics: &mut Statics) -> Result<(), Error> {
        if self.anew {
            *statics = Statics::none();
        }
        let mut reader = Reader::new(&self.statics, &Limits::HARD);
        statics.read_since(&mut reader)?;
        reader.finish()
    }

    /// All of it: 1 if it is anew, else 0, the statics, and the patch to the end.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[u8::from(self.anew)], &*self.statics, &*self.patch].concat()
    }
}

impl Screen {
    /// A screen that shows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows what a frame tells. A frame of no bytes tells that nothing changed.
    ///
    /// # Errors
    ///
    /// `Unexpected` for a frame from another revision than the one that is shown: ask for one from that.
    /// `Malformed`, `InvalidUtf8` and `InvalidName` for bytes that are no frame, and the limits of trees.
    /// Nothing is changed then.
    pub fn take(&mut self, frame: &[u8]) -> Result<(), Error> {
        if frame.is_empty() {
            if self.predictions.iter().any(|it| it.settled) {
                let before = self.shown_tree();
                self.retire();
                self.show_anew(Some(&before));
            }
            return Ok(());
        }
        let mut reader = Reader::new(frame, &Limits::HARD);
        let (from, to) = (revision(&mut reader)?, revision(&mut reader)?);
        if to <= from {
            return Err(malformed(format!("a revision after {from}"), &to.to_string()));
        }
        if from != Revision::ZERO && from != self.revision {
            let expected = format!("a frame from revision {}", self.revision);
            return Err(Error::new(Code::Unexpected, expected, from.to_string()));
        }
        if from == Revision::ZERO {
            self.begin(&mut reader, to)
        } else {
            self.follow(&mut reader, to)
        }
    }

    /// Shows a tree from nothing.
    fn begin(&mut self, reader: &mut Reader<'_>, to: Revision) -> Result<(), Error> {
        let epoch = Epoch::new(reader.fixed_u64()?);
        let mut statics = Statics::none();
        statics.read_since(reader)?;
        let tree = apply(&Tree::default(), reader.raw(reader.remaining())?, &statics)?;
        // Under another epoch numbers are of other names.
        let before = if epoch == self.epoch { Some(self.shown_tree()) } else { None };
        if before.is_none() {
            self.hints = Hints::default();
        }
        (self.epoch, self.statics, self.revision, self.confirmed) = (epoch, statics, to, tree);
        self.observed.clear();
        self.retire();
        self.show_anew(before.as_ref());
        Ok(())
    }

    /// Shows what is otherwise than in the tree before.
    fn follow(&mut self, reader: &mut Reader<'_>, to: Revision) -> Result<(), Error> {
        let known = self.statics.counts();
        let read = self.statics.read_since(reader).and_then(|()| {
            let patch = reader.raw(reader.remaining())?;
            Ok((apply(&self.confirmed, patch, &self.statics)?, patch))
        });
        let (tree, patch) = read.inspect_err(|_| self.statics.truncate(known))?;
        let plain = self.predictions.is_empty() && self.shown.is_none();
        let before = if plain { None } else { Some(self.shown_tree()) };
        let confirmed = core::mem::replace(&mut self.confirmed, tree);
        self.revision = to;
        self.retire();
        let observed = core::mem::take(&mut self.observed);
        if !observed.is_empty() {
            let told =
                self.hints.observe(&observed, &confirmed, &self.confirmed, patch, &self.statics);
            let metrics = &mut self.metrics;
            metrics.hints_right = metrics.hints_right.saturating_add(told.right);
            metrics.hints_wrong = metrics.hints_wrong.saturating_add(told.wrong);
        }
        if plain {
            self.spots = None;
            self.page = self.page.wrapping_add(1);
            self.push(false, patch.to_vec());
        } else {
            self.show_anew(before.as_ref());
        }
        Ok(())
    }

    /// Ends the predictions of which the confirmed tree has the result.
    fn retire(&mut self) {
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

    /// Shows what is confirmed with all predictions, after another tree; none for one of another epoch.
    fn show_anew(&mut self, before: Option<&Tree>) {
        let Overlay { tree, spots, by_hints } = self.overlaid();
        if let Some(before) = before {
            self.push(false, diff(before, &tree));
        } else {
            self.changes.clear();
            self.push(true, diff(&Tree::default(), &tree));
        }
        self.spots = spots.filter(|_| !by_hints);
        self.shown = by_hints.then_some(tree);
        self.lag.clear();
        self.page = self.page.wrapping_add(1);
    }

    /// What is confirmed, with predictions. Where these are beyond the limits of trees they tell nothing.
    fn overlay(&mut self, predictions: &[Prediction]) -> Overlay {
        let mut latest: Vec<&Prediction> = Vec::new();
        for one in predictions {
            latest.retain(|known| known.source != one.source);
            latest.push(one);
        }
        let (mut tree, spots) =
            self.bound(&latest).unwrap_or_else(|_| (self.confirmed.clone(), None));
        let mut by_hints = false;
        for one in latest {
            let page = (&mut tree, NO_PAGE);
            let patches = self.hints.tell(&one.source, &one.value, page, &self.statics).patches;
            by_hints |= !patches.is_empty();
        }
        Overlay { tree, spots, by_hints }
    }

    /// What is confirmed, with what bindings tell of predictions.
    fn bound(&self, predictions: &[&Prediction]) -> Result<(Tree, Option<Spots>), Error> {
        let mut script = Script::default();
        let mut spots = Spots::of(&self.confirmed, &self.statics)?;
        spots.tell_all(predictions.iter().map(|it| (&it.source, Some(&it.value))), &mut script)?;
        let tree = apply(&self.confirmed, &script.finish(), &self.statics)?;
        Ok((tree, Some(spots)))
    }

    fn overlaid(&mut self) -> Overlay {
        let predictions = core::mem::take(&mut self.predictions);
        let made = self.overlay(&predictions);
        self.predictions = predictions;
        made
    }

    /// Does what is not done yet to the tree that is shown.
    fn catch_up(&mut self) {
        let lag = core::mem::take(&mut self.lag);
        let Some(shown) = &mut self.shown else { return };
        for patch in lag {
            match apply(shown, &patch, &self.statics) {
                Ok(tree) => *shown = tree,
                // Beyond the limits of trees: what the page shows has to be told anew.
                Err(_) => self.behind = true,
            }
        }
    }

    /// The tree that is shown.
    fn shown_tree(&mut self) -> Tree {
        self.catch_up();
        match &self.shown {
            Some(shown) => shown.clone(),
            None => self.overlaid().tree,
        }
    }

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

    /// Whether there is something for a page to do.
    #[must_use]
    pub fn has_change(&self) -> bool {
        self.behind || !self.changes.is_empty()
    }

    /// The next thing that a page has to do.
    pub fn change(&mut self) -> Option<Change> {
        let (anew, patch) = if core::mem::take(&mut self.behind) {
            (true, diff(&Tree::default(), &self.shown_tree()))
        } else {
            self.changes.pop_front()?
        };
        let known = if anew { Counts::default() } else { self.told };
        self.told = self.statics.counts();
        let mut statics = Writer::new();
        self.statics.write_since(known, self.told, &mut statics);
        Some(Change { anew, statics: statics.into_bytes(), patch })
    }

    fn push(&mut self, anew: bool, patch: Vec<u8>) {
        if self.changes.len() >= VIEW_CHANGES {
            self.changes.clear();
            self.behind = true;
        }
        if !self.behind && (anew || !patch.is_empty()) {
            self.changes.push_back((anew, patch));
        }
    }

    /// What was confirmed; revision zero before the first frame.
    #[must_use]
    pub const fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, revision: self.revision }
    }

    /// The tree that was confirmed.
    #[must_use]
    pub const fn tree(&self) -> &Tree {
        &self.confirmed
    }

    /// What is shown, as HTML.
    ///
    /// # Errors
    ///
    /// Those of [`html`](fn@super::html).
    pub fn html(&mut self) -> Result<String, Error> {
        super::html(&self.shown_tree(), &self.statics)
    }

    /// The names, templates and bindings in it.
    #[must_use]
    pub const fn statics(&self) -> &Statics {
        &self.statics
    }

    /// How good its predictions are.
    #[must_use]
    pub fn metrics(&self) -> PredictionMetrics {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        PredictionMetrics {
            hints: count(self.hints.len()),
            hint_bytes: count(self.hints.size()),
            ..self.metrics
        }
    }
}

fn revision(reader: &mut Reader<'_>) -> Result<Revision, Error> {
    match reader.number()? {
        number if number <= COUNTER_MAX => Ok(Revision::new(number)),
        number => Err(malformed("a revision of at most 2^53 - 1", &number.to_string())),
    }
}

#[cfg(test)]
mod tests;
