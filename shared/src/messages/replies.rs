//! Threads: replies to a message, one level deep (contract/messages.md, operations 8 and 9).

use futures_util::join;

use crate::app::App;
use crate::error::ApiError;
use crate::identity::{self, Caller};
use crate::messages::access::Opened;
use crate::messages::query::Listing;
use crate::messages::send::{Send, Sender};
use crate::messages::{access, goals, list};
use crate::store::has_spent;
use model::conversation::ConversationId;
use model::filter::{MessageFilter, other_side};
use model::id::MessageId;
use model::listed::Listed;
use model::message::Message;
use model::message_view::MessageView;
use model::new_message::{MessageBody, NewMessage, Receivers};
use model::page::{Affix, Page, PageRequest};
use model::problem::Code;
use model::uid::Uid;

/// How many replies are read at once.
const REPLIES_AT_ONCE: usize = 100;
/// Which share of the request's bound may be spent before no further replies are read.
const SHARE: f64 = 0.4;

/// Replies to the message of this id, in its conversation. What is wrong with the body is said to those who may reply.
///
/// Cost: 3 round trips; the pointer is read beside the identity.
pub async fn reply(
    app: &App,
    caller: &Caller,
    parent: Option<MessageId>,
    body: Result<MessageBody, ApiError>,
) -> Result<MessageView, ApiError> {
    let (identity, conversation) = join!(identity::identity(app, caller), conversation_of(app, parent));
    let identity = identity?;
    let uid = access::require_user(&identity)?;
    let (parent, conversation) = parent.zip(conversation?).ok_or_else(access::not_found)?;
    require_participant(app, uid, parent, &conversation).await?;

    match reply_in(app, caller, uid, parent, &conversation, body).await {
        Err(ApiError::Refused(_)) if access::is_hidden(app, &conversation, uid).await? => Err(access::not_found()),
        replied => replied,
    }
}

/// Replies in the conversation of the parent.
async fn reply_in(
    app: &App,
    caller: &Caller,
    uid: &Uid,
    parent: MessageId,
    conversation: &ConversationId,
    body: Result<MessageBody, ApiError>,
) -> Result<MessageView, ApiError> {
    let receiver = other_side(conversation, uid);
    // Several receivers make no sense in a thread and fail as a mismatch.
    let NewMessage { receivers, content, muid } = body?.or_to(&receiver).message()?;
    if receivers != Receivers::One(receiver.clone()) {
        let message = format!("The message {parent} belongs to another conversation than the receiver's.");
        return Err(ApiError::new(Code::WrongMessageThread, message));
    }
    let sender = Sender::User(uid.clone());
    let origin = caller.origin(uid.clone());
    let send = Send {
        sender: &sender,
        origin: &origin,
        content: &content,
        muid: muid.as_deref(),
        parent: Some(parent),
        known: None,
    };
    send.to(app, &receiver).await
}

async fn conversation_of(app: &App, parent: Option<MessageId>) -> Result<Option<ConversationId>, ApiError> {
    match parent {
        Some(id) => Ok(app.store.conversation_of(id).await?),
        None => Ok(None),
    }
}

/// Who may not read the parent may not reply to it. The members of groups are checked by the send itself.
async fn require_participant(
    app: &App,
    uid: &Uid,
    parent: MessageId,
    conversation: &ConversationId,
) -> Result<(), ApiError> {
    if matches!(conversation, ConversationId::Group(_)) || conversation.is_between(uid) {
        return Ok(());
    }
    crate::users::account::active(app, uid).await?;
    let message = format!("The user {uid} is not a participant of the conversation of message {parent}.");
    Err(ApiError::new(Code::MessageNoAccess, message))
}

/// The replies to the message of this id. What is wrong with the query is said to those who may read the message.
///
/// Cost: 2 round trips to open the message, in which the first ids are listed, and those of [`page`] and of showing it.
pub async fn list(
    app: &App,
    caller: &Caller,
    parent: Option<MessageId>,
    listing: Result<Listing, ApiError>,
) -> Result<Listed, ApiError> {
    let (opened, listed) =
        join!(access::message_with_receipts(app, caller, parent), first_listed(app, parent, listing.as_ref().ok()));
    let (opened, mut listing, mut listed) = (opened?, listing?, listed?);
    listing.viewing.rows = opened.rows.clone();
    // All of them are replies; a client that asks for what is no reply means its other lists.
    listing.filter.hide_replies = false;
    if listing.hide_blocked || listing.my_mentions_only || listing.filter.with_goal {
        listing.filter =
            list::personal(app, &opened.actor, &Listing { unread: false, undelivered: false, ..listing.clone() }, &[])
                .await?;
        listing.viewing.hidden_senders = listing.filter.hidden_senders.clone();
    }
    // The replies to a message may be as old as itself.
    let untimed_at = Some(app.now()).filter(|_| !opened.message.id.tells_time());
    let mut request = listing.request.where_untimed_end(untimed_at);
    let page = loop {
        let mut page = with_parent(app, &opened, &listing, &request, listed.take()).await?;
        match goals::keep_met(app, &opened.actor, &listing.filter, &request, &mut page).await? {
            Some(rest) => request.range = Some(rest),
            None => break page,
        }
    };
    list::shown(app, &opened.actor, &listing, page).await
}

