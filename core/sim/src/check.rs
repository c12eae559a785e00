//! What must hold of a client after each input, and of all at the end.

use std::collections::{BTreeMap, BTreeSet};

use syncline_core::client::{Client, Status};
use syncline_core::{Content, RoomNo};

use crate::broken::{Checked, hold};
use crate::ledger::What;
use crate::net::Way;
use crate::plan::{Fault, SECOND};
use crate::reference::content_hash;
use crate::user::SHARDS;
use crate::world::{World, limits};

/// Every key that is ever written.
pub fn keys() -> impl Iterator<Item = String> {
    let numbered = [
        ("sum", 3),
        ("last", 4),
        ("strict", 4),
        ("merge", 3),
        ("guard", 3),
        ("big", 2),
        ("log", SHARDS),
        ("batch", SHARDS),
    ];
    let numbered = numbered
        .into_iter()
        .flat_map(|(prefix, most)| (0..most).map(move |number| format!("{prefix}/{number}")));
    numbered.chain(["list", "host/a"].map(str::to_owned))
}

fn number(content: Option<&Content>) -> i64 {
    content.and_then(Content::as_plain).and_then(syncline_core::Value::as_i64).unwrap_or(0)
}

fn items(content: Option<&Content>) -> usize {
    match content {
        Some(Content::List(list)) => list.items().len(),
        _ => 0,
    }
}

impl World {
    /// What one client holds and shows is right.
    pub fn check_client(&mut self, index: usize) -> Checked {
        for room in 0..self.plan.rooms {
            let party = &self.parties[index];
            let Some(number) = party.rooms[room].filter(|_| party.entered[room]) else { continue };
            self.check_confirmed(index, room, number)?;
            let party = &self.parties[index];
            if let Some(client) = party.client.as_ref().filter(|_| self.plan.is_within()) {
                self.check_view(client, index, room, number)?;
            }
        }
        Ok(())
    }

    fn check_confirmed(&mut self, index: usize, room: usize, number: RoomNo) -> Checked {
        let party = &self.parties[index];
        let Some(client) = &party.client else { return Ok(()) };
        let epoch = client.epoch(number).map_or(0, syncline_core::Epoch::get);
        let version = client.version(number).map_or(0, syncline_core::Version::get);
        let before = party.confirmed[room];
        if (epoch, version) == before || epoch == 0 || version == 0 {
            return Ok(());
        }
        let forward = before.0 != epoch || version >= before.1 || !self.plan.is_within();
        hold!(forward, "I8", "client {index} goes from version {} back to {version}", before.1);
        let held = self.keys.iter().filter_map(|key| {
            client.confirmed_get(number, key).map(|content| content_hash(key, content))
        });
        let hash = held.fold(0, u64::wrapping_add);
        let confirmed = self.audits[room].confirm(epoch, version, hash);
        if let Err(mut broken) = confirmed {
            if broken.invariant == "I5" && self.plan.has(Fault::Corruption) {
                broken.invariant = "I25";
            }
            return Err(broken);
        }
        self.parties[index].confirmed[room] = (epoch, version);
        Ok(())
    }

    /// The view is the confirmed state with the pending edits on top: where that is plain to see.
    fn check_view(&self, client: &Client, index: usize, room: usize, at: RoomNo) -> Checked {
        let book = &self.parties[index].books[room];
        let rolled = |ghost: &crate::ledger::Ghost| {
            ghost.lawless
                || ghost.hangs_on.is_some_and(|name| self.audits[room].forgotten.contains(&name))
        };
        if book.pending().any(|edit| rolled(self.ledger.get(edit.ghost))) {
            return Ok(());
        }
        let (mut sums, mut last, mut logs) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for edit in book.pending() {
            match &self.ledger.get(edit.ghost).what {
                What::Sum(key, amount) => *sums.entry(key.as_str()).or_insert(0) += amount,
                What::Last(key, text) => {
                    last.insert(key.as_str(), Some(text.as_str()));
                }
                What::Gone(key) => {
                    last.insert(key.as_str(), None);
                }
                What::Log(key) => *logs.entry(key.as_str()).or_insert(0) += 1,
                What::Once | What::Over | What::Other => {}
            }
        }
        for key in ["sum/0", "sum/1", "sum/2"] {
            let want = number(client.confirmed_get(at, key)) + sums.get(key).copied().unwrap_or(0);
            let shown = number(client.get(at, key));
            hold!(
                shown <= want,
                "I6",
                "client {index} shows {shown} of {key}, not {want}: an edit counts twice"
            );
            hold!(
                shown >= want,
                "I7",
                "client {index} shows {shown} of {key}, not {want}: an edit is missing"
            );
        }
        for (key, pending) in logs {
            let (shown, want) =
                (items(client.get(at, key)), items(client.confirmed_get(at, key)) + pending);
            hold!(shown <= want, "I6", "client {index} shows {shown} items of {key}, not {want}");
            hold!(shown >= want, "I7", "client {index} shows {shown} items of {key}, not {want}");
        }
        for key in ["last/0", "last/1", "last/2", "last/3"] {
            let shown = client.get(at, key).map(Content::to_json);
            let confirmed = client.confirmed_get(at, key).map(Content::to_json);
            let want = last.get(key).copied().map_or(confirmed, |text| text.map(str::to_owned));
            hold!(shown == want, "I11", "client {index} shows {shown:?} of {key}, not {want:?}");
        }
        Ok(())
    }

