//! Long lists: pages of tables that grow with every call, and walks through all of one, chunk after chunk.

use crate::App;
use crate::models::{PbxCall, PbxCdr};
use crate::records::{self, Deed};
use crate::resources::{ESTIMATE_MAX, Listed, Listing, PER_PAGE_MAX, ResourceError, Stored, model, stored};
use jiff::SignedDuration;
use opbx_kernel::{RecordId, Scope, TenantId, Timestamp};
use opbx_platform::record::Row;
use opbx_platform::{Domain, OrderBy, Record, Value};
use opbx_store::{Search, Tx};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

/// Rows that a walk reads in one transaction.
const CHUNK_ROWS: usize = 1_000;
/// Rows that one walk gives at most.
pub const WALK_ROWS_MAX: usize = 10_000_000;
/// How long a total is kept.
const TOTAL_KEPT_FOR: SignedDuration = SignedDuration::from_secs(30);
/// Smaller totals are counted anew each time, which costs little.
const TOTAL_KEPT_FROM: u64 = 10_000;
/// Totals that are kept on this node; the oldest leave first.
const TOTALS_MAX: usize = 1_000;
/// From this row on, a page of the list's second half is read from its end.
const FROM_END_OFFSET: usize = 1_000;

/// A record of a table that grows with every call.
pub trait Long: Record {
    /// When it happened: what such lists are sorted by unless somebody asks otherwise.
    const AT: &'static str;
    /// What is too long to be read with every row; these come unset.
    const HEAVY: &'static [&'static str];
}

impl Long for PbxCall {
    const AT: &'static str = "started_at";
    const HEAVY: &'static [&'static str] = &["trace", "inputs"];
}

impl Long for PbxCdr {
    const AT: &'static str = "session_timestamp";
    const HEAVY: &'static [&'static str] = &["raw"];
}

/// How exactly a list is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Total {
    #[default]
    Exact,
    /// Exact up to `ESTIMATE_MAX`, and at least that beyond.
    Estimate,
}

/// A page with how sure its total is.
#[derive(Debug)]
pub struct Paged<T> {
    pub listed: Listed<T>,
    /// There may be more than its total says.
    pub is_estimate: bool,
}

/// Totals of long lists, by tenant, asker and filter.
#[derive(Default)]
pub struct Totals(Mutex<HashMap<(TenantId, String), (Timestamp, u64)>>);

impl Totals {
    fn get(&self, key: &(TenantId, String), now: Timestamp) -> Option<u64> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, total) = kept.get(key)?;
        (now.duration_since(*since) < TOTAL_KEPT_FOR).then_some(*total)
    }

    fn keep(&self, key: (TenantId, String), now: Timestamp, total: u64) {
        if total < TOTAL_KEPT_FROM {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= TOTALS_MAX
            && let Some(oldest) = kept.iter().min_by_key(|(_, (since, _))| *since).map(|(key, _)| key.clone())
        {
            kept.remove(&oldest);
        }
        kept.insert(key, (now, total));
    }
}

/// An order that an index serves: these fields, then the id, all in one direction.
pub fn order(fields: &[&str], descending: bool) -> Vec<OrderBy> {
    let by = |field: &&str| OrderBy { field: (*field).to_owned(), descending, nulls: None };
    fields.iter().chain([&"id"]).map(by).collect()
}

/// Reads a page. One near the list's end is read from there.
pub async fn page<T: Long>(
    app: &App,
    scope: &Scope,
    listing: &Listing,
    total: Total,
) -> Result<Paged<T>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let limit = listing.per_page.clamp(1, PER_PAGE_MAX);
    let offset = listing.page.saturating_sub(1).saturating_mul(limit);
    records::require(tx.scope(), model::<T>(&tx), Deed::Read)?;
    let (total, is_estimate) = match total {
        Total::Exact => (counted::<T>(app, &mut tx, &listing.domain).await?, false),
        Total::Estimate => {
            let counted = tx.count_up_to(T::MODEL, &listing.domain, ESTIMATE_MAX).await?;
            (counted, counted >= ESTIMATE_MAX)
        }
    };
    let all = usize::try_from(total).unwrap_or(usize::MAX);
    let from_end = !is_estimate && offset >= FROM_END_OFFSET && offset > all / 2;
    let rows = if from_end {
        let limit = limit.min(all.saturating_sub(offset));
        let turned: Vec<OrderBy> = listing.order.iter().map(turned).collect();
        let mut rows =
            read_as::<T>(&mut tx, &listing.domain, &turned, limit, all.saturating_sub(offset + limit))
                .await?;
        rows.reverse();
        rows
    } else {
        read_as::<T>(&mut tx, &listing.domain, &listing.order, limit, offset).await?
    };
    let total = if is_estimate { total.max((offset + rows.len()) as u64) } else { total };
    let rows = rows.into_iter().map(whole::<T>).collect::<Result<_, _>>()?;
    Ok(Paged { listed: Listed { rows, total }, is_estimate })
}

