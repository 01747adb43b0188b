//! Who received and read what, as sockets are told of it.

use std::collections::BTreeSet;

use super::audience::{listeners, of_user};
use crate::app::App;
use crate::error::ApiError;
use crate::sockets::tell;
use crate::users::account;
use model::connection::Listener;
use model::conversation::ConversationId;
use model::event::{Audience, Event, EventKind};
use model::filter::other_side;
use model::frame::{Frame, ReceiptAction};
use model::id::MessageId;

/// Tells of a receipt: between two users both of them, in a group of all members' receipts those who are online. Of a
/// single member's receipt in a group only their own devices learn.
///
/// Cost: that of its listeners; if there are any 1 round trip, 1 read unit, and a call of the gateway for each.
pub(super) async fn tell(app: &App, event: &Event) -> Result<(), ApiError> {
    let Audience::Conversation(conversation) = &event.audience else { return Ok(()) };
    let Some((action, up_to)) = said(&event.kind) else { return Ok(()) };
    let hearing = hearing(app, event, conversation).await?;
    if hearing.is_empty() {
        return Ok(());
    }
    let to = other_side(conversation, &event.actor);
    let user = account::shown(app, &event.actor).await?;
    let frame = Frame::receipt(action, up_to, &user, &to, event.at().seconds());
    tell::all(app, &hearing, &frame.not_for(event.device.as_ref())).await
}

fn said(kind: &EventKind) -> Option<(ReceiptAction, Option<MessageId>)> {
    match kind {
        EventKind::Delivered { up_to, .. } => Some((ReceiptAction::Delivered, Some(*up_to))),
        EventKind::Read { up_to, .. } => Some((ReceiptAction::Read, Some(*up_to))),
        EventKind::DeliveredToAll { up_to, .. } => Some((ReceiptAction::DeliveredToAll, Some(*up_to))),
        EventKind::ReadByAll { up_to, .. } => Some((ReceiptAction::ReadByAll, Some(*up_to))),
        EventKind::MarkedUnread { after } => Some((ReceiptAction::Unread, *after)),
        _ => None,
    }
}

async fn hearing(app: &App, event: &Event, conversation: &ConversationId) -> Result<Vec<Listener>, ApiError> {
    match (&event.kind, conversation) {
        (EventKind::MarkedUnread { .. }, _) => of_user(app, &event.actor).await,
        (EventKind::DeliveredToAll { sender, .. } | EventKind::ReadByAll { sender, .. }, _) => {
            let mut online = listeners(app, &event.audience).await?;
            let users: BTreeSet<_> = online.iter().map(|listener| &listener.uid).collect();
            if !app.tells_receipts_among(users.len() as u64) {
                return Ok(Vec::new());
            }
            online.retain(|listener| sender.as_ref().is_none_or(|sender| listener.uid == *sender));
            Ok(online)
        }
        (_, ConversationId::Group(_)) => of_user(app, &event.actor).await,
        (_, ConversationId::Users(..)) => listeners(app, &event.audience).await,
    }
}
