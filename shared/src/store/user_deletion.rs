//! How a user ends: what is theirs first, then the profile, so that a failure part-way is safe to repeat.

use std::convert::Infallible;

use model::event::Event;
use model::id::MessageId;
use model::time::{Millis, Seconds};
use model::uid::Uid;
use model::user::User;

use super::error::StoreError;
use super::keys::{self, ENDING_AT, GONE_ID, Key};
use super::transaction::{Commit, Condition, Untold, Update, number};
use super::user::{DEACTIVATED_AT, IS_THERE};
use super::{Item, Store};

/// How many items of a user are removed at once: a block is two items, and a transaction takes 100.
const REMOVED_AT_ONCE: usize = 49;

/// How beginning or finishing the permanent deletion of a user ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` did it"]
pub enum UserDeletion {
    /// It happened.
    Done,
    /// There is no such user any more.
    NoSuchUser,
}

impl Store {
    /// Begins to delete a user permanently: from now on they are not active, and nobody brings them back.
    ///
    /// Cost: 1 round trip; 2 write units, and 2 for the entry in the index.
    pub async fn end_user(&self, user: &User, now: Seconds) -> Result<UserDeletion, StoreError> {
        let [(pk, _), (sk, _)] = keys::listed_user(&user.uid);
        let end = Update::of(&Key::user(&user.uid))
            .set_expression(format!("{DEACTIVATED_AT} = if_not_exists({DEACTIVATED_AT}, :now), {ENDING_AT} = :now"))
            .remove(pk)
            .remove(sk)
            .when(IS_THERE)
            .when("createdAt = :created")
            .number(":now", now.get())
            .number(":created", user.created_at.get());
        let tx = self.transaction::<Infallible>().update(end).untold(Untold::StepOfAnother);
        Ok(ended(tx.commit().await?))
    }

    /// Removes everything that belongs to a user whose deletion has begun, the profile last; of blocks also what stands
    /// with the other user. Memberships are rows of groups and are not. In the place of the profile stays a row that tells
    /// the next owner of the UID where their life begins; it carries the event.
    ///
    /// Cost: 2 round trips for each [`REMOVED_AT_ONCE`] items, 2 write units an item, 4 a block.
    pub async fn delete_user(&self, uid: &Uid, now: Millis, event: &Event) -> Result<UserDeletion, StoreError> {
        let profile = Key::user(uid);
        loop {
            let (mut keys, is_last) = self.some_keys(&Key::all_of_user(uid), REMOVED_AT_ONCE).await?;
            keys.retain(|key| *key != profile);
            keys.extend(keys.iter().filter_map(Key::mirrored_block).collect::<Vec<_>>());
            let tx = keys.iter().fold(self.transaction::<Infallible>(), |tx, key| tx.delete(key));
            let tx = match is_last {
                true => tx.put_item_if(gone_user(&profile, now), is_ending()).event(event)?,
                // A change of nothing, which is refused if the user's deletion has come to its end: then the rows may be
                // those of the next owner.
                false => tx.update(unchanged(&profile)).untold(Untold::StepOfAnother),
            };
            let outcome = ended(tx.commit().await?);
            if outcome == UserDeletion::NoSuchUser || is_last {
                return Ok(outcome);
            }
        }
    }
}

fn ended(commit: Commit<Infallible>) -> UserDeletion {
    commit.either(UserDeletion::Done, UserDeletion::NoSuchUser)
}

fn is_ending() -> Condition {
    Condition::new(format!("attribute_exists({ENDING_AT})"))
}

fn unchanged(profile: &Key) -> Update {
    Update::of(profile)
        .set_expression(format!("{ENDING_AT} = {ENDING_AT}"))
        .when(format!("attribute_exists({ENDING_AT})"))
}

/// What is left of a user.
fn gone_user(profile: &Key, now: Millis) -> Item {
    let gone_id = MessageId::last_of(now);
    let mut item = profile.item();
    item.insert(GONE_ID.to_owned(), number(gone_id.number()));
    // So that every condition of being active refuses it.
    item.insert(DEACTIVATED_AT.to_owned(), number(gone_id.sent_at().get()));
    item
}
