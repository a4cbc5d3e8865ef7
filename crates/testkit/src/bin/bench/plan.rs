//! The largest plan, compiled from records, and how soon a changed record is in service.

use crate::broken::{Broken, While as _, check};
use crate::report::{Report, progress, shown};
use crate::samples::Samples;
use crate::{Scale, fleet, node};
use opbx_app::models::{PbxExtension, PbxExtensionDraft};
use opbx_app::plans::{Compiled, compile};
use opbx_app::{modules, records};
use opbx_kernel::seal::{KEY_LEN, Keyring};
use opbx_kernel::{RecordId, Scope, TenantId};
use opbx_platform::Domain;
use opbx_platform::record::Draft as _;
use opbx_store::Store;
use opbx_testkit::{Engine, POSTGRES_ENV, TestDb};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

const COMPILE_BUDGET: Duration = Duration::from_millis(200);
const LIVE_BUDGET: Duration = Duration::from_secs(1);
/// How often a plan is compiled, and how often a record is changed.
const ROUNDS: usize = 30;
/// How often a changed plan is looked for.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

pub(crate) async fn run(scale: Scale, report: &mut Report) -> Result<(), Broken> {
    on(Engine::Sqlite, "SQLite", scale, report).await?;
    if std::env::var(POSTGRES_ENV).is_ok() {
        on(Engine::Postgres, "PostgreSQL", scale, report).await?;
    } else {
        report.tell("plan on PostgreSQL", format!("not measured: {POSTGRES_ENV} is not set"));
    }
    Ok(())
}

async fn on(engine: Engine, name: &str, scale: Scale, report: &mut Report) -> Result<(), Broken> {
    progress(&format!("plan on {name}"));
    let database = TestDb::create(engine).await;
    let store = database.open(modules::registry(None).doing("read the modules")?).await;
    fleet::prepare(&store).await?;
    let tenant = fleet::add_tenant(&store, 0, scale.extensions, scale.groups).await?;
    let rounds = if scale.is_quick { 2 } else { ROUNDS };
    let size = format!(
        "{} extensions, {} ring groups, as many menus and schedules, {name}",
        scale.extensions, scale.groups
    );

    let mut samples = Samples::default();
    for _ in 0..rounds {
        let began = Instant::now();
        let mut tx = store.read(&Scope::system(tenant, "compile a plan")).await.doing("begin to read")?;
        let Compiled { plan, .. } = compile(&mut tx).await.doing("compile the plan")?;
        samples.push(began.elapsed());
        check(plan.numbers().count() == 1, "the plan holds the tenant's number")?;
    }
    let (median, p99) = (samples.median(), samples.p99());
    let measured = format!("median {}, slowest of {rounds} {}", shown(median), shown(p99));
    let is_met = median < COMPILE_BUDGET;
    report.judge(format!("plan compiled from records; {size}"), measured, "under 200 ms", is_met);

    let live = changes(store, tenant, rounds).await?;
    let measured = format!("p50 {}, slowest of {rounds} {}", shown(live.median()), shown(live.p99()));
    let is_met = live.p99() < LIVE_BUDGET;
    report.judge(format!("one record changed until in service; {size}"), measured, "under 1 s", is_met);
    Ok(())
}

/// From the commit of a change until a plan of that version answers calls.
async fn changes(store: Store, tenant: TenantId, rounds: usize) -> Result<Samples, Broken> {
    let folder = tempfile::tempdir().doing("make a folder")?;
    let app =
        node::start(store.clone(), Keyring::new(Zeroizing::new([7; KEY_LEN]), Vec::new()), folder.path())
            .await?;
    let in_service = || app.plans().directory().line(tenant).and_then(|line| line.plan_version());
    node::wait_until("the plan is compiled", async || Ok(in_service().is_some())).await?;
    let scope = Scope::system(tenant, "change an extension");
    let mut tx = store.read(&scope).await.doing("begin to read")?;
    let extensions = tx.all::<PbxExtension>(&Domain::All).await.doing("read the extensions")?;
    drop(tx);
    let mut samples = Samples::default();
    for (at, extension) in extensions.iter().cycle().take(rounds).enumerate() {
        // No extension rings so long yet: a change to what a record holds already would be none.
        let version = change(&store, &scope, extension.id, 200 + at as i64).await?;
        let began = Instant::now();
        while in_service().is_none_or(|known| known < version) {
            check(began.elapsed() < node::WAIT_MAX, "a changed plan comes into service")?;
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        samples.push(began.elapsed());
    }
    app.shut_down().await;
    Ok(samples)
}

async fn change(store: &Store, scope: &Scope, id: RecordId, timeout_s: i64) -> Result<i64, Broken> {
    let model = store.registry().model("pbx.extension").expect("the modules declare extensions");
    let draft = PbxExtensionDraft { ring_timeout_s: Some(timeout_s), ..Default::default() };
    let mut tx = store.begin(scope).await.doing("begin a change")?;
    records::update(&mut tx, model, id, draft.into_values(), None).await.doing("change an extension")?;
    let committed = tx.commit().await.doing("commit a change")?;
    committed.plan_version.ok_or_else(|| Broken::new("change an extension", "the plan version did not rise"))
}
