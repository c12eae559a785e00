//! What follows from the state by itself: a value of a room, changed step by step, as text, as a choice, or as
//! a list.

use core::fmt;
use std::sync::Arc;

use super::build::Builder;
use super::statics::Statics;
use super::template::{Slot, Template, TemplateId};
use super::transform::{Transform, run, text_of};
use crate::error::{Code, Error};
use crate::limit::{Limits, VIEW_SLOTS, VIEW_TRANSFORMS};
use crate::value::{Part, Value};

/// A binding, as its number in [`Statics`].
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BindId(u32);

impl BindId {
    /// A number as a binding.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for BindId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// How something in a tree follows from a value of a room, on a server and on a client alike.
///
/// As JSON, it is an object with `key`, the key of the value, and:
///
/// - `room`, the name of its room; without it that which the view is about
/// - `map`, an array of [transforms](Transform), each a name or an array of a name and what it takes
/// - `cases`, an array of values: a node is given for each, and that of the value is shown, or none
/// - `each`, an object with `template`, a number, and `slots`, an array with an array of transforms for each of its
///   slots, and `key`, one of transforms: an instance for each item of the value, which is an array
///
/// ```
/// use syncline_core::vnode::{Builder, Slot, Statics, html};
/// use syncline_core::{Limits, Value};
/// let mut statics = Statics::new();
/// let total = statics.bind(r#"{"key": "total", "map": [["fixed", 2], ["before", "$"]]}"#)?;
/// let total = statics.binding(total).unwrap();
/// let value = Value::from_json(b"12.5", &Limits::default())?;
/// let mut tree = Builder::new();
/// tree.bound(&total, Some(&value))?;
/// assert_eq!(html(&tree.finish()?, &statics)?, "$12.50");
/// # Ok::<(), syncline_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    id: BindId,
    json: String,
    room: Option<String>,
    key: String,
    map: Vec<Transform>,
    show: Show,
}

#[derive(Clone, Debug, PartialEq)]
enum Show {
    Text,
    Cases(Vec<Value>),
    Each(Each),
}

#[derive(Clone, Debug, PartialEq)]
struct Each {
    template: Arc<Template>,
    key: Vec<Transform>,
    slots: Vec<Vec<Transform>>,
}

impl Binding {
    pub(super) fn of(id: BindId, json: &str, statics: &Statics) -> Result<Self, Error> {
        let value = Value::from_json(json.as_bytes(), &Limits::HARD)?;
        let whole = value.part().filter(|whole| whole.members().is_some());
        let whole = whole.ok_or_else(|| wrong("an object with a key", value.kind().name()))?;
        let (mut room, mut key, mut map, mut show) = (None, None, Vec::new(), Show::Text);
        for member in whole.members().into_iter().flatten() {
            let part = member.value;
            match &*member.name.as_text().unwrap_or_default() {
                "room" => room = Some(text(part, "the name of a room")?),
                "key" => key = Some(text(part, "a key")?),
                "map" => map = transforms(part)?,
                "cases" if show == Show::Text => {
                    let items = part.items();
                    let items = items.ok_or_else(|| wrong("an array of cases", part.json()))?;
                    show = Show::Cases(items.map(Part::to_value).collect());
                }
                "each" if show == Show::Text => show = Show::Each(each(part, statics)?),
                name => return Err(wrong("room, key, map, and cases or each", name)),
            }
        }
        let key = key.ok_or_else(|| wrong("a key", json))?;
        let binding = Self { id, json: json.to_owned(), room, key, map, show };
        if binding.choices() > VIEW_SLOTS {
            return Err(Error::limit(Code::TooMany, VIEW_SLOTS, "cases", binding.choices()));
        }
        Ok(binding)
    }

    /// Its number.
    #[must_use]
    pub const fn id(&self) -> BindId {
        self.id
    }

    /// Its JSON, as it was given.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The room of the value; none for that which the view is about.
    #[must_use]
    pub fn room(&self) -> Option<&str> {
        self.room.as_deref()
    }

