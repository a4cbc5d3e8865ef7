//! The object store on local disks: bytes under the tenant they belong to, named by their digest.
//!
//! `tenants/<tenant>/<first two digits>/<SHA-256>` holds what is kept, `incoming/` what is still being written, and
//! `leaving/` what the collector takes away. Nothing is ever written under its last name before all of it is on the disk.

use crate::entropy;
use opbx_kernel::{Clock, TenantId, Timestamp};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use tokio::io::AsyncWriteExt as _;

/// The largest object that is taken, in bytes: 100 MiB.
pub const SIZE_MAX: u64 = 100 << 20;

const INCOMING: &str = "incoming";
const LEAVING: &str = "leaving";
const TENANTS: &str = "tenants";
/// Hexadecimal digits of a SHA-256.
const DIGEST_LEN: usize = 64;

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

/// Where the bytes of attachments lie. Cheap to clone.
#[derive(Clone)]
pub struct Objects {
    root: Arc<PathBuf>,
    clock: Arc<dyn Clock>,
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

impl Objects {
    /// Opens the store in a folder, which is made if there is none.
    pub fn open(root: PathBuf, clock: Arc<dyn Clock>) -> io::Result<Self> {
        for folder in [INCOMING, LEAVING, TENANTS] {
            fs::create_dir_all(root.join(folder))?;
        }
        Ok(Self { root: Arc::new(root), clock })
    }

    /// Begins to take bytes for a tenant, `SIZE_MAX` at most.
    pub async fn begin(&self, tenant: TenantId) -> Result<Upload, ObjectError> {
        self.begin_at_most(tenant, SIZE_MAX).await
    }

    /// Like `begin`, for less.
    pub async fn begin_at_most(&self, tenant: TenantId, size_max: u64) -> Result<Upload, ObjectError> {
        let path = self.root.join(INCOMING).join(hex(&entropy::bytes::<16>()));
        let file = tokio::fs::OpenOptions::new().write(true).create_new(true).open(&path).await?;
        let (objects, path) = (self.clone(), Some(path));
        Ok(Upload {
            objects,
            tenant,
            path,
            file,
            hash: Sha256::new(),
            size: 0,
            size_max: size_max.min(SIZE_MAX),
        })
    }

