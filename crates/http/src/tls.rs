//! What differs for requests that came over TLS: HTTP/2 says some things in another way, and browsers are told to stay.

use crate::rails::HSTS;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;

/// The routes as the TLS listener serves them.
pub fn over_tls(routes: Router) -> Router {
    routes.layer(from_fn(arrived))
}

async fn arrived(mut request: Request, next: Next) -> Response {
    // HTTP/2 names the host beside the path, and everything here looks for it in the header.
    if !request.headers().contains_key(header::HOST)
        && let Some(authority) = request.uri().authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        request.headers_mut().insert(header::HOST, host);
    }
    let mut response = next.run(request).await;
    let hsts = HeaderValue::from_static(HSTS);
    response.headers_mut().entry(header::STRICT_TRANSPORT_SECURITY).or_insert(hsts);
    response
}
