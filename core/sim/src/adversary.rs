//! Somebody who says anything to the server.

use syncline_core::frame::encode;
use syncline_core::message::{Auth, Hello, Join, Message, Ping, Push};
use syncline_core::{
    Action, Channel, ClientId, Codec, Epoch, Key, Op, Seen, Seq, Session, Value, Version,
};

use crate::broken::Checked;
use crate::party::room_name;
use crate::random::Random;
use crate::world::{World, conn_id};

impl World {
    /// Somebody without any right says anything.
    pub fn attack(&mut self, lot: &mut Random) -> Checked {
        let mine = self.conns.iter().find(|(_, conn)| conn.party.is_none()).map(|(conn, _)| *conn);
        let conn = match mine {
            Some(conn) if lot.permille(950) => conn,
            _ => {
                let conn = self.make_conn(None);
                let now = self.server_now();
                self.with_server(|server| server.handle_connected(now, conn_id(conn)))?;
                conn
            }
        };
        let mut bytes = self.draw_frame(lot);
        match lot.below(6) {
            0 => bytes.truncate(lot.index(bytes.len() + 1)),
            1 if !bytes.is_empty() => {
                let at = lot.index(bytes.len());
                bytes[at] ^= 1 << lot.below(8);
            }
            2 => bytes.extend_from_within(..),
            _ => {}
        }
        let times = if lot.permille(20) { 60 } else { 1 };
        for _ in 0..times {
            let now = self.server_now();
            // It does not wait until it is read.
            self.with_server(|server| server.handle_frame(now, conn_id(conn), &bytes))?;
        }
        Ok(())
    }

    fn draw_frame(&self, lot: &mut Random) -> Vec<u8> {
        let codec = if lot.permille(300) { Codec::Json } else { Codec::Binary };
        let channel = Channel::new(u32::try_from(1 + lot.below(3)).unwrap_or(1));
        // It may have overheard a name.
        let names: Vec<u128> = self.joins.values().map(|known| known.client).collect();
        let client = if names.is_empty() { 7 } else { names[lot.index(names.len())] };
        let room = room_name(lot.index(self.plan.rooms));
        let token = "evil".to_owned();
        let message = match lot.below(8) {
            0 | 1 => Message::Hello(Hello {
                oldest: 1,
                newest: 1,
                codecs: vec![codec],
                token,
                schema: String::new(),
            }),
            2 | 3 => Message::Join(Join {
                channel,
                room,
                client: ClientId::new(client),
                writes: true,
                session: lot.permille(500).then(|| Session::new(lot.below(4))),
                epoch: lot.permille(500).then(|| Epoch::new(self.audits[0].durable.epoch)),
                version: Version::new(lot.below(9)),
                heard: Seq::new(lot.below(4)),
            }),
            4 | 5 => {
                let value =
                    Value::from_json(b"\"evil\"", &syncline_core::Limits::HARD).expect("a value");
                let op = Op {
                    key: Key::new("last/0").expect("a key"),
                    action: Action::Set(value),
                    seen: Seen::Absent,
                };
                let first = Seq::new(lot.below(9));
                Message::Push(Push {
                    channel,
                    session: Session::new(lot.below(9)),
                    first,
                    heard: Seq::ZERO,
                    mutations: vec![vec![op]],
                })
            }
            6 => Message::Auth(Auth { token }),
            _ => Message::Ping(Ping { count: 1 }),
        };
        encode(&message, codec)
    }
}
