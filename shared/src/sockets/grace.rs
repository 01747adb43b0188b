//! How long nobody notices that a user's network is gone: clients come back by themselves.

use std::time::Duration;

use tokio::sync::watch;

/// The vendor's SDKs are back five seconds after their network.
pub const PRESENCE_GRACE: Duration = Duration::from_secs(8);

/// The time that a user has to come back, until the service ends: then nobody can.
pub struct Grace {
    length: Duration,
    is_over: watch::Sender<bool>,
}

impl Grace {
    /// So much time.
    pub fn of(length: Duration) -> Grace {
        Grace { length, is_over: watch::Sender::new(false) }
    }

    /// From now on nobody waits, whoever waits already among them.
    pub fn end(&self) {
        self.is_over.send_replace(true);
    }

    /// Waits for who may come back.
    pub(super) async fn pass(&self) {
        let mut is_over = self.is_over.subscribe();
        let over = is_over.wait_for(|is_over| *is_over);
        // Either way it has passed.
        let _ = tokio::time::timeout(self.length, over).await;
    }
}
