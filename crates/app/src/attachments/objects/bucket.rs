//! Objects in a bucket of an S3-compatible store.
//!
//! `tenants/<tenant>/<first two digits>/<SHA-256>` holds what is kept, with the instant at which it was last sent beside
//! it; `leaving/<tenant>-<SHA-256>` says that the collector takes these bytes away at this moment.

use super::{ByteStream, ObjectError, Stored, is_digest};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::SignedDuration;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, ClientOptions, Error, GetOptions, GetRange, ObjectStore as _, ObjectStoreExt as _,
    PutMultipartOptions, PutOptions, RetryConfig,
};
use opbx_kernel::{TenantId, Timestamp};
use std::io;
use std::ops::Range;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use zeroize::Zeroizing;

/// Of our clock, in microseconds: the age by which the collector goes is ours to tell, not the store's.
const SENT_AT: &str = "opbx-sent-at";
/// Sent in one piece up to this size, and in pieces of it beyond.
const PIECE_LEN: usize = 8 << 20;
/// One request, from its beginning to its last byte.
const REQUEST_MAX: Duration = Duration::from_secs(120);
const CONNECT_MAX: Duration = Duration::from_secs(5);
const RETRIES_MAX: usize = 3;
/// All tries of one request together.
const RETRYING_MAX: Duration = Duration::from_secs(60);
/// Bytes this young are not sent again: the collector leaves them alone for as long once more.
const YOUNG: SignedDuration = SignedDuration::from_hours(12);
/// How often bytes are sent that the collector takes away meanwhile.
const KEEP_TRIES_MAX: usize = 20;
const KEEP_PAUSE: Duration = Duration::from_millis(500);
/// A removal that began longer ago than this was killed.
const REMOVAL_MAX: SignedDuration = SignedDuration::from_mins(10);
/// Removals half done that one tidying looks at.
const REMOVALS_MAX: usize = 1_000;

/// Where the bucket is, and what opens it.
#[derive(Clone, Default)]
pub struct BucketConfig {
    pub name: String,
    /// What all names in the bucket begin with; empty is the whole bucket.
    pub prefix: String,
    /// None: Amazon's own, of the region.
    pub endpoint: Option<String>,
    pub region: Option<String>,
    /// None: what the environment gives programs on Amazon's machines (`AWS_…`, the machine's role).
    pub access_key: Option<String>,
    pub secret_key: Option<Zeroizing<String>>,
    /// Whether the bucket's name stands in the path, as most stores other than Amazon's want it.
    pub path_style: bool,
}

pub(super) struct Bucket {
    store: AmazonS3,
    prefix: String,
}

/// What is known of an object without reading it.
struct Seen {
    size: u64,
    sent_at: Timestamp,
}

impl Bucket {
    pub(super) fn open(config: &BucketConfig) -> io::Result<Self> {
        let mut options = ClientOptions::new().with_timeout(REQUEST_MAX).with_connect_timeout(CONNECT_MAX);
        let mut builder = match (&config.access_key, &config.secret_key) {
            (Some(id), Some(secret)) => {
                AmazonS3Builder::new().with_access_key_id(id).with_secret_access_key(secret.as_str())
            }
            _ => AmazonS3Builder::from_env(),
        };
        if let Some(endpoint) = &config.endpoint {
            options = options.with_allow_http(endpoint.starts_with("http://"));
            builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
        }
        if let Some(region) = &config.region {
            builder = builder.with_region(region);
        }
        let retry =
            RetryConfig { max_retries: RETRIES_MAX, retry_timeout: RETRYING_MAX, ..RetryConfig::default() };
        let store = builder
            .with_bucket_name(&config.name)
            .with_virtual_hosted_style_request(!config.path_style)
            .with_client_options(options)
            .with_retry(retry)
            .build()
            .map_err(|error| io::Error::other(error.to_string()))?;
        let prefix = match config.prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        Ok(Self { store, prefix })
    }

    pub(super) async fn probe(&self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let path = Path::from(format!("{}{name}", self.prefix));
        let told = |error: Error| error.to_string();
        self.store.put(&path, Bytes::copy_from_slice(bytes).into()).await.map_err(told)?;
        let back = self.store.get(&path).await.map_err(told)?.bytes().await.map_err(told)?;
        self.store.delete(&path).await.map_err(told)?;
        Ok(back.to_vec())
    }

    fn folder(&self, tenant: TenantId) -> Path {
        Path::from(format!("{}tenants/{tenant}", self.prefix))
    }

    fn place(&self, tenant: TenantId, sha256: &str) -> Path {
        let begin = sha256.get(..2).unwrap_or(sha256);
        Path::from(format!("{}tenants/{tenant}/{begin}/{sha256}", self.prefix))
    }

    fn leaving(&self, tenant: TenantId, sha256: &str) -> Path {
        Path::from(format!("{}leaving/{tenant}-{sha256}", self.prefix))
    }

