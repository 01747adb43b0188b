//! Conversations of which a user does not want to be notified for a while.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::fields::{self, FieldProblem, Fields};
use super::message::Receiver;
use super::problem::Problem;
use super::time::{Millis, Seconds};
use super::uid::{Guid, Uid};

/// A muted conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mute {
    /// With whom it is.
    pub with: Receiver,
    /// Until when, in milliseconds since 1970.
    pub until: u64,
    /// When the row may go.
    pub expires_at: Seconds,
}

impl Mute {
    /// The most conversations that a user mutes at a time.
    pub const MAX: usize = 500;
    /// The latest time, that of the year 9999: beyond it no clock of a client reads it.
    const LATEST: u64 = 253_402_300_799_000;

    /// Reads what a body mutes.
    pub fn parse_all(body: &Map<String, Value>, now: Millis) -> Result<Vec<Mute>, Problem> {
        let mut fields = Fields::of(body);
        let mutes = fields.required(CONVERSATIONS, fields::names(|value| Mute::parse(value, now))).unwrap_or_default();
        fields.finish()?;
        Ok(mutes)
    }

    fn parse(value: &Value, now: Millis) -> Result<Mute, FieldProblem> {
        let until = match &value["until"] {
            // Clients of dynamic languages write large numbers as texts.
            Value::String(digits) => digits.parse().ok(),
            Value::Number(number) => number.as_u64().or_else(|| number.as_f64().map(|number| number as u64)),
            _ => None,
        };
        let until = until.filter(|until| (now.get() + 1..=Mute::LATEST).contains(until));
        let until = until.ok_or("must have an `until` in the future, in milliseconds since 1970.")?;
        Ok(Mute { with: with(value)?, until, expires_at: Millis::new(until).seconds().plus(1) })
    }

    /// Whether it holds still.
    pub fn holds(&self, now: Millis) -> bool {
        now.get() < self.until
    }

    /// As it is answered.
    pub fn view(&self) -> Value {
        let kind = match self.with {
            Receiver::User(_) => ONE_ON_ONE,
            Receiver::Group(_) => GROUP,
        };
        json!({ "id": self.with.as_str(), "type": kind, "until": self.until })
    }
}

/// Reads what a body mutes no more.
pub fn unmuted(body: &Map<String, Value>) -> Result<Vec<Receiver>, Problem> {
    let mut fields = Fields::of(body);
    let unmuted = fields.required(CONVERSATIONS, fields::names(with)).unwrap_or_default();
    fields.finish()?;
    Ok(unmuted)
}

const CONVERSATIONS: &str = "conversations";
const ONE_ON_ONE: &str = "oneOnOne";
const GROUP: &str = "group";

fn with(value: &Value) -> Result<Receiver, FieldProblem> {
    let id = value["id"].as_str().ok_or("must have an `id`.")?;
    match value["type"].as_str() {
        Some(ONE_ON_ONE) => Uid::parse(id).map(Receiver::User).map_err(|problem| problem.to_string()),
        Some(GROUP) => Guid::parse(id).map(Receiver::Group).map_err(|problem| problem.to_string()),
        _ => Err(format!("must have the `type` {ONE_ON_ONE} or {GROUP}.")),
    }
}
