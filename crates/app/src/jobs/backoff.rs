//! How long a failed job waits before it is tried again.

use std::time::Duration;

/// The pause after the first failure, at most.
pub const PAUSE_FIRST: Duration = Duration::from_secs(10);
/// The longest pause.
pub const PAUSE_MAX: Duration = Duration::from_secs(3_600);

/// The pause after the try numbered `attempt` (from 1): twice as long each time, up to an hour, and between half and
/// the whole of it as `draw` says, so that jobs which failed together do not come back together.
pub fn pause(attempt: u32, draw: u64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let whole = PAUSE_FIRST.saturating_mul(1 << doublings).min(PAUSE_MAX);
    let half = whole / 2;
    let part = u32::try_from(draw % 1_001).unwrap_or(0);
    half + half * part / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_keep_between_half_and_whole() {
        assert_eq!(pause(1, 0), Duration::from_secs(5));
        assert_eq!(pause(1, 1_000), Duration::from_secs(10));
        assert_eq!(pause(3, 1_000), Duration::from_secs(40));
        assert_eq!(pause(200, 1_000), PAUSE_MAX);
        for draw in 0..2_000 {
            let pause = pause(2, draw);
            assert!((Duration::from_secs(10)..=Duration::from_secs(20)).contains(&pause), "{pause:?}");
        }
    }
}
