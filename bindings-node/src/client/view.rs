//! Views that a client watches.

use napi::bindgen_prelude::{Buffer, Either, Undefined};
use napi_derive::napi;
use syncline_core::{ViewName, ViewNo};

use super::with;
use crate::fault::Fault;
use crate::number;

/// Watches a view of a room, and gives the number of the view.
#[napi]
pub fn client_watch(client: u32, room: f64, name: String) -> Result<u32, Fault> {
    with(client, |client| Ok(client.watch(number::room(room)?, &ViewName::new(name)?)?.get()))
}

/// Watches a view no more.
#[napi]
pub fn client_unwatch(client: u32, view: u32) -> Result<(), Fault> {
    with(client, |client| client.unwatch(ViewNo::new(view)))
}

/// The next thing that a page has to do to show a view.
#[napi]
pub fn client_view_change(client: u32, view: u32) -> Result<Either<Buffer, Undefined>, Fault> {
    with(client, |client| {
        let change = client.view_change(ViewNo::new(view))?;
        Ok(change.map_or(Either::B(()), |change| Either::A(change.to_bytes().into())))
    })
}

/// What a view shows, as HTML.
#[napi]
pub fn client_view_html(client: u32, view: u32) -> Result<String, Fault> {
    with(client, |client| client.view_html(ViewNo::new(view)))
}

/// How good the predictions of a view are, as JSON text.
#[napi]
pub fn client_view_metrics(client: u32, view: u32) -> Result<String, Fault> {
    with(client, |client| Ok(client.view_metrics(ViewNo::new(view))?.to_json()))
}
