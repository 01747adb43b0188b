//! How many replies of a thread a user has not read (contract/messages.md: `unreadRepliesCount`).

use std::collections::{BTreeMap, HashMap};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::error::ApiError;
use model::conversation::ConversationId;
use model::id::MessageId;
use model::message::Message;
use model::page::{Affix, IdRange};
use model::receipt::Receipt;
use model::uid::Uid;

/// How many threads are read at once.
const AT_ONCE: usize = 16;
/// The most replies of one thread that are counted; a counter of this size means "at least".
const MAX_COUNTED: usize = 1_000;

/// What a user has not read of a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Replies of others.
    pub replies: u64,
    /// Of these the ones that mention the user.
    pub mentions: u64,
}

/// What `viewer` has not read of the threads of `parents`; messages without replies are left out.
///
/// Cost: nothing without threads; else 3 round trips: 1 read unit for each conversation, a query of half a unit for each
/// thread, 16 at once, and 1 unit for each unread reply.
pub async fn count(app: &App, viewer: &Uid, parents: &[Message]) -> Result<HashMap<MessageId, Unread>, ApiError> {
    let parents: Vec<&Message> = parents.iter().filter(|parent| 0 < parent.reply_count).collect();
    if parents.is_empty() {
        return Ok(HashMap::new());
    }
    let conversations: BTreeMap<&ConversationId, ()> =
        parents.iter().map(|parent| (&parent.conversation, ())).collect();
    let rows = app.store.participant_states(conversations.keys().map(|held| (viewer.clone(), *held))).await?;
    let read: HashMap<&ConversationId, MessageId> = conversations
        .keys()
        .zip(rows)
        .filter_map(|(conversation, row)| Some((*conversation, row?.seen(Receipt::Read)?)))
        .collect();

    let unread = parents.into_iter().map(|parent| {
        let range = match read.get(&parent.conversation) {
            Some(id) => IdRange::ALL.beyond(*id, Affix::Append),
            None => Some(IdRange::ALL),
        };
        async move {
            let ids = match range {
                Some(range) => app.store.replies(parent.id, range, Affix::Append, MAX_COUNTED).await?,
                None => Vec::new(),
            };
            Ok::<_, ApiError>(ids.into_iter().map(|id| (parent.conversation.clone(), id)).collect::<Vec<_>>())
        }
    });
    let unread: Vec<Vec<(ConversationId, MessageId)>> =
        stream::iter(unread.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).try_collect().await?;
    let keys = unread.iter().flatten().map(|(conversation, id)| (conversation, *id));
    let replies = app.store.messages_by_id(keys).await?;

    let mut counts: HashMap<MessageId, Unread> = HashMap::new();
    for reply in replies.iter().filter(|reply| reply.sender != *viewer && !reply.is_deleted()) {
        let Some(parent) = reply.parent_id else { continue };
        let count = counts.entry(parent).or_default();
        count.replies += 1;
        count.mentions += u64::from(reply.mentions.contains_key(viewer.as_str()));
    }
    Ok(counts)
}
