//! Per client: the last decided mutation and the refusals not yet heard; exactly once.
//!
//! A register is staged with the mutations that it decides and becomes durable in the same record,
//! so a crash forgets both or neither. What is told to a client is read from the durable part.
//! Contiguous numbers and a session that only a server can issue make a retry harmless for ever:
//! an evicted register cannot be made again under its old name. (After `TigerBeetle`'s client
//! sessions, which close the same hole in Viewstamped Replication.)

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::error::Code;
use crate::id::{ClientId, Principal, Seq, Session, Version};
use crate::limit::Limits;
use crate::message::Refusal;
use crate::plant::{mark, planted};

/// What a register says of a mutation that arrives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Turn {
    /// It is the next: decide it.
    Next,
    /// It was decided before: a success to whoever repeats it.
    Duplicate,
    /// Its number was used for another mutation.
    Reused,
    /// One before it is missing, or too much of the client waits: refusals that it has not heard,
    /// or bytes that are not durable. It is to be sent again.
    Gap,
}

/// The standing of one client in one room.
#[derive(Clone, Debug)]
pub struct Register {
    /// Who owns the outbox.
    pub principal: Principal,
    /// The fence: mutations of another session are not this client's.
    pub session: Session,
    /// The last decided mutation, durable or about to be.
    staged: Seq,
    /// The last decided mutation that is durable.
    last: Seq,
    /// Durable refusals that the client has not made durable, in order.
    refusals: VecDeque<Refusal>,
    /// The latest refusal that the client made durable, and that is forgotten here.
    forgotten: Seq,
    /// Refusals that are not durable yet.
    staged_refusals: usize,
    /// Bytes of the mutations whose decisions are not durable yet, in order.
    staged_bytes: VecDeque<usize>,
    /// Content hashes of the latest decided mutations, the newest last.
    hashes: VecDeque<u64>,
    /// The room's version when the client was last heard: the age that eviction compares.
    pub touched: Version,
}

impl Register {
    /// The register of a client that has written nothing.
    #[must_use]
    pub const fn new(principal: Principal, session: Session, touched: Version) -> Self {
        Self {
            principal,
            session,
            staged: Seq::ZERO,
            last: Seq::ZERO,
            refusals: VecDeque::new(),
            forgotten: Seq::ZERO,
            staged_refusals: 0,
            staged_bytes: VecDeque::new(),
            hashes: VecDeque::new(),
            touched,
        }
    }

    /// A register as a record tells it.
    #[must_use]
    pub fn restored(
        principal: Principal,
        session: Session,
        last: Seq,
        refusals: Vec<Refusal>,
        hashes: Vec<u64>,
        touched: Version,
    ) -> Self {
        let (refusals, hashes) = (refusals.into(), hashes.into());
        Self { staged: last, last, refusals, hashes, ..Self::new(principal, session, touched) }
    }

    /// The last decided mutation that is durable.
    #[must_use]
    pub const fn last(&self) -> Seq {
        self.last
    }

    /// The last decided mutation, durable or not.
    #[cfg(feature = "plant")]
    #[must_use]
    pub const fn staged(&self) -> Seq {
        self.staged
    }

    /// Durable refusals that the client has not made durable, in order.
    pub fn refusals(&self) -> impl Iterator<Item = &Refusal> {
        self.refusals.iter()
    }

    /// Content hashes of the latest mutations whose decision is durable, the newest last.
    pub fn hashes(&self) -> impl Iterator<Item = u64> {
        let staged = usize::try_from(self.staged.beyond(self.last)).unwrap_or(usize::MAX);
        self.hashes.iter().copied().take(self.hashes.len().saturating_sub(staged))
    }

