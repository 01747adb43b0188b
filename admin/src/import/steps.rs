//! The steps of an import, each a walk over a list whose place is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use model::archive::{ConversationPinsRecord, ConversationRecord, FlagReasonsRecord, Record};
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::id::MessageId;
use model::time::Seconds;
use model::uid::Uid;
use serde_json::Value;
use shared::files::bucket::Media;
use shared::imports::importer::Importer;
use strum::IntoEnumIterator;

use super::details::{belonging, complete, walk, whole};
use super::messages::{self, Read, Watermarks};
use super::source::{Page, ReadError, Source};
use super::state::{State, Step};
use super::views::{self, Views};
use super::{people, wire};
use crate::AdminError;
use crate::progress::Progress;

/// How many users, groups or messages are looked at at once.
const AT_ONCE: usize = 16;

/// Moves an app, step by step.
pub struct Mover<'m> {
    source: &'m Source,
    importer: Importer<'m>,
    media: Option<Media>,
    state: State,
    since: Option<Seconds>,
    /// All users, and whether they are deactivated: nobody can be asked what these see.
    users: BTreeMap<Uid, bool>,
    /// The conversations between two whose rows were made.
    opened: BTreeSet<ConversationId>,
}

impl<'m> Mover<'m> {
    /// A move that begins where `state` says.
    pub fn new(
        source: &'m Source,
        importer: Importer<'m>,
        media: Option<Media>,
        state: State,
        since: Option<Seconds>,
    ) -> Mover<'m> {
        Mover { source, importer, media, state, since, users: BTreeMap::new(), opened: BTreeSet::new() }
    }

    /// Takes all steps that are left.
    pub async fn run(&mut self) -> Result<(), AdminError> {
        self.look_around().await?;
        let left: Vec<Step> = Step::iter().filter(|step| self.state.step <= *step).collect();
        for step in left {
            shared::log::say(format_args!("{step}"));
            if self.state.step != step {
                (self.state.step, self.state.place) = (step, None);
                self.state.save()?;
            }
            match step {
                Step::Roles => self.roles().await?,
                Step::Users => self.users().await?,
                Step::Bots => self.bots().await?,
                Step::Relations => self.relations().await?,
                Step::Groups => self.groups().await?,
                Step::Messages => self.messages().await?,
                Step::Views => self.views().await?,
                Step::Rest => self.rest().await?,
            }
        }
        self.state.is_done = true;
        self.state.save()
    }

    /// Says what became of everything.
    pub fn say(&self, out: &mut impl Write) -> Result<(), AdminError> {
        super::say(self.importer.report(), out)?;
        for (what, n_times) in &self.state.unread {
            writeln!(out, "not read: {what} ({n_times})")?;
        }
        for never in NEVER_READ {
            writeln!(out, "no API tells: {never}")?;
        }
        Ok(writeln!(out, "{} requests", self.source.n_requests())?)
    }

    /// Who there is, and which message is the newest.
    async fn look_around(&mut self) -> Result<(), AdminError> {
        for user in self.source.all("/users?withDeactivated=true", None).await? {
            let is_deactivated = wire::seconds(&user, "deactivatedAt").is_some();
            self.users.extend(wire::uid(&user, "uid").map(|uid| (uid, is_deactivated)));
        }
        if self.state.newest.is_none() {
            let answer = self.source.get("/messages?limit=1&affix=prepend", None).await?;
            self.state.newest = answer.pointer("/data/0").and_then(|newest| wire::id(newest, "id"));
        }
        Ok(())
    }

    /// Writes records, which all stand before `place`.
    async fn write(&mut self, records: Vec<Record>, place: Option<String>) -> Result<(), AdminError> {
        for record in records {
            self.importer.take(record).await?;
        }
        self.importer.write().await?;
        self.state.place = place;
        self.state.save()
    }

    /// What is read of something that a server need not have.
    fn optional<T: Default>(&mut self, what: &str, read: Result<T, ReadError>) -> Result<T, AdminError> {
        match read {
            Err(refusal) if refusal.is_refusal() => {
                self.state.miss(format!("{what}: {}", refusal.code()));
                Ok(T::default())
            }
            read => Ok(read?),
        }
    }

    /// The next page of a list by number.
    async fn page(&self, list: &str) -> Result<Page, AdminError> {
        Ok(self.source.page(list, self.state.place.as_deref(), None).await?)
    }

    fn changed_since(&self) -> String {
        self.since.map_or_else(String::new, |since| format!("&updatedAt[from]={}", since.get()))
    }

    async fn roles(&mut self) -> Result<(), AdminError> {
        let roles = self.source.all("/roles", None).await;
        let roles = self.optional("roles", roles)?;
        self.write(roles.iter().filter_map(people::role).map(Record::from).collect(), None).await
    }

    async fn users(&mut self) -> Result<(), AdminError> {
        let list = format!("/users?withTags=true&withDeactivated=true{}", self.changed_since());
        let mut progress = Progress::new("users").of(self.users.len() as u64);
        let mut n_done = 0;
        loop {
            let Page { items, next } = self.page(&list).await?;
            n_done += items.len() as u64;
            progress.at(n_done);
            let source = self.source;
            // Only one by one the app is told what of the metadata is private.
            let whole = stream::iter(items).map(|item| whole(source, "users", "uid", item));
            let whole: Vec<Value> = whole.buffered(AT_ONCE).try_collect().await?;
            let records = whole.iter().filter_map(people::user).map(Record::from).collect();
            self.write(records, next.clone()).await?;
            if next.is_none() {
                progress.end();
                return Ok(());
            }
        }
    }

    async fn bots(&mut self) -> Result<(), AdminError> {
        let bots = self.source.all("/bots", None).await;
        let bots = self.optional("bots", bots)?;
        self.write(bots.iter().filter_map(people::bot).map(Record::from).collect(), None).await
    }

    async fn relations(&mut self) -> Result<(), AdminError> {
        let now = shared::clock::system().seconds();
        let users: Vec<Uid> = self.users.keys().cloned().collect();
        let mut progress = Progress::new("users").of(users.len() as u64);
        for (n, uids, place) in walk(&users, self.state.place.as_deref()) {
            progress.at(n as u64);
            let source = self.source;
            let read = stream::iter(uids.to_vec()).map(|uid| async move {
                let friends = source.all(&format!("/users/{uid}/friends"), None).await;
                let blocked = source.all(&format!("/users/{uid}/blockedusers"), None).await;
                (uid, friends, blocked)
            });
            let read: Vec<_> = read.buffered(AT_ONCE).collect().await;
            let mut records: Vec<Record> = Vec::new();
            for (uid, friends, blocked) in read {
                let friends = self.optional("friends of users", friends)?;
                records.extend(friends.iter().filter_map(|other| people::friend(&uid, other, now)).map(Record::from));
                let blocked = self.optional("users whom users have blocked", blocked)?;
                records.extend(blocked.iter().filter_map(|other| people::block(&uid, other, now)).map(Record::from));
            }
            self.write(by_kind(records), Some(place)).await?;
        }
        progress.end();
        Ok(())
    }

    async fn groups(&mut self) -> Result<(), AdminError> {
        let list = format!("/groups?sortBy=createdAt&sortOrder=asc&withTags=true{}", self.changed_since());
        let (mut progress, mut n_done) = (Progress::new("groups"), 0);
        loop {
            let Page { items, next } = self.page(&list).await?;
            n_done += items.len() as u64;
            progress.at(n_done);
            let source = self.source;
            let read = stream::iter(items).map(|item| async move {
                let group = whole(source, "groups", "guid", item).await?;
                let belonging = match people::group(&group) {
                    Some(group) => belonging(source, &group.guid).await?,
                    None => Vec::new(),
                };
                Ok::<_, ReadError>((group, belonging))
            });
            let read: Vec<(Value, Vec<Record>)> = read.buffered(AT_ONCE).try_collect().await?;
            let groups = read.iter().filter_map(|(group, _)| people::group(group)).map(Record::from);
            let records = groups.chain(read.iter().flat_map(|(_, belonging)| belonging.clone())).collect();
            self.write(by_kind(records), next.clone()).await?;
            if next.is_none() {
                progress.end();
                return Ok(());
            }
        }
    }

    /// All messages in one sweep. To catch up, those that are new, and those that changed.
    async fn messages(&mut self) -> Result<(), AdminError> {
        if let Some(since) = self.since {
            let changed = format!("/messages?withTags=true&mentionsWithTagInfo=true&updatedAt[from]={}", since.get());
            self.sweep(&changed, None, false).await?;
        }
        let place = self.state.place.as_deref().and_then(|place| MessageId::parse(place).ok());
        let after = place.or(self.state.last.filter(|_| self.since.is_some()));
        self.sweep("/messages?withTags=true&mentionsWithTagInfo=true", after, true).await
    }

    async fn sweep(&mut self, list: &str, mut after: Option<MessageId>, keeps_place: bool) -> Result<(), AdminError> {
        let (mut progress, mut n_done) = (Progress::new("messages"), 0);
        loop {
            let page = self.source.messages(list, after, None).await?;
            let Some(last) = page.last().and_then(|last| wire::id(last, "id")) else { break };
            n_done += page.len() as u64;
            progress.at(n_done);
            after = Some(last);
            let records = self.message_records(&page).await?;
            if keeps_place {
                self.state.last = self.state.last.max(after);
            }
            let place = if keeps_place { Some(last.to_string()) } else { self.state.place.clone() };
            self.write(records, place).await?;
        }
        progress.end();
        Ok(())
    }

    async fn message_records(&mut self, page: &[Value]) -> Result<Vec<Record>, AdminError> {
        let (source, media) = (self.source, self.media.as_ref());
        let (mut readable, mut records, mut marks) = (Vec::new(), Vec::new(), Watermarks::default());
        for object in page {
            match messages::message(object) {
                Ok(read) => readable.push(read),
                Err(why) => self.state.miss(format!("messages: {why}")),
            }
        }
        let completed = stream::iter(readable).map(|read| complete(source, media, read)).buffered(AT_ONCE);
        let completed: Vec<(Read, Vec<Record>, u64)> = completed.try_collect().await?;
        for (read, reactions, n_missing) in completed {
            (0..n_missing).for_each(|_| self.state.miss("files of messages, whose URLs stay"));
            records.extend(self.opening(&read));
            marks.note_all(&read);
            records.extend(reactions);
            records.extend(read.pin.map(Record::from));
            records.push(read.record.into());
        }
        records.extend(marks.records());
        Ok(by_kind(records))
    }

    /// The rows of both users of a conversation that is met for the first time. What each of them sees is read later; of whom
    /// nothing is seen then has removed all of it, but for the deactivated, whom nobody can ask.
    fn opening(&mut self, read: &Read) -> Vec<Record> {
        let conversation = &read.record.conversation;
        if self.since.is_some() || conversation.users().is_empty() || !self.opened.insert(conversation.clone()) {
            return Vec::new();
        }
        let known = conversation.users().into_iter().filter_map(|uid| self.users.get_key_value(uid));
        let opened = known.map(|(uid, is_deactivated)| {
            let state = ParticipantState {
                joined_at: Some(read.record.sent_at),
                cleared_id: self.state.newest.filter(|_| !is_deactivated),
                ..ParticipantState::new(conversation.clone())
            };
            Record::from(ConversationRecord::new(uid.clone(), state))
        });
        opened.collect()
    }

    async fn views(&mut self) -> Result<(), AdminError> {
        let active = self.users.iter().filter(|(_, is_deactivated)| !**is_deactivated);
        let users: Vec<Uid> = active.map(|(uid, _)| uid.clone()).collect();
        let n_deactivated = self.users.len() - users.len();
        if 0 < n_deactivated {
            let what = "what deactivated users see: how far they have read, what they saved, tagged, removed; their memberships";
            self.state.unread.insert(what.to_owned(), n_deactivated as u64);
        }
        let newest = self.state.newest.unwrap_or(MessageId::MAX);
        let mut progress = Progress::new("users").of(users.len() as u64);
        for (n, uids, place) in walk(&users, self.state.place.as_deref()) {
            progress.at(n as u64);
            let source = self.source;
            let views = stream::iter(uids.to_vec()).map(|uid| async move { Views::read(source, &uid, newest).await });
            let views: Vec<_> = views.buffered(AT_ONCE).collect().await;
            let mut records = Vec::new();
            for view in views {
                records.extend(self.optional("what users see", view)?);
            }
            self.write(by_kind(records), Some(place)).await?;
        }
        progress.end();
        Ok(())
    }

    async fn rest(&mut self) -> Result<(), AdminError> {
        let pinned = self.source.all("/conversations/pinned", None).await;
        let pinned = self.optional("conversations that are pinned for all", pinned)?;
        let pins: Vec<_> = pinned.iter().filter_map(views::pinned).collect();
        let mut records: Vec<Record> = Vec::new();
        if !pins.is_empty() {
            records.push(ConversationPinsRecord { owner: Uid::app_system(), pins }.into());
        }
        let reasons = self.source.all("/moderation/reasons", None).await;
        let reasons = self.optional("reasons of reports", reasons)?;
        let reasons: Vec<_> = reasons.into_iter().filter_map(|reason| serde_json::from_value(reason).ok()).collect();
        if !reasons.is_empty() {
            records.push(FlagReasonsRecord { reasons }.into());
        }
        self.write(by_kind(records), None).await
    }
}

/// What no list of the contract tells; see contract/import.md.
const NEVER_READ: [&str; 6] = [
    "passwords of groups: each needs a new one before somebody can join",
    "auth tokens and API keys: clients log in again, servers get new keys",
    "what was deleted permanently, and texts before an edit",
    "who reported which message",
    "push tokens and preferences, which clients give again",
    "webhooks, settings of the dashboard, calls",
];

/// In the order in which an archive has its kinds.
fn by_kind(mut records: Vec<Record>) -> Vec<Record> {
    records.sort_by_key(Record::kind);
    records
}
