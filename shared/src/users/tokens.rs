//! Auth tokens: made, found, revoked.

use crate::app::App;
use crate::error::ApiError;
use crate::identity::{self, hex_sha256};
use crate::store::auth_token::{NewToken, TokenChange, TokenFacts};
use model::auth_token::{Device, IssuedToken};
use model::event::{Audience, EventKind, Origin};
use model::problem::Code;
use model::time::Seconds;
use model::uid::Uid;
use model::user::User;

/// The tokens of a user that work, newest first. Cost: 1 round trip, 1 read unit for about 15.
pub async fn of_user(app: &App, user: &User) -> Result<Vec<IssuedToken>, ApiError> {
    let mut tokens = app.store.auth_tokens(&user.uid).await?;
    tokens.retain(|token| token.is_of(user));
    Ok(tokens)
}

/// A new token of a user who was never deactivated, not stored yet.
pub fn new(uid: &Uid, device: Device, now: Seconds) -> Result<IssuedToken, ApiError> {
    let auth_token = identity::new_auth_token(uid, now)?;
    let digest = hex_sha256(auth_token.as_bytes());
    Ok(IssuedToken { uid: uid.clone(), auth_token, digest, created_at: now, epoch: 0, device })
}

/// Makes a token of a user. Every call makes another one, so that who leaves one device stays on the others; of more
/// than [`IssuedToken::MAX`] the oldest stop working. Calls at the same moment may leave one too many until the next.
///
/// Those that a deactivation revoked are removed along the way.
///
/// Cost: 2 round trips, 4 write units.
pub async fn issue(app: &App, origin: &Origin, user: &User, device: Device) -> Result<IssuedToken, ApiError> {
    let uid = &user.uid;
    let new = IssuedToken { epoch: user.token_epoch, ..new(uid, device, app.now())? };
    let new = issued(app, origin, new);
    let (mut known, dead): (Vec<_>, Vec<_>) =
        app.store.auth_tokens(uid).await?.into_iter().partition(|token| token.is_of(user));
    app.store.forget_tokens(&dead).await?;
    let archived = known.split_off(known.len().min(IssuedToken::MAX - 1));
    let archived: Vec<TokenChange> = archived.into_iter().map(|token| revoked(app, origin, token)).collect();
    match app.store.issue_token(user, &new, &archived).await? {
        NewToken::Done => Ok(new.token),
        NewToken::UserGone => Err(ApiError::uid_not_found(uid)),
    }
}

/// Revokes one token. Cost: 1 round trip, 4 write units.
pub async fn revoke(app: &App, origin: &Origin, token: IssuedToken) -> Result<(), ApiError> {
    Ok(app.store.revoke_tokens(&[revoked(app, origin, token)]).await?)
}

/// Revokes all tokens of a user, those too that are not listed. Cost: 1 round trip, and 1 for each 90; 2 write units a token and 2.
pub async fn revoke_all(app: &App, origin: &Origin, user: &User) -> Result<(), ApiError> {
    let tokens = of_user(app, user).await?;
    // The user was read before the tokens, so none that was made since is among these.
    app.store.forget_marks(&user.uid, &user.token_marks.clone().of_none(&tokens)).await?;
    let revoked: Vec<TokenChange> = tokens.into_iter().map(|token| revoked(app, origin, token)).collect();
    Ok(app.store.revoke_tokens(&revoked).await?)
}

/// A token that is to be made, with its event.
pub fn issued(app: &App, origin: &Origin, token: IssuedToken) -> TokenChange {
    let kind = EventKind::TokenIssued { digest: token.digest.clone() };
    TokenChange { event: app.event(origin, Audience::User(token.uid.clone()), kind), token }
}

/// A token that is to be revoked, with its event.
fn revoked(app: &App, origin: &Origin, token: IssuedToken) -> TokenChange {
    let kind = EventKind::TokenRevoked { digest: token.digest.clone() };
    TokenChange { event: app.event(origin, Audience::User(token.uid.clone()), kind), token }
}

/// The token that a path names, of an active user.
///
/// Cost: 1 round trip, 2 read units.
pub async fn find(app: &App, uid: &Uid, auth_token: &str) -> Result<IssuedToken, ApiError> {
    let named = identity::named_by(auth_token).unwrap_or_else(|| uid.clone());
    let digest = hex_sha256(auth_token.as_bytes());
    let TokenFacts { user, token } = app.store.token_facts(uid, &named, &digest).await?;
    let user = user.filter(User::is_active).ok_or_else(|| ApiError::uid_not_found(uid))?;
    match token {
        Some(token) if token.uid != *uid => {
            let message = format!("The auth token belongs to another user than {uid}.");
            Err(ApiError::new(Code::TokenNotAccessible, message))
        }
        Some(token) if token.is_of(&user) => Ok(token),
        _ => Err(ApiError::new(Code::TokenNotFound, format!("The user {uid} has no such auth token."))),
    }
}

/// Notes what a token is used on; what is not given stays.
///
/// Cost: 1 round trip, 1 write unit.
pub async fn change(app: &App, token: &IssuedToken, device: &Device) -> Result<IssuedToken, ApiError> {
    if device.is_empty() {
        return Err(ApiError::new(Code::BadRequest, "The body contains no field that can be updated."));
    }
    let gone = || ApiError::new(Code::TokenNotFound, format!("The user {} has no such auth token.", token.uid));
    app.store.change_token(token, device).await?.ok_or_else(gone)
}
