//! A room, its clients, and what is on its way: which steps there are.

use core::fmt;
use std::sync::Arc;

use stateright::{Model, Property};

use crate::client::{Link, Process};
use crate::config::{Config, STRANGE, Start};
use crate::count::{Channel, ClientId, Epoch, ProcessNo, Seq};
use crate::message::{Message, Network};
use crate::mutation::Mutation;
use crate::outbox::Store;
use crate::promise;
use crate::room::Room;
use crate::state::fold;
use crate::verdict::Verdicts;

/// How often what has gone wrong.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
struct Faults {
    drops: u8,
    server_crashes: u8,
    client_crashes: u8,
    evictions: u8,
    restores: u8,
    rollbacks: u8,
}

/// Everything that there is. Most steps change little of it, so worlds share what is the same.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct World {
    /// The clients.
    pub processes: Vec<Arc<Process>>,
    /// The server.
    pub room: Arc<Room>,
    /// Every message ever sent.
    pub network: Arc<Network>,
    /// What the applications were told.
    pub told: Verdicts,
    /// What was sent under each name. Nobody knows it; the promises are checked against it.
    pub sent: Vec<(ClientId, Seq, Mutation)>,
    faults: Faults,
}

impl World {
    /// Forgets messages that would change nothing any more, so that more worlds are equal: a channel
    /// that has ended does not begin again.
    fn forget_the_dead(&mut self) {
        let Self { processes, room, .. } = self;
        let link = |channel: Channel| {
            processes.get(usize::from(channel.process.0)).map(|process| process.link)
        };
        let lives = |message: &Message| match message {
            Message::Join { .. } => true,
            Message::Push { channel, .. } => room.knows(*channel),
            Message::Joined { channel, .. } => link(*channel) == Some(Link::Joining(*channel)),
            Message::Delta { channel, .. }
            | Message::Ack { channel, .. }
            | Message::Denied { channel, .. } => {
                [Link::Joining(*channel), Link::In(*channel)].map(Some).contains(&link(*channel))
            }
        };
        if !self.network.iter().all(lives) {
            Arc::make_mut(&mut self.network).keep(lives);
        }
    }
}

/// What can happen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// An application makes its next edit.
    Edit(ProcessNo),
    /// A client's records become durable.
    Persist(ProcessNo),
    /// A client asks for the room on a new channel.
    Join(ProcessNo),
    /// A client notices that its connection has ended.
    Leave(ProcessNo),
    /// A connection ends, and the client notices it before the server does.
    Drop(ProcessNo),
    /// A client gives its oldest draft a number.
    Name(ProcessNo),
    /// A client sends a mutation.
    Push(ProcessNo, Seq),
    /// A message comes, for the first time or again.
    Deliver(Message),
    /// The room's records become durable.
    Sync,
    /// The room tells a reader what it does not know yet.
    Tell(ClientId),
    /// The server crashes.
    CrashServer,
    /// A client crashes.
    CrashClient(ProcessNo),
    /// The room gives up a register.
    Evict(ClientId),
    /// A backup of the room is made.
    BackUp,
    /// The room is restored from its backup.
    Restore,
    /// A copy of a client's storage is made.
    Copy(ProcessNo),
    /// A client crashes, and its storage is put back to the copy.
    RollBack(ProcessNo),
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edit(process) => write!(out, "process {process}: the application makes an edit"),
            Self::Persist(process) => write!(out, "process {process}: its records become durable"),
            Self::Join(process) => write!(out, "process {process}: asks for the room"),
            Self::Leave(process) => {
                write!(out, "process {process}: sees that its connection ended")
            }
            Self::Drop(process) => write!(out, "process {process}: its connection ends"),
            Self::Name(process) => write!(out, "process {process}: gives a draft its number"),
            Self::Push(process, seq) => write!(out, "process {process}: sends mutation {seq}"),
            Self::Deliver(message) => write!(out, "comes: {message}"),
            Self::Sync => write!(out, "room: its records become durable"),
            Self::Tell(client) => write!(out, "room: tells {client} what is new"),
            Self::CrashServer => write!(out, "the server crashes and begins anew"),
            Self::CrashClient(process) => write!(out, "process {process}: crashes, begins anew"),
            Self::Evict(client) => write!(out, "room: gives up the register of {client}"),
            Self::BackUp => write!(out, "a backup of the room is made"),
            Self::Restore => write!(out, "the room is restored from its backup"),
            Self::Copy(process) => write!(out, "process {process}: its storage is copied"),
            Self::RollBack(process) => {
                write!(out, "process {process}: crashes, begins anew with the copy")
            }
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Join { channel, client, session, version, heard, .. } => {
                write!(out, "Join on {channel} of {client}, ")?;
                match session {
                    Some(session) => write!(out, "session {session}")?,
                    None => write!(out, "no session")?,
                }
                write!(out, ", at version {version}, heard {heard}")
            }
            Self::Joined { channel, epoch, session, last } => {
                write!(out, "Joined on {channel}, epoch {epoch}, session {session}, last {last}")
            }
            Self::Denied { channel, code } => write!(out, "Denied({code:?}) on {channel}"),
            Self::Push { channel, client, session, seq, mutation, .. } => {
                write!(out, "Push on {channel} of {client}, session {session}: ")?;
                write!(out, "mutation {seq} is edit {}", mutation.edit)
            }
            Self::Delta { channel, body, personal } => {
                write!(out, "Delta on {channel} from {} to {}", body.from, body.to)?;
                if body.more {
                    write!(out, ", more follows")?;
                }
                match personal {
                    Some(personal) => write!(out, ", last {}", personal.last),
                    None => Ok(()),
                }
            }
            Self::Ack { channel, personal } => {
                write!(out, "Ack on {channel}, last {}", personal.last)
            }
        }
    }
}

