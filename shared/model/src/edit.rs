//! The body of an edit (contract/messages.md, operation 6).

use serde_json::{Map, Value};

use super::fields::Fields;
use super::message::Message;
use super::new_message;
use super::tags::Tags;
use crate::problem::{Code, Problem};

/// What an edit changes: keys of `data` that replace their namesakes, and tags that replace all.
#[derive(Clone, Debug)]
pub struct Edit {
    data: Option<Value>,
    tags: Option<Tags>,
}

impl Edit {
    /// Reads the body. Clients send the whole message back, so everything but `data` and `tags` is ignored.
    pub fn parse(body: &Map<String, Value>) -> Result<Edit, Problem> {
        let mut fields = Fields::of(body);
        let data = fields.optional("data", |value| Ok(value.clone()));
        let tags = fields.optional("tags", Tags::parse);
        if data.as_ref().is_none_or(says_nothing) && tags.is_none() {
            fields.note("data", "is required, unless tags are given.");
        }
        fields.finish()?;
        match data {
            Some(data) if !data.is_object() => {
                Err(Problem::new(Code::InvalidMessageData, "The data must be an object."))
            }
            data => Ok(Edit { data, tags }),
        }
    }

    /// The keys of `data` that it gives.
    pub fn data_mut(&mut self) -> Option<&mut Map<String, Value>> {
        self.data.as_mut().and_then(Value::as_object_mut)
    }

    /// What `data` becomes by the edit, and the tags that `message` then has, valid for what it is. A key that is given
    /// as `null` goes.
    pub fn applied(
        &self,
        mut data: Map<String, Value>,
        message: &Message,
    ) -> Result<(Map<String, Value>, Tags), Problem> {
        for (key, value) in self.data.iter().filter_map(Value::as_object).flatten() {
            match value {
                Value::Null => data.remove(key),
                value => data.insert(key.clone(), value.clone()),
            };
        }
        let data = new_message::data_of(message.category, &message.message_type, Value::Object(data))?;
        Ok((data, self.tags.clone().unwrap_or_else(|| message.tags.clone())))
    }
}

/// Whether an edit's `data` holds nothing that a sender may change.
fn says_nothing(data: &Value) -> bool {
    data.as_object().is_some_and(|data| data.keys().all(|key| new_message::SERVER_KEYS.contains(&key.as_str())))
}
