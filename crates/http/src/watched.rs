//! Every request as those who watch see it: counted and timed by route, and a span of a trace where traces are on.
//!
//! On the way of a call: what a route counts with is found once and kept, so that a request allocates nothing for it.

use ::metrics::{Counter, Histogram, counter, histogram};
use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use opbx_app::traces::Trace;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};
use tokio::time::Instant;

/// The methods that are told apart; every other is `OTHER`.
const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "OTHER"];
/// How requests end: by class of status, or before there was one, because the client went away.
const ENDINGS: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "gone"];
const GONE: usize = ENDINGS.len() - 1;
/// Where a request leads that no route is for.
const NO_ROUTE: &str = "none";
/// Routes that are told apart. They are templates of ours, and far fewer.
const ROUTES_MAX: usize = 2_000;

static ROUTES: LazyLock<RwLock<HashMap<String, Arc<Route>>>> = LazyLock::new(RwLock::default);

/// What one route counts with, each made at its first use.
struct Route {
    name: String,
    methods: [OnceLock<Meters>; METHODS.len()],
}

struct Meters {
    duration: Histogram,
    endings: [OnceLock<Counter>; ENDINGS.len()],
}

/// A request that is being answered.
pub(crate) struct Watched {
    route: Arc<Route>,
    method: usize,
    begun: Instant,
    trace: Trace,
    ending: usize,
}

impl Watched {
    pub(crate) fn begin(request: &Request, id: &str) -> Self {
        let path = request.extensions().get::<MatchedPath>();
        let route = route(path.map_or(NO_ROUTE, MatchedPath::as_str));
        let method = method(request.method());
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let trace = Trace::of_request(METHODS[method], &route.name, id, header);
        Self { route, method, begun: Instant::now(), trace, ending: GONE }
    }

    pub(crate) fn within<F: Future>(&self, handling: F) -> impl Future<Output = F::Output> + use<F> {
        self.trace.within(handling)
    }

    /// Notes the answer. A request that is dropped without one is counted as gone.
    pub(crate) fn end(mut self, status: StatusCode) {
        self.ending = usize::from(status.as_u16() / 100).saturating_sub(1).min(GONE - 1);
        self.trace.answered(status.as_u16());
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let (route, method) = (&self.route, METHODS[self.method]);
        let meters = route.methods[self.method].get_or_init(|| Meters {
            duration: histogram!("opbx_http_request_duration_seconds", "method" => method, "route" => route.name.clone()),
            endings: Default::default(),
        });
        let ending = meters.endings[self.ending].get_or_init(|| {
            let status = ENDINGS[self.ending];
            counter!("opbx_http_requests_total", "method" => method, "route" => route.name.clone(), "status" => status)
        });
        meters.duration.record(self.begun.elapsed());
        ending.increment(1);
        if self.ending == GONE {
            self.trace.failed("gone");
        }
    }
}

fn route(name: &str) -> Arc<Route> {
    let known = ROUTES.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(route) = known.get(name) {
        return route.clone();
    }
    drop(known);
    let mut routes = ROUTES.write().unwrap_or_else(PoisonError::into_inner);
    let name = if routes.len() < ROUTES_MAX { name } else { NO_ROUTE };
    let new = || Arc::new(Route { name: name.to_owned(), methods: Default::default() });
    routes.entry(name.to_owned()).or_insert_with(new).clone()
}

fn method(method: &Method) -> usize {
    let other = METHODS.len() - 1;
    METHODS[..other].iter().position(|name| *name == method.as_str()).unwrap_or(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_that_nobody_knows_are_one() {
        assert_eq!(METHODS[method(&Method::PATCH)], "PATCH");
        for made_up in ["BREW", "OTHER", "get"] {
            let made_up = Method::from_bytes(made_up.as_bytes()).expect("a method");
            assert_eq!(METHODS[method(&made_up)], "OTHER");
        }
    }

    #[test]
    fn watching_a_request_allocates_nothing_once_its_route_is_known() {
        opbx_app::metrics::begin();
        let request = Request::new(axum::body::Body::empty());
        Watched::begin(&request, "a").end(StatusCode::OK);
        let watched = allocation_counter::measure(|| Watched::begin(&request, "b").end(StatusCode::OK));
        // Values wait in blocks of many for their buckets; one block may fall into the measure.
        assert!(watched.count_total <= 1, "{} allocations", watched.count_total);
    }
}
