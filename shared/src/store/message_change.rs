//! Edits and deletions of a message, each with its action message.

use std::collections::BTreeSet;

use model::conversation::ConversationId;
use model::event::Event;
use model::id::MessageId;
use model::message::Message;

use super::conversation_state::{is_deleted, last_id};
use super::error::StoreError;
use super::keys::{self, Key};
use super::message::attributes;
use super::transaction::{Commit, EXISTS, Transaction, Untold, Update, number};
use super::{Item, Store};

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
    /// Cost: 1 round trip; 8 write units for messages of 1 KB.
    pub async fn edit_message(
        &self,
        before: &Message,
        after: &Message,
        action: &Message,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        let edit = difference(before, after)?
            .when("revision = :read AND attribute_not_exists(deletedAt)")
            .number(":read", before.revision);
        self.commit_with_action(self.transaction().update(edit).or(Refused::Stale), action, event).await
    }

    /// Takes a message's content away and stores the action message, unless it is deleted already, or was
    /// edited, pinned or unpinned since it was read.
    ///
    /// Cost: 1 round trip; 8 write units for messages of 1 KB, 2 more for a pinned one.
    pub async fn soft_delete(
        &self,
        before: &Message,
        after: &Message,
        action: &Message,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        let is_pinned = before.pinned_at.is_some();
        let pinned = if is_pinned { "attribute_exists(pinnedAt)" } else { "attribute_not_exists(pinnedAt)" };
        let deletion = without_content(before, after)?.when(pinned).when("attribute_not_exists(deletedAt)");
        let mut tx = self.transaction().update(deletion).or(Refused::Stale);
        if is_pinned {
            tx = tx.delete(&Key::pin(&after.conversation, after.id));
        }
        self.commit_with_action(tx, action, event).await
    }

    /// Takes a message's content away and tells nobody: the first step of deleting it permanently, and the only one that a
    /// broken-off deletion may leave behind. Cost: 1 round trip, 4 write units.
    pub async fn delete_contents(&self, before: &Message, after: &Message) -> Result<Changed, StoreError> {
        let deletion = without_content(before, after)?;
        let pin = Key::pin(&after.conversation, after.id);
        let tx = self.transaction().update(deletion).or(Refused::Stale).delete(&pin);
        let commit = tx.untold(Untold::StepOfAnother).commit().await?;
        Ok(commit.either(Changed::Done, Changed::Stale))
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
            self.delete_batches(&keys).await?;
            if is_all {
                return Ok(());
            }
        }
    }

    /// Removes a message and its pointer and stores the action message.
    ///
    /// Cost: 1 round trip; 10 write units, 2 more for a reply.
    pub async fn remove_message(
        &self,
        message: &Message,
        action: &Message,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        let key = Key::message(&message.conversation, message.id);
        let removal = || self.transaction().delete_existing(&key).or(Refused::Stale).delete(&Key::pointer(message.id));
        let Some(parent) = message.parent_id else { return self.commit_with_action(removal(), action, event).await };
        let counted = removal().update(uncounted_reply(&message.conversation, parent)).or(Refused::Stale);
        match self.commit_with_action(counted, action, event).await? {
            // The parent may have been removed before; then nobody counts its replies.
            Changed::Stale => self.commit_with_action(removal(), action, event).await,
            changed => Ok(changed),
        }
    }

    /// Makes `previous` the last reply to a message, if `last` is it. Cost: 1 round trip, 1 write unit.
    pub async fn repair_last_reply(
        &self,
        conversation: &ConversationId,
        parent: MessageId,
        last: MessageId,
        previous: Option<MessageId>,
    ) -> Result<(), StoreError> {
        let repair = Update::of(&Key::message(conversation, parent)).when("lastReplyId = :last");
        let repair = match previous {
            Some(previous) => repair.set("lastReplyId", number(previous.number())),
            None => repair.remove("lastReplyId"),
        };
        // Refused, another repair came first.
        let repair = repair.number(":last", last.number()).untold(Untold::StepOfAnother);
        self.apply_unread(repair).await?.either_way();
        Ok(())
    }

    /// Stores a change with its action message, which carries the event.
    pub(super) async fn commit_with_action(
        &self,
        tx: Transaction<'_, Refused>,
        action: &Message,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        let tx = self.put_message(tx, action, Refused::DrawAgain, event)?;
        let state = self.moved_state(action.id, action);
        Ok(changed(tx.update(state).or(Refused::DrawAgain).commit_once().await?, action.on))
    }
}

/// How a change ended of which others may be in the way; `about` is the message that it changes.
pub(super) fn changed(commit: Option<Commit<Refused>>, about: Option<MessageId>) -> Changed {
    match commit {
        Some(Commit::Done) => Changed::Done,
        Some(Commit::Refused(refused)) if is_deleted(&refused, about) => Changed::Stale,
        Some(Commit::Refused(refused)) if refused.iter().any(|(why, _)| matches!(why, Some(Refused::Stale))) => {
            Changed::Stale
        }
        Some(Commit::Refused(refused)) => Changed::DrawAgain(last_id(&refused)),
        None => Changed::DrawAgain(None),
    }
}

/// Counts a reply to a message that must exist, as its last one; refused if a later one is stored already.
pub(super) fn counted_as_last(conversation: &ConversationId, parent: MessageId, reply: MessageId) -> Update {
    counted_reply(conversation, parent)
        .set("lastReplyId", number(reply.number()))
        .when("(attribute_not_exists(lastReplyId) OR lastReplyId < :reply)")
        .number(":reply", reply.number())
}

/// Counts a reply to a message that must exist.
pub(super) fn counted_reply(conversation: &ConversationId, parent: MessageId) -> Update {
    Update::of(&Key::message(conversation, parent)).add("replyCount", 1).when(EXISTS)
}

pub(super) fn uncounted_reply(conversation: &ConversationId, parent: MessageId) -> Update {
    Update::of(&Key::message(conversation, parent)).add("replyCount", -1).when(EXISTS)
}

/// The update that makes the stored `before` an `after`: whatever differs, so that no field is forgotten. What others
/// change at the same time, such as reactions and counts, is left to them.
pub(super) fn difference(before: &Message, after: &Message) -> Result<Update, StoreError> {
    let before: Item = attributes(before)?;
    let mut after_item: Item = attributes(after)?;
    let names: BTreeSet<String> = before.keys().chain(after_item.keys()).cloned().collect();
    let changed = names.into_iter().filter(|name| before.get(name) != after_item.get(name)).collect::<Vec<_>>();
    let update = Update::of(&Key::message(&after.conversation, after.id));
    Ok(changed.into_iter().fold(update, |update, name| match after_item.remove(&name) {
        Some(value) => update.set(&name, value),
        None => update.remove(&name),
    }))
}

/// [`difference`] for a deletion: reactions may have come since the message was read, and go too.
fn without_content(before: &Message, after: &Message) -> Result<Update, StoreError> {
    let mut update = difference(before, after)?.when("revision = :read").number(":read", before.revision);
    if after.parent_id.is_some() {
        let (name, entry) = keys::deleted_reply(after.id);
        update = update.set(name, entry);
    }
    if before.reactions == after.reactions {
        update = update.set("reactions", serde_dynamo::to_attribute_value(&after.reactions)?);
    }
    Ok(update)
}
