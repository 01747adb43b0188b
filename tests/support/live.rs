//! Users who are online: clients that speak the vendor's protocol over a socket.

use serde_json::{Value, json};

use crate::socket::{Socket, patiently};
use crate::{Actor, Api};

/// A client of one user on one device, which has shown who it is.
pub struct Live {
    /// The socket itself.
    pub socket: Socket,
    /// The device: what the client sends as `resource` in its requests.
    pub device: String,
}

/// How a client shows who it is.
pub fn auth(token: &str, device: &str, extra: Value) -> Value {
    let mut body = json!({ "auth": token, "deviceId": device, "params": { "platform": "WEB" } });
    body.as_object_mut().unwrap().extend(extra.as_object().cloned().unwrap_or_default());
    json!({ "type": "auth", "appId": "halley", "deviceId": device, "sender": "whoever", "body": body })
}

/// What a client is answered whose token holds.
pub fn welcome() -> Value {
    json!({ "type": "auth", "body": { "code": "200", "status": "OK" } })
}

impl Api {
    /// A token of a user.
    pub async fn token_of(&self, uid: &str) -> String {
        let made = self.app().post(format!("/users/{uid}/auth_tokens"), json!({})).await.expect_ok();
        made["data"]["authToken"].as_str().unwrap().to_owned()
    }

    /// A user's client on a device of this name, and the user is online. What is told before the answer is passed over.
    pub async fn live(&self, uid: &str, device: &str) -> Live {
        self.live_with(uid, device, json!({})).await
    }

    /// The same, which says more of itself, such as `presenceSubscription`.
    pub async fn live_with(&self, uid: &str, device: &str, extra: Value) -> Live {
        let token = self.token_of(uid).await;
        let mut socket = Socket::open(&self.local().socket_url).await;
        socket.send_json(&auth(&token, device, extra)).await;
        // What it may hear is told from the moment on in which it is known, which is before the answer.
        while socket.json().await != welcome() {}
        // That its user is there is noted after the answer.
        let row = json!({ "TableName": "halley", "ConsistentRead": true,
            "Key": { "pk": { "S": format!("USER#{uid}") }, "sk": { "S": "USER" } } });
        patiently("that the user is online", async {
            while self.dynamodb("GetItem", &row)["Item"]["onlineBy"].is_null() {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        })
        .await;
        Live { socket, device: device.to_owned() }
    }

    /// Waits until all that changed so far was told.
    pub async fn all_told(&self) {
        patiently("the end of the stream", async {
            while !self.local().is_told() {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        })
        .await;
    }
}

impl Live {
    /// The next frame.
    pub async fn hears(&mut self) -> Value {
        self.socket.json().await
    }

    /// Says something.
    pub async fn says(&mut self, frame: Value) {
        self.socket.send_json(&frame).await;
    }

    /// All frames until now: what changed so far is told, and the answer to a ping comes behind it.
    pub async fn heard(&mut self, api: &Api) -> Vec<Value> {
        api.all_told().await;
        self.heard_so_far().await
    }

    /// All frames that were told by now, whatever is still to be told.
    pub async fn heard_so_far(&mut self) -> Vec<Value> {
        self.socket.send(r#"{"action":"ping","ack":"true"}"#).await;
        let mut heard = Vec::new();
        loop {
            let frame = self.hears().await;
            if frame == json!({ "action": "pong" }) {
                return heard;
            }
            heard.push(frame);
        }
    }

    /// Says so much that nothing was told.
    pub async fn hears_nothing(&mut self, api: &Api) {
        let heard = self.heard(api).await;
        assert!(heard.is_empty(), "{heard:#?}");
    }
}

impl Actor<'_> {
    /// The same actor on a device.
    pub fn on(self, device: &str) -> Self {
        self.with("resource", device)
    }
}