    /// The key of the value.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// From how many nodes it chooses; 0 if it shows what it tells.
    #[must_use]
    pub fn choices(&self) -> usize {
        match &self.show {
            Show::Cases(cases) => cases.len(),
            Show::Text | Show::Each(_) => 0,
        }
    }

    /// Whether what it tells is text, or a hole.
    pub(super) const fn is_text(&self) -> bool {
        matches!(self.show, Show::Text)
    }

    /// Writes what it tells of a value: one node, in a place where that may be.
    pub(super) fn tell(
        &self,
        value: Option<&Value>,
        slot: Slot,
        out: &mut Builder,
    ) -> Result<(), Error> {
        let value = run(&self.map, value.cloned().unwrap_or(Value::NULL));
        match &self.show {
            Show::Text => put(&value, slot, out),
            Show::Cases(cases) => match cases.iter().position(|case| *case == value) {
                Some(at) => out.text(&at.to_string()),
                None => out.hole(),
            },
            Show::Each(each) => {
                out.fragment()?;
                for item in value.items().into_iter().flatten() {
                    let item = item.to_value();
                    let key = text_of(&run(&each.key, item.clone()));
                    out.instance(&each.template, key.as_deref())?;
                    for (map, slot) in each.slots.iter().zip(each.template.slots()) {
                        put(&run(map, item.clone()), *slot, out)?;
                    }
                    out.close()?;
                }
                out.close()
            }
        }
    }
}

/// A value as what may be in a slot.
fn put(value: &Value, slot: Slot, out: &mut Builder) -> Result<(), Error> {
    let shown = match slot {
        Slot::Property | Slot::AddressProperty => Some(value.to_json()),
        Slot::Attribute | Slot::Address if value.as_bool() == Some(true) => Some(String::new()),
        Slot::Attribute | Slot::Address | Slot::Node => text_of(value),
    };
    match shown {
        Some(shown) => out.text(&shown),
        None => out.hole(),
    }
}

fn each(part: Part<'_>, statics: &Statics) -> Result<Each, Error> {
    let expected = "an object with template, slots and key, as each";
    let members = part.members().ok_or_else(|| wrong(expected, part.json()))?;
    let (mut template, mut key, mut slots) = (None, Vec::new(), Vec::new());
    for member in members {
        match &*member.name.as_text().unwrap_or_default() {
            "template" => {
                let number = member.value.to_value().as_i64();
                let number = number.and_then(|number| u32::try_from(number).ok());
                let number = number.ok_or_else(|| wrong("a template", member.value.json()))?;
                template = Some(Arc::clone(statics.known(TemplateId::new(number))?));
            }
            "key" => key = transforms(member.value)?,
            "slots" => {
                let items = member.value.items().ok_or_else(|| wrong(expected, part.json()))?;
                slots = items.map(transforms).collect::<Result<_, _>>()?;
            }
            name => return Err(wrong(expected, name)),
        }
    }
    let template = template.ok_or_else(|| wrong(expected, part.json()))?;
    if slots.len() != template.slots().len() {
        let expected = format!("transforms for {} slots", template.slots().len());
        return Err(Error::new(Code::InvalidArgument, expected, slots.len().to_string()));
    }
    Ok(Each { template, key, slots })
}

fn transforms(part: Part<'_>) -> Result<Vec<Transform>, Error> {
    let items = part.items().ok_or_else(|| wrong("an array of transforms", part.json()))?;
    let all = items.map(Transform::of).collect::<Result<Vec<_>, _>>()?;
    if all.len() > VIEW_TRANSFORMS {
        return Err(Error::limit(Code::TooMany, VIEW_TRANSFORMS, "transforms", all.len()));
    }
    Ok(all)
}

fn text(part: Part<'_>, expected: &'static str) -> Result<String, Error> {
    part.as_text().map(Into::into).ok_or_else(|| wrong(expected, part.json()))
}

fn wrong(expected: &'static str, got: &str) -> Error {
    Error::new(Code::InvalidArgument, expected, got)
}
