//! What a room must be: PROTOCOL.md's rules once more, as plainly as they can be written, and with no code of the
//! engine's. Values are `serde_json`'s, keys are text, and everything is copied.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value as Json};
use syncline_core::{Action, Code, Content, Place, Seen, Value};

/// What a key holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// A JSON value.
    Plain(Json),
    /// A list of items with their identities.
    List(Vec<(u64, Json)>),
}

/// Who wrote something: a client and its number, or the host.
pub type Writer = Option<(u128, u64)>;

/// A key.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it holds, if it is not deleted.
    pub held: Option<Held>,
    /// The version of its latest change.
    pub version: u64,
    /// Who made that.
    pub writer: Writer,
}

/// A register.
#[derive(Clone, Debug, PartialEq)]
pub struct Register {
    /// The fence.
    pub session: u64,
    /// The last decided mutation.
    pub last: u64,
}

/// One op of a mutation, in words of this module.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Which key.
    pub key: String,
    /// What to do.
    pub act: Act,
    /// What its writer had seen.
    pub seen: Seen,
}

/// What an op does.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// A value instead.
    Set(Json),
    /// Nothing any more.
    Delete,
    /// A patch.
    Merge(Json),
    /// A sum.
    Add(i64),
    /// A precondition.
    Expect,
    /// A new item.
    Insert(u64, Json, Place),
    /// An item out.
    Remove(u64),
    /// An item elsewhere.
    Move(u64, Place),
    /// An item with another value.
    Replace(u64, Json),
}

impl Act {
    /// What an action of the engine's says.
    #[must_use]
    pub fn of(action: &Action) -> Self {
        match action {
            Action::Set(value) => Self::Set(json(value)),
            Action::Delete => Self::Delete,
            Action::Merge(value) => Self::Merge(json(value)),
            Action::Add(value) => Self::Add(json(value).as_i64().unwrap_or(0)),
            Action::Expect => Self::Expect,
            Action::Insert { id, value, place } => Self::Insert(id.get(), json(value), *place),
            Action::Remove { id } => Self::Remove(id.get()),
            Action::Move { id, place } => Self::Move(id.get(), *place),
            Action::Replace { id, value } => Self::Replace(id.get(), json(value)),
        }
    }
}

/// A room up to one version.
#[derive(Clone, Debug, Default)]
pub struct Reference {
    /// The epoch, once it is known.
    pub epoch: u64,
    /// Accepted mutations so far.
    pub version: u64,
    /// Every key that ever held something.
    pub keys: BTreeMap<Rc<str>, Rc<Entry>>,
    /// Who may write.
    pub registers: BTreeMap<u128, Register>,
    /// The highest session issued.
    pub issued: u64,
    /// A number that equal contents share.
    pub hash: u64,
    /// How many decisions the audit has noted up to here.
    pub decisions: usize,
}

impl Reference {
    /// What the steps of a mutation make of the room, or why not and at which.
    pub fn judge(
        &self,
        steps: &[Step],
        writer: Writer,
    ) -> Result<BTreeMap<String, Option<Held>>, (usize, Code)> {
        let version = self.version + 1;
        let mut results: BTreeMap<String, Option<Held>> = BTreeMap::new();
        for (index, step) in steps.iter().enumerate() {
            let known = self.keys.get(step.key.as_str());
            let current = match results.get(&step.key) {
                Some(result) => result.clone(),
                None => known.and_then(|entry| entry.held.clone()),
            };
            let (at, by) = if results.contains_key(&step.key) {
                (version, writer)
            } else {
                known.map_or((0, None), |entry| (entry.version, entry.writer))
            };
            if refuses(&step.key, &step.act) {
                let fresh = match step.seen {
                    Seen::Absent => current.is_none(),
                    Seen::At(seen) => current.is_some() && at == seen.get(),
                    Seen::Mine(seq) => {
                        writer.is_some_and(|(client, _)| by == Some((client, seq.get())))
                    }
                };
                if !fresh {
                    return Err((index, Code::Stale));
                }
            }
            if step.act != Act::Expect {
                results.insert(
                    step.key.clone(),
                    apply(&step.act, current).map_err(|code| (index, code))?,
                );
            }
        }
        Ok(results)
    }

    /// What acts make of the room that nothing refuses.
    #[must_use]
    pub fn make(&self, acts: &[(String, Act)]) -> BTreeMap<String, Option<Held>> {
        let mut results: BTreeMap<String, Option<Held>> = BTreeMap::new();
        for (key, act) in acts {
            let known = || self.keys.get(key.as_str()).and_then(|entry| entry.held.clone());
            let current = results.get(key).cloned().unwrap_or_else(known);
            if let Ok(result) = apply(act, current) {
                results.insert(key.clone(), result);
            }
        }
        results
    }

    /// Takes an accepted mutation in.
    pub fn commit(&mut self, results: BTreeMap<String, Option<Held>>, writer: Writer) {
        self.version += 1;
        for (key, held) in results {
            self.put(&key, Entry { held, version: self.version, writer });
        }
    }

    /// Puts a key in.
    pub fn put(&mut self, key: &str, entry: Entry) {
        if let Some(before) = self.keys.get(key) {
            self.hash = self.hash.wrapping_sub(entry_hash(key, before.held.as_ref()));
        }
        self.hash = self.hash.wrapping_add(entry_hash(key, entry.held.as_ref()));
        self.keys.insert(Rc::from(key), Rc::new(entry));
    }
}

