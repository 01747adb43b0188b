//! Conversation state: shared by all participants, of one of them, and how a user stands in it.

use serde::{Deserialize, Serialize};

use super::conversation::ConversationId;
use super::entity::Party;
use super::id::MessageId;
use super::leaving::{Absent, Leaving};
use super::membership::Membership;
use super::page::{Affix, IdRange};
use super::receipt::Receipt;
use super::tags::Tags;
use super::time::Seconds;
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
    /// The last of these that may count as unread: action messages of members do not.
    #[serde(default)]
    pub news_message_id: Option<MessageId>,
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
    /// When its first message was sent.
    pub created_at: Seconds,
    /// When the last message that is shown was sent.
    pub updated_at: Seconds,
}

impl ConversationState {
    /// What is there for nobody.
    pub fn absent(&self) -> Absent {
        Absent { up_to: self.deleted_id, leaving: self.leaving.clone(), untimed_at: self.untimed_at }
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
    /// The action message of the user's joining: what was there before is not unread.
    #[serde(default)]
    pub start_id: Option<MessageId>,
    /// When it became a conversation of the user's.
    #[serde(default)]
    pub joined_at: Option<Seconds>,
    /// The last message that the user removed from their view, with all before it.
    #[serde(default)]
    pub cleared_id: Option<MessageId>,
    /// Whether the conversation keeps its place in lists although the user removed everything.
    #[serde(default)]
    pub is_kept: bool,
    /// The user's tags of the conversation.
    #[serde(default)]
    pub tags: Tags,
    /// Whose messages are there for nobody, as the shared state says.
    #[serde(skip)]
    pub leaving: Leaving,
    /// When the last message was sent whose id says nothing of time, as the shared state says.
    #[serde(skip)]
    pub untimed_at: Option<Seconds>,
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
            start_id: None,
            joined_at: None,
            cleared_id: None,
            is_kept: false,
            tags: Tags::default(),
            leaving: Leaving::default(),
            untimed_at: None,
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
        let Absent { up_to, leaving, untimed_at } = absent;
        ParticipantState { cleared_id: self.cleared_id.max(up_to), leaving, untimed_at, ..self }
    }

    /// How far the user has come.
    pub fn position(&self, receipt: Receipt) -> Option<MessageId> {
        match receipt {
            Receipt::Delivered => self.delivered_id,
            Receipt::Read => self.read_id,
        }
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
    /// The other side, a user active or not.
    pub with: Option<Party>,
    /// The user's membership of the group; empty towards a user.
    pub membership: Membership,
    /// The state that all participants share; none before the first message.
    pub state: Option<ConversationState>,
    /// The user's own; none if they are no participant.
    pub participant: Option<ParticipantState>,
    /// Whether the message that was asked for is part of it.
    pub holds_named: bool,
}
