//! Members of groups and who is banned from them. Which of both somebody is, is decided in the transaction that does it, as where
//! people join: whatever comes at once, nobody is a member who is banned.

use std::collections::BTreeSet;

use model::conversation::ConversationId;
use model::group::Member;
use model::id::MessageId;
use model::time::Seconds;
use model::uid::{Guid, Uid};

use crate::store::error::StoreError;
use crate::store::group::counted_members;
use crate::store::keys::Key;
use crate::store::member::{counted_as, less};
use crate::store::member_count::count_changes;
use crate::store::transaction::{
    Commit, Condition, EXISTS, IS_NEW, Untold, Update, item, number, text, without_refused,
};
use crate::store::{Store, receipt, send};

use super::Brought;

/// How many one transaction brings in: three writes each, and the group's.
const AT_ONCE: usize = 33;

/// What became of members who were brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "some may be banned"]
pub enum BroughtMembers {
    /// They are members now or were before, but for those who are banned.
    Done {
        /// These are.
        banned: Vec<Uid>,
    },
    /// There is no such group.
    Homeless,
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug)]
enum Refused {
    /// There is no such group.
    Homeless,
    /// The user at this position is a member.
    Member(usize),
    /// The user at this position is banned.
    Banned(usize),
}

impl Refused {
    fn position(&self) -> Option<usize> {
        match self {
            Refused::Homeless => None,
            Refused::Member(position) | Refused::Banned(position) => Some(*position),
        }
    }
}

/// Each user once, as they come first: a transaction names each row once, and a list that moves while its pages are read
/// names some twice.
fn each_once<R>(rows: &[R], uid: impl Fn(&R) -> &Uid) -> Vec<&R> {
    let mut named = BTreeSet::new();
    rows.iter().filter(|row| named.insert(uid(row).clone())).collect()
}

impl Store {
    /// Brings in members of a group, each with where they start, and counts those who are not away. Who is a member stays as
    /// they are; who is banned becomes none.
    ///
    /// Cost: 1 round trip for each [`AT_ONCE`]; 2 write units a KB of the group, and 6 for each member.
    pub async fn import_members(
        &self,
        guid: &Guid,
        members: &[(Member, Option<MessageId>)],
    ) -> Result<BroughtMembers, StoreError> {
        let mut banned = Vec::new();
        for some in each_once(members, |(member, _)| &member.uid).chunks(AT_ONCE) {
            let mut left = some.to_vec();
            while !left.is_empty() {
                let Commit::Refused(refused) = self.bring_members(guid, &left).await? else { break };
                if refused.iter().any(|(why, _)| matches!(why, Some(Refused::Homeless))) {
                    return Ok(BroughtMembers::Homeless);
                }
                let who = refused.iter().filter_map(|(why, _)| match why {
                    Some(Refused::Banned(position)) => left.get(*position),
                    _ => None,
                });
                banned.extend(who.map(|(member, _)| member.uid.clone()));
                left = without_refused(left, &refused, Refused::position)?;
            }
        }
        Ok(BroughtMembers::Done { banned })
    }

    async fn bring_members(
        &self,
        guid: &Guid,
        members: &[&(Member, Option<MessageId>)],
    ) -> Result<Commit<Refused>, StoreError> {
        let conversation = ConversationId::Group(guid.clone());
        let n_counted = members.iter().filter(|(member, _)| !member.is_away).count();
        let mut tx = self.transaction().update(counted_members(guid, n_counted as i64)).or(Refused::Homeless);
        for (position, (member, start)) in members.iter().enumerate() {
            let mut row = item(&Key::member(guid, &member.uid), member)?;
            row.extend(start.map(receipt::starting_at));
            tx = tx.put_item_if(row, Condition::new(IS_NEW)).or(Refused::Member(position));
            tx = tx.check(&Key::ban(guid, &member.uid), Condition::new(IS_NEW)).or(Refused::Banned(position));
            tx = tx.update(send::member_row(&member.uid, &conversation, member.joined_at, *start));
        }
        tx.untold(Untold::History).commit().await
    }

