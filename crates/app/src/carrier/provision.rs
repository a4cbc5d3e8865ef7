//! Provisioning: the domain's profile, and the application that the engine asks about calls.

use super::account::{self, Account, reason, secret};
use super::changes::sync_job;
use super::line::{Haste, Repeat, ask};
use super::{CarrierError, passwords};
use crate::app::App;
use crate::entropy;
use crate::jobs::{Doing, Handler, JobError, Lane, Work};
use crate::models::{PbxCloudonixSettings, PbxCloudonixSettingsDraft, PbxCloudonixSettingsSyncState};
use opbx_kernel::{Scope, TenantId};
use opbx_platform::record::Draft as _;
use opbx_telephony::BackendError;
use opbx_telephony::backend::{Application, ApplicationWish, DomainFacts, DomainWish};
use zeroize::Zeroizing;

const APPLICATION_NAME: &str = "opbx-routing-application";

/// Where the engine asks and tells. The last two end with a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Addresses {
    pub route: String,
    pub session_update: String,
    pub cdr: String,
}

impl Addresses {
    /// The addresses below a base such as `https://pbx.example.com`.
    pub fn below(base: &str, hook_secret: &str) -> Self {
        let base = base.trim_end_matches('/');
        Self {
            route: format!("{base}/api/voice/route"),
            session_update: format!("{base}/api/webhooks/cloudonix/session-update/{hook_secret}"),
            cdr: format!("{base}/api/webhooks/cloudonix/cdr/{hook_secret}"),
        }
    }
}

impl std::fmt::Debug for Addresses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Addresses({})", self.route)
    }
}

/// The job that provisions a tenant's domain. Whoever saved the settings waits for it, so it goes before bulk.
pub(super) struct Provision(pub(super) App);

impl Handler for Provision {
    fn kind(&self) -> &'static str {
        "carrier.provision"
    }

    fn lane(&self) -> Lane {
        Lane::Carrier
    }

    fn run<'a>(&'a self, work: &'a Work) -> Doing<'a> {
        Box::pin(provision(&self.0, work))
    }
}

async fn provision(app: &App, work: &Work) -> Result<(), JobError> {
    let tenant = work.tenant();
    let account = match account::of(app.store(), tenant).await {
        Ok(account) => account,
        // Nothing is there any more that could be provisioned.
        Err(CarrierError::Unconfigured(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let done = provisioned(app, tenant, &account).await;
    let mut draft = PbxCloudonixSettingsDraft::default();
    match &done {
        Ok(facts) => {
            draft.sync_state = Some(Some(PbxCloudonixSettingsSyncState::Synced));
            draft.sync_error = Some(None);
            draft.synced_at = Some(Some(app.clock().now()));
            // Requests and webhooks name the domain as the carrier knows it, whatever was typed here.
            if Some(&facts.name) != account.settings.domain_name.as_ref() {
                draft.domain_name = Some(Some(facts.name.clone()));
            }
            if facts.package.is_some() && facts.package != account.settings.cloudonix_package {
                draft.cloudonix_package = Some(facts.package.clone());
            }
        }
        Err(error) => {
            draft.sync_state = Some(Some(PbxCloudonixSettingsSyncState::Failed));
            draft.sync_error = Some(Some(reason(error)));
        }
    }
    account::note(app.store(), tenant, &account.settings, draft).await?;
    done?;
    // Extensions that waited for a carrier are told now; nothing is taken over from there unasked.
    let mut tx = app.store().begin(work.scope()).await?;
    tx.enqueue(sync_job(false)).await?;
    tx.commit().await?;
    Ok(())
}

async fn provisioned(app: &App, tenant: TenantId, account: &Account) -> Result<DomainFacts, CarrierError> {
    let Account { settings, access } = account;
    let base = settings.webhook_base_url.as_deref().filter(|base| !base.is_empty());
    let base = base.ok_or(CarrierError::Unconfigured("the webhook base URL"))?;
    let (requests_key, hook_secret) = secrets(app, tenant, settings).await?;
    let addresses = Addresses::below(base, &hook_secret);
    let facts = ask(app, access, Haste::Now, Repeat::Safe, |backend| backend.domain(access)).await?;
    let application = application(app, tenant, account, &addresses).await?;
    let wish = DomainWish {
        no_answer_timeout_s: u16::try_from(settings.no_answer_timeout_s).unwrap_or(60),
        recording_format: settings.recording_format.as_str().to_owned(),
        session_update_url: addresses.session_update,
        cdr_url: addresses.cdr,
        requests_key,
    };
    ask(app, access, Haste::Now, Repeat::Safe, |backend| backend.set_domain(access, &wish)).await?;
    ask(app, access, Haste::Now, Repeat::Safe, |backend| backend.make_default(access, &application)).await?;
    Ok(facts)
}

/// The requests key and the secret of the webhooks' addresses; drawn where there are none yet.
async fn secrets(
    app: &App,
    tenant: TenantId,
    settings: &PbxCloudonixSettings,
) -> Result<(Zeroizing<String>, Zeroizing<String>), CarrierError> {
    let mut tx = app.store().begin(&Scope::system(tenant, "provision the carrier")).await?;
    let requests_key = secret(&mut tx, settings, "domain_requests_api_key").await?;
    let hook_secret = secret(&mut tx, settings, "hook_secret").await?;
    if let (Some(requests_key), Some(hook_secret)) = (&requests_key, &hook_secret) {
        return Ok((requests_key.clone(), hook_secret.clone()));
    }
    let requests_key = requests_key.unwrap_or_else(|| passwords::requests_key().into());
    let hook_secret = hook_secret.unwrap_or_else(|| passwords::hook_secret().into());
    let draft = PbxCloudonixSettingsDraft {
        domain_requests_api_key: Some(requests_key.to_string()),
        hook_secret: Some(hook_secret.to_string()),
        ..PbxCloudonixSettingsDraft::default()
    };
    tx.update(account::SETTINGS, settings.id, draft.into_values(), None).await?;
    tx.commit().await?;
    Ok((requests_key, hook_secret))
}

/// Brings the application up to date, or makes one and keeps its id at once; gives its id.
async fn application(
    app: &App,
    tenant: TenantId,
    account: &Account,
    addresses: &Addresses,
) -> Result<String, CarrierError> {
    let Account { settings, access } = account;
    let known_name = settings.application_name.clone().filter(|name| !name.is_empty());
    let name = known_name.unwrap_or_else(|| {
        let drawn = u32::from_le_bytes(entropy::bytes());
        format!("{APPLICATION_NAME}-{drawn:08x}")
    });
    let wish = ApplicationWish { name, url: addresses.route.clone() };
    if let Some(id) = settings.application_id.clone().filter(|id| !id.is_empty()) {
        let set =
            ask(app, access, Haste::Now, Repeat::Safe, |backend| backend.set_application(access, &id, &wish));
        match set.await {
            Ok(()) => return Ok(id),
            // Somebody deleted it there: a new one takes its place.
            Err(CarrierError::Backend(BackendError::Absent { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    let made =
        ask(app, access, Haste::Now, Repeat::IfRefused, |backend| backend.create_application(access, &wish));
    let Application { id, uuid, name, .. } = made.await?;
    let name = if name.is_empty() { wish.name } else { name };
    let draft = PbxCloudonixSettingsDraft {
        application_id: Some(Some(id.clone())),
        application_uuid: Some(uuid),
        application_name: Some(Some(name.chars().take(100).collect())),
        ..PbxCloudonixSettingsDraft::default()
    };
    account::note(app.store(), tenant, settings, draft).await?;
    Ok(id)
}
