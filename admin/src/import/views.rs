//! How one user sees their conversations: how far they received and read, what they removed, saved, tagged, pinned, used.

use std::collections::BTreeMap;

use model::archive::{
    ConversationPinsRecord, ConversationRecord, InteractionRecord, MessageRecord, PinnedWith, Record, SaveRecord,
    StateRecord, SubscriptionRecord,
};
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::filter::other_side;
use model::id::MessageId;
use model::message::{Category, Receiver};
use model::receipt::ReceiptSubject;
use model::time::Seconds;
use model::uid::{Guid, Uid};
use serde_json::Value;

use super::messages::{self, Watermarks};
use super::people::joining;
use super::source::{ReadError, Source};
use super::wire::{self, flag, id, seconds, tags, text, uid};

/// What a user sees of one of their conversations.
#[derive(Debug, Default)]
struct View {
    first: Option<(MessageId, Seconds)>,
    start_id: Option<MessageId>,
    /// The last message, the last one that moves the conversation in lists, and the last one that may be unread.
    last: Option<MessageId>,
    shown: Option<MessageId>,
    news: Option<MessageId>,
    /// The last message that they received and read, and when.
    seen: [Option<(MessageId, Seconds)>; 2],
}

impl View {
    fn note(&mut self, message: &MessageRecord) {
        let is_action = message.category == Category::Action;
        let is_notice = is_action && message.message_type == "message";
        self.first.get_or_insert((message.id, message.sent_at));
        self.last = Some(message.id);
        self.shown = Some(message.id).filter(|_| !is_notice).or(self.shown);
        self.news = Some(message.id).filter(|_| !is_action).or(self.news);
    }

    /// How the conversation stands, where it began before the first message that is left of it.
    fn state(&self, conversation: &ConversationId, row: &Value) -> Option<StateRecord> {
        let (created_at, (_, first_at)) = (seconds(row, "createdAt")?, self.first?);
        (created_at < first_at).then_some(StateRecord {
            conversation: conversation.clone(),
            last_message_id: self.last?,
            shown_message_id: self.shown,
            news_message_id: self.news,
            is_orphaned: false,
            created_at,
            updated_at: seconds(row, "updatedAt")?,
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
    records: Vec<Record>,
}

impl<'v> Views<'v> {
    /// The records of what `user` sees.
    ///
    /// It takes a request for each 1,000 messages that they see, one for each 1,000 conversations, and one for each 1,000
    /// groups.
    pub async fn read(source: &'v Source, user: &'v Uid, newest: MessageId) -> Result<Vec<Record>, ReadError> {
        let (views, marks, records) = (BTreeMap::new(), Watermarks::default(), Vec::new());
        let mut read = Views { source, user, newest, views, marks, records };
        read.messages().await?;
        read.conversations().await?;
        let Views { marks, mut records, .. } = read;
        records.extend(marks.records());
        Ok(records)
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

    fn message(&mut self, object: &Value) {
        let Ok(read) = messages::message(object) else { return };
        let (message, uid) = (read.record, self.user);
        let view = self.views.entry(message.conversation.clone()).or_default();
        view.note(&message);
        if let Some((_, start_id)) = joining(object).filter(|(joined, _)| joined == uid) {
            view.start_id = Some(start_id);
        }
        let mine = object.get("myReceipt").map(messages::receipts).unwrap_or_default();
        for (seen, at) in view.seen.iter_mut().zip(mine) {
            *seen = at.map(|at| (message.id, at)).or(*seen);
        }
        self.marks.note(&message.conversation, &ReceiptSubject::User(uid.clone()), message.id, mine);
        if let Some(saved_at) = seconds(object, "savedAt") {
            self.records.push(SaveRecord { uid: uid.clone(), message_id: message.id, saved_at }.into());
        }
        if flag(object, "threadSubscribed") {
            self.records.push(SubscriptionRecord { uid: uid.clone(), message_id: message.id }.into());
        }
        let used = object.get("interactions").and_then(Value::as_array).into_iter().flatten();
        let elements: BTreeMap<String, Seconds> =
            used.filter_map(|used| Some((text(used, "elementId")?, seconds(used, "interactedAt")?))).collect();
        if !elements.is_empty() {
            self.records.push(InteractionRecord { uid: uid.clone(), message_id: message.id, elements }.into());
        }
    }

    /// What the lists of conversations and of groups say, and what only the messages tell.
    async fn conversations(&mut self) -> Result<(), ReadError> {
        let rows = self.source.all("/conversations?withTags=true&includeBlockedUsers=true", Some(self.user)).await?;
        let mut joined = self.joined().await?;
        let mut views = std::mem::take(&mut self.views);
        let mut pins: Vec<PinnedWith> = Vec::new();
        for row in &rows {
            let Some(conversation) = conversation_of(row, self.user) else { continue };
            let view = views.remove(&conversation).unwrap_or_default();
            if uid(row, "pinnedBy").as_ref() == Some(self.user) {
                let with = other_side(&conversation, self.user);
                pins.push(PinnedWith { with, pinned_at: seconds(row, "pinnedAt").unwrap_or_default() });
            }
            let joined_at = joined.remove(&conversation);
            self.records.extend(view.state(&conversation, row).map(Record::from));
            self.records.push(self.record(conversation, &view, joined_at, Some(row)).into());
        }
        for (conversation, view) in views {
            let joined_at = joined.remove(&conversation);
            if joined_at.is_some() || matches!(conversation, ConversationId::Users(..)) {
                self.records.push(self.record(conversation, &view, joined_at, None).into());
            }
        }
        for (conversation, joined_at) in joined {
            self.records.push(self.record(conversation, &View::default(), Some(joined_at), None).into());
        }
        if !pins.is_empty() {
            pins.sort_by_key(|pin| pin.pinned_at);
            self.records.push(ConversationPinsRecord { owner: self.user.clone(), pins }.into());
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

    fn record(
        &self,
        conversation: ConversationId,
        view: &View,
        joined_at: Option<Seconds>,
        row: Option<&Value>,
    ) -> ConversationRecord {
        let begun_at = row.and_then(|row| seconds(row, "createdAt"));
        let first_at = view.first.map(|(_, at)| at);
        let state =
            ParticipantState { joined_at: joined_at.or(begun_at).or(first_at), ..ParticipantState::new(conversation) };
        let [delivered, read] = view.seen;
        // How far they read may be told by itself, where the message that they read last is not shown to them.
        let told = row.and_then(|row| id(row, "lastReadMessageId"));
        let record = ConversationRecord::new(self.user.clone(), state);
        ConversationRecord {
            start_id: view.start_id,
            read_id: told.or(read.map(|(id, _)| id)),
            read_at: read.map(|(_, at)| at),
            delivered_id: delivered.map(|(id, _)| id),
            delivered_at: delivered.map(|(_, at)| at),
            cleared_id: self.cleared(view, begun_at),
            is_kept: row.is_some() && view.first.is_none(),
            tags: row.map(tags).unwrap_or_default(),
            ..record
        }
    }

    /// Up to where they removed the messages from their view: all, where they see none of a conversation that has begun; those
    /// before the first that they see, where it began before.
    fn cleared(&self, view: &View, begun_at: Option<Seconds>) -> Option<MessageId> {
        match view.first {
            None => begun_at.map(|_| self.newest),
            Some((first, at)) if begun_at.is_some_and(|begun_at| begun_at < at) => first.before(),
            Some(_) => None,
        }
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