    /// Brings in who is banned from a group; returns those who are members of it, and stay so.
    ///
    /// Cost: 1 round trip for each [`AT_ONCE`], 6 write units for each.
    pub async fn import_bans(&self, guid: &Guid, bans: &[Member]) -> Result<Vec<Uid>, StoreError> {
        let conversation = ConversationId::Group(guid.clone());
        let mut members = Vec::new();
        for some in each_once(bans, |ban| &ban.uid).chunks(AT_ONCE) {
            let mut left = some.to_vec();
            while !left.is_empty() {
                let mut tx = self.transaction();
                for (position, ban) in left.iter().enumerate() {
                    let uid = &ban.uid;
                    tx = tx.put(&Key::ban(guid, uid), ban)?;
                    tx = tx.check(&Key::member(guid, uid), Condition::new(IS_NEW)).or(Refused::Member(position));
                    // By it the deletion of the user finds the ban.
                    tx = tx.update(send::closed_row(uid, &conversation, ban.joined_at));
                }
                let Commit::Refused(refused) = tx.untold(Untold::History).commit().await? else { break };
                let who = refused.iter().filter_map(|(why, _)| left.get(why.as_ref()?.position()?));
                members.extend(who.map(|ban| ban.uid.clone()));
                left = without_refused(left, &refused, Refused::position)?;
            }
        }
        Ok(members)
    }

    /// Lets a member be as they are by now in the other place: with another scope, or since another time.
    ///
    /// Cost: 1 round trip, 1 write unit.
    pub async fn import_member_change(
        &self,
        guid: &Guid,
        member: &Member,
        start: Option<MessageId>,
    ) -> Result<Brought, StoreError> {
        let update = Update::of(&Key::member(guid, &member.uid))
            .set("scope", text(member.scope))
            .set("joinedAt", number(member.joined_at.get()))
            .when(EXISTS);
        let update =
            start.map(receipt::starting_at).into_iter().fold(update, |update, (name, id)| update.set(&name, id));
        Ok(self.apply_unread(update.untold(Untold::History)).await?.either(Brought::Done, Brought::Homeless))
    }

    /// Lets a group count a member again, or no more, who was activated or deactivated in the other place.
    ///
    /// Cost: 1 round trip, 4 write units for a group of 1 KB.
    pub async fn import_counted(&self, guid: &Guid, uid: &Uid, is_counted: bool) -> Result<Brought, StoreError> {
        let (member, group) = count_changes(guid, uid, is_counted);
        let tx = self.transaction::<()>().update(member).update(group);
        Ok(tx.untold(Untold::History).commit().await?.either(Brought::Done, Brought::WasThere))
    }

    /// Ends a membership that ended in the other place, if it is as it was read. Cost: 1 round trip, 6 write units.
    pub async fn import_departure(&self, guid: &Guid, member: &Member, at: Seconds) -> Result<Brought, StoreError> {
        let (uid, conversation) = (&member.uid, ConversationId::Group(guid.clone()));
        let as_read = Condition::new(format!("{EXISTS} AND {}", counted_as(member)));
        let tx = self.transaction::<()>().update(counted_members(guid, less(member)));
        let tx = tx.delete_if(&Key::member(guid, uid), as_read).update(send::closed_row(uid, &conversation, at));
        Ok(tx.untold(Untold::History).commit().await?.either(Brought::Done, Brought::Homeless))
    }

    /// Lifts bans that were lifted in the other place. Cost: 1 round trip for each 25, 1 write unit each.
    pub async fn forget_bans(&self, guid: &Guid, uids: &[Uid]) -> Result<(), StoreError> {
        let keys: Vec<Key> = uids.iter().map(|uid| Key::ban(guid, uid)).collect();
        self.delete_batches(&keys, Untold::History).await
    }
}
