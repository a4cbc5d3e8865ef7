//! How often something may be done, counted over all nodes.

use crate::App;
pub use opbx_cluster::Rate;
use std::time::Duration;

/// Counts one deed under a key, if fewer than `limit` were counted within the window that ends now.
pub async fn take(app: &App, key: &str, limit: u32, window: Duration) -> Rate {
    app.cluster().rates().take(key, limit, window, app.clock().now().as_millisecond()).await
}
