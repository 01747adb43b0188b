//! What requests are answered with, and what is expected of it.

use serde_json::Value;

/// What a request was answered with. Whatever it was, it is JSON and either `data` or `error`.
#[derive(Debug)]
pub struct Answer {
    request: String,
    pub status: u16,
    /// After how many seconds the caller is asked to come again.
    pub retry_after: Option<u64>,
    pub body: Value,
}

impl Answer {
    pub(super) async fn read(request: String, response: reqwest::Response) -> Answer {
        let status = response.status().as_u16();
        let content_type = response.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(content_type.as_deref(), Some("application/json"), "{request}");
        let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().parse().unwrap());
        let text = response.text().await.unwrap();
        let body: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{request}: {text}"));
        assert!(body.get("data").is_some() != body.get("error").is_some(), "{request}: {body}");
        Answer { request, status, retry_after, body }
    }

    /// The whole body of a success.
    #[track_caller]
    pub fn expect_ok(self) -> Value {
        assert_eq!(self.status, 200, "{}: {}", self.request, self.body);
        self.body
    }

    /// The `data` of a success.
    #[track_caller]
    pub fn expect_data(self) -> Value {
        self.expect_ok()["data"].take()
    }

    /// The `error` of a refusal with this status and code.
    #[track_caller]
    pub fn expect_error(mut self, status: u16, code: &str) -> Value {
        let error = self.body["error"].take();
        assert_eq!((self.status, error["code"].as_str()), (status, Some(code)), "{}: {error}", self.request);
        for key in ["message", "devMessage"] {
            let sentence = error[key].as_str().unwrap_or_default();
            assert!(sentence.ends_with('.'), "{}: {key} is no sentence: {error}", self.request);
        }
        assert_eq!(error["source"], "chat-api", "{}", self.request);
        error
    }

    /// The sentences that a validation error gives for this field.
    #[track_caller]
    pub fn expect_invalid(self, field: &str) -> Vec<String> {
        let error = self.expect_error(400, "ERR_BAD_REQUEST");
        let sentences = error["details"][field].as_array().unwrap_or_else(|| panic!("no details for {field}: {error}"));
        let sentences: Vec<String> = sentences.iter().map(|sentence| sentence.as_str().unwrap().to_owned()).collect();
        let is_sentence = |text: &String| text.starts_with(&format!("The {field} field ")) && text.ends_with('.');
        assert!(!sentences.is_empty() && sentences.iter().all(is_sentence), "{sentences:?}");
        sentences
    }
}

/// The ids of listed messages, in their order.
pub fn ids(messages: &Value) -> Vec<u64> {
    messages.as_array().unwrap().iter().map(|message| message["id"].as_u64().unwrap()).collect()
}

/// The texts of listed messages, in their order; messages without text are left out.
pub fn texts(messages: &Value) -> Vec<&str> {
    messages.as_array().unwrap().iter().filter_map(|message| message["data"]["text"].as_str()).collect()
}

/// The text of an answer that came as gzip.
pub fn unzipped(bytes: &[u8]) -> String {
    std::io::read_to_string(flate2::read::GzDecoder::new(bytes)).expect("gzip of a text")
}
