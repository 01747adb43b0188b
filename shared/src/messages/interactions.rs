//! What users do with interactive messages (contract/extras.md, "Interactive messages").

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Caller;
use crate::messages::access::{self, Opened};
use crate::store::save::{ELEMENTS_AT_ONCE, Interactions};
use model::event::{Audience, EventKind};
use model::fields::{self, Fields};
use model::id::MessageId;
use model::message::{Category, Message};
use model::new_message::MAX_DATA_BYTES;
use model::problem::{Code, Problem};
use model::uid::Uid;

/// The elements of a message that a user used; at least one. No message declares more than fit into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elements(BTreeSet<String>);

impl Elements {
    /// Reads a body.
    pub fn parse(body: &Map<String, Value>) -> Result<Elements, Problem> {
        let mut fields = Fields::of(body);
        let elements: Option<Vec<String>> = fields.required("interactions", fields::array(fields::owned));
        if elements.as_ref().is_some_and(Vec::is_empty) {
            fields.note("interactions", "must name at least one element.");
        }
        fields.finish()?;
        Ok(Elements(elements.unwrap_or_default().into_iter().collect()))
    }
}

/// Notes that the acting user used elements of a message; each keeps the time of its first use. Returns the user. What
/// is wrong with the elements is said to those who may use the message.
///
/// Cost: 3 round trips, 1 write unit; one of each more for every further 50 elements.
pub async fn interact(
    app: &App,
    caller: &Caller,
    id: Option<MessageId>,
    elements: Result<Elements, ApiError>,
) -> Result<Uid, ApiError> {
    let Opened { actor, message, .. } = access::message_to_change_as_user(app, caller, id).await?;
    let user = actor.as_user();
    let Elements(elements) = elements?;
    require_usable(&message, &user.uid)?;
    let declared = declared_elements(&message);
    if let Some(unknown) = elements.iter().find(|element| !declared.contains(element.as_str())) {
        return Err(ApiError::field("interactions", format!("names {unknown}, which is no element of the message.")));
    }
    let elements: Vec<String> = elements.into_iter().collect();
    for some in elements.chunks(ELEMENTS_AT_ONCE) {
        let kind = EventKind::Interacted { message: message.id, elements: some.to_vec() };
        let event = app.event(&actor.origin(), Audience::Conversation(message.conversation.clone()), kind);
        if let Some(used) = app.store.interact(&user, message.id, some, app.now(), &event).await? {
            let gone = gone_elements(&used, &declared);
            app.store.forget_elements(&user, message.id, &gone).await?;
        }
    }
    Ok(user.uid)
}

/// Interactive messages are used by their receivers, and by their sender if they say so.
fn require_usable(message: &Message, uid: &Uid) -> Result<(), ApiError> {
    if message.is_deleted() || message.category != Category::Interactive {
        return Err(ApiError::field("interactions", "is for interactive messages only."));
    }
    let allows_sender = message.data.get("allowSenderInteraction").and_then(Value::as_bool).unwrap_or_default();
    if message.sender == *uid && !allows_sender {
        let sentence = format!("The sender {uid} may not use the message {}.", message.id);
        return Err(ApiError::new(Code::MessageActionNotAllowed, sentence));
    }
    Ok(())
}

/// What is not kept of what a user used, so that a form that is edited again and again fills no row: once it is more than
/// one message can declare, the elements that this one has no more.
fn gone_elements<'u>(used: &'u Interactions, declared: &BTreeSet<&str>) -> Vec<&'u str> {
    let bytes: usize = used.elements().map(|(element, _)| element.len()).sum();
    let gone = used.elements().map(|(element, _)| element).filter(|element| !declared.contains(element));
    gone.filter(|_| MAX_DATA_BYTES < bytes).collect()
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