    /// What the arrival of a mutation with this number, content and size means.
    #[must_use]
    pub fn turn(&self, seq: Seq, hash: u64, bytes: usize, limits: &Limits) -> Turn {
        if seq <= self.staged && !planted!(RetryApplied) {
            let back = usize::try_from(self.staged.beyond(seq)).unwrap_or(usize::MAX);
            let known = self.hashes.iter().rev().nth(back);
            return if known.is_none_or(|known| *known == hash) {
                Turn::Duplicate
            } else {
                Turn::Reused
            };
        }
        let unheard = self.refusals.len().saturating_add(self.staged_refusals);
        let waiting = self.staged_bytes.iter().fold(bytes, |sum, bytes| sum.saturating_add(*bytes));
        // One mutation is always taken, or a large one would never be.
        let room = self.staged_bytes.is_empty() || waiting <= limits.window_bytes;
        let next = seq == self.staged.next() && unheard < limits.window && room;
        let next = next || planted!(GapAccepted) || planted!(RetryApplied) && seq <= self.staged;
        if next { Turn::Next } else { Turn::Gap }
    }

    /// Takes a decision in that is not durable yet.
    pub fn stage(&mut self, hash: u64, bytes: usize, refused: bool, limits: &Limits) {
        self.staged = self.staged.next();
        self.staged_bytes.push_back(bytes);
        self.staged_refusals = self.staged_refusals.saturating_add(usize::from(refused));
        self.hashes.push_back(hash);
        while self.hashes.len() > limits.window {
            self.hashes.pop_front();
        }
    }

    /// The decision about `seq` is durable.
    pub fn settle(&mut self, seq: Seq, refusal: Option<Refusal>) {
        self.last = self.last.max(seq);
        self.staged_bytes.pop_front();
        if let Some(refusal) = refusal.filter(|_| !planted!(RefusalForgotten)) {
            self.staged_refusals = self.staged_refusals.saturating_sub(1);
            self.refusals.push_back(refusal);
        }
    }

    /// The client has made the refusals up to `heard` durable. Returns whether any was forgotten.
    pub fn hear(&mut self, heard: Seq) -> bool {
        let before = self.refusals.len();
        while let Some(refusal) = self.refusals.pop_front_if(|refusal| refusal.seq <= heard) {
            self.forgotten = refusal.seq;
            mark!(RefusalHeard);
        }
        self.refusals.len() < before
    }

    /// The latest refusal that the client made durable, and that is forgotten here. Whoever has not
    /// heard it any more has lost what it had, and would take the mutation for applied.
    #[must_use]
    pub const fn forgotten(&self) -> Seq {
        self.forgotten
    }

    /// Refusals up to this one are forgotten, as a record tells it.
    pub fn forget(&mut self, forgotten: Seq) {
        self.hear(forgotten);
        self.forgotten = self.forgotten.max(forgotten);
    }
}

/// The registers of one room.
#[derive(Clone, Debug, Default)]
pub struct Registers {
    by_client: BTreeMap<ClientId, Register>,
    /// Whose they are: a principal that comes with one more client is compared with its own alone.
    by_principal: BTreeMap<Principal, BTreeSet<ClientId>>,
    /// The highest session issued: sessions never repeat, evicted or not.
    issued: Session,
}

impl Registers {
    /// The register of a client.
    #[must_use]
    pub fn get(&self, client: ClientId) -> Option<&Register> {
        self.by_client.get(&client)
    }

    /// The register of a client.
    pub fn get_mut(&mut self, client: ClientId) -> Option<&mut Register> {
        self.by_client.get_mut(&client)
    }

    /// Every register.
    pub fn iter(&self) -> impl Iterator<Item = (ClientId, &Register)> {
        self.by_client.iter().map(|(client, register)| (*client, register))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_client.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_client.is_empty()
    }

    /// The highest session issued.
    #[must_use]
    pub const fn issued(&self) -> Session {
        self.issued
    }

    /// Puts a register in, as a record tells it.
    pub fn put(&mut self, client: ClientId, register: Register) {
        if !planted!(SessionReissued) {
            self.issued = self.issued.max(register.session);
        }
        self.insert(client, register);
    }

    /// Sets the highest session issued, as a record tells it.
    pub fn set_issued(&mut self, issued: Session) {
        if !planted!(SessionReissued) {
            self.issued = self.issued.max(issued);
        }
    }

