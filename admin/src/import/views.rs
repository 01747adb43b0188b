//! How one user sees their conversations: how far they received and read, what they removed, saved, tagged, pinned, used.

use std::collections::{BTreeMap, BTreeSet};

use model::archive::{
    ConversationPinsRecord, ConversationRecord, InteractionRecord, PinnedWith, Record, SaveRecord, StateRecord,
    SubscriptionRecord,
};
use model::conversation::ConversationId;
use model::filter::other_side;
use model::id::MessageId;
use model::message::Receiver;
use model::receipt::ReceiptSubject;
use model::time::Seconds;
use model::uid::{Guid, Uid};
use serde_json::Value;
use shared::imports::importer::{OwnReceipts, came_without_message};

use super::messages::{self, Watermarks};
use super::people::joining;
use super::places::{self, Run};
use super::recipients;
use super::source::{ReadError, Source};
use super::view::View;
use super::wire::{self, flag, id, seconds, text, uid};

/// What users see of everything.
#[derive(Debug, Default)]
pub struct Seen {
    pub records: Vec<Record>,
    /// Which conversations their lists do not show although they see something of them: what was before was removed.
    pub removed: BTreeSet<(Uid, ConversationId)>,
    /// Which they show, with how far they read there.
    listed: BTreeSet<ConversationId>,
    /// How conversations stand for all, as far as their lists show it.
    pub states: Vec<StateRecord>,
    /// Which conversations of one second stand above which.
    pub runs: Vec<Run>,
    /// Receipts that no record tells.
    pub own_receipts: Vec<OwnReceipts>,
    /// Messages that they have not read.
    pub news: Vec<(ConversationId, MessageId)>,
}

impl Seen {
    /// What another user sees, too, but for what counts for one of them alone.
    pub fn add(&mut self, other: Seen) {
        self.records.extend(other.records);
        self.removed.extend(other.removed);
        self.states.extend(other.states);
        self.runs.extend(other.runs);
        self.own_receipts.extend(other.own_receipts);
        self.news.extend(other.news);
    }

    /// How conversations stand for a user that their list shows: of others nobody is told how far they read.
    pub fn listed(&self) -> impl Iterator<Item = &ConversationRecord> {
        self.records.iter().filter_map(|record| match record {
            Record::Conversation(record) if self.listed.contains(&record.conversation) => Some(record),
            _ => None,
        })
    }
}

/// Reads a user's view of everything.
#[derive(Debug)]
pub struct Views<'v> {
    source: &'v Source,
    user: &'v Uid,
    /// The newest message when the import began.
    newest: MessageId,
    views: BTreeMap<ConversationId, View>,
    marks: Watermarks,
    seen: Seen,
}

impl<'v> Views<'v> {
    /// What `user` sees.
    ///
    /// It takes a request for each 1,000 messages that they see, one for each 1,000 conversations, and one for each 1,000
    /// groups; where history stands among what is unread also one for each 1,000 messages that they have not read, and one; and two
    /// as a rule for each group that they were brought into behind messages.
    pub async fn read(source: &'v Source, user: &'v Uid, newest: MessageId) -> Result<Seen, ReadError> {
        let list = "/conversations?withTags=true&includeBlockedUsers=true";
        // Before the messages: what is sent meanwhile is unread.
        let rows = source.all(list, Some(user)).await?.into_iter();
        let rows: Vec<_> = rows.filter_map(|row| Some((conversation_of(&row, user)?, row))).collect();
        let views = rows.iter().map(|(conversation, row)| (conversation.clone(), View::of(row))).collect();
        let mut read = Views { source, user, newest, views, marks: Watermarks::default(), seen: Seen::default() };
        read.messages().await?;
        read.unread().await?;
        let joined = read.joined().await?;
        read.starts(&joined).await?;
        read.conversations(&rows, joined);
        let Views { marks, mut seen, .. } = read;
        seen.records.extend(marks.records());
        Ok(seen)
    }

    async fn messages(&mut self) -> Result<(), ReadError> {
        let mut after = None;
        loop {
            let page = self.source.messages("/messages?withThreadSubscribed=true", after, Some(self.user)).await?;
            let Some(last) = page.last().and_then(|last| id(last, "id")) else { return Ok(()) };
            page.iter().for_each(|message| self.message(message));
            after = Some(last);
        }
    }

    /// Which messages are unread, where that does not follow from their number.
    async fn unread(&mut self) -> Result<(), ReadError> {
        let to_be_asked = self.views.iter().filter(|(_, view)| view.is_to_be_asked());
        let mut listed: BTreeMap<ConversationId, BTreeSet<MessageId>> =
            to_be_asked.map(|(conversation, _)| (conversation.clone(), BTreeSet::new())).collect();
        let mut after = None;
        while !listed.is_empty() {
            let page = match self.source.messages("/messages?unread=true", after, Some(self.user)).await {
                Err(refusal) if refusal.is_refusal() => return Ok(()),
                page => page?,
            };
            let Some(last) = page.last().and_then(|last| id(last, "id")) else { break };
            for read in page.iter().filter_map(|object| messages::message(object).ok()) {
                if let Some(listed) = listed.get_mut(&read.record.conversation) {
                    listed.insert(read.record.id);
                }
            }
            after = Some(last);
        }
        for (conversation, listed) in listed {
            if let Some(view) = self.views.get_mut(&conversation) {
                view.take_unread(listed);
            }
        }
        Ok(())
    }

