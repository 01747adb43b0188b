//! How a user is deleted permanently: a mark on the row that everything reads, then all that is theirs, then the UID is
//! free.

use std::convert::Infallible;

use model::conversation::ConversationId;
use model::event::Event;
use model::id::MessageId;
use model::job::Job;
use model::time::{Millis, Seconds};
use model::uid::{Guid, Uid};
use model::user::User;

use super::deleted::{ended_state, left_state, rid_state, with_room};
use super::error::StoreError;
use super::job::{with_job, without_job};
use super::keys::{self, BY_PARENT_PK, ENDING_AT, GONE_ID, Key};
use super::partition::Rest;
use super::sweep::{Budget, Left};
use super::transaction::{Commit, Condition, Untold, Update, number};
use super::user::{DEACTIVATED_AT, IS_THERE};
use super::{Item, Store};

/// How many of their conversations the transaction that marks a user closes at the most.
pub const CLOSED_AT_ONCE: usize = 90;

/// How marking a user to be deleted ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` marked them"]
pub enum UserMarking {
    /// They are there for nobody any more, and the job begins.
    Done,
    /// There is no such user any more, or another request marked them before.
    Gone,
    /// Others were writing in their conversations, or too many are leaving one of their groups at this moment.
    Busy,
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    Gone,
    Crowded,
}

impl Store {
    /// Marks a user to be deleted permanently and begins the job: from now on there is no such user, and in these
    /// conversations nothing of theirs. The user's row carries the event.
    ///
    /// Cost: 1 round trip; 4 write units, 2 for the list of all users, 2 for each conversation.
    pub async fn mark_user(
        &self,
        user: &User,
        conversations: &[ConversationId],
        job: &Job,
        event: &Event,
    ) -> Result<UserMarking, StoreError> {
        let [(pk, _), (sk, _)] = keys::listed_user(&user.uid, &user.name);
        let mark = Update::of(&Key::user(&user.uid))
            .set_expression(format!("{DEACTIVATED_AT} = if_not_exists({DEACTIVATED_AT}, :now), {ENDING_AT} = :now"))
            .remove(pk)
            .remove(sk)
            .remove(BY_PARENT_PK)
            .when(IS_THERE)
            .when(format!("attribute_not_exists({ENDING_AT}) AND createdAt = :created"))
            .number(":now", event.at().seconds().get())
            .number(":created", user.created_at.get());
        let now = event.at().seconds();
        let left = |of: &ConversationId| with_room(left_state(of, &user.uid, now), of, &user.uid);
        let tx = self.transaction().update(mark).or(Refused::Gone).event(event)?;
        let tx = conversations.iter().fold(tx, |tx, of| tx.update(left(of)).or(Refused::Crowded));
        Ok(match with_job(tx, job)?.commit_once().await? {
            Some(Commit::Done) => UserMarking::Done,
            Some(Commit::Refused(refused)) if refused.iter().any(|(why, _)| *why == Some(Refused::Gone)) => {
                UserMarking::Gone
            }
            Some(Commit::Refused(_)) | None => UserMarking::Busy,
        })
    }

    /// Tells again that a user is being deleted, once nothing of theirs is shown any more; nothing if they are gone.
    ///
    /// Cost: 1 round trip, 1 write unit.
    pub async fn tell_user_deleted(&self, uid: &Uid, event: &Event) -> Result<(), StoreError> {
        let is_ending = format!("attribute_exists({ENDING_AT})");
        self.apply_unread(Update::of(&Key::user(uid)).when(is_ending).event(event)?).await?.either_way();
        Ok(())
    }

    /// Some conversations that a user has or had a part in, those of groups that they left among them, by their stored
    /// form, from behind one of them on; and whether these are all.
    ///
    /// Query, base table. Cost: 1 round trip, 1 read unit for about 20.
    pub async fn conversations_after(
        &self,
        uid: &Uid,
        after: Option<&ConversationId>,
        most: usize,
    ) -> Result<(Vec<ConversationId>, bool), StoreError> {
        let start = after.map(|after| Rest::after(&Key::participant_state(uid, after)));
        let (items, rest) = self.items(&Key::participant_states(uid), start, Some(most)).await?;
        let keys: Vec<Key> = items.iter().map(Key::of).collect::<Result<_, _>>()?;
        Ok((keys.iter().filter_map(Key::conversation).collect(), rest.is_none()))
    }

    /// From now on nothing of a user who is being deleted is there in a conversation that they have a row of; see
    /// [`left_state`]. May be repeated: nothing happens once the row is gone, so it never comes after the end.
    ///
    /// Cost: 1 round trip, 4 write units.
    pub async fn leave_conversation(
        &self,
        uid: &Uid,
        conversation: &ConversationId,
        now: Seconds,
    ) -> Result<(), StoreError> {
        let row = Update::of(&Key::participant_state(uid, conversation)).when("attribute_exists(pk)");
        let tx = self.transaction::<Infallible>().update(left_state(conversation, uid, now));
        let tx = tx.update(row.set(ENDING_AT, number(now.get()))).untold(Untold::StepOfAnother);
        tx.commit().await?.either_way();
        Ok(())
    }

