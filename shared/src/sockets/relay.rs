//! What users tell each other without its being stored: that they write, and transient messages.

use std::collections::BTreeSet;

use futures_util::try_join;
use serde_json::Value;

use super::tell;
use crate::app::App;
use crate::error::ApiError;
use crate::messages::access::{known_group, require_member};
use crate::users::circles;
use model::connection::{Connection, Listener};
use model::frame::Frame;
use model::message::Receiver;
use model::user::User;

/// A user begins or ends writing. Cost: that of [`listeners`], 1 call of the gateway a socket.
pub(super) async fn typing(
    app: &App,
    user: &User,
    to: &Receiver,
    is_started: bool,
    metadata: Option<Value>,
) -> Result<(), ApiError> {
    let listeners = listeners(app, user, to).await?;
    tell::all(app, &listeners, &Frame::typing(is_started, metadata, user, to)).await
}

/// A user says something that is not kept. Cost: as [`typing`].
pub(super) async fn transient(app: &App, user: &User, to: &Receiver, data: Value) -> Result<(), ApiError> {
    let listeners = listeners(app, user, to).await?;
    tell::all(app, &listeners, &Frame::transient(data, user, to)).await
}

/// The other side's sockets. Between users a block stops it, and a role that limits the user to friends; groups above the
/// member limit are too many to be told.
///
/// Cost: 1 round trip and 3 read units to a user, for who is limited 1 more of each; to a group 3 round trips, 3 read units,
/// and that of its sockets.
async fn listeners(app: &App, user: &User, to: &Receiver) -> Result<Vec<Listener>, ApiError> {
    match to {
        Receiver::User(uid) if *uid == user.uid => Ok(Vec::new()),
        Receiver::User(uid) => {
            let others = BTreeSet::from([uid.clone()]);
            if circles::of_senders(app).await?.hold(&user.role)
                && app.store.friends_among(&user.uid, &others).await?.is_empty()
            {
                return Ok(Vec::new());
            }
            let (connections, blocks) =
                try_join!(app.store.connections_of(uid, app.now()), app.store.blocks_between(&user.uid, &others),)?;
            let is_free = blocks.get(uid) == Some(&[false, false]);
            Ok(connections.iter().filter(|_| is_free).map(Connection::listener).collect())
        }
        Receiver::Group(guid) => {
            let (group, membership) = app.store.group_for(guid, Some(&user.uid)).await?;
            let group = known_group(group, guid, Some(&membership))?;
            require_member(&membership, guid, &user.uid)?;
            if app.store.is_crowd(group.members_count) {
                return Ok(Vec::new());
            }
            let mut live = app.store.live_members(guid, app.now()).await?;
            live.retain(|listener| listener.uid != user.uid);
            Ok(live)
        }
    }
}
