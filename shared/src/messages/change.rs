//! Edits and deletions, and the action messages that tell of them (contract/messages.md, operations 6 and 7).

use lambda_http::Request;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::error::ApiError;
use crate::files::attach;
use crate::http::request;
use crate::identity::Actor;
use crate::messages::access::{self, Opened};
use crate::messages::mentions;
use crate::messages::render::Viewing;
use crate::store::error::StoreError;
use crate::store::write::Changed;
use model::conversation::ConversationId;
use model::edit::Edit;
use model::entity;
use model::fields::{self, Fields};
use model::group::Scope;
use model::message::{Category, Message};
use model::message_view::MessageView;
use model::page::{Affix, IdRange};
use model::problem::Code;
use model::tags::Tags;
use model::uid::Uid;
use model::user::User;

/// How often a change is tried again when the message was changed meanwhile, or an id was taken.
const ATTEMPTS: usize = 5;

/// Edits the message of the path as the body says and returns the action message.
///
/// Cost: 3 round trips, 1 more if the text mentions anybody; 7 write units for messages of 1 KB.
pub async fn edit(app: &App, req: &Request) -> Result<MessageView, ApiError> {
    for _ in 0..ATTEMPTS {
        let Opened { actor, message: before, membership } =
            access::message_to_change(app, &request::caller(req), request::message_id(req)).await?;
        let edit = Edit::parse(&request::json(req)?)?;
        require_right(app, &actor, &before, membership.member.map(|member| member.scope)).await?;
        let (data, tags) = edited(app, &before, edit)?;
        let mentioned = mentions::mentioned(&data)?;
        let mentioned = if mentioned.is_empty() {
            Vec::new()
        } else {
            app.store.users(&mentioned.iter().collect::<Vec<&Uid>>()).await?
        };

        let action = action(app, &actor, &before, "edited");
        let mut after = before.clone();
        after.mentions = mentions::mentions(&mentioned, &before.sender)?;
        after.data = data;
        after.tags = tags;
        after.edited_at = Some(action.sent_at());
        after.edited_by = Some(action.sender.clone());
        after.updated_at = action.sent_at();
        after.revision += 1;
        if app.store.edit_message(&before, &after, &action).await? == Changed::Done {
            return told(app, &actor, &action, &after).await;
        }
    }
    Err(StoreError::Conflict.into())
}

/// The `data` and tags after the edit. Clients send the download URLs of files back, so files are named by URLs while
/// the edit is applied, and by keys again when it is stored.
fn edited(app: &App, before: &Message, mut edit: Edit) -> Result<(Map<String, Value>, Tags), ApiError> {
    let mut shown = before.data.clone();
    attach::name_by_url(&app.media, &mut shown, &before.files);
    if let Some(data) = edit.data_mut() {
        // Without their signatures, which would count as a part of the `data`.
        attach::restore(&app.media, data, &before.files);
        attach::name_by_url(&app.media, data, &before.files);
    }
    let (mut data, tags) = edit.applied(shown, before)?;
    attach::restore(&app.media, &mut data, &before.files);
    attach::require_nothing_new(&app.media, &data, &before.files)?;
    Ok((data, tags))
}

/// Deletes the message of the path, softly or for good as the body says, and returns the action message.
pub async fn delete(app: &App, req: &Request) -> Result<MessageView, ApiError> {
    let opened = access::message_to_change(app, &request::caller(req), request::message_id(req)).await?;
    let body = request::json(req)?;
    let mut fields = Fields::of(&body);
    let for_good = fields.optional("permanent", fields::flag).unwrap_or_default();
    fields.finish()?;
    if for_good { delete_for_good(app, req, opened).await } else { delete_softly(app, req, opened).await }
}

/// Takes the content of a message away.
///
/// Cost: 3 round trips, 7 write units for messages of 1 KB.
async fn delete_softly(app: &App, req: &Request, mut opened: Opened) -> Result<MessageView, ApiError> {
    for _ in 0..ATTEMPTS {
        let Opened { actor, message, membership } = opened;
        require_right(app, &actor, &message, membership.member.map(|member| member.scope)).await?;
        let action = action(app, &actor, &message, "deleted");
        let was_pinned = message.pinned_at.is_some();
        let after = message.deleted(action.sender.clone(), action.sent_at());
        if app.store.soft_delete(&after, was_pinned, &action).await? == Changed::Done {
            return told(app, &actor, &action, &after).await;
        }
        opened = access::message_to_change(app, &request::caller(req), request::message_id(req)).await?;
    }
    Err(StoreError::Conflict.into())
}

