//! Every crash of a journal's user, on a disk that keeps any part of what was not synced.
//!
//! A *story* is the list of what the journal was to hold after each step. Whatever happens, opening
//! gives a state of the story: none older than the latest one that was told to be durable, none
//! newer than the latest one that was begun. What opening gave is told from then on.

use std::path::{Path, PathBuf};

use super::commit::plant::{self, Plant};
use super::*;
use crate::host::disk::simulated::{Chance, Fault, Kind, LeftOut, Machine, Mark, Phase, State};

type Blobs = Vec<Vec<u8>>;
/// What was found to be wrong.
type Broken = String;

const LOG: &str = "/data/rooms/log";

#[derive(Clone, Copy, Debug)]
enum Step {
    Append(usize),
    Sync,
    Replace(usize),
    /// The file is closed until it is written.
    Rest,
    /// The journal is dropped, and opened again.
    Reopen,
    /// The journal is closed, and opened again.
    Close,
}
use Step::{Append, Close, Reopen, Replace, Rest, Sync};

/// All that a journal's user does, with what was synced and what was not before each of it.
const SCRIPT: [Step; 24] = [
    Append(9),
    Sync,
    Append(0),
    Append(40),
    Sync,
    Reopen,
    Append(17),
    Sync,
    Append(3),
    Replace(30),
    Append(11),
    Sync,
    Append(5),
    Reopen,
    Replace(0),
    Append(70),
    Sync,
    Append(1),
    Rest,
    Sync,
    Append(2),
    Close,
    Append(6),
    Sync,
];

/// What the journal was to hold, in order.
#[derive(Clone, Debug)]
struct Story {
    states: Vec<Blobs>,
    mark: Mark,
    number: u32,
}

impl Story {
    fn new() -> Self {
        Self { states: vec![Blobs::new()], mark: Mark::default(), number: 0 }
    }

    /// The story of whoever comes after a crash at this mark.
    fn after(&self, mark: Mark) -> Self {
        let states = self.states[..=mark.begun].to_vec();
        Self { states, mark, number: self.number + 1_000 }
    }

    /// A blob that there is once.
    fn blob(&mut self, len: usize) -> Vec<u8> {
        self.number += 1;
        let mut blob = self.number.to_le_bytes().to_vec();
        blob.resize(4 + len, u8::try_from(self.number % 3).unwrap());
        blob
    }

    fn begin(&mut self, machine: &Machine, state: Blobs) {
        self.states.push(state);
        self.mark.begun = self.states.len() - 1;
        machine.set_mark(self.mark);
    }

    fn told(&mut self, machine: &Machine) {
        self.mark.told = self.mark.begun;
        machine.set_mark(self.mark);
    }

    fn latest(&self) -> &Blobs {
        &self.states[self.mark.begun]
    }

    /// Opens the journal. What it holds is told from now on.
    fn open(&mut self, machine: &Machine) -> Result<Result<Journal, Error>, Broken> {
        machine.set_phase(Phase::Opening);
        let opened = Journal::open_on(&Disk::Simulated(machine.clone()), Path::new(LOG));
        machine.set_phase(Phase::Running);
        let (journal, found) = match opened {
            Ok(opened) => opened,
            Err(error) if error.code == Code::StorageFailed => return Ok(Err(error)),
            Err(error) => return Err(format!("it does not open: {error}")),
        };
        let possible = &self.states[self.mark.told..=self.mark.begun];
        if !possible.contains(&found.blobs) {
            return Err(format!("{:?} instead of one of {possible:?}", found.blobs));
        }
        self.begin(machine, found.blobs);
        self.told(machine);
        Ok(Ok(journal))
    }

    fn step(&mut self, machine: &Machine, journal: &mut Journal, step: Step) -> Result<(), Error> {
        match step {
            Append(len) => {
                let blob = self.blob(len);
                let state = [self.latest().clone(), vec![blob.clone()]].concat();
                self.begin(machine, state);
                journal.append(&blob)
            }
            Sync => journal.sync().map(|()| self.told(machine)),
            Replace(len) => {
                let blob = self.blob(len);
                self.begin(machine, vec![blob.clone()]);
                journal.replace(&blob).map(|()| self.told(machine))
            }
            Rest => {
                journal.rest();
                Ok(())
            }
            Reopen | Close => Ok(()),
        }
    }

    /// Does all steps; after a failure the journal is opened again. Returns how many failures there
    /// were.
    fn play(&mut self, machine: &Machine, steps: &[Step]) -> Result<usize, Broken> {
        let mut failures = 0;
        let mut journal: Option<Journal> = None;
        for step in steps {
            if matches!(step, Reopen) {
                journal = None;
            }
            if matches!(step, Close)
                && let Some(opened) = journal.take()
            {
                match opened.close() {
                    Ok(()) => self.told(machine),
                    Err(_) => failures += 1,
                }
            }
            if journal.is_none() {
                journal = self.open(machine)?.ok();
            }
            let Some(mut opened) = journal.take() else {
                failures += 1;
                continue;
            };
            match self.step(machine, &mut opened, *step) {
                Ok(()) => journal = Some(opened),
                Err(error) if error.code == Code::StorageFailed => failures += 1,
                Err(error) => return Err(format!("{step:?}: {error}")),
            }
        }
        Ok(failures)
    }
}

