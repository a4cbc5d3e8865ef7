//! Where the bytes of attachments lie: a folder of this machine, or a bucket that all nodes share.

use crate::config::Config;
use anyhow::Context as _;
use opbx_app::attachments::{BucketConfig, Objects};
use opbx_kernel::Clock;
use std::path::PathBuf;
use std::sync::Arc;

/// What `objects` begins with where a bucket is meant.
const BUCKET: &str = "s3://";

#[derive(Clone)]
pub(crate) enum ObjectsAt {
    Folder(PathBuf),
    Bucket(BucketConfig),
}

impl ObjectsAt {
    /// Reads the value of `objects`; the error says what is expected.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix(BUCKET) else {
            if text.contains("://") {
                return Err(format!("found {text:?}, expected a folder, or s3://BUCKET/PREFIX"));
            }
            return Ok(Self::Folder(PathBuf::from(text)));
        };
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        if !(3..=63).contains(&name.len()) || !name.chars().all(is_plain) {
            return Err(format!(
                "found the bucket {name:?}, expected 3 to 63 small letters, digits, `-` and `.`"
            ));
        }
        let (name, prefix) = (name.to_owned(), prefix.trim_matches('/').to_owned());
        Ok(Self::Bucket(BucketConfig { name, prefix, ..BucketConfig::default() }))
    }
}

/// Opens the store of objects. A bucket is not asked for yet.
pub(crate) fn open(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Objects> {
    match &config.objects_at {
        ObjectsAt::Folder(folder) => Objects::open(folder.clone(), clock)
            .with_context(|| format!("the folder {} cannot be used", folder.display())),
        ObjectsAt::Bucket(bucket) => Objects::bucket(&config.data.join("objects"), bucket, clock)
            .with_context(|| format!("the bucket {} cannot be used", bucket.name)),
    }
}

/// What is meant, for people.
pub(crate) fn named(at: &ObjectsAt) -> String {
    match at {
        ObjectsAt::Folder(folder) => format!("the folder {}", folder.display()),
        ObjectsAt::Bucket(bucket) => match &bucket.endpoint {
            Some(endpoint) => format!("the bucket {} at {endpoint}", bucket.name),
            None => format!("the bucket {}", bucket.name),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_told_from_a_folder_and_a_wrong_one_is_refused() {
        let bucket = |text: &str| match ObjectsAt::parse(text) {
            Ok(ObjectsAt::Bucket(bucket)) => Ok((bucket.name, bucket.prefix)),
            Ok(ObjectsAt::Folder(folder)) => Err(folder.display().to_string()),
            Err(said) => Err(said),
        };
        assert_eq!(bucket("s3://opbx"), Ok(("opbx".into(), String::new())));
        assert_eq!(bucket("s3://opbx.acme/pbx/one/"), Ok(("opbx.acme".into(), "pbx/one".into())));
        assert_eq!(bucket("/srv/objects"), Err("/srv/objects".into()));
        for wrong in ["s3://", "s3://A", "s3://Upper/x", "https://example.com/x", "gs://bucket"] {
            assert!(bucket(wrong).is_err_and(|said| said.contains("expected")), "{wrong}");
        }
    }
}
