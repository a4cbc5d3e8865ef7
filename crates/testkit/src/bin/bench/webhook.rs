//! The voice webhook under load, beside a bare handler that reads and answers as many bytes.

use crate::broken::{Broken, While as _, check};
use crate::load::{Load, Seen};
use crate::node::{Node, Server};
use crate::report::{Report, progress, shown};
use crate::requests::{Connection, ROUTE, Template};
use crate::samples::median;
use crate::{Scale, fleet};
use axum::Router;
use axum::http::header;
use axum::routing::post;
use bytes::Bytes;
use std::path::Path;
use std::time::{Duration, Instant};

const EXTENSIONS: usize = 20;
const RATIO_BUDGET: f64 = 0.6;
const LATENCY_BUDGET: Duration = Duration::from_millis(2);
/// What `/proc/self/stat` counts in: `USER_HZ` is 100 on every Linux of today.
const TICKS_PER_S: f64 = 100.0;

pub(crate) async fn run(scale: Scale, report: &mut Report) -> Result<(), Broken> {
    let folder = tempfile::tempdir().doing("make a folder")?;
    progress("voice: tenants are made");
    fleet::grow(folder.path(), scale.tenants, EXTENSIONS).await?;
    let mut bench = Bench::start(folder.path(), scale).await?;
    let pace = bench.with_ingestion(report).await?;
    bench.at_half_load(pace, report).await?;
    let before = bench.journaled;
    let journaled = bench.without_database(report).await?;
    bench.node.stop().await;

    progress("voice: ingestion after a restart");
    let node = Node::start(folder.path()).await?;
    let began = Instant::now();
    node.drained(journaled).await?;
    let (left, took) = (journaled - before, began.elapsed());
    let calls = node.calls().await?;
    node.stop().await;
    check(calls + scale.tenants as u64 == journaled, "every answered call is in the database, once")?;
    let measured = format!(
        "{left} calls in {}, {:.0} per second; of all {calls} calls none is missing or there twice",
        shown(took),
        left as f64 / took.as_secs_f64()
    );
    report.tell("ingestion after a restart, of what was journaled without a database", measured);
    Ok(())
}

struct Bench {
    scale: Scale,
    node: Node,
    bare: Server,
    /// Runs of load so far.
    runs: u64,
    /// Records in the journal: one for each request, and one for each plan that was used.
    journaled: u64,
}

/// What one run of load did to the server.
#[derive(Clone, Copy)]
struct Round {
    seen: Seen,
    /// Processor time of the server process, ingestion included, for each answer.
    processor_us: f64,
}

