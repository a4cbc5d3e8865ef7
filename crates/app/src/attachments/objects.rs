//! The object store: bytes under the tenant they belong to, named by their digest, in a folder or in a bucket.
//!
//! What comes in is written to a local file first, because its name follows from all of it. Nothing is ever seen under
//! its last name before all of it is there.

mod bucket;
mod folder;

pub use bucket::BucketConfig;

use crate::entropy;
use bucket::Bucket;
use bytes::Bytes;
use folder::{Folder, is_older, names, removed};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use opbx_kernel::{Clock, TenantId, Timestamp};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::io::{self, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_util::io::ReaderStream;

/// The largest object that is taken, in bytes: 100 MiB.
pub const SIZE_MAX: u64 = 100 << 20;

/// Bytes of a file that are read at once where all of it is wanted.
const WHOLE_READ_LEN: usize = 64 << 10;
const INCOMING: &str = "incoming";
/// Hexadecimal digits of a SHA-256.
const DIGEST_LEN: usize = 64;
/// What `probe` writes and reads back, beside every tenant's part.
const PROBE: &[u8] = b"OPBX looks whether objects can be kept here.\n";

/// Why bytes cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    #[error("more than {max} bytes were sent")]
    TooLarge { max: u64 },
    #[error("the bytes are not in the store any more")]
    Missing,
    #[error("the object store cannot be used: {0}")]
    Unusable(#[from] io::Error),
}

/// Bytes as they come.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// Where the bytes of attachments lie. Cheap to clone.
#[derive(Clone)]
pub struct Objects {
    place: Place,
    /// Where what comes in is written first.
    incoming: Arc<PathBuf>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone)]
enum Place {
    Folder(Arc<Folder>),
    Bucket(Arc<Bucket>),
}

/// Bytes on their way in. Dropped before `keep`, they leave nothing behind.
pub struct Upload {
    objects: Objects,
    tenant: TenantId,
    path: Option<PathBuf>,
    file: tokio::fs::File,
    hash: Sha256,
    size: u64,
    size_max: u64,
}

/// Bytes that are kept. Only whoever sent them has one: nobody attaches by a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub(super) tenant: TenantId,
    pub(super) sha256: String,
    pub(super) size: u64,
}

impl Stored {
    /// In bytes.
    pub fn size(&self) -> u64 {
        self.size
    }
}

/// Bytes that are about to be read.
pub(crate) struct Object(Source);

enum Source {
    File(tokio::fs::File),
    Bucket(Arc<Bucket>, TenantId, String),
}

impl Objects {
    /// Opens the store in a folder, which is made if there is none.
    pub fn open(root: PathBuf, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let incoming = Arc::new(root.join(INCOMING));
        std::fs::create_dir_all(incoming.as_ref())?;
        let place = Place::Folder(Arc::new(Folder::open(root)?));
        Ok(Self { place, incoming, clock })
    }

    /// Opens the store in a bucket; what comes in is written to a folder of this machine first. Nobody is asked yet
    /// whether the bucket is there: that is for `probe`.
    pub fn bucket(
        folder: &std::path::Path,
        config: &BucketConfig,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let incoming = Arc::new(folder.join(INCOMING));
        std::fs::create_dir_all(incoming.as_ref())?;
        let place = Place::Bucket(Arc::new(Bucket::open(config)?));
        Ok(Self { place, incoming, clock })
    }

    /// Writes a few bytes and reads them back; the error says what is wrong, for whoever runs the installation.
    pub async fn probe(&self) -> Result<(), String> {
        let name = format!("probe-{}", hex(&entropy::bytes::<8>()));
        let back = match &self.place {
            Place::Folder(folder) => folder.probe(&name, PROBE).await.map_err(|error| error.to_string())?,
            Place::Bucket(bucket) => bucket.probe(&name, PROBE).await?,
        };
        if back == PROBE { Ok(()) } else { Err("other bytes came back than were written".to_owned()) }
    }

    /// Begins to take bytes for a tenant, `SIZE_MAX` at most.
    pub async fn begin(&self, tenant: TenantId) -> Result<Upload, ObjectError> {
        self.begin_at_most(tenant, SIZE_MAX).await
    }

