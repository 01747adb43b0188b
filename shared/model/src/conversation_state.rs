//! Conversation state: shared by all participants, of one of them, and how a user stands in it.

use serde::{Deserialize, Serialize};

use super::common_watermarks::CommonWatermarks;
use super::conversation::ConversationId;
use super::group::Group;
use super::id::MessageId;
use super::leaving::{Absent, Leaving};
use super::membership::Membership;
use super::page::{Affix, IdRange};
use super::receipt::{Receipt, ReceiptWatermark, RecentWatermarks};
use super::tags::Tags;
use super::time::Seconds;
use super::uid::Uid;
use super::user::User;

/// The state of a conversation that all its participants share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationState {
    /// The largest id that was given to a message of the conversation, whose next one is above it. A permanent delete
    /// leaves it pointing at nothing.
    pub last_message_id: MessageId,
    /// The last message that a list of conversations shows: any but action messages of edits and deletions, and
    /// those that the group was too large for.
    #[serde(default)]
    pub shown_message_id: Option<MessageId>,
    /// Who sent it, if that was noted.
    #[serde(default)]
    pub shown_sender: Option<Uid>,
    /// The last of these that may count as unread: action messages of members do not.
    #[serde(default)]
    pub news_message_id: Option<MessageId>,
    /// The last reply in a thread of it that was noted here; deleted or not, none is above it.
    #[serde(default)]
    pub last_reply_id: Option<MessageId>,
    /// The first message since which replies are noted here; the last of all ids where history was brought in.
    #[serde(default)]
    pub replies_from: Option<MessageId>,
    /// Whether one of its users was deleted since its last message; a user of the same UID has no row of it.
    #[serde(default)]
    pub is_orphaned: bool,
    /// The last message that was deleted for everybody, with all before it; whoever wrote since began it anew.
    #[serde(default)]
    pub deleted_id: Option<MessageId>,
    /// Whose messages are there for nobody, because they are being deleted themselves.
    #[serde(default)]
    pub leaving: Leaving,
    /// When the last message was sent whose id says nothing of time, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untimed_at: Option<Seconds>,
    /// The latest watermarks of the whole group, if it tells any.
    #[serde(default, rename = "commonMarks", skip_serializing_if = "Option::is_none")]
    pub common: Option<CommonWatermarks>,
    /// How often the watermarks of the whole group were changed: who changes them requires that nobody did since they looked.
    #[serde(default)]
    pub common_changes: u64,
    /// When its first message was sent.
    pub created_at: Seconds,
    /// When the last message that is shown was sent.
    pub updated_at: Seconds,
}

impl ConversationState {
    /// Where its messages are.
    pub fn messages(&self) -> Option<IdRange> {
        let first = if self.is_noted_throughout() { MessageId::first_of(self.created_at) } else { MessageId::MIN };
        IdRange::new(first, self.last_message_id)
    }

    /// Whether all that was ever stored in it is noted here: it is not where history was brought in behind its first message.
    fn is_noted_throughout(&self) -> bool {
        self.replies_from.is_some_and(|from| from.sent_at() <= self.created_at)
    }

    /// Where replies may be among them; none where it never had any.
    pub fn replies(&self) -> Option<IdRange> {
        let end = match self.replies_from {
            Some(_) if self.is_noted_throughout() => self.last_reply_id?,
            Some(from) => self.last_reply_id.max(Some(from))?,
            None => self.last_message_id,
        };
        IdRange::new(MessageId::MIN, end.min(self.last_message_id))
    }

    /// What is there for nobody.
    pub fn absent(&self) -> Absent {
        let (leaving, common) = (self.leaving.clone(), self.common.clone());
        let (untimed_at, copied_from) = (self.untimed_at, self.shown_message_id);
        Absent { up_to: self.deleted_id, leaving, untimed_at, common, copied_from }
    }
}

