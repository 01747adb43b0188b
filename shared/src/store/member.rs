//! Members of a group: added, given another scope, removed, listed.

use super::error::StoreError;
use super::group::counted_members;
use super::keys::Key;
use super::member_count::{COUNTED, NOT_COUNTED};
use super::message_change::{Changed, Refused, changed};
use super::partition::{Rest, Rows};
use super::transaction::{Condition, EXISTS, IS_NEW, Transaction, Update, item, text};
use super::user::still_is;
use super::{Store, receipt, send};
use model::conversation::ConversationId;
use model::event::Event;
use model::group::{Member, Scope};
use model::message::Message;
use model::time::Seconds;
use model::uid::{Guid, Uid};
use model::user::User;

/// A member to be, with the action message and the event.
#[derive(Debug)]
pub struct Joined {
    /// Who it is.
    pub user: User,
    /// The member.
    pub member: Member,
    /// The action message.
    pub action: Message,
    /// The event, which the action message's row carries.
    pub event: Event,
}

/// The most members that one transaction takes: six items each, the group and the conversation's state. One of a user with
/// the largest profile may cost 120 units, and all of them fit into the bound of a request.
pub const MEMBERS_PER_TRANSACTION: usize = 12;

impl Store {
    /// Adds up to [`MEMBERS_PER_TRANSACTION`] members and stores their action messages, all or none; stale if any of
    /// them is a member, banned or gone by now, or the group is gone or being deleted.
    ///
    /// Cost: 1 round trip; 4 write units for the group and the conversation's state, 12 for each member.
    pub async fn add_members(&self, guid: &Guid, joined: &[Joined]) -> Result<Changed, StoreError> {
        let group = counted_members(guid, joined.len() as i64);
        let mut tx = self.transaction().update(group).or(Refused::Stale);
        for Joined { user, member, action, event } in joined {
            let uid = &member.uid;
            let mut row = item(&Key::member(guid, uid), member)?;
            row.extend([receipt::starting_at(action.id)]);
            tx = tx.put_item_if(row, Condition::new(IS_NEW)).or(Refused::Stale);
            tx = tx.update(send::member_row(uid, &action.conversation, member.joined_at, Some(action.id)));
            tx = self.put_message(tx, action, Refused::DrawAgain)?.event(event)?;
            tx = tx.check(&Key::ban(guid, uid), Condition::new(IS_NEW)).or(Refused::Stale);
            tx = tx.check(&Key::user(uid), still_is(user)).or(Refused::Stale);
        }
        if let [first, ..] = joined
            && let [.., last] = joined
        {
            tx = tx.update(self.moved_state(first.action.id, &last.action, None)).or(Refused::DrawAgain);
        }
        Ok(changed(tx.commit_once().await?, joined.last().map(|joined| &joined.action)))
    }

    /// Gives a member another scope and stores the action message; stale if the membership changed meanwhile.
    ///
    /// Nobody changes the scope of who owns the group by now.
    ///
    /// Cost: 1 round trip, 10 write units.
    pub async fn change_scope(
        &self,
        guid: &Guid,
        member: &Member,
        scope: Scope,
        action: &Message,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        let change = Update::of(&Key::member(guid, &member.uid))
            .set("scope", text(scope))
            .when("#scope = :old")
            .name("#scope", "scope")
            .value(":old", text(member.scope));
        let tx = self.transaction().update(change).or(Refused::Stale);
        let tx = tx.check(&Key::group(guid), not_owned_by(&member.uid)).or(Refused::Stale);
        self.commit_with_action(tx, action, event).await
    }

    /// Ends a membership and stores the action message; stale if it is gone or changed by now, or the owner's.
    ///
    /// Cost: 1 round trip, 12 write units.
    pub async fn remove_member(
        &self,
        guid: &Guid,
        member: &Member,
        action: &Message,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        let tx = ended_membership(self.transaction(), guid, member, action.sent_at());
        self.commit_departure(tx, action, event).await
    }

    /// Ends a membership without an action message, and gives the group to the app if `is_owner`; stale if the membership
    /// is not as it was read, or the group has another owner. The group's row carries the event.
    ///
    /// Cost: 1 round trip, 6 write units.
    pub async fn forget_member(
        &self,
        guid: &Guid,
        member: &Member,
        is_owner: bool,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        let uid = &member.uid;
        let group = counted_members(guid, less(member)).name("#owner", "owner").value(":uid", text(uid));
        let group = match is_owner {
            true => group.set("owner", text(Uid::app_system())).when("#owner = :uid"),
            false => group.when("#owner <> :uid"),
        };
        let closed = send::closed_row(uid, &ConversationId::Group(guid.clone()), event.at().seconds());
        let tx = self.transaction().update(group).or(Refused::Stale).event(event)?;
        let as_read = Condition::new(format!("{EXISTS} AND {}", counted_as(member)));
        let tx = tx.delete_if(&Key::member(guid, uid), as_read).or(Refused::Stale).update(closed);
        Ok(changed(Some(tx.commit().await?), None))
    }

    /// Up to `most` members of a group by UID, from where `rest` starts.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 40 members.
    pub async fn members(&self, guid: &Guid, rest: Option<Rest>, most: usize) -> Result<Rows<Member>, StoreError> {
        self.rows(&Key::members(guid), rest, Some(most)).await
    }

    /// Where the members after one stand; see [`Store::members`].
    pub fn members_after(&self, guid: &Guid, uid: &Uid) -> Rest {
        Rest::after(&Key::member(guid, uid))
    }
}

/// The writes by which a membership ends, at this time, that is as it was read, and not the owner's. Of the member's
/// state of the conversation stays what they cleared, so that it is not shown to them when they come back.
pub(super) fn ended_membership<'s>(
    tx: Transaction<'s, Refused>,
    guid: &Guid,
    member: &Member,
    at: Seconds,
) -> Transaction<'s, Refused> {
    let group = counted_members(guid, less(member)).when(NOT_OWNED);
    let group = group.name("#owner", "owner").value(":uid", text(&member.uid));
    let as_read = Condition::new(format!("#scope = :scope AND {}", counted_as(member)));
    let as_read = as_read.name("#scope", "scope").value(":scope", text(member.scope));
    let tx = tx.update(group).or(Refused::Stale).delete_if(&Key::member(guid, &member.uid), as_read);
    tx.or(Refused::Stale).update(send::closed_row(&member.uid, &ConversationId::Group(guid.clone()), at))
}

/// How many less a group counts without this member.
pub(super) fn less(member: &Member) -> i64 {
    -i64::from(!member.is_away)
}

/// That a group counts a member as it did when they were read: by that it counts one less without them, or as many.
pub(super) fn counted_as(member: &Member) -> &'static str {
    if member.is_away { NOT_COUNTED } else { COUNTED }
}

/// That a group has another owner than `:uid`.
const NOT_OWNED: &str = "#owner <> :uid";

fn not_owned_by(uid: &Uid) -> Condition {
    let condition = Condition::new(format!("{} AND {NOT_OWNED}", EXISTS));
    condition.name("#owner", "owner").value(":uid", text(uid))
}
