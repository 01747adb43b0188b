//! Open sockets: who is online, on which device, in which groups, and who wants to hear of it.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use futures_util::try_join;

use super::access::{membership, membership_keys};
use super::error::StoreError;
use super::keys::{BY_ID_SK, BY_PARENT_PK, BY_PARENT_SK, Key, online_list};
use super::transaction::{Commit, Condition, Untold, Update, item, number, text};
use super::tries::Tries;
use super::user::IS_ACTIVE;
use super::{Store, partition::Rows};
use model::connection::{Connection, ConnectionId, Listener};
use model::conversation::ConversationId;
use model::event::Event;
use model::time::Seconds;
use model::uid::{Guid, Uid};
use model::user::User;

/// How keeping an open socket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` kept it"]
pub enum KeptSocket {
    /// It is kept.
    Done,
    /// The device has another one than was read; read again.
    Stale,
}

/// Who wants to hear that a user comes or goes.
#[derive(Debug, Default)]
pub struct Subscribers {
    /// Who wants to hear of everybody.
    pub everybody: Vec<Listener>,
    /// Who wants to hear of their friends.
    pub friends: Vec<Listener>,
    /// Who wants to hear of users of this one's role.
    pub role: Vec<Listener>,
}

/// How many rows of one partition of subscribers are read: nobody is told more of presence than that.
const MOST_SUBSCRIBERS: usize = 250;
/// How many users are looked up one by one, before it is cheaper to read with whom somebody has conversations.
const FEW: usize = 50;
/// How many conversations of a user are looked at then.
const MOST_PARTNERS: usize = 2_000;

impl Store {
    /// An open socket. Cost: 1 round trip, 1 read unit.
    pub async fn connection(&self, id: &ConnectionId, now: Seconds) -> Result<Option<Connection>, StoreError> {
        let found: Option<Connection> = self.get(&Key::socket(id)).await?;
        Ok(found.filter(|connection| now < connection.expires_at && connection.replaced_by.is_none()))
    }

    /// All open sockets of a user.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 15.
    pub async fn connections_of(&self, uid: &Uid, now: Seconds) -> Result<Vec<Connection>, StoreError> {
        let rows: Vec<Connection> = self.all_rows(&Key::sockets_of(uid)).await?;
        Ok(rows.into_iter().filter(|row| now < row.expires_at).collect())
    }

    /// Keeps an open socket, in the place of the one that the device had when it was read, unless it has another one by
    /// now. What else is left of that goes when the stream tells that it was replaced: all of it may be too much for one
    /// frame.
    ///
    /// Cost: 1 round trip, 4 write units, 2 more with a former one, and for each role of which it wants to hear, or for
    /// all.
    pub async fn keep_connection(
        &self,
        connection: &Connection,
        before: Option<&Connection>,
    ) -> Result<KeptSocket, StoreError> {
        let as_read = match before {
            Some(before) => {
                Condition::new("connectionId = :before").value(":before", text(before.connection_id.as_str()))
            }
            // One whose time is over counts as absent.
            None => Condition::new("attribute_not_exists(pk) OR expiresAt <= :now")
                .value(":now", number(connection.connected_at.get())),
        };
        let device = item(&Key::socket_of(&connection.uid, &connection.device), connection)?;
        let mut tx = self.transaction::<()>().put_item_if(device, as_read);
        if let Some(former) = before.filter(|before| before.connection_id != connection.connection_id) {
            tx = tx.put(&Key::socket(&former.connection_id), &former.clone().replaced_by(connection))?;
        }
        tx = tx.put(&Key::socket(&connection.connection_id), connection)?;
        for key in Key::subscriptions(connection) {
            tx = tx.put(&key, &connection.listener())?;
        }
        Ok(tx.untold(Untold::OwnAffair).commit().await?.either(KeptSocket::Done, KeptSocket::Stale))
    }

