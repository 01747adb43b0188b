//! The life of a socket: from the frame that shows who its client is to its end.

use super::{presence, tell};
use crate::app::App;
use crate::error::ApiError;
use crate::identity::{self, Caller, Session, hex_sha256};
use crate::store::error::StoreError;
use model::connection::{Connection, ConnectionId, Listener, Subscription};
use model::event::DeviceId;
use model::frame::Frame;
use model::problem::Code;
use model::uid::{Guid, Uid};
use model::user::User;

/// In how many of their groups, by GUID, a user is told something over a socket.
pub const MAX_LIVE_GROUPS: usize = 1_000;
/// How many devices of one user are told something.
pub const MAX_DEVICES: usize = 50;

/// Opens what a client may hear, if its token holds. A refusal is answered and the socket left open, because clients come
/// back every five seconds to one that was closed.
///
/// Cost: 7 round trips; 8 read units and the user's groups; 5 to 9 write units, 1 for each of their groups; of who
/// arrives that of [`presence::online`].
pub async fn open(
    app: &App,
    id: &ConnectionId,
    token: String,
    device: Option<DeviceId>,
    subscription: Subscription,
) -> Result<(), ApiError> {
    match admit(app, id, token, device, subscription).await {
        Ok(connection) => {
            tell::one(app, id, &Frame::welcome().to_text()).await;
            presence::online(app, &connection).await
        }
        // What is too much now is so in five seconds as well.
        Err(refusal @ (ApiError::Refused(_) | ApiError::Wait { .. } | ApiError::Store(StoreError::TooMuchWork))) => {
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
    enter(app, &connection).await?;
    // Whoever revoked the token since it was proved may have looked for its sockets before this one was kept.
    if let Err(revoked) = identity::require_still(app, &connection.uid, &connection.digest).await {
        forget(app, &connection, &groups(app, &connection.uid).await?).await?;
        return Err(revoked);
    }
    Ok(connection)
}

/// Keeps the socket with its user, in the place of the device's former one, and with their groups.
async fn enter(app: &App, connection: &Connection) -> Result<(), ApiError> {
    let others = app.store.connections_of(&connection.uid, connection.connected_at).await?;
    let (former, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|other| other.device == connection.device);
    if MAX_DEVICES <= others.len() {
        return Err(ApiError::new(Code::TooManyRequests, "The user has too many devices online."));
    }
    let former = former.first().filter(|former| former.connection_id != connection.connection_id);
    // First, so that whoever becomes a member from now on finds the socket here.
    app.store.keep_connection(connection, former).await?;
    Ok(app.store.enter(&groups(app, &connection.uid).await?, &[connection.listener()]).await?)
}

/// A client is gone, or its network is. Who logs out is offline at once; else the client has a moment to come back.
///
/// Cost: 1 round trip and 1 read unit if it never showed who it was; else 5, and that of [`presence::offline`] for the
/// user's last.
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

/// Forgets a socket that the gateway does not know any more; the user as they are, if it was the last one that they had.
///
/// Cost: as [`close`].
pub(super) async fn lost(app: &App, listener: &Listener) -> Result<Option<User>, ApiError> {
    match app.store.connection(&listener.connection_id, app.now()).await? {
        Some(connection) => forget(app, &connection, &groups(app, &connection.uid).await?).await?,
        // Only a row among those of a group or of subscribers was left; it goes when it expires.
        None => return Ok(None),
    }
    left(app, &listener.uid).await
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

/// Lets the sockets of a user hear a group, or no more. Cost: 2 round trips, 1 write unit a socket.
pub async fn move_between_groups(app: &App, uid: &Uid, guid: &Guid, is_member: bool) -> Result<(), ApiError> {
    let connections = app.store.connections_of(uid, app.now()).await?;
    let listeners: Vec<Listener> = connections.iter().map(Connection::listener).collect();
    match is_member {
        true => app.store.enter(std::slice::from_ref(guid), &listeners).await?,
        false => app.store.exit(std::slice::from_ref(guid), &listeners).await?,
    }
    Ok(())
}

/// Nothing is told to the socket any more, and nothing is left of it. `groups` are those of its user.
async fn forget(app: &App, connection: &Connection, groups: &[Guid]) -> Result<(), ApiError> {
    silence(app, connection, groups).await?;
    Ok(app.store.forget_connection(&connection.connection_id).await?)
}

/// Nothing is told to the socket any more.
async fn silence(app: &App, connection: &Connection, groups: &[Guid]) -> Result<(), ApiError> {
    app.store.exit(groups, &[connection.listener()]).await?;
    Ok(app.store.free_device(connection).await?)
}

/// Tells that a user is gone, if the socket that was forgotten was their last.
async fn leave(app: &App, connection: &Connection) -> Result<(), ApiError> {
    match left(app, &connection.uid).await? {
        Some(user) => presence::offline(app, &user, Some(connection)).await,
        None => Ok(()),
    }
}

/// The groups of which a user hears over a socket.
async fn groups(app: &App, uid: &Uid) -> Result<Vec<Guid>, ApiError> {
    Ok(app.store.groups_of(uid, MAX_LIVE_GROUPS).await?)
}

/// Notes that a user is gone if they have no socket any more; the user as they are then.
async fn left(app: &App, uid: &Uid) -> Result<Option<User>, ApiError> {
    // Read before the sockets: whoever comes in between is another `online_by`, so nothing is noted.
    let Some(user) = app.store.user(uid).await? else { return Ok(None) };
    match app.store.connections_of(uid, app.now()).await?.is_empty() {
        true => Ok(app.store.depart(&user, app.now()).await?),
        false => Ok(None),
    }
}
