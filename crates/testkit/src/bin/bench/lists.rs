//! Pages of a long call history: both ends of it, in every order, under each kind of filter.

use crate::broken::{Broken, While as _, check};
use crate::by_hand::ByHand;
use crate::report::{Report, progress, shown};
use crate::samples::Samples;
use crate::{Scale, fleet, node};
use opbx_app::history::{self, Total};
use opbx_app::models::PbxCall;
use opbx_app::resources::Listing;
use opbx_app::{App, modules};
use opbx_kernel::{Scope, Timestamp};
use opbx_platform::Domain;
use opbx_testkit::{Engine, POSTGRES_ENV, TestDb};
use std::time::{Duration, Instant};

const PAGE_BUDGET: Duration = Duration::from_millis(50);
const TOTAL_BUDGET: Duration = Duration::from_millis(500);
const PER_PAGE: usize = 50;
/// Pages within this many rows of either end.
const NEAR: usize = 10_000;
/// How often each kind of page is read.
const READS: usize = 20;
/// From one call to the next.
const EVERY_US: i64 = 31_000_000;
/// Calls of one insert.
const CHUNK: i64 = 50_000;
const FIRST_CALL: &str = "2025-03-01T00:00:00Z";
const SORTS: &[&[&str]] = &[
    &["started_at"],
    &["from_number", "started_at"],
    &["to_number", "started_at"],
    &["status", "started_at"],
    &["direction", "started_at"],
    &["duration_s"],
    &["billsec_s"],
];

pub(crate) async fn run(scale: Scale, report: &mut Report) -> Result<(), Broken> {
    on(Engine::Sqlite, "SQLite", scale, report).await?;
    if std::env::var(POSTGRES_ENV).is_ok() {
        on(Engine::Postgres, "PostgreSQL", scale, report).await?;
    } else {
        report.tell("lists on PostgreSQL", format!("not measured: {POSTGRES_ENV} is not set"));
    }
    Ok(())
}

async fn on(engine: Engine, name: &str, scale: Scale, report: &mut Report) -> Result<(), Broken> {
    progress(&format!("lists of {} calls on {name}", scale.calls));
    let database = TestDb::create(engine).await;
    let folder = tempfile::tempdir().doing("make a folder")?;
    let store = database.open(modules::registry(None).doing("read the modules")?).await;
    fleet::prepare(&store).await?;
    let tenant = fleet::add_tenant(&store, 0, fleet::MEMBERS, 1).await?;
    let by_hand = ByHand::open(&database, tenant.get()).await?;
    let calls = i64::try_from(scale.calls).doing("count the calls")?;
    let first: Timestamp = FIRST_CALL.parse().doing("read an instant")?;
    for from in (0..calls).step_by(CHUNK as usize) {
        by_hand.insert_calls(from, (from + CHUNK).min(calls) - 1, first.as_microsecond()).await?;
    }
    by_hand.analyze().await?;
    let app = node::start(store, TestDb::keyring(), folder.path()).await?;
    let scope = Scope::system(tenant, "page through a history");
    let span_us = calls * EVERY_US;
    pages(&app, &scope, scale, first, span_us).await?.tell(name, scale, report);
    totals(&app, &scope, first, span_us).await?.tell_totals(name, scale, report);
    app.shut_down().await;
    Ok(())
}

/// What was read, and the kind that took longest.
#[derive(Default)]
struct Worst {
    kinds: usize,
    p99: Duration,
    median: Duration,
    what: String,
}

impl Worst {
    fn heard(&mut self, samples: &Samples, what: &str) {
        self.kinds += 1;
        if samples.p99() >= self.p99 {
            (self.p99, self.median, self.what) = (samples.p99(), samples.median(), what.to_owned());
        }
    }

    fn measured(&self) -> String {
        let (p50, p99) = (shown(self.median), shown(self.p99));
        format!("slowest of {} kinds ({}): p50 {p50}, p99 {p99}", self.kinds, self.what)
    }

    fn tell(&self, name: &str, scale: Scale, report: &mut Report) {
        let what = format!("list page, {} calls, {name}", scale.calls);
        report.judge(what, self.measured(), "p99 under 50 ms", self.p99 < PAGE_BUDGET);
    }

    fn tell_totals(&self, name: &str, scale: Scale, report: &mut Report) {
        let what = format!("exact total, cold, {} calls, {name}", scale.calls);
        report.judge(what, self.measured(), "p99 under 500 ms", self.p99 < TOTAL_BUDGET);
    }
}

