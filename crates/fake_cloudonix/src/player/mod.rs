//! One call, played from its first request to its record, in a time of its own.

mod ask;
mod dial;
mod gather;
mod hooks;
mod prompts;
mod record;
mod room;
mod verbs;

use crate::call::{Disposition, End, NewCall, Origin, Played};
use crate::carrier::{CallError, Pace, Shared, application_of};
use crate::chaos::Disorder;
use crate::dice::Dice;
use crate::fault::{CallFault, Fault};
use crate::state::{Session, Source, Told};
use crate::transcript::Transcript;
use ask::Request;
use hooks::Outgoing;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// The most pages that one call asks for.
pub(crate) const STAGES_MAX: u32 = 100;
/// The longest call, whatever its application wants.
pub(crate) const CALL_S_MAX: u32 = 4 * 3_600;
/// How long a call that waits for the API's word does so, by the wall.
const TOLD_WAIT_MAX: Duration = Duration::from_secs(60);
/// The most orders of the API that a call has not looked at yet.
const TOLD_MAX: usize = 16;

/// Why the page at hand is not obeyed any further.
pub(crate) enum Break {
    Over(End),
    /// The API said to go on elsewhere.
    Switch(Source),
}

pub(crate) type Step<T> = Result<T, Break>;

/// How a dial ended, as `CallStatus` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialled {
    Completed,
    Busy,
    NoAnswer,
    Failed,
    Canceled,
}

pub(crate) struct Player {
    shared: Arc<Shared>,
    domain: u64,
    domain_name: String,
    call: NewCall,
    /// What an API call runs, where it says so itself.
    first: Option<Source>,
    id: u64,
    token: String,
    call_id: String,
    started: Timestamp,
    /// Since the call began.
    at_ms: u64,
    answered_ms: Option<u64>,
    /// Audio before any answer, which is billed where a `Reject` follows.
    early_ms: u64,
    told: mpsc::Receiver<Told>,
    time_limit_s: Option<u32>,
    dice: Dice,
    disorder: Disorder<Outgoing>,
    status: &'static str,
    subscriber: Option<u64>,
    last_dial: Option<Dialled>,
    trunk: Option<String>,
    page_url: Option<reqwest::Url>,
    stages: u32,
    updates: u32,
    transcript: Transcript,
    faults: Vec<Fault>,
    leaks: Vec<String>,
    recordings: Vec<String>,
}

/// Prepares a call: its session exists when this returns, and nothing has been asked yet.
pub(crate) fn begin(
    shared: &Arc<Shared>,
    domain: &str,
    call: NewCall,
    first: Option<Source>,
) -> Result<Player, CallError> {
    let mut state = shared.state();
    let found = state.domain(domain).ok_or_else(|| CallError::NoSuchDomain(domain.to_owned()))?;
    let (domain, domain_name) = (found.id, found.name.clone());
    let (to, from) = (found.subscriber(&call.to), found.subscriber(&call.from));
    let (direction, subscriber) = match call.origin {
        Origin::Inbound => ("incoming", None),
        Origin::Api => ("application", to),
        Origin::Subscriber if to.is_some() || call.to.len() <= EXTENSION_LEN_MAX => ("internal", from),
        Origin::Subscriber => ("outgoing", from),
    };
    let (id, token) = (state.next_id(), state.dice.token());
    let seed = state.dice.draw();
    let call_id = if shared.call_sid_is_token {
        token.clone()
    } else {
        format!("{}@{domain_name}", &state.dice.token()[..20])
    };
    let (tell, told) = mpsc::channel(TOLD_MAX);
    let started = shared.clock.now();
    let session = Session {
        id,
        domain,
        token: token.clone(),
        call_id: call_id.clone(),
        caller_id: call.from.clone(),
        destination: call.to.clone(),
        direction,
        subscriber,
        status: "processing",
        time_limit_s: None,
        started,
        answered: None,
        ended: None,
        tell,
    };
    state.sessions.insert(token.clone(), session);
    drop(state);
    Ok(Player {
        shared: Arc::clone(shared),
        domain,
        domain_name,
        call,
        first,
        id,
        token,
        call_id,
        started,
        at_ms: 0,
        answered_ms: None,
        early_ms: 0,
        told,
        time_limit_s: None,
        dice: Dice::new(seed),
        disorder: Disorder::new(shared.chaos, id),
        status: "processing",
        subscriber,
        last_dial: None,
        trunk: None,
        page_url: None,
        stages: 0,
        updates: 0,
        transcript: Transcript::default(),
        faults: Vec::new(),
        leaks: Vec::new(),
        recordings: Vec::new(),
    })
}