    /// Faults stop, and so does writing.
    pub fn calm_down(&mut self) -> Checked {
        self.tell(|| "faults stop".to_owned());
        self.calm = true;
        self.hosting.clock.set_right();
        for party in &mut self.parties {
            party.clock.set_right();
        }
        let broken = |conn: &crate::net::Conn| {
            conn.up.dead || conn.down.dead || conn.party.is_none() || self.plan.has(Fault::Replay)
        };
        let dead: Vec<u64> =
            self.conns.iter().filter(|(_, conn)| broken(conn)).map(|(conn, _)| *conn).collect();
        for conn in dead {
            self.over(conn, Way::Up)?;
            self.over(conn, Way::Down)?;
        }
        for principal in std::mem::take(&mut self.revoked) {
            self.grant(principal)?;
        }
        self.start_server()?;
        for index in 0..self.parties.len() {
            if self.parties[index].twin && index >= self.plan.clients {
                self.stop_twin(index)?;
                continue;
            }
            self.start_client(index)?;
            self.parties[index].online = true;
            self.reads(index)?;
            for room in 0..self.plan.rooms {
                self.enter(index, room)?;
            }
        }
        // What was on its way arrives, and whoever waits out a pause hears that the network is back.
        let longest =
            self.conns.values().flat_map(|conn| conn.up.frames.iter().chain(&conn.down.frames));
        let longest = longest.map(|(at, _)| *at).max().unwrap_or(self.now).max(self.now);
        self.until(longest + SECOND)?;
        for index in 0..self.plan.clients {
            self.start_client(index)?;
            for room in 0..self.plan.rooms {
                self.enter(index, room)?;
                if self.plan.has(Fault::Presence) {
                    self.appear(index, room, Some(format!("{index}-end")))?;
                }
            }
            self.with_client(index, Client::reconnect)?;
            self.with_client(index, Client::flush)?;
        }
        Ok(())
    }

    /// Within the bound, everything settles.
    pub fn settle(&mut self) -> Checked {
        let limits = limits(&self.plan);
        let pending = self
            .parties
            .iter()
            .filter_map(|party| party.client.as_ref())
            .map(Client::pending_total);
        let most = pending.max().unwrap_or(0);
        let rounds = (most / limits.window + most * 300 / limits.window_bytes + 1) as u64;
        let paced = rounds * (SECOND / 20 + 4 * 60 * SECOND / limits.frames_minute as u64);
        // Two processes on one storage put each other out, and wait before they come back.
        let calmer = if self.plan.is_within() { 0 } else { 60 * SECOND };
        self.until(self.now + Self::bound() + paced + calmer)
    }

    /// At the end everyone holds the same, and everything is accounted for.
    pub fn check_end(&mut self) -> Checked {
        for room in 0..self.plan.rooms {
            let audit = &self.audits[room];
            for index in 0..self.plan.clients {
                let party = &self.parties[index];
                if !self.may_enter(party.principal, room) {
                    continue;
                }
                let (Some(client), Some(number)) = (&party.client, party.rooms[room]) else {
                    hold!(false, "I22", "client {index} does not run");
                    continue;
                };
                let (pending, status) = (client.pending(number), client.status(number));
                hold!(
                    pending == 0,
                    "I22",
                    "client {index} has {pending} edits of room {room} pending, {status:?}, {:?}",
                    client.denied(number)
                );
                hold!(
                    status == Some(Status::Synced),
                    "I22",
                    "client {index} is {status:?} in room {room}, {:?}",
                    client.denied(number)
                );
                let view = client.entries(number, "");
                let hash = view
                    .iter()
                    .map(|(key, content)| content_hash(key.as_str(), content))
                    .fold(0, u64::wrapping_add);
                let version = client.version(number).map(syncline_core::Version::get);
                hold!(
                    version == Some(audit.durable.version),
                    "I22",
                    "client {index} is at {version:?} of {}",
                    audit.durable.version
                );
                hold!(
                    hash == audit.durable.hash,
                    "I11",
                    "client {index} shows another room {room}: {view:?}"
                );
            }
        }
        self.check_presence()?;
        for ghost in 0..self.ledger.next() {
            self.judge_law(ghost);
        }
        self.ledger.settle(&self.audits, self.went_back)
    }

    /// Whoever is here is seen, and nobody else.
    fn check_presence(&self) -> Checked {
        if !self.plan.has(Fault::Presence) {
            return Ok(());
        }
        for room in 0..self.plan.rooms {
            let inside = |index: &usize| self.may_enter(self.parties[*index].principal, room);
            let who = |index: usize| format!("{{\"who\":\"{index}-end\"}}");
            for index in (0..self.plan.clients).filter(inside) {
                let party = &self.parties[index];
                let (Some(client), Some(number)) = (&party.client, party.rooms[room]) else {
                    continue;
                };
                let others = client
                    .presence(number)
                    .into_iter()
                    .flat_map(syncline_core::client::PresenceView::others);
                let mut seen: Vec<String> = others.map(|(_, state)| state.to_json()).collect();
                seen.sort();
                let want: BTreeSet<String> = (0..self.plan.clients)
                    .filter(inside)
                    .filter(|other| *other != index)
                    .map(who)
                    .collect();
                hold!(
                    seen.iter().eq(want.iter()),
                    "I20",
                    "client {index} sees {seen:?} in room {room}, not {want:?}"
                );
            }
        }
        Ok(())
    }
}
