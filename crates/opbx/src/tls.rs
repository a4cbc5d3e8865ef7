//! TLS from certificate files: read at the start, and again when they change or somebody asks with SIGHUP.

mod validity;

use anyhow::{Context as _, bail, ensure};
use axum_server::tls_rustls::RustlsConfig;
use metrics::{counter, gauge};
use opbx_kernel::Timestamp;
use opbx_kernel::seal::digest;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::Signal;
use tokio::time::{MissedTickBehavior, interval};

/// How often the files are looked at. Their bytes are compared: tools that renew swap links, and dates mislead.
const LOOK: Duration = Duration::from_secs(30);
/// The longest file that is read; a chain of ten certificates is far below it.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Certificates of a chain at most.
const CHAIN_MAX: usize = 16;
/// What is spoken, the better first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Where the certificate, with the chain that it needs, and its key lie, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// What the files hold, known to fit together.
pub(crate) struct Loaded {
    config: Arc<ServerConfig>,
    leaf: CertificateDer<'static>,
    pub(crate) valid_until: Timestamp,
    digest: [u8; 32],
}

impl TlsFiles {
    /// Reads both files; the error names the one at fault.
    pub(crate) fn load(&self) -> anyhow::Result<Loaded> {
        let (certificate, key) = (read(&self.certificate)?, read(&self.key)?);
        let name = self.certificate.display();
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(&certificate).take(CHAIN_MAX + 1).collect();
        let chain = chain.map_err(|error| anyhow::anyhow!("{name}: it is no PEM: {error}"))?;
        ensure!(chain.len() <= CHAIN_MAX, "{name}: it holds more than {CHAIN_MAX} certificates");
        let Some(leaf) = chain.first().cloned() else { bail!("{name}: it holds no certificate in PEM") };
        let valid_until = validity::end(&leaf)
            .with_context(|| format!("{name}: its first certificate does not say how long it holds"))?;
        let private = PrivateKeyDer::from_pem_slice(&key).map_err(|error| {
            anyhow::anyhow!("{}: it holds no private key in PEM: {error}", self.key.display())
        })?;
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .context("TLS cannot be set up")?;
        let config = builder.with_no_client_auth().with_single_cert(chain, private);
        let mut config = config.map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                anyhow::anyhow!("{}: it is not the key of {name}", self.key.display())
            }
            other => anyhow::anyhow!("{name} with {}: {other}", self.key.display()),
        })?;
        config.alpn_protocols = PROTOCOLS.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(Loaded { config: Arc::new(config), leaf, valid_until, digest: digest(&[&certificate, &key]) })
    }

    /// Tells one state of the files from another; none where one cannot be read.
    fn digest(&self) -> Option<[u8; 32]> {
        Some(digest(&[&read(&self.certificate).ok()?, &read(&self.key).ok()?]))
    }
}

impl Loaded {
    /// Whether clients that ask for this host believe the certificate, as far as names go.
    pub(crate) fn is_for(&self, host: &str) -> bool {
        let Ok(name) = ServerName::try_from(host) else { return false };
        let parsed = ParsedCertificate::try_from(&self.leaf);
        parsed.is_ok_and(|parsed| rustls::client::verify_server_name(&parsed, &name).is_ok())
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let length = std::fs::metadata(path).with_context(|| path.display().to_string())?.len();
    ensure!(length <= FILE_BYTES_MAX, "{}: it is longer than {FILE_BYTES_MAX} bytes", path.display());
    std::fs::read(path).with_context(|| path.display().to_string())
}

/// The certificate in use.
pub(crate) struct Certificates {
    files: TlsFiles,
    live: RustlsConfig,
    /// What the files held when they were last looked at, whether or not that was of use.
    seen: Option<[u8; 32]>,
}

/// What a look at the files came to.
#[derive(Debug)]
pub(crate) enum Look {
    Same,
    Renewed,
    /// They are of no use; the old certificate stays.
    Kept(anyhow::Error),
}

impl Certificates {
    pub(crate) fn open(files: TlsFiles) -> anyhow::Result<Self> {
        let loaded = files.load()?;
        gauge!(EXPIRES).set(loaded.valid_until.as_second() as f64);
        Ok(Self { files, live: RustlsConfig::from_config(loaded.config), seen: Some(loaded.digest) })
    }

    /// For the listener; it changes with the files.
    pub(crate) fn live(&self) -> RustlsConfig {
        self.live.clone()
    }

