//! A server that lives as long as the tests: its own folder, its own port, and an end that is certain.

use crate::{process, tools};
use anyhow::{Context, bail};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Between choosing a free port and the server taking it, another process may be faster.
const START_ATTEMPTS_MAX: u32 = 3;
const READY_WAIT: Duration = Duration::from_secs(30);
const STOP_WAIT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);
/// The start of the name of every folder made here; the process id follows.
const FOLDER_PREFIX: &str = "opbx-test-";
/// How much of a log is shown when its server does not start.
const LOG_LINES_SHOWN: usize = 12;

/// A running server. Dropping it stops it and removes its folder.
pub(crate) struct Server {
    pub(crate) port: u16,
    child: Child,
    stop_signal: &'static str,
}

/// How to run one kind of server.
pub(crate) struct Kind<'a> {
    pub(crate) name: &'static str,
    /// What ends it at once without a care for its data: INT, TERM or QUIT.
    pub(crate) stop_signal: &'static str,
    /// Its command, given the port to listen on.
    pub(crate) command: &'a dyn Fn(u16) -> Command,
    /// Whether it answers on that port.
    pub(crate) is_ready: &'a dyn Fn(u16) -> bool,
}

impl Server {
    /// Starts a server and returns when it answers. Its log goes to `log` inside `folder`.
    pub(crate) fn start(kind: &Kind<'_>, folder: &Folder) -> anyhow::Result<Self> {
        let log_path = folder.path().join("log");
        let fault = match Self::within_attempts(kind, &log_path) {
            Ok(server) => return Ok(server),
            Err(fault) => fault,
        };
        let log = std::fs::read_to_string(&log_path).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n");
        bail!("{fault:#}; its log ends with:\n{tail}")
    }

    fn within_attempts(kind: &Kind<'_>, log_path: &Path) -> anyhow::Result<Self> {
        for _ in 0..START_ATTEMPTS_MAX {
            if let Some(server) = Self::attempt(kind, log_path)? {
                return Ok(server);
            }
        }
        bail!("{} ended {START_ATTEMPTS_MAX} times before it answered", kind.name)
    }

    /// Returns nothing if the server ended by itself, as it does when its port was taken meanwhile.
    fn attempt(kind: &Kind<'_>, log_path: &Path) -> anyhow::Result<Option<Self>> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let log = std::fs::File::create(log_path)?;
        let child = (kind.command)(port)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", kind.name))?;
        let mut server = Self { port, child, stop_signal: kind.stop_signal };
        let started = Instant::now();
        while !(kind.is_ready)(port) {
            if server.child.try_wait()?.is_some() {
                return Ok(None);
            }
            if started.elapsed() > READY_WAIT {
                bail!("{} did not answer within {} s", kind.name, READY_WAIT.as_secs());
            }
            std::thread::sleep(POLL);
        }
        // If the child is gone, the answer came from whoever took the port.
        let ended = server.child.try_wait()?.is_some();
        Ok((!ended).then_some(server))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let kill = format!("kill -{} {}", self.stop_signal, self.child.id());
        let _ = Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status();
        let asked = Instant::now();
        while asked.elapsed() < STOP_WAIT {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(POLL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that dies with this process, whatever ends it, and that may run as another user.
pub(crate) fn mortal(program: &Path, user: Option<&str>) -> Command {
    let setpriv_answers = process::answers(Command::new("setpriv").arg("--version"));
    if !setpriv_answers && user.is_none() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    if let Some(user) = user {
        command.args(["--reuid", user, "--regid", user, "--init-groups"]);
    }
    command.args(["--pdeathsig", "INT", "--"]).arg(program);
    command
}

/// A folder of a server's own, removed when dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes a folder that `owner` can reach, and removes those that dead runs left behind.
    pub(crate) fn new(name: &str, owner: Option<&str>) -> anyhow::Result<Self> {
        // TMPDIR of root may lie where no other user may look.
        let parent = if tools::is_root() { PathBuf::from("/tmp") } else { std::env::temp_dir() };
        remove_orphans(&parent);
        let path = parent.join(format!("{FOLDER_PREFIX}{}-{name}", std::process::id()));
        let mut install = Command::new("install");
        install.args(["-d", "-m", "700"]);
        if let Some(owner) = owner {
            install.args(["-o", owner]);
        }
        process::output(install.arg(&path))?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn remove_orphans(parent: &Path) {
    let proc = Path::new("/proc");
    if !proc.join("self").exists() {
        return;
    }
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let maker = name
            .to_str()
            .and_then(|name| name.strip_prefix(FOLDER_PREFIX)?.split_once('-'))
            .map(|(pid, _)| pid);
        if maker.is_some_and(|pid| pid.parse::<u32>().is_ok() && !proc.join(pid).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(command: &dyn Fn(u16) -> Command) -> Kind<'_> {
        Kind { name: "probe", stop_signal: "TERM", command, is_ready: &|_| true }
    }

    fn shell(script: &str) -> Command {
        let mut command = mortal(Path::new("sh"), None);
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_server_that_ends_by_itself_is_reported_with_its_log() {
        let folder = Folder::new("ends", None).expect("a folder can be made");
        let command = |_| shell("echo the disk is full; exit 1");
        let never = Kind { is_ready: &|_| false, ..kind(&command) };
        let fault = Server::start(&never, &folder).map(|_| ()).expect_err("it ended").to_string();
        assert!(fault.contains("probe ended 3 times") && fault.ends_with("the disk is full"), "{fault}");
    }

    #[test]
    fn a_dropped_server_is_gone_and_so_is_its_folder() {
        let folder = Folder::new("gone", None).expect("a folder can be made");
        let path = folder.path().to_owned();
        let server = Server::start(&kind(&|_| shell("exec tail -f /dev/null")), &folder).expect("it runs");
        let alive = format!("kill -0 {}", server.child.id());
        assert!(process::answers(Command::new("sh").args(["-c", &alive])));
        drop(server);
        assert!(!process::answers(Command::new("sh").args(["-c", &alive])));
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn what_a_dead_run_left_behind_is_removed_and_the_living_keep_theirs() {
        let parent = Folder::new("orphans", None).expect("a folder can be made");
        // No process has this id: Linux ends far below it.
        let dead = parent.path().join(format!("{FOLDER_PREFIX}{}-redis", u32::MAX));
        let living = parent.path().join(format!("{FOLDER_PREFIX}{}-redis", std::process::id()));
        let strange = parent.path().join("somebody-elses");
        for path in [&dead, &living, &strange] {
            std::fs::create_dir(path).expect("a folder can be made");
        }
        remove_orphans(parent.path());
        assert_eq!(
            [dead.exists(), living.exists(), strange.exists()],
            [!cfg!(target_os = "linux"), true, true]
        );
    }
}
