//! Acts, and the events that the table's stream tells of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Actor, Answer, Api};

/// The device that [`Actor::on_device`] acts from.
pub const DEVICE: &str = "WEB-4_2_0-test";

/// A request that somebody makes on [`DEVICE`].
#[derive(Clone, Debug)]
pub struct Act {
    /// A user; the app is `app_system`.
    pub who: String,
    /// Method and path.
    pub request: String,
    /// `null` sends none.
    pub body: Value,
}

impl Act {
    pub fn new(who: &str, request: impl Into<String>, body: Value) -> Act {
        Act { who: who.to_owned(), request: request.into(), body }
    }
}

impl Actor<'_> {
    /// The same actor on the device [`DEVICE`].
    pub fn on_device(self) -> Self {
        self.with("resource", DEVICE)
    }

    /// Makes a request, given as method and path; a body of `null` is none.
    pub async fn request(&self, request: &str, body: &Value) -> Answer {
        let (method, path) = request.split_once(' ').unwrap();
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.send(method, path, body).await
    }
}

impl Api {
    /// Carries out an act.
    pub async fn perform(&self, act: &Act) -> Answer {
        self.on_behalf_of(&act.who).on_device().request(&act.request, &act.body).await
    }

    /// What `act` answers, and the events that the stream tells meanwhile, in their order and without their ids.
    pub async fn hear<T>(&self, act: impl Future<Output = T>) -> (T, Vec<Value>) {
        let mut reader = self.event_reader();
        reader.new_events();
        let answer = act.await;
        let events: BTreeMap<u64, Value> =
            reader.new_events().iter().map(|event| (event.id.number(), without_id(json!(event)))).collect();
        (answer, events.into_values().collect())
    }

    /// [`Api::hear`] until all is told that the act leads to: what is noted by whoever reads the stream is told by it, too.
    pub async fn hear_all<T>(&self, act: impl Future<Output = T>) -> (T, Vec<Value>) {
        let until_told = async {
            let answer = act.await;
            self.all_told().await;
            answer
        };
        self.hear(until_told).await
    }

    /// The events of an act that succeeds, in their order and without what all have: ids, and the actor and device of the
    /// act.
    pub async fn told(&self, act: &Act) -> Vec<Value> {
        let (answer, events) = self.hear(self.perform(act)).await;
        answer.expect_ok();
        of_act(act, events)
    }

    /// [`Api::told`], and the events of what the act leads to.
    pub async fn told_at_last(&self, act: &Act) -> Vec<Value> {
        let (answer, events) = self.hear_all(self.perform(act)).await;
        answer.expect_ok();
        of_act(act, events)
    }
}

/// Events of this act, without its origin.
fn of_act(act: &Act, mut events: Vec<Value>) -> Vec<Value> {
    for event in &mut events {
        let fields = event.as_object_mut().unwrap();
        let origin = ["actor", "device"].map(|name| fields.remove(name));
        assert_eq!(origin, [Some(json!(act.who)), Some(json!(DEVICE))], "{event}");
    }
    events
}

fn without_id(mut event: Value) -> Value {
    event.as_object_mut().and_then(|fields| fields.remove("id")).expect("an event has an id");
    event
}
