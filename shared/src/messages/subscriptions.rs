//! Who follows which threads (contract/extras.md, "Threads"). Subscriptions steer notifications only.

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Caller;
use crate::messages::access::{self, Opened};
use model::id::MessageId;
use model::message::Category;
use model::problem::Code;

/// Makes the acting user a subscriber of the thread of a message.
///
/// Cost: 3 round trips, 2 write units.
pub async fn subscribe(app: &App, caller: &Caller, parent: Option<MessageId>) -> Result<(), ApiError> {
    set(app, caller, parent, true).await
}

/// Ends that.
///
/// Cost: 3 round trips, 2 write units.
pub async fn unsubscribe(app: &App, caller: &Caller, parent: Option<MessageId>) -> Result<(), ApiError> {
    set(app, caller, parent, false).await
}

async fn set(app: &App, caller: &Caller, parent: Option<MessageId>, is_subscribed: bool) -> Result<(), ApiError> {
    let Opened { actor, message, .. } = access::message_as_user(app, caller, parent).await?;
    if message.parent_id.is_some() {
        let sentence = format!("The message {} is a reply itself; subscribe to its parent.", message.id);
        return Err(ApiError::new(Code::MessageThreadNesting, sentence));
    }
    if matches!(message.category, Category::Action | Category::Call) {
        let sentence = format!("A message of category {} has no thread.", message.category);
        return Err(ApiError::new(Code::WrongMessageThreadCategory, sentence));
    }
    Ok(app.store.subscribe(&actor.as_user().uid, message.id, is_subscribed).await?)
}
