//! One conversation as a user sees it: how far they have come, what is unread, and which receipts are of single messages.

mod beyond;
mod started;
mod unread;

use std::collections::{BTreeMap, BTreeSet};

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
use super::places;
use super::wire::{id, seconds, tags};
use beyond::{Beyond, Given};
use unread::{COUNTED, Unread};

/// When something was received and read.
type Times = [Option<Seconds>; 2];

/// What a user sees of one of their conversations.
#[derive(Debug, Default)]
pub struct View {
    pub first: Option<(MessageId, Seconds)>,
    pub start_id: Option<MessageId>,
    /// Whether no message tells when they came to a group.
    pub came_later: bool,
    /// The last message of somebody else that they received, and the last one up to where they read.
    received: Option<MessageId>,
    passed: Option<MessageId>,
    /// The last message, the last one that moves the conversation in lists, and the last one that may be unread.
    last: Option<MessageId>,
    shown: Option<(MessageId, Seconds)>,
    news: Option<MessageId>,
    /// How far they read, if the list of conversations tells it: it may be nowhere.
    read: Option<Told>,
    /// The last message that they received and read, and when.
    seen: [Option<(MessageId, Seconds)>; 2],
    /// What is unread, if the list of conversations says it.
    unread: Option<Unread>,
    /// Whether something beyond what they read has no receipt.
    has_gap: bool,
    /// The latest time at which they received something beyond what they read.
    received_at: Option<Seconds>,
    /// Messages that have receipts although the user has not come so far.
    beyond: Vec<Beyond>,
    /// The last message of each of the others to a group, with what all received and read of it.
    by_all: BTreeMap<Uid, (MessageId, Times)>,
    /// Those of their messages to another user, and those of the others to a group.
    answered: Given,
    given: BTreeMap<Uid, Given>,
    /// The last of these whose receipts a position tells.
    answered_up_to: Option<(MessageId, Times)>,
    /// Their messages to another user that have receipts although that one has not come so far.
    answered_beyond: Vec<Beyond>,
}

/// Up to where a user read.
#[derive(Clone, Copy, Debug)]
struct Told(Option<MessageId>);

impl View {
    /// What the list of conversations tells of one.
    pub fn of(row: &Value) -> View {
        // Who tells the last message of all tells also that nothing was read.
        let read = id(row, "lastReadMessageId");
        let is_told = read.is_some() || id(row, "latestMessageId").is_some();
        View { unread: Unread::of(row, is_told), read: is_told.then_some(Told(read)), ..View::default() }
    }

    /// Whether only a list of what is unread tells which messages these are: another number may be as what is noted says.
    pub fn is_to_be_asked(&self) -> bool {
        let (Some(Told(read)), Some(unread)) = (self.read, &self.unread) else { return false };
        let seen = read.max(self.start_id);
        let n_unread = unread.last.iter().filter(|(id, _)| seen < Some(*id)).count();
        unread.listed.is_none() && n_unread != unread.count
    }

    /// Which messages are unread, as far as that is known.
    pub fn news(&self) -> Vec<MessageId> {
        let (Some(Told(read)), Some(unread), false) = (self.read, &self.unread, self.is_to_be_asked()) else {
            return Vec::new();
        };
        let plain = unread.last.iter().map(|(id, _)| *id).filter(|id| read.max(self.start_id) < Some(*id));
        unread.listed.as_ref().map_or_else(|| plain.collect(), |listed| listed.iter().copied().collect())
    }

    /// Takes which messages are unread. A list that says something else than the count is of another moment, or of something else,
    /// and tells nothing.
    pub fn take_unread(&mut self, mut listed: BTreeSet<MessageId>) {
        let (Some(Told(read)), Some(unread)) = (self.read, &mut self.unread) else { return };
        listed.retain(|id| !unread.is_later(*id));
        let is_whole = listed.len() == unread.count || COUNTED <= listed.len().min(unread.count);
        if is_whole && listed.first().is_none_or(|first| read < Some(*first)) {
            unread.listed = Some(listed);
        } else if COUNTED <= unread.count {
            self.unread = None;
        }
    }

