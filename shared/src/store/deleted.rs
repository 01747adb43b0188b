//! What of a conversation is deleted for everybody, as its state tells it. Whoever reads messages reads the state
//! along: from the moment at which a deletion marks it, nothing at or below the mark is there, nor what is by whom it
//! names, however long it takes until the rows are gone.

use model::common_watermarks::CommonWatermarks;
use model::conversation::ConversationId;
use model::conversation_state::ConversationState;
use model::id::MessageId;
use model::leaving::{Absent, Leaving};
use model::message::Message;
use model::time::Seconds;
use model::uid::Uid;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::StoreError;
use super::keys::{EVENT, EXPIRES_AT, GONE, Key};
use super::own_mark;
use super::preview::PREVIEW;
use super::transaction::{Update, number, text};
use super::whole_group::telling_none;
use super::write::TOMBSTONE_SECONDS;
use super::{Found, Item, Store};

/// The attribute that names whose messages are there for nobody.
pub(super) const LEAVING: &str = "leaving";

/// The part of a conversation's state that a deletion leaves.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeletionState {
    last_message_id: MessageId,
    #[serde(default)]
    deleted_id: Option<MessageId>,
    #[serde(default)]
    leaving: Leaving,
    #[serde(default)]
    untimed_at: Option<Seconds>,
    #[serde(default, rename = "commonMarks")]
    common: Option<CommonWatermarks>,
    #[serde(default)]
    shown_message_id: Option<MessageId>,
    #[serde(default)]
    preview: Option<IgnoredAny>,
}

impl DeletionState {
    fn absent(self) -> Absent {
        let DeletionState { deleted_id: up_to, leaving, untimed_at, common, shown_message_id: shown, preview, .. } =
            self;
        // No copy is made of a message that is shown without one.
        let copied_from = if preview.is_some() { shown } else { shown.and_then(MessageId::after) };
        Absent { up_to, leaving, untimed_at, common, copied_from }
    }
}

/// What of a conversation is there for nobody.
pub(super) fn absent(found: &Found, conversation: &ConversationId) -> Result<Absent, StoreError> {
    let state: Option<DeletionState> = found.get(&Key::conversation_state(conversation))?;
    Ok(state.map(DeletionState::absent).unwrap_or_default())
}

/// The state of a conversation, if anybody wrote in it since it was deleted.
pub(super) fn state(found: &Found, conversation: &ConversationId) -> Result<Option<ConversationState>, StoreError> {
    let key = Key::conversation_state(conversation);
    let state: Option<DeletionState> = found.get(&key)?;
    match state {
        Some(state) if state.deleted_id < Some(state.last_message_id) => found.get(&key),
        _ => Ok(None),
    }
}

/// The largest id that was given to a message of a conversation, those that are deleted included.
pub(super) fn last_id(found: &Found, conversation: &ConversationId) -> Option<MessageId> {
    let state = found.0.get(&Key::conversation_state(conversation))?;
    MessageId::parse(state.get("lastMessageId")?.as_n().ok()?).ok()
}

impl Store {
    /// What of a conversation is there for nobody. Cost: 1 round trip, 1 read unit.
    pub async fn absent(&self, conversation: &ConversationId) -> Result<Absent, StoreError> {
        let state: Option<DeletionState> = self.get(&Key::conversation_state(conversation)).await?;
        Ok(state.map(DeletionState::absent).unwrap_or_default())
    }

    /// Messages as they are shown while these users are being deleted: without theirs, and of others' without their
    /// profiles and reactions.
    ///
    /// Cost: nothing while nobody is; else a read unit for each of them and each message with reactions.
    pub async fn without_leaving(&self, messages: Vec<Message>, leaving: &Leaving) -> Result<Vec<Message>, StoreError> {
        if leaving.is_empty() {
            return Ok(messages);
        }
        let mut shown: Vec<Message> = messages.into_iter().filter_map(|message| leaving.shown(message)).collect();
        for uid in leaving.iter() {
            let reacted = shown.iter().filter(|message| !message.reactions.is_empty()).map(|message| message.id);
            let held = self.held_reactions(uid, reacted).await?;
            for message in &mut shown {
                for reaction in held.get(&message.id).into_iter().flat_map(|held| held.keys()) {
                    message.forget_reaction(reaction);
                }
            }
        }
        Ok(shown)
    }
}

/// Lets nothing of a conversation be there that a user who is being deleted had a part in: between two users nothing at all,
/// in a group nothing that they wrote. They write no more. Refused where too many are leaving a group already.
pub(super) fn left_state(conversation: &ConversationId, uid: &Uid, now: Seconds) -> Update {
    if let ConversationId::Users(..) = conversation {
        return deleted_state(conversation, MessageId::MAX);
    }
    // Of a group in which nobody wrote there is no state yet.
    Update::of(&Key::conversation_state(conversation))
        .add_to_set(LEAVING, uid)
        .set_expression("lastMessageId = if_not_exists(lastMessageId, :none)")
        .set_expression("createdAt = if_not_exists(createdAt, :now), updatedAt = if_not_exists(updatedAt, :now)")
        .number(":none", MessageId::MIN.number())
        .number(":now", now.get())
}

/// That few enough users are leaving a group.
pub(super) fn with_room(left: Update, conversation: &ConversationId, uid: &Uid) -> Update {
    match conversation {
        ConversationId::Users(..) => left,
        ConversationId::Group(_) => left
            .when(format!("(attribute_not_exists({LEAVING}) OR size({LEAVING}) < :most OR contains({LEAVING}, :uid))"))
            .number(":most", Leaving::MOST as u64)
            .value(":uid", text(uid)),
    }
}

/// Ends [`left_state`] in a group in which nothing of the user is left, nor what the state has of who wrote last.
pub(super) fn rid_state(conversation: &ConversationId, uid: &Uid) -> Update {
    telling_none(Update::of(&Key::conversation_state(conversation)))
        .remove_from_set(LEAVING, uid)
        .remove("shownSender")
        .remove(EVENT)
        .when("attribute_exists(pk)")
}

/// What a deletion leaves of a state: nothing up to `id` is there, and whoever was writing below it is refused.
pub(super) fn deleted_state(conversation: &ConversationId, id: MessageId) -> Update {
    let update = Update::of(&Key::conversation_state(conversation))
        .set("lastMessageId", number(id.number()))
        .set("deletedId", number(id.number()));
    let [first_noted, second_noted] = own_mark::NOTED;
    [
        "shownMessageId",
        "shownSender",
        "newsMessageId",
        "createdAt",
        "updatedAt",
        "isOrphaned",
        "untimedAt",
        PREVIEW,
        first_noted,
        second_noted,
        GONE,
        EXPIRES_AT,
    ]
    .into_iter()
    .fold(update, Update::remove)
}

/// What is left of the state of a conversation whose deletion is done: for a day it refuses who began to write before.
pub(super) fn ended_state(conversation: &ConversationId, id: MessageId, now: Seconds) -> Item {
    let mut item = Key::conversation_state(conversation).item();
    item.insert("lastMessageId".to_owned(), number(id.number()));
    item.insert("deletedId".to_owned(), number(id.number()));
    item.insert(GONE.to_owned(), number(now.get()));
    item.insert(EXPIRES_AT.to_owned(), number(now.plus(TOMBSTONE_SECONDS).get()));
    item
}
