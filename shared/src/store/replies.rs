//! The replies of a thread: listed by an index, read where their conversation has them.

use std::collections::HashSet;

use super::Store;
use super::error::StoreError;
use super::keys::{self, Index, Key};
use model::conversation::ConversationId;
use model::id::MessageId;
use model::leaving::Leaving;
use model::message::Message;
use model::page::{Affix, IdRange};
use model::uid::Uid;

impl Store {
    /// Up to `most` ids of the replies to a message: the nearest in the direction of `affix`, in that order.
    ///
    /// Query, index `by-parent`, so a reply of the last moment may be missing. Cost: 1 round trip, half a read unit per
    /// 4 KB, about 30 ids.
    pub async fn replies(
        &self,
        parent: MessageId,
        range: IdRange,
        affix: Affix,
        most: usize,
    ) -> Result<Vec<MessageId>, StoreError> {
        Ok(self.reply_entries(parent, range, affix, most).await?.into_iter().map(|(id, _)| id).collect())
    }

    /// [`Store::replies`] with who wrote each, unless it was deleted. Cost: as that.
    pub async fn reply_entries(
        &self,
        parent: MessageId,
        range: IdRange,
        affix: Affix,
        most: usize,
    ) -> Result<Vec<(MessageId, Option<Uid>)>, StoreError> {
        let ends = [keys::id16(range.first()), keys::last_of_reply(range.last())];
        let is_falling = affix == Affix::Prepend;
        let entries = self.entries(Index::BY_PARENT, keys::thread(parent), ends, is_falling, most).await?;
        entries.items.iter().map(keys::reply_of).collect()
    }

    /// Replies of one conversation by their ids, which come in the direction of `affix`; unknown ids are left out. Replies often
    /// stand next to each other, so as many messages as there are ids are read in one go; one by one only what lies beyond.
    ///
    /// Cost: 1 round trip, 1 read unit per 4 KB of as many messages; where others stand between the replies, 1 round trip for
    /// each 100 that are left, 1 read unit each.
    pub async fn replies_by_id(
        &self,
        conversation: &ConversationId,
        ids: &[MessageId],
        affix: Affix,
        leaving: &Leaving,
    ) -> Result<Vec<Message>, StoreError> {
        let range = ids.iter().min().zip(ids.iter().max()).and_then(|(first, last)| IdRange::new(*first, *last));
        let Some(range) = range else { return Ok(Vec::new()) };
        let slice = self.messages(conversation, range, affix, ids.len()).await?;
        let reached = slice.items.last().filter(|_| !slice.is_all).map(|message| message.id);
        let left = reached.and_then(|reached| range.beyond(reached, affix));
        let left = ids.iter().filter(|id| left.is_some_and(|left| left.holds(**id)));
        let left: Vec<Key> = left.map(|id| Key::message(conversation, *id)).collect();
        let mut found = self.get_all(left.clone()).await?;
        let wanted: HashSet<MessageId> = ids.iter().copied().collect();
        let mut replies = slice.items;
        replies.retain(|message| wanted.contains(&message.id));
        for key in left {
            replies.extend(found.remove(&key)?);
        }
        self.without_leaving(replies, leaving).await
    }
}