/// The instants between which all, a month and a day of the calls lie.
fn stretch(first: Timestamp, span_us: i64, share: i64) -> Result<Domain, Broken> {
    let at = |us: i64| Timestamp::from_microsecond(first.as_microsecond() + us).doing("place an instant");
    let from = span_us / 2;
    Ok(Domain::ge("started_at", at(from)?).and(Domain::lt("started_at", at(from + span_us / share)?)))
}

fn filters(first: Timestamp, span_us: i64) -> Result<Vec<(&'static str, Domain)>, Broken> {
    // Whoever made the first call of the month, and few others of the year.
    let middle = span_us / EVERY_US / 2;
    let caller = format!("+4420{}", 79_000_000 + (middle * 7_919) % 50_000);
    let month = stretch(first, span_us, 12)?;
    Ok(vec![
        ("no filter", Domain::All),
        ("a month", month.clone()),
        ("a status in a month", Domain::eq("status", "busy").and(month.clone())),
        ("a direction in a month", Domain::eq("direction", "outbound").and(month.clone())),
        ("a number's beginning in a month", Domain::eq_ilike("from_number", "+44207901%").and(month.clone())),
        ("one caller in a month", Domain::eq_ilike("from_number", &caller).and(month.clone())),
        ("one number of ours in a month", Domain::eq_ilike("number", "+12125551003").and(month)),
    ])
}

async fn pages(
    app: &App,
    scope: &Scope,
    scale: Scale,
    first: Timestamp,
    span_us: i64,
) -> Result<Worst, Broken> {
    let mut worst = Worst::default();
    let all = scale.calls / PER_PAGE;
    let near = NEAR.min(scale.calls / 4) / PER_PAGE;
    let mut read = async |what: String, domain: &Domain, sort: &[&str], falling: bool, page: usize| {
        let order = history::order(sort, falling);
        let listing = Listing { domain: domain.clone(), order, page, per_page: PER_PAGE };
        let mut samples = Samples::default();
        for _ in 0..READS {
            let began = Instant::now();
            let total = if domain == &Domain::All { Total::Exact } else { Total::Estimate };
            let paged = history::page::<PbxCall>(app, scope, &listing, total).await;
            samples.push(began.elapsed());
            let rows = paged.doing("read a page")?.listed.rows;
            check(!rows.is_empty(), &format!("a page has rows: {what}"))?;
        }
        worst.heard(&samples, &what);
        Ok::<(), Broken>(())
    };
    // Its total is counted once and kept; how long that takes is measured by itself.
    let whole = Listing { domain: Domain::All, order: Vec::new(), page: 1, per_page: PER_PAGE };
    history::page::<PbxCall>(app, scope, &whole, Total::Exact).await.doing("count the calls")?;
    for sort in SORTS {
        for (falling, way) in [(true, "falling"), (false, "rising")] {
            for (page, place) in
                [(1, "first"), (near, "near the beginning"), (all - near, "near the end"), (all, "last")]
            {
                read(format!("{place} page by {} {way}", sort[0]), &Domain::All, sort, falling, page).await?;
            }
        }
    }
    for (what, domain) in filters(first, span_us)? {
        for sort in SORTS {
            read(format!("first page of {what} by {}", sort[0]), &domain, sort, true, 1).await?;
        }
    }
    Ok(worst)
}

/// Totals that nobody asked for before: each is of a stretch of its own.
async fn totals(app: &App, scope: &Scope, first: Timestamp, span_us: i64) -> Result<Worst, Broken> {
    let mut worst = Worst::default();
    for (what, domain) in filters(first, span_us)? {
        let mut samples = Samples::default();
        for nth in 1..=READS as i64 {
            let from = Timestamp::from_microsecond(first.as_microsecond() + nth).doing("place an instant")?;
            let domain = domain.clone().and(Domain::ge("started_at", from));
            let listing =
                Listing { domain, order: history::order(&["started_at"], true), page: 1, per_page: 1 };
            let began = Instant::now();
            let paged = history::page::<PbxCall>(app, scope, &listing, Total::Exact).await;
            samples.push(began.elapsed());
            check(paged.doing("count")?.listed.total > 0, "there are such calls")?;
        }
        worst.heard(&samples, what);
    }
    Ok(worst)
}
