//! `GET /users/{uid}/messages`: the messages between the acting user and another; for the app, all one-to-one messages
//! of a user (contract/messages.md, operation 3).

use lambda_http::Request;
use model::conversation::ConversationId;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::Response;
use shared::identity::{self, Actor};
use shared::lambda::{Answer, Handler};
use shared::messages::access;
use shared::messages::list::{self, Reach};
use shared::messages::query::Listing;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let uid = request::uid(req)?;
    access::user(app, &uid).await?;
    let listing = Listing::of(req)?;
    match actor.user() {
        Some(user) => {
            let conversation = ConversationId::between(&user.uid, &uid);
            let reach = Reach::one(app, &actor, conversation).await?;
            list::answer(app, &actor, &listing, reach, &user.uid).await
        }
        None => {
            let mut rows = app.store.conversations_of(&uid).await?;
            rows.retain(|row| row.conversation.is_between(&uid));
            list::answer(app, &actor, &listing, Reach::Conversations(rows), &uid).await
        }
    }
}
