//! Friends: made and unmade at once, without a request that somebody would have to accept. Who is a friend decides what
//! roles let users reach, and of whom clients hear that they come and go.

use std::collections::{BTreeSet, HashMap};

use futures_util::{TryFutureExt, try_join};
use serde_json::{Map, Value, json};

use super::query::UserListing;
use super::{account, list};
use crate::app::App;
use crate::error::ApiError;
use crate::store::friend::{Befriending, Friend, Unfriending};
use model::event::{Audience, Event, EventKind, Origin};
use model::fields::{self, Fields};
use model::outcome::slot;
use model::paging::{NumberedPage, PageNumber};
use model::problem::Code;
use model::uid::Uid;
use model::user::{Relation, User};

/// The most users whom one request makes friends of another, or unmakes.
pub const MAX_NAMED: usize = 25;

/// Whom a body names to be made friends. That conversations with them shall begin is read, and nothing: a conversation
/// begins with its first message.
pub fn accepted(body: &Map<String, Value>) -> Result<Vec<Uid>, ApiError> {
    let mut fields = Fields::of(body);
    fields.optional("addToConversations", fields::flag);
    fields.finish()?;
    Ok(fields::some_uids::<MAX_NAMED>(body, "accepted")?)
}

/// Whom a body names to be friends no more.
pub fn named(body: &Map<String, Value>) -> Result<Vec<Uid>, ApiError> {
    Ok(fields::some_uids::<MAX_NAMED>(body, "friends")?)
}

/// Makes each of `others` a friend of `uid`: `{uid: {success, message|error}}`.
///
/// Cost: 2 round trips and a read unit for each user, then 1 round trip for each, 4 write units and 2 per KB of both
/// profiles. One after the other, because each counts the friends of `uid`.
pub async fn add(app: &App, origin: &Origin, uid: &Uid, others: &[Uid]) -> Result<Value, ApiError> {
    let user = account::active(app, uid).await?;
    let found = app.store.users(&others.iter().collect::<Vec<_>>()).await?;
    let mut slots = Map::new();
    for other in others {
        let known = found.iter().find(|user| user.uid == *other && user.is_active());
        let outcome = match known {
            _ if other == uid => {
                Err(ApiError::new(Code::SelfRelation, format!("The user {uid} cannot be their own friend.")))
            }
            Some(other) => befriend(app, origin, &user, other).await,
            None => Err(ApiError::uid_not_found(other)),
        };
        slots.insert(other.to_string(), shown(told(outcome)?.as_ref()));
    }
    Ok(Value::Object(slots))
}

/// Ends the friendships of `uid` with each of `others`: `{uid: {success, message|error}}`. Where none of them was a friend,
/// that is refused.
///
/// Cost: 1 round trip and 1 read unit; then 1 round trip for each, 4 write units and 2 per KB of both profiles.
pub async fn remove(app: &App, origin: &Origin, uid: &Uid, others: &[Uid]) -> Result<Value, ApiError> {
    account::active(app, uid).await?;
    let (mut slots, mut refusals) = (Map::new(), Vec::new());
    for other in others {
        let outcome = unfriend(app, origin, uid, other).await?;
        slots.insert(other.to_string(), shown(outcome.as_ref()));
        refusals.extend(outcome.err());
    }
    match refusals.pop() {
        Some(refusal) if refusals.len() + 1 == others.len() => Err(refusal),
        _ => Ok(Value::Object(slots)),
    }
}

/// A page of the friends of `uid` who are asked for, by UID, and what they are to `uid`.
///
/// Cost: 2 round trips, 2 read units, 1 more for each 30 friends; then that of [`list::page_among`]. Beside it that of
/// `Store::all_relations`, and that of [`list::related`].
pub async fn page(
    app: &App,
    uid: &Uid,
    listing: &UserListing,
    page: &PageNumber,
) -> Result<(NumberedPage<User>, HashMap<Uid, Relation>), ApiError> {
    let friends = async {
        account::active(app, uid).await?;
        list::page_among(app, of(app, uid, listing).await?, listing, None, page).await
    };
    let (page, relations) = try_join!(friends, app.store.all_relations(uid).map_err(ApiError::from))?;
    list::related(app, uid, page, relations).await
}

/// The UIDs of a user's friends, of those who are asked for. Cost: 1 round trip, 1 read unit for about 30 friends.
pub(super) async fn of(app: &App, uid: &Uid, listing: &UserListing) -> Result<BTreeSet<Uid>, ApiError> {
    let friends = app.store.friends(uid).await?.into_iter().map(|friend| friend.uid);
    Ok(friends.filter(|friend| listing.names(friend)).collect())
}

async fn befriend(app: &App, origin: &Origin, user: &User, other: &User) -> Result<String, ApiError> {
    let (one, two) = (&user.uid, &other.uid);
    let event = event(app, origin, one, two, EventKind::FriendAdded { other: two.clone() });
    let full = |uid: &Uid| {
        let message = format!("The user {uid} has {} friends, the most that one can have.", Friend::MAX);
        ApiError::new(Code::FriendsLimit, message)
    };
    match app.store.befriend(user, other, &event, app.now()).await? {
        Befriending::Done => Ok(format!("The users {one} and {two} are friends.")),
        Befriending::WereFriends => {
            Err(ApiError::new(Code::AlreadyFriend, format!("The users {one} and {two} are friends already.")))
        }
        Befriending::UserGone => Err(ApiError::uid_not_found(one)),
        Befriending::OtherGone => Err(ApiError::uid_not_found(two)),
        Befriending::UserFull => Err(full(one)),
        Befriending::OtherFull => Err(full(two)),
    }
}

async fn unfriend(app: &App, origin: &Origin, uid: &Uid, other: &Uid) -> Result<Result<String, ApiError>, ApiError> {
    let event = event(app, origin, uid, other, EventKind::FriendRemoved { other: other.clone() });
    // Nobody is their own friend.
    if uid != other && app.store.unfriend(uid, other, &event).await? == Unfriending::Done {
        return Ok(Ok(format!("The users {uid} and {other} are friends no more.")));
    }
    Ok(Err(ApiError::new(Code::NotAFriend, format!("The users {uid} and {other} are no friends."))))
}

/// Both learn of it: each sees the other among their friends.
fn event(app: &App, origin: &Origin, uid: &Uid, other: &Uid, kind: EventKind) -> Event {
    app.event(origin, Audience::Users(uid.clone(), other.clone()), kind)
}

/// What stands in a slot: what was done or refused. What failed fails all.
fn told(outcome: Result<String, ApiError>) -> Result<Result<String, ApiError>, ApiError> {
    match outcome {
        Err(failure) if !matches!(failure, ApiError::Refused(_)) => Err(failure),
        told => Ok(told),
    }
}

fn shown(outcome: Result<&String, &ApiError>) -> Value {
    match outcome {
        Ok(message) => json!({ "success": true, "message": message }),
        Err(refusal) => slot::<()>(Err(refusal.view())),
    }
}
