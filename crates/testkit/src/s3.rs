//! A bucket of a test's own, in the S3-compatible store that `cargo xtask test` starts.

use opbx_app::attachments::BucketConfig;
use opbx_app::entropy;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

const S3_ENV: &str = "OPBX_TEST_S3";

/// A bucket, and a way to look into it that is not the product's.
pub struct TestBucket {
    host: String,
    pub config: BucketConfig,
}

impl TestBucket {
    /// Makes a bucket; none where there is no store, of which `cargo xtask test` has told then.
    pub async fn create() -> Option<Self> {
        let url = std::env::var(S3_ENV).ok().filter(|url| !url.is_empty())?;
        let name = entropy::bytes::<8>().map(|byte| format!("{byte:02x}")).concat();
        let config = BucketConfig {
            name: format!("opbx-{name}"),
            prefix: "one/two".to_owned(),
            endpoint: Some(url.clone()),
            region: Some("us-east-1".to_owned()),
            access_key: Some("a-key".to_owned()),
            secret_key: Some(Zeroizing::new("a-secret".to_owned())),
            path_style: true,
        };
        let host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let bucket = Self { host, config };
        bucket.ask("PUT", "", "").await;
        Some(bucket)
    }

    /// The names of all objects, in order.
    pub async fn keys(&self) -> Vec<String> {
        let listed = self.ask("GET", "?list-type=2", "").await;
        let keys = listed.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
        keys.map(str::to_owned).collect()
    }

    /// Writes an empty object by other hands, with the instant at which it says that it was sent.
    pub async fn put(&self, key: &str, sent_at_us: i64) {
        let header = format!("x-amz-meta-opbx-sent-at: {sent_at_us}\r\n");
        self.ask("PUT", &format!("/{key}"), &header).await;
    }

    pub async fn delete(&self, key: &str) {
        self.ask("DELETE", &format!("/{key}"), "").await;
    }

    async fn ask(&self, method: &str, rest: &str, headers: &str) -> String {
        let (host, name) = (&self.host, &self.config.name);
        // The store of the tests looks whether somebody signs, not at what.
        let signed = "AWS4-HMAC-SHA256 Credential=a-key/20260301/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00";
        let head = format!(
            "{method} /{name}{rest} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {signed}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let mut socket = TcpStream::connect(host).await.expect("the store listens");
        socket.write_all(head.as_bytes()).await.expect("it is sent");
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.expect("an answer");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).unwrap_or_default().to_owned();
        assert!(status.starts_with('2'), "{method} {rest}: {answer}");
        answer
    }
}
