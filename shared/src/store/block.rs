//! Who has blocked whom.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::batch::{Batch, Known};
use super::error::StoreError;
use super::keys::Key;
use super::partition::{Rest, Rows};
use super::transaction::{Commit, Transaction, without_refused};
use super::user::still_is;
use super::{Found, Store, is_live, read};
use model::event::Event;
use model::time::Seconds;
use model::uid::Uid;
use model::user::{Relation, User};

/// That a user has blocked another. It stands twice, with the one and with the other, so that both can be listed; the row
/// of who blocks decides.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// The other: whom the row's user blocks, or who blocks them.
    pub uid: Uid,
    /// Since when.
    pub blocked_at: Seconds,
}

/// Who of two users blocks the other, as the first one sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blocks {
    /// Whether they block the other.
    pub by_them: bool,
    /// Whether the other blocks them.
    pub by_other: bool,
}

impl Blocks {
    pub(super) fn keys(uid: &Uid, other: &Uid) -> [Key; 2] {
        [Key::block(uid, other), Key::block(other, uid)]
    }

    pub(super) fn read(found: &Found, uid: &Uid, other: &Uid) -> Blocks {
        let [by_them, by_other] = Blocks::keys(uid, other).map(|key| found.has(&key));
        Blocks { by_them, by_other }
    }
}

impl Batch {
    /// Who of two users blocks the other: 2 read units, of which one is what the other one wrote.
    pub fn blocks(self, uid: &Uid, other: &Uid) -> Batch {
        let [by_them, by_other] = Blocks::keys(uid, other);
        self.with([by_them]).beside(Batch::default().with([by_other]))
    }
}

impl Known {
    /// Who of two users blocks the other.
    pub fn blocks(&self, uid: &Uid, other: &Uid) -> Blocks {
        Blocks::read(self.found(), uid, other)
    }
}

/// Somebody who is blocked or no longer so, with the event that says it.
#[derive(Clone, Debug)]
pub struct BlockChange {
    /// The other.
    pub other: Uid,
    /// Carried by the row of who blocks.
    pub event: Event,
}

/// How blocking ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` blocked them"]
pub enum Blocking {
    /// All are blocked.
    Done,
    /// Who blocks is not the active user that was read.
    UserGone,
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    UserGone,
    /// Whether the one at this position is blocked, is as it shall be.
    Unchanged(usize),
}

impl Refused {
    fn position(&self) -> Option<usize> {
        match self {
            Refused::Unchanged(position) => Some(*position),
            Refused::UserGone => None,
        }
    }
}

/// How many blocks one transaction takes: two writes each, beside the user.
const AT_ONCE: usize = 49;
/// How many blocks, of both directions, are read to find those of some users among them.
const LISTED_BLOCKS: usize = 300;

impl Store {
    /// Whom a user has blocked, by UID.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 25 blocks.
    pub async fn blocked_by(&self, uid: &Uid) -> Result<Vec<Block>, StoreError> {
        self.all_rows(&Key::blocks(uid)).await
    }

    /// Who has blocked a user, by UID.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 50 blocks.
    pub async fn blockers_of(&self, uid: &Uid) -> Result<Vec<Block>, StoreError> {
        self.all_rows(&Key::all_blocked_by(uid)).await
    }

    /// Blocks others for a user; those who are blocked already stay so, and have had their event.
    ///
    /// Cost: 1 round trip and 2 write units for each 49, 4 write units for each; 1 round trip more if one of these was
    /// blocked meanwhile.
    pub async fn block_all(&self, user: &User, others: &[BlockChange], now: Seconds) -> Result<Blocking, StoreError> {
        for some in others.chunks(AT_ONCE) {
            let mut left: Vec<&BlockChange> = some.iter().collect();
            while !left.is_empty() {
                let tx = self.transaction().check(&Key::user(&user.uid), still_is(user)).or(Refused::UserGone);
                match block(tx, &user.uid, &left, now)?.commit().await? {
                    Commit::Done => break,
                    Commit::Refused(refused) if refused.iter().any(|(why, _)| *why == Some(Refused::UserGone)) => {
                        return Ok(Blocking::UserGone);
                    }
                    Commit::Refused(refused) => left = without_refused(left, &refused, Refused::position)?,
                }
            }
        }
        Ok(Blocking::Done)
    }

    /// Unblocks others for `uid`; those who are not blocked stay so, and nobody is told of them.
    ///
    /// Cost: 1 round trip for each 49, 4 write units for each; 1 round trip more if one of these is not blocked.
    pub async fn unblock_all(&self, uid: &Uid, others: &[BlockChange]) -> Result<(), StoreError> {
        for some in others.chunks(AT_ONCE) {
            let mut left: Vec<&BlockChange> = some.iter().collect();
            while let Commit::Refused(refused) = unblock(self.transaction(), uid, &left)?.commit().await? {
                left = without_refused(left, &refused, Refused::position)?;
            }
        }
        Ok(())
    }

