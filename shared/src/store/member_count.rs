//! Whom a group counts: its active members. The row of a member says whether they are not counted, and it changes together
//! with the counter, so neither a repeat nor a race counts anybody twice.

use model::conversation::ConversationId;
use model::event::Event;
use model::group::Member;
use model::job::Job;
use model::uid::{Guid, Uid};
use std::convert::Infallible;

use super::error::StoreError;
use super::group::counted_members;
use super::job::without_job;
use super::keys::Key;
use super::partition::Rest;
use super::transaction::{Commit, Condition, EXISTS, Untold, Update, without_refused};
use super::user::{DEACTIVATED_AT, IS_ACTIVE};
use super::{Item, Store, is_live};
use aws_sdk_dynamodb::types::AttributeValue;

/// That the group of a member counts them.
pub(super) const COUNTED: &str = "attribute_not_exists(isAway)";
/// That it does not.
pub(super) const NOT_COUNTED: &str = "attribute_exists(isAway)";
/// How many groups one transaction changes: two items each, and the user's.
const GROUPS_PER_TRANSACTION: usize = 16;

/// Some of the groups of a user.
#[derive(Debug)]
pub struct SomeGroups {
    /// Those of them that do not count the user as they should.
    pub wrong: Vec<Guid>,
    /// How many were looked at.
    pub n_seen: usize,
    /// The last that was looked at, if more may follow.
    pub last: Option<Guid>,
}

/// Which write was refused.
#[derive(Clone, Copy)]
enum Refused {
    /// The user is not what they were.
    User,
    /// Of which of the groups.
    Group(usize),
}

impl Refused {
    fn position(&self) -> Option<usize> {
        match self {
            Refused::User => None,
            Refused::Group(position) => Some(*position),
        }
    }
}

impl Store {
    /// Up to `most` groups of which a user is a member, by GUID from behind one on; those among them that do not count the
    /// user as `is_counted` says.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 20 groups; then 1 for each 100, 1
    /// read unit a group.
    pub async fn groups_counting_wrong(
        &self,
        uid: &Uid,
        is_counted: bool,
        behind: Option<&Guid>,
        most: usize,
    ) -> Result<SomeGroups, StoreError> {
        let row = |guid: &Guid| Key::participant_state(uid, &ConversationId::Group(guid.clone()));
        let start = behind.map(|guid| Rest::after(&row(guid)));
        let (items, rest) = self.items(&Key::participant_states_of_groups(uid), start, Some(most)).await?;
        let group_of = |item: &Item| {
            Ok::<_, StoreError>(match Key::of(item)?.conversation() {
                Some(ConversationId::Group(guid)) => Some(guid),
                _ => None,
            })
        };
        let n_seen = items.len();
        let last = items.last().filter(|_| rest.is_some()).map(group_of).transpose()?.flatten();
        let groups = items.iter().filter(|item| is_live(item)).map(group_of);
        let groups: Vec<Guid> = groups.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        let found = self.get_all(groups.iter().map(|guid| Key::member(guid, uid)).collect()).await?;
        let mut wrong = Vec::new();
        for guid in groups {
            let member: Option<Member> = found.get(&Key::member(&guid, uid))?;
            wrong.extend(member.filter(|member| member.is_away == is_counted).map(|_| guid));
        }
        Ok(SomeGroups { wrong, n_seen, last })
    }

    /// Lets groups count a member again, or no more, while the user is active, or is not. A group that does so already is
    /// passed by, as one that is gone or that they left. Each group's row carries its event.
    ///
    /// Cost: 1 round trip for each 16; 2 write units, and 4 for each group of 1 KB.
    pub async fn count_member(&self, uid: &Uid, is_counted: bool, groups: &[(Guid, Event)]) -> Result<(), StoreError> {
        for some in groups.chunks(GROUPS_PER_TRANSACTION) {
            let mut left: Vec<&(Guid, Event)> = some.iter().collect();
            while !left.is_empty() {
                let Commit::Refused(refused) = self.count_in(uid, is_counted, &left).await? else { break };
                if refused.iter().any(|(what, _)| matches!(what, Some(Refused::User))) {
                    // Whatever changed that has begun to count anew.
                    return Ok(());
                }
                left = without_refused(left, &refused, Refused::position)?;
            }
        }
        Ok(())
    }

    async fn count_in(
        &self,
        uid: &Uid,
        is_counted: bool,
        groups: &[&(Guid, Event)],
    ) -> Result<Commit<Refused>, StoreError> {
        let user = match is_counted {
            true => Condition::new(IS_ACTIVE),
            false => Condition::new(format!("attribute_exists({DEACTIVATED_AT})")),
        };
        let mut tx = self.transaction().check(&Key::user(uid), user).or(Refused::User);
        for (position, (guid, event)) in groups.iter().enumerate() {
            let (member, group) = count_changes(guid, uid, is_counted);
            tx = tx.update(member).or(Refused::Group(position));
            tx = tx.update(group).or(Refused::Group(position)).event(event)?;
        }
        tx.commit().await
    }

    /// Ends the job that has gone through all groups of a user. Cost: 1 round trip, 2 write units.
    pub async fn end_count(&self, job: &Job) -> Result<(), StoreError> {
        // Refused, another ended it, or the user has changed again and it was begun anew.
        let tx = without_job(self.transaction::<Infallible>(), job).untold(Untold::StepOfAnother);
        tx.commit().await?.either_way();
        Ok(())
    }
}

/// The changes of a member and of the group by which it counts them again, or no more; refused if it does so already.
pub(super) fn count_changes(guid: &Guid, uid: &Uid, is_counted: bool) -> (Update, Update) {
    let member = Update::of(&Key::member(guid, uid)).when(EXISTS);
    match is_counted {
        true => (member.remove("isAway").when(NOT_COUNTED), counted_members(guid, 1)),
        false => (member.set("isAway", AttributeValue::Bool(true)).when(COUNTED), counted_members(guid, -1)),
    }
}
