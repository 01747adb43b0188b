//! One message, with what decides what somebody may do with it, in one round trip.

use std::collections::HashMap;

use futures_util::try_join;

use super::Store;
use super::batch::{Batch, Freshness, Known};
use super::block::Blocks;
use super::error::StoreError;
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::id::MessageId;
use model::leaving::Leaving;
use model::membership::Membership;
use model::message::Message;
use model::receipt::{Position, Receipt};
use model::uid::Uid;
use model::user::User;

/// A message, and what decides what somebody may do with it.
#[derive(Debug, Default)]
pub struct MessageFacts {
    /// Who asks, active or not, if they were named.
    pub user: Option<User>,
    /// The message, if it is there for them.
    pub message: Option<Message>,
    /// Whether its id is among those that are there for them.
    pub is_within: bool,
    /// Whether they belong to its group.
    pub is_member: bool,
    /// Their membership of it, if that was looked up; empty between two users.
    pub membership: Membership,
    /// Who of them and the other side blocks the other, if that was looked up.
    pub blocks: Blocks,
    /// Whose messages and reactions in the conversation are there for nobody.
    pub leaving: Leaving,
    /// The states of its conversation that were looked up, by their users.
    pub rows: Vec<(Uid, ParticipantState)>,
    /// How far the members of its group have come, if that was looked up; nobody's where they are too many.
    pub positions: Option<Vec<Position>>,
    /// The reactions that the reader holds on it and the id of each, if they were looked up.
    pub held: HashMap<String, MessageId>,
}

/// For whom a message is read.
#[derive(Clone, Copy, Debug)]
pub enum Reader<'a> {
    /// For the app.
    App,
    /// For a user who is known.
    Known(&'a User),
    /// For a user who is read along: 1 read unit.
    Named(&'a Uid),
}

impl<'a> Reader<'a> {
    /// Whom it is for, or the app.
    pub fn of(user: Option<&'a User>) -> Reader<'a> {
        user.map_or(Reader::App, Reader::Known)
    }

    fn uid(self) -> Option<&'a Uid> {
        match self {
            Reader::App => None,
            Reader::Known(user) => Some(&user.uid),
            Reader::Named(uid) => Some(uid),
        }
    }
}

/// What is looked up beside a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    /// Who of the reader and the other side blocks the other: of a message that is to be changed.
    pub at_blocks: bool,
    /// How far the other side has come: of a message that may be the reader's own.
    pub at_receipts: bool,
    /// The reader's membership of a group, by which it is known what they may do there to what is of others. For who reads it is
    /// enough that their own row says that it is a member's.
    pub at_membership: bool,
    /// How far each of the members of a group has come, if they are up to [`Receipt::MAX_LISTED`]; of whom that says so there may
    /// be some who left a moment ago.
    pub at_members: bool,
    /// What the reader holds of its reactions.
    pub at_held: bool,
    /// How fresh what only the other side and the app write has to be.
    pub of_others: Freshness,
}

impl Looks {
    /// At nothing.
    pub const NOTHING: Looks = Looks {
        at_blocks: false,
        at_receipts: false,
        at_membership: false,
        at_members: false,
        at_held: false,
        of_others: Freshness::Exact,
    };
}

impl Store {
    /// A message that is there for the conversation. Cost: 1 round trip, 2 read units.
    pub async fn message(&self, conversation: &ConversationId, id: MessageId) -> Result<Option<Message>, StoreError> {
        Ok(self.message_for(conversation, id, Reader::App, Looks::default()).await?.message)
    }