    /// Issues a register, and names the one to evict for it: a principal at its limit gives up its
    /// own oldest that is not `connected`.
    ///
    /// # Errors
    ///
    /// `TooMany` when the room is full of registers, or every one of the principal's is connected.
    pub fn issue(
        &mut self,
        client: ClientId,
        principal: &Principal,
        touched: Version,
        limits: &Limits,
        connected: impl Fn(ClientId) -> bool,
    ) -> Result<(Session, Option<ClientId>), Code> {
        let own = self.by_principal.get(principal);
        let mut evicted = None;
        if own.map_or(0, BTreeSet::len) >= limits.principal_registers {
            let idle = own.into_iter().flatten().copied().filter(|client| !connected(*client));
            let age = |client: &ClientId| {
                self.by_client.get(client).map(|register| (register.touched, register.session))
            };
            evicted = Some(idle.min_by_key(age).ok_or(Code::TooMany)?);
        } else if self.by_client.len() >= limits.room_registers {
            return Err(Code::TooMany);
        }
        if let Some(client) = evicted {
            mark!(RegisterEvicted);
            self.evict(client);
        }
        self.issued = self.issued.next();
        let register = Register::new(principal.clone(), self.issued, touched);
        self.insert(client, register);
        Ok((self.issued, evicted))
    }

    /// Forgets a register.
    pub fn evict(&mut self, client: ClientId) {
        let Some(register) = self.by_client.remove(&client) else { return };
        if let Some(own) = self.by_principal.get_mut(&register.principal) {
            own.remove(&client);
            if own.is_empty() {
                self.by_principal.remove(&register.principal);
            }
        }
    }