/// Removes a message and all that hangs on it.
///
/// The content goes first, then the reactions and the files, then the message: broken off anywhere, nothing can be
/// read, and the same request finishes it.
///
/// Cost: 5 round trips and 1 for each 25 reactions and holders; 1 to S3 if it has files.
async fn delete_for_good(app: &App, req: &Request, mut opened: Opened) -> Result<MessageView, ApiError> {
    for _ in 0..ATTEMPTS {
        let Opened { actor, message, membership } = opened;
        let scope = membership.member.map(|member| member.scope);
        require_deletable(&message)?;
        require_author(app, &actor, &message, scope).await?;
        let action = action(app, &actor, &message, "deleted");
        let after = message.deleted(action.sender.clone(), action.sent_at());
        app.store.empty_message(&after).await?;
        app.store.remove_all_about(after.id).await?;
        // The message names its files until it goes, also when it was deleted softly before.
        app.media.delete_objects(&after.files).await?;
        if app.store.remove_message(&after, &action).await? == Changed::Done {
            repair_last_reply(app, &after).await?;
            return told(app, &actor, &action, &after).await;
        }
        opened = access::message_to_change(app, &request::caller(req), request::message_id(req)).await?;
    }
    Err(StoreError::Conflict.into())
}

/// Makes the newest reply that is left the last of the thread of a reply that is gone. Whoever removes several at once
/// comes here after each of them, so the last one sees what is left.
async fn repair_last_reply(app: &App, gone: &Message) -> Result<(), ApiError> {
    const LOOKED_AT: usize = 50;
    let Some(parent_id) = gone.parent_id else { return Ok(()) };
    for _ in 0..ATTEMPTS {
        let (parent, _) = app.store.message_for(&gone.conversation, parent_id, None).await?;
        let Some(last) = parent.and_then(|parent| parent.last_reply_id) else { return Ok(()) };
        // The index may still name replies that are gone.
        let ids = app.store.replies(parent_id, IdRange::ALL, Affix::Prepend, LOOKED_AT).await?;
        let named = ids.iter().chain([&last]).map(|id| (&gone.conversation, *id));
        let left = app.store.messages_by_id(named).await?;
        if left.iter().any(|reply| reply.id == last) {
            return Ok(());
        }
        let newest = left.iter().map(|reply| reply.id).max();
        app.store.repair_last_reply(&gone.conversation, parent_id, last, newest).await?;
    }
    Ok(())
}

/// The action message as its doer reads it, with the message as the act left it.
async fn told(app: &App, actor: &Actor, action: &Message, after: &Message) -> Result<MessageView, ApiError> {
    Viewing::of_one(None).by(actor).telling(app, action, after).await
}

/// Whether the actor may change the message, and whether it can be changed at all.
async fn require_right(app: &App, actor: &Actor, message: &Message, scope: Option<Scope>) -> Result<(), ApiError> {
    require_deletable(message)?;
    if message.is_deleted() {
        let sentence = format!("The message {} is deleted and cannot be changed.", message.id);
        return Err(ApiError::new(Code::MessageActionNotAllowed, sentence));
    }
    require_author(app, actor, message, scope).await
}

fn require_deletable(message: &Message) -> Result<(), ApiError> {
    if matches!(message.category, Category::Action | Category::Call) {
        let sentence = format!("The message {} tells of an act and cannot be changed.", message.id);
        return Err(ApiError::new(Code::MessageActionNotAllowed, sentence));
    }
    Ok(())
}

/// One's own messages; in groups all, for moderators, admins and the owner; for the app all.
async fn require_author(app: &App, actor: &Actor, message: &Message, scope: Option<Scope>) -> Result<(), ApiError> {
    let Some(uid) = actor.uid() else { return Ok(()) };
    // What the former owner of the UID sent is not one's own.
    let is_author = message.sender == *uid && !actor.user().is_some_and(|user| user.is_younger_than(message.id));
    if is_author || scope.is_some_and(|scope| Scope::Moderator <= scope) {
        return Ok(());
    }
    if let ConversationId::Group(guid) = &message.conversation {
        let (group, _) = app.store.group_for(guid, None).await?;
        if group.is_some_and(|group| group.owner == *uid) {
            return Ok(());
        }
    }
    let sentence = format!("The user {uid} did not send the message {} and may not change it.", message.id);
    Err(ApiError::new(Code::MessageNotASender, sentence))
}

/// The action message: who did what to which message, for its receiver.
fn action(app: &App, actor: &Actor, message: &Message, verb: &str) -> Message {
    let by: User = actor.as_user();
    let receiver = message.entities.get("receiver").cloned().unwrap_or_default();
    let mut action = Message::new(
        app.next_id(),
        message.conversation.clone(),
        by.uid.clone(),
        message.receiver.clone(),
        (Category::Action, "message".to_owned()),
        Map::from_iter([("action".to_owned(), json!(verb))]),
        entity::entities([("by", entity::user(&by, None)), ("for", receiver)]),
    );
    action.on = Some(message.id);
    action
}
