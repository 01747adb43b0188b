//! Messages of all conversations, with what people left on them.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use model::archive::{ConversationRecord, ReactionRecord, Record};
use model::conversation_state::ParticipantState;
use model::id::MessageId;
use model::message::Receiver;
use serde_json::Value;
use shared::imports::importer::{OwnReceipts, Shown};

use super::{AT_ONCE, Mover, by_kind};
use crate::AdminError;
use crate::import::details::complete;
use crate::import::messages::{self, Read, Watermarks};
use crate::import::parts::Parts;
use crate::import::wire;
use crate::progress::Progress;

/// How the places begin of what changed, which is read before what is new.
const CHANGED: &str = "changed ";

impl Mover<'_> {
    /// All messages in one sweep. To catch up, those that changed, and those that are new.
    pub(super) async fn messages(&mut self) -> Result<(), AdminError> {
        let place = self.state.place.clone();
        let id_at = |place: &str| MessageId::parse(place).ok();
        let (changed_at, place) = match place.as_deref() {
            Some(place) => (place.strip_prefix(CHANGED).map(id_at), id_at(place)),
            None => (Some(None), None),
        };
        if let (Some(since), Some(after)) = (self.since, changed_at) {
            let changed = format!("/messages?withTags=true&mentionsWithTagInfo=true&updatedAt[from]={}", since.get());
            self.sweep(&changed, after, CHANGED).await?;
        }
        let after = place.or(self.state.last.filter(|_| self.since.is_some()));
        self.sweep("/messages?withTags=true&mentionsWithTagInfo=true", after, "").await
    }

    /// Sweeps over a list, whose places begin so.
    async fn sweep(&mut self, list: &str, after: Option<MessageId>, place: &str) -> Result<(), AdminError> {
        self.walk(list, after, async |mover, part, after| {
            let readable = mover.readable(&part);
            let records = mover.message_records(readable).await?;
            if place.is_empty() {
                mover.state.last = mover.state.last.max(after);
            }
            mover.write(records, after.map(|last| format!("{place}{last}"))).await
        })
        .await
    }

    /// To catch up, all messages once more: reactions and pins change no message, so those are looked for that show others than
    /// here; and receipts that were given since.
    pub(super) async fn differences(&mut self) -> Result<(), AdminError> {
        if self.since.is_none() {
            return Ok(());
        }
        let after = self.state.place.as_deref().and_then(|place| MessageId::parse(place).ok());
        self.walk("/messages?withTags=true&mentionsWithTagInfo=true", after, async |mover, part, after| {
            let records = mover.difference_records(&part).await?;
            mover.write(by_kind(records), after.map(|last| last.to_string())).await
        })
        .await
    }

    /// Goes through a list of messages after one of them; `write` writes a part, and notes that it did up to that part's last.
    async fn walk(
        &mut self,
        list: &str,
        mut after: Option<MessageId>,
        write: impl AsyncFn(&mut Self, Vec<Value>, Option<MessageId>) -> Result<(), AdminError>,
    ) -> Result<(), AdminError> {
        let (mut progress, mut n_done) = (Progress::new("messages"), 0);
        let mut parts = Parts::up_to(self.source.page_size());
        loop {
            let page = self.source.messages(list, after, None).await?;
            if page.is_empty() {
                break;
            }
            for part in parts.of(page) {
                n_done += part.len() as u64;
                progress.at(n_done);
                after = part.last().and_then(|last| wire::id(last, "id")).or(after);
                write(self, part, after).await?;
            }
        }
        progress.end();
        Ok(())
    }

    async fn difference_records(&mut self, part: &[Value]) -> Result<Vec<Record>, AdminError> {
        let read: Vec<Read> = part.iter().filter_map(|object| messages::message(object).ok()).collect();
        let shown: Vec<Shown> = read.iter().map(Read::shown).collect();
        let differing = self.importer.differing(&shown).await?;
        let receipts = self.new_receipts(&read).await?;
        let read = read.into_iter().filter(|read| differing.contains(&read.record.id)).collect();
        let mut records = self.message_records(read).await?;
        records.extend(receipts);
        Ok(records)
    }

    /// The receipts that were given since the first run, which change no message either.
    async fn new_receipts(&self, read: &[Read]) -> Result<Vec<Record>, AdminError> {
        let is_new = |read: &&Read| read.receipts.iter().any(|at| at.is_some() && self.since <= *at);
        let (told, marked): (Vec<&Read>, Vec<&Read>) =
            read.iter().filter(is_new).partition(|read| self.is_to_be_told(read));
        let own: Vec<OwnReceipts> = told.into_iter().filter_map(Read::told_receipts).collect();
        self.importer.own_receipts(&own).await?;
        let mut marks = Watermarks::default();
        marked.into_iter().for_each(|read| marks.note_all(read));
        Ok(marks.records().collect())
    }

    /// Those of a page that can be read.
    fn readable(&mut self, page: &[Value]) -> Vec<Read> {
        let mut readable = Vec::new();
        for object in page {
            match messages::message(object) {
                Ok(read) => readable.push(read),
                Err(why) => self.state.miss(format!("messages: {why}")),
            }
        }
        readable
    }

    async fn message_records(&mut self, readable: Vec<Read>) -> Result<Vec<Record>, AdminError> {
        let (source, media) = (self.source, self.media.as_ref());
        let (mut records, mut marks) = (Vec::new(), Watermarks::default());
        let completed = stream::iter(readable).map(|read| complete(source, media, read)).buffered(AT_ONCE);
        let completed: Vec<(Read, Vec<ReactionRecord>, u64)> = completed.try_collect().await?;
        for (mut read, reactions, n_missing) in completed {
            (0..n_missing).for_each(|_| self.state.miss("files of messages, whose URLs stay"));
            records.extend(self.opening(&read));
            match self.is_to_be_told(&read) {
                true => read.record.history = read.own_receipts(),
                false => marks.note_all(&read),
            }
            records.extend(reactions.into_iter().map(Record::from));
            records.extend(read.pin.map(Record::from));
            records.push(read.record.into());
        }
        records.extend(marks.records());
        Ok(by_kind(records))
    }

    /// Whether a message is to somebody of whom nobody can ask how far they have come, or to who wrote it: what they received and
    /// read is told by each message then.
    fn is_to_be_told(&self, read: &Read) -> bool {
        let Receiver::User(receiver) = &read.record.receiver else { return false };
        *receiver == read.record.sender || self.users.get(receiver).is_some_and(|is_deactivated| *is_deactivated)
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
}