/// The state of a conversation for one of its participants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantState {
    /// The conversation.
    pub conversation: ConversationId,
    /// The last message that the user has read.
    #[serde(default)]
    pub read_id: Option<MessageId>,
    /// When that was.
    #[serde(default)]
    pub read_at: Option<Seconds>,
    /// The last message that the user has received.
    #[serde(default)]
    pub delivered_id: Option<MessageId>,
    /// When that was.
    #[serde(default)]
    pub delivered_at: Option<Seconds>,
    /// The watermarks of what they read last, if any were noted here.
    #[serde(default)]
    pub recent_read: Option<RecentWatermarks>,
    /// The same of what they received.
    #[serde(default)]
    pub recent_delivered: Option<RecentWatermarks>,
    /// The action message of the user's joining: what was there before is not unread.
    #[serde(default)]
    pub start_id: Option<MessageId>,
    /// When it became a conversation of the user's.
    #[serde(default)]
    pub joined_at: Option<Seconds>,
    /// Whether the row is known to be that of a member of the group: it came with the membership and goes with it. Of a row that
    /// does not say so, the membership does.
    #[serde(default)]
    pub is_member: bool,
    /// The last message that the user removed from their view, with all before it.
    #[serde(default)]
    pub cleared_id: Option<MessageId>,
    /// Whether the conversation keeps its place in lists although the user removed everything.
    #[serde(default)]
    pub is_kept: bool,
    /// The user's tags of the conversation.
    #[serde(default)]
    pub tags: Tags,
    /// When the user last wrote in it, as far as that was noted: nearly, and only between users.
    #[serde(default)]
    pub wrote_at: Option<Seconds>,
    /// Whose messages are there for nobody, as the shared state says.
    #[serde(skip)]
    pub leaving: Leaving,
    /// When the last message was sent whose id says nothing of time, as the shared state says.
    #[serde(skip)]
    pub untimed_at: Option<Seconds>,
    /// The latest watermarks of the whole group, as the shared state tells them.
    #[serde(skip)]
    pub common: Option<CommonWatermarks>,
    /// From which message on one may be copied on the shared state, as that says; none is from the first on.
    #[serde(skip)]
    pub copied_from: Option<MessageId>,
}

impl ParticipantState {
    /// A conversation of which the user has seen nothing.
    pub fn new(conversation: ConversationId) -> ParticipantState {
        ParticipantState {
            conversation,
            read_id: None,
            read_at: None,
            delivered_id: None,
            delivered_at: None,
            recent_read: None,
            recent_delivered: None,
            start_id: None,
            joined_at: None,
            is_member: false,
            cleared_id: None,
            is_kept: false,
            tags: Tags::default(),
            wrote_at: None,
            leaving: Leaving::default(),
            untimed_at: None,
            common: None,
            copied_from: None,
        }
    }

    /// The state as its user may see it: what a former owner of their UID had with somebody is not theirs.
    pub fn of(self, user: &User) -> ParticipantState {
        match self.conversation {
            ConversationId::Users(..) => ParticipantState { cleared_id: self.cleared_id.max(user.born_id), ..self },
            ConversationId::Group(_) => self,
        }
    }

    /// The state without what is there for nobody.
    pub fn without(self, absent: Absent) -> ParticipantState {
        let Absent { up_to, leaving, untimed_at, common, copied_from } = absent;
        ParticipantState { cleared_id: self.cleared_id.max(up_to), leaving, untimed_at, common, copied_from, ..self }
    }

    /// How far the user has come.
    pub fn position(&self, receipt: Receipt) -> Option<MessageId> {
        match receipt {
            Receipt::Delivered => self.delivered_id,
            Receipt::Read => self.read_id,
        }
    }

    /// The watermarks that the row knows of.
    pub fn recent(&self, receipt: Receipt) -> RecentWatermarks {
        let recent = match receipt {
            Receipt::Delivered => &self.recent_delivered,
            Receipt::Read => &self.recent_read,
        };
        match (recent, self.position(receipt)) {
            (Some(recent), at) if recent.reach() == at => recent.clone(),
            // Moved by a version that notes none.
            (_, Some(id)) => RecentWatermarks::after(id),
            (_, None) => RecentWatermarks::none(),
        }
    }

    /// All watermarks that cover messages from `first` on; `None` if the row does not know them all.
    pub fn watermarks(&self, receipt: Receipt, first: MessageId) -> Option<Vec<ReceiptWatermark>> {
        // Of an earlier time in the group there may be some of which this row knows nothing.
        if first <= self.start_id.unwrap_or(MessageId::MIN) && matches!(self.conversation, ConversationId::Group(_)) {
            return None;
        }
        if self.position(receipt) < Some(first) {
            return Some(Vec::new());
        }
        self.recent(receipt).from(first).map(<[_]>::to_vec)
    }

