//! `POST /groups/{guid}/members`: add members, ban users, or, as a user who names nobody, join; `PUT` of the same: add and
//! ban only, as SDKs ask, which read every array in the answer (contract/related.md, "Group members and bans").

use lambda_http::Request;
use lambda_http::http::Method;
use model::fields::{self, Fields};
use model::group::{Group, NewMembers};
use shared::app::App;
use shared::error::ApiError;
use shared::groups::members;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let guid = request::guid(req)?;
    let body = request::json(req)?;
    let new = NewMembers::parse(&body)?;
    let joins = req.method() != Method::PUT;
    match (actor.user(), new.is_empty()) {
        (_, false) => {
            let outcomes = members::change(app, &actor, &guid, &new).await?;
            Ok(if joins { response::data(&outcomes) } else { response::data(&outcomes.full_view()) })
        }
        (Some(_), true) if joins => {
            let mut fields = Fields::of(&body);
            let password = fields.optional("password", fields::text::<{ Group::MAX_PASSWORD }>);
            fields.finish()?;
            Ok(response::data(&members::join(app, &actor, &guid, password.as_deref()).await?))
        }
        (_, true) => Err(ApiError::field("participants", "is required.")),
    }
}
