//! The write gate: every change of the table is made here and nowhere else (`clippy.toml` refuses the SDK's writes in any
//! other file).
//!
//! A change is written down write by write. Each write may say what its refusal means, so that nobody decodes positions,
//! and may carry the [`Event`] of the change, as one attribute of a row that is written anyway: no further item, no
//! further write unit, there if and only if the change is. Readers of the table's stream emit an event when a row's is
//! another than before.
//!
//! A change that is told to nobody says why ([`Untold`]); one that does neither is refused.
//!
//! What only deletes has no row left to carry its event. Then the deleted row stays for a day as a tombstone: its key, the
//! event, and nothing else. Reads do not see tombstones, and [`IS_NEW`] and [`EXISTS`] know them.

use std::convert::Infallible;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, DeleteRequest, PutRequest, ReturnConsumedCapacity, ReturnValue, WriteRequest,
};
use futures_util::FutureExt;
use model::event::Event;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(super) use super::commit::{Account, Commit, Untold, without_refused};
use super::commit::{cancellation_reasons, has, refusals};
pub(super) use super::condition::Condition;
use super::error::StoreError;
use super::keys::{EVENT, Key};
use super::tries::{Tries, pause};
pub(super) use super::update::Update;
use super::write::{Write, tombstone};
use super::{ATTEMPTS, Item, Store, meter, read};

/// That an item does not exist. One that is being deleted does.
pub(super) const IS_NEW: &str = "(attribute_not_exists(pk) OR attribute_exists(goneAt))";
/// That an item exists and is not being deleted.
pub(super) const EXISTS: &str =
    "(attribute_exists(pk) AND attribute_not_exists(goneAt) AND attribute_not_exists(endingAt))";
/// DynamoDB's limit of one `BatchWriteItem`.
const WRITES_PER_BATCH: usize = 25;

/// Writes that happen together or not at all. `R` says what the refusal of a write means.
#[must_use = "nothing is written before `commit`"]
pub(super) struct Transaction<'s, R> {
    store: &'s Store,
    writes: Vec<(Write, Option<R>)>,
    account: Option<Account>,
}

impl Store {
    /// Begins a change; `R` is what the refusal of a write can mean.
    pub(super) fn transaction<R: Copy>(&self) -> Transaction<'_, R> {
        Transaction { store: self, writes: Vec::new(), account: None }
    }

    /// Removes items that nobody asks for any more, in no order and not together; `why` nobody is told of it.
    ///
    /// Cost: 1 round trip for each 25, 1 write unit an item.
    pub(super) async fn delete_batches(&self, keys: &[Key], why: Untold) -> Result<(), StoreError> {
        let request = |key: &Key| {
            let delete = DeleteRequest::builder().set_key(Some(key.item())).build()?;
            Ok((key.most_write_units(), WriteRequest::builder().delete_request(delete).build()))
        };
        self.write_batches(keys.iter().map(request).collect::<Result<_, StoreError>>()?, why).await
    }

    /// Puts items whatever was there, in no order and not together; `why` nobody is told of it.
    ///
    /// Cost: 1 round trip for each 25, 1 write unit an item.
    pub(super) async fn put_batches(&self, items: Vec<Item>, why: Untold) -> Result<(), StoreError> {
        let request = |item| {
            let units = Key::of(&item)?.most_write_units();
            let put = PutRequest::builder().set_item(Some(item)).build()?;
            Ok((units, WriteRequest::builder().put_request(put).build()))
        };
        self.write_batches(items.into_iter().map(request).collect::<Result<_, StoreError>>()?, why).await
    }

    /// Carries out writes, each with the most units that it can cost.
    #[expect(clippy::disallowed_methods, reason = "this is the write gate")]
    async fn write_batches(&self, requests: Vec<(f64, WriteRequest)>, why: Untold) -> Result<(), StoreError> {
        for some in requests.chunks(WRITES_PER_BATCH) {
            let _held = meter::reserve_write(some.iter().map(|(units, _)| units).sum()).await?;
            let mut left: Vec<WriteRequest> = some.iter().map(|(_, request)| request.clone()).collect();
            for attempt in 0..ATTEMPTS {
                let batch = self.client.batch_write_item().request_items(&self.table, std::mem::take(&mut left));
                let answer = batch.return_consumed_capacity(ReturnConsumedCapacity::Total).send().boxed().await?;
                meter::writes(answer.consumed_capacity());
                left = answer.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
                if left.is_empty() {
                    break;
                }
                pause(attempt).await;
            }
            if !left.is_empty() {
                return Err(StoreError::Throttled(format!("rows of a batch were left ({why:?})")));
            }
        }
        Ok(())
    }
}

