//! Access patterns of the one table. Nothing outside this module knows a key or an AWS type.
//!
//! One function for each pattern, named after it, its cost in its comment: a round trip is one call that the caller
//! waits for, read and write units are DynamoDB's for items below 4 KB and 1 KB.
//!
//! Each call of the SDK is boxed. It is some 60 futures in each other, and the compiler lays out 128 at the most: a send was as deep,
//! and failed to compile in the release profile alone.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};
use futures_util::{FutureExt, StreamExt, stream, try_join};
use serde::de::DeserializeOwned;

pub mod access;
pub mod api_key;
pub mod archive;
pub mod auth_token;
pub mod ban;
pub mod batch;
pub mod block;
pub mod bot;
pub mod change;
mod client;
mod commit;
mod condition;
pub mod conversation;
pub mod conversation_deletion;
pub mod conversation_pin;
mod conversation_state;
mod deleted;
pub mod error;
pub mod flag;
pub mod flag_reason;
pub mod friend;
pub mod group;
pub mod group_deletion;
pub mod guess;
pub mod id_index;
pub mod import;
pub mod job;
mod keys;
pub mod limited;
pub mod member;
pub mod member_count;
pub mod message;
pub mod message_change;
pub mod message_facts;
mod message_row;
mod meter;
pub mod news;
pub mod own_mark;
pub mod partition;
pub mod pin;
pub mod preview;
pub mod proof;
pub mod push;
pub mod reaction;
pub mod receipt;
mod replies;
pub mod request_count;
pub mod role;
pub mod room;
pub mod save;
pub mod schema;
pub mod send;
pub mod socket;
pub mod sweep;
pub mod thread_end;
mod transaction;
pub mod tries;
mod update;
pub mod upload;
pub mod user;
pub mod user_deletion;
pub mod webhook;
pub mod whole_group;
mod write;

pub use client::Endpoint;
pub use keys::{KINDS_OF_ROWS, most_bytes_of};
pub use meter::{BOUND, BOUND_OF_KEYS, Cost, has_spent, metered, share, spent, within};

use batch::Freshness;
use error::StoreError;
use keys::Key;
use tries::pause;

type Item = HashMap<String, AttributeValue>;

/// The table and the client that reaches it.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: String,
    /// In larger groups messages do not move conversations; without it, in all they do.
    member_limit: Option<u64>,
}

/// DynamoDB's limit of keys in one `BatchGetItem`.
const BATCH_KEYS: usize = 100;
/// How many batches are read at once.
const BATCHES_AT_ONCE: usize = 8;
/// How often a partly answered batch or a throttled transaction is tried before the caller is told to wait.
const ATTEMPTS: u32 = 8;

impl Store {
    /// The items of these keys, strongly consistent, by their keys.
    ///
    /// Cost: 1 round trip for each 100 keys, [`BATCHES_AT_ONCE`] at once; 1 read unit an item that is looked for. Towards
    /// the end of the request's bound less at once, and more round trips.
    async fn get_all(&self, keys: Vec<Key>) -> Result<Found, StoreError> {
        self.get_all_as(keys, Freshness::Exact).await
    }

    /// [`Store::get_all`], also of what others write, which is as fresh as is said.
    ///
    /// Cost: as that; where some is late, 1 call more, and half as many read units for that.
    async fn get_partly(
        &self,
        mut keys: Vec<Key>,
        mut late: Vec<Key>,
        of_others: Freshness,
    ) -> Result<Found, StoreError> {
        if of_others == Freshness::Exact {
            keys.append(&mut late);
        }
        // What is one's own after all has to be as it is by now.
        late.retain(|key| !keys.contains(key));
        let (mut found, late) = try_join!(self.get_all(keys), self.get_all_as(late, of_others))?;
        found.0.extend(late.0);
        Ok(found)
    }

    /// [`Store::get_all`] of what may be late. Cost: as that, half as many read units where it is.
    async fn get_all_as(&self, mut keys: Vec<Key>, freshness: Freshness) -> Result<Found, StoreError> {
        // DynamoDB refuses a batch that names a key twice.
        keys.sort();
        keys.dedup();
        let batches: Vec<Vec<Key>> = keys.chunks(BATCH_KEYS).map(<[Key]>::to_vec).collect();
        let mut reads =
            stream::iter(batches).map(|batch| self.get_batch_as(batch, freshness)).buffer_unordered(BATCHES_AT_ONCE);
        let mut found = Found::default();
        while let Some(items) = reads.next().await {
            found.take(items?)?;
        }
        Ok(found)
    }

    /// The items of up to 100 keys, at once if the bound of the request holds what they may cost.
    async fn get_batch(&self, keys: Vec<Key>) -> Result<Vec<Item>, StoreError> {
        self.get_batch_as(keys, Freshness::Exact).await
    }

    async fn get_batch_as(&self, keys: Vec<Key>, freshness: Freshness) -> Result<Vec<Item>, StoreError> {
        let (mut items, mut n_read) = (Vec::new(), 0);
        while n_read < keys.len() {
            let left = keys.iter().skip(n_read);
            let (n_keys, _held) = meter::reserve_some(left.clone().map(Key::most_read_units)).await?;
            items.extend(self.get_at_once(left.take(n_keys).map(Key::item).collect(), freshness).await?);
            n_read += n_keys;
        }
        Ok(items)
    }

    async fn get_at_once(&self, mut left: Vec<Item>, freshness: Freshness) -> Result<Vec<Item>, StoreError> {
        let (mut items, is_exact) = (Vec::new(), freshness == Freshness::Exact);
        for attempt in 0..ATTEMPTS {
            let wanted = KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(is_exact).build()?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.table, wanted)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .boxed()
                .await?;
            meter::reads(answer.consumed_capacity());
            items.extend(answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default());
            let unread = answer.unprocessed_keys.unwrap_or_default().remove(&self.table);
            left = unread.map(|unread| unread.keys).unwrap_or_default();
            if left.is_empty() {
                return Ok(items);
            }
            pause(attempt).await;
        }
        Err(StoreError::Throttled("keys were left unread".to_owned()))
    }

    /// One item as what it stands for, strongly consistent. Cost: 1 round trip, 1 read unit.
    async fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        let _held = meter::reserve(key.most_read_units()).await?;
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.item()))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .boxed()
            .await?;
        meter::reads(answer.consumed_capacity.as_slice());
        answer.item.filter(is_live).map(read).transpose()
    }
}

/// Items of one batch, to be taken out by key.
#[derive(Debug, Default)]
struct Found(HashMap<Key, Item>);

impl Found {
    fn take(&mut self, items: Vec<Item>) -> Result<(), StoreError> {
        for item in items.into_iter().filter(is_live) {
            let key = Key::of(&item)?;
            self.0.insert(key, item);
        }
        Ok(())
    }

    /// Whether there is an item of this key.
    fn has(&self, key: &Key) -> bool {
        self.0.contains_key(key)
    }

    /// As [`Found::get`], for an item that is read once: it is taken, not copied.
    fn remove<T: DeserializeOwned>(&mut self, key: &Key) -> Result<Option<T>, StoreError> {
        self.0.remove(key).map(read).transpose()
    }

    /// The item of this key as what it stands for.
    fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        self.0.get(key).cloned().map(read).transpose()
    }
}

/// Whether an item is neither a tombstone, see [`transaction`], nor being deleted, nor what is left of a deleted user.
fn is_live(item: &Item) -> bool {
    ![keys::GONE, keys::ENDING_AT, keys::GONE_ID].iter().any(|mark| item.contains_key(*mark))
}

fn read<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    Ok(serde_dynamo::from_item(message_row::completed(item))?)
}
