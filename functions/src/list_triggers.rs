//! `GET /webhooks/{webhookId}/triggers`: what a webhook is told of (contract/webhooks.md, "Operations").

use lambda_http::Request;
use model::api_key::KeyScope;
use model::paging::NumberedPage;
use model::trigger::{Trigger, TriggerView};
use shared::app::App;
use shared::error::ApiError;
use shared::http::paging;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::webhooks::manage;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let webhook = manage::find(app, &request::webhook_id(req)?).await?;
    let page = NumberedPage::of(webhook.triggers, paging::page(&request::query(req))?);
    Ok(paging::answer(page, |trigger: &Trigger| TriggerView::from(*trigger), |_| webhook.updated_at))
}
