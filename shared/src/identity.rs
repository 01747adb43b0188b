//! Headers to a proved identity (contract/README.md, "Request headers").
//!
//! An API key acts as the app, or as the user whom `onBehalfOf` names. An auth token acts as its own user, and can
//! neither name another nor do what only the app may.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures_util::{FutureExt, try_join};
use lambda_http::Request;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::error::{ApiError, Code};
use crate::http::request;
use crate::model::uid::Uid;
use crate::model::user::User;
use crate::store::api_key::KeyScope;

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

/// Who asks, looked up.
#[derive(Clone, Debug)]
pub enum Actor {
    /// The app itself.
    App,
    /// An active user.
    User(Box<User>),
}

impl Actor {
    /// The acting user's UID; none is the app.
    pub fn uid(&self) -> Option<&Uid> {
        match self {
            Actor::App => None,
            Actor::User(user) => Some(&user.uid),
        }
    }

    /// The acting user, or the app's.
    pub fn as_user(&self) -> User {
        match self {
            Actor::App => User::app_system(),
            Actor::User(user) => User::clone(user),
        }
    }
}

/// Proves who asks, for operations that look the user up themselves.
///
/// Cost: nothing for a key that this process has seen within [`KeyCache::TTL`], else 1 round trip.
pub async fn identity(app: &App, req: &Request) -> Result<Identity, ApiError> {
    match credential(req)? {
        Credential::Key(key) => {
            require(prove_key(app, key).await?, KeyScope::FullAccess)?;
            on_behalf_of(req)
        }
        Credential::Token(token) => Ok(Identity::User(prove_token(app, req, token).await?.uid)),
    }
}

/// Who asks by the request's own word, without any proof: for reading ahead, [`beside`] the proof of the same request.
pub fn claimed(req: &Request) -> Result<Identity, ApiError> {
    match credential(req)? {
        Credential::Key(_) => on_behalf_of(req),
        Credential::Token(token) => Ok(Identity::User(owner(token)?)),
    }
}

/// Proves who asks and already reads what that one asks for, in one round trip. Without the proof nothing that was read
/// leaves this function, nor does a refusal of it; it must not write.
pub async fn beside<P, T>(
    proof: impl Future<Output = Result<P, ApiError>>,
    read: impl Future<Output = Result<T, ApiError>>,
) -> Result<(P, T), ApiError> {
    // A refused proof does not wait for the reading, a refused reading does for the proof.
    let (proved, read) = try_join!(proof, read.map(Ok))?;
    Ok((proved, read?))
}

/// Proves who asks and looks the user up.
///
/// Cost: at most 1 round trip beyond [`identity`]'s for a user.
pub async fn actor(app: &App, req: &Request) -> Result<Actor, ApiError> {
    if let Credential::Token(token) = credential(req)? {
        return Ok(Actor::User(Box::new(prove_token(app, req, token).await?)));
    }
    match identity(app, req).await? {
        Identity::App => Ok(Actor::App),
        Identity::User(uid) => {
            let user = app.store.user(&uid).await?.filter(User::is_active);
            Ok(Actor::User(Box::new(user.ok_or_else(|| ApiError::uid_not_found(&uid))?)))
        }
    }
}

/// Proves that the app itself asks, with a key of at least this scope.
pub async fn app_with(app: &App, req: &Request, scope: KeyScope) -> Result<(), ApiError> {
    match credential(req)? {
        Credential::Key(key) => require(prove_key(app, key).await?, scope),
        Credential::Token(_) => Err(ApiError::new(Code::NoAccess, "An auth token cannot do this; use an API key.")),
    }
}

/// Proves that the app asks, or that the user `uid` does by a token of theirs.
pub async fn app_or_self(app: &App, req: &Request, uid: &Uid) -> Result<(), ApiError> {
    match credential(req)? {
        Credential::Key(key) => require(prove_key(app, key).await?, KeyScope::FullAccess),
        Credential::Token(token) if prove_token(app, req, token).await?.uid == *uid => Ok(()),
        Credential::Token(_) => Err(ApiError::new(Code::NoAccess, "An auth token reaches its own user only.")),
    }
}

/// A user who asks by a token, and the token.
#[derive(Clone, Debug)]
pub struct Session {
    /// The user.
    pub user: User,
    /// The token.
    pub auth_token: String,
}

/// Proves who asks by the auth token, for operations that are about its own user; a key does not help.
///
/// Cost: 1 round trip, 2 read units.
pub async fn session(app: &App, req: &Request) -> Result<Session, ApiError> {
    let auth_token = request::header(req, "authtoken").unwrap_or_default();
    if auth_token.is_empty() {
        return Err(ApiError::new(Code::EmptyAuthToken, "The authToken header is missing or empty."));
    }
    Ok(Session { user: prove_token(app, req, auth_token).await?, auth_token: auth_token.to_owned() })
}

