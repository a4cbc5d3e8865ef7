//! `opbx simulate`: where a call would go and why, in sentences. Rings nothing, writes nothing.

use crate::cli::SimulatedCall;
use crate::config::Config;
use crate::open;
use anyhow::{Context as _, bail};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use opbx_app::models::ResCompany;
use opbx_app::plans::compile;
use opbx_kernel::{Clock as _, Operator, Scope, SystemClock, Timestamp};
use opbx_platform::Domain;
use opbx_routing::{CORE_VERSION, Direction, Plan, Reason};
use opbx_store::{Store, TenantRow};
use opbx_telephony::ledger::Ledger;
use opbx_telephony::simulator::{Simulated, simulate};
use opbx_telephony::{CallSheet, Opening};
use serde_json::json;
use std::process::ExitCode;

pub(crate) async fn run(config: &Config, call: &SimulatedCall) -> anyhow::Result<ExitCode> {
    if !call.keys.is_empty() {
        bail!("--keys: no menu can be reached yet, so there is nothing to press keys for");
    }
    let opened = open::existing(config).await?;
    let tenant = chosen(&opened.store, call.tenant.as_deref()).await?;
    let mut tx = opened.store.read(&Scope::system(tenant.id, "simulate a call")).await?;
    let plan = compile(&mut tx).await?;
    let companies = tx.all::<ResCompany>(&Domain::All).await?;
    drop(tx);
    let zone = companies.first().map_or("UTC", |company| company.time_zone.as_str());
    let at = instant(call.at.as_deref(), zone)?;
    let opening = opening(call, &plan);
    let (told, ledger) = simulate(&plan, &opening, at, &call.answer);
    if call.json {
        println!("{}", in_json(&tenant, &plan, &opening, at, &told, &ledger));
    } else {
        print!("{}", in_words(&told, &ledger));
    }
    opened.store.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn chosen(store: &Store, slug: Option<&str>) -> anyhow::Result<TenantRow> {
    let mut tenants = store.tenants(&Operator::because("choose whose call is simulated")).await?;
    let slugs = tenants.iter().map(|tenant| tenant.slug.as_str()).collect::<Vec<_>>().join(", ");
    let at = match slug {
        Some(slug) => tenants.iter().position(|tenant| tenant.slug == slug),
        None if tenants.len() == 1 => Some(0),
        None if tenants.is_empty() => bail!("there is no tenant yet: start `opbx serve` once"),
        None => bail!("there is more than one tenant: choose with --tenant ({slugs})"),
    };
    let at = at.with_context(|| format!("there is no such tenant: choose with --tenant ({slugs})"))?;
    Ok(tenants.swap_remove(at))
}

/// Reads a time as the company's people say it, or an instant with its offset.
fn instant(text: Option<&str>, zone: &str) -> anyhow::Result<Timestamp> {
    let Some(text) = text else { return Ok(SystemClock.now()) };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let civil: DateTime = text.parse().with_context(|| {
        format!("--at {text:?}: expected a time such as '2026-12-24 18:05', or with an offset")
    })?;
    let zone = TimeZone::get(zone).with_context(|| format!("the company's time zone {zone:?}"))?;
    Ok(civil.to_zoned(zone)?.timestamp())
}

fn opening(call: &SimulatedCall, plan: &Plan) -> Opening {
    let is_phone = plan.extension_by_number(call.from.trim()).is_some();
    let guessed = if is_phone { Direction::Subscriber } else { Direction::Inbound };
    Opening {
        direction: call.direction.map_or(guessed, Into::into),
        from: call.from.clone(),
        to: call.to.clone(),
        from_name: String::new(),
    }
}

fn in_words(told: &[Simulated], ledger: &Ledger) -> String {
    let mut text = String::new();
    for step in told {
        let after_s = step.after.as_secs();
        let mut time = format!("{:02}:{:02}", after_s / 60, after_s % 60);
        for reason in &step.step.trace {
            text.push_str(&format!("{time:5}  {reason}\n"));
            time.clear();
        }
    }
    if let Some(sheet) = ledger.sheet() {
        text.push_str(&format!("\n{}\n", summary(&sheet)));
    }
    text
}

fn summary(sheet: &CallSheet) -> String {
    let status = sheet.status.as_str().replace('_', " ");
    let rung: Vec<&str> = sheet.legs.iter().map(|leg| leg.target.as_str()).collect();
    match (&sheet.answered_by, rung.is_empty()) {
        (Some(answered_by), _) => {
            format!("Result: {status}, answered by {answered_by}. Rung: {}.", rung.join(", "))
        }
        (None, false) => format!("Result: {status}. Rung: {}.", rung.join(", ")),
        (None, true) => format!("Result: {status}. Nobody was rung."),
    }
}

fn in_json(
    tenant: &TenantRow,
    plan: &Plan,
    opening: &Opening,
    at: Timestamp,
    told: &[Simulated],
    ledger: &Ledger,
) -> serde_json::Value {
    let steps: Vec<_> = told
        .iter()
        .map(|step| {
            let sentences: Vec<String> = step.step.trace.iter().map(Reason::to_string).collect();
            json!({
                "after_s": step.after.as_secs(),
                "event": step.event,
                "actions": step.step.actions,
                "trace": step.step.trace,
                "sentences": sentences,
            })
        })
        .collect();
    let sheet = ledger.sheet();
    json!({
        "tenant": tenant.slug,
        "plan_version": plan.version,
        "core_version": CORE_VERSION,
        "opening": opening,
        "at": at.to_string(),
        "steps": steps,
        "status": sheet.as_ref().map(|sheet| sheet.status.as_str()),
        "ending": sheet.as_ref().and_then(|sheet| sheet.ending).map(|ending| ending.as_str()),
        "answered_by": sheet.and_then(|sheet| sheet.answered_by),
    })
}
