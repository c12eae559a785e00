//! Which hints are known: learned from what changes of values did, kept while they tell what is rendered, and
//! forgotten when they do not, or when there are too many.

use super::diff::diff_at;
use super::hint::{Content, Hint, Place, Rule, Subject};
use super::patch::{Script, Step, Steps};
use super::rule::{cases_rule, items_rule, text_rule};
use super::spots::Source;
use super::statics::Statics;
use super::transform::run;
use super::tree::{Node, Tree};
use crate::limit::{Limits, VIEW_HINT_BYTES, VIEW_HINT_CASES, VIEW_HINTS, VIEW_HINTS_EACH};
use crate::map::Map;
use crate::value::Value;
use crate::wire::Reader;

/// A value that changed between two trees.
#[derive(Clone, Debug)]
pub(super) struct Changed {
    pub(super) source: Source,
    pub(super) before: Value,
    pub(super) after: Value,
}

/// Hints by what they follow from.
#[derive(Clone, Debug, Default)]
pub(super) struct Hints {
    by_source: Map<Source, Vec<Held>>,
    count: usize,
    bytes: usize,
    /// Grows with each use.
    clock: u64,
}

#[derive(Clone, Debug)]
struct Held {
    hint: Hint,
    used: u64,
    /// Where it was found last, if what is there is text.
    seen: Option<Seen>,
}

/// What is found in a tree that is not shown yet says nothing of the page.
pub(super) const NO_PAGE: u64 = u64::MAX;

/// A text that is shown.
#[derive(Clone, Debug)]
struct Seen {
    /// Of which page: of another one nothing is known.
    page: u64,
    path: Vec<usize>,
    /// The text, or none of an attribute that is not there.
    text: Option<String>,
}

/// How many hints told what was rendered, and how many did not.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Verdicts {
    pub(super) right: u64,
    pub(super) wrong: u64,
}

/// What hints tell.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What changes, in order.
    pub(super) patches: Vec<Vec<u8>>,
    /// More than texts and attributes change: what was found in the tree may be elsewhere.
    pub(super) moves: bool,
}

impl Hints {
    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    pub(super) const fn size(&self) -> usize {
        self.bytes
    }

    /// Whether something is known of this.
    pub(super) fn has(&self, source: &Source) -> bool {
        self.by_source.get(source).is_some_and(|held| !held.is_empty())
    }

    /// What a source with this value changes on a page, whose tree has other texts perhaps, but all in these places;
    /// none if that is more than texts, or is not where it was.
    pub(super) fn tell_seen(
        &mut self,
        source: &Source,
        value: &Value,
        (tree, page): (&Tree, u64),
    ) -> Option<Vec<Vec<u8>>> {
        let all = self.by_source.get_mut(source)?;
        for held in all.iter_mut() {
            let seen = held.seen.as_mut()?;
            if seen.page != page {
                let node = held.hint.place.at(tree, &seen.path)?;
                let now = content(node, held.hint.subject);
                seen.text = text(&now).map(ToOwned::to_owned);
                if held.hint.subject == Subject::Node && seen.text.is_none() {
                    return None;
                }
                seen.page = page;
            }
        }
        let texts: Vec<Option<Option<String>>> =
            all.iter().map(|held| held.hint.tells_text(value)).collect::<Option<_>>()?;
        self.clock = self.clock.saturating_add(1);
        let mut patches = Vec::new();
        for (held, text) in all.iter_mut().zip(texts) {
            let (Some(seen), Some(text)) = (&mut held.seen, text) else { continue };
            held.used = self.clock;
            let mut script = Script::default();
            // Another hint may have told something else of the place: it is told again what it is.
            match (held.hint.subject, &text) {
                (Subject::Node, Some(text)) => {
                    let (child, around) = seen.path.split_last()?;
                    script.text(around, *child, text);
                }
                (Subject::Node, None) => continue,
                (Subject::Attr(_), None) if seen.text.is_none() => continue,
                (Subject::Attr(name), Some(text)) => script.set(&seen.path, name, text),
                (Subject::Attr(name), None) => script.unset(&seen.path, name),
            }
            seen.text = text;
            patches.push(script.finish());
        }
        Some(patches)
    }

