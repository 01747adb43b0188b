//! Open sockets: of a user, of a group, and those that want to hear who comes and goes.

use super::Key;
use model::connection::{Connection, ConnectionId, Subscription};
use model::event::DeviceId;
use model::uid::{Guid, Uid};

/// The sort key of users, whose row says whether they are there.
pub(in crate::store) const USER: &str = "USER";
/// The sort key of [`Key::socket`].
pub(in crate::store) const SOCKET: &str = "SOCKET";
/// On a socket whose device has another one: that one.
pub(in crate::store) const REPLACED_BY: &str = "replacedBy";
/// How the partition keys of all open sockets begin.
pub const SOCKETS: &str = "SOCKET#";
/// Over how many partitions those are spread who want to hear of everybody, or of their friends.
const PRESENCE_SHARDS: usize = 8;

impl Key {
    /// The socket of a user's device.
    pub(in crate::store) fn socket_of(uid: &Uid, device: &DeviceId) -> Key {
        Key::new(format!("USER#{uid}"), format!("SOCK#{}", device.as_str()))
    }

    /// All sockets of a user: a prefix of keys.
    pub(in crate::store) fn sockets_of(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "SOCK#")
    }

    /// An open socket by its id.
    pub(in crate::store) fn socket(id: &ConnectionId) -> Key {
        Key::new(format!("{SOCKETS}{}", id.as_str()), SOCKET)
    }

    /// A socket of a member of a group.
    pub(in crate::store) fn live(guid: &Guid, uid: &Uid, id: &ConnectionId) -> Key {
        Key::new(format!("LIVE#{guid}"), listener(uid, id))
    }

    /// All sockets of a user among those of a group: a prefix of keys.
    pub(in crate::store) fn live_of(guid: &Guid, uid: &Uid) -> Key {
        Key::new(format!("LIVE#{guid}"), format!("{uid}#"))
    }

    /// All sockets of members of a group: a prefix of keys.
    pub(in crate::store) fn all_live(guid: &Guid) -> Key {
        Key::new(format!("LIVE#{guid}"), "")
    }

    /// All conversations of a user with their friends, as those are called who want to hear of them: a prefix of keys.
    pub(in crate::store) fn participant_states_with_users(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "CONV#user#")
    }

    /// Where a socket stands that wants to hear who comes and goes; one for each role that it names.
    pub(in crate::store) fn subscriptions(connection: &Connection) -> Vec<Key> {
        let Connection { connection_id, uid, .. } = connection;
        let shard = connection_id.as_str().bytes().map(usize::from).sum::<usize>() % PRESENCE_SHARDS;
        let key = |partition: String| Key::new(partition, listener(uid, connection_id));
        match &connection.subscription {
            Subscription::Nobody => Vec::new(),
            Subscription::Everybody => vec![key(everybody(shard))],
            Subscription::Friends => vec![key(friends(shard))],
            Subscription::Roles(roles) => roles.iter().map(|role| key(of_role(role))).collect(),
        }
    }

    /// All sockets that want to hear of everybody, of their friends, and of users of a role: prefixes of keys.
    pub(in crate::store) fn all_subscriptions(role: &str) -> Subscriptions {
        let whole = |partition: String| Key::new(partition, "");
        Subscriptions {
            everybody: (0..PRESENCE_SHARDS).map(everybody).map(whole).collect(),
            friends: (0..PRESENCE_SHARDS).map(friends).map(whole).collect(),
            role: whole(of_role(role)),
        }
    }
}

/// Where those stand who want to hear of a user.
#[derive(Debug)]
pub(in crate::store) struct Subscriptions {
    pub(in crate::store) everybody: Vec<Key>,
    pub(in crate::store) friends: Vec<Key>,
    pub(in crate::store) role: Key,
}

fn listener(uid: &Uid, id: &ConnectionId) -> String {
    format!("{uid}#{}", id.as_str())
}

fn everybody(shard: usize) -> String {
    format!("PRESENCE#ALL#{shard}")
}

fn friends(shard: usize) -> String {
    format!("PRESENCE#FRIENDS#{shard}")
}

fn of_role(role: &str) -> String {
    format!("PRESENCE#ROLE#{role}")
}
