//! `DELETE /conversations/{conversationId}`: delete a conversation for everybody; deprecated (contract/related.md,
//! "Conversations").

use lambda_http::Request;
use model::api_key::KeyScope;
use shared::app::App;
use shared::conversations::removal;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let id = request::raw_path(req, "conversationId");
    removal::delete_for_all(app, &actor, id).await?;
    Ok(response::outcome(format!("The conversation {id} is deleted for everybody.")))
}
