//! Bans of a group: made, lifted, listed.

use super::Store;
use super::error::StoreError;
use super::keys::Key;
use super::member::ended_membership;
use super::message_change::{Changed, Refused};
use super::partition::{Rest, Rows};
use super::send::closed_row;
use super::transaction::{Condition, IS_NEW};
use model::conversation::ConversationId;
use model::event::Event;
use model::group::{Member, Scope};
use model::message::Message;
use model::uid::{Guid, Uid};

impl Store {
    /// Bans a user, ends their membership if they have one, and stores the action message; stale if the ban, the
    /// membership or its scope changed meanwhile, or the user owns the group by now.
    ///
    /// Cost: 1 round trip; 12 write units, 2 more for a member.
    pub async fn ban_member(
        &self,
        guid: &Guid,
        uid: &Uid,
        was_member: Option<&Member>,
        action: &Message,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        let scope = was_member.map_or(Scope::Participant, |member| member.scope);
        let ban = Member::new(uid.clone(), scope, was_member.map_or(action.sent_at(), |member| member.joined_at));
        let tx = self.transaction().put_new(&Key::ban(guid, uid), &ban)?.or(Refused::Stale);
        let tx = match was_member {
            Some(member) => ended_membership(tx, guid, member, action.sent_at()),
            None => tx.check(&Key::member(guid, uid), Condition::new(IS_NEW)).or(Refused::Stale).update(closed_row(
                uid,
                &ConversationId::Group(guid.clone()),
                action.sent_at(),
            )),
        };
        self.commit_departure(tx, action, event).await
    }

    /// Lifts a ban and stores the action message; stale if there is none by now.
    ///
    /// Cost: 1 round trip, 8 write units.
    pub async fn unban(&self, guid: &Guid, uid: &Uid, action: &Message, event: &Event) -> Result<Changed, StoreError> {
        let tx = self.transaction().delete_existing(&Key::ban(guid, uid)).or(Refused::Stale);
        self.commit_with_action(tx, action, event).await
    }

    /// Where the bans after one stand; see [`Store::bans`].
    pub fn bans_after(&self, guid: &Guid, uid: &Uid) -> Rest {
        Rest::after(&Key::ban(guid, uid))
    }

    /// Up to `most` bans of a group by UID. Cost: as [`Store::members`].
    pub async fn bans(&self, guid: &Guid, rest: Option<Rest>, most: usize) -> Result<Rows<Member>, StoreError> {
        self.rows(&Key::bans(guid), rest, Some(most)).await
    }
}
