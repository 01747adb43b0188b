//! Users, from their creation to their deactivation.

use aws_sdk_dynamodb::types::AttributeValue;
use model::auth_token::{TokenMark, TokenMarks};
use model::event::Event;
use model::id::MessageId;
use model::job::Job;
use model::time::{Millis, Seconds};
use model::uid::Uid;
use model::user::User;
use model::user_change::UserChange;

use super::auth_token::{TOKEN_MARKS, TokenChange, put_token};
use super::error::StoreError;
use super::id_index::IdIndex;
use super::job::with_job;
use super::keys::{self, ENDING_AT, GONE_ID, Key};
use super::transaction::{Commit, Condition, IS_NEW, Transaction, Update, item, number};
use super::update::bytes_set;
use super::{Item, Store};

/// That a user exists and is active.
pub(super) const IS_ACTIVE: &str = "attribute_exists(pk) AND attribute_not_exists(deactivatedAt)";
/// That a user exists, active or not.
pub(super) const IS_THERE: &str = "attribute_exists(pk) AND attribute_not_exists(goneId)";
/// When a user was deactivated.
pub(super) const DEACTIVATED_AT: &str = "deactivatedAt";

/// How creating a user ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` created them"]
pub enum UserCreation {
    /// The user is there.
    Done,
    /// Somebody has the UID.
    UidTaken,
}

/// How deactivating a user ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` deactivated them"]
pub enum Deactivation {
    /// They are deactivated.
    Done,
    /// There is no active user of this UID.
    NotActive,
}

/// How bringing a user back ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` brought them back"]
pub enum Reactivation {
    /// They are active again.
    Done,
    /// They were active all along.
    WasActive,
    /// There is no such user, or they are being deleted.
    NoSuchUser,
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    UidTaken,
    NotActive,
    NotDeactivated,
}

impl Store {
    /// A user, active or not. Cost: 1 round trip, 1 read unit.
    pub async fn user(&self, uid: &Uid) -> Result<Option<User>, StoreError> {
        self.get(&Key::user(uid)).await
    }

    /// Stores a new user, and a token for them.
    ///
    /// Cost: 1 round trip; 2 write units and 1 for the index; 4 more with a token. A UID that somebody had before takes
    /// one round trip more.
    pub async fn create_user(
        &self,
        user: &User,
        event: &Event,
        token: Option<&TokenChange>,
        now: Millis,
    ) -> Result<UserCreation, StoreError> {
        let token_marks = token.map(|token| TokenMarks::of(&token.token.digest)).unwrap_or_default();
        let user = &User { token_marks, ..user.clone() };
        self.place_user(user, now, |tx| with_token(tx.event(event)?, token)).await
    }

    /// Puts a user where nobody is, with what `with` adds; where somebody was before, as their next owner.
    pub(super) async fn place_user<'s>(
        &'s self,
        user: &User,
        now: Millis,
        with: impl Fn(Transaction<'s, Refused>) -> Result<Transaction<'s, Refused>, StoreError>,
    ) -> Result<UserCreation, StoreError> {
        let put = self.transaction().put_item_if(user_item(user)?, Condition::new(IS_NEW)).or(Refused::UidTaken);
        let Commit::Refused(refused) = with(put)?.commit().await? else {
            return Ok(UserCreation::Done);
        };
        let before = refused.into_iter().find_map(|(_, item)| item).filter(|item| item.contains_key(GONE_ID));
        let Some(before) = before else { return Ok(UserCreation::UidTaken) };
        let is_free = Condition::new(format!("attribute_exists({GONE_ID})"));
        let user = next_owner(user, &before, now)?;
        let put = self.transaction().put_item_if(user_item(&user)?, is_free).or(Refused::UidTaken);
        Ok(match with(put)?.commit().await? {
            Commit::Done => UserCreation::Done,
            Commit::Refused(_) => UserCreation::UidTaken,
        })
    }

    /// Changes an active user's profile and returns it; `None` if there is none.
    ///
    /// Cost: 1 round trip, 1 write unit per KB of the profile; 2 more for another name, which moves the entry in the index.
    pub async fn change_user(&self, uid: &Uid, change: &UserChange, event: &Event) -> Result<Option<User>, StoreError> {
        let update = Update::of(&Key::user(uid)).set_all(serde_dynamo::to_item(change)?).when(IS_ACTIVE);
        let update = change.unset().iter().fold(update, |update, name| update.remove(name));
        let update = match change.name() {
            Some(name) => update.set_all(entry(keys::renamed_user(uid, name))),
            None => update,
        };
        self.apply(update.event(event)?).await
    }

