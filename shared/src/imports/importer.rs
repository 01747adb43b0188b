//! Writes the records of an archive: in their order by kind, several batches at once. A repeat changes nothing, so whoever
//! was interrupted begins again at any record that was not reported to be written, or before.

mod ended;
mod hidden;
mod recipients;
mod told;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::archive::{Header, Kind, MemberRecord, Record};
use model::group::Member;
use model::message::Message;
use model::reaction::Reacted;
use model::uid::Guid;

pub use ended::{Belonging, Shown};
pub use recipients::{Recipient, Sent, came_without_message};
pub use told::{Place, Raised};

use super::report::Report;
use crate::clock;
use crate::identity::hex_sha256;
use crate::store::Store;
use crate::store::conversation_pin::ConversationPin;
use crate::store::error::StoreError;
pub use crate::store::import::OwnReceipts;
use crate::store::import::{Brought, BroughtMembers, most_bytes};
use crate::store::limited::Creation;

/// How many records are gathered before the first are written: whoever is cut off soon has come further still. Twice as many are
/// before each further time.
const GATHERED_FIRST: usize = 16;
/// How many are gathered at the most.
pub const GATHERED: usize = 1_000;
/// How many calls are under way at once.
const AT_ONCE: usize = 16;
/// How many rows one call puts.
const ROWS_AT_ONCE: usize = 25;
/// How many reactions one call brings in.
const REACTIONS_AT_ONCE: usize = 45;

/// What becomes of users, groups and messages that were brought in before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// They stay as they are.
    Stay,
    /// They become what they are in the archive by now, unless they were changed here later. To catch up, before anybody
    /// uses this app.
    CatchUp,
}

/// Why an archive is not read on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Its header is not that of an archive of this version.
    #[error("the archive is of another format or version ({0} {1}); this program reads {format} {version}",
        format = Header::FORMAT, version = Header::VERSION)]
    OtherVersion(String, u64),
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes records into a table.
#[derive(Debug)]
pub struct Importer<'s> {
    store: &'s Store,
    before: Before,
    gathered: Vec<Record>,
    /// How many of these are enough.
    enough: usize,
    report: Report,
}

