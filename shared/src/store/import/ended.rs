//! What ended in the other place since it was brought in, and ends here too. That of groups stands with their members.

use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::id::MessageId;
use model::uid::Uid;

use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::friend::one_friend_less;
use crate::store::keys::Key;
use crate::store::receipt::{MoveBack, Moved, at_position, moved, own_moved_back, own_read};
use crate::store::transaction::{EXISTS, Untold, Update};
use crate::store::whole_group::OfGroup;

use super::Brought;

impl Store {
    /// Ends a friendship. Cost: 1 round trip, 4 write units and 2 per KB of each user's profile.
    pub async fn forget_friend(&self, uid: &Uid, friend: &Uid) -> Result<Brought, StoreError> {
        let tx = self.transaction::<()>().delete_existing(&Key::friend(uid, friend)).delete(&Key::friend(friend, uid));
        let tx = tx.update(one_friend_less(uid)).update(one_friend_less(friend));
        Ok(tx.untold(Untold::History).commit().await?.either(Brought::Done, Brought::Homeless))
    }

    /// Lets a user block these others no more. Cost: 1 round trip for each 12, 2 write units each.
    pub async fn forget_blocks(&self, uid: &Uid, others: &[Uid]) -> Result<(), StoreError> {
        let sides = |other: &Uid| [Key::block(uid, other), Key::blocked_by(other, uid)];
        self.delete_batches(&others.iter().flat_map(sides).collect::<Vec<_>>(), Untold::History).await
    }

    /// Lets a message be pinned no more. Cost: 2 round trips, 5 write units for a message of 1 KB.
    pub async fn forget_pin(&self, conversation: &ConversationId, id: MessageId) -> Result<Brought, StoreError> {
        self.forget_preview(conversation).await?;
        let unpinned = Update::of(&Key::message(conversation, id)).remove("pinnedBy").remove("pinnedAt").when(EXISTS);
        let tx = self.transaction::<()>().update(unpinned).delete(&Key::pin(conversation, id));
        Ok(tx.untold(Untold::History).commit().await?.either(Brought::Done, Brought::Homeless))
    }

    /// Moves what a user has read back as [`Store::take_back_receipt`] does, untold: of a member of a group, whose position moves
    /// along, with what the whole group has read.
    ///
    /// Cost: that of [`Store::take_back_receipt`].
    pub async fn import_step_back(
        &self,
        uid: &Uid,
        state: &ParticipantState,
        back: &MoveBack,
        (is_member, of_group): (bool, Option<&OfGroup>),
    ) -> Result<Moved, StoreError> {
        let conversation = &state.conversation;
        let mut tx = self.without_marks_beyond(uid, conversation, back.to).await?;
        if let Some(watermark) = back.kept() {
            tx = tx.put(&own_read(conversation, uid, watermark.id), &watermark)?;
        }
        tx = tx.update(own_moved_back(uid, state, back)?).or(Moved::Stale);
        if let (ConversationId::Group(guid), true) = (conversation, is_member) {
            // An import that was cut off may have left the row behind at another position than their own.
            tx = tx.update(at_position(Update::of(&Key::member(guid, uid)).when(EXISTS), back)).or(Moved::Stale);
        }
        if let Some(of_group) = of_group {
            tx = of_group.added_to(tx)?;
        }
        moved(tx.untold(Untold::History)).await
    }

    /// Lets a user have saved these messages no more. Cost: 1 round trip for each 12, 2 write units each.
    pub async fn forget_saves(&self, uid: &Uid, ids: &[MessageId]) -> Result<(), StoreError> {
        let rows = |id: &MessageId| [Key::saved(uid, *id), Key::saver(*id, uid)];
        self.delete_batches(&ids.iter().flat_map(rows).collect::<Vec<_>>(), Untold::History).await
    }
}
