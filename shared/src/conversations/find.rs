//! A user's conversation, found by its other side or its id (contract/related.md, "Conversations"). Lists are in
//! [`crate::conversations::list`].

use crate::app::App;
use crate::conversations::receipts::not_accessible;
use crate::conversations::view;
use crate::error::ApiError;
use crate::identity::Caller;
use crate::messages::access;
use crate::store::batch::Batch;
use model::conversation::ConversationId;
use model::conversation_state::{ConversationAccess, OwnConversation};
use model::conversation_view::ConversationView;
use model::filter::other_side;
use model::message::Receiver;
use model::problem::Code;
use model::uid::Uid;
use model::user::User;

/// The acting user's conversation with `with`.
///
/// Cost: 4 round trips, 8 read units and those of the unread messages.
pub async fn find(app: &App, caller: &Caller, with: &Receiver) -> Result<ConversationView, ApiError> {
    of(app, &access::acting_user(app, caller).await?, with).await
}

/// A user's conversation with `with`. Cost: as [`find`], a round trip less.
pub async fn of(app: &App, user: &User, with: &Receiver) -> Result<ConversationView, ApiError> {
    let conversation = accessible(app, user, with).await?;
    view::one(app, &user.uid, conversation).await
}

/// The acting user's conversation of the wire id `raw`.
///
/// Cost: as [`find`].
pub async fn find_by_id(app: &App, caller: &Caller, raw: &str) -> Result<ConversationView, ApiError> {
    let user = access::acting_user(app, caller).await?;
    let uid = &user.uid;
    let mut refusal = not_found(raw);
    for conversation in ConversationId::parse_wire(raw) {
        if matches!(conversation, ConversationId::Group(_)) || conversation.is_between(uid) {
            match accessible(app, &user, &other_side(&conversation, uid)).await {
                Ok(conversation) => return view::one(app, uid, conversation).await,
                Err(error) => refusal = error,
            }
        }
    }
    Err(refusal)
}

/// The conversation, if the other side exists, the user is a participant, and it holds anything that they have not
/// removed.
///
/// Cost: 1 round trip, 2 read units, 5 for a group; 1 round trip more where there is no conversation with a user.
pub async fn accessible(app: &App, user: &User, with: &Receiver) -> Result<OwnConversation, ApiError> {
    let known = app.store.conversation_access(user, with, None).await?;
    require_other(app, with, &known).await?;
    let is_member = matches!(with, Receiver::User(_)) || known.membership.member.is_some();
    let states = known.participant.zip(known.state);
    let conversation = states.map(|(participant, state)| OwnConversation::new(participant, state));
    let conversation = conversation.filter(|conversation| is_member && conversation.is_listed());
    conversation.ok_or_else(|| not_accessible(&user.uid, with))
}

/// The other side must be there, and be one that the user may know of. Who is deactivated is still listed, so that what they
/// wrote can be read.
///
/// Cost: nothing where the conversation with a user is there; else 1 round trip, 1 read unit.
pub(super) async fn require_other(app: &App, with: &Receiver, known: &ConversationAccess) -> Result<(), ApiError> {
    match with {
        Receiver::Group(guid) => {
            access::known_group(known.group.as_ref(), guid, Some(&known.membership))?;
        }
        Receiver::User(other) => {
            let is_there = known.proves_other() || *other == Uid::app_system();
            if !is_there && app.store.know(Batch::default().user(other)).await?.user(other)?.is_none() {
                return Err(ApiError::uid_not_found(other));
            }
        }
    }
    Ok(())
}

/// The refusal of an id that names no conversation.
pub(super) fn not_found(raw: &str) -> ApiError {
    ApiError::new(Code::ConversationNotFound, format!("There is no conversation {raw}."))
}
