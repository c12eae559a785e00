//! What a client's handle does with views: each method is the [`Client`](crate::client::Client)'s own, behind the lock.

use crate::error::Error;
use crate::id::{RoomNo, ViewName, ViewNo};
use crate::vnode::{Change, PredictionMetrics};

use super::ClientHandle;

impl ClientHandle {
    /// Watches a view of a room. See [`Client::watch`](crate::client::Client::watch).
    pub fn watch(&self, room: RoomNo, name: &ViewName) -> Result<ViewNo, Error> {
        self.try_input(|client, now| client.watch(now, room, name.clone()))
    }

    /// Watches a view no more.
    pub fn unwatch(&self, view: ViewNo) -> Result<(), Error> {
        self.input(|client, now| client.unwatch(now, view))
    }

    /// The next thing that a page has to do to show a view. See [`Client::view_change`](crate::client::Client::view_change).
    pub fn view_change(&self, view: ViewNo) -> Result<Option<Change>, Error> {
        self.try_input(|client, _| client.view_change(view))
    }

    /// What a view shows, as HTML. See [`Client::view_html`](crate::client::Client::view_html).
    pub fn view_html(&self, view: ViewNo) -> Result<String, Error> {
        self.try_input(|client, _| client.view_html(view))
    }

    /// How good the predictions of a view are. See [`Client::view_metrics`](crate::client::Client::view_metrics).
    pub fn view_metrics(&self, view: ViewNo) -> Result<PredictionMetrics, Error> {
        self.try_input(|client, _| client.view_metrics(view))
    }
}
