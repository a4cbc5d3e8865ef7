//! The carrier's settings: shown to the owner, saved, tried out, and provisioned by a job.

use super::account::{self, SETTINGS, secret};
use super::changes::provision_job;
use super::line::{Haste, Repeat, ask, circuit};
use super::{Addresses, CarrierError, Circuit, passwords};
use crate::app::App;
use crate::models::{PbxCloudonixSettings, PbxCloudonixSettingsDraft, PbxCloudonixSettingsSyncState};
use crate::records::{self, Broken, Deed, RecordError, RuleError};
use opbx_kernel::{RecordId, Scope, Timestamp};
use opbx_platform::record::Draft as _;
use opbx_platform::{Model, Values};
use opbx_store::Tx;
use opbx_telephony::backend::{Access, DomainFacts};
use std::time::Duration;
use zeroize::Zeroizing;

/// For how long the previous secret of the webhooks' addresses is taken after a rotation.
pub const HOOK_SECRET_OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a save waits to see what provisioning comes to.
const SAVE_WAIT_MAX: Duration = Duration::from_secs(8);
/// How often it looks.
const SAVE_LOOK: Duration = Duration::from_millis(100);

/// The settings as their owner sees them. Keys are not among them: `crate::secrets::reveal` shows one.
#[derive(Debug, Clone)]
pub struct SettingsView {
    pub settings: PbxCloudonixSettings,
    pub has_domain_api_key: bool,
    pub has_requests_api_key: bool,
    pub has_webhook_secret: bool,
    /// What the engine is told to ask and to tell; for the owner's eyes. None without a base URL.
    pub addresses: Option<Addresses>,
    /// How the carrier stood when this node last asked.
    pub circuit: Circuit,
}

/// Settings that were saved, and what provisioning came to so far.
#[derive(Debug, Clone)]
pub struct Saved {
    pub view: SettingsView,
    /// Why the carrier does not know them yet.
    pub warning: Option<String>,
}

fn model(app: &App) -> Result<&Model, CarrierError> {
    app.store().registry().model(SETTINGS).ok_or(CarrierError::NoRecord)
}

/// The tenant's settings; none before they are first saved.
pub async fn get(app: &App, scope: &Scope) -> Result<Option<SettingsView>, CarrierError> {
    records::require(scope, model(app)?, Deed::Read)?;
    let mut tx = app.store().read(scope).await?;
    match account::settings(&mut tx).await? {
        Some(settings) => Ok(Some(view(app, &mut tx, settings).await?)),
        None => Ok(None),
    }
}

async fn view(app: &App, tx: &mut Tx, settings: PbxCloudonixSettings) -> Result<SettingsView, CarrierError> {
    let mut tx = tx.as_system("show the carrier's settings to their owner");
    let hook_secret = secret(&mut tx, &settings, "hook_secret").await?;
    let base = settings.webhook_base_url.as_deref().filter(|base| !base.is_empty());
    let addresses = base.zip(hook_secret).map(|(base, secret)| Addresses::below(base, &secret));
    let uuid = settings.domain_uuid.clone().unwrap_or_default();
    let access = Access { uuid, name: None, key: Zeroizing::default() };
    Ok(SettingsView {
        has_domain_api_key: secret(&mut tx, &settings, "domain_api_key").await?.is_some(),
        has_requests_api_key: secret(&mut tx, &settings, "domain_requests_api_key").await?.is_some(),
        has_webhook_secret: secret(&mut tx, &settings, "webhook_secret").await?.is_some(),
        circuit: circuit(app, &access),
        addresses,
        settings,
    })
}

/// Saves the settings and lets a job provision them; waits a little to tell how that went.
///
/// An empty key leaves the one that is there.
pub async fn save(
    app: &App,
    scope: &Scope,
    mut draft: PbxCloudonixSettingsDraft,
) -> Result<Saved, CarrierError> {
    for key in [&mut draft.domain_api_key, &mut draft.domain_requests_api_key, &mut draft.webhook_secret] {
        *key = key.take().map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
    }
    records::require(scope, model(app)?, Deed::Update)?;
    if let Some(key) = &draft.domain_requests_api_key {
        require_own_key(app, scope, key).await?;
    }
    let values: Values = draft.into_values();
    let mut tx = app.store().begin(scope).await?;
    let id = match account::settings(&mut tx).await? {
        Some(known) => {
            records::update(&mut tx, model(app)?, known.id, values, None).await?;
            known.id
        }
        None => records::create(&mut tx, model(app)?, values).await?,
    };
    // Also where nothing differs: whoever saves again wants it tried again.
    let mut system = tx.as_system("tell the carrier of saved settings");
    if account::is_configured(&mut system).await? {
        let pending = PbxCloudonixSettingsDraft {
            sync_state: Some(Some(PbxCloudonixSettingsSyncState::Pending)),
            sync_error: Some(None),
            ..PbxCloudonixSettingsDraft::default()
        };
        system.update(SETTINGS, id, pending.into_values(), None).await?;
        system.enqueue(provision_job()).await?;
    }
    drop(system);
    tx.commit().await?;
    let view = provisioned(app, scope).await?;
    let warning = match view.settings.sync_state {
        Some(PbxCloudonixSettingsSyncState::Pending) => {
            Some("The carrier is still being told; see the state of the settings in a moment.".to_owned())
        }
        Some(PbxCloudonixSettingsSyncState::Failed) => view.settings.sync_error.clone(),
        Some(PbxCloudonixSettingsSyncState::Unconfigured) | None => {
            Some("The carrier was not told: the domain's UUID or API key is missing.".to_owned())
        }
        Some(PbxCloudonixSettingsSyncState::Synced) => None,
    };
    Ok(Saved { view, warning })
}

