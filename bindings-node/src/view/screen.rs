//! Screens: what a reader of a view shows.

use napi::bindgen_prelude::{Buffer, Either, Undefined};
use napi_derive::napi;
use syncline_core::Error;
use syncline_core::host::ScreenHandle;
use syncline_core::vnode::Screen;

use crate::fault::Fault;
use crate::{json, number, slots};

/// Uses a screen.
fn with<T>(screen: u32, use_it: impl FnOnce(&mut Screen) -> Result<T, Error>) -> Result<T, Fault> {
    slots::with(screen, |screen: &ScreenHandle| screen.with(use_it))
}

/// Makes a screen that shows nothing.
#[napi]
pub fn screen_new(env: u32) -> Result<u32, Fault> {
    slots::keep(env, || Ok(ScreenHandle::new(Screen::new())))
}

/// Ends a screen.
#[napi]
pub fn screen_free(screen: u32) -> Result<(), Fault> {
    slots::end(screen, |_: &ScreenHandle| Ok(()))
}

/// Shows what a frame tells.
#[napi]
pub fn screen_take(screen: u32, frame: &[u8]) -> Result<(), Fault> {
    with(screen, |screen| screen.take(frame))
}

/// The next thing that a page has to do.
#[napi]
pub fn screen_change(screen: u32) -> Result<Either<Buffer, Undefined>, Fault> {
    with(screen, |screen| {
        let change = screen.change();
        Ok(change.map_or(Either::B(()), |change| Either::A(change.to_bytes().into())))
    })
}

/// Shows at once what follows from an edit.
#[napi]
pub fn screen_predict(
    screen: u32,
    edit: f64,
    room: Option<String>,
    key: String,
    json: String,
) -> Result<(), Fault> {
    with(screen, |screen| {
        let edit = number::counter(edit, "edit")?;
        screen.predict(edit, room.as_deref(), &key, &json::value(&json)?)
    })
}

/// An edit was applied, and the next frame has its result.
#[napi]
pub fn screen_settle(screen: u32, edit: f64) -> Result<(), Fault> {
    with(screen, |screen| {
        screen.settle(number::counter(edit, "edit")?);
        Ok(())
    })
}

/// An edit was refused: what it showed is taken back.
#[napi]
pub fn screen_undo(screen: u32, edit: f64) -> Result<(), Fault> {
    with(screen, |screen| {
        screen.undo(number::counter(edit, "edit")?);
        Ok(())
    })
}

/// A confirmed value changed, and the next frame has what that did.
#[napi]
pub fn screen_observe(
    screen: u32,
    room: Option<String>,
    key: String,
    before: String,
    after: String,
) -> Result<(), Fault> {
    with(screen, |screen| {
        let (before, after) = (json::value(&before)?, json::value(&after)?);
        screen.observe(room.as_deref(), &key, &before, &after);
        Ok(())
    })
}

/// The epoch of what was confirmed.
#[napi]
pub fn screen_epoch(screen: u32) -> Result<String, Fault> {
    with(screen, |screen| Ok(screen.cursor().epoch.to_string()))
}

/// The revision of what was confirmed; 0 before the first frame.
#[napi]
pub fn screen_revision(screen: u32) -> Result<i64, Fault> {
    with(screen, |screen| Ok(number::told(screen.cursor().revision.get())))
}

/// What is shown, as HTML.
#[napi]
pub fn screen_html(screen: u32) -> Result<String, Fault> {
    with(screen, Screen::html)
}

/// How good its predictions are, as JSON.
#[napi]
pub fn screen_metrics(screen: u32) -> Result<String, Fault> {
    with(screen, |screen| Ok(screen.metrics().to_json()))
}
