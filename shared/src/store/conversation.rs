//! Conversations: their state, shared and of each participant, and who may do what in them.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::try_join;

use super::batch::{Batch, Known};
use super::block::Block;
use super::deleted;
use super::error::StoreError;
use super::keys::Key;
use super::message::Slice;
use super::partition::{Rest, Rows};
use super::transaction::{EXISTS, Untold, Update, number};
use super::{Store, is_live, meter, read};
use model::conversation::ConversationId;
use model::conversation_state::{ConversationAccess, ConversationState, ParticipantState};
use model::event::Event;
use model::filter::other_side;
use model::id::MessageId;
use model::membership::Membership;
use model::message::{Message, Receiver};
use model::page::{Affix, IdRange};
use model::tags::Tags;
use model::uid::{Guid, Uid};
use model::user::User;

impl Batch {
    /// How a user stands in the conversation with `with`, and whether it holds the message `named`: 2 or 3 read units, 3 more
    /// in a group.
    pub fn conversation_access(self, uid: &Uid, with: &Receiver, named: Option<MessageId>) -> Batch {
        let conversation = &ConversationId::of(uid, with);
        let batch = self.conversation(conversation).participant(uid, conversation);
        let batch = named.into_iter().fold(batch, |batch, id| batch.message(conversation, id));
        match with {
            Receiver::User(_) => batch,
            Receiver::Group(guid) => batch.group(guid).membership(guid, uid),
        }
    }

    /// What tells how a member of a group stands in its conversation, and whether it holds the message `named`: 3 or 4 read
    /// units, of which one is of others.
    pub fn standing_of_member(self, uid: &Uid, guid: &Guid, named: Option<MessageId>) -> Batch {
        let conversation = &ConversationId::Group(guid.clone());
        let batch = self.conversation(conversation).participant(uid, conversation);
        let batch = named.into_iter().fold(batch, |batch, id| batch.message(conversation, id));
        batch.beside(Batch::default().ban(guid, uid))
    }
}

impl Known {
    /// How a member of a group stands in its conversation, and its last message; none if they are not known by this to be a
    /// member, the group to be there, and the message `named` to be of it: then all that decides it is to be looked up.
    ///
    /// A user's row of a group's conversation comes and goes with their membership, and what they write of their position
    /// requires the membership itself, which a ban ends: so a ban that is found late lets nobody write. Of a group that is
    /// deleted there is no state.
    pub fn standing_of_member(
        &self,
        user: &User,
        guid: &Guid,
        named: Option<MessageId>,
    ) -> Result<Option<(ParticipantState, MessageId)>, StoreError> {
        let conversation = ConversationId::Group(guid.clone());
        let absent = self.absent(&conversation)?;
        let holds = |id: MessageId| absent.up_to < Some(id) && self.has_message(&conversation, id);
        if self.is_banned(guid, &user.uid) || !named.is_none_or(holds) {
            return Ok(None);
        }
        let participant = self.participant(&user.uid, &conversation)?;
        let standing = participant.zip(self.conversation(&conversation)?);
        Ok(standing.map(|(participant, state)| (participant.of(user).without(absent), state.last_message_id)))
    }

    /// How a user stands in the conversation with `with`, and whether it holds the message `named`.
    pub fn conversation_access(
        &self,
        user: &User,
        with: &Receiver,
        named: Option<MessageId>,
    ) -> Result<ConversationAccess, StoreError> {
        let conversation = ConversationId::of(&user.uid, with);
        let (group, membership) = match with {
            Receiver::User(_) => (None, Membership::default()),
            Receiver::Group(guid) => (self.group(guid)?, self.membership(guid, &user.uid)?),
        };
        let absent = self.absent(&conversation)?;
        let participant = self.participant(&user.uid, &conversation)?;
        Ok(ConversationAccess {
            group,
            membership,
            state: self.conversation(&conversation)?,
            // Also of who is being deleted: a receipt up to what is gone counts up to there.
            holds_named: named.is_some_and(|id| {
                let is_former = matches!(conversation, ConversationId::Users(..)) && user.is_younger_than(id);
                !is_former && absent.up_to < Some(id) && self.has_message(&conversation, id)
            }),
            participant: participant.map(|participant| participant.of(user).without(absent)),
        })
    }
}

/// How removing a conversation from a user's view ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` changed it"]
pub enum Cleared {
    /// Nothing of it is left in their view.
    Done,
    /// They are no participant of it any more.
    NoParticipant,
}

