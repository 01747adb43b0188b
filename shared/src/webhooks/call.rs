//! Telling one webhook or bot of one event (contract/webhooks.md, "Delivery" and "Bot relay").

use std::fmt::Display;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::manage::SECRET_PREFIX;
use super::{bots, payload, push};
use crate::app::App;
use crate::error::ApiError;
use crate::log::say;
use crate::outside::{Answer, Unanswered};
use model::bot::Bot;
use model::delivery::{Addressee, Delivery, Occasion};
use model::time::Seconds;
use model::trigger::Trigger;
use model::webhook::Webhook;

/// As the vendor writes it.
const CONTENT_TYPE: &str = "Application/json";

/// Whom to call, and how.
struct Callee<'a> {
    url: &'a str,
    credentials: Option<(&'a str, &'a str)>,
    /// What its requests are signed with; bots have none.
    secret: Option<&'a str>,
}

/// The `webhook-id` of what is told (Standard Webhooks), by which a receiver knows what it was told before.
pub(super) fn id(what: impl Display) -> String {
    format!("msg_{what}")
}

/// [`id`] of what nobody tells a second time.
pub(super) fn random_id(app: &App) -> Result<String, ApiError> {
    Ok(id(format_args!("{:032x}", app.random()?)))
}

/// Tells who is to be told, if they still are. What they do not take is an error, which AWS keeps.
///
/// Cost: 1 round trip and 1 read unit, that of looking up what is told, and the time of the one outside: 2 seconds, or 46
/// where it is tried again.
pub async fn deliver(app: &App, delivery: &Delivery) -> Result<(), ApiError> {
    match &delivery.to {
        Addressee::Webhook(id) => {
            let webhook = app.store.webhook(id).await?.filter(|webhook| webhook.hears(delivery.trigger));
            let Some(webhook) = webhook else { return Ok(()) };
            if let Occasion::Push { event, uids } = &delivery.occasion {
                return push::deliver(app, delivery, &webhook, event, uids).await;
            }
            let Some(data) = payload::data(app, delivery).await? else { return Ok(()) };
            tell_webhook(app, delivery, &webhook, data).await
        }
        Addressee::Bot(uid) => {
            let Some(bot) = app.store.bot(uid).await?.filter(|bot| bot.enabled) else { return Ok(()) };
            let Some(message) = payload::sent_message(app, delivery).await? else { return Ok(()) };
            if !bots::is_told(app, &bot, &message).await? {
                return Ok(());
            }
            let body = bot_envelope(app, &bot, payload::message(app, &message).await?);
            let credentials = bot.use_basic_auth.then(|| (text(&bot.username), text(&bot.password)));
            let callee = Callee { url: &bot.webhook_url, credentials, secret: None };
            tell(app, delivery, &callee, &body, &[]).await
        }
    }
}

/// Tells a webhook this, and tries it again where that was asked for. Cost: the time of the one outside.
pub(super) async fn tell_webhook(
    app: &App,
    delivery: &Delivery,
    webhook: &Webhook,
    data: Value,
) -> Result<(), ApiError> {
    let pauses: &[Duration] = if webhook.retry_on_failure { &app.webhooks.pauses } else { &[] };
    tell(app, delivery, &callee(webhook), &envelope(app, delivery.trigger, webhook, data), pauses).await
}

/// Asks a webhook and says what it answered, if it did as it should; up to `most` bytes of it.
///
/// Cost: the time of the one outside, 2 seconds at the most.
pub(super) async fn ask(
    app: &App,
    webhook: &Webhook,
    id: &str,
    trigger: Trigger,
    data: Value,
    most: usize,
) -> Option<Vec<u8>> {
    let why = match post(app, id, &callee(webhook), &envelope(app, trigger, webhook, data), most).await {
        Ok(Answer { status: 200..=299, body, .. }) => return Some(body),
        Ok(Answer { status, .. }) => format!("it answered {status}"),
        Err(failure) => failure.to_string(),
    };
    say(format_args!("the webhook {} did not answer what it was asked: {why}", webhook.id));
    None
}

fn text(given: &Option<String>) -> &str {
    given.as_deref().unwrap_or_default()
}

fn callee(webhook: &Webhook) -> Callee<'_> {
    Callee { url: &webhook.webhook_url, credentials: webhook.credentials(), secret: Some(&webhook.secret) }
}

fn envelope(app: &App, trigger: Trigger, webhook: &Webhook, data: Value) -> Value {
    let settings = &app.webhooks;
    json!({ "trigger": trigger, "data": data, "appId": settings.app_id, "region": settings.region,
        "webhook": webhook.id })
}

fn bot_envelope(app: &App, bot: &Bot, message: Value) -> Value {
    let settings = &app.webhooks;
    json!({ "trigger": "after_message", "data": message, "appId": settings.app_id, "region": settings.region,
        "origin": { "platform": "API" }, "chatAPIVersion": "3.0", "bot": bot.uid })
}

async fn tell(
    app: &App,
    delivery: &Delivery,
    callee: &Callee<'_>,
    body: &Value,
    pauses: &[Duration],
) -> Result<(), ApiError> {
    let mut pauses = pauses.iter();
    loop {
        let why = match post(app, &delivery.id, callee, body, 0).await {
            Ok(Answer { status: 200..=299, .. }) => return Ok(()),
            Ok(Answer { status, .. }) => format!("it answered {status}"),
            // Nothing that waiting would change.
            Err(Unanswered::BadTarget(why)) => {
                return Err(ApiError::Undelivered(delivery.to.to_string(), why.to_string()));
            }
            Err(failure) => failure.to_string(),
        };
        match pauses.next() {
            Some(pause) => tokio::time::sleep(*pause).await,
            None => return Err(ApiError::Undelivered(delivery.to.to_string(), why)),
        }
    }
}

/// Posts once; `most` bytes of the answer are read.
async fn post(app: &App, id: &str, callee: &Callee<'_>, body: &Value, most: usize) -> Result<Answer, Unanswered> {
    let body = body.to_string();
    let mut headers = vec![("content-type", CONTENT_TYPE.to_owned()), ("user-agent", "Halley".to_owned())];
    if let Some((name, password)) = callee.credentials {
        headers.push(("authorization", format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{password}")))));
    }
    if let Some(secret) = callee.secret {
        let at = app.now();
        headers.push(("webhook-id", id.to_owned()));
        headers.push(("webhook-timestamp", at.get().to_string()));
        headers.push(("webhook-signature", signature(secret, id, at, &body)));
    }
    app.webhooks.outside.post(callee.url, &headers, body.as_bytes(), most, app.webhooks.patience).await
}

/// By <https://www.standardwebhooks.com>: over id, time and body, so that nothing can be told again later or otherwise.
fn signature(secret: &str, id: &str, at: Seconds, body: &str) -> String {
    let encoded = secret.strip_prefix(SECRET_PREFIX).unwrap_or(secret);
    let key = BASE64_STANDARD.decode(encoded).unwrap_or_else(|_| encoded.as_bytes().to_vec());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{}.{body}", at.get()).as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference implementations.
    #[test]
    fn a_request_is_signed_as_standard_webhooks_are() {
        let signed = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            Seconds::new(1_614_265_330),
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
