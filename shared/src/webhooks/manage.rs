//! Webhooks: made, listed, changed, deleted, and what each is told of.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::error::ApiError;
use crate::store::limited::{Creation, Removal};
use model::outcome::ErrorView;
use model::paging::{NumberedPage, PageNumber};
use model::problem::{Code, Problem};
use model::trigger::Trigger;
use model::webhook::{Webhook, WebhookChange, WebhookId, named_triggers};

/// How the secrets of Standard Webhooks begin.
pub const SECRET_PREFIX: &str = "whsec_";

/// Makes a webhook. Cost: 1 round trip, 4 write units.
pub async fn create(app: &App, body: &Map<String, Value>) -> Result<Webhook, ApiError> {
    let webhook = Webhook::parse(body, secret(app)?, app.webhooks.reach(), app.now())?;
    if let Some(off) = webhook.triggers.iter().find(|trigger| !is_offered(app, **trigger)) {
        return Err(ApiError::field("triggers", switched_off(*off).message));
    }
    match app.store.create_webhook(&webhook).await? {
        Creation::Done => {
            app.webhooks.forget();
            Ok(webhook)
        }
        Creation::Exists => {
            Err(ApiError::new(Code::WebhookAlreadyExists, format!("There is a webhook {} already.", webhook.id)))
        }
        Creation::Full => {
            let message = format!("There are {} webhooks, the most there can be; delete one first.", Webhook::MAX);
            Err(ApiError::new(Code::QuotaReached, message))
        }
    }
}

/// A page of the webhooks, by id; with `search` those whose names hold it, whatever its case.
///
/// Cost: 1 round trip, 1 read unit for about 8.
pub async fn page(app: &App, page: PageNumber, search: Option<&str>) -> Result<NumberedPage<Webhook>, ApiError> {
    let mut webhooks = app.store.webhooks().await?;
    if let Some(search) = search.map(model::filter::folded) {
        webhooks.retain(|webhook| model::filter::folded(&webhook.name).contains(&search));
    }
    Ok(NumberedPage::of(webhooks, page))
}

/// The webhook that a path names. Cost: 1 round trip, 1 read unit.
pub async fn find(app: &App, id: &WebhookId) -> Result<Webhook, ApiError> {
    app.store.webhook(id).await?.ok_or_else(|| not_found(id))
}

/// Changes a webhook. Cost: 1 round trip, 1 write unit.
pub async fn change(app: &App, id: &WebhookId, body: &Map<String, Value>) -> Result<Webhook, ApiError> {
    let change = WebhookChange::parse(body, app.webhooks.reach(), app.now())?;
    let changed = app.store.change_webhook(id, &change).await?.ok_or_else(|| not_found(id))?;
    app.webhooks.forget();
    Ok(changed)
}

/// Deletes a webhook. Cost: 1 round trip, 4 write units.
pub async fn delete(app: &App, id: &WebhookId) -> Result<(), ApiError> {
    match app.store.delete_webhook(id).await? {
        Removal::Done => {
            app.webhooks.forget();
            Ok(())
        }
        Removal::Unknown => Err(not_found(id)),
    }
}

/// Lets a webhook be told of more; what became of each trigger that the body names. Adding one again changes nothing.
///
/// Cost: 1 round trip and 1 write unit, or 1 read unit if the body names no trigger that there is.
pub async fn add_triggers(app: &App, id: &WebhookId, body: &Map<String, Value>) -> Result<Value, ApiError> {
    let names = named_triggers(body)?;
    let offered = |name: &String| match Trigger::parse(name) {
        Ok(trigger) if is_offered(app, trigger) => Ok(trigger),
        Ok(trigger) => Err(switched_off(trigger)),
        Err(_) => Err(Problem::new(Code::TriggerNotFound, format!("There is no trigger {name}."))),
    };
    let outcomes: BTreeMap<&String, Result<Trigger, Problem>> =
        names.iter().map(|name| (name, offered(name))).collect();
    let added: BTreeSet<Trigger> = outcomes.values().filter_map(|outcome| outcome.as_ref().ok().copied()).collect();
    if added.is_empty() {
        find(app, id).await?;
    } else {
        app.store.change_triggers(id, &added, true, app.now()).await?.ok_or_else(|| not_found(id))?;
        app.webhooks.forget();
    }
    let slot = |(name, outcome): (&String, Result<Trigger, Problem>)| {
        let slot = match outcome {
            Ok(trigger) => json!({ "success": true, "message": format!("The webhook {id} is told of {trigger}.") }),
            Err(problem) => json!({ "success": false, "error": ErrorView::from(&problem) }),
        };
        (name.clone(), slot)
    };
    Ok(Value::Object(outcomes.into_iter().map(slot).collect()))
}

/// Lets a webhook be told of less; what it was not told of does not matter, but must be a trigger.
///
/// Cost: 1 round trip, 1 write unit.
pub async fn remove_triggers(app: &App, id: &WebhookId, body: &Map<String, Value>) -> Result<(), ApiError> {
    let parsed: Result<BTreeSet<Trigger>, String> =
        named_triggers(body)?.iter().map(|name| Trigger::parse(name).map_err(|_| name.clone())).collect();
    let removed =
        parsed.map_err(|name| ApiError::new(Code::TriggerNotFound, format!("There is no trigger {name}.")))?;
    app.store.change_triggers(id, &removed, false, app.now()).await?.ok_or_else(|| not_found(id))?;
    app.webhooks.forget();
    Ok(())
}

fn is_offered(app: &App, trigger: Trigger) -> bool {
    trigger != Trigger::BeforeMessage || app.webhooks.before_message.is_on()
}

fn switched_off(trigger: Trigger) -> Problem {
    let message =
        format!("The trigger {trigger} is switched off, because sends would wait for it; set BEFORE_MESSAGE.");
    Problem::new(Code::TriggerNotFound, message)
}

/// 192 bits, written as Standard Webhooks have it.
fn secret(app: &App) -> Result<String, ApiError> {
    Ok(format!("{SECRET_PREFIX}{}", BASE64_STANDARD.encode(app.random_bytes::<24>()?)))
}

fn not_found(id: &WebhookId) -> ApiError {
    ApiError::new(Code::WebhookNotFound, format!("There is no webhook {id}."))
}