/// Which share of the request's bound the rows of a user's conversations may cost, and one read more.
const ROWS_SHARE: f64 = 0.2;
/// How many rows of a user are read along with the proof of who asks: few, because nothing is proved yet.
pub const READ_ALONG: usize = 50;

impl Store {
    /// Every conversation of a user, in no useful order.
    ///
    /// Query, base table. Cost: 1 round trip and 256 read units for each MB, about 5,000 conversations.
    pub async fn conversations_of(&self, uid: &Uid) -> Result<Vec<ParticipantState>, StoreError> {
        self.all_rows(&Key::participant_states(uid)).await
    }

    /// The first of a user's conversations, which are read along with the proof of who asks.
    ///
    /// Query, base table. Cost: 1 round trip, 1 read unit for about 20 of them, of [`READ_ALONG`] at the most.
    pub async fn first_conversations(&self, uid: &Uid) -> Result<Rows<ParticipantState>, StoreError> {
        self.rows(&Key::participant_states(uid), None, Some(READ_ALONG)).await
    }

    /// [`Store::first_conversations`], and the first of those whom the user has blocked, which stand before them.
    ///
    /// Query, base table. Cost: 1 round trip, 1 read unit for about 20 conversations or blocks, of [`READ_ALONG`] at the most; 2
    /// queries more for who has as many blocks as that.
    pub async fn first_conversations_and_blocks(
        &self,
        uid: &Uid,
    ) -> Result<(Rows<ParticipantState>, Rows<Block>), StoreError> {
        let (first, last) = (Key::blocks(uid), Key::last_participant_state(uid));
        let Slice { items, is_all } = self.range(&first, &last, Affix::Append, READ_ALONG).await?;
        let (mut rows, mut blocked, mut reached) = (Vec::new(), Vec::new(), None);
        for item in items {
            let key = Key::of(&item)?;
            let (is_block, is_conversation) = (key.is_behind(&first), key.is_behind(&Key::participant_states(uid)));
            reached = Some(key).filter(|_| is_conversation);
            match is_live(&item) {
                true if is_block => blocked.push(read(item)?),
                true if is_conversation => rows.push(read(item)?),
                _ => {}
            }
        }
        let rest = match reached {
            Some(last) => Some(Rest::after(&last)).filter(|_| !is_all),
            None if is_all => None,
            None => {
                return try_join!(self.first_conversations(uid), self.some_blocked_by(uid, None, READ_ALONG));
            }
        };
        Ok((Rows { rows, rest }, Rows { rows: blocked, rest: None }))
    }

    /// A user's conversations, of which the first may have been read, as far as a list may read them: all, or those whose rows
    /// cost [`ROWS_SHARE`] of the request's bound, about 2 MB of them.
    ///
    /// Cost: 1 round trip and 256 read units for each further MB.
    pub async fn listed_conversations(
        &self,
        user: &User,
        first: Option<Rows<ParticipantState>>,
    ) -> Result<Vec<ParticipantState>, StoreError> {
        let first = match first {
            Some(first) => first,
            None => self.rows(&Key::participant_states(&user.uid), None, None).await?,
        };
        let Rows { rows: mut all, rest: mut start } = first;
        while start.is_some() && !meter::has_spent(ROWS_SHARE) {
            let Rows { rows, rest } = self.rows(&Key::participant_states(&user.uid), start, None).await?;
            all.extend(rows);
            start = rest;
        }
        Ok(all.into_iter().map(|row| row.of(user)).collect())
    }

    /// A user's groups, by GUID, up to `most`. Cost: as [`Store::conversations_of`], of these rows alone.
    pub async fn groups_of(&self, uid: &Uid, most: usize) -> Result<Vec<Guid>, StoreError> {
        let group = |row: ParticipantState| match row.conversation {
            ConversationId::Group(guid) => Some(guid),
            ConversationId::Users(..) => None,
        };
        let (mut groups, mut start) = (Vec::new(), None);
        loop {
            let Rows { rows, rest } =
                self.rows(&Key::participant_states_of_groups(uid), start, Some(most - groups.len())).await?;
            groups.extend(rows.into_iter().filter_map(group));
            start = rest;
            if start.is_none() || most <= groups.len() {
                return Ok(groups);
            }
        }
    }

