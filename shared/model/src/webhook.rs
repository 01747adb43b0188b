//! Webhooks: addresses of the app's owner that are told what happens (contract/webhooks.md).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fields::{self, FieldProblem, Fields};
use super::outside::Reach;
use super::time::Seconds;
use super::trigger::Trigger;
use crate::problem::{Code, Problem};

/// The id of a webhook, as its owner chose it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebhookId(String);

impl WebhookId {
    /// The most characters.
    pub const MAX: usize = 50;

    /// Reads an id; see [`fields::require_segment`].
    pub fn parse(raw: &str) -> Result<WebhookId, String> {
        if WebhookId::MAX < raw.chars().count() {
            return Err(format!("must not be longer than {} characters.", WebhookId::MAX));
        }
        fields::require_segment(raw)?;
        Ok(WebhookId(raw.to_owned()))
    }

    /// As given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebhookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A webhook, as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// What its owner calls it.
    pub name: String,
    /// Where it is told.
    #[serde(rename = "webhookURL")]
    pub webhook_url: String,
    /// Whether it is told of anything.
    #[serde(default)]
    pub enabled: bool,
    /// Whether what it does not take is sent again.
    #[serde(default)]
    pub retry_on_failure: bool,
    /// Whether it asks for a name and a password.
    #[serde(default)]
    pub use_basic_auth: bool,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password, in clear: the webhook has to be sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// With what requests to it are signed.
    pub secret: String,
    /// What it is told of. The store keeps them as a set of its own.
    #[serde(default, skip_serializing)]
    pub triggers: BTreeSet<Trigger>,
    /// When it was made.
    pub created_at: Seconds,
    /// When it was last changed.
    pub updated_at: Seconds,
}

impl Webhook {
    /// The most webhooks of an app.
    pub const MAX: u64 = 25;
    /// The most characters of a name.
    pub const MAX_NAME: usize = 50;
    /// The most characters of a user name.
    pub const MAX_USERNAME: usize = 50;
    /// The most characters of a password.
    pub const MAX_PASSWORD: usize = 100;

    /// Reads and validates the body that makes one; `secret` is new.
    pub fn parse(body: &Map<String, Value>, secret: String, reach: Reach, now: Seconds) -> Result<Webhook, Problem> {
        let mut fields = Fields::of(body);
        let id = fields.required("id", fields::parsed(WebhookId::parse));
        let name = fields.required("name", fields::text::<{ Webhook::MAX_NAME }>);
        let webhook_url = fields.required("webhookURL", |value| reach.webhook_url(value));
        let change = WebhookChange::read(&mut fields, reach, now);
        let triggers = fields.optional("triggers", fields::names(fields::parsed(Trigger::parse)));
        fields.finish()?;

        let (Some(id), Some(name), Some(webhook_url)) = (id, name, webhook_url) else {
            return Err(Problem::field("id", "is required."));
        };
        Ok(Webhook {
            id,
            name,
            webhook_url,
            enabled: change.enabled.unwrap_or_default(),
            retry_on_failure: change.retry_on_failure.unwrap_or_default(),
            use_basic_auth: change.use_basic_auth.unwrap_or_default(),
            username: change.username,
            password: change.password,
            secret,
            triggers: triggers.unwrap_or_default().into_iter().collect(),
            created_at: now,
            updated_at: now,
        })
    }

    /// Whether it is to be told of this.
    pub fn hears(&self, trigger: Trigger) -> bool {
        self.enabled && self.triggers.contains(&trigger)
    }

    /// The name and the password that it asks for.
    pub fn credentials(&self) -> Option<(&str, &str)> {
        self.use_basic_auth
            .then(|| (self.username.as_deref().unwrap_or_default(), self.password.as_deref().unwrap_or_default()))
    }
}

/// A change of a webhook. Serializes to the attributes that get new values; credentials are stored as sent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "webhookURL", skip_serializing_if = "Option::is_none")]
    webhook_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_on_failure: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    use_basic_auth: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    updated_at: Seconds,
}

impl WebhookChange {
    /// Reads and validates the body of `PUT …/webhooks/{webhookId}`.
    pub fn parse(body: &Map<String, Value>, reach: Reach, now: Seconds) -> Result<WebhookChange, Problem> {
        let mut fields = Fields::of(body);
        let change = WebhookChange::read(&mut fields, reach, now);
        fields.finish()?;
        if change.is_empty() {
            return Err(Problem::new(Code::BadRequest, "The body contains no field that can be updated."));
        }
        Ok(change)
    }

