//! How one user sees their conversations: how far they received and read, what they removed, saved, tagged, pinned, used.

use std::collections::{BTreeMap, VecDeque};

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
use super::wire::{self, flag, id, number, seconds, tags, text, uid};

/// A counter of so many may mean more.
const COUNTED: usize = 999;

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
    /// What is unread, if the list of conversations says it.
    unread: Option<Unread>,
}

/// What the list of conversations says of what is unread.
#[derive(Clone, Debug)]
struct Unread {
    /// How many messages.
    count: usize,
    /// The last message that it knew.
    up_to: Option<MessageId>,
    /// As many messages of others, the last ones and one more, and whether they are read by what they say themselves.
    last: VecDeque<(MessageId, bool)>,
}

impl Unread {
    fn of(row: &Value) -> Option<Unread> {
        let count = number(row, "unreadMessageCount").and_then(|count| usize::try_from(count).ok());
        let up_to = row.get("lastMessage").and_then(|last| id(last, "id"));
        Some(Unread { count: count.filter(|count| *count < COUNTED)?, up_to, last: VecDeque::new() })
    }

    fn note(&mut self, message: &MessageRecord, is_read: bool) {
        if self.up_to.is_none_or(|up_to| message.id <= up_to) {
            self.last.push_back((message.id, is_read));
            self.last.drain(..self.last.len().saturating_sub(self.count + 1));
        }
    }

    /// The last message that is not unread.
    fn before(&self) -> Option<MessageId> {
        self.last.len().checked_sub(self.count + 1).and_then(|at| self.last.get(at)).map(|(id, _)| *id)
    }

    /// The first that is.
    fn first(&self) -> Option<MessageId> {
        let first = self.last.len().checked_sub(self.count).and_then(|at| self.last.get(at));
        first.filter(|(_, is_read)| !is_read).map(|(id, _)| *id)
    }
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

    /// How the conversation stands, where it did not begin with the first message of it: that is left, or was brought in later.
    fn state(&self, conversation: &ConversationId, row: &Value) -> Option<StateRecord> {
        let (created_at, (_, first_at)) = (seconds(row, "createdAt")?, self.first?);
        (created_at != first_at).then_some(StateRecord {
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
        let list = "/conversations?withTags=true&includeBlockedUsers=true";
        // Before the messages: what is sent meanwhile is unread.
        let rows = source.all(list, Some(user)).await?.into_iter();
        let rows: Vec<_> = rows.filter_map(|row| Some((conversation_of(&row, user)?, row))).collect();
        let view = |row: &Value| View { unread: Unread::of(row), ..View::default() };
        let views = rows.iter().map(|(conversation, row)| (conversation.clone(), view(row))).collect();
        let mut read = Views { source, user, newest, views, marks: Watermarks::default(), records: Vec::new() };
        read.messages().await?;
        read.conversations(&rows).await?;
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
        let may_be_news =
            message.category != Category::Action && message.deleted_at.is_none() && message.sender != *uid;
        if let Some(unread) = view.unread.as_mut().filter(|_| may_be_news) {
            unread.note(&message, mine[1].is_some());
        }
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
    async fn conversations(&mut self, rows: &[(ConversationId, Value)]) -> Result<(), ReadError> {
        let mut joined = self.joined().await?;
        let mut views = std::mem::take(&mut self.views);
        let mut pins: Vec<PinnedWith> = Vec::new();
        for (conversation, row) in rows {
            let (conversation, view) = (conversation.clone(), views.remove(conversation).unwrap_or_default());
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
        // How far they read may be told by itself, where the message that they read last is not shown to them. What is unread
        // is told by the counter: history that is no news may stand behind it, or before.
        let told = row.and_then(|row| id(row, "lastReadMessageId"));
        let (before, first) = view.unread.as_ref().map_or((None, None), |unread| (unread.before(), unread.first()));
        let read = read.filter(|(id, _)| first.is_none_or(|first| *id < first));
        let read_id = told.or(read.map(|(id, _)| id));
        let record = ConversationRecord::new(self.user.clone(), state);
        ConversationRecord {
            start_id: view.start_id.max(before.filter(|before| read_id < Some(*before))),
            read_id,
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