    /// With whom a user has a conversation, by UID, up to `most` of them.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip and 1 read unit for about 20 conversations.
    pub async fn partners_of(&self, uid: &Uid, most: usize) -> Result<Vec<Uid>, StoreError> {
        let key = Key::participant_states_with_users(uid);
        let Rows { rows, .. } = self.rows::<ParticipantState>(&key, None, Some(most)).await?;
        let partner = |row: ParticipantState| match other_side(&row.conversation, uid) {
            Receiver::User(other) => Some(other),
            Receiver::Group(_) => None,
        };
        Ok(rows.into_iter().filter_map(partner).collect())
    }

    /// [`Store::conversations_of`] a user as they may see them.
    pub async fn own_conversations(&self, user: &User) -> Result<Vec<ParticipantState>, StoreError> {
        Ok(self.conversations_of(&user.uid).await?.into_iter().map(|row| row.of(user)).collect())
    }

    /// The states of several participants, in the order asked for. Cost: 1 round trip for each 100, 1 read unit a row.
    pub async fn participant_states(
        &self,
        rows: impl Iterator<Item = (Uid, &ConversationId)>,
    ) -> Result<Vec<Option<ParticipantState>>, StoreError> {
        let keys: Vec<Key> = rows.map(|(uid, conversation)| Key::participant_state(&uid, conversation)).collect();
        let found = self.get_all(keys.clone()).await?;
        keys.iter().map(|key| found.get(key)).collect()
    }

    /// How a user stands in the conversation with `with`, and whether it holds the message `named`.
    ///
    /// Cost: 1 round trip, 2 to 6 read units.
    pub async fn conversation_access(
        &self,
        user: &User,
        with: &Receiver,
        named: Option<MessageId>,
    ) -> Result<ConversationAccess, StoreError> {
        self.know(Batch::default().conversation_access(&user.uid, with, named))
            .await?
            .conversation_access(user, with, named)
    }

    /// The states of conversations, in their order; a conversation without message has none. What of them is known is not read.
    ///
    /// Cost: 1 round trip for each 100, 8 at once; 1 read unit a conversation.
    pub async fn conversation_states(
        &self,
        conversations: &[ConversationId],
        known: Known,
    ) -> Result<Vec<Option<ConversationState>>, StoreError> {
        let unknown = conversations.iter().filter(|conversation| !known.has_conversation(conversation));
        let keys: Vec<Key> = unknown.map(Key::conversation_state).collect();
        let mut found = self.get_all(keys).await?;
        found.0.extend(known.into_found().0);
        conversations.iter().map(|conversation| deleted::state(&found, conversation)).collect()
    }

    /// Gives a user's conversation these tags; `None` if they are no participant. Cost: 1 round trip, 1 write unit.
    pub async fn tag_conversation(
        &self,
        uid: &Uid,
        conversation: &ConversationId,
        tags: &Tags,
    ) -> Result<Option<ParticipantState>, StoreError> {
        let tags = serde_dynamo::to_attribute_value(tags)?;
        self.apply(
            Update::of(&Key::participant_state(uid, conversation))
                .set("tags", tags)
                .when(EXISTS)
                .untold(Untold::OwnAffair),
        )
        .await
    }

    /// Removes all messages up to `id` from a user's view. With an event, the user's row carries it.
    ///
    /// Cost: 1 round trip, 1 write unit, whatever the number of messages.
    pub async fn clear_conversation(
        &self,
        uid: &Uid,
        conversation: &ConversationId,
        id: MessageId,
        is_kept: bool,
        event: Option<&Event>,
    ) -> Result<Cleared, StoreError> {
        let update = Update::of(&Key::participant_state(uid, conversation))
            .set("clearedId", number(id.number()))
            .set("isKept", AttributeValue::Bool(is_kept))
            .when(EXISTS);
        let update = match event {
            Some(event) => update.event(event)?,
            None => update.untold(Untold::StepOfAnother),
        };
        Ok(self.apply_unread(update).await?.either(Cleared::Done, Cleared::NoParticipant))
    }

    /// The newest message of a conversation inside `range`. Cost: 1 round trip, 1 read unit.
    pub async fn newest_message(
        &self,
        conversation: &ConversationId,
        range: IdRange,
    ) -> Result<Option<Message>, StoreError> {
        let slice = self.messages(conversation, range, Affix::Prepend, 1).await?;
        Ok(slice.items.into_iter().next())
    }
}