    fn read(fields: &mut Fields<'_>, reach: Reach, now: Seconds) -> WebhookChange {
        WebhookChange {
            name: fields.optional("name", fields::text::<{ Webhook::MAX_NAME }>),
            webhook_url: fields.optional("webhookURL", |value| reach.webhook_url(value)),
            enabled: fields.optional("enabled", fields::flag),
            retry_on_failure: fields.optional("retryOnFailure", fields::flag),
            use_basic_auth: fields.optional("useBasicAuth", fields::flag),
            username: fields.optional("username", credential::<{ Webhook::MAX_USERNAME }>),
            password: fields.optional("password", credential::<{ Webhook::MAX_PASSWORD }>),
            updated_at: now,
        }
    }

    fn is_empty(&self) -> bool {
        let WebhookChange { name, webhook_url, enabled, retry_on_failure, use_basic_auth, username, password, .. } =
            self;
        [name, webhook_url, username, password].into_iter().all(Option::is_none)
            && [enabled, retry_on_failure, use_basic_auth].into_iter().all(Option::is_none)
    }
}

fn credential<const MAX: usize>(value: &Value) -> Result<String, FieldProblem> {
    let text = fields::text::<MAX>(value)?;
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("must not hold spaces.".to_owned());
    }
    Ok(text)
}

/// A webhook as answered: without what it is shown to prove who calls, and without switches that are off, but `enabled`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookView {
    id: WebhookId,
    name: String,
    #[serde(rename = "webhookURL")]
    webhook_url: String,
    enabled: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    retry_on_failure: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    use_basic_auth: bool,
    created_at: Seconds,
    updated_at: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl WebhookView {
    /// As everybody may see it who may see webhooks.
    pub fn of(webhook: &Webhook) -> WebhookView {
        WebhookView {
            id: webhook.id.clone(),
            name: webhook.name.clone(),
            webhook_url: webhook.webhook_url.clone(),
            enabled: webhook.enabled,
            retry_on_failure: webhook.retry_on_failure,
            use_basic_auth: webhook.use_basic_auth,
            created_at: webhook.created_at,
            updated_at: webhook.updated_at,
            secret: None,
        }
    }

    /// With the secret, which is told to who made it, once.
    pub fn with_secret(self, webhook: &Webhook) -> WebhookView {
        WebhookView { secret: Some(webhook.secret.clone()), ..self }
    }
}

/// The triggers that a body names, whether they are known or not.
pub fn named_triggers(body: &Map<String, Value>) -> Result<Vec<String>, Problem> {
    let mut fields = Fields::of(body);
    let mut names =
        fields.required("triggerIds", fields::names(fields::text::<{ Trigger::MAX_NAME }>)).unwrap_or_default();
    if names.is_empty() && body.get("triggerIds").is_some_and(Value::is_array) {
        fields.note("triggerIds", "must name a trigger.");
    }
    fields.finish()?;
    names.sort();
    names.dedup();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("https://hooks.example/a", Reach::Public, true)]
    #[case("HTTPS://HOOKS.example", Reach::Public, true)]
    #[case("http://hooks.example/a", Reach::Public, false)]
    #[case("http://hooks.example/a", Reach::Anywhere, true)]
    #[case("https://2130706433/", Reach::Public, false)]
    #[case("ftp://hooks.example/a", Reach::Anywhere, false)]
    #[case("https://name:secret@hooks.example/a", Reach::Public, false)]
    #[case("https://name@hooks.example/a", Reach::Public, false)]
    #[case("hooks.example", Reach::Anywhere, false)]
    #[case("https://", Reach::Public, false)]
    fn urls_are_read(#[case] url: &str, #[case] reach: Reach, #[case] is_taken: bool) {
        assert_eq!(reach.webhook_url(&json!(url)).is_ok(), is_taken, "{url}");
    }

    #[test]
    fn ids_hold_no_spaces_and_are_not_long() {
        assert!(WebhookId::parse(&"w".repeat(50)).is_ok());
        for wrong in ["", "a/b", ".", "..", "a b", "a\tb", "a\nb", &"w".repeat(51)] {
            assert!(WebhookId::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
