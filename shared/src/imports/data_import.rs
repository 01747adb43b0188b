//! The data import: users, groups, members and messages that another service's importer brings in piece by piece, each with
//! its own outcome (contract/import.md). Nobody is told of any of it.

use model::data_import::Entities;
use model::outcome::slot;
use model::time::Seconds;
use serde_json::{Map, Value};

use super::{messages, people};
use crate::app::App;
use crate::error::ApiError;

/// How many of these requests the app takes in a minute.
const REQUESTS_A_MINUTE: u64 = 60;
const MINUTE: u64 = 60;
/// How many entities are brought in at once.
pub(super) const AT_ONCE: usize = 8;

/// What became of each entity, by its key.
pub(super) type Slots = Vec<(String, Result<Value, ApiError>)>;

/// Brings in what a body holds, in the order of its `text`, and answers each entity under its key.
///
/// Cost: 1 round trip and 1 write unit to count the request; then see [`people`] and [`messages`].
pub async fn bring_in(app: &App, entities: Entities, body: &Map<String, Value>, text: &str) -> Result<Value, ApiError> {
    count(app).await?;
    let mut given = entities.of(body)?;
    entities.sort_as_told(&mut given, text);
    let slots = match entities {
        Entities::Users => people::users(app, &given).await,
        Entities::Groups => people::groups(app, &given).await,
        Entities::Members => people::members(app, &given).await?,
        Entities::Messages => messages::messages(app, &given).await?,
    };
    let slots = slots.into_iter().map(|(key, outcome)| (key, slot(outcome.as_ref().map_err(ApiError::view))));
    Ok(Value::Object(slots.collect()))
}

/// Refuses one request too many of a minute.
async fn count(app: &App) -> Result<(), ApiError> {
    let now = app.now().get();
    let minute = Seconds::new(now - now % MINUTE);
    if app.store.count_import(minute).await? <= REQUESTS_A_MINUTE {
        return Ok(());
    }
    let seconds = MINUTE - now % MINUTE;
    let message =
        format!("The data import takes {REQUESTS_A_MINUTE} requests in a minute. Try again in {seconds} seconds.");
    Err(ApiError::Wait { message, seconds })
}
