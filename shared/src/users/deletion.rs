//! Permanent deletion of a user.

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::error::ApiError;
use crate::groups::leave;
use crate::store::bot::BotDeletion;
use crate::store::user_deletion::UserDeletion;
use model::conversation::ConversationId;
use model::event::{Audience, EventKind, Origin};
use model::uid::Uid;

/// How many conversations are left at once.
const AT_ONCE: usize = 8;

/// Deletes a user permanently, deactivated or not: profile, bot, tokens, blocks, memberships and conversation rows. What
/// they wrote stays. May be repeated after a failure, because the profile goes last.
///
/// One event stands for the tokens and blocks that go along; each group is told that they left.
///
/// Cost: 7 round trips, 3 for each group of theirs, 8 at once, and 1 for each 50 further items.
pub async fn delete_permanently(app: &App, origin: &Origin, uid: &Uid) -> Result<(), ApiError> {
    let user = app.store.user(uid).await?.ok_or_else(|| ApiError::uid_not_found(uid))?;
    // First, so that nothing is made on the condition that they are there while all of theirs is looked up.
    if app.store.end_user(&user, app.now()).await? == UserDeletion::NoSuchUser {
        return Err(ApiError::uid_not_found(uid));
    }
    let conversations = app.store.conversations_of(uid).await?;
    stream::iter(conversations.into_iter().map(|row| row.conversation))
        .map(|conversation| leave_quietly(app, origin, conversation, uid))
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<_>>()
        .await?;
    match app.store.delete_bot(uid).await? {
        BotDeletion::Done | BotDeletion::NoBot => {}
    }
    app.store.forget_tokens(&app.store.auth_tokens(uid).await?).await?;
    let event = app.event(origin, Audience::Everybody, EventKind::UserDeleted { uid: uid.clone() });
    match app.store.delete_user(uid, app.now_millis(), &event).await? {
        // Then another request came to the end meanwhile, and emitted the event.
        UserDeletion::Done | UserDeletion::NoSuchUser => Ok(()),
    }
}

/// Ends a membership without a word: who is deleted neither left nor was kicked. Their groups go over to the app, their
/// conversations wait for the next message.
async fn leave_quietly(app: &App, origin: &Origin, conversation: ConversationId, uid: &Uid) -> Result<(), ApiError> {
    let ConversationId::Group(guid) = conversation else {
        return Ok(app.store.orphan_conversation(&conversation).await?);
    };
    leave::forget(app, origin, &guid, uid).await
}
