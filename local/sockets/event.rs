//! What a function of the WebSocket API is told, in the shape of `ApiGatewayWebsocketProxyRequest`.

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use serde_json::{Value, json};

use super::connection::Client;
use super::parting::Parting;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Which invocation it is, and when.
pub struct Call {
    /// A new id.
    pub request_id: String,
    /// Milliseconds.
    pub at: u64,
}

/// A text frame, for the function behind `$default`.
pub fn message(client: &Client, call: &Call, message_id: &str, body: &str) -> Value {
    let context = context(client, call, ["$default", "MESSAGE"], [("messageId", message_id.into())]);
    json!({ "requestContext": context, "body": body, "isBase64Encoded": false })
}

/// The end of a connection, for the function behind `$disconnect`.
pub fn disconnect(client: &Client, call: &Call, parting: &Parting) -> Value {
    let own = [("disconnectStatusCode", parting.code.into()), ("disconnectReason", parting.reason.as_str().into())];
    let context = context(client, call, ["$disconnect", "DISCONNECT"], own);
    let headers = [("Host", client.host.as_str()), ("x-api-key", ""), ("X-Forwarded-For", ""), ("x-restapi", "")];
    let single: serde_json::Map<String, Value> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let multiple: serde_json::Map<String, Value> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!([value]))).collect();
    json!({
        "headers": single,
        "multiValueHeaders": multiple,
        "requestContext": context,
        "isBase64Encoded": false,
    })
}

/// What all events tell, and what this one has of its own.
fn context<const N: usize>(
    client: &Client,
    call: &Call,
    [route_key, event_type]: [&str; 2],
    own: [(&str, Value); N],
) -> Value {
    let mut context = json!({
        "routeKey": route_key,
        "eventType": event_type,
        "messageDirection": "IN",
        "connectionId": client.id,
        "connectedAt": client.connected_at,
        "requestId": call.request_id,
        "extendedRequestId": call.request_id,
        "requestTime": written(call.at).unwrap_or_default(),
        "requestTimeEpoch": call.at,
        // With the port, which API Gateway never has: by this name the client reached it.
        "domainName": client.host,
        "stage": client.stage,
        "apiId": "local",
        "identity": client.identity(),
    });
    if let Value::Object(context) = &mut context {
        context.extend(own.map(|(name, value)| (name.to_owned(), value)));
    }
    context
}

/// `2026-11-26T04:00:00.123Z`.
pub fn iso(millis: u64) -> Option<String> {
    let millis = i64::try_from(millis).ok()?;
    DateTime::from_millis(millis).fmt(DateTimeFormat::DateTime).ok()
}

/// `26/Nov/2026:04:00:00 +0000`.
fn written(millis: u64) -> Option<String> {
    let iso = iso(millis)?;
    let (year, month, day) = (iso.get(..4)?, iso.get(5..7)?.parse::<usize>().ok()?, iso.get(8..10)?);
    let month = MONTHS.get(month.checked_sub(1)?)?;
    Some(format!("{day}/{month}/{year}:{} +0000", iso.get(11..19)?))
}
