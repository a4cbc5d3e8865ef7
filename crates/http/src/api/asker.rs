//! Whoever is signed in: told from a bearer token, an API key or a session cookie, and handed to handlers.

use super::{Fault, Operation, Problem, Takes, cookies, language, request_id};
use crate::{Web, peer};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use opbx_app::sessions::{self, Asker};
use std::ops::Deref;
use std::sync::Arc;

/// Somebody who is signed in and whom the route lets in.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    asker: Arc<Asker>,
    /// A browser's cookie brought the session, so that a new token goes into a cookie again.
    pub(crate) by_cookie: bool,
}

impl Deref for Signed {
    type Target = Asker;

    fn deref(&self) -> &Asker {
        &self.asker
    }
}

/// The token of the `Authorization` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Tells who asks. Every request anew: whoever was shut out a moment ago is refused now.
pub(super) async fn sign_in(web: &Web, parts: &Parts) -> Result<Signed, Problem> {
    let cookie = cookies::session_of(&parts.headers);
    let (token, by_cookie) = match (bearer(&parts.headers), cookie) {
        (Some(token), _) => (token, false),
        (None, Some(token)) if !parts.headers.contains_key(header::AUTHORIZATION) => (token, true),
        _ => return Err(Fault::Unauthenticated.into()),
    };
    let is_safe = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    // Before the question whether a page of ours asks: a cookie that is good for nothing is as good as none.
    let mut asker = sessions::authenticate(&web.app, token).await?;
    if by_cookie && !is_safe {
        let is_own = peer::is_own_page(&web.config, peer::socket(parts), &parts.headers);
        if !is_own || !cookies::proves(&parts.headers, token) {
            return Err(forged());
        }
    }
    if !is_safe && asker.key.is_some_and(|key| !key.may_write) {
        let problem = Problem::new(StatusCode::FORBIDDEN, "This API key only reads.");
        return Err(problem.with("code", "key_only_reads"));
    }
    asker.scope = asker.scope.for_request(&request_id());
    if let Some(language) = language() {
        asker.scope = asker.scope.to_speak(language);
    }
    Ok(Signed { asker: Arc::new(asker), by_cookie })
}

/// The original framework's status for it, which its clients know.
fn forged() -> Problem {
    let status = StatusCode::from_u16(419).expect("three digits are a status");
    let problem = Problem::new(status, "CSRF token mismatch.");
    Problem { error: "Page Expired".to_owned(), ..problem }.with("code", "csrf_mismatch")
}

impl FromRequestParts<Web> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Fault::Unauthenticated.into())
    }
}

impl Takes for Signed {
    fn describe(_: &mut Operation) {}
}
