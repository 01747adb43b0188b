//! A server that answers reads as the vendor does, built from the contract: ids are strings, `total` is 0, a page that is
//! shorter than what was asked for is the last, cursors are exclusive and given even on the last page, and who asks too much
//! is told to wait, in each of the ways in which that is told.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

/// What the server holds.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    pub users: Vec<Value>,
    pub groups: Vec<Value>,
    /// By the path of their list: members, bans, blocked users, friends, reactions, conversations.
    pub lists: Vec<(String, Vec<Value>)>,
    /// Rising by id.
    pub messages: Vec<Value>,
    /// What is answered to the next so many requests of a path, whatever is held, with a status.
    pub instead: Vec<(&'static str, usize, u16, String)>,
}

/// The server; gone with this.
pub struct Vendor {
    pub url: String,
    held: Arc<Mutex<Held>>,
    serving: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Held {
    holdings: Holdings,
    n_requests: usize,
    /// How often somebody was told to wait.
    n_refusals: usize,
    /// How many requests are answered still, if not all.
    n_left: Option<usize>,
}

/// Which key it takes.
pub const KEY: &str = "0123456789012345678901234567890123456789";
/// Every how many requests somebody is told to wait, as long as there is a way in which that was not told.
const PATIENCE: usize = 9;

impl Vendor {
    pub async fn start(holdings: Holdings) -> Vendor {
        let held = Arc::new(Mutex::new(Held { holdings, ..Held::default() }));
        let router = Router::new().fallback(answer).with_state(held.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v3", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Vendor { url, held, serving }
    }

    /// Lets it hold something else from now on.
    pub fn change(&self, change: impl FnOnce(&mut Holdings)) {
        change(&mut self.held.lock().unwrap().holdings);
    }

    /// Answers so many requests, and takes no key after them; or all.
    pub fn answer_only(&self, n_requests: Option<usize>) {
        self.held.lock().unwrap().n_left = n_requests;
    }

    /// How often somebody was told to wait.
    pub fn n_refusals(&self) -> usize {
        self.held.lock().unwrap().n_refusals
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State(held): State<Arc<Mutex<Held>>>, request: Request) -> Response {
    let mut held = held.lock().unwrap();
    held.n_requests += 1;
    if held.n_requests.is_multiple_of(PATIENCE) && held.n_refusals < 3 {
        held.n_refusals += 1;
        return refused(held.n_refusals);
    }
    let path = request.uri().path().trim_start_matches("/v3").to_owned();
    if path.starts_with("/files/") {
        return Response::new(Body::from(format!("the bytes of {path}")));
    }
    let is_over = held.n_left == Some(0);
    held.n_left = held.n_left.map(|n_left| n_left.saturating_sub(1));
    if is_over || request.headers().get("apikey").is_none_or(|key| key != KEY) {
        return error(401, "AUTH_ERR_APIKEY_NOT_FOUND", "The API key is unknown.");
    }
    if let Some((_, n_times, status, body)) =
        held.holdings.instead.iter_mut().find(|(of, n_times, ..)| *of == path && 0 < *n_times)
    {
        *n_times -= 1;
        return Response::builder().status(*status).body(Body::from(body.clone())).unwrap();
    }
    let query: Vec<(String, String)> = request
        .uri()
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let parameter = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    found(&held.holdings, &path, request.headers(), &parameter)
}

fn found<'q>(
    holdings: &Holdings,
    path: &str,
    headers: &HeaderMap,
    parameter: &impl Fn(&str) -> Option<&'q str>,
) -> Response {
    let viewer = headers.get("onbehalfof").and_then(|uid| uid.to_str().ok());
    match path {
        "/users" => numbered(&changed(&holdings.users, parameter), parameter),
        "/groups" if viewer.is_none() => numbered(&changed(&holdings.groups, parameter), parameter),
        "/messages" => {
            let seen: Vec<Value> = holdings.messages.iter().filter_map(|message| shown(message, viewer)).collect();
            cursored(&changed(&seen, parameter), parameter)
        }
        _ => {
            let named = viewer.map_or_else(|| path.to_owned(), |uid| format!("{uid}{path}"));
            if let Some((_, list)) = holdings.lists.iter().find(|(known, _)| *known == named) {
                return match path.rsplit('/').next() {
                    Some("messages" | "reactions") => cursored(list, parameter),
                    _ => numbered(list, parameter),
                };
            }
            error(404, "ERR_API_NOT_FOUND", "There is no such path.")
        }
    }
}

/// A message as somebody sees it: only who is in its conversation, with their own receipts.
fn shown(message: &Value, viewer: Option<&str>) -> Option<Value> {
    let mut shown = message.clone();
    let fields = shown.as_object_mut()?;
    let mine = fields.remove("receiptsOf").unwrap_or_default();
    let Some(viewer) = viewer else { return Some(shown) };
    let is_in = fields["receiverType"] == "group" || [&fields["sender"], &fields["receiver"]].contains(&&json!(viewer));
    if let Some(receipts) = mine.get(viewer) {
        fields.insert("myReceipt".to_owned(), receipts.clone());
    }
    is_in.then_some(shown)
}

fn changed<'q>(items: &[Value], parameter: &impl Fn(&str) -> Option<&'q str>) -> Vec<Value> {
    let Some(from) = parameter("updatedAt[from]").and_then(|from| from.parse::<u64>().ok()) else {
        return items.to_vec();
    };
    items.iter().filter(|item| item["updatedAt"].as_u64().is_some_and(|at| from <= at)).cloned().collect()
}

fn numbered<'q>(items: &[Value], parameter: &impl Fn(&str) -> Option<&'q str>) -> Response {
    let number = |name: &str, usual: usize| parameter(name).map_or(usual, |value| value.parse().unwrap());
    let (per_page, page) = (number("perPage", 100), number("page", 1));
    let some: Vec<&Value> = items.iter().skip((page - 1) * per_page).take(per_page).collect();
    let pagination =
        json!({ "total": 0, "count": some.len(), "per_page": per_page, "current_page": page, "total_pages": 0 });
    let cursor = json!({ "updatedAt": 1, "affix": "prepend" });
    ok(&json!({ "data": some, "meta": { "pagination": pagination, "cursor": cursor } }))
}

