//! Pages through one conversation or several merged, filtered, without skipping or repeating anything.

use std::collections::VecDeque;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::error::ApiError;
use crate::model::conversation::ConversationId;
use crate::model::filter::MessageFilter;
use crate::model::id::MessageId;
use crate::model::message::Message;
use crate::model::page::{Affix, Page, PageRequest, Span};
use crate::store::Store;

/// The most messages that one request looks at to fill its page; then the cursor leads on from there.
const MAX_EXAMINED: usize = 2_000;
/// Where a page is cut, in bytes of JSON: Lambda answers with 6 MB at the most.
const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;
/// How many conversations are read at once.
const AT_ONCE: usize = 16;

/// A page of one conversation.
///
/// Cost: 1 round trip as a rule; a filter that drops much adds more, up to [`MAX_EXAMINED`] messages.
pub async fn conversation(
    app: &App,
    conversation: ConversationId,
    request: &PageRequest,
    filter: &MessageFilter,
) -> Result<Page<Message>, ApiError> {
    let Some(span) = request.span else { return Ok(Page::empty()) };
    let source = Source::new(conversation, span);
    Merge { store: &app.store, sources: vec![source], request, chunk: request.limit.get() + 1 }.page(filter).await
}

/// A page of several conversations merged by id.
///
/// Cost: 1 round trip for the heads of each 100 conversations, then one for each conversation that has a message on
/// the page or beside it, 16 at once. Going back from the newest, conversations that went quiet earlier cost nothing.
pub async fn merged(
    app: &App,
    conversations: Vec<ConversationId>,
    request: &PageRequest,
    filter: &MessageFilter,
) -> Result<Page<Message>, ApiError> {
    let Some(span) = request.span else { return Ok(Page::empty()) };
    let heads = app.store.heads(&conversations).await?;
    let sources: Vec<Source> = conversations
        .into_iter()
        .zip(heads)
        .filter_map(|(conversation, head)| {
            let alive = Span::new(MessageId::MIN, head?.last_message_id)?;
            Some(Source::new(conversation, alive.and(span)?))
        })
        .collect();
    let share = request.limit.get().div_ceil(sources.len().clamp(1, 4)) + 1;
    Merge { store: &app.store, sources, request, chunk: share }.page(filter).await
}

/// One conversation being read: what is in hand, and what is still to be read.
#[derive(Debug)]
struct Source {
    conversation: ConversationId,
    ahead: VecDeque<Message>,
    unread: Option<Span>,
}

impl Source {
    fn new(conversation: ConversationId, span: Span) -> Source {
        Source { conversation, ahead: VecDeque::new(), unread: Some(span) }
    }

    /// The id of the message in hand, or the nearest that an unread one can have.
    fn bound(&self, affix: Affix) -> Option<MessageId> {
        match self.ahead.front() {
            Some(message) => Some(message.id),
            None => self.unread.map(|span| span.nearest(affix)),
        }
    }

    fn is_in_hand(&self) -> bool {
        !self.ahead.is_empty()
    }
}

struct Merge<'a> {
    store: &'a Store,
    sources: Vec<Source>,
    request: &'a PageRequest,
    /// How many messages one read of a source asks for.
    chunk: usize,
}

impl Merge<'_> {
    async fn page(mut self, filter: &MessageFilter) -> Result<Page<Message>, ApiError> {
        let (mut items, mut bytes, mut examined) = (Vec::new(), 0, 0);
        let mut reached = None;
        while items.len() < self.request.limit.get() && examined < MAX_EXAMINED && bytes < MAX_PAGE_BYTES {
            let Some(message) = self.next().await? else { break };
            examined += 1;
            reached = Some(message.id);
            if filter.keeps(&message) {
                bytes += message.approximate_bytes();
                items.push(message);
            }
        }
        let has_more = self.sources.iter().any(|source| source.bound(self.request.affix).is_some());
        if self.request.affix == Affix::Prepend {
            items.reverse();
        }
        Ok(Page { items, reached, has_more })
    }

    /// The next message in the direction of the page, over all sources.
    async fn next(&mut self) -> Result<Option<Message>, ApiError> {
        loop {
            let nearest = self.order();
            let Some(first) = nearest.first().copied() else { return Ok(None) };
            if let Some(source) = self.sources.get_mut(first)
                && let Some(message) = source.ahead.pop_front()
            {
                return Ok(Some(message));
            }
            self.read(&nearest).await?;
        }
    }

    /// The sources that have or may have something, nearest first.
    fn order(&self) -> Vec<usize> {
        let affix = self.request.affix;
        let mut bounds: Vec<(MessageId, bool, usize)> = self
            .sources
            .iter()
            .enumerate()
            .filter_map(|(at, source)| Some((source.bound(affix)?, source.is_in_hand(), at)))
            .collect();
        match affix {
            Affix::Append => bounds.sort(),
            Affix::Prepend => bounds.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1))),
        }
        bounds.into_iter().map(|(_, _, at)| at).collect()
    }

    /// Reads on in the nearest sources that have nothing in hand.
    async fn read(&mut self, nearest: &[usize]) -> Result<(), ApiError> {
        let (store, affix, chunk) = (self.store, self.request.affix, self.chunk);
        let wanted: Vec<(usize, ConversationId, Span)> = nearest
            .iter()
            .filter_map(|at| self.sources.get(*at).map(|source| (*at, source)))
            .take_while(|(_, source)| !source.is_in_hand())
            .filter_map(|(at, source)| Some((at, source.conversation.clone(), source.unread?)))
            .take(AT_ONCE)
            .collect();
        let read: Vec<_> = stream::iter(wanted)
            .map(|(at, conversation, span)| async move {
                store.messages(&conversation, span, affix, chunk).await.map(|slice| (at, span, slice))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        for (at, span, slice) in read {
            let Some(source) = self.sources.get_mut(at) else { continue };
            source.unread = match slice.messages.last() {
                Some(last) if !slice.is_all => span.beyond(last.id, affix),
                _ => None,
            };
            source.ahead = slice.messages.into();
        }
        Ok(())
    }
}
