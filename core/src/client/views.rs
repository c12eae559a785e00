//! Which views a client watches, when what a server tells of them is shown, and what its own edits show before.

use std::collections::VecDeque;

use super::Client;
use super::event::ClientEvent;
use crate::error::{Code, Error};
use crate::id::{DraftId, Key, RoomName, RoomNo, Version, ViewName, ViewNo};
use crate::limit::{Limits, VIEWS};
use crate::map::Map;
use crate::message::{Extent, Message, Show, Unwatch, Watch};
use crate::op::Content;
use crate::replica::Before;
use crate::time::Time;
use crate::value::Value;
use crate::vnode::{Change, Cursor, PredictionMetrics, Screen, is_from_nothing};

/// Frames that wait for a state count as much as this many frames of the limit, at most.
const HELD_FRAMES: usize = 4;

/// A view that is watched.
#[derive(Debug)]
pub(super) struct Watching {
    room: RoomNo,
    name: ViewName,
    screen: Screen,
    /// What was told of states that are not held yet.
    held: VecDeque<Show>,
    /// Mutations of this client that are in a room, and since which version, and may not be in what is shown.
    applied: Vec<(RoomNo, DraftId, Version)>,
    /// The other rooms that it shows something of; not known before something is shown.
    reads: Option<Vec<RoomName>>,
    /// The application was told that there is something to do.
    told: bool,
}

impl Client {
    /// Watches a view of a room: what it shows is told as it is rendered, and what follows from edits at once.
    ///
    /// [`ClientEvent::View`] says that there are changes for [`view_change`](Self::view_change).
    ///
    /// # Errors
    ///
    /// `NotFound` for a room that is not open, `TooMany` beyond 64 views of it, `WrongMode` on a standby.
    pub fn watch(&mut self, now: Time, room: RoomNo, name: ViewName) -> Result<ViewNo, Error> {
        self.tick(now);
        self.check_leads()?;
        self.limits.check_room(name.as_str())?;
        self.open_room(room)?;
        let watched = self.views.values().filter(|watching| watching.room == room).count();
        if watched >= VIEWS {
            return Err(Error::limit(Code::TooMany, VIEWS, "views of a room", watched));
        }
        self.next_view = self.next_view.next();
        let screen = Screen::new();
        let watching = Watching {
            room,
            name,
            screen,
            held: VecDeque::new(),
            applied: Vec::new(),
            reads: None,
            told: false,
        };
        self.views.insert(self.next_view, watching);
        self.send_watch(self.next_view);
        Ok(self.next_view)
    }

    /// Watches a view no more.
    pub fn unwatch(&mut self, now: Time, view: ViewNo) {
        self.tick(now);
        let Some(watching) = self.views.remove(&view) else { return };
        if let Some(channel) = self.rooms.get(&watching.room).and_then(super::Room::channel) {
            self.transmit(&Message::Unwatch(Unwatch { channel, view, code: None }));
        }
    }

    /// The next thing that a page has to do to show a view.
    ///
    /// # Errors
    ///
    /// `NotFound` for a view that is not watched.
    pub fn view_change(&mut self, view: ViewNo) -> Result<Option<Change>, Error> {
        let watching = self.watching(view)?;
        let change = watching.screen.change();
        watching.told = change.is_some();
        Ok(change)
    }

    /// What a view shows, as HTML.
    ///
    /// # Errors
    ///
    /// `NotFound` for a view that is not watched, and those of [`html`](fn@crate::vnode::html).
    pub fn view_html(&mut self, view: ViewNo) -> Result<String, Error> {
        self.watching(view)?.screen.html()
    }

    /// How good the predictions of a view are.
    ///
    /// # Errors
    ///
    /// `NotFound` for a view that is not watched.
    pub fn view_metrics(&mut self, view: ViewNo) -> Result<PredictionMetrics, Error> {
        self.watching(view).map(|watching| watching.screen.metrics())
    }

    fn watching(&mut self, view: ViewNo) -> Result<&mut Watching, Error> {
        let watching = self.views.get_mut(&view);
        watching
            .ok_or_else(|| Error::new(Code::NotFound, "a view that is watched", view.to_string()))
    }