/// A mistake, and whether the journal or its use of the disk makes it.
#[derive(Clone, Copy, Debug, Default)]
struct Mistake {
    left_out: Option<LeftOut>,
    plant: Option<Plant>,
}

fn is_log(path: &Path) -> bool {
    path == Path::new(LOG)
}

/// How many images of each moment are looked at in turn, and how many others at random.
const TURNS: usize = 16;
const OTHERS: u64 = 6;

/// What the disk may hold after a loss of power at this moment.
fn images(moment: &State, turns: usize, others: u64) -> Vec<Machine> {
    let mut images =
        vec![moment.lose_power(&mut Chance::Nothing), moment.lose_power(&mut Chance::Everything)];
    let mut turn = Some(Chance::first());
    for _ in 0..turns {
        let Some(mut chance) = turn else { return images };
        images.push(moment.lose_power(&mut chance));
        turn = chance.next();
    }
    images.extend((0..others).map(|seed| moment.lose_power(&mut Chance::Random(seed))));
    images
}

/// Goes on after a crash: opens the journal, is killed and loses power meanwhile, and writes on.
/// Returns how many crashes that were.
fn live_on(story: &Story, machine: &Machine, mark: Mark, deep: bool) -> Result<usize, Broken> {
    let mut story = story.after(mark);
    machine.set_mark(mark);
    if deep {
        machine.note_moments();
    }
    let journal = story.open(machine)?;
    let mut journal = journal.map_err(|error| format!("it does not open: {error}"))?;
    for step in [Append(20), Sync] {
        story.step(machine, &mut journal, step).map_err(|error| error.to_string())?;
    }
    let mut crashes = 0;
    for moment in machine.moments() {
        let (turns, others) = if deep { (4, 2) } else { (0, 0) };
        for image in images(&moment, turns, others) {
            crashes += 1;
            let mut later = story.after(moment.mark());
            later.open(&image)?.map_err(|error| format!("not again: {error}"))?;
        }
    }
    Ok(crashes)
}

/// Crashes at each operation of a script, and in the middle of each write. Returns how many crashes
/// that were.
fn crash_everywhere(sector: usize, mistake: Mistake) -> Result<usize, Broken> {
    let machine = Machine::with_sectors(sector);
    machine.leave_out(mistake.left_out);
    let _planted = plant::set(mistake.plant);
    let mut story = Story::new();
    machine.note_moments();
    assert_eq!(story.play(&machine, &SCRIPT)?, 0, "nothing fails by itself");
    let moments = machine.moments();
    let mut crashes = 0;
    for moment in moments {
        let whole = !moment.is_torn();
        let (turns, others) = if whole { (TURNS, OTHERS) } else { (2, 2) };
        crashes += live_on(&story, &moment.restart(), moment.mark(), whole)?;
        for image in images(&moment, turns, others) {
            crashes += 1 + live_on(&story, &image, moment.mark(), false)?;
        }
    }
    Ok(crashes)
}

/// Has each operation fail once, in each way; power is lost afterwards.
fn fail_everywhere(mistake: Mistake) -> Result<usize, Broken> {
    let _planted = plant::set(mistake.plant);
    let mut failures = 0;
    for fault in [Fault::Interrupted, Fault::Short, Fault::Broken] {
        for operation in 0.. {
            let machine = Machine::with_sectors(16);
            machine.leave_out(mistake.left_out);
            machine.plan(operation, fault, Chance::Random(operation as u64));
            let mut story = Story::new();
            let failed = story.play(&machine, &SCRIPT)?;
            assert!(fault == Fault::Broken || failed == 0, "{fault:?} is nobody's concern");
            failures += failed;
            crash_now(&story, &machine)?;
            if machine.operations() <= operation {
                break;
            }
        }
    }
    Ok(failures)
}

/// Kills the process, and loses power, here and now.
fn crash_now(story: &Story, machine: &Machine) -> Result<(), Broken> {
    let now = machine.now();
    for image in images(&now, 8, 4).into_iter().chain([now.restart()]) {
        live_on(story, &image, now.mark(), false)?;
    }
    Ok(())
}

const SEEDS: u64 = 100;

