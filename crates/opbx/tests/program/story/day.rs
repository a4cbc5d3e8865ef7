//! A whole day of calls by `opbx dev calls`, and the same totals wherever calls are counted.

use crate::process::{Request, Server, opbx, stderr, stdout};
use crate::rest::Rest;
use reqwest::Method;
use serde_json::Value as Json;
use std::collections::BTreeMap;

const OWNER: &str = "ada@demo.example";
const PASSWORD: &str = "Correct-horse-7";
const SHAPE: [&str; 7] = ["--hours", "2", "--per-hour", "12", "--speed", "0", "--quiet"];

/// As the program counts them, under the words of detail records.
fn tally(told: &str) -> BTreeMap<String, u64> {
    let words = BTreeMap::from([
        ("Answered", "ANSWERED"),
        ("NoAnswer", "NO ANSWER"),
        ("Busy", "BUSY"),
        ("Failed", "FAILED"),
        ("Cancelled", "CANCELLED"),
        ("Congestion", "CONGESTION"),
    ]);
    let line = |line: &str| {
        let (many, word) = line.trim().split_once("  ")?;
        Some(((*words.get(word.trim())?).to_owned(), many.parse().ok()?))
    };
    told.lines().filter_map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_day_comes_to_the_same_totals_wherever_calls_are_counted() {
    let data = tempfile::tempdir().expect("a folder");
    let mut command = opbx(&["serve", "--demo", "--no-history", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(data.path()).env("OPBX_LOG", "warn").env("OPBX_API_RATE_PER_MIN", "0");
    command.env("OPBX_OWNER_EMAIL", OWNER).env("OPBX_OWNER_PASSWORD", PASSWORD);
    let server = Server::start(command);
    let curl = server.printed.lines().map(str::trim).find(|line| line.starts_with("curl ")).expect("a call");
    let headers = Request::printed(curl).headers;
    let key = headers.iter().find_map(|header| header.strip_prefix("Authorization: Bearer ")).expect("a key");
    let app = format!("http://{}", server.address);
    let day =
        ["dev", "calls", "--listen", "127.0.0.1:0", "--app", &app, "--requests-key", key, "--seed", "5"];
    let played = opbx(&[&day[..], &SHAPE[..]].concat()).output().expect("the binary runs");
    let told = stdout(&played);
    assert!(played.status.success(), "{told}\n{}", stderr(&played));
    let tally = tally(&told);
    let total: u64 = tally.values().sum();
    assert!(told.contains(&format!("{total} calls in 2 hours")), "{told}");

    let rest = Rest::log_in(&server.address, OWNER, PASSWORD).await;
    let is_all = |list: &Json| list["meta"]["total"] == total;
    rest.until("/call-detail-records?per_page=1", "every record", is_all).await;
    rest.until("/call-logs?per_page=1", "every call", is_all).await;
    rest.until("/call-logs/active", "none goes on", |live| live.as_array().is_some_and(Vec::is_empty)).await;
    let sums = rest.get("/call-detail-records/statistics").await;
    assert_eq!(sums["total_calls"], total, "{sums}");
    let by_disposition: BTreeMap<String, u64> =
        serde_json::from_value(sums["by_disposition"].clone()).expect("counts");
    assert_eq!(by_disposition, tally, "the carrier's records say what the carrier did");
    let counts = rest.get("/call-logs/statistics").await;
    let (answered, missed) = (counts["answered_calls"].as_u64(), counts["missed_calls"].as_u64());
    assert_eq!((counts["total_calls"].as_u64(), &counts["active_calls"]), (Some(total), &Json::from(0)));
    assert_eq!(answered.zip(missed).map(|(answered, missed)| answered + missed), Some(total), "{counts}");
    let dashboard = rest.get("/dashboard").await["data"].clone();
    assert_eq!(
        (dashboard["total_calls"].as_u64(), dashboard["answered_calls"].as_u64()),
        (Some(total), answered)
    );
    for path in ["/call-detail-records/export", "/call-logs/export"] {
        let file = rest.ask(Method::GET, path, None).await.text();
        assert_eq!(file.lines().count() as u64, total + 1, "{path}");
    }
    let per_status = async |status: &str| {
        rest.get(&format!("/call-logs?per_page=1&status={status}")).await["meta"]["total"]
            .as_u64()
            .expect("a count")
    };
    let mut by_status = 0;
    for status in ["completed", "busy", "no_answer", "failed", "canceled"] {
        by_status += per_status(status).await;
    }
    assert_eq!(by_status, total, "every call ended in one of the ways");
    assert_eq!(rest.get("/session-updates/active").await["meta"]["total_active_calls"], 0);
}
