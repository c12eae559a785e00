//! What a server's handle does for views: who renders them is asked, and hears when what they read changed.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Code, Error};
use crate::host::ViewHandle;
use crate::id::{RoomNo, ViewName};
use crate::room::Room;
use crate::vnode::View;

use super::{HostOutput, Hosted, ServerHandle};

/// Which views of which rooms read a room beside their own.
pub(super) type Reads = BTreeMap<RoomNo, BTreeSet<(RoomNo, ViewName)>>;

impl ServerHandle {
    /// Shows what was rendered of a view of a room, as [`HostOutput::Render`] asked for. `reads` are the other open
    /// rooms that it shows something of: when one of them changes it is asked for again, and at once if one is gone.
    ///
    /// # Errors
    ///
    /// `NotFound` for a room that is not open.
    pub fn room_show(
        &self,
        room: RoomNo,
        view: &ViewName,
        shown: &ViewHandle,
        reads: &[RoomNo],
    ) -> Result<(), Error> {
        let shown = shown.with(|shown| Ok(shown.clone()))?;
        self.0.cell.try_input(|hosted, _| hosted.show(room, view, shown, reads))
    }

    /// Answers [`HostOutput::Render`] with nothing: what was shown last stays.
    ///
    /// # Errors
    ///
    /// `NotFound` for a room that is not open.
    pub fn room_keep_view(&self, room: RoomNo, view: &ViewName) -> Result<(), Error> {
        self.0.cell.try_input(|hosted, _| hosted.change(room, |room| room.keep_view(view)))
    }

    /// Says that there is no such view of a room, or not any more: whoever watches it is told the code.
    ///
    /// # Errors
    ///
    /// `NotFound` for a room that is not open.
    pub fn room_end_view(&self, room: RoomNo, view: &ViewName, code: Code) -> Result<(), Error> {
        self.0.cell.try_input(|hosted, _| {
            hosted.read_no_more(room, view);
            hosted.change(room, |room| room.end_view(view, code))
        })
    }

    /// Asks for a view again, as something else that it shows changed; unless nobody watches it.
    ///
    /// # Errors
    ///
    /// `NotFound` for a room that is not open.
    pub fn room_touch_view(&self, room: RoomNo, view: &ViewName) -> Result<(), Error> {
        self.0.cell.try_input(|hosted, _| hosted.change(room, |room| room.touch_view(view)))
    }
}

impl Hosted {
    fn show(
        &mut self,
        room: RoomNo,
        view: &ViewName,
        shown: View,
        reads: &[RoomNo],
    ) -> Result<(), Error> {
        self.look(room)?;
        self.read_no_more(room, view);
        let (mut elsewhere, mut is_old) = (Vec::new(), false);
        for other in reads.iter().filter(|other| **other != room) {
            let Ok(read) = self.look(*other) else {
                is_old = true;
                continue;
            };
            elsewhere.push((read.name().clone(), read.version()));
            self.reads.entry(*other).or_default().insert((room, view.clone()));
        }
        self.change(room, |room| {
            room.show(view, shown, elsewhere);
            if is_old {
                room.touch_view(view);
            }
        })
    }

    fn read_no_more(&mut self, room: RoomNo, view: &ViewName) {
        self.reads.retain(|_, readers| {
            readers.retain(|(reader, name)| *reader != room || name != view);
            !readers.is_empty()
        });
    }

    /// A room wants a view to be rendered.
    pub(super) fn ask_to_render(&mut self, room: RoomNo, view: ViewName) {
        if self.renders {
            return self.outputs.push_back(HostOutput::Render { room, view });
        }
        let none = |room: &mut Room| room.end_view(&view, Code::NotFound);
        drop(self.change(room, none));
    }

    /// A room is gone: it reads nothing, and what reads it is asked for again, as it will be under another number.
    pub(super) fn forget_reads(&mut self, room: RoomNo) {
        for readers in self.reads.values_mut() {
            readers.retain(|(reader, _)| *reader != room);
        }
        for (reader, view) in self.reads.remove(&room).unwrap_or_default() {
            drop(self.change(reader, |room| room.touch_view(&view)));
        }
    }

    /// A room was drained: what reads it is asked for again if it changed.
    pub(super) fn tell_readers(&mut self, room: RoomNo) {
        let Some(entry) = self.rooms.get_mut(&room) else { return };
        let version = entry.room().map(Room::version).unwrap_or_default();
        if core::mem::replace(&mut entry.told, version) == version {
            return;
        }
        let readers = self.reads.get(&room).cloned().unwrap_or_default();
        for (reader, view) in readers {
            drop(self.change(reader, |room| room.touch_view(&view)));
        }
    }
}
