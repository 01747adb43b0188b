//! What a process builds once, before the first event, and every request borrows.

use crate::aws;
use crate::aws::turns::Turns;
use crate::config::Config;
use crate::identity::KeyCache;
use crate::log::LogSink;
use crate::media::Media;
use crate::model::id::{IdSource, MessageId};
use crate::model::time::Millis;
use crate::store::Store;

/// The process's shared parts.
pub struct App {
    /// The table.
    pub store: Store,
    /// The bucket.
    pub media: Media,
    /// Where request lines go.
    pub log: LogSink,
    pub(crate) keys: KeyCache,
    ids: IdSource,
    turns: Turns,
}

impl App {
    /// An app on this table and bucket.
    pub fn new(store: Store, media: Media, log: LogSink) -> App {
        App { store, media, log, keys: KeyCache::default(), ids: IdSource::default(), turns: Turns::default() }
    }

    /// The app of a deployed function.
    pub async fn from_config(config: &Config) -> App {
        let turns = Turns::default();
        let aws = aws::of_function().await;
        // Files are too long to wait for each other.
        let media = Media::on(aws.clone(), &config.bucket, config.download_url_seconds);
        let store = Store::on(&turns.over(&aws), &config.table).with_member_limit(config.member_limit);
        App { turns, ..App::new(store, media, crate::log::to_stdout()) }
    }

    /// Notes that an event was answered: calls of further ones do not take turns.
    pub fn answered(&self) {
        self.turns.end();
    }

    /// The id of a message sent now.
    pub fn next_id(&self) -> MessageId {
        // Without entropy ids still rise, and the store still refuses a taken one.
        self.ids.draw(Millis::now(), getrandom::u64().unwrap_or_default())
    }
}
