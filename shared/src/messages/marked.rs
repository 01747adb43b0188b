//! Lists of the pinned messages of a conversation and of the saved messages of a user, the newest mark first
//! (contract/uikit.md, row 7).

use std::collections::HashMap;

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Actor;
use crate::messages::query::Listing;
use crate::messages::{access, goals, history};
use crate::parts;
use model::budget::Entries;
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::filter::MessageFilter;
use model::id::MessageId;
use model::listed::Listed;
use model::marks::{Mark, MarkKind, MarksMeta, MarksRequest};
use model::message::Message;
use model::page::IdRange;

use super::pins::MAX_PINNED;

/// A page of the marked messages that the list reaches and the filter keeps. Deleted messages are on neither list.
///
/// Cost: 1 round trip for the marks; 1 and a read unit a mark for the messages, for saves 1 and a unit more to find
/// them; a hundred marks at the most; for a user 1 and 2 units for each group among them. Then that of showing them.
pub async fn list(
    app: &App,
    actor: &Actor,
    listing: &Listing,
    request: &MarksRequest,
    rows: Vec<ParticipantState>,
    filter: &MessageFilter,
) -> Result<Listed<MarksMeta>, ApiError> {
    let mut marked = match request.kind {
        MarkKind::Pinned => pinned(app, &rows).await?,
        MarkKind::Saved => saved(app, actor, &rows).await?,
    };
    let reaches: HashMap<ConversationId, IdRange> = rows
        .iter()
        .filter_map(|row| {
            let reach = history::reach(row, filter)?.and(listing.request.range?)?;
            Some((row.conversation.clone(), reach))
        })
        .collect();
    marked.retain(|(_, message)| {
        let is_reached = reaches.get(&message.conversation).is_some_and(|reach| reach.holds(message.id));
        is_reached && !message.is_deleted() && filter.keeps(message)
    });
    if let Some(uid) = actor.uid() {
        let marked_in = marked.iter().map(|(_, message)| &message.conversation);
        let joined = access::joined_groups(app, uid, marked_in).await?;
        marked.retain(|(_, message)| joined.may_read(&message.conversation));
    }
    if filter.with_goal {
        let met = goals::met(app, actor, marked.iter().map(|(_, message)| message)).await?;
        marked.retain(|(_, message)| met.contains(&message.id));
    }
    marked.sort_by_key(|(mark, _)| std::cmp::Reverse(*mark));
    let has_more = request.cut(&mut marked);
    let (marks, messages): (Vec<Mark>, Vec<Message>) = marked.into_iter().unzip();
    let viewing = &listing.viewing.clone().by(actor);
    let views = parts::borrowed(&messages, |part| viewing.all(app, part)).await?;
    let entries = Entries::first(&views);
    let meta = request.meta(&marks, entries.len(), has_more);
    Ok(Listed { entries, meta: Some(meta) })
}

/// The pinned messages of the conversation that a list is of, or the few of its wire id.
async fn pinned(app: &App, rows: &[ParticipantState]) -> Result<Vec<(Mark, Message)>, ApiError> {
    let mut keys = Vec::new();
    for row in rows {
        // Some more than may be, because they were counted without a lock.
        let ids = app.store.pinned(&row.conversation, 2 * MAX_PINNED).await?;
        keys.extend(ids.into_iter().map(|id| (&row.conversation, id)));
    }
    let messages = app.store.messages_by_id(keys.into_iter()).await?;
    let mark = |message: Message| Some((Mark { at: message.pinned_at?, id: message.id }, message));
    Ok(messages.into_iter().filter_map(mark).collect())
}

/// The messages that the acting user has saved in these conversations.
async fn saved(app: &App, actor: &Actor, rows: &[ParticipantState]) -> Result<Vec<(Mark, Message)>, ApiError> {
    let uid = actor.uid().ok_or_else(|| ApiError::field("saved", "needs an acting user."))?;
    let saved = app.store.saved(uid, IdRange::ALL).await?;
    let ids: Vec<MessageId> = saved.keys().copied().collect();
    let pointed = app.store.pointed(&ids).await?;
    let is_theirs = |conversation: &ConversationId| rows.iter().any(|row| row.conversation == *conversation);
    let keys = pointed.iter().filter(|pointed| is_theirs(&pointed.conversation));
    let messages = app.store.messages_by_id(keys.map(|pointed| (&pointed.conversation, pointed.id))).await?;
    let mark = |message: Message| {
        let at = *saved.get(&message.id)?;
        // Also one that was saved before messages told so.
        Some((Mark { at, id: message.id }, Message { is_saved: true, ..message }))
    };
    Ok(messages.into_iter().filter_map(mark).collect())
}
