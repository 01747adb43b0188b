//! The parameters and the answer of lists that are paged by number.

use serde::Serialize;

use super::query::Query;
use super::response::{self, Response};
use crate::error::ApiError;
use model::page::Limit;
use model::paging::{NumberedMeta, NumberedPage, PageNumber};
use model::time::Seconds;

/// `page` with `perPage`, under any of its names.
pub fn page(query: &Query) -> Result<PageNumber, ApiError> {
    let per_page = crate::messages::query::limit(query)?.unwrap_or(Limit::NUMBERED);
    let number = query.number("page")?.unwrap_or(1);
    PageNumber::new(number, per_page).map_err(|problem| ApiError::field("page", problem))
}

/// The answer for a page: each item as `view` shows it.
pub fn answer<T, V: Serialize>(
    page: &NumberedPage<T>,
    view: impl Fn(&T) -> V,
    updated_at: impl Fn(&T) -> Seconds,
) -> Response {
    let views: Vec<V> = page.items.iter().map(view).collect();
    response::list(&views, &NumberedMeta::of(page, updated_at))
}
