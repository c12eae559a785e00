//! One client with two rooms at one server, whose host renders a page of both.

use std::collections::VecDeque;
use std::time::Duration;

use syncline_core::client::{Client, ClientConfig, ClientEvent, ClientOutput};
use syncline_core::exchange::Grant;
use syncline_core::frame::Decoded;
use syncline_core::message::{Extent, Message};
use syncline_core::policy::{Policies, Policy};
use syncline_core::room::{HostEdit, IfVersion, Room, RoomConfig, RoomOutput};
use syncline_core::server::{Server, ServerConfig, ServerOutput};
use syncline_core::vnode::{Builder, Statics, Tree, View, apply, html};
use syncline_core::{
    Action, Code, Codec, ConnId, Epoch, Key, Limits, Principal, RoomName, RoomNo, Time, Value,
    Version, ViewName, ViewNo, frame,
};

pub(crate) fn name(text: &str) -> RoomName {
    RoomName::new(text).unwrap()
}

pub(crate) fn view_name(text: &str) -> ViewName {
    ViewName::new(text).unwrap()
}

pub(crate) fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes(), &Limits::HARD).unwrap()
}

/// One client with two rooms at one server. The view `page` of the first shows a key of it that is bound, one that is
/// not, and one of the other room.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) client: Client,
    pub(crate) server: Server,
    pub(crate) rooms: Vec<(RoomNo, Room)>,
    pub(crate) view: View,
    pub(crate) conns: u64,
    pub(crate) conn: Option<ConnId>,
    pub(crate) up: VecDeque<Vec<u8>>,
    pub(crate) down: VecDeque<Vec<u8>>,
    pub(crate) home: RoomNo,
    pub(crate) other: RoomNo,
    pub(crate) page: Option<(ViewNo, Tree, Statics)>,
    /// How often the host was asked, and does not answer at once.
    pub(crate) renders: usize,
    pub(crate) lazy: bool,
    pub(crate) asked: bool,
    pub(crate) fails: bool,
    /// It has a program in it, which no host that goes through a pen makes.
    pub(crate) runs: bool,
    /// What it has read and not shown, and up to which version of the prices.
    pub(crate) begun: Option<(String, Version)>,
    /// Messages with something to show, and their bytes.
    pub(crate) shows: Vec<usize>,
    pub(crate) unwatched: Vec<Code>,
    /// Views that nobody watched any more.
    pub(crate) unwatchers: Vec<String>,
    /// Deltas with a price are late.
    pub(crate) late: bool,
    /// Of rooms that are opened from now on.
    pub(crate) epoch: u64,
    pub(crate) aside: Vec<Vec<u8>>,
}

impl World {
    pub(crate) fn new(codec: Codec) -> Self {
        let config = ClientConfig { codec, ..ClientConfig::default() };
        let mut client = Client::new(config, [3; 32]);
        let now = Time::from_millis(1);
        let home = client.open(now, name("cart"), true).unwrap();
        let other = client.open(now, name("prices"), true).unwrap();
        let mut world = Self {
            now,
            client,
            server: Server::new(ServerConfig::default()).unwrap(),
            rooms: Vec::new(),
            view: View::new("page", Epoch::new(5)),
            conns: 0,
            conn: None,
            up: VecDeque::new(),
            down: VecDeque::new(),
            home,
            other,
            page: None,
            renders: 0,
            lazy: false,
            asked: false,
            fails: false,
            runs: false,
            begun: None,
            shows: Vec::new(),
            unwatched: Vec::new(),
            unwatchers: Vec::new(),
            late: false,
            epoch: 7,
            aside: Vec::new(),
        };
        world.run();
        world
    }

    pub(crate) fn watching() -> Self {
        let mut world = Self::new(Codec::Binary);
        world.watch("page");
        world
    }

    pub(crate) fn watch(&mut self, view: &str) {
        let number = self.client.watch(self.now, self.home, view_name(view)).unwrap();
        self.page = Some((number, Tree::default(), Statics::new()));
        self.run();
    }

    pub(crate) fn room(&mut self, wanted: &str) -> &mut Room {
        let room = self.rooms.iter_mut().find(|(_, room)| room.name().as_str() == wanted);
        &mut room.unwrap().1
    }

    pub(crate) fn held(&mut self, room: &str, key: &str) -> String {
        self.room(room).get(key).map_or_else(|| "null".to_owned(), syncline_core::Content::to_json)
    }

    /// What the host renders of a state.
    pub(crate) fn page_of(bound: &str, plain: &str, price: &str) -> String {
        format!(
            r#"["div", {{"bind": {{"key": "bound"}}, "value": {bound}}}, ["p", {{"title": "t"}}, "plain: ", {plain}], "price: ", {price}]"#
        )
    }

