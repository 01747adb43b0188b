//! Who asks, proved (contract/README.md, "Request headers").
//!
//! An API key acts as the app, or as the user whom `onBehalfOf` names. An auth token acts as its own user, and can
//! neither name another nor do what only the app may.

mod cache;
mod caller;
mod credential;
mod request_limit;

use futures_util::join;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::error::ApiError;
use crate::store::batch::{Batch, Freshness, Known};
use crate::store::error::StoreError;
use crate::store::proof::ProofFacts;
pub use cache::KeyCache;
pub use caller::{Caller, OnBehalfOf};
pub use credential::Credential;
use credential::{PresentedCredential, Principal};
use model::api_key::KeyScope;
use model::event::{DeviceId, Origin};
use model::problem::Code;
use model::uid::Uid;
use model::user::User;

/// Who asks, proved by a key or token. A user named by a key's `onBehalfOf` is not looked up yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The app itself.
    App,
    /// A user.
    User(Uid),
}

impl Identity {
    /// The acting user; none is the app.
    pub fn user(&self) -> Option<&Uid> {
        match self {
            Identity::App => None,
            Identity::User(uid) => Some(uid),
        }
    }

    /// The acting user's UID, or the app's.
    pub fn uid(&self) -> Uid {
        self.user().cloned().unwrap_or_else(Uid::app_system)
    }
}

/// Who acts, looked up, and from which device.
#[derive(Clone, Debug)]
pub struct Actor {
    /// An active user; none is the app.
    user: Option<Box<User>>,
    device: Option<DeviceId>,
    /// Whether they proved it by their own token.
    is_by_token: bool,
}

impl Actor {
    /// The app itself.
    pub fn app(device: Option<DeviceId>) -> Actor {
        Actor { user: None, device, is_by_token: false }
    }

    /// An active user.
    pub fn of_user(user: User, device: Option<DeviceId>) -> Actor {
        Actor { user: Some(Box::new(user)), device, is_by_token: false }
    }

    /// The acting user's UID; none is the app.
    pub fn uid(&self) -> Option<&Uid> {
        self.user().map(|user| &user.uid)
    }

    /// The acting user; none is the app.
    pub fn user(&self) -> Option<&User> {
        self.user.as_deref()
    }

    /// How fresh what only others write has to be for them.
    pub fn of_others(&self) -> Freshness {
        of_others(self.is_by_token)
    }

    /// The acting user, or the app's.
    pub fn as_user(&self) -> User {
        self.user().cloned().unwrap_or_else(User::app_system)
    }

    /// The origin of what they do.
    pub fn origin(&self) -> Origin {
        Origin { actor: self.uid().cloned().unwrap_or_else(Uid::app_system), device: self.device.clone() }
    }
}

/// How fresh what only others write has to be: by a token somebody writes as themselves alone, who has a key as anybody.
fn of_others(is_by_token: bool) -> Freshness {
    if is_by_token { Freshness::Late } else { Freshness::Exact }
}

/// Proves who asks, for operations that look the user up themselves.
///
/// Cost: nothing for a key that this process has seen within [`KeyCache::TTL`], else 1 round trip.
pub async fn identity(app: &App, caller: &Caller) -> Result<Identity, ApiError> {
    let credential = Credential::of(caller)?;
    credential.prove(app).await?.with_full_access()?;
    credential.identity(caller)
}

/// Proves who asks and looks the user up.
///
/// Cost: at most 1 round trip; see [`actor_with`].
pub async fn actor(app: &App, caller: &Caller) -> Result<Actor, ApiError> {
    Ok(actor_with(app, caller, |_| Batch::default()).await?.0)
}