/// The protocol as the searches see it.
#[derive(Clone, Debug)]
pub struct Protocol(pub Config);

impl AsRef<Config> for Protocol {
    fn as_ref(&self) -> &Config {
        &self.0
    }
}

impl Protocol {
    fn begin(&self) -> World {
        let config = &self.0;
        let shared = config.start == Start::Shared;
        let name = |process| ClientId { process, taken: 0 };
        let owner = |process| name(if shared { ProcessNo::ZERO } else { process });
        let store = |process| Store::new(owner(process));
        let mut world = World {
            processes: config.processes().map(|it| Arc::new(Process::new(it, store(it)))).collect(),
            room: Arc::default(),
            network: Arc::default(),
            told: Verdicts::default(),
            sent: Vec::new(),
            faults: Faults::default(),
        };
        let room = Arc::make_mut(&mut world.room);
        match config.start {
            Start::Fresh | Start::Joined => {}
            Start::Behind => {
                let [edit, _] = STRANGE;
                room.write(edit);
            }
            Start::Shared => {
                let session = room.issue(name(ProcessNo::ZERO));
                for process in world.processes.iter_mut().map(Arc::make_mut) {
                    process.store.session = Some(session);
                }
            }
            Start::Restored => {
                let [edit, lost] = STRANGE;
                let session = room.issue(name(ProcessNo::ZERO));
                room.write(lost);
                if let Some(process) = world.processes.first_mut().map(Arc::make_mut) {
                    process.store.session = Some(session);
                    process.store.version = room.durable.version();
                    process.store.cells = fold(&room.durable.log);
                }
                room.begin_anew();
                room.write(edit);
            }
        }
        let met = config.start != Start::Fresh;
        for process in world.processes.iter_mut().filter(|_| met).map(Arc::make_mut) {
            process.store.epoch = Some(Epoch::ZERO);
            if matches!(config.start, Start::Joined | Start::Behind) {
                let channel = Channel { process: process.number, join: 0 };
                process.joins = 1;
                process.link = Link::In(channel);
                let client = process.store.client;
                process.store.session = Some(room.admit(client, channel));
            }
            process.disk = process.store.clone();
        }
        world
    }

    fn client_steps(&self, world: &World, process: &Process, steps: &mut Vec<Step>) {
        let (config, number) = (&self.0, process.number);
        if config.edit(number, process.made).is_some() {
            steps.push(Step::Edit(number));
        }
        if process.store != process.disk {
            steps.push(Step::Persist(number));
        }
        if process.joins < config.joins {
            match process.link {
                Link::Out => steps.push(Step::Join(number)),
                Link::Joining(channel) | Link::In(channel) => {
                    if !world.room.knows(channel) && !world.network.has_join(channel) {
                        steps.push(Step::Leave(number));
                    } else if world.faults.drops < config.drops {
                        steps.push(Step::Drop(number));
                    }
                }
                Link::Denied => {
                    // Its application opens the room again.
                    if config.start == Start::Shared {
                        steps.push(Step::Join(number));
                    }
                }
            }
        }
        if process.names() {
            steps.push(Step::Name(number));
        }
        steps.extend(process.sendable(config).into_iter().map(|seq| Step::Push(number, seq)));
        if world.faults.client_crashes < config.client_crashes {
            steps.push(Step::CrashClient(number));
        }
        if world.faults.rollbacks < config.rollbacks {
            let step = if process.copy.is_none() { Step::Copy } else { Step::RollBack };
            steps.push(step(number));
        }
    }

    fn room_steps(&self, world: &World, steps: &mut Vec<Step>) {
        let (config, room, faults) = (&self.0, &world.room, &world.faults);
        if room.staged != room.durable {
            steps.push(Step::Sync);
        }
        steps.extend(room.readers().map(Step::Tell));
        if faults.server_crashes < config.server_crashes {
            steps.push(Step::CrashServer);
        }
        if faults.evictions < config.evictions {
            steps.extend(room.staged.registers.keys().copied().map(Step::Evict));
        }
        if faults.restores < config.restores {
            steps.push(if room.backup.is_none() { Step::BackUp } else { Step::Restore });
        }
    }

