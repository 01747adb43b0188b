//! Groups, their members and their bans.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem};

use super::access;
use super::change::Change;
use super::error::StoreError;
use super::keys::{self, Key};
use super::legacy::{EXISTS, IS_NEW, Outcome, check, item, put_new, update};
use super::{Item, Store};
use model::conversation::ConversationId;
use model::group::{Group, Member};
use model::group_change::GroupChange;
use model::membership::Membership;
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
    /// Who it is.
    pub user: User,
    /// The member.
    pub member: Member,
    /// The action message.
    pub action: Message,
}

/// The most members that one transaction takes: six items each, and the group.
pub const MEMBERS_PER_TRANSACTION: usize = 16;

/// How making a group ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewGroup {
    /// It is one now.
    Done,
    /// The GUID is taken, or members of an earlier group are left.
    Exists,
    /// The owner is gone meanwhile.
    OwnerGone,
}

impl Store {
    /// Stores a new group, with its owner as member if it has one.
    ///
    /// Cost: 1 round trip; 3 write units, 6 more for an owner.
    pub async fn create_group(&self, group: &Group, owner: Option<&(User, Member)>) -> Result<NewGroup, StoreError> {
        const GROUP: usize = 0;
        let mut writes = vec![put_new(&self.table, group_item(group)?)?];
        if let Some((user, owner)) = owner {
            writes.push(put_new(&self.table, item(&Key::member(&group.guid, &owner.uid), owner)?)?);
            writes.push(self.open_row(&owner.uid, &group.conversation(), owner.joined_at, None)?);
            writes.push(self.still_is(user)?);
        }
        Ok(match self.transact(writes).await? {
            Outcome::Done => NewGroup::Done,
            Outcome::Refused(refused) if refused.iter().any(|(position, _)| *position == GROUP) => NewGroup::Exists,
            Outcome::Refused(_) => NewGroup::OwnerGone,
        })
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
            keys.extend(access::membership_keys(guid, uid));
        }
        let found = self.get_all(keys).await?;
        let mut facts =
            MemberFacts { group: found.get(&Key::group(guid))?, users: HashMap::new(), memberships: HashMap::new() };
        for uid in uids {
            if let Some(user) = found.get(&Key::user(uid))? {
                facts.users.insert((*uid).clone(), user);
            }
            facts.memberships.insert((*uid).clone(), access::membership(&found, guid, uid)?);
        }
        Ok(facts)
    }

    /// Adds up to [`MEMBERS_PER_TRANSACTION`] members and stores their action messages, all or none; false if any of
    /// them is a member, banned or gone by now, or the group is gone.
    ///
    /// Cost: 1 round trip; 2 write units for the group, 12 for each member.
    pub async fn add_members(&self, guid: &Guid, joined: &[Joined]) -> Result<bool, StoreError> {
        let mut writes = vec![self.count_new_members(guid, joined.len() as i64)?];
        for Joined { user, member, action } in joined {
            let mut row = item(&Key::member(guid, &member.uid), member)?;
            row.extend([super::receipt::starting_at(action.id)]);
            writes.push(put_new(&self.table, row)?);
            writes.push(self.open_row(&member.uid, &action.conversation, member.joined_at, Some(action.id))?);
            writes.extend(self.message_writes(action)?);
            writes.push(self.is_absent(&Key::ban(guid, &member.uid))?);
            writes.push(self.still_is(user)?);
        }
        // First, because a head is an upper bound: what lies beyond it is not listed, and who tries again after a failure
        // between the two is a member already and moves nothing.
        if let Some(last) = joined.last() {
            self.advance_state(&last.action).await?;
        }
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    /// Bans a user, ends their membership if they have one, and stores the action message; false if the ban, the
    /// membership or its scope changed meanwhile, or the user owns the group by now.
    ///
    /// Cost: 1 round trip; 8 write units, 4 more for a member; then 1 for the head.
    pub async fn ban_member(
        &self,
        guid: &Guid,
        uid: &Uid,
        was_member: Option<&Member>,
        action: &Message,
    ) -> Result<bool, StoreError> {
        let ban = Member { uid: uid.clone(), ..was_member.cloned().unwrap_or(banned_stranger(uid, action.sent_at())) };
        let mut writes = vec![put_new(&self.table, item(&Key::ban(guid, uid), &ban)?)?];
        match was_member {
            Some(member) => writes.extend(self.membership_ends(guid, member)?),
            None => writes.push(self.is_absent(&Key::member(guid, uid))?),
        }
        writes.extend(self.message_writes(action)?);
        // First, as in [`Store::add_members`].
        self.advance_state(action).await?;
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    /// The writes by which a membership ends that is as it was read, and not the owner's.
    pub(super) fn membership_ends(&self, guid: &Guid, member: &Member) -> Result<Vec<TransactWriteItem>, StoreError> {
        let row = Key::participant_state(&member.uid, &ConversationId::Group(guid.clone()));
        let group = update(&self.table, &Key::group(guid), "ADD membersCount :more")
            .condition_expression(format!("{EXISTS} AND #owner <> :uid"))
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":uid", AttributeValue::S(member.uid.to_string()))
            .expression_attribute_values(":more", AttributeValue::N("-1".to_owned()))
            .build()?;
        let ends = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(Key::member(guid, &member.uid).item()))
            .condition_expression("#scope = :scope")
            .expression_attribute_names("#scope", "scope")
            .expression_attribute_values(":scope", AttributeValue::S(member.scope.to_string()))
            .build()?;
        Ok(vec![
            TransactWriteItem::builder().update(group).build(),
            TransactWriteItem::builder().delete(ends).build(),
            self.delete(&row)?,
        ])
    }

    /// That there is no such item.
    fn is_absent(&self, key: &Key) -> Result<TransactWriteItem, StoreError> {
        Ok(TransactWriteItem::builder().condition_check(check(&self.table, key, IS_NEW).build()?).build())
    }

    /// [`Store::count_members`] for members who come, to a group that is not being deleted.
    fn count_new_members(&self, guid: &Guid, more: i64) -> Result<TransactWriteItem, StoreError> {
        let update = update(&self.table, &Key::group(guid), "ADD membersCount :more")
            .condition_expression(format!("{EXISTS} AND attribute_not_exists(endingAt)"))
            .expression_attribute_values(":more", AttributeValue::N(more.to_string()))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
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
