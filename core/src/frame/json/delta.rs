//! Deltas and presence as JSON: what one reader is told, then what all are told.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::edit::ActionText;
use super::{is_false, join, object, present, raw, text, value};
use crate::error::{Code, Error};
use crate::frame::malformed;
use crate::id::{Channel, Digest, ItemId, Key, KeyId, PresenceId, Seq, Version};
use crate::limit::Limits;
use crate::list::{Item, List};
use crate::message::{Body, Change, Delta, Entry, Participant, Personal, Presence, Refusal};
use crate::op::Content;

/// The members for one reader. Without `last` there is nothing for this reader.
#[derive(Deserialize, Serialize)]
struct HeadText {
    channel: Channel,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Seq>,
    /// Each is the number of a mutation, the place of an op in it, and a code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refusals: Vec<(Seq, u32, Code)>,
    #[serde(default, skip_serializing_if = "is_false")]
    rewind: bool,
}

/// The members for all readers.
#[derive(Deserialize, Serialize)]
struct BodyText {
    from: Version,
    to: Version,
    #[serde(default, skip_serializing_if = "is_false")]
    more: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
    entries: Vec<EntryText>,
}

/// One of the last four members tells what became of the key.
#[derive(Deserialize, Serialize)]
struct EntryText {
    id: KeyId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<Key>,
    version: Version,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    value: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    list: Option<Vec<(ItemId, Box<RawValue>)>>,
    #[serde(default, skip_serializing_if = "is_false")]
    delete: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    patch: Option<Vec<ActionText>>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct PresenceText {
    channel: Channel,
    #[serde(default, skip_serializing_if = "is_false")]
    full: bool,
    entries: Vec<ParticipantText>,
}

#[derive(Deserialize, Serialize)]
struct ParticipantText {
    id: PresenceId,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    state: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "is_false")]
    gone: bool,
}

pub(in crate::frame) fn encode_delta(delta: &Delta, body: &[u8]) -> Vec<u8> {
    let mut bytes = text("delta", |out| HeadText::of(delta).serialize(out));
    // The body's members follow in the same object.
    bytes.pop();
    join(&mut bytes, body);
    bytes
}

pub(in crate::frame) fn encode_body(body: &Body) -> Vec<u8> {
    object(|out| BodyText::of(body).serialize(out))
}

pub(super) fn read(text: &str, limits: &Limits) -> Result<Delta, Error> {
    let head = super::read::<HeadText>(text)?;
    let body = super::read::<BodyText>(text)?;
    Ok(Delta {
        channel: head.channel,
        personal: head.into_personal()?,
        body: Arc::new(body.into_body(limits)?),
    })
}

impl HeadText {
    fn of(delta: &Delta) -> Self {
        let refusal = |refusal: &Refusal| (refusal.seq, refusal.op, refusal.code);
        let personal = delta.personal.as_ref();
        Self {
            channel: delta.channel,
            last: personal.map(|personal| personal.last),
            refusals: personal.iter().flat_map(|told| &told.refusals).map(refusal).collect(),
            rewind: personal.is_some_and(|personal| personal.rewind),
        }
    }

    fn into_personal(self) -> Result<Option<Personal>, Error> {
        let Some(last) = self.last else {
            if self.rewind || !self.refusals.is_empty() {
                return Err(malformed("`last` beside `refusals` and `rewind`", "no `last`"));
            }
            return Ok(None);
        };
        let refusal = |(seq, op, code)| Refusal { seq, op, code };
        let refusals = self.refusals.into_iter().map(refusal).collect();
        Ok(Some(Personal { last, refusals, rewind: self.rewind }))
    }
}

impl BodyText {
    fn of(body: &Body) -> Self {
        Self {
            from: body.from,
            to: body.to,
            more: body.more,
            digest: body.digest,
            entries: body.entries.iter().map(EntryText::of).collect(),
        }
    }

    fn into_body(self, limits: &Limits) -> Result<Body, Error> {
        let entries = self.entries.into_iter().map(|entry| entry.into_entry(limits));
        Ok(Body {
            from: self.from,
            to: self.to,
            more: self.more,
            digest: self.digest,
            entries: entries.collect::<Result<_, _>>()?,
        })
    }
}

impl EntryText {
    fn of(entry: &Entry) -> Self {
        let mut text = Self {
            id: entry.id,
            key: entry.key.clone(),
            version: entry.version,
            value: None,
            list: None,
            delete: false,
            patch: None,
        };
        match &entry.change {
            Change::Value(Content::Plain(value)) => text.value = Some(raw(value)),
            Change::Value(Content::List(list)) => {
                let items = list.items().iter().map(|item| (item.id, raw(&item.value)));
                text.list = Some(items.collect());
            }
            Change::Delete => text.delete = true,
            Change::Patch(actions) => {
                text.patch = Some(actions.iter().map(ActionText::of).collect());
            }
        }
        text
    }

    fn into_entry(self, limits: &Limits) -> Result<Entry, Error> {
        if let Some(key) = &self.key {
            limits.check_key(key.as_str())?;
        }
        let change = match (self.value, self.list, self.delete, self.patch) {
            (Some(text), None, false, None) => Change::Value(Content::Plain(value(&text, limits)?)),
            (None, Some(items), false, None) => {
                Change::Value(Content::List(read_list(&items, limits)?))
            }
            (None, None, true, None) => Change::Delete,
            (None, None, false, Some(actions)) => {
                let actions = actions.into_iter().map(|action| action.into_action(limits));
                Change::Patch(actions.collect::<Result<_, _>>()?)
            }
            _ => {
                let expected = "one of `value`, `list`, `delete` and `patch`";
                return Err(malformed(expected, format!("another number for key {}", self.id)));
            }
        };
        Ok(Entry { id: self.id, key: self.key, version: self.version, change })
    }
}

fn read_list(items: &[(ItemId, Box<RawValue>)], limits: &Limits) -> Result<List, Error> {
    if items.len() > limits.items {
        return Err(Error::limit(Code::TooManyItems, limits.items, "items", items.len()));
    }
    let item =
        |(id, text): &(ItemId, Box<RawValue>)| Ok(Item { id: *id, value: value(text, limits)? });
    List::from_items(items.iter().map(item).collect::<Result<_, Error>>()?, limits)
}

impl PresenceText {
    pub(super) fn of(presence: &Presence) -> Self {
        let entry = |entry: &Participant| ParticipantText {
            id: entry.id,
            state: entry.state.as_ref().map(raw),
            gone: entry.state.is_none(),
        };
        Self {
            channel: presence.channel,
            full: presence.full,
            entries: presence.entries.iter().map(entry).collect(),
        }
    }

    pub(super) fn into_presence(self, limits: &Limits) -> Result<Presence, Error> {
        let entry = |entry: ParticipantText| match (entry.state, entry.gone) {
            (Some(text), false) => {
                Ok(Participant { id: entry.id, state: Some(value(&text, limits)?) })
            }
            (None, true) => Ok(Participant { id: entry.id, state: None }),
            _ => {
                let got = format!("another number for {}", entry.id);
                Err(malformed("one of `state` and `gone`", got))
            }
        };
        let entries = self.entries.into_iter().map(entry).collect::<Result<_, _>>()?;
        Ok(Presence { channel: self.channel, full: self.full, entries })
    }
}
