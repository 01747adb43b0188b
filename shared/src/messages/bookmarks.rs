//! Messages that a user saves for themselves (contract/extras.md, "Pin, save").

use crate::app::App;
use crate::error::ApiError;
use crate::identity::{self, Actor, Caller};
use crate::messages::access::{self, Opened};
use crate::messages::pins::require_lasting;
use crate::store::error::StoreError;
use crate::store::save::{Saved, Saving, Unsaving};
use crate::store::tries::Tries;
use model::event::{Audience, Event, EventKind};
use model::id::MessageId;
use model::message::Message;
use model::message_view::MessageView;
use model::problem::Code;

/// The most messages that a user saves, from however many devices at the same moment.
pub(crate) const MAX_SAVED: usize = 100;

/// Saves a message for the acting user; one that is saved keeps its time.
///
/// Cost: 6 round trips, 8 write units.
pub async fn save(app: &App, caller: &Caller, id: Option<MessageId>) -> Result<MessageView, ApiError> {
    let opened = access::message_as_user(app, caller, id).await?;
    let Opened { actor, message, .. } = &opened;
    let uid = actor.as_user().uid;
    require_lasting(message)?;
    let mut tries = Tries::begin();
    loop {
        let Some(room) = app.store.save_room(&uid, MAX_SAVED).await? else {
            if app.store.has_saved(&uid, message.id).await? {
                return opened.viewing().one(app, message).await;
            }
            let sentence = format!("A user has {MAX_SAVED} saved messages at the most.");
            return Err(ApiError::new(Code::SavedMessagesLimit, sentence));
        };
        let saved = Saved { id: message.id, saved_at: app.now() };
        let event = event(app, actor, EventKind::MessageSaved { message: message.id });
        match app.store.save_message(&uid, message, &saved, &room, &event).await? {
            Saving::Done | Saving::AlreadySaved => {
                let message = Message { is_saved: true, ..message.clone() };
                return opened.viewing().one(app, &message).await;
            }
            Saving::MessageGone => {
                require_lasting(&opened.again(app).await?.message)?;
                return Err(StoreError::Conflict.into());
            }
            Saving::NoRoom => {}
        }
        tries.again().await?;
    }
}

/// Forgets that the acting user has saved a message, if they have: also one that they cannot read any more, though then
/// the answer says so.
///
/// Cost: 4 round trips, 4 write units.
pub async fn unsave(app: &App, caller: &Caller, id: Option<MessageId>) -> Result<MessageView, ApiError> {
    let actor = identity::actor(app, caller).await?;
    if let (Some(user), Some(id)) = (actor.user(), id) {
        let event = event(app, &actor, EventKind::MessageUnsaved { message: id });
        match app.store.unsave_message(&user.uid, id, &event).await? {
            Unsaving::Done | Unsaving::NotSaved => {}
        }
    }
    let opened = access::message_as_user(app, caller, id).await?;
    opened.viewing().one(app, &opened.message).await
}

/// The acting user's other devices learn of it, and nobody else.
fn event(app: &App, actor: &Actor, kind: EventKind) -> Event {
    app.event(&actor.origin(), Audience::User(actor.as_user().uid), kind)
}
