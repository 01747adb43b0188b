//! Reactions: who holds which, in which order, and how many.
//!
//! Three items change together: what one user holds on a message (so that nobody reacts twice, and "did I react" is
//! one read a message), the reaction itself under its kind and id (so that pages are ranges), and the tally on the
//! message.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

use super::error::StoreError;
use super::keys::{self, Key};
use super::message::Slice;
use super::own_mark::{Writer, beside};
use super::transaction::{Commit, Transaction, Update};
use super::{Item, Store, read};
use model::event::Event;
use model::id::MessageId;
use model::message::Message;
use model::page::{Affix, IdRange};
use model::reaction::{Reacted, Reaction, Tally};
use model::uid::Uid;

/// How a change of one reaction ended.
#[derive(Debug)]
#[must_use = "only `Done` changed it"]
pub enum Reacting {
    /// It is stored.
    Done,
    /// The user holds it already, or holds it no more.
    Unchanged,
    /// Another reaction of the kind has the id; draw a new one.
    IdTaken,
    /// The tally is not as it was read; this is the message now, if it still exists.
    Stale(Option<Box<Message>>),
    /// Others were writing the same rows; nothing happened.
    Conflict,
}

impl Store {
    /// The reactions that a user holds on these messages, and the id of each.
    ///
    /// Cost: 1 round trip and 1 read unit a message, for each 100.
    pub async fn held_reactions(
        &self,
        uid: &Uid,
        messages: impl Iterator<Item = MessageId>,
    ) -> Result<HashMap<MessageId, HashMap<String, MessageId>>, StoreError> {
        let keys: HashMap<MessageId, Key> = messages.map(|id| (id, Key::reactor(id, uid))).collect();
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.get_all(keys.values().cloned().collect()).await?;
        let mut held = HashMap::new();
        for (id, key) in keys {
            if let Some(item) = found.0.get(&key) {
                held.insert(id, held_of(item)?);
            }
        }
        Ok(held)
    }

    /// Adds a reaction that `message`, as read, does not hold of this user, whose life begins at `born_id` if their UID
    /// was somebody else's before: what that one holds stays, and is not the user's. The message's row carries the
    /// event.
    ///
    /// Cost: 1 round trip, 6 write units for a message of 1 KB, and what stands [`beside`] it.
    pub async fn add_reaction(
        &self,
        message: &Message,
        reacted: &Reacted,
        born_id: Option<MessageId>,
        writer: Option<Writer<'_>>,
        event: &Event,
    ) -> Result<Reacting, StoreError> {
        let hold = held_update(reacted)
            .set_expression("#held = :id")
            .when("(attribute_not_exists(#held) OR #held <= :born)")
            .number(":born", born_id.map_or(0, MessageId::number));
        let tally = tally_update(message);
        let tally = match message.reactions.get(reacted.reaction.as_str()) {
            Some(_) => tally
                .set_expression("reactions.#reaction.#count = reactions.#reaction.#count + :one")
                .when(HAS_REACTION)
                .name("#reaction", reacted.reaction.as_str())
                .name("#count", "count")
                .number(":one", 1),
            None => first_of_kind(tally, message, reacted)?,
        };
        let changed =
            self.change_tally(hold, tally, event)?.put_new(&reacted_key(reacted), reacted)?.or(Refused::IdTaken);
        reacting(beside(changed, message, writer, event).commit_once().await?)
    }

    /// Removes the reaction that a user holds under `id`. The message's row carries the event.
    ///
    /// Cost: 1 round trip, 6 write units for a message of 1 KB, and what stands [`beside`] it.
    pub async fn remove_reaction(
        &self,
        message: &Message,
        reacted: &Reacted,
        writer: Option<Writer<'_>>,
        event: &Event,
    ) -> Result<Reacting, StoreError> {
        let is_last = message.reactions.get(reacted.reaction.as_str()).is_some_and(|tally| tally.count == 1);
        let hold = held_update(reacted).remove_expression("#held").when("#held = :id");
        let tally = tally_update(message).name("#reaction", reacted.reaction.as_str());
        let tally = tally.name("#count", "count").number(":one", 1);
        let tally = match is_last {
            true => tally.remove_expression("reactions.#reaction").when("reactions.#reaction.#count = :one"),
            false => tally
                .set_expression("reactions.#reaction.#count = reactions.#reaction.#count - :one")
                .when("reactions.#reaction.#count > :one"),
        };
        let changed = self.change_tally(hold, tally, event)?.delete(&reacted_key(reacted));
        reacting(beside(changed, message, writer, event).commit_once().await?)
    }