    /// The bytes of a range, or all of them.
    pub(super) async fn stream(
        &self,
        tenant: TenantId,
        sha256: &str,
        range: Option<Range<u64>>,
    ) -> Result<ByteStream, ObjectError> {
        let place = self.place(tenant, sha256);
        // No range of HTTP is empty.
        if range.as_ref().is_some_and(Range::is_empty) {
            self.seen(&place).await?.ok_or(ObjectError::Missing)?;
            return Ok(futures::stream::empty().boxed());
        }
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        match self.store.get_opts(&place, options).await {
            Ok(found) => Ok(found.into_stream().map_err(io::Error::other).boxed()),
            Err(Error::NotFound { .. }) => Err(ObjectError::Missing),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn seen(&self, place: &Path) -> Result<Option<Seen>, ObjectError> {
        let options = GetOptions { head: true, ..GetOptions::default() };
        let found = match self.store.get_opts(place, options).await {
            Ok(found) => found,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(failed(&error)),
        };
        let said = found.attributes.get(&Attribute::Metadata(SENT_AT.into()));
        let sent_at = said
            .and_then(|said| Timestamp::from_microsecond(said.as_ref().parse().ok()?).ok())
            // Brought there by other hands: then it is as old as the store says.
            .or_else(|| Timestamp::from_second(found.meta.last_modified.timestamp()).ok())
            .unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(Some(Seen { size: found.meta.size, sent_at }))
    }

    pub(super) async fn digests(
        &self,
        tenant: TenantId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, ObjectError> {
        let folder = self.folder(tenant);
        let mut listed = match after {
            Some(after) => self.store.list_with_offset(Some(&folder), &self.place(tenant, after)),
            None => self.store.list(Some(&folder)),
        };
        let mut found = Vec::new();
        while found.len() < limit
            && let Some(object) = listed.try_next().await.map_err(|error| failed(&error))?
        {
            found.extend(object.location.filename().filter(|name| is_digest(name)).map(str::to_owned));
        }
        Ok(found)
    }

    /// Says first that the bytes are leaving, and looks at their age after it: whoever sends the same bytes looks in the
    /// other order, so that one of the two sees the other.
    pub(super) async fn remove(
        &self,
        tenant: TenantId,
        sha256: &str,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<Option<u64>, ObjectError> {
        let place = self.place(tenant, sha256);
        let is_old = |seen: &Seen| seen.sent_at < before;
        if self.seen(&place).await?.filter(is_old).is_none() {
            return Ok(None);
        }
        let leaving = self.leaving(tenant, sha256);
        let options = PutOptions { attributes: sent_at(now), ..PutOptions::default() };
        let marked = self.store.put_opts(&leaving, Bytes::new().into(), options).await;
        marked.map_err(|error| failed(&error))?;
        let taken = match self.seen(&place).await?.filter(is_old) {
            Some(seen) => {
                self.store.delete(&place).await.map_err(|error| failed(&error))?;
                Some(seen.size)
            }
            None => None,
        };
        self.store.delete(&leaving).await.map_err(|error| failed(&error))?;
        Ok(taken)
    }

    pub(super) async fn forget_removals(&self, before: Timestamp) -> Result<(), ObjectError> {
        let folder = Path::from(format!("{}leaving", self.prefix));
        let listed = self.store.list(Some(&folder)).take(REMOVALS_MAX);
        let listed: Vec<_> = listed.try_collect().await.map_err(|error| failed(&error))?;
        for object in listed {
            if self.seen(&object.location).await?.is_some_and(|seen| seen.sent_at < before) {
                self.store.delete(&object.location).await.map_err(|error| failed(&error))?;
            }
        }
        Ok(())
    }

    /// Sends what came in, unless the same bytes are there and young.
    pub(super) async fn keep(
        &self,
        incoming: &std::path::Path,
        tenant: TenantId,
        stored: &Stored,
        now: Timestamp,
    ) -> Result<(), ObjectError> {
        let place = self.place(tenant, &stored.sha256);
        let leaving = self.leaving(tenant, &stored.sha256);
        let is_there = |seen: &Seen| seen.size == stored.size && seen.sent_at > now - YOUNG;
        if self.seen(&place).await?.as_ref().is_some_and(is_there) {
            return Ok(());
        }
        for _ in 0..KEEP_TRIES_MAX {
            self.send(incoming, &place, stored.size, now).await?;
            let is_leaving = self.seen(&leaving).await?.is_some_and(|seen| seen.sent_at > now - REMOVAL_MAX);
            if is_leaving {
                tokio::time::sleep(KEEP_PAUSE).await;
                continue;
            }
            // A removal that is over may have taken what was just sent.
            if self.seen(&place).await?.as_ref().is_some_and(is_there) {
                return Ok(());
            }
        }
        Err(io::Error::other("the same bytes are taken away at this moment").into())
    }

    async fn send(
        &self,
        incoming: &std::path::Path,
        place: &Path,
        size: u64,
        now: Timestamp,
    ) -> Result<(), ObjectError> {
        let attributes = sent_at(now);
        if size <= PIECE_LEN as u64 {
            let bytes = Bytes::from(tokio::fs::read(incoming).await?);
            let options = PutOptions { attributes, ..PutOptions::default() };
            let sent = self.store.put_opts(place, bytes.into(), options).await;
            return sent.map(drop).map_err(|error| failed(&error));
        }
        let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
        let mut upload =
            self.store.put_multipart_opts(place, options).await.map_err(|error| failed(&error))?;
        let mut file = tokio::fs::File::open(incoming).await?;
        // Ends with the file, which is of bounded length.
        loop {
            let mut piece = Vec::with_capacity(PIECE_LEN);
            (&mut file).take(PIECE_LEN as u64).read_to_end(&mut piece).await?;
            if piece.is_empty() {
                break;
            }
            if let Err(error) = upload.put_part(Bytes::from(piece).into()).await {
                // The store's own rule for uploads that nobody goes on with does it otherwise.
                let _ = upload.abort().await;
                return Err(failed(&error));
            }
        }
        upload.complete().await.map(drop).map_err(|error| failed(&error))
    }
}

fn sent_at(now: Timestamp) -> Attributes {
    [(Attribute::Metadata(SENT_AT.into()), now.as_microsecond().to_string())].into_iter().collect()
}

/// What the store says is for the operator: it names hosts and buckets, and may come before tenants' eyes as the reason
/// of a recording that could not be kept.
fn failed(error: &Error) -> ObjectError {
    tracing::warn!(%error, "the bucket of objects does not answer as it should");
    io::Error::other("the bucket does not answer as it should").into()
}
