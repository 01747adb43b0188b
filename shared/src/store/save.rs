//! What a single user leaves on a message: that they saved it, reported it, follow its thread, or used its form.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::convert::Infallible;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::keys::Key;
use super::room::Room;
use super::transaction::{Commit, EXISTS, Untold, Update, number};
use super::{Item, Store, read};
use model::event::Event;
use model::id::MessageId;
use model::message::Message;
use model::page::{Affix, IdRange};
use model::time::Seconds;
use model::uid::Uid;
use model::user::User;

/// A message that a user has saved.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    /// The message.
    pub id: MessageId,
    /// Since when.
    pub saved_at: Seconds,
}

/// How saving a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` saved it now"]
pub enum Saving {
    /// It is saved.
    Done,
    /// It was saved before, and keeps its time.
    AlreadySaved,
    /// The message was deleted meanwhile.
    MessageGone,
    /// Others used the room meanwhile.
    NoRoom,
}

/// How forgetting a save ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` changed something"]
pub enum Unsaving {
    /// It is forgotten.
    Done,
    /// The user had not saved the message.
    NotSaved,
}

/// What a user did with an interactive message: when each element was used first.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Interactions {
    #[serde(flatten)]
    attributes: BTreeMap<String, serde_json::Value>,
}

/// Keeps the elements' attributes apart from keys.
const ELEMENT: &str = "e:";
/// The most elements that are noted at once: DynamoDB takes expressions of 4 KB.
pub const ELEMENTS_AT_ONCE: usize = 50;

impl Interactions {
    /// The attributes of such elements.
    pub(super) fn attributes(elements: &BTreeMap<String, Seconds>) -> Item {
        elements.iter().map(|(name, at)| (format!("{ELEMENT}{name}"), number(at.get()))).collect()
    }

    /// The elements and when each was used first.
    pub fn elements(&self) -> impl Iterator<Item = (&str, Seconds)> {
        self.attributes.iter().filter_map(|(name, at)| Some((name.strip_prefix(ELEMENT)?, Seconds::new(at.as_u64()?))))
    }
}

impl Store {
    /// The room for a save of a user who has `most` of them; `None` if there is none. Cost: as [`Store::room`].
    pub async fn save_room(&self, uid: &Uid, most: usize) -> Result<Option<Room>, StoreError> {
        self.room(Key::save_counter(uid), &Key::all_saved(uid), most).await
    }

    /// Whether a user has saved a message. Cost: 1 round trip, 1 read unit.
    pub async fn has_saved(&self, uid: &Uid, id: MessageId) -> Result<bool, StoreError> {
        Ok(self.get::<Saved>(&Key::saved(uid, id)).await?.is_some())
    }

    /// Which messages inside `range` a user has saved, and since when.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 40.
    pub async fn saved(&self, uid: &Uid, range: IdRange) -> Result<HashMap<MessageId, Seconds>, StoreError> {
        // A user has a hundred at the most: one page of DynamoDB holds them.
        const MOST: usize = 120;
        let (first, last) = (Key::saved(uid, range.first()), Key::saved(uid, range.last()));
        let slice = self.range(&first, &last, Affix::Append, MOST).await?;
        let saved: Result<Vec<Saved>, _> = slice.items.into_iter().map(read).collect();
        Ok(saved?.into_iter().map(|saved| (saved.id, saved.saved_at)).collect())
    }

    /// Saves a message for a user, if there still is room, and notes on it that somebody did. The row beside the message carries
    /// the event.
    ///
    /// Cost: 1 round trip, 8 write units.
    pub async fn save_message(
        &self,
        uid: &Uid,
        message: &Message,
        saved: &Saved,
        room: &Room,
        event: &Event,
    ) -> Result<Saving, StoreError> {
        let there = Update::of(&Key::message(&message.conversation, message.id))
            .set("isSaved", AttributeValue::Bool(true))
            .when(format!("{EXISTS} AND attribute_not_exists(deletedAt)"));
        let commit = self
            .transaction()
            .put_new(&Key::saved(uid, saved.id), saved)?
            .or(Saving::AlreadySaved)
            .put_item(Key::saver(saved.id, uid).item())
            .event(event)?
            .update(there)
            .or(Saving::MessageGone)
            .update(room.used())
            .or(Saving::NoRoom)
            .commit()
            .await?;
        let Commit::Refused(refused) = commit else { return Ok(Saving::Done) };
        let is = |why: Saving| refused.iter().any(|(meaning, _)| *meaning == Some(why));
        let first = [Saving::MessageGone, Saving::AlreadySaved, Saving::NoRoom].into_iter().find(|why| is(*why));
        Ok(first.unwrap_or(Saving::AlreadySaved))
    }

