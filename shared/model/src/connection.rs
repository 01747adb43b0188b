//! Open sockets of users (contract/socket.md).

use serde::{Deserialize, Serialize};

use super::event::DeviceId;
use super::time::Seconds;
use super::uid::Uid;

/// What the gateway calls an open socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(String);

impl ConnectionId {
    /// The longest id that is taken, in bytes: the gateway's have 16.
    const MAX: usize = 64;

    /// Reads an id as the gateway gives it.
    pub fn parse(raw: &str) -> Option<ConnectionId> {
        let is_id =
            !raw.is_empty() && raw.len() <= ConnectionId::MAX && raw.bytes().all(|byte| byte.is_ascii_graphic());
        is_id.then(|| ConnectionId(raw.to_owned()))
    }

    /// As given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Of whom a client wants to hear that they come and go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Subscription {
    /// Of nobody.
    #[default]
    Nobody,
    /// Of everybody.
    Everybody,
    /// Of users who have one of these roles.
    Roles(Vec<String>),
    /// Of the user's friends.
    Friends,
}

/// A socket whose client has shown who it is, and which hears what that user may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// The socket.
    pub connection_id: ConnectionId,
    /// Whose it is.
    pub uid: Uid,
    /// From which device: a user has one socket on each.
    pub device: DeviceId,
    /// The hex SHA-256 of the auth token that was shown; the socket ends with it.
    pub digest: String,
    /// Of whom it hears that they come and go.
    #[serde(default)]
    pub subscription: Subscription,
    /// Since when.
    pub connected_at: Seconds,
    /// From when on it counts as closed, whether or not anybody heard of that.
    pub expires_at: Seconds,
    /// The socket that its device has opened since; it counts as closed then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<ConnectionId>,
}

impl Connection {
    /// A socket of this moment.
    pub fn new(
        connection_id: ConnectionId,
        uid: Uid,
        device: DeviceId,
        digest: String,
        subscription: Subscription,
        now: Seconds,
    ) -> Connection {
        let expires_at = now.plus(Connection::SECONDS);
        let replaced_by = None;
        Connection { connection_id, uid, device, digest, subscription, connected_at: now, expires_at, replaced_by }
    }

    /// The same, in whose place the device has another one.
    pub fn replaced_by(self, other: &Connection) -> Connection {
        Connection { replaced_by: Some(other.connection_id.clone()), ..self }
    }

    /// For how long a socket counts: the gateway closes it after two hours, and may say so late.
    pub const SECONDS: u64 = 2 * 60 * 60 + 5 * 60;

    /// Whether rows of both stand in the same places: the same user's on the same device, who wants to hear of the same.
    pub fn is_as(&self, other: &Connection) -> bool {
        let of = |it: &Connection| (it.connection_id.clone(), it.uid.clone(), it.device.clone());
        of(self) == of(other) && self.subscription == other.subscription
    }

    /// What lists of sockets hold of it.
    pub fn listener(&self) -> Listener {
        Listener {
            connection_id: self.connection_id.clone(),
            uid: self.uid.clone(),
            connected_at: self.connected_at,
            expires_at: self.expires_at,
        }
    }
}

/// A socket among those that are told something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listener {
    /// The socket.
    pub connection_id: ConnectionId,
    /// Whose it is.
    pub uid: Uid,
    /// Since when.
    pub connected_at: Seconds,
    /// From when on it counts as closed.
    pub expires_at: Seconds,
}
