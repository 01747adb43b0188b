//! The row that proves who asks.

use super::error::StoreError;
use super::keys::Key;
use super::{Found, Store};
use model::api_key::ApiKey;
use model::uid::Uid;
use model::user::User;

/// Which row proves a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofQuery {
    /// An API key's.
    Key {
        /// The hex SHA-256 of the key.
        digest: String,
    },
    /// The row of the user whom an auth token names: it has the marks of those that work.
    Token {
        /// Whom the token names.
        uid: Uid,
    },
}

/// The rows as found.
#[derive(Clone, Debug)]
pub enum ProofFacts {
    /// The API key, if it is one.
    Key(Option<ApiKey>),
    /// The user whom a token names, active or not, if they are there.
    Token(Option<Box<User>>),
}

impl Store {
    /// What proves a credential. Cost: 1 round trip, 1 read unit.
    pub async fn proof(&self, query: &ProofQuery) -> Result<ProofFacts, StoreError> {
        match query {
            ProofQuery::Key { digest } => Ok(ProofFacts::Key(self.get(&Key::api_key(digest)).await?)),
            ProofQuery::Token { .. } => query.read(&self.get_all(vec![query.key()]).await?),
        }
    }
}

impl ProofQuery {
    /// The key of the row, for reading it along with others.
    pub(super) fn key(&self) -> Key {
        match self {
            ProofQuery::Key { digest } => Key::api_key(digest),
            ProofQuery::Token { uid } => Key::user(uid),
        }
    }

    pub(super) fn read(&self, found: &Found) -> Result<ProofFacts, StoreError> {
        Ok(match self {
            ProofQuery::Key { .. } => ProofFacts::Key(found.get(&self.key())?),
            ProofQuery::Token { .. } => ProofFacts::Token(found.get(&self.key())?),
        })
    }
}