impl Bench {
    /// Starts both servers, and brings every plan into use once.
    async fn start(folder: &Path, scale: Scale) -> Result<Self, Broken> {
        let node = Node::start(folder).await?;
        node.warm().await?;
        let address = node.server.address;
        let warming = tokio::task::spawn_blocking(move || {
            let mut connection = Connection::open(address)?;
            for tenant in 0..scale.tenants {
                connection.ask(Template::of(tenant).named(0, tenant as u64))?;
            }
            Ok(Bytes::copy_from_slice(connection.ask(Template::of(0).named(0, 0))?))
        });
        let answer: Bytes = warming.await.doing("ask for every tenant")??;
        let handler = move |body: Bytes| {
            let answer = answer.clone();
            async move {
                drop(body);
                ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], answer)
            }
        };
        let bare = Server::start(Router::new().route(ROUTE, post(handler))).await?;
        let journaled = 2 * scale.tenants as u64;
        node.drained(journaled).await?;
        Ok(Self { scale, node, bare, runs: 0, journaled })
    }

    async fn on_product(&mut self, rate: f64) -> Result<Round, Broken> {
        let round = self.put_on(self.node.server.address, rate).await?;
        self.journaled += round.seen.answered;
        Ok(round)
    }

    async fn on_bare(&mut self) -> Result<Round, Broken> {
        self.put_on(self.bare.address, 0.0).await
    }

    async fn put_on(&mut self, to: std::net::SocketAddr, rate: f64) -> Result<Round, Broken> {
        self.runs += 1;
        let Scale { tenants, connections, load_s: seconds, .. } = self.scale;
        let before = processor_s();
        let seen = Load { to, run: self.runs, tenants, connections, seconds, rate }.put_on().await?;
        let processor_us = (processor_s() - before) * 1e6 / seen.answered.max(1) as f64;
        check(seen.answered > 0, "the server answers under load")?;
        Ok(Round { seen, processor_us })
    }

    /// Both sides in turn, with ingestion running as in production. Gives the product's requests per second.
    async fn with_ingestion(&mut self, report: &mut Report) -> Result<f64, Broken> {
        progress("voice: full load, and the ingestion of its calls");
        let (mut product, mut bare) = (Vec::new(), Vec::new());
        let (mut backlog, mut drains) = (Vec::new(), Vec::new());
        for _ in 0..self.scale.pairs {
            product.push(self.on_product(0.0).await?);
            let left = self.journaled.saturating_sub(self.node.ingested().await?);
            let began = Instant::now();
            // The bare handler's turn must not pay for the calls of the turn before.
            self.node.drained(self.journaled).await?;
            backlog.push(left as f64);
            drains.push(left as f64 / began.elapsed().as_secs_f64());
            bare.push(self.on_bare().await?);
        }
        let what = format!(
            "voice webhook, {} tenants with warm plans, ring group of 5, {} connections",
            self.scale.tenants, self.scale.connections
        );
        compare(&what, &product, &bare, report);
        let measured =
            format!("{:.0} records after {:.0} s of full load", median(&backlog), self.scale.load_s);
        report.tell("ingestion backlog", measured);
        report.tell("ingestion, nothing else running", format!("{:.0} calls per second", median(&drains)));
        Ok(median(&per_second(&product)))
    }

    /// Latency at half of the highest rate, requests begun on time whether or not others are answered.
    async fn at_half_load(&mut self, highest: f64, report: &mut Report) -> Result<(), Broken> {
        progress("voice: half of that load");
        let rate = highest / 2.0;
        let mut rounds = Vec::new();
        for _ in 0..self.scale.pairs {
            rounds.push(self.on_product(rate).await?.seen);
            self.node.drained(self.journaled).await?;
        }
        rounds.sort_by_key(|seen| seen.p99);
        let middle = rounds[rounds.len() / 2];
        let measured = format!("p50 {}, p99 {} at {rate:.0}/s", shown(middle.median), shown(middle.p99));
        report.judge(
            "voice webhook at half of that load",
            measured,
            "p99 under 2 ms",
            middle.p99 < LATENCY_BUDGET,
        );
        Ok(())
    }

    /// Both sides in turn with the database closed: whatever read it would not be answered. Gives the length of the journal.
    async fn without_database(&mut self, report: &mut Report) -> Result<u64, Broken> {
        self.node.app.store().clone().close().await;
        progress("voice: load with the database closed");
        let (mut product, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..self.scale.pairs {
            product.push(self.on_product(0.0).await?);
            bare.push(self.on_bare().await?);
        }
        let answered: u64 = product.iter().map(|round| round.seen.answered).sum();
        let what = "database reads by the voice path";
        let measured = format!("none: all of {answered} requests were answered with the database closed");
        report.judge(what, measured, "none", true);
        compare("voice webhook with the database closed (no ingestion beside it)", &product, &bare, report);
        Ok(self.journaled)
    }
}

fn compare(what: &str, product: &[Round], bare: &[Round], report: &mut Report) {
    let (ours, theirs) = (median(&per_second(product)), median(&per_second(bare)));
    let processor =
        |rounds: &[Round]| median(&rounds.iter().map(|round| round.processor_us).collect::<Vec<_>>());
    let ratios: Vec<f64> =
        product.iter().zip(bare).map(|(a, b)| a.seen.per_second / b.seen.per_second).collect();
    let ratio = median(&ratios);
    let measured = format!("{ours:.0}/s, bare handler {theirs:.0}/s: {:.0} %", ratio * 100.0);
    report.judge(what, measured, "at least 60 %", ratio >= RATIO_BUDGET);
    let measured = format!("{:.0} µs, bare handler {:.0} µs", processor(product), processor(bare));
    report.tell("– processor time of the server for each request", measured);
}

fn per_second(rounds: &[Round]) -> Vec<f64> {
    rounds.iter().map(|round| round.seen.per_second).collect()
}

/// The processor time that this process has used, in user and kernel, of all its threads.
fn processor_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program stands in brackets and may hold blanks; the fields counted here come after it.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_S
}
