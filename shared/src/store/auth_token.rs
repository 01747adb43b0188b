//! Auth tokens: each is a row among those of its user, whose own row has the marks of all that work. That row is read of who asks
//! anyway, so a mark on it proves who asks and no other row is read.

use std::convert::Infallible;

use model::auth_token::{Device, IssuedToken, TokenMark, TokenMarks};
use model::event::Event;
use model::uid::Uid;
use model::user::User;

use super::error::StoreError;
use super::keys::Key;
use super::transaction::{Commit, Condition, EXISTS, Transaction, Untold, Update, number, without_refused};
use super::user::still_is;
use super::{Item, Store};

/// The attribute of a user's row that is the marks of their tokens.
pub(super) const TOKEN_MARKS: &str = "tokenMarks";

/// What is known of a token that a path names.
#[derive(Debug)]
pub struct TokenFacts {
    /// The user of the path, active or not.
    pub user: Option<User>,
    /// The token, if it is one of the user whom it names, who need not be that of the path.
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

/// How many tokens one transaction revokes or forgets; it has room for 100 items, and one of them is their user's row.
const REVOKED_AT_ONCE: usize = 90;

impl Store {
    /// The tokens of a user, newest first, of whichever epoch.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 15 tokens.
    pub async fn auth_tokens(&self, uid: &Uid) -> Result<Vec<IssuedToken>, StoreError> {
        let mut tokens: Vec<IssuedToken> = self.all_rows(&Key::tokens_of(uid)).await?;
        tokens.sort_by(|one, other| (other.created_at, &other.digest).cmp(&(one.created_at, &one.digest)));
        Ok(tokens)
    }

    /// What is known of a token, by its digest: the user `uid`, and the token of `named`. Cost: 1 round trip, 2 read units.
    pub async fn token_facts(&self, uid: &Uid, named: &Uid, digest: &str) -> Result<TokenFacts, StoreError> {
        let (user, token) = (Key::user(uid), Key::token_of(named, digest));
        let found = self.get_all(vec![user.clone(), token.clone()]).await?;
        Ok(TokenFacts { user: found.get(&user)?, token: found.get(&token)? })
    }

    /// Whether a token works of which its user's row has no mark, as of those that were made before rows had any.
    ///
    /// Cost: 1 round trip, 1 read unit.
    pub async fn is_unmarked_token(&self, user: &User, digest: &str) -> Result<bool, StoreError> {
        // By the call that read the user's row: what a function may do does not hang on what it finds.
        let key = Key::token_of(&user.uid, digest);
        let token: Option<IssuedToken> = self.get_all(vec![key.clone()]).await?.get(&key)?;
        Ok(token.is_some_and(|token| token.is_of(user)))
    }

    /// Revokes those tokens of a user that make room for a new one, and stores that.
    ///
    /// Cost: 1 round trip, 4 write units; that of [`Store::revoke_tokens`] if some go.
    pub async fn issue_token(
        &self,
        user: &User,
        new: &TokenChange,
        archived: &[TokenChange],
    ) -> Result<NewToken, StoreError> {
        self.revoke_tokens(archived).await?;
        let marked =
            Update::of(&Key::user(&user.uid)).add_bytes_to_set(TOKEN_MARKS, TokenMark::of(&new.token.digest).bytes());
        let tx = self.transaction::<Infallible>().update(marked.when_also(still_in_epoch(user)));
        Ok(put_token(tx, new)?.commit().await?.either(NewToken::Done, NewToken::UserGone))
    }

    /// Revokes tokens of a user; those that are revoked already have had their event. Of who is not there none works.
    ///
    /// Cost: 1 round trip for each 90, 2 write units a token and 2; 1 round trip more if one of these went meanwhile.
    pub async fn revoke_tokens(&self, tokens: &[TokenChange]) -> Result<(), StoreError> {
        for some in tokens.chunks(REVOKED_AT_ONCE) {
            let mut left: Vec<&TokenChange> = some.iter().collect();
            while let Some(first) = left.first() {
                let marks: Vec<TokenMark> = left.iter().map(|revoked| TokenMark::of(&revoked.token.digest)).collect();
                let unmarked = without_marks(&first.token.uid, marks.iter());
                let tx = self.transaction().update(unmarked).or(Refused::UserGone);
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

    /// Takes marks from a user's row of which there is no token: a version that knew of no marks removed it.
    ///
    /// Cost: nothing without marks; else 1 round trip, 1 write unit per KB of the profile.
    pub async fn forget_marks(&self, uid: &Uid, marks: &TokenMarks) -> Result<(), StoreError> {
        if marks.is_empty() {
            return Ok(());
        }
        self.apply_unread(without_marks(uid, marks.iter()).untold(Untold::Upkeep)).await?.either_way();
        Ok(())
    }

    /// Removes tokens of a user who was deactivated; no event is emitted beside the user's.
    ///
    /// Cost: 1 round trip for each 90, 2 write units a token.
    pub async fn forget_tokens(&self, tokens: &[IssuedToken]) -> Result<(), StoreError> {
        for some in tokens.chunks(REVOKED_AT_ONCE) {
            let keys = some.iter().map(|token| Key::token_of(&token.uid, &token.digest));
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

/// Adds the item of a new token, which carries its event; its mark stands on the row of its user.
pub(super) fn put_token<'s, R: Copy>(
    tx: Transaction<'s, R>,
    TokenChange { token, event }: &TokenChange,
) -> Result<Transaction<'s, R>, StoreError> {
    tx.put(&Key::token_of(&token.uid, &token.digest), token)?.event(event)
}

/// The row of a user, who is there, without these marks; there must be some.
fn without_marks<'m>(uid: &Uid, marks: impl Iterator<Item = &'m TokenMark>) -> Update {
    Update::of(&Key::user(uid)).remove_all_bytes(TOKEN_MARKS, marks.map(TokenMark::bytes)).when(EXISTS)
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

fn revoke<'s>(
    mut tx: Transaction<'s, Refused>,
    tokens: &[&TokenChange],
) -> Result<Transaction<'s, Refused>, StoreError> {
    for (position, TokenChange { token, event }) in tokens.iter().enumerate() {
        tx = tx
            .delete_existing(&Key::token_of(&token.uid, &token.digest))
            .or(Refused::Revoked(position))
            .event(event)?;
    }
    Ok(tx)
}
