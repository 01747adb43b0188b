//! Auth tokens: each is proved by its digest, and listed under its user.

use aws_sdk_dynamodb::types::TransactWriteItem;

use super::Store;
use super::change::Change;
use super::error::StoreError;
use super::keys::Key;
use super::legacy::{EXISTS, Outcome, item, put};
use super::user::AuthToken;
use model::auth_token::{Device, IssuedToken};
use model::uid::Uid;
use model::user::User;

/// What is known of a token that a path names.
#[derive(Debug)]
pub struct TokenFacts {
    /// The user of the path, active or not.
    pub user: Option<User>,
    /// Whose token it is, if it works.
    pub proof: Option<AuthToken>,
    /// The token among those of the path's user.
    pub token: Option<IssuedToken>,
}

/// How many tokens one transaction revokes: two items each, of 100.
const REVOKED_AT_ONCE: usize = 45;

impl Store {
    /// The tokens of a user, newest first.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 15 tokens.
    pub async fn auth_tokens(&self, uid: &Uid) -> Result<Vec<IssuedToken>, StoreError> {
        let mut tokens: Vec<IssuedToken> = self.all_rows(&Key::tokens_of(uid)).await?;
        tokens.sort_by(|one, other| (other.created_at, &other.digest).cmp(&(one.created_at, &one.digest)));
        Ok(tokens)
    }

    /// What is known of a token of `uid`. Cost: 1 round trip, 3 read units.
    pub async fn token_facts(&self, uid: &Uid, digest: &str) -> Result<TokenFacts, StoreError> {
        let (user, proof, token) = (Key::user(uid), Key::auth_token(digest), Key::token_of(uid, digest));
        let found = self.get_all(vec![user.clone(), proof.clone(), token.clone()]).await?;
        Ok(TokenFacts { user: found.get(&user)?, proof: found.get(&proof)?, token: found.get(&token)? })
    }

    /// Stores a new token of a user and revokes those that make room for it; false if the user is gone meanwhile.
    ///
    /// Cost: 1 round trip, 6 write units and 4 for each that goes.
    pub async fn issue_token(
        &self,
        user: &User,
        token: &IssuedToken,
        archived: &[IssuedToken],
    ) -> Result<bool, StoreError> {
        for more in archived.get(REVOKED_AT_ONCE..).unwrap_or_default().chunks(REVOKED_AT_ONCE) {
            self.transact(self.revocations(more)?).await?;
        }
        let mut writes = self.token_writes(token)?;
        writes.push(self.still_is(user)?);
        writes.extend(self.revocations(archived.get(..REVOKED_AT_ONCE).unwrap_or(archived))?);
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    /// Revokes tokens. Cost: 1 round trip for each 45, 4 write units a token.
    pub async fn revoke_tokens(&self, tokens: &[IssuedToken]) -> Result<(), StoreError> {
        for some in tokens.chunks(REVOKED_AT_ONCE) {
            self.transact(self.revocations(some)?).await?;
        }
        Ok(())
    }

    /// Notes what a token is used on; `None` if it is gone. Cost: 1 round trip, 1 write unit.
    pub async fn change_token(&self, token: &IssuedToken, device: &Device) -> Result<Option<IssuedToken>, StoreError> {
        let mut set: super::Item = serde_dynamo::to_item(device)?;
        if device.app_info.is_empty() {
            set.remove("appInfo");
        }
        let change = Change { set, remove: Vec::new() };
        self.change(&Key::token_of(&token.uid, &token.digest), change, EXISTS).await
    }

    /// The two items of a token.
    pub(super) fn token_writes(&self, token: &IssuedToken) -> Result<Vec<TransactWriteItem>, StoreError> {
        let proof = AuthToken { uid: token.uid.clone(), created_at: token.created_at };
        Ok(vec![
            put(&self.table, item(&Key::auth_token(&token.digest), &proof)?)?,
            put(&self.table, item(&Key::token_of(&token.uid, &token.digest), token)?)?,
        ])
    }

    fn revocations(&self, tokens: &[IssuedToken]) -> Result<Vec<TransactWriteItem>, StoreError> {
        let keys = tokens
            .iter()
            .flat_map(|IssuedToken { uid, digest, .. }| [Key::auth_token(digest), Key::token_of(uid, digest)]);
        keys.map(|key| self.delete(&key)).collect()
    }
}
