//! What a server's handle does for views: who renders them is asked, and hears when what they read changed.

use crate::error::{Code, Error};
use crate::host::ViewHandle;
use crate::id::{RoomName, RoomNo, Version, ViewName};
use crate::message::Extent;
use crate::room::Room;
use crate::vnode::View;

use super::entry::Entry;
use super::{HostOutput, Hosted, ServerHandle};

impl ServerHandle {
    /// Says that what is being rendered shows something of another room, before that is read, and opens it; returns
    /// its number. [`HostEvent::Opened`](crate::host::HostEvent::Opened) or
    /// [`HostEvent::Failed`](crate::host::HostEvent::Failed) follows, unless it was open.
    ///
    /// While somebody watches the view the room stays open, and when it changes, or comes back, the view is asked for
    /// again: until it is rendered without that.
    ///
    /// # Errors
    ///
    /// `NotFound` for a room that is not open, `Closed` if the view is not being rendered, `InvalidName`, and
    /// `TooMany` above the limit of rooms.
    pub fn room_open_for_view(
        &self,
        room: RoomNo,
        view: &ViewName,
        other: &RoomName,
    ) -> Result<RoomNo, Error> {
        self.0.cell.try_input(|hosted, _| hosted.open_for_view(room, view, other))
    }

    /// Shows what was rendered of a view of a room, as [`HostOutput::Render`] asked for: with all that the room held
    /// when it was asked.
    ///
    /// # Errors
    ///
    /// `NotFound` for a room that is not open.
    pub fn room_show(
        &self,
        room: RoomNo,
        view: &ViewName,
        shown: &ViewHandle,
    ) -> Result<(), Error> {
        let shown = shown.with(|shown| Ok(shown.clone()))?;
        self.0.cell.try_input(|hosted, _| hosted.show(room, view, shown))
    }

    /// Answers [`HostOutput::Render`] with nothing: what was shown last stays. When a room changes that this reads, or
    /// that was opened to render it, the view is asked for again.
    ///
    /// # Errors
    ///
    /// `NotFound` for a room that is not open.
    pub fn room_keep_view(&self, room: RoomNo, view: &ViewName) -> Result<(), Error> {
        self.0.cell.try_input(|hosted, _| hosted.keep_view(room, view))
    }

    /// Says that there is no such view of a room, or not any more: whoever watches it is told the code.
    ///
    /// # Errors
    ///
    /// `NotFound` for a room that is not open.
    pub fn room_end_view(&self, room: RoomNo, view: &ViewName, code: Code) -> Result<(), Error> {
        self.0.cell.try_input(|hosted, _| hosted.end_view(room, view, code))
    }

    /// Asks for a view again, as something else that it shows changed; unless nobody watches it.
    ///
    /// # Errors
    ///
    /// `NotFound` for a room that is not open.
    pub fn room_touch_view(&self, room: RoomNo, view: &ViewName) -> Result<(), Error> {
        self.0.cell.try_input(|hosted, _| hosted.touch_view(room, view))
    }
}

impl Hosted {
    pub(in crate::host) fn open_for_view(
        &mut self,
        room: RoomNo,
        view: &ViewName,
        other: &RoomName,
    ) -> Result<RoomNo, Error> {
        let is_home = self.look(room)?.name() == other;
        if !self.reads.is_asked(room, view) {
            return Err(Error::new(Code::Closed, "a view that is being rendered", view.as_str()));
        }
        if is_home {
            return Ok(room);
        }
        self.reads.read((room, view), other, None);
        let found = self.find_or_open(other);
        let version = match &found {
            Ok(number) => self.look(*number).ok().map(Room::version),
            // Nothing of it is read now: when it can be opened, the view is to be rendered again.
            Err(_) => Some(Version::ZERO),
        };
        self.reads.read((room, view), other, version);
        found
    }

    pub(in crate::host) fn show(
        &mut self,
        room: RoomNo,
        view: &ViewName,
        shown: View,
    ) -> Result<(), Error> {
        self.look(room)?;
        let (read, left) = self.reads.show(room, view);
        let mut elsewhere = Vec::new();
        for (name, since) in read {
            // One that is gone meanwhile was a reason to ask again.
            let found = self.number(&name).and_then(|number| self.look(number).ok());
            let Some(version) = found.map(Room::version) else { continue };
            elsewhere.push((name, Extent { version, read: since.min(version) }));
        }
        self.change(room, |room| room.show(view, shown, elsewhere))?;
        self.let_go_of(&left);
        self.let_unwatched_go(room, view);
        Ok(())
    }