    /// Notes a message with what it says to `uid` of its receipts: `all` of all whom it is for, `mine` theirs. Says whether theirs
    /// tell how far they have come.
    pub fn note(&mut self, message: &MessageRecord, uid: &Uid, all: Times, mine: Times) -> bool {
        let is_action = message.category == Category::Action;
        let is_notice = is_action && message.message_type == "message";
        self.first.get_or_insert((message.id, message.sent_at));
        self.last = Some(message.id);
        self.shown = Some((message.id, message.sent_at)).filter(|_| !is_notice).or(self.shown);
        self.news = Some(message.id).filter(|_| !is_action).or(self.news);
        if is_action || message.sender == *uid {
            self.saw(message.id, mine);
            self.note_own(message, all);
            return true;
        }
        let is_beyond = self.is_beyond(message, all, mine);
        let is_group = matches!(message.receiver, Receiver::Group(_));
        let is_alone = self.given.entry(message.sender.clone()).or_default().note(all);
        // What somebody may have to read still is left as it is.
        let is_own = is_group && is_alone && all[1].is_some();
        let may_be_unread = message.deleted_at.is_none() && self.read.is_none_or(|Told(read)| read < Some(message.id));
        if let Some(unread) = self.unread.as_mut().filter(|_| may_be_unread) {
            unread.note(message, mine[1].is_some(), is_beyond);
        }
        self.received = mine[0].map(|_| message.id).or(self.received);
        let is_passed = self.read.is_some_and(|Told(read)| Some(message.id) <= read);
        self.passed = Some(message.id).filter(|_| is_passed).or(self.passed);
        if is_beyond || is_own {
            let subject = match message.receiver {
                Receiver::User(_) => ReceiptSubject::User(uid.clone()),
                Receiver::Group(_) => ReceiptSubject::AllBut(message.sender.clone()),
            };
            let before = self.by_all.get(&message.sender).copied();
            self.beyond.push(Beyond { id: message.id, subject, all, mine, before, is_alone });
        } else if is_group && all.iter().any(Option::is_some) {
            self.by_all.insert(message.sender.clone(), (message.id, all));
        }
        if !is_beyond {
            self.saw(message.id, mine);
        }
        !is_beyond
    }

    /// Notes a message of theirs with the receipts of whom it is for. Who has come so far has come past those before, so one that has
    /// receipts behind one without, or earlier ones than that, has them for itself: that one may see neither, having removed them from
    /// their view.
    fn note_own(&mut self, message: &MessageRecord, all: Times) {
        let Receiver::User(receiver) = &message.receiver else { return };
        if message.category == Category::Action || *receiver == message.sender || self.read.is_none() {
            return;
        }
        if self.answered.note(all) {
            let subject = ReceiptSubject::User(receiver.clone());
            let before = self.answered_up_to;
            self.answered_beyond.push(Beyond {
                id: message.id,
                subject,
                all,
                mine: Times::default(),
                before,
                is_alone: true,
            });
        } else if all.iter().any(Option::is_some) {
            self.answered_up_to = Some((message.id, all));
        }
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
        let is_earlier = all[0] < self.received_at;
        self.received_at = all[0].max(self.received_at);
        let is_untold = match message.receiver {
            // What covers it would cover those before.
            Receiver::User(_) => self.has_gap || is_earlier,
            Receiver::Group(_) => mine[0].is_none(),
        };
        is_read || (is_received && is_untold)
    }

    /// Decides, once all is noted, what the receipts beyond the user's position are. They are of their messages alone, which are
    /// unread for nobody, as those that an importer gave: if these are not listed as unread, or as much is unread without them as
    /// the list of conversations counts. Else they are as all others. What has no receipts and is not listed is such a message as well.
    pub fn settle(&mut self, conversation: &ConversationId, uid: &Uid, marks: &mut Watermarks) -> Vec<OwnReceipts> {
        let Some(Told(read)) = self.read else { return Vec::new() };
        let is_enough = |unread: &Unread| unread.count <= unread.last.iter().filter(|(id, _)| read < Some(*id)).count();
        let are_own = self.unread.as_ref().is_none_or(is_enough);
        let listed = self.unread.as_ref().and_then(|unread| unread.listed.as_ref());
        let is_own = |beyond: &Beyond| {
            let is_unread = listed.map_or(!are_own, |listed| listed.contains(&beyond.id));
            !is_unread && (beyond.is_alone || self.start_id < Some(beyond.id))
        };
        let (own, others): (Vec<Beyond>, Vec<Beyond>) = std::mem::take(&mut self.beyond).into_iter().partition(is_own);
        // What all of a group have is its own, what the user has is not.
        let theirs = own.iter().filter(|own| matches!(own.subject, ReceiptSubject::AllBut(_)));
        let theirs: Vec<(MessageId, Times)> = theirs.chain(&others).map(|beyond| (beyond.id, beyond.mine)).collect();
        let own: Vec<Beyond> = own.into_iter().chain(std::mem::take(&mut self.answered_beyond)).collect();
        // Their watermarks go, which may have stood for those before too.
        for (subject, before) in own.iter().filter_map(|own| Some((&own.subject, own.after(&others)?))) {
            marks.note(conversation, subject, before.0, before.1);
        }
        let mut own: Vec<OwnReceipts> = own.into_iter().map(|beyond| beyond.own(conversation)).collect();
        own.extend(self.unlisted(conversation).into_iter().map(|id| {
            let (conversation, subject) = (conversation.clone(), ReceiptSubject::User(uid.clone()));
            OwnReceipts { conversation, id, subject, receipts: Receipts::default() }
        }));
        if let Some(unread) = self.unread.as_mut().filter(|unread| !are_own && unread.listed.is_none()) {
            unread.last = std::mem::take(&mut unread.all);
        }
        for (id, mine) in theirs {
            self.saw(id, mine);
            marks.note(conversation, &ReceiptSubject::User(uid.clone()), id, mine);
        }
        own
    }

