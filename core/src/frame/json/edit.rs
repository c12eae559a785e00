//! Mutations as JSON.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{raw, value};
use crate::error::{Code, Error};
use crate::frame::malformed;
use crate::id::{Channel, ItemId, Key, Seq, Session, Version};
use crate::limit::Limits;
use crate::list::Place;
use crate::message::Push;
use crate::op::{Action, Op, Seen};

#[derive(Deserialize, Serialize)]
pub(super) struct PushText {
    channel: Channel,
    session: Session,
    first: Seq,
    heard: Seq,
    mutations: Vec<Vec<OpText>>,
}

#[derive(Deserialize, Serialize)]
struct OpText {
    key: Key,
    action: ActionText,
    #[serde(with = "SeenText")]
    seen: Seen,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Seen", rename_all = "lowercase")]
enum SeenText {
    Absent,
    At(Version),
    Mine(Seq),
}

/// An action is an object with one member, which names it.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ActionText {
    Set(Box<RawValue>),
    Delete(bool),
    Merge(Box<RawValue>),
    Add(Box<RawValue>),
    Expect(bool),
    Insert {
        id: ItemId,
        value: Box<RawValue>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left: Option<ItemId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        right: Option<ItemId>,
    },
    Remove {
        id: ItemId,
    },
    Move {
        id: ItemId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left: Option<ItemId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        right: Option<ItemId>,
    },
    Replace {
        id: ItemId,
        value: Box<RawValue>,
    },
}

impl PushText {
    pub(super) fn of(push: &Push) -> Self {
        let op = |op: &Op| OpText {
            key: op.key.clone(),
            action: ActionText::of(&op.action),
            seen: op.seen,
        };
        Self {
            channel: push.channel,
            session: push.session,
            first: push.first,
            heard: push.heard,
            mutations: push.mutations.iter().map(|ops| ops.iter().map(op).collect()).collect(),
        }
    }

    pub(super) fn into_push(self, limits: &Limits) -> Result<Push, Error> {
        let mutations = self.mutations.into_iter().map(|ops| read_ops(ops, limits));
        Ok(Push {
            channel: self.channel,
            session: self.session,
            first: self.first,
            heard: self.heard,
            mutations: mutations.collect::<Result<_, _>>()?,
        })
    }
}

fn read_ops(ops: Vec<OpText>, limits: &Limits) -> Result<Vec<Op>, Error> {
    if ops.len() > limits.ops {
        return Err(Error::limit(Code::MutationTooLarge, limits.ops, "ops", ops.len()));
    }
    let op = |op: OpText| {
        limits.check_key(op.key.as_str())?;
        Ok(Op { action: op.action.into_action(limits)?, key: op.key, seen: op.seen })
    };
    ops.into_iter().map(op).collect()
}

impl ActionText {
    pub(super) fn of(action: &Action) -> Self {
        match action {
            Action::Set(value) => Self::Set(raw(value)),
            Action::Delete => Self::Delete(true),
            Action::Merge(patch) => Self::Merge(raw(patch)),
            Action::Add(number) => Self::Add(raw(number)),
            Action::Expect => Self::Expect(true),
            Action::Insert { id, value, place: Place { left, right } } => {
                Self::Insert { id: *id, value: raw(value), left: *left, right: *right }
            }
            Action::Remove { id } => Self::Remove { id: *id },
            Action::Move { id, place: Place { left, right } } => {
                Self::Move { id: *id, left: *left, right: *right }
            }
            Action::Replace { id, value } => Self::Replace { id: *id, value: raw(value) },
        }
    }

    pub(super) fn into_action(self, limits: &Limits) -> Result<Action, Error> {
        Ok(match self {
            Self::Set(text) => Action::Set(value(&text, limits)?),
            Self::Delete(true) => Action::Delete,
            Self::Merge(text) => Action::Merge(value(&text, limits)?),
            Self::Add(text) => Action::Add(value(&text, limits)?),
            Self::Expect(true) => Action::Expect,
            Self::Insert { id, value: text, left, right } => {
                Action::Insert { id, value: value(&text, limits)?, place: Place { left, right } }
            }
            Self::Remove { id } => Action::Remove { id },
            Self::Move { id, left, right } => Action::Move { id, place: Place { left, right } },
            Self::Replace { id, value: text } => {
                Action::Replace { id, value: value(&text, limits)? }
            }
            Self::Delete(false) | Self::Expect(false) => {
                return Err(malformed("an action that is true", "false"));
            }
        })
    }
}
