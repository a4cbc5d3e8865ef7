//! The demo: a small company from a configuration file, and what to try with it.

use crate::config::Config;
use anyhow::Context as _;
use opbx_app::apply::apply;
use opbx_app::entropy;
use opbx_app::example::COMPANY;
use opbx_app::models::{PbxCloudonixSettings, PbxCloudonixSettingsDraft};
use opbx_app::past_calls::{self, Wanted};
use opbx_kernel::{Clock as _, Scope, SystemClock, TenantId};
use opbx_platform::Domain;
use opbx_platform::record::Draft as _;
use opbx_store::{DatabaseUrl, Store};
use std::net::SocketAddr;
use std::sync::Arc;

/// What the company's file calls itself, for its mistakes.
const FILE: &str = "company.toml";
/// The company's number, where hours and a menu answer; the one that rings Sales at once; and who calls.
const MAIN: &str = "+12125550100";
const SALES: &str = "+12125550101";
const CALLER: &str = "+442079460018";
/// What to simulate: what it shows, and the options beside whose data it is.
const EXAMPLES: &[(&str, &str)] = &[
    (
        "The same call explained, ringing nothing",
        "--from +442079460018 --to +12125550101 --answer 1001=no,1002=no",
    ),
    (
        "On Christmas Eve at eleven, open still: the caller presses 3 in the menu, and enters the room's PIN",
        "--from +442079460018 --to +12125550100 --at '2026-12-24 11:00' --keys 3,2468",
    ),
    (
        "The same evening: closed, and a message is left",
        "--from +442079460018 --to +12125550100 --at '2026-12-24 18:05' --message 12s",
    ),
    (
        "Bob calls London, by the rule and trunk that the file names",
        "--from 1002 --to +442079460018 --answer +442079460018=yes",
    ),
];
const SETTINGS: &str = "pbx.cloudonix_settings";
const KEY: &str = "domain_requests_api_key";

/// What the demo prints: the requests key is for this terminal only.
pub(crate) struct Shown {
    requests_key: String,
    domain: String,
    tenant: TenantId,
}

/// The calls of the week before the demo's first start.
const WEEK: Wanted = Wanted { calls: 350, days: 7, seed: 1 };

/// Brings the demo company into the database, with a requests key of its own. Repeats change nothing.
pub(crate) async fn prepare(store: &Store) -> anyhow::Result<Shown> {
    let applied = apply(store, FILE, COMPANY).await.context("the demo company")?;
    let (requests_key, domain) = requests_key(store, applied.tenant).await?;
    Ok(Shown { requests_key, domain, tenant: applied.tenant })
}

/// The key that Cloudonix would present; drawn once, because one in a file would be everybody's.
async fn requests_key(store: &Store, tenant: TenantId) -> anyhow::Result<(String, String)> {
    let mut tx = store.begin(&Scope::system(tenant, "give the demo a requests key")).await?;
    let settings = tx.all::<PbxCloudonixSettings>(&Domain::All).await?.into_iter().next();
    let settings = settings.context("the demo company has no Cloudonix settings")?;
    let domain = settings.domain_name.context("the demo company has no domain")?;
    if let Some(known) = tx.reveal(SETTINGS, settings.id, KEY).await? {
        return Ok((String::from_utf8(known)?, domain));
    }
    let drawn = entropy::password();
    let draft = PbxCloudonixSettingsDraft {
        domain_requests_api_key: Some(drawn.clone()),
        ..PbxCloudonixSettingsDraft::default()
    };
    tx.update(SETTINGS, settings.id, draft.into_values(), None).await?;
    tx.commit().await?;
    Ok((drawn, domain))
}

impl Shown {
    /// Gives the demo company a week of calls to look at, where it has none yet.
    pub(crate) async fn remember_a_week(&self, config: &Config, store: &Store) -> anyhow::Result<()> {
        let mut tx = store.read(&Scope::system(self.tenant, "see whether the demo has calls")).await?;
        let has_calls = tx.count_up_to("pbx.call", &Domain::All, 1).await? > 0;
        drop(tx);
        if has_calls {
            return Ok(());
        }
        let objects = crate::objects::open(config, Arc::new(SystemClock))?;
        let written =
            past_calls::write(store, &objects, self.tenant, WEEK, SystemClock.now(), |_| {}).await?;
        tracing::info!(
            calls = written.calls,
            sounds = written.sounds,
            "the demo company has a week behind it"
        );
        Ok(())
    }

    /// Prints what to open and what to try, ready to be copied.
    pub(crate) fn print(&self, address: SocketAddr, config: &Config) {
        let Self { requests_key, domain, .. } = self;
        let program =
            std::env::current_exe().map_or_else(|_| "opbx".into(), |path| path.display().to_string());
        let data = config.data.display();
        // Shown whole, as the rest: whoever reads this typed it.
        let database = match &config.database {
            DatabaseUrl::Sqlite(path) if *path == config.data.join("opbx.db") => String::new(),
            DatabaseUrl::Sqlite(path) => format!(" --database 'sqlite://{}'", path.display()),
            DatabaseUrl::Postgres(url) => format!(" --database '{url}'"),
        };
        println!(
            "\n\
             URL       http://{address}\n\
             \n\
             A call comes in. This is the voice request that Cloudonix sends; the answer rings the group \"Sales\":\n\
             \n  \
             curl -sS http://{address}/api/voice/route \
             -H 'Authorization: Bearer {requests_key}' -H 'Content-Type: application/json' \
             -d '{{\"CallSid\":\"demo-1\",\"From\":\"{CALLER}\",\"To\":\"{SALES}\",\"Direction\":\"inbound\",\"Domain\":\"{domain}\"}}'\n\
             \n\
             Nobody answers: post CallStatus no-answer to the `action` of its answer, with the same key and CallSid\n\
             (the URL in quotes, each &amp; in it as &), and the fallback rings. With CallStatus completed the call ends.\n\
             \n\
             The company's main number is {MAIN}. Where calls go and why, ringing nothing:\n"
        );
        for (what, options) in EXAMPLES {
            println!("{what}:\n\n  {program} simulate --data {data}{database} {options}\n");
        }
    }
}
