//! Who reacted to a message with what (contract/messages.md, operations 13 and 14).

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Caller;
use crate::messages::access::{self, Opened};
use crate::messages::merge::{Feed, Merge, Part, Reading, Source};
use crate::store::Store;
use model::id::MessageId;
use model::listed::Listed;
use model::page::{Affix, Meta, Page, PageRequest};
use model::reaction::{Reacted, ReactedView, Reaction};

/// All reactions to a message, as the caller sees them, or those of one kind. What is wrong with the request is said to
/// those who may read the message, first of the page, then of the kind.
///
/// Cost: 3 round trips, one query for each kind.
pub async fn list(
    app: &App,
    caller: &Caller,
    id: Option<MessageId>,
    request: Result<PageRequest, ApiError>,
    kind: Option<Result<Reaction, ApiError>>,
) -> Result<Listed, ApiError> {
    let opened = access::message(app, caller, id).await?;
    let (request, kind) = (request?, kind.transpose()?);
    let page = page(app, &opened, kind.as_ref(), &request).await?;
    let viewer = opened.actor.uid();
    let views: Vec<ReactedView> = page.items.iter().map(|reacted| ReactedView::of(reacted, viewer)).collect();
    let Listed { entries, meta } = Listed::page(page, &views, &request, |reacted| reacted.id);
    Ok(Listed { entries, meta: meta.map(Meta::without_times) })
}

/// A page of the reactions to a message, of one kind or of all, rising by id.
///
/// Cost: 1 round trip, one query for each kind, and now and then a few more.
async fn page(
    app: &App,
    Opened { message, leaving, .. }: &Opened,
    kind: Option<&Reaction>,
    request: &PageRequest,
) -> Result<Page<Reacted>, ApiError> {
    let Some(range) = request.range else { return Ok(Page::empty()) };
    // A deleted message holds none, though rows may be left of them.
    let held = message.reactions.keys().filter_map(|kind| Reaction::parse(kind).ok());
    let kinds = held.filter(|held| kind.is_none_or(|kind| kind == held));
    let sources: Vec<Source<Kind, Reacted>> =
        kinds.map(|kind| Source::new(Kind { message: message.id, kind }, range)).collect();
    let limit = request.limit.get();
    let share = limit.div_ceil(sources.len().clamp(1, 4)) + 1;
    let mut merge = Merge::new(&app.store, sources, request.affix, share);
    let mut items = Vec::new();
    while items.len() <= limit {
        let Some(reacted) = merge.next().await? else { break };
        if !leaving.holds(&reacted.uid) {
            items.push(reacted);
        }
    }
    let has_more = limit < items.len() || !merge.is_done();
    items.truncate(limit);
    let reached = items.last().map(|reacted| reacted.id);
    if request.affix == Affix::Prepend {
        items.reverse();
    }
    Ok(Page { items, reached, has_more })
}

/// The reactions of one kind to a message.
#[derive(Clone, Debug)]
struct Kind {
    message: MessageId,
    kind: Reaction,
}

impl Feed for Kind {
    type Item = Reacted;

    fn id(reacted: &Reacted) -> MessageId {
        reacted.id
    }

    fn read(self, store: Store, part: Part) -> Reading<Reacted> {
        Box::pin(async move { store.reactions(self.message, &self.kind, part.range, part.affix, part.most).await })
    }
}
