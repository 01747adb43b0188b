//! How users want to be notified: their push tokens, their preferences, what they have muted, and where they are. Sending is
//! the owner's affair, whose webhook is told of each notification; see [`crate::webhooks`].

use futures_util::try_join;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::error::ApiError;
use crate::identity::{self, Caller, hex_sha256};
use crate::messages::access;
use crate::store::push::Keeping;
use crate::store::tries::Tries;
use model::event::{Audience, Event, EventKind};
use model::fields::{self, Fields};
use model::mute::{Mute, unmuted};
use model::preferences::Preferences;
use model::problem::Code;
use model::push_token::{NewPushToken, PushToken};
use model::time_zone::TimeZone;
use model::uid::Uid;
use model::user::User;

/// Whose push tokens a request is about.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The user.
    pub user: User,
    /// The digest of the auth token that shows them, or that the app names; without one the request is about all of them.
    pub session: Option<String>,
}

/// The user of a request. Cost: that of [`identity::actor`].
pub async fn user(app: &App, caller: &Caller) -> Result<User, ApiError> {
    Ok(access::require_acting_user(&identity::actor(app, caller).await?)?.clone())
}

/// The user of a request, and their login: that of the auth token, or of the one that the app names in the body.
///
/// Cost: that of [`identity::actor`].
pub async fn owner(app: &App, caller: &Caller, body: &Map<String, Value>) -> Result<Owner, ApiError> {
    if let (None, Some(auth_token)) = (&caller.api_key, &caller.auth_token) {
        return Ok(Owner { user: user(app, caller).await?, session: Some(hex_sha256(auth_token.as_bytes())) });
    }
    let mut fields = Fields::of(body);
    let named = fields.optional("authToken", fields::text::<300>);
    fields.finish()?;
    match named {
        Some(auth_token) => {
            let (user, session) = identity::named_session(app, caller, &auth_token).await?;
            Ok(Owner { user, session: Some(session) })
        }
        None => Ok(Owner { user: user(app, caller).await?, session: None }),
    }
}

/// The push tokens of a user, the newest first. Cost: 1 round trip, 1 read unit for about 8.
pub async fn tokens(app: &App, user: &User) -> Result<Vec<PushToken>, ApiError> {
    let mut tokens = app.store.push_tokens(&user.uid).await?;
    tokens.sort_by(|one, other| (other.updated_at, &other.digest).cmp(&(one.updated_at, &one.digest)));
    Ok(tokens)
}

/// Registers a push token for a user, also where it was another's: the device is theirs now. Of more than
/// [`PushToken::MAX`] the oldest goes.
///
/// Cost: 2 round trips, 2 read units and more for each 8 tokens, 8 write units, by an auth token 10; where another had it 3 more.
pub async fn register(app: &App, owner: &Owner, new: NewPushToken) -> Result<(), ApiError> {
    let (uid, digest) = (&owner.user.uid, hex_sha256(new.push_token.as_bytes()));
    let mut tries = Tries::begin();
    loop {
        let (held_by, mut known) = try_join!(app.store.push_holder(&digest), app.store.push_tokens(uid))?;
        let before = known.iter().position(|token| token.digest == digest).map(|at| known.remove(at));
        if PushToken::MAX <= known.len() {
            known.sort_by_key(|token| token.updated_at);
            known.truncate(known.len() + 1 - PushToken::MAX);
            app.store.forget_push_tokens(uid, &known).await?;
        }
        let now = app.now();
        let token = PushToken {
            uid: uid.clone(),
            push_token: new.push_token.clone(),
            digest: digest.clone(),
            push_token_type: new.push_token_type,
            platform: new.platform.clone(),
            provider_id: new.provider_id.clone(),
            session: owner.session.clone(),
            created_at: before.map_or(now, |before| before.created_at),
            updated_at: now,
        };
        match app.store.keep_push_token(&owner.user, &token, held_by.as_ref(), new.time_zone.as_ref()).await? {
            Keeping::Stale => tries.again().await?,
            kept => return require_user(kept, uid),
        }
    }
}

/// Forgets a user's push tokens: the one of this value, or those of a login, or all.
///
/// Cost: 2 round trips, 1 read unit for about 8 tokens, 4 write units for each that goes and 2.
pub async fn forget(app: &App, user: &User, which: impl Fn(&PushToken) -> bool) -> Result<(), ApiError> {
    let tokens = app.store.push_tokens(&user.uid).await?;
    Ok(app.store.forget_push_tokens(&user.uid, &tokens.into_iter().filter(which).collect::<Vec<_>>()).await?)
}

