//! The life of a user: deactivated, brought back, deleted for good.

use futures_util::{StreamExt, TryStreamExt, stream};

use serde_json::{Value, json};

use crate::app::App;
use crate::error::ApiError;
use crate::groups::leave;
use model::conversation::ConversationId;
use model::event::Origin;
use model::problem::Code;
use model::uid::Uid;
use model::user::User;
use model::user_change::UserChange;

/// How many users or groups are changed at once.
const AT_ONCE: usize = 8;

/// The active user whom a path names. Cost: 1 round trip, 1 read unit.
pub async fn active(app: &App, uid: &Uid) -> Result<User, ApiError> {
    app.store.user(uid).await?.filter(User::is_active).ok_or_else(|| ApiError::uid_not_found(uid))
}

/// Changes an active user's profile. Cost: 1 round trip, 1 write unit per KB of the profile.
pub async fn change(app: &App, uid: &Uid, change: &UserChange) -> Result<User, ApiError> {
    if change.is_empty() {
        return Err(ApiError::new(Code::BadRequest, "The body names nothing that can be changed."));
    }
    app.store.change_user(uid, change).await?.ok_or_else(|| ApiError::uid_not_found(uid))
}

/// Deactivates a user, who then is unknown to every operation, and whose tokens stop working. Some clients read the
/// outcome, others the UID.
///
/// Cost: 1 round trip; 2 write units and 4 for the lists.
pub async fn deactivate(app: &App, uid: &Uid) -> Result<Value, ApiError> {
    if !app.store.deactivate_user(uid, app.now()).await? {
        return Err(ApiError::uid_not_found(uid));
    }
    let message = format!("The user {uid} is deactivated.");
    Ok(json!({ "success": true, "message": message, "deactivatedUids": [uid] }))
}

/// Deactivates each of `uids` that exists and says which these are; those deactivated already are among them, so that
/// a repeated call answers the same.
///
/// Cost: 1 round trip to know, 1 for each user, 8 at once.
pub async fn deactivate_each(app: &App, uids: &[Uid]) -> Result<Value, ApiError> {
    let users = app.store.users(&uids.iter().collect::<Vec<_>>()).await?;
    let active: Vec<Uid> = users.iter().filter(|user| user.is_active()).map(|user| user.uid.clone()).collect();
    stream::iter(active)
        .map(|uid| async move { app.store.deactivate_user(&uid, app.now()).await })
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<_>>()
        .await?;
    let deactivated: Vec<Uid> = users.into_iter().map(|user| user.uid).collect();
    Ok(json!({ "deactivatedUids": deactivated }))
}

/// Brings back each of `uids` that exists and says which these are, under both names of the contract; active ones are
/// among them.
///
/// Cost: 1 round trip for each user, 8 at once.
pub async fn reactivate_each(app: &App, uids: &[Uid]) -> Result<Value, ApiError> {
    let known: Vec<Option<Uid>> = stream::iter(uids.to_vec())
        .map(|uid| async move { app.store.reactivate_user(&uid).await.map(|is_known| is_known.then_some(uid)) })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let active: Vec<Uid> = known.into_iter().flatten().collect();
    Ok(json!({ "nonDeactivatedUids": active, "reactivatedUids": active }))
}

/// Deletes a user for good, deactivated or not: profile, bot, tokens, blocks, memberships and conversation rows. What
/// they wrote stays. May be repeated after a failure, because the profile goes last.
///
/// Cost: 7 round trips, 3 for each group of theirs, 8 at once, and 1 for each 50 further items.
pub async fn delete(app: &App, uid: &Uid) -> Result<(), ApiError> {
    let user = app.store.user(uid).await?.ok_or_else(|| ApiError::uid_not_found(uid))?;
    // First, so that nothing is made on the condition that they are there while all of theirs is looked up.
    if !app.store.end_user(&user, app.now()).await? {
        return Err(ApiError::uid_not_found(uid));
    }
    let conversations = app.store.conversations_of(uid).await?;
    stream::iter(conversations.into_iter().map(|row| row.conversation))
        .map(|conversation| leave_quietly(app, conversation, uid))
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<_>>()
        .await?;
    app.store.delete_bot(uid).await?;
    let tokens = app.store.auth_tokens(uid).await?;
    app.store.revoke_tokens(&tokens).await?;
    app.store.delete_user(uid, app.now_millis()).await?;
    Ok(())
}

/// Ends a membership without a word: who is deleted neither left nor was kicked. Their groups go over to the app, their
/// conversations wait for the next message.
async fn leave_quietly(app: &App, conversation: ConversationId, uid: &Uid) -> Result<(), ApiError> {
    let ConversationId::Group(guid) = conversation else {
        return Ok(app.store.orphan_conversation(&conversation).await?);
    };
    let by = Origin { actor: Uid::app_system(), device: None };
    leave::forget(app, &by, &guid, uid).await
}
