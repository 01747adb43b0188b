//! Messages of earlier times and the reactions to them. They come with what was counted on them by then, so that nothing
//! is counted twice, whatever is repeated.

use std::collections::BTreeMap;

use model::archive::PinRecord;
use model::conversation::ConversationId;
use model::conversation_state::ConversationState;
use model::id::MessageId;
use model::message::Message;
use model::reaction::Reacted;
use model::receipt::{Receipt, ReceiptSubject, Receipts};
use model::uid::Uid;

use crate::store::conversation_state::{behind, showing};
use crate::store::error::StoreError;
use crate::store::keys::{self, Key};
use crate::store::message::Pointer;
use crate::store::reaction::reacted_key;
use crate::store::transaction::{Commit, EXISTS, Untold, Update, number, text, without_refused};
use crate::store::{Store, read};

use super::Brought;

/// How many messages one transaction brings in: two writes each, of which one is 60 KB at the most, of 4 MB.
pub const MESSAGES_AT_ONCE: usize = 40;
/// How many reactions: two writes each.
const REACTIONS_AT_ONCE: usize = 45;

/// What became of messages that were brought in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BroughtMessages {
    /// Those that were there before.
    pub there: Vec<MessageId>,
    /// Those whose ids another conversation has.
    pub taken: Vec<MessageId>,
}

/// The receipts of a message that was never news to anybody, as its importer gave them: they say nothing of other messages.
#[derive(Clone, Debug)]
pub struct OwnReceipts {
    /// Where it is.
    pub conversation: ConversationId,
    /// Which it is.
    pub id: MessageId,
    /// Whose receipts they would be otherwise.
    pub subject: ReceiptSubject,
    /// When it was received and read.
    pub receipts: Receipts,
}

impl Store {
    /// Brings in messages, which rise by id within each conversation, with their conversations' states. Those that are there
    /// stay as they are. `as_news` says whether they may be unread.
    ///
    /// A reply becomes the last one of its thread unless a later one is.
    ///
    /// Cost: 1 round trip for each [`MESSAGES_AT_ONCE`] and one for each conversation and reply; 4 write units for a message
    /// of 1 KB, 1 for each conversation, 1 per KB of the parent for each reply.
    pub async fn import_messages(&self, messages: &[Message], as_news: bool) -> Result<BroughtMessages, StoreError> {
        // A transaction names each row once.
        let messages: BTreeMap<MessageId, &Message> = messages.iter().map(|message| (message.id, message)).collect();
        let messages: Vec<&Message> = messages.into_values().collect();
        let mut brought = BroughtMessages::default();
        for some in messages.chunks(MESSAGES_AT_ONCE) {
            let mut left = some.to_vec();
            while !left.is_empty() {
                let Commit::Refused(refused) = self.bring_messages(&left).await? else { break };
                for (position, pointer) in &refused {
                    let Some((message, pointer)) = position.and_then(|at| left.get(at)).zip(pointer.clone()) else {
                        continue;
                    };
                    let is_it = read::<Pointer>(pointer)?.conversation == message.conversation;
                    if is_it { brought.there.push(message.id) } else { brought.taken.push(message.id) }
                }
                left = without_refused(left, &refused, |position| Some(*position))?;
            }
        }
        let mut conversations: BTreeMap<&ConversationId, Vec<&Message>> = BTreeMap::new();
        for message in messages.into_iter().filter(|message| !brought.taken.contains(&message.id)) {
            conversations.entry(&message.conversation).or_default().push(message);
        }
        for messages in conversations.values() {
            self.follow_up(messages, as_news).await?;
        }
        Ok(brought)
    }

    async fn bring_messages(&self, messages: &[&Message]) -> Result<Commit<usize>, StoreError> {
        let mut tx = self.transaction();
        for (position, message) in messages.iter().enumerate() {
            tx = self.put_message(tx, message, position)?;
        }
        tx.untold(Untold::History).commit().await
    }

    /// What other rows know of messages of one conversation. A repeat does it again: the first may have ended before.
    async fn follow_up(&self, messages: &[&Message], as_news: bool) -> Result<(), StoreError> {
        self.import_senders(messages, messages.iter().map(|message| message.sent_at()).max()).await?;
        for reply in messages.iter().rev() {
            let Some(parent) = reply.parent_id else { continue };
            let last = Update::of(&Key::message(&reply.conversation, parent))
                .set("lastReplyId", number(reply.id.number()))
                .when(EXISTS)
                .when("(attribute_not_exists(lastReplyId) OR lastReplyId < :reply)")
                .number(":reply", reply.id.number());
            self.apply_unread(last.untold(Untold::History)).await?.either_way();
        }
        self.import_last(messages, as_news).await
    }