    /// A message that `reader` has not removed from their view, and what lets them have it; with the receipts of the other side,
    /// where that is asked for.
    ///
    /// Between two users the state of the conversation only says what the app has deleted of it, so it is of others; where it
    /// says so of this message, it is asked again. Who belongs to a group is known by their own row, as a rule: it says so from
    /// the transaction that makes them a member to the one that ends that, by a ban too.
    ///
    /// Cost: 1 round trip; 2 read units, 1 more for a reader, 1 for who is only named, 2 for the membership of a group where it is
    /// asked for, 1 for the receipts, 2 for blocks, 1 for what they hold. Where what is of others may be late, between two users 1
    /// call more and half a unit less for the state, the receipts and the other one's block. A query of the members, where these
    /// are asked for. 1 round trip and 2 units more where the row does not say that it is a member's.
    pub async fn message_for(
        &self,
        conversation: &ConversationId,
        id: MessageId,
        reader: Reader<'_>,
        looks: Looks,
    ) -> Result<MessageFacts, StoreError> {
        let pair = reader.uid().and_then(|uid| Some((uid, conversation.other_than(uid)?)));
        let positions = async {
            match (conversation, looks.at_members) {
                (ConversationId::Group(guid), true) => {
                    let few = self.positions_as(guid, Receipt::MAX_LISTED, looks.of_others).await?;
                    Ok(Some(few.unwrap_or_default()))
                }
                _ => Ok(None),
            }
        };
        let known = self.know_as(deciding(conversation, id, reader, looks), looks.of_others);
        let (mut known, positions) = try_join!(known, positions)?;
        known.extend(self.know(unsettled(&known, conversation, id, reader, looks)?).await?);
        let user = match reader {
            Reader::App => None,
            Reader::Known(user) => Some(user.clone()),
            Reader::Named(uid) => match known.user(uid)? {
                Some(user) => Some(user),
                None => return Ok(MessageFacts::default()),
            },
        };
        let held = match reader.uid().filter(|_| looks.at_held) {
            Some(uid) => known.held(uid, id)?,
            None => HashMap::new(),
        };
        let blocks = pair.filter(|_| looks.at_blocks).map(|(uid, other)| known.blocks(uid, other)).unwrap_or_default();
        let facts = read_for(&mut known, conversation, id, user.as_ref(), looks)?;
        let message = self.without_leaving(facts.message.into_iter().collect(), &facts.leaving).await?.pop();
        let mut rows = facts.rows;
        if let Some((_, other)) = pair.filter(|_| looks.at_receipts) {
            rows.extend(known.participant(other, conversation)?.map(|row| (other.clone(), row)));
        }
        Ok(MessageFacts { user, message, rows, blocks, positions, held, ..facts })
    }
}

/// What decides what a reader may do with a message, of which between two users the state and the other one's row are of others.
fn deciding(conversation: &ConversationId, id: MessageId, reader: Reader<'_>, looks: Looks) -> Batch {
    let mut batch = Batch::default().message(conversation, id);
    let Some(uid) = reader.uid() else { return batch.conversation(conversation) };
    batch = batch.participant(uid, conversation);
    if let Reader::Named(uid) = reader {
        batch = batch.user(uid);
    }
    if looks.at_held {
        batch = batch.held(uid, id);
    }
    match (conversation, conversation.other_than(uid)) {
        (ConversationId::Group(guid), _) if looks.at_membership => {
            batch.conversation(conversation).membership(guid, uid)
        }
        (_, Some(other)) => {
            let batch = if looks.at_blocks { batch.blocks(uid, other) } else { batch };
            let of_others = Batch::default().conversation(conversation);
            batch.beside(if looks.at_receipts { of_others.participant(other, conversation) } else { of_others })
        }
        _ => batch.conversation(conversation),
    }
}

/// What of it turns out to be needed after all: the state that says that the message is deleted, if it was read late, and the
/// membership of who is not known by their own row to have one.
fn unsettled(
    known: &Known,
    conversation: &ConversationId,
    id: MessageId,
    reader: Reader<'_>,
    looks: Looks,
) -> Result<Batch, StoreError> {
    let Some(uid) = reader.uid() else { return Ok(Batch::default()) };
    let is_late = looks.of_others == Freshness::Late && conversation.other_than(uid).is_some();
    Ok(match conversation {
        ConversationId::Users(..) if is_late && Some(id) <= known.absent(conversation)?.up_to => {
            Batch::default().conversation(conversation)
        }
        ConversationId::Group(guid) if !looks.at_membership && !known.is_member_by_row(uid, conversation)? => {
            Batch::default().membership(guid, uid)
        }
        _ => Batch::default(),
    })
}

fn read_for(
    known: &mut Known,
    conversation: &ConversationId,
    id: MessageId,
    reader: Option<&User>,
    looks: Looks,
) -> Result<MessageFacts, StoreError> {
    let absent = known.absent(conversation)?;
    let is_within = absent.up_to < Some(id);
    let message = known.take_message(conversation, id)?.filter(|_| is_within);
    let Some(user) = reader else {
        return Ok(MessageFacts { message, is_within, leaving: absent.leaving, ..MessageFacts::default() });
    };
    let membership = match conversation {
        ConversationId::Group(guid) => known.membership(guid, &user.uid)?,
        ConversationId::Users(..) => Membership::default(),
    };
    let is_by_row = !looks.at_membership && known.is_member_by_row(&user.uid, conversation)?;
    let leaving = absent.leaving.clone();
    let row = known.own_without(user, conversation, absent)?;
    let is_cleared = row.cleared_id.is_some_and(|cleared| id <= cleared);
    Ok(MessageFacts {
        message: message.filter(|_| !is_cleared),
        is_within: is_within && !is_cleared,
        is_member: is_by_row || membership.member.is_some(),
        membership,
        leaving,
        rows: vec![(user.uid.clone(), row)],
        ..MessageFacts::default()
    })
}