    /// Keeps that an open socket is one of members of these groups. Who reads that looks their memberships up.
    ///
    /// Cost: 1 round trip for each 25, 1 write unit a group.
    pub async fn enter(&self, groups: &[Guid], listeners: &[Listener]) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for guid in groups {
            for listener in listeners {
                rows.push(item(&Key::live(guid, &listener.uid, &listener.connection_id), listener)?);
            }
        }
        self.put_batches(rows, Untold::OwnAffair).await
    }

    /// The opposite of [`Store::enter`]. Cost: as that.
    pub async fn exit(&self, groups: &[Guid], listeners: &[Listener]) -> Result<(), StoreError> {
        let keys = |guid| listeners.iter().map(move |of| Key::live(guid, &of.uid, &of.connection_id));
        self.delete_batches(&groups.iter().flat_map(keys).collect::<Vec<_>>(), Untold::OwnAffair).await
    }

    /// [`Store::exit`] of all sockets of a user, open or not, from one group. Cost: 1 round trip, 1 read unit; with sockets that of
    /// [`Store::exit`] too.
    pub async fn exit_user(&self, guid: &Guid, uid: &Uid) -> Result<(), StoreError> {
        let live: Vec<Listener> = self.all_rows(&Key::live_of(guid, uid)).await?;
        self.exit(std::slice::from_ref(guid), &live).await
    }

    /// Frees the device of a socket, unless it has another one by now; presence is not told to the socket any more.
    ///
    /// Cost: 1 round trip and 2 write units; with a subscription 1 more, and 1 for each role of which it wanted to hear,
    /// or for all.
    pub async fn free_device(&self, connection: &Connection) -> Result<(), StoreError> {
        let own = Condition::new("connectionId = :id").value(":id", text(connection.connection_id.as_str()));
        let key = Key::socket_of(&connection.uid, &connection.device);
        let deleted = self.transaction::<()>().delete_if(&key, own).untold(Untold::OwnAffair).commit();
        deleted.await?.either_way();
        self.delete_batches(&Key::subscriptions(connection), Untold::OwnAffair).await
    }

    /// Forgets a socket of which nothing else is left. Cost: 1 round trip, 1 write unit.
    pub async fn forget_connection(&self, id: &ConnectionId) -> Result<(), StoreError> {
        self.delete_batches(&[Key::socket(id)], Untold::OwnAffair).await
    }

    /// Notes that a user is there, by this socket; `event` tells it if they were not there before.
    ///
    /// Cost: 1 round trip and 2 write units for who arrives, 1 of them for their entry in the list of who is online; for who
    /// was there 2 round trips.
    pub async fn arrive(&self, connection: &Connection, event: &Event) -> Result<(), StoreError> {
        let update = || {
            Update::of(&Key::user(&connection.uid))
                .set("onlineBy", text(connection.connection_id.as_str()))
                .set("lastActiveAt", number(connection.connected_at.get()))
                .set(BY_PARENT_PK, online_list())
                // Their place is that in the list of all, as it is at this moment.
                .set_expression(format!("{BY_PARENT_SK} = {BY_ID_SK}"))
                .when(IS_ACTIVE)
        };
        let mut tries = Tries::begin();
        loop {
            let arrived = update().when("attribute_not_exists(onlineBy)").event(event)?;
            if let Commit::Done = self.apply_unread(arrived).await? {
                return Ok(());
            }
            // Another socket keeps them there. In whatever order that one is closed, this one is known to stand now.
            let stands = update().when("attribute_exists(onlineBy)").untold(Untold::Upkeep);
            if let Commit::Done = self.apply_unread(stands).await? {
                return Ok(());
            }
            if !self.user(&connection.uid).await?.is_some_and(|user| user.is_active()) {
                return Ok(());
            }
            // They came or went in between.
            tries.again().await?;
        }
    }

    /// Notes that a user is gone, which `event` tells, if no socket was opened since `user` was read.
    ///
    /// Cost: 1 round trip, 2 write units, 1 of them for their entry in the list of who is online.
    pub async fn depart(&self, user: &User, now: Seconds, event: &Event) -> Result<(), StoreError> {
        let Some(online_by) = &user.online_by else { return Ok(()) };
        let update = Update::of(&Key::user(&user.uid))
            .remove("onlineBy")
            .remove(BY_PARENT_PK)
            .set("lastActiveAt", number(now.get()))
            .when("onlineBy = :by")
            .value(":by", text(online_by.as_str()))
            .event(event)?;
        self.apply_unread(update).await?.either_way();
        Ok(())
    }

    /// Sockets of members of a group, a page of them; the memberships are looked up, so who is a member no more is left out.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 25 sockets; then 1 round trip and
    /// 2 read units a user, for each 50.
    pub async fn live_members(&self, guid: &Guid, now: Seconds) -> Result<Vec<Listener>, StoreError> {
        let mut live: Vec<Listener> = self.all_rows(&Key::all_live(guid)).await?;
        live.retain(|listener| now < listener.expires_at);
        let uids: BTreeSet<Uid> = live.iter().map(|listener| listener.uid.clone()).collect();
        let found = self.get_all(uids.iter().flat_map(|uid| membership_keys(guid, uid)).collect()).await?;
        let mut members = BTreeSet::new();
        for uid in uids {
            if membership(&found, guid, &uid)?.member.is_some() {
                members.insert(uid);
            }
        }
        live.retain(|listener| members.contains(&listener.uid));
        Ok(live)
    }

    /// How many users have a socket among those of a group's members; who left a moment ago may be counted.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 25 sockets.
    pub async fn count_live(&self, guid: &Guid, now: Seconds) -> Result<usize, StoreError> {
        let live: Vec<Listener> = self.all_rows(&Key::all_live(guid)).await?;
        let live = live.into_iter().filter(|listener| now < listener.expires_at);
        Ok(live.map(|listener| listener.uid).collect::<BTreeSet<_>>().len())
    }

    /// Who wants to hear of a user of this role, each list up to [`MOST_SUBSCRIBERS`] a partition.
    ///
    /// Query, base table, strongly consistent. Cost: 17 queries at once, 1 read unit for about 25 sockets.
    pub async fn subscribers(&self, role: &str, now: Seconds) -> Result<Subscribers, StoreError> {
        let keys = Key::all_subscriptions(role);
        let of = async |key: &Key| {
            let Rows { rows, .. } = self.rows::<Listener>(key, None, Some(MOST_SUBSCRIBERS)).await?;
            Ok::<_, StoreError>(rows.into_iter().filter(|row| now < row.expires_at).collect::<Vec<_>>())
        };
        let (everybody, friends, role) = try_join!(
            try_join_all(keys.everybody.iter().map(of)),
            try_join_all(keys.friends.iter().map(of)),
            of(&keys.role),
        )?;
        Ok(Subscribers { everybody: everybody.concat(), friends: friends.concat(), role })
    }

    /// Of `others`, those with whom a user has a conversation.
    ///
    /// Cost: 1 round trip, 1 read unit for each up to [`FEW`]; for more of them 1 for about 20 of the user's conversations,
    /// of which the first [`MOST_PARTNERS`] are looked at.
    pub async fn acquainted(&self, uid: &Uid, others: &BTreeSet<Uid>) -> Result<BTreeSet<Uid>, StoreError> {
        if FEW < others.len() {
            let partners = self.partners_of(uid, MOST_PARTNERS).await?;
            return Ok(partners.into_iter().filter(|partner| others.contains(partner)).collect());
        }
        let key = |other: &Uid| Key::participant_state(uid, &ConversationId::between(uid, other));
        let found = self.get_all(others.iter().map(key).collect()).await?;
        Ok(others.iter().filter(|other| found.has(&key(other))).cloned().collect())
    }
}
