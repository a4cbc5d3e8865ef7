//! The installation's keys: made on first start, kept in a file that only its owner can read.

use crate::entropy;
use opbx_kernel::seal::{InvalidKey, Keyring};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("the key file {0} cannot be used: {1}")]
    Unusable(PathBuf, #[source] io::Error),
    #[error("the key file {0} holds a line that is no key: {1}")]
    Invalid(PathBuf, #[source] InvalidKey),
    #[error(
        "the key file {0} is gone, but the database holds sealed values: put the file back, or they cannot be opened"
    )]
    Gone(PathBuf),
}

/// Reads the key file, or makes one where there is none.
pub fn load_or_create(path: &Path) -> Result<Keyring, KeysError> {
    let unusable = |error| KeysError::Unusable(path.to_owned(), error);
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(path).map_err(unusable)?,
        Err(error) => return Err(unusable(error)),
    };
    Keyring::parse(&text).map_err(|error| KeysError::Invalid(path.to_owned(), error))
}

fn create(path: &Path) -> io::Result<String> {
    let key = Keyring::key_to_text(&entropy::bytes());
    let text = format!(
        "# The keys of this OPBX installation: they open its secrets and its callback tokens.\n\
         # Newest first; keep a copy in a safe place, and give every node the same file.\n{}\n",
        *key
    );
    let mut file = private_file(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(text)
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
    fn a_key_file_is_made_once_is_private_and_opens_what_it_sealed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys");
        let sealed = load_or_create(&path).expect("made").seal([1; 24], b"", b"secret");
        assert_eq!(load_or_create(&path).expect("read").open(b"", &sealed).as_deref(), Ok(&b"secret"[..]));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_key_file_is_named_and_never_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys");
        std::fs::write(&path, "half a key").expect("written");
        assert!(matches!(load_or_create(&path), Err(KeysError::Invalid(..))));
        assert_eq!(std::fs::read_to_string(&path).expect("still there"), "half a key");
    }
}
