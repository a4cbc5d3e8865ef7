//! A tenant's account at the carrier: its settings, and the key that opens its domain.

use super::CarrierError;
use crate::models::{PbxCloudonixSettings, PbxCloudonixSettingsDraft};
use opbx_kernel::{Scope, TenantId};
use opbx_platform::record::{Draft as _, Record as _};
use opbx_platform::{Domain, Values};
use opbx_store::{ReadError, SaveError, Store, Tx};
use opbx_telephony::backend::Access;
use zeroize::Zeroizing;

pub(super) const SETTINGS: &str = PbxCloudonixSettings::MODEL;

/// Settings with which the carrier can be asked.
pub(super) struct Account {
    pub(super) settings: PbxCloudonixSettings,
    pub(super) access: Access,
}

/// The tenant's settings: the oldest, where there are several.
pub(super) async fn settings(tx: &mut Tx) -> Result<Option<PbxCloudonixSettings>, ReadError> {
    let mut all = tx.all::<PbxCloudonixSettings>(&Domain::All).await?;
    all.sort_by_key(|settings| settings.id);
    Ok(all.into_iter().next())
}

/// The tenant's account; none before a domain and its key are set.
pub(super) async fn account(tx: &mut Tx) -> Result<Option<Account>, ReadError> {
    let mut tx = tx.as_system("open the way to the carrier");
    let Some(settings) = settings(&mut tx).await? else { return Ok(None) };
    let Some(uuid) = settings.domain_uuid.clone().filter(|uuid| !uuid.is_empty()) else { return Ok(None) };
    let Some(key) = secret(&mut tx, &settings, "domain_api_key").await? else { return Ok(None) };
    let name = settings.domain_name.clone().filter(|name| !name.is_empty());
    Ok(Some(Account { settings, access: Access { uuid, name, key } }))
}

/// Whether there is an account, without opening its key.
pub(super) async fn is_configured(tx: &mut Tx) -> Result<bool, ReadError> {
    let complete = Domain::is_set("domain_uuid").and(Domain::is_set("domain_api_key"));
    Ok(tx.as_system("see whether there is a carrier").count(SETTINGS, &complete).await? > 0)
}

/// The account of a tenant, read in a transaction of its own.
pub(super) async fn of(store: &Store, tenant: TenantId) -> Result<Account, CarrierError> {
    let mut tx = store.read(&Scope::system(tenant, "open the way to the carrier")).await?;
    account(&mut tx).await?.ok_or(CarrierError::Unconfigured("the domain's UUID or API key"))
}

/// A secret of the settings; an empty one is none.
pub(super) async fn secret(
    tx: &mut Tx,
    settings: &PbxCloudonixSettings,
    field: &str,
) -> Result<Option<Zeroizing<String>>, ReadError> {
    let clear = tx.reveal(SETTINGS, settings.id, field).await?.map(Zeroizing::new);
    let text = clear.map(|clear| Zeroizing::new(String::from_utf8_lossy(&clear).into_owned()));
    Ok(text.filter(|text| !text.is_empty()))
}

/// Writes what OPBX itself keeps in the settings, if they still exist.
pub(super) async fn note(
    store: &Store,
    tenant: TenantId,
    settings: &PbxCloudonixSettings,
    draft: PbxCloudonixSettingsDraft,
) -> Result<(), CarrierError> {
    let values: Values = draft.into_values();
    let mut tx = store.begin(&Scope::system(tenant, "note what the carrier knows")).await?;
    match tx.update(SETTINGS, settings.id, values, None).await {
        Ok(()) => {}
        Err(SaveError::Absent { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    tx.commit().await?;
    Ok(())
}

/// A reason as a record keeps it: one line of bounded length.
pub(super) fn reason(error: &CarrierError) -> String {
    error.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect()
}
