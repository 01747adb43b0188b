//! What there are only so many of, counted in a row of their own: API keys, bots, webhooks.

use super::commit::Commit;
use super::error::StoreError;
use super::transaction::{Transaction, Untold, Update};

/// How making one more ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` made it"]
pub enum Creation {
    /// It is there.
    Done,
    /// It was there before.
    Exists,
    /// There are as many as there may be.
    Full,
}

/// How removing one ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` removed it"]
pub enum Removal {
    /// It is gone.
    Done,
    /// There was none.
    Unknown,
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Exists,
    Full,
    Unknown,
}

/// Makes what `tx` puts and `count` counts, if there is room.
pub(super) async fn create(tx: Transaction<'_, Refused>, count: Update) -> Result<Creation, StoreError> {
    let commit = tx.update(count).or(Refused::Full).untold(Untold::OwnAffair).commit().await?;
    let Commit::Refused(refused) = commit else { return Ok(Creation::Done) };
    let exists = refused.iter().any(|(meaning, _)| *meaning == Some(Refused::Exists));
    Ok(if exists { Creation::Exists } else { Creation::Full })
}

/// Removes what `tx` deletes and `count` counts no more, if it is there.
pub(super) async fn remove(tx: Transaction<'_, Refused>, count: Update) -> Result<Removal, StoreError> {
    let commit = tx.update(count).untold(Untold::OwnAffair).commit().await?;
    Ok(commit.either(Removal::Done, Removal::Unknown))
}
