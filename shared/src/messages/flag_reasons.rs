//! Why messages may be reported: listed, made, changed, deleted by the app, and told to clients with their settings.

use serde_json::{Map, Value};

use crate::app::App;
use crate::error::ApiError;
use crate::store::conversation_pin::Replaced;
use crate::store::tries::Tries;
use model::flag_reason::{FlagReason, FlagReasonChange};
use model::paging::{NumberedPage, PageNumber};
use model::problem::Code;

/// All reasons, as they were up to 5 seconds ago: for settings, which clients keep until they log in again.
///
/// Cost: nothing as a rule; every 5 seconds 1 round trip, 1 read unit.
pub async fn known(app: &App) -> Result<Vec<FlagReason>, ApiError> {
    let look_up = async || Ok(app.store.flag_reasons().await?.reasons);
    Ok(app.flag_reasons.get(app.now_millis(), look_up).await?.to_vec())
}

/// A page of the reasons, in the order in which clients show them. Cost: 1 round trip, 1 read unit.
pub async fn page(app: &App, page: PageNumber) -> Result<NumberedPage<FlagReason>, ApiError> {
    Ok(NumberedPage::of(app.store.flag_reasons().await?.reasons, page))
}

/// The reason that a path names. Cost: 1 round trip, 1 read unit.
pub async fn find(app: &App, id: &str) -> Result<FlagReason, ApiError> {
    let mut reasons = app.store.flag_reasons().await?.reasons;
    let at = place(&reasons, id)?;
    Ok(reasons.swap_remove(at))
}

/// Makes a reason. Cost: 2 round trips, 1 read unit, 2 write units for each KB of the list.
pub async fn create(app: &App, body: &Map<String, Value>) -> Result<FlagReason, ApiError> {
    let reason = FlagReason::parse(body, app.now())?;
    change_list(app, |reasons| {
        if reasons.iter().any(|known| known.id == reason.id) {
            let message = format!("There is a reason {} already.", reason.id);
            return Err(ApiError::new(Code::ReasonAlreadyExists, message));
        }
        if FlagReason::MAX <= reasons.len() {
            let message = format!("There are {} reasons, the most there can be; delete one first.", FlagReason::MAX);
            return Err(ApiError::new(Code::QuotaReached, message));
        }
        reasons.push(reason.clone());
        Ok(reason.clone())
    })
    .await
}

/// Changes a reason. Cost: as [`create`].
pub async fn change(app: &App, id: &str, body: &Map<String, Value>) -> Result<FlagReason, ApiError> {
    let change = FlagReasonChange::parse(body, app.now())?;
    change_list(app, |reasons| {
        let reason = reasons.iter_mut().find(|reason| reason.id == id).ok_or_else(|| unknown(id))?;
        change.apply(reason);
        Ok(reason.clone())
    })
    .await
}

/// Deletes a reason; reports that gave it keep its id. Cost: as [`create`].
pub async fn delete(app: &App, id: &str) -> Result<FlagReason, ApiError> {
    change_list(app, |reasons| {
        let at = place(reasons, id)?;
        Ok(reasons.remove(at))
    })
    .await
}

/// Changes the list as it is when the change is stored.
async fn change_list<T>(
    app: &App,
    change: impl Fn(&mut Vec<FlagReason>) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let mut tries = Tries::begin();
    loop {
        let before = app.store.flag_reasons().await?;
        let mut reasons = before.reasons.clone();
        let changed = change(&mut reasons)?;
        if app.store.replace_flag_reasons(&before, reasons).await? == Replaced::Done {
            app.flag_reasons.forget();
            return Ok(changed);
        }
        tries.again().await?;
    }
}

fn place(reasons: &[FlagReason], id: &str) -> Result<usize, ApiError> {
    reasons.iter().position(|reason| reason.id == id).ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> ApiError {
    ApiError::new(Code::ReasonNotFound, format!("There is no reason {id}."))
}
