//! `PUT /groups/{guid}`: change a group; `PATCH /groups/{guid}/owner`: hand it over (contract/related.md, "Groups").

use lambda_http::Request;
use lambda_http::http::Method;
use model::group_change::GroupChange;
use model::group_view::GroupView;
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
    if req.method() == Method::PATCH {
        return hand_over(app, req).await;
    }
    let actor = identity::actor(app, &request::caller(req)).await?;
    let found = group::find(app, &actor, &request::guid(req)?).await?;
    let change = GroupChange::parse(&request::json(req)?, app.now())?;
    let is_app = actor.uid().is_none();
    let group = group::update(app, &actor, &found, if is_app { change } else { change.by_a_user() }).await?;
    let view = GroupView::of(&group).seen_by(found.1.member.as_ref());
    Ok(response::data(&if is_app { view.to_the_app(&group) } else { view }))
}

async fn hand_over(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let found = group::find(app, &actor, &request::guid(req)?).await?;
    let owner = GroupChange::parse_owner(&request::json(req)?)?;
    group::hand_over(app, &actor, &found, &owner).await?;
    Ok(response::outcome(format!("The user {owner} owns the group {} now.", found.0.guid)))
}
