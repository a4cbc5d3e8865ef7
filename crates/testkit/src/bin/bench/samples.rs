//! Times taken, and the two numbers that are told of them.

use std::time::{Duration, Instant};

/// Durations in the order they were taken.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    /// Times something `count` times.
    pub(crate) fn of(count: usize, mut deed: impl FnMut()) -> Self {
        let mut samples = Self::default();
        for _ in 0..count {
            let began = Instant::now();
            deed();
            samples.push(began.elapsed());
        }
        samples
    }

    /// Times something too short for the clock: each sample is the mean of `batch` runs.
    pub(crate) fn of_batches(count: usize, batch: u32, mut deed: impl FnMut()) -> Self {
        let mut samples = Self::of(count, || (0..batch).for_each(|_| deed()));
        samples.0.iter_mut().for_each(|taken| *taken /= batch);
        samples
    }

    pub(crate) fn push(&mut self, taken: Duration) {
        self.0.push(taken);
    }

    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    pub(crate) fn median(&self) -> Duration {
        self.quantile(0.5)
    }

    pub(crate) fn p99(&self) -> Duration {
        self.quantile(0.99)
    }

    /// The smallest sample that this share of the samples does not exceed; zero where there are none.
    fn quantile(&self, share: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

/// The middle of a few numbers; zero where there are none.
pub(crate) fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_the_hundredth_part_above_are_samples_themselves() {
        let samples = Samples((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!(
            (samples.median(), samples.p99()),
            (Duration::from_millis(100), Duration::from_millis(198))
        );
        assert_eq!(Samples::default().p99(), Duration::ZERO);
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }
}