/// Refuses a key by which another tenant is known: neither could be told from the other.
async fn require_own_key(app: &App, scope: &Scope, key: &str) -> Result<(), CarrierError> {
    if !app.plans().is_key_of_another(scope.tenant(), key.as_bytes()).await? {
        return Ok(());
    }
    let refused = RuleError::of(model(app)?, "domain_requests_api_key", Broken::KeyInUse);
    Err(RecordError::from(refused).into())
}

/// Tells the carrier of the settings once more; gives the job that does it.
pub async fn provision(app: &App, scope: &Scope) -> Result<RecordId, CarrierError> {
    records::require(scope, model(app)?, Deed::Update)?;
    let mut tx = app.store().begin(scope).await?;
    let settings = account::settings(&mut tx).await?;
    let settings = settings.ok_or(CarrierError::Unconfigured("everything"))?;
    let mut system = tx.as_system("tell the carrier of the settings once more");
    if !account::is_configured(&mut system).await? {
        return Err(CarrierError::Unconfigured("the domain's UUID or API key"));
    }
    let pending = PbxCloudonixSettingsDraft {
        sync_state: Some(Some(PbxCloudonixSettingsSyncState::Pending)),
        sync_error: Some(None),
        ..PbxCloudonixSettingsDraft::default()
    };
    system.update(SETTINGS, settings.id, pending.into_values(), None).await?;
    let job = system.enqueue(provision_job()).await?.id();
    drop(system);
    tx.commit().await?;
    Ok(job)
}

/// Waits until provisioning came to something, within a bound.
async fn provisioned(app: &App, scope: &Scope) -> Result<SettingsView, CarrierError> {
    let mut waited = Duration::ZERO;
    // Ends, for each round waits a part of the bound.
    loop {
        let view = get(app, scope).await?.ok_or(CarrierError::NoRecord)?;
        let is_pending = view.settings.sync_state == Some(PbxCloudonixSettingsSyncState::Pending);
        if !is_pending || waited >= SAVE_WAIT_MAX {
            return Ok(view);
        }
        tokio::time::sleep(SAVE_LOOK).await;
        waited += SAVE_LOOK;
    }
}

/// Tries a domain and its key out, and tells what the carrier knows of it. An empty key is the one that is saved.
pub async fn validate(app: &App, scope: &Scope, uuid: &str, key: &str) -> Result<DomainFacts, CarrierError> {
    records::require(scope, model(app)?, Deed::Update)?;
    let key = match key.trim() {
        "" => account::of(app.store(), scope.tenant()).await?.access.key,
        key => Zeroizing::new(key.to_owned()),
    };
    let access = Access { uuid: uuid.trim().to_owned(), name: None, key };
    if access.uuid.is_empty() {
        return Err(CarrierError::Unconfigured("the domain's UUID"));
    }
    ask(app, &access, Haste::Now, Repeat::Safe, |backend| backend.domain(&access)).await
}

/// A new key by which the engine may show who it is; kept only once it is saved.
pub fn generate_requests_key(app: &App, scope: &Scope) -> Result<String, CarrierError> {
    records::require(scope, model(app)?, Deed::Update)?;
    Ok(passwords::requests_key())
}

/// Draws a new secret for the addresses of webhooks, and provisions them. The previous one is taken for a day more.
pub async fn rotate_hook_secret(app: &App, scope: &Scope) -> Result<SettingsView, CarrierError> {
    records::require(scope, model(app)?, Deed::Update)?;
    let mut tx = app.store().begin(scope).await?;
    let settings = account::settings(&mut tx).await?;
    let settings = settings.ok_or(CarrierError::Unconfigured("everything"))?;
    let mut system = tx.as_system("rotate the secret of the webhooks' addresses");
    let previous = secret(&mut system, &settings, "hook_secret").await?;
    let now: Timestamp = app.clock().now();
    let draft = PbxCloudonixSettingsDraft {
        hook_secret_previous: previous.map(|previous| previous.to_string()),
        hook_secret: Some(passwords::hook_secret()),
        hook_secret_rotated_at: Some(Some(now)),
        ..PbxCloudonixSettingsDraft::default()
    };
    records::update(&mut system, model(app)?, settings.id, draft.into_values(), None).await?;
    drop(system);
    let settings = tx.get::<PbxCloudonixSettings>(settings.id).await?.ok_or(CarrierError::NoRecord)?;
    let view = view(app, &mut tx, settings).await?;
    tx.commit().await?;
    Ok(view)
}
