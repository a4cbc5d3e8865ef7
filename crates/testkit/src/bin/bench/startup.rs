//! From the start of the process to the first answered webhook, and the memory of a node that waits for calls.

use crate::broken::{Broken, While as _, check};
use crate::node::Node;
use crate::report::{Report, line_of, progress, shown};
use crate::requests::{Connection, Template};
use crate::samples::{Samples, median};
use crate::{Scale, fleet};
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// The first argument of the child process: a node on the database of a folder.
pub(crate) const CHILD: &str = "--child-node";
const START_BUDGET: Duration = Duration::from_secs(1);
const IDLE_BUDGET_KB: f64 = 80.0 * 1024.0;
const FURTHER_BUDGET_KB: f64 = 50.0;
const EXTENSIONS: usize = 20;
/// Each figure is the median of as many processes.
const ROUNDS: usize = 5;
/// How long a warm node is left alone before its memory is looked at: long enough for its background work to pass once.
const IDLE: Duration = Duration::from_secs(2);

pub(crate) async fn run(scale: Scale, report: &mut Report) -> Result<(), Broken> {
    let folder = tempfile::tempdir().doing("make a folder")?;
    let folder = folder.path();
    let rounds = if scale.is_quick { 1 } else { ROUNDS };
    let idle = if scale.is_quick { Duration::ZERO } else { IDLE };

    fleet::grow(folder, 1, EXTENSIONS).await?;
    starts(folder, 1, rounds, report).await?;
    let [few, many] = scale.idle_tenants;
    fleet::grow(folder, few, EXTENSIONS).await?;
    let with_few = idle_kb(folder, rounds, idle).await?;
    fleet::grow(folder, many, EXTENSIONS).await?;
    let with_many = idle_kb(folder, rounds, idle).await?;
    let what = format!("idle memory, SQLite, {few} tenants of {EXTENSIONS} extensions");
    let measured = format!("{:.1} MB", with_few / 1024.0);
    report.judge(what, measured, "under 80 MB", with_few < IDLE_BUDGET_KB);
    let further = (with_many - with_few) / (many - few) as f64;
    let what = format!("each further tenant ({few} to {many})");
    report.judge(what, format!("{further:.1} kB"), "at most 50 kB", further <= FURTHER_BUDGET_KB);

    fleet::grow(folder, scale.tenants, EXTENSIONS).await?;
    starts(folder, scale.tenants, rounds, report).await?;
    let with_all = idle_kb(folder, 1, idle).await?;
    let further = (with_all - with_many) / (scale.tenants - many) as f64;
    let measured = format!("{:.1} MB, {further:.1} kB for each tenant beyond {many}", with_all / 1024.0);
    report.tell(format!("idle memory, {} tenants", scale.tenants), measured);
    Ok(())
}

async fn starts(folder: &Path, tenants: usize, rounds: usize, report: &mut Report) -> Result<(), Broken> {
    progress(&format!("startup: {tenants} tenants"));
    let mut samples = Samples::default();
    for _ in 0..rounds {
        let began = Instant::now();
        let mut node = NodeProcess::start(folder).await?;
        let to = node.told().await?.parse().doing("read where the node listens")?;
        Connection::open(to)?.ask(Template::of(tenants - 1).named(0, 0))?;
        samples.push(began.elapsed());
        node.end().await?;
    }
    let measured =
        format!("median {}, slowest of {rounds} {}", shown(samples.median()), shown(samples.p99()));
    let what = format!("start to first answered webhook, tenants in the existing database: {tenants}");
    report.judge(what, measured, "under 1 s", samples.median() < START_BUDGET);
    Ok(())
}

/// The resident memory of a node whose plans are all warm and that has nothing to do.
async fn idle_kb(folder: &Path, rounds: usize, idle: Duration) -> Result<f64, Broken> {
    let mut resident = Vec::new();
    for _ in 0..rounds {
        let mut node = NodeProcess::start(folder).await?;
        node.told().await?;
        check(node.told().await? == "warm", "a node warms up")?;
        tokio::time::sleep(idle).await;
        let path = format!("/proc/{}/status", node.child.id().unwrap_or_default());
        let told = line_of(&path, "VmRSS").unwrap_or_default();
        let kb = told.trim_end_matches(" kB").parse::<f64>();
        resident.push(kb.doing("read the memory of the node")?);
        node.end().await?;
    }
    Ok(median(&resident))
}

struct NodeProcess {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl NodeProcess {
    async fn start(folder: &Path) -> Result<Self, Broken> {
        let program = std::env::current_exe().doing("find this program")?;
        let mut child = Command::new(program)
            .arg(CHILD)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .doing("start a node")?;
        let out = child.stdout.take().expect("standard output was asked for");
        Ok(Self { child, lines: BufReader::new(out).lines() })
    }

    async fn told(&mut self) -> Result<String, Broken> {
        let line = self.lines.next_line().await.doing("hear from the node")?;
        line.ok_or_else(|| Broken::new("hear from the node", "it ended"))
    }

    /// Closes its standard input, which tells it to stop, and waits until it has.
    async fn end(mut self) -> Result<(), Broken> {
        drop(self.child.stdin.take());
        let status = self.child.wait().await.doing("stop a node")?;
        check(status.success(), "a node stops well")
    }
}

/// The child: a node that tells where it listens, then that it is warm, and stops when its input ends.
pub(crate) async fn child(folder: &str) -> Result<(), Broken> {
    let node = Node::start(Path::new(folder)).await?;
    println!("{}", node.server.address);
    node.warm().await?;
    println!("warm");
    let end = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0; 1]));
    end.await.doing("wait for the end")?.doing("wait for the end")?;
    node.stop().await;
    Ok(())
}
