//! `POST /data_import/{users|groups|members|messages}`: bring in what another service held (contract/import.md).

use lambda_http::Request;
use model::api_key::KeyScope;
use model::data_import::{Entities, MAX_ENTITIES, MAX_ENTITY_CHARS};
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::imports::data_import;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    // The routes have these four and no other.
    let entities = req.uri().path().rsplit('/').find_map(|part| part.parse().ok()).unwrap_or(Entities::Messages);
    let body = request::json_up_to(req, MAX_ENTITIES * MAX_ENTITY_CHARS)?;
    let text = std::str::from_utf8(req.body()).unwrap_or_default();
    Ok(response::data(&data_import::bring_in(app, entities, &body, text).await?))
}
