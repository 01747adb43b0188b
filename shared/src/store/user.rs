//! Users and their tokens.

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::keys::{self, Key};
use super::transaction::{Outcome, item, put, put_new};
use super::{Item, Store};
use crate::model::time::Seconds;
use crate::model::uid::Uid;
use crate::model::user::User;

/// An auth token as stored, under the digest of its value.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthToken {
    /// As whom it acts.
    pub uid: Uid,
    /// When it was made.
    pub created_at: Seconds,
}

impl Store {
    /// A user, active or not. Cost: 1 round trip, 1 read unit.
    pub async fn user(&self, uid: &Uid) -> Result<Option<User>, StoreError> {
        self.get(&Key::user(uid)).await
    }

    /// A user, and the token of this digest. Cost: 1 round trip, 2 read units.
    pub async fn user_and_token(
        &self,
        uid: &Uid,
        digest: &str,
    ) -> Result<(Option<User>, Option<AuthToken>), StoreError> {
        let (user, token) = (Key::user(uid), Key::auth_token(digest));
        let found = self.get_all(vec![user.clone(), token.clone()]).await?;
        Ok((found.get(&user)?, found.get(&token)?))
    }

    /// Makes a user a bot: the mark alone, until bots have routes of their own. Cost: 1 round trip, 2 write units.
    pub async fn put_bot(&self, uid: &Uid) -> Result<(), StoreError> {
        self.transact(vec![put(&self.table, Key::bot(uid).item())?]).await?;
        Ok(())
    }

    /// Stores a new user, and a token for them under its digest; false if the UID is taken.
    ///
    /// Cost: 1 round trip; 2 write units and 1 for the index; 2 more with a token.
    pub async fn create_user(&self, user: &User, token_digest: Option<&str>) -> Result<bool, StoreError> {
        let mut writes = vec![put_new(&self.table, user_item(user)?)?];
        if let Some(digest) = token_digest {
            let token = AuthToken { uid: user.uid.clone(), created_at: user.created_at };
            writes.push(put(&self.table, item(&Key::auth_token(digest), &token)?)?);
        }
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }
}

fn user_item(user: &User) -> Result<Item, StoreError> {
    let mut item = item(&Key::user(&user.uid), user)?;
    item.extend(keys::listed_user(&user.uid).map(|(name, value)| (name.to_owned(), value)));
    Ok(item)
}
