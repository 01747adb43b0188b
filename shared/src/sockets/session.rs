//! The life of a socket: from the frame that shows who its client is to its end.

use std::collections::BTreeSet;

use futures_util::join;

use super::tell;
use crate::app::App;
use crate::error::ApiError;
use crate::gateway::Posted;
use crate::identity::{self, Caller, Session, hex_sha256};
use crate::store::error::StoreError;
use crate::store::socket::KeptSocket;
use crate::store::tries::Tries;
use model::connection::{Connection, ConnectionId, Listener, Subscription};
use model::event::{Audience, DeviceId, Event, EventKind, Origin};
use model::frame::Frame;
use model::problem::Code;
use model::uid::{Guid, Uid};

/// In how many of their groups, by GUID, a user is told something over a socket.
pub const MAX_LIVE_GROUPS: usize = 1_000;
/// How many devices of one user are told something.
pub const MAX_DEVICES: usize = 50;

/// Opens what a client may hear, if its token holds. A refusal is answered and the socket left open, because clients come
/// back every five seconds to one that was closed.
///
/// Cost: 10 round trips; 9 read units and twice the user's groups; 6 to 11 write units, 1 for each of their groups.
pub async fn open(
    app: &App,
    id: &ConnectionId,
    token: String,
    device: Option<DeviceId>,
    subscription: Subscription,
) -> Result<(), ApiError> {
    match admit(app, id, token, device, subscription).await {
        Ok(connection) => match tell::one(app, id, &Frame::welcome().to_text()).await {
            // It was closed before anything was known of it, so nobody says so again.
            Posted::Gone => ended(app, &connection).await,
            Posted::Done | Posted::Failed => arrive(app, &connection).await,
        },
        // What is too much now is so in five seconds as well.
        Err(refusal @ (ApiError::Refused(_) | ApiError::Wait { .. } | ApiError::Store(StoreError::TooMuchWork))) => {
            // Nothing is kept of one that is refused, so nothing is left of one that is gone.
            let (Posted::Done | Posted::Gone | Posted::Failed) =
                tell::one(app, id, &Frame::unwelcome(refusal.code().as_str()).to_text()).await;
            Ok(())
        }
        Err(failure) => {
            // A client that is not answered waits for ever, believing that it is heard; closed, it comes back.
            tell::close(app, id).await;
            Err(failure)
        }
    }
}

/// Keeps the socket, if its token holds and there is room.
async fn admit(
    app: &App,
    id: &ConnectionId,
    token: String,
    device: Option<DeviceId>,
    subscription: Subscription,
) -> Result<Connection, ApiError> {
    let digest = hex_sha256(token.as_bytes());
    let caller = Caller { auth_token: Some(token), device: device.clone(), ..Caller::default() };
    let Session { user, .. } = identity::session(app, &caller).await?;
    let device = device.ok_or_else(|| ApiError::new(Code::BadRequest, "The frame names no device."))?;
    let connection = Connection::new(id.clone(), user.uid, device, digest, subscription, app.now());
    if let Some(before) = app.store.connection(id, app.now()).await?.filter(|before| !before.is_as(&connection)) {
        // The client says that it is somebody else by now, or another device, or wants to hear of others.
        match before.uid == connection.uid {
            true => forget(app, &before, &groups(app, &before.uid).await?).await?,
            false => ended(app, &before).await?,
        }
    }
    let entered = enter(app, &connection).await?;
    // Whoever revoked the token since it was proved may have looked for its sockets before this one was kept; whoever took
    // its device since then, before the groups knew it; and whoever let its user leave one of these.
    let proved = identity::require_still(app, &connection.uid, &connection.digest);
    let (proved, kept, joined) = join!(proved, app.store.connection(id, app.now()), groups(app, &connection.uid));
    if proved.is_err() || kept?.is_none() {
        forget(app, &connection, &entered).await?;
    } else {
        let joined: BTreeSet<Guid> = joined?.into_iter().collect();
        let left: Vec<Guid> = entered.into_iter().filter(|guid| !joined.contains(guid)).collect();
        app.store.exit(&left, &[connection.listener()]).await?;
    }
    proved.map(|()| connection)
}

/// Keeps the socket with its user, in the place of the device's former one, and with their groups, which these are.
async fn enter(app: &App, connection: &Connection) -> Result<Vec<Guid>, ApiError> {
    let mut tries = Tries::begin();
    loop {
        let mut others = app.store.connections_of(&connection.uid, connection.connected_at).await?;
        let before = others.iter().position(|other| other.device == connection.device).map(|at| others.remove(at));
        if MAX_DEVICES <= others.len() {
            return Err(ApiError::new(Code::TooManyRequests, "The user has too many devices online."));
        }
        // First, so that whoever becomes a member from now on finds the socket here.
        if app.store.keep_connection(connection, before.as_ref()).await? == KeptSocket::Done {
            break;
        }
        tries.again().await?;
    }
    let groups = groups(app, &connection.uid).await?;
    app.store.enter(&groups, &[connection.listener()]).await?;
    Ok(groups)
}

