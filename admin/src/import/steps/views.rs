//! What each user sees, and in which order.

use futures_util::stream::{self, StreamExt};
use model::archive::{Kind, Record};
use model::id::MessageId;
use model::uid::Uid;

use super::{AT_ONCE, Mover, by_kind};
use crate::AdminError;
use crate::import::parts::{Parts, walk};
use crate::import::places;
use crate::import::source::ReadError;
use crate::import::views::{Seen, Views};
use crate::progress::Progress;

/// How many conversations are raised before that is noted.
const RAISED_TOGETHER: usize = 1_000;

impl Mover<'_> {
    pub(super) async fn views(&mut self) -> Result<(), AdminError> {
        let active = self.users.iter().filter(|(_, is_deactivated)| !**is_deactivated);
        let users: Vec<Uid> = active.map(|(uid, _)| uid.clone()).collect();
        let n_deactivated = self.users.len() - users.len();
        if 0 < n_deactivated {
            let what = "what deactivated users see: how far they have read, what they saved, tagged, removed; their memberships; \
                        friendships and blocks between two of them";
            self.state.unread.insert(what.to_owned(), n_deactivated as u64);
        }
        if self.state.place.is_none() {
            self.state.runs().remove()?;
        }
        let newest = self.state.newest.unwrap_or(MessageId::MAX);
        let mut progress = Progress::new("users").of(users.len() as u64);
        for (n, uids, place) in walk(&users, self.state.place.as_deref()) {
            progress.at(n as u64);
            let source = self.source;
            let views = stream::iter(uids).map(|uid| async move {
                let view = Views::read(source, &uid, newest).await;
                (uid, view)
            });
            let views: Vec<_> = views.buffered(AT_ONCE).collect().await;
            let records = self.seen(views).await?;
            self.write(records, Some(place)).await?;
        }
        progress.end();
        Ok(())
    }

    /// Takes over what these users see, but for records that are left to be written.
    async fn seen(&mut self, views: Vec<(Uid, Result<Seen, ReadError>)>) -> Result<Vec<Record>, AdminError> {
        let mut all = Seen::default();
        for (uid, view) in views {
            let is_told = view.is_ok();
            let seen = self.optional("what users see", view)?;
            if self.since.is_some() && is_told {
                self.importer.end_view(&uid, &seen.records).await?;
                self.importer.step_back(&uid, seen.listed()).await?;
                self.importer.news(&seen.news).await?;
            }
            if is_told {
                let since = self.since.zip(self.state.newest);
                all.records.extend(self.importer.removed(&uid, &seen.records, since).await?);
            }
            all.add(seen);
        }
        self.state.runs().add(&all.runs)?;
        self.importer.states(std::mem::take(&mut all.states)).await?;
        self.importer.own_receipts(&all.own_receipts).await?;
        self.importer.remove_only_what_is_there(&mut all.records, &all.removed).await?;
        // By receipts that are there it is looked up how far users have come.
        let (receipts, mut records) = all.records.into_iter().partition(|record| record.kind() == Kind::Receipt);
        self.put(receipts).await?;
        self.importer.complete_positions(&mut records).await?;
        Ok(by_kind(records))
    }

    /// Lets conversations whose last messages are gone stand above those that some list has below them.
    pub(super) async fn places(&mut self) -> Result<(), AdminError> {
        let runs = self.state.runs().read()?;
        let brought = self.importer.places(places::conversations(&runs)).await?;
        let mut raised = places::raised(runs, &brought);
        let done = self.state.place.take();
        raised.retain(|raised| done.as_deref() < Some(&raised.conversation.stored()));
        raised.sort_by_cached_key(|raised| raised.conversation.stored());
        let (mut progress, mut n_done) = (Progress::new("places in lists").of(raised.len() as u64), 0);
        for raised in Parts::up_to(RAISED_TOGETHER).of(raised) {
            self.importer.raise(&raised).await?;
            self.state.place = raised.last().map(|raised| raised.conversation.stored());
            self.state.save()?;
            n_done += raised.len() as u64;
            progress.at(n_done);
        }
        progress.end();
        self.state.runs().remove()
    }
}
