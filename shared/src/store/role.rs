//! Roles of users: a partition of their own, counted, because an app has only so many.

use super::Store;
use super::error::StoreError;
use super::keys::Key;
use super::limited::{self, Creation, Refused, Removal};
use super::transaction::{EXISTS, Untold, Update, number, text};
use model::role::{Role, RoleChange};
use model::time::Seconds;
use model::uid::RoleId;

/// The attribute that counts them; `roles` is a word of DynamoDB's own.
const COUNT: &str = "roleCount";

impl Store {
    /// A role; the default one only if it was ever changed. Cost: 1 round trip, 1 to 3 read units.
    pub async fn role(&self, id: &RoleId) -> Result<Option<Role>, StoreError> {
        self.get(&Key::role(id)).await
    }

    /// All roles, by id; the default one only if it was ever changed.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 15, without metadata.
    pub async fn roles(&self) -> Result<Vec<Role>, StoreError> {
        self.all_rows(&Key::roles()).await
    }

    /// Makes a role. Cost: 1 round trip, 4 write units.
    pub async fn create_role(&self, role: &Role) -> Result<Creation, StoreError> {
        let count = Update::of(&Key::role_count()).one_more(COUNT, Role::MAX);
        let tx = self.transaction().put_new(&Key::role(&role.role), role)?.or(Refused::Exists);
        limited::create(tx, count).await
    }

    /// Changes a role and returns it; `None` if there is none. The default one is there before it is stored, and stored by
    /// its first change.
    ///
    /// Cost: 1 round trip, 1 write unit per KB of the role.
    pub async fn change_role(
        &self,
        id: &RoleId,
        change: &RoleChange,
        now: Seconds,
    ) -> Result<Option<Role>, StoreError> {
        let update = Update::of(&Key::role(id)).set_all(serde_dynamo::to_item(change)?);
        let update = change.unset().fold(update, |update, name| update.remove(name));
        let update = match *id == RoleId::default() {
            true => stored_default(update, change, now),
            false => update.when(EXISTS),
        };
        self.apply(update.untold(Untold::OwnAffair)).await
    }

    /// Deletes a role. Cost: 1 round trip, 4 write units.
    pub async fn delete_role(&self, id: &RoleId) -> Result<Removal, StoreError> {
        let tx = self.transaction().delete_existing(&Key::role(id)).or(Refused::Unknown);
        limited::remove(tx, Update::of(&Key::role_count()).add(COUNT, -1)).await
    }
}

/// What the row of the default role has besides, from its first change on.
fn stored_default(update: Update, change: &RoleChange, now: Seconds) -> Update {
    let update = update
        .set("role", text(RoleId::default()))
        .set_expression("createdAt = if_not_exists(createdAt, :made)")
        .value(":made", number(now.get()));
    if change.names() {
        return update;
    }
    update
        .set_expression("#name = if_not_exists(#name, :name)")
        .name("#name", "name")
        .value(":name", text(Role::DEFAULT_NAME))
}