    /// Deactivates an active user and ends the epoch of their tokens, so that none of these works again.
    ///
    /// A transaction although it is one write: when its answer is lost, the SDK sends it again, and only a transaction
    /// is known again. A plain update would find the user deactivated, by itself, and say that there was none.
    ///
    /// With it begins the job by which their groups count them no more.
    ///
    /// Cost: 1 round trip; 4 write units, and 4 to move the entry in the index.
    pub async fn deactivate_user(
        &self,
        uid: &Uid,
        now: Seconds,
        job: &Job,
        event: &Event,
    ) -> Result<Deactivation, StoreError> {
        let deactivation = Update::of(&Key::user(uid))
            .set(DEACTIVATED_AT, number(now.get()))
            .add("tokenEpoch", 1)
            .remove(TOKEN_MARKS)
            .set_all(entry([keys::user_list(IdIndex::DeactivatedUsers)]))
            .remove(keys::BY_PARENT_PK)
            .when(IS_ACTIVE);
        let tx = self.transaction().update(deactivation).or(Refused::NotActive).event(event)?;
        Ok(with_job(tx, job)?.commit().await?.either(Deactivation::Done, Deactivation::NotActive))
    }

    /// Makes a deactivated user active; who is active stays so. With it begins the job by which their groups count them
    /// again.
    ///
    /// Cost: 1 round trip; 4 write units, and 4 to move the entry in the index.
    pub async fn reactivate_user(&self, uid: &Uid, job: &Job, event: &Event) -> Result<Reactivation, StoreError> {
        let reactivation = Update::of(&Key::user(uid))
            .set_all(entry([keys::user_list(IdIndex::Users)]))
            .remove(DEACTIVATED_AT)
            // Those of before work no more, also where a version of before there were marks ended their epoch.
            .remove(TOKEN_MARKS)
            .when(IS_THERE)
            .when(format!("attribute_not_exists({ENDING_AT}) AND attribute_exists({DEACTIVATED_AT})"));
        let tx = self.transaction().update(reactivation).or(Refused::NotDeactivated).event(event)?;
        let Commit::Refused(refused) = with_job(tx, job)?.commit().await? else { return Ok(Reactivation::Done) };
        let user = refused.into_iter().find_map(|(_, item)| item);
        Ok(match user.is_some_and(|user| !user.contains_key(DEACTIVATED_AT)) {
            true => Reactivation::WasActive,
            false => Reactivation::NoSuchUser,
        })
    }
}

/// That a user is still the active one that was read: on this condition a row is made that lets somebody in by its UID
/// alone, so that none is left for the next owner of the UID. A deletion begins by making it fail.
///
/// Cost: 2 write units.
pub(super) fn still_is(user: &User) -> Condition {
    match user.born_id {
        None => Condition::new(format!("{IS_ACTIVE} AND attribute_not_exists(bornId)")),
        Some(born_id) => {
            Condition::new(format!("{IS_ACTIVE} AND bornId = :born")).value(":born", number(born_id.number()))
        }
    }
}

fn with_token<'s>(
    tx: Transaction<'s, Refused>,
    token: Option<&TokenChange>,
) -> Result<Transaction<'s, Refused>, StoreError> {
    match token {
        Some(token) => put_token(tx, token),
        None => Ok(tx),
    }
}

/// The user in the place of the one who had the UID before. Their life begins behind everything that is there.
fn next_owner(user: &User, before: &Item, now: Millis) -> Result<User, StoreError> {
    let gone_id = before.get(GONE_ID).cloned();
    let gone_id: Option<MessageId> = gone_id.map(serde_dynamo::from_attribute_value).transpose()?;
    let born_id = gone_id.max(Some(MessageId::last_of(now)));
    Ok(User { born_id, ..user.clone() })
}

fn entry<const N: usize>(listed: [(&'static str, AttributeValue); N]) -> Item {
    listed.map(|(name, value)| (name.to_owned(), value)).into()
}

/// A user's row, with their entry in the list that they are in.
pub(super) fn user_item(user: &User) -> Result<Item, StoreError> {
    let mut item = item(&Key::user(&user.uid), user)?;
    item.extend(entry(keys::listed_user(&user.uid, &user.name)));
    if !user.token_marks.is_empty() {
        item.insert(TOKEN_MARKS.to_owned(), bytes_set(user.token_marks.iter().map(TokenMark::bytes)));
    }
    match (user.deactivated_at, &user.online_by) {
        (Some(_), _) => item.extend(entry([keys::user_list(IdIndex::DeactivatedUsers)])),
        (None, Some(_)) => item.extend(entry(keys::online_user(&user.uid, &user.name))),
        (None, None) => {}
    }
    Ok(item)
}