fn cursored<'q>(items: &[Value], parameter: &impl Fn(&str) -> Option<&'q str>) -> Response {
    let id = |item: &Value| item["id"].as_str().unwrap().parse::<u64>().unwrap();
    let after = parameter("id").map_or(0, |id| id.parse().unwrap());
    let limit = parameter("limit").map_or(10, |limit| limit.parse().unwrap());
    let some: Vec<&Value> = match parameter("affix") {
        Some("append") => items.iter().filter(|item| after < id(item)).take(limit).collect(),
        _ => items.iter().rev().take(limit).collect(),
    };
    let mut meta = json!({ "current": { "limit": limit, "count": some.len() } });
    if let Some(last) = some.last() {
        meta["next"] = json!({ "affix": "append", "sentAt": last["sentAt"], "id": last["id"] });
    }
    ok(&json!({ "data": some, "meta": meta }))
}

fn ok(body: &Value) -> Response {
    Response::builder().header("content-type", "application/json").body(Body::from(body.to_string())).unwrap()
}

fn error(status: u16, code: &str, message: &str) -> Response {
    let body = json!({ "error": { "code": code, "message": message, "source": "chat-api" } });
    let answer = Response::builder().status(status).header("content-type", "application/json");
    answer.body(Body::from(body.to_string())).unwrap()
}

/// To wait a second: by the one header, by the other, by the sentence alone.
fn refused(way: usize) -> Response {
    let mut answer = error(429, "ERR_TOO_MANY_REQUESTS", "Too many requests. Try again in 1 second.");
    let now = shared::clock::system().seconds().get();
    match way {
        1 => answer.headers_mut().insert("retry-after", "1".parse().unwrap()),
        2 => answer.headers_mut().insert("x-rate-limit-reset", (now + 1).to_string().parse().unwrap()),
        _ => None,
    };
    answer
}
