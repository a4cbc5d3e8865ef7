//! Lists: which page of what order is asked for, and the envelope in which it comes.

use opbx_app::resources::{Listed, Listing, PER_PAGE_MAX, Stored};
use opbx_platform::{Domain, OrderBy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What every list takes. Flatten it into a resource's own parameters.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Paging {
    /// From 1 on.
    page: Option<i64>,
    /// 1 to 100; anything beyond is the nearest of the two.
    per_page: Option<i64>,
    /// The field to sort by; one that is not offered is the default.
    sort_by: Option<String>,
    /// `asc` or `desc`.
    sort_order: Option<String>,
    /// The same as `sort_by`.
    sort: Option<String>,
    /// The same as `sort_order`.
    order: Option<String>,
    /// The same as `sort_order`.
    sort_direction: Option<String>,
}

/// What a list may be sorted by: `(name in the API, field of the model)`; the first is the default.
pub(crate) struct Sorts {
    pub(crate) fields: &'static [(&'static str, &'static str)],
    pub(crate) descending: bool,
    pub(crate) per_page: usize,
}

impl Paging {
    /// What is to be listed of the records for which a domain holds.
    pub(crate) fn listing(&self, domain: Domain, sorts: &Sorts) -> Listing {
        let asked = self.sort_by.as_deref().or(self.sort.as_deref());
        let known = asked.and_then(|asked| sorts.fields.iter().find(|(name, _)| *name == asked));
        let direction =
            self.sort_order.as_deref().or(self.order.as_deref()).or(self.sort_direction.as_deref());
        let descending = match direction.map(str::to_ascii_lowercase).as_deref() {
            Some("asc") => false,
            Some("desc") => true,
            _ => sorts.descending && known.is_none_or(|known| Some(known) == sorts.fields.first()),
        };
        let order = match known.or(sorts.fields.first()) {
            Some((_, field)) => vec![OrderBy { field: (*field).to_owned(), descending, nulls: None }],
            None => Vec::new(),
        };
        Listing { domain, order, page: self.page_number(), per_page: self.per_page(sorts.per_page) }
    }

    /// Of what a long list may be sorted by, the fields of the index that serves it, and whether falling. The first is
    /// the default, and falls unless somebody asks otherwise.
    pub(crate) fn sorted(
        &self,
        sorts: &'static [(&'static str, &'static [&'static str])],
    ) -> (&'static [&'static str], bool) {
        let asked = self.sort_by.as_deref().or(self.sort.as_deref());
        let known = asked.and_then(|asked| sorts.iter().find(|(name, _)| *name == asked));
        let direction =
            self.sort_order.as_deref().or(self.order.as_deref()).or(self.sort_direction.as_deref());
        let is_falling = match direction.map(str::to_ascii_lowercase).as_deref() {
            Some("asc") => false,
            Some("desc") => true,
            _ => known.is_none_or(|known| Some(known) == sorts.first()),
        };
        (known.or(sorts.first()).map_or(&[], |(_, fields)| fields), is_falling)
    }

    pub(crate) fn page_number(&self) -> usize {
        usize::try_from(self.page.unwrap_or(1).clamp(1, PAGE_MAX)).unwrap_or(1)
    }

    pub(crate) fn per_page(&self, default: usize) -> usize {
        let asked = self.per_page.map_or(default, |asked| usize::try_from(asked.max(1)).unwrap_or(1));
        asked.clamp(1, PER_PAGE_MAX)
    }
}

/// No list is as long.
const PAGE_MAX: i64 = 1_000_000;

/// A page of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Page<T> {
    pub(crate) data: Vec<T>,
    pub(crate) links: Links,
    pub(crate) meta: Meta,
}

/// Queries of the neighbouring pages; keep your other parameters.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Links {
    first: String,
    last: String,
    prev: Option<String>,
    next: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Meta {
    pub(crate) total: u64,
    pub(crate) current_page: u64,
    pub(crate) last_page: u64,
    pub(crate) per_page: u64,
    /// The place of the page's first row, from 1 on; none on an empty page.
    pub(crate) from: Option<u64>,
    pub(crate) to: Option<u64>,
}

impl<T> Page<T> {
    /// Of what was listed, each row shown by `view`.
    pub(crate) fn of<R>(listing: &Listing, listed: Listed<R>, view: impl FnMut(Stored<R>) -> T) -> Self {
        let data: Vec<T> = listed.rows.into_iter().map(view).collect();
        Self::new(data, listed.total, listing.page, listing.per_page)
    }

    pub(crate) fn new(data: Vec<T>, total: u64, page: usize, per_page: usize) -> Self {
        let (page, per_page) = (page as u64, per_page.max(1) as u64);
        let last_page = total.div_ceil(per_page).max(1);
        let before = (page - 1) * per_page;
        let at = |page: u64| format!("?page={page}&per_page={per_page}");
        let links = Links {
            first: at(1),
            last: at(last_page),
            prev: (page > 1).then(|| at((page - 1).min(last_page))),
            next: (page < last_page).then(|| at(page + 1)),
        };
        let meta = Meta {
            total,
            current_page: page,
            last_page,
            per_page,
            from: (!data.is_empty()).then_some(before + 1),
            to: (!data.is_empty()).then_some(before + data.len() as u64),
        };
        Self { data, links, meta }
    }
}
