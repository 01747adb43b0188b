//! The steps of an import, each a walk over a list whose place is kept.

mod messages;
mod people;
mod recipients;
mod views;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use model::archive::{ConversationPinsRecord, FlagReasonsRecord, Record};
use model::conversation::ConversationId;
use model::time::Seconds;
use model::uid::Uid;
use serde_json::Value;
use shared::files::bucket::Media;
use shared::imports::importer::Importer;
use strum::IntoEnumIterator;

use super::source::{ReadError, Source};
use super::state::{State, Step};
use super::wire;
use crate::AdminError;

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
                (self.state.step, self.state.place, self.state.within) = (step, None, None);
                self.state.save()?;
            }
            match step {
                Step::Roles => self.roles().await?,
                Step::Users => self.users().await?,
                Step::Bots => self.bots().await?,
                Step::Relations => self.relations().await?,
                Step::Groups => self.groups().await?,
                Step::Messages => self.messages().await?,
                Step::Differences => self.differences().await?,
                Step::Views => self.views().await?,
                Step::Recipients => self.recipients().await?,
                Step::Places => self.places().await?,
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
        let never_compared = NEVER_COMPARED.iter().filter(|_| self.since.is_some());
        for never in NEVER_READ.iter().chain(never_compared) {
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
        self.put(records).await?;
        (self.state.place, self.state.within) = (place, None);
        self.state.save()
    }

    /// Writes records of a page that is at its place still, up to the item `last` of it.
    async fn write_part(&mut self, records: Vec<Record>, last: Option<String>) -> Result<(), AdminError> {
        self.put(records).await?;
        self.state.within = last;
        self.state.save()
    }

    /// Writes records, and notes nothing.
    async fn put(&mut self, records: Vec<Record>) -> Result<(), AdminError> {
        for record in records {
            self.importer.take(record).await?;
        }
        Ok(self.importer.write().await?)
    }

    /// What is left of a page to whoever goes on: all of it, if that which was done last is on it no more.
    fn left(&self, mut items: Vec<Value>, name: &str) -> Vec<Value> {
        let last = self.state.within.as_deref();
        let at = last.and_then(|last| items.iter().position(|item| wire::text(item, name).as_deref() == Some(last)));
        items.split_off(at.map_or(0, |at| at + 1))
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

    /// What can be read of items of a list; the others are counted.
    fn understood<T>(&mut self, what: &str, items: &[Value], read: impl Fn(&Value) -> Option<T>) -> Vec<T> {
        let understood: Vec<T> = items.iter().filter_map(read).collect();
        self.miss_strange(what, items.len() - understood.len());
        understood
    }

    /// Counts items of a list that are not as the contract has them.
    fn miss_strange(&mut self, what: &str, n: usize) {
        self.state.miss_some(format!("{what}: they are not as the contract says"), n);
    }

    /// Those whom lists may leave out.
    fn deactivated(&self) -> BTreeSet<Uid> {
        let deactivated = self.users.iter().filter(|(_, is_deactivated)| **is_deactivated);
        deactivated.map(|(uid, _)| uid.clone()).collect()
    }

    fn listed_or_deactivated(&self, listed: &[Value]) -> BTreeSet<Uid> {
        listed.iter().filter_map(|user| wire::uid(user, "uid")).chain(self.deactivated()).collect()
    }

    fn changed_since(&self) -> String {
        self.since.map_or_else(String::new, |since| format!("&updatedAt[from]={}", since.get()))
    }

    async fn rest(&mut self) -> Result<(), AdminError> {
        let pinned = self.source.all("/conversations/pinned", None).await;
        let is_told = pinned.is_ok();
        let pinned = self.optional("conversations that are pinned for all", pinned)?;
        let pins: Vec<_> = pinned.iter().filter_map(super::views::pinned).collect();
        let mut records: Vec<Record> = Vec::new();
        if !pins.is_empty() || (self.since.is_some() && is_told) {
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
    "texts before an edit, and what was deleted permanently: what is deleted there between two runs is to be deleted here too",
    "who reported which message",
    "push tokens and preferences, which clients give again",
    "webhooks, settings of the dashboard, calls",
];

/// What catching up cannot see.
const NEVER_COMPARED: [&str; 2] = [
    "who reacted, where one took a reaction back and another gave the same one to the same message",
    "which threads are followed no more: they are followed here still",
];

/// In the order in which an archive has its kinds.
fn by_kind(mut records: Vec<Record>) -> Vec<Record> {
    records.sort_by_key(Record::kind);
    records
}
