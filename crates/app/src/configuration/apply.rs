//! `config apply` and `config plan`: a tenant brought to what a file says, in one transaction, or only compared with it.
//!
//! ```toml
//! tenant = { slug = "acme", name = "Acme Inc." }
//! [res.company.main]
//! name = "Acme Inc."
//! country = "base.us"
//! [pbx.extension.1001]
//! number = "1001"
//! name = "Alice"
//! [pbx.ring_group.sales]
//! name = "Sales"
//! members = ["1001"]
//! fallback = "extension:1001"
//! ```
//!
//! Applying twice changes nothing. Records, fields and lists that the file does not name are left alone, unless it is
//! applied with `prune`: then it is the whole truth, but for secrets.

use super::difference::{Changed, Deed, Difference, SameSecrets, Telling, compare};
use super::execute::Writing;
use super::file::ConfigFile;
pub use super::file::Environment;
use super::nodes::{Content, Nodes};
use super::order::Order;
use super::outline::Outline;
use super::snapshot::Snapshot;
use super::{matching, prune, unique};
use crate::plans::{Plans, PlansError};
use crate::records::{Broken, Rules};
use crate::tenants::{self, TenantError};
use opbx_kernel::{Operator, RecordId, Scope, TenantId};
use opbx_platform::source::SourceError;
use opbx_platform::{FieldKind, Registry, Value, Values};
use opbx_store::{CommitError, ReadError, SaveError, Store, StoreError, Tx};
use std::collections::BTreeMap;

/// Mistakes that are told at most; the rest is counted.
pub const MISTAKES_MAX: usize = 50;
const WHY: &str = "apply a configuration file";

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Mistakes in the file; each names file and line. Nothing was changed.
    #[error("{}", told(.0))]
    Mistakes(Vec<SourceError>),
    #[error(transparent)]
    Tenant(#[from] TenantError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Plans(#[from] PlansError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl From<SourceError> for ApplyError {
    fn from(mistake: SourceError) -> Self {
        Self::Mistakes(vec![mistake])
    }
}

fn told(mistakes: &[SourceError]) -> String {
    let mut lines: Vec<String> = mistakes.iter().take(MISTAKES_MAX).map(ToString::to_string).collect();
    if mistakes.len() > MISTAKES_MAX {
        lines.push(format!("and {} more mistakes", mistakes.len() - MISTAKES_MAX));
    }
    lines.join("\n")
}

/// What of an application is not its file.
#[derive(Clone, Copy)]
pub struct Options<'o> {
    /// The tenant meant, by slug; none takes the one that the file names.
    pub tenant: Option<&'o str>,
    /// Whether the file is the whole truth: what it does not name is deleted, or goes back to its default.
    pub prune: bool,
    /// Where `{ env = "NAME" }` is looked up.
    pub environment: Environment<'o>,
    /// The request that the application is part of, for the audit.
    pub request: Option<&'o str>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { tenant: None, prune: false, environment: &|_| None, request: None }
    }
}

/// What applying a file changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub tenant: TenantId,
    pub slug: String,
    pub created: usize,
    pub updated: usize,
    pub unchanged: usize,
    pub deleted: usize,
    /// The tenant's new plan version, where routing changed.
    pub plan_version: Option<i64>,
}

/// Judges a file as far as that goes without a database: its form, its words, and each value by itself.
pub fn check(
    registry: &Registry,
    file: &str,
    text: &str,
    environment: Environment<'_>,
) -> Result<(), ApplyError> {
    let options = Options { environment, ..Options::default() };
    let mistakes = read(registry, &Outline::of(registry), file, text, &options)?.mistakes;
    if mistakes.is_empty() { Ok(()) } else { Err(ApplyError::Mistakes(mistakes)) }
}

/// Applies a configuration file to the tenant it names, which is created if there is none.
pub async fn apply(store: &Store, file: &str, text: &str) -> Result<Applied, ApplyError> {
    apply_with(store, file, text, &Options::default()).await
}

/// Applies a configuration file as `options` say.
pub async fn apply_with(
    store: &Store,
    file: &str,
    text: &str,
    options: &Options<'_>,
) -> Result<Applied, ApplyError> {
    let outline = Outline::of(store.registry());
    let config = read(store.registry(), &outline, file, text, options)?;
    let Begun { tenant, mut tx, name, .. } = begin(store, &config, options, true).await?;
    let judged = judge(store.registry(), &outline, &mut tx, &config, options, name).await?;
    keys_of_others(store, tenant, &judged).await?;
    let Judged { difference, mut nodes, mut snapshot, matched, changed, order, unnamed } = judged;
    if let Some((_, name)) = &difference.renamed_tenant {
        let own = RecordId::new(tenant.get()).expect("a tenant's id is a record's id");
        let name = Values::from([("name".to_owned(), name.as_str().into())]);
        let renamed = tx.update("res.tenant", own, name, None).await;
        renamed.map_err(|error| config.place.refuse(error))?;
    }
    let mut writing = Writing {
        tx: &mut tx,
        registry: store.registry(),
        nodes: &mut nodes,
        snapshot: &mut snapshot,
        outline: &outline,
        matched: &matched,
        changed,
        order,
    };
    writing.run().await?;
    if options.prune && !unnamed.is_empty() {
        writing.prune(unnamed, &config.place).await?;
    }
    writing.check_members().await?;
    let plan_version = tx.commit().await?.plan_version;
    Ok(Applied {
        tenant,
        created: difference.count(Deed::Create),
        updated: difference.count(Deed::Update),
        unchanged: difference.unchanged,
        deleted: difference.deleted,
        slug: difference.slug,
        plan_version,
    })
}

