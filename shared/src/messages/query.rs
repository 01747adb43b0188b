//! The parameters that lists of messages share (contract/messages.md, operations 2 to 4; contract/clients.md,
//! "Listing").

use crate::error::ApiError;
use crate::messages::render::Viewing;
use model::conversation::ConversationId;
use model::filter::{self, AttachmentType, MessageFilter, Window};
use model::id::MessageId;
use model::marks::MarksRequest;
use model::message::Category;
use model::page::{Affix, Cursor, IdRange, Limit, PageRequest, Untimed};
use model::query::Query;
use model::time::Seconds;
use model::uid::Uid;

/// A list of messages as asked for.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Which page.
    pub request: PageRequest,
    /// Which messages, as far as the query alone says it.
    pub filter: MessageFilter,
    /// How they are shown; to whom is added later.
    pub viewing: Viewing,
    /// Pinned or saved messages only, by when they were marked.
    pub marks: Option<MarksRequest>,
    /// Only the conversations of this wire form.
    pub conversations: Option<Vec<ConversationId>>,
    /// Only messages that the acting user has not read.
    pub unread: bool,
    /// Only messages that the acting user has not received.
    pub undelivered: bool,
    /// Counters instead of messages.
    pub count: bool,
    /// Leave out whom the acting user blocks.
    pub hide_blocked: bool,
    /// Only messages that mention the acting user.
    pub my_mentions_only: bool,
    /// A list of replies begins with what they reply to.
    pub with_parent: bool,
}

impl Listing {
    /// Reads a query.
    pub fn parse(query: &Query) -> Result<Listing, ApiError> {
        let mut filter = filter(query)?;
        let marks = MarksRequest::parse(query)?;
        let mut request = page_request(query)?;
        if marks.is_some() {
            // Their cursor is of another order.
            request.range = sent_range(query)?;
            filter.sent_at = sent_window(query)?;
        }
        request.range = request.range.filter(|_| !filter.keeps_nothing());
        Ok(Listing {
            request,
            filter,
            marks,
            viewing: Viewing {
                with_tags: query.flag("withTags")?,
                hide_quoted: query.flag("hideQuotedMessages")?,
                // As the SDK spells it, and as the vendor's description does.
                mentions_with_tags: query.flag("mentionsWithTagInfo")? || query.flag("mentionswithTagInfo")?,
                mentions_with_blocks: query.flag("mentionsWithBlockedInfo")?,
                with_subscriptions: query.flag("withThreadSubscribed")?,
                ..Viewing::default()
            },
            conversations: query.text("conversationId").map(ConversationId::parse_wire),
            unread: query.flag("unread")?,
            undelivered: query.flag("undelivered")?,
            count: query.flag("count")?,
            hide_blocked: query.flag("hideMessagesFromBlockedUsers")?,
            my_mentions_only: query.flag("myMentionsOnly")?,
            with_parent: query.flag("withParent")?,
        })
    }
}

/// Where a page of messages starts, which way it goes, how long it is.
pub fn page_request(query: &Query) -> Result<PageRequest, ApiError> {
    let cursor = cursor(query)?;
    let affix = query.parsed("affix", Affix::parse)?.unwrap_or(cursor.default_affix());
    let window = sent_range(query)?;
    let sent = sent(query)?;
    let by_id = Cursor { id: cursor.id, sent_at: None }.range(affix);
    let untimed = sent.from.zip(by_id.zip(IdRange::sent(None, sent.to)));
    Ok(PageRequest {
        range: cursor.range(affix).zip(window).and_then(|(range, window)| range.and(window)),
        untimed: untimed.and_then(|(since, (range, window))| Some(Untimed { since, range: range.and(window)? })),
        affix,
        limit: limit(query)?.unwrap_or(Limit::MESSAGES),
    })
}

/// The same for reactions, which start from the oldest.
pub fn reactions_page(query: &Query) -> Result<PageRequest, ApiError> {
    let affix = query.parsed("affix", Affix::parse)?.unwrap_or(Affix::Append);
    Ok(PageRequest {
        range: cursor(query)?.range(affix),
        untimed: None,
        affix,
        limit: limit(query)?.unwrap_or(Limit::REACTIONS),
    })
}

fn cursor(query: &Query) -> Result<Cursor, ApiError> {
    let id = query.parsed("id", |raw| MessageId::parse(raw).map_err(|_| "must be a message id."))?;
    Ok(Cursor { id, sent_at: second(query, "sentAt")? })
}

fn second(query: &Query, name: &str) -> Result<Option<Seconds>, ApiError> {
    Ok(query.number(name)?.map(Seconds::new))
}