    pub(crate) fn render(&mut self) {
        if self.fails {
            (self.asked, self.renders) = (false, self.renders + 1);
            return self.room("cart").keep_view(&view_name("page"));
        }
        self.begin();
        self.finish();
    }

    /// The host reads what it shows.
    pub(crate) fn begin(&mut self) {
        let (bound, plain) = (self.held("cart", "bound"), self.held("cart", "plain"));
        let (price, read) = (self.held("prices", "price"), self.room("prices").version());
        self.begun = Some((Self::page_of(&bound, &plain, &price), read));
    }

    /// It shows what it has read.
    pub(crate) fn finish(&mut self) {
        let Some((page, read)) = self.begun.take() else { return };
        (self.asked, self.renders) = (false, self.renders + 1);
        if self.runs {
            let (link, href) = (self.view.tag("a").unwrap(), self.view.attr("href").unwrap());
            let mut tree = Builder::new();
            tree.open(link).unwrap();
            tree.attr(href, "javascript:x").unwrap();
            tree.close().unwrap();
            self.view.render(tree.finish().unwrap());
        } else {
            self.view.render_json(&page).unwrap();
        }
        let version = self.room("prices").version();
        let elsewhere = vec![(name("prices"), Extent { version, read })];
        let view = self.view.clone();
        self.room("cart").show(&view_name("page"), view, elsewhere);
    }

    /// What is shown of the key that is bound.
    pub(crate) fn shown_bound(&mut self) -> String {
        let html = self.shown();
        let (_, rest) = html.split_once("<div>").unwrap();
        rest.split_once("<p").unwrap().0.to_owned()
    }

    /// The host writes.
    pub(crate) fn write(&mut self, room: &str, key: &str, value: &str) {
        let edit = HostEdit {
            key: Key::new(key).unwrap(),
            edit: Action::Set(json(value)).into(),
            if_version: IfVersion::Any,
        };
        self.room(room).write(&[edit]).unwrap();
    }

    pub(crate) fn edit(&mut self, room: RoomNo, key: &str, value: &str) {
        self.client.edit(self.now, room, key, Action::Set(json(value))).unwrap();
        self.drain();
        self.turn_page();
    }

    pub(crate) fn connect(&mut self) {
        self.conns += 1;
        let conn = ConnId::new(self.conns);
        self.conn = Some(conn);
        self.up.clear();
        self.down.clear();
        self.server.handle_connected(self.now, conn);
        self.client.handle_connected(self.now, "ada");
    }

    pub(crate) fn drop_link(&mut self) {
        if let Some(conn) = self.conn.take() {
            self.server.handle_disconnected(self.now, conn);
            self.client.handle_disconnected(self.now);
        }
        self.up.clear();
        self.down.clear();
    }

    pub(crate) fn drain_client(&mut self) -> bool {
        let mut any = false;
        while let Some(output) = self.client.poll_output() {
            any = true;
            match output {
                ClientOutput::Persist(persist) => self.client.handle_persisted(persist.id),
                ClientOutput::Connect => self.connect(),
                ClientOutput::Transmit(bytes) => self.up.push_back(bytes),
                ClientOutput::Disconnect => {
                    if let Some(conn) = self.conn.take() {
                        self.server.handle_disconnected(self.now, conn);
                    }
                }
                ClientOutput::Event(ClientEvent::Failed { error, .. }) => panic!("{error}"),
                ClientOutput::Event(ClientEvent::View { view, .. }) => {
                    assert_eq!(self.page.as_ref().map(|(number, ..)| *number), Some(view));
                    self.turn_page();
                }
                ClientOutput::Event(ClientEvent::Unwatched { code, .. }) => {
                    self.unwatched.push(code);
                    self.page = None;
                }
                ClientOutput::Event(_) | ClientOutput::Propose { .. } => {}
            }
        }
        any
    }

    pub(crate) fn drain(&mut self) -> bool {
        let mut any = self.drain_client();
        while let Some(output) = self.server.poll_output() {
            any = true;
            self.serve(output);
        }
        for at in 0..self.rooms.len() {
            while let Some(output) = self.rooms[at].1.poll_output() {
                any = true;
                let number = self.rooms[at].0;
                match output {
                    RoomOutput::ToServer(value) => self.server.handle_room(self.now, number, value),
                    RoomOutput::Persist(persist) => self.rooms[at].1.handle_persisted(persist.id),
                    RoomOutput::Render { view } if view.as_str() != "page" => {
                        self.rooms[at].1.end_view(&view, Code::NotFound);
                    }
                    RoomOutput::Render { .. } => {
                        assert!(!self.asked, "asked once until there is an answer");
                        self.asked = true;
                        if !self.lazy {
                            self.render();
                        }
                    }
                    // What a view reads elsewhere is its host's to watch.
                    RoomOutput::Changed(_) => self.room("cart").touch_view(&view_name("page")),
                    RoomOutput::Unwatched { view } => self.unwatchers.push(view.to_string()),
                    RoomOutput::Written { .. } => {}
                }
            }
        }
        any
    }

