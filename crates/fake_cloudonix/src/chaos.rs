//! Webhooks as a bad day brings them: twice, late, in another order, and again because nobody said thanks.

use crate::dice::Dice;

/// What goes wrong on purpose, in so many of a hundred webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chaos {
    pub seed: u64,
    /// Sent once more, at once.
    pub repeated_percent: u8,
    /// Held back until others overtook it.
    pub late_percent: u8,
    /// Lost on the way, and sent again later.
    pub dropped_percent: u8,
}

impl Chaos {
    /// A fifth of everything goes wrong in one way or another.
    pub fn of(seed: u64) -> Self {
        Self { seed, repeated_percent: 10, late_percent: 20, dropped_percent: 10 }
    }
}

/// How many others may overtake one that is held back.
const OVERTAKEN_MAX: u32 = 5;

/// The order in which things leave, given the order in which they happened.
#[derive(Debug)]
pub(crate) struct Disorder<T> {
    chaos: Option<Chaos>,
    dice: Dice,
    held: Vec<(u32, T)>,
}

impl<T: Clone> Disorder<T> {
    pub(crate) fn new(chaos: Option<Chaos>, of: u64) -> Self {
        let dice = Dice::new(chaos.map_or(0, |chaos| chaos.seed) ^ of.rotate_left(17));
        Self { chaos, dice, held: Vec::new() }
    }

    /// Takes what happened next, and gives what leaves now.
    pub(crate) fn next(&mut self, one: T) -> Vec<T> {
        let Some(chaos) = self.chaos else { return vec![one] };
        let mut leaves = Vec::new();
        if self.dice.percent(chaos.late_percent) || self.dice.percent(chaos.dropped_percent) {
            self.held.push((self.dice.between(1, OVERTAKEN_MAX), one));
        } else {
            if self.dice.percent(chaos.repeated_percent) {
                leaves.push(one.clone());
            }
            leaves.push(one);
        }
        for (overtaken, _) in &mut self.held {
            *overtaken = overtaken.saturating_sub(1);
        }
        let (due, held) = std::mem::take(&mut self.held).into_iter().partition(|(left, _)| *left == 0);
        self.held = held;
        let due: Vec<(u32, T)> = due;
        leaves.extend(due.into_iter().map(|(_, one)| one));
        leaves
    }

    /// Gives everything that is still held: nothing is lost for good.
    pub(crate) fn rest(&mut self) -> Vec<T> {
        std::mem::take(&mut self.held).into_iter().map(|(_, one)| one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(chaos: Option<Chaos>) -> Vec<u32> {
        let mut disorder = Disorder::new(chaos, 7);
        let mut sent: Vec<u32> = (0..50).flat_map(|at| disorder.next(at)).collect();
        sent.extend(disorder.rest());
        sent
    }

    #[test]
    fn chaos_repeats_and_reorders_and_loses_nothing() {
        assert_eq!(sent(None), (0..50).collect::<Vec<_>>());
        let chaotic = sent(Some(Chaos::of(3)));
        assert!((0..50).all(|at| chaotic.contains(&at)), "{chaotic:?}");
        assert!(chaotic.len() > 50, "nothing was repeated");
        assert!(!chaotic.is_sorted(), "nothing was overtaken");
        assert_eq!(chaotic, sent(Some(Chaos::of(3))), "a seed replays");
        assert_ne!(chaotic, sent(Some(Chaos::of(4))));
    }
}
