//! `POST /files/upload-url`: announce the files of a message and get a URL to upload each to (contract/clients.md,
//! "presigned upload").

use lambda_http::Request;
use model::upload::NewUploads;
use shared::app::App;
use shared::error::ApiError;
use shared::files::upload::{self, UploadBy};
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let sender = identity::identity(app, &request::caller(req)).await?;
    let new = NewUploads::parse(&request::json(req)?)?;
    // The vendor's SDKs name themselves in this header, and upload by form whatever method they are told.
    let by = if request::header(req, "sdk").is_some() { UploadBy::Form } else { UploadBy::Put };
    Ok(response::data(&upload::announce(app, &sender, &new, by).await?))
}
