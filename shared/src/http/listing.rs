//! The parameters that all lists of messages share (contract/messages.md, operations 2 to 4).

use lambda_http::Request;

use super::query::Query;
use super::response::{self, Response};
use crate::error::ApiError;
use crate::model::filter::MessageFilter;
use crate::model::id::MessageId;
use crate::model::message::{Category, Message};
use crate::model::message_view::MessageView;
use crate::model::page::{Affix, Cursor, Limit, Meta, Page, PageRequest, Span};
use crate::model::time::Seconds;
use crate::model::uid::Uid;

/// A list of messages as asked for.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Which page.
    pub request: PageRequest,
    /// Which messages.
    pub filter: MessageFilter,
    with_tags: bool,
}

impl Listing {
    /// Reads the query of a request.
    pub fn of(req: &Request) -> Result<Listing, ApiError> {
        let query = Query::of(req);
        let cursor =
            Cursor { id: query.parsed("id", MessageId::parse)?, sent_at: query.number("sentAt")?.map(Seconds::new) };
        let affix = query.parsed("affix", Affix::parse)?.unwrap_or(cursor.default_affix());
        let window = sent_window(&query)?;
        let request = PageRequest {
            span: cursor.span(affix).zip(window).and_then(|(span, window)| span.and(window)),
            affix,
            limit: limit(&query)?.unwrap_or(Limit::MESSAGES),
        };
        Ok(Listing { request, filter: filter(&query)?, with_tags: query.flag("withTags")? })
    }

    /// The answer for a page that was read.
    pub fn answer(&self, page: &Page<Message>) -> Response {
        let views: Vec<MessageView> = page
            .items
            .iter()
            .map(|message| {
                let view = MessageView::of(message);
                if self.with_tags { view.with_tags(message) } else { view }
            })
            .collect();
        response::list(&views, &Meta::of(page, &self.request, |message| message.id))
    }
}

/// The page size under any of its names.
pub(super) fn limit(query: &Query) -> Result<Option<Limit>, ApiError> {
    for name in ["limit", "per_page", "perPage"] {
        let limit = query.parsed(name, |raw| match raw.parse() {
            Ok(number) => Limit::new(number),
            Err(_) => Err(format!("must be a whole number between 1 and {}.", Limit::MAX)),
        })?;
        if limit.is_some() {
            return Ok(limit);
        }
    }
    Ok(None)
}

/// `fromTimestamp` with `toTimestamp`, which is ignored alone; and `sentAt[from]`, `sentAt[to]`. `None` if no second
/// fits.
fn sent_window(query: &Query) -> Result<Option<Span>, ApiError> {
    let second = |name| Ok::<_, ApiError>(query.number(name)?.map(Seconds::new));
    let from = second("fromTimestamp")?;
    let to = second("toTimestamp")?.filter(|_| from.is_some());
    let bracketed = Span::sent(second("sentAt[from]")?, second("sentAt[to]")?);
    Ok(Span::sent(from, to).zip(bracketed).and_then(|(one, other)| one.and(other)))
}

fn filter(query: &Query) -> Result<MessageFilter, ApiError> {
    let senders = ["sender", "senders"].into_iter().flat_map(|name| query.list(name)).map(Uid::parse);
    let categories = ["category", "categories"].into_iter().flat_map(|name| query.list(name));
    let categories = categories.map(|raw| {
        let unknown = || ApiError::field("categories", "must be message, action, custom, call or interactive.");
        Category::parse(raw).ok_or_else(unknown)
    });
    Ok(MessageFilter {
        senders: senders.collect::<Result<_, _>>().map_err(|problem| ApiError::field("sender", problem))?,
        categories: categories.collect::<Result<_, _>>()?,
        types: ["type", "types"].into_iter().flat_map(|name| query.list(name)).map(str::to_owned).collect(),
        tags: query.list("tags").into_iter().map(str::to_owned).collect(),
        search_key: query.text("searchKey").map(str::to_lowercase),
        hide_replies: query.flag("hideReplies")?,
    })
}
