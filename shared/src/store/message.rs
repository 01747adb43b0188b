//! Messages and the conversations that hold them.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use serde::{Deserialize, Serialize};

use super::access::Membership;
use super::error::StoreError;
use super::keys::{self, Key};
use super::{Store, meter, read};
use crate::model::conversation::ConversationId;
use crate::model::id::MessageId;
use crate::model::message::Message;
use crate::model::page::{Affix, Span};
use crate::model::time::Seconds;
use crate::model::uid::Uid;

/// Which conversation holds a message; written with it, and the guard that its id is drawn only once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Pointer {
    pub(super) conversation: ConversationId,
}

/// What a conversation is to everybody in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// The largest id that was given to a message of the conversation. A send that failed, or a message deleted for
    /// good, leaves it pointing at nothing; no message has a larger id.
    pub last_message_id: MessageId,
    /// When its first message was sent.
    pub created_at: Seconds,
    /// When its last message was sent.
    pub updated_at: Seconds,
}

/// Part of a conversation, in reading order.
#[derive(Debug)]
pub struct Slice {
    /// The messages.
    pub messages: Vec<Message>,
    /// Whether this is all that the span holds.
    pub is_all: bool,
}

impl Store {
    /// Which conversation holds this message. Cost: 1 round trip, 1 read unit.
    pub async fn conversation_of(&self, id: MessageId) -> Result<Option<ConversationId>, StoreError> {
        let pointer: Option<Pointer> = self.get(&Key::pointer(id)).await?;
        Ok(pointer.map(|pointer| pointer.conversation))
    }

    /// A message, and what its group is to `reader`. Cost: 1 round trip, 1 read unit, 2 more for a reader in a group.
    pub async fn message_for(
        &self,
        conversation: &ConversationId,
        id: MessageId,
        reader: Option<&Uid>,
    ) -> Result<(Option<Message>, Membership), StoreError> {
        let message = Key::message(conversation, id);
        let mut keys = vec![message.clone()];
        let group = match (conversation, reader) {
            (ConversationId::Group(guid), Some(uid)) => Some((guid, uid)),
            _ => None,
        };
        keys.extend(group.into_iter().flat_map(|(guid, uid)| Membership::keys(guid, uid)));
        let found = self.get_all(keys).await?;
        let membership = match group {
            Some((guid, uid)) => Membership::read(&found, guid, uid)?,
            None => Membership::default(),
        };
        Ok((found.get(&message)?, membership))
    }

    /// Messages of one conversation by id, in no order; unknown ids are left out.
    ///
    /// Cost: 1 round trip for each 100, 1 read unit a message.
    pub async fn messages_by_id(
        &self,
        ids: impl Iterator<Item = (&ConversationId, MessageId)>,
    ) -> Result<Vec<Message>, StoreError> {
        let mut keys: Vec<Key> = ids.map(|(conversation, id)| Key::message(conversation, id)).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        keys.sort();
        keys.dedup();
        let found = self.get_all(keys.clone()).await?;
        keys.iter().filter_map(|key| found.get(key).transpose()).collect()
    }

    /// Up to `most` messages of a conversation inside `span`: the nearest in the direction of `affix`, in that order.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit per 4 KB of what is read, whatever the
    /// length of the history. May return fewer: DynamoDB ends a page at 1 MB.
    pub async fn messages(
        &self,
        conversation: &ConversationId,
        span: Span,
        affix: Affix,
        most: usize,
    ) -> Result<Slice, StoreError> {
        let (first, last) = (Key::message(conversation, span.first()), Key::message(conversation, span.last()));
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression(format!("{} = :conversation AND {} BETWEEN :first AND :last", keys::PK, keys::SK))
            .expression_attribute_values(":conversation", first.pk())
            .expression_attribute_values(":first", first.sk())
            .expression_attribute_values(":last", last.sk())
            .consistent_read(true)
            .scan_index_forward(affix == Affix::Append)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        meter::reads(answer.consumed_capacity.as_slice());
        let is_all = answer.last_evaluated_key.is_none();
        let messages: Result<_, _> = answer.items.unwrap_or_default().into_iter().map(read).collect();
        Ok(Slice { messages: messages?, is_all })
    }

    /// Every conversation of a user, in no useful order.
    ///
    /// Query, base table. Cost: 1 round trip and 128 read units for each MB, about 5,000 conversations.
    pub async fn conversations_of(&self, uid: &Uid) -> Result<Vec<ConversationId>, StoreError> {
        #[derive(Deserialize)]
        struct Row {
            conversation: ConversationId,
        }
        let mut conversations = Vec::new();
        let mut start = None;
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression(format!("{} = :user AND begins_with({}, :rows)", keys::PK, keys::SK))
                .expression_attribute_values(":user", Key::user(uid).pk())
                .expression_attribute_values(
                    ":rows",
                    aws_sdk_dynamodb::types::AttributeValue::S(keys::CONVERSATION_ROWS.to_owned()),
                )
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await?;
            meter::reads(answer.consumed_capacity.as_slice());
            for item in answer.items.unwrap_or_default() {
                conversations.push(read::<Row>(item)?.conversation);
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(conversations);
            }
        }
    }

    /// The heads of conversations, in their order; a conversation without message has none.
    ///
    /// Cost: 1 round trip for each 100, 1 read unit a conversation.
    pub async fn heads(&self, conversations: &[ConversationId]) -> Result<Vec<Option<Head>>, StoreError> {
        if conversations.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<Key> = conversations.iter().map(Key::head).collect();
        let found = self.get_all(keys.clone()).await?;
        keys.iter().map(|key| found.get(key)).collect()
    }
}
