//! Addresses at which browsers play and save files without a header that players cannot send.

use crate::api::{ASK_AGAIN, Access, Api, Operation, Params, Problem, Signed, Takes, V1, ranged};
use crate::{Web, base_url, peer};
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use opbx_app::downloads::{self, DownloadError, LIFETIME_S, Manner};
use opbx_app::models::IrAttachment;
use opbx_app::recordings::SoundError;
use opbx_kernel::RecordId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

const PATH: &str = "/recordings/download";

pub(super) fn declare(api: &mut Api, tag: &'static str) {
    api.get(PATH, "recordings.secure_download", Access::Public, download, |operation| {
        operation
            .about(
                tag,
                "Play or save a file by the token that was made for it; a range where one is asked for",
            )
            .gives_bytes(200, "*/*", "The whole file, in its own media type.")
            .gives_bytes(206, "*/*", "The range.")
            .gives_nothing(304, "The asker has these bytes.")
            .refuses(401)
            .refuses(404)
            .refuses(410);
    });
}

/// What addresses begin with: the installation's own where it is known, else nothing, so that they lie beside the page.
pub(super) struct Base(String);

impl FromRequestParts<Web> for Base {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let Some(socket) = peer::socket(parts) else { return Ok(Self(String::new())) };
        let base = base_url::of(&web.config, None, socket, &parts.headers);
        // What the listener calls itself may be an address that nobody reaches from outside.
        Ok(Self(if base == web.config.listen_url { String::new() } else { base }))
    }
}

impl Takes for Base {
    fn describe(_: &mut Operation) {}
}

impl Base {
    /// An address at which the asker opens an attachment for half an hour.
    pub(super) fn address(&self, web: &Web, asker: &Signed, id: RecordId, manner: Manner) -> String {
        let token = downloads::token(&web.app, asker, id, manner);
        format!("{}{V1}{PATH}?token={token}", self.0)
    }

    pub(super) fn download(&self, web: &Web, asker: &Signed, file: IrAttachment) -> Download {
        let download_url = self.address(web, asker, file.id, Manner::Save);
        Download { download_url, filename: file.name, expires_in: LIFETIME_S }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Download {
    /// Opens for whoever asked, without any header.
    download_url: String,
    filename: String,
    /// Seconds.
    expires_in: i64,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Held {
    token: Option<String>,
}

async fn download(
    State(web): State<Web>,
    Params(held): Params<Held>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let opened = downloads::open(&web.app, held.token.as_deref().unwrap_or_default()).await;
    let (content, manner) = opened.map_err(problem)?;
    ranged(content, &headers, ASK_AGAIN, manner).await
}

/// Of the sound of a call or a message, which the carrier has first.
pub(super) fn unheard(error: SoundError, of: &str) -> Problem {
    let code = error.code();
    match error {
        SoundError::NotHere => {
            let sentence =
                format!("The sound of this {of} is not here. It is fetched from the carrier after the call.");
            Problem::new(StatusCode::NOT_FOUND, sentence).with("code", code.name)
        }
        SoundError::Resource(error) => error.into(),
        SoundError::Attachment(error) => Problem::coded(code, &error),
    }
}

fn problem(error: DownloadError) -> Problem {
    let code = error.code();
    match error {
        DownloadError::Forged => {
            Problem::new(StatusCode::UNAUTHORIZED, "Invalid access token.").with("code", code.name)
        }
        DownloadError::Expired => {
            let sentence = "This address has expired. Ask for another.";
            Problem::new(StatusCode::GONE, sentence).with("code", code.name)
        }
        DownloadError::Session(error) => error.into(),
        DownloadError::Attachment(error) => Problem::coded(code, &error),
    }
}

/// As people read sizes: `1.4 MB`.
pub(super) fn formatted_size(bytes: i64) -> String {
    const UNITS: [&str; 3] = ["KB", "MB", "GB"];
    if bytes < 1_024 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64;
    let mut unit = "B";
    for next in UNITS {
        if size < 1_024.0 {
            break;
        }
        (size, unit) = (size / 1_024.0, next);
    }
    format!("{size:.2} {unit}")
}

/// `MM:SS`.
pub(super) fn formatted_duration(seconds: i64) -> String {
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_lengths_are_told_as_people_read_them() {
        for (bytes, said) in
            [(0, "0 B"), (1_023, "1023 B"), (1_536, "1.50 KB"), (5 << 20, "5.00 MB"), (3 << 30, "3.00 GB")]
        {
            assert_eq!(formatted_size(bytes), said);
        }
        assert_eq!((formatted_duration(5).as_str(), formatted_duration(3_725).as_str()), ("00:05", "62:05"));
    }
}
