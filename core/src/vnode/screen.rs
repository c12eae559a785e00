//! What a reader of a view shows: the latest tree that it was told, with what follows from edits that the server
//! has not answered.

use std::collections::VecDeque;

use super::apply::apply;
use super::learn::{Changed, Hints};
use super::patch::malformed;
use super::prediction::PredictionMetrics;
use super::spots::{Source, Spots};
use super::statics::{Counts, Statics};
use super::tree::Tree;
use super::view::Cursor;
use crate::error::{Code, Error};
use crate::id::{Epoch, Revision};
use crate::limit::{COUNTER_MAX, Limits};
use crate::value::Value;
use crate::wire::Reader;

mod change;
mod overlay;
mod predict;

pub use change::Change;

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

/// Whether a frame tells all of a tree, whatever is shown.
pub(crate) fn is_from_nothing(frame: &[u8]) -> bool {
    revision(&mut Reader::new(frame, &Limits::HARD)) == Ok(Revision::ZERO)
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
