//! Merges sorted sources by id, reading each only as far as the merge needs it.

use std::collections::VecDeque;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};

use crate::store::error::StoreError;
use crate::store::message::{Pointed, Shard, Slice};
use crate::store::{Store, has_spent, within};
use model::conversation::ConversationId;
use model::id::MessageId;
use model::message::Message;
use model::page::{Affix, IdRange};

/// How many sources are read at once.
const AT_ONCE: usize = 16;
/// The most items that one read of a source asks for.
const LONGEST_CHUNK: usize = 500;
/// The fewest.
const LEAST_CHUNK: usize = 4;
/// Which share of the request's bound may be spent before no source is read further.
const SHARE: f64 = 0.4;
/// The same while a page is empty, which costs nothing to show.
const SEARCH_SHARE: f64 = 0.7;
/// Which share of what is left of the bound reading on may cost.
const SHARE_OF_READ: f64 = 0.4;

/// What of a feed is read at once: up to `most` items inside `range`, the nearest in the direction of `affix`.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Inside which range.
    pub range: IdRange,
    /// In which direction.
    pub affix: Affix,
    /// The most items.
    pub most: usize,
}

/// Items that are being read.
pub type Reading<T> = BoxFuture<'static, Result<Slice<T>, StoreError>>;

/// Where sorted items come from.
pub trait Feed: Clone + Send + Sync + 'static {
    /// What comes.
    type Item: Send + 'static;

    /// The id that an item is sorted by.
    fn id(item: &Self::Item) -> MessageId;

    /// Reads what is asked for, in the order of its direction.
    fn read(self, store: Store, part: Part) -> Reading<Self::Item>;
}

impl Feed for ConversationId {
    type Item = Message;

    fn id(message: &Message) -> MessageId {
        message.id
    }

    fn read(self, store: Store, part: Part) -> Reading<Message> {
        Box::pin(async move { store.messages(&self, part.range, part.affix, part.most).await })
    }
}

impl Feed for Shard {
    type Item = Pointed;

    fn id(pointed: &Pointed) -> MessageId {
        pointed.id
    }

    fn read(self, store: Store, part: Part) -> Reading<Pointed> {
        Box::pin(async move { store.pointers(self, part.range, part.affix, part.most).await })
    }
}

/// One feed being read: what is in hand, and what is still to be read.
#[derive(Debug)]
pub struct Source<F, T> {
    feed: F,
    unmerged: VecDeque<T>,
    unread: Option<IdRange>,
}

impl<F: Feed<Item = T>, T> Source<F, T> {
    /// A feed of which `range` is to be read.
    pub fn new(feed: F, range: IdRange) -> Source<F, T> {
        Source { feed, unmerged: VecDeque::new(), unread: Some(range) }
    }

    /// The id of the item in hand, or the nearest that an unread one can have.
    fn bound(&self, affix: Affix) -> Option<MessageId> {
        match self.unmerged.front() {
            Some(item) => Some(F::id(item)),
            None => self.unread.map(|range| range.nearest(affix)),
        }
    }

    fn is_in_hand(&self) -> bool {
        !self.unmerged.is_empty()
    }
}

/// Several sources as one.
pub struct Merge<'a, F: Feed> {
    store: &'a Store,
    sources: Vec<Source<F, F::Item>>,
    affix: Affix,
    chunk: usize,
    at_once: usize,
    share: f64,
}

impl<'a, F: Feed> Merge<'a, F> {
    /// Merges `sources` in the direction of `affix`, asking each for `chunk` items at a time.
    pub fn new(store: &'a Store, sources: Vec<Source<F, F::Item>>, affix: Affix, chunk: usize) -> Merge<'a, F> {
        Merge { store, sources, affix, chunk, at_once: AT_ONCE, share: SHARE }
    }

    /// Whether the request may spend more, because nothing was found yet that it would show.
    pub fn searches(&mut self, is_searching: bool) {
        self.share = if is_searching { SEARCH_SHARE } else { SHARE };
    }

    /// Whether nothing is left. May say no although nothing comes any more, because unread parts may turn out empty.
    pub fn is_done(&self) -> bool {
        self.sources.iter().all(|source| source.bound(self.affix).is_none())
    }

    /// The next item over all sources; none either where the request has spent its share: then it [is not
    /// done](Merge::is_done).
    pub async fn next(&mut self) -> Result<Option<F::Item>, StoreError> {
        loop {
            let Some((nearest, is_in_hand)) = self.nearest() else { return Ok(None) };
            if is_in_hand {
                return Ok(self.sources.get_mut(nearest).and_then(|source| source.unmerged.pop_front()));
            }
            if has_spent(self.share) {
                return Ok(None);
            }
            within(SHARE_OF_READ, self.read_on()).await?;
        }
    }

    /// The source whose item is or may be next, and whether that is in hand. An unread source that may have the same id
    /// comes first.
    fn nearest(&self) -> Option<(usize, bool)> {
        let bounds = self.sources.iter().enumerate().filter_map(|(at, source)| {
            let id = source.bound(self.affix)?.number();
            let distance = match self.affix {
                Affix::Append => id,
                Affix::Prepend => MessageId::MAX.number() - id,
            };
            Some((distance, source.is_in_hand(), at))
        });
        bounds.min().map(|(_, is_in_hand, at)| (at, is_in_hand))
    }

    /// Reads on in the sources that have nothing in hand, the nearest first.
    async fn read_on(&mut self) -> Result<(), StoreError> {
        let (affix, chunk) = (self.affix, self.chunk);
        let mut empty: Vec<(usize, F, IdRange)> = self
            .sources
            .iter()
            .enumerate()
            .filter(|(_, source)| !source.is_in_hand())
            .filter_map(|(at, source)| Some((at, source.feed.clone(), source.unread?)))
            .collect();
        empty.sort_by_key(|(_, _, range)| range.nearest(affix));
        if affix == Affix::Prepend {
            empty.reverse();
        }
        let reads = empty.into_iter().take(self.at_once).map(|(at, feed, range)| {
            let read = feed.read(self.store.clone(), Part { range, affix, most: chunk });
            async move { read.await.map(|slice| (at, range, slice)) }
        });
        let read: Vec<_> = stream::iter(reads.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).collect().await;
        let (mut costs_too_much, mut has_more) = (false, false);
        for read in read {
            let (at, range, slice) = match read {
                Err(StoreError::TooMuchWork) => {
                    costs_too_much = true;
                    continue;
                }
                read => read?,
            };
            let Some(source) = self.sources.get_mut(at) else { continue };
            has_more |= !slice.is_all;
            source.unread = match slice.items.last() {
                Some(last) if !slice.is_all => range.beyond(F::id(last), affix),
                _ => None,
            };
            source.unmerged = slice.items.into();
        }
        if costs_too_much {
            if chunk == LEAST_CHUNK && self.at_once == 1 {
                return Err(StoreError::TooMuchWork);
            }
            (self.chunk, self.at_once) = ((chunk / 4).max(LEAST_CHUNK), self.at_once.div_ceil(4));
            return Ok(());
        }
        // More was needed than was guessed: a filter drops much, or one source has it all. Where all that was read ended, longer
        // chunks would hold nothing more, and fewer of what they may cost could be under way at once.
        if has_more {
            self.chunk = (2 * chunk).min(LONGEST_CHUNK.max(chunk));
        }
        Ok(())
    }
}
