//! Rows that are read together. Every operation says what it needs to know, with what proves who asks, and takes it out of
//! one answer; what of it concerns whom is decided by who reads it.

use std::collections::HashMap;

use super::access;
use super::conversation_pin::PinnedConversations;
use super::deleted;
use super::error::StoreError;
use super::keys::Key;
use super::message::Pointer;
use super::partition::Rows;
use super::proof::{ProofFacts, ProofQuery};
use super::reaction;
use super::{Found, Store};
use model::conversation::ConversationId;
use model::conversation_state::{ConversationState, ParticipantState};
use model::group::Group;
use model::id::MessageId;
use model::leaving::Absent;
use model::membership::Membership;
use model::message::Message;
use model::uid::{Guid, Uid};
use model::user::User;

/// How fresh what is read has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Freshness {
    /// As it is by now.
    #[default]
    Exact,
    /// As it was a moment ago, as a rule less than a second, at half the price: what whoever asks cannot have written.
    Late,
}

/// What is to be read; each part is a read unit, where nothing else is said.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    keys: Vec<Key>,
    /// What whoever asks by a token cannot have written.
    of_others: Vec<Key>,
}

impl Batch {
    pub(super) fn with(mut self, keys: impl IntoIterator<Item = Key>) -> Batch {
        self.keys.extend(keys);
        self
    }

    /// Both, of which the other one is what others write: it may be late for whom [`Freshness::Late`] is enough.
    pub fn beside(mut self, of_others: Batch) -> Batch {
        self.of_others.extend(of_others.keys.into_iter().chain(of_others.of_others));
        self
    }

    /// What proves a credential.
    pub fn proof(self, query: &ProofQuery) -> Batch {
        self.with([query.key()])
    }

    /// A user.
    pub fn user(self, uid: &Uid) -> Batch {
        self.with([Key::user(uid)])
    }

    /// A group.
    pub fn group(self, guid: &Guid) -> Batch {
        self.with([Key::group(guid)])
    }

    /// What a group is to a user: 2 read units.
    pub fn membership(self, guid: &Guid, uid: &Uid) -> Batch {
        self.with(access::membership_keys(guid, uid))
    }

    /// Whether a user is banned from a group.
    pub fn ban(self, guid: &Guid, uid: &Uid) -> Batch {
        self.with([Key::ban(guid, uid)])
    }

    /// Which conversation holds a message.
    pub fn pointer(self, id: MessageId) -> Batch {
        self.with([Key::pointer(id)])
    }

    /// A message of a conversation.
    pub fn message(self, conversation: &ConversationId, id: MessageId) -> Batch {
        self.with([Key::message(conversation, id)])
    }

    /// The reactions that a user holds on a message.
    pub fn held(self, uid: &Uid, message: MessageId) -> Batch {
        self.with([Key::reactor(message, uid)])
    }

    /// The state of a conversation that all share, and what of it is there for nobody.
    pub fn conversation(self, conversation: &ConversationId) -> Batch {
        self.with([Key::conversation_state(conversation)])
    }

    /// The states of the conversations of these rows, if they are all rows of their user.
    pub fn conversations(self, rows: &Rows<ParticipantState>) -> Batch {
        match rows.rest {
            Some(_) => self,
            None => rows.rows.iter().fold(self, |batch, row| batch.conversation(&row.conversation)),
        }
    }

    /// The conversations that a user, or the app, has pinned.
    pub fn pinned_conversations(self, owner: &Uid) -> Batch {
        self.with([Key::pinned_conversations(owner)])
    }

    /// A user's state of a conversation.
    pub fn participant(self, uid: &Uid, conversation: &ConversationId) -> Batch {
        self.with([Key::participant_state(uid, conversation)])
    }
}

/// What was read.
#[derive(Debug, Default)]
pub struct Known(Found);

impl Store {
    /// Reads all of a batch, strongly consistent, always by the same call of DynamoDB: what a function may do does not hang on
    /// how much there is to read.
    ///
    /// Cost: 1 round trip for each 100 rows, nothing for none; 1 read unit a row.
    pub async fn know(&self, batch: Batch) -> Result<Known, StoreError> {
        self.know_as(batch, Freshness::Exact).await
    }

    /// Reads a batch, of which what others write is as fresh as is said.
    ///
    /// Cost: as [`Store::know`]; where that may be late, 1 call more and half a read unit for each row of it.
    pub async fn know_as(&self, batch: Batch, of_others: Freshness) -> Result<Known, StoreError> {
        Ok(Known(self.get_partly(batch.keys, batch.of_others, of_others).await?))
    }
}

