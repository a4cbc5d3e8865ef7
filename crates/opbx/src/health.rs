//! `opbx health`: whether the server of this machine is ready, for containers and scripts.

mod own_server;

use crate::config::Config;
use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

/// How long the server may take for each part of its answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// More is no answer to this question.
const ANSWER_LEN_MAX: u64 = 64 << 10;

pub(crate) async fn run(config: &Config, as_json: bool) -> anyhow::Result<ExitCode> {
    // In the clear where that is possible.
    let (listen, over_tls) = match (&config.tls, config.plain_listen) {
        (Some(_), Some(plain)) => (plain, false),
        (tls, _) => (config.listen, tls.is_some()),
    };
    let address = on_this_machine(listen);
    let asking = tokio::task::spawn_blocking(move || asked(address, over_tls));
    let (is_ready, told) = match asking.await? {
        Ok(answer) => answer,
        Err(error) => (false, json!({ "status": "not ready", "reasons": [format!("{error:#}")] })),
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

fn asked(address: SocketAddr, over_tls: bool) -> anyhow::Result<(bool, Value)> {
    let reached = TcpStream::connect_timeout(&address, PATIENCE);
    let stream = reached.with_context(|| format!("nobody listens on {address}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let answer = if over_tls {
        answer(own_server::over_tls(stream, address)?, address)
    } else {
        answer(stream, address)
    };
    let answer = answer.with_context(|| format!("{address} does not answer"))?;
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer is no HTTP")?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    let Ok(told) = serde_json::from_str(body) else {
        bail!("it answers {status}, and nothing about its health")
    };
    Ok((status == "200", told))
}

fn answer(mut stream: impl Read + Write, address: SocketAddr) -> io::Result<String> {
    let request = format!("GET /ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    match stream.take(ANSWER_LEN_MAX).read_to_end(&mut answer) {
        // Over TLS, an end without a goodbye is one: the body says whether it is whole.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
        _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
    }
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
