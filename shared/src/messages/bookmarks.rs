//! What a single user leaves on a message: a save, a report, a subscription of its thread, an interaction
//! (contract/extras.md).

use std::collections::BTreeSet;

use lambda_http::Request;
use serde_json::Value;

use crate::app::App;
use crate::error::ApiError;
use crate::http::request;
use crate::identity;
use crate::messages::access::{self, Opened};
use crate::messages::pins::require_lasting;
use crate::messages::render::Viewing;
use crate::store::save::{Flagged, Saved};
use model::fields::{self, Fields};
use model::id::MessageId;
use model::message::{Category, Message};
use model::message_view::MessageView;
use model::problem::Code;
use model::uid::Uid;

/// The most messages that a user saves. Counted without a lock, so one more by a race is tolerated.
pub(crate) const MAX_SAVED: usize = 100;
/// The most characters of a report's remark.
const MAX_REMARK: usize = 1_000;
/// The most characters of a report's reason.
const MAX_REASON: usize = 100;

/// Saves the message of the path for the acting user; one that is saved keeps its time.
///
/// Cost: 5 round trips, 4 write units.
pub async fn save(app: &App, req: &Request) -> Result<MessageView, ApiError> {
    let Opened { actor, message, .. } =
        access::message_as_user(app, &request::caller(req), request::message_id(req)).await?;
    let uid = actor.as_user().uid;
    require_lasting(&message)?;
    if app.store.saved_count(&uid, MAX_SAVED).await? < MAX_SAVED {
        app.store.save_message(&uid, &message, &Saved { id: message.id, saved_at: app.now() }).await?;
    } else if !app.store.has_saved(&uid, message.id).await? {
        let sentence = format!("A user has {MAX_SAVED} saved messages at the most.");
        return Err(ApiError::new(Code::SavedMessagesLimit, sentence));
    }
    Viewing::of_one(None).by(&actor).one(app, &message).await
}

/// Forgets that the acting user has saved the message of the path, if they have: also one that they cannot read any
/// more, though then the answer says so.
///
/// Cost: 4 round trips, 4 write units.
pub async fn unsave(app: &App, req: &Request) -> Result<MessageView, ApiError> {
    let user = identity::actor(app, &request::caller(req)).await?;
    if let (Ok(user), Ok(id)) = (access::require_acting_user(&user), MessageId::parse(request::raw_path(req, "id"))) {
        app.store.unsave_message(&user.uid, id).await?;
    }
    let Opened { actor, message, .. } =
        access::message_as_user(app, &request::caller(req), request::message_id(req)).await?;
    Viewing::of_one(None).by(&actor).one(app, &message).await
}

/// Makes the acting user a subscriber of the thread of the path's message, or ends that. Subscriptions steer
/// notifications only.
///
/// Cost: 3 round trips, 2 write units.
pub async fn subscribe(app: &App, req: &Request, is_subscribed: bool) -> Result<(), ApiError> {
    let (uid, message) = open(app, req).await?;
    if message.parent_id.is_some() {
        let sentence = format!("The message {} is a reply itself; subscribe to its parent.", message.id);
        return Err(ApiError::new(Code::MessageThreadNesting, sentence));
    }
    if matches!(message.category, Category::Action | Category::Call) {
        let sentence = format!("A message of category {} has no thread.", message.category);
        return Err(ApiError::new(Code::WrongMessageThreadCategory, sentence));
    }
    Ok(app.store.subscribe(&uid, message.id, is_subscribed).await?)
}

/// Keeps the acting user's report of the message of the path, with the body's `remark` and the reason, which the
/// vendor's SDK calls `id` and others `reasonId`; returns the message's id.
///
/// Cost: 3 round trips, 2 write units.
pub async fn flag(app: &App, req: &Request) -> Result<MessageId, ApiError> {
    let (uid, message) = open(app, req).await?;
    let body = request::json(req)?;
    let mut fields = Fields::of(&body);
    let id = fields.optional("id", fields::text::<MAX_REASON>);
    let reason_id = id.or(fields.optional("reasonId", fields::text::<MAX_REASON>));
    let remark = fields.optional("remark", fields::text::<MAX_REMARK>);
    fields.finish()?;
    app.store.flag_message(&uid, message.id, &Flagged { flagged_at: app.now(), reason_id, remark }).await?;
    Ok(message.id)
}

/// Notes that the acting user used the elements that the body names; each keeps the time of its first use.
///
/// Cost: 3 round trips, 1 write unit.
pub async fn interact(app: &App, req: &Request) -> Result<Uid, ApiError> {
    let Opened { actor, message, .. } =
        access::message_to_change_as_user(app, &request::caller(req), request::message_id(req)).await?;
    let user = actor.as_user();
    let uid = &user.uid;
    let body = request::json(req)?;
    let mut fields = Fields::of(&body);
    let elements: Option<Vec<String>> = fields.required("interactions", fields::array(fields::owned));
    if elements.as_ref().is_some_and(Vec::is_empty) {
        fields.note("interactions", "must name at least one element.");
    }
    fields.finish()?;
    if message.is_deleted() || message.category != Category::Interactive {
        return Err(ApiError::field("interactions", "is for interactive messages only."));
    }
    let allows_sender = message.data.get("allowSenderInteraction").and_then(Value::as_bool).unwrap_or_default();
    if message.sender == *uid && !allows_sender {
        let sentence = format!("The sender {uid} may not use the message {}.", message.id);
        return Err(ApiError::new(Code::MessageActionNotAllowed, sentence));
    }
    let elements: BTreeSet<String> = elements.unwrap_or_default().into_iter().collect();
    let declared = declared_elements(&message);
    if let Some(unknown) = elements.iter().find(|element| !declared.contains(element.as_str())) {
        return Err(ApiError::field("interactions", format!("names {unknown}, which is no element of the message.")));
    }
    let elements: Vec<String> = elements.into_iter().collect();
    app.store.interact(&user, message.id, &elements, app.now()).await?;
    Ok(user.uid)
}

/// Every `elementId` in the message's `interactiveData`, however deep.
fn declared_elements(message: &Message) -> BTreeSet<&str> {
    let mut declared = BTreeSet::new();
    let mut left: Vec<&Value> = message.data.get("interactiveData").into_iter().collect();
    while let Some(value) = left.pop() {
        match value {
            Value::Array(items) => left.extend(items),
            Value::Object(fields) => {
                declared.extend(fields.get("elementId").and_then(Value::as_str));
                left.extend(fields.values());
            }
            _ => {}
        }
    }
    declared
}

async fn open(app: &App, req: &Request) -> Result<(Uid, Message), ApiError> {
    let Opened { actor, message, .. } =
        access::message_as_user(app, &request::caller(req), request::message_id(req)).await?;
    Ok((actor.as_user().uid, message))
}
