//! What peers could have done, and what the server may tell and its rooms may hold by that.

use syncline_core::frame::{Decoded, codec_of, decode, encode};
use syncline_core::message::{Message, Push};
use syncline_core::room::{Room, RoomConfig};
use syncline_core::{Action, ConnId, Epoch, Key, Limits};

use super::super::disk::Disk;
use super::{COUNT, Host, MARK, OUTPUTS_MOST, limits};

/// What is one of ours need not be told from what leaked.
pub(super) fn is_marked(bytes: &[u8]) -> bool {
    bytes.windows(MARK.len()).any(|part| part == MARK)
}

impl Host {
    /// Whether a message can be accounted for.
    pub(super) fn note(&mut self, conn: ConnId, message: &Message) -> bool {
        let Some(peer) = self.peers.get_mut(&conn) else { return false };
        match message {
            Message::Hello(hello) if !peer.greeted => {
                peer.greeted = true;
                peer.codec = hello.codecs.first().copied().unwrap_or_default();
                peer.tokens.insert(hello.token.clone());
            }
            Message::Auth(auth) => {
                peer.tokens.insert(auth.token.clone());
            }
            Message::Join(join) => {
                peer.joined.insert(join.channel, (join.room.clone(), join.client));
            }
            Message::Push(push) => return self.note_push(conn, push),
            _ => {}
        }
        true
    }

    pub(super) fn note_push(&mut self, conn: ConnId, push: &Push) -> bool {
        let Some(peer) = self.peers.get(&conn) else { return false };
        let counts = |action: &Action| matches!(action, Action::Add(one) if one.json() == "1");
        let ops = || push.mutations.iter().flatten();
        if ops().any(|op| op.key.as_str() == COUNT && !counts(&op.action)) {
            return false;
        }
        for op in ops() {
            for token in &peer.tokens {
                self.tried.insert((token.clone(), op.key.clone()));
            }
        }
        let Some((room, client)) = peer.joined.get(&push.channel).cloned() else { return true };
        let mut seq = push.first;
        for ops in &push.mutations {
            let adds = ops.iter().filter(|op| op.key.as_str() == COUNT).count();
            let named = (room.clone(), client, push.session, seq);
            let most = self.adds.entry(named).or_default();
            *most = (*most).max(u64::try_from(adds).unwrap());
            seq = seq.next();
        }
        true
    }

    /// Who may write a key has tried to.
    pub(super) fn may_have_changed(&self, key: &Key) {
        let tried = |who: &str| self.tried.contains(&(who.into(), key.clone()));
        let by = match key.as_str().split('/').next() {
            Some("ada") => tried("ada"),
            Some("bob") => tried("bob"),
            Some("all") => tried("ada") || tried("bob"),
            Some("host") => true,
            _ => false,
        };
        assert!(by, "{key} is written by nobody who may");
    }

    pub(super) fn transmitted(&mut self, conn: ConnId, bytes: &[u8]) {
        let Some(peer) = self.peers.get_mut(&conn) else { panic!("{conn} is closed") };
        assert!(peer.knows || !is_marked(bytes), "{conn} is told what it must not know");
        let codec = codec_of(bytes);
        let decoded = decode(bytes, codec, &Limits::HARD);
        let Ok(Decoded::Message(message)) = decoded else { panic!("{decoded:?}") };
        assert_eq!(encode(&message, codec), bytes);
        if matches!(message, Message::Delta(_)) {
            assert!(!peer.busy, "a second state frame before the first has left");
            peer.busy = true;
        }
    }

    /// Each mutation counted once, and a restart has all that is durable.
    pub(super) fn end(&mut self) {
        for _ in 0..OUTPUTS_MOST {
            if self.disks.values().all(Disk::is_idle) {
                break;
            }
            for room in 0..self.rooms.len() {
                self.persist(room, false);
                self.drain();
            }
        }
        for (name, room) in self.rooms.values() {
            let adds = self.adds.iter().filter(|(named, _)| named.0 == *name);
            let most: u64 = adds.map(|(_, adds)| adds).sum();
            let count = room.get(COUNT).map(|count| count.to_json().parse::<u64>().unwrap());
            assert!(count.unwrap_or_default() <= most, "{count:?} of {most} in {name}");
            let config = RoomConfig { limits: limits(), ..RoomConfig::default() };
            let disk = &self.disks[name];
            let again = Room::restore(name.clone(), config, Epoch::new(9), disk.blobs())
                .expect("what a room wrote");
            if !room.is_poisoned() {
                assert!(again.entries("").eq(room.entries("")), "{name}");
                assert_eq!(again.digest(), room.digest());
            }
        }
    }
}