/// Extensions have at most five digits; what is longer and no subscriber is an outside number.
const EXTENSION_LEN_MAX: usize = 5;

impl Player {
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Plays the call to its end and remembers it.
    pub(crate) async fn play(mut self) -> Played {
        let what = match self.call.origin {
            Origin::Api => "the API calls",
            Origin::Inbound => "an inbound call to",
            Origin::Subscriber => "a phone calls",
        };
        self.tell(format!("{what} {}, from {:?}", self.call.to, self.call.from));
        self.update("create", "session created").await;
        self.update("update", "domain resolved").await;
        let end = self.run().await;
        self.finish(end).await
    }

    async fn run(&mut self) -> End {
        let mut next = match self.opening().await {
            Ok(source) => source,
            Err(end) => return end,
        };
        loop {
            match self.stages(next).await {
                Break::Over(end) => return end,
                Break::Switch(to) => {
                    self.tell("the API switches the call to another application");
                    self.update("update", "application switched").await;
                    next = to;
                }
            }
        }
    }

    /// Finds the application; of a call that the API began, once its destination has answered.
    async fn opening(&mut self) -> Result<Source, End> {
        let to = self.call.to.clone();
        if self.call.origin == Origin::Api
            && let Err(end) = self.reach(&to).await
        {
            return Err(end);
        }
        let source = self.first.take().or_else(|| {
            let state = self.shared.state();
            application_of(state.domains.get(&self.domain)?, &to)
        });
        if let Some(source) = source {
            self.update("update", "application found").await;
            return Ok(source);
        }
        self.fault(Fault::NoApplication(to));
        Err(End::Faulty)
    }

    /// Obeys page after page, until something else happens.
    async fn stages(&mut self, first: Source) -> Break {
        let mut request = Request::first(first);
        loop {
            self.stages += 1;
            if self.stages > STAGES_MAX {
                self.fault(Fault::TooManyStages(STAGES_MAX));
                return Break::Over(End::Faulty);
            }
            let page = match self.ask(&request).await {
                Ok(page) => page,
                Err(broken) => return broken,
            };
            match self.obey(&page).await {
                Ok(Some(next)) => request = next,
                Ok(None) => {
                    self.tell("the page has no more verbs");
                    return Break::Over(End::Finished);
                }
                Err(broken) => return broken,
            }
        }
    }

    pub(crate) fn tell(&mut self, line: impl Into<String>) {
        self.transcript.tell(self.at_ms, line);
    }

    pub(crate) fn fault(&mut self, fault: Fault) {
        self.tell(format!("FAULT: {fault}"));
        self.faults.push(fault);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.at(self.at_ms)
    }

    pub(crate) fn at(&self, ms: u64) -> Timestamp {
        self.started + SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
    }

    /// Lets time pass, unless the call ends or is told something before it has.
    pub(crate) async fn pass_s(&mut self, s: u32) -> Step<()> {
        self.pass_ms(u64::from(s) * 1_000).await
    }

    pub(crate) async fn pass_ms(&mut self, ms: u64) -> Step<()> {
        self.heed().await?;
        let until = self.at_ms + ms;
        loop {
            let (limit_ms, end) = self.limit();
            let aim = until.min(limit_ms);
            let (from, told) = (self.at_ms, self.wait(aim.saturating_sub(self.at_ms)).await);
            match told {
                None => self.at_ms = aim.max(from),
                Some(told) => {
                    self.obey_told(told).await?;
                    continue;
                }
            }
            if aim < until || self.at_ms >= limit_ms {
                return Err(self.over(end));
            }
            return Ok(());
        }
    }

    /// When the call ends by itself, and why.
    fn limit(&self) -> (u64, End) {
        let ms = |s: u32| u64::from(s) * 1_000;
        let mut limit = (ms(CALL_S_MAX), End::Faulty);
        if let Some(left) = self.call.script.caller.hangs_up_after_s.map(ms)
            && left < limit.0
        {
            limit = (left, End::CallerLeft);
        }
        if let (Some(answered), Some(s)) = (self.answered_ms, self.time_limit_s)
            && answered + ms(s) < limit.0
        {
            limit = (answered + ms(s), End::TimeIsUp);
        }
        limit
    }

    fn over(&mut self, end: End) -> Break {
        match end {
            End::CallerLeft => self.tell("the caller hangs up"),
            End::TimeIsUp => self.tell("the session's time is up"),
            End::Faulty => self.fault(Fault::TooLong(CALL_S_MAX)),
            _ => {}
        }
        Break::Over(end)
    }

