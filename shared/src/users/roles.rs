//! Roles: made, listed, changed, deleted. Users keep the role that they have, whatever becomes of it.

use serde_json::{Map, Value};

use crate::app::App;
use crate::error::ApiError;
use crate::store::limited::{Creation, Removal};
use model::paging::{NumberedPage, PageNumber};
use model::problem::Code;
use model::role::{Role, RoleChange};
use model::uid::RoleId;

/// Makes a role. Cost: 1 round trip, 4 write units.
pub async fn create(app: &App, body: &Map<String, Value>) -> Result<Role, ApiError> {
    let role = Role::parse(body, app.now())?;
    require_switched_on(app, role.is_limited())?;
    let exists = || ApiError::new(Code::RoleAlreadyExists, format!("There is a role {} already.", role.role));
    if role.role == RoleId::default() {
        return Err(exists());
    }
    match app.store.create_role(&role).await? {
        Creation::Done => {
            app.circles.forget();
            Ok(role)
        }
        Creation::Exists => Err(exists()),
        Creation::Full => {
            let message = format!("There are {} roles, the most there can be; delete one first.", Role::MAX);
            Err(ApiError::new(Code::QuotaReached, message))
        }
    }
}

/// A page of the roles, by id; the default one is always among them.
///
/// Cost: 1 round trip, 1 read unit for about 15 without metadata.
pub async fn page(app: &App, page: PageNumber) -> Result<NumberedPage<Role>, ApiError> {
    let mut roles = app.store.roles().await?;
    if let Err(place) = roles.binary_search_by(|role| role.role.cmp(&RoleId::default())) {
        roles.insert(place, Role::unchanged_default());
    }
    Ok(NumberedPage::of(roles, page))
}

/// The role that a path names. Cost: 1 round trip, 1 read unit.
pub async fn find(app: &App, id: &RoleId) -> Result<Role, ApiError> {
    let unchanged = || (*id == RoleId::default()).then(Role::unchanged_default);
    app.store.role(id).await?.or_else(unchanged).ok_or_else(|| not_found(id))
}

/// Changes a role, the default one too. Cost: 1 round trip, 1 write unit per KB of the role.
pub async fn change(app: &App, id: &RoleId, body: &Map<String, Value>) -> Result<Role, ApiError> {
    let change = RoleChange::parse(body, app.now())?;
    require_switched_on(app, change.limits())?;
    let changed = app.store.change_role(id, &change, app.now()).await?.ok_or_else(|| not_found(id))?;
    app.circles.forget();
    Ok(changed)
}

/// Deletes a role; who has it keeps its id, and reaches whom the default role reaches. Cost: 1 round trip, 4 write units.
pub async fn delete(app: &App, id: &RoleId) -> Result<(), ApiError> {
    if *id == RoleId::default() {
        return Err(ApiError::new(Code::RoleDeleteDenied, "The role default cannot be deleted."));
    }
    match app.store.delete_role(id).await? {
        Removal::Done => {
            app.circles.forget();
            Ok(())
        }
        Removal::Unknown => Err(not_found(id)),
    }
}

/// The role that a user is to have must be there. Cost: nothing for the default one; else 1 round trip, 1 read unit.
pub(crate) async fn require_known(app: &App, id: &RoleId) -> Result<(), ApiError> {
    if *id == RoleId::default() || app.store.role(id).await?.is_some() {
        return Ok(());
    }
    Err(ApiError::field("role", "must be the id of an existing role."))
}

fn require_switched_on(app: &App, is_limited: bool) -> Result<(), ApiError> {
    if !is_limited || app.circles.are_on() {
        return Ok(());
    }
    let problem = "names friendsOnly, which is switched off, because sends would look for friends; set FRIENDS_ONLY.";
    Err(ApiError::field("settings", problem))
}

fn not_found(id: &RoleId) -> ApiError {
    ApiError::new(Code::RoleNotFound, format!("There is no role {id}."))
}
