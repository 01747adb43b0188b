//! How a group is deleted: a mark on the rows that everything reads, then row by row, then the GUID is free.

use std::convert::Infallible;

use super::Store;
use super::conversation_deletion::Marking;
use super::deleted::{deleted_state, ended_state};
use super::error::StoreError;
use super::job::{with_job, without_job};
use super::keys::{BY_ID_PK, BY_ID_SK, ENDING_AT, Key};
use super::sweep::{Budget, Left};
use super::transaction::{Condition, EXISTS, Untold, Update, number};
use model::conversation::ConversationId;
use model::event::Event;
use model::id::MessageId;
use model::job::Job;
use model::message::Receiver;
use model::uid::{Guid, Uid};

impl Store {
    /// Marks a group to be deleted, with its conversation, and begins the job. The group's row carries the event.
    ///
    /// Cost: 1 round trip; 6 write units, and 1 for the list of all groups.
    pub async fn mark_group(&self, guid: &Guid, job: &Job, event: &Event) -> Result<Marking, StoreError> {
        let mark = Update::of(&Key::group(guid))
            .set(ENDING_AT, number(event.at().seconds().get()))
            .remove(BY_ID_PK)
            .remove(BY_ID_SK)
            .when(EXISTS);
        let tx = self.transaction::<Infallible>().update(mark).event(event)?;
        let tx = tx.update(deleted_state(&ConversationId::Group(guid.clone()), MessageId::MAX));
        Ok(with_job(tx, job)?.commit().await?.either(Marking::Done, Marking::Gone))
    }

    /// Removes members of a group with their conversation rows and mutes of it, its bans, and then the sockets that heard it.
    ///
    /// Cost: 2 queries and one for each 100 rows; 3 write units a member, 1 a ban or socket.
    pub async fn remove_some_members(&self, guid: &Guid, budget: &mut Budget) -> Result<Left, StoreError> {
        let conversation = ConversationId::Group(guid.clone());
        let (group, muted) = (Key::group(guid), Receiver::Group(guid.clone()));
        let goes = |key: &Key| {
            let member = key.member_uid();
            let of_member = |uid: &Uid| [Key::participant_state(uid, &conversation), Key::mute(uid, &muted)];
            let own = Some(key.clone()).filter(|key| *key != group);
            own.into_iter().chain(member.iter().flat_map(of_member)).collect()
        };
        match self.sweep(&Key::all_of_group(guid), budget, goes).await? {
            Left::Perhaps => Ok(Left::Perhaps),
            Left::Nothing => self.sweep(&Key::all_live(guid), budget, |key| vec![key.clone()]).await,
        }
    }

    /// Ends the deletion of a group of which nothing is left: its GUID is free. `id` is of this moment; who began to write
    /// before it is refused for a day.
    ///
    /// Cost: 1 round trip, 6 write units, and 1 for the list of all groups.
    pub async fn end_group(&self, guid: &Guid, id: MessageId, job: &Job) -> Result<(), StoreError> {
        let is_ending = Condition::new(format!("attribute_exists({ENDING_AT})"));
        let tx = self.transaction::<Infallible>().delete_if(&Key::group(guid), is_ending);
        let state = ended_state(&ConversationId::Group(guid.clone()), id, id.sent_at());
        // Refused, another slice ended it before, or the job was begun again.
        let tx = without_job(tx.put_item(state), job).untold(Untold::StepOfAnother);
        tx.commit().await?.either_way();
        Ok(())
    }
}
