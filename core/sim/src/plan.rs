//! Which faults a seed has, and how often they come.
//!
//! A seed first decides which faults exist at all, each with a chance of one in two, and then how bad they are (swarm
//! testing: Groce et al., 2012). A run in which every fault is possible finds less, because some hide others.

use std::collections::BTreeSet;

use crate::chance::Lot;
use crate::random::Random;

/// Microseconds.
pub type Micros = u64;

/// A second.
pub const SECOND: Micros = 1_000_000;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Something that can go wrong.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum Fault {
            $($(#[$doc])* $name,)*
        }

        impl Fault {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

faults! {
    /// Frames take long.
    Latency,
    /// Connections end, with what is on them.
    Resets,
    /// A connection is dead in one direction, and nobody is told.
    HalfOpen,
    /// A client does not read for a while.
    SlowReader,
    /// The server's process ends.
    ServerCrash,
    /// The server ends itself in good order, and says so.
    Shutdown,
    /// A process ends between two outputs, not between two inputs.
    MidStep,
    /// Disks take long.
    SlowDisk,
    /// A sync of the server's fails.
    ServerDiskFails,
    /// A sync of a client's fails.
    ClientDiskFails,
    /// A room is restored from a copy, and its epoch is renewed.
    Backup,
    /// A room is restored from a copy, and nobody renews its epoch.
    BackupUnnoticed,
    /// Registers and tombstones are forgotten by age.
    Expiry,
    /// A client's process ends.
    ClientCrash,
    /// A client's storage is lost.
    StorageLost,
    /// A client's storage is an older one again.
    StorageRolledBack,
    /// Two processes live on one client's storage.
    Twins,
    /// Clocks run fast or slow.
    ClockDrift,
    /// Clocks jump.
    ClockJump,
    /// Grants are taken back and given again.
    Revoke,
    /// Old frames arrive again.
    Replay,
    /// Somebody sends bytes.
    Adversary,
    /// A value in a delta is another on arrival.
    Corruption,
    /// The server's limits are low.
    SmallLimits,
    /// Values at the limit, and above.
    HugeValues,
    /// Nobody is connected for long.
    LongOffline,
    /// The server's host writes, too.
    HostWrites,
    /// Clients tell who is here.
    Presence,
    /// Bursts of edits, and one key that all want.
    HotKey,
    /// Refusals are resolved by new edits.
    Resolvers,
    /// Rooms are left and opened again.
    Reopening,
    /// Nothing moves in one direction of a connection for a while, and then all of it.
    Stalls,
    /// The server's disk is full for a while.
    ServerDiskFull,
    /// Alarms come early or late.
    Timers,
    /// From 6 to 16 clients.
    Crowd,
}

impl Fault {
    /// In how many of a thousand seeds it is.
    const fn share(self) -> u64 {
        match self {
            Self::BackupUnnoticed | Self::Twins | Self::Crowd => 60,
            _ => 500,
        }
    }

    /// Whether it breaks what PROTOCOL.md assumes: then verdicts may be wrong, and still nothing may crash, hang, stay
    /// different, or get to whom it is not for.
    #[must_use]
    pub const fn is_beyond(self) -> bool {
        matches!(self, Self::BackupUnnoticed | Self::Twins)
    }
}

/// What happens in one run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What decides everything.
    pub seed: u64,
    /// What can go wrong.
    pub faults: BTreeSet<Fault>,
    /// How many clients.
    pub clients: usize,
    /// How many rooms.
    pub rooms: usize,
    /// How long there are faults.
    pub span: Micros,
    /// Between two edits of one client.
    pub think: Micros,
}

impl Plan {
    /// The plan of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut random = Random::of(seed, Lot::Plan, 0);
        let mut faults = BTreeSet::new();
        for fault in Fault::ALL {
            let mut random = Random::of(seed, Lot::Swarm, *fault as u64);
            // Some seeds have no fault at all: what is fine must stay fine.
            if !seed.is_multiple_of(32) && random.permille(fault.share()) {
                faults.insert(*fault);
            }
        }
        let crowd = faults.contains(&Fault::Crowd);
        let (few, many) = (1 + random.index(5), 6 + random.index(11));
        let clients = if crowd { many } else { few };
        let rooms = 1 + random.index(2);
        let think = random.scale(SECOND / 20, 8 * SECOND) * if crowd { 4 } else { 1 };
        Self { seed, faults, clients, rooms, span: 40 * SECOND, think }
    }

    /// How many rooms there are, with that of an adversary, which is the last.
    #[must_use]
    pub fn all_rooms(&self) -> usize {
        self.rooms + usize::from(self.has(Fault::Adversary))
    }

    /// Whether there is this fault.
    #[must_use]
    pub fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// Whether all that PROTOCOL.md assumes is so.
    #[must_use]
    pub fn is_within(&self) -> bool {
        !self.faults.iter().any(|fault| fault.is_beyond())
    }

    /// Whether what users are told must be so: who reads that the server forgot what it said, reads lies. (Two processes
    /// of one client can be told each of the other's mutations, and nobody else is concerned.)
    #[must_use]
    pub fn is_honest(&self) -> bool {
        !self.has(Fault::BackupUnnoticed)
    }

    /// How often a fault comes, between two and the other, or never.
    #[must_use]
    pub fn mean(&self, fault: Fault, least: Micros, most: Micros) -> Option<Micros> {
        self.has(fault).then(|| Random::of(self.seed, Lot::Pace, fault as u64).scale(least, most))
    }

    /// The same with nothing of this fault.
    #[must_use]
    pub fn without(&self, fault: Fault) -> Self {
        let mut plan = self.clone();
        plan.faults.remove(&fault);
        plan
    }

    /// What tells the plan from that of its seed alone, as arguments.
    #[must_use]
    pub fn arguments(&self) -> String {
        let off: Vec<String> = Self::of(self.seed)
            .faults
            .difference(&self.faults)
            .map(|fault| format!("{fault:?}"))
            .collect();
        let whole = Self::of(self.seed);
        let mut words = vec![format!("SEEDS=1 FROM={}", self.seed)];
        if !off.is_empty() {
            words.push(format!("WITHOUT={}", off.join(",")));
        }
        if whole.clients != self.clients {
            words.push(format!("CLIENTS={}", self.clients));
        }
        if whole.rooms != self.rooms {
            words.push(format!("ROOMS={}", self.rooms));
        }
        if whole.think != self.think {
            words.push(format!("THINK={}", self.think));
        }
        if whole.span != self.span {
            words.push(format!("SPAN={}", self.span / SECOND));
        }
        words.join(" ")
    }
}
