//! Conversations removed: from one user's view, or for everybody with all that they hold (contract/related.md,
//! "Conversations").

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Map, Value};

use crate::app::App;
use crate::conversations::find::{accessible, not_found};
use crate::error::ApiError;
use crate::identity::Caller;
use crate::messages::access;
use crate::store::conversation::Cleared;
use crate::store::conversation_deletion::Left;
use model::conversation::ConversationId;
use model::event::{Audience, Event, EventKind, Origin};
use model::fields::{self, Fields};
use model::message::{Message, Receiver};
use model::page::{Affix, IdRange};
use model::problem::Problem;
use model::uid::Uid;

/// How many messages of a conversation are removed at once.
const REMOVED_AT_ONCE: usize = 16;
/// How many messages are read at once to be removed.
const READ_AT_ONCE: usize = 200;

/// How a user removes a conversation from their view.
#[derive(Clone, Copy, Debug)]
pub struct Clearing {
    /// Whether it keeps its place in their lists.
    pub is_kept: bool,
}

impl Clearing {
    /// Reads a body.
    pub fn parse(body: &Map<String, Value>) -> Result<Clearing, Problem> {
        let mut fields = Fields::of(body);
        // For this user the messages are gone either way, and what the other side reads is not theirs to delete.
        fields.optional("deleteMessagesPermanently", fields::flag);
        let is_kept = fields.optional("preserveOrder", fields::flag).unwrap_or_default();
        fields.finish()?;
        Ok(Clearing { is_kept })
    }
}

/// Removes the acting user's conversation with `with` from their lists, and its messages from their view; the other
/// side keeps all. Returns who the acting user is. What is wrong with the body is said to who acts.
///
/// Cost: 4 round trips, 1 write unit, whatever the number of messages.
pub async fn clear(
    app: &App,
    caller: &Caller,
    with: &Receiver,
    clearing: Result<Clearing, ApiError>,
) -> Result<Uid, ApiError> {
    let user = access::acting_user(app, caller).await?;
    let Clearing { is_kept } = clearing?;
    let own = accessible(app, &user, with).await?;
    let (uid, conversation) = (user.uid, own.id());
    let Some(newest) = app.store.newest_message(conversation, IdRange::ALL).await? else { return Ok(uid) };
    let changes = own.participant.cleared_id != Some(newest.id) || own.participant.is_kept != is_kept;
    let event = changes.then(|| {
        let kind = EventKind::ConversationCleared { conversation: conversation.clone(), up_to: newest.id };
        app.event(&caller.origin(uid.clone()), Audience::User(uid.clone()), kind)
    });
    match app.store.clear_conversation(&uid, conversation, newest.id, is_kept, event.as_ref()).await? {
        // Who is no participant any more sees nothing of it either.
        Cleared::Done | Cleared::NoParticipant => Ok(uid),
    }
}

/// Deletes the conversation of the wire id `raw` with all its messages, for everybody. An id that fits several is
/// refused.
///
/// Cost: 1 round trip for each 200 messages and each 50, 4 for each message with reactions or files.
pub async fn delete_for_all(app: &App, origin: &Origin, raw: &str) -> Result<(), ApiError> {
    let named = ConversationId::parse_wire(raw);
    let states = app.store.conversation_states(&named).await?;
    let mut existing = named.into_iter().zip(states).filter_map(|(conversation, state)| state.map(|_| conversation));
    let conversation = existing.next().ok_or_else(|| not_found(raw))?;
    if existing.next().is_some() {
        return Err(ApiError::field("conversationId", "names several conversations; delete them by their users."));
    }
    let audience = Audience::Conversation(conversation.clone());
    let event = app.event(origin, audience, EventKind::ConversationDeleted);
    // The states of its participants stay: without the shared one nothing is listed, and the next message goes on with
    // them.
    delete_contents(app, &conversation, Some(&event)).await
}

/// Deletes all that a conversation holds: files, what people left on messages, messages, watermarks, and at last its
/// state, which carries the event. May be repeated after a failure, because a message goes after what hangs on it.
pub async fn delete_contents(app: &App, conversation: &ConversationId, event: Option<&Event>) -> Result<(), ApiError> {
    let mut left = Some(IdRange::ALL);
    while let Some(range) = left {
        let slice = app.store.messages(conversation, range, Affix::Append, READ_AT_ONCE).await?;
        left = match slice.items.last() {
            Some(last) if !slice.is_all => range.beyond(last.id, Affix::Append),
            _ => None,
        };
        stream::iter(slice.items)
            .map(|message| async move { delete_dependents(app, &message).await })
            .buffer_unordered(REMOVED_AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?;
    }
    while app.store.delete_some_contents(conversation, event).await? == Left::Perhaps {}
    Ok(())
}

/// Deletes what hangs on a message.
async fn delete_dependents(app: &App, message: &Message) -> Result<(), ApiError> {
    app.media.delete_objects(&message.files).await?;
    Ok(app.store.delete_dependents(message.id).await?)
}
