//! Where the time of a voice request goes: its pieces one by one, each as the voice path does it.

use crate::broken::{Broken, While as _, check};
use crate::node::{Node, journal};
use crate::report::Report;
use crate::requests::{body, requests_key};
use crate::samples::Samples;
use crate::{Scale, fleet};
use opbx_app::journal::{Journal, Record};
use opbx_app::plans::{Line, LoadedPlan};
use opbx_app::voice::{Answer, Happened, News, Opening, answer, authenticate, check_domain};
use opbx_app::{App, entropy};
use opbx_cloudonix::{CallToken, VoiceRequest, cxml};
use opbx_cluster::AnswerKey;
use opbx_kernel::seal::digest;
use opbx_routing::{Call, Event, Facts, Step, step};
use opbx_telephony::Entry;
use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

/// The longest pieces take microseconds; so many runs make one sample that the clock can tell.
const BATCH: u32 = 10;
const EXTENSIONS: usize = 20;
const BASE: &str = "https://pbx.example.com";

pub(crate) async fn run(scale: Scale, report: &mut Report) -> Result<(), Broken> {
    let folder = tempfile::tempdir().doing("make a folder")?;
    fleet::grow(folder.path(), 1, EXTENSIONS).await?;
    let node = Node::start(folder.path()).await?;
    node.warm().await?;
    // From here on nothing is ingested: what runs beside a piece would be counted with it.
    node.app.store().clone().close().await;
    let own = journal(&folder.path().join("journal-of-pieces")).await?;
    let pieces = Pieces::of(&node.app, own).await?;
    pieces.measure(scale, report)?;
    pieces.measure_cached(scale, report).await?;
    drop(pieces);
    node.stop().await;
    Ok(())
}

/// One request, taken apart.
struct Pieces {
    app: App,
    line: Arc<Line>,
    loaded: Arc<LoadedPlan>,
    journal: Journal,
    key: String,
    body: String,
    opening: Opening,
    facts: Facts,
    decided: Step,
}

impl Pieces {
    async fn of(app: &App, journal: Journal) -> Result<Self, Broken> {
        let key = requests_key(0);
        let line = authenticate(app, Some(&key)).doing("authenticate")?;
        let loaded = app.plans().plan(&line).await.doing("take the plan")?;
        let body = body(0, &name(0));
        let request =
            VoiceRequest::read("", Some("application/json"), body.as_bytes()).doing("read a request")?;
        let opening = Opening {
            direction: request.direction(),
            from: request.from().doing("read a request")?.to_owned(),
            to: request.to().doing("read a request")?.to_owned(),
            from_name: request.caller_name(),
            token: None,
            session: None,
        };
        let facts = Facts::at(app.clock().now(), 7);
        let decided = step(&loaded.plan, call(&opening), &Event::Arrived, &facts);
        check(decided.call.ending().is_none(), "the call rings")?;
        Ok(Self { app: app.clone(), line, loaded, journal, key, body, opening, facts, decided })
    }

    /// What needs no waiting.
    fn measure(&self, scale: Scale, report: &mut Report) -> Result<(), Broken> {
        let mut time = |what: &str, deed: &mut dyn FnMut()| {
            (0..scale.rounds).for_each(|_| deed());
            let samples = Samples::of_batches(scale.rounds, BATCH, deed);
            report.piece(what, samples.median(), samples.p99());
        };
        time("authentication: key to tenant", &mut || {
            drop(black_box(authenticate(&self.app, Some(&self.key))));
        });
        let read = || VoiceRequest::read("", Some("application/json"), self.body.as_bytes());
        time("parsing of the JSON body", &mut || drop(black_box(read())));
        let request = read().doing("read a request")?;
        time("check of the domain", &mut || drop(black_box(check_domain(&self.line, request.domain()))));
        let decide = || step(&self.loaded.plan, call(&self.opening), &Event::Arrived, &self.facts);
        time("`step`, with the call made for it", &mut || drop(black_box(decide())));
        time("journal: entry made", &mut || drop(black_box(self.entry())));
        let record = Record::Step(Box::new(self.entry()));
        time("journal: entry written as JSON", &mut || drop(black_box(serde_json::to_vec(&record))));
        time("journal: whole append, with JSON, checksum and `write`", &mut || {
            self.journal.append(&record).expect("the journal can be written");
        });
        time("token: sealed, in its URL", &mut || drop(black_box(self.url())));
        let url = self.url();
        time("CXML", &mut || drop(black_box(cxml::render(&self.decided.actions, &links(&url)))));
        Ok(())
    }

    /// What waits for the cache of answers, or might.
    async fn measure_cached(&self, scale: Scale, report: &mut Report) -> Result<(), Broken> {
        let cluster = self.app.cluster();
        let (mut kept, mut whole, mut again) = (Samples::default(), Samples::default(), Samples::default());
        let ready = Answer { status: 200, body: "ready".into() };
        for nth in 0..scale.rounds as u64 * 2 {
            let key = AnswerKey {
                tenant: self.line.tenant.id,
                call: name(nth),
                step: u32::MAX - 1,
                digest: digest(&[b"arrived", b"inbound", b"+442079460018", b"+12125550000"]),
            };
            let began = Instant::now();
            let made =
                cluster.answers().get_or_answer(key, || async { Ok::<_, Infallible>(ready.clone()) }).await;
            kept.push(began.elapsed());
            drop(made);
            let began = Instant::now();
            let first = self.answered(nth).await?;
            whole.push(began.elapsed());
            let began = Instant::now();
            let second = self.answered(nth).await?;
            again.push(began.elapsed());
            check(first == second, "a repeat gets the same bytes")?;
        }
        report.piece("cache of answers: digest of the key, look-up and entry", kept.median(), kept.p99());
        report.piece("all of it, without HTTP, authentication and parsing", whole.median(), whole.p99());
        report.piece("a repeat, the same way", again.median(), again.p99());
        Ok(())
    }

    async fn answered(&self, nth: u64) -> Result<Answer, Broken> {
        let happened = Happened {
            call_id: name(nth),
            call: call(&self.opening),
            opening: Some(self.opening.clone()),
            news: News::Event(Event::Arrived),
        };
        let render = |step: &Step, _: &LoadedPlan| Answer {
            status: 200,
            body: cxml::render(&step.actions, &links(&self.url())).into(),
        };
        answer(&self.app, &self.line, happened, render).await.doing("answer a request")
    }

    fn entry(&self) -> Entry {
        let opening = Some(self.opening.clone());
        Entry::new(&self.loaded.plan, &name(0), opening, Event::Arrived, self.facts.clone(), &self.decided)
    }

    fn url(&self) -> String {
        let token =
            CallToken::new(self.decided.call.clone(), self.loaded.plan.version, self.app.clock().now());
        token
            .callback_url(BASE, self.app.keyring(), entropy::bytes(), self.loaded.plan.tenant, &name(0))
            .expect("the call rings")
    }
}

fn call(opening: &Opening) -> Call {
    Call::new(opening.direction, opening.from.clone(), opening.to.clone())
}

fn name(nth: u64) -> String {
    format!("{nth:032x}")
}

/// What is rung here needs neither recordings nor secrets.
fn links(next: &str) -> cxml::Links<'_> {
    cxml::Links {
        next: Some(next),
        recording: &|id| id.to_string(),
        message: &|id| id.to_string(),
        service_token: &|_| None,
    }
}
