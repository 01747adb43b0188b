//! Members of groups of whom no list tells all that they received: what they removed from their view, or that was there before them.

use std::collections::{BTreeMap, BTreeSet};

use model::archive::{ConversationRecord, Record};
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::id::MessageId;
use model::message::{Category, Message};
use model::page::{Affix, IdRange};
use model::receipt::{Position, Receipt};
use model::time::Seconds;
use model::uid::{Guid, Uid};

use super::Importer;
use crate::store::batch::Batch;
use crate::store::error::StoreError;

/// How many messages are read together.
const READ_TOGETHER: usize = 1_000;

/// Such a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Who.
    pub uid: Uid,
    /// Up to which message they removed all from their view.
    pub cleared_id: Option<MessageId>,
    /// Up to which message lists tell that they received.
    pub received_id: Option<MessageId>,
    /// Behind which message they came at the earliest.
    pub start_id: Option<MessageId>,
    /// Whether they may have come later than that, without a message of it.
    pub may_start_later: bool,
}

impl Recipient {
    /// The last message of which only it itself says whether and when they received it.
    pub fn untold(&self) -> Option<MessageId> {
        self.cleared_id.max(self.received_id.filter(|_| self.may_start_later))
    }

    /// `joinings` are the action messages behind which some of the members start.
    fn new(member: &Position, row: &ParticipantState, joinings: &BTreeSet<MessageId>) -> Recipient {
        let start_id = member.start_id.max(row.start_id);
        // Or it was found by what they received so far.
        let may_start_later =
            came_without_message(start_id, row.joined_at) || start_id.is_some_and(|start| !joinings.contains(&start));
        let received_id = member.given(Receipt::Delivered);
        Recipient { uid: member.uid.clone(), cleared_id: row.cleared_id, received_id, start_id, may_start_later }
    }
}

/// Whether somebody who joined a group then may have come behind `start_id`, the last message that tells of a joining of theirs. Where none
/// tells it they may have come at any time: whoever makes a group by the data import is its owner since a time of their choice.
pub fn came_without_message(start_id: Option<MessageId>, joined_at: Option<Seconds>) -> bool {
    // One of an earlier time in the group tells nothing: a joining is told in its second, or in the next one.
    start_id.is_none_or(|start| start.tells_time() && Some(start.sent_at().plus(1)) < joined_at)
}

/// A message of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Which.
    pub id: MessageId,
    /// Who wrote it.
    pub sender: Uid,
}

impl Importer<'_> {
    /// Such members of a group; none of a group of more than [`Receipt::MAX_LISTED`], whose messages do not say who received them.
    ///
    /// Cost: a query of up to 301 members; 1 round trip for each 100, a read unit each for them and for the messages of their joining.
    pub async fn recipients(&self, guid: &Guid) -> Result<Vec<Recipient>, StoreError> {
        let conversation = ConversationId::Group(guid.clone());
        let positions = self.store.positions(guid, Receipt::MAX_LISTED).await?.unwrap_or_default();
        let participant = |batch: Batch, member: &Position| batch.participant(&member.uid, &conversation);
        let batch = positions.iter().fold(Batch::default(), participant);
        let known = self.store.know(batch).await?;
        let starts = positions.iter().filter_map(|member| Some((&conversation, member.start_id?)));
        let started = self.store.messages_by_id(starts).await?.into_iter();
        let joinings = started.filter(|message| message.category == Category::Action).map(|message| message.id);
        let joinings: BTreeSet<MessageId> = joinings.collect();
        let mut recipients = Vec::new();
        for member in positions {
            let row = known.participant(&member.uid, &conversation)?;
            let recipient = row.map(|row| Recipient::new(&member, &row, &joinings));
            recipients.extend(recipient.filter(|recipient| recipient.untold().is_some()));
        }
        Ok(recipients)
    }

    /// Messages of a group that its members can receive, those behind `after` first; and the last message that was looked at, if there
    /// may be more.
    ///
    /// Cost: 1 round trip, 1 read unit per 4 KB of up to 1,000 messages.
    pub async fn sent_to(
        &self,
        guid: &Guid,
        after: Option<MessageId>,
        up_to: MessageId,
    ) -> Result<(Vec<Sent>, Option<MessageId>), StoreError> {
        let first = after.map_or(Some(MessageId::MIN), MessageId::after);
        let Some(range) = first.and_then(|first| IdRange::new(first, up_to)) else { return Ok((Vec::new(), None)) };
        let conversation = ConversationId::Group(guid.clone());
        let slice = self.store.messages(&conversation, range, Affix::Append, READ_TOGETHER).await?;
        let last = slice.items.last().map(|message| message.id).filter(|_| !slice.is_all);
        let received = slice.items.into_iter().filter(|message| message.category != Category::Action);
        Ok((received.map(|message| Sent { id: message.id, sender: message.sender }).collect(), last))
    }

    /// How the conversation of a group stands for these members once their receipts are brought in, and where they start by what
    /// messages say themselves: before what is unread, whatever a message that lists nobody lets one think.
    ///
    /// Cost: 1 round trip for each 100, a read unit each, and that of [`Importer::complete_positions`]; for each start a query.
    pub async fn conversations_of(
        &self,
        guid: &Guid,
        members: impl IntoIterator<Item = &Uid>,
        starts: &BTreeMap<Uid, Option<MessageId>>,
    ) -> Result<Vec<Record>, StoreError> {
        let conversation = ConversationId::Group(guid.clone());
        let members: Vec<&Uid> = members.into_iter().collect();
        let batch = members.iter().fold(Batch::default(), |batch, uid| batch.participant(uid, &conversation));
        let known = self.store.know(batch).await?;
        let mut records: Vec<Record> = Vec::new();
        for uid in members {
            let Some(row) = known.participant(uid, &conversation)? else { continue };
            let start_id = match starts.get(uid).copied().flatten() {
                Some(start) => row.start_id.max(self.before_unread(uid, &row, start).await?),
                None => row.start_id,
            };
            records.push(ConversationRecord::new(uid.clone(), ParticipantState { start_id, ..row }).into());
        }
        self.complete_positions(&mut records).await?;
        Ok(records)
    }

    /// The last id up to `end` before all that is unread for a member. Cost: a query for each 1,000 messages that are not unread.
    async fn before_unread(
        &self,
        uid: &Uid,
        row: &ParticipantState,
        end: MessageId,
    ) -> Result<Option<MessageId>, StoreError> {
        let seen = row.seen(Receipt::Read);
        let mut left = IdRange::new(seen.map_or(Some(MessageId::MIN), MessageId::after).unwrap_or(MessageId::MAX), end);
        while let Some(range) = left {
            let slice = self.store.messages(&row.conversation, range, Affix::Append, READ_TOGETHER).await?;
            let is_unread = |message: &&Message| {
                let is_news = message.category != Category::Action && message.history.is_none();
                is_news && !message.is_deleted() && message.sender != *uid
            };
            if let Some(unread) = slice.items.iter().find(is_unread) {
                return Ok(unread.id.before());
            }
            let last = slice.items.last().filter(|_| !slice.is_all);
            left = last.and_then(|last| range.beyond(last.id, Affix::Append));
        }
        Ok(Some(end))
    }
}