    /// The last message that the user is known to have had anything to do with, nearly: who opens a conversation, receives
    /// or reads.
    pub fn touched(&self) -> Option<MessageId> {
        let joined = self.joined_at.map(MessageId::first_of);
        self.read_id.max(self.delivered_id).max(self.start_id).max(self.cleared_id).max(joined)
    }

    /// The last message that does not count as news of this kind any more.
    pub fn seen(&self, receipt: Receipt) -> Option<MessageId> {
        self.position(receipt).max(self.start_id).max(self.cleared_id)
    }

    /// The messages that the user has not removed from their view.
    pub fn visible(&self) -> Option<IdRange> {
        match self.cleared_id {
            Some(id) => IdRange::ALL.beyond(id, Affix::Append),
            None => Some(IdRange::ALL),
        }
    }
}

/// A conversation as one of its participants has it.
#[derive(Clone, Debug)]
pub struct OwnConversation {
    /// Their own state of it.
    pub participant: ParticipantState,
    /// The shared state.
    pub state: ConversationState,
}

impl OwnConversation {
    /// A participant's state and the shared one; what is deleted for everybody is not theirs either.
    pub fn new(participant: ParticipantState, state: ConversationState) -> OwnConversation {
        OwnConversation { participant: participant.without(state.absent()), state }
    }

    /// Which conversation.
    pub fn id(&self) -> &ConversationId {
        &self.participant.conversation
    }

    /// The messages that are not deleted for everybody.
    pub fn left(&self) -> Option<IdRange> {
        match self.state.deleted_id {
            Some(id) => IdRange::ALL.beyond(id, Affix::Append),
            None => Some(IdRange::ALL),
        }
    }

    /// Whether it holds anything that the user has not removed, or keeps its place without.
    pub fn is_listed(&self) -> bool {
        let is_visible = |shown| self.participant.cleared_id < Some(shown);
        self.state.shown_message_id.is_some_and(is_visible) || self.participant.is_kept
    }

    /// What may be unread: beyond what the user read or removed, up to what the conversation counts.
    pub fn unread(&self) -> Option<IdRange> {
        let beyond = match self.participant.seen(Receipt::Read) {
            Some(id) => IdRange::ALL.beyond(id, Affix::Append)?,
            None => IdRange::ALL,
        };
        IdRange::new(beyond.first(), self.state.news_message_id?)
    }

    /// What the last message may be.
    pub fn shown(&self) -> Option<IdRange> {
        IdRange::new(self.participant.visible()?.first(), self.state.shown_message_id?)
    }
}

/// How a user stands in a conversation.
#[derive(Debug)]
pub struct ConversationAccess {
    /// The group, if it is one's.
    pub group: Option<Group>,
    /// The user's membership of the group; empty towards a user.
    pub membership: Membership,
    /// The state that all participants share; none before the first message.
    pub state: Option<ConversationState>,
    /// The user's own; none if they are no participant.
    pub participant: Option<ParticipantState>,
    /// Whether the message that was asked for is part of it.
    pub holds_named: bool,
}

impl ConversationAccess {
    /// Whether it is known by it that the other of two users is there, active or not: what is deleted with them is marked as
    /// such, so a conversation that is there has both.
    pub fn proves_other(&self) -> bool {
        self.participant.is_some() && self.state.as_ref().is_some_and(|state| !state.is_orphaned)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn state(replies_from: Option<MessageId>) -> ConversationState {
        let created_at = Seconds::new(1_760_000_000);
        let last = MessageId::first_of(created_at.plus(60));
        let mut state = json!({ "lastMessageId": last, "createdAt": created_at, "updatedAt": created_at });
        if let Some(id) = replies_from {
            state["repliesFrom"] = json!(id);
        }
        serde_json::from_value(state).unwrap()
    }

    /// A list from the oldest on reads no conversation before it began.
    #[test]
    fn nothing_is_looked_for_before_a_conversation_began() {
        let begun = MessageId::first_of(Seconds::new(1_760_000_000));
        assert_eq!(state(Some(begun)).messages().unwrap().first(), begun);
        // History that was brought in may be older, and so may be what an earlier version stored.
        assert_eq!(state(Some(MessageId::MAX)).messages().unwrap().first(), MessageId::MIN);
        assert_eq!(state(None).messages().unwrap().first(), MessageId::MIN);
    }
}
