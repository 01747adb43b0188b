//! Users and groups, and who belongs to whom.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use model::archive::Record;
use model::uid::Uid;
use serde_json::Value;
use shared::imports::importer::Belonging;

use super::{AT_ONCE, Mover, by_kind};
use crate::AdminError;
use crate::import::details::{belonging, deactivated, whole};
use crate::import::parts::{Parts, walk};
use crate::import::source::{Page, ReadError};
use crate::import::{people, wire};
use crate::progress::Progress;

/// How many deactivated users there may be for everybody to be asked what they see of these.
const MOST_DEACTIVATED: usize = 1_000;

/// How many groups are written together, with all their members.
const GROUPS_TOGETHER: usize = 64;

/// Whom a user is related to.
struct Related {
    uid: Uid,
    friends: Result<Vec<Value>, ReadError>,
    blocked: Result<Vec<Value>, ReadError>,
    /// Those who are deactivated, as the user sees them.
    deactivated: Result<Vec<Value>, ReadError>,
}

impl Mover<'_> {
    pub(super) async fn roles(&mut self) -> Result<(), AdminError> {
        let roles = self.source.all("/roles", None).await;
        let roles = self.optional("roles", roles)?;
        let roles = self.understood("roles", &roles, people::role);
        self.write(roles.into_iter().map(Record::from).collect(), None).await
    }

    pub(super) async fn users(&mut self) -> Result<(), AdminError> {
        let list = format!("/users?withTags=true&withDeactivated=true{}", self.changed_since());
        let mut progress = Progress::new("users").of(self.users.len() as u64);
        let (mut n_done, mut parts) = (0, Parts::up_to(self.source.page_size()));
        let mut pages = self.source.pages(list, self.state.place.as_deref(), None);
        while let Some(Page { items, next }) = pages.next().await? {
            for part in parts.of(self.left(items, "uid")) {
                n_done += part.len() as u64;
                progress.at(n_done);
                let source = self.source;
                // Only one by one the app is told what of the metadata is private.
                let whole = stream::iter(part).map(|item| whole(source, "users", "uid", item));
                let whole: Vec<Value> = whole.buffered(AT_ONCE).try_collect().await?;
                let last = whole.last().and_then(|user| wire::text(user, "uid"));
                let records = self.understood("users", &whole, people::user).into_iter().map(Record::from).collect();
                self.write_part(records, last).await?;
            }
            self.write(Vec::new(), next).await?;
        }
        progress.end();
        match self.since {
            Some(_) => self.switched().await,
            None => Ok(()),
        }
    }

    /// Users who were deactivated since, or taken back: that changes nothing else of them, so no list of what changed names them.
    async fn switched(&mut self) -> Result<(), AdminError> {
        let switched = self.importer.switched(&self.users).await?;
        if switched.is_empty() {
            return Ok(());
        }
        let source = self.source;
        let mut pages = source.pages("/users?withTags=true&withDeactivated=true", None, None);
        while let Some(Page { items, .. }) = pages.next().await? {
            let is_switched = |item: &Value| wire::uid(item, "uid").is_some_and(|uid| switched.contains(&uid));
            let whole =
                stream::iter(items.into_iter().filter(is_switched)).map(|item| whole(source, "users", "uid", item));
            let whole: Vec<Value> = whole.buffered(AT_ONCE).try_collect().await?;
            let users = self.understood("users", &whole, people::user);
            self.put(users.into_iter().map(Record::from).collect()).await?;
        }
        Ok(())
    }

    pub(super) async fn bots(&mut self) -> Result<(), AdminError> {
        let bots = self.source.all("/bots", None).await;
        let bots = self.optional("bots", bots)?;
        let bots = self.understood("bots", &bots, people::bot);
        self.write(bots.into_iter().map(Record::from).collect(), None).await
    }

    pub(super) async fn relations(&mut self) -> Result<(), AdminError> {
        let now = shared::clock::system().seconds();
        let users: Vec<Uid> = self.users.keys().cloned().collect();
        let asks_everybody = (1..=MOST_DEACTIVATED).contains(&self.deactivated().len());
        let mut progress = Progress::new("users").of(users.len() as u64);
        for (n, uids, place) in walk(&users, self.state.place.as_deref()) {
            progress.at(n as u64);
            let read = stream::iter(uids).map(|uid| self.relations_of(uid, asks_everybody));
            let read: Vec<_> = read.buffered(AT_ONCE).collect().await;
            let mut records: Vec<Record> = Vec::new();
            for Related { uid, friends, blocked, deactivated } in read {
                let is_told = [friends.is_ok(), blocked.is_ok()];
                let friends = self.optional("friends of users", friends)?;
                records.extend(friends.iter().filter_map(|other| people::friend(&uid, other, now)).map(Record::from));
                let blocked = self.optional("users whom users have blocked", blocked)?;
                records.extend(blocked.iter().filter_map(|other| people::block(&uid, other, now)).map(Record::from));
                let deactivated = self.optional("blocks of deactivated users", deactivated)?;
                let blocks = deactivated.iter().flat_map(|other| people::blocks_between(&uid, other, now));
                records.extend(blocks.map(Record::from));
                if self.since.is_some() {
                    let [friends, blocked] = [friends, blocked].map(|listed| self.listed_or_deactivated(&listed));
                    if is_told[0] {
                        self.importer.end_friends(&uid, &friends).await?;
                    }
                    if is_told[1] {
                        self.importer.end_blocks(&uid, &blocked).await?;
                    }
                }
            }
            self.write(by_kind(records), Some(place)).await?;
        }
        progress.end();
        Ok(())
    }

    /// Whom a user is related to. Of those who are deactivated nobody can be asked, but the others see them.
    async fn relations_of(&self, uid: Uid, asks_everybody: bool) -> Related {
        let source = self.source;
        let friends = source.all(&format!("/users/{uid}/friends?withDeactivated=true"), None).await;
        let blocked = source.all(&format!("/users/{uid}/blockedusers"), None).await;
        let is_asked = asks_everybody && self.users.get(&uid) == Some(&false);
        let deactivated = if is_asked { deactivated(source, &uid).await } else { Ok(Vec::new()) };
        Related { uid, friends, blocked, deactivated }
    }

    /// All groups. Who joins or leaves changes no group, so to catch up all of them are read too.
    pub(super) async fn groups(&mut self) -> Result<(), AdminError> {
        let list = "/groups?sortBy=createdAt&sortOrder=asc&withTags=true";
        let (mut progress, mut n_done) = (Progress::new("groups"), 0);
        let mut parts = Parts::up_to(GROUPS_TOGETHER);
        let mut pages = self.source.pages(list, self.state.place.as_deref(), None);
        while let Some(Page { items, next }) = pages.next().await? {
            for part in parts.of(self.left(items, "guid")) {
                n_done += part.len() as u64;
                progress.at(n_done);
                let last = part.last().and_then(|group| wire::text(group, "guid"));
                let records = self.groups_with_members(part).await?;
                self.write_part(records, last).await?;
            }
            self.write(Vec::new(), next).await?;
        }
        progress.end();
        Ok(())
    }

    /// Writes these groups; the records of who belongs to them.
    async fn groups_with_members(&mut self, items: Vec<Value>) -> Result<Vec<Record>, AdminError> {
        let (source, now) = (self.source, shared::clock::system().seconds());
        let read = stream::iter(items).map(|item| async move {
            let Some(group) = people::group(&whole(source, "groups", "guid", item).await?) else { return Ok(None) };
            let (members, bans) = belonging(source, &group.guid).await?;
            Ok::<_, ReadError>(Some((group, members, bans)))
        });
        let read: Vec<_> = read.buffered(AT_ONCE).try_collect().await?;
        let (mut groups, mut belonging) = (Vec::new(), Vec::new());
        let n_strange = read.iter().filter(|read| read.is_none()).count();
        self.miss_strange("groups", n_strange);
        for (group, members, bans) in read.into_iter().flatten() {
            groups.push(Record::from(group.clone()));
            belonging.push((group.guid, members, bans));
        }
        self.put(groups).await?;
        let mut records: Vec<Record> = Vec::new();
        for (guid, members, bans) in belonging {
            if self.since.is_some() {
                let banned = bans.iter().map(|ban| ban.uid.clone()).collect();
                let there = Belonging { members: members.clone(), banned };
                self.importer.end_belonging(&guid, &there, &self.deactivated(), now).await?;
            }
            records.extend(members.into_iter().map(Record::from));
            records.extend(bans.into_iter().map(Record::from));
        }
        Ok(by_kind(records))
    }
}
