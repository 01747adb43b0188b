//! Plays API Gateway: request to v2 event, through `lambda_http`'s own adapter, answer to response. It knows no rules
//! of the API, only the platform's limits.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{Method, Request, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lambda_http::request::LambdaRequest;
use lambda_http::tower::ServiceExt;
use lambda_http::{Adapter, Context, Error, LambdaEvent, service_fn};
use model::host::Host;
use model::problem::Code;
use serde::Deserialize;
use shared::app::App;
use shared::error::ApiError;
use shared::http::response;
use shared::lambda::respond;
use shared::log::say;
use shared::routes::Endpoint;

use crate::event::{Routed, called_host, decoded_path, event};
use functions::handler;

/// API Gateway's limit of a request body.
const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;
/// Lambda's limit of an event and of an answer, as JSON.
const MAX_EVENT_BYTES: usize = 6 * 1024 * 1024;
/// API Gateway's limit of request line and headers together.
const MAX_HEADER_BYTES: usize = 10_240;

tokio::task_local! {
    /// The function whose work the current task does.
    pub static ANSWERED: &'static str;
}

/// The route table, ready to match, and the app behind it.
pub struct Gateway {
    app: Arc<App>,
    own: Host,
    /// For how long a body may take to arrive.
    patience: Duration,
    /// When Lambda would end an invocation.
    time_limit: Duration,
    routes: HashMap<Method, matchit::Router<(Endpoint, &'static str)>>,
}

/// The answer of a function, as API Gateway reads it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionAnswer {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

impl Gateway {
    /// A gateway that listens at `own`.
    pub fn new(app: Arc<App>, own: Host, [patience, time_limit]: [Duration; 2]) -> Result<Gateway, Error> {
        let mut routes: HashMap<Method, matchit::Router<(Endpoint, &'static str)>> = HashMap::new();
        for endpoint in Endpoint::ALL {
            for (method, path) in endpoint.routes() {
                let table = routes.entry(method.parse()?).or_default();
                table.insert(matchit_path(path), (*endpoint, *path))?;
            }
        }
        Ok(Gateway { app, own, patience, time_limit, routes })
    }

    /// What Lambda tells a function of its invocation.
    fn context(&self) -> Context {
        let ends = shared::clock::system().get().saturating_add(self.time_limit.as_millis() as u64);
        let mut context = Context::default();
        context.deadline = ends;
        context
    }

    /// Answers one request as the deployed API would.
    pub async fn answer(&self, req: Request<Body>) -> Response<Body> {
        let (parts, body) = req.into_parts();
        match self.invoke(parts, body).await {
            Ok(response) => response,
            Err(refusal) => response::error(&refusal).map(body_of),
        }
    }

    async fn invoke(&self, parts: Parts, body: Body) -> Result<Response<Body>, ApiError> {
        if MAX_HEADER_BYTES < header_bytes(&parts) {
            return Err(ApiError::new(Code::HeadersTooLarge, "The request line and headers are larger than 10 KB."));
        }
        let path = decoded_path(&parts).ok_or_else(|| ApiError::field("path", "has a broken percent-encoding."))?;
        if !path.starts_with('/') {
            // `OPTIONS *` and `CONNECT host:port`, of which no function could be told.
            return Err(ApiError::new(Code::ApiNotFound, format!("There is no {} {path}.", parts.method)));
        }
        let host = called_host(&parts, &self.own).map_err(|problem| ApiError::field("host", problem))?;
        let body = tokio::time::timeout(self.patience, to_bytes(body, MAX_BODY_BYTES)).await;
        let body = body.map_err(|_| ApiError::field("body", "did not arrive in time."))?.map_err(|_| too_large())?;
        let (endpoint, route_key, parameters) = self.route(&parts.method, &path);
        let request_id = format!("local-{:016x}", getrandom::u64().unwrap_or_default());
        let routed = Routed { route_key, path: &path, parameters, host, request_id };
        let event = event(&parts, &routed, &body);
        if MAX_EVENT_BYTES < event.to_string().len() {
            return Err(too_large());
        }
        let answer = self.call(endpoint, event).await.map_err(|error| {
            say(format_args!("the function {} failed: {error}", endpoint.function()));
            ApiError::new(Code::Exception, "The function did not answer.")
        })?;
        Ok(answer)
    }

    /// The endpoint that a method and a decoded path reach, its route key and its path parameters.
    fn route(&self, method: &Method, path: &str) -> (Endpoint, String, BTreeMap<String, String>) {
        let Some(matched) = self.routes.get(method).and_then(|routes| routes.at(path).ok()) else {
            return (Endpoint::NotFound, "$default".to_owned(), BTreeMap::new());
        };
        let (endpoint, route) = *matched.value;
        let parameters = matched.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        (endpoint, format!("{method} {route}"), parameters)
    }

    async fn call(&self, endpoint: Endpoint, event: serde_json::Value) -> Result<Response<Body>, Error> {
        let event: LambdaRequest = serde_json::from_value(event)?;
        let app = self.app.clone();
        let function = service_fn(move |req: lambda_http::Request| {
            let app = app.clone();
            async move {
                let answer = respond(endpoint, handler(endpoint), &app, req);
                Ok::<_, Error>(ANSWERED.scope(endpoint.function(), answer).await)
            }
        });
        let answer = Adapter::from(function).oneshot(LambdaEvent::new(event, self.context())).await?;
        let answer = serde_json::to_value(answer)?;
        if MAX_EVENT_BYTES < answer.to_string().len() {
            return Err("its answer is larger than 6 MB".into());
        }
        let answer: FunctionAnswer = serde_json::from_value(answer)?;
        let body = match (answer.body, answer.is_base64_encoded) {
            (None, _) => Body::empty(),
            (Some(text), false) => Body::from(text),
            (Some(text), true) => Body::from(BASE64_STANDARD.decode(text)?),
        };
        let mut response = Response::builder().status(answer.status_code);
        for (name, value) in answer.headers {
            response = response.header(name, value);
        }
        Ok(response.body(body)?)
    }
}

fn too_large() -> ApiError {
    ApiError::new(
        Code::TooLarge,
        "The request is larger than the platform takes. Upload files by POST /files/upload-url, which takes 100 MB.",
    )
}

fn body_of(body: lambda_http::Body) -> Body {
    Body::from(body.to_vec())
}

fn header_bytes(parts: &Parts) -> usize {
    let line = parts.method.as_str().len() + parts.uri.to_string().len();
    line + parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>()
}

/// `{name+}` of API Gateway, which takes the rest of the path, is `{*name}` here.
fn matchit_path(path: &str) -> String {
    path.split('/')
        .map(|segment| match segment.strip_suffix("+}").and_then(|greedy| greedy.strip_prefix('{')) {
            Some(name) => format!("{{*{name}}}"),
            None => segment.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/")
}
