//! Sounds and other files as browsers play them: whole, or the range that is asked for (RFC 9110, section 14).

use super::Problem;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use opbx_app::attachments::Content;
use std::io::SeekFrom;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

/// What of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Whole,
    /// From this byte, so many.
    Part(u64, u64),
    Nothing,
}

/// Sends a file's bytes, or those that the request's `Range` names. Nobody but the asker's own browser may keep them.
pub(crate) async fn ranged(content: Content, headers: &HeaderMap) -> Result<Response, Problem> {
    let size = u64::try_from(content.attachment.size).unwrap_or(0);
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, start, len) = match range.map_or(Asked::Whole, |range| asked(range, size)) {
        Asked::Whole => (StatusCode::OK, 0, size),
        Asked::Part(start, len) => (StatusCode::PARTIAL_CONTENT, start, len),
        Asked::Nothing => {
            let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "The file is not that long.");
            let mut refusal = problem.into_response();
            refusal.headers_mut().insert(header::CONTENT_RANGE, value(&format!("bytes */{size}")));
            return Ok(refusal);
        }
    };
    let mut file = content.file;
    file.seek(SeekFrom::Start(start)).await.map_err(|error| {
        tracing::error!(%error, "a file cannot be read from its middle");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The file cannot be read now.")
    })?;
    let mut response = Body::from_stream(ReaderStream::new(file.take(len))).into_response();
    *response.status_mut() = status;
    let said = response.headers_mut();
    said.insert(header::CONTENT_TYPE, value(&content.attachment.mimetype));
    said.insert(header::CONTENT_LENGTH, value(&len.to_string()));
    said.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    said.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    said.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if status == StatusCode::PARTIAL_CONTENT {
        let last = start + len - 1;
        said.insert(header::CONTENT_RANGE, value(&format!("bytes {start}-{last}/{size}")));
    }
    Ok(response)
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
}

/// One range; a header that says anything else is as good as none.
fn asked(range: &str, size: u64) -> Asked {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-'))
    else {
        return Asked::Whole;
    };
    match (first.trim().parse::<u64>(), last.trim()) {
        (Ok(first), "") if first < size => Asked::Part(first, size - first),
        (Ok(first), last) => match last.parse::<u64>() {
            Ok(last) if last < first => Asked::Whole,
            Ok(last) if first < size => Asked::Part(first, last.min(size - 1) - first + 1),
            Ok(_) => Asked::Nothing,
            Err(_) if last.is_empty() => Asked::Nothing,
            Err(_) => Asked::Whole,
        },
        (Err(_), last) if first.trim().is_empty() => match last.parse::<u64>() {
            Ok(0) => Asked::Nothing,
            Ok(_) if size == 0 => Asked::Nothing,
            Ok(count) => Asked::Part(size - count.min(size), count.min(size)),
            Err(_) => Asked::Whole,
        },
        (Err(_), _) => Asked::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_its_bytes_and_what_is_no_range_the_whole_file() {
        assert_eq!(asked("bytes=0-", 10), Asked::Part(0, 10));
        assert_eq!(asked("bytes=2-4", 10), Asked::Part(2, 3));
        assert_eq!(asked("bytes=8-99", 10), Asked::Part(8, 2));
        assert_eq!(asked("bytes=-3", 10), Asked::Part(7, 3));
        assert_eq!(asked("bytes=-99", 10), Asked::Part(0, 10));
        for beyond in ["bytes=10-", "bytes=10-12", "bytes=-0"] {
            assert_eq!(asked(beyond, 10), Asked::Nothing, "{beyond}");
        }
        for other in ["bytes=4-2", "bytes=0-1,3-4", "pages=1-2", "bytes=a-b", "bytes"] {
            assert_eq!(asked(other, 10), Asked::Whole, "{other}");
        }
        assert_eq!(asked("bytes=-5", 0), Asked::Nothing);
    }
}