    /// Says what is shown of a view, if its room is joined.
    fn send_watch(&mut self, view: ViewNo) {
        let Some(watching) = self.views.get(&view) else { return };
        let channel = self.rooms.get(&watching.room).and_then(super::Room::channel);
        let Some(channel) = channel else { return };
        let (name, cursor) = (watching.name.clone(), watching.screen.cursor());
        self.transmit(&Message::Watch(Watch { channel, view, name, cursor }));
    }

    fn views_of(&self, room: RoomNo) -> Vec<ViewNo> {
        let views = self.views.iter().filter(|(_, watching)| watching.room == room);
        views.map(|(view, _)| *view).collect()
    }

    /// A room is joined, maybe in another epoch: its views are asked for again.
    pub(super) fn watch_again(&mut self, room: RoomNo, other_epoch: bool) {
        let Some(joined) = self.rooms.get(&room) else { return };
        let held = joined.state.version();
        for watching in self.views.values_mut() {
            let elsewhere = watching.held.iter_mut().flat_map(|show| &mut show.elsewhere);
            for (_, extent) in elsewhere.filter(|(of, _)| other_epoch && *of == joined.state.name) {
                // No state of that epoch will come.
                *extent = Extent::default();
            }
            let beyond =
                |(of, _, version): &&mut (RoomNo, DraftId, Version)| *of == room && *version > held;
            for (.., version) in watching.applied.iter_mut().filter(beyond) {
                // It was in a state that is given up: what is shown next is as much as there is of it.
                *version = Version::ZERO;
            }
        }
        for view in self.views_of(room) {
            if let Some(watching) = self.views.get_mut(&view) {
                watching.held.clear();
            }
            self.send_watch(view);
        }
    }

    /// A room is closed: its views are gone.
    pub(super) fn forget_views(&mut self, room: RoomNo) {
        for view in self.views_of(room) {
            self.views.remove(&view);
        }
    }

    pub(super) fn handle_show(&mut self, room: RoomNo, show: Show) {
        let view = show.view;
        let most = self.link.peer.frame_bytes.saturating_mul(HELD_FRAMES);
        let Some(watching) = self.views.get_mut(&view).filter(|it| it.room == room) else { return };
        watching.held.push_back(show);
        let held = watching.held.iter().map(|show| show.frame.len().max(64));
        if held.fold(0, usize::saturating_add) > most {
            watching.held.clear();
            return self.send_watch(view);
        }
        self.show_views();
    }

    pub(super) fn handle_unwatched(&mut self, room: RoomNo, unwatch: Unwatch) {
        let view = unwatch.view;
        if self.views.get(&view).is_some_and(|watching| watching.room == room) {
            self.views.remove(&view);
            let code = unwatch.code.unwrap_or(Code::NotFound);
            self.events.push_back(ClientEvent::Unwatched { room, view, code });
        }
    }

    /// Shows what was told of states that are held now.
    pub(super) fn show_views(&mut self) {
        let views: Vec<ViewNo> = self.views.keys().copied().collect();
        for view in views {
            while let Some(show) = self.next_show(view) {
                self.show_view(view, &show);
            }
        }
    }

    fn next_show(&mut self, view: ViewNo) -> Option<Show> {
        let watching = self.views.get(&view)?;
        let show = watching.held.front()?;
        let home = self.rooms.get(&watching.room)?;
        let holds = |(name, extent): &(RoomName, Extent)| {
            let room = self.rooms.values().find(|room| room.open && room.state.name == *name);
            // Of a room that is not open here nothing else is shown.
            room.is_none_or(|room| {
                room.channel().is_none() || room.state.version() >= extent.version
            })
        };
        if home.state.version() < show.home.version || !show.elsewhere.iter().all(holds) {
            return None;
        }
        self.views.get_mut(&view)?.held.pop_front()
    }

