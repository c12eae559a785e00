//! Which tree a view shows, and what a screen that shows an older one is told: the way from there, while that
//! one is kept, else all of it. A screen is a cursor, not a queue.
//!
//! A *frame* is what a screen is told: the revision that it has to show, 0 for whatever, and the one that it
//! shows then; how many names it knows already, how many more there are, and these, each a length and UTF-8;
//! and to the end a patch. Numbers are LEB128.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::apply::apply_known;
use super::diff::diff;
use super::names::Names;
use super::patch::malformed;
use super::tree::Tree;
use crate::error::{Code, Error};
use crate::id::Revision;
use crate::limit::{COUNTER_MAX, Limits, VIEW_PAST, VIEW_PAST_BYTES};
use crate::wire::{Reader, Writer};

/// What is rendered, by revision.
///
/// ```
/// use syncline_core::vnode::{Screen, View, from_json};
/// let (mut view, mut screen) = (View::new(), Screen::new());
/// for count in 0..3 {
///     let tree = from_json(&format!(r#"["p", "count: {count}"]"#), view.names())?;
///     view.render(tree);
///     screen.take(&view.frame(screen.revision()))?;
/// }
/// assert_eq!(screen.tree(), view.tree());
/// assert!(view.frame(screen.revision()).is_empty());
/// # Ok::<(), syncline_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct View {
    names: Names,
    shown: Shown,
    /// Those before, the oldest first.
    past: VecDeque<Shown>,
}

/// A tree that was shown.
#[derive(Clone, Debug)]
struct Shown {
    revision: Revision,
    tree: Tree,
    /// How many names there were.
    names: usize,
}

impl Default for Shown {
    fn default() -> Self {
        Self { revision: Revision::ZERO, tree: Tree::default(), names: 0 }
    }
}

impl View {
    /// A view of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The table from which the names in its trees have to be.
    pub const fn names(&mut self) -> &mut Names {
        &mut self.names
    }

    /// Shows a tree from now on; whether that is another one, and has another revision.
    pub fn render(&mut self, tree: Tree) -> bool {
        if self.shown.revision != Revision::ZERO && self.shown.tree == tree {
            return false;
        }
        let (revision, names) = (self.shown.revision.next(), self.names.len());
        let before = core::mem::replace(&mut self.shown, Shown { revision, tree, names });
        if before.revision != Revision::ZERO {
            self.past.push_back(before);
        }
        let size = |shown: &Shown| shown.tree.size();
        let most = VIEW_PAST_BYTES.max(size(&self.shown));
        let mut held = self.past.iter().map(size).fold(0, usize::saturating_add);
        while self.past.len() >= VIEW_PAST || held > most {
            held = held.saturating_sub(self.past.pop_front().as_ref().map_or(0, size));
        }
        true
    }

    /// The latest revision; zero before anything was rendered.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.shown.revision
    }

    /// The tree that it shows.
    #[must_use]
    pub const fn tree(&self) -> &Tree {
        &self.shown.tree
    }

    /// The tree as HTML. See [`html`](fn@super::html).
    pub fn html(&self) -> Result<String, Error> {
        super::html(&self.shown.tree, &self.names)
    }

    /// What a screen of this revision is told; nothing if it is the latest.
    #[must_use]
    pub fn frame(&self, from: Revision) -> Vec<u8> {
        if from == self.shown.revision {
            return Vec::new();
        }
        let nothing = Shown::default();
        let before = self.past.iter().find(|past| past.revision == from).unwrap_or(&nothing);
        let mut out = Writer::new();
        out.number(before.revision.get());
        out.number(self.shown.revision.get());
        out.size(before.names);
        out.size(self.shown.names.saturating_sub(before.names));
        for name in self.names.texts().take(self.shown.names).skip(before.names) {
            out.text(name);
        }
        out.raw(&diff(&before.tree, &self.shown.tree));
        out.into_bytes()
    }
}

/// What a view's reader shows.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    names: Names,
    shown: Shown,
}

impl Screen {
    /// A screen that shows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows what a frame tells. A frame of no bytes tells nothing.
    ///
    /// # Errors
    ///
    /// `Unexpected` for a frame from another revision than the one that is shown: ask for one from that.
    /// `Malformed`, `InvalidUtf8` and `InvalidName` for bytes that are no frame, and the limits of trees.
    /// Nothing is changed then.
    pub fn take(&mut self, frame: &[u8]) -> Result<(), Error> {
        if frame.is_empty() {
            return Ok(());
        }
        let mut reader = Reader::new(frame, &Limits::HARD);
        let (from, to) = (revision(&mut reader)?, revision(&mut reader)?);
        if to <= from {
            return Err(malformed(format!("a revision after {from}"), &to.to_string()));
        }
        if from != Revision::ZERO && from != self.shown.revision {
            let expected = format!("a frame from revision {}", self.shown.revision);
            return Err(Error::new(Code::Unexpected, expected, from.to_string()));
        }
        let anew = from == Revision::ZERO;
        let known = reader.number()?;
        // Most frames have no new ones.
        let mut names = if anew { Cow::Owned(Names::none()) } else { Cow::Borrowed(&self.names) };
        if usize::try_from(known) != Ok(names.len()) {
            return Err(malformed(format!("{} known names", names.len()), &known.to_string()));
        }
        for _ in 0..reader.count(2)? {
            names.to_mut().append(reader.text()?)?;
        }
        let patch = reader.raw(reader.remaining())?;
        let nothing = Tree::default();
        let before = if anew { &nothing } else { &self.shown.tree };
        let tree = apply_known(before, patch, names.len())?;
        self.shown = Shown { revision: to, tree, names: names.len() };
        if let Cow::Owned(names) = names {
            self.names = names;
        }
        Ok(())
    }