impl<R: Copy> Transaction<'_, R> {
    /// Puts a row whatever was there.
    pub(super) fn put(self, key: &Key, row: &impl Serialize) -> Result<Self, StoreError> {
        Ok(self.put_item(item(key, row)?))
    }

    /// Puts an item whatever was there.
    pub(super) fn put_item(self, item: Item) -> Self {
        self.push(Write::Put(item, None))
    }

    /// Puts a row that must be new.
    pub(super) fn put_new(self, key: &Key, row: &impl Serialize) -> Result<Self, StoreError> {
        Ok(self.put_item_if(item(key, row)?, Condition::new(IS_NEW)))
    }

    /// Puts an item on a condition.
    pub(super) fn put_item_if(self, item: Item, condition: Condition) -> Self {
        self.push(Write::Put(item, Some(condition)))
    }

    /// Updates a row.
    pub(super) fn update(self, update: Update) -> Self {
        self.push(Write::Update(update))
    }

    /// Deletes a row, if it is there.
    pub(super) fn delete(self, key: &Key) -> Self {
        self.push(Write::Delete(key.clone(), None))
    }

    /// Deletes a row that must be there.
    pub(super) fn delete_existing(self, key: &Key) -> Self {
        self.delete_if(key, Condition::new(EXISTS))
    }

    /// Deletes a row on a condition.
    pub(super) fn delete_if(self, key: &Key, condition: Condition) -> Self {
        self.push(Write::Delete(key.clone(), Some(condition)))
    }

    /// Requires something of a row that is not written.
    pub(super) fn check(self, key: &Key, condition: Condition) -> Self {
        self.push(Write::Check(key.clone(), condition))
    }

    /// Says what it means if the last write is refused.
    pub(super) fn or(mut self, refused: R) -> Self {
        if let Some((_, meaning)) = self.writes.last_mut() {
            *meaning = Some(refused);
        }
        self
    }

    /// Lets the row of the last write carry the event of the change; a row that is deleted stays as its tombstone.
    pub(super) fn event(mut self, event: &Event) -> Result<Self, StoreError> {
        let stamp = stamp(event)?;
        self.account = Some(Account::Told);
        match self.writes.last_mut() {
            Some((Write::Put(item, _), _)) => {
                item.insert(EVENT.to_owned(), stamp);
            }
            Some((Write::Update(update), _)) => update.stamp(stamp),
            Some((deletion @ Write::Delete(..), _)) => {
                let Write::Delete(key, condition) = &*deletion else { return Err(StoreError::unwritable("an event")) };
                *deletion = Write::Put(tombstone(key, event, stamp), condition.clone());
            }
            Some((Write::Check(..), _)) | None => return Err(StoreError::unwritable("an event without a row")),
        }
        Ok(self)
    }

    /// Says why nobody is told of the change.
    pub(super) fn untold(mut self, why: Untold) -> Self {
        self.account = Some(Account::Untold(why));
        self
    }

    /// Carries out all writes or none, as [`Transaction::commit_once`]; while others write the same rows, again and again.
    pub(super) async fn commit(self) -> Result<Commit<R>, StoreError> {
        let mut tries = Tries::begin();
        loop {
            if let Some(commit) = self.commit_once().await? {
                return Ok(commit);
            }
            tries.again().await?;
        }
    }

    /// Carries out all writes or none; nothing is said, and nothing happened, when another transaction was writing the same
    /// rows. Throttling is tried again; when an answer is lost, the SDK asks again with the same token, so that nothing is
    /// carried out twice.
    ///
    /// Cost: 1 round trip, twice the write units of the single writes; nothing without writes.
    pub(super) async fn commit_once(&self) -> Result<Option<Commit<R>>, StoreError> {
        if self.writes.is_empty() {
            return Ok(Some(Commit::Done));
        }
        let Some(account) = self.account else { return Err(StoreError::unwritable("a change without an event")) };
        let most = self.writes.iter().map(|(write, _)| write.most_units()).collect::<Result<Vec<f64>, _>>()?;
        let _held = meter::reserve_write(most.iter().sum()).await?;
        let writes = || self.writes.iter().map(|(write, _)| write.clone());
        Ok(match self.store.carry_out(writes, account).await? {
            CarriedOut::Done => Some(Commit::Done),
            CarriedOut::Refused(reasons) => Some(Commit::Refused(refusals(&reasons, &self.writes))),
            CarriedOut::Conflict => None,
        })
    }

    fn push(mut self, write: Write) -> Self {
        self.writes.push((write, None));
        self
    }
}

