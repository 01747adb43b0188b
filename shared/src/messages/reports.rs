//! Reports of messages (contract/clients.md, "Other calls").

use serde_json::{Map, Value};

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Caller;
use crate::messages::access::{self, Opened};
use crate::store::flag::Flagged;
use model::event::{Audience, EventKind};
use model::fields::{self, Fields};
use model::id::MessageId;
use model::problem::Problem;

/// The most characters of a report's remark.
const MAX_REMARK: usize = 1_000;
/// The most characters of a report's reason.
const MAX_REASON: usize = 100;

/// What a user says against a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Why, by the client's own list.
    pub reason_id: Option<String>,
    /// Why, in words.
    pub remark: Option<String>,
}

impl Report {
    /// Reads a body: `remark`, and the reason, which the vendor's SDK calls `id` and others `reasonId`.
    pub fn parse(body: &Map<String, Value>) -> Result<Report, Problem> {
        let mut fields = Fields::of(body);
        let id = fields.optional("id", fields::text::<MAX_REASON>);
        let reason_id = id.or(fields.optional("reasonId", fields::text::<MAX_REASON>));
        let remark = fields.optional("remark", fields::text::<MAX_REMARK>);
        fields.finish()?;
        Ok(Report { reason_id, remark })
    }
}

/// Keeps the acting user's report of a message; a later one replaces it. Returns the message's id. What is wrong with
/// the report is said to those who may read the message.
///
/// Cost: 3 round trips, 5 write units.
pub async fn report(
    app: &App,
    caller: &Caller,
    id: Option<MessageId>,
    report: Result<Report, ApiError>,
) -> Result<MessageId, ApiError> {
    let Opened { actor, message, .. } = access::message_as_user(app, caller, id).await?;
    let Report { reason_id, remark } = report?;
    let flagged = Flagged { flagged_at: app.now(), reason_id, remark };
    // The author does not learn who reported them: the reporter's devices and the app do.
    let kind = EventKind::MessageReported { message: message.id };
    let event = app.event(&actor.origin(), Audience::User(actor.as_user().uid), kind);
    app.store.flag_message(&actor.as_user().uid, message.id, &flagged, &event).await?;
    Ok(message.id)
}