/// The page size under any of its names.
pub fn limit(query: &Query) -> Result<Option<Limit>, ApiError> {
    Ok(model::paging::limit(query)?)
}

/// The ids of [`sent_window`]. `None` if no second fits.
fn sent_range(query: &Query) -> Result<Option<IdRange>, ApiError> {
    let Window { from, to } = sent_window(query)?;
    Ok(IdRange::sent(from, to))
}

/// `fromTimestamp` with `toTimestamp`, which is ignored alone; and `sentAt[from]`, `sentAt[to]`.
fn sent_window(query: &Query) -> Result<Window, ApiError> {
    let from = second(query, "fromTimestamp")?;
    let to = second(query, "toTimestamp")?.filter(|_| from.is_some());
    Ok(Window { from, to }.and(window(query, "sentAt[from]", "sentAt[to]")?))
}

/// [`sent_window`] with what a cursor by second leaves.
fn sent(query: &Query) -> Result<Window, ApiError> {
    let (cursor, window) = (cursor(query)?, sent_window(query)?);
    let Some(second) = cursor.sent_at.filter(|_| cursor.id.is_none()) else { return Ok(window) };
    let affix = query.parsed("affix", Affix::parse)?.unwrap_or(cursor.default_affix());
    Ok(window.and(match affix {
        Affix::Append => Window { from: Some(second.plus(1)), to: None },
        Affix::Prepend => Window { from: None, to: Some(second.before().unwrap_or_default()) },
    }))
}

fn filter(query: &Query) -> Result<MessageFilter, ApiError> {
    Ok(MessageFilter {
        receiver_type: query.parsed("receiverType", receiver_type)?,
        senders: list(query, &["sender", "senders"], Uid::parse)?,
        categories: categories(query),
        types: list(query, &["type", "types"], |raw| Ok::<_, String>(raw.to_owned()))?,
        tags: list(query, &["tags"], |raw| Ok::<_, String>(raw.to_owned()))?,
        search_key: query.text("searchKey").map(filter::folded),
        hide_replies: query.flag("hideReplies")?,
        hide_deleted: query.flag("hideDeleted")?,
        only_deleted: query.flag("onlyDeleted")?,
        has_attachments: query.flag("hasAttachments")?,
        attachment_types: list(query, &["attachmentTypes"], AttachmentType::parse)?,
        has_mentions: query.flag("hasMentions")?,
        mentioned_uids: list(query, &["mentionedUids"], Uid::parse)?,
        has_links: query.flag("hasLinks")?,
        has_reactions: query.flag("hasReactions")?,
        with_goal: query.flag("onlyInteractionGoalCompleted")?,
        sent_at: sent(query)?,
        updated_at: updated_window(query)?,
        edited_at: window(query, "editedAt[from]", "editedAt[to]")?,
        ..MessageFilter::default()
    })
}

/// The known ones among the categories that are asked for. The vendor's UI kit asks for some that exist only there.
fn categories(query: &Query) -> Option<Vec<Category>> {
    let asked: Vec<&str> = ["category", "categories"].iter().flat_map(|name| query.list(name)).collect();
    (!asked.is_empty()).then(|| asked.into_iter().filter_map(Category::parse).collect())
}

pub(crate) fn receiver_type(raw: &str) -> Result<String, &'static str> {
    match raw {
        "user" | "group" => Ok(raw.to_owned()),
        _ => Err("must be user or group."),
    }
}

fn window(query: &Query, from: &str, to: &str) -> Result<Window, ApiError> {
    Ok(Window { from: second(query, from)?, to: second(query, to)? })
}

/// `updatedAt[from]` and `updatedAt[to]`; SDKs that ask for `onlyUpdates` give `updatedAt` alone.
fn updated_window(query: &Query) -> Result<Window, ApiError> {
    let window = window(query, "updatedAt[from]", "updatedAt[to]")?;
    let since = second(query, "updatedAt")?.or_else(|| Some(Seconds::default()));
    let only_updates = query.flag("onlyUpdates")?;
    Ok(Window { from: window.from.or(since.filter(|_| only_updates)), ..window })
}

/// The values of a list parameter under any of its names.
fn list<T, E: std::fmt::Display>(
    query: &Query,
    names: &[&str],
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Vec<T>, ApiError> {
    let mut items = Vec::new();
    for name in names {
        for raw in query.list(name) {
            items.push(parse(raw).map_err(|problem| ApiError::field(name, problem))?);
        }
    }
    Ok(items)
}
