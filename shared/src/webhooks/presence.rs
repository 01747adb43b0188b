//! Telling webhooks that a user comes or goes. No row carries an event of that, so who notes it hands it over.

use serde_json::json;

use super::announce::hand_over;
use super::payload::put;
use super::{call, known};
use crate::app::App;
use crate::error::ApiError;
use crate::log::say;
use model::connection::Connection;
use model::delivery::{Addressee, Delivery, Occasion};
use model::event::DeviceId;
use model::frame::Presence;
use model::trigger::Trigger;
use model::user::{User, UserView};

/// Tells it; the connection that was opened or closed, if it is known. What fails here fails nobody's socket.
///
/// Cost: nothing as a rule; 1 round trip for each webhook that wants it.
pub(crate) async fn tell(app: &App, user: &User, presence: Presence, connection: Option<&Connection>) {
    if let Err(error) = hand(app, user, presence, connection).await {
        say(format_args!("webhooks were not told of who comes and goes: {error}"));
    }
}

async fn hand(app: &App, user: &User, presence: Presence, connection: Option<&Connection>) -> Result<(), ApiError> {
    let webhooks = known::webhooks(app, Trigger::UserConnectionStatusChanged).await?;
    if webhooks.is_empty() {
        return Ok(());
    }
    let action = if presence == Presence::Online { "connected" } else { "disconnected" };
    let mut current = json!({ "action": action });
    if let Some(connection) = connection {
        put(&mut current, "platform", platform(&connection.device));
        put(&mut current, "connectedAt", connection.connected_at.get() * 1_000);
    }
    let data = json!({ "timestamp": app.now_millis().get(), "user": UserView::of(user), "status": presence,
        "currentConnection": current, "userPresenceChanged": true });
    let id = call::random_id(app)?;
    let deliveries = webhooks.into_iter().map(|webhook| Delivery {
        to: Addressee::Webhook(webhook.id),
        trigger: Trigger::UserConnectionStatusChanged,
        id: id.clone(),
        occasion: Occasion::Presence { data: data.clone() },
    });
    hand_over(app, deliveries).await
}

/// What the vendor's clients call themselves at the beginning of their device's name.
fn platform(device: &DeviceId) -> String {
    match device.as_str().split('-').next().unwrap_or_default() {
        "WEB" => "javascript".to_owned(),
        other => other.to_lowercase(),
    }
}
