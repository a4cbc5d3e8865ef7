//! The installation's keys: made on first start, kept in a file that only its owner can read.

use crate::entropy;
use opbx_kernel::seal::{InvalidKey, Keyring, NEXT_KEY};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use zeroize::Zeroizing;

/// How often a running node looks whether its key file is another one.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// After so long, every node that reads a key file has its newest keys.
pub const SPREAD: Duration = Duration::from_secs(3);
/// Keys of one file. Who rotates more often forgets old ones first.
pub const KEYS_MAX: usize = 16;

#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("the key file {0} cannot be used: {1}")]
    Unusable(PathBuf, #[source] io::Error),
    #[error("the key file {0} holds a line that is no key: {1}")]
    Invalid(PathBuf, #[source] InvalidKey),
    #[error(
        "there is no key file {0}, but the database was made with one: put it back, or name it by `keys` \
         in the configuration; without it, secrets cannot be opened"
    )]
    Gone(PathBuf),
    #[error(
        "{0} is there: the keys are being changed by somebody else, or that was interrupted; if nobody does, delete it"
    )]
    Underway(PathBuf),
    #[error(
        "the key file {0} holds {KEYS_MAX} keys: run `opbx keys reseal`, and when it leaves none out, delete its last lines"
    )]
    TooMany(PathBuf),
}

/// Reads the key file; nothing where there is none.
pub fn load(path: &Path) -> Result<Option<Keyring>, KeysError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(KeysError::Unusable(path.to_owned(), error)),
    };
    Keyring::parse(&text).map(Some).map_err(|error| KeysError::Invalid(path.to_owned(), error))
}

/// Keys that were just drawn, and are not kept anywhere yet.
pub struct NewKeys {
    text: Zeroizing<String>,
    ring: Keyring,
}

impl NewKeys {
    pub fn draw() -> Self {
        let key = Zeroizing::new(entropy::bytes());
        let text = format!(
            "# The keys of this OPBX installation: they open its secrets and its callback tokens.\n\
             # Newest first; keep a copy in a safe place, and give every node the same file.\n{}\n",
            *Keyring::key_to_text(&key)
        );
        Self { text: Zeroizing::new(text), ring: Keyring::new(key, Vec::new()) }
    }

    pub fn ring(&self) -> &Keyring {
        &self.ring
    }

    /// Writes the key file; refuses to replace one.
    pub fn keep(&self, path: &Path) -> Result<(), KeysError> {
        let written = private_file(path).and_then(|mut file| {
            file.write_all(self.text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(|error| KeysError::Unusable(path.to_owned(), error))
    }
}

/// Adds a key that opens but does not seal yet; tells whether it did, for one such key is enough.
///
/// With several nodes, every one of them is given the new file before any of them seals with the key.
pub fn prepare(path: &Path) -> Result<bool, KeysError> {
    rewrite(path, |text| {
        if text.lines().any(|line| line.trim_start().starts_with(NEXT_KEY)) {
            return Ok(None);
        }
        if text.lines().filter(|line| is_key(line)).count() >= KEYS_MAX {
            return Err(KeysError::TooMany(path.to_owned()));
        }
        let key = Zeroizing::new(entropy::bytes());
        Ok(Some(Zeroizing::new(format!("{}\n{NEXT_KEY}{}\n", text.trim_end(), *Keyring::key_to_text(&key)))))
    })
}

/// Lets the prepared key seal from now on; all others still open. Tells whether one was prepared.
pub fn promote(path: &Path) -> Result<bool, KeysError> {
    rewrite(path, |text| {
        let Some(next) = text.lines().find_map(|line| line.trim().strip_prefix(NEXT_KEY)) else {
            return Ok(None);
        };
        let mut promoted = Zeroizing::new(String::with_capacity(text.len()));
        let mut placed = false;
        for line in text.lines().filter(|line| !line.trim_start().starts_with(NEXT_KEY)) {
            if is_key(line) && !placed {
                placed = true;
                promoted.extend([next.trim(), "\n"]);
            }
            promoted.extend([line, "\n"]);
        }
        Ok(Some(promoted))
    })
}

fn is_key(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

/// Replaces the key file in one step, and never by one that cannot be read.
fn rewrite(
    path: &Path,
    change: impl FnOnce(&str) -> Result<Option<Zeroizing<String>>, KeysError>,
) -> Result<bool, KeysError> {
    let unusable = |error| KeysError::Unusable(path.to_owned(), error);
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    // Made before the old one is read: whoever makes it is alone.
    let file = private_file(&new).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => KeysError::Underway(new.clone()),
        _ => KeysError::Unusable(new.clone(), error),
    })?;
    let rewritten = (|| {
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(unusable)?);
        let Some(changed) = change(&text)? else { return Ok(false) };
        Keyring::parse(&changed).map_err(|error| KeysError::Invalid(path.to_owned(), error))?;
        write_and_sync(file, &changed).and_then(|()| std::fs::rename(&new, path)).map_err(unusable)?;
        sync_folder(path).map_err(unusable)?;
        Ok(true)
    })();
    if !matches!(rewritten, Ok(true)) {
        // Nothing of it is needed, and the error to tell is the first one.
        let _ = std::fs::remove_file(&new);
    }
    rewritten
}

fn write_and_sync(mut file: File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A new name of a file lasts only when its folder was synced, too.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Gives a running node the keys of its file whenever that changes; a file that cannot be read changes nothing.
pub async fn follow(path: PathBuf, ring: Keyring) {
    let mut look = interval(LOOK_AGAIN);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut known = Zeroizing::new(String::new());
    loop {
        look.tick().await;
        let Ok(text) = tokio::fs::read_to_string(&path).await else { continue };
        let text = Zeroizing::new(text);
        if *text == *known {
            continue;
        }
        match Keyring::parse(&text) {
            Ok(keys) => ring.replace(&keys),
            Err(error) => tracing::error!(%error, "the key file changed, and the keys in use stay"),
        }
        known = text;
    }
}

/// Creates a file that only its owner may read; refuses to replace one.
pub fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_private_and_opens_what_it_sealed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys");
        assert!(load(&path).expect("no fault").is_none());
        let drawn = NewKeys::draw();
        drawn.keep(&path).expect("kept");
        let sealed = drawn.ring().seal([1; 24], b"", b"secret");
        let loaded = load(&path).expect("readable").expect("a ring");
        assert_eq!(loaded.open(b"", &sealed).as_deref(), Ok(&b"secret"[..]));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_key_file_is_never_replaced_and_a_damaged_one_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys");
        std::fs::write(&path, "half a key").expect("written");
        assert!(matches!(load(&path), Err(KeysError::Invalid(..))));
        assert!(NewKeys::draw().keep(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).expect("still there"), "half a key");
    }

