//! The table as records of an archive, from one end to the other.
//!
//! What readers are not shown is not in it either: rows that are being deleted, what is deleted of a conversation, and what
//! those wrote who are being deleted.

mod one_user;

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use futures_util::FutureExt;
use model::archive::{
    BanRecord, BlockRecord, BotRecord, ConversationPinsRecord, ConversationRecord, FlagReasonsRecord, FlagRecord,
    FormerUserRecord, FriendRecord, GroupRecord, InteractionRecord, MemberRecord, MessageRecord, MuteRecord, PinRecord,
    PinnedWith, PreferencesRecord, PushTokenRecord, ReactionRecord, ReceiptRecord, Record, RoleRecord, SaveRecord,
    StateRecord, SubscriptionRecord, UserRecord,
};
use model::bot::Bot;
use model::conversation::ConversationId;
use model::conversation_state::{ConversationState, ParticipantState};
use model::group::{Group, Member};
use model::id::MessageId;
use model::leaving::Absent;
use model::message::Message;
use model::mute::Mute;
use model::notified::Notified;
use model::push_token::PushToken;
use model::reaction::Reacted;
use model::receipt::{Position, ReceiptWatermark};
use model::role::Role;
use model::time::Seconds;
use model::uid::Uid;
use model::user::User;
use serde::Deserialize;

use super::block::Block;
use super::conversation_pin::PinnedConversations;
use super::deleted;
use super::error::StoreError;
use super::flag::Flagged;
use super::flag_reason::FlagReasons;
use super::friend::Friend;
use super::keys::{Archived, ENDING_AT, GONE, Key};
use super::partition::Rest;
use super::push::TIME_ZONE;
use super::save::{Interactions, Saved};
use super::{Found, Item, Store, is_live, meter, read};

/// One of several parts of the table that are read side by side. Rows of one partition are in one part.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    /// Which, from 0.
    pub index: u16,
    /// Of how many.
    pub of: u16,
}

/// Some of the records of a table.
#[derive(Debug)]
pub struct Records {
    /// The records; those of one conversation rise by id.
    pub records: Vec<Record>,
    /// How many rows were read for them.
    pub n_rows: usize,
    /// Where the rest starts; nothing is left without it.
    pub rest: Option<Rest>,
}

impl Store {
    /// Some of the records of a part of the table, from where `rest` starts.
    ///
    /// Scan, base table, strongly consistent: what was stored before it began is in it, unless it was deleted meanwhile; what
    /// is stored later may be. Cost: 2 round trips, 1 read unit per 4 KB of all rows and 1 for each conversation among them.
    pub async fn records(&self, segment: Segment, rest: Option<Rest>) -> Result<Records, StoreError> {
        let answer = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .segment(segment.index.into())
            .total_segments(segment.of.into())
            .set_exclusive_start_key(rest.map(|rest| rest.0))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .boxed()
            .await?;
        meter::reads(answer.consumed_capacity.as_slice());
        let items = answer.items.unwrap_or_default();
        let n_rows = items.len();
        let mut records = self.shown_records(items).await?;
        // A friendship stands with both.
        records.retain(|record| !matches!(record, Record::Friend(friend) if friend.friend < friend.uid));
        Ok(Records { records, n_rows, rest: answer.last_evaluated_key.map(Rest) })
    }

    /// The records of these rows that somebody is shown.
    async fn shown_records(&self, items: Vec<Item>) -> Result<Vec<Record>, StoreError> {
        let mut records = Vec::new();
        for item in items {
            records.extend(records_of(item)?);
        }
        let conversations: BTreeSet<&ConversationId> = records.iter().filter_map(conversation_of).collect();
        let found = self.get_all(conversations.iter().map(|id| Key::conversation_state(id)).collect()).await?;
        let absent = absences(&found, conversations)?;
        records.retain(|record| {
            conversation_of(record).and_then(|id| absent.get(id)).is_none_or(|absent| is_shown(record, absent))
        });
        Ok(records)
    }
}

/// What of these conversations is there for nobody.
fn absences(
    found: &Found,
    conversations: BTreeSet<&ConversationId>,
) -> Result<HashMap<ConversationId, Absent>, StoreError> {
    conversations.into_iter().map(|id| Ok((id.clone(), deleted::absent(found, id)?))).collect()
}

/// The conversation whose state says whether a record is shown.
fn conversation_of(record: &Record) -> Option<&ConversationId> {
    match record {
        Record::Message(message) => Some(&message.conversation),
        Record::Receipt(receipt) => Some(&receipt.conversation),
        Record::Pin(pin) => Some(&pin.conversation),
        Record::State(state) => Some(&state.conversation),
        _ => None,
    }
}

fn is_shown(record: &Record, absent: &Absent) -> bool {
    match record {
        Record::Message(message) => absent.up_to < Some(message.id) && !absent.leaving.holds(&message.sender),
        Record::Receipt(receipt) => absent.up_to < Some(receipt.id),
        Record::Pin(pin) => absent.up_to < Some(pin.message_id),
        Record::State(state) => absent.up_to < Some(state.last_message_id),
        _ => true,
    }
}

