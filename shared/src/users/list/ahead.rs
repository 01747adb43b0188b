//! What of a list of users is read beside the proof of who asks: whom its page shows, and with whom the viewer has a block.

use std::collections::HashMap;

use futures_util::try_join;

use super::{Sieve, uids_of_all};
use crate::app::App;
use crate::error::ApiError;
use crate::identity::{self, Actor, Caller};
use crate::store::batch::{Batch, Known};
use crate::store::error::StoreError;
use crate::users::query::UserListing;
use model::paging::{NumberedPage, PageNumber};
use model::uid::Uid;
use model::user::Relation;

/// How far a page may reach whose users are looked for before who asks is proved: anybody can ask.
const MOST: usize = 101;

/// What was read ahead; nothing for the app.
#[derive(Debug, Default)]
pub struct Ahead {
    /// Who is on the page, where the ids alone tell it.
    pub(super) uids: Option<NumberedPage<Uid>>,
    /// Those of them who were read by the same call that proved who asks.
    pub(super) known: Known,
    /// Everybody with whom the viewer has a block, if these are not too many.
    pub(super) relations: Option<HashMap<Uid, Relation>>,
}

/// Who asks for a list of users, and what was read ahead of what `listing` says that a user asks for.
///
/// Cost: that of [`identity::actor_beside`], and beside it 1 to 2 round trips, half a read unit each, for a page of up to 100
/// that is asked for without a filter or a count, and that of `Store::all_relations`.
pub async fn asked(
    app: &App,
    caller: &Caller,
    listing: impl FnOnce(&Uid) -> Option<(UserListing, PageNumber)>,
) -> Result<(Actor, Ahead), ApiError> {
    let read = |uid: Uid| async move {
        let uids = async {
            match listing(&uid) {
                Some((listing, page)) => uids(app, &listing, &page).await,
                None => Ok(None),
            }
        };
        let (uids, relations) = try_join!(uids, app.store.all_relations(&uid))?;
        Ok(Ahead { uids, relations, known: Known::default() })
    };
    let profiles = |_: Option<&Uid>, ahead: Option<&Ahead>| {
        let uids = ahead.and_then(|ahead| ahead.uids.as_ref()).map(|page| page.items.iter());
        uids.into_iter().flatten().fold(Batch::default(), Batch::user)
    };
    let (actor, known, ahead) = identity::actor_beside(app, caller, profiles, read).await?;
    Ok((actor, Ahead { known, ..ahead.unwrap_or_default() }))
}

/// Whom a page shows, where that is told by ids alone and takes little.
async fn uids(app: &App, listing: &UserListing, page: &PageNumber) -> Result<Option<NumberedPage<Uid>>, StoreError> {
    let is_of_all = listing.uids.is_none() && !listing.friends_only && !listing.hides_blocked && !app.circles.are_on();
    let is_plain = Sieve { filter: &listing.filter, blocker: None }.is_plain() && !listing.counts;
    if !is_of_all || !is_plain || MOST < page.reach() {
        return Ok(None);
    }
    uids_of_all(app, listing, page).await.map(Some)
}