    fn insert(&mut self, client: ClientId, register: Register) {
        self.evict(client);
        self.by_principal.entry(register.principal.clone()).or_default().insert(client);
        self.by_client.insert(client, register);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn principal(name: &str) -> Principal {
        Principal::new(name).unwrap()
    }

    fn limits() -> Limits {
        Limits { window: 4, principal_registers: 2, room_registers: 3, ..Limits::default() }
    }

    fn register() -> Register {
        Register::new(principal("ada"), Session::new(1), Version::ZERO)
    }

    #[test]
    fn a_retry_is_a_duplicate_and_other_content_under_its_name_is_not() {
        let mut register = register();
        for hash in 1..=3 {
            assert_eq!(register.turn(register.staged.next(), hash, 1, &limits()), Turn::Next);
            register.stage(hash, 1, false, &limits());
        }
        assert_eq!(register.turn(Seq::new(2), 2, 1, &limits()), Turn::Duplicate);
        assert_eq!(register.turn(Seq::new(2), 9, 1, &limits()), Turn::Reused);
        assert_eq!(register.turn(Seq::new(5), 5, 1, &limits()), Turn::Gap);
        assert_eq!(register.turn(Seq::ZERO, 0, 1, &limits()), Turn::Duplicate);
    }

    #[test]
    fn a_client_that_does_not_hear_its_refusals_is_not_read_further() {
        let mut register = register();
        for seq in 1..=4 {
            register.stage(seq, 1, true, &limits());
        }
        assert_eq!(register.turn(Seq::new(5), 5, 1, &limits()), Turn::Gap);
        for seq in 1..=4 {
            let seq = Seq::new(seq);
            register.settle(seq, Some(Refusal { seq, op: 0, code: Code::Stale }));
        }
        assert_eq!(register.turn(Seq::new(5), 5, 1, &limits()), Turn::Gap);
        assert!(register.hear(Seq::new(1)));
        assert_eq!(register.turn(Seq::new(5), 5, 1, &limits()), Turn::Next);
        assert_eq!(register.refusals().count(), 3);
    }

    #[test]
    fn a_client_is_not_read_faster_than_storage_writes() {
        let limits = Limits { window_bytes: 100, ..Limits::default() };
        let mut register = register();
        assert_eq!(register.turn(Seq::new(1), 1, 500, &limits), Turn::Next, "a large one alone");
        register.stage(1, 500, false, &limits);
        assert_eq!(register.turn(Seq::new(2), 2, 1, &limits), Turn::Gap);
        register.settle(Seq::new(1), None);
        assert_eq!(register.turn(Seq::new(2), 2, 60, &limits), Turn::Next);
        register.stage(2, 60, false, &limits);
        assert_eq!(register.turn(Seq::new(3), 3, 40, &limits), Turn::Next);
        assert_eq!(register.turn(Seq::new(3), 3, 41, &limits), Turn::Gap);
    }

    #[test]
    fn nothing_is_told_before_it_is_durable() {
        let mut register = register();
        register.stage(1, 1, false, &limits());
        assert_eq!(register.last(), Seq::ZERO);
        register.settle(Seq::new(1), None);
        assert_eq!(register.last(), Seq::new(1));
    }

    #[test]
    fn a_stranger_cannot_evict_others_and_sessions_never_repeat() {
        let mut registers = Registers::default();
        let mut issue = |client: u128, who: &str, connected: &[u128]| {
            let connected = |id: ClientId| connected.contains(&id.get());
            let touched = Version::new(u64::try_from(client).unwrap());
            registers.issue(ClientId::new(client), &principal(who), touched, &limits(), connected)
        };
        assert_eq!(issue(1, "ada", &[]), Ok((Session::new(1), None)));
        assert_eq!(issue(2, "bob", &[]), Ok((Session::new(2), None)));
        assert_eq!(issue(3, "bob", &[]), Ok((Session::new(3), None)));
        assert_eq!(issue(4, "eve", &[]), Err(Code::TooMany), "the room is full");
        assert_eq!(issue(4, "bob", &[2]), Ok((Session::new(4), Some(ClientId::new(3)))));
        assert_eq!(issue(5, "bob", &[2, 4]), Err(Code::TooMany), "all of bob's are connected");
        assert!(registers.get(ClientId::new(1)).is_some());
        assert_eq!(registers.issued(), Session::new(4));
    }

    proptest! {
        /// However registers come and go, each stands with its principal and with no other.
        #[test]
        fn every_register_is_known_by_its_principal(
            steps in proptest::collection::vec((0_u8..4, 0_u128..6, 0_usize..3), 0..60),
        ) {
            let names = ["ada", "bob", "eve"].map(principal);
            let mut registers = Registers::default();
            for (step, client, who) in steps {
                let client = ClientId::new(client);
                match step {
                    0 => registers.evict(client),
                    1 => registers.put(client, Register::new(names[who].clone(), Session::new(1), Version::ZERO)),
                    _ => drop(registers.issue(client, &names[who], Version::ZERO, &limits(), |_| false)),
                }
                let by_client: BTreeSet<_> =
                    registers.iter().map(|(client, register)| (register.principal.clone(), client)).collect();
                let by_principal: Vec<_> = registers.by_principal.iter().collect();
                prop_assert!(by_principal.iter().all(|(_, own)| !own.is_empty()));
                let by_principal: BTreeSet<_> =
                    by_principal.iter().flat_map(|(who, own)| own.iter().map(|id| ((*who).clone(), *id))).collect();
                prop_assert_eq!(by_client, by_principal);
            }
        }

        /// Whatever is repeated, skipped or mixed, each number is decided once and in order.
        #[test]
        fn decisions_are_contiguous_and_single(arrivals in proptest::collection::vec(1_u64..12, 0..80)) {
            let limits = Limits { window: 256, ..Limits::default() };
            let (mut register, mut decided) = (register(), Vec::new());
            for seq in arrivals {
                if register.turn(Seq::new(seq), seq, 1, &limits) == Turn::Next {
                    register.stage(seq, 1, false, &limits);
                    decided.push(seq);
                }
            }
            let most = u64::try_from(decided.len()).unwrap();
            prop_assert_eq!(decided, (1..=most).collect::<Vec<_>>());
        }
    }
}
