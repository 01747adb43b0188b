//! What a record of the table's stream tells, as Lambda hands it over.

use model::connection::Connection;
use model::event::Event;
use model::file::ObjectKey;
use model::group::Group;
use model::job::Turn;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::job::next_turn;
use super::keys::{EVENT, GROUP, JOBS, PK, PLACED, REPLACED_BY, SK, SOCKET};
pub use super::keys::{FILTERS, SOCKETS};
use super::upload::Placed;

/// A batch of records.
#[derive(Debug, Deserialize)]
pub struct StreamEvent {
    /// In the order of the writes.
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

/// A change of one row.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    dynamodb: Images,
    #[serde(default)]
    user_identity: Option<UserIdentity>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserIdentity {
    principal_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Images {
    sequence_number: String,
    #[serde(default)]
    keys: Option<serde_dynamo::Item>,
    #[serde(default)]
    new_image: Option<serde_dynamo::Item>,
    #[serde(default)]
    old_image: Option<serde_dynamo::Item>,
}

impl Record {
    /// By what a consumer names it.
    pub fn sequence_number(&self) -> &str {
        &self.dynamodb.sequence_number
    }

    /// The slice of a job that is to begin, if the row is a job's and is still there.
    pub fn turn(&self) -> Result<Option<Turn>, StoreError> {
        let Some(image) = self.dynamodb.new_image.clone().filter(|_| self.is(PK, JOBS)) else { return Ok(None) };
        let turn = next_turn(&serde_dynamo::from_item(image)?);
        Ok(self.is(SK, turn.job.as_str()).then_some(turn))
    }

    /// The files that were placed for a message which never came, if the time of that is over.
    pub fn files_of_nobody(&self) -> Result<Option<Vec<ObjectKey>>, StoreError> {
        Ok(self.expired(PLACED)?.map(|placed: Placed| placed.files))
    }

    /// A socket of which nobody said that it was closed, if its time is over or its device has another one.
    pub fn ended_connection(&self) -> Result<Option<Connection>, StoreError> {
        let is_replaced = |image: &serde_dynamo::Item| self.is(SK, SOCKET) && image.contains_key(REPLACED_BY);
        match self.dynamodb.new_image.clone().filter(is_replaced) {
            Some(image) => Ok(Some(serde_dynamo::from_item(image)?)),
            None => self.expired(SOCKET),
        }
    }

    /// The event of the change, if it has one: what the row carried before was told before.
    pub fn event(&self) -> Result<Option<Event>, StoreError> {
        let stamp = |image: &Option<serde_dynamo::Item>| match image.as_ref().and_then(|image| image.get(EVENT)) {
            Some(serde_dynamo::AttributeValue::S(event)) => Some(event.clone()),
            _ => None,
        };
        let before = stamp(&self.dynamodb.old_image);
        let event = stamp(&self.dynamodb.new_image).filter(|event| Some(event) != before.as_ref());
        let unreadable = |error| StoreError::Corrupt(format!("an event: {error}"));
        event.map(|event| serde_json::from_str(&event).map_err(unreadable)).transpose()
    }

    /// What the row is called, for names of what it tells.
    pub fn row(&self) -> String {
        let part = |name: &str| match self.dynamodb.keys.as_ref().and_then(|keys| keys.get(name)) {
            Some(serde_dynamo::AttributeValue::S(part)) => part.clone(),
            _ => String::new(),
        };
        format!("{} {}", part(PK), part(SK))
    }

    /// The group as the change left it, if the row is a group's. One that is being deleted is as it was.
    pub fn group(&self) -> Result<Option<Group>, StoreError> {
        self.group_in(&self.dynamodb.new_image)
    }

    /// The group before the change, if the row is a group's.
    pub fn group_before(&self) -> Result<Option<Group>, StoreError> {
        self.group_in(&self.dynamodb.old_image)
    }

    fn group_in(&self, image: &Option<serde_dynamo::Item>) -> Result<Option<Group>, StoreError> {
        let image = image.clone().filter(|_| self.is(SK, GROUP));
        Ok(image.map(serde_dynamo::from_item).transpose()?)
    }

    /// The row of this sort key that DynamoDB removed, because its time is over.
    fn expired<T: DeserializeOwned>(&self, sort_key: &str) -> Result<Option<T>, StoreError> {
        const EXPIRY: &str = "dynamodb.amazonaws.com";
        let by = self.user_identity.as_ref().and_then(|by| by.principal_id.as_deref());
        let is_expired = by == Some(EXPIRY) && self.is(SK, sort_key);
        let image = self.dynamodb.old_image.clone().filter(|_| is_expired);
        Ok(image.map(serde_dynamo::from_item).transpose()?)
    }

    fn is(&self, name: &str, wanted: &str) -> bool {
        let key = self.dynamodb.keys.as_ref().and_then(|keys| keys.get(name));
        matches!(key, Some(serde_dynamo::AttributeValue::S(value)) if value == wanted)
    }
}