    /// Changes the tree of a page as a source with this value does: the patches, in order. Hints of which the places
    /// are no more do nothing.
    pub(super) fn tell(
        &mut self,
        source: &Source,
        value: &Value,
        (tree, page): (&mut Tree, u64),
        statics: &Statics,
    ) -> Told {
        self.clock = self.clock.saturating_add(1);
        let mut told = Told::default();
        for held in self.by_source.get_mut(source).into_iter().flatten() {
            let Some((path, now)) = held.hint.place.find(tree) else { continue };
            let Ok(Some(content)) = held.hint.tells(value, now, statics) else { continue };
            held.used = self.clock;
            let moves = !matches!(content, Content::Attr(_))
                && (now.kind().text().is_none() || text(&content).is_none());
            held.seen = (!moves).then(|| {
                let text = text(&content).map(ToOwned::to_owned);
                Seen { page, path: path.clone(), text }
            });
            let mut script = Script::default();
            write(&held.hint, &path, now, &content, &mut script);
            let change = script.finish();
            if !change.is_empty()
                && let Ok(next) = super::apply(tree, &change, statics)
            {
                *tree = next;
                told.patches.push(change);
                told.moves |= moves;
            }
        }
        told
    }

    /// Learns from what changed between two trees, by this patch.
    pub(super) fn observe(
        &mut self,
        changed: &[Changed],
        before: &Tree,
        after: &Tree,
        patch: &[u8],
        statics: &Statics,
    ) -> Verdicts {
        self.clock = self.clock.saturating_add(1);
        let mut verdicts = Verdicts::default();
        for change in changed {
            self.verify(change, before, after, statics, &mut verdicts);
        }
        // Of several it would not be known which did what.
        if let [change] = changed {
            let mut steps = Steps::new(Reader::new(patch, &Limits::HARD), statics);
            let mut place = vec![0];
            while let Ok(Some(step)) = steps.next() {
                self.learn(change, &step, &mut place, before, after);
            }
        }
        self.forget();
        verdicts
    }

    /// Drops the hints that would have told something else.
    fn verify(
        &mut self,
        change: &Changed,
        before: &Tree,
        after: &Tree,
        statics: &Statics,
        verdicts: &mut Verdicts,
    ) {
        let Some(all) = self.by_source.get_mut(&change.source) else { return };
        let clock = self.clock;
        let count = all.len();
        all.retain_mut(|held| {
            let hint = &mut held.hint;
            let (Some((_, was)), Some((_, is))) = (hint.place.find(before), hint.place.find(after))
            else {
                return true;
            };
            let actual = content(is, hint.subject);
            match hint.tells(&change.after, was, statics) {
                Ok(Some(told)) if told == actual => {
                    verdicts.right = verdicts.right.saturating_add(1);
                    held.used = clock;
                    true
                }
                Ok(Some(_)) => {
                    verdicts.wrong = verdicts.wrong.saturating_add(1);
                    self.bytes = self.bytes.saturating_sub(hint.size());
                    false
                }
                // A case that was not seen before.
                Ok(None) => {
                    let size = hint.size();
                    if let Rule::Cases(map, cases) = &mut hint.rule
                        && cases.len() < VIEW_HINT_CASES
                    {
                        cases.push((run(map, change.after.clone()), actual));
                        self.bytes = self.bytes.saturating_add(hint.size()).saturating_sub(size);
                    }
                    true
                }
                Err(_) => true,
            }
        });
        self.count = self.count.saturating_sub(count.saturating_sub(all.len()));
    }

    /// Learns from a step; the path leads to the next child.
    fn learn(
        &mut self,
        change: &Changed,
        step: &Step<'_>,
        path: &mut Vec<usize>,
        before: &Tree,
        after: &Tree,
    ) {
        let skip = |path: &mut Vec<usize>, count: usize| {
            if let Some(last) = path.last_mut() {
                *last = last.saturating_add(count);
            }
        };
        match step {
            Step::Enter(past) => {
                skip(path, *past);
                path.push(0);
            }
            Step::Leave(count) => {
                path.truncate(path.len().saturating_sub(*count));
                skip(path, 1);
            }
            Step::Text { past, .. } | Step::Replace { past, .. } => {
                skip(path, *past);
                self.learn_at(change, path, Subject::Node, before, after);
                skip(path, 1);
            }
            Step::Leaf { past, .. } => {
                skip(path, *past);
                path.push(0);
                self.learn_at(change, path, Subject::Node, before, after);
                path.pop();
                skip(path, 1);
            }
            Step::Set { name, .. } | Step::Unset { name } => {
                let around = path.len().saturating_sub(1);
                let around = path.get(..around).unwrap_or_default();
                self.learn_at(change, around, Subject::Attr(*name), before, after);
            }
            Step::List { .. } => {
                let around = path.len().saturating_sub(1);
                let around = path.get(..around).unwrap_or_default();
                self.learn_list(change, around, before, after);
            }
            Step::Order(_) => {}
        }
    }

