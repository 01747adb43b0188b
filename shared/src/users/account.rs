//! The life of a user: created, changed, deactivated, brought back.

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use super::{roles, tokens};
use crate::app::App;
use crate::error::ApiError;
use crate::jobs;
use crate::store::user::{Deactivation, Reactivation, UserCreation};
use model::auth_token::Device;
use model::event::{Audience, EventKind, Origin};
use model::job::{Job, Work};
use model::problem::Code;
use model::uid::Uid;
use model::user::{NewUser, User};
use model::user_change::UserChange;

/// How many users are changed at once.
const AT_ONCE: usize = 8;

/// The active user whom a path names. Cost: 1 round trip, 1 read unit.
pub async fn active(app: &App, uid: &Uid) -> Result<User, ApiError> {
    app.store.user(uid).await?.filter(User::is_active).ok_or_else(|| ApiError::uid_not_found(uid))
}

/// A user as they are now, active or not, or what is shown of one who is gone.
///
/// Cost: 1 round trip, 1 read unit; nothing for the app.
pub async fn shown(app: &App, uid: &Uid) -> Result<User, ApiError> {
    if *uid == Uid::app_system() {
        return Ok(User::app_system());
    }
    Ok(app.store.user(uid).await?.unwrap_or_else(|| User::deleted(uid)))
}

/// Creates a user and returns the auth token that was asked for along with them.
///
/// Cost: 1 round trip; 3 write units, 4 more with a token. A role other than the default one costs 1 round trip and 1 read
/// unit more.
pub async fn create(app: &App, origin: &Origin, new: &NewUser) -> Result<Option<String>, ApiError> {
    let uid = &new.user.uid;
    let taken = || ApiError::new(Code::UidAlreadyExists, format!("The UID {uid} is taken."));
    if *uid == Uid::app_system() {
        return Err(taken());
    }
    roles::require_known(app, &new.user.role).await?;
    let event = app.event(origin, Audience::Everybody, EventKind::UserCreated { uid: uid.clone() });
    let token = match new.with_auth_token {
        true => Some(tokens::issued(app, origin, tokens::new(uid, Device::default(), app.now())?)),
        false => None,
    };
    match app.store.create_user(&new.user, &event, token.as_ref(), app.now_millis()).await? {
        UserCreation::Done => Ok(token.map(|issued| issued.token.auth_token)),
        UserCreation::UidTaken => Err(taken()),
    }
}

/// Changes an active user's profile. Cost: 1 round trip, 1 write unit per KB of the profile; another role than the default
/// one 1 round trip and 1 read unit.
pub async fn change(app: &App, origin: &Origin, uid: &Uid, change: &UserChange) -> Result<User, ApiError> {
    if change.is_empty() {
        return Err(ApiError::new(Code::BadRequest, "The body contains no field that can be updated."));
    }
    if let Some(role) = change.role() {
        roles::require_known(app, role).await?;
    }
    let event = app.event(origin, Audience::Everybody, EventKind::UserUpdated { uid: uid.clone() });
    app.store.change_user(uid, change, &event).await?.ok_or_else(|| ApiError::uid_not_found(uid))
}

/// Deactivates a user, who then is unknown to every operation, and whose tokens stop working. Some clients read the
/// outcome, others the UID.
///
/// Cost: 1 round trip; 4 write units and 4 for the lists; then that of [`jobs::count_at_once`].
pub async fn deactivate(app: &App, origin: &Origin, uid: &Uid) -> Result<Value, ApiError> {
    if deactivate_one(app, origin, uid).await? == Deactivation::NotActive {
        return Err(ApiError::uid_not_found(uid));
    }
    let message = format!("The user {uid} is deactivated.");
    Ok(json!({ "success": true, "message": message, "deactivatedUids": [uid] }))
}

/// Deactivates each of `uids` that exists and says which these are; those deactivated already are among them, so that
/// a repeated call answers the same.
///
/// Cost: 1 round trip to know; that of [`deactivate`] for each user, 8 at once.
pub async fn deactivate_each(app: &App, origin: &Origin, uids: &[Uid]) -> Result<Value, ApiError> {
    let users = app.store.users(&uids.iter().collect::<Vec<_>>()).await?;
    // Who is deactivated by another request meanwhile is so, too.
    let _: Vec<Deactivation> = stream::iter(users.iter().map(|user| user.uid.clone()).collect::<Vec<_>>())
        .map(|uid| async move { deactivate_one(app, origin, &uid).await })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let deactivated: Vec<Uid> = users.into_iter().map(|user| user.uid).collect();
    Ok(json!({ "deactivatedUids": deactivated }))
}

/// Brings back each of `uids` that exists and says which these are, under both names of the contract; active ones are
/// among them.
///
/// Cost: that of [`deactivate`] for each user, 8 at once.
pub async fn reactivate_each(app: &App, origin: &Origin, uids: &[Uid]) -> Result<Value, ApiError> {
    let known: Vec<Option<Uid>> = stream::iter(uids.to_vec())
        .map(|uid| async move {
            Ok::<_, ApiError>(match reactivate_one(app, origin, &uid).await? {
                Reactivation::Done | Reactivation::WasActive => Some(uid),
                Reactivation::NoSuchUser => None,
            })
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let active: Vec<Uid> = known.into_iter().flatten().collect();
    Ok(json!({ "nonDeactivatedUids": active, "reactivatedUids": active }))
}

/// Their groups count them no more: some at once, all others when the job has come by. Who was deactivated before has the
/// job begun again, in case it was lost.
async fn deactivate_one(app: &App, origin: &Origin, uid: &Uid) -> Result<Deactivation, ApiError> {
    let event = app.event(origin, Audience::Everybody, EventKind::UserDeactivated { uid: uid.clone() });
    let job = Job::new(Work::CountMember { uid: uid.clone() }, event.id, origin);
    let deactivation = app.store.deactivate_user(uid, app.now(), &job, &event).await?;
    match deactivation {
        Deactivation::Done => jobs::count_at_once(app, uid, &job).await,
        Deactivation::NotActive => jobs::count_again(app, uid).await?,
    }
    Ok(deactivation)
}

async fn reactivate_one(app: &App, origin: &Origin, uid: &Uid) -> Result<Reactivation, ApiError> {
    let event = app.event(origin, Audience::Everybody, EventKind::UserReactivated { uid: uid.clone() });
    let job = Job::new(Work::CountMember { uid: uid.clone() }, event.id, origin);
    let reactivation = app.store.reactivate_user(uid, &job, &event).await?;
    match reactivation {
        Reactivation::Done => jobs::count_at_once(app, uid, &job).await,
        Reactivation::WasActive => jobs::count_again(app, uid).await?,
        Reactivation::NoSuchUser => {}
    }
    Ok(reactivation)
}
