//! `GET /users/{uid}`: one user (contract/related.md, "Users").

use lambda_http::Request;
use model::user::UserView;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::messages::access;
use shared::users::list;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let uid = request::uid(req)?;
    let user = access::user(app, &uid).await?;
    let view = UserView::of(&user).with_tags(&user.tags);
    let Some(viewer) = actor.uid() else { return Ok(response::data(&view.to_the_app(&user))) };
    let relations = list::relations(app, viewer, std::slice::from_ref(&user)).await?;
    Ok(response::data(&view.seen_by(viewer).related(relations.get(&uid))))
}
