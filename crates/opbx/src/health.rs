//! `opbx health`: whether the server of this machine is ready, for containers and scripts.

use crate::config::Config;
use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long the server may take to say it.
const PATIENCE: Duration = Duration::from_secs(4);
/// More is no answer to this question.
const ANSWER_LEN_MAX: u64 = 64 << 10;

pub(crate) async fn run(config: &Config, as_json: bool) -> anyhow::Result<ExitCode> {
    let address = on_this_machine(config.listen);
    let (is_ready, told) = match timeout(PATIENCE, asked(address)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => (false, json!({ "status": "not ready", "reasons": [format!("{error:#}")] })),
        Err(_) => {
            (false, json!({ "status": "not ready", "reasons": [format!("{address} does not answer")] }))
        }
    };
    if as_json {
        println!("{told}");
    } else {
        println!("{}", told["status"].as_str().unwrap_or("not ready"));
        for reason in told["reasons"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            println!("  {reason}");
        }
    }
    Ok(if is_ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Where the server is reached from the machine itself.
fn on_this_machine(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

async fn asked(address: SocketAddr) -> anyhow::Result<(bool, Value)> {
    let reached = TcpStream::connect(address).await;
    let mut stream = reached.with_context(|| format!("nobody listens on {address}"))?;
    let request = format!("GET /ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_LEN_MAX).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer is no HTTP")?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    let Ok(told) = serde_json::from_str(body) else {
        bail!("it answers {status}, and nothing about its health")
    };
    Ok((status == "200", told))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_listens_everywhere_is_asked_on_the_machine_itself() {
        let of = |listen: &str| on_this_machine(listen.parse().expect("an address")).to_string();
        assert_eq!(of("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(of("[::]:8080"), "[::1]:8080");
        assert_eq!(of("10.0.0.1:80"), "10.0.0.1:80");
    }
}