fn turned(by: &OrderBy) -> OrderBy {
    OrderBy { descending: !by.descending, ..by.clone() }
}

async fn counted<T: Long>(app: &App, tx: &mut Tx, domain: &Domain) -> Result<u64, ResourceError> {
    let key = (tx.scope().tenant(), format!("{:?} {} {domain:?}", tx.scope().actor(), T::MODEL));
    let now = app.clock().now();
    if let Some(total) = app.totals().get(&key, now) {
        return Ok(total);
    }
    let total = tx.count(T::MODEL, domain).await?;
    app.totals().keep(key, now, total);
    Ok(total)
}

/// The fields that every row brings.
fn light<T: Long>() -> impl Iterator<Item = &'static str> {
    T::FIELDS.iter().copied().filter(|field| !T::HEAVY.contains(field))
}

async fn read_as<T: Long>(
    tx: &mut Tx,
    domain: &Domain,
    order: &[OrderBy],
    limit: usize,
    offset: usize,
) -> Result<Vec<Row>, ResourceError> {
    let fields: Vec<&str> = light::<T>().chain(["created_at", "updated_at"]).collect();
    let search =
        Search { fields: &fields, order: Some(order), limit, offset, archived: true, ..Search::default() };
    let model = model::<T>(tx).clone();
    Ok(records::search(tx, &model, domain, search).await?)
}

/// Puts unset values where heavy ones were left out.
fn whole<T: Long>(row: Row) -> Result<Stored<T>, ResourceError> {
    let mut values = row.values.into_iter();
    let mut next = |field: &&str| match T::HEAVY.contains(field) {
        true => Value::Null,
        false => values.next().unwrap_or(Value::Null),
    };
    let mut all: Vec<Value> = T::FIELDS.iter().map(&mut next).collect();
    all.extend(values);
    Ok(stored(Row { values: all, ..row })?)
}

/// Walks through a list from its newest record to its oldest, however long it is, in bounded memory.
///
/// Each chunk begins where the one before ended, so that what is added meanwhile moves nothing.
pub struct Walk<T> {
    scope: Scope,
    domain: Domain,
    after: Option<(Timestamp, RecordId)>,
    given: usize,
    is_over: bool,
    record: PhantomData<fn() -> T>,
}

impl<T: Long> Walk<T> {
    pub fn new(scope: Scope, domain: Domain) -> Self {
        Self { scope, domain, after: None, given: 0, is_over: false, record: PhantomData }
    }

    /// The next records; empty when there are no more.
    pub async fn next(&mut self, app: &App) -> Result<Vec<T>, ResourceError> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let mut domain = self.domain.clone();
        if let Some((at, id)) = self.after {
            // The first half is what an index begins at; the second passes over what was given at the same instant.
            let later = Domain::lt(T::AT, at).or(Domain::lt("id", id.get()));
            domain = Domain::le(T::AT, at).and(later).and(domain);
        }
        let mut tx = app.store().read(&self.scope).await?;
        let rows = read_as::<T>(&mut tx, &domain, &order(&[T::AT], true), CHUNK_ROWS, 0).await?;
        drop(tx);
        self.given += rows.len();
        self.is_over = rows.len() < CHUNK_ROWS || self.given >= WALK_ROWS_MAX;
        let place = light::<T>().position(|field| field == T::AT).expect("a list is sorted by a light field");
        if let Some(last) = rows.last()
            && let Some(Value::Instant(at)) = last.values.get(place)
        {
            self.after = Some((*at, last.id));
        } else {
            self.is_over = true;
        }
        rows.into_iter().map(|row| Ok(whole::<T>(row)?.record)).collect()
    }
}
