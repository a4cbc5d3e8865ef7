//! Sounds and other files as browsers play and save them: whole, or the range that is asked for (RFC 9110, sections 13
//! and 14).

use super::Problem;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use opbx_app::attachments::{Content, ObjectError};
use opbx_app::downloads::Manner;

/// Nobody but the asker's own browser keeps the bytes, and asks each time whether they are still for it.
pub(crate) const ASK_AGAIN: &str = "private, no-cache";

/// What of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Whole,
    /// From this byte, so many.
    Part(u64, u64),
    Nothing,
}

/// Sends a file's bytes, or those that the request's `Range` names; none where the asker has them (`If-None-Match`).
pub(crate) async fn ranged(
    content: Content,
    headers: &HeaderMap,
    cache: &str,
    manner: Manner,
) -> Result<Response, Problem> {
    let (size, tag) = (content.size(), format!("\"{}\"", content.attachment.sha256));
    if names(headers, &header::IF_NONE_MATCH, &tag) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        response.headers_mut().insert(header::ETAG, value(&tag));
        response.headers_mut().insert(header::CACHE_CONTROL, value(cache));
        return Ok(response);
    }
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    // A part of other bytes than those the asker has would make no whole. A date proves less than a tag does.
    let range =
        range.filter(|_| !headers.contains_key(header::IF_RANGE) || names(headers, &header::IF_RANGE, &tag));
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
    let (mimetype, name) = (content.attachment.mimetype.clone(), content.attachment.name.clone());
    let stream = content.stream(start..start + len).await.map_err(|error| unreadable(&error))?;
    let mut response = Body::from_stream(stream).into_response();
    *response.status_mut() = status;
    let said = response.headers_mut();
    said.insert(header::CONTENT_TYPE, value(&mimetype));
    said.insert(header::CONTENT_LENGTH, value(&len.to_string()));
    said.insert(header::CONTENT_DISPOSITION, disposition(&name, &mimetype, manner));
    said.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    said.insert(header::ETAG, value(&tag));
    said.insert(header::CACHE_CONTROL, value(cache));
    said.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if status == StatusCode::PARTIAL_CONTENT {
        let last = start + len - 1;
        said.insert(header::CONTENT_RANGE, value(&format!("bytes {start}-{last}/{size}")));
    }
    Ok(response)
}

fn unreadable(error: &ObjectError) -> Problem {
    tracing::error!(%error, "a file cannot be read");
    match error {
        ObjectError::Missing => Problem::new(StatusCode::NOT_FOUND, "The bytes of this file are gone."),
        _ => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The file cannot be read now."),
    }
}

/// Whether a header names a tag, or any.
pub(crate) fn names(headers: &HeaderMap, name: &HeaderName, tag: &str) -> bool {
    let texts = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.trim_start_matches("W/") == tag
    })
}

/// RFC 6266. Only sounds are ever shown in a page: whatever else a tenant's people attach is saved.
fn disposition(name: &str, mimetype: &str, manner: Manner) -> HeaderValue {
    let is_shown = manner == Manner::Inline && mimetype.starts_with("audio/");
    let word = if is_shown { "inline" } else { "attachment" };
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' })
        .collect();
    let exact: String = name.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    });
    value(&format!("{word}; filename=\"{plain}\"; filename*=UTF-8''{exact}"))
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

    #[test]
    fn a_file_keeps_its_name_whatever_letters_it_has_and_only_sounds_are_shown() {
        let said = |name: &str, mimetype: &str, manner| {
            disposition(name, mimetype, manner).to_str().expect("ASCII").to_owned()
        };
        assert_eq!(
            said("Grüße \"1\".mp3", "audio/mpeg", Manner::Inline),
            "inline; filename=\"Gr__e _1_.mp3\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.mp3"
        );
        assert!(said("a.mp3", "audio/mpeg", Manner::Save).starts_with("attachment; "));
        assert!(said("a.html", "text/html", Manner::Inline).starts_with("attachment; "));
        assert!(!said("a\r\nX: y", "text/plain", Manner::Save).contains('\n'));
    }
}