    /// Like `begin`, for less.
    pub async fn begin_at_most(&self, tenant: TenantId, size_max: u64) -> Result<Upload, ObjectError> {
        let path = self.incoming.join(hex(&entropy::bytes::<16>()));
        let mut options = tokio::fs::OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).open(&path).await?;
        let (objects, path) = (self.clone(), Some(path));
        let size_max = size_max.min(SIZE_MAX);
        Ok(Upload { objects, tenant, path, file, hash: Sha256::new(), size: 0, size_max })
    }

    /// Opens the bytes of a digest in a tenant's part. Rights were looked at before.
    pub(crate) async fn read(&self, tenant: TenantId, sha256: &str) -> Result<Object, ObjectError> {
        if !is_digest(sha256) {
            return Err(ObjectError::Missing);
        }
        Ok(Object(match &self.place {
            Place::Folder(folder) => Source::File(folder.read(tenant, sha256).await?),
            Place::Bucket(bucket) => Source::Bucket(bucket.clone(), tenant, sha256.to_owned()),
        }))
    }

    /// Up to `limit` digests of a tenant behind `after`, in rising order.
    pub(super) async fn digests(
        &self,
        tenant: TenantId,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<String>, ObjectError> {
        match &self.place {
            Place::Folder(folder) => {
                let folder = folder.clone();
                blocking(move || folder.digests(tenant, after.as_deref(), limit)).await
            }
            Place::Bucket(bucket) => bucket.digests(tenant, after.as_deref(), limit).await,
        }
    }

    /// Takes bytes away that nobody has sent, or sent again, since `before`. Tells how many they were.
    pub(super) async fn remove(
        &self,
        tenant: TenantId,
        sha256: &str,
        before: Timestamp,
    ) -> Result<Option<u64>, ObjectError> {
        match &self.place {
            Place::Folder(folder) => {
                let (folder, sha256) = (folder.clone(), sha256.to_owned());
                blocking(move || folder.remove(tenant, &sha256, before)).await
            }
            Place::Bucket(bucket) => bucket.remove(tenant, sha256, before, self.clock.now()).await,
        }
    }

    /// Tidies up after what was killed: uploads that nobody goes on with since `before`, and removals half done. Tells
    /// how many uploads they were.
    pub(super) async fn tidy(&self, before: Timestamp) -> Result<usize, ObjectError> {
        let incoming = self.incoming.clone();
        let uploads = blocking(move || {
            let mut tidied = 0;
            for name in names(&incoming)? {
                let path = incoming.join(name);
                if is_older(&path, before)? && removed(&path)? {
                    tidied += 1;
                }
            }
            Ok(tidied)
        });
        let uploads = uploads.await?;
        match &self.place {
            Place::Folder(folder) => {
                let folder = folder.clone();
                blocking(move || folder.undo_removals()).await?;
            }
            Place::Bucket(bucket) => bucket.forget_removals(before).await?,
        }
        Ok(uploads)
    }
}

impl Upload {
    /// Takes more bytes; refuses, and forgets all, once they are too many.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), ObjectError> {
        self.size += bytes.len() as u64;
        if self.size > self.size_max {
            return Err(ObjectError::TooLarge { max: self.size_max });
        }
        self.hash.update(bytes);
        Ok(self.file.write_all(bytes).await?)
    }

    /// What came so far, from its first byte on, at most so many: for whoever judges it before it is kept.
    pub async fn beginning(&mut self, bytes_max: u64) -> Result<Vec<u8>, ObjectError> {
        self.file.flush().await?;
        self.file.seek(SeekFrom::Start(0)).await?;
        let mut bytes = Vec::new();
        (&mut self.file).take(bytes_max).read_to_end(&mut bytes).await?;
        self.file.seek(SeekFrom::End(0)).await?;
        Ok(bytes)
    }

    /// Brings the bytes to where they stay, under their name. The same bytes of the same tenant are kept once.
    pub async fn keep(mut self) -> Result<Stored, ObjectError> {
        if self.size > self.size_max {
            return Err(ObjectError::TooLarge { max: self.size_max });
        }
        self.file.flush().await?;
        let stored = Stored {
            tenant: self.tenant,
            sha256: hex(&std::mem::take(&mut self.hash).finalize()),
            size: self.size,
        };
        let (tenant, now) = (self.tenant, self.objects.clock.now());
        let incoming = self.path.clone().expect("an upload has its file until it is kept");
        // A write that failed, on a full disk say, may have been passed over by whoever sent the bytes.
        if self.file.metadata().await?.len() != self.size {
            let said = "not all of the bytes reached the disk";
            return Err(io::Error::new(io::ErrorKind::WriteZero, said).into());
        }
        match &self.objects.place {
            Place::Folder(folder) => {
                let file = self.file.try_clone().await?.into_std().await;
                let (folder, sha256, path) = (folder.clone(), stored.sha256.clone(), incoming.clone());
                let size = self.size;
                blocking(move || folder.keep(&file, &path, tenant, &sha256, size, now)).await?;
            }
            Place::Bucket(bucket) => bucket.keep(&incoming, tenant, &stored, now).await?,
        }
        // Moved, or the same bytes were there and this copy goes.
        self.path = None;
        removed(&incoming)?;
        Ok(stored)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // One that stays is found by the collector.
        if let Some(path) = self.path.take() {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Object {
    /// All bytes.
    pub(crate) async fn whole(self) -> Result<ByteStream, ObjectError> {
        match self.0 {
            Source::File(file) => Ok(ReaderStream::with_capacity(file, WHOLE_READ_LEN).boxed()),
            Source::Bucket(bucket, tenant, sha256) => bucket.stream(tenant, &sha256, None).await,
        }
    }

    /// The bytes of a range, which lies within them.
    pub(super) async fn stream(self, range: Range<u64>) -> Result<ByteStream, ObjectError> {
        match self.0 {
            Source::File(mut file) => {
                file.seek(SeekFrom::Start(range.start)).await?;
                Ok(ReaderStream::new(file.take(range.end.saturating_sub(range.start))).boxed())
            }
            Source::Bucket(bucket, tenant, sha256) => bucket.stream(tenant, &sha256, Some(range)).await,
        }
    }
}

/// Looks at files where nobody waits for it.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, ObjectError> {
    let done = tokio::task::spawn_blocking(work).await.expect("looking at files does not panic");
    Ok(done?)
}

fn is_digest(text: &str) -> bool {
    text.len() == DIGEST_LEN && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
