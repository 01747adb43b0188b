//! What webhooks are told of a user who comes or goes (contract/webhooks.md, "Payload shapes").

use serde_json::{Value, json};

use super::payload::put;
use crate::delivery::presence_of;
use crate::error::ApiError;
use crate::store::change::Record;
use model::event::{DeviceId, Event, EventKind};
use model::frame::Presence;
use model::user::UserView;

/// The `data` of the envelope, if an event tells it: the user as the change left them, because they may be there again
/// by the time at which it is told.
pub(super) fn data(record: &Record, event: &Event) -> Result<Option<Value>, ApiError> {
    let (Some(presence), Some(user)) = (presence_of(&event.kind), record.user()?) else { return Ok(None) };
    let mut current = json!({ "action": if presence == Presence::Online { "connected" } else { "disconnected" } });
    if let Some(device) = &event.device {
        put(&mut current, "platform", platform(device));
    }
    if let EventKind::CameOnline { since } | EventKind::WentOffline { since } = event.kind {
        put(&mut current, "connectedAt", since.get() * 1_000);
    }
    Ok(Some(json!({ "timestamp": event.at().get(), "user": UserView::of(&user), "status": presence,
        "currentConnection": current, "userPresenceChanged": true })))
}

/// What the vendor's clients call themselves at the beginning of their device's name.
fn platform(device: &DeviceId) -> String {
    match device.as_str().split('-').next().unwrap_or_default() {
        "WEB" => "javascript".to_owned(),
        other => other.to_lowercase(),
    }
}