    fn show_view(&mut self, view: ViewNo, show: &Show) {
        let Some(watching) = self.views.get_mut(&view) else { return };
        let home = watching.room;
        let read_of = |room: RoomNo| {
            if room == home {
                return Some(show.home.read);
            }
            let name = self.rooms.get(&room).map(|room| &room.state.name)?;
            show.elsewhere.iter().find(|(known, _)| known == name).map(|(_, extent)| extent.read)
        };
        let screen = &mut watching.screen;
        watching.applied.retain(|(room, draft, version)| {
            // Of a room that it does not read it has nothing to show.
            let shown = read_of(*room).is_none_or(|read| read >= *version);
            if shown {
                screen.settle(edit(*room, *draft));
            }
            !shown
        });
        watching.reads = Some(show.elsewhere.iter().map(|(name, _)| name.clone()).collect());
        if let Err(error) = screen.take(&show.frame) {
            if is_from_nothing(&show.frame) {
                // All of it again would be no better.
                return self.give_up_view(view, error.code);
            }
            // What was told does not fit what is shown: all of it is asked for again.
            watching.held.clear();
            let channel = self.rooms.get(&home).and_then(super::Room::channel);
            let name = watching.name.clone();
            if let Some(channel) = channel {
                let cursor = Cursor::default();
                self.transmit(&Message::Watch(Watch { channel, view, name, cursor }));
            }
        }
    }

    /// A view cannot be shown here: it is watched no more.
    fn give_up_view(&mut self, view: ViewNo, code: Code) {
        let Some(watching) = self.views.remove(&view) else { return };
        let room = watching.room;
        if let Some(channel) = self.rooms.get(&room).and_then(super::Room::channel) {
            self.transmit(&Message::Unwatch(Unwatch { channel, view, code: None }));
        }
        self.events.push_back(ClientEvent::Unwatched { room, view, code });
    }

    /// An edit made on this client is shown: so is what follows from it.
    pub(super) fn predict_views(&mut self, room: RoomNo, draft: DraftId, keys: &[Key]) {
        if self.views.is_empty() {
            return;
        }
        let Some(found) = self.rooms.get(&room) else { return };
        let name = found.state.name.as_str();
        for key in keys {
            let value = json(found.state.replica.get(key.as_str()));
            for watching in self.views.values_mut() {
                let of = Some(name).filter(|_| watching.room != room);
                // Too many predictions, or too large ones, are not shown before the server's.
                drop(watching.screen.predict(edit(room, draft), of, key.as_str(), &value));
            }
        }
    }

    /// What the server told of a room changed these keys.
    pub(super) fn observe_views(&mut self, room: RoomNo, before: &Before) {
        if self.views.is_empty() {
            return;
        }
        let Some(found) = self.rooms.get(&room) else { return };
        let name = found.state.name.as_str();
        for (key, held) in before {
            let was = json(held.as_ref().map(|held| &held.content));
            let is =
                json(found.state.replica.confirmed.get(key.as_str()).map(|held| &held.content));
            for watching in self.views.values_mut() {
                let of = Some(name).filter(|_| watching.room != room);
                watching.screen.observe(of, key.as_str(), &was, &is);
            }
        }
    }

    /// A mutation of this client is in the room since a version, or is not and never will be.
    pub(super) fn settle_views(&mut self, room: RoomNo, draft: DraftId, version: Option<Version>) {
        let name = self.rooms.get(&room).map(|room| &room.state.name);
        for watching in self.views.values_mut() {
            let Some(version) = version else {
                watching.screen.undo(edit(room, draft));
                continue;
            };
            let reads = watching.reads.as_ref();
            let may_show = watching.room == room
                || reads.is_none_or(|reads| reads.iter().any(|read| Some(read) == name));
            if watching.screen.awaits(edit(room, draft), may_show) {
                watching.applied.push((room, draft, version));
            }
        }
    }

    /// The next view with something for its page.
    pub(super) fn poll_view(&mut self) -> Option<ClientEvent> {
        let news = |watching: &Watching| !watching.told && watching.screen.has_change();
        let (view, watching) = self.views.iter_mut().find(|(_, watching)| news(watching))?;
        watching.told = true;
        Some(ClientEvent::View { room: watching.room, view: *view })
    }
}

/// An edit's number for screens, of which those of several rooms are told apart.
fn edit(room: RoomNo, draft: DraftId) -> u64 {
    u64::from(room.get()).wrapping_shl(53) ^ draft.get()
}

fn json(content: Option<&Content>) -> Value {
    match content {
        None => Value::NULL,
        Some(Content::Plain(value)) => value.clone(),
        Some(list @ Content::List(_)) => {
            Value::from_json(list.to_json().as_bytes(), &Limits::HARD).unwrap_or(Value::NULL)
        }
    }
}

/// The views that are watched, by number.
pub(super) type Views = Map<ViewNo, Watching>;
