//! What is brought in from another place: rows as the changes of then would have left them, with the ids and times of then.
//!
//! Nobody is told of it ([`Untold::History`]): no row carries an event. A repeat changes nothing, so an import that was
//! killed is begun again anywhere before that: what decides (users, groups, members, messages, friends) is written once and
//! stays as it is, counters move in the transaction that makes the row which they count, and all other rows are put as they
//! were.

mod changes;
mod ended;
mod members;
mod messages;
mod rows;
mod told;

use std::convert::Infallible;

use aws_sdk_dynamodb::types::AttributeValue;
use model::archive::{FormerUserRecord, FriendRecord, Record, StateRecord};
use model::group::Group;
use model::role::Role;
use model::time::Millis;
use model::uid::{RoleId, Uid};
use model::user::User;

use super::conversation_pin::{ConversationPin, Replaced};
use super::error::StoreError;
use super::friend::{FRIENDS, Friend};
use super::group::group_item;
use super::keys::Key;
use super::limited::Creation;
use super::own_mark::NOTED;
use super::preview::PREVIEW;
use super::transaction::{Commit, Condition, IS_NEW, Untold, Update, item, number};
use super::user::{IS_THERE, UserCreation};
use super::user_deletion::gone_user;
use super::{Item, Store};
pub use members::BroughtMembers;
pub use messages::{BroughtMessages, OwnReceipts};
pub use told::ToldMessage;

/// How bringing something in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "it may have been there"]
pub enum Brought {
    /// It is there now.
    Done,
    /// It was there before, and stays as it is.
    WasThere,
    /// What it belongs to is not there.
    Homeless,
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    /// What is made was there.
    WasThere,
    /// What it belongs to is not.
    Homeless,
}

/// The most bytes that the row of a record may have, of those that grow with what people wrote: reads reckon with it.
pub fn most_bytes(record: &Record) -> Option<f64> {
    Some(match record {
        Record::User(user) => Key::user(&user.uid).most_bytes(),
        Record::Group(group) => Key::group(&group.guid).most_bytes(),
        Record::Message(message) => Key::message(&message.conversation, message.id).most_bytes(),
        _ => return None,
    })
}

impl Store {
    /// Brings in a user. Cost: as [`Store::create_user`], and 2 write units a KB of the profile.
    pub async fn import_user(&self, user: &User, now: Millis) -> Result<Brought, StoreError> {
        let placed = self.place_user(user, now, |tx| Ok(tx.untold(Untold::History))).await?;
        Ok(match placed {
            UserCreation::Done => Brought::Done,
            UserCreation::UidTaken => Brought::WasThere,
        })
    }

    /// Notes whose a UID was. Cost: 1 round trip, 2 write units.
    pub async fn import_former_user(&self, former: &FormerUserRecord) -> Result<Brought, StoreError> {
        self.bring(gone_user(&former.uid, former.gone_id)).await
    }

    /// Brings in a group without members. Cost: 1 round trip; 2 write units a KB of it, and 1 for the index.
    pub async fn import_group(&self, group: &Group) -> Result<Brought, StoreError> {
        self.bring(group_item(&Group { members_count: 0, ..group.clone() })?).await
    }

    async fn bring(&self, item: Item) -> Result<Brought, StoreError> {
        let tx = self.transaction::<Infallible>().put_item_if(item, Condition::new(IS_NEW));
        Ok(tx.untold(Untold::History).commit().await?.either(Brought::Done, Brought::WasThere))
    }

    /// Brings in a role. Cost: as [`Store::create_role`].
    pub async fn import_role(&self, role: &Role) -> Result<Creation, StoreError> {
        if role.role != RoleId::default() {
            return self.create_role(role).await;
        }
        // It is there before it is stored, and is not counted.
        self.put_batches(vec![item(&Key::role(&role.role), role)?], Untold::History).await?;
        Ok(Creation::Done)
    }

    /// Makes two users friends since then. Cost: 1 round trip, 4 write units and 2 per KB of each user's profile.
    pub async fn import_friend(&self, record: &FriendRecord) -> Result<Brought, StoreError> {
        let sides = [(&record.uid, &record.friend), (&record.friend, &record.uid)];
        let mut tx = self.transaction();
        for (uid, other) in sides {
            let friend = Friend { uid: other.clone(), friends_since: record.friends_since };
            tx = tx.put_new(&Key::friend(uid, other), &friend)?.or(Refused::WasThere);
            let counted = Update::of(&Key::user(uid)).add(FRIENDS, 1).when(IS_THERE);
            tx = tx.update(counted).or(Refused::Homeless);
        }
        Ok(brought(tx.untold(Untold::History).commit().await?))
    }

    /// Lets a conversation stand as it did for all of its users, unless it has come further. Cost: 1 round trip, 1 write unit.
    pub async fn import_state(&self, record: &StateRecord) -> Result<(), StoreError> {
        let [of_first, of_second] = NOTED;
        let update = Update::of(&Key::conversation_state(&record.conversation))
            .set("lastMessageId", number(record.last_message_id.number()))
            .set("createdAt", number(record.created_at.get()))
            .set("updatedAt", number(record.updated_at.get()))
            .remove(PREVIEW)
            // The rows that they are about were put without their marks.
            .remove(of_first)
            .remove(of_second)
            .when("(attribute_not_exists(lastMessageId) OR lastMessageId <= :last)")
            .number(":last", record.last_message_id.number());
        let ids = [("shownMessageId", record.shown_message_id), ("newsMessageId", record.news_message_id)];
        let update = ids.into_iter().fold(update, |update, (name, id)| match id {
            Some(id) => update.set(name, number(id.number())),
            None => update.remove(name),
        });
        let update = match record.is_orphaned {
            true => update.set("isOrphaned", AttributeValue::Bool(true)),
            false => update,
        };
        self.apply_unread(update.untold(Untold::History)).await?.either_way();
        Ok(())
    }

    /// Lets somebody have pinned these conversations. Cost: 2 round trips, 1 read unit, 2 write units.
    pub async fn import_conversation_pins(
        &self,
        owner: &Uid,
        pins: Vec<ConversationPin>,
    ) -> Result<Replaced, StoreError> {
        let before = self.pinned_conversations(owner).await?;
        self.replace_pinned_conversations(owner, &before, pins, None).await
    }
}

fn brought(commit: Commit<Refused>) -> Brought {
    let Commit::Refused(refused) = commit else { return Brought::Done };
    match refused.iter().any(|(why, _)| *why == Some(Refused::WasThere)) {
        true => Brought::WasThere,
        false => Brought::Homeless,
    }
}