    /// What is neither read nor unread, but for what a position tells that is before all that is unread.
    fn unlisted(&self, conversation: &ConversationId) -> Vec<MessageId> {
        let Some((unread, listed)) = self.unread.as_ref().and_then(|unread| Some((unread, unread.listed.as_ref()?)))
        else {
            return Vec::new();
        };
        let n_before = if self.may_have_started(conversation) { unread.before_listed(listed).count() } else { 0 };
        let others = unread.last.iter().skip(n_before).map(|(id, _)| *id);
        others.filter(|id| self.start_id < Some(*id) && !listed.contains(id)).collect()
    }

    /// How the conversation stands, where its messages do not tell: it did not begin with the first of them, which is left, or was
    /// brought in later; or the last that was shown is deleted permanently, and lists have it where that was, or below: see
    /// [`places`](super::places). `newest` is the newest message of all when the import began.
    pub fn state(&self, conversation: &ConversationId, row: &Value, newest: MessageId) -> Option<StateRecord> {
        let (created_at, updated_at) = (seconds(row, "createdAt")?, seconds(row, "updatedAt")?);
        let is_gone = self.shown.is_none_or(|(_, at)| at < updated_at);
        let gone_at = is_gone.then(|| places::Told::of(row, newest).at_least);
        let shown = gone_at.or(self.shown.map(|(id, _)| id));
        let has_begun = self.first.is_some_and(|(_, first_at)| created_at == first_at);
        (is_gone || !has_begun).then_some(StateRecord {
            conversation: conversation.clone(),
            last_message_id: self.last.max(shown)?,
            shown_message_id: shown,
            news_message_id: self.news,
            is_orphaned: false,
            created_at,
            updated_at: self.shown.map_or(updated_at, |(_, shown_at)| shown_at.max(updated_at)),
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
        let [delivered, read] = self.seen;
        // What is unread is told by the counter: history that is no news may stand behind it, or before.
        let first = self.unread.as_ref().and_then(Unread::first);
        let before = self.unread.as_ref().filter(|_| self.may_have_started(&conversation)).and_then(Unread::before);
        let read = read.filter(|(id, _)| first.is_none_or(|first| *id < first));
        // Where it is told it may be a message that is not shown to them.
        let read_id = self.read.map_or(read.map(|(id, _)| id), |Told(read)| read);
        let state =
            ParticipantState { joined_at: joined_at.or(begun_at).or(first_at), ..ParticipantState::new(conversation) };
        let record = ConversationRecord::new(uid.clone(), state);
        ConversationRecord {
            start_id: self.start_id.max(before.filter(|before| read_id < Some(*before))),
            read_id,
            read_at: read.filter(|_| read_id.is_some()).map(|(_, at)| at),
            delivered_id: delivered.map(|(id, _)| id),
            delivered_at: delivered.map(|(_, at)| at),
            cleared_id: self.cleared(begun_at, newest),
            // What their list shows without such a message keeps its place.
            is_kept: row.is_some() && self.shown.is_none(),
            tags: row.map(tags).unwrap_or_default(),
            ..record
        }
    }

    /// Up to where they removed the messages from their view: all, where they see none of a conversation that has begun, else those before
    /// the first that they see. Where there are none, nothing was removed: [`Importer::remove_only_what_is_there`].
    ///
    /// [`Importer::remove_only_what_is_there`]: shared::imports::importer::Importer::remove_only_what_is_there
    fn cleared(&self, begun_at: Option<Seconds>, newest: MessageId) -> Option<MessageId> {
        match self.first {
            None => begun_at.map(|_| newest),
            Some((first, _)) => first.before(),
        }
    }
}
