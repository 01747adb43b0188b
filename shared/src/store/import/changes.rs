//! What changed in the other place since it was brought in: taken over, unless it changed here later.

use std::collections::BTreeSet;

use model::auth_token::TokenMarks;
use model::group::Group;
use model::id::MessageId;
use model::message::Message;
use model::time::Seconds;
use model::user::User;

use super::Brought;
use crate::store::error::StoreError;
use crate::store::group::group_item;
use crate::store::keys::{self, Key};
use crate::store::message_change::difference;
use crate::store::transaction::{EXISTS, Untold, Update};
use crate::store::user::user_item;
use crate::store::{Item, Store};

/// How many rows of reactions are looked at before they go.
const REACTIONS_AT_ONCE: usize = 100;

impl Store {
    /// Lets a user be as they are by now in the other place; of who was deactivated there no token works any more.
    ///
    /// Cost: 2 round trips, 1 read unit; 1 write unit per KB of the profile, and 4 where their entry in the lists moves; 1 round trip
    /// where nothing changed.
    pub async fn import_user_change(&self, user: &User) -> Result<Brought, StoreError> {
        let Some(before) = self.user(&user.uid).await? else { return Ok(Brought::Homeless) };
        let is_active = before.is_active() && user.is_active();
        let after = User {
            born_id: before.born_id,
            token_epoch: before.token_epoch + u64::from(before.is_active() && !user.is_active()),
            token_marks: if is_active { before.token_marks.clone() } else { TokenMarks::default() },
            online_by: before.online_by.clone(),
            ..user.clone()
        };
        let key = Key::user(&user.uid);
        let times = [before.touched_at(), after.touched_at()];
        self.take_over(&key, user_item(&before)?, user_item(&after)?, times).await
    }

    /// Lets a group be as it is by now in the other place; who belongs to it is told by members. Cost: as
    /// [`Store::import_user_change`].
    pub async fn import_group_change(&self, group: &Group) -> Result<Brought, StoreError> {
        let Some(before) = self.group_for(&group.guid, None).await?.0 else { return Ok(Brought::Homeless) };
        let password_hash = group.password_hash.clone().or_else(|| before.password_hash.clone());
        let after = Group { members_count: before.members_count, password_hash, ..group.clone() };
        let key = Key::group(&group.guid);
        let times = [before.touched_at(), after.touched_at()];
        self.take_over(&key, group_item(&before)?, group_item(&after)?, times).await
    }

    async fn take_over(
        &self,
        key: &Key,
        before: Item,
        mut after: Item,
        [then, now]: [Seconds; 2],
    ) -> Result<Brought, StoreError> {
        let names: BTreeSet<String> = before.keys().chain(after.keys()).cloned().collect();
        let changed: Vec<String> = names.into_iter().filter(|name| before.get(name) != after.get(name)).collect();
        if changed.is_empty() || now < then {
            return Ok(Brought::WasThere);
        }
        let update = changed.into_iter().fold(Update::of(key).when(EXISTS), |update, name| match after.remove(&name) {
            Some(value) => update.set(&name, value),
            None => update.remove(&name),
        });
        Ok(self.apply_unread(update.untold(Untold::History)).await?.either(Brought::Done, Brought::Homeless))
    }

    /// Lets a message be as it is by now in the other place. Where its reactions changed all of them go, and are brought in
    /// again after it.
    ///
    /// Cost: 3 round trips, 1 read unit and 2 write units for a message of 1 KB; 1 round trip where nothing changed. Where
    /// reactions changed 1 round trip more for each 25 rows of them, 1 write unit a row.
    pub async fn import_change(&self, message: &Message) -> Result<Brought, StoreError> {
        let before: Option<Message> = self.get(&Key::message(&message.conversation, message.id)).await?;
        let Some(before) = before else { return Ok(Brought::Homeless) };
        let after = Message {
            pinned_by: before.pinned_by.clone(),
            pinned_at: before.pinned_at,
            last_reply_id: message.last_reply_id.max(before.last_reply_id),
            // What only its readers tell is found once more when they are asked.
            history: message.history.or(before.history),
            ..message.clone()
        };
        if before == after || after.updated_at < before.updated_at {
            return Ok(Brought::WasThere);
        }
        let update = difference(&before, &after)?
            .when("(attribute_not_exists(updatedAt) OR updatedAt <= :updated)")
            .number(":updated", after.updated_at.get());
        let update = match after.parent_id.filter(|_| after.is_deleted()) {
            Some(_) => {
                let (name, entry) = keys::deleted_reply(after.id);
                update.set(name, entry)
            }
            None => update,
        };
        self.forget_preview(&message.conversation).await?;
        let taken_over = self.apply_unread(update.untold(Untold::History)).await?;
        let brought = taken_over.either(Brought::Done, Brought::WasThere);
        if brought == Brought::Done && before.reactions != after.reactions {
            self.forget_reactions(message.id).await?;
        }
        Ok(brought)
    }

    async fn forget_reactions(&self, message: MessageId) -> Result<(), StoreError> {
        loop {
            let (keys, is_all) = self.some_keys(&Key::all_reactions(message), REACTIONS_AT_ONCE).await?;
            self.delete_batches(&keys, Untold::History).await?;
            if is_all {
                return Ok(());
            }
        }
    }
}
