//! Which rule one change shows: how a text, a node or a list follows from a value.

use super::hint::{Content, Items, Rule, parts_of};
use super::learn::Changed;
use super::transform::{Transform, run, text_of};
use super::tree::{Kind as NodeKind, Node, Tree};
use crate::limit::{Limits, VIEW_HINT_NODE, VIEW_HINT_TEXTS};
use crate::value::{Kind, Part, Value};

/// How a text follows from a value, if it does both before and after.
pub(super) fn text_rule(change: &Changed, was: &str, is: &str) -> Option<Rule> {
    let mut found = None;
    shown(&change.after, &mut |map, told| {
        let fits =
            between(is, told).filter(|_| run_text(map, &change.before).as_deref() != Some(told));
        let fits = fits.filter(|(front, back)| {
            let old = run_text(map, &change.before);
            old.is_some_and(|old| {
                was.strip_prefix(front).and_then(|it| it.strip_suffix(back)) == Some(&old)
            })
        });
        if let Some((front, back)) = fits {
            let mut map = map.to_vec();
            if !front.is_empty() {
                map.push(Transform::Before(front.to_owned()));
            }
            if !back.is_empty() {
                map.push(Transform::After(back.to_owned()));
            }
            found = Some(Rule::Text(map));
        }
        found.is_some()
    });
    found.or_else(|| by_number(change, was, is))
}

/// A number that is another by a constant.
fn by_number(change: &Changed, was: &str, is: &str) -> Option<Rule> {
    let (from, to) = (change.before.as_f64()?, change.after.as_f64()?);
    let number = |text: &str| Value::from_json(text.as_bytes(), &Limits::HARD).ok()?.as_f64();
    let (was, is) = (number(was)?, number(is)?);
    let (more, was_more) = (is - to, was - from);
    if more.total_cmp(&was_more).is_eq() {
        return Some(Rule::Text(vec![Transform::Add(more)]));
    }
    let (by, was_by) = (is / to, was / from);
    let shown =
        (by.total_cmp(&was_by).is_eq() && by.is_finite()).then(|| vec![Transform::Times(by)])?;
    Some(Rule::Text(shown))
}

/// What is around a text within another.
fn between<'t>(whole: &'t str, part: &str) -> Option<(&'t str, &'t str)> {
    if part.is_empty() { None } else { whole.split_once(part) }
}

fn run_text(map: &[Transform], value: &Value) -> Option<String> {
    text_of(&run(map, value.clone()))
}

/// Tells the ways in which a value is shown, simple ones first, until one is taken.
fn shown(value: &Value, take: &mut dyn FnMut(&[Transform], &str) -> bool) {
    let mut map = Vec::new();
    if shown_by(value, &mut map, take) {
        return;
    }
    match value.kind() {
        Kind::Object => {
            for member in value.members().into_iter().flatten().take(16) {
                let name = member.name.as_text().unwrap_or_default().into_owned();
                let mut map = vec![Transform::Get(name)];
                if shown_by(&member.value.to_value(), &mut map, take) {
                    return;
                }
            }
        }
        Kind::Array => {
            let first = value.items().and_then(|mut items| items.next());
            for member in first.and_then(Part::members).into_iter().flatten().take(16) {
                let name = member.name.as_text().unwrap_or_default().into_owned();
                let sum = match member.value.kind() {
                    Kind::Number => vec![Transform::Sum(name)],
                    Kind::Bool => {
                        vec![Transform::Where(name, Value::from_bool(true)), Transform::Length]
                    }
                    Kind::Null | Kind::String | Kind::Array | Kind::Object => continue,
                };
                let told = run(&sum, value.clone());
                let mut map = sum;
                if shown_by(&told, &mut map, take) {
                    return;
                }
            }
        }
        Kind::Null | Kind::Bool | Kind::Number | Kind::String => {}
    }
}