/// Tells what `apply_with` would change, and changes nothing. Refuses the mistakes that it would refuse, but for what
/// only the database can say.
pub async fn plan(
    store: &Store,
    file: &str,
    text: &str,
    options: &Options<'_>,
) -> Result<Difference, ApplyError> {
    let outline = Outline::of(store.registry());
    let config = read(store.registry(), &outline, file, text, options)?;
    let Begun { tenant, mut tx, name } = begin(store, &config, options, false).await?;
    let judged = judge(store.registry(), &outline, &mut tx, &config, options, name).await?;
    keys_of_others(store, tenant, &judged).await?;
    Ok(judged.difference)
}

fn read<'a>(
    registry: &'a Registry,
    outline: &Outline<'a>,
    file: &str,
    text: &str,
    options: &Options<'_>,
) -> Result<ConfigFile<'a>, ApplyError> {
    let mut config =
        ConfigFile::read(registry, outline, options.environment, file, text).map_err(ApplyError::Mistakes)?;
    if let Some(slug) = options.tenant {
        let model = registry.model("res.tenant").expect("the module base has tenants");
        let field = model.field("slug").expect("a tenant has a slug");
        field
            .check(&slug.into())
            .map_err(|error| config.place.refuse(format!("--tenant: `slug` {error}")))?;
        // Another tenant than the file's keeps its own name.
        config.is_own = slug == config.slug;
        slug.clone_into(&mut config.slug);
    }
    Ok(config)
}

struct Begun {
    tenant: TenantId,
    tx: Tx,
    /// The tenant's name as it is; none for one that comes into being.
    name: Option<String>,
}

async fn begin(
    store: &Store,
    config: &ConfigFile<'_>,
    options: &Options<'_>,
    writes: bool,
) -> Result<Begun, ApplyError> {
    let operator = Operator::because(WHY);
    let existing = store.tenants(&operator).await?.into_iter().find(|tenant| tenant.slug == config.slug);
    let Some(tenant) = existing else {
        if options.prune && !config.is_own {
            let message = format!("there is no tenant {:?} to prune", config.slug);
            return Err(config.place.refuse(message).into());
        }
        let begun = tenants::begin(store, &operator, &config.slug, &config.name).await;
        let (tenant, tx) = begun.map_err(|error| match error {
            TenantError::Save(error) => config.place.refuse(error).into(),
            other => ApplyError::Tenant(other),
        })?;
        return Ok(Begun { tenant, tx, name: None });
    };
    let mut scope = Scope::system(tenant.id, WHY);
    if let Some(request) = options.request {
        scope = scope.for_request(request);
    }
    let tx = if writes { store.begin(&scope).await? } else { store.read(&scope).await? };
    Ok(Begun { tenant: tenant.id, tx, name: Some(tenant.name) })
}

/// A file compared with its tenant, with nothing against writing it.
struct Judged<'a> {
    difference: Difference,
    nodes: Nodes<'a>,
    snapshot: Snapshot<'a>,
    matched: matching::Matched<'a>,
    changed: Changed,
    order: Order,
    unnamed: Vec<(&'a str, Vec<RecordId>)>,
}

async fn judge<'a>(
    registry: &'a Registry,
    outline: &Outline<'a>,
    tx: &mut Tx,
    config: &'a ConfigFile<'a>,
    options: &Options<'_>,
    name: Option<String>,
) -> Result<Judged<'a>, ApplyError> {
    let mut mistakes = config.mistakes.clone();
    let mut snapshot = Snapshot::load(tx, registry, outline).await?;
    let mut nodes = Nodes::of(config, registry, &snapshot.names, &mut mistakes);
    let matched = matching::run(&mut nodes, &mut snapshot, outline, options.prune, &mut mistakes);
    unique::check(&nodes, &snapshot, &matched, &mut mistakes);
    let secrets = same_secrets(tx, &nodes).await?;
    let changed = compare(&nodes, &snapshot, &secrets);
    fixed(&nodes, &changed, &mut mistakes);
    emergency(tx, &nodes, &mut mistakes).await?;
    let order = Order::of(&nodes, &snapshot, &changed, &mut mistakes);
    let telling =
        Telling { nodes: &nodes, snapshot: &snapshot, outline, matched: &matched, changed: &changed };
    let unnamed = telling.unnamed();
    if options.prune {
        prune::last_owner(&snapshot, &unnamed, &config.place, &mut mistakes);
        prune::check(&nodes, &snapshot, &matched, &unnamed, &config.place, &mut mistakes);
    }
    if !mistakes.is_empty() {
        mistakes.sort();
        mistakes.dedup();
        return Err(ApplyError::Mistakes(mistakes));
    }
    let (mut changes, unchanged) = telling.changes();
    let mut kept = Vec::new();
    let mut deleted = matched.gone.len();
    if options.prune {
        let deletions = telling.deletions(&unnamed);
        deleted += deletions.len();
        changes.extend(deletions);
    } else {
        kept = telling.kept(&unnamed);
    }
    let renamed_tenant = match &name {
        Some(old) if *old != config.name && config.is_own => Some((old.clone(), config.name.clone())),
        _ => None,
    };
    let difference = Difference {
        slug: config.slug.clone(),
        new_tenant: name.is_none(),
        renamed_tenant,
        changes,
        kept,
        unchanged,
        deleted,
    };
    Ok(Judged { difference, nodes, snapshot, matched, changed, order, unnamed })
}