    /// What a conversation's state knows of messages behind its last one. Where that is none that lists show, such as the notice of an
    /// edit, one of these may be the last that they do.
    ///
    /// Cost: 1 round trip and write unit, twice that where one is.
    async fn import_behind(&self, messages: &[&Message]) -> Result<(), StoreError> {
        let Some(first) = messages.first() else { return Ok(()) };
        let behind = behind(&first.conversation).untold(Untold::History);
        let Some(state) = self.apply::<ConversationState>(behind).await? else { return Ok(()) };
        match self.shown_of(messages).filter(|shown| state.shown_message_id.is_some_and(|known| known < shown.id)) {
            Some(shown) => {
                let update = showing(Update::of(&Key::conversation_state(&shown.conversation)), shown);
                let update = update.when("shownMessageId < :shown").number(":shown", shown.id.number());
                self.apply_unread(update.untold(Untold::History)).await?.either_way();
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Moves the state of a conversation to the last of these messages, and notes when the last of those was sent whose ids say
    /// nothing of time.
    pub(super) async fn import_last(&self, messages: &[&Message], as_news: bool) -> Result<(), StoreError> {
        if let Some(state) = self.state_of_history(messages, as_news)
            && !self.apply_unread(state.untold(Untold::History)).await?.either(true, false)
        {
            self.import_behind(messages).await?;
        }
        let untimed =
            messages.iter().filter(|message| !message.id.tells_time()).max_by_key(|message| message.sent_at());
        if let Some(last) = untimed {
            let noted = Update::of(&Key::conversation_state(&last.conversation))
                .set("untimedAt", number(last.sent_at().get()))
                .when("attribute_exists(pk) AND (attribute_not_exists(untimedAt) OR untimedAt < :last)")
                .number(":last", last.sent_at().get());
            self.apply_unread(noted.untold(Untold::History)).await?.either_way();
        }
        Ok(())
    }

    /// Brings in reactions, which the messages count already.
    ///
    /// Cost: 1 round trip for each [`REACTIONS_AT_ONCE`], 4 write units a reaction.
    pub async fn import_reactions(&self, reactions: &[Reacted]) -> Result<(), StoreError> {
        // A transaction names each row once, and each attribute of it; the last one of a user's counts.
        let told = reactions.iter().map(|it| ((it.message_id, &it.uid, it.reaction.as_str()), it));
        let told: Vec<&Reacted> = told.collect::<BTreeMap<_, _>>().into_values().collect();
        for some in told.chunks(REACTIONS_AT_ONCE) {
            let mut tx = self.transaction::<()>();
            let mut held: BTreeMap<(MessageId, &Uid), Update> = BTreeMap::new();
            for reacted in some {
                tx = tx.put(&reacted_key(reacted), *reacted)?;
                let row = Key::reactor(reacted.message_id, &reacted.uid);
                let update = held.remove(&(reacted.message_id, &reacted.uid)).unwrap_or_else(|| Update::of(&row));
                let update = update.set(&keys::held(&reacted.reaction), number(reacted.id.number()));
                held.insert((reacted.message_id, &reacted.uid), update);
            }
            let tx = held.into_values().fold(tx, |tx, update| tx.update(update));
            tx.untold(Untold::History).commit().await?.unrefused()?;
        }
        Ok(())
    }

    /// Lets a message have its own receipts, and no watermark of theirs stand for it and what is before it.
    ///
    /// Cost: 1 round trip, 1 write unit per KB of the message; with receipts 1 more and 1 for each.
    pub async fn import_own_receipts(&self, own: &OwnReceipts) -> Result<(), StoreError> {
        let OwnReceipts { conversation, id, subject, receipts } = own;
        let told = Update::of(&Key::message(conversation, *id))
            .set("history", serde_dynamo::to_attribute_value(receipts)?)
            .when(EXISTS);
        self.apply_unread(told.untold(Untold::History)).await?.either_way();
        let given = [(Receipt::Delivered, receipts.delivered_at), (Receipt::Read, receipts.read_at)];
        let given = given.into_iter().filter(|(_, at)| at.is_some());
        let marks: Vec<Key> = given.map(|(receipt, _)| Key::watermark(conversation, subject, receipt, *id)).collect();
        self.delete_batches(&marks, Untold::History).await
    }

    /// Lets those of these messages be news that are history here. Cost: 1 round trip for each 100, 1 read unit each; 1 round trip and
    /// write unit per KB for each that was.
    pub async fn import_news(&self, messages: &[(ConversationId, MessageId)]) -> Result<(), StoreError> {
        let keys = messages.iter().map(|(conversation, id)| (conversation, *id));
        for message in self.messages_by_id(keys).await?.iter().filter(|message| message.history.is_some()) {
            let update = Update::of(&Key::message(&message.conversation, message.id)).remove("history").when(EXISTS);
            self.apply_unread(update.untold(Untold::History)).await?.either_way();
        }
        Ok(())
    }

    /// Lets a message be pinned. Cost: 2 round trips, 5 write units for a message of 1 KB.
    pub async fn import_pin(&self, pin: &PinRecord) -> Result<Brought, StoreError> {
        let pinned = Update::of(&Key::message(&pin.conversation, pin.message_id))
            .set("pinnedBy", text(&pin.pinned_by))
            .set("pinnedAt", number(pin.pinned_at.get()))
            .when(EXISTS);
        self.forget_preview(&pin.conversation).await?;
        let tx = self.transaction::<()>().update(pinned).put_item(Key::pin(&pin.conversation, pin.message_id).item());
        Ok(tx.untold(Untold::History).commit().await?.either(Brought::Done, Brought::Homeless))
    }
}