    fn learn_at(
        &mut self,
        change: &Changed,
        path: &[usize],
        subject: Subject,
        before: &Tree,
        after: &Tree,
    ) {
        let Some(place) = Place::of(after, path) else { return };
        let (Some((_, was)), Some((_, is))) = (place.find(before), place.find(after)) else {
            return;
        };
        let (was, is) = (content(was, subject), content(is, subject));
        let rule = match (text(&was), text(&is)) {
            (Some(was), Some(is)) => text_rule(change, was, is),
            _ => None,
        };
        let rule = rule.or_else(|| cases_rule(change, was, is));
        self.put(change, (place, path), subject, rule);
    }

    fn learn_list(&mut self, change: &Changed, path: &[usize], before: &Tree, after: &Tree) {
        let Some(place) = Place::of(after, path) else { return };
        let (Some((_, was)), Some((_, is))) = (place.find(before), place.find(after)) else {
            return;
        };
        let rule = items_rule(&change.after, is);
        let rule = rule.or_else(|| {
            cases_rule(change, content(was, Subject::Node), content(is, Subject::Node))
        });
        self.put(change, (place, path), Subject::Node, rule);
    }

    fn put(
        &mut self,
        change: &Changed,
        (place, path): (Place, &[usize]),
        subject: Subject,
        rule: Option<Rule>,
    ) {
        let Some(rule) = rule else { return };
        let hint = Hint { place, subject, rule };
        // It is there still, mostly, when it is told first.
        let seen = Some(Seen { page: NO_PAGE, path: path.to_vec(), text: None });
        let held = Held { used: self.clock, seen, hint };
        let size = held.hint.size();
        if !self.by_source.contains_key(&change.source) {
            self.by_source.insert(change.source.clone(), Vec::new());
        }
        let Some(known) = self.by_source.get_mut(&change.source) else { return };
        let same = |it: &&mut Held| it.hint.place == held.hint.place && it.hint.subject == subject;
        if let Some(older) = known.iter_mut().find(same) {
            // What is known of single values says less than a rule for all.
            let all = matches!(older.hint.rule, Rule::Cases(..))
                && !matches!(held.hint.rule, Rule::Cases(..));
            if all {
                let before = older.hint.size();
                *older = held;
                self.bytes = self.bytes.saturating_add(size).saturating_sub(before);
            }
            return;
        }
        if known.len() >= VIEW_HINTS_EACH {
            return;
        }
        known.push(held);
        self.count = self.count.saturating_add(1);
        self.bytes = self.bytes.saturating_add(size);
    }

    /// Drops those that were used least recently while there are too many.
    fn forget(&mut self) {
        while self.count > VIEW_HINTS || self.bytes > VIEW_HINT_BYTES {
            let oldest = self.by_source.values().flatten().map(|held| held.used).min();
            let Some(oldest) = oldest else { return };
            let (mut count, mut bytes) = (0_usize, 0_usize);
            for all in self.by_source.values_mut() {
                all.retain(|held| {
                    let stays = held.used > oldest;
                    if !stays {
                        count = count.saturating_add(1);
                        bytes = bytes.saturating_add(held.hint.size());
                    }
                    stays
                });
            }
            self.count = self.count.saturating_sub(count);
            self.bytes = self.bytes.saturating_sub(bytes);
        }
    }
}

/// What a place has of a subject.
fn content(node: Node<'_>, subject: Subject) -> Content {
    match subject {
        Subject::Node => Content::Node(Tree::of(node)),
        Subject::Attr(name) => {
            let value = node.attrs().find(|attr| attr.name == name);
            Content::Attr(value.map(|attr| attr.value.to_owned()))
        }
    }
}

fn text(content: &Content) -> Option<&str> {
    match content {
        Content::Node(tree) => tree.roots().next()?.kind().text(),
        Content::Attr(value) => value.as_deref(),
    }
}

/// Writes the change of what is at a path.
fn write(hint: &Hint, path: &[usize], now: Node<'_>, told: &Content, script: &mut Script) {
    match (hint.subject, told) {
        (Subject::Node, Content::Node(tree)) => {
            if let (Some(new), Some((child, around))) = (tree.roots().next(), path.split_last()) {
                diff_at(around, *child, now, new, script);
            }
        }
        (Subject::Attr(name), Content::Attr(value)) => {
            let before = now.attrs().find(|attr| attr.name == name).map(|attr| attr.value);
            match value {
                Some(value) if before != Some(value) => script.set(path, name, value),
                None if before.is_some() => script.unset(path, name),
                Some(_) | None => {}
            }
        }
        (Subject::Node, Content::Attr(_)) | (Subject::Attr(_), Content::Node(_)) => {}
    }
}