/// Lives of one journal, each of which ends in a crash: steps, faults, a full disk, as a seed says.
fn live_by_seed(seed: u64, mistake: Mistake) -> Result<usize, Broken> {
    let _planted = plant::set(mistake.plant);
    let mut dice = Chance::Random(seed.wrapping_mul(7_919));
    let mut machine = Machine::with_sectors([8, 64, 512][dice.pick(3)]);
    machine.leave_out(mistake.left_out);
    let mut story = Story::new();
    let mut lives = 0;
    for _ in 0..6 {
        lives += 1;
        let steps: Vec<Step> = (0..4 + dice.pick(12))
            .map(|_| match dice.pick(10) {
                0 => Replace(dice.pick(200)),
                1 => Reopen,
                2..=4 => Sync,
                5 => Append(dice.pick(3_000)),
                6 => Rest,
                7 => Close,
                _ => Append(dice.pick(90)),
            })
            .collect();
        if dice.pick(2) == 0 {
            machine.plan(dice.pick(40), Fault::Broken, Chance::Random(seed));
        }
        if dice.pick(3) == 0 {
            machine.set_capacity(machine.bytes() + dice.pick(6_000));
        }
        machine.note_moments();
        story.play(&machine, &steps)?;
        let moments = machine.moments();
        let moment = &moments[dice.pick(moments.len())];
        story = story.after(moment.mark());
        machine = match dice.pick(3) {
            0 => moment.restart(),
            _ => moment.lose_power(&mut Chance::Random(seed ^ lives)),
        };
        machine.set_capacity(usize::MAX);
        // There is space again, and nothing fails: it opens.
        story.open(&machine)?.map_err(|error| format!("it does not open: {error}"))?;
    }
    Ok(1)
}

#[test]
fn a_crash_at_any_operation_keeps_what_was_told_and_invents_nothing() {
    let mut crashes = 0;
    for sector in [16, 512] {
        crashes += crash_everywhere(sector, Mistake::default()).unwrap();
    }
    assert!(crashes > 8_000, "{crashes}");
}

#[test]
fn an_operation_that_fails_once_loses_nothing() {
    let failures = fail_everywhere(Mistake::default()).unwrap();
    assert!(failures > 40, "{failures}");
}

#[test]
fn many_crashes_of_one_journal_lose_nothing() {
    for seed in 0..SEEDS {
        live_by_seed(seed, Mistake::default()).unwrap_or_else(|broken| panic!("{seed}: {broken}"));
    }
}

#[test]
fn a_full_disk_loses_nothing_and_can_be_opened_with_and_without_space() {
    let machine = Machine::with_sectors(16);
    Story::new().play(&machine, &SCRIPT).unwrap();
    let most = machine.bytes() * 2;
    let mut refused = 0;
    for capacity in (0..700).chain((700..most).step_by(61)) {
        let machine = Machine::with_sectors(16);
        machine.set_capacity(capacity);
        let mut story = Story::new();
        refused += story.play(&machine, &SCRIPT).unwrap();
        if machine.content(Path::new(LOG)).is_some() {
            story.open(&machine).unwrap().unwrap();
        }
        crash_now_full(&story, &machine, capacity);
        machine.set_capacity(usize::MAX);
        assert_eq!(story.play(&machine, &SCRIPT).unwrap(), 0, "there is space again");
        assert!(machine.content(&PathBuf::from(format!("{LOG}.new"))).is_none());
    }
    assert!(refused > 1_000, "{refused}");
}

fn crash_now_full(story: &Story, machine: &Machine, capacity: usize) {
    let now = machine.now();
    for image in images(&now, 2, 2) {
        let mut story = story.after(now.mark());
        image.set_capacity(capacity);
        if image.content(Path::new(LOG)).is_some() {
            story.open(&image).unwrap().unwrap();
        }
    }
}

/// Each mistake that one can make is found by one of the tests above.
#[test]
fn every_mistake_is_found() {
    let left_out = |left_out: LeftOut| Mistake { left_out: Some(left_out), plant: None };
    let planted = |plant| Mistake { left_out: None, plant: Some(plant) };
    let mistakes = [
        (
            "no sync before it is told",
            left_out(|kind, path, phase| {
                kind == Kind::Sync && is_log(path) && phase == Phase::Running
            }),
        ),
        (
            "no sync of a new file before it has its name",
            left_out(|kind, path, _| kind == Kind::Sync && !is_log(path)),
        ),
        ("no sync of a directory", left_out(|kind, _, _| kind == Kind::SyncDirectory)),
        (
            "no sync of the directory after a replace",
            left_out(|kind, _, phase| kind == Kind::SyncDirectory && phase == Phase::Running),
        ),
        (
            "no sync of the directory at an open",
            left_out(|kind, path, phase| {
                kind == Kind::SyncDirectory && path != Path::new("/") && phase == Phase::Opening
            }),
        ),
        (
            "no sync of the directories above",
            left_out(|kind, path, _| {
                kind == Kind::SyncDirectory && path != Path::new(LOG).parent().unwrap()
            }),
        ),
        (
            "no sync of what an open finds",
            left_out(|kind, path, phase| {
                kind == Kind::Sync && is_log(path) && phase == Phase::Opening
            }),
        ),
        (
            "what an open finds is not written again",
            left_out(|kind, path, phase| {
                kind == Kind::Write && is_log(path) && phase == Phase::Opening
            }),
        ),
        ("payloads are not checked", planted(Plant::PayloadUnchecked)),
        ("heads are not checked", planted(Plant::HeadUnchecked)),
    ];
    for (name, mistake) in mistakes {
        let found = fail_everywhere(mistake).is_err()
            || crash_everywhere(16, mistake).is_err()
            || (0..SEEDS).any(|seed| live_by_seed(seed, mistake).is_err());
        assert!(found, "{name}");
    }
}
