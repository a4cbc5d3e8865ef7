//! Whose webhook it is: by a signature, by the key of requests, or by a secret in the path. No database is read.

use super::HookError;
use crate::app::App;
use crate::plans::Line;
use crate::voice;
use opbx_kernel::Timestamp;
use opbx_kernel::seal::digest;
use std::sync::Arc;

/// The longest secret that is looked at, in bytes.
const SECRET_LEN_MAX: usize = 512;
/// Tenants whose secret a signature is tried with: those that claim the domain that it names.
const CLAIMANTS_MAX: usize = 8;

/// How a webhook proved whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    Signature,
    Bearer,
    Path,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Bearer => "bearer",
            Self::Path => "path",
        }
    }
}

/// What a webhook brings to prove itself. Any one of them is enough.
#[derive(Clone, Copy, Default)]
pub struct Credentials<'a> {
    /// The last part of the path.
    pub path: Option<&'a str>,
    pub bearer: Option<&'a str>,
    /// HMAC-SHA256 of the body, in hexadecimal.
    pub signature: Option<&'a str>,
    pub body: &'a [u8],
}

/// Finds the tenant that a webhook proves to be of, and by what.
///
/// Secrets are looked up by their digests and signatures compared in constant time, so that the time this takes tells
/// nothing of any secret. `domains` says whose secret may have made the signature, and who of several
/// with one key is meant; it proves nothing.
pub fn authenticate(
    app: &App,
    given: &Credentials<'_>,
    domains: &[&str],
) -> Result<(Arc<Line>, Method), HookError> {
    let found = by_secret(app, given, domains)
        .or_else(|| Some((by_signature(app, given, domains)?, Method::Signature)));
    let (line, method) = found.ok_or(HookError::Unauthenticated)?;
    if line.is_active() { Ok((line, method)) } else { Err(HookError::Inactive) }
}

/// The tenant that a webhook proves to be of before its body is read, as long as it is not asked whether it is active.
pub fn known_beforehand(app: &App, given: &Credentials<'_>) -> Option<Arc<Line>> {
    by_secret(app, given, &[]).map(|(line, _)| line)
}

fn by_secret(app: &App, given: &Credentials<'_>, domains: &[&str]) -> Option<(Arc<Line>, Method)> {
    let of_bearer = || voice::line_at(app, short(given.bearer)?, domains).ok();
    by_path(app, given.path).map(|line| (line, Method::Path)).or_else(|| Some((of_bearer()?, Method::Bearer)))
}

fn by_path(app: &App, path: Option<&str>) -> Option<Arc<Line>> {
    let path = digest(&[short(path)?.as_bytes()]);
    let directory = app.plans().directory();
    let line = directory.by_hook_path(&path)?;
    line.settings.hooks.opens(&path, app.clock().now()).then(|| line.clone())
}

fn by_signature(app: &App, given: &Credentials<'_>, domains: &[&str]) -> Option<Arc<Line>> {
    let signature = short(given.signature)?;
    let directory = app.plans().directory();
    let claimants = domains.iter().flat_map(|domain| directory.by_domain(domain)).take(CLAIMANTS_MAX);
    // All of them are tried, whatever an earlier one says.
    let mut signed = None;
    for line in claimants {
        if line.settings.hooks.signed(given.body, signature) {
            signed = Some(line.clone());
        }
    }
    signed
}

fn short(secret: Option<&str>) -> Option<&str> {
    secret.filter(|secret| !secret.is_empty() && secret.len() <= SECRET_LEN_MAX)
}

/// Refuses a webhook that names a domain other than its tenant's, by name or UUID. One that names none is taken.
pub fn check_domains(line: &Line, domains: &[&str]) -> Result<(), HookError> {
    let foreign = domains.iter().any(|domain| voice::is_foreign(line, domain));
    if foreign { Err(HookError::ForeignDomain) } else { Ok(()) }
}

/// Refuses a webhook whose own time lies outside the tenant's window, where it sets one.
pub fn check_time(app: &App, line: &Line, at: Option<Timestamp>) -> Result<(), HookError> {
    let Some((window_s, at)) = line.settings.hook_window_s.zip(at) else { return Ok(()) };
    let apart = app.clock().now().duration_since(at).abs();
    if apart.as_secs() <= window_s { Ok(()) } else { Err(HookError::OutOfTime) }
}
