//! What lists of calls share: their dates, how they are counted, and how they are exported.

use crate::Web;
use crate::api::{Page, Paging, Problem, Signed};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::stream;
use opbx_app::exports::{Export, Exported};
use opbx_app::history::{self, Long, Paged, Total};
use opbx_app::periods::{self, Period};
use opbx_app::resources::{Listing, ResourceError, Stored};
use opbx_platform::{Domain, OrderBy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const CSV: &str = "text/csv; charset=utf-8";

/// Which days. Flatten it into a list's own parameters.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Days {
    /// From the beginning of this day in your own zone, or from an instant such as 2026-03-01T12:00:00Z.
    from_date: Option<String>,
    /// To the end of this day, or to an instant.
    to_date: Option<String>,
}

impl Days {
    pub(super) fn period(&self, asker: &Signed) -> Result<Period, Problem> {
        let zone = periods::zone(&asker.time_zone);
        let told = |field: &'static str| {
            move |error| Problem::field(field, format!("The {} field {error}.", field.replace('_', " ")))
        };
        let from = self.from_date.as_deref().map(|text| periods::beginning(text, &zone));
        let until = self.to_date.as_deref().map(|text| periods::ending(text, &zone));
        Ok(Period {
            from: from.transpose().map_err(told("from_date"))?,
            until: until.transpose().map_err(told("to_date"))?,
        })
    }

    /// As `period`, with the last thirty days where nothing is said.
    pub(super) fn recent(&self, web: &Web, asker: &Signed) -> Result<Period, Problem> {
        let mut period = self.period(asker)?;
        if self.from_date.is_none() {
            let last = period.until.unwrap_or_else(|| web.app.clock().now());
            period.from = last.checked_sub(RECENT).ok();
        }
        Ok(period)
    }
}

const RECENT: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);

/// How a list's records are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Counting {
    #[default]
    Exact,
    /// Exact up to 10,000; beyond, the total is no more than a lower bound, and `total_is_estimate` says so.
    Estimate,
}

impl From<Counting> for Total {
    fn from(counting: Counting) -> Self {
        match counting {
            Counting::Exact => Self::Exact,
            Counting::Estimate => Self::Estimate,
        }
    }
}

/// A page whose total may be an estimate.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LongPage<T> {
    #[serde(flatten)]
    pub(super) page: Page<T>,
    /// Whether there may be more than `meta.total`.
    pub(super) total_is_estimate: bool,
}

/// A party of a call: what begins with `+` is its beginning, anything else a part of it.
pub(super) fn party(field: &str, text: &str) -> Domain {
    let text = text.trim();
    if text.starts_with('+') || text.ends_with('*') {
        return Domain::begins_folded(field, text.trim_end_matches('*'));
    }
    Domain::contains_folded(field, text)
}

/// A page in an order that an index serves.
pub(super) async fn page<T: Long>(
    web: &Web,
    asker: &Signed,
    domain: Domain,
    order: Vec<OrderBy>,
    (paging, per_page): (&Paging, usize),
    counting: Counting,
) -> Result<(Listing, Paged<T>), Problem> {
    let listing = Listing { domain, order, page: paging.page_number(), per_page: paging.per_page(per_page) };
    let paged = history::page::<T>(&web.app, &asker.scope, &listing, counting.into()).await?;
    Ok((listing, paged))
}

impl<T> LongPage<T> {
    pub(super) fn of<R>(listing: &Listing, paged: Paged<R>, view: impl FnMut(Stored<R>) -> T) -> Self {
        Self { total_is_estimate: paged.is_estimate, page: Page::of(listing, paged.listed, view) }
    }
}

/// Sends a whole list as CSV while it is read. The first rows are read before anything is answered, so that a refusal
/// has its own status.
pub(super) async fn export<T: Exported + Send + 'static>(
    web: &Web,
    asker: &Signed,
    domain: Domain,
    headers: &HeaderMap,
    name: &str,
) -> Result<Response, Problem> {
    let packed = takes_gzip(headers);
    let app = web.app.clone();
    let mut export = Export::<T>::new(app, asker.scope.clone(), domain, &asker.time_zone, packed);
    let first = export.next().await?;
    let rest = stream::unfold(Some(export), async |export| {
        let mut export = export?;
        match export.next().await {
            Ok(Some(bytes)) => Some((Ok(bytes), Some(export))),
            Ok(None) => None,
            Err(error) => {
                tracing::error!(%error, "an export ended early");
                Some((Err(error), None))
            }
        }
    });
    let first = stream::iter(first.map(Ok::<Bytes, ResourceError>));
    let body = Body::from_stream(futures::StreamExt::chain(first, rest));
    let day = web.app.clock().now().strftime("%Y-%m-%d-%H%M%S");
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}-{day}.csv\""));
    let mut response =
        ([(header::CONTENT_TYPE, CSV), (header::CACHE_CONTROL, "no-store")], body).into_response();
    let said = response.headers_mut();
    said.insert(header::CONTENT_DISPOSITION, disposition.expect("a plain name makes a header"));
    said.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    // A proxy that gathers an answer before it passes it on would hold all of it.
    said.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    if packed {
        said.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let texts = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let refused = weight.trim().trim_start_matches("q=").parse::<f32>().is_ok_and(|weight| weight <= 0.0);
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}
