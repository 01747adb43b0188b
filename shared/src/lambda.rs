//! What every function binary does around its handler: check the version, turn errors and panics into answers, log.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use lambda_http::request::RequestContext;
use lambda_http::{Error, IntoResponse, Request, RequestExt, service_fn};

use crate::app::App;
use crate::config::Config;
use crate::error::ApiError;
use crate::http::response::{self, Response};
use crate::http::{compression, request};
use crate::log::RequestLine;
use crate::routes::{Endpoint, VERSIONS};
use crate::store::error::StoreError;
use crate::store::{self, Cost, tries};
use model::problem::Code;

/// What is being answered.
pub type Answer<'a> = BoxFuture<'a, Result<Response, ApiError>>;

/// The body of an endpoint. A function pointer, so that what runs it is compiled once and not in every binary.
pub type Handler = for<'a> fn(&'a App, &'a Request) -> Answer<'a>;

/// The `main` of every function: answers events until Lambda ends the process.
pub fn run(endpoint: Endpoint, handler: Handler) -> Result<(), Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let app = App::from_config(&Config::from_env()?).await;
        let app = &app;
        // Lambda gives a whole processor until the first event, and then the share that belongs to the memory.
        if endpoint.reads() {
            app.store.open_connection().await;
        }
        lambda_http::run(service_fn(move |req: Request| async move {
            Ok::<_, Error>(respond(endpoint, handler, app, req).await)
        }))
        .await
    })
}

/// An answer as Lambda is given it. `lambda_http` decodes a plain `Response` by its charset, into a copy, for which a
/// function links the tables of all charsets of the web; ours is UTF-8 already.
#[derive(Debug)]
pub struct Answered(Response);

impl IntoResponse for Answered {
    fn into_response(self) -> BoxFuture<'static, Response> {
        Box::pin(ready(self.0))
    }
}

/// Answers one request. Whatever goes wrong, the answer is an envelope of the contract.
pub async fn respond(endpoint: Endpoint, handler: Handler, app: &App, req: Request) -> Answered {
    let start = Instant::now();
    let (answered, cost) = store::metered(bound_of(&req), guarded(endpoint, handler, app, &req)).await;
    let (response, error) = match answered.map_err(|error| refusal(error, &cost)) {
        Ok(response) => (response, None),
        Err(error) => (response::error(&error), Some(error)),
    };
    let outcome = (response.status().as_u16(), error.as_ref());
    let response = compression::compressed(&req, response);
    (app.log)(&RequestLine::of(request_id(&req), endpoint.function(), outcome, start.elapsed(), cost));
    app.answered();
    Answered(response)
}

/// What counting a request writes.
const COUNTING: f64 = 1.0;

/// What was written before the bound refused a read stays, so whoever asks again goes on from there, as where it refuses a write.
fn refusal(error: ApiError, cost: &Cost) -> ApiError {
    match error {
        ApiError::Store(StoreError::TooMuchWork) if COUNTING < cost.write_units => {
            StoreError::Throttled("the bound of a request".to_owned()).into()
        }
        error => error,
    }
}

/// What the request may cost: who has no key is not the owner's server. A key is not proved yet; what a wrong one asks for
/// ends with that.
fn bound_of(req: &Request) -> f64 {
    match request::header(req, "apikey") {
        None | Some("") => store::BOUND,
        Some(_) => store::BOUND_OF_KEYS,
    }
}

/// Runs the handler; a panic in it becomes the contract's `500`.
async fn guarded(endpoint: Endpoint, handler: Handler, app: &App, req: &Request) -> Result<Response, ApiError> {
    check_version(endpoint, req)?;
    let handled = async {
        // Credentials that sign URLs are fetched before anything is written, so that no answer fails after its write.
        app.media.links().await?;
        handler(app, req).await
    };
    let time_left = time_left(app, req);
    caught(within(time_left, tries::inside(time_left, handled))).await
}

/// Carries `work` out; a panic in it becomes the contract's error of the server.
pub(crate) async fn caught<T>(work: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.unwrap_or_else(|_| Err(ApiError::new(Code::Exception, "Internal server error.")))
}

/// How long before the platform ends the invocation an answer is given, to arrive in time.
pub const ANSWER_AHEAD: Duration = Duration::from_millis(500);

/// Any moment before the first Lambda: `cargo lambda watch` gives 600,000 as the deadline of every event.
const FIRST_DEADLINE_MILLIS: u64 = 1_400_000_000_000;

/// For how long the handler may work; without end where nobody ends the invocation.
fn time_left(app: &App, req: &Request) -> Option<Duration> {
    let deadline = req.lambda_context_ref().map(|context| context.deadline);
    let deadline = deadline.filter(|deadline| FIRST_DEADLINE_MILLIS < *deadline)?;
    let left = Duration::from_millis(deadline.saturating_sub(app.now_millis().get()));
    Some(left.saturating_sub(ANSWER_AHEAD))
}

/// Gives up in time, so that the caller reads our envelope and not the platform's.
async fn within(
    time_left: Option<Duration>,
    handled: impl Future<Output = Result<Response, ApiError>>,
) -> Result<Response, ApiError> {
    match time_left {
        Some(time_left) => tokio::time::timeout(time_left, handled).await.unwrap_or(Err(ApiError::OutOfTime)),
        None => handled.await,
    }
}

fn check_version(endpoint: Endpoint, req: &Request) -> Result<(), ApiError> {
    let version = request::raw_path(req, "version");
    // Routes that name an app have none.
    if endpoint == Endpoint::NotFound || !request::has_path(req, "version") || VERSIONS.contains(&version) {
        return Ok(());
    }
    Err(ApiError::new(Code::InvalidApiVersion, "There is no such version of this API; use v3."))
}

fn request_id(req: &Request) -> String {
    match req.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone().unwrap_or_default(),
        _ => String::new(),
    }
}
