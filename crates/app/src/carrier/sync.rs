//! Synchronising: extensions that are missing there are created there, subscribers that are missing here are taken
//! over unassigned, and what is switched off there is switched off here.

use super::account::{self, Account};
use super::changes::{EXTENSION, sync_job};
use super::compare::{Comparison, Difference, compared};
use super::extensions::push;
use super::line::{Haste, Repeat, ask};
use super::{CarrierError, passwords};
use crate::app::App;
use crate::jobs::{Doing, Handler, JobError, Lane, Work};
use crate::models::PbxExtension;
use crate::records::{self, Deed};
use opbx_kernel::{RecordId, Scope, TenantId};
use opbx_platform::{Domain, Value, Values};
use opbx_telephony::backend::Subscriber;

/// Changes that somebody who waits is made to wait for; more are left to a job.
const NOW_MAX: usize = 5;

/// How many of something went well, and how many did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub done: u32,
    pub failed: u32,
}

/// What a synchronisation came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Synced {
    /// Created there, or told anew.
    pub to_cloudonix: Tally,
    /// Created here.
    pub from_cloudonix: Tally,
    /// Switched on or off here.
    pub status: Tally,
}

/// A synchronisation that is done, or the job that does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncOutcome {
    Done(Synced),
    Started(RecordId),
}

/// Compares both sides, for whoever sees extensions.
pub async fn compare(app: &App, scope: &Scope) -> Result<Comparison, CarrierError> {
    allowed(app, scope, Deed::Read)?;
    let account = account::of(app.store(), scope.tenant()).await?;
    let (comparison, _) = both(app, scope.tenant(), &account, Haste::Now).await?;
    Ok(comparison)
}

/// Synchronises both ways, for whoever may create extensions. Much of it becomes a job that shows how far it is.
pub async fn sync(app: &App, scope: &Scope) -> Result<SyncOutcome, CarrierError> {
    allowed(app, scope, Deed::Create)?;
    let tenant = scope.tenant();
    let account = account::of(app.store(), tenant).await?;
    let (comparison, remote) = both(app, tenant, &account, Haste::Now).await?;
    if comparison.local_only.len() + comparison.untold.len() <= NOW_MAX {
        let all = Whole { app, tenant, account: &account, haste: Haste::Now };
        let (synced, _) = all.run(&comparison, &remote, true, None).await?;
        return Ok(SyncOutcome::Done(synced));
    }
    let mut tx = app.store().begin(&Scope::system(tenant, "synchronise with the carrier")).await?;
    let job = tx.enqueue(sync_job(true)).await?.id();
    tx.commit().await?;
    Ok(SyncOutcome::Started(job))
}

fn allowed(app: &App, scope: &Scope, deed: Deed) -> Result<(), CarrierError> {
    let model = app.store().registry().model(EXTENSION).ok_or(CarrierError::NoRecord)?;
    Ok(records::require(scope, model, deed)?)
}

/// The job that synchronises; its progress is the part of the extensions that were told.
pub(super) struct SyncAll(pub(super) App);

impl Handler for SyncAll {
    fn kind(&self) -> &'static str {
        "carrier.sync"
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
    let import = work.payload().get("import").and_then(serde_json::Value::as_bool).unwrap_or(false);
    let (comparison, remote) = both(app, tenant, &account, Haste::Later).await?;
    let all = Whole { app, tenant, account: &account, haste: Haste::Later };
    let (synced, stopped) = all.run(&comparison, &remote, import, Some(work)).await?;
    if let Some(stopped) = stopped {
        return Err(stopped);
    }
    let failed = synced.to_cloudonix.failed + synced.from_cloudonix.failed + synced.status.failed;
    tracing::info!(%tenant, ?synced, "synchronised with the carrier");
    if failed == 0 { Ok(()) } else { Err(JobError::Again(format!("{failed} extensions could not be told"))) }
}

async fn both(
    app: &App,
    tenant: TenantId,
    account: &Account,
    haste: Haste,
) -> Result<(Comparison, Vec<Subscriber>), CarrierError> {
    let access = &account.access;
    let remote = ask(app, access, haste, Repeat::Safe, |backend| backend.subscribers(access)).await?;
    let mut tx = app.store().read(&Scope::system(tenant, "compare with the carrier")).await?;
    let everyone = Domain::is_in("active", [Value::Bool(true), Value::Bool(false)]);
    let local = tx.all::<PbxExtension>(&everyone).await?;
    Ok((compared(&local, &remote), remote))
}

struct Whole<'a> {
    app: &'a App,
    tenant: TenantId,
    account: &'a Account,
    haste: Haste,
}