    fn deliver(&self, world: &mut World, message: &Message) -> Option<()> {
        let config = &self.0;
        match message {
            Message::Join { .. } => {
                if !Arc::make_mut(&mut world.room).join(
                    config,
                    Arc::make_mut(&mut world.network),
                    message,
                ) {
                    return None;
                }
                // A channel is joined once.
                Arc::make_mut(&mut world.network).keep(|other| other != message);
            }
            Message::Push { .. } => Arc::make_mut(&mut world.room).push(
                config,
                Arc::make_mut(&mut world.network),
                message,
            ),
            Message::Joined { channel, .. }
            | Message::Denied { channel, .. }
            | Message::Delta { channel, .. }
            | Message::Ack { channel, .. } => {
                let process = world.processes.get_mut(usize::from(channel.process.0))?;
                let process = Arc::make_mut(process);
                process.receive(config, &mut world.told, message);
            }
        }
        Some(())
    }

    fn step_client(&self, world: &mut World, number: ProcessNo, step: &Step) -> Option<()> {
        let config = &self.0;
        let joins = world.processes.iter().map(|process| process.joins).fold(0, u8::saturating_add);
        let process = Arc::make_mut(world.processes.get_mut(usize::from(number.0))?);
        match step {
            Step::Edit(_) => {
                let (edit, plan) = config.edit(number, process.made)?;
                process.edit(edit, plan);
            }
            Step::Persist(_) => process.persist(),
            Step::Join(_) => {
                let join = if config.start == Start::Shared { joins } else { process.joins };
                process.join(config, Arc::make_mut(&mut world.network), join);
            }
            Step::Leave(_) => process.leave(),
            Step::Drop(_) => {
                world.faults.drops = world.faults.drops.saturating_add(1);
                process.leave();
            }
            Step::Name(_) => process.name(),
            Step::Push(_, seq) => {
                let mutation = process.push(config, Arc::make_mut(&mut world.network), *seq)?;
                let sent = (process.store.client, *seq, mutation);
                if let Err(place) = world.sent.binary_search(&sent) {
                    world.sent.insert(place, sent);
                }
            }
            Step::CrashClient(_) => {
                world.faults.client_crashes = world.faults.client_crashes.saturating_add(1);
                process.crash();
            }
            Step::Copy(_) => process.copy = Some(process.disk.clone()),
            Step::RollBack(_) => {
                world.faults.rollbacks = world.faults.rollbacks.saturating_add(1);
                process.roll_back();
            }
            Step::Deliver(_)
            | Step::Sync
            | Step::Tell(_)
            | Step::CrashServer
            | Step::Evict(_)
            | Step::BackUp
            | Step::Restore => {}
        }
        Some(())
    }

    fn step(&self, world: &mut World, step: &Step) -> Option<()> {
        let config = &self.0;
        match step {
            Step::Edit(number)
            | Step::Persist(number)
            | Step::Join(number)
            | Step::Leave(number)
            | Step::Drop(number)
            | Step::Name(number)
            | Step::Push(number, _)
            | Step::CrashClient(number)
            | Step::Copy(number)
            | Step::RollBack(number) => self.step_client(world, *number, step)?,
            Step::Deliver(message) => self.deliver(world, message)?,
            Step::Sync => {
                Arc::make_mut(&mut world.room).sync(config, Arc::make_mut(&mut world.network));
            }
            Step::Tell(client) => Arc::make_mut(&mut world.room).tell(
                config,
                Arc::make_mut(&mut world.network),
                *client,
            ),
            Step::CrashServer => {
                world.faults.server_crashes = world.faults.server_crashes.saturating_add(1);
                Arc::make_mut(&mut world.room).crash();
            }
            Step::Evict(client) => {
                world.faults.evictions = world.faults.evictions.saturating_add(1);
                Arc::make_mut(&mut world.room).evict(*client);
            }
            Step::BackUp => {
                let room = Arc::make_mut(&mut world.room);
                room.backup = Some(room.durable.clone());
            }
            Step::Restore => {
                world.faults.restores = world.faults.restores.saturating_add(1);
                Arc::make_mut(&mut world.room).restore(config);
            }
        }
        Some(())
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![self.begin()]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        for process in &world.processes {
            self.client_steps(world, process, steps);
        }
        self.room_steps(world, steps);
        steps.extend(world.network.iter().copied().map(Step::Deliver));
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        let mut next = world.clone();
        self.step(&mut next, &step)?;
        next.forget_the_dead();
        (next != *world).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        promise::properties(&self.0)
    }
}
