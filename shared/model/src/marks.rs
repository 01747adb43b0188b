//! Pages of pinned and of saved messages: the newest mark first (contract/uikit.md, row 7).

use serde::Serialize;

use super::id::MessageId;
use super::page::{Affix, Current, Limit, Pagination};
use super::paging;
use super::query::Query;
use super::time::Seconds;
use crate::problem::Problem;

/// What was done to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// Pinned, in its conversation.
    Pinned,
    /// Saved, by a user.
    Saved,
}

/// When a message was marked; later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// When.
    pub at: Seconds,
    /// The message, which decides between those of one second.
    pub id: MessageId,
}

/// A page of marked messages as asked for.
#[derive(Clone, Copy, Debug)]
pub struct MarksRequest {
    /// Which marks.
    pub kind: MarkKind,
    /// How many messages the page holds at the most.
    limit: Limit,
    /// The message that the page before ended with, and when that was marked, as far as it is told.
    after: Option<(MessageId, Option<Seconds>)>,
}

impl MarksRequest {
    /// Reads a query; nothing if it asks for neither. Whatever `affix` says, a page goes on to older marks.
    pub fn parse(query: &Query) -> Result<Option<MarksRequest>, Problem> {
        let (pinned, saved) = (query.flag("pinned")?, query.flag("saved")?);
        if pinned && saved {
            return Err(Problem::field("saved", "cannot be combined with pinned."));
        }
        let kind = if pinned { MarkKind::Pinned } else { MarkKind::Saved };
        let id = query.parsed("id", |raw| MessageId::parse(raw).map_err(|_| "must be a message id."))?;
        let second = |name: &str| Ok::<_, Problem>(query.number(name)?.map(Seconds::new));
        let (pinned_at, saved_at) = (second("pinnedAt")?, second("savedAt")?);
        let at = if pinned { pinned_at } else { saved_at };
        let limit = paging::limit(query)?.unwrap_or(Limit::MESSAGES);
        Ok((pinned || saved).then_some(MarksRequest { kind, limit, after: id.map(|id| (id, at)) }))
    }

    /// Keeps of all marks, the newest first, those of the page; returns whether there are more. A cursor whose message is
    /// marked no more leads on by its time.
    pub fn cut<T>(&self, marked: &mut Vec<(Mark, T)>) -> bool {
        if let Some((id, at)) = self.after {
            let known = marked.iter().find(|(mark, _)| mark.id == id).map(|(mark, _)| *mark);
            match at.map(|at| Mark { at, id }).or(known) {
                Some(last) => marked.retain(|(mark, _)| *mark < last),
                None => marked.clear(),
            }
        }
        let has_more = self.limit.get() < marked.len();
        marked.truncate(self.limit.get());
        has_more
    }

    /// Describes a page of which the first `n_shown` marks are shown.
    pub fn meta(&self, marks: &[Mark], n_shown: usize, has_more: bool) -> MarksMeta {
        let has_more = has_more || n_shown < marks.len();
        let last = n_shown.checked_sub(1).and_then(|at| marks.get(at));
        let time = |kind| last.filter(|_| self.kind == kind).map(|mark| mark.at);
        let cursor = MarksCursor {
            id: last.map(|mark| mark.id),
            pinned_at: time(MarkKind::Pinned),
            saved_at: time(MarkKind::Saved),
            affix: Affix::Prepend,
        };
        let limit = self.limit.get();
        MarksMeta {
            current: Current { limit, count: n_shown },
            next: has_more.then_some(cursor),
            pagination: Pagination::uncounted(limit, n_shown, has_more),
            cursor,
        }
    }
}

/// The `meta` of a page of marked messages. Clients send every key of the cursor back, but its `affix`.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MarksMeta {
    current: Current,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<MarksCursor>,
    pagination: Pagination,
    cursor: MarksCursor,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MarksCursor {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved_at: Option<Seconds>,
    affix: Affix,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_pages_hold_every_mark_once_and_in_order(
            times in proptest::collection::vec(1_u64..9, 0..40), limit in 1_u64..7, tells_times: bool,
        ) {
            let mark = |(n, at): (usize, &u64)| Mark { at: Seconds::new(*at), id: MessageId::new(n as u64 + 1).unwrap() };
            let mut all: Vec<Mark> = times.iter().enumerate().map(mark).collect();
            all.sort_by_key(|mark| std::cmp::Reverse(*mark));
            let (mut read, mut after) = (Vec::new(), None);
            loop {
                let request = MarksRequest { kind: MarkKind::Saved, limit: Limit::new(limit).unwrap(), after };
                let mut page: Vec<(Mark, ())> = all.iter().map(|mark| (*mark, ())).collect();
                let has_more = request.cut(&mut page);
                read.extend(page.iter().map(|(mark, ())| *mark));
                match page.last() {
                    Some((last, ())) if has_more => after = Some((last.id, tells_times.then_some(last.at))),
                    _ => break,
                }
            }
            prop_assert_eq!(read, all);
        }
    }
}