/// A page of the replies to a message; with the message itself, if that is asked for: it is the oldest of its thread.
///
/// Cost: as [`page`].
async fn with_parent(
    app: &App,
    opened: &Opened,
    listing: &Listing,
    request: &PageRequest,
    listed: Option<Vec<MessageId>>,
) -> Result<Page<Message>, ApiError> {
    let parent = &opened.message;
    let limit = request.limit.get();
    let is_due = listing.with_parent
        && request.range.is_some_and(|range| range.holds(parent.id))
        && listing.filter.keeps(parent);
    let rest = if is_due && request.affix == Affix::Append { limit - 1 } else { limit };
    if rest == 0 {
        return Ok(Page { items: vec![parent.clone()], reached: Some(parent.id), has_more: 0 < parent.reply_count });
    }
    let mut page = page(app, opened, &listing.filter, request, rest, listed).await?;
    match request.affix {
        _ if !is_due => {}
        Affix::Append => {
            page.items.insert(0, parent.clone());
            page.reached = page.reached.or(Some(parent.id));
        }
        Affix::Prepend if page.has_more => {}
        Affix::Prepend if page.items.len() == limit => page.has_more = true,
        Affix::Prepend => {
            page.items.insert(0, parent.clone());
            page.reached = Some(parent.id);
        }
    }
    Ok(page)
}

/// The ids that a page begins with.
///
/// Cost: 1 round trip, half a read unit for about 30.
async fn first_listed(
    app: &App,
    parent: Option<MessageId>,
    listing: Option<&Listing>,
) -> Result<Option<Vec<MessageId>>, ApiError> {
    let request = listing.map(|listing| listing.request);
    let Some((parent, request)) = parent.zip(request) else { return Ok(None) };
    let Some(range) = request.range else { return Ok(None) };
    let most = request.limit.get().min(REPLIES_AT_ONCE) + 1;
    Ok(Some(app.store.replies(parent, range, request.affix, most).await?))
}

/// A page of up to `limit` replies to a message, of which the first may be listed already.
///
/// Cost: 2 round trips for each 100, 1 fewer for those that are listed; see `Store::replies_by_id`.
async fn page(
    app: &App,
    opened: &Opened,
    filter: &MessageFilter,
    request: &PageRequest,
    limit: usize,
    mut listed: Option<Vec<MessageId>>,
) -> Result<Page<Message>, ApiError> {
    let parent = &opened.message;
    let Some(mut range) = request.range else { return Ok(Page::empty()) };
    let (mut items, mut reached) = (Vec::new(), None);
    loop {
        let at_once = limit.min(if has_spent(SHARE / 2.0) { REPLIES_AT_ONCE / 4 } else { REPLIES_AT_ONCE });
        let mut ids = match listed.take() {
            Some(listed) => listed,
            None => app.store.replies(parent.id, range, request.affix, at_once + 1).await?,
        };
        let may_go_on = at_once < ids.len();
        ids.truncate(at_once);
        let mut replies = app.store.replies_by_id(&parent.conversation, &ids, request.affix, &opened.leaving).await?;
        replies.sort_by_key(|reply| reply.id);
        if request.affix == Affix::Prepend {
            replies.reverse();
        }
        for (at, reply) in replies.iter().enumerate() {
            reached = Some(reply.id);
            if filter.keeps(reply) {
                items.push(reply.clone());
            }
            if items.len() == limit {
                return Ok(finished(items, reached, may_go_on || at + 1 < replies.len(), request.affix));
            }
        }
        let beyond = ids.last().filter(|_| may_go_on).and_then(|last| range.beyond(*last, request.affix));
        match beyond {
            Some(_) if has_spent(SHARE) => {
                return Ok(finished(items, ids.last().copied(), true, request.affix));
            }
            Some(rest) => range = rest,
            None => return Ok(finished(items, reached, false, request.affix)),
        }
    }
}

fn finished(mut items: Vec<Message>, reached: Option<MessageId>, has_more: bool, affix: Affix) -> Page<Message> {
    if affix == Affix::Prepend {
        items.reverse();
    }
    Page { items, reached, has_more }
}