    /// The revision that is shown; zero before the first frame.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.shown.revision
    }

    /// The tree that is shown.
    #[must_use]
    pub const fn tree(&self) -> &Tree {
        &self.shown.tree
    }

    /// The names in it.
    #[must_use]
    pub const fn names(&self) -> &Names {
        &self.names
    }
}

fn revision(reader: &mut Reader<'_>) -> Result<Revision, Error> {
    match reader.number()? {
        number if number <= COUNTER_MAX => Ok(Revision::new(number)),
        number => Err(malformed("a revision of at most 2^53 - 1", &number.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vnode::{from_json, to_json};

    fn shows(view: &mut View, json: &str) -> bool {
        let tree = from_json(json, view.names()).unwrap();
        view.render(tree)
    }

    #[test]
    fn a_screen_goes_from_where_it_is_or_begins_anew() {
        let mut view = View::new();
        assert_eq!((view.revision(), view.frame(Revision::ZERO)), (Revision::ZERO, vec![]));
        let mut screen = Screen::new();
        for count in 0..40 {
            let row = |at: u64| {
                format!(r#"["li", {{"key": {at}, "id": "row-{at}"}}, "row {at}, of many"]"#)
            };
            let rows: Vec<String> =
                (0..20).map(|at| row(at + u64::from(at == 7) * count)).collect();
            assert!(shows(&mut view, &format!(r#"["ul", {}]"#, rows.join(","))));
            assert_eq!(view.revision(), Revision::new(count + 1));
            if count < 10 || count == 39 {
                let frame = view.frame(screen.revision());
                assert!(count == 0 || count == 39 || frame.len() < 60, "{} bytes", frame.len());
                screen.take(&frame).unwrap();
                assert_eq!((screen.tree(), screen.revision()), (view.tree(), view.revision()));
            }
        }
        assert_eq!(screen.names().len(), 4, "those of keys, ul, li and id");
        assert!(!shows(&mut view, &to_json(screen.tree(), screen.names()).unwrap()), "the same");
        assert!(view.frame(screen.revision()).is_empty());
        assert_eq!(view.past.len(), VIEW_PAST - 1);
    }

    #[test]
    fn an_empty_tree_is_shown_as_one() {
        let mut view = View::new();
        assert!(shows(&mut view, "[]"));
        let mut screen = Screen::new();
        screen.take(&view.frame(screen.revision())).unwrap();
        assert_eq!((screen.revision(), screen.tree()), (Revision::new(1), &Tree::default()));
    }

    #[test]
    fn large_trees_are_not_kept_by_the_dozen() {
        let mut view = View::new();
        for count in 0..8 {
            let text = format!("{count}").repeat(VIEW_PAST_BYTES / 2);
            shows(&mut view, &format!(r#"["p", "{text}"]"#));
        }
        assert_eq!(view.past.len(), 2 - 1);
    }

    #[test]
    fn a_frame_from_elsewhere_changes_nothing() {
        let mut view = View::new();
        let mut screen = Screen::new();
        shows(&mut view, r#"["p", "a"]"#);
        let first = view.frame(Revision::ZERO);
        screen.take(&first).unwrap();
        shows(&mut view, r#"["p", {"class": "x"}, "b"]"#);
        let second = view.frame(Revision::new(1));
        shows(&mut view, r#"["p", {"class": "y"}, "b"]"#);
        let third = view.frame(Revision::new(2));
        let before = screen.tree().clone();
        assert_eq!(screen.take(&third).unwrap_err().code, Code::Unexpected);
        for end in 1..second.len() {
            let mut other = screen.clone();
            if other.take(&second[..end]).is_err() {
                assert_eq!(other.tree(), &before);
            }
        }
        assert_eq!((screen.tree(), screen.revision()), (&before, Revision::new(1)));
        screen.take(&second).unwrap();
        assert_eq!(screen.take(&second).unwrap_err().code, Code::Unexpected, "twice");
        screen.take(&third).unwrap();
        assert_eq!(screen.tree(), view.tree());
        screen.take(&first).unwrap();
        assert_eq!(screen.revision(), Revision::new(1), "all of it, whatever was shown");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn screens_at_their_own_pace_show_the_same(
            steps in prop::collection::vec((0_usize..4, 0_u8..40, 0_u8..6), 1..60),
        ) {
            let mut view = View::new();
            let mut screens = vec![Screen::new(); 3];
            for (who, from, count) in steps {
                let row = |at: u8| format!(r#",["t{}",{{"key":{at}}},"x"]"#, at % 5);
                let rows: Vec<String> = (from..from + count).map(row).collect();
                shows(&mut view, &format!(r#"["ul",{{}}{}]"#, rows.concat()));
                if let Some(screen) = screens.get_mut(who) {
                    screen.take(&view.frame(screen.revision())).unwrap();
                    prop_assert_eq!(screen.tree(), view.tree());
                }
            }
            for screen in &mut screens {
                screen.take(&view.frame(screen.revision())).unwrap();
                prop_assert_eq!((screen.tree(), screen.revision()), (view.tree(), view.revision()));
                let json = to_json(screen.tree(), screen.names()).unwrap();
                prop_assert_eq!(json, to_json(view.tree(), &view.names).unwrap());
            }
        }

        #[test]
        fn what_is_no_frame_shows_nothing_else(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut screen = Screen::new();
            if screen.take(&bytes).is_err() {
                prop_assert_eq!(screen.tree(), &Tree::default());
            }
        }
    }
}
