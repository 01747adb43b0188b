//! Who of an event's audience is online.

use futures_util::try_join;

use crate::app::App;
use crate::error::ApiError;
use model::connection::{Connection, Listener};
use model::conversation::ConversationId;
use model::event::Audience;
use model::uid::Uid;

/// The sockets of an audience, of a group those of its members at this moment. Of everybody nobody: that would be quadratic.
///
/// Cost: 1 round trip and 1 read unit a user; of a group 2 and 2 units a user who is online.
pub(super) async fn listeners(app: &App, audience: &Audience) -> Result<Vec<Listener>, ApiError> {
    match audience {
        Audience::Conversation(ConversationId::Group(guid)) | Audience::Group(guid) => {
            Ok(app.store.live_members(guid, app.now()).await?)
        }
        Audience::Conversation(ConversationId::Users(one, other)) | Audience::Users(one, other) if one != other => {
            let (mut of_one, of_other) = try_join!(of_user(app, one), of_user(app, other))?;
            of_one.extend(of_other);
            Ok(of_one)
        }
        Audience::Conversation(ConversationId::Users(uid, _)) | Audience::Users(uid, _) | Audience::User(uid) => {
            of_user(app, uid).await
        }
        Audience::Everybody => Ok(Vec::new()),
    }
}

/// The sockets of a user. Cost: 1 round trip, 1 read unit for about 15.
pub(super) async fn of_user(app: &App, uid: &Uid) -> Result<Vec<Listener>, ApiError> {
    Ok(app.store.connections_of(uid, app.now()).await?.iter().map(Connection::listener).collect())
}
