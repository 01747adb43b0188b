//! The parameters and the answer of lists that are paged by number.

use serde::Serialize;

use super::response::{self, Response};
use crate::error::ApiError;
use model::budget::Entries;
use model::paging::{NumberedMeta, NumberedPage, PageNumber};
use model::query::Query;
use model::time::Seconds;

/// [`PageNumber::parse`].
pub fn page(query: &Query) -> Result<PageNumber, ApiError> {
    Ok(PageNumber::parse(query)?)
}

/// The answer for a page: each item as `view` shows it, as many as fit.
pub fn answer<T, V: Serialize>(
    page: NumberedPage<T>,
    view: impl Fn(&T) -> V,
    updated_at: impl Fn(&T) -> Seconds,
) -> Response {
    let entries = Entries::first(page.items.iter().map(view));
    response::list(&entries, &NumberedMeta::of(page, entries.len(), updated_at))
}
