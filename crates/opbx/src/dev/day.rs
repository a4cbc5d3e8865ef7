//! A whole day of calls, each begun when it is due, told when it is over.

use crate::cli::DevCalls;
use opbx_fake_cloudonix::FakeCloudonix;
use opbx_fake_cloudonix::day::{Company, Day, Due};
use std::collections::BTreeMap;
use std::time::Duration;

/// The most calls that go on at once; whoever comes then waits.
const AT_ONCE_MAX: usize = 100;
/// How often is looked whether a call is over.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

pub(crate) async fn play(fake: &FakeCloudonix, asked: &DevCalls) {
    let company = Company {
        numbers: asked.numbers.clone(),
        extensions: asked.cloudonix.extensions.clone(),
        outside: asked.outside.clone(),
        keys: asked.keys.clone(),
    };
    let day = Day { seed: asked.seed, calls_per_hour: asked.per_hour, hours: asked.hours };
    let calls = day.calls(&company);
    println!("{} calls in {} hours, by the seed {}\n", calls.len(), asked.hours, asked.seed);
    let mut live = 0;
    let mut tally: BTreeMap<String, u32> = BTreeMap::new();
    let mut now_ms = 0;
    for Due { at_ms, call } in calls {
        wait(at_ms - now_ms, asked.speed).await;
        now_ms = at_ms;
        loop {
            tell(fake, &mut live, &mut tally, asked.quiet);
            if live < AT_ONCE_MAX {
                break;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        match fake.begin(&asked.cloudonix.domain, call) {
            Ok(_) => live += 1,
            Err(error) => eprintln!("{error}"),
        }
    }
    // Each call is bounded, so this ends.
    while live > 0 {
        tell(fake, &mut live, &mut tally, asked.quiet);
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    for (disposition, many) in tally {
        println!("{many:6}  {disposition}");
    }
    println!("{:6}  faults", fake.faults().len());
}

async fn wait(ms: u64, speed: f64) {
    if speed > 0.0 {
        tokio::time::sleep(Duration::from_millis(ms).div_f64(speed)).await;
    }
}

/// Tells the calls that are over since the last look.
fn tell(fake: &FakeCloudonix, live: &mut usize, tally: &mut BTreeMap<String, u32>, is_quiet: bool) {
    for played in fake.take_played() {
        *live = live.saturating_sub(1);
        *tally.entry(format!("{:?}", played.disposition)).or_default() += 1;
        if !is_quiet || !played.faults.is_empty() {
            println!("{}\n{}", played.call_id, played.transcript);
        }
    }
}
