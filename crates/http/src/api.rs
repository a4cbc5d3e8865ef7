//! The frame of the REST API: every route is declared once, and from that declaration it is served, guarded and described.

mod access;
mod asker;
mod cookies;
mod document;
mod expected;
mod fields;
mod french;
mod idempotency;
mod in_use;
mod input;
mod language;
mod notes;
mod operation;
mod page;
mod params;
mod partial;
mod patch;
mod path;
mod problem;
mod quota;
mod ranged;
mod schema;

pub(crate) use access::Access;
pub(crate) use asker::{Signed, bearer};
pub(crate) use cookies::{Cookies, csrf_of, session_of};
pub(crate) use expected::{Expected, Versioned};
pub(crate) use fields::Errors;
pub(crate) use input::{Input, of_form};
pub(crate) use language::wanted as wanted_language;
pub(crate) use notes::{language, note_ignored, request_id, with_notes};
pub(crate) use operation::{Operation, Takes};
pub(crate) use page::{Meta, Page, Paging, Sorts};
pub(crate) use params::Params;
pub(crate) use patch::Patch;
pub(crate) use path::Id;
pub(crate) use problem::{Fault, Names, Problem};
pub(crate) use quota::Quota;
pub(crate) use ranged::{ASK_AGAIN, names, ranged};

use crate::Web;
use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::MethodRouter;
use std::collections::BTreeMap;

/// Where the telephone system's resources lie.
pub(crate) const V1: &str = "/api/v1";

/// Routes as they are declared.
#[derive(Default)]
pub(crate) struct Api {
    routes: BTreeMap<String, MethodRouter<Web>>,
    operations: Vec<Operation>,
}

impl Api {
    /// Declares a route under `/api/v1`. `id` names it for programs: `ring_groups.list`.
    pub(crate) fn route<H, T>(
        &mut self,
        method: Method,
        path: &str,
        id: &'static str,
        access: Access,
        handler: H,
        describe: impl FnOnce(&mut Operation),
    ) -> &mut Self
    where
        H: Handler<T, Web>,
        T: Takes + Send + 'static,
    {
        self.absolute(method, &format!("{V1}{path}"), id, access, handler, describe)
    }

    /// Declares a route anywhere.
    pub(crate) fn absolute<H, T>(
        &mut self,
        method: Method,
        path: &str,
        id: &'static str,
        access: Access,
        handler: H,
        describe: impl FnOnce(&mut Operation),
    ) -> &mut Self
    where
        H: Handler<T, Web>,
        T: Takes + Send + 'static,
    {
        let mut operation = Operation::new(method, path.to_owned(), id, access);
        T::describe(&mut operation);
        describe(&mut operation);
        self.serve(operation, handler)
    }

    fn serve<H, T>(&mut self, operation: Operation, handler: H) -> &mut Self
    where
        H: Handler<T, Web>,
        T: Takes + Send + 'static,
    {
        let guarded = access::Guarded { access: operation.access, handler };
        let known = self.routes.remove(&operation.path).unwrap_or_default();
        let filter =
            operation.method.clone().try_into().expect("routes are declared for the methods of RFC 9110");
        self.routes.insert(operation.path.clone(), known.on(filter, guarded));
        self.operations.push(operation);
        self
    }

    pub(crate) fn get<H, T>(
        &mut self,
        path: &str,
        id: &'static str,
        access: Access,
        handler: H,
        describe: impl FnOnce(&mut Operation),
    ) -> &mut Self
    where
        H: Handler<T, Web>,
        T: Takes + Send + 'static,
    {
        self.route(Method::GET, path, id, access, handler, describe)
    }

    pub(crate) fn post<H, T>(
        &mut self,
        path: &str,
        id: &'static str,
        access: Access,
        handler: H,
        describe: impl FnOnce(&mut Operation),
    ) -> &mut Self
    where
        H: Handler<T, Web>,
        T: Takes + Send + 'static,
    {
        self.route(Method::POST, path, id, access, handler, describe)
    }

    /// A change, by PUT and by PATCH alike: what a body leaves out stays as it is with either.
    pub(crate) fn put<H, T>(
        &mut self,
        path: &str,
        id: &'static str,
        access: Access,
        handler: H,
        describe: impl FnOnce(&mut Operation),
    ) -> &mut Self
    where
        H: Handler<T, Web>,
        T: Takes + Send + 'static,
    {
        let mut operation = Operation::new(Method::PUT, format!("{V1}{path}"), id, access);
        T::describe(&mut operation);
        describe(&mut operation);
        self.serve(operation.by_patch(), handler.clone()).serve(operation, handler)
    }

    pub(crate) fn delete<H, T>(
        &mut self,
        path: &str,
        id: &'static str,
        access: Access,
        handler: H,
        describe: impl FnOnce(&mut Operation),
    ) -> &mut Self
    where
        H: Handler<T, Web>,
        T: Takes + Send + 'static,
    {
        self.route(Method::DELETE, path, id, access, handler, describe)
    }

    /// The OpenAPI 3.1 document of all that is declared.
    pub(crate) fn document(&self) -> serde_json::Value {
        document::of(&self.operations)
    }

    pub(crate) fn into_router(self) -> Router<Web> {
        let mut router = Router::new();
        for (path, methods) in self.routes {
            router = router.route(&path, methods.fallback(wrong_method));
        }
        router
    }
}

async fn wrong_method() -> Problem {
    Fault::WrongMethod.into()
}
