//! How things stand at the moment somebody asks. Nothing here waits long: with the database away, the rest is told.

use super::OutboxReader;
use super::process;
use crate::App;
use ::metrics::{counter, gauge};
use opbx_kernel::{Operator, TenantId};
use opbx_store::{QueueDepths, StoreError, TenantRow};
use std::time::Duration;
use tokio::time::timeout;

/// How long the database may take to answer whoever asks for metrics.
const DATABASE_WAIT_MAX: Duration = Duration::from_secs(2);

/// What only the database knows.
struct Stored {
    tenants: Vec<TenantRow>,
    heads: Vec<(TenantId, i64)>,
    depths: QueueDepths,
}

pub(super) async fn read(app: &App) {
    let asked = timeout(DATABASE_WAIT_MAX, stored(app)).await;
    let stored = asked.ok().and_then(Result::ok);
    gauge!("opbx_database_up").set(if stored.is_some() { 1.0 } else { 0.0 });
    if let Some(stored) = &stored {
        queues(app, stored);
        plans(app, &stored.tenants);
    }
    own(app);
    let cluster = app.cluster().health().await;
    gauge!("opbx_cluster_up", "backend" => cluster.backend).set(if cluster.ok { 1.0 } else { 0.0 });
    gauge!("opbx_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    if let Some(process) = process::read() {
        gauge!("process_resident_memory_bytes").set(process.memory_bytes as f64);
        gauge!("process_open_fds").set(process.open_files as f64);
        gauge!("process_max_fds").set(process.files_max as f64);
        gauge!("process_threads").set(process.threads as f64);
        counter!("process_cpu_seconds_total").absolute(process.cpu_s);
    }
}

async fn stored(app: &App) -> Result<Stored, StoreError> {
    let operator = Operator::because("tell how much waits in all tenants together");
    let tenants = app.store().tenants(&operator).await?;
    let heads = app.store().outbox_heads(&operator).await?;
    let depths = app.store().queue_depths(&operator).await?;
    Ok(Stored { tenants, heads, depths })
}

fn queues(app: &App, stored: &Stored) {
    let depths = &stored.depths;
    gauge!("opbx_jobs", "state" => "waiting").set(depths.jobs_waiting as f64);
    gauge!("opbx_jobs", "state" => "running").set(depths.jobs_running as f64);
    let overdue = depths.first_due.map(|due| app.clock().now().duration_since(due).as_secs_f64());
    gauge!("opbx_jobs_overdue_seconds").set(overdue.unwrap_or(0.0).max(0.0));
    gauge!("opbx_outbox_unplaced").set(depths.outbox_unplaced as f64);
    let head: i64 = stored.heads.iter().map(|(_, head)| *head).sum();
    for reader in OutboxReader::ALL {
        let lag = head.saturating_sub(app.pulse().outbox_seen(reader)).max(0);
        gauge!("opbx_outbox_lag", "consumer" => reader.as_str()).set(lag as f64);
    }
}

fn plans(app: &App, tenants: &[TenantRow]) {
    let directory = app.plans().directory();
    let (mut in_service, mut lagging, mut worst) = (0_u32, 0_u32, 0_i64);
    for tenant in tenants {
        let version = directory.line(tenant.id).and_then(|line| line.plan_version());
        let Some(version) = version else { continue };
        let lag = tenant.plan_version.saturating_sub(version).max(0);
        in_service += 1;
        lagging += u32::from(lag > 0);
        worst = worst.max(lag);
    }
    gauge!("opbx_plans_in_service").set(f64::from(in_service));
    gauge!("opbx_plans_lagging").set(f64::from(lagging));
    gauge!("opbx_plan_version_lag_max").set(worst as f64);
}

/// What this node knows without asking anybody.
fn own(app: &App) {
    let now = app.clock().now();
    if let Some(age) = app.pulse().plans_age_s(now) {
        gauge!("opbx_plan_poll_age_seconds").set(age);
    }
    for reader in OutboxReader::ALL {
        if let Some(age) = app.pulse().outbox_age_s(reader, now) {
            gauge!("opbx_outbox_read_age_seconds", "consumer" => reader.as_str()).set(age);
        }
    }
    gauge!("opbx_journal_backlog").set(app.journal_backlog() as f64);
    gauge!("opbx_hooks_waiting").set(app.hooks().waiting_count() as f64);
    gauge!("opbx_hooks_unfolded_tenants").set(app.hooks().unfolded_count() as f64);
    let connections = app.store().connections();
    for (state, count) in [
        ("used", connections.open.saturating_sub(connections.idle)),
        ("idle", connections.idle),
        ("max", connections.max),
    ] {
        gauge!("opbx_database_connections", "state" => state).set(f64::from(count));
    }
    let (open, half_open) = app.carrier().circuits(now);
    gauge!("opbx_carrier_circuits", "state" => "open").set(open as f64);
    gauge!("opbx_carrier_circuits", "state" => "half_open").set(half_open as f64);
}
