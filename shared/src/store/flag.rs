//! Reports of messages, beside the messages, and the list of those that were reported.

use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::keys::{self, Key};
use super::transaction::Update;
use super::{Store, is_live, read};
use model::event::Event;
use model::id::MessageId;
use model::time::Seconds;
use model::uid::Uid;

/// A report of a message.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flagged {
    /// When.
    pub flagged_at: Seconds,
    /// Why, by the client's own list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_id: Option<String>,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// How many reports of a message are looked at.
pub const MOST_FLAGS: usize = 100;

impl Store {
    /// Keeps a user's report of a message, which stands among those that were reported from then on; a later report
    /// replaces it. Its row carries the event.
    ///
    /// Cost: 1 round trip, 5 write units.
    pub async fn flag_message(
        &self,
        uid: &Uid,
        id: MessageId,
        flagged: &Flagged,
        event: &Event,
    ) -> Result<(), StoreError> {
        let listed = keys::listed_flagged(id).into_iter();
        let listed = listed.fold(Update::of(&Key::flagged(id)), |update, (name, value)| update.set(name, value));
        let tx = self.transaction::<Infallible>().put(&Key::flag(id, uid), flagged)?.event(event)?;
        tx.update(listed).commit().await?.unrefused()
    }

    /// Up to [`MOST_FLAGS`] reports of a message, by who reported it. Cost: 1 round trip, 1 read unit for about 12.
    pub async fn flags(&self, id: MessageId) -> Result<Vec<(Uid, Flagged)>, StoreError> {
        let (items, _) = self.items(&Key::flags(id), None, Some(MOST_FLAGS)).await?;
        let live = items.into_iter().filter(is_live);
        let flags = live.map(|item| {
            let reporter = Key::of(&item)?.reporter();
            Ok(reporter.zip(Some(read(item)?)))
        });
        flags.filter_map(Result::transpose).collect()
    }
}