    /// Up to `most` of the users whom a user has blocked, by UID, from after one.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 30 blocks.
    pub async fn some_blocked_by(
        &self,
        uid: &Uid,
        after: Option<&Uid>,
        most: usize,
    ) -> Result<Rows<Block>, StoreError> {
        self.rows(&Key::blocks(uid), after.map(|other| Rest::after(&Key::block(uid, other))), Some(most)).await
    }

    /// The same of those who have blocked a user. Cost: as that.
    pub async fn some_blockers_of(
        &self,
        uid: &Uid,
        after: Option<&Uid>,
        most: usize,
    ) -> Result<Rows<Block>, StoreError> {
        self.rows(&Key::all_blocked_by(uid), after.map(|other| Rest::after(&Key::blocked_by(uid, other))), Some(most))
            .await
    }

    /// Who of `viewer` and each of `others` has blocked the other; those without a block are left out.
    ///
    /// Cost: 1 round trip for each 50, 2 read units for each.
    pub async fn relations(&self, viewer: &Uid, others: &[&Uid]) -> Result<HashMap<Uid, Relation>, StoreError> {
        let mut keys = Vec::new();
        for other in others.iter().filter(|other| **other != viewer) {
            keys.extend([Key::block(viewer, other), Key::block(other, viewer)]);
        }
        let found = self.get_all(keys).await?;
        let mut relations = HashMap::new();
        for other in others {
            let since = |key: Key| Ok::<_, StoreError>(found.get::<Block>(&key)?.map(|block| block.blocked_at));
            let (by_me, by_them) = (since(Key::block(viewer, other))?, since(Key::block(other, viewer))?);
            if by_me.is_some() || by_them.is_some() {
                relations.insert((*other).clone(), Relation::new(by_me, by_them));
            }
        }
        Ok(relations)
    }
}

impl Store {
    /// [`Store::relations`] of as many as a list shows.
    ///
    /// Cost: of one other as that; of more that of [`Store::all_relations`], and as that for who has more blocks.
    pub async fn relations_on_page(&self, viewer: &Uid, others: &[&Uid]) -> Result<HashMap<Uid, Relation>, StoreError> {
        if let [] | [_] = others {
            return self.relations(viewer, others).await;
        }
        match self.all_relations(viewer).await? {
            Some(mut relations) => Ok(others.iter().filter_map(|other| relations.remove_entry(*other)).collect()),
            None => self.relations(viewer, others).await,
        }
    }

    /// Everybody whom a user has blocked or who has blocked them; `None` if they are more than [`LISTED_BLOCKS`].
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 25 blocks of the user, which carry
    /// their events, or 50 by others.
    pub async fn all_relations(&self, viewer: &Uid) -> Result<Option<HashMap<Uid, Relation>>, StoreError> {
        // DynamoDB does not say of a page that is full whether it was the last.
        let (items, rest) = self.items(&Key::all_blocks(viewer), None, Some(LISTED_BLOCKS + 1)).await?;
        if rest.is_some() {
            return Ok(None);
        }
        let mut since: HashMap<Uid, [Option<Seconds>; 2]> = HashMap::new();
        for item in items.into_iter().filter(is_live) {
            let is_theirs = Key::of(&item)?.is_blocked_by();
            let Block { uid, blocked_at } = read(item)?;
            let [by_me, by_them] = since.entry(uid).or_default();
            *(if is_theirs { by_them } else { by_me }) = Some(blocked_at);
        }
        Ok(Some(since.into_iter().map(|(uid, [by_me, by_them])| (uid, Relation::new(by_me, by_them))).collect()))
    }
}

fn block<'s>(
    mut tx: Transaction<'s, Refused>,
    uid: &Uid,
    others: &[&BlockChange],
    now: Seconds,
) -> Result<Transaction<'s, Refused>, StoreError> {
    for (position, BlockChange { other, event }) in others.iter().enumerate() {
        let [mine, theirs] = [other, uid].map(|uid| Block { uid: uid.clone(), blocked_at: now });
        tx = tx.put_new(&Key::block(uid, other), &mine)?.or(Refused::Unchanged(position)).event(event)?;
        tx = tx.put(&Key::blocked_by(other, uid), &theirs)?;
    }
    Ok(tx)
}

fn unblock<'s>(
    mut tx: Transaction<'s, Refused>,
    uid: &Uid,
    others: &[&BlockChange],
) -> Result<Transaction<'s, Refused>, StoreError> {
    for (position, BlockChange { other, event }) in others.iter().enumerate() {
        tx = tx.delete_existing(&Key::block(uid, other)).or(Refused::Unchanged(position)).event(event)?;
        tx = tx.delete(&Key::blocked_by(other, uid));
    }
    Ok(tx)
}
