//! Who may use a route at all. What of the records they see and change is for the records' own access rules.

use super::{Problem, asker};
use crate::Web;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use opbx_app::sessions::Role;
use std::pin::Pin;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody, signed in or not.
    Public,
    /// Whoever is signed in, in whatever role.
    SignedIn,
    /// These roles.
    Roles(&'static [Role]),
}

impl Access {
    /// Everybody of the organisation.
    pub(crate) const READERS: Self =
        Self::Roles(&[Role::Owner, Role::PbxAdmin, Role::PbxUser, Role::Reporter]);
    /// Who configures the telephone system.
    pub(crate) const ADMINS: Self = Self::Roles(&[Role::Owner, Role::PbxAdmin]);
    /// Who may change some records, of which their rules let users change their own.
    pub(crate) const USERS: Self = Self::Roles(&[Role::Owner, Role::PbxAdmin, Role::PbxUser]);
    pub(crate) const OWNERS: Self = Self::Roles(&[Role::Owner]);

    pub(crate) fn allows(self, role: Option<Role>) -> bool {
        match self {
            Self::Public | Self::SignedIn => true,
            Self::Roles(roles) => role.is_some_and(|role| roles.contains(&role)),
        }
    }
}

/// A handler behind its route's access.
#[derive(Clone)]
pub(super) struct Guarded<H> {
    pub(super) access: Access,
    pub(super) handler: H,
}

impl<H, T> Handler<T, Web> for Guarded<H>
where
    H: Handler<T, Web>,
    T: 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, web: Web) -> Self::Future {
        Box::pin(async move {
            // A request's body must not be looked at by two threads, so it stays aside.
            let (mut parts, body) = request.into_parts();
            match admit(&web, self.access, &mut parts).await {
                Ok(()) => self.handler.call(Request::from_parts(parts, body), web).await,
                Err(problem) => problem.into_response(),
            }
        })
    }
}

async fn admit(web: &Web, access: Access, parts: &mut Parts) -> Result<(), Problem> {
    if access == Access::Public {
        return Ok(());
    }
    let signed = asker::sign_in(web, parts).await?;
    if !access.allows(signed.role) {
        return Err(Problem::unauthorized());
    }
    parts.extensions.insert(signed);
    Ok(())
}
