//! Conversations removed: from one user's view, or for everybody with all that they hold (contract/related.md,
//! "Conversations").

use serde_json::{Map, Value};

use crate::app::App;
use crate::conversations::find::{accessible, not_found};
use crate::error::ApiError;
use crate::identity::{Actor, Caller};
use crate::jobs;
use crate::messages::access;
use crate::store::batch::Known;
use crate::store::conversation::Cleared;
use crate::store::conversation_deletion::Marking;
use crate::store::tries::Tries;
use model::conversation::ConversationId;
use model::event::{Audience, EventKind};
use model::fields::{self, Fields};
use model::id::MessageId;
use model::job::{Job, Work};
use model::message::Receiver;
use model::problem::Problem;
use model::uid::Uid;

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
    let Some(left) = own.left() else { return Ok(uid) };
    let Some(newest) = app.store.newest_message(conversation, left).await? else { return Ok(uid) };
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

/// Deletes the conversation of the wire id `raw` with all its messages, for everybody: from now on nothing of it is there,
/// and a job removes it. Whoever writes in it begins it anew. An id that fits several is refused. A repeat while the job
/// goes on starts it again if it was lost.
///
/// Cost: 2 round trips, 4 write units, whatever it holds; see [`crate::jobs`].
pub async fn delete_for_all(app: &App, actor: &Actor, raw: &str) -> Result<(), ApiError> {
    let named = ConversationId::parse_wire(raw);
    let mut tries = Tries::begin();
    loop {
        let states = app.store.conversation_states(&named, Known::default()).await?;
        let mut existing = named.iter().zip(states).filter_map(|(conversation, state)| Some((conversation, state?)));
        let Some((conversation, state)) = existing.next() else { return repeat(app, actor, &named, raw).await };
        if existing.next().is_some() {
            return Err(ApiError::field("conversationId", "names several conversations; delete them by their users."));
        }
        let audience = Audience::Conversation(conversation.clone());
        let event = app.event(&actor.origin(), audience, EventKind::ConversationDeleted);
        let up_to = state.last_message_id.after().map_or(event.id, |next| next.max(event.id));
        let work = Work::DeleteConversation { conversation: conversation.clone(), up_to };
        let job = Job::new(work, event.id, &actor.origin());
        if app.store.mark_conversation(conversation, up_to, &job, &event).await? == Marking::Done {
            return Ok(());
        }
        tries.again().await?;
    }
}

async fn repeat(app: &App, actor: &Actor, named: &[ConversationId], raw: &str) -> Result<(), ApiError> {
    for conversation in named {
        let work = Work::DeleteConversation { conversation: conversation.clone(), up_to: MessageId::MAX };
        if jobs::repeat(app, actor, &work).await?.is_some() {
            return Ok(());
        }
    }
    Err(not_found(raw))
}
