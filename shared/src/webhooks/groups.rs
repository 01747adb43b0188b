//! What webhooks are told of groups and their members.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::payload::{keyed, put, two_users};
use crate::app::App;
use crate::error::ApiError;
use crate::users::account;
use model::event::{Audience, Event, EventKind, MemberChange};
use model::group_view::GroupView;
use model::uid::{Guid, Uid};
use model::user::UserView;

/// The `data` of the envelope; none if the group is gone meanwhile, which its deletion tells.
///
/// Cost: 2 round trips, about 4 read units, and what it takes to know which members are online.
pub(super) async fn data(
    app: &App,
    event: &Event,
    group: Option<&Value>,
    old_owner: Option<&Uid>,
) -> Result<Option<Value>, ApiError> {
    match (&event.kind, &event.audience) {
        (EventKind::GroupCreated { guid }, _) => created(app, guid).await,
        (EventKind::GroupUpdated { guid }, _) => match group {
            Some(group) => Ok(Some(json!({ "group": with_online(app, guid, group.clone()).await? }))),
            None => Ok(None),
        },
        // Nobody of a group that is being deleted is a member any more; so nobody of them is online.
        (EventKind::GroupDeleted { .. }, _) => Ok(group.map(|group| {
            let mut group = group.clone();
            put(&mut group, "onlineMembersCount", 0);
            put(&mut group, "updatedAt", event.at().seconds());
            put(&mut group, "updatedBy", &event.actor);
            json!({ "group": group })
        })),
        (EventKind::OwnerTransferred { guid, .. }, _) => {
            let Some(group) = group else { return Ok(None) };
            let mut group = with_online(app, guid, group.clone()).await?;
            if let Some(old_owner) = old_owner {
                put(&mut group, "oldOwner", old_owner);
            }
            Ok(Some(json!({ "group": group })))
        }
        (EventKind::Member { change, uid, .. }, Audience::Group(guid)) => {
            of_member(app, event, guid, change, uid).await
        }
        _ => Ok(None),
    }
}

async fn created(app: &App, guid: &Guid) -> Result<Option<Value>, ApiError> {
    let (Some(group), _) = app.store.group_for(guid, None).await? else { return Ok(None) };
    if group.owner == Uid::app_system() {
        return Ok(Some(json!({ "group": GroupView::of(&group), "members": {} })));
    }
    let (_, membership) = app.store.group_for(guid, Some(&group.owner)).await?;
    let owner = account::shown(app, &group.owner).await?;
    let view = GroupView::of(&group).seen_by(membership.member.as_ref());
    Ok(Some(json!({ "group": view, "members": keyed([&owner], &owner.uid) })))
}

async fn of_member(
    app: &App,
    event: &Event,
    guid: &Guid,
    change: &MemberChange,
    uid: &Uid,
) -> Result<Option<Value>, ApiError> {
    let (Some(group), _) = app.store.group_for(guid, None).await? else { return Ok(None) };
    let group = with_online(app, guid, json!(GroupView::of(&group))).await?;
    let [by, member] = two_users(app, &event.actor, uid).await?;
    if matches!(change, MemberChange::Joined | MemberChange::Left) {
        return Ok(Some(json!({ "group": group, "members": keyed([&member], uid) })));
    }
    let mut members = keyed([&member], &event.actor);
    if let MemberChange::ScopeChanged { old, new } = change
        && let Some(member) = members.get_mut(uid.as_str())
    {
        put(member, "scope", new);
        put(member, "oldScope", old);
    }
    Ok(Some(json!({ "group": group, "members": members, "by": UserView::of(&by) })))
}

/// The group with how many of its members are online; in a crowd nobody counts them.
async fn with_online(app: &App, guid: &Guid, mut group: Value) -> Result<Value, ApiError> {
    if group.get("membersCount").and_then(Value::as_u64).is_some_and(|members| !app.store.is_crowd(members)) {
        let live = app.store.live_members(guid, app.now()).await?;
        let uids: BTreeSet<&Uid> = live.iter().map(|listener| &listener.uid).collect();
        put(&mut group, "onlineMembersCount", uids.len());
    }
    Ok(group)
}
