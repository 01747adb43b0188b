//! Many conversations and long histories: the rows of one, copied past the store and told to nobody.

use std::ops::RangeInclusive;

use model::id::MessageId;
use model::time::Seconds;
use serde_json::{Value, json};

use crate::Api;

/// The most items of one batch.
const BATCH: usize = 25;

/// Rows about one message, to be copied. The n-th copy is n seconds older.
pub struct Original {
    id: MessageId,
    rows: Vec<Value>,
    /// Whose name gets the number of the copy, if anybody's.
    numbered: Option<String>,
}

impl Api {
    /// A conversation between two users that has this one message; its copies are with `<receiver>-<n>`.
    pub async fn conversation_of(&self, sent: &Value) -> Original {
        let (sender, receiver) = (sent["sender"].as_str().unwrap(), sent["receiver"].as_str().unwrap());
        let (conversation, user) = (format!("user#{sender}#{receiver}"), format!("USER#{receiver}"));
        let is_profile = |row: &Value| row["pk"]["S"] == user && row["sk"]["S"] == "USER";
        let original = self.original(sent, |row| row.to_string().contains(&conversation) || is_profile(row)).await;
        Original { numbered: Some(receiver.to_owned()), ..original }
    }

    /// [`Api::conversation_of`], the sender's own row alone: what its copies held is gone.
    pub async fn participation_of(&self, sent: &Value) -> Original {
        let user = format!("USER#{}", sent["sender"].as_str().unwrap());
        let original = self.conversation_of(sent).await;
        let rows = original.rows.into_iter().filter(|row| row["pk"]["S"] == user).collect();
        Original { rows, ..original }
    }

    /// The first message of a conversation, of which the copies are older.
    pub async fn message_of(&self, sent: &Value) -> Original {
        let key = format!("{:016}", sent["id"].as_u64().unwrap());
        self.original(sent, |row| row["sk"]["S"].as_str().unwrap().trim_start_matches("MSG#") == key).await
    }

    async fn original(&self, sent: &Value, is_of_it: impl Fn(&Value) -> bool) -> Original {
        let id = MessageId::new(sent["id"].as_u64().unwrap()).unwrap();
        let mut rows: Vec<Value> = self.table().await.into_iter().filter(is_of_it).collect();
        rows.iter_mut().for_each(|row| drop(row.as_object_mut().unwrap().remove("event")));
        Original { id, rows, numbered: None }
    }

    /// Stores copies of these numbers.
    pub fn copy(&self, original: &Original, numbers: RangeInclusive<u64>) {
        let copies: Vec<Value> = numbers.flat_map(|n| original.copies(n)).collect();
        for some in copies.chunks(BATCH) {
            let puts: Vec<Value> = some.iter().map(|row| json!({ "PutRequest": { "Item": row } })).collect();
            let answer = self.dynamodb("BatchWriteItem", &json!({ "RequestItems": { "halley": puts } }));
            assert_eq!(answer["UnprocessedItems"], json!({}));
        }
    }

    /// Lets the state of a conversation know of copies of its first message up to this number.
    pub async fn begin_earlier(&self, sent: &Value, number: u64) {
        let first = MessageId::first_of(Seconds::new(sent["sentAt"].as_u64().unwrap() - number));
        let last = sent["id"].to_string();
        let is_state = |row: &Value| row["sk"]["S"] == "HEAD" && row["lastMessageId"]["N"] == last;
        let state = self.table().await.into_iter().find(is_state).expect("the message is the last one");
        self.overwrite_with(&state, "repliesFrom", json!({ "N": first.number().to_string() })).await;
        self.overwrite_with(&state, "createdAt", json!({ "N": first.sent_at().get().to_string() })).await;
    }
}

impl Original {
    fn copies(&self, n: u64) -> Vec<Value> {
        let (id, second) = (self.id.number().to_string(), self.id.sent_at().get());
        let older = MessageId::first_of(Seconds::new(second - n));
        let copy = |row: &Value| {
            let mut text = row.to_string().replace(&id, &older.number().to_string());
            text = text.replace(&second.to_string(), &older.sent_at().get().to_string());
            if let Some(uid) = &self.numbered {
                text = text.replace(uid, &format!("{uid}-{n}"));
            }
            let mut row: Value = serde_json::from_str(&text).unwrap();
            if row["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("ID#")) {
                row["pk"]["S"] = json!(format!("ID#{:02}", older.number() % 64));
            }
            row
        };
        self.rows.iter().map(copy).collect()
    }
}
