//! How often somebody may ask within a minute, and how much of it is left.

use super::Problem;
use crate::Web;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use opbx_app::rates::{self, Rate};
use std::net::IpAddr;
use std::time::Duration;

const WINDOW: Duration = Duration::from_secs(60);

/// What is left of somebody's minute.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    limit: u32,
    remaining: u32,
    reset_s: u64,
}

impl Quota {
    /// Counts one request under a key; how long to wait where there were too many. A limit of 0 does not count.
    pub(crate) async fn take(web: &Web, key: &str, limit: u32) -> Result<Option<Self>, Duration> {
        if limit == 0 {
            return Ok(None);
        }
        match rates::take(&web.app, key, limit, WINDOW).await {
            Rate::Allowed { remaining, reset } => {
                Ok(Some(Self { limit, remaining, reset_s: reset.as_secs_f64().ceil() as u64 }))
            }
            Rate::Wait(wait) => Err(wait),
        }
    }

    /// Counts one request of a user, and of the whole tenant.
    pub(super) async fn of_user(web: &Web, tenant: i64, user: i64) -> Result<Option<Self>, Problem> {
        let limits = &web.config.limits;
        let own = Self::take(web, &format!("api:{tenant}:{user}"), limits.api_per_min).await;
        let own = own.map_err(|wait| limited(wait, limits.api_per_min))?;
        let all = Self::take(web, &format!("api:{tenant}"), limits.tenant_per_min).await;
        let all = all.map_err(|wait| limited(wait, limits.tenant_per_min))?;
        Ok(match (own, all) {
            (Some(own), Some(all)) if all.remaining < own.remaining => Some(all),
            (own, all) => own.or(all),
        })
    }

    /// Counts one request from an address that nobody is signed in from.
    pub(super) async fn of_address(web: &Web, address: IpAddr) -> Result<Option<Self>, Problem> {
        let limit = web.config.limits.api_per_min;
        Self::take(web, &format!("public:{}", rates::sender(address)), limit)
            .await
            .map_err(|wait| limited(wait, limit))
    }

    /// Says in an answer what is left.
    pub(super) fn note(self, response: &mut Response) {
        let headers = response.headers_mut();
        for (name, value) in [
            ("x-ratelimit-limit", u64::from(self.limit)),
            ("x-ratelimit-remaining", u64::from(self.remaining)),
            ("x-ratelimit-reset", self.reset_s),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
    }
}

fn limited(wait: Duration, limit: u32) -> Problem {
    let mut problem = Problem::too_many(wait);
    problem.quota = Some(Quota { limit, remaining: 0, reset_s: wait.as_secs_f64().ceil() as u64 });
    problem
}
