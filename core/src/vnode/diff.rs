//! What changed between two trees: the fewest steps that it finds in time that grows with what is there.

use super::keyed::{self, Fit};
use super::names::NameId;
use super::patch::Script;
use super::tree::{BOUND, Kind, Node, Nodes, Tree};

/// The patch from one tree to another; empty if they are equal.
///
/// Equal nodes are found by comparing ranges. Elements with a key are moved as few times as possible: those
/// in the longest run that stays in order are kept (Fredman, 1975). What has no key is compared with what
/// stands in its place, once equal ones at both ends are left out.
#[must_use]
pub fn diff(old: &Tree, new: &Tree) -> Vec<u8> {
    let mut script = Script::default();
    let mut walk = Walk::default();
    walk.enter(old.roots(), new.roots(), &mut script);
    while let Some(pair) = walk.next() {
        walk.compare(pair, &mut script);
    }
    script.finish()
}

/// Writes how a child at the end of a path becomes another node.
pub(super) fn diff_at(
    path: &[usize],
    child: usize,
    old: Node<'_>,
    new: Node<'_>,
    script: &mut Script,
) {
    if old != new {
        let mut walk = Walk { path: path.to_vec(), ..Walk::default() };
        walk.compare(Pair { child, old, new }, script);
        while let Some(pair) = walk.next() {
            walk.compare(pair, script);
        }
    }
}

/// Two nodes of which the one becomes the other, and where that is among its siblings.
#[derive(Clone, Copy)]
struct Pair<'a> {
    child: usize,
    old: Node<'a>,
    new: Node<'a>,
}

/// Where the comparison is.
#[derive(Default)]
struct Walk<'a> {
    /// The children on the way from the roots.
    path: Vec<usize>,
    /// What is still to be compared, at each level; the next is the last.
    todo: Vec<Vec<Pair<'a>>>,
    /// Lists that are empty again.
    spare: Vec<Vec<Pair<'a>>>,
}

impl<'a> Walk<'a> {
    /// The next pair at the deepest level that has one.
    fn next(&mut self) -> Option<Pair<'a>> {
        loop {
            let level = self.todo.last_mut()?;
            if let Some(pair) = level.pop() {
                return Some(pair);
            }
            self.spare.extend(self.todo.pop());
            self.path.pop();
        }
    }

    fn compare(&mut self, Pair { child, old, new }: Pair<'a>, script: &mut Script) {
        if let (Kind::Text(_), Kind::Text(text)) = (old.kind(), new.kind()) {
            return script.text(&self.path, child, text);
        }
        if !old.can_become(new) || (old.head() == BOUND && !same_count(old, new)) {
            return script.replace(&self.path, child, new);
        }
        let (Some((attrs_before, before)), Some((attrs, after))) = (old.split(), new.split())
        else {
            return script.replace(&self.path, child, new);
        };
        if (is_raw(before) || is_raw(after)) && !before.equals(after) {
            return script.replace(&self.path, child, new);
        }
        let is_element = matches!(old.kind(), Kind::Element(_));
        let same = !is_element || attrs_before == attrs;
        let can_be_leaf = is_element || old.head() == BOUND;
        if same
            && can_be_leaf
            && let (Some(_), Some(text)) = (only_text(before), only_text(after))
        {
            return script.leaf(&self.path, child, text);
        }
        self.path.push(child);
        if !same {
            attributes(old, new, &self.path, script);
        }
        if let Kind::Instance(_) | Kind::Bound(_) = old.kind() {
            self.slots(before, after, script);
        } else {
            self.enter(before, after, script);
        }
    }

    /// Compares nodes that each have their place.
    fn slots(&mut self, mut old: Nodes<'a>, mut new: Nodes<'a>, script: &mut Script) {
        let mut pairs = self.spare.pop().unwrap_or_default();
        let mut child = 0_usize;
        loop {
            // Leaves beside each other are compared at once.
            let (mut rest, alike) = (old, old.alike(new));
            if alike > 1
                && let Some(behind) = rest.first(alike).and_then(|same| new.behind(same))
            {
                (old, new, child) = (rest, behind, child.saturating_add(alike));
            }
            let (Some(before), Some(after)) = (old.next(), new.next()) else { break };
            if before != after {
                // Texts before all else are told at once.
                match (before.kind(), after.kind()) {
                    (Kind::Text(_), Kind::Text(text)) if pairs.is_empty() => {
                        script.text(&self.path, child, text);
                    }
                    _ => pairs.push(Pair { child, old: before, new: after }),
                }
            }
            child = child.saturating_add(1);
        }
        pairs.reverse();
        self.todo.push(pairs);
    }

    /// Compares the children of an element, which the path ends with.
    fn enter(&mut self, old: Nodes<'a>, new: Nodes<'a>, script: &mut Script) {
        let mut pairs = self.spare.pop().unwrap_or_default();
        if !old.equals(new) {
            children(old, new, &self.path, &mut pairs, script);
        }
        pairs.reverse();
        self.todo.push(pairs);
    }
}

