//! `opbx dev`: what people who build on OPBX need beside it, such as a Cloudonix on their own machine.

mod day;
mod history;

use crate::cli::{DevCloudonix, DevCommand};
use crate::config::Config;
use anyhow::bail;
use opbx_fake_cloudonix::{Chaos, Endpoints, FakeCloudonix, NewDomain, Options, Pace};
use opbx_kernel::{Clock as _, SystemClock};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

/// Where the fake listens unless told otherwise; OPBX itself has 8080.
const LISTEN: &str = "127.0.0.1:9090";

pub(crate) async fn run(
    config: &Config,
    listen: Option<SocketAddr>,
    command: &DevCommand,
) -> anyhow::Result<ExitCode> {
    match command {
        DevCommand::History(asked) => history::run(config, asked).await,
        DevCommand::Cloudonix(asked) => {
            if asked.speed <= 0.0 {
                bail!("--speed must be above 0: a call that nobody waits for is over before it is seen");
            }
            let fake = start(listen, &asked.cloudonix, Pace::Times(asked.speed)).await?;
            print(&fake, &asked.cloudonix);
            tokio::signal::ctrl_c().await?;
            println!("\nstopped after {} calls", fake.played().len());
            Ok(judged(&fake))
        }
        DevCommand::Calls(asked) => {
            let pace = if asked.speed > 0.0 { Pace::Times(asked.speed) } else { Pace::Simulated };
            let fake = start(listen, &asked.cloudonix, pace).await?;
            print(&fake, &asked.cloudonix);
            tokio::select! {
                () = day::play(&fake, asked) => {}
                interrupted = tokio::signal::ctrl_c() => interrupted?,
            }
            Ok(judged(&fake))
        }
    }
}

/// Starts the fake as asked, and enters what a customer would enter in the vendor's own pages.
async fn start(
    listen: Option<SocketAddr>,
    asked: &DevCloudonix,
    pace: Pace,
) -> anyhow::Result<FakeCloudonix> {
    let listen = listen.unwrap_or_else(|| LISTEN.parse().expect("the default is an address"));
    if !listen.ip().is_loopback() && !asked.force {
        bail!(
            "the fake plays calls for whoever reaches it: {listen} is no loopback address (--force does it anyway)"
        );
    }
    let clock = SystemClock;
    // Ids of their own in each run: calls of the last run would be taken for repeats.
    let seed = clock.now().as_microsecond().unsigned_abs();
    let mut options = Options::new(Arc::new(clock)).domain(NewDomain::new(&asked.domain, &asked.key));
    options.listen = listen;
    options.pace = pace;
    options.is_limited = asked.limited;
    options.chaos = asked.chaos.map(Chaos::of);
    options.seed = seed;
    let fake = FakeCloudonix::start(options).await?;
    if let Some(key) = &asked.requests_key {
        let endpoints = Endpoints::of_opbx(&asked.app, key);
        let endpoints = if asked.no_webhooks { endpoints.voice_only() } else { endpoints };
        fake.provision(&asked.domain, &endpoints)?;
    }
    for extension in &asked.extensions {
        fake.add_subscriber(&asked.domain, extension)?;
    }
    for trunk in &asked.trunks {
        fake.add_trunk(&asked.domain, trunk)?;
    }
    Ok(fake)
}

/// Says where the fake is, and how OPBX is pointed at it. The keys are this machine's own.
fn print(fake: &FakeCloudonix, asked: &DevCloudonix) {
    let (url, uuid) = (fake.url(), fake.uuid(&asked.domain).unwrap_or_default());
    println!(
        "A fake Cloudonix listens on {url}\n\n\
         domain          {}\n\
         domain UUID     {uuid}\n\
         domain API key  {}\n\n\
         Its API stands in for the vendor's: set OPBX's address of the Cloudonix API to {url}, and the domain, its UUID\n\
         and its key in the tenant's Cloudonix settings. A call from outside, played and told:\n\n  \
         curl -sS {url}/fake/calls -H 'Content-Type: application/json' -d '{{\"domain\":\"{}\",\"call\":{{\"origin\":\"inbound\",\
         \"from\":\"+442079460018\",\"to\":\"+12125550100\",\"script\":{{\"caller\":{{\"replies\":[{{\"keys\":\"1\"}}]}}}}}}}}'\n",
        asked.domain, asked.key, asked.domain
    );
    match &asked.requests_key {
        Some(_) => println!("Its calls ask the OPBX at {}.\n", asked.app),
        None => println!(
            "No application is entered yet: OPBX does that when its settings are saved, or --requests-key does it here.\n"
        ),
    }
}

/// A run in which anything was wrong is no success.
fn judged(fake: &FakeCloudonix) -> ExitCode {
    let faults = fake.faults();
    for fault in &faults {
        eprintln!("{fault}");
    }
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