/// Proves who asks, looks the user up, and reads along what the operation needs to know: `wanted` says it for the acting user
/// whom the request names, and is small, because anybody can make the owner pay for it. Nothing of it is returned before the
/// proof succeeds.
///
/// Cost: 1 round trip; none where nothing is wanted and a known key acts as the app. 1 read unit for a user, 1 for a key that this
/// process has not seen within [`KeyCache::TTL`], and what is wanted, half of it where that is of others and a token asks.
pub async fn actor_with(
    app: &App,
    caller: &Caller,
    wanted: impl FnOnce(Option<&Uid>) -> Batch,
) -> Result<(Actor, Known), ApiError> {
    let credential = Credential::of(caller)?;
    let named = credential.identity(caller);
    let (remembered, query) = (credential.remembered(app), credential.query());
    let mut batch = Batch::default();
    if let Ok(identity) = &named {
        batch = identity.user().into_iter().fold(wanted(identity.user()), Batch::user);
    }
    let batch = if remembered.is_none() { batch.proof(&query) } else { batch };
    let known = app.store.know_as(batch, credential.of_others()).await?;
    let principal = match remembered {
        Some(scope) => Principal::Key(scope),
        None => credential.proved_by(app, known.proof(&query)?).await?,
    };
    let device = caller.device.clone();
    let actor = match (principal.with_full_access()?, named?) {
        (Principal::User(user), _) => Actor { user: Some(user), device, is_by_token: true },
        (Principal::Key(_), Identity::App) => Actor::app(device),
        (Principal::Key(_), Identity::User(uid)) => {
            let user = known.user(&uid)?.filter(User::is_active);
            Actor::of_user(user.ok_or_else(|| ApiError::uid_not_found(&uid))?, device)
        }
    };
    Ok((actor, known))
}

/// [`actor_with`], and what is read ahead for the user whom the request names, at the same time. It is little, because anybody can
/// make the owner pay for it, and is returned only when the proof has succeeded. Where calls take turns what is read ahead is
/// read before, and `wanted` told of it, so that it may read along what follows from it.
///
/// Cost: as [`actor_with`], beside what is read ahead.
pub async fn actor_beside<T, F: Future<Output = Result<T, StoreError>>>(
    app: &App,
    caller: &Caller,
    wanted: impl FnOnce(Option<&Uid>, Option<&T>) -> Batch,
    ahead: impl FnOnce(Uid) -> F,
) -> Result<(Actor, Known, Option<T>), ApiError> {
    let named = Credential::of(caller)?.identity(caller).ok();
    let ahead = async {
        match named.as_ref().and_then(Identity::user) {
            Some(uid) => ahead(uid.clone()).await.map(Some),
            None => Ok(None),
        }
    };
    let (proved, ahead) = if app.takes_turns() {
        let ahead = ahead.await;
        let found = ahead.as_ref().ok().and_then(Option::as_ref);
        (actor_with(app, caller, |uid| wanted(uid, found)).await, ahead)
    } else {
        join!(actor_with(app, caller, |uid| wanted(uid, None)), ahead)
    };
    let (actor, known) = proved?;
    Ok((actor, known, ahead?))
}

/// Who asks by a token, which its user's row is to prove.
#[derive(Debug)]
pub struct Claim<'c> {
    credential: Credential<'c>,
    uid: Uid,
    device: Option<DeviceId>,
}

impl Claim<'_> {
    /// Whom the token names.
    pub fn uid(&self) -> &Uid {
        &self.uid
    }

    /// Proves it by the user's row. Cost: as [`Credential::proved_by`].
    pub async fn proved(self, app: &App, user: Option<User>) -> Result<Actor, ApiError> {
        match self.credential.proved_by(app, ProofFacts::Token(user.map(Box::new))).await? {
            Principal::User(user) => Ok(Actor { user: Some(user), device: self.device, is_by_token: true }),
            Principal::Key(_) => Err(credential::unknown_token()),
        }
    }
}

/// Who asks, as a token names them; none for keys. It is to be proved before anything is told.
pub fn claimed(caller: &Caller) -> Result<Option<Claim<'_>>, ApiError> {
    let credential = Credential::of(caller)?;
    let Credential::Token { uid, .. } = &credential else { return Ok(None) };
    let (uid, device) = (uid.clone(), caller.device.clone());
    Ok(Some(Claim { credential, uid, device }))
}

/// Proves that the app itself asks, with a key of at least this scope.
pub async fn app_with(app: &App, caller: &Caller, scope: KeyScope) -> Result<Actor, ApiError> {
    match PresentedCredential::of(caller)? {
        PresentedCredential::Key(key) => {
            Credential::of_key(key).prove(app).await?.with(scope)?;
            Ok(Actor::app(caller.device.clone()))
        }
        PresentedCredential::Token(_) => {
            Err(ApiError::new(Code::NoAccess, "An auth token cannot do this; use an API key."))
        }
    }
}

