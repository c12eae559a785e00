//! Clients with a room as it is, rather than as a test plays it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::exchange::{FromRoom, Grant, JoinRoom, ToRoom};
use crate::id::{Arrival, Principal, ReaderId};
use crate::message::Denied;
use crate::policy::{Policies, Policy};
use crate::resolve::{Resolver, Resolvers};
use crate::room::{Room, RoomConfig, RoomOutput};

/// Several clients of one room; frames are handed over in the order in which they were sent.
struct World {
    room: Room,
    rigs: Vec<Rig>,
    /// Which client a reader is, while it is connected.
    readers: BTreeMap<ReaderId, usize>,
    next: ReaderId,
    verdicts: Vec<BTreeMap<u64, Verdict>>,
    /// Mutations that a refusal named.
    refused: Vec<BTreeSet<u64>>,
    drafts: Vec<BTreeSet<u64>>,
    diverged: usize,
}

impl World {
    fn new(clients: usize) -> Self {
        let policy = Policies::new(Policy::Last);
        let policy = policy.with("strict", Policy::Strict).with("merge", Policy::Merge);
        let config = RoomConfig {
            policy,
            durability: Durability::Volatile,
            digest_always: true,
            ..RoomConfig::default()
        };
        let mut resolvers = Resolvers::default();
        resolvers.set("strict", Resolver::KeepMine);
        resolvers.set("merge", Resolver::ThreeWay);
        let rig = |number: usize| {
            let config = ClientConfig { resolvers: resolvers.clone(), ..ClientConfig::default() };
            Rig::with(Client::new(config, [u8::try_from(number).unwrap(); 32]))
        };
        Self {
            room: Room::new(name(), config, EPOCH).unwrap(),
            rigs: (0..clients).map(rig).collect(),
            readers: BTreeMap::new(),
            next: ReaderId::new(1),
            verdicts: vec![BTreeMap::new(); clients],
            refused: vec![BTreeSet::new(); clients],
            drafts: vec![BTreeSet::new(); clients],
            diverged: 0,
        }
    }

    /// Hands over what was said until nobody says anything.
    fn run(&mut self) {
        loop {
            let mut said = false;
            for number in 0..self.rigs.len() {
                self.rigs[number].drain();
                self.note(number);
                for message in core::mem::take(&mut self.rigs[number].sent) {
                    said |= self.hear_client(number, message);
                }
            }
            while let Some(output) = self.room.poll_output() {
                if let RoomOutput::ToServer(from) = output {
                    said = true;
                    self.hear_room(from);
                }
            }
            if !said {
                return;
            }
        }
    }

    fn note(&mut self, number: usize) {
        for event in core::mem::take(&mut self.rigs[number].events) {
            if let ClientEvent::Verdict { draft, verdict, .. } = event {
                let told = self.verdicts[number].insert(draft.get(), verdict);
                assert_eq!(told, None, "one verdict for each mutation");
            } else if let ClientEvent::Refused { refusal, by } = event {
                self.drafts[number].extend(by.map(DraftId::get));
                self.note_refusal(number, &refusal);
            } else if let ClientEvent::Conflict(refusal) = event {
                // What a resolver could not make again; nobody answers.
                self.note_refusal(number, &refusal);
            } else if matches!(event, ClientEvent::Diverged { .. }) {
                self.diverged += 1;
            }
        }
    }

    fn note_refusal(&mut self, number: usize, refusal: &Refused) {
        for draft in refusal.drafts.iter().map(|draft| draft.get()) {
            let verdict = self.verdicts[number].get(&draft);
            assert!(matches!(verdict, Some(Verdict::Refused { .. })), "{draft}: {verdict:?}");
            assert!(self.refused[number].insert(draft), "{draft} is named once");
        }
    }

    fn reader(&self, number: usize) -> Option<ReaderId> {
        self.readers.iter().find(|(_, client)| **client == number).map(|(reader, _)| *reader)
    }