    #[test]
    fn a_key_is_prepared_then_promoted_and_the_previous_ones_still_open() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys");
        let drawn = NewKeys::draw();
        drawn.keep(&path).expect("kept");
        let ring = |path| load(path).expect("readable").expect("a ring");
        assert!(!promote(&path).expect("nothing to do"));
        assert!(prepare(&path).expect("prepared") && !prepare(&path).expect("it is there"));
        let before = ring(&path);
        let old = before.seal([1; 24], b"", b"old");
        assert!(drawn.ring().open(b"", &old).is_ok(), "a prepared key does not seal");
        assert!(promote(&path).expect("promoted") && !promote(&path).expect("nothing to do"));
        let after = ring(&path);
        let new = after.seal([1; 24], b"", b"new");
        assert!(drawn.ring().open(b"", &new).is_err() && before.open(b"", &new).is_ok());
        assert!(after.open(b"", &old).is_ok() && !after.sealed_under_newest(&old));
        let text = std::fs::read_to_string(&path).expect("the file");
        assert!(text.starts_with("# The keys of this OPBX"), "the comments stay: {text}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn keys_are_changed_by_one_at_a_time_and_never_grow_without_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys");
        assert!(matches!(prepare(&path), Err(KeysError::Unusable(..))), "there is no file yet");
        NewKeys::draw().keep(&path).expect("kept");
        std::fs::write(folder.path().join("keys.new"), "").expect("somebody is at it");
        let text = std::fs::read_to_string(&path).expect("the file");
        assert!(matches!(prepare(&path), Err(KeysError::Underway(_))));
        assert_eq!(std::fs::read_to_string(&path).expect("the file"), text);
        std::fs::remove_file(folder.path().join("keys.new")).expect("given up");
        for _ in 1..KEYS_MAX {
            assert!(prepare(&path).expect("prepared") && promote(&path).expect("promoted"));
        }
        assert!(matches!(prepare(&path), Err(KeysError::TooMany(_))));
        assert!(!folder.path().join("keys.new").exists(), "nothing is left behind");
    }

    #[tokio::test]
    async fn a_running_node_learns_the_keys_of_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys");
        NewKeys::draw().keep(&path).expect("kept");
        let ring = load(&path).expect("readable").expect("a ring");
        let following = tokio::spawn(follow(path.clone(), ring.clone()));
        prepare(&path).expect("prepared");
        promote(&path).expect("promoted");
        let sealed = load(&path).expect("readable").expect("a ring").seal([1; 24], b"", b"new");
        opbx_testkit::eventually(opbx_testkit::WAIT_MAX, "the new key opens", async || {
            ring.open(b"", &sealed).is_ok()
        })
        .await;
        following.abort();
    }
}
