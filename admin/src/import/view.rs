//! One conversation as a user sees it: how far they have come, what is unread, and which receipts are of single messages.

use std::collections::VecDeque;

use model::archive::{ConversationRecord, MessageRecord, StateRecord};
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::id::MessageId;
use model::message::{Category, Receiver};
use model::receipt::{ReceiptSubject, Receipts};
use model::time::Seconds;
use model::uid::Uid;
use serde_json::Value;
use shared::imports::importer::OwnReceipts;

use super::messages::Watermarks;
use super::wire::{id, number, seconds, tags};

/// A counter of so many may mean more.
const COUNTED: usize = 999;

/// When something was received and read.
type Times = [Option<Seconds>; 2];

/// What a user sees of one of their conversations.
#[derive(Debug, Default)]
pub struct View {
    pub first: Option<(MessageId, Seconds)>,
    pub start_id: Option<MessageId>,
    /// The last message, the last one that moves the conversation in lists, and the last one that may be unread.
    last: Option<MessageId>,
    shown: Option<MessageId>,
    news: Option<MessageId>,
    /// How far they read, if the list of conversations tells it: it may be nowhere.
    read: Option<Told>,
    /// The last message that they received and read, and when.
    seen: [Option<(MessageId, Seconds)>; 2],
    /// What is unread, if the list of conversations says it.
    unread: Option<Unread>,
    /// Whether something beyond what they read has no receipt.
    has_gap: bool,
    /// Messages that have receipts although the user has not come so far.
    beyond: Vec<Beyond>,
}

/// Up to where a user read.
#[derive(Clone, Copy, Debug)]
struct Told(Option<MessageId>);

/// A message with receipts that its reader's position does not tell.
#[derive(Debug)]
struct Beyond {
    id: MessageId,
    subject: ReceiptSubject,
    all: Times,
    mine: Times,
}

/// What the list of conversations says of what is unread.
#[derive(Clone, Debug)]
struct Unread {
    /// How many messages.
    count: usize,
    /// The last message that it knew.
    up_to: Option<MessageId>,
    /// As many messages of others, the last ones and one more, and whether they are read by what they say themselves: all, and
    /// those that are in [`View::beyond`] left out.
    all: VecDeque<(MessageId, bool)>,
    last: VecDeque<(MessageId, bool)>,
}

impl Unread {
    fn of(row: &Value) -> Option<Unread> {
        let count = number(row, "unreadMessageCount").and_then(|count| usize::try_from(count).ok());
        let up_to = row.get("lastMessage").and_then(|last| id(last, "id"));
        let count = count.filter(|count| *count < COUNTED)?;
        Some(Unread { count, up_to, all: VecDeque::new(), last: VecDeque::new() })
    }

