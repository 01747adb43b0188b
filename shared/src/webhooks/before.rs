//! Asking webhooks before a message is stored (contract/webhooks.md, "Legacy triggers").

use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use super::{call, known};
use crate::app::App;
use crate::config::BeforeMessage;
use crate::error::ApiError;
use crate::messages::render;
use model::delivery::with_text_ids;
use model::message::Message;
use model::nesting;
use model::problem::Code;
use model::trigger::Trigger;
use model::webhook::Webhook;

/// The most bytes of one answer, and of all that they put into a message.
const MOST_BYTES: usize = 2_048;
/// Where in the metadata of a message stands what others than its sender put there.
const INJECTED: &str = "@injected";

/// What one of them answered.
enum Verdict {
    /// The message is sent as it is.
    Pass,
    /// It is not sent.
    Drop,
    /// It is sent with this.
    Inject(Map<String, Value>),
    /// Nothing that can be used, or not in time.
    Nothing,
}

/// Asks those who want to be asked, all at once, and puts what they answer into the message.
///
/// Cost: nothing where nobody is to be asked; else the time of the slowest, 2 seconds at the most.
pub async fn ask(app: &App, message: &mut Message, quoted: Option<&Message>) -> Result<(), ApiError> {
    if !app.webhooks.before_message.is_on() {
        return Ok(());
    }
    let asked = known::webhooks(app, Trigger::BeforeMessage).await?;
    if asked.is_empty() {
        return Ok(());
    }
    let mut shown = with_text_ids(json!(render::sent(app, message, quoted).await?));
    if let Some(fields) = shown.as_object_mut() {
        fields.remove("id");
    }
    let id = call::random_id(app)?;
    let verdicts = join_all(asked.iter().map(|webhook| verdict(app, webhook, &id, &shown))).await;
    let mut nodes = Map::new();
    for (webhook, verdict) in asked.iter().zip(verdicts) {
        match verdict {
            Verdict::Pass => {}
            Verdict::Drop => return Err(refused("A webhook does not let this message be sent.")),
            Verdict::Inject(node) => drop(nodes.insert(webhook.id.to_string(), Value::Object(node))),
            Verdict::Nothing if app.webhooks.before_message == BeforeMessage::Closed => {
                return Err(refused("A webhook that must be asked about messages does not answer."));
            }
            Verdict::Nothing => {}
        }
    }
    inject(message, nodes);
    Ok(())
}

fn refused(why: &str) -> ApiError {
    ApiError::new(Code::BlockedByWebhook, why)
}

async fn verdict(app: &App, webhook: &Webhook, id: &str, message: &Value) -> Verdict {
    let answer = call::ask(app, webhook, id, Trigger::BeforeMessage, message.clone(), MOST_BYTES).await;
    match answer {
        Some(body) if body.iter().all(u8::is_ascii_whitespace) => Verdict::Pass,
        Some(body) => read(&body),
        None => Verdict::Nothing,
    }
}

fn read(body: &[u8]) -> Verdict {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(node)) if node.get("action").is_some_and(|action| action == "do_not_propagate") => {
            Verdict::Drop
        }
        Ok(Value::Object(node)) if node.is_empty() => Verdict::Pass,
        Ok(Value::Object(node)) if nesting::check_object(&node).is_ok() => Verdict::Inject(node),
        _ => Verdict::Nothing,
    }
}

/// As many as fit, by the ids of the webhooks. What a sender put in their place goes.
fn inject(message: &mut Message, nodes: Map<String, Value>) {
    let forged = message.data.get_mut("metadata").and_then(|metadata| metadata.get_mut(INJECTED));
    if let Some(forged) = forged.and_then(Value::as_object_mut) {
        forged.remove("webhooks");
    }
    let mut room = MOST_BYTES;
    let mut fitting = Map::new();
    for (id, node) in nodes {
        let bytes = node.to_string().len() + id.len();
        if bytes <= room {
            room -= bytes;
            fitting.insert(id, node);
        }
    }
    if fitting.is_empty() {
        return;
    }
    let metadata = message.data.entry("metadata").or_insert_with(|| json!({}));
    let Some(metadata) = metadata.as_object_mut() else { return };
    let injected = metadata.entry(INJECTED).or_insert_with(|| json!({}));
    if let Some(injected) = injected.as_object_mut() {
        injected.insert("webhooks".to_owned(), Value::Object(fitting));
    }
}
