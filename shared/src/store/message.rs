//! Messages and the conversations that hold them.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use serde::{Deserialize, Serialize};

use super::access::Membership;
use super::error::StoreError;
use super::keys::{self, Key};
use super::{Item, Store, meter, read};
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

/// One slice of the app's messages; ids are spread over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard(u64);

impl Shard {
    /// All slices.
    pub fn all() -> impl Iterator<Item = Shard> {
        (0..keys::ID_SHARDS).map(Shard)
    }
}

/// A message by its id and place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointed {
    /// Its id.
    pub id: MessageId,
    /// The conversation that holds it.
    pub conversation: ConversationId,
}

/// What a conversation is to everybody in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// The largest id that was given to a message of the conversation. A send that failed, or a message deleted for
    /// good, leaves it pointing at nothing; no message has a larger id.
    pub last_message_id: MessageId,
    /// The last message that a list of conversations shows: any but the tellings of edits and deletions.
    #[serde(default)]
    pub shown_message_id: Option<MessageId>,
    /// When its first message was sent.
    pub created_at: Seconds,
    /// When the last message that is shown was sent.
    pub updated_at: Seconds,
}

/// What a conversation is to one of its users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The conversation.
    pub conversation: ConversationId,
    /// The last message that the user has read.
    #[serde(default)]
    pub read_id: Option<MessageId>,
    /// The last message that the user has received.
    #[serde(default)]
    pub delivered_id: Option<MessageId>,
}

impl Row {
    /// A conversation of which the user has seen nothing.
    pub fn new(conversation: ConversationId) -> Row {
        Row { conversation, read_id: None, delivered_id: None }
    }
}

/// Part of a feed, in reading order.
#[derive(Debug)]
pub struct Slice<T> {
    /// Its items.
    pub items: Vec<T>,
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
    ) -> Result<Slice<Message>, StoreError> {
        let (first, last) = (Key::message(conversation, span.first()), Key::message(conversation, span.last()));
        let Slice { items, is_all } = self.range(&first, &last, affix, most).await?;
        let messages: Result<_, _> = items.into_iter().map(read).collect();
        Ok(Slice { items: messages?, is_all })
    }

    /// Up to `most` items of one partition, from `first` to `last`: the nearest in the direction of `affix`, in that order.
    ///
    /// Query, base table, strongly consistent. May return fewer: DynamoDB ends a page at 1 MB.
    pub(super) async fn range(
        &self,
        first: &Key,
        last: &Key,
        affix: Affix,
        most: usize,
    ) -> Result<Slice<Item>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression(format!("{} = :partition AND {} BETWEEN :first AND :last", keys::PK, keys::SK))
            .expression_attribute_values(":partition", first.pk())
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
        Ok(Slice { items: answer.items.unwrap_or_default(), is_all })
    }

    /// Up to `most` ids of one slice of the app's messages: the nearest in the direction of `affix`, in that order.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit per 4 KB, about 40 ids.
    pub async fn pointers(
        &self,
        shard: Shard,
        span: Span,
        affix: Affix,
        most: usize,
    ) -> Result<Slice<Pointed>, StoreError> {
        let (first, last) = (Key::in_shard(shard.0, span.first()), Key::in_shard(shard.0, span.last()));
        let Slice { items, is_all } = self.range(&first, &last, affix, most).await?;
        let pointed = items.into_iter().map(|item| {
            let id = keys::id_of_pointer(&item)?;
            let Pointer { conversation } = read(item)?;
            Ok(Pointed { id, conversation })
        });
        Ok(Slice { items: pointed.collect::<Result<_, StoreError>>()?, is_all })
    }

    /// Up to `most` ids of the replies to a message: the nearest in the direction of `affix`, in that order.
    ///
    /// Query, index `by-parent`, so a reply of the last moment may be missing. Cost: 1 round trip, half a read unit per
    /// 4 KB, about 40 ids.
    pub async fn replies(
        &self,
        parent: MessageId,
        span: Span,
        affix: Affix,
        most: usize,
    ) -> Result<Vec<MessageId>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(keys::BY_PARENT)
            .key_condition_expression(format!(
                "{} = :thread AND {} BETWEEN :first AND :last",
                keys::BY_PARENT_PK,
                keys::BY_PARENT_SK
            ))
            .expression_attribute_values(":thread", keys::thread(parent))
            .expression_attribute_values(":first", keys::id16(span.first()))
            .expression_attribute_values(":last", keys::id16(span.last()))
            .scan_index_forward(affix == Affix::Append)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        meter::reads(answer.consumed_capacity.as_slice());
        answer.items.unwrap_or_default().iter().map(keys::id_of_reply).collect()
    }

    /// Every conversation of a user, in no useful order.
    ///
    /// Query, base table. Cost: 1 round trip and 256 read units for each MB, about 5,000 conversations.
    pub async fn conversations_of(&self, uid: &Uid) -> Result<Vec<Row>, StoreError> {
        self.all_rows(&Key::conversation_rows(uid)).await
    }

    /// What a conversation is to one of its users; without a row, nothing was ever seen.
    ///
    /// Cost: 1 round trip, 1 read unit.
    pub async fn conversation_row(&self, uid: &Uid, conversation: &ConversationId) -> Result<Row, StoreError> {
        let row: Option<Row> = self.get(&Key::conversation_row(uid, conversation)).await?;
        Ok(row.unwrap_or_else(|| Row::new(conversation.clone())))
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
