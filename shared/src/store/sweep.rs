//! What the slices of a deletion share: how much one removes, and removing whatever begins with a prefix.

use std::collections::BTreeSet;

use super::Store;
use super::error::StoreError;
use super::keys::Key;
use super::message_change::difference;
use super::message_row::unedited_since;
use super::transaction::Untold;
use model::conversation::ConversationId;
use model::id::MessageId;
use model::message::Message;
use model::uid::Uid;

/// Whether a step of a deletion is to be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "there may be more to delete"]
pub enum Left {
    /// Some is deleted, and there may be more.
    Perhaps,
    /// There was nothing more to delete.
    Nothing,
}

/// How many rows a slice may still remove.
#[derive(Debug)]
pub struct Budget(usize);

impl Default for Budget {
    fn default() -> Budget {
        Budget(Budget::ROWS)
    }
}

impl Budget {
    /// The most rows that one slice removes, and a few more that hang on the last: about a second of work, of a
    /// function's 20.
    pub const ROWS: usize = 500;

    /// One of so many rows.
    pub fn of(rows: usize) -> Budget {
        Budget(rows)
    }

    /// For what is to be done in one go.
    pub fn unlimited() -> Budget {
        Budget(usize::MAX)
    }

    /// What is left.
    pub fn left(&self) -> usize {
        self.0
    }

    /// Whether the slice is to end.
    pub fn is_spent(&self) -> bool {
        self.0 == 0
    }

    /// Notes that so many rows were removed or looked at.
    pub fn spend(&mut self, rows: usize) {
        self.0 = self.0.saturating_sub(rows);
    }
}

impl Store {
    /// Removes up to `most` rows that depend on a message: reactions, who holds them, who saved it, what else people
    /// left on it; says how many.
    ///
    /// Cost: a query, 1 write unit a row, 25 rows a round trip.
    pub async fn delete_some_dependents(&self, message: MessageId, most: usize) -> Result<(usize, Left), StoreError> {
        let (mut keys, is_all) = self.some_keys(&Key::all_about(message), most).await?;
        let mirror_keys: Vec<Key> = keys.iter().filter_map(Key::mirror_key).collect();
        keys.extend(mirror_keys);
        self.delete_batches(&keys, Untold::StepOfAnother).await?;
        Ok((keys.len(), if is_all { Left::Nothing } else { Left::Perhaps }))
    }

    /// Removes messages on which nothing depends any more. Pointers and pins go first, because a message that is left is
    /// found again and these are not.
    ///
    /// Cost: 1 round trip for each 25 pointers and 25 messages; 1 write unit a pointer or pin, 1 per KB of a message.
    pub async fn delete_messages(&self, messages: &[&Message]) -> Result<(), StoreError> {
        let pins = messages.iter().filter(|message| message.pinned_at.is_some());
        let pins = pins.map(|message| Key::pin(&message.conversation, message.id));
        let pointers: Vec<Key> = messages.iter().map(|message| Key::pointer(message.id)).chain(pins).collect();
        self.delete_batches(&pointers, Untold::StepOfAnother).await?;
        let rows = messages.iter().map(|message| Key::message(&message.conversation, message.id));
        self.delete_batches(&rows.collect::<Vec<_>>(), Untold::StepOfAnother).await
    }

    /// Removes what stands in the participant states of users, whoever of them has one.
    ///
    /// Cost: 1 round trip for each 25, 1 write unit for each.
    pub async fn forget_participants(
        &self,
        conversation: &ConversationId,
        uids: &BTreeSet<Uid>,
    ) -> Result<(), StoreError> {
        let keys: Vec<Key> = uids.iter().map(|uid| Key::participant_state(uid, conversation)).collect();
        self.delete_batches(&keys, Untold::StepOfAnother).await
    }

    /// Lets a message show what `after` shows of users who are deleted, unless it was edited since it was read: then it
    /// shows them as they are.
    ///
    /// Cost: 1 round trip, 1 write unit per KB of the message.
    pub async fn rewrite_snapshots(&self, before: &Message, after: &Message) -> Result<(), StoreError> {
        let rewritten = unedited_since(difference(before, after)?, before);
        self.apply_unread(rewritten.untold(Untold::StepOfAnother)).await?.either_way();
        Ok(())
    }

    /// Removes a user's reports of messages, subscriptions of their threads, and what they did with them since their life
    /// began; their reactions are taken back before.
    ///
    /// Cost: 1 round trip and 4 read units a message, for each 25; 1 write unit a row.
    pub async fn remove_dependents_of(
        &self,
        uid: &Uid,
        born_id: Option<MessageId>,
        messages: &[&Message],
    ) -> Result<(), StoreError> {
        let keys = messages.iter().flat_map(|message| {
            let [flag, subscription] = [Key::flag(message.id, uid), Key::subscription(message.id, uid)];
            [flag, subscription, Key::reactor(message.id, uid), Key::interactions(message.id, uid, born_id)]
        });
        let found = self.get_all(keys.collect()).await?;
        self.delete_batches(&found.0.into_keys().collect::<Vec<_>>(), Untold::StepOfAnother).await
    }

    /// Removes what begins with `prefix`, tombstones too: for each key that is found those that `goes` names, among
    /// them itself unless it stays. What is found goes last, because by it the rest is found again. Each slice begins at the
    /// first.
    ///
    /// Cost: a query for each 100 keys, 1 write unit a row, 25 rows a round trip.
    pub(super) async fn sweep(
        &self,
        prefix: &Key,
        budget: &mut Budget,
        goes: impl Fn(&Key) -> Vec<Key>,
    ) -> Result<Left, StoreError> {
        const KEYS_AT_ONCE: usize = 100;
        let mut start = None;
        while !budget.is_spent() {
            let (items, rest) = self.items(prefix, start, Some(KEYS_AT_ONCE.min(budget.left()))).await?;
            let found: BTreeSet<Key> = items.iter().map(Key::of).collect::<Result<_, _>>()?;
            let (own, dependents): (Vec<Key>, Vec<Key>) =
                found.iter().flat_map(&goes).partition(|key| found.contains(key));
            self.delete_batches(&dependents, Untold::StepOfAnother).await?;
            self.delete_batches(&own, Untold::StepOfAnother).await?;
            budget.spend((dependents.len() + own.len()).max(1));
            match rest {
                Some(rest) => start = Some(rest),
                None => return Ok(Left::Nothing),
            }
        }
        Ok(Left::Perhaps)
    }
}
