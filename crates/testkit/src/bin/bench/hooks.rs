//! Webhooks that are acknowledged once they are lasting, beside a bare insert of the same rows in batches of the same size.

use crate::broken::{Broken, While as _, check};
use crate::by_hand::ByHand;
use crate::report::{Report, progress};
use crate::samples::median;
use crate::{Scale, fleet, node};
use futures::future::join_all;
use opbx_app::hooks::{
    DetailRecord, Hook, Method, SessionDirection, SessionStatus, SessionUpdate, Told, tell,
};
use opbx_app::{App, modules};
use opbx_kernel::{Scope, TenantId, Timestamp};
use opbx_platform::Domain;
use opbx_testkit::{Engine, POSTGRES_ENV, TestDb};
use serde_json::{Value as Json, json};
use std::time::Instant;

const RATIO_BUDGET: f64 = 0.5;
/// Rows of one commit, on both sides.
pub(crate) const BATCH: usize = 256;
/// Both sides take turns so often; the ratio told is the median of the turns'.
const TURNS: usize = 5;
/// Commits of one turn.
const COMMITS: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Update,
    Record,
}

pub(crate) async fn run(scale: Scale, report: &mut Report) -> Result<(), Broken> {
    on(Engine::Sqlite, "SQLite", scale, report).await?;
    if std::env::var(POSTGRES_ENV).is_ok() {
        on(Engine::Postgres, "PostgreSQL", scale, report).await?;
    } else {
        report.tell("webhooks on PostgreSQL", format!("not measured: {POSTGRES_ENV} is not set"));
    }
    Ok(())
}

async fn on(engine: Engine, name: &str, scale: Scale, report: &mut Report) -> Result<(), Broken> {
    progress(&format!("webhooks on {name}"));
    let database = TestDb::create(engine).await;
    let folder = tempfile::tempdir().doing("make a folder")?;
    let store = database.open(modules::registry(None).doing("read the modules")?).await;
    fleet::prepare(&store).await?;
    let tenant = fleet::add_tenant(&store, 0, fleet::MEMBERS, 1).await?;
    let by_hand = ByHand::open(&database, tenant.get()).await?;
    let app = node::start(store, TestDb::keyring(), folder.path()).await?;
    let mut count = 0;
    for (kind, what) in [(Kind::Update, "session update"), (Kind::Record, "detail record")] {
        let (mut ours, mut theirs, mut ratios, mut folded) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..if scale.is_quick { 1 } else { TURNS } {
            let rows = if scale.is_quick { 20 } else { BATCH * COMMITS };
            let began = Instant::now();
            heard(&app, tenant, kind, count, rows).await?;
            let own = rows as f64 / began.elapsed().as_secs_f64();
            app.ingested().await;
            folded.push(rows as f64 / began.elapsed().as_secs_f64());
            count += rows;
            let began = Instant::now();
            by_hand.insert_hooks(kind, count, rows).await?;
            let other = rows as f64 / began.elapsed().as_secs_f64();
            count += rows;
            ours.push(own);
            theirs.push(other);
            ratios.push(own / other);
        }
        let (own, other, ratio) = (median(&ours), median(&theirs), median(&ratios));
        let measured = format!("{own:.0}/s, bare {other:.0}/s: {:.0} %", ratio * 100.0);
        report.judge(
            format!("{what} webhook, durable, {name}"),
            measured,
            "at least 50 %",
            ratio >= RATIO_BUDGET,
        );
        report.tell("– until its call knows of it too", format!("{:.0}/s", median(&folded)));
    }
    let scope = Scope::system(tenant, "count the rows");
    let mut tx = app.store().read(&scope).await.doing("begin to read")?;
    let updates = tx.count("pbx.session_update", &Domain::All).await.doing("count updates")?;
    let records = tx.count("pbx.cdr", &Domain::All).await.doing("count records")?;
    drop(tx);
    check(usize::try_from(updates + records) == Ok(count), "each row is there once")?;
    app.shut_down().await;
    Ok(())
}

/// Tells so many webhooks, as many at once as one commit takes twice.
async fn heard(app: &App, tenant: TenantId, kind: Kind, from: usize, rows: usize) -> Result<(), Broken> {
    let directory = app.plans().directory();
    let line = directory.line(tenant).ok_or_else(|| Broken::new("find the tenant", "it is not there"))?;
    let at = app.clock().now();
    let ids: Vec<usize> = (from..from + rows).collect();
    for some in ids.chunks(BATCH * 2) {
        let told = some.iter().map(|id| {
            let (hook, told) = match kind {
                Kind::Update => (Hook::SessionUpdate, Told::Update(Box::new(update(*id, at)))),
                Kind::Record => (Hook::Cdr, Told::Record(Box::new(record(*id, at)))),
            };
            tell(app, line, hook, Method::Path, told)
        });
        for answer in join_all(told).await {
            answer.doing("keep a webhook")?;
        }
    }
    Ok(())
}

fn update(id: usize, at: Timestamp) -> SessionUpdate {
    SessionUpdate {
        session: id as i64,
        token: Some(format!("token-{id}")),
        event: format!("event-{id}"),
        domain_id: None,
        domain: None,
        subscriber: None,
        outgoing_subscriber: None,
        from: "+442079460018".into(),
        to: "+12125550100".into(),
        direction: SessionDirection::Incoming,
        status: SessionStatus::Ringing,
        created_at: at,
        modified_at: at,
        call_started_at: None,
        call_answered_at: None,
        time_limit_s: None,
        vapp_server: None,
        action: None,
        reason: None,
        last_error: None,
        call_ids: Vec::new(),
        profile: raw(),
    }
}

fn record(id: usize, at: Timestamp) -> DetailRecord {
    DetailRecord {
        at,
        token: Some(format!("token-{id}")),
        session: Some(id as i64),
        call_id: format!("call-{id}"),
        from: "+442079460018".into(),
        to: "+12125550100".into(),
        disposition: "ANSWERED".into(),
        duration_s: 60,
        billsec_s: 50,
        direction: None,
        status: None,
        call_started_at: None,
        call_answered_at: None,
        call_ended_at: None,
        domain: None,
        subscriber: None,
        trunk: None,
        application: None,
        route: None,
        rated_cost: None,
        approx_cost: None,
        sell_cost: None,
        vapp_server: None,
        recording_url: None,
        raw: raw(),
    }
}

pub(crate) fn raw() -> Json {
    json!({ "qos": { "mos": 4.4 }, "note": "as long as what an engine tells of itself is" })
}