    /// Ends a closed conversation between two users of which nothing is left. `id` is of this moment.
    ///
    /// Cost: 1 round trip, 6 write units.
    pub async fn end_closed(&self, conversation: &ConversationId, id: MessageId) -> Result<(), StoreError> {
        let state = ended_state(conversation, id, id.sent_at());
        let tx = self.transaction::<Infallible>().put_item(state);
        let rows = conversation.users().into_iter().map(|uid| Key::participant_state(uid, conversation));
        let tx = rows.fold(tx, |tx, row| tx.delete(&row));
        tx.untold(Untold::StepOfAnother).commit().await?.unrefused()
    }

    /// Removes a user's tokens, push tokens, blocks in both directions and saves, with the rows that stand for them elsewhere.
    ///
    /// Cost: a query for each 100 rows and 5 more, 2 write units for each.
    pub async fn remove_own_rows(&self, uid: &Uid, budget: &mut Budget) -> Result<Left, StoreError> {
        let goes = |key: &Key| {
            let elsewhere = [key.mirrored_block(), key.saver_key(), key.holder_key()];
            elsewhere.into_iter().flatten().chain([key.clone()]).collect()
        };
        let blocks = [Key::blocks(uid), Key::all_blocked_by(uid)];
        for prefix in [Key::tokens_of(uid), Key::all_saved(uid), Key::push_tokens(uid)].into_iter().chain(blocks) {
            if self.sweep(&prefix, budget, goes).await? == Left::Perhaps {
                return Ok(Left::Perhaps);
            }
        }
        Ok(Left::Nothing)
    }

    /// Removes what is left of a user in the conversation of a group, once what they wrote is gone: watermarks, sockets, their ban,
    /// and, together with its last trace in the conversation's state, that they had a part in it.
    ///
    /// Cost: a query for each 100 rows and 3 more, 1 write unit a row; 1 round trip and 6 write units.
    pub async fn remove_from_group(&self, uid: &Uid, guid: &Guid, budget: &mut Budget) -> Result<Left, StoreError> {
        let conversation = ConversationId::Group(guid.clone());
        for prefix in Key::watermarks_of(&conversation, uid).into_iter().chain([Key::live_of(guid, uid)]) {
            if self.sweep(&prefix, budget, |key| vec![key.clone()]).await? == Left::Perhaps {
                return Ok(Left::Perhaps);
            }
        }
        let end = || {
            let tx = self.transaction::<Infallible>().delete(&Key::ban(guid, uid));
            tx.delete(&Key::participant_state(uid, &conversation)).untold(Untold::StepOfAnother)
        };
        if let Commit::Refused(_) = end().update(rid_state(&conversation, uid)).commit().await? {
            // The group went meanwhile, with its state.
            end().commit().await?.unrefused()?;
        }
        Ok(Left::Nothing)
    }

    /// Removes everything else that belongs to a user, their own row excepted.
    ///
    /// Cost: a query for each 100 rows, 1 write unit a row.
    pub async fn remove_rest_of_user(&self, uid: &Uid, budget: &mut Budget) -> Result<Left, StoreError> {
        let profile = Key::user(uid);
        let goes = |key: &Key| Some(key.clone()).filter(|key| *key != profile).into_iter().collect();
        self.sweep(&Key::all_of_user(uid), budget, goes).await
    }

    /// Ends the deletion of a user of whom nothing is left: the UID is free. In the place of the profile stays a row that
    /// tells the next owner of the UID where their life begins.
    ///
    /// Cost: 1 round trip, 4 write units.
    pub async fn end_user(&self, uid: &Uid, now: Millis, job: &Job) -> Result<(), StoreError> {
        let is_ending = Condition::new(format!("attribute_exists({ENDING_AT})"));
        let tx = self.transaction::<Infallible>().put_item_if(gone_user(uid, MessageId::last_of(now)), is_ending);
        // Refused, another slice ended it before, or the job was begun again.
        let tx = without_job(tx, job).untold(Untold::StepOfAnother);
        tx.commit().await?.either_way();
        Ok(())
    }
}

/// What is left of a user.
pub(super) fn gone_user(uid: &Uid, gone_id: MessageId) -> Item {
    let mut item = Key::user(uid).item();
    item.insert(GONE_ID.to_owned(), number(gone_id.number()));
    // So that every condition of being active refuses it.
    item.insert(DEACTIVATED_AT.to_owned(), number(gone_id.sent_at().get()));
    item
}
