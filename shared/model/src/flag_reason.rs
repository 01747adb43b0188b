//! Why messages may be reported: the app's own list (contract/rest-coverage.md, "Moderation").

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fields::{self, FieldProblem, Fields};
use super::time::Seconds;
use crate::problem::{Code, Problem};

/// A reason for a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlagReason {
    /// What a report gives as its `id`. The vendor's UI kit has words of its own for those of the first reasons, in every
    /// language.
    pub id: String,
    /// What people are shown.
    pub name: String,
    /// What it means.
    pub description: String,
    /// When it was made.
    pub created_at: Seconds,
    /// When it was last changed.
    pub updated_at: Seconds,
    /// Whether the service has it from the start.
    pub default: bool,
}

/// When the first reasons were written: 2026-01-01.
const BEGINNING: Seconds = Seconds::new(1_767_225_600);

const FIRST: [[&str; 3]; 3] = [
    ["spam", "Spam", "Unwanted content."],
    ["sexual", "Sexual", "Explicit or inappropriate content."],
    ["harassment", "Harassment", "Insulting or threatening behavior."],
];

impl FlagReason {
    /// The most reasons of an app.
    pub const MAX: usize = 25;
    /// The most characters of an id.
    pub const MAX_ID: usize = 100;
    /// The most characters of a name.
    pub const MAX_NAME: usize = 100;
    /// The most characters of a description.
    pub const MAX_DESCRIPTION: usize = 255;

    /// Those that every app has until it changes them.
    pub fn first() -> Vec<FlagReason> {
        let reason = |[id, name, description]: [&str; 3]| FlagReason {
            id: id.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            created_at: BEGINNING,
            updated_at: BEGINNING,
            default: true,
        };
        FIRST.map(reason).into()
    }

    /// Reads the body that makes one. Without an id it is called by its name, in small letters and with hyphens.
    pub fn parse(body: &Map<String, Value>, now: Seconds) -> Result<FlagReason, Problem> {
        let mut fields = Fields::of(body);
        let id = fields.optional("id", id);
        let name = fields.required("name", fields::text::<{ FlagReason::MAX_NAME }>);
        let description = fields.optional("description", description);
        fields.finish()?;
        let name = name.ok_or_else(|| Problem::field("name", "is required."))?;
        let id = id.unwrap_or_else(|| called(&name));
        fields::require_segment(&id).map_err(|problem| Problem::field("id", problem))?;
        Ok(FlagReason {
            id,
            name,
            description: description.unwrap_or_default(),
            created_at: now,
            updated_at: now,
            default: false,
        })
    }
}

/// The id of one that is given none.
fn called(name: &str) -> String {
    let words = name.split(|c: char| c.is_whitespace() || c.is_control() || c == '/');
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-").to_lowercase()
}

/// It stands in paths and reports as it is.
fn id(value: &Value) -> Result<String, FieldProblem> {
    let id = fields::text::<{ FlagReason::MAX_ID }>(value)?;
    fields::require_segment(&id)?;
    Ok(id)
}

/// A description may be empty.
fn description(value: &Value) -> Result<String, FieldProblem> {
    if value == "" { Ok(String::new()) } else { fields::text::<{ FlagReason::MAX_DESCRIPTION }>(value) }
}

/// What of a reason is changed.
#[derive(Clone, Debug)]
pub struct FlagReasonChange {
    name: Option<String>,
    description: Option<String>,
    at: Seconds,
}

impl FlagReasonChange {
    /// Reads a body.
    pub fn parse(body: &Map<String, Value>, now: Seconds) -> Result<FlagReasonChange, Problem> {
        let mut fields = Fields::of(body);
        let name = fields.optional("name", fields::text::<{ FlagReason::MAX_NAME }>);
        let description = fields.optional("description", description);
        fields.finish()?;
        if name.is_none() && description.is_none() {
            return Err(Problem::new(Code::BadRequest, "The body contains no field that can be updated."));
        }
        Ok(FlagReasonChange { name, description, at: now })
    }

    /// Changes it.
    pub fn apply(&self, reason: &mut FlagReason) {
        if let Some(name) = &self.name {
            reason.name.clone_from(name);
        }
        if let Some(description) = &self.description {
            reason.description.clone_from(description);
        }
        reason.updated_at = self.at;
    }
}
