//! Groups: made, changed, given away, and looked up with the users whom a change concerns.

use std::collections::HashMap;

use super::error::StoreError;
use super::keys::{self, Key};
use super::transaction::{Commit, Condition, EXISTS, IS_NEW, Update, item, text};
use super::user::still_is;
use super::{Item, Store, access};
use model::event::Event;
use model::group::{Group, Member, Scope};
use model::group_change::GroupChange;
use model::membership::Membership;
use model::uid::{Guid, Uid};
use model::user::User;

/// What must be known before members are added, removed or banned.
#[derive(Debug)]
pub struct MemberFacts {
    /// The group.
    pub group: Option<Group>,
    /// The users that exist, active or not.
    pub users: HashMap<Uid, User>,
    /// The membership of each of them.
    pub memberships: HashMap<Uid, Membership>,
}

/// How making a group ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` made it"]
pub enum NewGroup {
    /// It is one now.
    Done,
    /// The GUID is taken, or members of an earlier group are left.
    Exists,
    /// The owner is gone meanwhile.
    OwnerGone,
}

/// How giving a group to somebody ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` gave it"]
pub enum NewOwner {
    /// It is theirs.
    Done,
    /// There is no such group any more.
    GroupGone,
    /// They are no admin of it any more, or gone.
    NoAdmin,
}

impl Store {
    /// Stores a new group, with its owner as member if it has one.
    ///
    /// Cost: 1 round trip; 3 write units, 6 more for an owner.
    pub async fn create_group(
        &self,
        group: &Group,
        owner: Option<&(User, Member)>,
        event: &Event,
    ) -> Result<NewGroup, StoreError> {
        let tx = self.transaction().put_item_if(group_item(group)?, Condition::new(IS_NEW));
        let mut tx = tx.or(NewGroup::Exists).event(event)?;
        if let Some((user, owner)) = owner {
            let row = super::send::member_row(&owner.uid, &group.conversation(), owner.joined_at, None);
            tx = tx.put_new(&Key::member(&group.guid, &owner.uid), owner)?.or(NewGroup::Exists).update(row);
            tx = tx.check(&Key::user(&user.uid), still_is(user)).or(NewGroup::OwnerGone);
        }
        Ok(match tx.commit().await? {
            Commit::Done => NewGroup::Done,
            Commit::Refused(refused) => refused.into_iter().find_map(|(why, _)| why).unwrap_or(NewGroup::Exists),
        })
    }

    /// Changes a group and returns it; `None` if it is gone. Cost: 1 round trip, 1 write unit per KB of the group.
    pub async fn change_group(
        &self,
        guid: &Guid,
        change: &GroupChange,
        event: &Event,
    ) -> Result<Option<Group>, StoreError> {
        self.apply(changed_group(guid, change)?.event(event)?).await
    }

    /// Changes a group and gives it to a user who must be an admin of it.
    ///
    /// Cost: 1 round trip; 2 write units per KB of the group, and 4.
    pub async fn change_owner(
        &self,
        guid: &Guid,
        change: &GroupChange,
        owner: &User,
        event: &Event,
    ) -> Result<NewOwner, StoreError> {
        let is_admin = Condition::new("#scope = :admin").name("#scope", "scope").value(":admin", text(Scope::Admin));
        let tx = self.transaction().update(changed_group(guid, change)?).or(NewOwner::GroupGone).event(event)?;
        let tx = tx.check(&Key::member(guid, &owner.uid), is_admin).or(NewOwner::NoAdmin);
        let tx = tx.check(&Key::user(&owner.uid), still_is(owner)).or(NewOwner::NoAdmin);
        Ok(match tx.commit().await? {
            Commit::Done => NewOwner::Done,
            Commit::Refused(refused) => refused.into_iter().find_map(|(why, _)| why).unwrap_or(NewOwner::NoAdmin),
        })
    }

    /// A group, and these users with their memberships.
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

    /// Several groups, with what is stored of a membership of `reader`, whether they are banned or not; unknown ones are
    /// left out.
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
}

fn changed_group(guid: &Guid, change: &GroupChange) -> Result<Update, StoreError> {
    let update = Update::of(&Key::group(guid)).set_all(serde_dynamo::to_item(change)?).when(EXISTS);
    Ok(change.unset().iter().fold(update, |update, name| update.remove(name)))
}

/// Members who come to a group or go from it.
pub(super) fn counted_members(guid: &Guid, more: i64) -> Update {
    Update::of(&Key::group(guid)).add("membersCount", more).when(EXISTS)
}

pub(super) fn group_item(group: &Group) -> Result<Item, StoreError> {
    let mut item = item(&Key::group(&group.guid), group)?;
    item.extend(keys::listed_group(&group.guid).map(|(name, value)| (name.to_owned(), value)));
    Ok(item)
}
