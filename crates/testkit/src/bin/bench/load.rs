//! Load: a child process that asks over keep-alive connections, so that its own work is not counted as the server's.

use crate::broken::{Broken, While as _, check};
use crate::requests::{ANSWER_WAIT_MAX, BusyConnection, Connection, Template};
use crate::samples::Samples;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::process::Stdio;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// The first argument of the child process.
pub(crate) const CHILD: &str = "--child-load";
/// No connection asks more often than this, whatever was ordered.
const REQUESTS_MAX: u64 = 5_000_000;

/// What is asked of the child.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) to: SocketAddr,
    /// Names the calls of this run.
    pub(crate) run: u64,
    pub(crate) tenants: usize,
    pub(crate) connections: usize,
    pub(crate) seconds: f64,
    /// Requests per second that are begun, answered or not; zero asks again as soon as an answer is there.
    pub(crate) rate: f64,
}

/// What the child saw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) answered: u64,
    pub(crate) per_second: f64,
    pub(crate) median: Duration,
    pub(crate) p99: Duration,
}

impl Load {
    /// Runs the load in a child process and waits for it.
    pub(crate) async fn put_on(self) -> Result<Seen, Broken> {
        let program = std::env::current_exe().doing("find this program")?;
        let mut child = tokio::process::Command::new(program);
        let words = [
            self.to.to_string(),
            self.run.to_string(),
            self.tenants.to_string(),
            self.connections.to_string(),
            self.seconds.to_string(),
            self.rate.to_string(),
        ];
        child.arg(CHILD).args(words).stdin(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true);
        let output = child.output().await.doing("put on load")?;
        let told = String::from_utf8_lossy(&output.stdout);
        check(output.status.success(), &format!("load is put on ({})", told.trim()))?;
        let told: Value = serde_json::from_str(&told).doing("read what the load saw")?;
        let nanos = |name: &str| Duration::from_nanos(told[name].as_u64().unwrap_or(0));
        Ok(Seen {
            answered: told["answered"].as_u64().unwrap_or(0),
            per_second: told["per_second"].as_f64().unwrap_or(0.0),
            median: nanos("median_ns"),
            p99: nanos("p99_ns"),
        })
    }
}

/// The child: puts on the load it is told, and tells what it saw as one line of JSON.
pub(crate) fn child(words: &[&str]) -> Result<(), Broken> {
    let [to, run, tenants, connections, seconds, rate] = words else {
        return Err(Broken::new("put on load", "six words say which"));
    };
    let load = Load {
        to: parsed(to)?,
        run: parsed(run)?,
        tenants: parsed(tenants)?,
        connections: parsed(connections)?,
        seconds: parsed(seconds)?,
        rate: parsed(rate)?,
    };
    let began = Instant::now();
    let all = if load.rate > 0.0 { on_time(load, began)? } else { busy(load, began)? };
    let (answered, elapsed) = (all.count(), began.elapsed().as_secs_f64());
    let told = json!({
        "answered": answered,
        "per_second": answered as f64 / elapsed,
        "median_ns": all.median().as_nanos() as u64,
        "p99_ns": all.p99().as_nanos() as u64,
    });
    println!("{told}");
    Ok(())
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(word: &str) -> Result<T, Broken> {
    word.parse().doing("read the load's arguments")
}

/// Asks over all connections as fast as they are answered, from one thread, so that an answer need not wake a thread
/// of its own.
fn busy(load: Load, began: Instant) -> Result<Samples, Broken> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().doing("start a runtime")?;
    runtime.block_on(async {
        let mut connections = tokio::task::JoinSet::new();
        for at in 0..load.connections {
            connections.spawn(one_busy(load, at, began));
        }
        let work = async {
            let mut all = Samples::default();
            while let Some(samples) = connections.join_next().await {
                all.extend(samples.doing("ask for a while")??);
            }
            Ok(all)
        };
        tokio::time::timeout(Duration::from_secs_f64(load.seconds) + ANSWER_WAIT_MAX, work)
            .await
            .doing("get every answer in time")?
    })
}

async fn one_busy(load: Load, at: usize, began: Instant) -> Result<Samples, Broken> {
    let mut connection = BusyConnection::open(load.to).await?;
    let mut calls = Calls::of(load, at);
    let mut samples = Samples::default();
    while began.elapsed().as_secs_f64() < load.seconds
        && let Some(request) = calls.next()
    {
        let asked = Instant::now();
        connection.ask(request).await?;
        samples.push(asked.elapsed());
    }
    Ok(samples)
}

/// Asks at the load's rate, each connection on a thread of its own, because only a thread's sleep is exact enough.
fn on_time(load: Load, began: Instant) -> Result<Samples, Broken> {
    let threads = (0..load.connections).map(|at| std::thread::spawn(move || one_on_time(load, at, began)));
    let threads: Vec<_> = threads.collect();
    let mut all = Samples::default();
    for thread in threads {
        all.extend(thread.join().expect("no connection panics")?);
    }
    Ok(all)
}

/// A request counts from the moment it was due, so that a slow answer also counts for those that wait behind it; what
/// the sleep oversleeps counts as well.
fn one_on_time(load: Load, at: usize, began: Instant) -> Result<Samples, Broken> {
    let mut connection = Connection::open(load.to)?;
    let mut calls = Calls::of(load, at);
    let (apart, offset) = (load.connections as f64 / load.rate, at as f64 / load.rate);
    let mut samples = Samples::default();
    for nth in 0..REQUESTS_MAX {
        let due_s = nth as f64 * apart + offset;
        if due_s >= load.seconds {
            break;
        }
        let due = began + Duration::from_secs_f64(due_s);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let Some(request) = calls.next() else { break };
        connection.ask(request)?;
        samples.push(due.elapsed());
    }
    Ok(samples)
}

/// The requests of one connection: each a call of its own, the tenants in turn.
struct Calls {
    load: Load,
    connection: usize,
    templates: Vec<Template>,
    nth: u64,
}

impl Calls {
    fn of(load: Load, connection: usize) -> Self {
        let own = (connection..load.tenants.max(connection + 1)).step_by(load.connections);
        let templates = own.map(|tenant| Template::of(tenant % load.tenants)).collect();
        Self { load, connection, templates, nth: 0 }
    }

    fn next(&mut self) -> Option<&[u8]> {
        let call = self.nth * self.load.connections as u64 + self.connection as u64;
        let at = (self.nth % self.templates.len() as u64) as usize;
        self.nth += 1;
        (self.nth <= REQUESTS_MAX).then(|| self.templates[at].named(self.load.run, call))
    }
}
