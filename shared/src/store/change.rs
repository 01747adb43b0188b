//! What a record of the table's stream tells, as Lambda hands it over.

use model::job::{Job, Turn};
use serde::Deserialize;

use super::error::StoreError;
use super::keys::{PK, SK};

/// Which records reach the function that delivers events, by the rules of Lambda's filters: rows that carry an event, and
/// jobs. A test holds `template.yaml` to them.
pub const FILTERS: [&str; 2] = [
    r#"{"dynamodb":{"NewImage":{"event":{"S":[{"exists":true}]}}}}"#,
    r#"{"dynamodb":{"Keys":{"pk":{"S":["JOBS"]}}}}"#,
];

/// A batch of records.
#[derive(Debug, Deserialize)]
pub struct StreamEvent {
    /// In the order of the writes.
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

/// A change of one row.
#[derive(Debug, Deserialize)]
pub struct Record {
    dynamodb: Images,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Images {
    sequence_number: String,
    #[serde(default)]
    keys: Option<serde_dynamo::Item>,
    #[serde(default)]
    new_image: Option<serde_dynamo::Item>,
}

impl Record {
    /// By what a consumer names it.
    pub fn sequence_number(&self) -> &str {
        &self.dynamodb.sequence_number
    }

    /// The slice of a job that is to begin, if the row is a job's and is still there.
    pub fn turn(&self) -> Result<Option<Turn>, StoreError> {
        let is = |name: &str, wanted: &str| {
            let key = self.dynamodb.keys.as_ref().and_then(|keys| keys.get(name));
            matches!(key, Some(serde_dynamo::AttributeValue::S(value)) if value == wanted)
        };
        let Some(image) = self.dynamodb.new_image.clone().filter(|_| is(PK, "JOBS")) else { return Ok(None) };
        let job: Job = serde_dynamo::from_item(image)?;
        let id = job.deletion.id();
        Ok(is(SK, &id).then_some(Turn { job: id, slice: job.slice }))
    }
}
