//! How many replies of a thread a user has not read (contract/messages.md: `unreadRepliesCount`).

use std::collections::{BTreeSet, HashMap};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::error::ApiError;
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::id::MessageId;
use model::message::Message;
use model::page::{Affix, IdRange};
use model::receipt::Receipt;
use model::uid::Uid;

/// How many threads are read at once.
const AT_ONCE: usize = 16;
/// The most replies of one thread that are looked at; a counter of this size means "at least".
pub const MAX_COUNTED: usize = 100;

/// What a user has not read of a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Replies of others.
    pub replies: u64,
    /// Of these the ones that mention the user.
    pub mentions: u64,
}

/// How many replies of others `viewer` has not read in the threads of `parents`; messages without replies are left out.
///
/// `known` are states of conversations that were read already.
///
/// Cost: nothing without threads; else 1 read unit for each conversation that is not known, then a query of half a unit for about
/// 30 unread replies of each thread, 16 at once, of [`MAX_COUNTED`] at the most.
pub async fn count(
    app: &App,
    viewer: &Uid,
    parents: &[Message],
    known: &[(Uid, ParticipantState)],
) -> Result<HashMap<MessageId, Unread>, ApiError> {
    let counted = unread(app, viewer, parents, known).await?.into_iter();
    let counted = counted.map(|(parent, ids)| (parent.id, Unread { replies: ids.len() as u64, mentions: 0 }));
    Ok(counted.collect())
}

/// [`count`] with the mentions.
///
/// Cost: as that; 1 round trip more, and a read unit for each unread reply.
pub async fn count_mentions(
    app: &App,
    viewer: &Uid,
    parents: &[Message],
) -> Result<HashMap<MessageId, Unread>, ApiError> {
    let unread = unread(app, viewer, parents, &[]).await?;
    let keys: Vec<(&ConversationId, MessageId)> =
        unread.iter().flat_map(|(parent, ids)| ids.iter().map(|id| (&parent.conversation, *id))).collect();
    let replies = app.store.messages_by_id(keys.into_iter()).await?;
    let mut counts: HashMap<MessageId, Unread> = HashMap::new();
    for (parent, ids) in unread {
        counts.insert(parent.id, Unread { replies: ids.len() as u64, mentions: 0 });
    }
    for reply in replies.iter().filter(|reply| reply.mentions.contains_key(viewer.as_str())) {
        if let Some(count) = reply.parent_id.and_then(|parent| counts.get_mut(&parent)) {
            count.mentions += 1;
        }
    }
    Ok(counts)
}

/// The unread replies of others in each thread that has any.
async fn unread<'m>(
    app: &App,
    viewer: &Uid,
    parents: &'m [Message],
    known: &[(Uid, ParticipantState)],
) -> Result<Vec<(&'m Message, Vec<MessageId>)>, ApiError> {
    let parents: Vec<&Message> = parents.iter().filter(|parent| 0 < parent.reply_count).collect();
    if parents.is_empty() {
        return Ok(Vec::new());
    }
    let mut read: HashMap<&ConversationId, MessageId> = HashMap::new();
    let mut note = |conversation, row: &ParticipantState| read.extend(Some(conversation).zip(row.seen(Receipt::Read)));
    let mut unknown: BTreeSet<&ConversationId> = BTreeSet::new();
    for conversation in parents.iter().map(|parent| &parent.conversation) {
        match known.iter().find(|(uid, row)| uid == viewer && row.conversation == *conversation) {
            Some((_, row)) => note(conversation, row),
            None => unknown.extend([conversation]),
        }
    }
    let rows = app.store.participant_states(unknown.iter().map(|held| (viewer.clone(), *held))).await?;
    unknown.into_iter().zip(rows).for_each(|(conversation, row)| row.iter().for_each(|row| note(conversation, row)));
    let unread = parents.into_iter().map(|parent| {
        let range = match read.get(&parent.conversation) {
            Some(id) => IdRange::ALL.beyond(*id, Affix::Append),
            None => Some(IdRange::ALL),
        };
        async move {
            let entries = match range {
                Some(range) => app.store.reply_entries(parent.id, range, Affix::Append, MAX_COUNTED).await?,
                None => Vec::new(),
            };
            let of_others = |sender: &Option<Uid>| sender.as_ref().is_some_and(|sender| sender != viewer);
            let ids = entries.into_iter().filter(|(_, sender)| of_others(sender)).map(|(id, _)| id);
            Ok::<_, ApiError>((parent, ids.collect::<Vec<_>>()))
        }
    });
    let unread = stream::iter(unread.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
    let unread: Vec<_> = unread.try_collect().await?;
    Ok(unread.into_iter().filter(|(_, ids)| !ids.is_empty()).collect())
}
