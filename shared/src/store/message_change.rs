//! Edits and deletions of a message, each with its action message.

use std::collections::BTreeSet;
use std::convert::Infallible;

use model::conversation::ConversationId;
use model::event::Event;
use model::id::MessageId;
use model::message::Message;

use super::conversation_state::{is_deleted, last_id, with_departure};
use super::error::StoreError;
use super::keys::{self, ENDING_AT, ENDING_BY, Key};
use super::message_row::{DATA, REACTIONS, TEXT, attributes, unedited_since};
use super::own_mark::{Writer, with_mark};
use super::thread_end::ThreadEnd;
use super::transaction::{Commit, EXISTS, Transaction, Untold, Update, number};
use super::{Item, Store, read};

/// How many dependents of a message are looked at before they are deleted.
const DEPENDENTS_AT_ONCE: usize = 100;

/// How a change with its action message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` changed it"]
pub enum Changed {
    /// It is stored.
    Done,
    /// Another message has the action's id, or the conversation has come further, to this id if that is known, or others
    /// were writing there: draw a new id above it.
    DrawAgain(Option<MessageId>),
    /// What is changed is not as it was read; read it again.
    Stale,
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refused {
    DrawAgain,
    Stale,
}

impl Store {
    /// Stores an edit and its action message, unless the message was changed since it was read.
    ///
    /// Cost: 1 round trip; 8 write units for messages of 1 KB, 2 for the writer's mark where it is due.
    pub async fn edit_message(
        &self,
        before: &Message,
        after: &Message,
        action: &Message,
        writer: Option<Writer<'_>>,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        let edit = unedited_since(difference(before, after)?, before).when("attribute_not_exists(deletedAt)");
        let tx = self.transaction().update(edit).or(Refused::Stale);
        self.commit_with_action(with_mark(tx, writer, action.sent_at()), action, event).await
    }

    /// Takes a message's content away and stores the action message, unless it is deleted already, or was
    /// edited, pinned or unpinned since it was read.
    ///
    /// Cost: 1 round trip; 8 write units for messages of 1 KB, 2 more for a pinned one, 2 for the writer's mark where it is due.
    pub async fn soft_delete(
        &self,
        before: &Message,
        after: &Message,
        action: &Message,
        writer: Option<Writer<'_>>,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        let is_pinned = before.pinned_at.is_some();
        let deletion = without_content(before, after)?.when(pinned(before)).when("attribute_not_exists(deletedAt)");
        let mut tx = self.transaction().update(deletion).or(Refused::Stale);
        if is_pinned {
            tx = tx.delete(&Key::pin(&after.conversation, after.id));
        }
        self.commit_with_action(with_mark(tx, writer, action.sent_at()), action, event).await
    }

    /// Lets a message be there for nobody any more and stores the action message: the first step of deleting it permanently.
    /// Its row stays without content until [`Store::end_message`], and names its files. Its thread is counted without it.
    ///
    /// Cost: 1 round trip; 8 write units for messages of 1 KB, 2 more for a pinned one, 2 for a reply, 2 for the last one of
    /// several, 2 for the writer's mark where it is due.
    pub async fn delete_message(
        &self,
        before: &Message,
        after: &Message,
        thread: &ThreadEnd,
        action: &Message,
        writer: Option<Writer<'_>>,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        let is_pinned = before.pinned_at.is_some();
        let deletion = without_content(before, after)?
            .when(pinned(before))
            .when(format!("attribute_not_exists({ENDING_AT})"))
            .set(ENDING_AT, number(action.sent_at().get()))
            .set(ENDING_BY, number(action.id.number()));
        let mut tx = self.transaction().update(deletion).or(Refused::Stale);
        if is_pinned {
            tx = tx.delete(&Key::pin(&after.conversation, after.id));
        }
        if let Some(parent) = thread.parent_without(before) {
            tx = tx.update(parent).or(Refused::Stale);
        }
        let tx = with_mark(thread.with_previous(tx, before, Refused::Stale), writer, action.sent_at());
        self.commit_with_action(tx, action, event).await
    }

    /// A message whose permanent deletion has begun, and its action message. Cost: 1 round trip, 1 read unit.
    pub async fn ending_message(
        &self,
        conversation: &ConversationId,
        id: MessageId,
    ) -> Result<Option<(Message, MessageId)>, StoreError> {
        let key = Key::message(conversation, id);
        let item = self.get_batch(vec![key]).await?.pop();
        let Some(item) = item.filter(|item| item.contains_key(ENDING_BY)) else { return Ok(None) };
        let by = item.get(ENDING_BY).and_then(|by| MessageId::parse(by.as_n().ok()?).ok());
        Ok(Some(read(item)?).zip(by))
    }

