//! Counting what a user has not read of a conversation.

use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use futures_util::FutureExt;

use super::error::StoreError;
use super::keys::{self, Key};
use super::message_row::MENTIONED;
use super::transaction::text;
use super::{Item, Store, meter};
use model::conversation::ConversationId;
use model::leaving::Leaving;
use model::page::IdRange;
use model::uid::Uid;

/// Which share of the request's bound the counter of one conversation may cost, and a read more.
const COUNT_SHARE: f64 = 0.02;
/// How many messages are counted at first.
const COUNTED_AT_ONCE: usize = 20;
/// That a message is none: usual ones do not say what they are.
const IS_NO_ACTION: &str = "(attribute_not_exists(#category) OR #category <> :action)";
/// How many at the least.
const LEAST_COUNTED: usize = 4;

/// What of others' messages a user has not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// How many there are.
    pub messages: usize,
    /// How many of these mention the user.
    pub mentions: usize,
}

/// What is counted, by DynamoDB's rules.
struct Counted {
    first: Key,
    filter: String,
    values: Item,
}

impl Counted {
    /// The messages in `range` of others than `uid` and those who are leaving, without history.
    fn new(conversation: &ConversationId, uid: &Uid, range: IdRange, leaving: &Leaving) -> Counted {
        let (first, last) = (Key::message(conversation, range.first()), Key::message(conversation, range.last()));
        let unseen = [uid].into_iter().chain(leaving.iter());
        let mut values: Item = unseen.enumerate().map(|(n, uid)| (format!(":uid{n}"), text(uid))).collect();
        let senders = values.keys().cloned().collect::<Vec<_>>().join(", ");
        let filter = format!(
            "NOT #sender IN ({senders}) AND {IS_NO_ACTION} AND attribute_not_exists(deletedAt) \
             AND attribute_not_exists(history)"
        );
        values.extend([
            (":held".to_owned(), first.pk()),
            (":first".to_owned(), first.sk()),
            (":last".to_owned(), last.sk()),
            (":action".to_owned(), text("action")),
        ]);
        Counted { first, filter, values }
    }
}

impl Store {
    /// How many messages of others in `range` may be unread for `uid`, neither deleted, by who is, nor history or action messages, and
    /// how many of them mention `uid`. Counts from the newest and stops at about `most` messages looked at, or when it has cost
    /// [`COUNT_SHARE`] of the request's bound.
    ///
    /// Query, base table, strongly consistent; of each message DynamoDB answers whom it mentions. Cost: 1 round trip for the
    /// first 20 messages, then for more each; 1 read unit per 4 KB of the messages in `range`.
    pub async fn count_news(
        &self,
        conversation: &ConversationId,
        uid: &Uid,
        range: IdRange,
        leaving: &Leaving,
        most: usize,
    ) -> Result<News, StoreError> {
        let counted = Counted::new(conversation, uid, range, leaving);
        let mentions = |item: &Item| matches!(item.get(MENTIONED), Some(AttributeValue::Ss(uids)) if uids.iter().any(|one| one == uid.as_str()));
        let (mut news, mut n_examined, mut units, mut start) = (News::default(), 0, 0.0, None);
        while n_examined < most && units < meter::share(COUNT_SHARE) {
            let mut at_once = COUNTED_AT_ONCE.max(2 * n_examined).min(most - n_examined);
            let _held = loop {
                match meter::reserve(counted.first.most_read_units_of(Some(at_once))).await {
                    Err(StoreError::TooMuchWork) if LEAST_COUNTED < at_once => at_once = LEAST_COUNTED,
                    Err(StoreError::TooMuchWork) if 0 < n_examined => return Ok(news),
                    held => break held?,
                }
            };
            let answer = self.count_some(&counted, start, at_once).await?;
            meter::reads(answer.consumed_capacity.as_slice());
            units += answer.consumed_capacity.as_ref().and_then(|consumed| consumed.capacity_units).unwrap_or_default();
            news.messages += usize::try_from(answer.count).unwrap_or_default();
            news.mentions += answer.items.unwrap_or_default().iter().filter(|item| mentions(item)).count();
            n_examined += usize::try_from(answer.scanned_count).unwrap_or_default();
            start = answer.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(news)
    }

    /// Looks at `at_once` messages, from the newest, or from behind `start`: the last of a range is news, so that what is
    /// unread is found however many actions came before.
    async fn count_some(
        &self,
        counted: &Counted,
        start: Option<Item>,
        at_once: usize,
    ) -> Result<QueryOutput, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .projection_expression(MENTIONED)
            .key_condition_expression(format!("{} = :held AND {} BETWEEN :first AND :last", keys::PK, keys::SK))
            .filter_expression(&counted.filter)
            .expression_attribute_names("#sender", "sender")
            .expression_attribute_names("#category", "category")
            .set_expression_attribute_values(Some(counted.values.clone()))
            .consistent_read(true)
            .scan_index_forward(false)
            .set_exclusive_start_key(start)
            .limit(i32::try_from(at_once).unwrap_or(i32::MAX))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        Ok(query.send().boxed().await?)
    }
}