    /// Up to `most` reactions of one kind inside `range`: the nearest in the direction of `affix`, in that order.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit per 4 KB, about 12 reactions. May return
    /// fewer: DynamoDB ends a page at 1 MB.
    pub async fn reactions(
        &self,
        message: MessageId,
        reaction: &Reaction,
        range: IdRange,
        affix: Affix,
        most: usize,
    ) -> Result<Slice<Reacted>, StoreError> {
        let [first, last] = [range.first(), range.last()].map(|id| Key::reacted(message, reaction, id));
        let Slice { items, is_all } = self.range(&first, &last, affix, most).await?;
        let items: Result<Vec<Reacted>, StoreError> = items.into_iter().map(read).collect();
        Ok(Slice { items: items?, is_all })
    }

    fn change_tally(&self, hold: Update, tally: Update, event: &Event) -> Result<Transaction<'_, Refused>, StoreError> {
        self.transaction().update(hold).or(Refused::Unchanged).update(tally).or(Refused::Stale).event(event)
    }
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug)]
enum Refused {
    Unchanged,
    Stale,
    IdTaken,
}

/// The first refusal wins: what a user holds already makes the rest meaningless.
fn reacting(commit: Option<Commit<Refused>>) -> Result<Reacting, StoreError> {
    let refused = match commit {
        Some(Commit::Done) => return Ok(Reacting::Done),
        Some(Commit::Refused(refused)) => refused,
        None => return Ok(Reacting::Conflict),
    };
    match refused.into_iter().next() {
        Some((Some(Refused::Stale), message)) => Ok(Reacting::Stale(message.map(read).transpose()?.map(Box::new))),
        Some((Some(Refused::IdTaken), _)) => Ok(Reacting::IdTaken),
        Some((Some(Refused::Unchanged) | None, _)) | None => Ok(Reacting::Unchanged),
    }
}

pub(super) fn reacted_key(reacted: &Reacted) -> Key {
    Key::reacted(reacted.message_id, &reacted.reaction, reacted.id)
}

/// An update of the message's count of one reaction, unless the message is deleted.
fn tally_update(message: &Message) -> Update {
    Update::of(&Key::message(&message.conversation, message.id)).when("attribute_not_exists(deletedAt)")
}

/// The count of a reaction that the message, as read, does not hold.
fn first_of_kind(tally: Update, message: &Message, reacted: &Reacted) -> Result<Update, StoreError> {
    let first = Tally { count: 1, first: reacted.id };
    if message.reactions.is_empty() {
        let all = BTreeMap::from([(reacted.reaction.as_str(), first)]);
        let tally = tally.set_expression("reactions = :all").when(HAS_NONE).number(":none", 0);
        return Ok(tally.value(":all", serde_dynamo::to_attribute_value(all)?));
    }
    let tally = tally.set_expression("reactions.#reaction = :tally").when(HAS_ROOM);
    let tally = tally.number(":most", Reaction::MAX_DISTINCT as u64).name("#reaction", reacted.reaction.as_str());
    Ok(tally.value(":tally", serde_dynamo::to_attribute_value(first)?))
}

/// An update of which reaction `#held` a user holds on a message, under `:id`.
fn held_update(reacted: &Reacted) -> Update {
    Update::of(&Key::reactor(reacted.message_id, &reacted.uid))
        .name("#held", keys::held(&reacted.reaction))
        .number(":id", reacted.id.number())
}

/// The message holds the reaction already.
const HAS_REACTION: &str = "attribute_exists(reactions.#reaction)";
/// The message is there and holds no reactions.
const HAS_NONE: &str = "attribute_exists(pk) AND (attribute_not_exists(reactions) OR size(reactions) = :none)";
/// The message does not hold the reaction yet, and may.
const HAS_ROOM: &str =
    "attribute_exists(reactions) AND attribute_not_exists(reactions.#reaction) AND size(reactions) < :most";

/// The reactions of a row that says what a user holds.
pub(super) fn held_of(item: &Item) -> Result<HashMap<String, MessageId>, StoreError> {
    let held = item.iter().filter_map(|(name, value)| Some((name.strip_prefix(keys::HELD)?, value)));
    held.map(|(reaction, value)| {
        let id: MessageId = serde_dynamo::from_attribute_value::<AttributeValue, _>(value.clone())?;
        Ok((reaction.to_owned(), id))
    })
    .collect()
}
