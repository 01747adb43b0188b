//! Answers that succeed in part: what became of each of several things that were asked for at once.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::group::Slot;
use crate::group_view::GroupView;
use crate::message_view::MessageView;
use crate::problem::{Code, Details, Problem};
use crate::uid::Uid;

/// The `error` object of an answer; also stands in the slots of answers that succeed in part.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorView<'a> {
    message: &'a str,
    dev_message: &'a str,
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a Details>,
    code: &'static str,
}

impl<'a> ErrorView<'a> {
    /// An error of this code, with its sentence.
    pub fn new(code: Code, message: &'a str, details: Option<&'a Details>) -> ErrorView<'a> {
        ErrorView { message, dev_message: message, source: "chat-api", details, code: code.as_str() }
    }
}

impl<'a> From<&'a Problem> for ErrorView<'a> {
    fn from(problem: &'a Problem) -> ErrorView<'a> {
        let details = (!problem.details.is_empty()).then_some(&problem.details);
        ErrorView::new(problem.code, &problem.message, details)
    }
}

/// One slot of such an answer: `{"success": true}`, with the data if there are any, or `{"success": false, "error": …}`.
pub fn slot<'a, T: Serialize>(outcome: Result<T, impl Into<ErrorView<'a>>>) -> Value {
    match outcome.map(|data| json!(data)) {
        Ok(Value::Null) => json!({ "success": true }),
        Ok(data) => json!({ "success": true, "data": data }),
        Err(error) => json!({ "success": false, "error": error.into() }),
    }
}

/// What became of one UID: its action message, or that it was banned.
pub type MemberOutcome = Result<Option<MessageView>, Problem>;

/// What became of every UID of a change of members, by slot. Serializes to
/// `{"admins": {uid: {success, data|error}}, …}`, without the arrays that named nobody.
#[derive(Debug, Default)]
pub struct MemberOutcomes(BTreeMap<&'static str, BTreeMap<Uid, MemberOutcome>>);

impl MemberOutcomes {
    /// Notes what became of one UID.
    pub fn set(&mut self, uid: &Uid, slot: Slot, outcome: MemberOutcome) {
        self.0.entry(slot.name()).or_default().insert(uid.clone(), outcome);
    }

    /// Whether nobody was named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same with every array.
    pub fn full_view(&self) -> Value {
        let all = Slot::names().map(|name| (name.to_owned(), Value::Object(Map::new())));
        Value::Object(all.chain(self.slots()).collect())
    }

    /// The first refusal, if there is any.
    pub fn into_refusal(self) -> Option<Problem> {
        self.0.into_values().flat_map(BTreeMap::into_values).find_map(Result::err)
    }

    fn slots(&self) -> impl Iterator<Item = (String, Value)> {
        self.0.iter().map(|(name, outcomes)| {
            let slots = outcomes.iter().map(|(uid, outcome)| (uid.to_string(), slot(outcome.as_ref())));
            ((*name).to_owned(), Value::Object(slots.collect()))
        })
    }
}

impl Serialize for MemberOutcomes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.slots())
    }
}

/// A group that was created, as its creator sees it, with what became of each UID that the body named.
#[derive(Debug, Serialize)]
pub struct CreatedGroupView {
    /// The group.
    #[serde(flatten)]
    pub group: GroupView,
    /// The UIDs, if any were named.
    #[serde(skip_serializing_if = "MemberOutcomes::is_empty")]
    pub members: MemberOutcomes,
}
