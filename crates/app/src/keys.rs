//! The installation's keys: made on first start, kept in a file that only its owner can read.

use crate::entropy;
use opbx_kernel::seal::{InvalidKey, Keyring};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

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
}
