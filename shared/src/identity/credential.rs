//! What a caller presents to prove who they are, and whether it does.

use super::{Caller, Identity, hex_sha256, request_limit};
use crate::app::App;
use crate::error::ApiError;
use crate::store::batch::Freshness;
use crate::store::proof::{ProofFacts, ProofQuery};
use model::api_key::KeyScope;
use model::problem::Code;
use model::uid::Uid;
use model::user::User;

/// What a caller presents.
#[derive(Debug)]
pub enum PresentedCredential<'a> {
    /// An API key.
    Key(&'a str),
    /// An auth token.
    Token(&'a str),
}

impl<'a> PresentedCredential<'a> {
    /// A key wins over a token.
    pub fn of(caller: &'a Caller) -> Result<PresentedCredential<'a>, ApiError> {
        let key = caller.api_key.as_deref().unwrap_or_default();
        let shown = match (key, caller.auth_token.as_deref()) {
            ("", Some("")) => Err(ApiError::new(Code::EmptyAuthToken, "The authToken header is empty.")),
            ("", Some(token)) => Ok(PresentedCredential::Token(token)),
            ("", None) => Err(ApiError::new(Code::EmptyApiKey, "The apikey header is missing or empty.")),
            (key, _) => Ok(PresentedCredential::Key(key)),
        }?;
        caller.require_no_blank_name()?;
        Ok(shown)
    }
}

/// A key or token that may prove who asks.
#[derive(Debug)]
pub enum Credential<'a> {
    /// An API key.
    Key {
        /// As given.
        key: &'a str,
        /// Its hex SHA-256.
        digest: String,
    },
    /// An auth token.
    Token {
        /// Whom it names.
        uid: Uid,
        /// Its hex SHA-256.
        digest: String,
    },
}

/// What a credential was proved to be.
#[derive(Debug)]
pub enum Principal {
    /// An API key of this scope.
    Key(KeyScope),
    /// A token of this active user.
    User(Box<User>),
}

impl Principal {
    /// Itself, if it may do what takes a key of this scope. Whatever takes a user, a token may do.
    pub fn with(self, needed: KeyScope) -> Result<Principal, ApiError> {
        match self {
            Principal::Key(KeyScope::AuthOnly) if needed == KeyScope::FullAccess => {
                Err(ApiError::new(Code::NoAccess, "The API key may only create users and auth tokens."))
            }
            proved => Ok(proved),
        }
    }

    /// [`Principal::with`] full access.
    pub fn with_full_access(self) -> Result<Principal, ApiError> {
        self.with(KeyScope::FullAccess)
    }
}

impl<'a> Credential<'a> {
    /// The credential of a caller.
    pub fn of(caller: &'a Caller) -> Result<Credential<'a>, ApiError> {
        match PresentedCredential::of(caller)? {
            PresentedCredential::Key(key) => Ok(Credential::of_key(key)),
            PresentedCredential::Token(token) => Credential::of_token(caller, token),
        }
    }

    /// The credential of a caller with this key.
    pub fn of_key(key: &'a str) -> Credential<'a> {
        Credential::Key { key, digest: hex_sha256(key.as_bytes()) }
    }

    /// The credential of a caller with this token. Its first part names the user.
    pub fn of_token(caller: &Caller, token: &str) -> Result<Credential<'a>, ApiError> {
        caller.require_no_blank_name()?;
        if caller.on_behalf_of.is_some() {
            return Err(ApiError::new(Code::NoAccess, "An auth token acts as its own user; leave onBehalfOf out."));
        }
        let uid = super::named_by(token).ok_or_else(unknown_token)?;
        Ok(Credential::Token { uid, digest: hex_sha256(token.as_bytes()) })
    }

    /// Who asks, if the credential holds.
    pub fn identity(&self, caller: &Caller) -> Result<Identity, ApiError> {
        match self {
            Credential::Key { .. } => caller.named(),
            Credential::Token { uid, .. } => Ok(Identity::User(uid.clone())),
        }
    }

    /// [`Credential::query`]; nothing for a key that was proved lately.
    pub fn needed(&self, app: &App) -> Option<ProofQuery> {
        self.remembered(app).is_none().then(|| self.query())
    }

    /// Proves it. Cost: at most 1 round trip, 1 read unit; for a token that of [`Credential::proved_by`] too.
    pub async fn prove(&self, app: &App) -> Result<Principal, ApiError> {
        match self.remembered(app) {
            Some(scope) => Ok(Principal::Key(scope)),
            None => self.proved_by(app, app.store.proof(&self.query()).await?).await,
        }
    }

    /// Proves it without counting that as a request. Cost: as [`Credential::prove`].
    pub async fn require(&self, app: &App) -> Result<Principal, ApiError> {
        self.held_to(app, app.store.proof(&self.query()).await?).await
    }

    /// Proves it by what was read for it, and counts the request of a user.
    ///
    /// Cost: for a token that of [`request_limit::count`]; 1 round trip, 1 read unit more if its user's row has no mark of it.
    pub async fn proved_by(&self, app: &App, facts: ProofFacts) -> Result<Principal, ApiError> {
        let principal = self.held_to(app, facts).await?;
        if let Principal::User(user) = &principal {
            request_limit::count(app, &user.uid).await?;
        }
        Ok(principal)
    }

    async fn held_to(&self, app: &App, facts: ProofFacts) -> Result<Principal, ApiError> {
        match (self, facts) {
            (Credential::Key { digest, .. }, ProofFacts::Key(Some(found))) => {
                app.keys.put(digest.clone(), found.scope);
                Ok(Principal::Key(found.scope))
            }
            (Credential::Token { uid, digest }, ProofFacts::Token(Some(user)))
                if user.is_active()
                    && user.uid == *uid
                    && (user.token_marks.hold(digest) || app.store.is_unmarked_token(&user, digest).await?) =>
            {
                Ok(Principal::User(user))
            }
            (Credential::Key { key, .. }, _) => {
                Err(ApiError::new(Code::ApiKeyNotFound, format!("There is no API key {}.", masked(key))))
            }
            (Credential::Token { .. }, _) => Err(unknown_token()),
        }
    }

    /// The scope of a key that this process has proved lately.
    pub(super) fn remembered(&self, app: &App) -> Option<KeyScope> {
        match self {
            Credential::Key { digest, .. } => app.keys.get(digest),
            Credential::Token { .. } => None,
        }
    }

    /// How fresh what only others than who presents it write has to be.
    pub fn of_others(&self) -> Freshness {
        super::of_others(matches!(self, Credential::Token { .. }))
    }

    /// What has to be read to prove it.
    pub(super) fn query(&self) -> ProofQuery {
        match self {
            Credential::Key { digest, .. } => ProofQuery::Key { digest: digest.clone() },
            Credential::Token { uid, .. } => ProofQuery::Token { uid: uid.clone() },
        }
    }
}

/// The refusal of a token, which does not say why.
pub fn unknown_token() -> ApiError {
    ApiError::new(Code::AuthTokenNotFound, "There is no such auth token.")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_key_does_not_tell_the_key() {
        assert_eq!(masked("0123456789abcdef0123456789abcdef01234567"), "0123***4567");
        assert_eq!(masked("short"), "***");
        assert_eq!(masked("ключключключ"), "ключ***ключ");
    }
}