    /// Forgets that a user has saved a message. The row beside the message stays for a day and carries the event.
    ///
    /// Cost: 1 round trip, 4 write units.
    pub async fn unsave_message(&self, uid: &Uid, id: MessageId, event: &Event) -> Result<Unsaving, StoreError> {
        let commit = self
            .transaction()
            .delete_existing(&Key::saved(uid, id))
            .or(Unsaving::NotSaved)
            .delete(&Key::saver(id, uid))
            .event(event)?
            .commit()
            .await?;
        Ok(commit.either(Unsaving::Done, Unsaving::NotSaved))
    }

    /// Makes a user a subscriber of a thread, or ends that. Cost: 1 round trip, 2 write units.
    pub async fn subscribe(&self, uid: &Uid, parent: MessageId, is_subscribed: bool) -> Result<(), StoreError> {
        let key = Key::subscription(parent, uid);
        let tx = self.transaction::<Infallible>().untold(Untold::OwnAffair);
        let tx = if is_subscribed { tx.put_item(key.item()) } else { tx.delete(&key) };
        tx.commit().await?.unrefused()
    }

    /// Which of these threads a user follows. Cost: 1 round trip for each 100, 1 read unit a thread.
    pub async fn subscribed(&self, uid: &Uid, parents: &[MessageId]) -> Result<HashSet<MessageId>, StoreError> {
        if parents.is_empty() {
            return Ok(HashSet::new());
        }
        let found = self.get_all(parents.iter().map(|parent| Key::subscription(*parent, uid)).collect()).await?;
        Ok(parents.iter().copied().filter(|parent| found.has(&Key::subscription(*parent, uid))).collect())
    }

    /// Notes that a user used these elements of a message, up to [`ELEMENTS_AT_ONCE`], each with the time of its first
    /// use, and returns all that they used; `None` if all of these were used before. The row carries the event.
    ///
    /// Cost: 1 round trip and 1 write unit.
    pub async fn interact(
        &self,
        user: &User,
        id: MessageId,
        elements: &[String],
        at: Seconds,
        event: &Event,
    ) -> Result<Option<Interactions>, StoreError> {
        let mut update = Update::of(&Key::interactions(id, &user.uid, user.born_id)).number(":at", at.get());
        for (n, element) in elements.iter().enumerate() {
            update = update
                .name(&format!("#e{n}"), format!("{ELEMENT}{element}"))
                .set_expression(format!("#e{n} = if_not_exists(#e{n}, :at)"));
        }
        let unused = (0..elements.len()).map(|n| format!("attribute_not_exists(#e{n})")).collect::<Vec<_>>();
        self.apply(update.when(unused.join(" OR ")).event(event)?).await
    }

    /// Forgets that a user used these elements of a message. Cost: 1 round trip and 1 write unit for each
    /// [`ELEMENTS_AT_ONCE`].
    pub async fn forget_elements(&self, user: &User, id: MessageId, elements: &[&str]) -> Result<(), StoreError> {
        for some in elements.chunks(ELEMENTS_AT_ONCE) {
            let update = Update::of(&Key::interactions(id, &user.uid, user.born_id)).when(EXISTS);
            let update = some.iter().fold(update, |update, element| update.remove(&format!("{ELEMENT}{element}")));
            // Refused, the message was deleted meanwhile.
            self.apply_unread(update.untold(Untold::StepOfAnother)).await?.either_way();
        }
        Ok(())
    }

    /// What a user, whose life begins at `born_id`, did with these messages; those that they did not use are left out.
    ///
    /// Cost: 1 round trip for each 100, 1 read unit a message; nothing for none.
    pub async fn interactions(
        &self,
        uid: &Uid,
        born_id: Option<MessageId>,
        ids: impl Iterator<Item = MessageId>,
    ) -> Result<HashMap<MessageId, Interactions>, StoreError> {
        let ids: Vec<MessageId> = ids.collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.get_all(ids.iter().map(|id| Key::interactions(*id, uid, born_id)).collect()).await?;
        let read = |id: MessageId| Ok(found.get(&Key::interactions(id, uid, born_id))?.map(|done| (id, done)));
        ids.into_iter().filter_map(|id| read(id).transpose()).collect()
    }
}