/// Lets push tokens go with the login that registered them, and with a deactivation.
///
/// Cost: for an auth token that is revoked, and a user who is deactivated, 1 round trip and 1 read unit; 4 write units a
/// token. Nothing for all else.
pub async fn listen(app: &App, event: &Event) -> Result<(), ApiError> {
    let (uid, session) = match (&event.kind, &event.audience) {
        (EventKind::TokenRevoked { digest }, Audience::User(uid)) => (uid, Some(digest)),
        (EventKind::UserDeactivated { uid }, _) => (uid, None),
        _ => return Ok(()),
    };
    let mut tokens = app.store.push_tokens(uid).await?;
    tokens.retain(|token| session.is_none() || token.session.as_ref() == session);
    Ok(app.store.forget_push_tokens(uid, &tokens).await?)
}

/// What a user prefers. Cost: 1 round trip, 1 read unit.
pub async fn preferences(app: &App, user: &User) -> Result<Preferences, ApiError> {
    Ok(app.store.notified(&user.uid).await?.preferences)
}

/// Changes what a body names of a user's preferences. Cost: 2 round trips, 1 read unit, 4 write units.
pub async fn prefer(app: &App, user: &User, body: &Map<String, Value>) -> Result<Preferences, ApiError> {
    let mut tries = Tries::begin();
    loop {
        let before = preferences(app, user).await?;
        let after = before.changed(body)?;
        match app.store.change_preferences(user, &before, Some(&after)).await? {
            Keeping::Stale => tries.again().await?,
            kept => return require_user(kept, &user.uid).map(|()| after),
        }
    }
}

/// Lets everything be as usual again; what is muted stays so. Cost: 1 round trip, 4 write units.
pub async fn reset(app: &App, user: &User) -> Result<Preferences, ApiError> {
    let usual = Preferences::default();
    require_user(app.store.change_preferences(user, &usual, None).await?, &user.uid)?;
    Ok(usual)
}

/// The conversations that a user is muting, as they are answered. Cost: 1 round trip, 1 read unit for about 20.
pub async fn muted(app: &App, user: &User) -> Result<Value, ApiError> {
    let now = app.now_millis();
    let mutes = app.store.mutes(&user.uid).await?;
    let shown: Vec<Value> = mutes.iter().filter(|mute| mute.holds(now)).map(Mute::view).collect();
    Ok(json!({ "mutedConversations": shown }))
}

/// Mutes the conversations that a body names, up to [`Mute::MAX`] at a time; calls at the same moment may pass that by what
/// they name.
///
/// Cost: 2 round trips and more for each 50, 1 read unit for about 20 that are muted, 2 write units for each and 2.
pub async fn mute(app: &App, user: &User, body: &Map<String, Value>) -> Result<(), ApiError> {
    let now = app.now_millis();
    let mut mutes = Mute::parse_all(body, now)?;
    // A transaction names no row twice; the last word counts.
    mutes.reverse();
    mutes.sort_by(|one, other| one.with.cmp(&other.with));
    mutes.dedup_by(|one, other| one.with == other.with);
    let others = app.store.mutes(&user.uid).await?.into_iter().filter(|mute| mute.holds(now));
    let others = others.filter(|other| mutes.iter().all(|mute| mute.with != other.with)).count();
    if Mute::MAX < others + mutes.len() {
        return Err(ApiError::field("conversations", format!("are too many: a user mutes {} at the most.", Mute::MAX)));
    }
    require_user(app.store.mute(user, &mutes).await?, &user.uid)
}

/// Mutes the conversations that a body names no more. Cost: 1 round trip for each 25, 1 write unit for each.
pub async fn unmute(app: &App, user: &User, body: &Map<String, Value>) -> Result<(), ApiError> {
    let mut withs = unmuted(body)?;
    withs.sort();
    withs.dedup();
    Ok(app.store.unmute(&user.uid, &withs).await?)
}

/// Where a user is. Cost: 1 round trip, 1 read unit.
pub async fn time_zone(app: &App, user: &User) -> Result<TimeZone, ApiError> {
    Ok(app.store.notified(&user.uid).await?.timezone)
}

/// Notes where a user is. Cost: 1 round trip, 4 write units.
pub async fn set_time_zone(app: &App, user: &User, body: &Map<String, Value>) -> Result<(), ApiError> {
    let mut fields = Fields::of(body);
    let time_zone = fields.required("timezone", fields::parsed(TimeZone::parse)).unwrap_or_default();
    fields.finish()?;
    require_user(app.store.change_time_zone(user, &time_zone).await?, &user.uid)
}

fn require_user(kept: Keeping, uid: &Uid) -> Result<(), ApiError> {
    match kept {
        Keeping::Done => Ok(()),
        Keeping::UserGone => Err(ApiError::uid_not_found(uid)),
        Keeping::Stale => Err(ApiError::new(Code::TooManyRequests, "Others are changing the same; try again.")),
    }
}
