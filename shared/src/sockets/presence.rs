//! Who comes and goes, and who is told of it: those who asked for it when they opened their socket.

use std::collections::BTreeSet;

use futures_util::try_join;

use super::tell;
use crate::app::App;
use crate::error::ApiError;
use crate::store::socket::{Arrival, Subscribers};
use crate::webhooks;
use model::connection::{Connection, Listener};
use model::frame::{Frame, Presence};
use model::uid::Uid;
use model::user::User;

/// Up to how many sockets that want to hear of everybody do so; above, whoever comes would be told to all, and only those
/// hear of them who have a conversation with them.
const MOST_EVERYBODY: usize = 200;
/// How many users are told at the most.
const MOST_TOLD: usize = 500;

/// A socket was opened: if it is the user's only one, others are told that they are there.
///
/// Cost: 1 write unit, 2 for who was there; for who arrives 17 queries at once, 2 read units for each who is told, and a
/// call of the gateway for each of their sockets.
pub(super) async fn online(app: &App, connection: &Connection) -> Result<(), ApiError> {
    match app.store.arrive(connection).await? {
        Arrival::Arrived(user) => tell(app, &user, Presence::Online, Some(connection)).await,
        Arrival::WasThere | Arrival::UserGone => Ok(()),
    }
}

/// A user has no socket any more; the last one, if it is known. Cost: as that of who arrives.
pub(super) async fn offline(app: &App, user: &User, connection: Option<&Connection>) -> Result<(), ApiError> {
    tell(app, user, Presence::Offline, connection).await
}

async fn tell(app: &App, user: &User, presence: Presence, connection: Option<&Connection>) -> Result<(), ApiError> {
    webhooks::tell_presence(app, user, presence, connection).await;
    let listeners = listeners(app, user).await?;
    let frame = Frame::presence(presence, user, user.last_active_at.unwrap_or(app.now()));
    // Who is found gone here is forgotten when something is told to them.
    tell::post(app, &listeners, &frame).await;
    Ok(())
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