/// Proves that the app asks, or that the user `uid` does by a token of theirs.
pub async fn app_or_self(app: &App, caller: &Caller, uid: &Uid) -> Result<Actor, ApiError> {
    match Credential::of(caller)?.prove(app).await?.with_full_access()? {
        Principal::User(user) if user.uid != *uid => {
            Err(ApiError::new(Code::NoAccess, "An auth token reaches its own user only."))
        }
        Principal::User(user) => Ok(Actor { user: Some(user), device: caller.device.clone(), is_by_token: true }),
        Principal::Key(_) => Ok(Actor::app(caller.device.clone())),
    }
}

/// A user who asks by a token, and the token.
#[derive(Clone, Debug)]
pub struct Session {
    /// The user.
    pub user: User,
    /// The token.
    pub auth_token: String,
    /// Their device.
    pub device: Option<DeviceId>,
}

impl Session {
    /// The origin of what the user does.
    pub fn origin(&self) -> Origin {
        Origin { actor: self.user.uid.clone(), device: self.device.clone() }
    }
}

/// Proves who asks by the auth token, for operations that are about its own user; a key does not help.
///
/// Cost: 1 round trip, 1 read unit.
pub async fn session(app: &App, caller: &Caller) -> Result<Session, ApiError> {
    let auth_token = caller.auth_token.as_deref().unwrap_or_default();
    if auth_token.is_empty() {
        return Err(ApiError::new(Code::EmptyAuthToken, "The authToken header is missing or empty."));
    }
    match Credential::of_token(caller, auth_token)?.prove(app).await? {
        Principal::User(user) => {
            Ok(Session { user: *user, auth_token: auth_token.to_owned(), device: caller.device.clone() })
        }
        Principal::Key(_) => Err(credential::unknown_token()),
    }
}

/// The active user of an auth token that was proved before, by its hex SHA-256: a socket shows it once and speaks for hours.
///
/// Cost: 1 round trip, 1 read unit.
pub async fn user_of_token(app: &App, uid: &Uid, digest: &str) -> Result<User, ApiError> {
    let credential = Credential::Token { uid: uid.clone(), digest: digest.to_owned() };
    match credential.prove(app).await? {
        Principal::User(user) => Ok(*user),
        Principal::Key(_) => Err(credential::unknown_token()),
    }
}

/// Refuses an auth token, by its hex SHA-256, that was proved in this event and holds no more. It is not counted again.
///
/// Cost: 1 round trip, 1 read unit.
pub async fn require_still(app: &App, uid: &Uid, digest: &str) -> Result<(), ApiError> {
    let credential = Credential::Token { uid: uid.clone(), digest: digest.to_owned() };
    credential.require(app).await.map(drop)
}

/// The active user of an auth token that the body of a request by the app names, and its hex SHA-256.
///
/// Cost: 1 round trip beyond [`identity`]'s, 1 read unit.
pub async fn named_session(app: &App, caller: &Caller, auth_token: &str) -> Result<(User, String), ApiError> {
    let identity = identity(app, caller).await?;
    let uid = named_by(auth_token).ok_or_else(credential::unknown_token)?;
    if identity.user().is_some_and(|named| *named != uid) {
        let message = "The auth token belongs to another user than onBehalfOf names.";
        return Err(ApiError::new(Code::TokenNotAccessible, message));
    }
    let digest = hex_sha256(auth_token.as_bytes());
    Ok((user_of_token(app, &uid, &digest).await?, digest))
}

/// Whom an auth token names.
pub fn named_by(auth_token: &str) -> Option<Uid> {
    auth_token.rsplit_once('_').and_then(|(name, _)| Uid::parse(name).ok())
}

/// A new auth token of a user: `<uid>_<unix><30 hex digits>`.
pub fn new_auth_token(uid: &Uid, now: model::time::Seconds) -> Result<String, ApiError> {
    let mut random = [0; 15];
    getrandom::fill(&mut random).map_err(|_| ApiError::new(Code::Exception, "The server has no entropy."))?;
    Ok(format!("{uid}_{}{}", now.get(), hex::encode(random)))
}

/// Hex SHA-256: how keys and tokens, which nobody guesses, are stored.
pub fn hex_sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_user_first() {
        let uid = Uid::parse("ash_user").unwrap();
        let token = new_auth_token(&uid, model::time::Seconds::new(1_760_000_000)).unwrap();
        assert_eq!(token.rsplit_once('_').map(|(name, _)| name), Some("ash_user"));
        assert_eq!(token.len(), "ash_user_".len() + 10 + 30);
    }
}
