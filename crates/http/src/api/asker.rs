//! Whoever is signed in: told from a bearer token, and handed to handlers.

use super::{Fault, Operation, Problem, Takes, request_id};
use crate::Web;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use opbx_app::sessions::{self, Asker};
use std::ops::Deref;
use std::sync::Arc;

/// Somebody who is signed in and whom the route lets in.
#[derive(Debug, Clone)]
pub(crate) struct Signed(Arc<Asker>);

impl Deref for Signed {
    type Target = Asker;

    fn deref(&self) -> &Asker {
        &self.0
    }
}

/// Tells who asks. Every request anew: whoever was shut out a moment ago is refused now.
pub(super) async fn sign_in(web: &Web, parts: &Parts) -> Result<Signed, Problem> {
    let bearer = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|text| text.strip_prefix("Bearer ")).ok_or(Fault::Unauthenticated)?;
    let mut asker = sessions::authenticate(&web.app, token.trim()).await?;
    asker.scope = asker.scope.for_request(&request_id());
    Ok(Signed(Arc::new(asker)))
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
