//! What a single user leaves on a message: that they saved it, reported it, follow its thread, or used its form.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::{ConditionCheck, ReturnConsumedCapacity, ReturnValue, TransactWriteItem};
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::keys::Key;
use super::legacy::{EXISTS, Outcome, item, number, put, put_new};
use super::{Store, meter, read};
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

/// A report of a message.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flagged {
    /// When.
    pub flagged_at: Seconds,
    /// Why, by the client's own list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_id: Option<String>,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// What a user did with an interactive message: when each element was used first.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Interactions {
    #[serde(flatten)]
    attributes: BTreeMap<String, serde_json::Value>,
}

/// Keeps the elements' attributes apart from keys.
const ELEMENT: &str = "e:";
/// DynamoDB takes expressions of 4 KB.
const ELEMENTS_AT_ONCE: usize = 50;

impl Interactions {
    /// The elements and when each was used first.
    pub fn elements(&self) -> impl Iterator<Item = (&str, Seconds)> {
        self.attributes.iter().filter_map(|(name, at)| Some((name.strip_prefix(ELEMENT)?, Seconds::new(at.as_u64()?))))
    }
}

impl Store {
    /// How many messages a user has saved; counts up to `most`.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 to 3 read units.
    pub async fn saved_count(&self, uid: &Uid, most: usize) -> Result<usize, StoreError> {
        Ok(self.keys(&Key::all_saved(uid), most).await?.len())
    }

    /// Whether a user has saved a message. Cost: 1 round trip, 1 read unit.
    pub async fn has_saved(&self, uid: &Uid, id: MessageId) -> Result<bool, StoreError> {
        Ok(self.get::<Saved>(&Key::saved(uid, id)).await?.is_some())
    }

    /// Which messages inside `span` a user has saved, and since when.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 40.
    pub async fn saved(&self, uid: &Uid, span: IdRange) -> Result<HashMap<MessageId, Seconds>, StoreError> {
        // A user has a hundred at the most, and a few more by races: one page of DynamoDB holds them.
        const MOST: usize = 1_000;
        let (first, last) = (Key::saved(uid, span.first()), Key::saved(uid, span.last()));
        let slice = self.range(&first, &last, Affix::Append, MOST).await?;
        let saved: Result<Vec<Saved>, _> = slice.items.into_iter().map(read).collect();
        Ok(saved?.into_iter().map(|saved| (saved.id, saved.saved_at)).collect())
    }

    /// Saves a message for a user; false if they have saved it already, or it was deleted meanwhile.
    ///
    /// Cost: 1 round trip, 6 write units.
    pub async fn save_message(&self, uid: &Uid, message: &Message, saved: &Saved) -> Result<bool, StoreError> {
        let row = put_new(&self.table, item(&Key::saved(uid, saved.id), saved)?)?;
        let mirror_key = put(&self.table, Key::saver(saved.id, uid).item())?;
        let there = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(Key::message(&message.conversation, message.id).item()))
            .condition_expression(format!("{EXISTS} AND attribute_not_exists(deletedAt)"))
            .build()?;
        let writes = vec![row, mirror_key, TransactWriteItem::builder().condition_check(there).build()];
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    /// Forgets that a user has saved a message. Cost: 1 round trip, 4 write units.
    pub async fn unsave_message(&self, uid: &Uid, id: MessageId) -> Result<(), StoreError> {
        self.transact(vec![self.delete(&Key::saved(uid, id))?, self.delete(&Key::saver(id, uid))?]).await?;
        Ok(())
    }

    /// Makes a user a subscriber of a thread, or ends that. Cost: 1 round trip, 2 write units.
    pub async fn subscribe(&self, uid: &Uid, parent: MessageId, is_subscribed: bool) -> Result<(), StoreError> {
        let key = Key::subscription(parent, uid);
        let write: TransactWriteItem = if is_subscribed { put(&self.table, key.item())? } else { self.delete(&key)? };
        self.transact(vec![write]).await?;
        Ok(())
    }

    /// Keeps a user's report of a message; a later one replaces it. Cost: 1 round trip, 2 write units.
    pub async fn flag_message(&self, uid: &Uid, id: MessageId, flagged: &Flagged) -> Result<(), StoreError> {
        self.transact(vec![put(&self.table, item(&Key::flag(id, uid), flagged)?)?]).await?;
        Ok(())
    }

    /// Notes that a user used these elements of a message, each with the time of its first use.
    ///
    /// Cost: 1 round trip and 1 write unit for each [`ELEMENTS_AT_ONCE`].
    pub async fn interact(
        &self,
        user: &User,
        id: MessageId,
        elements: &[String],
        at: Seconds,
    ) -> Result<(), StoreError> {
        let key = Key::interactions(id, &user.uid, user.born_id);
        for some in elements.chunks(ELEMENTS_AT_ONCE) {
            self.note_elements(&key, some, at).await?;
        }
        Ok(())
    }

    async fn note_elements(&self, key: &Key, elements: &[String], at: Seconds) -> Result<(), StoreError> {
        let sets: Vec<String> = (0..elements.len()).map(|n| format!("#e{n} = if_not_exists(#e{n}, :at)")).collect();
        let mut request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.item()))
            .update_expression(format!("SET {}", sets.join(", ")))
            .expression_attribute_values(":at", number(at.get()))
            .return_values(ReturnValue::None)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        for (n, element) in elements.iter().enumerate() {
            request = request.expression_attribute_names(format!("#e{n}"), format!("{ELEMENT}{element}"));
        }
        let answer = request.send().await?;
        meter::writes(answer.consumed_capacity.as_slice());
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
