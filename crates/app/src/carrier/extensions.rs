//! Extensions at the carrier: each person's telephone is a subscriber there, with the same number and password.

use super::account::{self, Account, reason};
use super::changes::EXTENSION;
use super::line::{Haste, Repeat, ask};
use super::{CarrierError, passwords};
use crate::app::App;
use crate::jobs::{Doing, Handler, JobError, Lane, Work};
use crate::models::{PbxExtension, PbxExtensionDraft, PbxExtensionSyncState};
use crate::records;
use opbx_kernel::{RecordId, Scope, TenantId};
use opbx_platform::record::Draft as _;
use opbx_platform::{Value, Values};
use opbx_store::SaveError;
use opbx_telephony::BackendError;
use opbx_telephony::backend::{Access, Subscriber, SubscriberWish};
use zeroize::Zeroizing;

/// The job that tells the carrier of one extension, or that one is gone.
pub(super) struct Push(pub(super) App);

impl Handler for Push {
    fn kind(&self) -> &'static str {
        "carrier.extension"
    }

    fn lane(&self) -> Lane {
        Lane::Carrier
    }

    fn run<'a>(&'a self, work: &'a Work) -> Doing<'a> {
        Box::pin(run(&self.0, work))
    }
}

async fn run(app: &App, work: &Work) -> Result<(), JobError> {
    let tenant = work.tenant();
    let account = match account::of(app.store(), tenant).await {
        Ok(account) => account,
        Err(CarrierError::Unconfigured(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let payload = work.payload();
    if let Some(gone) = payload.get("gone").and_then(serde_json::Value::as_str) {
        return Ok(forget(app, &account.access, gone).await?);
    }
    let id =
        payload.get("extension").and_then(serde_json::Value::as_i64).and_then(|id| RecordId::new(id).ok());
    let id = id.ok_or_else(|| JobError::Never("the job names no extension".to_owned()))?;
    Ok(push(app, tenant, &account, id, Haste::Later).await?)
}

/// Tells the carrier how an extension stands, and notes how that went.
pub(super) async fn push(
    app: &App,
    tenant: TenantId,
    account: &Account,
    id: RecordId,
    haste: Haste,
) -> Result<(), CarrierError> {
    let Some((extension, password)) = read(app, tenant, id).await? else { return Ok(()) };
    let told = tell(app, &account.access, &extension, password, haste).await;
    let mut draft = PbxExtensionDraft::default();
    match &told {
        Ok(Some(subscriber)) => {
            draft.cloudonix_subscriber_id = Some(Some(subscriber.id.clone()));
            draft.cloudonix_subscriber_uuid = subscriber.uuid.clone().map(Some);
            draft.sync_state = Some(Some(PbxExtensionSyncState::Synced));
            draft.sync_error = Some(None);
            draft.synced_at = Some(Some(app.clock().now()));
        }
        Ok(None) => {
            draft.cloudonix_subscriber_id = Some(None);
            draft.cloudonix_subscriber_uuid = Some(None);
            draft.sync_state = Some(Some(PbxExtensionSyncState::Unconfigured));
            draft.sync_error = Some(None);
        }
        Err(error) => {
            draft.sync_state = Some(Some(PbxExtensionSyncState::Failed));
            draft.sync_error = Some(Some(reason(error)));
        }
    }
    note(app, tenant, id, draft.into_values()).await?;
    told.map(drop)
}

/// Writes what OPBX itself keeps of an extension, if that still exists.
pub(super) async fn note(
    app: &App,
    tenant: TenantId,
    id: RecordId,
    values: Values,
) -> Result<(), CarrierError> {
    let mut tx = app.store().begin(&Scope::system(tenant, "note what the carrier knows")).await?;
    match tx.update(EXTENSION, id, values, None).await {
        Ok(()) => {}
        Err(SaveError::Absent { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    tx.commit().await?;
    Ok(())
}

/// The extension with its password, which is drawn now where a person has none. None where it is gone.
async fn read(
    app: &App,
    tenant: TenantId,
    id: RecordId,
) -> Result<Option<(PbxExtension, Zeroizing<String>)>, CarrierError> {
    let mut tx = app.store().begin(&Scope::system(tenant, "tell the carrier of an extension")).await?;
    let Some(extension) = tx.get::<PbxExtension>(id).await? else { return Ok(None) };
    let held = tx.reveal(EXTENSION, id, "sip_password").await?.map(Zeroizing::new);
    if let Some(held) = held.filter(|held| !held.is_empty()) {
        return Ok(Some((extension, Zeroizing::new(String::from_utf8_lossy(&held).into_owned()))));
    }
    let password = Zeroizing::new(passwords::sip_password());
    if extension.destination.is_none() {
        let values = Values::from([("sip_password".to_owned(), Value::Bytes(password.as_bytes().to_vec()))]);
        tx.update(EXTENSION, id, values, None).await?;
        tx.commit().await?;
    }
    Ok(Some((extension, password)))
}

/// Makes the subscriber what the extension is; none where there is to be none.
async fn tell(
    app: &App,
    access: &Access,
    extension: &PbxExtension,
    password: Zeroizing<String>,
    haste: Haste,
) -> Result<Option<Subscriber>, CarrierError> {
    let known = extension.cloudonix_subscriber_id.clone().filter(|id| !id.is_empty());
    if extension.destination.is_some() {
        if let Some(id) = known {
            forget(app, access, &id).await?;
        }
        return Ok(None);
    }
    let (number, active) = (extension.number.clone(), extension.active);
    let wish = SubscriberWish { number: number.clone(), password, active };
    let uuid = extension.cloudonix_subscriber_uuid.clone();
    if let Some(id) = known {
        match set(app, access, &id, &wish, haste).await {
            Ok(()) => return Ok(Some(Subscriber { id, uuid, number, active, password: None })),
            // Somebody deleted it there: a new one takes its place.
            Err(CarrierError::Backend(BackendError::Absent { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    let made =
        ask(app, access, haste, Repeat::IfRefused, |backend| backend.create_subscriber(access, &wish)).await;
    match made {
        Ok(subscriber) => Ok(Some(subscriber)),
        // It is there already, from before or from a try whose answer was lost: it is taken over.
        Err(CarrierError::Backend(BackendError::Taken { .. })) => {
            let all = ask(app, access, haste, Repeat::Safe, |backend| backend.subscribers(access)).await?;
            let same = all.into_iter().find(|subscriber| subscriber.number == wish.number);
            let same = same.ok_or(CarrierError::Backend(BackendError::Taken { what: "subscriber" }))?;
            set(app, access, &same.id, &wish, haste).await?;
            Ok(Some(same))
        }
        Err(error) => Err(error),
    }
}

async fn set(
    app: &App,
    access: &Access,
    id: &str,
    wish: &SubscriberWish,
    haste: Haste,
) -> Result<(), CarrierError> {
    ask(app, access, haste, Repeat::Safe, |backend| backend.set_subscriber(access, id, wish)).await
}

async fn forget(app: &App, access: &Access, id: &str) -> Result<(), CarrierError> {
    let deleted =
        ask(app, access, Haste::Later, Repeat::Safe, |backend| backend.delete_subscriber(access, id)).await;
    match deleted {
        Err(CarrierError::Backend(BackendError::Absent { .. })) => Ok(()),
        other => other,
    }
}

/// What came of a reset. The password is shown here once, and nowhere again without a reason.
pub struct Reset {
    pub password: Zeroizing<String>,
    /// Whether the carrier is to be told; else nobody but OPBX knows the new one.
    pub is_told: bool,
}

/// Gives a person's telephone a new password, for whoever may change that.
pub async fn reset_password(app: &App, scope: &Scope, id: RecordId) -> Result<Reset, CarrierError> {
    let model = app.store().registry().model(EXTENSION).ok_or(CarrierError::NoRecord)?;
    let mut tx = app.store().begin(scope).await?;
    records::require(tx.scope(), model, records::Deed::Update)?;
    let extension = tx.get::<PbxExtension>(id).await?.ok_or(CarrierError::NoRecord)?;
    if extension.destination.is_some() {
        return Err(CarrierError::NoPerson);
    }
    let password = Zeroizing::new(passwords::sip_password());
    let values = Values::from([("sip_password".to_owned(), Value::Bytes(password.as_bytes().to_vec()))]);
    records::update(&mut tx, model, id, values, None).await?;
    let after = tx.get::<PbxExtension>(id).await?;
    let is_told = after.is_some_and(|after| after.sync_state == Some(PbxExtensionSyncState::Pending));
    tx.commit().await?;
    Ok(Reset { password, is_told })
}
