//! Messages and the conversations that hold them.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use futures_util::FutureExt;
use serde::{Deserialize, Serialize};

use super::batch::{Batch, Freshness};
use super::deleted::absent;
use super::error::StoreError;
use super::keys::{self, Key};
use super::{Item, Store, is_live, meter, read};
use model::conversation::ConversationId;
use model::id::MessageId;
use model::leaving::Leaving;
use model::message::Message;
use model::page::{Affix, IdRange};
use model::uid::Uid;

/// Which conversation holds a message; written with it, and the guard that its id is drawn only once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pointer {
    /// The conversation.
    pub conversation: ConversationId,
    /// Who wrote it, so that what only its author is shown is looked up along with it. None of an older one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Uid>,
    /// Whether it was sent to more members than are shown to its author one by one: then none is looked up along with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_to_many: bool,
}

impl Pointer {
    /// The pointer to a message.
    pub(super) fn to(message: &Message) -> Pointer {
        Pointer {
            conversation: message.conversation.clone(),
            sender: Some(message.sender.clone()),
            is_to_many: message.is_to_many(),
        }
    }
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

/// Part of a feed, in reading order.
#[derive(Debug)]
pub struct Slice<T> {
    /// Its items.
    pub items: Vec<T>,
    /// Whether this is all that the range holds.
    pub is_all: bool,
}

impl Store {
    /// Where a message is, as it was a moment ago. Cost: 1 round trip, half a read unit.
    pub async fn late_pointer(&self, id: MessageId) -> Result<Option<Pointer>, StoreError> {
        self.know_as(Batch::default().beside(Batch::default().pointer(id)), Freshness::Late).await?.pointer(id)
    }

    /// Which conversation holds this message. Cost: 1 round trip, 1 read unit.
    pub async fn conversation_of(&self, id: MessageId) -> Result<Option<ConversationId>, StoreError> {
        let pointer: Option<Pointer> = self.get(&Key::pointer(id)).await?;
        Ok(pointer.map(|pointer| pointer.conversation))
    }

    /// Which conversations hold these messages, in no order; unknown ids are left out.
    ///
    /// Cost: 1 round trip for each 100, 1 read unit an id.
    pub async fn pointed(&self, ids: &[MessageId]) -> Result<Vec<Pointed>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.get_all(ids.iter().copied().map(Key::pointer).collect()).await?;
        let pointed = ids.iter().map(|id| {
            let pointer: Option<Pointer> = found.get(&Key::pointer(*id))?;
            Ok(pointer.map(|pointer| Pointed { id: *id, conversation: pointer.conversation }))
        });
        pointed.filter_map(Result::transpose).collect()
    }

    /// Messages of one conversation by id, in no order; unknown ids are left out.
    ///
    /// Cost: 1 round trip for each 100, 1 read unit a message and 1 a conversation.
    pub async fn messages_by_id(
        &self,
        ids: impl Iterator<Item = (&ConversationId, MessageId)>,
    ) -> Result<Vec<Message>, StoreError> {
        let named: BTreeSet<(&ConversationId, MessageId)> = ids.collect();
        let mut keys: Vec<Key> = named.iter().map(|(conversation, id)| Key::message(conversation, *id)).collect();
        let conversations: BTreeSet<&ConversationId> = named.iter().map(|(conversation, _)| *conversation).collect();
        keys.extend(conversations.into_iter().map(Key::conversation_state));
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.get_all(keys).await?;
        let (mut messages, mut leaving) = (Vec::new(), Leaving::default());
        for (conversation, id) in named {
            let absent = absent(&found, conversation)?;
            if absent.up_to < Some(id) {
                messages.extend(found.remove(&Key::message(conversation, id))?);
            }
            leaving.extend(&absent.leaving);
        }
        self.without_leaving(messages, &leaving).await
    }

    /// Up to `most` messages of a conversation inside `range` that are not being deleted: the nearest in the direction of
    /// `affix`, in that order. Whose author is being deleted has to be left out by who reads them.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit per 4 KB of what is read, whatever the
    /// length of the history; 1 more where all that were read are being deleted. May return fewer: DynamoDB ends a page at
    /// 1 MB.
    pub async fn messages(
        &self,
        conversation: &ConversationId,
        mut range: IdRange,
        affix: Affix,
        most: usize,
    ) -> Result<Slice<Message>, StoreError> {
        loop {
            let (first, last) = (Key::message(conversation, range.first()), Key::message(conversation, range.last()));
            let Slice { items, is_all } = self.range(&first, &last, affix, most).await?;
            let end = items.last().map(Key::of).transpose()?.and_then(|key| key.id_in_conversation());
            let messages: Vec<Message> = items.into_iter().filter(is_live).map(read).collect::<Result<_, _>>()?;
            let beyond = end.filter(|_| messages.is_empty() && !is_all).and_then(|end| range.beyond(end, affix));
            match beyond {
                Some(beyond) => range = beyond,
                None => return Ok(Slice { items: messages, is_all }),
            }
        }
    }

    /// [`Store::messages`] with those that are being deleted: for who removes them. Cost: as that.
    pub async fn stored_messages(
        &self,
        conversation: &ConversationId,
        range: IdRange,
        affix: Affix,
        most: usize,
    ) -> Result<Slice<Message>, StoreError> {
        let (first, last) = (Key::message(conversation, range.first()), Key::message(conversation, range.last()));
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
        let most_units = [first, last].map(|key| key.most_read_units_of(Some(most))).into_iter().fold(0.0, f64::max);
        let _held = meter::reserve(most_units).await?;
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
            .boxed()
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
        range: IdRange,
        affix: Affix,
        most: usize,
    ) -> Result<Slice<Pointed>, StoreError> {
        let (first, last) = (Key::in_shard(shard.0, range.first()), Key::in_shard(shard.0, range.last()));
        let Slice { items, is_all } = self.range(&first, &last, affix, most).await?;
        let pointed = items.into_iter().map(|item| {
            let id = keys::id_of_pointer(&item)?;
            let Pointer { conversation, .. } = read(item)?;
            Ok(Pointed { id, conversation })
        });
        Ok(Slice { items: pointed.collect::<Result<_, StoreError>>()?, is_all })
    }
}