fn same_count(old: Node<'_>, new: Node<'_>) -> bool {
    old.children().count() == new.children().count()
}

fn only_text(mut nodes: Nodes<'_>) -> Option<&str> {
    match (nodes.next()?.kind(), nodes.next()) {
        (Kind::Text(text), None) => Some(text),
        _ => None,
    }
}

fn is_raw(mut nodes: Nodes<'_>) -> bool {
    nodes.next().is_some_and(|node| matches!(node.kind(), Kind::Raw(_)))
}

/// An attribute that is set anew keeps its place, and one that is new comes last: those that come in another
/// order go first.
fn attributes(old: Node<'_>, new: Node<'_>, path: &[usize], script: &mut Script) {
    let has = |name: NameId| new.attrs().any(|attr| attr.name == name);
    let stays = old.attrs().filter(|attr| has(attr.name)).map(|attr| attr.name);
    let in_order = stays.zip(new.attrs()).take_while(|(name, attr)| *name == attr.name).count();
    let mut kept = 0_usize;
    for attr in old.attrs() {
        if has(attr.name) && kept < in_order {
            kept = kept.saturating_add(1);
        } else {
            script.unset(path, attr.name);
        }
    }
    for (nth, attr) in new.attrs().enumerate() {
        if nth >= in_order || old.attrs().all(|before| before != attr) {
            script.set(path, attr.name, attr.value);
        }
    }
}

/// Compares two lists of children: says which others there are, and finds those that are to be compared.
fn children<'a>(
    mut old: Nodes<'a>,
    mut new: Nodes<'a>,
    path: &[usize],
    pairs: &mut Vec<Pair<'a>>,
    script: &mut Script,
) {
    let (mut front, mut run) = (0_usize, 0_usize);
    loop {
        // After many that are equal, more of them are compared at once.
        let stride = (run / 4).min(64);
        if stride > 1 {
            let mut rest = old;
            if let Some(behind) = rest.first(stride).and_then(|same| new.behind(same)) {
                (old, new) = (rest, behind);
                (front, run) = (front.saturating_add(stride), run.saturating_add(stride));
                continue;
            }
        }
        let (mut rest_old, mut rest_new) = (old, new);
        let (Some(before), Some(after)) = (rest_old.next(), rest_new.next()) else { break };
        run = run.saturating_add(1);
        if before != after {
            if before.key().is_none() || !before.can_become(after) {
                break;
            }
            pairs.push(Pair { child: front, old: before, new: after });
            run = 0;
        }
        if stride > 1 {
            run = 0;
        }
        (old, new) = (rest_old, rest_new);
        front = front.saturating_add(1);
    }
    if have_places(old, new) {
        for (nth, (before, after)) in old.zip(new).enumerate() {
            if before != after {
                pairs.push(Pair { child: front.saturating_add(nth), old: before, new: after });
            }
        }
        return;
    }
    let (mut old, mut new): (Vec<_>, Vec<_>) = (old.collect(), new.collect());
    let mut back = Vec::new();
    while let (Some(before), Some(after)) = (old.last(), new.last()) {
        if before != after {
            if before.key().is_none() || !before.can_become(*after) {
                break;
            }
            let child = front.saturating_add(new.len()).saturating_sub(1);
            back.push(Pair { child, old: *before, new: *after });
        }
        old.pop();
        new.pop();
    }
    let middle = keyed::arrange(&old, &new, front, path, script);
    for (nth, (fit, after)) in middle.into_iter().zip(&new).enumerate() {
        let child = front.saturating_add(nth);
        if let Fit::Old(at) = fit
            && let Some(before) = old.get(at)
            && before != after
        {
            pairs.push(Pair { child, old: *before, new: *after });
        }
    }
    pairs.extend(back.into_iter().rev());
}

/// Whether there are as many as before, and none has a key.
fn have_places(mut old: Nodes<'_>, mut new: Nodes<'_>) -> bool {
    loop {
        match (old.next(), new.next()) {
            (Some(before), Some(after)) if before.key().or(after.key()).is_none() => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}
