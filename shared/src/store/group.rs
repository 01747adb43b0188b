//! Groups, their members and their bans.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem};

use super::access::Membership;
use super::change::Change;
use super::error::StoreError;
use super::keys::{self, Key};
use super::transaction::{EXISTS, Outcome, item, put_new, update};
use super::{Item, Store};
use model::group::{Group, Member};
use model::group_change::GroupChange;
use model::message::Message;
use model::time::Seconds;
use model::uid::{Guid, Uid};
use model::user::User;

/// What must be known before members are added or banned.
#[derive(Debug)]
pub struct MemberFacts {
    /// The group.
    pub group: Option<Group>,
    /// The users that exist, active or not.
    pub users: HashMap<Uid, User>,
    /// What the group is to each of them.
    pub memberships: HashMap<Uid, Membership>,
}

/// A member to be, with the action message that tells of it.
#[derive(Debug)]
pub struct Joined {
    /// The member.
    pub member: Member,
    /// The action message.
    pub action: Message,
}

/// The most members that one transaction takes: four writes each, and the group.
pub const MEMBERS_PER_TRANSACTION: usize = 20;

impl Store {
    /// Stores a new group, with its owner as member if it has one; false if the GUID is taken.
    ///
    /// Cost: 1 round trip; 3 write units, 4 more for an owner.
    pub async fn create_group(&self, group: &Group, owner: Option<&Member>) -> Result<bool, StoreError> {
        let mut writes = vec![put_new(&self.table, group_item(group)?)?];
        if let Some(owner) = owner {
            writes.push(put_new(&self.table, item(&Key::member(&group.guid, &owner.uid), owner)?)?);
            writes.push(self.open_row(&owner.uid, &group.conversation(), owner.joined_at, None)?);
        }
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    /// Changes a group and returns it; `None` if it is gone. Cost: 1 round trip, 1 write unit per KB of the group.
    pub async fn change_group(&self, guid: &Guid, change: &GroupChange) -> Result<Option<Group>, StoreError> {
        let change = Change { set: serde_dynamo::to_item(change)?, remove: change.unset().to_vec() };
        self.change(&Key::group(guid), change, EXISTS).await
    }

    /// A group, and these users with what it is to them.
    ///
    /// Cost: 1 round trip, 1 read unit and 3 for each user.
    pub async fn member_facts(&self, guid: &Guid, uids: &[&Uid]) -> Result<MemberFacts, StoreError> {
        let mut keys = vec![Key::group(guid)];
        for uid in uids {
            keys.push(Key::user(uid));
            keys.extend(Membership::keys(guid, uid));
        }
        let found = self.get_all(keys).await?;
        let mut facts =
            MemberFacts { group: found.get(&Key::group(guid))?, users: HashMap::new(), memberships: HashMap::new() };
        for uid in uids {
            if let Some(user) = found.get(&Key::user(uid))? {
                facts.users.insert((*uid).clone(), user);
            }
            facts.memberships.insert((*uid).clone(), Membership::read(&found, guid, uid)?);
        }
        Ok(facts)
    }

    /// Adds up to [`MEMBERS_PER_TRANSACTION`] members and stores their action messages, all or none; false if any of
    /// them is a member by now, or the group is gone.
    ///
    /// Cost: 1 round trip; 2 write units for the group, 8 for each member.
    pub async fn add_members(&self, guid: &Guid, joined: &[Joined]) -> Result<bool, StoreError> {
        let mut writes = vec![self.count_members(guid, joined.len() as i64)?];
        for Joined { member, action } in joined {
            let mut row = item(&Key::member(guid, &member.uid), member)?;
            row.extend([super::receipt::starting_at(action.id)]);
            writes.push(put_new(&self.table, row)?);
            writes.push(self.open_row(&member.uid, &action.conversation, member.joined_at, Some(action.id))?);
            writes.extend(self.message_writes(action)?);
        }
        // First, because a head is an upper bound: what lies beyond it is not listed, and who tries again after a failure
        // between the two is a member already and moves nothing.
        if let Some(last) = joined.last() {
            self.advance_state(&last.action).await?;
        }
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    /// Bans a user, ends their membership if they have one, and stores the action message; false if the ban or the
    /// membership changed meanwhile.
    ///
    /// Cost: 1 round trip; 6 write units, 6 more for a member; then 1 for the head.
    pub async fn ban_member(
        &self,
        guid: &Guid,
        uid: &Uid,
        was_member: Option<&Member>,
        action: &Message,
    ) -> Result<bool, StoreError> {
        let ban = Member { uid: uid.clone(), ..was_member.cloned().unwrap_or(banned_stranger(uid, action.sent_at())) };
        let mut writes = vec![put_new(&self.table, item(&Key::ban(guid, uid), &ban)?)?];
        if was_member.is_some() {
            writes.push(self.count_members(guid, -1)?);
            writes.push(self.delete_existing(&Key::member(guid, uid))?);
            writes.push(self.delete(&Key::participant_state(uid, &action.conversation))?);
        }
        writes.extend(self.message_writes(action)?);
        // First, as in [`Store::add_members`].
        self.advance_state(action).await?;
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    pub(super) fn count_members(&self, guid: &Guid, more: i64) -> Result<TransactWriteItem, StoreError> {
        let update = update(&self.table, &Key::group(guid), "ADD membersCount :more")
            .condition_expression(EXISTS)
            .expression_attribute_values(":more", AttributeValue::N(more.to_string()))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    pub(super) fn delete(&self, key: &Key) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(&self.table).set_key(Some(key.item())).build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    pub(super) fn delete_existing(&self, key: &Key) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(&self.table).set_key(Some(key.item())).condition_expression(EXISTS);
        Ok(TransactWriteItem::builder().delete(delete.build()?).build())
    }
}

fn banned_stranger(uid: &Uid, now: Seconds) -> Member {
    Member { uid: uid.clone(), scope: model::group::Scope::Participant, joined_at: now }
}

fn group_item(group: &Group) -> Result<Item, StoreError> {
    let mut item = item(&Key::group(&group.guid), group)?;
    item.extend(keys::listed_group(&group.guid).map(|(name, value)| (name.to_owned(), value)));
    Ok(item)
}
