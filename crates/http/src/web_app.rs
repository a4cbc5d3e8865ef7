//! The web app: its page under every address that a browser goes to, and the files that the page loads.

mod encodings;
mod kinds;
mod policy;

use crate::Web;
use crate::api::{Fault, Problem, names};
use crate::rails::CspNonce;
use axum::Extension;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use opbx_kernel::seal::digest;
use opbx_web_app::File;
use std::borrow::Cow;

/// The template of the page: each answer puts a nonce of its own in place of `{nonce}`.
const PAGE: &str = "index.html";
/// Files below it carry a digest of their bytes in their names, so they never change.
const ASSETS: &str = "/assets";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Kept, and asked for again each time: an answer of 304 costs nothing, and an old page could not find its files.
const ASK_AGAIN: &str = "no-cache";
/// Where programs ask. What is not there is told them in JSON, whatever they say that they accept.
const PROGRAMS: [&str; 10] =
    ["/api", "/app", "/health", "/ready", "/up", "/metrics", "/json", "/jsonrpc", "/xmlrpc", "/.well-known"];
/// Bytes of a digest in an entity tag.
const TAG_BYTES: usize = 16;

/// What stands at `/`: the page, also for those who accept anything.
pub(crate) async fn home(
    State(web): State<Web>,
    Extension(nonce): Extension<CspNonce>,
    headers: HeaderMap,
) -> Response {
    page(&web, &headers, &nonce).unwrap_or_else(unbuilt)
}

/// A file of the build, under a name that is its own for ever.
pub(crate) async fn asset(State(web): State<Web>, uri: Uri, headers: HeaderMap) -> Response {
    file(&web, uri.path(), &headers).unwrap_or_else(absent)
}

/// Whatever no route is for: another file of the build, the page, or nothing.
pub(crate) async fn elsewhere(
    State(web): State<Web>,
    Extension(nonce): Extension<CspNonce>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let path = uri.path();
    let is_read = method == Method::GET || method == Method::HEAD;
    if !is_read || under(path, ASSETS) || PROGRAMS.iter().any(|folder| under(path, folder)) {
        return absent();
    }
    let found = file(&web, path, &headers);
    // Only who goes there as a browser does is led to the page: a program that mistyped an address is told so.
    let found = found.or_else(|| page(&web, &headers, &nonce).filter(|_| takes_pages(&headers)));
    let mut answer = found.unwrap_or_else(absent);
    if method == Method::HEAD {
        let length = answer.body().size_hint().exact().unwrap_or_default();
        put(&mut answer, header::CONTENT_LENGTH, &length.to_string());
        *answer.body_mut() = Body::empty();
    }
    answer
}

fn absent() -> Response {
    Problem::from(Fault::NoSuchPath).into_response()
}

fn under(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn takes_pages(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.any(|kinds| kinds.split(',').any(|kind| kind.trim().starts_with("text/html")))
}

/// The page, if there is one.
fn page(web: &Web, headers: &HeaderMap, nonce: &CspNonce) -> Option<Response> {
    let template = web.config.web_app.get(PAGE)?;
    let policy = |nonce: &str| policy::of_page(nonce, headers.get(header::HOST));
    // The nonce is of this answer alone and no part of the tag: who has the page keeps the policy that came with it.
    let tag = tag(digest(&[&template.digest, policy("").as_bytes()]));
    let mut answer = if names(headers, &header::IF_NONE_MATCH, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let text = String::from_utf8_lossy(&template.bytes).replace("{nonce}", nonce.as_str());
        let mut answer = text.into_response();
        put(&mut answer, header::CONTENT_TYPE, kinds::PAGE);
        put(&mut answer, header::CONTENT_SECURITY_POLICY, &policy(nonce.as_str()));
        answer
    };
    // Weak, for no two answers are the same to the byte.
    put(&mut answer, header::ETAG, &format!("W/{tag}"));
    put(&mut answer, header::CACHE_CONTROL, ASK_AGAIN);
    // The same address answers programs in JSON, where there is something.
    put(&mut answer, header::VARY, "accept");
    Some(answer)
}

/// What a build without the app says at `/`.
fn unbuilt() -> Response {
    let text = concat!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>OPBX</title>\n",
        "<p>OPBX ",
        env!("CARGO_PKG_VERSION"),
        " is running, without its web app: <code>cargo xtask web</code> builds it.\n",
        "<p><a href=\"/api/docs\">The API</a> is there.\n",
    );
    let mut answer = text.into_response();
    put(&mut answer, header::CONTENT_TYPE, kinds::PAGE);
    put(&mut answer, header::CACHE_CONTROL, "no-store");
    answer
}

/// The file at this path of the address, in the form that the asker likes best.
fn file(web: &Web, path: &str, headers: &HeaderMap) -> Option<Response> {
    let name = path.strip_prefix('/')?;
    // The page is no file: without its nonce it would not run. Compressed forms have no address of their own.
    if name == PAGE || encodings::is_form(name) {
        return None;
    }
    let plain = web.config.web_app.get(name)?;
    let (encoding, File { bytes, digest }) = encodings::wanted(headers)
        .find_map(|form| Some((Some(form.name), web.config.web_app.get(&format!("{name}{}", form.ending))?)))
        .unwrap_or((None, plain));
    let tag = tag(digest);
    let kind = kinds::of(name);
    let mut answer = if names(headers, &header::IF_NONE_MATCH, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let bytes = match bytes {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => bytes.into(),
        };
        let mut answer = bytes.into_response();
        put(&mut answer, header::CONTENT_TYPE, kind);
        if let Some(encoding) = encoding {
            put(&mut answer, header::CONTENT_ENCODING, encoding);
        }
        if let Some(policy) = policy::of_file(kind) {
            put(&mut answer, header::CONTENT_SECURITY_POLICY, policy);
        }
        answer
    };
    put(&mut answer, header::ETAG, &tag);
    put(&mut answer, header::CACHE_CONTROL, if under(path, ASSETS) { FOR_EVER } else { ASK_AGAIN });
    put(&mut answer, header::VARY, "accept-encoding");
    Some(answer)
}

fn tag(digest: [u8; 32]) -> String {
    let hex: String = digest.iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

fn put(answer: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}
