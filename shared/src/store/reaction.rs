//! Reactions: who holds which, in which order, and how many.
//!
//! Three items change together: what one user holds on a message (so that nobody reacts twice, and "did I react" is
//! one read a message), the reaction itself under its kind and id (so that pages are ranges), and the tally on the
//! message.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, DeleteRequest, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, WriteRequest,
};

use super::error::StoreError;
use super::keys::{self, Key};
use super::legacy::{Outcome, item, number, put_new, update};
use super::{ATTEMPTS, Item, Store, meter, pause, read};
use model::id::MessageId;
use model::message::Message;
use model::page::{Affix, IdRange};
use model::reaction::{Reacted, Reaction, Tally};
use model::uid::Uid;

/// How a change of one reaction ended.
#[derive(Debug)]
pub enum Reacting {
    /// It is stored.
    Done,
    /// The user holds it already, or holds it no more.
    Unchanged,
    /// Another reaction of the kind has the id; draw a new one.
    IdTaken,
    /// The tally is not as it was read; this is the message now, if it still exists.
    Stale(Option<Box<Message>>),
}

impl Store {
    /// The reactions that a user holds on these messages, and the id of each.
    ///
    /// Cost: 1 round trip and 1 read unit a message, for each 100.
    pub async fn held_reactions(
        &self,
        uid: &Uid,
        messages: impl Iterator<Item = MessageId>,
    ) -> Result<HashMap<MessageId, HashMap<String, MessageId>>, StoreError> {
        let keys: HashMap<MessageId, Key> = messages.map(|id| (id, Key::reactor(id, uid))).collect();
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.get_all(keys.values().cloned().collect()).await?;
        let mut held = HashMap::new();
        for (id, key) in keys {
            if let Some(item) = found.0.get(&key) {
                held.insert(id, held_of(item)?);
            }
        }
        Ok(held)
    }

    /// Adds a reaction that `message`, as read, does not hold of this user, whose life begins at `born_id` if their UID
    /// was somebody else's before: what that one holds stays, and is not the user's.
    ///
    /// Cost: 1 round trip, 6 write units for a message of 1 KB.
    pub async fn add_reaction(
        &self,
        message: &Message,
        reacted: &Reacted,
        born_id: Option<MessageId>,
    ) -> Result<Reacting, StoreError> {
        let tally = message.reactions.get(reacted.reaction.as_str());
        let (expression, condition) = match tally {
            Some(_) => ("SET reactions.#reaction.#count = reactions.#reaction.#count + :one", HAS_REACTION),
            None => ("SET reactions.#reaction = :tally", HAS_ROOM),
        };
        let mut count = self.tally_update(message, &reacted.reaction, expression, condition);
        count = match tally {
            Some(_) => {
                count.expression_attribute_names("#count", "count").expression_attribute_values(":one", number(1))
            }
            None => {
                let first = Tally { count: 1, first: reacted.id };
                count
                    .expression_attribute_values(":tally", serde_dynamo::to_attribute_value(first)?)
                    .expression_attribute_values(":most", number(Reaction::MAX_DISTINCT as u64))
            }
        };
        let hold = self
            .held_update(reacted, "SET #held = :id", "attribute_not_exists(#held) OR #held <= :born")
            .expression_attribute_values(":born", number(born_id.map_or(0, MessageId::number)))
            .expression_attribute_values(":id", number(reacted.id.number()))
            .build()?;
        let row = item(&Key::reacted(reacted.message_id, &reacted.reaction, reacted.id), reacted)?;
        self.react(vec![
            TransactWriteItem::builder().update(hold).build(),
            TransactWriteItem::builder().update(count.build()?).build(),
            put_new(&self.table, row)?,
        ])
        .await
    }

    /// Removes the reaction that a user holds under `id`.
    ///
    /// Cost: 1 round trip, 6 write units for a message of 1 KB.
    pub async fn remove_reaction(&self, message: &Message, reacted: &Reacted) -> Result<Reacting, StoreError> {
        let is_last = message.reactions.get(reacted.reaction.as_str()).is_some_and(|tally| tally.count == 1);
        let (expression, condition) = if is_last {
            ("REMOVE reactions.#reaction", "reactions.#reaction.#count = :one")
        } else {
            ("SET reactions.#reaction.#count = reactions.#reaction.#count - :one", "reactions.#reaction.#count > :one")
        };
        let count = self
            .tally_update(message, &reacted.reaction, expression, condition)
            .expression_attribute_names("#count", "count")
            .expression_attribute_values(":one", number(1));
        let hold = self
            .held_update(reacted, "REMOVE #held", "#held = :id")
            .expression_attribute_values(":id", number(reacted.id.number()))
            .build()?;
        let key = Key::reacted(reacted.message_id, &reacted.reaction, reacted.id);
        let row = Delete::builder().table_name(&self.table).set_key(Some(key.item())).build()?;
        self.react(vec![
            TransactWriteItem::builder().update(hold).build(),
            TransactWriteItem::builder().update(count.build()?).build(),
            TransactWriteItem::builder().delete(row).build(),
        ])
        .await
    }

