//! What is one user's, as records of an archive: for who asks for their data.

use model::archive::{ReactionRecord, Record};
use model::id::MessageId;
use model::reaction::{Reacted, Reaction};
use model::uid::{Guid, Uid};
use model::user::is_former;

use super::super::access::membership_keys;
use super::super::error::StoreError;
use super::super::keys::Key;
use super::super::partition::Rest;
use super::super::reaction::held_of;
use super::super::{Store, read};
use super::{Records, records_of};

impl Store {
    /// Some of the records of what stands with a user alone, from where `rest` starts: all but memberships, what they wrote,
    /// and what they left on messages.
    ///
    /// Query, base table, strongly consistent. Cost: 2 round trips, 1 read unit per 4 KB and 1 for each conversation.
    pub async fn records_of_user(&self, uid: &Uid, rest: Option<Rest>) -> Result<Records, StoreError> {
        let (items, rest) = self.items(&Key::all_of_user(uid), rest, None).await?;
        let n_rows = items.len();
        Ok(Records { records: self.shown_records(items).await?, n_rows, rest })
    }

    /// What a group knows of a user: that they are a member, or banned. Cost: 1 round trip, 2 read units.
    pub async fn records_of_membership(&self, guid: &Guid, uid: &Uid) -> Result<Vec<Record>, StoreError> {
        let found = self.get_all(membership_keys(guid, uid).to_vec()).await?;
        let mut records = Vec::new();
        for item in found.0.into_values() {
            records.extend(records_of(item)?);
        }
        Ok(records)
    }

    /// What a user, whose life begins at `born_id`, left on these messages: reactions, reports, subscriptions of their
    /// threads, what they did with forms.
    ///
    /// Cost: 1 round trip for each 25, 4 read units each; 1 more and a read unit for each reaction.
    pub async fn records_on_messages(
        &self,
        uid: &Uid,
        born_id: Option<MessageId>,
        ids: &[MessageId],
    ) -> Result<Vec<Record>, StoreError> {
        let keys = ids.iter().flat_map(|id| {
            let [flag, subscription] = [Key::flag(*id, uid), Key::subscription(*id, uid)];
            [
                (*id, flag),
                (*id, subscription),
                (*id, Key::interactions(*id, uid, born_id)),
                (*id, Key::reactor(*id, uid)),
            ]
        });
        let keys: Vec<(MessageId, Key)> = keys.collect();
        let mut found = self.get_all(keys.iter().map(|(_, key)| key.clone()).collect()).await?;
        let (mut records, mut reacted) = (Vec::new(), Vec::new());
        for (message, key) in keys {
            let Some(item) = found.0.remove(&key) else { continue };
            for (reaction, id) in held_of(&item)? {
                let reaction = Reaction::parse(&reaction).map_err(|bad| StoreError::Corrupt(bad.to_string()))?;
                reacted.extend((!is_former(born_id, id)).then(|| Key::reacted(message, &reaction, id)));
            }
            records.extend(records_of(item)?);
        }
        let found = self.get_all(reacted).await?;
        for item in found.0.into_values() {
            records.push(ReactionRecord::from(read::<Reacted>(item)?).into());
        }
        Ok(records)
    }
}
