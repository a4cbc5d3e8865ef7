//! The files of the web app as its build left them: inside the binary of a release, read from disk while developing.

use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What `cargo xtask web` builds. A tree in which it was never built compiles all the same.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Built;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub bytes: Cow<'static, [u8]>,
    /// SHA-256 of the bytes.
    pub digest: [u8; 32],
}

/// Where the files come from.
#[derive(Debug, Clone, Default)]
pub enum Files {
    /// The build that this binary was made with.
    #[default]
    Built,
    /// These and no others, by their paths.
    Given(Arc<BTreeMap<String, Vec<u8>>>),
}

impl Files {
    /// These files instead of a build, as tests want them.
    pub fn given<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        Self::Given(Arc::new(files.collect()))
    }

    /// The file of this path below the folder of the build, as `assets/page.js`.
    pub fn get(&self, path: &str) -> Option<File> {
        if !is_plain(path) {
            return None;
        }
        match self {
            Self::Built => {
                let file = Built::get(path)?;
                Some(File { digest: file.metadata.sha256_hash(), bytes: file.data })
            }
            Self::Given(files) => {
                let bytes = files.get(path)?.clone();
                Some(File { digest: Sha256::digest(&bytes).into(), bytes: bytes.into() })
            }
        }
    }
}

/// Whether a path leads down from its folder, and names nothing that is hidden.
fn is_plain(path: &str) -> bool {
    !path.contains('\\') && path.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_path_alone() {
        let files = Files::given([("index.html", "<!doctype html>"), ("assets/a.js", "a")]);
        let found = files.get("assets/a.js").expect("it was given");
        assert_eq!(found.bytes.as_ref(), b"a");
        assert_ne!(Some(found.digest), files.get("index.html").map(|index| index.digest));
        for path in
            ["", "assets", "a.js", "assets//a.js", "/assets/a.js", "assets/./a.js", "assets/../index.html"]
        {
            assert_eq!(files.get(path), None, "{path}");
        }
    }

    #[test]
    fn nothing_beside_the_build_is_found() {
        for path in
            ["../package.json", "..\\package.json", "assets/../../package.json", ".vite/manifest.json"]
        {
            assert_eq!(Files::Built.get(path), None, "{path}");
        }
    }

    /// `cargo xtask test --tier web` runs it on the build that it has just made.
    #[cfg(feature = "embedded")]
    #[test]
    fn the_page_and_what_it_loads_are_inside_the_binary() {
        let page = Files::Built.get("index.html").expect("cargo xtask web builds it");
        assert!(matches!(page.bytes, Cow::Borrowed(_)), "the page was read from a disk");
        let page = String::from_utf8(page.bytes.into_owned()).expect("a page is text");
        assert!(page.contains("{nonce}"), "nothing in the page takes the nonce of an answer:\n{page}");
        let mut loaded = page.split(['"', '\'']).filter_map(|text| text.strip_prefix("/assets/")).peekable();
        assert!(loaded.peek().is_some(), "the page loads nothing:\n{page}");
        for path in loaded {
            assert!(Files::Built.get(&format!("assets/{path}")).is_some(), "{path} is not there");
        }
    }
}
