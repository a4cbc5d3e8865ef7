//! A run of one target: input after input until the time is over, each on a thread that may panic but not hang.

use crate::corpus;
use crate::mutate::{Draws, changed};
use crate::target::{Judged, Seen, Target};
use std::any::Any;
use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{Seek as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// An input that takes longer than this hangs; a sound one takes milliseconds, even unoptimised on a busy machine.
const INPUT_WAIT_MAX: Duration = Duration::from_secs(20);
/// An input that takes longer than this, measured again where it did once, is a fault.
const SLOW: Duration = Duration::from_secs(2);
/// As much as a thread of the server has.
const STACK_BYTES: usize = 2 << 20;
/// Inputs that are built upon at most.
const POOL_MAX: usize = 4_000;
/// Different faults after which a target is left alone: more of them have the same cause as likely as not.
const BROKEN_MAX: usize = 10;
/// Tries to make a broken input smaller.
const SMALLER_TRIES_MAX: usize = 400;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) time: Duration,
    pub(crate) cases: u64,
    pub(crate) seed: u64,
}

/// What a run came to.
#[derive(Debug, Default)]
pub(crate) struct Report {
    name: &'static str,
    pub(crate) cases: u64,
    /// Different things that were said of the inputs.
    kinds: usize,
    took: Duration,
    slowest: Duration,
    /// Each fault with the file that shows it.
    pub(crate) broken: Vec<String>,
    pub(crate) is_stuck: bool,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, slowest) = (self.took.as_secs_f64(), self.slowest.as_millis());
        let word = if self.broken.is_empty() { "held" } else { "BROKEN" };
        write!(
            f,
            "{word:<7} {:<14} {:>9} inputs in {seconds:>5.1} s, {:>5} kinds of answer, the slowest took {slowest} ms",
            self.name, self.cases, self.kinds
        )?;
        self.broken.iter().try_for_each(|fault| write!(f, "\n        {fault}"))
    }
}

/// What the thread at work is doing, for the one that watches it.
#[derive(Default)]
struct AtWork {
    since: Option<Instant>,
    input: Vec<u8>,
}

