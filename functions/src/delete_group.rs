//! `DELETE /groups/{guid}`: delete a group with its members and messages (contract/related.md, "Groups").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::groups::group;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let guid = request::guid(req)?;
    group::delete(app, &actor, &guid).await?;
    Ok(response::outcome(format!("The group {guid} is deleted.")))
}