/// How writes ended that happen together or not at all.
enum CarriedOut {
    Done,
    /// Why not, write by write.
    Refused(Vec<CancellationReason>),
    /// Another transaction was writing the same rows.
    Conflict,
}

impl Store {
    /// Carries out all of `writes` or none.
    #[expect(clippy::disallowed_methods, reason = "this is the write gate")]
    async fn carry_out<W>(&self, writes: impl Fn() -> W, account: Account) -> Result<CarriedOut, StoreError>
    where
        W: Iterator<Item = Write>,
    {
        for attempt in 0..ATTEMPTS {
            let writes = writes().map(|write| write.build(&self.table)).collect::<Result<_, _>>()?;
            let request = self.client.transact_write_items().set_transact_items(Some(writes));
            let error = match request.return_consumed_capacity(ReturnConsumedCapacity::Total).send().boxed().await {
                Ok(answer) => {
                    meter::writes(answer.consumed_capacity());
                    return Ok(CarriedOut::Done);
                }
                Err(error) => error,
            };
            let Some(reasons) = error.as_service_error().and_then(cancellation_reasons) else {
                return Err(error.into());
            };
            if has(reasons, "ConditionalCheckFailed") {
                return Ok(CarriedOut::Refused(reasons.to_vec()));
            }
            if !has(reasons, "ThrottlingError") && !has(reasons, "ProvisionedThroughputExceeded") {
                let is_conflict = has(reasons, "TransactionConflict");
                return if is_conflict { Ok(CarriedOut::Conflict) } else { Err(error.into()) };
            }
            // The SDK tries a cancelled transaction never again.
            pause(attempt).await;
        }
        Err(StoreError::Throttled(format!("a transaction was throttled ({account:?})")))
    }
}

/// How an update by itself ended.
#[derive(Debug)]
#[must_use = "a refused update did not happen"]
enum Applied {
    /// It happened; the row as it is then.
    Done(Item),
    /// It did not meet its condition.
    Refused,
}

impl Store {
    /// Carries out one update by itself, at half the price of a transaction, and returns the row as it is then; `None`
    /// if it does not meet its condition. Only for what may be repeated: a lost answer is not recognised.
    ///
    /// Cost: 1 round trip, 1 write unit per KB of the row.
    ///
    /// `update` carries an event or says why not.
    pub(super) async fn apply<T: DeserializeOwned>(&self, update: Update) -> Result<Option<T>, StoreError> {
        match self.apply_returning(update, ReturnValue::AllNew).await? {
            Applied::Done(item) => Ok(Some(read(item)?)),
            Applied::Refused => Ok(None),
        }
    }

    /// [`Store::apply`] of which nobody reads the row. Cost: as that.
    pub(super) async fn apply_unread(&self, update: Update) -> Result<Commit<Infallible>, StoreError> {
        Ok(match self.apply_returning(update, ReturnValue::None).await? {
            Applied::Done(_) => Commit::Done,
            Applied::Refused => Commit::Refused(Vec::new()),
        })
    }

    /// Carries out an update; while a transaction is writing the row, again and again.
    #[expect(clippy::disallowed_methods, reason = "this is the write gate")]
    async fn apply_returning(&self, update: Update, returned: ReturnValue) -> Result<Applied, StoreError> {
        if update.account().is_none() {
            return Err(StoreError::unwritable("a change without an event"));
        }
        let _held = meter::reserve_write(update.key().most_write_units()).await?;
        let mut tries = Tries::begin();
        loop {
            let request = self.client.update_item().table_name(&self.table).return_values(returned.clone());
            let request = update.clone().fill(request).return_consumed_capacity(ReturnConsumedCapacity::Total);
            let error = match request.send().boxed().await {
                Ok(answer) => {
                    meter::writes(answer.consumed_capacity.as_slice());
                    return Ok(Applied::Done(answer.attributes.unwrap_or_default()));
                }
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => {
                    meter::refused_write();
                    return Ok(Applied::Refused);
                }
                Some(UpdateItemError::TransactionConflictException(_)) => tries.again().await?,
                _ => return Err(error.into()),
            }
        }
    }
}

/// An event as rows carry it.
pub(super) fn stamp(event: &Event) -> Result<AttributeValue, StoreError> {
    Ok(AttributeValue::S(serde_json::to_string(event).map_err(|_| StoreError::unwritable("an event"))?))
}

/// The item of `value` under `key`.
pub(super) fn item(key: &Key, value: &impl Serialize) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(value)?;
    item.extend(key.item());
    Ok(item)
}

/// A number as an attribute.
pub(super) fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// A text as an attribute.
pub(super) fn text(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}
