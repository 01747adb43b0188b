//! `PUT /groups/{guid}/members/{uid}`: give a member another scope (contract/related.md, "Group members and
//! bans").

use lambda_http::Request;
use model::fields::{self, Fields};
use model::group::Scope;
use model::member_view::ScopeView;
use shared::app::App;
use shared::error::ApiError;
use shared::groups::group;
use shared::groups::roles;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::account;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let (group, _) = group::find(app, &actor, &request::guid(req)?).await?;
    let uid = account::active(app, &request::uid(req)?).await?.uid;
    let body = request::json(req)?;
    let mut fields = Fields::of(&body);
    let scope = fields.required("scope", fields::parsed(Scope::parse));
    fields.finish()?;
    let scope = scope.ok_or_else(|| ApiError::field("scope", "is required."))?;
    let member = roles::change_scope(app, &actor, &group.guid, &uid, scope).await?;
    Ok(response::data(&ScopeView::of(&group.guid, &member)))
}
