//! The table's stream, as a function would be told of it.

use aws_lambda_events::event::dynamodb::Event;
use local::StreamReader;
use serde_json::Value;

use crate::Api;

impl Api {
    /// The events with all records that the stream keeps, oldest first, as Lambda would have delivered them.
    pub async fn stream_events(&self) -> Vec<Value> {
        let events = self.local.stream_events().unwrap();
        for event in &events {
            let parsed: Result<Event, _> = serde_json::from_value(event.clone());
            parsed.unwrap_or_else(|error| panic!("Lambda's own type does not take it: {error}: {event:#}"));
        }
        events
    }

    /// The records of [`Api::stream_events`], without the events around them.
    pub async fn stream_records(&self) -> Vec<Value> {
        let records = self.stream_events().await.into_iter().map(|mut event| event["Records"].take());
        records.flat_map(|records| records.as_array().unwrap().clone()).collect()
    }

    /// All that changed so far.
    pub async fn events(&self) -> Vec<model::event::Event> {
        self.event_reader().new_events()
    }

    /// Somebody who reads what changes, from the beginning.
    pub fn event_reader(&self) -> EventReader {
        EventReader(self.local.stream_reader().unwrap())
    }

    /// Hands the stream to `consumer` until this is dropped.
    pub async fn consume_stream<H>(&self, consumer: impl Fn(Value) -> H)
    where
        H: Future<Output = Result<(), String>>,
    {
        let consumer = |event| {
            let handled = consumer(event);
            async move { Ok(handled.await?) }
        };
        self.local.consume_stream(consumer).await.unwrap();
    }
}

/// A reader of the table's stream who goes on where they stopped.
pub struct EventReader(StreamReader);

impl EventReader {
    /// What changed since they asked last, as the stream's records tell it: a row's event, whenever that is another than
    /// before.
    pub fn new_events(&mut self) -> Vec<model::event::Event> {
        let batches = self.0.rest().unwrap();
        let records = batches.iter().flat_map(|batch| batch["Records"].as_array().unwrap());
        let told = records.filter_map(|record| {
            let images = &record["dynamodb"];
            let [new, old] = ["NewImage", "OldImage"].map(|image| images[image]["event"]["S"].as_str());
            new.filter(|_| new != old)
        });
        told.map(|event| serde_json::from_str(event).unwrap()).collect()
    }
}
