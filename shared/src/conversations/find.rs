//! A user's conversation: found, tagged, removed (contract/related.md, "Conversations"). Lists are in
//! [`crate::conversations::list`].

use futures_util::{StreamExt, TryStreamExt, stream};
use lambda_http::Request;

use crate::app::App;
use crate::conversations::list::{self, Entry};
use crate::conversations::receipts::not_accessible;
use crate::error::ApiError;
use crate::http::request;
use crate::messages::access;
use crate::store::group_deletion::Left;
use model::conversation::ConversationId;
use model::conversation_view::ConversationView;
use model::entity::Party;
use model::fields::{self, Fields};
use model::filter::other_side;
use model::message::{Message, Receiver};
use model::page::{Affix, IdRange};
use model::problem::Code;
use model::tags::Tags;
use model::uid::Uid;
use model::user::User;

/// How many messages of a conversation are removed at once.
const REMOVED_AT_ONCE: usize = 16;
/// How many messages are read at once to be removed.
const READ_AT_ONCE: usize = 200;

/// The acting user's conversation with `with`.
///
/// Cost: 4 round trips, 8 read units and those of the unread messages.
pub async fn find(app: &App, req: &Request, with: &Receiver) -> Result<ConversationView, ApiError> {
    let user = access::acting_user(app, &request::caller(req)).await?;
    let entry = accessible(app, &user, with).await?;
    list::view(app, &user.uid, entry).await
}

/// The acting user's conversation of this wire id.
///
/// Cost: as [`find`].
pub async fn find_by_id(app: &App, req: &Request) -> Result<ConversationView, ApiError> {
    let user = access::acting_user(app, &request::caller(req)).await?;
    let uid = &user.uid;
    let raw = request::raw_path(req, "conversationId");
    let mut refusal = not_found(raw);
    for conversation in ConversationId::parse_wire(raw) {
        if matches!(conversation, ConversationId::Group(_)) || conversation.is_between(uid) {
            match accessible(app, &user, &other_side(&conversation, uid)).await {
                Ok(entry) => return list::view(app, uid, entry).await,
                Err(error) => refusal = error,
            }
        }
    }
    Err(refusal)
}

/// Gives the acting user's conversation with `with` the tags of the body.
///
/// Cost: that of [`find`], and 1 round trip and 1 write unit.
pub async fn tag(app: &App, req: &Request, with: &Receiver) -> Result<ConversationView, ApiError> {
    let user = access::acting_user(app, &request::caller(req)).await?;
    let uid = &user.uid;
    let body = request::json(req)?;
    let mut fields = Fields::of(&body);
    let tags = fields.required("tags", Tags::parse);
    fields.finish()?;
    let mut entry = accessible(app, &user, with).await?;
    let tagged = app.store.tag_conversation(uid, &entry.row.conversation, &tags.unwrap_or_default()).await?;
    entry.row = tagged.ok_or_else(|| not_accessible(uid, with))?.of(&user);
    list::view(app, uid, entry).await
}

/// Removes the acting user's conversation with `with` from their lists, and its messages from their view; the other
/// side keeps all. Returns who the acting user is.
///
/// Cost: 4 round trips, 1 write unit, whatever the number of messages.
pub async fn clear(app: &App, req: &Request, with: &Receiver) -> Result<Uid, ApiError> {
    let user = access::acting_user(app, &request::caller(req)).await?;
    let body = request::json(req)?;
    let mut fields = Fields::of(&body);
    // For this user the messages are gone either way, and what the other side reads is not theirs to delete.
    fields.optional("deleteMessagesPermanently", fields::flag);
    let is_kept = fields.optional("preserveOrder", fields::flag).unwrap_or_default();
    fields.finish()?;
    let entry = accessible(app, &user, with).await?;
    let (uid, conversation) = (user.uid, &entry.row.conversation);
    if let Some(newest) = app.store.newest_message(conversation, IdRange::ALL).await? {
        app.store.clear_conversation(&uid, conversation, newest.id, is_kept).await?;
    }
    Ok(uid)
}

/// Deletes the conversation of this wire id with all its messages, for everybody. An id that fits several is refused.
///
/// Cost: 1 round trip for each 200 messages and each 50, 4 for each message with reactions or files.
pub async fn delete_for_all(app: &App, req: &Request) -> Result<(), ApiError> {
    let raw = request::raw_path(req, "conversationId");
    let named = ConversationId::parse_wire(raw);
    let heads = app.store.conversation_states(&named).await?;
    let existing: Vec<ConversationId> =
        named.into_iter().zip(heads).filter_map(|(conversation, head)| head.map(|_| conversation)).collect();
    if existing.is_empty() {
        return Err(not_found(raw));
    }
    if 1 < existing.len() {
        return Err(ApiError::field("conversationId", "names several conversations; delete them by their users."));
    }
    for conversation in existing {
        // Its rows stay: without a head nothing is listed, and the next message goes on with them.
        empty(app, &conversation).await?;
    }
    Ok(())
}

/// Removes all that a conversation holds: files, what people left on messages, messages, marks. May be repeated after
/// a failure, because a message goes after what hangs on it.
pub async fn empty(app: &App, conversation: &ConversationId) -> Result<(), ApiError> {
    let mut left = Some(IdRange::ALL);
    while let Some(span) = left {
        let slice = app.store.messages(conversation, span, Affix::Append, READ_AT_ONCE).await?;
        left = match slice.items.last() {
            Some(last) if !slice.is_all => span.beyond(last.id, Affix::Append),
            _ => None,
        };
        stream::iter(slice.items)
            .map(|message| async move { strip(app, &message).await })
            .buffer_unordered(REMOVED_AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?;
    }
    while app.store.remove_some_messages(conversation).await? == Left::Perhaps {}
    Ok(())
}

/// Removes what hangs on a message.
async fn strip(app: &App, message: &Message) -> Result<(), ApiError> {
    app.media.delete_objects(&message.files).await?;
    Ok(app.store.delete_dependents(message.id).await?)
}

/// The conversation, if the other side exists, the user belongs to it, and it holds anything that they have not removed.
///
/// Cost: 1 round trip, 3 to 5 read units.
pub async fn accessible(app: &App, user: &User, with: &Receiver) -> Result<Entry, ApiError> {
    let standing = app.store.conversation_access(user, with, None).await?;
    match (with, &standing.with) {
        // Who is deactivated is still listed, so that what they wrote can be read.
        (Receiver::User(_), Some(Party::User(_))) => {}
        (Receiver::User(other), _) => return Err(ApiError::uid_not_found(other)),
        (Receiver::Group(guid), None) => return Err(ApiError::guid_not_found(guid)),
        (Receiver::Group(_), Some(_)) => {}
    }
    let is_member = matches!(with, Receiver::User(_)) || standing.membership.member.is_some();
    let entry = standing.row.zip(standing.head).map(|(row, head)| Entry { row, head });
    let entry = entry.filter(|entry| is_member && entry.is_listed());
    entry.ok_or_else(|| not_accessible(&user.uid, with))
}

fn not_found(raw: &str) -> ApiError {
    ApiError::new(Code::ConversationNotFound, format!("There is no conversation {raw}."))
}
