//! Who may use a route at all. What of the records they see and change is for the records' own access rules.

use super::{Problem, Quota, Signed, asker, idempotency};
use crate::{Web, peer};
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
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
            let (signed, quota) = match admit(&web, self.access, &mut parts).await {
                Ok(admitted) => admitted,
                Err(problem) => return problem.into_response(),
            };
            let request = Request::from_parts(parts, body);
            let mut response = self.answer(&web, signed.as_ref(), request).await;
            if let Some(quota) = quota {
                quota.note(&mut response);
            }
            response
        })
    }
}

impl<H> Guarded<H> {
    async fn answer<T: 'static>(self, web: &Web, signed: Option<&Signed>, request: Request) -> Response
    where
        H: Handler<T, Web>,
    {
        let key = if request.method() == Method::POST { idempotency::key_of(&request) } else { None };
        let (Some(signed), Some(key)) = (signed, key) else {
            return self.handler.call(request, web.clone()).await;
        };
        let handle = |request| self.handler.call(request, web.clone());
        match idempotency::once(web, signed, &key, request, handle).await {
            Ok(response) => response,
            Err(problem) => problem.into_response(),
        }
    }
}

/// Tells who asks, whether they may, and whether not too often.
async fn admit(
    web: &Web,
    access: Access,
    parts: &mut Parts,
) -> Result<(Option<Signed>, Option<Quota>), Problem> {
    if access == Access::Public {
        return Ok((None, by_address(web, parts).await?));
    }
    let signed = match asker::sign_in(web, parts).await {
        Ok(signed) => signed,
        Err(refused) => {
            // Whoever guesses tokens is counted by address.
            by_address(web, parts).await?;
            return Err(refused);
        }
    };
    let quota = Quota::of_user(web, signed.tenant.get(), signed.user.get()).await?;
    if !access.allows(signed.role) {
        return Err(Problem { quota, ..Problem::unauthorized() });
    }
    if signed.must_change_password && !FIRST_OF_ALL.iter().any(|path| parts.uri.path().ends_with(path)) {
        let problem = Problem::new(StatusCode::FORBIDDEN, "Choose another password first.");
        return Err(problem.with("code", "PASSWORD_RESET_REQUIRED"));
    }
    parts.extensions.insert(signed.clone());
    Ok((Some(signed), quota))
}

/// What somebody may do who has to choose another password first.
const FIRST_OF_ALL: [&str; 4] = ["/auth/me", "/auth/logout", "/auth/refresh", "/profile/password"];

async fn by_address(web: &Web, parts: &Parts) -> Result<Option<Quota>, Problem> {
    let Some(socket) = peer::socket(parts) else { return Ok(None) };
    let address = peer::address(&web.config, socket, &parts.headers);
    Quota::of_address(web, address).await
}
