//! Lists that are edited by place, and who is present: each beside a model of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use syncline_core::presence::{PresenceCursor, Presences};
use syncline_core::{Code, Content, Edit, ItemId, Limits, PresenceId, ReaderId, Time, Value};

use super::bounds::within;
use super::script::Script;

fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes(), &Limits::HARD).unwrap()
}

/// A list, and what an array becomes by the same edits.
pub fn edits(bytes: &[u8]) {
    let limits = Limits { items: 12, value_bytes: 200, ..Limits::default() };
    let mut script = Script::new(bytes);
    let mut held: Option<Content> = None;
    let mut model: Vec<(u64, String)> = Vec::new();
    while let Some(operation) = script.operation() {
        let (index, to) = (script.below(14), script.below(14));
        let id = script.small(32);
        let value = json(&format!("\"{}\"", "x".repeat(script.below(40))));
        let mut want = model.clone();
        let item = (id, value.to_json());
        let edit = match operation % 4 {
            0 => {
                if index <= want.len() {
                    want.insert(index, item);
                }
                Edit::InsertAt { index, id: ItemId::new(id), value }
            }
            1 => {
                if index < want.len() {
                    want.remove(index);
                }
                Edit::RemoveAt { index }
            }
            2 => {
                if index < want.len() && to < want.len() {
                    let moved = want.remove(index);
                    want.insert(to, moved);
                }
                Edit::MoveTo { from: index, to }
            }
            _ => {
                if let Some(place) = want.get_mut(index) {
                    place.1 = value.to_json();
                }
                Edit::ReplaceAt { index, value }
            }
        };
        let done = edit.on(held.as_ref()).and_then(|action| action.apply(held.as_ref(), &limits));
        match done {
            Ok(content) => {
                if let Some(content) = &content {
                    content.check(&limits).unwrap();
                }
                let texts: Vec<&str> = want.iter().map(|(_, text)| text.as_str()).collect();
                let shown = content.as_ref().map_or_else(|| "[]".into(), Content::to_json);
                assert_eq!(shown, format!("[{}]", texts.join(",")), "{edit:?}");
                (held, model) = (content, want);
            }
            Err(error) => {
                let outside = index >= model.len() || to >= model.len();
                let twice = model.iter().any(|item| item.0 == id);
                let full = matches!(error.code, Code::ValueTooLarge | Code::TooManyItems);
                assert!(outside || twice || full, "{edit:?}: {error}");
            }
        }
    }
}

/// Who is present, and what a reader at its own pace was told of them.
pub fn presence(bytes: &[u8]) {
    let limits = Limits { presence_bytes: 48, presence_count: 5, ..Limits::default() };
    within(bytes.len(), 600, 64 * 1_024, || {
        let mut script = Script::new(bytes);
        let mut presences = Presences::new(Duration::from_secs(30), &limits);
        let mut now = Time::from_millis(1);
        let mut readers = 0;
        let mut left: BTreeSet<PresenceId> = BTreeSet::new();
        let mut told: BTreeMap<PresenceId, Value> = BTreeMap::new();
        let mut cursor = PresenceCursor::default();
        while let Some(operation) = script.operation() {
            let who = PresenceId::new(u32::from(script.byte() % 16));
            match operation % 6 {
                0 => {
                    readers += 1;
                    let named = presences.join(ReaderId::new(readers));
                    assert!(!left.contains(&named), "a name is given twice");
                }
                1 | 2 => {
                    let patch = match script.below(8) {
                        0 => None,
                        1 => Some(json("{}")),
                        2 => Some(json(r#"{"a":null}"#)),
                        3 => Some(json("7")),
                        4 => Value::from_json(script.bytes(), &Limits::HARD).ok(),
                        _ => Some(json(&format!("{{\"a\":{}}}", script.byte()))),
                    };
                    let _ = presences.update(now, who, patch.as_ref());
                }
                3 => {
                    left.extend(presences.reader(who).map(|_| who));
                    presences.leave(who);
                }
                4 => {
                    now = now.after(Duration::from_secs(script.small(40)));
                    presences.handle_timeout(now);
                    assert!(presences.poll_timeout().is_none_or(|at| at > now));
                }
                _ => catch_up(&presences, &mut cursor, &mut told),
            }
            assert!(presences.shown_len() <= 5);
            assert!(
                presences.iter().all(|(id, state)| !left.contains(&id) && state.json_len() <= 48)
            );
        }
        catch_up(&presences, &mut cursor, &mut told);
        assert_eq!(told.len(), presences.shown_len());
        for (id, state) in &told {
            assert_eq!(presences.state(*id), Some(state));
        }
    });
}

fn catch_up(
    presences: &Presences,
    cursor: &mut PresenceCursor,
    told: &mut BTreeMap<PresenceId, Value>,
) {
    while presences.has_news(*cursor) {
        let (full, entries, next) = presences.since(*cursor);
        if full {
            told.clear();
        }
        for entry in entries {
            match entry.state {
                Some(state) => told.insert(entry.id, state),
                None => told.remove(&entry.id),
            };
        }
        *cursor = next;
    }
}
