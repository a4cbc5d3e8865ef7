//! Whether this node can do its work: its database, its journal, its disk, and what nodes share.

use crate::app::App;
use jiff::SignedDuration;
use opbx_kernel::Timestamp;
use std::io;
use std::path::Path;

/// With less room than this for the journal, calls are another node's.
pub const FREE_BYTES_MIN: u64 = 64 << 20;

/// How old a look may be that is told to whoever asks.
const LATELY: SignedDuration = SignedDuration::from_secs(1);

/// When a node last looked after itself, and what it found. Whoever looks holds it, so that all others wait for one look.
pub(crate) type LastLook = tokio::sync::Mutex<Option<(Timestamp, Health)>>;

/// What was found. Says nothing of where things lie: it is told to whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    pub database: bool,
    /// Whether the folder of the journal takes files.
    pub journal: bool,
    /// `None` where it is not told.
    pub free_bytes: Option<u64>,
    /// Whether Redis answers, where there is one. Calls are routed without it.
    pub shared: bool,
}

impl Health {
    pub fn has_room(&self) -> bool {
        self.free_bytes.is_none_or(|free| free >= FREE_BYTES_MIN)
    }

    /// Whether calls can be routed here.
    pub fn is_ready(&self) -> bool {
        self.database && self.journal && self.has_room()
    }

    /// Why they cannot, each in a sentence.
    pub fn reasons(&self) -> Vec<String> {
        let room = format!("less than {} MiB are left on the disk of the journal", FREE_BYTES_MIN >> 20);
        let all = [
            (self.database, "the database does not answer".to_owned()),
            (self.journal, "the journal cannot be written".to_owned()),
            (self.has_room(), room),
        ];
        all.into_iter().filter(|(is_well, _)| !is_well).map(|(_, reason)| reason).collect()
    }
}

impl App {
    /// Looks at everything that this node needs.
    pub async fn look_after_itself(&self) -> Health {
        let journal = self.journal().clone();
        let on_disk = tokio::task::spawn_blocking(move || {
            let written = journal.try_to_write();
            if let Err(error) = &written {
                tracing::warn!(%error, "the journal's folder cannot be written");
            }
            (written.is_ok(), free_bytes(journal.folder()).ok())
        });
        let (database, on_disk, shared) =
            tokio::join!(self.database_answers(), on_disk, self.cluster().health());
        let (journal, free_bytes) = on_disk.unwrap_or((false, None));
        Health { database, journal, free_bytes, shared: shared.ok }
    }

    /// As `look_after_itself`, of a moment ago at most: for those who may ask as often as they like.
    pub async fn looked_after_itself(&self) -> Health {
        let mut last = self.last_look().lock().await;
        let now = self.clock().now();
        let is_lately = |at: Timestamp| now.duration_since(at).abs() < LATELY;
        match &*last {
            Some((at, health)) if is_lately(*at) => health.clone(),
            _ => {
                let health = self.look_after_itself().await;
                *last = Some((now, health.clone()));
                health
            }
        }
    }
}

/// The room on a folder's disk for whoever is no superuser.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WELL: Health =
        Health { database: true, journal: true, free_bytes: Some(FREE_BYTES_MIN), shared: true };

    #[test]
    fn each_thing_that_calls_need_makes_a_node_unready_with_its_reason() {
        assert!(WELL.is_ready() && WELL.reasons().is_empty());
        let without_redis = Health { shared: false, ..WELL };
        assert!(
            without_redis.is_ready() && without_redis.reasons().is_empty(),
            "calls are routed without it"
        );
        let faults = [
            (Health { database: false, ..WELL }, "database"),
            (Health { journal: false, ..WELL }, "journal cannot"),
            (Health { free_bytes: Some(FREE_BYTES_MIN - 1), ..WELL }, "64 MiB"),
        ];
        for (health, word) in faults {
            let reasons = health.reasons();
            assert!(!health.is_ready() && reasons.len() == 1 && reasons[0].contains(word), "{reasons:?}");
        }
        assert!(Health { free_bytes: None, ..WELL }.is_ready(), "what is not told is no fault");
    }

    #[test]
    fn the_room_of_a_disk_is_told_and_of_no_folder_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(free_bytes(folder.path()).expect("a disk") > 0);
        assert!(free_bytes(&folder.path().join("nothing")).is_err());
    }
}