    fn hear_client(&mut self, number: usize, message: Message) -> bool {
        let now = self.rigs[number].now;
        let Some(reader) = self.reader(number) else {
            return self.let_in(number, message);
        };
        if let Message::Push(push) = message {
            self.room.handle(now, ToRoom::Push { reader, push });
        } else if let Message::Leave(_) = message {
            self.readers.remove(&reader);
            self.room.handle(now, ToRoom::Leave { reader });
        } else {
            assert!(matches!(message, Message::Ping(_)), "{message:?}");
        }
        true
    }

    fn let_in(&mut self, number: usize, message: Message) -> bool {
        let Message::Join(join) = message else { return false };
        let principal = Principal::new(format!("p{number}")).unwrap();
        let reader = self.next;
        self.next = reader.next();
        self.readers.insert(reader, number);
        self.rigs[number].channel = join.channel;
        let arrival = Arrival::new(reader.get());
        let Join { channel, client, writes, session, epoch, version, heard, .. } = join;
        let grant = Grant::writer(principal, vec![String::new()]);
        let join = JoinRoom {
            reader,
            arrival,
            channel,
            grant,
            client,
            writes,
            session,
            epoch,
            version,
            heard,
        };
        self.room.handle(self.rigs[number].now, ToRoom::Join(join));
        true
    }

    fn hear_room(&mut self, from: FromRoom) {
        let now = Time::default();
        match from {
            FromRoom::News { reader } => self.room.handle(now, ToRoom::Pull { reader }),
            FromRoom::Joined { reader, epoch, session, last, durability, presence } => {
                self.say(reader, |channel| {
                    let joined = Joined { channel, epoch, session, last, durability, presence };
                    Message::Joined(joined)
                });
            }
            FromRoom::Denied { reader, code } => {
                self.say(reader, |channel| Message::Denied(Denied { channel, code }));
                self.readers.remove(&reader);
            }
            FromRoom::Delta { reader, personal, body } => {
                let body = Arc::clone(&body.body);
                self.say(reader, |channel| Message::Delta(Delta { channel, personal, body }));
            }
            FromRoom::Presence { .. } | FromRoom::Nothing { .. } => {}
            #[cfg(feature = "views")]
            FromRoom::Show { .. } | FromRoom::Unwatched { .. } => {}
            FromRoom::Fault { error, .. } => panic!("{error}"),
        }
    }

    fn say(&mut self, reader: ReaderId, message: impl FnOnce(Channel) -> Message) {
        let Some(&number) = self.readers.get(&reader) else { return };
        let rig = &mut self.rigs[number];
        let message = message(rig.channel);
        rig.client.handle_frame(rig.now, &frame::encode(&message, Codec::Binary));
    }

    fn connect(&mut self, number: usize) {
        let rig = &mut self.rigs[number];
        if rig.client.status(rig.room) == Some(Status::Offline)
            || rig.client.status(rig.room) == Some(Status::Degraded)
        {
            let join = rig.connect();
            rig.sent.push(Message::Join(join));
        }
    }

    fn disconnect(&mut self, number: usize) {
        if let Some(reader) = self.reader(number) {
            self.readers.remove(&reader);
            self.room.handle(Time::default(), ToRoom::Leave { reader });
        }
        self.rigs[number].sent.clear();
        self.rigs[number].disconnect();
    }

    fn edit(&mut self, number: usize, edit: &Edit) {
        let rig = &mut self.rigs[number];
        let (now, room) = (rig.now, rig.room);
        let draft = match edit {
            Edit::Act(name, action) => rig.client.edit(now, room, name, action.clone()),
            Edit::Guarded(name, action) => {
                let edits = vec![(key(name), Action::Expect), (key(name), action.clone())];
                rig.client.batch(now, room, edits)
            }
            Edit::Insert(at) => {
                let count = match rig.client.get(room, "list") {
                    Some(Content::List(list)) => list.items().len(),
                    Some(Content::Plain(_)) | None => 0,
                };
                rig.client.insert_at(now, room, "list", (*at).min(count), value("1"))
            }
            Edit::Remove(at) => rig.client.remove_at(now, room, "list", *at),
            Edit::Move(from, to) => rig.client.move_to(now, room, "list", *from, *to),
        };
        if let Ok(draft) = draft {
            self.drafts[number].insert(draft.get());
        }
    }

