//! Views of rooms: what the host shows of them, and what clients that watch are told.

use syncline_core::client::ClientEvent;
use syncline_core::host::{ClientHandle, ServerHandle};
use syncline_core::{Error, RoomName, RoomNo, ViewName, ViewNo};

use crate::questions::member;
use crate::verbs::{Words, code};
use crate::views::{hex, small};
use crate::world::{Step, World};

fn name(word: &str) -> Result<ViewName, String> {
    ViewName::new(word).map_err(|error| error.to_string())
}

/// What is being rendered reads these rooms.
fn open_for_view(
    handle: &ServerHandle,
    room: RoomNo,
    view: &ViewName,
    words: &mut Words<'_>,
) -> Result<Result<(), Error>, String> {
    let mut all = Ok(());
    while !words.is_empty() {
        let other = RoomName::new(words.next()?).map_err(|error| error.to_string())?;
        all = all.and_then(|()| handle.room_open_for_view(room, view, &other).map(drop));
    }
    Ok(all)
}

impl World {
    /// A client begins to watch, or ends.
    pub(crate) fn step_watch(&mut self, verb: &str, words: &mut Words<'_>) -> Step {
        let client = self.client(words.next()?)?;
        let handle = client.handle()?.clone();
        if verb == "watch" {
            let room = client.room(words.next()?)?;
            let view = words.next()?;
            let watched = ViewName::new(view).and_then(|view| handle.watch(room, &view));
            if let Some(view) = self.told(watched) {
                self.print(format!("view {view}"));
            }
        } else {
            let view = ViewNo::new(small(words)?);
            self.told(handle.unwatch(view));
        }
        self.pump();
        Ok(())
    }

    /// The host answers for a view.
    pub(crate) fn step_show(&mut self, verb: &str, words: &mut Words<'_>) -> Step {
        let (handle, room) = (self.server.handle()?.clone(), self.room_number(words.next()?)?);
        let word = words.next()?;
        let view = name(word)?;
        let result = match verb {
            "show" => {
                let shown = self.view(word)?;
                let read = open_for_view(&handle, room, &view, words)?;
                read.and_then(|()| handle.room_show(room, &view, &shown))
            }
            "read" => open_for_view(&handle, room, &view, words)?,
            "keepview" => handle.room_keep_view(room, &view),
            "endview" => handle.room_end_view(room, &view, code(words.next()?)?),
            _ => handle.room_touch_view(room, &view),
        };
        self.told(result);
        self.pump();
        Ok(())
    }

    /// The host is asked to render.
    pub(crate) fn print_render(&mut self, room: RoomNo, view: &ViewName) {
        let line = format!("render {} {view}", self.server.name(room));
        self.print(line);
    }

    /// What pages of a client have to do now.
    pub(crate) fn print_changes(&mut self, handle: &ClientHandle, event: &ClientEvent) {
        let ClientEvent::View { view, .. } = event else { return };
        while let Some(change) = handle.view_change(*view).unwrap() {
            self.print(format!("change {}", hex(&change.to_bytes())));
        }
    }

    pub(crate) fn ask_watched(
        &self,
        question: &str,
        words: &mut Words<'_>,
    ) -> Result<Result<String, Error>, String> {
        let client = &self.clients[self.index(words.next()?)?];
        let handle = client.handle()?;
        let view = ViewNo::new(small(words)?);
        if question == "watchedhtml" {
            return Ok(handle.view_html(view));
        }
        let wanted = words.next()?;
        Ok(handle.view_metrics(view).map(|metrics| member(&metrics.to_json(), wanted)))
    }
}
