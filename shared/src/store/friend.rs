//! Who is whose friend. It stands twice, with the one and with the other; both rows come and go together, and both users'
//! own rows count their friends.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::keys::Key;
use super::partition::Rows;
use super::sweep::{Budget, Left};
use super::transaction::{Commit, Transaction, Untold, Update, without_refused};
use super::user::IS_ACTIVE;
use super::{Item, Store};
use model::event::Event;
use model::time::Seconds;
use model::uid::Uid;
use model::user::User;

/// A friend of a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Friend {
    /// The friend.
    pub uid: Uid,
    /// Since when.
    pub friends_since: Seconds,
}

impl Friend {
    /// The most friends of a user (contract/limits.md).
    pub const MAX: u64 = 1_000;
}

/// How making two users friends ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` made them friends"]
pub enum Befriending {
    /// They are friends now.
    Done,
    /// They were before.
    WereFriends,
    /// The user is not the active one that was read.
    UserGone,
    /// The other is not the active one that was read.
    OtherGone,
    /// The user has as many friends as one can have.
    UserFull,
    /// The other has.
    OtherFull,
}

/// How ending a friendship ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` ended one"]
pub enum Unfriending {
    /// They are friends no more.
    Done,
    /// They were not.
    WereNoFriends,
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    Unchanged,
    User,
    Other,
    /// The friendship at this position ended meanwhile.
    Ended(usize),
}

/// The attribute of a user's row that counts their friends: with it the transaction that makes friends changes two rows
/// fewer than with rows that only count, because it needs both users to be there anyway.
pub(super) const FRIENDS: &str = "friends";
/// How many friendships of a user who is deleted end in one transaction: three writes each.
const ENDED_AT_ONCE: usize = 30;

impl Store {
    /// Makes two users friends, who must be the active ones that were read, so that nobody inherits a friend with a UID.
    ///
    /// Cost: 1 round trip, 4 write units and 2 per KB of each user's profile.
    pub async fn befriend(
        &self,
        user: &User,
        other: &User,
        event: &Event,
        now: Seconds,
    ) -> Result<Befriending, StoreError> {
        let [mine, theirs] = [other, user].map(|friend| Friend { uid: friend.uid.clone(), friends_since: now });
        let tx = self.transaction();
        let tx = tx.put_new(&Key::friend(&user.uid, &other.uid), &mine)?.or(Refused::Unchanged).event(event)?;
        let tx = tx.put(&Key::friend(&other.uid, &user.uid), &theirs)?;
        let tx = tx.update(one_more_friend(user)).or(Refused::User).update(one_more_friend(other)).or(Refused::Other);
        let Commit::Refused(refused) = tx.commit().await? else { return Ok(Befriending::Done) };
        let refusal = |of: Refused| refused.iter().find(|(meaning, _)| *meaning == Some(of)).map(|(_, row)| row);
        Ok(match (refusal(Refused::Unchanged), refusal(Refused::User), refusal(Refused::Other)) {
            (Some(_), ..) => Befriending::WereFriends,
            (None, Some(row), _) if is_full(row.as_ref()) => Befriending::UserFull,
            (None, Some(_), _) => Befriending::UserGone,
            (None, None, Some(row)) if is_full(row.as_ref()) => Befriending::OtherFull,
            (None, None, Some(_)) => Befriending::OtherGone,
            (None, None, None) => return Err(StoreError::Conflict),
        })
    }

    /// Ends a friendship. The row of `uid` stays as a tombstone that carries the event.
    ///
    /// Cost: 1 round trip, 4 write units and 2 per KB of each user's profile.
    pub async fn unfriend(&self, uid: &Uid, other: &Uid, event: &Event) -> Result<Unfriending, StoreError> {
        let tx = self.transaction().delete_existing(&Key::friend(uid, other)).or(Refused::Unchanged).event(event)?;
        let tx = tx.delete(&Key::friend(other, uid)).update(one_friend_less(uid)).update(one_friend_less(other));
        Ok(tx.commit().await?.either(Unfriending::Done, Unfriending::WereNoFriends))
    }

    /// A user's friends, by UID.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 30.
    pub async fn friends(&self, uid: &Uid) -> Result<Vec<Friend>, StoreError> {
        self.all_rows(&Key::friends(uid)).await
    }

    /// Of `others`, the friends of a user. Cost: 1 round trip for each 100, 1 read unit for each.
    pub async fn friends_among(&self, uid: &Uid, others: &BTreeSet<Uid>) -> Result<BTreeSet<Uid>, StoreError> {
        let found = self.get_all(others.iter().map(|other| Key::friend(uid, other)).collect()).await?;
        Ok(others.iter().filter(|other| found.has(&Key::friend(uid, other))).cloned().collect())
    }

    /// Ends the friendships of a user who is being deleted, of which everybody was told.
    ///
    /// Cost: for each 30 a query of a read unit and 1 round trip; 4 write units for each, and 2 per KB of the friend's
    /// profile.
    pub async fn end_friendships(&self, uid: &Uid, budget: &mut Budget) -> Result<Left, StoreError> {
        let mut start = None;
        while !budget.is_spent() {
            let most = ENDED_AT_ONCE.min(budget.left());
            let Rows { rows, rest } = self.rows::<Friend>(&Key::friends(uid), start, Some(most)).await?;
            budget.spend(3 * rows.len().max(1));
            let mut left = rows;
            while let Commit::Refused(refused) = ended(self.transaction(), uid, &left).commit().await? {
                left = without_refused(left, &refused, |refused| match refused {
                    Refused::Ended(position) => Some(*position),
                    Refused::Unchanged | Refused::User | Refused::Other => None,
                })?;
            }
            match rest {
                Some(rest) => start = Some(rest),
                None => return Ok(Left::Nothing),
            }
        }
        Ok(Left::Perhaps)
    }
}

/// One friend more of a user, who must be the active one that was read; see [`super::user::still_is`].
fn one_more_friend(user: &User) -> Update {
    let update = Update::of(&Key::user(&user.uid)).one_more(FRIENDS, Friend::MAX).when(IS_ACTIVE);
    match user.born_id {
        None => update.when("attribute_not_exists(bornId)"),
        Some(born_id) => update.when("bornId = :born").number(":born", born_id.number()),
    }
}

pub(super) fn one_friend_less(uid: &Uid) -> Update {
    Update::of(&Key::user(uid)).add(FRIENDS, -1)
}

/// Whether this row of a user, which took no further friend, was there and had its number of them.
fn is_full(row: Option<&Item>) -> bool {
    let count = row.and_then(|row| row.get(FRIENDS)?.as_n().ok()?.parse().ok());
    let is_active = row.is_some_and(|row| !row.contains_key(super::user::DEACTIVATED_AT));
    is_active && count.is_some_and(|count: u64| Friend::MAX <= count)
}

fn ended<'s>(tx: Transaction<'s, Refused>, uid: &Uid, friends: &[Friend]) -> Transaction<'s, Refused> {
    let tx = friends.iter().enumerate().fold(tx, |tx, (position, friend)| {
        let tx = tx.delete_existing(&Key::friend(&friend.uid, uid)).or(Refused::Ended(position));
        tx.delete(&Key::friend(uid, &friend.uid)).update(one_friend_less(&friend.uid))
    });
    tx.untold(Untold::StepOfAnother)
}
