//! An installation on SQLite with any number of tenants, each with extensions and a number that rings five of them.

use crate::broken::{Broken, While as _};
use crate::requests::{domain, number, requests_key};
use opbx_app::keys::NewKeys;
use opbx_app::models::{
    PbxCloudonixSettingsDraft, PbxExtensionDraft, PbxHoursDraft, PbxHoursRangeDraft, PbxHoursRangeWeekday,
    PbxMenuDraft, PbxMenuKeyDraft, PbxNumberDraft, PbxPromptDraft, PbxRingGroupDraft,
    PbxRingGroupMemberDraft, ResCompanyDraft,
};
use opbx_app::{keys, modules, tenants};
use opbx_kernel::seal::Keyring;
use opbx_kernel::{Operator, RecordId, SystemClock, TenantId};
use opbx_platform::record::Draft;
use opbx_platform::{DestinationRef, Values};
use opbx_store::{INSERT_MANY_MAX, Store, StoreConfig, Tx};
use std::path::Path;
use std::sync::Arc;

/// Members of each ring group.
pub(crate) const MEMBERS: usize = 5;
/// Extensions are numbered from here.
const FIRST_EXTENSION: usize = 10_000;

/// Opens the database of a folder as a starting node does: the schema and the shared data are brought up to date.
pub(crate) async fn open(folder: &Path) -> Result<(Store, Keyring), Broken> {
    let keyring = ring(&folder.join("keys"))?;
    let registry = modules::registry(None).doing("read the modules")?;
    let url = format!("sqlite://{}", folder.join("opbx.db").display());
    let config = StoreConfig { url: url.parse().doing("name the database")? };
    let store = Store::open(config, Arc::new(registry), keyring.clone(), Arc::new(SystemClock)).await;
    let store = store.doing("open the database")?;
    prepare(&store).await?;
    Ok((store, keyring))
}

/// The keys of a folder; drawn where it has none yet.
fn ring(path: &Path) -> Result<Keyring, Broken> {
    if let Some(kept) = keys::load(path).doing("read the keys")? {
        return Ok(kept);
    }
    let drawn = NewKeys::draw();
    drawn.keep(path).doing("keep the keys")?;
    Ok(drawn.ring().clone())
}

/// Brings the tables and the shared data up to date.
pub(crate) async fn prepare(store: &Store) -> Result<(), Broken> {
    let operator = Operator::because("prepare a benchmark");
    store.sync_schema(&operator).await.doing("bring the tables up to date")?;
    tenants::install_shared_data(store).await.doing("install the shared data")
}

/// Adds tenants of `extensions` extensions to the database of a folder, until there are `count`.
pub(crate) async fn grow(folder: &Path, count: usize, extensions: usize) -> Result<(), Broken> {
    let (store, _) = open(folder).await?;
    let existing =
        store.tenants(&Operator::because("count the tenants")).await.doing("count the tenants")?.len();
    for nth in existing..count {
        add_tenant(&store, nth, extensions, 1).await?;
    }
    store.close().await;
    Ok(())
}

