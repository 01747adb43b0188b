//! `POST /groups`: create a group, with its first members if the body names them (contract/related.md, "Groups").

use lambda_http::Request;
use model::group::NewGroup;
use shared::app::App;
use shared::error::ApiError;
use shared::groups::create;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let new = NewGroup::parse(&request::json(req)?, app.now())?;
    Ok(response::data(&create::create(app, &actor, new).await?))
}
