//! Grouping: how many records share a value, and what their numbers come to.

use super::{Tx, model_to_read};
use crate::dialect::ColumnType;
pub use crate::dialect::DatePart;
use crate::error::{ReadError, StoreError};
use crate::statement::conditions::column_type;
use crate::statement::conditions::unarchived;
use crate::statement::groups::Offsets;
use crate::store::Store;
use crate::tx::read::SEARCH_LIMIT_MAX;
use crate::tx::values::from_column;
use jiff::tz::TimeZone;
use opbx_kernel::Timestamp;
use opbx_platform::{Domain, Model, Value};
use rust_decimal::{Decimal, RoundingStrategy};

/// Fields that one grouping goes by at most.
pub const GROUP_KEYS_MAX: usize = 8;
/// Aggregates of one grouping at most.
pub const AGGREGATES_MAX: usize = 32;
/// How often clocks may have been changed between the earliest and the latest instant that are grouped: two hundred
/// years of summer time.
pub const ZONE_CHANGES_MAX: usize = 400;
/// Places of an average, rounded half away from zero.
const AVERAGE_PLACES: u32 = 6;

/// A key: a field, or the period in which a date or instant lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupBy<'a> {
    pub field: &'a str,
    pub part: Option<DatePart>,
}

/// What is told of each group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate<'a> {
    /// How many records it has.
    Records,
    Of(Measure, &'a str),
}

/// Unset values count for nothing in any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    Count,
    CountDistinct,
    Sum,
    /// A decimal of six places.
    Avg,
    Min,
    Max,
}

/// What groups are sorted by: a key or an aggregate, by its place in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupOrder {
    Key(usize),
    Aggregate(usize),
}

/// What of a grouping is not its domain.
#[derive(Debug, Clone, Copy)]
pub struct Grouping<'a> {
    /// None makes one group of all records.
    pub by: &'a [GroupBy<'a>],
    pub aggregates: &'a [Aggregate<'a>],
    /// And whether descending. Ties, and all without an order, go by the keys; unset ones first.
    pub order: &'a [(GroupOrder, bool)],
    pub limit: usize,
    pub offset: usize,
    /// In which days, weeks and so on of instants begin: a name of the IANA database.
    pub time_zone: &'a str,
    pub archived: bool,
}

/// One group: its keys and aggregates, in the orders of the grouping.
///
/// The key of a period is its first day. An aggregate of no values at all is unset, a count is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupRow {
    pub keys: Vec<Value>,
    pub aggregates: Vec<Value>,
}

impl Default for Grouping<'_> {
    fn default() -> Self {
        Self {
            by: &[],
            aggregates: &[Aggregate::Records],
            order: &[],
            limit: SEARCH_LIMIT_MAX,
            offset: 0,
            time_zone: "UTC",
            archived: false,
        }
    }
}

impl<'a> GroupBy<'a> {
    /// Reads `field` or `field:month`; `None` for an unknown period.
    ///
    /// ```
    /// use opbx_store::{DatePart, GroupBy};
    /// let month = GroupBy { field: "started_at", part: Some(DatePart::Month) };
    /// assert_eq!(GroupBy::parse("started_at:month"), Some(month));
    /// ```
    pub fn parse(text: &'a str) -> Option<Self> {
        let Some((field, word)) = text.split_once(':') else { return Some(Self { field: text, part: None }) };
        let part = DatePart::WORDS.iter().find(|(known, _)| *known == word).map(|(_, part)| *part)?;
        Some(Self { field, part: Some(part) })
    }
}

impl<'a> Aggregate<'a> {
    /// Reads `__count` or `field:sum`; `None` for an unknown measure.
    pub fn parse(text: &'a str) -> Option<Self> {
        if text == "__count" {
            return Some(Self::Records);
        }
        let (field, word) = text.split_once(':')?;
        let measure = Measure::ALL.into_iter().find(|measure| measure.as_str() == word)?;
        Some(Self::Of(measure, field))
    }
}

impl Measure {
    const ALL: [Self; 6] = [Self::Count, Self::CountDistinct, Self::Sum, Self::Avg, Self::Min, Self::Max];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::CountDistinct => "count_distinct",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
        }
    }
}

