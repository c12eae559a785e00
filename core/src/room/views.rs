//! Which views of a room somebody watches, when they are rendered, and what each reader is told of them.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::error::Code;
use crate::exchange::FromRoom;
use crate::id::{ReaderId, RoomName, Version, ViewName, ViewNo};
use crate::limit::VIEWS;
use crate::message::Extent;
use crate::vnode::{Cursor, View};

use super::reader::Reader;
use super::{Room, RoomOutput};

/// What a message says beside a view's frame, generously.
const SHOW_BYTES: usize = 4_096;

/// What it says of another room beside its name.
const ROOM_BYTES: usize = 64;

/// The views that somebody watches, or did.
#[derive(Debug, Default)]
pub(super) struct Views {
    by_name: BTreeMap<ViewName, Rendered>,
}

/// One view.
#[derive(Debug, Default)]
struct Rendered {
    /// What the host rendered last.
    shown: Option<Shown>,
    /// The host was asked to render.
    asked: bool,
    /// Something changed since it was asked last.
    dirty: bool,
    /// The version when it was asked last: it reads everything up to that.
    read: Version,
}

struct Shown {
    view: View,
    /// What it shows of the room.
    home: Extent,
    /// What it shows of others.
    elsewhere: Vec<(RoomName, Extent)>,
    /// Counts what readers are to be told.
    news: u64,
    /// What a screen with this cursor is told, as many have the same.
    frame: Option<(Cursor, Arc<Vec<u8>>)>,
}

/// Without what it shows, and how it came to that: a recording has only what it showed when it was rendered.
impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { view: _, home, elsewhere, news, frame: _ } = self;
        f.debug_tuple("Shown").field(home).field(elsewhere).field(news).finish()
    }
}

/// A view that a reader watches.
pub(super) struct Watched {
    name: ViewName,
    /// What its screen shows.
    cursor: Cursor,
    /// Up to where it was told.
    told: u64,
}

/// Without what its screen shows.
impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, cursor: _, told } = self;
        f.debug_tuple("Watched").field(name).field(told).finish()
    }
}

impl Views {
    /// The view that a reader is to be told of next: of a state that it holds.
    pub(super) fn next(&self, reader: &Reader) -> Option<ViewNo> {
        let due = |watched: &Watched| {
            let shown = self.by_name.get(&watched.name).and_then(|view| view.shown.as_ref());
            shown.is_some_and(|shown| {
                watched.told != shown.news && shown.home.version <= reader.base
            })
        };
        reader.watches.iter().find(|(_, watched)| due(watched)).map(|(view, _)| *view)
    }
}

impl Room {
    pub(super) fn handle_watch(
        &mut self,
        id: ReaderId,
        view: ViewNo,
        name: &ViewName,
        cursor: Cursor,
    ) {
        let Some(reader) = self.readers.get_mut(&id) else { return };
        let again = reader.watches.contains_key(&view);
        if self.views.by_name.len() >= VIEWS && !self.views.by_name.contains_key(name) {
            self.forget_a_view();
        }
        let Some(reader) = self.readers.get_mut(&id) else { return };
        let known = self.views.by_name.contains_key(name);
        if !again && reader.watches.len() >= VIEWS || !known && self.views.by_name.len() >= VIEWS {
            let code = Code::TooMany;
            return self.tell(FromRoom::Unwatched { reader: id, view, code });
        }
        let watched = Watched { name: name.clone(), cursor, told: 0 };
        let before = reader.watches.insert(view, watched);
        let rendered = self.views.by_name.entry(name.clone()).or_default();
        if rendered.shown.is_none() || rendered.dirty {
            self.ask_to_render(name);
        }
        self.note_unwatched(before);
        self.announce(id);
    }

    /// Forgets a view that nobody watches and that is not being rendered, if there is one.
    fn forget_a_view(&mut self) {
        let idle = |(name, view): &(&ViewName, &Rendered)| !view.asked && !self.is_watched(name);
        let found = self.views.by_name.iter().find(idle).map(|(name, _)| name.clone());
        found.map(|name| self.views.by_name.remove(&name));
    }

    pub(super) fn handle_unwatch(&mut self, id: ReaderId, view: ViewNo) {
        if let Some(reader) = self.readers.get_mut(&id) {
            let left = reader.watches.remove(&view);
            self.note_unwatched(left);
        }
    }

    /// Readers are gone, or watch these no more: the host hears of those that nobody watches now.
    pub(super) fn note_unwatched(&mut self, left: impl IntoIterator<Item = Watched>) {
        let names: BTreeSet<ViewName> = left.into_iter().map(|watched| watched.name).collect();
        for view in names {
            if self.views.by_name.contains_key(&view) && !self.is_watched(&view) {
                self.outputs.push_back(RoomOutput::Unwatched { view });
            }
        }
    }

    /// Whether a reader watches a view.
    #[must_use]
    pub fn is_watched(&self, name: &ViewName) -> bool {
        let mut watches = self.readers.values().flat_map(|reader| reader.watches.values());
        watches.any(|watched| watched.name == *name)
    }