    /// Up to `most` reactions of one kind inside `span`: the nearest in the direction of `affix`, in that order.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip for each MB, 1 read unit per 4 KB, about
    /// 12 reactions.
    pub async fn reactions(
        &self,
        message: MessageId,
        reaction: &Reaction,
        span: IdRange,
        affix: Affix,
        most: usize,
    ) -> Result<Vec<Reacted>, StoreError> {
        let (mut reactions, mut left) = (Vec::new(), Some(span));
        while let Some(span) = left.filter(|_| reactions.len() < most) {
            let [first, last] = [span.first(), span.last()].map(|id| Key::reacted(message, reaction, id));
            let slice = self.range(&first, &last, affix, most - reactions.len()).await?;
            let read: Result<Vec<Reacted>, StoreError> = slice.items.into_iter().map(read).collect();
            reactions.extend(read?);
            left = reactions.last().filter(|_| !slice.is_all).and_then(|last| span.beyond(last.id, affix));
        }
        Ok(reactions)
    }

    /// Removes every row that hangs on a message: reactions, who holds them, who saved it, what else people left on it.
    ///
    /// Cost: a query for each MB, 1 write unit a row, 25 rows a round trip.
    pub async fn delete_dependents(&self, message: MessageId) -> Result<(), StoreError> {
        let keys = self.all_keys(&Key::all_about(message)).await?;
        let mirror_keys: Vec<Key> = keys.iter().filter_map(Key::mirror_key).collect();
        let rows: Vec<Item> = keys.iter().chain(&mirror_keys).map(Key::item).collect();
        for chunk in rows.chunks(WRITES_PER_BATCH) {
            self.remove_all(chunk).await?;
        }
        Ok(())
    }

    async fn remove_all(&self, keys: &[Item]) -> Result<(), StoreError> {
        let requests: Result<Vec<WriteRequest>, StoreError> = keys
            .iter()
            .map(|key| {
                let delete = DeleteRequest::builder().set_key(Some(key.clone())).build()?;
                Ok(WriteRequest::builder().delete_request(delete).build())
            })
            .collect();
        let mut left = requests?;
        for attempt in 0..ATTEMPTS {
            let answer = self
                .client
                .batch_write_item()
                .request_items(&self.table, left)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await?;
            meter::writes(answer.consumed_capacity());
            left = answer.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
            if left.is_empty() {
                return Ok(());
            }
            pause(attempt).await;
        }
        Err(StoreError::Throttled("rows were left unremoved".to_owned()))
    }

    async fn react(&self, writes: Vec<TransactWriteItem>) -> Result<Reacting, StoreError> {
        const HELD: usize = 0;
        const TALLY: usize = 1;
        match self.transact(writes).await? {
            Outcome::Done => Ok(Reacting::Done),
            // In the order of the writes.
            Outcome::Refused(refused) => match refused.into_iter().next() {
                None | Some((HELD, _)) => Ok(Reacting::Unchanged),
                Some((row, _)) if row != TALLY => Ok(Reacting::IdTaken),
                Some((_, message)) => Ok(Reacting::Stale(message.map(read).transpose()?.map(Box::new))),
            },
        }
    }

    fn tally_update(
        &self,
        message: &Message,
        reaction: &Reaction,
        expression: &str,
        condition: &str,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        update(&self.table, &Key::message(&message.conversation, message.id), expression)
            .condition_expression(format!("attribute_not_exists(deletedAt) AND {condition}"))
            .expression_attribute_names("#reaction", reaction.as_str())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    fn held_update(
        &self,
        reacted: &Reacted,
        expression: &str,
        condition: &str,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        update(&self.table, &Key::reactor(reacted.message_id, &reacted.uid), expression)
            .condition_expression(condition)
            .expression_attribute_names("#held", keys::held(&reacted.reaction))
    }
}

/// DynamoDB's limit of one `BatchWriteItem`.
const WRITES_PER_BATCH: usize = 25;
/// The message holds the reaction already.
const HAS_REACTION: &str = "attribute_exists(reactions.#reaction)";
/// The message does not hold the reaction yet, and may.
const HAS_ROOM: &str =
    "attribute_exists(reactions) AND attribute_not_exists(reactions.#reaction) AND size(reactions) < :most";

fn held_of(item: &Item) -> Result<HashMap<String, MessageId>, StoreError> {
    let held = item.iter().filter_map(|(name, value)| Some((name.strip_prefix(keys::HELD)?, value)));
    held.map(|(reaction, value)| {
        let id: MessageId = serde_dynamo::from_attribute_value::<AttributeValue, _>(value.clone())?;
        Ok((reaction.to_owned(), id))
    })
    .collect()
}
