//! Writes to messages: that one exists, that one changes with an action message that tells of it, that one is gone.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, ReturnConsumedCapacity, TransactWriteItem};
use futures_util::join;

use super::error::StoreError;
use super::keys::{self, Key};
use super::message::Pointer;
use super::transaction::{EXISTS, Outcome, item, number, put, put_new, update};
use super::{Item, Store, meter};
use model::conversation::ConversationId;
use model::id::MessageId;
use model::message::{Category, Message};

/// How a change with its action message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is stored.
    Done,
    /// Another message has the action's id; draw a new one.
    IdTaken,
    /// The message is not as it was read; read it again.
    Stale,
}

/// The attributes that an edit sets or removes.
const EDITED: [&str; 7] = ["data", "mentions", "tags", "editedAt", "editedBy", "updatedAt", "revision"];
/// The attributes that a soft deletion sets or removes.
const DELETED: [&str; 10] = [
    "data",
    "mentions",
    "tags",
    "quotedMessageId",
    "reactions",
    "deletedAt",
    "deletedBy",
    "updatedAt",
    "pinnedBy",
    "pinnedAt",
];

impl Store {
    /// The writes that make a message exist: its pointer, which claims the id, and itself.
    pub(super) fn message_writes(&self, message: &Message) -> Result<Vec<TransactWriteItem>, StoreError> {
        let pointer = Pointer { conversation: message.conversation.clone() };
        let mut stored = item(&Key::message(&message.conversation, message.id), message)?;
        let thread = message.parent_id.map(|parent| keys::listed_reply(parent, message.id));
        stored.extend(thread.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)));
        Ok(vec![put_new(&self.table, item(&Key::pointer(message.id), &pointer)?)?, put(&self.table, stored)?])
    }

    /// Stores an edit and the action message that tells of it, unless the message was changed since it was read.
    ///
    /// Cost: 1 round trip; 6 write units for messages of 1 KB, and 1 for the head.
    pub async fn edit_message(
        &self,
        before: &Message,
        after: &Message,
        action: &Message,
    ) -> Result<Changed, StoreError> {
        let condition = "revision = :revision AND attribute_not_exists(deletedAt)";
        let values = HashMap::from([(":revision".to_owned(), number(before.revision))]);
        let edit = self.set_attributes(after, &EDITED, condition, values)?;
        self.commit_with_action(vec![edit], action).await
    }

    /// Takes a message's content away and stores the action message that tells of it, unless it is deleted already, or
    /// was pinned or unpinned since it was read.
    ///
    /// Cost: 1 round trip; 6 write units for messages of 1 KB, 2 more for a pinned one, and 1 for the head.
    pub async fn soft_delete(
        &self,
        after: &Message,
        was_pinned: bool,
        action: &Message,
    ) -> Result<Changed, StoreError> {
        let pinned = if was_pinned { "attribute_exists(pinnedAt)" } else { "attribute_not_exists(pinnedAt)" };
        let condition = format!("{EXISTS} AND attribute_not_exists(deletedAt) AND {pinned}");
        let mut changes = vec![self.set_attributes(after, &DELETED, &condition, HashMap::new())?];
        if was_pinned {
            changes.push(self.unpin(after)?);
        }
        self.commit_with_action(changes, action).await
    }

    /// Takes a message's content away without telling: the first step of deleting it for good, and the only one that a
    /// broken-off deletion may leave behind. Cost: 1 round trip, 4 write units.
    pub async fn empty_message(&self, after: &Message) -> Result<(), StoreError> {
        let deletion = self.set_attributes(after, &DELETED, EXISTS, HashMap::new())?;
        self.transact(vec![deletion, self.unpin(after)?]).await?;
        Ok(())
    }

    /// Removes a message and its pointer and stores the action message that tells of it.
    ///
    /// Cost: 1 round trip; 8 write units, 2 more for a reply, and 1 for the head.
    pub async fn remove_message(&self, message: &Message, action: &Message) -> Result<Changed, StoreError> {
        let key = Key::message(&message.conversation, message.id);
        let row = Delete::builder().table_name(&self.table).set_key(Some(key.item())).condition_expression(EXISTS);
        let pointer = Delete::builder().table_name(&self.table).set_key(Some(Key::pointer(message.id).item()));
        let changes = vec![
            TransactWriteItem::builder().delete(row.build()?).build(),
            TransactWriteItem::builder().delete(pointer.build()?).build(),
        ];
        let Some(parent) = message.parent_id else { return self.commit_with_action(changes, action).await };
        let mut counted = changes.clone();
        counted.push(self.uncount_reply(&message.conversation, parent)?);
        match self.commit_with_action(counted, action).await? {
            // The parent may have been removed before; then nobody counts its replies.
            Changed::Stale => self.commit_with_action(changes, action).await,
            changed => Ok(changed),
        }
    }

    /// Counts a reply to a message that must exist, as its last one.
    pub(super) fn count_reply(
        &self,
        conversation: &ConversationId,
        parent: MessageId,
        reply: MessageId,
    ) -> Result<TransactWriteItem, StoreError> {
        let counted = "SET lastReplyId = :reply ADD replyCount :one";
        let update = update(&self.table, &Key::message(conversation, parent), counted)
            .condition_expression(EXISTS)
            .expression_attribute_values(":reply", number(reply.number()))
            .expression_attribute_values(":one", number(1))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    fn uncount_reply(&self, conversation: &ConversationId, parent: MessageId) -> Result<TransactWriteItem, StoreError> {
        let update = update(&self.table, &Key::message(conversation, parent), "ADD replyCount :less")
            .condition_expression(EXISTS)
            .expression_attribute_values(":less", AttributeValue::N("-1".to_owned()))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Makes `previous` the last reply to a message, if `last` is it. Cost: 1 round trip, 1 write unit.
    pub async fn repair_last_reply(
        &self,
        conversation: &ConversationId,
        parent: MessageId,
        last: MessageId,
        previous: Option<MessageId>,
    ) -> Result<(), StoreError> {
        let key = Key::message(conversation, parent);
        let stepped = match previous {
            Some(previous) => update(&self.table, &key, "SET lastReplyId = :previous")
                .expression_attribute_values(":previous", number(previous.number())),
            None => update(&self.table, &key, "REMOVE lastReplyId"),
        };
        let stepped = stepped
            .condition_expression("lastReplyId = :last")
            .expression_attribute_values(":last", number(last.number()))
            .build()?;
        self.transact(vec![TransactWriteItem::builder().update(stepped).build()]).await?;
        Ok(())
    }

    async fn commit_with_action(
        &self,
        mut writes: Vec<TransactWriteItem>,
        action: &Message,
    ) -> Result<Changed, StoreError> {
        let n_changes = writes.len();
        writes.extend(self.message_writes(action)?);
        let (outcome, moved) = join!(self.transact(writes), self.advance_state(action));
        moved?;
        match outcome? {
            Outcome::Done => Ok(Changed::Done),
            Outcome::Refused(refused) if refused.iter().any(|(position, _)| *position < n_changes) => {
                Ok(Changed::Stale)
            }
            Outcome::Refused(_) => Ok(Changed::IdTaken),
        }
    }

    /// Makes the named attributes of a stored message those of `after`.
    fn set_attributes(
        &self,
        after: &Message,
        names: &[&str],
        condition: &str,
        mut values: HashMap<String, AttributeValue>,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut item: Item = serde_dynamo::to_item(after)?;
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        for name in names {
            match item.remove(*name) {
                Some(value) => {
                    set.push(format!("#{name} = :{name}_after"));
                    values.insert(format!(":{name}_after"), value);
                }
                None => remove.push(format!("#{name}")),
            }
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !remove.is_empty() {
            expression = format!("{expression} REMOVE {}", remove.join(", "));
        }
        let names = names.iter().map(|name| (format!("#{name}"), (*name).to_owned())).collect();
        let update = update(&self.table, &Key::message(&after.conversation, after.id), &expression)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values).filter(|values| !values.is_empty()))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Moves a conversation's head to this message, unless a newer one moved it further. May be repeated.
    ///
    /// Cost: 1 round trip, 1 write unit; when two messages overtake each other, up to 3 and 3.
    pub async fn advance_state(&self, message: &Message) -> Result<(), StoreError> {
        self.move_head_saying(message, "").await
    }

    /// [`Store::advance_state`] by a message that opened the rows of its conversation again, if any was missing.
    pub(super) async fn move_head_of_opened(&self, message: &Message) -> Result<(), StoreError> {
        self.move_head_saying(message, " REMOVE isOrphaned").await
    }

    async fn move_head_saying(&self, message: &Message, and: &str) -> Result<(), StoreError> {
        let is_shown = !message.is_edit_or_delete_notice() && self.shows_in_conversations(message);
        let is_news = is_shown && message.category != Category::Action;
        const SHOWN: &str = "shownMessageId = :id, updatedAt = :now";
        const NEWS: &str = "newsMessageId = :id";
        let mut sets = vec!["lastMessageId = :id", "createdAt = if_not_exists(createdAt, :now)"];
        sets.push(if is_shown { SHOWN } else { "updatedAt = if_not_exists(updatedAt, :now)" });
        sets.extend(is_news.then_some(NEWS));
        let everything = format!("SET {}{and}", sets.join(", "));
        if self.update_head(message, &everything, "lastMessageId").await? {
            return Ok(());
        }
        if is_shown {
            self.update_head(message, &format!("SET {SHOWN}"), "shownMessageId").await?;
        }
        if is_news {
            self.update_head(message, &format!("SET {NEWS}"), "newsMessageId").await?;
        }
        Ok(())
    }

    /// Whether a message moves its conversation in the lists of its users: not in groups that are too large.
    fn shows_in_conversations(&self, message: &Message) -> bool {
        match (self.member_limit, message.members_count()) {
            (Some(limit), Some(members)) => members <= limit,
            _ => true,
        }
    }

    async fn update_head(&self, message: &Message, expression: &str, rising: &str) -> Result<bool, StoreError> {
        // DynamoDB refuses a value that no expression names.
        let now = expression.contains(":now").then(|| (":now".to_owned(), number(message.sent_at().get())));
        let id = (":id".to_owned(), number(message.id.number()));
        let values = HashMap::from_iter([id].into_iter().chain(now));
        let moved = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::conversation_state(&message.conversation).item()))
            .update_expression(expression)
            .condition_expression(format!("attribute_not_exists({rising}) OR {rising} < :id"))
            .set_expression_attribute_values(Some(values))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match moved {
            Ok(answer) => {
                meter::writes(answer.consumed_capacity.as_slice());
                Ok(true)
            }
            Err(error)
                if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                meter::refused_write();
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}
