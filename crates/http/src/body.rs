//! Bodies of requests: read before a request takes its turn, so that whoever sends slowly keeps nobody else waiting.

use crate::BODY_BYTES_MAX;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use std::time::Duration;
use tokio::time::timeout;

/// How long a body may take.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// The body did not come in time.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stalled;

/// The body is longer than `BODY_BYTES_MAX`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// The whole body. One that says beforehand that it is too long is not waited for.
pub(crate) async fn whole(body: Body) -> Result<Bytes, TooLong> {
    if says_too_long(&body) {
        return Err(TooLong);
    }
    // The only other failure is a peer that went away, which hears no answer anyway.
    to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| TooLong)
}

/// The request once its body is here. One that is longer than `whole` takes is passed on as it comes.
pub(crate) async fn early(request: Request) -> Result<Request, Stalled> {
    early_within(request, WAIT_MAX).await
}

fn says_too_long(body: &Body) -> bool {
    body.size_hint().lower() > BODY_BYTES_MAX as u64
}

async fn early_within(request: Request, wait_max: Duration) -> Result<Request, Stalled> {
    let (parts, body) = request.into_parts();
    if body.is_end_stream() || says_too_long(&body) {
        return Ok(Request::from_parts(parts, body));
    }
    let mut rest = body.into_data_stream();
    let mut early = Vec::new();
    let mut len = 0;
    let reading = async {
        while len <= BODY_BYTES_MAX
            && let Some(piece) = rest.next().await
        {
            len += piece.as_ref().map_or(0, Bytes::len);
            early.push(piece);
        }
    };
    timeout(wait_max, reading).await.map_err(|_| Stalled)?;
    let body = match &mut early[..] {
        [Ok(whole)] if len <= BODY_BYTES_MAX => Body::from(std::mem::take(whole)),
        _ => Body::from_stream(stream::iter(early).chain(rest)),
    };
    Ok(Request::from_parts(parts, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pieces: Vec<Bytes>) -> Request {
        let pieces = pieces.into_iter().map(Ok::<_, std::io::Error>);
        Request::new(Body::from_stream(stream::iter(pieces)))
    }

    #[tokio::test]
    async fn a_body_arrives_as_it_was_sent() {
        let long = Bytes::from(vec![7; BODY_BYTES_MAX]);
        for pieces in [
            vec![],
            vec![Bytes::from_static(b"{}")],
            vec![Bytes::from_static(b"{"), Bytes::from_static(b"}")],
            vec![long.clone(), Bytes::from_static(b"more"), long],
        ] {
            let whole = pieces.concat();
            let read = early(sent(pieces)).await.expect("it came in time");
            let body = to_bytes(read.into_body(), usize::MAX).await.expect("a body");
            assert!(body == whole, "{} bytes became {}", whole.len(), body.len());
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let begun = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{"))]);
        let stalled = Request::new(Body::from_stream(begun.chain(stream::pending())));
        let refused = early_within(stalled, Duration::from_millis(10)).await.map(drop);
        assert_eq!(refused, Err(Stalled));
    }

    #[tokio::test]
    async fn what_is_too_long_for_one_piece_is_not_waited_for() {
        let length = BODY_BYTES_MAX + 1;
        let upload = Request::new(Body::from(vec![0; length]));
        let read = early_within(upload, Duration::ZERO).await.expect("it is passed on");
        assert_eq!(read.body().size_hint().exact(), Some(length as u64));
        assert_eq!(whole(read.into_body()).await, Err(TooLong));
    }
}
