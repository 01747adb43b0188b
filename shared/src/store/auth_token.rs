//! Auth tokens: each is proved by its digest, and listed under its user.

use std::convert::Infallible;

use model::auth_token::{Device, IssuedToken};
use model::event::Event;
use model::time::Seconds;
use model::uid::Uid;
use model::user::User;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::keys::Key;
use super::transaction::{Commit, Condition, EXISTS, Transaction, Untold, Update, number, without_refused};
use super::user::still_is;
use super::{Item, Store};

/// An auth token as stored, under the digest of its value.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthToken {
    /// As whom it acts.
    pub uid: Uid,
    /// When it was made.
    pub created_at: Seconds,
    /// The epoch of its user in which it was made; see [`User::token_epoch`].
    #[serde(default)]
    pub epoch: u64,
}

impl AuthToken {
    /// Whether it may be believed that a token of `user` is as it was read, which was late.
    pub fn is_settled(user: &User, now: Seconds) -> bool {
        user.token_revoked_at.is_none_or(|at| at.plus(LATE_FOR) < now)
    }
}

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

/// A token that is made or revoked, with the event that says so.
#[derive(Clone, Debug)]
pub struct TokenChange {
    /// The token.
    pub token: IssuedToken,
    /// Carried by the token's row in the list of its user, whether it is made or revoked: a stream keeps the order of one
    /// row, so that nobody hears that a token was revoked before they hear of it.
    pub event: Event,
}

/// How making a token ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` made it"]
pub enum NewToken {
    /// It works now.
    Done,
    /// Its user is not the active one that was read.
    UserGone,
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    UserGone,
    /// The token at this position was revoked before.
    Revoked(usize),
}

impl Refused {
    fn position(&self) -> Option<usize> {
        match self {
            Refused::Revoked(position) => Some(*position),
            Refused::UserGone => None,
        }
    }
}

/// How long, in seconds, a token that was read late may have been revoked without the reader seeing it: far longer than DynamoDB
/// takes, and clocks differ by.
const LATE_FOR: u64 = 300;
/// How many tokens one transaction revokes: two items each, of 100.
const REVOKED_AT_ONCE: usize = 45;

impl Store {
    /// The tokens of a user, newest first, of whichever epoch.
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

    /// Stores a new token of a user and revokes those that make room for it.
    ///
    /// Cost: 1 round trip, 6 write units and 4 for each that goes; 1 round trip more if one of these went meanwhile.
    pub async fn issue_token(
        &self,
        user: &User,
        new: &TokenChange,
        archived: &[TokenChange],
    ) -> Result<NewToken, StoreError> {
        let (now, before) = archived.split_at(archived.len().min(REVOKED_AT_ONCE));
        self.revoke_tokens(before).await?;
        let mut left: Vec<&TokenChange> = now.iter().collect();
        loop {
            let tx = put_token(self.transaction(), new)?;
            let tx = match left.first() {
                Some(revoked) => tx.update(noted(revoked).when_also(still_in_epoch(user))),
                None => tx.check(&Key::user(&user.uid), still_in_epoch(user)),
            };
            match revoke(tx.or(Refused::UserGone), &left)?.commit().await? {
                Commit::Done => return Ok(NewToken::Done),
                Commit::Refused(refused) if refused.iter().any(|(meaning, _)| *meaning == Some(Refused::UserGone)) => {
                    return Ok(NewToken::UserGone);
                }
                Commit::Refused(refused) => left = without_refused(left, &refused, Refused::position)?,
            }
        }
    }

    /// Revokes tokens of a user; those that are revoked already have had their event. Of who is not there none works.
    ///
    /// Cost: 1 round trip for each 45, 4 write units a token and 2; 1 round trip more if one of these went meanwhile.
    pub async fn revoke_tokens(&self, tokens: &[TokenChange]) -> Result<(), StoreError> {
        for some in tokens.chunks(REVOKED_AT_ONCE) {
            let mut left: Vec<&TokenChange> = some.iter().collect();
            while let Some(first) = left.first() {
                let tx = self.transaction().update(noted(first).when(EXISTS)).or(Refused::UserGone);
                match revoke(tx, &left)?.commit().await? {
                    Commit::Done => break,
                    Commit::Refused(refused)
                        if refused.iter().any(|(meaning, _)| *meaning == Some(Refused::UserGone)) =>
                    {
                        return Ok(());
                    }
                    Commit::Refused(refused) => left = without_refused(left, &refused, Refused::position)?,
                }
            }
        }
        Ok(())
    }

    /// Removes tokens of a user who was deactivated; no event is emitted beside the user's.
    ///
    /// Cost: 1 round trip for each 45, 4 write units a token.
    pub async fn forget_tokens(&self, tokens: &[IssuedToken]) -> Result<(), StoreError> {
        for some in tokens.chunks(REVOKED_AT_ONCE) {
            let both = |token: &IssuedToken| [Key::auth_token(&token.digest), Key::token_of(&token.uid, &token.digest)];
            let keys = some.iter().flat_map(both);
            let tx = keys.fold(self.transaction::<Infallible>(), |tx, key| tx.delete(&key));
            tx.untold(Untold::StepOfAnother).commit().await?.unrefused()?;
        }
        Ok(())
    }

    /// Notes what a token is used on; `None` if it is gone. Cost: 1 round trip, 1 write unit.
    pub async fn change_token(&self, token: &IssuedToken, device: &Device) -> Result<Option<IssuedToken>, StoreError> {
        let mut set: Item = serde_dynamo::to_item(device)?;
        if device.app_info.is_empty() {
            set.remove("appInfo");
        }
        self.apply(
            Update::of(&Key::token_of(&token.uid, &token.digest)).set_all(set).when(EXISTS).untold(Untold::OwnAffair),
        )
        .await
    }
}

/// Adds the two items of a new token; the second carries its event.
pub(super) fn put_token<'s, R: Copy>(
    tx: Transaction<'s, R>,
    TokenChange { token, event }: &TokenChange,
) -> Result<Transaction<'s, R>, StoreError> {
    let proof = AuthToken { uid: token.uid.clone(), created_at: token.created_at, epoch: token.epoch };
    tx.put(&Key::auth_token(&token.digest), &proof)?.put(&Key::token_of(&token.uid, &token.digest), token)?.event(event)
}

/// [`still_is`], and not deactivated meanwhile, so that no token is made that does not work.
fn still_in_epoch(user: &User) -> Condition {
    let mut condition = still_is(user);
    condition.expression += match user.token_epoch {
        0 => " AND attribute_not_exists(tokenEpoch)",
        _ => " AND tokenEpoch = :epoch",
    };
    if user.token_epoch == 0 { condition } else { condition.value(":epoch", number(user.token_epoch)) }
}

/// Notes on the user's row that a token is revoked: for [`LATE_FOR`] nobody believes one that they read late.
fn noted(revoked: &TokenChange) -> Update {
    let at = revoked.event.at().seconds();
    Update::of(&Key::user(&revoked.token.uid)).set("tokenRevokedAt", number(at.get()))
}

fn revoke<'s>(
    mut tx: Transaction<'s, Refused>,
    tokens: &[&TokenChange],
) -> Result<Transaction<'s, Refused>, StoreError> {
    for (position, TokenChange { token, event }) in tokens.iter().enumerate() {
        tx = tx.delete(&Key::auth_token(&token.digest));
        tx = tx
            .delete_existing(&Key::token_of(&token.uid, &token.digest))
            .or(Refused::Revoked(position))
            .event(event)?;
    }
    Ok(tx)
}
