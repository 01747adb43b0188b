//! The rows that prove who asks.

use super::auth_token::AuthToken;
use super::error::StoreError;
use super::keys::Key;
use super::{Found, Store};
use model::api_key::ApiKey;
use model::uid::Uid;
use model::user::User;

/// Which rows prove a credential; digests are hex SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofQuery {
    /// An API key's.
    Key {
        /// Of the key.
        digest: String,
    },
    /// An auth token's and its user's.
    Token {
        /// Whom the token names.
        uid: Uid,
        /// Of the token.
        digest: String,
    },
}

/// The rows as found.
#[derive(Clone, Debug)]
pub enum ProofFacts {
    /// The API key, if it is one.
    Key(Option<ApiKey>),
    /// The user, active or not, and the token, if they are there.
    Token(Option<Box<User>>, Option<AuthToken>),
}

impl Store {
    /// What proves a credential. Cost: 1 round trip; 1 read unit for a key, 2 for a token.
    pub async fn proof(&self, query: &ProofQuery) -> Result<ProofFacts, StoreError> {
        match query {
            ProofQuery::Key { digest } => Ok(ProofFacts::Key(self.get(&Key::api_key(digest)).await?)),
            ProofQuery::Token { .. } => {
                let keys = query.keys().into_iter().chain(query.late_keys());
                query.read(&self.get_all(keys.collect()).await?)
            }
        }
    }
}

impl ProofQuery {
    /// The keys of the rows that have to be as they are by now, for reading them along with others.
    pub(super) fn keys(&self) -> Vec<Key> {
        match self {
            ProofQuery::Key { digest } => vec![Key::api_key(digest)],
            ProofQuery::Token { uid, .. } => vec![Key::user(uid)],
        }
    }

    /// The key of the token, which may be read late: the user's row says whether one was revoked a moment ago.
    pub(super) fn late_keys(&self) -> Vec<Key> {
        match self {
            ProofQuery::Key { .. } => Vec::new(),
            ProofQuery::Token { digest, .. } => vec![Key::auth_token(digest)],
        }
    }

    pub(super) fn read(&self, found: &Found) -> Result<ProofFacts, StoreError> {
        Ok(match self {
            ProofQuery::Key { digest } => ProofFacts::Key(found.get(&Key::api_key(digest))?),
            ProofQuery::Token { uid, digest } => {
                ProofFacts::Token(found.get(&Key::user(uid))?, found.get(&Key::auth_token(digest))?)
            }
        })
    }
}
