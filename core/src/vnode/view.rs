//! Which tree a view shows, and what a screen that shows an older one is told: the way from there, while that
//! one is kept, else all of it. A screen is a cursor, not a queue.
//!
//! A *frame* is what a screen is told: the revision that it has to show, 0 for whatever, and the one that it
//! shows then; after a 0 the epoch of the view, 8 bytes; then what it has to know by number, and to the end a patch.
//! That is 0 if there is nothing new, else how many names it knows already + 1; how many more there are, and these, each a
//! text; how many more templates, and these, each a count of nodes and these; how many more bindings, and these, each JSON as
//! a text. Numbers are LEB128, texts a length and UTF-8.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use super::diff::diff;
use super::draft::settle;
use super::names::NameId;
use super::patch::patch_json;
use super::pen::Pen;
use super::statics::{Counts, Statics};
use super::texts::Texts;
use super::tree::Tree;
use crate::error::Error;
use crate::id::{Epoch, Revision};
use crate::limit::{VIEW_PAST, VIEW_PAST_BYTES};
use crate::value::quoted;
use crate::wire::Writer;

/// What a screen shows: a revision of one epoch of a view.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Cursor {
    /// The epoch.
    pub epoch: Epoch,
    /// The revision; zero before anything is shown.
    pub revision: Revision,
}

/// What is rendered, by revision.
///
/// ```
/// use syncline_core::Epoch;
/// use syncline_core::vnode::{Screen, View, from_json};
/// let (mut view, mut screen) = (View::new("counter", Epoch::new(7)), Screen::new());
/// for count in 0..3 {
///     let tree = from_json(&format!(r#"["p", "count: {count}"]"#), view.statics())?;
///     view.render(tree);
///     screen.take(&view.frame(screen.cursor()))?;
/// }
/// assert_eq!(screen.tree(), view.tree());
/// assert!(view.frame(screen.cursor()).is_empty());
/// # Ok::<(), syncline_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct View {
    name: String,
    epoch: Epoch,
    /// Shared with pens.
    statics: Arc<Statics>,
    shown: Shown,
    /// Those before, the oldest first.
    past: VecDeque<Past>,
    /// The patch from the revision before, if it was given; zero is nothing.
    patch: Option<(Revision, Vec<u8>)>,
}

/// A tree that was shown.
#[derive(Clone, Debug)]
struct Shown {
    revision: Revision,
    tree: Arc<Tree>,
    /// What the table had.
    statics: Counts,
}

/// A tree that was shown before.
#[derive(Clone, Debug)]
struct Past {
    revision: Revision,
    statics: Counts,
    was: Was,
}

/// How a tree is kept.
#[derive(Clone, Debug)]
enum Was {
    Tree(Arc<Tree>),
    /// What of the next one was otherwise.
    Texts(Texts),
}

impl Past {
    fn size(&self) -> usize {
        match &self.was {
            Was::Tree(tree) => tree.size(),
            Was::Texts(texts) => texts.size(),
        }
    }
}

impl Default for Shown {
    fn default() -> Self {
        Self { revision: Revision::ZERO, tree: Arc::default(), statics: Counts::default() }
    }
}

impl View {
    /// A view of nothing. An epoch is drawn at random; under another one nothing is as before.
    #[must_use]
    pub fn new(name: impl Into<String>, epoch: Epoch) -> Self {
        Self {
            name: name.into(),
            epoch,
            statics: Arc::new(Statics::new()),
            shown: Shown::default(),
            past: VecDeque::new(),
            patch: None,
        }
    }

