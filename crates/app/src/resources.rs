//! Records one transaction at a time: what most resources of the API are made of.
//!
//! Archived records are among what is listed: for whoever configures a telephone system they are inactive, not gone.

use crate::App;
use crate::records::{self, RecordError};
use opbx_kernel::{Code, Kind, RecordId, Scope, Timestamp};
use opbx_platform::record::{Draft, Record, Row, ShapeError};
use opbx_platform::{Domain, Model, OrderBy, Value, Values};
use opbx_store::{CommitError, ReadError, Search, StoreError, Tx};

/// Rows of one page at most.
pub const PER_PAGE_MAX: usize = 100;
/// How many matching records are counted one by one where an estimate is enough.
pub const ESTIMATE_MAX: u64 = 10_000;

#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    /// There is none, or the asker does not see it.
    #[error("there is no such record of {model}")]
    Absent { model: &'static str },
    /// Somebody changed it since the asker read it.
    #[error("the record of {model} was changed meanwhile; it is at version {current}")]
    Stale { model: &'static str, current: i64 },
    #[error("{0}")]
    Shape(#[from] ShapeError),
    #[error(transparent)]
    Record(RecordError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl ResourceError {
    pub fn code(&self) -> Code {
        match self {
            Self::Absent { .. } => Code::new(Kind::Absent, "no_record"),
            Self::Stale { .. } => Code::new(Kind::Conflict, "changed_meanwhile"),
            Self::Shape(_) => Code::new(Kind::Internal, "record_unfit"),
            Self::Record(error) => error.code(),
            Self::Commit(error) => error.code(),
        }
    }
}

impl<E: Into<RecordError>> From<E> for ResourceError {
    fn from(error: E) -> Self {
        Self::Record(error.into())
    }
}

impl From<StoreError> for RecordError {
    fn from(error: StoreError) -> Self {
        Self::Read(ReadError::Store(error))
    }
}

/// A record with when it was made and last changed.
#[derive(Debug, Clone)]
pub struct Stored<T> {
    pub record: T,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
}

/// What is to be listed.
#[derive(Debug, Clone)]
pub struct Listing {
    pub domain: Domain,
    /// Empty is the model's own order.
    pub order: Vec<OrderBy>,
    /// From 1 on.
    pub page: usize,
    /// 1 to `PER_PAGE_MAX`.
    pub per_page: usize,
}

#[derive(Debug, Clone)]
pub struct Listed<T> {
    pub rows: Vec<Stored<T>>,
    /// How many records match, on all pages.
    pub total: u64,
}

/// The model of a record's struct, as declared.
pub fn model<T: Record>(tx: &Tx) -> &Model {
    tx.registry().model(T::MODEL).expect("every struct is written from its model")
}

/// Lists a page of records.
pub async fn list<T: Record>(
    app: &App,
    scope: &Scope,
    listing: &Listing,
) -> Result<Listed<T>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    list_in(&mut tx, listing).await
}

/// As `list`, inside a transaction.
pub async fn list_in<T: Record>(tx: &mut Tx, listing: &Listing) -> Result<Listed<T>, ResourceError> {
    let models = tx.models();
    let model = models.model(T::MODEL).expect("every struct is written from its model");
    let fields = with_instants::<T>();
    let domain = whatever_archived(model, &listing.domain);
    let search = Search {
        fields: &fields,
        order: (!listing.order.is_empty()).then_some(listing.order.as_slice()),
        limit: listing.per_page.clamp(1, PER_PAGE_MAX),
        offset: listing.page.saturating_sub(1).saturating_mul(listing.per_page),
        archived: true,
        ..Search::default()
    };
    let total = records::count(tx, model, &domain).await?;
    let rows = records::search(tx, model, &domain, search).await?;
    let rows = rows.into_iter().map(stored).collect::<Result<_, _>>()?;
    Ok(Listed { rows, total })
}

/// Reads one record.
pub async fn get<T: Record>(app: &App, scope: &Scope, id: RecordId) -> Result<Stored<T>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    get_in(&mut tx, id).await
}

/// As `get`, inside a transaction.
pub async fn get_in<T: Record>(tx: &mut Tx, id: RecordId) -> Result<Stored<T>, ResourceError> {
    let models = tx.models();
    let model = models.model(T::MODEL).expect("every struct is written from its model");
    records::require(tx.scope(), model, records::Deed::Read)?;
    let rows = tx.read(T::MODEL, &[id], &with_instants::<T>()).await?;
    let row = rows.into_iter().next().ok_or(ResourceError::Absent { model: T::MODEL })?;
    Ok(stored(row)?)
}

/// Creates a record from a draft and, where a resource has lists, more values.
pub async fn create<D: Draft>(
    app: &App,
    scope: &Scope,
    draft: D,
    more: Values,
) -> Result<RecordId, ResourceError> {
    let mut tx = app.store().begin(scope).await?;
    let id = create_in(&mut tx, draft, more).await?;
    tx.commit().await?;
    Ok(id)
}

/// As `create`, inside a transaction.
pub async fn create_in<D: Draft>(tx: &mut Tx, draft: D, more: Values) -> Result<RecordId, ResourceError> {
    let models = tx.models();
    let model = models.model(D::MODEL).expect("every draft is written from its model");
    let mut values = draft.into_values();
    values.extend(more);
    Ok(records::create(tx, model, values).await?)
}

/// Changes a record; `expected` is the version that the asker saw.
pub async fn update<D: Draft>(
    app: &App,
    scope: &Scope,
    id: RecordId,
    draft: D,
    more: Values,
    expected: Option<i64>,
) -> Result<(), ResourceError> {
    let mut tx = app.store().begin(scope).await?;
    update_in(&mut tx, id, draft, more, expected).await?;
    tx.commit().await?;
    Ok(())
}

/// As `update`, inside a transaction.
pub async fn update_in<D: Draft>(
    tx: &mut Tx,
    id: RecordId,
    draft: D,
    more: Values,
    expected: Option<i64>,
) -> Result<(), ResourceError> {
    let models = tx.models();
    let model = models.model(D::MODEL).expect("every draft is written from its model");
    let mut values = draft.into_values();
    values.extend(more);
    match records::update(tx, model, id, values, expected).await {
        Err(RecordError::Save(opbx_store::SaveError::Absent { .. })) => {
            Err(ResourceError::Absent { model: D::MODEL })
        }
        Err(RecordError::Save(opbx_store::SaveError::Conflict { current, .. })) => {
            Err(ResourceError::Stale { model: D::MODEL, current })
        }
        updated => Ok(updated?),
    }
}

/// Deletes a record of `T`'s model, unless others name it.
pub async fn delete<T: Record>(
    app: &App,
    scope: &Scope,
    id: RecordId,
    expected: Option<i64>,
) -> Result<(), ResourceError> {
    let mut tx = app.store().begin(scope).await?;
    delete_in::<T>(&mut tx, id, expected).await?;
    tx.commit().await?;
    Ok(())
}

/// As `delete`, inside a transaction.
pub async fn delete_in<T: Record>(
    tx: &mut Tx,
    id: RecordId,
    expected: Option<i64>,
) -> Result<(), ResourceError> {
    let models = tx.models();
    let model = models.model(T::MODEL).expect("every struct is written from its model");
    if let Some(expected) = expected {
        let held = tx.read(T::MODEL, &[id], &[]).await?;
        let held = held.first().ok_or(ResourceError::Absent { model: T::MODEL })?;
        if held.version != expected {
            return Err(ResourceError::Stale { model: T::MODEL, current: held.version });
        }
    }
    match records::delete(tx, model, id).await {
        Err(RecordError::Save(opbx_store::SaveError::Absent { .. })) => {
            Err(ResourceError::Absent { model: T::MODEL })
        }
        deleted => Ok(deleted?),
    }
}

/// A record's fields, and when it was made and last changed: what `stored` reads.
pub(crate) fn with_instants<T: Record>() -> Vec<&'static str> {
    T::FIELDS.iter().copied().chain(["created_at", "updated_at"]).collect()
}

/// Whether archived or not, unless the domain says.
fn whatever_archived(model: &Model, domain: &Domain) -> Domain {
    if model.field("active").is_none() || domain.names("active") {
        return domain.clone();
    }
    domain.clone().and(archived_or_not())
}

/// For a model with an archive.
pub(crate) fn archived_or_not() -> Domain {
    Domain::is_in("active", [true, false])
}

pub(crate) fn stored<T: Record>(mut row: Row) -> Result<Stored<T>, ShapeError> {
    let mut instant = || match row.values.pop() {
        Some(Value::Instant(at)) => Some(at),
        _ => None,
    };
    let (updated_at, created_at) = (instant(), instant());
    Ok(Stored { record: T::from_row(row)?, created_at, updated_at })
}
