//! The events that rows of the table carry.

use std::collections::BTreeMap;
use std::future::Future;

use serde_json::Value;

use crate::Api;

impl Api {
    /// The events that `act` leaves in the table, in their order.
    pub async fn events_of(&self, act: impl Future<Output = ()>) -> Vec<Value> {
        let before = self.carried_events().await;
        act.await;
        let after = self.carried_events().await;
        after.into_iter().filter(|(id, _)| !before.contains_key(id)).map(|(_, event)| event).collect()
    }

    /// The events that rows carry, by their ids.
    async fn carried_events(&self) -> BTreeMap<u64, Value> {
        let stamps = self.table().await.into_iter().filter_map(|item| item["event"]["S"].as_str().map(str::to_owned));
        let events = stamps.map(|stamp| serde_json::from_str::<Value>(&stamp).unwrap());
        events.map(|event| (event["id"].as_u64().unwrap(), event)).collect()
    }
}
