//! Members and bans of a group: listed, changed, ended.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use super::Store;
use super::change::Change;
use super::error::StoreError;
use super::keys::Key;
use super::legacy::{EXISTS, Outcome, check, update};
use super::partition::{Rest, Rows};
use model::conversation::ConversationId;
use model::group::{Group, Member, Scope};
use model::group_change::GroupChange;
use model::message::Message;
use model::uid::{Guid, Uid};
use model::user::User;

/// How giving a group to somebody ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewOwner {
    /// It is theirs.
    Done,
    /// There is no such group any more.
    GroupGone,
    /// They are no admin of it any more, or gone.
    NoAdmin,
}

impl Store {
    /// Up to `most` members of a group by UID, from where `rest` starts.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 40 members.
    pub async fn members(&self, guid: &Guid, rest: Option<Rest>, most: usize) -> Result<Rows<Member>, StoreError> {
        self.rows(&Key::members(guid), rest, Some(most)).await
    }

    /// Up to `most` bans of a group by UID. Cost: as [`Store::members`].
    pub async fn bans(&self, guid: &Guid, rest: Option<Rest>, most: usize) -> Result<Rows<Member>, StoreError> {
        self.rows(&Key::bans(guid), rest, Some(most)).await
    }

    /// Several groups, with what each is to `reader`; unknown ones are left out.
    ///
    /// Cost: 1 round trip for each 100, 50 with a reader; 1 read unit a group, 2 with a reader.
    pub async fn groups_for(
        &self,
        guids: &[Guid],
        reader: Option<&Uid>,
    ) -> Result<Vec<(Group, Option<Member>)>, StoreError> {
        let mut keys: Vec<Key> = guids.iter().map(Key::group).collect();
        keys.extend(reader.into_iter().flat_map(|uid| guids.iter().map(|guid| Key::member(guid, uid))));
        let found = self.get_all(keys).await?;
        let mut groups = Vec::new();
        for guid in guids {
            let member = reader.map(|uid| found.get(&Key::member(guid, uid))).transpose()?.flatten();
            groups.extend(found.get(&Key::group(guid))?.map(|group| (group, member)));
        }
        Ok(groups)
    }

    /// Gives a member another scope and stores the action message; false if the membership changed meanwhile.
    ///
    /// Nobody changes the scope of who owns the group by now.
    ///
    /// Cost: 2 round trips; 8 write units, then 1 for the head.
    pub async fn change_scope(
        &self,
        guid: &Guid,
        member: &Member,
        scope: Scope,
        action: &Message,
    ) -> Result<bool, StoreError> {
        let update = update(&self.table, &Key::member(guid, &member.uid), "SET #scope = :new")
            .condition_expression("#scope = :old")
            .expression_attribute_names("#scope", "scope")
            .expression_attribute_values(":new", AttributeValue::S(scope.to_string()))
            .expression_attribute_values(":old", AttributeValue::S(member.scope.to_string()))
            .build()?;
        let is_owned = check(&self.table, &Key::group(guid), &format!("{EXISTS} AND #owner <> :uid"))
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":uid", AttributeValue::S(member.uid.to_string()))
            .build()?;
        let writes = vec![
            TransactWriteItem::builder().update(update).build(),
            TransactWriteItem::builder().condition_check(is_owned).build(),
        ];
        self.tell(writes, action).await
    }

    /// Ends a membership and stores the action message; false if it is gone or changed by now, or the owner's.
    ///
    /// Cost: 2 round trips; 10 write units, then 1 for the head.
    pub async fn remove_member(&self, guid: &Guid, member: &Member, action: &Message) -> Result<bool, StoreError> {
        self.tell(self.membership_ends(guid, member)?, action).await
    }

    /// Changes a group and gives it to a user who must be an admin of it.
    ///
    /// Cost: 1 round trip; 2 write units per KB of the group, and 4.
    pub async fn change_owner(&self, guid: &Guid, change: &GroupChange, owner: &User) -> Result<NewOwner, StoreError> {
        const GROUP: usize = 0;
        let change = Change { set: serde_dynamo::to_item(change)?, remove: change.unset().to_vec() };
        let is_admin = check(&self.table, &Key::member(guid, &owner.uid), "#scope = :admin")
            .expression_attribute_names("#scope", "scope")
            .expression_attribute_values(":admin", AttributeValue::S(Scope::Admin.to_string()))
            .build()?;
        let writes = vec![
            self.change_write(&Key::group(guid), change, EXISTS)?,
            TransactWriteItem::builder().condition_check(is_admin).build(),
            self.still_is(owner)?,
        ];
        Ok(match self.transact(writes).await? {
            Outcome::Done => NewOwner::Done,
            Outcome::Refused(refused) if refused.iter().any(|(position, _)| *position == GROUP) => NewOwner::GroupGone,
            Outcome::Refused(_) => NewOwner::NoAdmin,
        })
    }

    /// Lifts a ban and stores the action message; false if there is none by now.
    ///
    /// Cost: 2 round trips; 6 write units, then 1 for the head.
    pub async fn unban(&self, guid: &Guid, uid: &Uid, action: &Message) -> Result<bool, StoreError> {
        self.tell(vec![self.delete_existing(&Key::ban(guid, uid))?], action).await
    }

    async fn tell(&self, mut writes: Vec<TransactWriteItem>, action: &Message) -> Result<bool, StoreError> {
        writes.extend(self.message_writes(action)?);
        // First, as in [`Store::add_members`].
        self.advance_state(action).await?;
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    /// Ends a membership without an action message, and gives the group to the app if `is_owner`. Nothing happens if
    /// the membership or the group is gone by now.
    ///
    /// Cost: 1 round trip, 6 write units.
    pub async fn forget_member(&self, guid: &Guid, uid: &Uid, is_owner: bool) -> Result<(), StoreError> {
        let group = if is_owner { self.orphan_group(guid)? } else { self.count_members(guid, -1)? };
        let row = Key::participant_state(uid, &ConversationId::Group(guid.clone()));
        let writes = vec![group, self.delete_existing(&Key::member(guid, uid))?, self.delete(&row)?];
        self.transact(writes).await?;
        Ok(())
    }

    fn orphan_group(&self, guid: &Guid) -> Result<TransactWriteItem, StoreError> {
        let update = update(&self.table, &Key::group(guid), "SET #owner = :app ADD membersCount :less")
            .condition_expression(EXISTS)
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":app", AttributeValue::S(Uid::app_system().to_string()))
            .expression_attribute_values(":less", AttributeValue::N("-1".to_owned()))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