    /// What it shows, as another revision.
    #[cfg(feature = "host")]
    pub(crate) const fn numbered(mut self, revision: Revision) -> Self {
        self.shown.revision = revision;
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The table from which the names, templates and bindings in its trees have to be.
    pub fn statics(&mut self) -> &mut Statics {
        Arc::make_mut(&mut self.statics)
    }

    /// The number of an element's name. See [`Statics::tag`].
    pub fn tag(&mut self, name: &str) -> Result<NameId, Error> {
        self.statics().tag(name)
    }

    /// The number of an attribute's name. See [`Statics::attr`].
    pub fn attr(&mut self, name: &str) -> Result<NameId, Error> {
        self.statics().attr(name)
    }

    /// What writes trees of the view.
    #[must_use]
    pub fn pen(&self) -> Pen {
        Pen::new(Arc::clone(&self.statics))
    }

    /// Shows the tree that JSON tells; whether that is another one.
    ///
    /// # Errors
    ///
    /// Those of [`from_json`](super::from_json).
    pub fn render_json(&mut self, json: &str) -> Result<bool, Error> {
        let tree = super::from_json(json, self.statics())?;
        Ok(self.render(tree))
    }

    /// The tree as JSON. See [`to_json`](fn@super::to_json).
    pub fn json(&self) -> Result<String, Error> {
        super::to_json(&self.shown.tree, &self.statics)
    }

    /// Shows a tree from now on; whether that is another one, and has another revision.
    pub fn render(&mut self, tree: Tree) -> bool {
        if self.shown.revision != Revision::ZERO && *self.shown.tree == tree {
            return false;
        }
        self.show(tree, None);
        true
    }

    /// Shows from now on what drafts make of the tree, one after the other, as one revision; whether that is
    /// another tree. See [`patch`](super) for what a draft is.
    ///
    /// # Errors
    ///
    /// Those of [`apply`](super::apply), with the number of the draft. Nothing is changed then.
    pub fn absorb<'d>(
        &mut self,
        drafts: impl IntoIterator<Item = &'d [u8]>,
    ) -> Result<bool, Error> {
        let mut drafts = drafts.into_iter();
        let (first, second) = (drafts.next(), drafts.next());
        let is_shown = self.shown.revision != Revision::ZERO;
        if let (Some(draft), None, true) = (first, second, is_shown)
            && let Some(texts) = Texts::of(&self.shown.tree, draft, &self.statics)
        {
            return Ok(self.put(texts, draft));
        }
        let mut next: Option<(Tree, Option<Vec<u8>>)> = None;
        for (nth, draft) in first.into_iter().chain(second).chain(drafts).enumerate() {
            let before = next.as_ref().map_or(&*self.shown.tree, |(tree, _)| tree);
            let settled = settle(before, draft, &self.statics);
            let (tree, patch) = settled.map_err(|error| {
                let expected = format!("{}, in draft {nth}", error.expected);
                Error::new(error.code, expected, &error.got)
            })?;
            // The way of several is found when it is asked for.
            let patch = next.is_none().then(|| patch.into_owned());
            next = Some((tree, patch));
        }
        let Some((tree, patch)) = next else { return Ok(false) };
        if is_shown && *self.shown.tree == tree {
            return Ok(false);
        }
        self.show(tree, patch);
        Ok(true)
    }

    fn show(&mut self, tree: Tree, patch: Option<Vec<u8>>) {
        let before = core::mem::replace(&mut self.shown.tree, Arc::new(tree));
        self.renew(Was::Tree(before), patch);
    }

    /// Shows other texts, which a draft tells; whether there are some.
    fn put(&mut self, mut texts: Texts, draft: &[u8]) -> bool {
        if texts.is_empty() {
            return false;
        }
        texts.swap(Arc::make_mut(&mut self.shown.tree));
        self.renew(Was::Texts(texts), Some(draft.to_vec()));
        true
    }

    /// What is shown is another revision than what was shown.
    fn renew(&mut self, was: Was, patch: Option<Vec<u8>>) {
        let Shown { revision, statics, .. } = self.shown;
        (self.shown.revision, self.shown.statics) = (revision.next(), self.statics.counts());
        self.patch = patch.map(|patch| (revision, patch));
        if revision != Revision::ZERO {
            self.past.push_back(Past { revision, statics, was });
        }
        let most = VIEW_PAST_BYTES.max(self.shown.tree.size());
        let mut held = self.past.iter().map(Past::size).fold(0, usize::saturating_add);
        while self.past.len() >= VIEW_PAST || held > most {
            held = held.saturating_sub(self.past.pop_front().as_ref().map_or(0, Past::size));
        }
    }

