//! `GET /groups/{guid}/messages`: the messages of a group, for its members and the app (contract/messages.md,
//! operation 4).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::messages::access;
use shared::messages::list::{self, Reach};
use shared::messages::query::Listing;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let guid = request::guid(req)?;
    let (group, membership) = app.store.group_for(&guid, actor.uid()).await?;
    let group = group.ok_or_else(|| ApiError::guid_not_found(&guid))?;
    let listing = Listing::of(req)?;
    if let Some(uid) = actor.uid() {
        access::require_member(&membership, &guid, uid)?;
    }
    let reach = Reach::one(app, &actor, group.conversation()).await?;
    list::answer(app, &actor, &listing, reach, &actor.as_user().uid).await
}