/// Runs a target within its limits; every fault is kept in the corpus.
pub(crate) fn run(make: fn() -> Target, limits: Limits) -> Report {
    let target = make();
    let name = target.name;
    let at_work = Arc::new(Mutex::new(AtWork::default()));
    let (done, finished) = mpsc::channel();
    let shown = at_work.clone();
    let worker = move || {
        // The receiver is gone only where the run was given up.
        let _ = done.send(Run::new(target, shown, limits).all());
    };
    let worker = thread::Builder::new().stack_size(STACK_BYTES).name(name.into()).spawn(worker);
    worker.expect("a thread can be started");
    loop {
        match finished.recv_timeout(Duration::from_secs(1)) {
            Ok(report) => return report,
            Err(RecvTimeoutError::Disconnected) => {
                return Report { name, broken: vec!["the run itself panicked".into()], ..Report::default() };
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let now = at_work.lock().expect("nobody panics while it is held");
        if now.since.is_some_and(|since| since.elapsed() > INPUT_WAIT_MAX) {
            let fault = format!("hangs: no answer after {} s", INPUT_WAIT_MAX.as_secs());
            let broken = vec![told(name, &fault, &now.input)];
            return Report { name, broken, is_stuck: true, ..Report::default() };
        }
    }
}

/// Judges one input; a panic is a fault like any other.
pub(crate) fn judged(target: &Target, input: &[u8]) -> Judged {
    let judged = catch_unwind(AssertUnwindSafe(|| (target.judge)(input)));
    judged.unwrap_or_else(|panic| Err(format!("panics: {}", said(panic.as_ref()))))
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}

struct Run {
    target: Target,
    at_work: Arc<Mutex<AtWork>>,
    limits: Limits,
    pool: Vec<Vec<u8>>,
    seen: HashSet<Seen>,
    faults: HashSet<String>,
    report: Report,
    /// Holds the input at hand, for the case that it takes the whole process down.
    last_words: LastWords,
}

impl Run {
    fn new(target: Target, at_work: Arc<Mutex<AtWork>>, limits: Limits) -> Self {
        let report = Report { name: target.name, ..Report::default() };
        let last_words = LastWords::of(target.name);
        Self {
            target,
            at_work,
            limits,
            pool: Vec::new(),
            seen: HashSet::new(),
            faults: HashSet::new(),
            report,
            last_words,
        }
    }

    fn all(mut self) -> Report {
        let began = Instant::now();
        let corpus = corpus::of(self.target.name).into_iter().map(|(_, input)| input);
        let beginning: Vec<Vec<u8>> = corpus.chain(std::mem::take(&mut self.target.examples)).collect();
        for input in beginning {
            self.one(input, true);
        }
        let mut draws = Draws::from_seed(self.limits.seed);
        while began.elapsed() < self.limits.time
            && self.report.cases < self.limits.cases
            && self.report.broken.len() < BROKEN_MAX
        {
            let (one, other) = (draws.below(self.pool.len()), draws.below(self.pool.len()));
            let empty = Vec::new();
            let (one, other) = (self.pool.get(one).unwrap_or(&empty), self.pool.get(other).unwrap_or(&empty));
            let input = changed(&mut draws, one, other, self.target.words);
            self.one(input, false);
        }
        self.report.took = began.elapsed();
        self.report.kinds = self.seen.len();
        self.report
    }

    fn one(&mut self, input: Vec<u8>, is_example: bool) {
        self.report.cases += 1;
        let (judged, took) = self.timed(&input);
        self.report.slowest = self.report.slowest.max(took);
        // Measured once more: the machine may have been busy with something else.
        let slow = took > SLOW && self.timed(&input).1 > SLOW;
        let judged = if slow { Err(format!("is slow: it took {} s", took.as_secs())) } else { judged };
        match judged {
            Ok(seen) => {
                let is_new = self.seen.insert(seen);
                if (is_new || is_example) && self.pool.len() < POOL_MAX {
                    self.pool.push(input);
                }
            }
            Err(fault) => self.broken(&fault, input),
        }
    }

    fn timed(&mut self, input: &[u8]) -> (Judged, Duration) {
        let began = Instant::now();
        {
            let mut at_work = self.at_work.lock().expect("nobody panics while it is held");
            at_work.since = Some(began);
            input.clone_into(&mut at_work.input);
        }
        self.last_words.note(input);
        let judged = judged(&self.target, input);
        self.at_work.lock().expect("nobody panics while it is held").since = None;
        (judged, began.elapsed())
    }

    /// Keeps the smallest input found that shows a fault, once for each kind of fault.
    fn broken(&mut self, fault: &str, input: Vec<u8>) {
        if !self.faults.insert(kind(fault)) {
            return;
        }
        let smallest = if fault.starts_with("is slow") { input } else { self.smaller(fault, input) };
        self.report.broken.push(told(self.target.name, fault, &smallest));
    }

    fn smaller(&mut self, fault: &str, mut input: Vec<u8>) -> Vec<u8> {
        let mut len = input.len().div_ceil(2);
        let (mut at, mut tries) = (0, 0);
        while len > 0 && tries < SMALLER_TRIES_MAX {
            if at >= input.len() {
                len /= 2;
                at = 0;
                continue;
            }
            tries += 1;
            let mut less = input.clone();
            less.drain(at..(at + len).min(input.len()));
            match self.timed(&less).0 {
                Err(same) if kind(&same) == kind(fault) => input = less,
                _ => at += len,
            }
        }
        input
    }
}

/// The input at hand, in a file: what a process that dies leaves behind. Best effort; without a file nothing is kept.
struct LastWords {
    path: PathBuf,
    file: Option<File>,
}

impl LastWords {
    fn of(target: &str) -> Self {
        let path = std::env::temp_dir().join(format!("opbx-fuzz-{target}-{}", std::process::id()));
        let file = File::create(&path).ok();
        Self { path, file }
    }

    /// Writes length and input over the last one: to make a file anew for each input would take most of the time.
    fn note(&mut self, input: &[u8]) {
        let Some(file) = &mut self.file else { return };
        let length = (input.len() as u64).to_le_bytes();
        let written = file.rewind().and_then(|()| file.write_all(&[&length, input].concat()));
        if written.is_err() {
            self.file = None;
        }
    }
}

/// A process that dies drops nothing.
impl Drop for LastWords {
    fn drop(&mut self) {
        // It lies among files that are thrown away in any case.
        let _ = fs::remove_file(&self.path);
    }
}

/// What tells two faults apart: for a panic its first words, else what is said before any detail.
fn kind(fault: &str) -> String {
    let said = fault.strip_prefix("panics: ").unwrap_or(fault);
    said.split(':').next().unwrap_or_default().chars().filter(|c| c.is_alphabetic()).take(60).collect()
}

fn told(target: &str, fault: &str, input: &[u8]) -> String {
    let shown: String = fault.chars().take(500).collect();
    match corpus::keep(target, fault, input) {
        Ok(path) => format!("{shown}\n        kept as {}", path.display()),
        Err(error) => format!("{shown}\n        and cannot be kept: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragile() -> Target {
        let judge = |input: &[u8]| {
            assert!(!input.windows(3).any(|three| three == b"bad"), "it was bad");
            Ok(Seen::taken(input.len().min(4)))
        };
        Target {
            name: "fragile",
            examples: vec![b"all is good".to_vec()],
            words: &["bad"],
            judge: Box::new(judge),
        }
    }

    #[test]
    fn a_target_that_breaks_is_noticed_and_its_input_made_small() {
        let target = fragile();
        assert!(judged(&target, b"good").is_ok());
        let fault = judged(&target, b"very bad indeed").expect_err("it breaks");
        assert!(fault.starts_with("panics: it was bad"), "{fault}");
        let limits = Limits { time: Duration::from_secs(5), cases: 1, seed: 1 };
        let mut run = Run::new(target, Arc::default(), limits);
        assert_eq!(run.smaller(&fault, b"a long text that is very bad indeed".to_vec()), b"bad");
    }
}
