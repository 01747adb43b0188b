//! What a process builds once, before the first event, and every request borrows.

use crate::config::Config;
use crate::identity::KeyCache;
use crate::log::LogSink;
use crate::model::id::{IdSource, MessageId};
use crate::model::time::Millis;
use crate::store::{Endpoint, Store};

/// The process's shared parts.
pub struct App {
    /// The table.
    pub store: Store,
    /// Where request lines go.
    pub log: LogSink,
    pub(crate) keys: KeyCache,
    ids: IdSource,
}

impl App {
    /// An app on this table.
    pub fn new(store: Store, log: LogSink) -> App {
        App { store, log, keys: KeyCache::default(), ids: IdSource::default() }
    }

    /// The app of a deployed function.
    pub async fn from_config(config: &Config) -> App {
        App::new(Store::connect(&Endpoint::Aws, &config.table).await, crate::log::to_stdout())
    }

    /// The id of a message sent now.
    pub fn next_id(&self) -> MessageId {
        // Without entropy ids still rise, and the store still refuses a taken one.
        self.ids.draw(Millis::now(), getrandom::u64().unwrap_or_default())
    }
}
