//! Views: what is rendered, and what screens are told of it.

use napi::Either;
use napi::bindgen_prelude::{Buffer, Either3, Null};
use napi_derive::napi;
use syncline_core::host::ViewHandle;
use syncline_core::vnode::{Cursor, TemplateId, View, harmless};
use syncline_core::{Code, Epoch, Error, Revision};

use crate::drain::Place;
use crate::fault::{Fault, guard};
use crate::{json, number, slots};

pub mod screen;
mod tell;

/// Uses a view.
fn with<T>(view: u32, use_it: impl FnOnce(&mut View) -> Result<T, Error>) -> Result<T, Fault> {
    slots::with(view, |view: &ViewHandle| view.with(use_it))
}

/// What a screen shows, as JavaScript says it.
fn cursor(epoch: &str, revision: f64) -> Result<Cursor, Error> {
    let revision = Revision::new(number::counter(revision, "revision")?);
    Ok(Cursor { epoch: Epoch::from_hex(epoch)?, revision })
}

/// Makes a view of nothing.
#[napi]
pub fn view_new(env: u32, name: String, epoch: String) -> Result<u32, Fault> {
    slots::keep(env, || Ok(ViewHandle::new(View::new(name, Epoch::from_hex(&epoch)?))))
}

/// Ends a view.
#[napi]
pub fn view_free(view: u32) -> Result<(), Fault> {
    slots::end(view, |_: &ViewHandle| Ok(()))
}

/// The number of an element's name.
#[napi]
pub fn view_tag(view: u32, name: String) -> Result<u32, Fault> {
    with(view, |view| Ok(view.tag(&name)?.get()))
}

/// Twice the number of an attribute's name, and 1 more if some values of it would run a program.
#[napi]
pub fn view_attribute(view: u32, name: String) -> Result<u32, Fault> {
    with(view, |view| {
        let number = view.attr(&name)?.get().saturating_mul(2);
        let is_changed = |value: &str| harmless(&name, value) != value;
        let suspect = ["javascript:", "\"javascript:\"", "href"].into_iter().any(is_changed);
        Ok(number.saturating_add(u32::from(suspect)))
    })
}

/// The value that an attribute of this name may have.
#[napi]
pub fn view_harmless(name: String, value: String) -> Result<String, Fault> {
    guard(|| Ok(harmless(&name, &value).into_owned()))
}

/// The number of the template of these pieces of markup, and what may be in each of its slots.
#[napi]
pub fn view_template(view: u32, pieces: Vec<String>) -> Result<Vec<u32>, Fault> {
    with(view, |view| {
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let id = view.statics().template_of(&pieces)?;
        let template = known(view, id)?;
        let slots = template.slots().iter().map(|slot| tell::kind(*slot));
        Ok(std::iter::once(id.get()).chain(slots).collect())
    })
}

fn known(
    view: &mut View,
    id: TemplateId,
) -> Result<std::sync::Arc<syncline_core::vnode::Template>, Error> {
    let template = view.statics().get(id);
    template.ok_or_else(|| Error::new(Code::NotFound, "a template of the view", id.to_string()))
}

/// The number of a binding.
#[napi]
pub fn view_bind(view: u32, json: String) -> Result<u32, Fault> {
    with(view, |view| Ok(view.statics().bind(&json)?.get()))
}

/// What a binding tells of a value in a slot of this kind: text, null for nothing, or the bytes of
/// the node of the binding.
#[napi]
pub fn view_tell(
    view: u32,
    binding: u32,
    json: Option<String>,
    slot: u32,
) -> Result<Either3<String, Null, Buffer>, Fault> {
    with(view, |view| {
        let value = json.as_deref().map(json::value).transpose()?;
        Ok(match tell::told(view, binding, value.as_ref(), slot)? {
            tell::Told::Text(text) => Either3::A(text),
            tell::Told::Nothing => Either3::B(Null),
            tell::Told::Node(bytes) => Either3::C(bytes.into()),
        })
    })
}

/// Shows the tree that JSON tells; whether that is another one.
#[napi]
pub fn view_render_json(view: u32, json: String) -> Result<bool, Fault> {
    with(view, |view| view.render_json(&json))
}

/// Shows what drafts make of the tree; they are behind each other at the front of the buffer, with
/// these lengths.
///
/// Gives twice how many bytes the tree takes, and 1 more if it is another one.
#[napi]
pub fn view_absorb(view: u32, buffer: &[u8], lengths: Vec<u32>) -> Result<i64, Fault> {
    with(view, |view| {
        let mut rest = buffer;
        let mut drafts = Vec::with_capacity(lengths.len());
        for length in lengths {
            let split =
                usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
            let short = || Error::new(Code::BufferTooSmall, "a buffer with all drafts", "less");
            let (draft, behind) = split.ok_or_else(short)?;
            drafts.push(draft);
            rest = behind;
        }
        let other = i64::from(view.absorb(drafts)?);
        Ok(number::count(view.tree().size()).saturating_mul(2).saturating_add(other))
    })
}

/// How many nodes of the tree have no parent.
#[napi]
pub fn view_roots(view: u32) -> Result<i64, Fault> {
    with(view, |view| Ok(number::count(view.tree().roots().count())))
}

/// The latest revision; 0 before anything was rendered.
#[napi]
pub fn view_revision(view: u32) -> Result<i64, Fault> {
    with(view, |view| Ok(number::told(view.cursor().revision.get())))
}

/// Writes what a screen is told into the buffer, and gives how many bytes that are: 0 if it shows the
/// latest revision. Bytes for which the buffer is too small are given themselves.
#[napi]
pub fn view_frame(
    view: u32,
    epoch: String,
    revision: f64,
    buffer: Place<'_>,
) -> Result<Either<i64, Buffer>, Fault> {
    with(view, |view| {
        let frame = view.frame(cursor(&epoch, revision)?);
        let Some(place) = buffer.get_mut(..frame.len()) else {
            return Ok(Either::B(frame.into()));
        };
        place.copy_from_slice(&frame);
        Ok(Either::A(number::count(frame.len())))
    })
}

/// What a screen is told, as JSON.
#[napi]
pub fn view_frame_json(view: u32, epoch: String, revision: f64) -> Result<String, Fault> {
    with(view, |view| view.frame_json(cursor(&epoch, revision)?))
}

/// The tree as HTML.
#[napi]
pub fn view_html(view: u32) -> Result<String, Fault> {
    with(view, |view| view.html())
}

/// The tree as JSON.
#[napi]
pub fn view_json(view: u32) -> Result<String, Fault> {
    with(view, |view| view.json())
}