enum Credential<'a> {
    Key(&'a str),
    Token(&'a str),
}

/// A key wins over a token.
fn credential(req: &Request) -> Result<Credential<'_>, ApiError> {
    let key = request::header(req, "apikey").unwrap_or_default();
    match (key, request::header(req, "authtoken")) {
        ("", Some("")) => Err(ApiError::new(Code::EmptyAuthToken, "The authToken header is empty.")),
        ("", Some(token)) => Ok(Credential::Token(token)),
        ("", None) => Err(ApiError::new(Code::EmptyApiKey, "The apikey header is missing or empty.")),
        (key, _) => Ok(Credential::Key(key)),
    }
}

fn on_behalf_of(req: &Request) -> Result<Identity, ApiError> {
    match req.headers().get("onbehalfof") {
        None => Ok(Identity::App),
        Some(value) if value.is_empty() => Ok(Identity::App),
        Some(value) => match value.to_str().map(Uid::parse) {
            Ok(Ok(uid)) if uid == Uid::app_system() => Ok(Identity::App),
            Ok(Ok(uid)) => Ok(Identity::User(uid)),
            _ => Err(ApiError::new(Code::UidNotFound, "The onBehalfOf header names no user.")),
        },
    }
}

fn require(held: KeyScope, needed: KeyScope) -> Result<(), ApiError> {
    if held == KeyScope::FullAccess || needed == KeyScope::AuthOnly {
        return Ok(());
    }
    Err(ApiError::new(Code::NoAccess, "The API key may only create users and auth tokens."))
}

async fn prove_key(app: &App, key: &str) -> Result<KeyScope, ApiError> {
    let digest = hex_sha256(key.as_bytes());
    if let Some(scope) = app.keys.get(&digest) {
        return Ok(scope);
    }
    let Some(found) = app.store.api_key(&digest).await? else {
        return Err(ApiError::new(Code::ApiKeyNotFound, format!("There is no API key {}.", masked(key))));
    };
    app.keys.put(digest, found.scope);
    Ok(found.scope)
}

/// The user of a token. Its first part names the user, so both are read at once.
async fn prove_token(app: &App, req: &Request, token: &str) -> Result<User, ApiError> {
    if request::header(req, "onbehalfof").is_some_and(|uid| !uid.is_empty()) {
        return Err(ApiError::new(Code::NoAccess, "An auth token acts as its own user; leave onBehalfOf out."));
    }
    let uid = owner(token)?;
    let (user, stored) = app.store.user_and_token(&uid, &hex_sha256(token.as_bytes())).await?;
    match (user.filter(User::is_active), stored) {
        (Some(user), Some(stored)) if stored.uid == user.uid => Ok(user),
        _ => Err(unknown_token()),
    }
}

/// Whom a token names.
fn owner(token: &str) -> Result<Uid, ApiError> {
    let (name, _) = token.rsplit_once('_').ok_or_else(unknown_token)?;
    Uid::parse(name).map_err(|_| unknown_token())
}

fn unknown_token() -> ApiError {
    ApiError::new(Code::AuthTokenNotFound, "There is no such auth token.")
}

/// A new auth token of a user: `<uid>_<unix><30 hex digits>`.
pub fn new_auth_token(uid: &Uid, now: crate::model::time::Seconds) -> Result<String, ApiError> {
    let mut random = [0; 15];
    getrandom::fill(&mut random).map_err(|_| ApiError::new(Code::Exception, "The server has no entropy."))?;
    Ok(format!("{uid}_{}{}", now.get(), hex(&random)))
}

/// A key as it may be printed: its ends only.
fn masked(key: &str) -> String {
    let ends = |n: usize| (key.chars().take(n).collect::<String>(), key.chars().skip(key.chars().count() - n));
    if key.chars().count() < 12 {
        return "***".to_owned();
    }
    let (start, end) = ends(4);
    format!("{start}***{}", end.collect::<String>())
}

/// Hex SHA-256: how keys, tokens and passwords are stored.
pub fn hex_sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The API keys that this process has proved lately, by digest. Unknown keys are looked up each time.
#[derive(Debug, Default)]
pub struct KeyCache(Mutex<HashMap<String, (KeyScope, Instant)>>);

impl KeyCache {
    /// How long a revoked key may go on working in a warm process.
    pub const TTL: Duration = Duration::from_secs(60);

    fn get(&self, digest: &str) -> Option<KeyScope> {
        let keys = self.0.lock().ok()?;
        keys.get(digest).filter(|(_, at)| at.elapsed() < KeyCache::TTL).map(|(scope, _)| *scope)
    }

    fn put(&self, digest: String, scope: KeyScope) {
        if let Ok(mut keys) = self.0.lock() {
            keys.insert(digest, (scope, Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_key_does_not_tell_the_key() {
        assert_eq!(masked("0123456789abcdef0123456789abcdef01234567"), "0123***4567");
        assert_eq!(masked("short"), "***");
        assert_eq!(masked("ключключключ"), "ключ***ключ");
    }

    #[test]
    fn a_token_names_its_user_first() {
        let uid = Uid::parse("ash_user").unwrap();
        let token = new_auth_token(&uid, crate::model::time::Seconds::new(1_760_000_000)).unwrap();
        assert_eq!(token.rsplit_once('_').map(|(name, _)| name), Some("ash_user"));
        assert_eq!(token.len(), "ash_user_".len() + 10 + 30);
    }
}
