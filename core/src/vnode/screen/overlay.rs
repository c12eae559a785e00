//! What is shown: the confirmed tree, with what follows from predictions.

use super::{Prediction, Screen};
use crate::error::Error;
use crate::vnode::apply::apply;
use crate::vnode::diff::diff;
use crate::vnode::learn::NO_PAGE;
use crate::vnode::patch::Script;
use crate::vnode::spots::Spots;
use crate::vnode::tree::Tree;

/// What is shown.
pub(super) struct Overlay {
    pub(super) tree: Tree,
    /// The bindings in it, if there are no hints.
    spots: Option<Spots>,
    /// Hints have a part in it.
    by_hints: bool,
}

impl Screen {
    /// Shows what is confirmed with all predictions, after another tree; none for one of another epoch.
    pub(super) fn show_anew(&mut self, before: Option<&Tree>) {
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
    pub(super) fn overlay(&mut self, predictions: &[Prediction]) -> Overlay {
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
    pub(super) fn catch_up(&mut self) {
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
    pub(super) fn shown_tree(&mut self) -> Tree {
        self.catch_up();
        match &self.shown {
            Some(shown) => shown.clone(),
            None => self.overlaid().tree,
        }
    }
}
