//! Messages that an importer tells of without the ids of then: each gets one of its time, and its `muid` is taken for good.

use std::collections::{BTreeSet, HashMap};

use model::conversation::ConversationId;
use model::id::MessageId;
use model::message::Message;
use model::time::Seconds;
use model::uid::Uid;
use serde::{Deserialize, Serialize};

use crate::store::batch::Known;
use crate::store::error::StoreError;
use crate::store::keys::{GONE, Key};
use crate::store::transaction::{Commit, Untold, Update, number};
use crate::store::{Store, read, send};

/// How bringing in a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` brought it in"]
pub enum ToldMessage {
    /// It is there.
    Done,
    /// Another message has its id: draw another one.
    IdTaken,
    /// This message was brought in under the `muid` before.
    MuidTaken(MessageId),
}

/// That a `muid` is taken.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TakenMuid {
    message_id: MessageId,
}

#[derive(Clone, Copy)]
enum Refused {
    Id,
    Muid,
}

impl Store {
    /// Brings in a message under a `muid`, of which `digest` is the hex SHA-256.
    ///
    /// Cost: 1 round trip, 6 write units for a message of 1 KB.
    pub async fn import_told(&self, message: &Message, digest: &str) -> Result<ToldMessage, StoreError> {
        let tx = self.put_message(self.transaction(), message, Refused::Id)?;
        let tx = tx.put_new(&Key::muid(digest), &TakenMuid { message_id: message.id })?.or(Refused::Muid);
        let Commit::Refused(refused) = tx.untold(Untold::History).commit().await? else {
            return Ok(ToldMessage::Done);
        };
        let taken = refused.into_iter().find_map(|(why, item)| item.filter(|_| matches!(why, Some(Refused::Muid))));
        Ok(match taken {
            Some(taken) => ToldMessage::MuidTaken(read::<TakenMuid>(taken)?.message_id),
            None => ToldMessage::IdTaken,
        })
    }

    /// Which messages were brought in under these `muid`s, by their digests.
    ///
    /// Cost: 1 round trip for each 100, 1 read unit each.
    pub async fn told_before(&self, digests: &[String]) -> Result<HashMap<String, MessageId>, StoreError> {
        let found = self.get_all(digests.iter().map(|digest| Key::muid(digest)).collect()).await?;
        let taken = digests.iter().map(|digest| {
            let taken: Option<TakenMuid> = found.get(&Key::muid(digest))?;
            Ok(taken.map(|taken| (digest.clone(), taken.message_id)))
        });
        taken.filter_map(Result::transpose).collect()
    }

    /// What other rows know of such messages of one conversation, which rise: it begins with them if there was none, and its
    /// users have it. A repeat does the same, and neither changes what is unread.
    ///
    /// Cost: 1 round trip and write unit, 2 each and a read unit between users.
    pub async fn import_surroundings(&self, told: &[&Message]) -> Result<(), StoreError> {
        self.import_senders(told, told.iter().map(|message| message.sent_at()).max()).await?;
        self.import_last(told, false).await?;
        let Some((first, last)) = told.first().zip(told.last()) else { return Ok(()) };
        if first.conversation.users().is_empty() {
            return Ok(());
        }
        // What is sent from now on is beyond the state's last message, so beyond these. If nothing was sent before, counters
        // need not look at them.
        let state = self
            .conversation_states(std::slice::from_ref(&first.conversation), Known::default())
            .await?
            .pop()
            .flatten();
        let is_quiet = state.is_some_and(|state| state.news_message_id.is_none());
        for uid in first.conversation.users() {
            let row = send::opened_row(uid, &first.conversation, first.sent_at(), None);
            let row = match is_quiet {
                true => {
                    let row = row.set("startId", number(last.id.number())).number(":last", last.id.number());
                    row.when("(attribute_not_exists(startId) OR startId < :last)")
                }
                false => row,
            };
            self.apply_unread(row.untold(Untold::History)).await?.either_way();
        }
        Ok(())
    }

    /// Lets the deletion of whoever wrote to a group find that they did: by their row, which who is no member has as one who
    /// left.
    ///
    /// Cost: 1 round trip and write unit for each sender to a group.
    pub(super) async fn import_senders(&self, messages: &[&Message], at: Option<Seconds>) -> Result<(), StoreError> {
        let in_groups = messages.iter().filter(|message| matches!(message.conversation, ConversationId::Group(_)));
        let senders: BTreeSet<(&Uid, &ConversationId)> =
            in_groups.map(|message| (&message.sender, &message.conversation)).collect();
        for (uid, conversation) in senders.into_iter().filter(|(uid, _)| **uid != Uid::app_system()) {
            let row = Update::of(&Key::participant_state(uid, conversation))
                .set(GONE, number(at.unwrap_or_default().get()))
                .when("attribute_not_exists(pk)");
            self.apply_unread(row.untold(Untold::History)).await?.either_way();
        }
        Ok(())
    }

    /// Counts a request of the data import in the minute that begins at this second; says how many there are by now.
    ///
    /// Cost: as [`Store::count_request`].
    pub async fn count_import(&self, minute: Seconds) -> Result<u64, StoreError> {
        self.count_request(&Uid::app_system(), minute).await
    }
}