impl Tx {
    /// Groups the records for which a domain holds. Both databases give the same answer to the last digit.
    pub async fn group(
        &mut self,
        model: &str,
        domain: &Domain,
        grouping: Grouping<'_>,
    ) -> Result<Vec<GroupRow>, ReadError> {
        for (asked, max) in [
            (grouping.limit, SEARCH_LIMIT_MAX),
            (grouping.by.len(), GROUP_KEYS_MAX),
            (grouping.aggregates.len(), AGGREGATES_MAX),
            (grouping.order.len(), GROUP_KEYS_MAX + AGGREGATES_MAX),
        ] {
            if asked > max {
                return Err(ReadError::TooMany { max });
            }
        }
        let zone = TimeZone::get(grouping.time_zone);
        let zone = zone.map_err(|_| ReadError::UnknownTimeZone(grouping.time_zone.to_owned()))?;
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        let domain = if grouping.archived { domain.clone() } else { unarchived(model, domain) };
        let offsets = self.offsets(&store, model, &domain, &grouping, &zone).await?;
        let statement = self.visible(&store, model).group(&domain, &grouping, offsets.as_ref())?;
        let rows = self.fetch(statement).await.map_err(StoreError::from)?;
        rows.into_iter().map(|cells| group_row(model, &grouping, cells)).collect()
    }

    /// The changes of the zone's clocks among the instants that are grouped; `None` where no zone is asked for.
    async fn offsets(
        &mut self,
        store: &Store,
        model: &Model,
        domain: &Domain,
        grouping: &Grouping<'_>,
        zone: &TimeZone,
    ) -> Result<Option<Offsets>, ReadError> {
        let is_instant = |by: &&GroupBy<'_>| {
            by.part.is_some() && column_type(model, by.field) == Some(ColumnType::Instant)
        };
        if *zone == TimeZone::UTC {
            return Ok(None);
        }
        let mut span: Option<(Timestamp, Timestamp)> = None;
        for by in grouping.by.iter().filter(is_instant) {
            let statement = self.visible(store, model).span(by.field, domain)?;
            let rows = self.fetch(statement).await.map_err(StoreError::from)?;
            if let Some([Value::Instant(first), Value::Instant(last)]) = rows.first().map(Vec::as_slice) {
                let (earliest, latest) = span.unwrap_or((*first, *last));
                span = Some((earliest.min(*first), latest.max(*last)));
            }
        }
        let Some((first, last)) = span else { return Ok(None) };
        let following = zone.following(first).take_while(|change| change.timestamp() <= last);
        let changes = following.map(|change| (change.timestamp(), change.offset().seconds().into()));
        let changes: Vec<(Timestamp, i64)> = changes.take(ZONE_CHANGES_MAX + 1).collect();
        if changes.len() > ZONE_CHANGES_MAX {
            return Err(ReadError::TooMany { max: ZONE_CHANGES_MAX });
        }
        Ok(Some(Offsets { first_s: zone.to_offset(first).seconds().into(), changes }))
    }
}

fn group_row(model: &Model, grouping: &Grouping<'_>, cells: Vec<Value>) -> Result<GroupRow, ReadError> {
    let damaged = || ReadError::Store(StoreError::Damaged { column: "group".to_owned() });
    let mut cells = cells.into_iter();
    let mut row = GroupRow { keys: Vec::new(), aggregates: Vec::new() };
    for by in grouping.by {
        let cell = cells.next().ok_or_else(damaged)?;
        let field = model.field(by.field).filter(|_| by.part.is_none());
        row.keys.push(from_column(field, cell).ok_or_else(damaged)?);
    }
    for aggregate in grouping.aggregates {
        let cell = cells.next().ok_or_else(damaged)?;
        row.aggregates.push(match aggregate {
            Aggregate::Of(Measure::Avg, _) => match (cell, cells.next()) {
                (Value::Int(sum), Some(Value::Int(count))) => average(sum.into(), count),
                (Value::Decimal(sum), Some(Value::Int(count))) => average(sum, count),
                _ => Value::Null,
            },
            _ => cell,
        });
    }
    Ok(row)
}

fn average(sum: Decimal, count: i64) -> Value {
    let quotient = sum.checked_div(Decimal::from(count));
    quotient.map_or(Value::Null, |quotient| {
        let rounded = quotient.round_dp_with_strategy(AVERAGE_PLACES, RoundingStrategy::MidpointAwayFromZero);
        Value::Decimal(rounded.normalize())
    })
}
