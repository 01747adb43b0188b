//! Functions without routes: they are told of events by AWS, and nobody waits for their answer.

use std::time::Instant;

use futures_util::future::BoxFuture;
use lambda_http::lambda_runtime::{self, LambdaEvent};
use lambda_http::{Error, service_fn};
use serde_json::Value;

use crate::app::App;
use crate::config::Config;
use crate::error::ApiError;
use crate::lambda::caught;
use crate::log::RequestLine;
use crate::store;

/// A function without routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Worker {
    /// Is told what changed in the table, by its stream, and tells whom it concerns.
    DeliverEvents,
    /// Does one slice of a job.
    RunJob,
    /// Tells a webhook or a bot of one event.
    DeliverWebhook,
    /// Does what a client says over its socket.
    SocketFrame,
    /// Is told that a socket is closed.
    SocketClose,
}

impl Worker {
    /// All of them.
    pub const ALL: [Worker; 5] =
        [Worker::DeliverEvents, Worker::RunJob, Worker::DeliverWebhook, Worker::SocketFrame, Worker::SocketClose];

    /// Its function: the binary, and with underscores the module of the functions crate.
    pub const fn function(self) -> &'static str {
        match self {
            Worker::DeliverEvents => "deliver-events",
            Worker::RunJob => "run-job",
            Worker::DeliverWebhook => "deliver-webhook",
            Worker::SocketFrame => "socket-frame",
            Worker::SocketClose => "socket-close",
        }
    }

    /// How many units one invocation may cost. What clients say is held as their requests are; nobody asks for the rest,
    /// and jobs end their slices by themselves.
    fn bound(self) -> f64 {
        match self {
            Worker::DeliverEvents | Worker::RunJob | Worker::DeliverWebhook => f64::MAX,
            Worker::SocketFrame | Worker::SocketClose => store::BOUND,
        }
    }
}

/// What is being answered.
pub type Answer<'a> = BoxFuture<'a, Result<Value, ApiError>>;

/// The body of a worker.
pub type Handler = for<'a> fn(&'a App, Value) -> Answer<'a>;

/// The `main` of such a function: takes events until Lambda ends the process.
pub fn run(worker: Worker, handler: Handler) -> Result<(), Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let app = App::from_config(&Config::from_env()?).await;
        let app = &app;
        app.store.open_connection().await;
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
            respond(worker, handler, app, event.payload, event.context.request_id).await
        }))
        .await
    })
}

/// Does what one event asks for. A failure, a panic among them, is told to AWS, which tries again.
pub async fn respond(
    worker: Worker,
    handler: Handler,
    app: &App,
    event: Value,
    request_id: String,
) -> Result<Value, Error> {
    let start = Instant::now();
    let (handled, cost) = store::metered(worker.bound(), caught(handler(app, event))).await;
    let error = handled.as_ref().err();
    let outcome = (if error.is_some() { 500 } else { 200 }, error);
    (app.log)(&RequestLine::of(request_id, worker.function(), outcome, start.elapsed(), cost));
    app.answered();
    Ok(handled?)
}