/// Which secrets of the file are what they are already.
async fn same_secrets(tx: &mut Tx, nodes: &Nodes<'_>) -> Result<SameSecrets, ReadError> {
    let mut wanted: BTreeMap<(&str, &str), Given<'_>> = BTreeMap::new();
    for (at, node) in nodes.all.iter().enumerate() {
        let Some(id) = node.id else { continue };
        for wish in node.wishes.iter().filter(|wish| wish.field.kind == FieldKind::Secret) {
            if let Content::Value(value) = &wish.content {
                let key = (node.model.name.as_str(), wish.field.name.as_str());
                wanted.entry(key).or_default().push((at, id, value));
            }
        }
    }
    let mut same = SameSecrets::new();
    for ((model, field), wanted) in wanted {
        let ids: Vec<RecordId> = wanted.iter().map(|(_, id, _)| *id).collect();
        let clear: Vec<(RecordId, &[u8])> = wanted
            .iter()
            .filter_map(|(_, id, value)| match value {
                Value::Bytes(clear) => Some((*id, clear.as_slice())),
                _ => None,
            })
            .collect();
        let held = tx.secrets_held(model, field, &clear).await?;
        let set = tx.secrets_set(model, field, &ids).await?;
        for (at, id, value) in wanted {
            if held.contains(&id) || (value.is_null() && !set.contains(&id)) {
                same.insert((at, field.to_owned()));
            }
        }
    }
    Ok(same)
}

/// Refuses what cannot change any more.
fn fixed(nodes: &Nodes<'_>, changed: &Changed, mistakes: &mut Vec<SourceError>) {
    for (at, node) in nodes.all.iter().enumerate().filter(|(_, node)| node.id.is_some()) {
        for wish in changed.wishes[at].iter().map(|number| &node.wishes[*number]) {
            if wish.field.immutable {
                let (model, field) = (node.model.name.to_string(), wish.field.name.clone());
                mistakes.push(wish.place.refuse(SaveError::Fixed { model, field }));
            }
        }
    }
}

/// Refuses a requests key by which another tenant is known already.
async fn keys_of_others(store: &Store, tenant: TenantId, judged: &Judged<'_>) -> Result<(), ApplyError> {
    let (model, field) = ("pbx.cloudonix_settings", "domain_requests_api_key");
    let mut mistakes = Vec::new();
    for (at, node) in
        judged.nodes.all.iter().enumerate().filter(|(_, node)| node.model.name.as_str() == model)
    {
        let changed = judged.changed.wishes[at].iter().map(|number| &node.wishes[*number]);
        for wish in changed.filter(|wish| wish.field.name == field) {
            let Content::Value(Value::Bytes(key)) = &wish.content else { continue };
            if Plans::new(store.clone()).is_key_of_another(tenant, key).await? {
                mistakes.push(wish.place.refuse(format!("`{field}` {}", Broken::KeyInUse)));
            }
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(ApplyError::Mistakes(mistakes)) }
}

/// The secrets of one field that a file gives: node, record and clear text.
type Given<'v> = Vec<(usize, RecordId, &'v Value)>;

/// Refuses what the rules of built-in models refuse, judged as the file's companies will stand.
async fn emergency(tx: &mut Tx, nodes: &Nodes<'_>, mistakes: &mut Vec<SourceError>) -> Result<(), ReadError> {
    let companies = nodes.all.iter().filter(|node| node.model.name.as_str() == "res.company");
    let countries: Vec<RecordId> = companies
        .filter_map(|node| match nodes.value(&node.wish("country")?.content)? {
            Value::Record(id) => Some(id),
            _ => None,
        })
        .collect();
    let rules = Rules::load(tx, &countries).await?;
    for node in &nodes.all {
        let known = node.wishes.iter().filter_map(|wish| match &wish.content {
            Content::Value(value) => Some((wish.field.name.clone(), value.clone())),
            _ => None,
        });
        if let Err(error) = rules.judge(node.model, &known.collect()) {
            mistakes.push(node.place_of("number").refuse(error));
        }
    }
    Ok(())
}
