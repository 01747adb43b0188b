//! How changes end, and why some are told to nobody.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::CancellationReason;

use super::Item;
use super::error::StoreError;
use super::write::Write;

/// What a change says of who is told of it. Failures name it in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// One of its rows carries the event.
    Told,
    /// Nobody is.
    Untold(Untold),
}

/// Why a change carries no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Untold {
    /// Nobody but who makes it is shown it: keys, bots, announced uploads, subscriptions, tags, devices.
    OwnAffair,
    /// A step of a change whose event another step carries.
    StepOfAnother,
    /// What anybody is shown stays the same.
    Upkeep,
    /// It was told long ago, in another place: what is brought in makes nobody's device ring.
    History,
}

/// How a transaction ended.
#[derive(Debug)]
#[must_use = "a refused change did not happen"]
pub(super) enum Commit<R> {
    /// All writes happened.
    Done,
    /// No write happened, because these did not meet their conditions: what each stands for, if it was said, and the
    /// item as it was. In the order of the writes.
    Refused(Vec<(Option<R>, Option<Item>)>),
}

impl<R> Commit<R> {
    /// The first if it happened, the second if any write was refused.
    pub(super) fn either<T>(self, done: T, refused: T) -> T {
        match self {
            Commit::Done => done,
            Commit::Refused(_) => refused,
        }
    }

    /// For writes that may be refused without harm.
    pub(super) fn either_way(self) {}

    /// For writes that nothing can refuse.
    pub(super) fn unrefused(self) -> Result<(), StoreError> {
        self.either(Ok(()), Err(StoreError::Conflict))
    }
}

pub(super) fn cancellation_reasons(error: &TransactWriteItemsError) -> Option<&[CancellationReason]> {
    match error {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => Some(cancelled.cancellation_reasons()),
        _ => None,
    }
}

pub(super) fn refusals<R: Copy>(
    reasons: &[CancellationReason],
    writes: &[(Write, Option<R>)],
) -> Vec<(Option<R>, Option<Item>)> {
    let refused = reasons.iter().zip(writes).filter(|(reason, _)| reason.code() == Some("ConditionalCheckFailed"));
    refused.map(|(reason, (_, meaning))| (*meaning, reason.item.clone())).collect()
}

/// Those of `items` whose writes were not refused, for another try; `position` says whose refusal it was. A refusal for
/// none of them is a conflict, so that nobody tries for ever.
pub(super) fn without_refused<T, R>(
    items: Vec<T>,
    refused: &[(Option<R>, Option<Item>)],
    position: impl Fn(&R) -> Option<usize>,
) -> Result<Vec<T>, StoreError> {
    let gone: Vec<usize> = refused.iter().filter_map(|(meaning, _)| position(meaning.as_ref()?)).collect();
    let n_items = items.len();
    let left = items.into_iter().enumerate().filter(|(position, _)| !gone.contains(position));
    let left: Vec<T> = left.map(|(_, item)| item).collect();
    if left.len() < n_items { Ok(left) } else { Err(StoreError::Conflict) }
}

pub(super) fn has(reasons: &[CancellationReason], code: &str) -> bool {
    reasons.iter().any(|reason| reason.code() == Some(code))
}