    /// The host rendered nothing.
    pub(in crate::host) fn keep_view(
        &mut self,
        room: RoomNo,
        view: &ViewName,
    ) -> Result<(), Error> {
        let (left, missed) = self.reads.keep(room, view);
        self.change(room, |room| {
            room.keep_view(view);
            if missed {
                room.touch_view(view);
            }
        })?;
        self.let_go_of(&left);
        self.let_unwatched_go(room, view);
        Ok(())
    }

    /// There is no such view.
    pub(in crate::host) fn end_view(
        &mut self,
        room: RoomNo,
        view: &ViewName,
        code: Code,
    ) -> Result<(), Error> {
        let left = self.reads.forget(room, view);
        self.let_go_of(&left);
        self.change(room, |room| room.end_view(view, code))
    }

    /// Something else that a view shows changed.
    pub(in crate::host) fn touch_view(
        &mut self,
        room: RoomNo,
        view: &ViewName,
    ) -> Result<(), Error> {
        self.change(room, |room| room.touch_view(view))
    }

    /// A room wants a view to be rendered.
    pub(super) fn ask_to_render(&mut self, room: RoomNo, view: ViewName) {
        if self.renders {
            self.reads.ask(room, &view);
            return self.outputs.push_back(HostOutput::Render { room, view });
        }
        let none = |room: &mut Room| room.end_view(&view, Code::NotFound);
        drop(self.change(room, none));
    }

    /// What a view reads may close if nobody watches that, as soon as it is not being rendered: it is rendered anew
    /// for whoever watches it next.
    pub(super) fn let_unwatched_go(&mut self, room: RoomNo, view: &ViewName) {
        let watched = self.look(room).is_ok_and(|room| room.is_watched(view));
        if watched || self.reads.is_asked(room, view) {
            return;
        }
        let left = self.reads.forget(room, view);
        if !left.is_empty() {
            drop(self.change(room, |room| {
                for other in &left {
                    room.lose_elsewhere(view, other);
                }
                room.touch_view(view);
            }));
            self.let_go_of(&left);
        }
    }

    /// A view reads these no more: they are closed if nobody else needs them.
    fn let_go_of(&mut self, left: &[RoomName]) {
        let numbers = left.iter().filter_map(|name| self.number(name));
        self.touched.extend(numbers.collect::<Vec<RoomNo>>());
    }

    /// A room is open: what could not be read before is asked for again.
    pub(super) fn tell_opened(&mut self, room: RoomNo) {
        let Some(entry) = self.rooms.get_mut(&room) else { return };
        entry.told = entry.room().map(Room::version).unwrap_or_default();
        let readers = self.reads.open(&entry.name, entry.told);
        self.touch(readers);
    }

    /// A room is gone: it reads nothing, and what reads it is asked for again, as it will be under another number.
    pub(super) fn forget_reads(&mut self, room: RoomNo, entry: &Entry) {
        let left = self.reads.forget_all(room);
        self.let_go_of(&left);
        for (reader, view) in self.reads.readers(&entry.name) {
            drop(self.change(reader, |room| room.lose_elsewhere(&view, &entry.name)));
        }
        let readers = self.reads.close(&entry.name, entry.room().is_ok());
        self.touch(readers);
    }

    /// A room was drained: what reads it is asked for again if it changed.
    pub(super) fn tell_readers(&mut self, room: RoomNo) {
        let Some(entry) = self.rooms.get_mut(&room) else { return };
        let version = entry.room().map(Room::version).unwrap_or_default();
        if core::mem::replace(&mut entry.told, version) == version {
            return;
        }
        let readers = self.reads.change(&entry.name);
        self.touch(readers);
    }

    fn touch(&mut self, readers: Vec<(RoomNo, ViewName)>) {
        for (reader, view) in readers {
            drop(self.change(reader, |room| room.touch_view(&view)));
        }
    }
}
