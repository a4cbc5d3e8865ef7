//! Objects on local disks.
//!
//! `tenants/<tenant>/<first two digits>/<SHA-256>` holds what is kept, and `leaving/` what the collector takes away.

use super::{ObjectError, hex, is_digest};
use opbx_kernel::{TenantId, Timestamp};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const LEAVING: &str = "leaving";
const TENANTS: &str = "tenants";

pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn open(root: PathBuf) -> io::Result<Self> {
        for folder in [LEAVING, TENANTS] {
            fs::create_dir_all(root.join(folder))?;
        }
        Ok(Self { root })
    }

    pub(super) async fn probe(&self, name: &str, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let path = self.root.join(name);
        tokio::fs::write(&path, bytes).await?;
        let back = tokio::fs::read(&path).await;
        tokio::fs::remove_file(&path).await?;
        back
    }

    pub(super) async fn read(&self, tenant: TenantId, sha256: &str) -> Result<tokio::fs::File, ObjectError> {
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

    /// Removals half done are undone, for they are found again.
    pub(super) fn undo_removals(&self) -> io::Result<()> {
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
        Ok(())
    }

    /// Moves what came in under its name, unless the same bytes are there.
    pub(super) fn keep(
        &self,
        file: &File,
        incoming: &Path,
        tenant: TenantId,
        sha256: &str,
        size: u64,
        now: Timestamp,
    ) -> io::Result<()> {
        let place = self.place(tenant, sha256).expect("a digest was just made");
        let now = SystemTime::from(now);
        if touched(&place, size, now)? {
            return Ok(());
        }
        // The age by which the collector goes is ours to tell, not the file system's.
        file.set_modified(now)?;
        file.sync_all()?;
        let folder = place.parent().expect("an object lies in a folder");
        make_folder(folder)?;
        fs::rename(incoming, &place)?;
        sync(folder)
    }
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
pub(super) fn names(folder: &Path) -> io::Result<Vec<String>> {
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
pub(super) fn is_older(path: &Path, before: Timestamp) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(found) => Ok(found.modified()? < SystemTime::from(before)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn moved(from: &Path, to: &Path) -> io::Result<bool> {
    is_done(fs::rename(from, to))
}

pub(super) fn removed(path: &Path) -> io::Result<bool> {
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