/// Adds one tenant. Its only number rings its first group.
pub(crate) async fn add_tenant(
    store: &Store,
    nth: usize,
    extensions: usize,
    groups: usize,
) -> Result<TenantId, Broken> {
    let operator = Operator::because("prepare a benchmark");
    let name = format!("Tenant {nth}");
    let begun = tenants::begin(store, &operator, &format!("tenant-{nth}"), &name).await;
    let (tenant, mut tx) = begun.doing("begin a tenant")?;
    let country = tenants::lookup(&mut tx, store.registry(), "base", "us").await.doing("find the country")?;
    let company = ResCompanyDraft {
        name: Some(name),
        country: country.map(|(_, id)| id),
        ..ResCompanyDraft::default()
    };
    insert(&mut tx, vec![company]).await?;
    let extensions = (0..extensions).map(|at| PbxExtensionDraft {
        number: Some((FIRST_EXTENSION + at).to_string()),
        name: Some(format!("Person {at}")),
        ..PbxExtensionDraft::default()
    });
    let extensions = insert(&mut tx, extensions.collect()).await?;
    let drafts =
        (0..groups).map(|at| PbxRingGroupDraft { name: Some(format!("Group {at}")), ..Default::default() });
    let groups = insert(&mut tx, drafts.collect()).await?;
    let members = groups.iter().enumerate().flat_map(|(at, group)| {
        let own = extensions.iter().cycle().skip(at * MEMBERS % extensions.len()).take(MEMBERS);
        own.zip(1..).map(|(extension, priority)| PbxRingGroupMemberDraft {
            ring_group: Some(*group),
            extension: Some(*extension),
            priority: Some(priority),
        })
    });
    let members = members.collect();
    insert(&mut tx, members).await?;
    add_menus(&mut tx, &groups).await?;
    add_schedules(&mut tx, &groups).await?;
    let first = DestinationRef::Record { kind: "ring_group".into(), id: groups[0] };
    let rings = PbxNumberDraft { number: Some(number(nth)), destination: Some(first), ..Default::default() };
    insert(&mut tx, vec![rings]).await?;
    let settings = PbxCloudonixSettingsDraft {
        domain_name: Some(Some(domain(nth))),
        domain_requests_api_key: Some(requests_key(nth)),
        ..Default::default()
    };
    insert(&mut tx, vec![settings]).await?;
    tx.commit().await.doing("commit a tenant")?;
    Ok(tenant)
}

fn to_group(group: RecordId) -> DestinationRef {
    DestinationRef::Record { kind: "ring_group".into(), id: group }
}

/// A menu of five keys for each group.
async fn add_menus(tx: &mut Tx, groups: &[RecordId]) -> Result<(), Broken> {
    let prompt = PbxPromptDraft {
        name: Some("Welcome".into()),
        text: Some(Some("Press a key.".into())),
        ..PbxPromptDraft::default()
    };
    let prompt = insert(tx, vec![prompt]).await?.first().copied();
    let menus = (0..groups.len()).map(|at| PbxMenuDraft {
        name: Some(format!("Menu {at}")),
        prompt: Some(prompt),
        ..PbxMenuDraft::default()
    });
    let menus = insert(tx, menus.collect()).await?;
    let keys = menus.iter().zip(groups).flat_map(|(menu, group)| {
        ["1", "2", "3", "4", "0"].map(|keys| PbxMenuKeyDraft {
            menu: Some(*menu),
            keys: Some(keys.into()),
            destination: Some(to_group(*group)),
            ..PbxMenuKeyDraft::default()
        })
    });
    insert(tx, keys.collect()).await.map(drop)
}

/// A schedule of five working days for each group.
async fn add_schedules(tx: &mut Tx, groups: &[RecordId]) -> Result<(), Broken> {
    let schedules = groups.iter().enumerate().map(|(at, group)| PbxHoursDraft {
        name: Some(format!("Schedule {at}")),
        open_destination: Some(to_group(*group)),
        ..PbxHoursDraft::default()
    });
    let schedules = insert(tx, schedules.collect()).await?;
    let ranges = schedules.iter().flat_map(|schedule| {
        PbxHoursRangeWeekday::ALL.iter().take(5).map(|weekday| PbxHoursRangeDraft {
            hours: Some(*schedule),
            weekday: Some(*weekday),
            start: Some("09:00".into()),
            end: Some("17:00".into()),
        })
    });
    insert(tx, ranges.collect()).await.map(drop)
}

async fn insert<D: Draft>(tx: &mut Tx, drafts: Vec<D>) -> Result<Vec<RecordId>, Broken> {
    let rows: Vec<Values> = drafts.into_iter().map(Draft::into_values).collect();
    let mut ids = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(INSERT_MANY_MAX) {
        ids.extend(tx.insert_many(D::MODEL, chunk.to_vec()).await.doing("insert records")?);
    }
    Ok(ids)
}
