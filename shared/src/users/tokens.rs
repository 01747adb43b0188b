//! Auth tokens: made, found, revoked.

use crate::app::App;
use crate::error::ApiError;
use crate::identity::{self, hex_sha256};
use crate::store::auth_token::TokenFacts;
use model::auth_token::{Device, IssuedToken};
use model::problem::Code;
use model::time::Seconds;
use model::uid::Uid;
use model::user::User;

/// A new token of a user, not stored yet.
pub fn new(uid: &Uid, device: Device, now: Seconds) -> Result<IssuedToken, ApiError> {
    let auth_token = identity::new_auth_token(uid, now)?;
    let digest = hex_sha256(auth_token.as_bytes());
    Ok(IssuedToken { uid: uid.clone(), auth_token, digest, created_at: now, device })
}

/// Makes a token of a user. Every call makes another one, so that who leaves one device stays on the others; of more
/// than [`IssuedToken::MAX`] the oldest stop working. Calls at the same moment may leave one too many until the next.
///
/// Cost: 2 round trips, 6 write units.
pub async fn issue(app: &App, user: &User, device: Device) -> Result<IssuedToken, ApiError> {
    let uid = &user.uid;
    let token = new(uid, device, app.now())?;
    let known = app.store.auth_tokens(uid).await?;
    let archived = known.get(IssuedToken::MAX - 1..).unwrap_or_default();
    if app.store.issue_token(user, &token, archived).await? { Ok(token) } else { Err(ApiError::uid_not_found(uid)) }
}

/// The token that a path names, of an active user.
///
/// Cost: 1 round trip, 3 read units.
pub async fn find(app: &App, uid: &Uid, auth_token: &str) -> Result<IssuedToken, ApiError> {
    let TokenFacts { user, proof, token } = app.store.token_facts(uid, &hex_sha256(auth_token.as_bytes())).await?;
    user.filter(User::is_active).ok_or_else(|| ApiError::uid_not_found(uid))?;
    match (token, proof) {
        (Some(token), Some(_)) => Ok(token),
        (None, Some(_)) => {
            let message = format!("The auth token belongs to another user than {uid}.");
            Err(ApiError::new(Code::TokenNotAccessible, message))
        }
        (_, None) => Err(ApiError::new(Code::TokenNotFound, format!("The user {uid} has no such auth token."))),
    }
}

/// Notes what a token is used on; what is not told stays.
///
/// Cost: 1 round trip, 1 write unit.
pub async fn change(app: &App, token: &IssuedToken, device: &Device) -> Result<IssuedToken, ApiError> {
    if device.is_empty() {
        return Err(ApiError::new(Code::BadRequest, "The body names nothing that can be changed."));
    }
    let gone = || ApiError::new(Code::TokenNotFound, format!("The user {} has no such auth token.", token.uid));
    app.store.change_token(token, device).await?.ok_or_else(gone)
}
