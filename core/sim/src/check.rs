//! What must hold of all at the end.

use std::collections::BTreeSet;

use syncline_core::client::{Client, Status};

use crate::broken::{Checked, hold};
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

impl World {
    /// Faults stop, and so does writing.
    pub fn calm_down(&mut self) -> Checked {
        self.tell(|| "faults stop".to_owned());
        self.calm = true;
        self.hosting.clock.set_right();
        for party in &mut self.parties {
            party.clock.set_right();
        }
        // Who is half gone is noticed by the engine.
        let broken = |conn: &crate::net::Conn| conn.party.is_none() || self.plan.has(Fault::Replay);
        let dead: Vec<u64> =
            self.conns.iter().filter(|(_, conn)| broken(conn)).map(|(conn, _)| *conn).collect();
        for conn in dead {
            self.over(conn, Way::Up)?;
            self.over(conn, Way::Down)?;
        }
        for principal in std::mem::take(&mut self.revoked) {
            self.grant(principal)?;
        }
        self.wound_down(self.hosting.life)?;
        self.start_server()?;
        for index in 0..self.parties.len() {
            if self.parties[index].failed {
                self.crash_client(index)?;
            }
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
        let half = self.conns.values().any(|conn| conn.up.dead || conn.down.dead);
        let idle = crate::world::timing(&self.plan).idle.as_micros();
        let noticed = if half { 2 * u64::try_from(idle).unwrap_or(0) } else { 0 };
        self.until(self.now + Self::bound() + paced + calmer + noticed)
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
