//! Tokens of the seeded users, for the chat and the reference that this service serves itself, so that one tries them without
//! making anything. Only the local service has these; they are no functions.
//!
//! `GET /local/users` lists the users, `POST /local/users/{uid}/token` makes a token. Both answer programs on this machine and
//! the service's own pages only: a page of another origin, or one whose name was pointed here, gets neither, nor does who comes
//! through a front.

use axum::body::Body;
use axum::http::header::{self, HeaderMap};
use axum::http::{Method, Response};
use model::auth_token::{Device, TokenView};
use model::uid::Uid;
use serde_json::{Value, json};
use shared::app::App;
use shared::error::ApiError;
use shared::http::response;
use shared::identity::Actor;
use shared::users::{account, tokens};

use crate::{guard, seed};

const USERS: &str = "/local/users";
/// What a front or tunnel adds to a request that comes from elsewhere.
const OF_FRONTS: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// The answer to a request for users or tokens; every other request is for somebody else.
pub async fn answer(app: &App, method: &Method, path: &str, headers: &HeaderMap) -> Option<Response<Body>> {
    let rest = path.strip_prefix(USERS)?;
    let uid = rest.strip_prefix('/').and_then(|rest| rest.strip_suffix("/token"));
    let answered = match (method, uid) {
        (&Method::GET | &Method::POST, _) if !is_own(headers) => return Some(guard::forbidden()),
        (&Method::GET, None) if rest.is_empty() => Ok(users()),
        (&Method::POST, Some(uid)) => token(app, uid).await,
        _ => return None,
    };
    let answered = match answered {
        Ok(data) => response::private_data(&data),
        Err(refusal) => response::error(&refusal),
    };
    Some(answered.map(|body| Body::from(body.to_vec())))
}

fn users() -> Value {
    seed::people_to_be().map(|(uid, name)| json!({ "uid": uid, "name": name })).collect()
}

/// Who names another user than the seeded ones is told the same as of one whom nobody knows.
async fn token(app: &App, uid: &str) -> Result<Value, ApiError> {
    let uid = Uid::parse(uid).map_err(|problem| ApiError::field("uid", problem))?;
    if !seed::people_to_be().any(|(seeded, _)| seeded == uid.as_str()) {
        return Err(ApiError::uid_not_found(&uid));
    }
    let user = account::active(app, &uid).await?;
    let token = tokens::issue(app, &Actor::app(None).origin(), &user, Device::default()).await?;
    Ok(json!(TokenView::of(&token)))
}

/// Whether the request is of a program on this machine, or of a page that came from here. Browsers name the origin of a page in
/// every `POST`, and whose request it is in all.
fn is_own(headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = said(header::HOST.as_str()).unwrap_or_default();
    let is_same = |origin: &str| origin.split_once("://").is_some_and(|(_, origin_host)| origin_host == host);
    guard::is_local(headers)
        && !OF_FRONTS.iter().any(|name| headers.contains_key(*name))
        && said(header::ORIGIN.as_str()).is_none_or(is_same)
        && said("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"))
}
