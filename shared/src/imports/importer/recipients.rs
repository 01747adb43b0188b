//! Members of groups of whom no list tells all that they received: what they removed from their view, or that was there before them.

use std::collections::{BTreeMap, BTreeSet};

use model::archive::{ConversationRecord, Record};
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::id::MessageId;
use model::message::Category;
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

    fn new(member: &Position, row: &ParticipantState, group: &OfGroup) -> Recipient {
        let start_id = member.start_id.max(row.start_id);
        let may_start_later = match start_id {
            None => group.created_at < row.joined_at,
            // It was found by what they received so far, or is of an earlier time in the group: a joining is told in its second, or in the
            // next one.
            Some(start) => {
                let is_earlier = start.tells_time() && Some(start.sent_at().plus(1)) < row.joined_at;
                !group.joinings.contains(&start) || is_earlier
            }
        };
        let received_id = member.given(Receipt::Delivered);
        Recipient { uid: member.uid.clone(), cleared_id: row.cleared_id, received_id, start_id, may_start_later }
    }
}

/// What tells when members came to a group.
struct OfGroup {
    created_at: Option<Seconds>,
    /// The action messages behind which some of them start.
    joinings: BTreeSet<MessageId>,
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
        let batch = Batch::default().group(guid);
        let batch = positions.iter().fold(batch, |batch, member| batch.participant(&member.uid, &conversation));
        let known = self.store.know(batch).await?;
        let starts = positions.iter().filter_map(|member| Some((&conversation, member.start_id?)));
        let started = self.store.messages_by_id(starts).await?.into_iter();
        let joinings = started.filter(|message| message.category == Category::Action).map(|message| message.id);
        let created_at = known.group(guid)?.map(|group| group.created_at);
        let group = OfGroup { created_at, joinings: joinings.collect() };
        let mut recipients = Vec::new();
        for member in positions {
            let row = known.participant(&member.uid, &conversation)?;
            let recipient = row.map(|row| Recipient::new(&member, &row, &group));
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
    /// messages say themselves.
    ///
    /// Cost: 1 round trip for each 100, a read unit each, and that of [`Importer::complete_positions`].
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
            let row = known.participant(uid, &conversation)?;
            records.extend(row.map(|row| {
                let start_id = row.start_id.max(starts.get(uid).copied().flatten());
                Record::from(ConversationRecord::new(uid.clone(), ParticipantState { start_id, ..row }))
            }));
        }
        self.complete_positions(&mut records).await?;
        Ok(records)
    }
}