/// A client is gone, or its network is. Who logs out is offline at once; else the client has a moment to come back.
///
/// Cost: 1 round trip and 1 read unit if it never showed who it was; else 5, and 1 more for the user's last.
pub async fn close(app: &App, id: &ConnectionId, is_logout: bool) -> Result<(), ApiError> {
    let Some(connection) = app.store.connection(id, app.now()).await? else { return Ok(()) };
    silence(app, &connection, &groups(app, &connection.uid).await?).await?;
    if !is_logout {
        app.presence_grace.pass().await;
    }
    leave(app, &connection).await?;
    // Last, so that the user is found to be gone when its time is over, should this break off before.
    Ok(app.store.forget_connection(id).await?)
}

/// Forgets a socket that the gateway does not know any more. Cost: as [`close`].
pub(super) async fn lost(app: &App, listener: &Listener) -> Result<(), ApiError> {
    match app.store.connection(&listener.connection_id, app.now()).await? {
        Some(connection) => ended(app, &connection).await,
        // Only a row among those of a group or of subscribers was left; it goes when it expires.
        None => Ok(()),
    }
}

/// A socket of which nobody said that it was closed has come to its end, or its device has another one. Cost: as
/// [`close`].
pub async fn ended(app: &App, connection: &Connection) -> Result<(), ApiError> {
    forget(app, connection, &groups(app, &connection.uid).await?).await?;
    leave(app, connection).await
}

/// Ends the sockets of a user that were opened by a token, or all.
///
/// Cost: 1 round trip; for each that ends that of [`close`], and 1 call of the gateway.
pub async fn end(app: &App, uid: &Uid, digest: Option<&str>) -> Result<(), ApiError> {
    let connections = app.store.connections_of(uid, app.now()).await?;
    let ended = connections.iter().filter(|connection| digest.is_none_or(|digest| connection.digest == digest));
    let ended: Vec<&Connection> = ended.collect();
    let Some(last) = ended.last() else { return Ok(()) };
    let groups = groups(app, uid).await?;
    for connection in &ended {
        forget(app, connection, &groups).await?;
        tell::close(app, &connection.connection_id).await;
    }
    leave(app, last).await
}

/// Lets the sockets of a user hear a group, or no more.
///
/// Cost: 1 round trip, 1 read unit; with sockets 1 round trip and 1 write unit a socket more, and to let them hear 1 and 1 read unit.
pub async fn move_between_groups(app: &App, uid: &Uid, guid: &Guid, is_member: bool) -> Result<(), ApiError> {
    if !is_member {
        // Not those that are open by now: who left and closed theirs at once has left them here.
        return Ok(app.store.exit_user(guid, uid).await?);
    }
    let listeners = listeners(app, uid).await?;
    if listeners.is_empty() {
        return Ok(());
    }
    app.store.enter(std::slice::from_ref(guid), &listeners).await?;
    // One that was closed meanwhile may not have been found in the group by who closed it.
    let open = self::listeners(app, uid).await?;
    let closed: Vec<Listener> = listeners.into_iter().filter(|listener| !open.contains(listener)).collect();
    Ok(app.store.exit(std::slice::from_ref(guid), &closed).await?)
}

async fn listeners(app: &App, uid: &Uid) -> Result<Vec<Listener>, ApiError> {
    Ok(app.store.connections_of(uid, app.now()).await?.iter().map(Connection::listener).collect())
}

/// Nothing is told to the socket any more, and nothing is left of it. `groups` are those of its user.
async fn forget(app: &App, connection: &Connection, groups: &[Guid]) -> Result<(), ApiError> {
    silence(app, connection, groups).await?;
    Ok(app.store.forget_connection(&connection.connection_id).await?)
}

/// Nothing is told to the socket any more. It is among those of its user no more before it leaves their groups: whoever lets it
/// hear one at this moment looks among those afterwards.
async fn silence(app: &App, connection: &Connection, groups: &[Guid]) -> Result<(), ApiError> {
    app.store.free_device(connection).await?;
    Ok(app.store.exit(groups, &[connection.listener()]).await?)
}

/// Notes that a user is there, which the stream tells if this is their only socket; and that they are gone if it was closed before
/// that was noted.
async fn arrive(app: &App, connection: &Connection) -> Result<(), ApiError> {
    let event = came_or_went(app, connection, EventKind::CameOnline { since: connection.connected_at });
    app.store.arrive(connection, &event).await?;
    leave(app, connection).await
}

/// Notes that a user is gone, which the stream tells, if the socket that was forgotten was their last.
async fn leave(app: &App, connection: &Connection) -> Result<(), ApiError> {
    // Read before the sockets: whoever comes in between is another `online_by`, so nothing is noted.
    let Some(user) = app.store.user(&connection.uid).await? else { return Ok(()) };
    if !app.store.connections_of(&connection.uid, app.now()).await?.is_empty() {
        return Ok(());
    }
    let event = came_or_went(app, connection, EventKind::WentOffline { since: connection.connected_at });
    Ok(app.store.depart(&user, app.now(), &event).await?)
}

fn came_or_went(app: &App, connection: &Connection, kind: EventKind) -> Event {
    let origin = Origin { actor: connection.uid.clone(), device: Some(connection.device.clone()) };
    app.event(&origin, Audience::Everybody, kind)
}

/// The groups of which a user hears over a socket.
async fn groups(app: &App, uid: &Uid) -> Result<Vec<Guid>, ApiError> {
    Ok(app.store.groups_of(uid, MAX_LIVE_GROUPS).await?)
}
