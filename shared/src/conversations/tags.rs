//! A user's tags of their conversation (contract/related.md, "Conversations").

use serde_json::{Map, Value};

use crate::app::App;
use crate::conversations::find::accessible;
use crate::conversations::receipts::not_accessible;
use crate::conversations::view;
use crate::error::ApiError;
use crate::identity::Caller;
use crate::messages::access;
use model::conversation_view::ConversationView;
use model::fields::Fields;
use model::message::Receiver;
use model::problem::Problem;
use model::tags::Tags;

/// Reads the tags of a body.
pub fn parse(body: &Map<String, Value>) -> Result<Tags, Problem> {
    let mut fields = Fields::of(body);
    let tags = fields.required("tags", Tags::parse);
    fields.finish()?;
    Ok(tags.unwrap_or_default())
}

/// Gives the acting user's conversation with `with` these tags. What is wrong with them is said to who acts.
///
/// Cost: that of [`crate::conversations::find::find`], and 1 round trip and 1 write unit.
pub async fn tag(
    app: &App,
    caller: &Caller,
    with: &Receiver,
    tags: Result<Tags, ApiError>,
) -> Result<ConversationView, ApiError> {
    let user = access::acting_user(app, caller).await?;
    let (uid, tags) = (&user.uid, tags?);
    let mut conversation = accessible(app, &user, with).await?;
    let tagged = app.store.tag_conversation(uid, conversation.id(), &tags).await?;
    conversation.participant = tagged.ok_or_else(|| not_accessible(uid, with))?.of(&user);
    view::one(app, uid, conversation).await
}