    /// Removes what is left of a message whose deletion has begun and of which nothing else is left.
    ///
    /// Cost: 1 round trip, 4 write units.
    pub async fn end_message(&self, message: &Message) -> Result<(), StoreError> {
        let row = Key::message(&message.conversation, message.id);
        let tx = self.transaction::<Infallible>().delete(&row).delete(&Key::pointer(message.id));
        tx.untold(Untold::StepOfAnother).commit().await?.unrefused()
    }

    /// Removes every row that depends on a message: reactions, who holds them, who saved it, what else people left on
    /// it.
    ///
    /// Cost: a query for each 100, 1 write unit a row, 25 rows a round trip.
    pub async fn delete_dependents(&self, message: MessageId) -> Result<(), StoreError> {
        loop {
            let (mut keys, is_all) = self.some_keys(&Key::all_about(message), DEPENDENTS_AT_ONCE).await?;
            let mirror_keys: Vec<Key> = keys.iter().filter_map(Key::mirror_key).collect();
            keys.extend(mirror_keys);
            self.delete_batches(&keys, Untold::StepOfAnother).await?;
            if is_all {
                return Ok(());
            }
        }
    }

    /// Stores a change with its action message, which carries the event.
    pub(super) async fn commit_with_action(
        &self,
        tx: Transaction<'_, Refused>,
        action: &Message,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        self.commit_moving(tx, self.moved_state(action.id, action, None), action, event).await
    }

    /// [`Store::commit_with_action`] of a change by which somebody is a member no more: who was found to be one looks again
    /// before they write.
    pub(super) async fn commit_departure(
        &self,
        tx: Transaction<'_, Refused>,
        action: &Message,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        let state = with_departure(self.moved_state(action.id, action, None), action.id);
        self.commit_moving(tx, state, action, event).await
    }

    async fn commit_moving(
        &self,
        tx: Transaction<'_, Refused>,
        state: Update,
        action: &Message,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        let tx = self.put_message(tx, action, Refused::DrawAgain)?.event(event)?;
        Ok(changed(tx.update(state).or(Refused::DrawAgain).commit_once().await?, Some(action)))
    }
}

/// How a change ended of which others may be in the way, with its action message.
pub(super) fn changed(commit: Option<Commit<Refused>>, action: Option<&Message>) -> Changed {
    match commit {
        Some(Commit::Done) => Changed::Done,
        Some(Commit::Refused(refused)) if action.is_some_and(|it| is_deleted(&refused, it.on, &it.sender)) => {
            Changed::Stale
        }
        Some(Commit::Refused(refused)) if refused.iter().any(|(why, _)| matches!(why, Some(Refused::Stale))) => {
            Changed::Stale
        }
        Some(Commit::Refused(refused)) => Changed::DrawAgain(last_id(&refused)),
        None => Changed::DrawAgain(None),
    }
}

/// Counts a reply to a message that must exist, as its last one; refused if a later one is stored already.
pub(super) fn counted_as_last(conversation: &ConversationId, parent: MessageId, reply: MessageId) -> Update {
    Update::of(&Key::message(conversation, parent))
        .add("replyCount", 1)
        .when(EXISTS)
        .set("lastReplyId", number(reply.number()))
        .when("(attribute_not_exists(lastReplyId) OR lastReplyId < :reply)")
        .number(":reply", reply.number())
}

/// That a message is pinned or not, as it was read.
fn pinned(message: &Message) -> &'static str {
    if message.pinned_at.is_some() { "attribute_exists(pinnedAt)" } else { "attribute_not_exists(pinnedAt)" }
}

/// The update that makes the stored `before` an `after`: whatever differs, so that no field is forgotten. What others
/// change at the same time, such as reactions and counts, is left to them.
pub(super) fn difference(before: &Message, after: &Message) -> Result<Update, StoreError> {
    let before: Item = attributes(before)?;
    let mut after_item: Item = attributes(after)?;
    let names: BTreeSet<String> = before.keys().chain(after_item.keys()).cloned().collect();
    let mut changed: BTreeSet<String> =
        names.into_iter().filter(|name| before.get(name) != after_item.get(name)).collect();
    if changed.contains(TEXT) {
        // Where earlier versions stored it.
        changed.insert(DATA.to_owned());
    }
    let update = Update::of(&Key::message(&after.conversation, after.id));
    Ok(changed.into_iter().fold(update, |update, name| match after_item.remove(&name) {
        Some(value) => update.set(&name, value),
        None => update.remove(&name),
    }))
}

/// [`difference`] for a deletion: reactions may have come since the message was read, and go too.
fn without_content(before: &Message, after: &Message) -> Result<Update, StoreError> {
    let mut update = unedited_since(difference(before, after)?, before);
    if after.parent_id.is_some() {
        let (name, entry) = keys::deleted_reply(after.id);
        update = update.set(name, entry);
    }
    if before.reactions == after.reactions {
        update = update.remove(REACTIONS);
    }
    Ok(update)
}