impl Whole<'_> {
    /// Does it all, or as much as was done when the job was told to stop.
    async fn run(
        &self,
        comparison: &Comparison,
        remote: &[Subscriber],
        import: bool,
        work: Option<&Work>,
    ) -> Result<(Synced, Option<JobError>), CarrierError> {
        let mut synced = Synced::default();
        let to_tell: Vec<&Difference> = comparison.local_only.iter().chain(&comparison.untold).collect();
        for (at, difference) in to_tell.iter().enumerate() {
            let Some(id) = difference.extension else { continue };
            match push(self.app, self.tenant, self.account, id, self.haste).await {
                Ok(()) => synced.to_cloudonix.done += 1,
                // What stops one now stops all: the key is wrong, or the carrier is away.
                Err(error) if stops(&error) => return Err(error),
                Err(error) => {
                    tracing::warn!(tenant = %self.tenant, extension = %id, %error, "the carrier was not told of an extension");
                    synced.to_cloudonix.failed += 1;
                }
            }
            let percent = u8::try_from((at + 1) * 90 / to_tell.len()).unwrap_or(90);
            if let Some(work) = work
                && let Err(stopped) = work.progress(percent).await
            {
                return Ok((synced, Some(stopped)));
            }
        }
        if !import {
            return Ok((synced, None));
        }
        for difference in &comparison.cloudonix_only {
            let there = remote.iter().find(|subscriber| subscriber.number == difference.number);
            let Some(subscriber) = there else { continue };
            count(&mut synced.from_cloudonix, self.take_over(subscriber).await)?;
        }
        for difference in &comparison.status_differs {
            count(&mut synced.status, self.follow(difference).await)?;
        }
        Ok((synced, None))
    }

    /// Creates an extension that nobody has yet, for a subscriber that is there already.
    async fn take_over(&self, subscriber: &Subscriber) -> Result<(), CarrierError> {
        let known_password = subscriber.password.as_ref().map(|password| password.to_string());
        let password = known_password.clone().unwrap_or_else(passwords::sip_password);
        let values = Values::from([
            ("number".to_owned(), Value::from(subscriber.number.as_str())),
            ("name".to_owned(), format!("Extension {}", subscriber.number).as_str().into()),
            ("active".to_owned(), Value::Bool(subscriber.active)),
            ("sip_password".to_owned(), Value::Bytes(password.into_bytes())),
            ("cloudonix_subscriber_id".to_owned(), subscriber.id.as_str().into()),
            ("cloudonix_subscriber_uuid".to_owned(), subscriber.uuid.clone().into()),
            ("sync_state".to_owned(), if known_password.is_some() { "synced" } else { "pending" }.into()),
        ]);
        let model = self.app.store().registry().model(EXTENSION).ok_or(CarrierError::NoRecord)?;
        let scope = Scope::system(self.tenant, "take over a subscriber of the carrier");
        let mut tx = self.app.store().begin(&scope).await?;
        records::create(&mut tx, model, values).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Switches an extension on or off as it is there.
    async fn follow(&self, difference: &Difference) -> Result<(), CarrierError> {
        let Some(id) = difference.extension else { return Ok(()) };
        let values = Values::from([
            ("active".to_owned(), Value::Bool(difference.active)),
            // It is the carrier that says so: there is nothing to tell it.
            ("sync_state".to_owned(), "synced".into()),
        ]);
        let model = self.app.store().registry().model(EXTENSION).ok_or(CarrierError::NoRecord)?;
        let scope = Scope::system(self.tenant, "follow the carrier's status");
        let mut tx = self.app.store().begin(&scope).await?;
        records::update(&mut tx, model, id, values, None).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn count(tally: &mut Tally, outcome: Result<(), CarrierError>) -> Result<(), CarrierError> {
    match outcome {
        Ok(()) => tally.done += 1,
        Err(error @ (CarrierError::Store(_) | CarrierError::Commit(_))) => return Err(error),
        Err(error) => {
            tracing::warn!(%error, "a record could not follow the carrier");
            tally.failed += 1;
        }
    }
    Ok(())
}

/// Whether what went wrong with one extension goes wrong with every other.
fn stops(error: &CarrierError) -> bool {
    use opbx_telephony::BackendError as Why;
    match error {
        CarrierError::Backend(why) => {
            why.passes() || matches!(why, Why::WrongKey | Why::NotAllowed | Why::Quota | Why::NoEngine)
        }
        CarrierError::Resting(_) | CarrierError::Busy(_) | CarrierError::Store(_) => true,
        _ => false,
    }
}
