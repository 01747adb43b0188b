//! Webhooks and bots that need not be looked up again for each event.

use std::sync::{Arc, Mutex};

use crate::app::App;
use crate::error::ApiError;
use crate::users::bots;
use model::bot::Bot;
use model::page::Limit;
use model::paging::PageNumber;
use model::time::Millis;
use model::trigger::Trigger;
use model::webhook::Webhook;

/// How long a change of a webhook may go unnoticed in a warm process, in milliseconds.
const MOST_AGE: u64 = 5_000;

/// Something that was looked up some seconds ago.
#[derive(Debug)]
pub struct Remembered<T>(Mutex<Memory<T>>);

#[derive(Debug)]
struct Memory<T> {
    known: Option<(Millis, Arc<T>)>,
    /// How often it was forgotten: what was read before must not be remembered after.
    n_forgotten: u64,
}

impl<T> Default for Remembered<T> {
    fn default() -> Remembered<T> {
        Remembered(Mutex::new(Memory { known: None, n_forgotten: 0 }))
    }
}

impl<T> Remembered<T> {
    /// Looks at it anew when it is asked for next: this process has changed it.
    pub(super) fn forget(&self) {
        if let Ok(mut memory) = self.0.lock() {
            memory.known = None;
            memory.n_forgotten += 1;
        }
    }

    async fn get(&self, now: Millis, look_up: impl AsyncFnOnce() -> Result<T, ApiError>) -> Result<Arc<T>, ApiError> {
        let (known, n_forgotten) = self.recall(now);
        if let Some(known) = known {
            return Ok(known);
        }
        let found = Arc::new(look_up().await?);
        if let Ok(mut memory) = self.0.lock()
            && memory.n_forgotten == n_forgotten
        {
            memory.known = Some((now, found.clone()));
        }
        Ok(found)
    }

    fn recall(&self, now: Millis) -> (Option<Arc<T>>, u64) {
        let Ok(memory) = self.0.lock() else { return (None, 0) };
        let fresh = memory.known.as_ref().filter(|(at, _)| now.get() < at.get().saturating_add(MOST_AGE));
        (fresh.map(|(_, known)| known.clone()), memory.n_forgotten)
    }
}

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