    fn check(&mut self) {
        for number in 0..self.rigs.len() {
            self.connect(number);
        }
        for _ in 0..12 {
            self.run();
            for rig in &mut self.rigs {
                rig.pass_ms(200);
            }
        }
        self.run();
        let want: Vec<(Key, Content)> =
            self.room.entries("").map(|(key, content)| (key.clone(), content.clone())).collect();
        for (number, rig) in self.rigs.iter().enumerate() {
            assert_eq!(rig.client.pending(rig.room), 0, "client {number}");
            assert_eq!(rig.client.entries(rig.room, ""), want, "client {number}");
            assert_eq!(rig.client.version(rig.room), Some(self.room.version()));
            assert_eq!(rig.status(), Status::Synced);
            let told: BTreeSet<u64> = self.verdicts[number].keys().copied().collect();
            assert_eq!(told, self.drafts[number], "every mutation has its verdict");
            let refused = |verdict: &Verdict| matches!(verdict, Verdict::Refused { .. });
            let verdicts = self.verdicts[number].iter();
            let told: BTreeSet<u64> =
                verdicts.filter(|(_, verdict)| refused(verdict)).map(|(draft, _)| *draft).collect();
            assert_eq!(told, self.refused[number], "every refused mutation is named");
            let restored = Rig::restored(ClientConfig::default(), &rig.blobs);
            assert_eq!(restored.client.entries(restored.room, ""), want, "from the log");
        }
        assert_eq!(self.diverged, 0);
        let applied = |verdict: &&Verdict| matches!(verdict, Verdict::Applied { .. });
        let all = self.verdicts.iter().flat_map(BTreeMap::values);
        let count = u64::try_from(all.filter(applied).count()).unwrap();
        assert_eq!(self.room.version().get(), count, "each was applied exactly once");
    }
}

#[derive(Clone, Debug)]
enum Edit {
    Act(&'static str, Action),
    Guarded(&'static str, Action),
    Insert(usize),
    Remove(usize),
    Move(usize, usize),
}

#[derive(Clone, Debug)]
enum Step {
    Edit(usize, Edit),
    Connect(usize),
    Disconnect(usize),
    Wait(usize),
    Run,
}

fn edit() -> impl Strategy<Value = Edit> {
    let name = prop::sample::select(vec!["strict", "merge", "last"]);
    let action = prop_oneof![
        (0..5_i64).prop_map(|n| Action::Set(Value::from_i64(n).unwrap())),
        Just(Action::Set(value("{\"a\":1}"))),
        Just(Action::Delete),
        Just(Action::Add(value("1"))),
        (0..5).prop_map(|n| Action::Merge(value(&format!("{{\"b{}\":{n}}}", n % 2)))),
    ];
    prop_oneof![
        6 => (name.clone(), action.clone()).prop_map(|(name, action)| Edit::Act(name, action)),
        1 => (name, action).prop_map(|(name, action)| Edit::Guarded(name, action)),
        2 => (0..4_usize).prop_map(Edit::Insert),
        1 => (0..4_usize).prop_map(Edit::Remove),
        1 => (0..4_usize, 0..4_usize).prop_map(|(from, to)| Edit::Move(from, to)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..3_usize, edit()).prop_map(|(client, edit)| Step::Edit(client, edit)),
        2 => (0..3_usize).prop_map(Step::Connect),
        1 => (0..3_usize).prop_map(Step::Disconnect),
        4 => (0..3_usize).prop_map(Step::Wait),
        4 => Just(Step::Run),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn clients_of_one_room_agree_with_it_and_every_edit_has_one_verdict(
        steps in prop::collection::vec(step(), 1..90),
    ) {
        let mut world = World::new(3);
        for step in &steps {
            match step {
                Step::Edit(client, edit) => world.edit(*client, edit),
                Step::Connect(client) => world.connect(*client),
                Step::Disconnect(client) => world.disconnect(*client),
                Step::Wait(client) => world.rigs[*client].pass_ms(20),
                Step::Run => world.run(),
            }
        }
        world.check();
    }
}
