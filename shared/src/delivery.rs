//! What the table's stream tells, handed on to whom it concerns: jobs, open sockets, webhooks and bots.

mod audience;
mod members;
mod messages;
mod personal;
mod presence;
mod receipts;

use crate::app::App;
use crate::conversations::watermarks;
use crate::error::ApiError;
use crate::jobs;
use crate::log::say;
use crate::notifications;
use crate::sockets::session;
use crate::store::change::Record;
pub use crate::store::change::{FILTERS, SOCKETS, StreamEvent};
use crate::webhooks;
use model::event::{Event, EventKind};
pub(crate) use presence::presence_of;

/// Hands records on, in their order, until one fails; the sequence number of that one. Whoever reads the stream comes
/// again with it and all behind it. So everything is told at least once, in the order in which a conversation changed.
///
/// Cost: 1 round trip for each record that begins a slice of a job; for each receipt in a group that of [`watermarks::follow`];
/// for each event 1 to know who is online, and then that
/// of telling them; 1 for each webhook and bot that is to be told.
pub async fn deliver(app: &App, event: &StreamEvent) -> Option<String> {
    for record in &event.records {
        if let Err(error) = hand_on(app, record).await {
            // The line of the invocation says nothing of it, because the invocation as such succeeds.
            say(format_args!("a record was not delivered: {error}"));
            return Some(record.sequence_number().to_owned());
        }
    }
    None
}

async fn hand_on(app: &App, record: &Record) -> Result<(), ApiError> {
    jobs::listen(app, record).await?;
    if let Some(connection) = record.ended_connection()? {
        return session::ended(app, &connection).await;
    }
    let Some(event) = record.event()? else { return Ok(()) };
    watermarks::follow(app, &event).await?;
    notifications::listen(app, &event).await?;
    if app.gateway.is_some() {
        tell(app, record, &event).await?;
    }
    webhooks::announce(app, record, &event).await
}

/// Tells sockets of a change, who may know of it; what a client cannot show is told to none.
async fn tell(app: &App, record: &Record, event: &Event) -> Result<(), ApiError> {
    match &event.kind {
        EventKind::MessageSent { .. }
        | EventKind::MessageEdited { .. }
        | EventKind::MessageDeleted { .. }
        | EventKind::MessagePermanentlyDeleted { .. }
        | EventKind::ReactionAdded { .. }
        | EventKind::ReactionRemoved { .. }
        | EventKind::MessagePinned { .. }
        | EventKind::MessageUnpinned { .. }
        | EventKind::Interacted { .. } => messages::tell(app, event).await,
        EventKind::Delivered { .. }
        | EventKind::Read { .. }
        | EventKind::DeliveredToAll { .. }
        | EventKind::ReadByAll { .. }
        | EventKind::MarkedUnread { .. } => receipts::tell(app, event).await,
        EventKind::MessageSaved { .. } | EventKind::MessageUnsaved { .. } | EventKind::ConversationsPinned { .. } => {
            personal::tell(app, event).await
        }
        EventKind::Member { .. } | EventKind::GroupCreated { .. } | EventKind::OwnerTransferred { .. } => {
            members::tell(app, event).await
        }
        EventKind::CameOnline { .. } | EventKind::WentOffline { .. } => presence::tell(app, record, event).await,
        EventKind::TokenRevoked { digest } => personal::end_sessions(app, event, digest).await,
        EventKind::UserDeactivated { uid } | EventKind::UserDeleted { uid } => session::end(app, uid, None).await,
        // Clients know no frame for these; they see them when they ask.
        EventKind::MessageReported { .. }
        | EventKind::ConversationCleared { .. }
        | EventKind::ConversationDeleted
        | EventKind::GroupUpdated { .. }
        | EventKind::GroupDeleted { .. }
        | EventKind::MembersCounted { .. }
        | EventKind::ReplyGone { .. }
        | EventKind::UserCreated { .. }
        | EventKind::UserUpdated { .. }
        | EventKind::UserReactivated { .. }
        | EventKind::UserBlocked { .. }
        | EventKind::UserUnblocked { .. }
        | EventKind::FriendAdded { .. }
        | EventKind::FriendRemoved { .. }
        | EventKind::TokenIssued { .. } => Ok(()),
    }
}
