//! What clients say over their socket (contract/socket.md, "Client to server").

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::connection::Subscription;
use super::event::DeviceId;
use super::id::MessageId;
use super::message::Receiver;
use super::nesting;
use super::receipt::Receipt;
use super::uid::{Guid, Uid};

/// One frame of a client. Who says it is known from the socket, never from the frame.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientFrame {
    /// Shows who the client is; the first frame.
    Auth {
        /// The auth token, as `jwt` gave it.
        token: String,
        /// The device; a frame without one is refused.
        device: Option<DeviceId>,
        /// Of whom the client wants to hear that they come and go.
        subscription: Subscription,
    },
    /// Something was received or read.
    Receipt {
        /// Which.
        receipt: Receipt,
        /// The last message that was.
        up_to: MessageId,
        /// The conversation's other side.
        with: Receiver,
    },
    /// Somebody begins or ends writing.
    Typing {
        /// To whom.
        to: Receiver,
        /// Which.
        is_started: bool,
        /// What the client adds.
        metadata: Option<Value>,
    },
    /// Something that is told and never stored.
    Transient {
        /// To whom.
        to: Receiver,
        /// What.
        data: Value,
    },
    /// Asks whether the service is there. The gateway answers it, so that no function runs for it; one that reaches us
    /// is answered too.
    Ping,
    /// Nothing that we know: clients of other versions may say more.
    Unknown,
}

/// The most roles of one subscription.
pub const MAX_ROLES: usize = 25;
/// The most bytes of what clients add to a typing indicator, as JSON.
const MAX_TYPING_METADATA: usize = 2_048;

impl ClientFrame {
    /// Reads a frame; whatever makes no sense is [`ClientFrame::Unknown`], because nobody can be told.
    pub fn parse(text: &str) -> ClientFrame {
        let Ok(Value::Object(frame)) = serde_json::from_str::<Value>(text) else { return ClientFrame::Unknown };
        if text_of(&frame, "action") == Some("ping") {
            return ClientFrame::Ping;
        }
        let read = match text_of(&frame, "type") {
            Some("auth") => auth(&frame),
            Some("receipts") => receipt(&frame),
            Some("typing_indicator") => typing(&frame),
            Some("transient_message") => transient(&frame),
            _ => None,
        };
        read.unwrap_or(ClientFrame::Unknown)
    }
}

fn auth(frame: &Map<String, Value>) -> Option<ClientFrame> {
    let body = body(frame)?;
    let device = text_of(body, "deviceId").or_else(|| text_of(frame, "deviceId"));
    Some(ClientFrame::Auth {
        token: text_of(body, "auth").unwrap_or_default().to_owned(),
        device: device.and_then(DeviceId::parse),
        subscription: subscription(body),
    })
}

fn subscription(body: &Map<String, Value>) -> Subscription {
    match text_of(body, "presenceSubscription") {
        Some("ALL_USERS") => Subscription::Everybody,
        Some("FRIENDS") => Subscription::Friends,
        Some("ROLES") => {
            let roles = body.get("roles").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let roles = roles.iter().filter_map(Value::as_str).filter(|role| (1..=100).contains(&role.len()));
            // Ids of roles are lowered, wherever they stand.
            let roles: BTreeSet<String> = roles.take(MAX_ROLES).map(str::to_ascii_lowercase).collect();
            Subscription::Roles(roles.into_iter().collect())
        }
        _ => Subscription::Nobody,
    }
}

fn receipt(frame: &Map<String, Value>) -> Option<ClientFrame> {
    let body = body(frame)?;
    let receipt = match text_of(body, "action")? {
        "delivered" => Receipt::Delivered,
        "read" => Receipt::Read,
        _ => return None,
    };
    let up_to = match body.get("messageId")? {
        Value::String(id) => MessageId::parse(id).ok()?,
        Value::Number(id) => MessageId::new(id.as_u64()?).ok()?,
        _ => return None,
    };
    Some(ClientFrame::Receipt { receipt, up_to, with: receiver(frame)? })
}

fn typing(frame: &Map<String, Value>) -> Option<ClientFrame> {
    let body = body(frame)?;
    let is_started = match text_of(body, "action")? {
        "started" => true,
        "ended" => false,
        _ => return None,
    };
    let metadata = body.get("metadata").filter(|metadata| !metadata.is_null()).cloned();
    let is_small =
        |metadata: &Value| nesting::check(metadata).is_ok() && metadata.to_string().len() <= MAX_TYPING_METADATA;
    Some(ClientFrame::Typing { to: receiver(frame)?, is_started, metadata: metadata.filter(is_small) })
}

fn transient(frame: &Map<String, Value>) -> Option<ClientFrame> {
    let data = body(frame)?.get("data").cloned().unwrap_or(Value::Null);
    nesting::check(&data).ok()?;
    Some(ClientFrame::Transient { to: receiver(frame)?, data })
}

