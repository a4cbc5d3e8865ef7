//! Joining a cluster works, or fails with a reason that an operator can act on.

use opbx_cluster::{Cluster, ConnectError};
use std::net::TcpListener;

use crate::nodes::{Nodes, patient, prefix, redis_url};

async fn refusal(url: &str) -> ConnectError {
    match Cluster::connect(url, &prefix()).await {
        Ok(_) => panic!("{url} was joined"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_healthy_backend_says_so() {
    let memory = Cluster::memory().health().await;
    assert_eq!((memory.backend, memory.ok), ("memory", true));
    let Nodes([node, _]) = Nodes::redis(&patient()).await;
    let redis = node.health().await;
    assert_eq!((redis.backend, redis.ok), ("redis", true));
}

#[tokio::test]
async fn an_address_that_is_no_redis_url_is_named() {
    assert!(matches!(refusal("127.0.0.1 port 1").await, ConnectError::Url(_)));
    assert!(matches!(refusal("http://127.0.0.1:1").await, ConnectError::Url(_)));
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_named_and_the_password_is_not() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refusal(&format!("redis://:hush-hush@127.0.0.1:{port}")).await;
    assert!(
        matches!(&error, ConnectError::Unreachable { address, .. } if *address == format!("127.0.0.1:{port}"))
    );
    assert!(!error.to_string().contains("hush-hush"), "{error}");
}

#[tokio::test]
async fn a_wrong_password_is_told_from_an_absent_server() {
    let address = redis_url().replace("redis://", "redis://nobody:hush-hush@");
    let error = refusal(&address).await;
    assert!(matches!(error, ConnectError::Refused { .. }), "{error}");
    assert!(!error.to_string().contains("hush-hush"), "{error}");
}

#[tokio::test]
async fn an_empty_prefix_is_refused() {
    assert!(matches!(Cluster::connect(&redis_url(), "").await, Err(ConnectError::PrefixEmpty)));
}
