//! The first steps of a company: what is still to be done before calls come and go.

use crate::App;
use crate::companies;
use crate::example;
use crate::models::{
    PbxCloudonixSettings, PbxCloudonixSettingsSyncState, ResCompany, ResCompanyDraft, ResUsers,
};
use crate::resources::ResourceError;
use opbx_kernel::{RecordId, Scope, UserId};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Record as _};

/// How the company stands with its carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// Nobody entered what connects them.
    None,
    /// It is being told.
    Pending,
    Connected,
    Failed,
}

/// What was done of the first steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps {
    /// The asker chose their password themselves.
    pub password: bool,
    /// Somebody said that name, country and time zone are right.
    pub company: bool,
    pub carrier: Carrier,
    /// Records in service.
    pub numbers: u64,
    pub extensions: u64,
    /// Nothing is configured yet, so that the example fits in.
    pub is_empty: bool,
    pub is_dismissed: bool,
}

impl Steps {
    /// Whether calls can come in and somebody answers for the company.
    pub fn is_done(&self) -> bool {
        let carried = self.carrier == Carrier::Connected;
        self.password && self.company && carried && self.numbers > 0 && self.extensions > 0
    }
}

/// What somebody says of the first steps; what is left out stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said {
    pub company: Option<bool>,
    pub dismissed: Option<bool>,
}

/// How far the asker's company is.
pub async fn get(app: &App, scope: &Scope, asker: UserId) -> Result<Steps, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    // Administrators may not read the carrier's settings; that there are some is no secret to them.
    let mut tx = tx.as_system("tell what is still to be set up");
    let company = companies::own(&mut tx).await?;
    let company = tx.get::<ResCompany>(company).await?;
    let company = company.ok_or(ResourceError::Absent { model: ResCompany::MODEL })?;
    let user = RecordId::new(asker.get()).expect("a user's id is a record's id");
    let user = tx.get::<ResUsers>(user).await?;
    let settings = tx.all::<PbxCloudonixSettings>(&Domain::All).await?.into_iter().next();
    Ok(Steps {
        password: user.is_none_or(|user| !user.password_reset_required && !user.password_drawn),
        company: company.confirmed,
        carrier: match settings.and_then(|settings| settings.sync_state) {
            None | Some(PbxCloudonixSettingsSyncState::Unconfigured) => Carrier::None,
            Some(PbxCloudonixSettingsSyncState::Pending) => Carrier::Pending,
            Some(PbxCloudonixSettingsSyncState::Synced) => Carrier::Connected,
            Some(PbxCloudonixSettingsSyncState::Failed) => Carrier::Failed,
        },
        numbers: tx.count("pbx.number", &Domain::All).await?,
        extensions: tx.count("pbx.extension", &Domain::All).await?,
        is_empty: example::own_records(&mut tx).await?.is_empty(),
        is_dismissed: company.setup_dismissed,
    })
}

/// Notes what somebody said. Only these two notes: the company itself is its owner's to change.
pub async fn say(app: &App, scope: &Scope, said: Said) -> Result<(), ResourceError> {
    let mut tx = app.store().begin(scope).await?;
    {
        let mut tx = tx.as_system("note how far the first steps are");
        let company = companies::own(&mut tx).await?;
        let draft = ResCompanyDraft {
            confirmed: said.company,
            setup_dismissed: said.dismissed,
            ..ResCompanyDraft::default()
        };
        tx.update(ResCompany::MODEL, company, draft.into_values(), None).await?;
    }
    tx.commit().await?;
    Ok(())
}