impl<'s> Importer<'s> {
    /// An importer that has written nothing yet.
    pub fn new(store: &'s Store, before: Before) -> Importer<'s> {
        Importer { store, before, gathered: Vec::new(), enough: GATHERED_FIRST, report: Report::default() }
    }

    /// Takes a record, and writes what was gathered once that is enough, or of another kind. Says whether all that was taken
    /// before this one is written: whoever notes how far they are does so then.
    pub async fn take(&mut self, record: Record) -> Result<bool, ImportError> {
        if let Record::Header(header) = &record
            && !header.is_readable()
        {
            return Err(ImportError::OtherVersion(header.format.clone(), header.version));
        }
        let is_next = self.gathered.first().is_some_and(|first| first.kind() != record.kind());
        let writes = is_next || self.enough <= self.gathered.len();
        if writes {
            self.write().await?;
        }
        if writes && !is_next {
            self.enough = (self.enough * 2).min(GATHERED);
        }
        self.gathered.push(record);
        Ok(writes)
    }

    /// Writes what is gathered.
    pub async fn write(&mut self) -> Result<(), ImportError> {
        let records = std::mem::take(&mut self.gathered);
        let Some(kind) = records.first().map(Record::kind) else { return Ok(()) };
        let records = self.without_too_large(records);
        let report = match kind {
            Kind::Header | Kind::File => Report::default(),
            Kind::Message => self.messages(records).await?,
            Kind::Reaction => self.reactions(records).await?,
            Kind::Member => self.members(records).await?,
            Kind::Ban => self.bans(records).await?,
            Kind::Block
            | Kind::Conversation
            | Kind::Receipt
            | Kind::Save
            | Kind::Subscription
            | Kind::Interaction
            | Kind::Flag
            | Kind::Mute => self.rows(kind, &records).await?,
            _ => self.each(records).await?,
        };
        self.report.extend(report);
        Ok(())
    }

    /// What became of the records so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Without what no row may hold, because reads reckon with that.
    fn without_too_large(&mut self, records: Vec<Record>) -> Vec<Record> {
        let report = &mut self.report;
        let fits = |record: &Record| {
            let Some(most) = most_bytes(record) else { return true };
            let n_bytes = record.line().map_or(0, |line| line.len());
            let fits = n_bytes as f64 <= most;
            if !fits {
                let what = match record {
                    Record::User(user) => user.uid.to_string(),
                    Record::Group(group) => group.guid.to_string(),
                    Record::Message(message) => message.id.to_string(),
                    _ => String::new(),
                };
                report.refuse(record.kind(), what, format!("it has {n_bytes} bytes, more than one may have"));
            }
            fits
        };
        records.into_iter().filter(fits).collect()
    }

    async fn messages(&self, records: Vec<Record>) -> Result<Report, StoreError> {
        let mut report = Report::default();
        // What belongs to one conversation goes one after the other.
        let mut lanes: BTreeMap<u64, Vec<Message>> = BTreeMap::new();
        for record in records {
            let Record::Message(record) = record else { continue };
            match Message::try_from(record) {
                Ok(message) => {
                    let lane = BuildHasherDefault::<DefaultHasher>::default().hash_one(&message.conversation);
                    lanes.entry(lane % AT_ONCE as u64).or_default().push(message);
                }
                Err(problem) => report.refuse(Kind::Message, problem.0, problem),
            }
        }
        let write = |messages: Vec<Message>| async move {
            let brought = self.store.import_messages(&messages, true).await?;
            if self.before == Before::CatchUp {
                for message in messages.iter().filter(|message| brought.there.contains(&message.id)) {
                    let _: Brought = self.store.import_change(message).await?;
                }
            }
            Ok::<_, StoreError>((messages.len(), brought))
        };
        let lanes: Vec<_> =
            stream::iter(lanes.into_values()).map(write).buffer_unordered(AT_ONCE).try_collect().await?;
        for (n_messages, brought) in lanes {
            report.wrote(Kind::Message, n_messages - brought.taken.len());
            for id in brought.taken {
                report.refuse(Kind::Message, id, "another conversation holds a message of this id");
            }
        }
        Ok(report)
    }

    async fn reactions(&self, records: Vec<Record>) -> Result<Report, StoreError> {
        let (mut report, mut reactions) = (Report::default(), Vec::new());
        for record in records {
            let Record::Reaction(record) = record else { continue };
            match Reacted::try_from(record) {
                Ok(reacted) => reactions.push(reacted),
                Err(problem) => report.refuse(Kind::Reaction, problem.0, problem),
            }
        }
        let chunks = stream::iter(reactions.chunks(REACTIONS_AT_ONCE));
        chunks.map(Ok).try_for_each_concurrent(AT_ONCE, |some| self.store.import_reactions(some)).await?;
        report.wrote(Kind::Reaction, reactions.len());
        Ok(report)
    }

    async fn members(&self, records: Vec<Record>) -> Result<Report, StoreError> {
        let mut groups: BTreeMap<Guid, Vec<MemberRecord>> = BTreeMap::new();
        for record in records {
            let Record::Member(member) = record else { continue };
            groups.entry(member.guid.clone()).or_default().push(member);
        }
        let write = |(guid, members): (Guid, Vec<MemberRecord>)| async move {
            let rows: Vec<_> = members.iter().map(|member| (member.member(), member.start_id)).collect();
            let brought = self.store.import_members(&guid, &rows).await?;
            Ok::<_, StoreError>((guid, members, brought))
        };
        let groups: Vec<_> = stream::iter(groups).map(write).buffer_unordered(AT_ONCE).try_collect().await?;
        let mut report = Report::default();
        for (guid, members, brought) in groups {
            let (refused, why) = match brought {
                BroughtMembers::Homeless => {
                    (members.iter().map(|it| it.uid.clone()).collect(), "there is no such group")
                }
                BroughtMembers::Done { banned } => (banned, "they are banned"),
            };
            report.wrote(Kind::Member, members.len() - refused.len());
            refused.iter().for_each(|uid| report.refuse(Kind::Member, format!("{uid} in {guid}"), why));
        }
        Ok(report)
    }

    async fn bans(&self, records: Vec<Record>) -> Result<Report, StoreError> {
        let mut groups: BTreeMap<Guid, Vec<Member>> = BTreeMap::new();
        for record in records {
            let Record::Ban(ban) = record else { continue };
            groups.entry(ban.guid.clone()).or_default().push(ban.member());
        }
        let write = |(guid, bans): (Guid, Vec<Member>)| async move {
            let members = self.store.import_bans(&guid, &bans).await?;
            Ok::<_, StoreError>((guid, bans.len(), members))
        };
        let groups: Vec<_> = stream::iter(groups).map(write).buffer_unordered(AT_ONCE).try_collect().await?;
        let mut report = Report::default();
        for (guid, n_bans, members) in groups {
            report.wrote(Kind::Ban, n_bans - members.len());
            members.iter().for_each(|uid| report.refuse(Kind::Ban, format!("{uid} in {guid}"), "they are a member"));
        }
        Ok(report)
    }

    async fn rows(&self, kind: Kind, records: &[Record]) -> Result<Report, StoreError> {
        let chunks = stream::iter(records.chunks(ROWS_AT_ONCE));
        chunks.map(Ok).try_for_each_concurrent(AT_ONCE, |some| self.store.import_rows(some)).await?;
        let mut report = Report::default();
        report.wrote(kind, records.len());
        Ok(report)
    }

    async fn each(&self, records: Vec<Record>) -> Result<Report, StoreError> {
        let mut report = Report::default();
        let write = |record: Record| async move {
            let kind = record.kind();
            Ok::<_, StoreError>((kind, self.one(record).await?))
        };
        let mut written = stream::iter(records).map(write).buffer_unordered(AT_ONCE);
        while let Some((kind, outcome)) = written.try_next().await? {
            match outcome {
                Ok(()) => report.wrote(kind, 1),
                Err((what, why)) => report.refuse(kind, what, why),
            }
        }
        Ok(report)
    }

    /// Writes one record by itself; or says what it is about and why it cannot be written.
    async fn one(&self, record: Record) -> Result<Result<(), (String, &'static str)>, StoreError> {
        let store = self.store;
        let there = |brought: Brought, what: String, missing| match brought {
            Brought::Done | Brought::WasThere => Ok(()),
            Brought::Homeless => Err((what, missing)),
        };
        let made = |creation: Creation, what: String| match creation {
            Creation::Done | Creation::Exists => Ok(()),
            Creation::Full => Err((what, "there are as many as there may be")),
        };
        Ok(match record {
            Record::Role(role) => made(store.import_role(&role.clone().into()).await?, role.role.to_string()),
            Record::User(user) => {
                let user = user.into();
                let brought = store.import_user(&user, clock::system()).await?;
                if brought == Brought::WasThere && self.before == Before::CatchUp {
                    let _: Brought = store.import_user_change(&user).await?;
                }
                Ok(())
            }
            Record::FormerUser(user) => {
                let _: Brought = store.import_former_user(&user).await?;
                Ok(())
            }
            Record::Bot(bot) => made(store.create_bot(&bot.clone().into()).await?, bot.uid.to_string()),
            Record::Friend(friend) => {
                let what = format!("{} and {}", friend.uid, friend.friend);
                there(store.import_friend(&friend).await?, what, "one of the two is not there")
            }
            Record::Group(group) => {
                let group = group.into();
                let brought = store.import_group(&group).await?;
                if brought == Brought::WasThere && self.before == Before::CatchUp {
                    let _: Brought = store.import_group_change(&group).await?;
                }
                Ok(())
            }
            Record::State(state) => store.import_state(&state).await.map(Ok)?,
            Record::Pin(pin) => {
                there(store.import_pin(&pin).await?, pin.message_id.to_string(), "there is no such message")
            }
            Record::ConversationPins(list) => {
                let pins =
                    list.pins.into_iter().map(|pin| ConversationPin { with: pin.with, pinned_at: pin.pinned_at });
                let _ = store.import_conversation_pins(&list.owner, pins.collect()).await?;
                Ok(())
            }
            Record::FlagReasons(list) => {
                let _ = store.replace_flag_reasons(&store.flag_reasons().await?, list.reasons).await?;
                Ok(())
            }
            Record::PushToken(token) => {
                let digest = hex_sha256(token.push_token.as_bytes());
                store.import_push_token(&token.with_digest(digest)).await.map(Ok)?
            }
            Record::Preferences(record) => {
                let zone = record.timezone.as_ref();
                store.import_preferences(&record.uid, &record.preferences, zone).await.map(Ok)?
            }
            _ => Ok(()),
        })
    }
}
