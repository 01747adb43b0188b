//! Who comes and goes, as sockets are told of it: those who asked for it when they opened theirs.

use std::collections::BTreeSet;

use futures_util::try_join;

use crate::app::App;
use crate::error::ApiError;
use crate::sockets::tell;
use crate::store::change::Record;
use crate::store::socket::Subscribers;
use model::connection::Listener;
use model::event::{Event, EventKind};
use model::frame::{Frame, Presence};
use model::uid::Uid;
use model::user::User;

/// Up to how many sockets that want to hear of everybody do so; above, whoever comes would be told to all, and only those
/// hear of them who have a conversation with them.
const MOST_EVERYBODY: usize = 200;
/// How many users are told at the most.
const MOST_TOLD: usize = 500;

/// What a user became by an event, if that tells who comes and goes.
pub(crate) fn presence_of(kind: &EventKind) -> Option<Presence> {
    match kind {
        EventKind::CameOnline { .. } => Some(Presence::Online),
        EventKind::WentOffline { .. } => Some(Presence::Offline),
        _ => None,
    }
}

/// Tells that a user comes or goes, as the change left them.
///
/// Cost: 17 queries at once, that of `Store::relations_on_page` for those who are told, and a call of the gateway for each of
/// their sockets.
pub(super) async fn tell(app: &App, record: &Record, event: &Event) -> Result<(), ApiError> {
    let (Some(presence), Some(user)) = (presence_of(&event.kind), record.user()?) else { return Ok(()) };
    let listeners = listeners(app, &user).await?;
    let frame = Frame::presence(presence, &user, user.last_active_at.unwrap_or(event.at().seconds()));
    tell::all(app, &listeners, &frame).await
}

async fn listeners(app: &App, user: &User) -> Result<Vec<Listener>, ApiError> {
    let Subscribers { everybody, friends, role } = app.store.subscribers(user.role.as_str(), app.now()).await?;
    let names = |listeners: &[Listener]| listeners.iter().map(|of| of.uid.clone()).collect::<BTreeSet<Uid>>();
    let crowd = if MOST_EVERYBODY < everybody.len() { names(&everybody) } else { BTreeSet::new() };
    let (of_friends, of_crowd) = (names(&friends), app.store.acquainted(&user.uid, &crowd));
    let (befriended, acquainted) = try_join!(app.store.friends_among(&user.uid, &of_friends), of_crowd)?;
    let mut all = role;
    all.extend(friends.into_iter().filter(|listener| befriended.contains(&listener.uid)));
    all.extend(everybody.into_iter().filter(|of| crowd.is_empty() || acquainted.contains(&of.uid)));
    all.sort();
    all.dedup();
    let uids: BTreeSet<Uid> = names(&all).into_iter().filter(|uid| *uid != user.uid).take(MOST_TOLD).collect();
    let blocks = app.store.relations_on_page(&user.uid, &uids.iter().collect::<Vec<_>>()).await?;
    all.retain(|listener| uids.contains(&listener.uid) && !blocks.contains_key(&listener.uid));
    Ok(all)
}