/// The policies of every room: those of the world's configuration.
fn refuses(key: &str, act: &Act) -> bool {
    match act {
        Act::Expect => true,
        Act::Set(_) | Act::Delete => key.starts_with("strict/") || key.starts_with("merge/"),
        Act::Merge(_) => key.starts_with("strict/"),
        Act::Add(_) | Act::Insert(..) | Act::Remove(_) | Act::Move(..) | Act::Replace(..) => false,
    }
}

/// The largest whole number that every language holds.
const LARGEST: i64 = (1 << 53) - 1;

/// What an act makes of what a key holds.
fn apply(act: &Act, current: Option<Held>) -> Result<Option<Held>, Code> {
    Ok(match act {
        Act::Set(value) => Some(Held::Plain(value.clone())),
        Act::Delete => None,
        Act::Expect => current,
        Act::Merge(patch) => {
            let target = match current {
                None => Json::Object(Map::new()),
                Some(Held::Plain(target @ Json::Object(_))) => target,
                Some(_) => return Err(Code::WrongType),
            };
            Some(Held::Plain(merge(target, patch)))
        }
        Act::Add(number) => {
            let before = match current {
                None => 0,
                Some(Held::Plain(Json::Number(before))) => {
                    before.as_i64().ok_or(Code::WrongType)?
                }
                Some(_) => return Err(Code::WrongType),
            };
            let sum = before.checked_add(*number).filter(|sum| sum.abs() <= LARGEST);
            Some(Held::Plain(Json::from(sum.ok_or(Code::Overflow)?)))
        }
        Act::Insert(id, value, place) => {
            let mut items = list(current)?.unwrap_or_default();
            if items.iter().any(|(known, _)| known == id) {
                return Err(Code::DuplicateItem);
            }
            let at = among(place, &items);
            items.insert(at, (*id, value.clone()));
            Some(Held::List(items))
        }
        Act::Remove(id) => list(current)?.map(|mut items| {
            items.retain(|(known, _)| known != id);
            Held::List(items)
        }),
        Act::Move(id, place) => {
            let mut items = list(current)?.unwrap_or_default();
            let from = items.iter().position(|(known, _)| known == id).ok_or(Code::NoSuchItem)?;
            let item = items.remove(from);
            let to = among(place, &items);
            items.insert(to, item);
            Some(Held::List(items))
        }
        Act::Replace(id, value) => {
            let mut items = list(current)?.unwrap_or_default();
            let item = items.iter_mut().find(|(known, _)| known == id).ok_or(Code::NoSuchItem)?;
            item.1 = value.clone();
            Some(Held::List(items))
        }
    })
}

fn list(current: Option<Held>) -> Result<Option<Vec<(u64, Json)>>, Code> {
    match current {
        None => Ok(None),
        Some(Held::List(items)) => Ok(Some(items)),
        Some(Held::Plain(_)) => Err(Code::WrongType),
    }
}

/// PROTOCOL.md, "Places".
fn among(place: &Place, items: &[(u64, Json)]) -> usize {
    let find = |id: u64| items.iter().position(|(known, _)| *known == id);
    if let Some(at) = place.left.and_then(|left| find(left.get())) {
        return at + 1;
    }
    if let Some(at) = place.right.and_then(|right| find(right.get())) {
        return at;
    }
    if place.left.is_none() && place.right.is_some() { 0 } else { items.len() }
}

/// RFC 7396.
fn merge(target: Json, patch: &Json) -> Json {
    let Json::Object(patch) = patch else { return patch.clone() };
    let mut target = match target {
        Json::Object(target) => target,
        _ => Map::new(),
    };
    for (name, value) in patch {
        if value.is_null() {
            target.shift_remove(name);
        } else {
            let before = target.get(name).cloned().unwrap_or(Json::Null);
            target.insert(name.clone(), merge(before, value));
        }
    }
    Json::Object(target)
}

/// The value of the engine's, read anew.
#[must_use]
pub fn json(value: &Value) -> Json {
    serde_json::from_str(&value.to_json()).unwrap_or(Json::Null)
}

/// What a content of the engine's is here.
#[must_use]
pub fn held(content: &Content) -> Held {
    match content {
        Content::Plain(value) => Held::Plain(json(value)),
        Content::List(list) => {
            Held::List(list.items().iter().map(|item| (item.id.get(), json(&item.value))).collect())
        }
    }
}

/// What a key adds to the hash of a room, from the engine's own words.
#[must_use]
pub fn content_hash(key: &str, content: &Content) -> u64 {
    match content {
        Content::Plain(value) => mix(key, 1, &value.to_json()),
        Content::List(list) => {
            let items = list.items().iter().map(|item| (item.id.get(), item.value.to_json()));
            mix(key, 2, &list_text(items))
        }
    }
}

fn entry_hash(key: &str, held: Option<&Held>) -> u64 {
    match held {
        None => 0,
        Some(Held::Plain(value)) => mix(key, 1, &value.to_string()),
        Some(Held::List(items)) => {
            mix(key, 2, &list_text(items.iter().map(|(id, value)| (*id, value.to_string()))))
        }
    }
}

fn list_text(items: impl Iterator<Item = (u64, String)>) -> String {
    let items: Vec<String> = items.map(|(id, value)| format!("{id}={value}")).collect();
    items.join(";")
}

fn mix(key: &str, kind: u8, text: &str) -> u64 {
    let bytes = key.bytes().chain([0, kind]).chain(text.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