/// The same for a value by itself.
fn shown_by(
    value: &Value,
    map: &mut Vec<Transform>,
    take: &mut dyn FnMut(&[Transform], &str) -> bool,
) -> bool {
    let ways: &[&[Transform]] = match value.kind() {
        Kind::Number => {
            &[&[], &[Transform::Fixed(2)], &[Transform::Fixed(1)], &[Transform::Fixed(0)]]
        }
        Kind::String => &[
            &[],
            &[Transform::Upper],
            &[Transform::Lower],
            &[Transform::Capital],
            &[Transform::Length],
        ],
        Kind::Array | Kind::Object => &[&[Transform::Length]],
        Kind::Null | Kind::Bool => &[],
    };
    let base = map.len();
    for way in ways {
        map.extend_from_slice(way);
        if run_text(way, value).is_some_and(|told| take(map, &told)) {
            return true;
        }
        if value.kind() == Kind::Number {
            map.push(Transform::Group(",".to_owned()));
            let grouped = map.get(base..).and_then(|way| run_text(way, value));
            if grouped.is_some_and(|told| take(map, &told)) {
                return true;
            }
        }
        map.truncate(base);
    }
    false
}

/// What was there for each value.
pub(super) fn cases_rule(change: &Changed, was: Content, is: Content) -> Option<Rule> {
    let large = |content: &Content| match content {
        Content::Node(tree) => tree.size() > VIEW_HINT_NODE,
        Content::Attr(_) => false,
    };
    if large(&was) || large(&is) {
        return None;
    }
    let map = match change.after.kind() {
        Kind::Array | Kind::Object => vec![Transform::Length, Transform::More(0.0)],
        Kind::Null | Kind::Bool | Kind::Number | Kind::String => vec![],
    };
    let (before, after) = (run(&map, change.before.clone()), run(&map, change.after.clone()));
    (before != after).then(|| Rule::Cases(map, vec![(before, was), (after, is)]))
}

/// How the nodes of a list follow from the items of a value, by a few of them.
pub(super) fn items_rule(value: &Value, list: Node<'_>) -> Option<Rule> {
    if !matches!(list.kind(), NodeKind::Element(_) | NodeKind::Fragment) {
        return None;
    }
    let items: Vec<Part<'_>> = value.items()?.collect();
    let nodes: Vec<Node<'_>> = list.children().collect();
    if items.is_empty()
        || items.len() != nodes.len()
        || nodes.iter().any(|node| node.key().is_none())
    {
        return None;
    }
    let end = items.len().saturating_sub(1);
    let mut some = vec![0, end / 2, end];
    some.dedup();
    let some: Vec<(Value, Node<'_>)> = some
        .into_iter()
        .filter_map(|nth| Some((items.get(nth)?.to_value(), *nodes.get(nth)?)))
        .collect();
    let (_, sample) = *some.first()?;
    let (shape, sampled) = parts_of(sample);
    if sampled.len() > VIEW_HINT_TEXTS {
        return None;
    }
    let rows: Vec<(&Value, Vec<&str>)> = some
        .iter()
        .map(|(item, node)| {
            let (other, texts) = parts_of(*node);
            (other == shape).then_some((item, texts))
        })
        .collect::<Option<_>>()?;
    let mut texts = Vec::new();
    for nth in 0..sampled.len() {
        let all: Vec<(&Value, &str)> =
            rows.iter().filter_map(|(item, texts)| Some((*item, *texts.get(nth)?))).collect();
        if let Some(map) = item_text(&all) {
            texts.push((nth, map));
        } else if all.iter().any(|(_, text)| Some(text) != sampled.get(nth)) {
            return None;
        }
    }
    // The first text is the key.
    let keyed = texts.first().is_some_and(|(nth, _)| *nth == 0);
    keyed.then(|| Rule::Items(Items { sample: Tree::of(sample), texts }))
}

/// How a text follows from each of these items.
fn item_text(all: &[(&Value, &str)]) -> Option<Vec<Transform>> {
    let (first, text) = all.first()?;
    let mut found = None;
    shown(first, &mut |map, told| {
        let Some((front, back)) = between(text, told) else { return false };
        let fits = all.iter().all(|(item, text)| {
            let inner = text.strip_prefix(front).and_then(|it| it.strip_suffix(back));
            inner.is_some() && inner == run_text(map, item).as_deref()
        });
        // Of one alone only the very text is believed.
        if fits && (all.len() > 1 || (front.is_empty() && back.is_empty())) {
            let mut map = map.to_vec();
            if !front.is_empty() {
                map.push(Transform::Before(front.to_owned()));
            }
            if !back.is_empty() {
                map.push(Transform::After(back.to_owned()));
            }
            found = Some(map);
        }
        found.is_some()
    });
    found
}
