//! New groups.

use super::members;
use super::password;
use crate::app::App;
use crate::error::ApiError;
use crate::identity::Actor;
use crate::store::group as store;
use model::event::{Audience, EventKind};
use model::group::{Group, Member, NewGroup, Scope};
use model::group_view::GroupView;
use model::outcome::{CreatedGroupView, MemberOutcomes};
use model::problem::Code;
use model::uid::Uid;
use model::user::User;

/// A new group with its owner: the one the body names, else the acting user, else the app, which is no member.
///
/// Cost: 2 round trips, and those of [`members::change_as_creator`] for members.
pub async fn create(app: &App, actor: &Actor, new: NewGroup) -> Result<CreatedGroupView, ApiError> {
    let mut group = new.group;
    group.private_metadata = group.private_metadata.filter(|_| actor.uid().is_none());
    group.owner = new.owner.or_else(|| actor.uid().cloned()).unwrap_or_else(Uid::app_system);
    group.password_hash = new.password.as_deref().map(password::hash).transpose()?;
    let owner = owner(app, &mut group).await?;
    let kind = EventKind::GroupCreated { guid: group.guid.clone() };
    let event = app.event(&actor.origin(), Audience::Group(group.guid.clone()), kind);
    match app.store.create_group(&group, owner.as_ref(), &event).await? {
        store::NewGroup::Done => {}
        store::NewGroup::Exists => {
            return Err(ApiError::new(Code::GuidAlreadyExists, format!("The GUID {} is taken.", group.guid)));
        }
        store::NewGroup::OwnerGone => return Err(ApiError::uid_not_found(&group.owner)),
    }
    let outcomes = if new.members.is_empty() {
        MemberOutcomes::default()
    } else {
        let outcomes = members::change_as_creator(app, actor, &group.guid, &new.members).await?;
        let (current, _) = app.store.group_for(&group.guid, None).await?;
        group = current.unwrap_or(group);
        outcomes
    };
    let membership = owner.map(|(_, member)| member).filter(|owner| Some(&owner.uid) == actor.uid());
    let view = GroupView::of(&group).seen_by(membership.as_ref());
    let view = if actor.uid().is_none() { view.to_the_app(&group) } else { view };
    Ok(CreatedGroupView { group: view, members: outcomes })
}

/// Who will own the group, counted as its first member; none if it is the app.
async fn owner(app: &App, group: &mut Group) -> Result<Option<(User, Member)>, ApiError> {
    if group.owner == Uid::app_system() {
        return Ok(None);
    }
    let user = crate::users::account::active(app, &group.owner).await?;
    group.members_count = 1;
    let member = Member::new(user.uid.clone(), Scope::Admin, app.now());
    Ok(Some((user, member)))
}