    /// Looks at the files, and takes what they hold where that is new; `asked` looks closely even if it is not.
    fn look(&mut self, asked: bool) -> Look {
        let now = self.files.digest();
        if now == self.seen && !asked {
            return Look::Same;
        }
        self.seen = now;
        match self.files.load() {
            Ok(loaded) => {
                gauge!(EXPIRES).set(loaded.valid_until.as_second() as f64);
                // Read once more meanwhile: what was loaded is what counts.
                self.seen = Some(loaded.digest);
                self.live.reload_from_config(loaded.config);
                Look::Renewed
            }
            Err(error) => Look::Kept(error),
        }
    }
}

const EXPIRES: &str = "opbx_tls_certificate_expires_timestamp_seconds";

/// Keeps the certificate up to date. Without one, a hangup is heard and does nothing: it would end the process.
pub(crate) async fn follow(certificates: Option<Certificates>, mut hangup: Signal) {
    let Some(mut certificates) = certificates else {
        while hangup.recv().await.is_some() {
            tracing::info!("asked to load certificates again; there are none, because TLS is not set up");
        }
        return;
    };
    let mut beat = interval(LOOK);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let asked = tokio::select! {
            _ = beat.tick() => false,
            Some(()) = hangup.recv() => true,
        };
        let looking = tokio::task::spawn_blocking(move || {
            let look = certificates.look(asked);
            (certificates, look)
        });
        let Ok((kept, look)) = looking.await else { return };
        certificates = kept;
        match look {
            Look::Same => {}
            Look::Renewed => {
                counter!("opbx_tls_reloads_total", "outcome" => "renewed").increment(1);
                tracing::info!("the TLS certificate was loaded again");
            }
            Look::Kept(error) => {
                counter!("opbx_tls_reloads_total", "outcome" => "kept").increment(1);
                tracing::error!(
                    "the TLS certificate cannot be loaded again, so the old one stays: {error:#}"
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("a folder"))
        }

        fn files(&self) -> TlsFiles {
            TlsFiles { certificate: self.0.path().join("cert.pem"), key: self.0.path().join("key.pem") }
        }

        /// Writes a new certificate for these names with its key.
        fn renew(&self, names: &[&str]) {
            let key = KeyPair::generate().expect("a key");
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            let mut params = CertificateParams::new(names).expect("names");
            params.not_after = date_time_ymd(2031, 5, 17);
            let certificate = params.self_signed(&key).expect("a certificate");
            std::fs::write(self.files().certificate, certificate.pem()).expect("written");
            std::fs::write(self.files().key, key.serialize_pem()).expect("written");
        }
    }

    #[test]
    fn files_that_fit_tell_until_when_and_for_whom() {
        let folder = Folder::new();
        folder.renew(&["pbx.example.com", "*.tel.example.com"]);
        let loaded = folder.files().load().expect("good files");
        assert_eq!(loaded.valid_until.to_string(), "2031-05-17T00:00:00Z");
        assert_eq!(loaded.config.alpn_protocols, PROTOCOLS);
        for (host, is_its_own) in
            [("pbx.example.com", true), ("a.tel.example.com", true), ("evil.example", false), ("", false)]
        {
            assert_eq!(loaded.is_for(host), is_its_own, "{host:?}");
        }
    }

    #[test]
    fn files_of_no_use_are_told_by_name() {
        let folder = Folder::new();
        let files = folder.files();
        let refused = |files: &TlsFiles| format!("{:#}", files.load().map(drop).expect_err("of no use"));
        assert!(refused(&files).contains("cert.pem"), "{}", refused(&files));
        folder.renew(&["a.example.com"]);
        let other = std::fs::read(&files.key).expect("a key");
        folder.renew(&["a.example.com"]);
        let own = std::fs::read(&files.key).expect("a key");
        for (key, says) in [
            (other, "it is not the key of"),
            (b"nonsense".to_vec(), "no private key"),
            (std::fs::read(&files.certificate).expect("a certificate"), "no private key"),
        ] {
            std::fs::write(&files.key, key).expect("written");
            let refused = refused(&files);
            assert!(refused.contains("key.pem") && refused.contains(says), "{refused}");
        }
        std::fs::write(&files.key, own).expect("written");
        std::fs::write(&files.certificate, "nonsense").expect("written");
        assert!(refused(&files).contains("no certificate"), "{}", refused(&files));
    }

    #[test]
    fn a_look_takes_what_is_new_and_keeps_what_works() {
        let folder = Folder::new();
        folder.renew(&["a.example.com"]);
        let mut certificates = Certificates::open(folder.files()).expect("good files");
        let live = certificates.live();
        let first = live.get_inner();
        assert!(matches!(certificates.look(false), Look::Same));
        assert!(Arc::ptr_eq(&first, &live.get_inner()));

        folder.renew(&["a.example.com"]);
        assert!(matches!(certificates.look(false), Look::Renewed));
        let second = live.get_inner();
        assert!(!Arc::ptr_eq(&first, &second));

        std::fs::write(folder.files().certificate, "half a certif").expect("written");
        assert!(matches!(certificates.look(false), Look::Kept(_)));
        assert!(matches!(certificates.look(false), Look::Same), "it is complained of once");
        assert!(matches!(certificates.look(true), Look::Kept(_)), "and to whoever asks");
        assert!(Arc::ptr_eq(&second, &live.get_inner()));
        std::fs::remove_file(folder.files().key).expect("removed");
        assert!(matches!(certificates.look(false), Look::Kept(_)));

        folder.renew(&["a.example.com"]);
        assert!(matches!(certificates.look(false), Look::Renewed));
        assert!(matches!(certificates.look(true), Look::Renewed), "whoever asks gets it loaded again");
    }
}