    /// Opens the bytes of a digest in a tenant's part. Rights were looked at before.
    pub(crate) async fn read(&self, tenant: TenantId, sha256: &str) -> Result<tokio::fs::File, ObjectError> {
        let path = self.place(tenant, sha256).ok_or(ObjectError::Missing)?;
        tokio::fs::File::open(path).await.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ObjectError::Missing,
            _ => error.into(),
        })
    }

    /// `None` for what is no digest, and could lead out of the folder.
    fn place(&self, tenant: TenantId, sha256: &str) -> Option<PathBuf> {
        is_digest(sha256).then(|| self.tenant(tenant).join(&sha256[..2]).join(sha256))
    }

    fn tenant(&self, tenant: TenantId) -> PathBuf {
        self.root.join(TENANTS).join(tenant.to_string())
    }

    fn leaving(&self, tenant: TenantId, sha256: &str) -> PathBuf {
        self.root.join(LEAVING).join(format!("{tenant}-{sha256}"))
    }

    /// Up to `limit` digests of a tenant behind `after`, in rising order.
    pub(super) fn digests(
        &self,
        tenant: TenantId,
        after: Option<&str>,
        limit: usize,
    ) -> io::Result<Vec<String>> {
        let after = after.unwrap_or_default();
        let mut found = Vec::new();
        for prefix in 0..=u8::MAX {
            let prefix = hex(&[prefix]);
            if prefix.as_str() < after.get(..2).unwrap_or_default() {
                continue;
            }
            let mut names = names(&self.tenant(tenant).join(prefix))?;
            names.retain(|name| is_digest(name) && name.as_str() > after);
            names.sort_unstable();
            found.append(&mut names);
            if found.len() >= limit {
                found.truncate(limit);
                break;
            }
        }
        Ok(found)
    }

    /// Takes bytes away that nobody has sent, or sent again, since `before`. Tells how many they were.
    ///
    /// They go aside first: whoever sends the same bytes in this moment either has touched them, which is seen here, or
    /// finds them gone and keeps what was sent.
    pub(super) fn remove(
        &self,
        tenant: TenantId,
        sha256: &str,
        before: Timestamp,
    ) -> io::Result<Option<u64>> {
        let Some(place) = self.place(tenant, sha256) else { return Ok(None) };
        if !is_older(&place, before)? {
            return Ok(None);
        }
        let aside = self.leaving(tenant, sha256);
        if !moved(&place, &aside)? {
            return Ok(None);
        }
        if !is_older(&aside, before)? {
            moved(&aside, &place)?;
            return Ok(None);
        }
        let size = fs::metadata(&aside).map_or(0, |found| found.len());
        Ok(removed(&aside)?.then_some(size))
    }

    /// Tidies up after what was killed: uploads that nobody goes on with since `before`, and removals half done, which
    /// are undone, for they are found again. Tells how many uploads they were.
    pub(super) fn tidy(&self, before: Timestamp) -> io::Result<usize> {
        let mut tidied = 0;
        let incoming = self.root.join(INCOMING);
        for name in names(&incoming)? {
            let path = incoming.join(name);
            if is_older(&path, before)? && removed(&path)? {
                tidied += 1;
            }
        }
        let leaving = self.root.join(LEAVING);
        for name in names(&leaving)? {
            let aside = leaving.join(&name);
            let place = name.split_once('-').and_then(|(tenant, sha256)| {
                let tenant = TenantId::new(tenant.parse().ok()?).ok()?;
                self.place(tenant, sha256)
            });
            if let Some(place) = place
                && !place.exists()
            {
                moved(&aside, &place)?;
            } else {
                removed(&aside)?;
            }
        }
        Ok(tidied)
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

    /// Brings the bytes to the disk and under their name. The same bytes of the same tenant are kept once.
    pub async fn keep(mut self) -> Result<Stored, ObjectError> {
        if self.size > self.size_max {
            return Err(ObjectError::TooLarge { max: self.size_max });
        }
        self.file.flush().await?;
        let file = self.file.try_clone().await?.into_std().await;
        let stored = Stored {
            tenant: self.tenant,
            sha256: hex(&std::mem::take(&mut self.hash).finalize()),
            size: self.size,
        };
        let place = self.objects.place(self.tenant, &stored.sha256).expect("a digest was just made");
        let now = SystemTime::from(self.objects.clock.now());
        let incoming = self.path.clone().expect("an upload has its file until it is kept");
        let (to_keep, size) = (incoming.clone(), self.size);
        let keeping = tokio::task::spawn_blocking(move || keep(&file, &to_keep, &place, size, now));
        keeping.await.expect("keeping a file does not panic")?;
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
            let _ = fs::remove_file(path);
        }
    }
}

fn keep(file: &File, incoming: &Path, place: &Path, size: u64, now: SystemTime) -> io::Result<()> {
    if touched(place, size, now)? {
        return Ok(());
    }
    // A write that failed, on a full disk say, may have been passed over by whoever sent the bytes.
    if file.metadata()?.len() != size {
        return Err(io::Error::new(io::ErrorKind::WriteZero, "not all of the bytes reached the disk"));
    }
    // The age by which the collector goes is ours to tell, not the file system's.
    file.set_modified(now)?;
    file.sync_all()?;
    let folder = place.parent().expect("an object lies in a folder");
    make_folder(folder)?;
    fs::rename(incoming, place)?;
    sync(folder)
}

/// Whether the bytes are there already, and young again: the collector leaves young ones alone.
fn touched(place: &Path, size: u64, now: SystemTime) -> io::Result<bool> {
    let file = match File::options().write(true).open(place) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if file.metadata()?.len() != size {
        return Ok(false);
    }
    file.set_modified(now)?;
    // The collector may have moved it between the opening and the touch: then it is as good as gone.
    Ok(place.exists())
}

/// Makes a folder, and the one above it, so that they last.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    for above in folder.ancestors().skip(1).take(2) {
        sync(above)?;
    }
    Ok(())
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The names in a folder; none where there is no folder.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string());
    }
    Ok(names)
}

/// Whether a file was last touched before an instant; false for one that is gone.
fn is_older(path: &Path, before: Timestamp) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(found) => Ok(found.modified()? < SystemTime::from(before)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn moved(from: &Path, to: &Path) -> io::Result<bool> {
    is_done(fs::rename(from, to))
}

fn removed(path: &Path) -> io::Result<bool> {
    is_done(fs::remove_file(path))
}

/// Somebody else may have been first.
fn is_done(done: io::Result<()>) -> io::Result<bool> {
    match done {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
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