    /// Waits by the wall as the pace asks, and gives what the API says meanwhile.
    async fn wait(&mut self, ms: u64) -> Option<Told> {
        let Pace::Times(times) = self.shared.pace else { return None };
        let wall = Duration::from_millis(ms).div_f64(times.max(f64::MIN_POSITIVE));
        let begun = tokio::time::Instant::now();
        tokio::select! {
            () = tokio::time::sleep(wall) => None,
            told = self.told.recv() => {
                let passed = begun.elapsed().mul_f64(times).as_millis();
                self.at_ms += u64::try_from(passed).unwrap_or(ms).min(ms);
                told
            }
        }
    }

    /// Hears what the API said, if anything.
    async fn heed(&mut self) -> Step<()> {
        while let Ok(told) = self.told.try_recv() {
            self.obey_told(told).await?;
        }
        Ok(())
    }

    /// Stands still until the API says something that ends or moves the call.
    pub(crate) async fn until_told(&mut self) -> Step<()> {
        loop {
            match tokio::time::timeout(TOLD_WAIT_MAX, self.told.recv()).await {
                Ok(Some(told)) => self.obey_told(told).await?,
                Ok(None) | Err(_) => {
                    self.tell("nobody told the call anything");
                    return Ok(());
                }
            }
            if self.time_limit_s.is_some() {
                // With a limit, time goes on to it.
                return self.pass_s(CALL_S_MAX).await;
            }
        }
    }

    async fn obey_told(&mut self, told: Told) -> Step<()> {
        match told {
            Told::HangUp => {
                self.tell("the API hangs up");
                Err(Break::Over(End::Ended))
            }
            Told::Switch(to) => Err(Break::Switch(to)),
            Told::TimeLimit(s) => {
                self.tell(format!("the API limits the call to {s} s"));
                self.time_limit_s = Some(s);
                self.update("update", "time limit changed").await;
                Ok(())
            }
        }
    }

    /// Answers the caller, unless that was done before.
    pub(crate) async fn answer(&mut self) {
        if self.answered_ms.is_some() {
            return;
        }
        self.answered_ms = Some(self.at_ms);
        self.tell("the call is answered");
        self.status = "connected";
        let answered = self.now();
        if let Some(session) = self.shared.state().sessions.get_mut(&self.token) {
            session.answered = Some(answered);
        }
        self.update("update", "call answered").await;
    }

    async fn finish(mut self, end: End) -> Played {
        let disposition = self.disposition(end);
        let duration_s = seconds(self.at_ms);
        let billed_ms = match (self.answered_ms, end) {
            (Some(answered), _) => self.at_ms - answered,
            // Early media that ends in a Reject is billed, says the documentation.
            (None, End::Rejected(_)) => self.early_ms,
            (None, _) => 0,
        };
        let billsec_s = seconds(billed_ms);
        self.tell(format!(
            "the call is over: {end:?}, {disposition:?}, {duration_s} s, {billsec_s} s billed"
        ));
        self.close(disposition, duration_s, billsec_s).await;
        let played = Played {
            call_id: self.call_id,
            token: self.token,
            end,
            disposition,
            duration_s,
            billsec_s,
            leaks: self.leaks,
            recordings: self.recordings,
            faults: self.faults,
            transcript: self.transcript,
            updates: self.updates,
        };
        let mut state = self.shared.state();
        let call_id = &played.call_id;
        let faults =
            played.faults.iter().map(|fault| CallFault { call_id: call_id.clone(), fault: fault.clone() });
        state.faults.extend(faults);
        state.played.push_back(played.clone());
        state.forget();
        drop(state);
        played
    }

    fn disposition(&self, end: End) -> Disposition {
        match (self.answered_ms, end) {
            (Some(_), _) => Disposition::Answered,
            (None, End::Rejected(486)) => Disposition::Busy,
            (None, End::Rejected(603)) => Disposition::Failed,
            (None, End::Rejected(_) | End::Faulty) => Disposition::Congestion,
            (None, End::NotReached(disposition)) => disposition,
            (None, End::CallerLeft | End::Ended | End::TimeIsUp) => Disposition::Cancelled,
            (None, End::Finished | End::HungUp) => match self.last_dial {
                Some(Dialled::Busy) => Disposition::Busy,
                Some(Dialled::Failed) => Disposition::Failed,
                _ => Disposition::NoAnswer,
            },
        }
    }
}

/// Whole seconds, as records count them: begun ones too.
fn seconds(ms: u64) -> u32 {
    u32::try_from(ms.div_ceil(1_000)).unwrap_or(u32::MAX)
}
