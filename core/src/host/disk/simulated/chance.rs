//! What becomes of what was not synced: nothing, everything, anything, or each of all outcomes in turn.

/// Decides how much of the latest of several states each part is in.
#[derive(Clone, Debug)]
pub(crate) enum Chance {
    /// Nothing that was not synced is there.
    Nothing,
    /// Everything is there.
    Everything,
    /// Whatever this number leads to.
    Random(u64),
    /// The outcomes so far, each with how many there were to choose from; and which comes next.
    Turn(Vec<(usize, usize)>, usize),
}

impl Chance {
    /// The first of all outcomes.
    pub(crate) const fn first() -> Self {
        Self::Turn(Vec::new(), 0)
    }

    /// One of `most` states, 0 being the oldest.
    pub(crate) fn pick(&mut self, most: usize) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Everything => most - 1,
            Self::Random(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut mixed = *state;
                mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                usize::try_from((mixed ^ (mixed >> 31)) % most as u64).unwrap()
            }
            Self::Turn(picks, next) => {
                if *next == picks.len() {
                    picks.push((0, most));
                }
                *next += 1;
                assert_eq!(picks[*next - 1].1, most, "the same choices lead to the same question");
                picks[*next - 1].0
            }
        }
    }

    /// The next of all outcomes after one was seen to its end.
    pub(crate) fn next(self) -> Option<Self> {
        let Self::Turn(mut picks, next) = self else { return None };
        picks.truncate(next);
        while let Some((pick, most)) = picks.pop() {
            if pick + 1 < most {
                picks.push((pick + 1, most));
                return Some(Self::Turn(picks, 0));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_its_turn_once() {
        let (mut seen, mut chance) = (Vec::new(), Some(Chance::first()));
        while let Some(mut turn) = chance {
            let first = turn.pick(3);
            // What is asked next may depend on the answer.
            let second = if first == 1 { turn.pick(2) } else { 0 };
            seen.push((first, second));
            chance = turn.next();
        }
        assert_eq!(seen, [(0, 0), (1, 0), (1, 1), (2, 0)]);
    }
}
