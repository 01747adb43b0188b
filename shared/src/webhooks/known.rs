//! Webhooks and bots that need not be looked up again for each event.

use std::sync::Arc;

use crate::app::App;
use crate::error::ApiError;
use crate::users::bots;
use model::bot::Bot;
use model::page::Limit;
use model::paging::PageNumber;
use model::trigger::Trigger;
use model::webhook::Webhook;

/// All webhooks, as they were up to 5 seconds ago.
///
/// Cost: nothing as a rule; every 5 seconds 1 round trip, a read unit for about 8 webhooks.
pub(super) async fn all_webhooks(app: &App) -> Result<Arc<Vec<Webhook>>, ApiError> {
    app.webhooks.known.get(app.now_millis(), async || Ok(app.store.webhooks().await?)).await
}

/// The bots that are switched on, as they were up to 5 seconds ago.
///
/// Cost: nothing as a rule; every 5 seconds 1 round trip and half a read unit, and if there are bots another round trip and
/// 2 units for each.
pub(super) async fn all_bots(app: &App) -> Result<Arc<Vec<Bot>>, ApiError> {
    let look_up = async || {
        let page = bots::page(app, PageNumber::after(0, Limit::NUMBERED)).await?;
        Ok(page.items.into_iter().filter(|bot| bot.enabled).collect())
    };
    app.webhooks.known_bots.get(app.now_millis(), look_up).await
}

/// The webhooks that want this. Cost: as [`all_webhooks`].
pub(super) async fn webhooks(app: &App, trigger: Trigger) -> Result<Vec<Webhook>, ApiError> {
    let all = all_webhooks(app).await?;
    Ok(all.iter().filter(|webhook| webhook.hears(trigger)).cloned().collect())
}