    pub(crate) fn serve(&mut self, output: ServerOutput) {
        match output {
            ServerOutput::Transmit { conn, bytes } if Some(conn) == self.conn => {
                let codec = frame::codec_of(&bytes);
                match frame::decode(&bytes, codec, &Limits::default()) {
                    Ok(Decoded::Message(Message::Show(show))) => self.shows.push(show.frame.len()),
                    Ok(Decoded::Message(Message::Delta(delta))) if self.late => {
                        let is_price = |key: &Key| key.as_str() == "price";
                        if delta.body.entries.iter().any(|it| it.key.as_ref().is_some_and(is_price))
                        {
                            self.aside.push(bytes);
                            return self.server.handle_writable(self.now, conn);
                        }
                    }
                    _ => {}
                }
                self.down.push_back(bytes);
            }
            ServerOutput::Close { conn, code } if Some(conn) == self.conn => panic!("{code}"),
            ServerOutput::Authorize { request, .. } => {
                let grant = Grant::writer(Principal::new("ada").unwrap(), vec![String::new()]);
                self.server.handle_authorized(self.now, request, Ok(grant));
            }
            ServerOutput::OpenRoom { request, room, name } => {
                let policy = Policies::new(Policy::Last).with("strict/", Policy::Strict);
                let (watch, digest_always) = (name.as_str() == "prices", true);
                let config = RoomConfig { policy, watch, digest_always, ..RoomConfig::default() };
                let made = Room::new(name, config, Epoch::new(self.epoch)).unwrap();
                self.rooms.push((room, made));
                self.server.handle_room_opened(self.now, request, Ok(room));
            }
            ServerOutput::ToRoom { room, to } => {
                if let Some((_, found)) = self.rooms.iter_mut().find(|(known, _)| *known == room) {
                    found.handle(self.now, to);
                }
            }
            _ => {}
        }
    }

    /// The page does what there is to do.
    pub(crate) fn turn_page(&mut self) {
        let Some((number, tree, names)) = &mut self.page else { return };
        while let Some(change) = self.client.view_change(*number).unwrap() {
            change.tell(names).unwrap();
            let before = if change.anew { Tree::default() } else { tree.clone() };
            *tree = apply(&before, &change.patch, names).unwrap();
        }
        let told = self.client.view_html(*number).unwrap();
        assert_eq!(html(tree, names).unwrap(), told);
    }

    pub(crate) fn shown(&mut self) -> String {
        let number = self.page.as_ref().unwrap().0;
        self.client.view_html(number).unwrap()
    }

    /// One frame each way.
    pub(crate) fn step(&mut self) -> bool {
        let mut any = self.drain();
        if let (Some(conn), Some(bytes)) = (self.conn, self.up.pop_front()) {
            any = true;
            self.server.handle_frame(self.now, conn, &bytes);
            any |= self.drain();
        }
        if let (Some(conn), Some(bytes)) = (self.conn, self.down.pop_front()) {
            any = true;
            self.client.handle_frame(self.now, &bytes);
            self.drain();
            if self.down.is_empty() {
                self.server.handle_writable(self.now, conn);
                self.drain();
            }
        }
        any
    }

    pub(crate) fn settle(&mut self) {
        for _ in 0..10_000 {
            if !self.step() {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    pub(crate) fn run(&mut self) {
        for _ in 0..30 {
            self.now = self.now.after(Duration::from_millis(100));
            self.client.handle_timeout(self.now);
            self.server.handle_timeout(self.now);
            self.settle();
        }
    }

    /// The HTML of a state.
    pub(crate) fn html_of(bound: &str, plain: &str, price: &str) -> String {
        let show = |json: &str| match json {
            "null" => "<!---->".to_owned(),
            json => json.trim_matches('"').to_owned(),
        };
        let after_text = |json: &str| match json {
            "null" => show(json),
            json => format!("<!---->{}", show(json)),
        };
        format!(
            "<div>{}<p title=\"t\">plain: {}</p>price: {}</div>",
            show(bound),
            after_text(plain),
            after_text(price)
        )
    }
}
