//! What becomes of memberships: sockets move into groups and out of them, and are told of it.

use super::audience::{listeners, of_user};
use crate::app::App;
use crate::error::ApiError;
use crate::messages::render::Viewing;
use crate::sockets::{session, tell};
use model::conversation::ConversationId;
use model::event::{Audience, Event, EventKind, MemberChange};
use model::frame::Frame;
use model::id::MessageId;
use model::uid::{Guid, Uid};

/// Tells a group and who is concerned. Who is a member no more is told of that, and hears nothing further.
///
/// Cost: 2 round trips and 1 write unit for each socket of the member; if the group is told 3 more, and a call of the
/// gateway for each who hears it.
pub(super) async fn tell(app: &App, event: &Event) -> Result<(), ApiError> {
    match &event.kind {
        EventKind::Member { change, uid, action } => {
            let Audience::Group(guid) = &event.audience else { return Ok(()) };
            if let Some(is_member) = moves(change) {
                session::move_between_groups(app, uid, guid, is_member).await?;
            }
            match action {
                Some(action) => tell_action(app, event, guid, uid, *action).await,
                None => Ok(()),
            }
        }
        // Whoever owns a group belongs to it from then on.
        EventKind::OwnerTransferred { guid, to } => session::move_between_groups(app, to, guid, true).await,
        EventKind::GroupCreated { guid } => match app.store.group_for(guid, None).await? {
            (Some(group), _) => session::move_between_groups(app, &group.owner, guid, true).await,
            (None, _) => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Whether the change makes them a member or ends it, if it does either. The rows may be older or newer than that:
/// memberships are looked up whenever somebody is told something.
fn moves(change: &MemberChange) -> Option<bool> {
    match change {
        MemberChange::Joined | MemberChange::Added => Some(true),
        MemberChange::Left | MemberChange::Kicked | MemberChange::Banned => Some(false),
        MemberChange::Unbanned | MemberChange::ScopeChanged { .. } => None,
    }
}

async fn tell_action(app: &App, event: &Event, guid: &Guid, uid: &Uid, action: MessageId) -> Result<(), ApiError> {
    let conversation = ConversationId::Group(guid.clone());
    let mut hearing = listeners(app, &event.audience).await?;
    hearing.extend(of_user(app, uid).await?);
    hearing.sort();
    hearing.dedup();
    let Some(action) = app.store.message(&conversation, action).await?.filter(|_| !hearing.is_empty()) else {
        return Ok(());
    };
    let frame = Frame::message(&Viewing::of_nobody().one(app, &action).await?);
    tell::all(app, &hearing, &frame.not_for(event.device.as_ref())).await
}