    fn ask_to_render(&mut self, name: &ViewName) {
        let Some(rendered) = self.views.by_name.get_mut(name).filter(|view| !view.asked) else {
            return;
        };
        (rendered.asked, rendered.dirty) = (true, false);
        rendered.read = self.store.version();
        self.outputs.push_back(RoomOutput::Render { view: name.clone() });
    }

    /// The room changed: what somebody watches is rendered again.
    pub(super) fn touch_views(&mut self) {
        let names: Vec<ViewName> = self.views.by_name.keys().cloned().collect();
        for name in names {
            self.touch_view(&name);
        }
    }

    /// Something else that a view shows changed, such as another room: it is rendered again if somebody
    /// watches it.
    pub fn touch_view(&mut self, name: &ViewName) {
        let watched = self.is_watched(name);
        let Some(rendered) = self.views.by_name.get_mut(name) else { return };
        rendered.dirty = true;
        if watched && !rendered.asked {
            self.ask_to_render(name);
        }
    }

    /// Shows what the host has rendered: everything of the room that was durable when it was asked is in it, and
    /// nothing that is not durable now; and of other rooms, this. Readers are told once they hold that.
    pub fn show(&mut self, name: &ViewName, view: View, elsewhere: Vec<(RoomName, Extent)>) {
        let version = self.store.version();
        let Some(rendered) = self.views.by_name.get_mut(name) else { return };
        let home = Extent { version, read: rendered.read };
        let known = rendered.shown.as_ref().map_or(0, |shown| shown.news);
        let same = rendered.shown.as_ref().is_some_and(|shown| {
            let told = (shown.view.cursor(), shown.home, &shown.elsewhere);
            told == (view.cursor(), home, &elsewhere)
        });
        let news = if same { known } else { known.saturating_add(1) };
        rendered.shown = Some(Shown { view, home, elsewhere, news, frame: None });
        self.keep_view(name);
        self.announce_all();
    }

    /// The host has rendered nothing: what was shown last stays.
    pub fn keep_view(&mut self, name: &ViewName) {
        let watched = self.is_watched(name);
        let Some(rendered) = self.views.by_name.get_mut(name) else { return };
        rendered.asked = false;
        if watched && rendered.dirty {
            self.ask_to_render(name);
        }
    }

    /// Another room that a view shows is gone, or is not followed any more: of what is shown of it no version is
    /// known.
    pub fn lose_elsewhere(&mut self, name: &ViewName, room: &RoomName) {
        let shown = self.views.by_name.get_mut(name).and_then(|view| view.shown.as_mut());
        for (known, extent) in shown.into_iter().flat_map(|shown| &mut shown.elsewhere) {
            if known == room {
                *extent = Extent::default();
            }
        }
    }

    /// There is no such view, or not any more: whoever watches it is told why.
    pub fn end_view(&mut self, name: &ViewName, code: Code) {
        self.views.by_name.remove(name);
        let mut ended = Vec::new();
        for (reader, state) in &mut self.readers {
            state.watches.retain(|view, watched| {
                let stays = watched.name != *name;
                if !stays {
                    ended.push((*reader, *view));
                }
                stays
            });
        }
        for (reader, view) in ended {
            self.tell(FromRoom::Unwatched { reader, view, code });
        }
    }

    /// Tells a reader of one view, if there is something to tell.
    pub(super) fn tell_view(&mut self, id: ReaderId) -> bool {
        let most = self.config.limits.frame_bytes.saturating_sub(SHOW_BYTES);
        let Some(reader) = self.readers.get_mut(&id) else { return false };
        let Some(number) = self.views.next(reader) else { return false };
        let Some(watched) = reader.watches.get_mut(&number) else { return false };
        let rendered = self.views.by_name.get_mut(&watched.name);
        let Some(shown) = rendered.and_then(|view| view.shown.as_mut()) else { return false };
        let rooms =
            shown.elsewhere.iter().map(|(room, _)| room.as_str().len().saturating_add(ROOM_BYTES));
        let most = rooms.fold(most, usize::saturating_sub);
        let frame = match &shown.frame {
            Some((cursor, frame)) if *cursor == watched.cursor => Arc::clone(frame),
            _ => Arc::new(shown.view.frame(watched.cursor)),
        };
        shown.frame = Some((watched.cursor, Arc::clone(&frame)));
        if frame.len() > most {
            let left = reader.watches.remove(&number);
            let code = Code::FrameTooLarge;
            self.tell(FromRoom::Unwatched { reader: id, view: number, code });
            self.note_unwatched(left);
            return false;
        }
        (watched.cursor, watched.told) = (shown.view.cursor(), shown.news);
        let (home, elsewhere) = (shown.home, shown.elsewhere.clone());
        self.tell(FromRoom::Show { reader: id, view: number, home, elsewhere, frame });
        true
    }
}
