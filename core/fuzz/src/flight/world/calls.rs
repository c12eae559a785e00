//! Which calls a script makes of clients, of the server and of those who follow.

use std::time::Duration;

use syncline_core::frame::encode;
use syncline_core::record::PersistMode;
use syncline_core::resolve::Resolution;
use syncline_core::room::{HostEdit, IfVersion};
use syncline_core::{
    Channel, Code, ConnId, DraftId, Edit, Error, ItemId, Persist, Principal, RequestId, RoomName,
    TabId, Value, Version,
};

use super::super::super::roles::speech;
use super::super::super::script::Script;
use super::{ROOMS, TOKENS, World};

fn name(script: &mut Script<'_>) -> RoomName {
    RoomName::new(script.one(&ROOMS)).unwrap()
}

impl World {
    pub(super) fn edit(&mut self, nth: usize, script: &mut Script<'_>) {
        let party = &self.parties[nth];
        let (client, room) = (&party.client, script.one(&party.rooms));
        let (key, at, to) = (speech::key(script), script.below(3), script.below(3));
        let key = key.as_str();
        let told = match script.below(9) {
            0 => client.insert_at(room, key, at, speech::value(script)),
            1 => client.remove_at(room, key, at),
            2 => client.move_to(room, key, at, to),
            3 => client.replace_at(room, key, at, speech::value(script)),
            4 => {
                let edit = |script: &mut Script<'_>| (speech::key(script), some_edit(script));
                client.batch(room, (0..script.below(4)).map(|_| edit(script)).collect::<Vec<_>>())
            }
            _ => client.edit(room, key, speech::action(script)),
        };
        self.tell(told);
    }

    pub(super) fn client(&mut self, nth: usize, script: &mut Script<'_>) {
        let party = &mut self.parties[nth];
        let room = script.one(&party.rooms);
        let conflict = party.conflicts.pop();
        let client = &party.client;
        let told = match script.below(12) {
            0 => format!("{:?}", client.new_item()),
            1 => format!("{:?} {:?}", client.flush(), client.ask_stored()),
            2 => {
                let state = Some(speech::value(script)).filter(|_| script.flag());
                format!("{:?}", client.set_presence(room, state.as_ref()))
            }
            3 => format!("{:?}", client.close_room(room)),
            4 => format!("{:?}", client.forget_room(room)),
            5 => format!("{:?}", client.set_token(script.one(&TOKENS))),
            6 => format!("{:?}", client.reconnect()),
            7 => {
                let opened = client.open(&name(script), script.flag());
                party.rooms.extend(&opened);
                format!("{opened:?}")
            }
            8 if script.below(4) == 0 => {
                let error = Error::new(Code::StorageFailed, "a disk", "none");
                format!("{:?}", client.persist_failed(error))
            }
            9 => format!("{:?}", client.disconnected()),
            _ => {
                let (room, draft) = conflict.unwrap_or((room, DraftId::new(script.small(9))));
                let resolution = match script.below(3) {
                    0 => Resolution::KeepMine,
                    1 => Resolution::KeepTheirs,
                    _ => Resolution::Value(speech::value(script)),
                };
                format!("{:?}", client.resolve(room, draft, resolution))
            }
        };
        self.told.push(told);
    }

    pub(super) fn tabs(&mut self, nth: usize, script: &mut Script<'_>) {
        let leads = if script.below(4) == 0 { nth } else { 0 };
        let told = match script.below(6) {
            0 | 1 => match self.parties[2].proposals.pop_front() {
                Some((tab, bytes)) => {
                    format!("{:?}", self.parties[leads].client.adopt(tab, &bytes))
                }
                None => format!("{:?}", self.parties[2].client.proposals()),
            },
            2 | 3 => match self.parties[0].orders.pop_front() {
                Some(Persist { mode, bytes, .. }) => {
                    let replace = mode == PersistMode::Replace;
                    format!("{:?}", self.parties[2].client.follow(&bytes, replace))
                }
                None => format!("{:?}", self.parties[leads].client.snapshot()),
            },
            4 => format!("{:?}", self.parties[2].client.propose_again()),
            _ => {
                let draft = DraftId::new((1 << 52) + script.small(5));
                let room = self.parties[2].rooms[0];
                let withdrawn = self.parties[2].client.withdraw(room, draft, Code::Full);
                let forgotten = self.parties[leads].client.forget_tab(TabId::new(script.small(5)));
                format!("{withdrawn:?} {forgotten:?}")
            }
        };
        self.told.push(told);
    }

