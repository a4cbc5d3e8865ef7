//! How often something may be done, counted over all nodes.

use crate::{App, metrics};
pub use opbx_cluster::Rate;
use std::time::Duration;

/// Counts one deed under a key, if fewer than `limit` were counted within the window that ends now.
pub async fn take(app: &App, key: &str, limit: u32, window: Duration) -> Rate {
    let rate = app.cluster().rates().take(key, limit, window, app.clock().now().as_millisecond()).await;
    if matches!(rate, Rate::Wait(_)) {
        metrics::rate_limited(key);
    }
    rate
}