    fn message(&mut self, object: &Value) {
        let Ok(read) = messages::message(object) else { return };
        let (message, uid) = (read.record, self.user);
        let view = self.views.entry(message.conversation.clone()).or_default();
        if let Some((_, start_id)) = joining(object).filter(|(joined, _)| joined == uid) {
            view.start_id = Some(start_id);
        }
        let mine = object.get("myReceipt").map(messages::receipts).unwrap_or_default();
        if view.note(&message, uid, read.receipts, mine) {
            self.marks.note(&message.conversation, &ReceiptSubject::User(uid.clone()), message.id, mine);
        }
        if let Some(saved_at) = seconds(object, "savedAt") {
            self.seen.records.push(SaveRecord { uid: uid.clone(), message_id: message.id, saved_at }.into());
        }
        if flag(object, "threadSubscribed") {
            self.seen.records.push(SubscriptionRecord { uid: uid.clone(), message_id: message.id }.into());
        }
        let used = object.get("interactions").and_then(Value::as_array).into_iter().flatten();
        let elements: BTreeMap<String, Seconds> =
            used.filter_map(|used| Some((text(used, "elementId")?, seconds(used, "interactedAt")?))).collect();
        if !elements.is_empty() {
            self.seen.records.push(InteractionRecord { uid: uid.clone(), message_id: message.id, elements }.into());
        }
    }

    /// What the lists of conversations and of groups say, and what only the messages tell.
    fn conversations(&mut self, rows: &[(ConversationId, Value)], mut joined: BTreeMap<ConversationId, Seconds>) {
        let mut views = std::mem::take(&mut self.views);
        for (conversation, view) in &mut views {
            self.seen.own_receipts.extend(view.settle(conversation, self.user, &mut self.marks));
            self.seen.news.extend(view.news().into_iter().map(|id| (conversation.clone(), id)));
        }
        let mut pins: Vec<PinnedWith> = Vec::new();
        self.seen.runs = places::runs(rows, self.user, self.newest);
        for (conversation, row) in rows {
            let (conversation, view) = (conversation.clone(), views.remove(conversation).unwrap_or_default());
            if uid(row, "pinnedBy").as_ref() == Some(self.user) {
                let with = other_side(&conversation, self.user);
                pins.push(PinnedWith { with, pinned_at: seconds(row, "pinnedAt").unwrap_or_default() });
            }
            let joined_at = joined.remove(&conversation);
            self.seen.listed.insert(conversation.clone());
            self.seen.states.extend(view.state(&conversation, row, self.newest));
            self.seen.records.push(view.record(self.user, conversation, joined_at, Some(row), self.newest).into());
        }
        for (conversation, view) in views {
            let joined_at = joined.remove(&conversation);
            if joined_at.is_some() || matches!(conversation, ConversationId::Users(..)) {
                self.seen.removed.insert((self.user.clone(), conversation.clone()));
                self.seen.records.push(view.record(self.user, conversation, joined_at, None, self.newest).into());
            }
        }
        for (conversation, joined_at) in joined {
            // Whatever was written to it: they removed all of it.
            let record = View::default().record(self.user, conversation, Some(joined_at), None, self.newest);
            self.seen.records.push(ConversationRecord { cleared_id: Some(self.newest), ..record }.into());
        }
        if !pins.is_empty() {
            pins.sort_by_key(|pin| pin.pinned_at);
            self.seen.records.push(ConversationPinsRecord { owner: self.user.clone(), pins }.into());
        }
    }

    /// When they came to groups, where no message tells it.
    async fn starts(&mut self, joined: &BTreeMap<ConversationId, Seconds>) -> Result<(), ReadError> {
        for (conversation, view) in &mut self.views {
            let Some(joined_at) = joined.get(conversation) else { continue };
            view.came_later = came_without_message(view.start_id, Some(*joined_at));
            let asked = view.asks_of_start();
            let n_before = recipients::n_before(self.source, self.user, &asked).await?;
            view.start(&asked, n_before);
        }
        Ok(())
    }

    /// The groups that they are a member of, and since when.
    async fn joined(&self) -> Result<BTreeMap<ConversationId, Seconds>, ReadError> {
        let groups = self.source.all("/groups?hasJoined=true", Some(self.user)).await?;
        let joined = groups.iter().filter_map(|group| {
            let guid = wire::guid(group, "guid")?;
            Some((ConversationId::Group(guid), seconds(group, "joinedAt").unwrap_or_default()))
        });
        Ok(joined.collect())
    }
}

/// Which conversation a row of a user's list is.
fn conversation_of(row: &Value, user: &Uid) -> Option<ConversationId> {
    let with = row.get("conversationWith")?;
    match text(row, "conversationType")?.as_str() {
        "group" => wire::guid(with, "guid").map(ConversationId::Group),
        _ => uid(with, "uid").map(|other| ConversationId::between(user, &other)),
    }
}

/// With whom a conversation is that is pinned for the whole app.
pub fn pinned(row: &Value) -> Option<PinnedWith> {
    let with = row.get("conversationWith")?;
    let with = match text(row, "conversationType")?.as_str() {
        "group" => Receiver::Group(Guid::parse(with.get("guid")?.as_str()?).ok()?),
        _ => Receiver::User(uid(with, "uid")?),
    };
    Some(PinnedWith { with, pinned_at: seconds(row, "pinnedAt").unwrap_or_default() })
}
