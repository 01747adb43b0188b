//! The copy of a conversation's last message in its shared state, so that a list of conversations need not read the message.
//!
//! A send between users writes it with the state, where both take no more than one write unit. Nothing else writes it, and
//! whatever changes a message takes it away: what moves the state along with an action message always, all else where the
//! message may be the one that is copied. So it is the message or it is not there, and then the message is read. It may be
//! taken away before the message changes, not after, because no copy of a message is made once that is stored.
//!
//! Groups have none: many react to one message, and none of them shall wait for the state.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::error::StoreError;
use super::keys::{EVENT, Key};
use super::message_row::MENTIONED;
use super::transaction::{Transaction, Untold, Update, number, stamp};
use super::write::bytes_of;
use super::{Found, Item, Store, read};
use model::conversation::ConversationId;
use model::event::Event;
use model::id::MessageId;
use model::message::Message;
use model::time::Seconds;

/// The attribute of a state that is the copy: the row of the message with its id.
pub(super) const PREVIEW: &str = "preview";
/// The attribute of the copy that says of which message it is: where that is not the last of all, the state was moved by an
/// earlier version, which left the copy.
const ID: &str = "id";
/// One write unit.
const STATE_BYTES: usize = 1_024;
/// The most bytes of a state between users beside its partition, its sender, its event and the copy: names and numbers.
const OTHER_BYTES: usize = 260;

/// The copy of a message that is sent, whose row this is and whose event its state carries, if it has room there.
pub(super) fn of(message: &Message, row: &Item, event: &Event) -> Result<Option<AttributeValue>, StoreError> {
    if let ConversationId::Group(_) = message.conversation {
        return Ok(None);
    }
    let mut copy = row.clone();
    copy.remove(MENTIONED);
    copy.insert(ID.to_owned(), number(message.id.number()));
    let key = Key::conversation_state(&message.conversation).item();
    let event = Item::from([(EVENT.to_owned(), stamp(event)?)]);
    let n_bytes = [&copy, &key, &event].into_iter().map(bytes_of).sum::<usize>() + message.sender.as_str().len();
    Ok((n_bytes + OTHER_BYTES <= STATE_BYTES).then_some(AttributeValue::M(copy)))
}

/// The state with this copy, or without any. That of a group never has one.
pub(super) fn put_on(state: Update, conversation: &ConversationId, copy: Option<AttributeValue>) -> Update {
    match (conversation, copy) {
        (ConversationId::Group(_), _) => state,
        (_, Some(copy)) => state.set(PREVIEW, copy),
        (_, None) => state.remove(PREVIEW),
    }
}

/// The state without a copy. Should there be no state it becomes one in which nothing is shown.
pub(super) fn removed(conversation: &ConversationId, now: Seconds) -> Update {
    Update::of(&Key::conversation_state(conversation))
        .set_expression("lastMessageId = if_not_exists(lastMessageId, :none)")
        .set_expression("createdAt = if_not_exists(createdAt, :now), updatedAt = if_not_exists(updatedAt, :now)")
        .number(":none", MessageId::MIN.number())
        .number(":now", now.get())
        .remove(PREVIEW)
}

/// Adds to a change of a message that its copy goes, unless the state said that only later ones may be copied. As that only
/// rises, a state that was read late errs on the safe side.
pub(super) fn without<'s, R: Copy>(
    tx: Transaction<'s, R>,
    message: &Message,
    copied_from: Option<MessageId>,
    now: Seconds,
) -> Transaction<'s, R> {
    let is_passed = copied_from.is_some_and(|first| message.id < first);
    match &message.conversation {
        ConversationId::Users(..) if !is_passed => tx.update(removed(&message.conversation, now)),
        _ => tx,
    }
}

impl Store {
    /// Lets the state of a conversation have no copy any more: before a message is changed by itself.
    ///
    /// Cost: 1 round trip, 1 write unit; nothing of a group.
    pub(super) async fn forget_preview(&self, conversation: &ConversationId) -> Result<(), StoreError> {
        if let ConversationId::Users(..) = conversation {
            let has_copy = format!("attribute_exists({PREVIEW})");
            let state = Update::of(&Key::conversation_state(conversation)).remove(PREVIEW).when(has_copy);
            self.apply_unread(state.untold(Untold::Upkeep)).await?.either_way();
        }
        Ok(())
    }
}

/// The copies of the last messages of some conversations, as they came with the states.
#[derive(Debug, Default)]
pub struct Previews(HashMap<Key, Item>);

impl Previews {
    /// Takes the copies out of states.
    pub(super) fn out_of(found: &mut Found) -> Previews {
        let copies = found.0.iter_mut().filter_map(|(key, state)| match state.remove(PREVIEW)? {
            AttributeValue::M(copy) if copy.get(ID) == state.get("lastMessageId") => Some((key.clone(), copy)),
            _ => None,
        });
        Previews(copies.collect())
    }

    /// Adds the copies that came with other states.
    pub fn extend(&mut self, others: Previews) {
        self.0.extend(others.0);
    }

    /// Whether there is a copy of this message.
    pub fn has(&self, conversation: &ConversationId, id: MessageId) -> bool {
        self.copy(conversation, id).is_some()
    }

    /// This message, if there is a copy of it.
    pub fn message(&self, conversation: &ConversationId, id: MessageId) -> Result<Option<Message>, StoreError> {
        let Some(copy) = self.copy(conversation, id) else { return Ok(None) };
        read(copy.clone().into_iter().chain(Key::message(conversation, id).item()).collect()).map(Some)
    }

    fn copy(&self, conversation: &ConversationId, id: MessageId) -> Option<&Item> {
        let copy = self.0.get(&Key::conversation_state(conversation))?;
        (MessageId::parse(copy.get(ID)?.as_n().ok()?).ok()? == id).then_some(copy)
    }
}
