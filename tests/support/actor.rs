//! Who sends requests. Only this file knows how a request travels.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::{Api, contract};

/// Somebody who sends requests.
#[derive(Clone)]
pub struct Actor<'a> {
    pub(super) api: &'a Api,
    /// Whom the requests act as.
    pub uid: String,
    pub(super) headers: Vec<(&'static str, Vec<u8>)>,
}

impl<'a> Actor<'a> {
    /// The same actor with one header more.
    pub fn with(self, name: &'static str, value: &str) -> Actor<'a> {
        self.with_bytes(name, value.as_bytes())
    }

    /// [`Actor::with`] for values that are no text.
    pub fn with_bytes(mut self, name: &'static str, value: &[u8]) -> Actor<'a> {
        self.headers.push((name, value.to_vec()));
        self
    }

    /// The value of a header that every request of this actor carries.
    pub fn header(&self, name: &str) -> String {
        self.headers
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| String::from_utf8(value.clone()).unwrap())
            .unwrap()
    }

    /// Whether every request of this actor has this header.
    pub fn carries(&self, name: &str) -> bool {
        self.headers.iter().any(|(key, _)| *key == name)
    }

    pub(super) fn called(mut self, uid: &str) -> Actor<'a> {
        self.uid = uid.to_owned();
        self
    }

    pub async fn get(&self, path: impl AsRef<str>) -> Answer {
        self.send("GET", path.as_ref(), Vec::new()).await
    }

    pub async fn post(&self, path: impl AsRef<str>, body: Value) -> Answer {
        self.send("POST", path.as_ref(), body.to_string().into_bytes()).await
    }

    pub async fn put(&self, path: impl AsRef<str>, body: Value) -> Answer {
        self.send("PUT", path.as_ref(), body.to_string().into_bytes()).await
    }

    pub async fn delete(&self, path: impl AsRef<str>, body: Value) -> Answer {
        self.send("DELETE", path.as_ref(), body.to_string().into_bytes()).await
    }

    /// A request with any bytes as body. A path that starts with a version, or a whole URL, is taken as it is.
    pub async fn send(&self, method: &str, path: &str, body: Vec<u8>) -> Answer {
        let base = match path {
            path if path.starts_with("http:") => "",
            path if path.starts_with("/v") || path.starts_with("/apps/") => self.api.origin(),
            _ => self.api.base_url(),
        };
        let mut request = self.api.http.request(method.parse().unwrap(), format!("{base}{path}"));
        if !self.headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value.as_slice());
        }
        let answer = Answer::read(format!("{method} {path}"), request.body(body).send().await.unwrap()).await;
        let version = if path.starts_with("/v") || path.starts_with("/apps/") { "" } else { "/v3" };
        contract::check_answer(method, &format!("{version}{path}"), answer.status, &answer.body);
        let is_user = self.headers.iter().any(|(name, _)| ["onBehalfOf", "authToken"].contains(name));
        let is_private = answer.body.to_string().contains(r#""@private":"#);
        assert!(!is_user || !is_private, "{method} {path} shows a user what is the app's: {}", answer.body);
        answer
    }

    /// Sends a text message to a user and returns the message.
    pub async fn send_text(&self, receiver: &Actor<'_>, text: &str) -> Value {
        self.post("/messages", text_to_user(&receiver.uid, text)).await.expect_data()
    }

    /// Sends a text message to a group and returns the message.
    pub async fn send_text_to_group(&self, guid: &str, text: &str) -> Value {
        self.post("/messages", text_to_group(guid, text)).await.expect_data()
    }
}

/// The body of a text message to a user.
pub fn text_to_user(uid: &str, text: &str) -> Value {
    json!({ "receiver": uid, "receiverType": "user", "data": { "text": text } })
}

/// The body of a text message to a group.
pub fn text_to_group(guid: &str, text: &str) -> Value {
    json!({ "receiver": guid, "receiverType": "group", "data": { "text": text } })
}

/// A text as one segment of a path.
pub fn segment(text: &str) -> String {
    const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, UNRESERVED).to_string()
}