    pub(super) fn host(&mut self, script: &mut Script<'_>) {
        let conn = ConnId::new(1 + script.small(9));
        let server = &self.server;
        let told = match script.below(9) {
            0 => format!("{:?}", server.connected(ConnId::new(1_000 + script.small(9)))),
            1 => format!("{:?}", server.writable(conn)),
            2 => format!("{:?}", server.disconnected(conn)),
            3 => format!("{:?}", server.revoke(&Principal::new("someone").unwrap())),
            4 => match script.below(8) {
                0 => format!("{:?}", server.shutdown(Duration::from_millis(script.small(99)))),
                1 => {
                    let within = Duration::from_millis(script.small(255) * 30);
                    let after = Duration::from_millis(script.small(99));
                    format!("{:?}", server.wind_down(within, after))
                }
                _ => self.open(script),
            },
            5 => format!("{:?}", server.new_item()),
            6 => {
                let error = Error::new(Code::StorageFailed, "a disk", "none");
                format!("{:?}", server.room_failed(script.one(&self.held), error))
            }
            7 => format!("{:?}", server.authorize(RequestId::new(1), Err(Code::Forbidden))),
            _ => self.open(script),
        };
        self.told.push(told);
    }

    fn open(&mut self, script: &mut Script<'_>) -> String {
        let opened = self.server.room_open(&name(script));
        self.held.extend(&opened);
        format!("{opened:?}")
    }

    pub(super) fn host_room(&mut self, script: &mut Script<'_>) {
        let (server, room) = (&self.server, script.one(&self.held));
        let told = match script.below(10) {
            0 => format!("{:?}", server.room_release(room)),
            1 if script.flag() => format!("{:?}", server.room_unload(room)),
            2 if script.flag() => format!("{:?}", server.room_delete(room)),
            3 => format!("{:?}", server.room_expire(room, Version::new(script.small(9)))),
            4 => format!("{:?}", server.room_renew(room)),
            _ => {
                let edit = |script: &mut Script<'_>| HostEdit {
                    key: speech::key(script),
                    edit: some_edit(script),
                    if_version: script.one(&[
                        IfVersion::Any,
                        IfVersion::Any,
                        IfVersion::Absent,
                        IfVersion::At(Version::new(1)),
                    ]),
                };
                let edits = (0..=script.below(2)).map(|_| edit(script)).collect();
                format!("{:?}", server.room_write(room, edits))
            }
        };
        self.told.push(told);
    }

    /// Frames that nobody would send.
    pub(super) fn strange(&mut self, nth: usize, script: &mut Script<'_>) {
        let party = &self.parties[nth];
        let channel = Channel::new(u32::try_from(script.small(4)).unwrap());
        let frame = match script.below(3) {
            // JSON of somebody who was greeted that cannot be read may be refused for something else once it is without its token.
            0 => {
                script.bytes().iter().map(|byte| if *byte == b'{' { b'[' } else { *byte }).collect()
            }
            1 => encode(&speech::of_server(script, channel, Version::ZERO), party.codec),
            _ => encode(&speech::of_client(script, &ROOMS, &TOKENS), party.codec),
        };
        let told = if script.flag() {
            party.client.receive(&frame)
        } else {
            self.server.receive(party.conn.unwrap_or_default(), &frame)
        };
        self.tell(told);
    }

    #[cfg(not(feature = "views"))]
    pub(super) fn views(&mut self, _: usize, _: &mut Script<'_>) {}

    #[cfg(feature = "views")]
    pub(super) fn views(&mut self, nth: usize, script: &mut Script<'_>) {
        use syncline_core::host::ViewHandle;
        use syncline_core::vnode::View;
        use syncline_core::{Epoch, ViewName, ViewNo};

        let view = ViewName::new("page").unwrap();
        let (server, room) = (&self.server, script.one(&self.held));
        let party = &self.parties[nth];
        let (client, shown) = (&party.client, ViewNo::new(1 + u32::from(script.byte() % 2)));
        let told = match script.below(12) {
            0..=2 => format!("{:?}", client.watch(script.one(&party.rooms), &view)),
            3 => format!("{:?}", client.unwatch(shown)),
            4 => format!("{:?}", client.view_change(shown)),
            5 => format!("{:?}", client.view_html(shown)),
            6 => format!("{:?}", client.view_metrics(shown)),
            7 => format!("{:?}", server.room_open_for_view(room, &view, &name(script))),
            8 => format!("{:?}", server.room_keep_view(room, &view)),
            9 => format!("{:?}", server.room_end_view(room, &view, Code::NotFound)),
            10 => format!("{:?}", server.room_touch_view(room, &view)),
            _ => {
                let rendered = ViewHandle::new(View::new("page", Epoch::new(7)));
                for count in 0..=script.small(3) {
                    let json = format!(r#"["p", "count: {count}"]"#);
                    rendered.with(|view| view.render_json(&json)).unwrap();
                }
                format!("{:?}", server.room_show(room, &view, &rendered))
            }
        };
        self.told.push(told);
    }
}

fn some_edit(script: &mut Script<'_>) -> Edit {
    let (at, to) = (script.below(3), script.below(3));
    match script.below(6) {
        0 => {
            let id = ItemId::new(1 + script.small(5));
            Edit::InsertAt { index: at, id, value: speech::value(script) }
        }
        1 => Edit::RemoveAt { index: at },
        2 => Edit::MoveTo { from: at, to },
        3 => Edit::ReplaceAt { index: at, value: Value::NULL },
        _ => speech::action(script).into(),
    }
}
