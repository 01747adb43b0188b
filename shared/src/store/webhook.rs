//! Webhooks: a partition of their own, counted, because an app has only so many.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;

use super::Store;
use super::error::StoreError;
use super::keys::Key;
use super::limited::{self, Creation, Refused, Removal};
use super::transaction::{Condition, EXISTS, IS_NEW, Untold, Update, item, number};
use model::time::Seconds;
use model::trigger::Trigger;
use model::webhook::{Webhook, WebhookChange, WebhookId};

/// The attribute that holds what a webhook is told of: a set, so that triggers are added and removed one by one.
const TRIGGERS: &str = "triggers";

impl Store {
    /// A webhook. Cost: 1 round trip, 1 read unit.
    pub async fn webhook(&self, id: &WebhookId) -> Result<Option<Webhook>, StoreError> {
        self.get(&Key::webhook(id.as_str())).await
    }

    /// All webhooks, by id.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 8.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, StoreError> {
        self.all_rows(&Key::webhooks()).await
    }

    /// Makes a webhook. Cost: 1 round trip, 4 write units.
    pub async fn create_webhook(&self, webhook: &Webhook) -> Result<Creation, StoreError> {
        let mut row = item(&Key::webhook(webhook.id.as_str()), webhook)?;
        if !webhook.triggers.is_empty() {
            let names = webhook.triggers.iter().map(Trigger::to_string).collect();
            row.insert(TRIGGERS.to_owned(), AttributeValue::Ss(names));
        }
        let count = Update::of(&Key::webhook_count()).one_more("webhooks", Webhook::MAX);
        let tx = self.transaction().put_item_if(row, Condition::new(IS_NEW)).or(Refused::Exists);
        limited::create(tx, count).await
    }

    /// Changes a webhook and returns it; `None` if there is none. Cost: 1 round trip, 1 write unit.
    pub async fn change_webhook(&self, id: &WebhookId, change: &WebhookChange) -> Result<Option<Webhook>, StoreError> {
        let update = Update::of(&Key::webhook(id.as_str())).set_all(serde_dynamo::to_item(change)?);
        self.apply(update.when(EXISTS).untold(Untold::OwnAffair)).await
    }

    /// Lets a webhook be told of more, or of less; `None` if there is none. Cost: 1 round trip, 1 write unit.
    pub async fn change_triggers(
        &self,
        id: &WebhookId,
        triggers: &BTreeSet<Trigger>,
        adds: bool,
        now: Seconds,
    ) -> Result<Option<Webhook>, StoreError> {
        let update = Update::of(&Key::webhook(id.as_str())).set("updatedAt", number(now.get()));
        let names = triggers.iter().map(Trigger::to_string).collect();
        let update = if adds { update.add_all(TRIGGERS, names) } else { update.remove_all(TRIGGERS, names) };
        self.apply(update.when(EXISTS).untold(Untold::OwnAffair)).await
    }

    /// Deletes a webhook. Cost: 1 round trip, 4 write units.
    pub async fn delete_webhook(&self, id: &WebhookId) -> Result<Removal, StoreError> {
        let tx = self.transaction().delete_existing(&Key::webhook(id.as_str())).or(Refused::Unknown);
        limited::remove(tx, Update::of(&Key::webhook_count()).add("webhooks", -1)).await
    }
}