impl Known {
    pub(super) fn found(&self) -> &Found {
        &self.0
    }

    /// What was read, to be added to.
    pub(super) fn into_found(self) -> Found {
        self.0
    }

    /// Whether the state of a conversation was read, and there is any.
    pub(super) fn has_conversation(&self, conversation: &ConversationId) -> bool {
        self.0.has(&Key::conversation_state(conversation))
    }

    /// Takes what was read since, too.
    pub fn extend(&mut self, more: Known) {
        self.0.0.extend(more.0.0);
    }

    /// What proves a credential.
    pub fn proof(&self, query: &ProofQuery) -> Result<ProofFacts, StoreError> {
        query.read(&self.0)
    }

    /// A user, active or not.
    pub fn user(&self, uid: &Uid) -> Result<Option<User>, StoreError> {
        self.0.get(&Key::user(uid))
    }

    /// Whether there is such a user, active or not.
    pub fn has_user(&self, uid: &Uid) -> bool {
        self.0.has(&Key::user(uid))
    }

    /// A group.
    pub fn group(&self, guid: &Guid) -> Result<Option<Group>, StoreError> {
        self.0.get(&Key::group(guid))
    }

    /// What a group is to a user.
    pub fn membership(&self, guid: &Guid, uid: &Uid) -> Result<Membership, StoreError> {
        access::membership(&self.0, guid, uid)
    }

    /// Whether a user is banned from a group.
    pub fn is_banned(&self, guid: &Guid, uid: &Uid) -> bool {
        self.0.has(&Key::ban(guid, uid))
    }

    /// Which conversation holds a message.
    pub fn pointer(&self, id: MessageId) -> Result<Option<Pointer>, StoreError> {
        self.0.get(&Key::pointer(id))
    }

    /// A message as it is stored, whether it is there for anybody or not.
    pub fn take_message(
        &mut self,
        conversation: &ConversationId,
        id: MessageId,
    ) -> Result<Option<Message>, StoreError> {
        self.0.remove(&Key::message(conversation, id))
    }

    /// Whether a conversation stores a message, whether it is there for anybody or not.
    pub fn has_message(&self, conversation: &ConversationId, id: MessageId) -> bool {
        self.0.has(&Key::message(conversation, id))
    }

    /// The reactions that a user holds on a message, and the id of each.
    pub fn held(&self, uid: &Uid, message: MessageId) -> Result<HashMap<String, MessageId>, StoreError> {
        let item = self.0.0.get(&Key::reactor(message, uid));
        Ok(item.map(reaction::held_of).transpose()?.unwrap_or_default())
    }

    /// The conversations that a user, or the app, has pinned.
    pub fn pinned_conversations(&self, owner: &Uid) -> Result<PinnedConversations, StoreError> {
        Ok(self.0.get(&Key::pinned_conversations(owner))?.unwrap_or_default())
    }

    /// What of a conversation is there for nobody.
    pub fn absent(&self, conversation: &ConversationId) -> Result<Absent, StoreError> {
        deleted::absent(&self.0, conversation)
    }

    /// The state of a conversation, if anybody wrote in it since it was deleted.
    pub fn conversation(&self, conversation: &ConversationId) -> Result<Option<ConversationState>, StoreError> {
        deleted::state(&self.0, conversation)
    }

    /// A user's state of a conversation as it is stored.
    pub fn participant(
        &self,
        uid: &Uid,
        conversation: &ConversationId,
    ) -> Result<Option<ParticipantState>, StoreError> {
        self.0.get(&Key::participant_state(uid, conversation))
    }

    /// Whether a user is known by their own row of a group's conversation to belong to the group. Who is not may do so still.
    pub fn is_member_by_row(&self, uid: &Uid, conversation: &ConversationId) -> Result<bool, StoreError> {
        Ok(self.participant(uid, conversation)?.is_some_and(|row| row.is_member))
    }

    /// A user's state of a conversation as they may see it; without a row, nothing was ever seen. What is deleted for
    /// everybody is not theirs either.
    pub fn own(&self, user: &User, conversation: &ConversationId) -> Result<ParticipantState, StoreError> {
        self.own_without(user, conversation, self.absent(conversation)?)
    }

    /// [`Known::own`], where it is known otherwise what is deleted for everybody.
    pub fn own_without(
        &self,
        user: &User,
        conversation: &ConversationId,
        absent: Absent,
    ) -> Result<ParticipantState, StoreError> {
        let row = self.participant(&user.uid, conversation)?;
        let row = row.unwrap_or_else(|| ParticipantState::new(conversation.clone()));
        Ok(row.of(user).without(absent))
    }
}
