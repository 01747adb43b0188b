//! The events that the table's rows carry.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Actor, Api};

/// The device that [`Actor::on_device`] acts from.
pub const DEVICE: &str = "WEB-4_2_0-test";

impl Actor<'_> {
    /// The same actor on the device [`DEVICE`].
    pub fn on_device(self) -> Self {
        self.with("resource", DEVICE)
    }
}

impl Api {
    /// The events that rows carry, by their ids.
    pub async fn carried_events(&self) -> BTreeMap<u64, Value> {
        let rows = self.table().await;
        let events = rows.iter().filter_map(|row| row["event"]["S"].as_str());
        let events = events.map(|event| serde_json::from_str::<Value>(event).unwrap());
        events.map(|event| (event["id"].as_u64().unwrap(), event)).collect()
    }

    /// What `act` answers, and the events that rows carry after it and did not before, in their order.
    pub async fn with_events<T>(&self, act: impl Future<Output = T>) -> (T, Vec<Value>) {
        let before = self.carried_events().await;
        let answer = act.await;
        let mut after = self.carried_events().await;
        after.retain(|id, _| !before.contains_key(id));
        (answer, after.into_values().collect())
    }

    /// [`Api::with_events`] without the events' ids.
    pub async fn emitted<T>(&self, act: impl Future<Output = T>) -> (T, Vec<Value>) {
        let (answer, mut events) = self.with_events(act).await;
        for event in &mut events {
            event.as_object_mut().unwrap().remove("id");
        }
        (answer, events)
    }
}