/// Clients that end writing by a plain object call the types by other names.
fn receiver(frame: &Map<String, Value>) -> Option<Receiver> {
    let receiver = text_of(frame, "receiver")?;
    match text_of(frame, "receiverType")? {
        "user" | "chat" => Uid::parse(receiver).ok().map(Receiver::User),
        "group" | "groupchat" => Guid::parse(receiver).ok().map(Receiver::Group),
        _ => None,
    }
}

fn body(frame: &Map<String, Value>) -> Option<&Map<String, Value>> {
    frame.get("body")?.as_object()
}

fn text_of<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v str> {
    object.get(name)?.as_str()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn ben() -> Receiver {
        Receiver::User(Uid::parse("ben").unwrap())
    }

    fn orchard() -> Receiver {
        Receiver::Group(Guid::parse("orchard").unwrap())
    }

    fn parse(frame: Value) -> ClientFrame {
        ClientFrame::parse(&frame.to_string())
    }

    #[rstest]
    #[case::none(json!({}), Subscription::Nobody)]
    #[case::none_by_name(json!({ "presenceSubscription": "NONE" }), Subscription::Nobody)]
    #[case::all(json!({ "presenceSubscription": "ALL_USERS" }), Subscription::Everybody)]
    #[case::friends(json!({ "presenceSubscription": "FRIENDS" }), Subscription::Friends)]
    #[case::roles(
        json!({ "presenceSubscription": "ROLES", "roles": ["default", 1, ""] }),
        Subscription::Roles(vec!["default".to_owned()])
    )]
    fn a_client_shows_who_it_is(#[case] extra: Value, #[case] subscription: Subscription) {
        let mut body = json!({ "auth": "ann_1", "deviceId": "WEB-1" });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let expected = ClientFrame::Auth { token: "ann_1".to_owned(), device: DeviceId::parse("WEB-1"), subscription };
        assert_eq!(parse(json!({ "type": "auth", "body": body })), expected);
    }

    #[rstest]
    #[case::text("17", Receipt::Read, "read", "user", "ben", ben())]
    #[case::group("17", Receipt::Delivered, "delivered", "group", "orchard", orchard())]
    fn receipts_name_a_message(
        #[case] id: &str,
        #[case] receipt: Receipt,
        #[case] action: &str,
        #[case] kind: &str,
        #[case] receiver: &str,
        #[case] with: Receiver,
    ) {
        let frame = json!({ "type": "receipts", "receiver": receiver, "receiverType": kind,
            "body": { "action": action, "messageId": id, "user": { "uid": "somebody-else" } } });
        let up_to = MessageId::new(17).unwrap();
        assert_eq!(parse(frame), ClientFrame::Receipt { receipt, up_to, with });
    }

    #[rstest]
    #[case::user("user", "ben", ben())]
    #[case::by_a_plain_object("chat", "ben", ben())]
    #[case::group("group", "orchard", orchard())]
    #[case::group_by_a_plain_object("groupchat", "orchard", orchard())]
    fn typing_has_two_names_for_receivers(#[case] kind: &str, #[case] receiver: &str, #[case] to: Receiver) {
        let frame = json!({ "type": "typing_indicator", "receiver": receiver, "receiverType": kind,
            "body": { "action": "ended", "user": { "uid": "ann" } } });
        assert_eq!(parse(frame), ClientFrame::Typing { to, is_started: false, metadata: None });
    }

    #[rstest]
    #[case::no_json("hello")]
    #[case::no_object("[]")]
    #[case::no_type("{}")]
    #[case::another_type(r#"{"type":"presence","body":{}}"#)]
    #[case::no_body(r#"{"type":"receipts","receiver":"ben","receiverType":"user"}"#)]
    #[case::no_message(r#"{"type":"receipts","receiver":"ben","receiverType":"user","body":{"action":"read"}}"#)]
    #[case::unread(
        r#"{"type":"receipts","receiver":"ben","receiverType":"user","body":{"action":"unread","messageId":1}}"#
    )]
    #[case::bad_uid(r#"{"type":"transient_message","receiver":"b n","receiverType":"user","body":{"data":1}}"#)]
    fn what_makes_no_sense_is_nothing(#[case] text: &str) {
        assert_eq!(ClientFrame::parse(text), ClientFrame::Unknown);
    }

    #[test]
    fn a_ping_is_known_by_its_action() {
        assert_eq!(ClientFrame::parse(r#"{"action":"ping","ack":"true"}"#), ClientFrame::Ping);
    }

    #[test]
    fn deep_data_is_not_told() {
        let deep = (0..nesting::MAX).fold(Value::Null, |inner, _| json!([inner]));
        let frame = |data: &Value| json!({ "type": "transient_message", "receiver": "ben", "receiverType": "user", "body": { "data": data } });
        assert!(matches!(parse(frame(&deep)), ClientFrame::Transient { .. }));
        assert_eq!(parse(frame(&json!([deep]))), ClientFrame::Unknown);
    }
}
