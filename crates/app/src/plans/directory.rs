//! The directory: one line per tenant, found by its requests key, each with its plan.

use super::compile::{CompileError, Compiled, compile};
use super::hook_secrets::HookSecrets;
use super::secrets::PlanSecrets;
use super::stored;
use crate::metrics;
use crate::models::PbxCloudonixSettings;
use arc_swap::{ArcSwap, ArcSwapOption};
use opbx_kernel::seal::digest;
use opbx_kernel::{Code, Kind, Operator, Scope, TenantId};
use opbx_platform::Domain;
use opbx_routing::Plan;
use opbx_store::{ReadError, Store, StoreError, TenantRow, Tx};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const SETTINGS: &str = "pbx.cloudonix_settings";

#[derive(Debug, thiserror::Error)]
pub enum PlansError {
    #[error(transparent)]
    Compile(#[from] CompileError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PlansError {
    pub fn code(&self) -> Code {
        match self {
            Self::Compile(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// Whether trying again may help without anybody's changing a record.
    fn may_pass(&self) -> bool {
        self.code().kind == Kind::Unavailable
    }
}

/// What the voice endpoints need to know of a tenant beside its plan. Never part of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VoiceSettings {
    pub domain_name: Option<String>,
    pub domain_uuid: Option<String>,
    /// Of the key that Cloudonix presents; the key itself is not kept.
    pub requests_key_digest: Option<[u8; 32]>,
    pub webhook_base_url: Option<String>,
    pub hooks: HookSecrets,
    /// Webhooks that say they are older, or younger, by so many seconds are refused.
    pub hook_window_s: Option<i64>,
}

/// A tenant in the directory. A line is replaced as a whole when its tenant changes; its plan stays until a newer one is ready.
pub struct Line {
    pub tenant: TenantRow,
    pub settings: VoiceSettings,
    plan: ArcSwapOption<LoadedPlan>,
    /// Held while a plan is being compiled, so that a burst of first calls compiles it once.
    loading: tokio::sync::Mutex<()>,
}

/// A plan in service, with its snapshot ready to be journaled when it first routes a call.
pub struct LoadedPlan {
    pub plan: Plan,
    /// Never part of the snapshot.
    pub secrets: PlanSecrets,
    pub snapshot: Vec<u8>,
    pub journaled: AtomicBool,
}

/// All tenants, at one moment.
#[derive(Default)]
pub struct Directory {
    lines: FxHashMap<TenantId, Arc<Line>>,
    /// By the digest of the requests key. Two of one key stand here from before such a save was refused.
    keys: FxHashMap<[u8; 32], Vec<TenantId>>,
    /// By the digest of the secret path of its webhooks; no tenant where two share one.
    paths: FxHashMap<[u8; 32], Option<TenantId>>,
    /// By name and UUID of their domains, in lower case; a domain proves nothing, so several may claim one.
    domains: FxHashMap<String, Vec<TenantId>>,
}

impl Directory {
    fn of(lines: FxHashMap<TenantId, Arc<Line>>) -> Self {
        let mut keys: FxHashMap<[u8; 32], Vec<TenantId>> = FxHashMap::default();
        let mut paths = FxHashMap::default();
        let mut domains: FxHashMap<String, Vec<TenantId>> = FxHashMap::default();
        for (tenant, line) in &lines {
            let settings = &line.settings;
            if let Some(key) = settings.requests_key_digest {
                keys.entry(key).or_default().push(*tenant);
            }
            for path in settings.hooks.paths() {
                paths.entry(path).and_modify(|owner| *owner = None).or_insert(Some(*tenant));
            }
            for domain in [&settings.domain_name, &settings.domain_uuid].into_iter().flatten() {
                domains.entry(domain.to_lowercase()).or_default().push(*tenant);
            }
        }
        Self { lines, keys, paths, domains }
    }

    pub fn line(&self, tenant: TenantId) -> Option<&Arc<Line>> {
        self.lines.get(&tenant)
    }

    pub fn lines(&self) -> impl Iterator<Item = &Arc<Line>> {
        self.lines.values()
    }

    /// The tenants that a requests key belongs to: one, unless somebody entered another's.
    pub fn by_requests_key(&self, key: &[u8]) -> impl Iterator<Item = &Arc<Line>> {
        let tenants = self.keys.get(&digest(&[key])).map_or(&[][..], Vec::as_slice);
        tenants.iter().filter_map(|tenant| self.lines.get(tenant))
    }

    /// The tenant that a secret path, by its digest, belongs to, and to no other.
    pub fn by_hook_path(&self, path: &[u8; 32]) -> Option<&Arc<Line>> {
        self.lines.get(&self.paths.get(path).copied().flatten()?)
    }

    /// The tenants that claim a domain, by its name or UUID.
    pub fn by_domain(&self, domain: &str) -> impl Iterator<Item = &Arc<Line>> {
        let tenants = self.domains.get(&domain.to_lowercase()).map_or(&[][..], Vec::as_slice);
        tenants.iter().filter_map(|tenant| self.lines.get(tenant))
    }
}

/// The directory of this node, kept up to date.
pub struct Plans {
    store: Store,
    directory: ArcSwap<Directory>,
    /// Held while the tenants are polled, so that an older reading never replaces a newer one.
    refreshing: tokio::sync::Mutex<()>,
}

impl Plans {
    pub fn new(store: Store) -> Self {
        Self { store, directory: ArcSwap::default(), refreshing: tokio::sync::Mutex::default() }
    }

    pub fn directory(&self) -> Arc<Directory> {
        self.directory.load_full()
    }

    /// Reads every tenant's plan version and loads the lines that changed.
    ///
    /// Plans that are in service are compiled anew before the new line replaces the old one, so that no call waits.
    /// Gives how many lines changed.
    pub async fn refresh(&self) -> Result<usize, PlansError> {
        let _one_at_a_time = self.refreshing.lock().await;
        let operator = Operator::because("poll the plan versions of all tenants");
        let current = self.directory();
        let tenants = self.store.tenants(&operator).await?;
        let mut lines = FxHashMap::default();
        let mut changed = 0;
        for tenant in tenants {
            let known = current.line(tenant.id).cloned();
            let line = match known {
                Some(line) if line.tenant == tenant => Some(line),
                known => match self.renewed(&tenant, known.as_deref()).await {
                    Ok(line) => {
                        changed += 1;
                        Some(Arc::new(line))
                    }
                    Err(error) => {
                        tracing::warn!(tenant = %tenant.id, %error, "a tenant's settings cannot be read now");
                        known
                    }
                },
            };
            lines.extend(line.map(|line| (tenant.id, line)));
        }
        if changed > 0 || lines.len() != current.lines.len() {
            self.directory.store(Arc::new(Directory::of(lines)));
        }
        Ok(changed)
    }

    /// Whether another tenant than this one is known by a requests key, as of now.
    pub async fn is_key_of_another(&self, tenant: TenantId, key: &[u8]) -> Result<bool, PlansError> {
        self.refresh().await?;
        Ok(self.directory().by_requests_key(key).any(|line| line.tenant.id != tenant))
    }

    /// Reads a tenant's line anew; its plan is compiled if one is in service.
    ///
    /// A plan that its records make impossible is not waited for: the last good one stays, and the alarm names the
    /// record and the field.
    async fn renewed(&self, tenant: &TenantRow, known: Option<&Line>) -> Result<Line, PlansError> {
        let scope = Scope::system(tenant.id, "load the voice settings");
        let mut tx = self.store.read(&scope).await?;
        let settings = settings(&mut tx).await?;
        let plan = match known.and_then(|line| line.plan.load_full()) {
            None => None,
            Some(in_service) => Some(match loaded(&mut tx).await {
                Ok(newer) => Arc::new(newer),
                Err(error) if error.may_pass() => return Err(error),
                Err(error) => {
                    tracing::error!(tenant = %tenant.id, version = tenant.plan_version, %error,
                        "a plan does not compile; the last good one stays in service");
                    in_service
                }
            }),
        };
        Ok(Line {
            tenant: tenant.clone(),
            settings,
            plan: ArcSwapOption::new(plan),
            loading: tokio::sync::Mutex::default(),
        })
    }

    /// The plan of a line; compiled now if this is its first call.
    pub async fn plan(&self, line: &Line) -> Result<Arc<LoadedPlan>, PlansError> {
        if let Some(plan) = line.plan.load_full() {
            return Ok(plan);
        }
        let _only_one = line.loading.lock().await;
        if let Some(plan) = line.plan.load_full() {
            return Ok(plan);
        }
        let scope = Scope::system(line.tenant.id, "compile the plan");
        let mut tx = self.store.read(&scope).await?;
        let plan = Arc::new(loaded(&mut tx).await?);
        line.plan.store(Some(plan.clone()));
        Ok(plan)
    }

    /// Compiles the plans that no call has asked for yet, one after the other.
    pub async fn warm_up(&self) {
        for line in self.directory().lines() {
            if let Err(error) = self.plan(line).await {
                tracing::error!(tenant = %line.tenant.id, %error, "a plan cannot be compiled");
            }
        }
    }
}

impl Line {
    /// The version of the plan in service, where one is.
    pub fn plan_version(&self) -> Option<i64> {
        self.plan.load().as_ref().map(|loaded| loaded.plan.version)
    }

    pub fn is_active(&self) -> bool {
        self.tenant.status == "active"
    }
}

async fn loaded(tx: &mut Tx) -> Result<LoadedPlan, PlansError> {
    let Compiled { plan, secrets } = compile(tx).await.inspect_err(|_| metrics::plan_failed())?;
    let snapshot = stored::packed(&plan);
    Ok(LoadedPlan { plan, secrets, snapshot, journaled: AtomicBool::new(false) })
}

async fn settings(tx: &mut Tx) -> Result<VoiceSettings, PlansError> {
    let Some(record) = tx.all::<PbxCloudonixSettings>(&Domain::All).await?.into_iter().next() else {
        return Ok(VoiceSettings::default());
    };
    let key = tx.reveal(SETTINGS, record.id, "domain_requests_api_key").await?;
    let key = key.filter(|key| !key.is_empty());
    let signing = tx.reveal(SETTINGS, record.id, "webhook_secret").await?.filter(|secret| !secret.is_empty());
    let path = tx.reveal(SETTINGS, record.id, "hook_secret").await?;
    let previous = tx.reveal(SETTINGS, record.id, "hook_secret_previous").await?;
    let rotated_at = record.hook_secret_rotated_at;
    Ok(VoiceSettings {
        domain_name: record.domain_name,
        domain_uuid: record.domain_uuid,
        requests_key_digest: key.as_ref().map(|key| digest(&[key])),
        webhook_base_url: record.webhook_base_url,
        hooks: HookSecrets::new(signing.or(key), path.as_deref(), previous.as_deref(), rotated_at),
        hook_window_s: record.webhook_window_s,
    })
}
