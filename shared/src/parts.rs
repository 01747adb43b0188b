//! Work on a page in parts, so that a page that would cost too much is cut where it is paid for.

use crate::error::ApiError;
use crate::store::error::StoreError;
use crate::store::{has_spent, within};

/// How many items one part has, as a rule: one batch of the store, and no page by default is larger.
const PART: usize = 100;
/// How many times smaller a part becomes that cost too much.
const SHRINKS_BY: usize = 10;
/// Which share of the request's bound may be spent before another part begins.
const SHARE: f64 = 0.6;
/// Which share of what is left of the bound one part may cost.
const SHARE_OF_PART: f64 = 0.5;

/// [`borrowed`] for who needs items of their own.
pub(crate) async fn of<T: Clone, U, F>(items: &[T], load: impl Fn(Vec<T>) -> F) -> Result<Vec<U>, ApiError>
where
    F: Future<Output = Result<Vec<U>, ApiError>>,
{
    borrowed(items, |part| load(part.to_vec())).await
}

/// What `load` makes of the items, part by part and one part after the other, until the request has spent its share; one
/// result for each item from the first. The first item is always loaded, unless it alone costs more than one request may.
pub(crate) async fn borrowed<'i, T, U, F>(items: &'i [T], load: impl Fn(&'i [T]) -> F) -> Result<Vec<U>, ApiError>
where
    F: Future<Output = Result<Vec<U>, ApiError>>,
{
    let (mut loaded, mut left, mut size) = (Vec::new(), items, PART);
    while !left.is_empty() {
        if has_spent(SHARE) && !loaded.is_empty() {
            break;
        }
        let (part, further) = left.split_at(size.min(left.len()));
        match within(SHARE_OF_PART, load(part)).await {
            Ok(some) => {
                loaded.extend(some);
                left = further;
            }
            Err(ApiError::Store(StoreError::TooMuchWork)) if 1 < part.len() => size = part.len().div_ceil(SHRINKS_BY),
            Err(ApiError::Store(StoreError::TooMuchWork)) if !loaded.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    Ok(loaded)
}