    fn note(&mut self, message: &MessageRecord, is_read: bool, is_beyond: bool) {
        if self.up_to.is_some_and(|up_to| up_to < message.id) {
            return;
        }
        for some in [Some(&mut self.all), Some(&mut self.last).filter(|_| !is_beyond)].into_iter().flatten() {
            some.push_back((message.id, is_read));
            some.drain(..some.len().saturating_sub(self.count + 1));
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
    /// What the list of conversations tells of one.
    pub fn of(row: &Value) -> View {
        // Who tells the last message of all tells also that nothing was read.
        let read = id(row, "lastReadMessageId");
        let is_told = read.is_some() || id(row, "latestMessageId").is_some();
        View { unread: Unread::of(row), read: is_told.then_some(Told(read)), ..View::default() }
    }

    /// Notes a message with what it says to `uid` of its receipts: `all` of all whom it is for, `mine` theirs. Says whether theirs
    /// tell how far they have come.
    pub fn note(&mut self, message: &MessageRecord, uid: &Uid, all: Times, mine: Times) -> bool {
        let is_action = message.category == Category::Action;
        let is_notice = is_action && message.message_type == "message";
        self.first.get_or_insert((message.id, message.sent_at));
        self.last = Some(message.id);
        self.shown = Some(message.id).filter(|_| !is_notice).or(self.shown);
        self.news = Some(message.id).filter(|_| !is_action).or(self.news);
        if is_action || message.sender == *uid {
            self.saw(message.id, mine);
            return true;
        }
        let is_beyond = self.is_beyond(message, all, mine);
        if let Some(unread) = self.unread.as_mut().filter(|_| message.deleted_at.is_none()) {
            unread.note(message, mine[1].is_some(), is_beyond);
        }
        if is_beyond {
            let subject = match message.receiver {
                Receiver::User(_) => ReceiptSubject::User(uid.clone()),
                Receiver::Group(_) => ReceiptSubject::AllBut(message.sender.clone()),
            };
            self.beyond.push(Beyond { id: message.id, subject, all, mine });
        } else {
            self.saw(message.id, mine);
        }
        !is_beyond
    }

    fn saw(&mut self, id: MessageId, mine: Times) {
        for (seen, at) in self.seen.iter_mut().zip(mine) {
            *seen = at.map(|at| (id, at)).max(*seen);
        }
    }

    /// Whether a message of somebody else has receipts that no position of the user tells.
    fn is_beyond(&mut self, message: &MessageRecord, all: Times, mine: Times) -> bool {
        if self.read.is_none_or(|Told(read)| Some(message.id) <= read) {
            return false;
        }
        let [is_received, is_read] = all.map(|at| at.is_some());
        self.has_gap |= !is_received && !is_read;
        let is_untold = match message.receiver {
            Receiver::User(_) => self.has_gap,
            Receiver::Group(_) => mine[0].is_none(),
        };
        is_read || (is_received && is_untold)
    }

    /// Decides, once all is noted, what the receipts beyond the user's position are. They are of their messages alone, which are
    /// unread for nobody, as those that an importer gave: if as much is unread without these as the list counts. Else they are as all
    /// others.
    pub fn settle(&mut self, conversation: &ConversationId, uid: &Uid, marks: &mut Watermarks) -> Vec<OwnReceipts> {
        let Some(Told(read)) = self.read else { return Vec::new() };
        let is_enough = |unread: &Unread| unread.count <= unread.last.iter().filter(|(id, _)| read < Some(*id)).count();
        let are_own = self.unread.as_ref().is_none_or(is_enough);
        let (own, others): (Vec<Beyond>, Vec<Beyond>) =
            std::mem::take(&mut self.beyond).into_iter().partition(|beyond| are_own && self.start_id < Some(beyond.id));
        if let Some(unread) = self.unread.as_mut().filter(|_| !are_own) {
            unread.last = std::mem::take(&mut unread.all);
        }
        for Beyond { id, mine, .. } in others {
            self.saw(id, mine);
            marks.note(conversation, &ReceiptSubject::User(uid.clone()), id, mine);
        }
        let own = own.into_iter().map(|Beyond { id, subject, all: [delivered_at, read_at], .. }| {
            let receipts = Receipts { delivered_at, read_at };
            OwnReceipts { conversation: conversation.clone(), id, subject, receipts }
        });
        own.collect()
    }

    /// How the conversation stands, where it did not begin with the first message of it: that is left, or was brought in later.
    pub fn state(&self, conversation: &ConversationId, row: &Value) -> Option<StateRecord> {
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

    /// How it stands for the user. `newest` is the newest message of all when the import began.
    pub fn record(
        &self,
        uid: &Uid,
        conversation: ConversationId,
        joined_at: Option<Seconds>,
        row: Option<&Value>,
        newest: MessageId,
    ) -> ConversationRecord {
        let begun_at = row.and_then(|row| seconds(row, "createdAt"));
        let first_at = self.first.map(|(_, at)| at);
        let state =
            ParticipantState { joined_at: joined_at.or(begun_at).or(first_at), ..ParticipantState::new(conversation) };
        let [delivered, read] = self.seen;
        // What is unread is told by the counter: history that is no news may stand behind it, or before.
        let (before, first) = self.unread.as_ref().map_or((None, None), |unread| (unread.before(), unread.first()));
        let read = read.filter(|(id, _)| first.is_none_or(|first| *id < first));
        // Where it is told it may be a message that is not shown to them.
        let read_id = self.read.map_or(read.map(|(id, _)| id), |Told(read)| read);
        let record = ConversationRecord::new(uid.clone(), state);
        ConversationRecord {
            start_id: self.start_id.max(before.filter(|before| read_id < Some(*before))),
            read_id,
            read_at: read.filter(|_| read_id.is_some()).map(|(_, at)| at),
            delivered_id: delivered.map(|(id, _)| id),
            delivered_at: delivered.map(|(_, at)| at),
            cleared_id: self.cleared(begun_at, newest),
            is_kept: row.is_some() && self.first.is_none(),
            tags: row.map(tags).unwrap_or_default(),
            ..record
        }
    }

    /// Up to where they removed the messages from their view: all, where they see none of a conversation that has begun; those
    /// before the first that they see, where it began before.
    fn cleared(&self, begun_at: Option<Seconds>, newest: MessageId) -> Option<MessageId> {
        match self.first {
            None => begun_at.map(|_| newest),
            Some((first, at)) if begun_at.is_some_and(|begun_at| begun_at < at) => first.before(),
            Some(_) => None,
        }
    }
}
