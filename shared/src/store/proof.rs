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
            ProofQuery::Token { .. } => query.read(&self.get_all(query.keys()).await?),
        }
    }
}

impl ProofQuery {
    /// The rows' keys, for reading them along with others.
    pub(super) fn keys(&self) -> Vec<Key> {
        match self {
            ProofQuery::Key { digest } => vec![Key::api_key(digest)],
            ProofQuery::Token { uid, digest } => vec![Key::user(uid), Key::auth_token(digest)],
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