/// The records of one row: none, one, or two of a message that is pinned.
fn records_of(item: Item) -> Result<Vec<Record>, StoreError> {
    let Some(what) = Key::of(&item)?.archived() else { return Ok(Vec::new()) };
    if !is_live(&item) {
        return remains_of(what, item);
    }
    if what == Archived::Message {
        return Ok(records_of_message(read(item)?));
    }
    Ok(vec![record_of(what, item)?])
}

/// What is kept of a row that is not there any more.
fn remains_of(what: Archived, item: Item) -> Result<Vec<Record>, StoreError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Former {
        gone_id: MessageId,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Left {
        gone_at: Seconds,
        #[serde(default)]
        cleared_id: Option<MessageId>,
    }
    Ok(match what {
        Archived::User(uid) if !item.contains_key(ENDING_AT) => {
            let Former { gone_id } = read(item)?;
            vec![FormerUserRecord { uid, gone_id }.into()]
        }
        Archived::Participant(uid, conversation @ ConversationId::Group(_)) if item.contains_key(GONE) => {
            let Left { gone_at, cleared_id } = read(item)?;
            let state =
                ConversationRecord::new(uid, ParticipantState { cleared_id, ..ParticipantState::new(conversation) });
            vec![ConversationRecord { left_at: Some(gone_at), ..state }.into()]
        }
        _ => Vec::new(),
    })
}

fn records_of_message(message: Message) -> Vec<Record> {
    let pin = message.pinned_by.clone().zip(message.pinned_at).map(|(pinned_by, pinned_at)| PinRecord {
        conversation: message.conversation.clone(),
        message_id: message.id,
        pinned_by,
        pinned_at,
    });
    std::iter::once(MessageRecord::from(message).into()).chain(pin.map(Record::from)).collect()
}

fn record_of(what: Archived, item: Item) -> Result<Record, StoreError> {
    Ok(match what {
        Archived::Role => RoleRecord::from(read::<Role>(item)?).into(),
        Archived::FlagReasons => FlagReasonsRecord { reasons: read::<FlagReasons>(item)?.reasons }.into(),
        Archived::User(_) => UserRecord::from(read::<User>(item)?).into(),
        Archived::Bot => BotRecord::without_credentials(read::<Bot>(item)?).into(),
        Archived::Friend(uid) => {
            let Friend { uid: friend, friends_since } = read(item)?;
            FriendRecord { uid, friend, friends_since }.into()
        }
        Archived::Block(uid) => {
            let Block { uid: blocked, blocked_at } = read(item)?;
            BlockRecord { uid, blocked, blocked_at }.into()
        }
        Archived::Participant(uid, _) => ConversationRecord::new(uid, read(item)?).into(),
        Archived::ConversationPins(owner) => pins_record(owner, read(item)?).into(),
        Archived::Save(uid) => {
            let Saved { id: message_id, saved_at } = read(item)?;
            SaveRecord { uid, message_id, saved_at }.into()
        }
        Archived::PushToken => PushTokenRecord::from(read::<PushToken>(item)?).into(),
        Archived::Preferences(uid) => {
            let has_zone = item.contains_key(TIME_ZONE);
            let Notified { preferences, timezone, .. } = read(item)?;
            PreferencesRecord { uid, preferences, timezone: has_zone.then_some(timezone) }.into()
        }
        Archived::Mute(uid) => MuteRecord::new(uid, &read::<Mute>(item)?).into(),
        Archived::Group => GroupRecord::from(read::<Group>(item)?).into(),
        Archived::Member(guid) => {
            let Position { start_id, .. } = read(item.clone())?;
            MemberRecord::new(guid, read::<Member>(item)?, start_id).into()
        }
        Archived::Ban(guid) => BanRecord::new(guid, read(item)?).into(),
        Archived::State(conversation) => StateRecord::new(conversation, &read::<ConversationState>(item)?).into(),
        Archived::Message => MessageRecord::from(read::<Message>(item)?).into(),
        Archived::Watermark(conversation, subject, receipt) => {
            ReceiptRecord::new(conversation, subject, receipt, read::<ReceiptWatermark>(item)?).into()
        }
        Archived::Reaction => ReactionRecord::from(read::<Reacted>(item)?).into(),
        Archived::Subscription(uid, message_id) => SubscriptionRecord { uid, message_id }.into(),
        Archived::Flag(uid, message_id) => {
            let Flagged { flagged_at, reason_id, remark } = read(item)?;
            FlagRecord { uid, message_id, flagged_at, reason_id, remark }.into()
        }
        Archived::Interactions(uid, message_id, _) => {
            let interactions: Interactions = read(item)?;
            let elements = interactions.elements().map(|(element, at)| (element.to_owned(), at)).collect();
            InteractionRecord { uid, message_id, elements }.into()
        }
    })
}

fn pins_record(owner: Uid, pinned: PinnedConversations) -> ConversationPinsRecord {
    let pins = pinned.pins.into_iter().map(|pin| PinnedWith { with: pin.with, pinned_at: pin.pinned_at });
    ConversationPinsRecord { owner, pins: pins.collect() }
}
