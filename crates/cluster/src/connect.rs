//! Opens the connection to Redis, and says clearly why it cannot be opened.

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::{AsyncConnectionConfig, Client, ErrorKind, IntoConnectionInfo, ProtocolVersion, RedisError};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

use crate::bus::{self, Bus};
use crate::limits::Limits;
use crate::link::Link;

/// How long opening the connection may take.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(2);

/// The pauses between attempts to reconnect grow from the first to the second.
const RECONNECT_DELAY_MIN: Duration = Duration::from_millis(50);
const RECONNECT_DELAY_MAX: Duration = Duration::from_millis(500);

/// After this many attempts, months of them, a failure that is no socket's (a changed password) stays for good.
const RECONNECT_TRIES_MAX: usize = 10_000_000;

/// A peer that vanished without a word is noticed after this, busy or idle.
const SILENCE_MAX: Duration = Duration::from_secs(3);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(1);

/// Questions that may be on their way at once; further ones wait within their own limit.
const IN_FLIGHT_MAX: usize = 1024;

/// Why the cluster cannot be joined.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("the key prefix is empty: give this installation a name of its own, such as \"opbx\"")]
    PrefixEmpty,
    #[error("the Redis URL cannot be used: {0} (expected redis://[user:password@]host[:port][/database])")]
    Url(String),
    #[error("Redis at {address} cannot be reached: {reason}")]
    Unreachable { address: String, reason: String },
    #[error("Redis at {address} refuses this user or password: {reason}")]
    Refused { address: String, reason: String },
    #[error("Redis at {address} cannot be used: {reason} (Redis 6 or newer, or Valkey, is needed)")]
    Unsuitable { address: String, reason: String },
}

pub(crate) async fn connect(
    redis_url: &str,
    prefix: &str,
    limits: &Limits,
) -> Result<(Arc<Link>, Bus), ConnectError> {
    if prefix.is_empty() {
        return Err(ConnectError::PrefixEmpty);
    }
    let client = client(redis_url)?;
    let address = client.get_connection_info().addr().to_string();
    check(&client, &address).await?;

    let node = Uuid::new_v4();
    let local = bus::Local::new(limits.bus_buffer_max);
    let connection = within(&address, manager(client, local.clone(), node)).await?;
    let link = Arc::new(Link::new(
        connection,
        address.clone(),
        prefix.to_owned(),
        node,
        limits.redis_wait_max,
        limits.redis_rest,
    ));
    let bus = Bus::shared(local, Arc::clone(&link));
    within(&address, bus.listen()).await?;
    Ok((link, bus))
}

fn client(redis_url: &str) -> Result<Client, ConnectError> {
    let wrong = |error: RedisError| ConnectError::Url(error.to_string());
    let info = redis_url.into_connection_info().map_err(wrong)?;
    // Without `nodelay` a question can wait 40 ms for the acknowledgement of the one before it.
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_INTERVAL).with_interval(KEEPALIVE_INTERVAL);
    let tcp = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive);
    #[cfg(target_os = "linux")]
    let tcp = tcp.set_user_timeout(SILENCE_MAX);
    // RESP3 carries the bus on the same connection and tells of its loss at once.
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Client::open(info.set_tcp_settings(tcp).set_redis_settings(settings)).map_err(wrong)
}

/// Connects once without retries, because the connection manager would hide the reason behind them.
async fn check(client: &Client, address: &str) -> Result<(), ConnectError> {
    let config = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT_WAIT_MAX));
    within(address, async {
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        redis::cmd("PING").exec_async(&mut connection).await
    })
    .await
}

async fn manager(client: Client, local: bus::Local, node: Uuid) -> Result<ConnectionManager, RedisError> {
    let config = ConnectionManagerConfig::new()
        .set_min_delay(RECONNECT_DELAY_MIN)
        .set_max_delay(RECONNECT_DELAY_MAX)
        .set_number_of_retries(RECONNECT_TRIES_MAX)
        .set_connection_timeout(Some(CONNECT_WAIT_MAX))
        .set_response_timeout(Some(CONNECT_WAIT_MAX))
        .set_pipeline_buffer_size(IN_FLIGHT_MAX)
        .set_push_sender(move |push| local.hear(node, &push))
        .set_automatic_resubscription();
    ConnectionManager::new_with_config(client, config).await
}

async fn within<T>(
    address: &str,
    deed: impl Future<Output = Result<T, RedisError>>,
) -> Result<T, ConnectError> {
    let address = || address.to_owned();
    match tokio::time::timeout(CONNECT_WAIT_MAX, deed).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(reason(&error, address())),
        Err(_) => {
            let reason = format!("no answer within {} s", CONNECT_WAIT_MAX.as_secs());
            Err(ConnectError::Unreachable { address: address(), reason })
        }
    }
}

fn reason(error: &RedisError, address: String) -> ConnectError {
    let reason = error.to_string();
    match error.kind() {
        ErrorKind::Io => ConnectError::Unreachable { address, reason },
        ErrorKind::AuthenticationFailed => ConnectError::Refused { address, reason },
        ErrorKind::InvalidClientConfig => ConnectError::Url(reason),
        _ if matches!(error.code(), Some("NOAUTH" | "WRONGPASS" | "NOPERM")) => {
            ConnectError::Refused { address, reason }
        }
        _ => ConnectError::Unsuitable { address, reason },
    }
}