    /// What a screen shows that is up to date; revision zero before anything was rendered.
    #[must_use]
    pub const fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, revision: self.shown.revision }
    }

    /// The tree that it shows.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.shown.tree
    }

    /// The tree as HTML. See [`html`](fn@super::html).
    pub fn html(&self) -> Result<String, Error> {
        super::html(&self.shown.tree, &self.statics)
    }

    /// Which of those before it is, if that is kept.
    fn before(&self, from: Cursor) -> Option<usize> {
        let same = from.epoch == self.epoch;
        self.past.iter().position(|past| same && past.revision == from.revision)
    }

    /// The tree of one of those before.
    fn tree_before(&self, nth: usize) -> Cow<'_, Tree> {
        // The next that is kept as a whole, and back from there.
        let whole = self.past.iter().enumerate().skip(nth).find_map(|(at, past)| match &past.was {
            Was::Tree(tree) => Some((at, tree)),
            Was::Texts(_) => None,
        });
        let (at, tree) = whole.unwrap_or((self.past.len(), &self.shown.tree));
        if at == nth {
            return Cow::Borrowed(tree);
        }
        let mut tree = Tree::clone(tree);
        for past in self.past.range(nth..at).rev() {
            if let Was::Texts(texts) = &past.was {
                texts.clone().swap(&mut tree);
            }
        }
        Cow::Owned(tree)
    }

    /// The patch from a tree that was shown, or from nothing.
    fn patch(&self, before: Option<usize>) -> Cow<'_, [u8]> {
        let known = before.and_then(|nth| self.past.get(nth));
        match &self.patch {
            Some((from, patch)) if known.map_or(Revision::ZERO, |it| it.revision) == *from => {
                patch.into()
            }
            _ => match before {
                Some(nth) => diff(&self.tree_before(nth), &self.shown.tree).into(),
                None => diff(&Tree::default(), &self.shown.tree).into(),
            },
        }
    }

    /// What a screen is told; nothing if it shows the latest revision.
    #[must_use]
    pub fn frame(&self, from: Cursor) -> Vec<u8> {
        if from == self.cursor() || self.shown.revision == Revision::ZERO {
            return Vec::new();
        }
        let before = self.before(from);
        let past = before.and_then(|nth| self.past.get(nth));
        let mut out = Writer::new();
        out.number(past.map_or(0, |past| past.revision.get()));
        out.number(self.shown.revision.get());
        if before.is_none() {
            out.fixed_u64(self.epoch.get());
        }
        let known = past.map_or(Counts::default(), |past| past.statics);
        self.statics.write_since(known, self.shown.statics, &mut out);
        out.raw(&self.patch(before));
        out.into_bytes()
    }

    /// What a screen is told, as JSON for people: an object with the name of the `view`, the revisions `from` and
    /// `to`, and the `patch` as [`patch_json`](fn@super::patch_json) tells it.
    pub fn frame_json(&self, from: Cursor) -> Result<String, Error> {
        let before = self.before(from).and_then(|nth| self.past.get(nth));
        let (revision, patch) = if from == self.cursor() {
            (from.revision, Cow::default())
        } else {
            (before.map_or(Revision::ZERO, |past| past.revision), self.patch(self.before(from)))
        };
        Ok(format!(
            "{{\"view\":{},\"from\":{},\"to\":{},\"patch\":{}}}",
            quoted(&self.name),
            revision.get(),
            self.shown.revision.get(),
            patch_json(&patch, &self.statics)?
        ))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::Code;
    use crate::vnode::Screen;
    use crate::vnode::{Builder, from_json, to_json};

    fn at(revision: u64) -> Cursor {
        Cursor { epoch: Epoch::new(1), revision: Revision::new(revision) }
    }

    fn shows(view: &mut View, json: &str) -> bool {
        let tree = from_json(json, view.statics()).unwrap();
        view.render(tree)
    }

    #[test]
    fn a_screen_goes_from_where_it_is_or_begins_anew() {
        let mut view = View::new("v", Epoch::new(1));
        assert!(view.frame(Cursor::default()).is_empty());
        let mut screen = Screen::new();
        for count in 0..40 {
            let row = |at: u64| {
                format!(r#"["li", {{"key": {at}, "id": "row-{at}"}}, "row {at}, of many"]"#)
            };
            let rows: Vec<String> =
                (0..20).map(|at| row(at + u64::from(at == 7) * count)).collect();
            assert!(shows(&mut view, &format!(r#"["ul", {}]"#, rows.join(","))));
            assert_eq!(view.cursor(), at(count + 1));
            if count < 10 || count == 39 {
                let frame = view.frame(screen.cursor());
                assert!(count == 0 || count == 39 || frame.len() < 60, "{} bytes", frame.len());
                screen.take(&frame).unwrap();
                assert_eq!((screen.tree(), screen.cursor()), (view.tree(), view.cursor()));
            }
        }
        assert_eq!(screen.statics().names().len(), 4, "those of keys, ul, li and id");
        assert!(!shows(&mut view, &to_json(screen.tree(), screen.statics()).unwrap()), "the same");
        assert!(view.frame(screen.cursor()).is_empty());
        assert_eq!(view.past.len(), VIEW_PAST - 1);
    }

    #[test]
    fn an_empty_tree_is_shown_as_one() {
        let mut view = View::new("v", Epoch::new(1));
        assert!(shows(&mut view, "[]"));
        let mut screen = Screen::new();
        screen.take(&view.frame(screen.cursor())).unwrap();
        assert_eq!((screen.cursor(), screen.tree()), (at(1), &Tree::default()));
    }

    #[test]
    fn large_trees_are_not_kept_by_the_dozen() {
        let mut view = View::new("v", Epoch::new(1));
        for count in 0..8 {
            let text = format!("{count}").repeat(VIEW_PAST_BYTES / 2);
            shows(&mut view, &format!(r#"["p", "{text}"]"#));
        }
        assert_eq!(view.past.len(), 2 - 1);
    }

    #[test]
    fn a_frame_from_elsewhere_changes_nothing() {
        let mut view = View::new("v", Epoch::new(1));
        let mut screen = Screen::new();
        shows(&mut view, r#"["p", "a"]"#);
        let first = view.frame(at(0));
        screen.take(&first).unwrap();
        shows(&mut view, r#"["p", {"class": "x"}, "b"]"#);
        let second = view.frame(at(1));
        shows(&mut view, r#"["p", {"class": "y"}, "b"]"#);
        let third = view.frame(at(2));
        let before = screen.tree().clone();
        assert_eq!(screen.take(&third).unwrap_err().code, Code::Unexpected);
        for end in 1..second.len() {
            let mut other = screen.clone();
            if other.take(&second[..end]).is_err() {
                assert_eq!(other.tree(), &before);
            }
        }
        assert_eq!((screen.tree(), screen.cursor()), (&before, at(1)));
        screen.take(&second).unwrap();
        assert_eq!(screen.take(&second).unwrap_err().code, Code::Unexpected, "twice");
        screen.take(&third).unwrap();
        assert_eq!(screen.tree(), view.tree());
        screen.take(&first).unwrap();
        assert_eq!(screen.cursor(), at(1), "all of it, whatever was shown");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn screens_at_their_own_pace_show_the_same(
            steps in prop::collection::vec((0_usize..4, 0_u8..40, 0_u8..6), 1..60),
        ) {
            let mut view = View::new("v", Epoch::new(1));
            let mut screens = vec![Screen::new(); 3];
            for (who, from, count) in steps {
                let row = |at: u8| format!(r#",["t{}",{{"key":{at}}},"x"]"#, at % 5);
                let rows: Vec<String> = (from..from + count).map(row).collect();
                shows(&mut view, &format!(r#"["ul",{{}}{}]"#, rows.concat()));
                if let Some(screen) = screens.get_mut(who) {
                    screen.take(&view.frame(screen.cursor())).unwrap();
                    prop_assert_eq!(screen.tree(), view.tree());
                }
            }
            for screen in &mut screens {
                screen.take(&view.frame(screen.cursor())).unwrap();
                prop_assert_eq!((screen.tree(), screen.cursor()), (view.tree(), view.cursor()));
                let json = to_json(screen.tree(), screen.statics()).unwrap();
                prop_assert_eq!(json, to_json(view.tree(), &view.statics).unwrap());
            }
        }

        #[test]
        fn drafts_of_texts_show_what_they_say_also_to_whoever_is_behind(
            steps in prop::collection::vec(
                (0_usize..4, prop::collection::vec(0_u8..4, 6), 0_u8..8, any::<u8>()),
                1..40,
            ),
        ) {
            let text = |nth: u8| ["", "a", "javascript:a", "ü, and more"][usize::from(nth)];
            let mut view = View::new("v", Epoch::new(1));
            let link = view.statics().template("<a href={to}>{text}</a>").unwrap();
            let mut screens = vec![Screen::new(); 3];
            for (who, texts, shape, at) in steps {
                let template = view.statics().get(link).unwrap();
                let (p, class) = (view.tag("p").unwrap(), view.attr("class").unwrap());
                let mut tree = Builder::new();
                for text in texts.chunks(2).map(|pair| [text(pair[0]), text(pair[1])]) {
                    tree.open(p).unwrap();
                    tree.attr(class, if shape == 0 { text[1] } else { "b" }).unwrap();
                    tree.text(text[0]).unwrap();
                    tree.close().unwrap();
                    tree.row(&template, Some("k"), &text).unwrap();
                    (shape == 1).then(|| tree.hole().unwrap());
                }
                let tree = tree.finish().unwrap();
                let before = view.tree().clone();
                let mut draft = diff(&before, &tree);
                prop_assert_eq!(view.absorb([&*draft]).unwrap(), before != tree);
                prop_assert_eq!(view.tree(), &tree);
                if let Some(byte) = draft.get_mut(usize::from(at)) {
                    *byte = byte.wrapping_add(1);
                    let (mut other, cursor) = (view.clone(), view.cursor());
                    let told = super::super::apply(&tree, &draft, &view.statics);
                    match other.absorb([&*draft]) {
                        Ok(_) => prop_assert_eq!(other.tree(), &told.unwrap()),
                        Err(error) => {
                            prop_assert_eq!(error.code, told.unwrap_err().code);
                            prop_assert_eq!((other.tree(), other.cursor()), (&tree, cursor));
                        }
                    }
                    prop_assert_eq!(view.tree(), &tree);
                }
                if let Some(screen) = screens.get_mut(who) {
                    screen.take(&view.frame(screen.cursor())).unwrap();
                    prop_assert_eq!(screen.tree(), view.tree());
                }
            }
            for screen in &mut screens {
                screen.take(&view.frame(screen.cursor())).unwrap();
                prop_assert_eq!(screen.tree(), view.tree());
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
