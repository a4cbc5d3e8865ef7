//! From a commit to the browsers: one company, many sockets, each change heard by all of them.

use crate::broken::{Broken, While as _, check};
use crate::node::{Node, wait_until};
use crate::report::{Report, progress, shown};
use crate::samples::Samples;
use crate::{Scale, fleet};
use opbx_app::live::channels::Channel;
use opbx_app::live::tickets;
use opbx_app::models::ResUsersDraft;
use opbx_app::sessions::{self, Asker, Device, Role};
use opbx_kernel::{Operator, Scope, TenantId};
use opbx_platform::Values;
use opbx_platform::record::Draft as _;
use opbx_testkit::Browser;
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const BUDGET: Duration = Duration::from_millis(50);
const EXTENSIONS: usize = 20;
/// Sockets that one user opens: below the product's own bound.
const PER_USER: usize = 40;
/// The pause between two commits: twenty changes a second are a busy company.
const PAUSE: Duration = Duration::from_millis(50);

/// When each contact's commit was begun, by its id.
type Begun = Arc<Mutex<HashMap<i64, Instant>>>;

pub(crate) async fn run(scale: Scale, report: &mut Report) -> Result<(), Broken> {
    progress(&format!("live: {} sockets", scale.sockets));
    let folder = tempfile::tempdir().doing("make a folder")?;
    fleet::grow(folder.path(), 1, EXTENSIONS).await?;
    let node = Node::start(folder.path()).await?;
    let operator = Operator::because("find the company");
    let tenants = node.app.store().tenants(&operator).await.doing("list the tenants")?;
    let tenant = tenants.first().ok_or_else(|| Broken::new("find a tenant", "there is none"))?.id;
    let begun = Begun::default();
    let (heard, mut hearing) = mpsc::unbounded_channel();
    for users in 0..scale.sockets.div_ceil(PER_USER) {
        let asker = user(&node, tenant, users).await?;
        for _ in users * PER_USER..scale.sockets.min((users + 1) * PER_USER) {
            let browser = listener(&node, &asker).await?;
            tokio::spawn(hear(browser, begun.clone(), heard.clone()));
        }
    }
    drop(heard);
    let mut samples = Samples::default();
    for nth in 0..scale.commits {
        commit(&node, tenant, nth, &begun).await?;
        tokio::time::sleep(PAUSE).await;
    }
    let wanted = (scale.commits * scale.sockets) as u64;
    let heard_all = async || Ok(hearing.len() as u64 >= wanted);
    wait_until("every socket hears of every commit", heard_all).await?;
    while let Ok(taken) = hearing.try_recv() {
        samples.push(taken);
    }
    check(samples.count() == wanted, "each socket hears of each commit once")?;
    let what = format!("live event, commit to browser, {} sockets, SQLite, one node", scale.sockets);
    let measured = format!("p50 {}, p99 {}", shown(samples.median()), shown(samples.p99()));
    report.judge(what, measured, "p99 under 50 ms", samples.p99() < BUDGET);
    node.stop().await;
    Ok(())
}

async fn user(node: &Node, tenant: TenantId, nth: usize) -> Result<Asker, Broken> {
    let scope = Scope::system(tenant, "make a user for a benchmark");
    let mut tx = node.app.store().begin(&scope).await.doing("make a user")?;
    let (module, group) = Role::Owner.group().split_once('.').expect("an external id");
    let group = tx.external(module, group).await.doing("find the owners")?;
    let (_, group) = group.ok_or_else(|| Broken::new("find the owners", "there are none"))?;
    let draft = ResUsersDraft {
        name: Some(format!("User {nth}")),
        email: Some(format!("user{nth}@example.com")),
        groups: Some(vec![group]),
        ..ResUsersDraft::default()
    };
    let user = tx.create("res.users", draft.into_values()).await.doing("make a user")?;
    tx.commit().await.doing("make a user")?;
    let login = sessions::begin(&node.app, tenant, user, &Device::default()).await;
    Ok(login.doing("begin a session")?.asker)
}

async fn listener(node: &Node, asker: &Asker) -> Result<Browser, Broken> {
    let mut browser = Browser::connect(node.server.address).await;
    let name = format!("private-org.{}", asker.tenant);
    let channel = Channel::parse(&name).ok_or_else(|| Broken::new("name a channel", &name))?;
    let ticket = tickets::issue(&node.app, "opbx", asker, &browser.socket_id, channel);
    let answer = browser.subscribe(&name, &json!({ "auth": ticket.auth })).await;
    check(answer.event == "pusher_internal:subscription_succeeded", "a ticket opens its channel")?;
    Ok(browser)
}

async fn commit(node: &Node, tenant: TenantId, nth: usize, begun: &Begun) -> Result<(), Broken> {
    let scope = Scope::system(tenant, "change something for a benchmark");
    let mut tx = node.app.store().begin(&scope).await.doing("create a contact")?;
    let values = Values::from([("name".to_owned(), format!("Contact {nth}").as_str().into())]);
    let id = tx.create("res.partner", values).await.doing("create a contact")?;
    // Before the commit, whose own time counts too: a socket may hear before this thread goes on.
    begun.lock().unwrap_or_else(PoisonError::into_inner).insert(id.get(), Instant::now());
    tx.commit().await.doing("create a contact")?;
    Ok(())
}

async fn hear(mut browser: Browser, begun: Begun, heard: mpsc::UnboundedSender<Duration>) {
    while let Ok(said) = browser.next().await {
        if said.event != "record.created" {
            continue;
        }
        let now = Instant::now();
        let id = said.data["id"].as_i64().unwrap_or_default();
        let begun = begun.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied();
        if let Some(begun) = begun
            && heard.send(now - begun).is_err()
        {
            return;
        }
    }
}
