//! Groups: who sees them, who changes them, how they end.

use futures_util::join;

use super::password;
use super::roles;
use crate::app::App;
use crate::error::ApiError;
use crate::identity::Actor;
use crate::jobs;
use crate::messages::access;
use crate::store::conversation_deletion::Marking;
use crate::store::group::NewOwner;
use crate::store::tries::Tries;
use model::event::{Audience, Event, EventKind};
use model::group::{Group, Scope};
use model::group_change::GroupChange;
use model::job::{Job, Work};
use model::membership::Membership;
use model::problem::Code;
use model::uid::{Guid, Uid};
use model::user::User;

/// A group that who asks may know of, and their membership.
///
/// Cost: 1 round trip, 1 read unit, 2 more for a user.
pub async fn find(app: &App, actor: &Actor, guid: &Guid) -> Result<(Group, Membership), ApiError> {
    let (group, membership) = app.store.group_for(guid, actor.uid()).await?;
    let group = access::known_group(group, guid, actor.uid().map(|_| &membership))?;
    Ok((group, membership))
}

/// [`find`] that says how many of the members are online.
///
/// Cost: as [`find`], and at once 1 query, 1 read unit for about 25 sockets.
pub async fn find_with_online(app: &App, actor: &Actor, guid: &Guid) -> Result<(Group, Membership, usize), ApiError> {
    let (found, online) = join!(find(app, actor, guid), app.store.count_live(guid, app.now()));
    let (group, membership) = found?;
    Ok((group, membership, online?))
}

/// The app and admins may change and delete a group.
pub fn require_admin(actor: &Actor, guid: &Guid, membership: &Membership) -> Result<(), ApiError> {
    let Some(uid) = actor.uid() else { return Ok(()) };
    let code = match access::require_member(membership, guid, uid)?.scope {
        Scope::Admin => return Ok(()),
        Scope::Moderator => Code::GroupNoAdminScope,
        Scope::Participant => Code::GroupNoClearance,
    };
    Err(ApiError::new(code, format!("The user {uid} is no admin of the group {guid}.")))
}

/// Changes a group. A new owner becomes an admin of it first.
///
/// Cost: 1 round trip, 1 write unit per KB; 5 round trips and 5 units more for a new owner.
pub async fn update(
    app: &App,
    actor: &Actor,
    (group, membership): &(Group, Membership),
    mut change: GroupChange,
) -> Result<Group, ApiError> {
    let guid = &group.guid;
    if change.is_empty() {
        return Err(ApiError::new(Code::BadRequest, "The body contains no field that can be updated."));
    }
    // A user cannot give a group away.
    change.owner = change.owner.filter(|owner| actor.uid().is_none() && *owner != group.owner);
    let owner = match &change.owner {
        Some(uid) => Some(owner_to_be(app, uid).await?),
        None => None,
    };
    require_admin(actor, guid, membership)?;
    change.settle_password(group, password::hash)?;
    apply(app, actor, guid, change, owner).await
}

/// Gives a group to another user: the app to anybody, the owner to another member. The new owner becomes an admin of it
/// first; the old one stays one. Giving it to who owns it changes nothing.
///
/// Cost: as [`update`] with a new owner.
pub async fn hand_over(
    app: &App,
    actor: &Actor,
    (group, membership): &(Group, Membership),
    owner: &Uid,
) -> Result<(), ApiError> {
    require_owner(actor, group, membership)?;
    if *owner == group.owner {
        return Ok(());
    }
    let user = match actor.user() {
        None => owner_to_be(app, owner).await?,
        Some(_) => member_to_be_owner(app, &group.guid, owner).await?,
    };
    let change = GroupChange::of_owner(owner.clone(), app.now());
    apply(app, actor, &group.guid, change, Some(user)).await.map(drop)
}

/// The app and the owner may give a group away.
fn require_owner(actor: &Actor, group: &Group, membership: &Membership) -> Result<(), ApiError> {
    let Some(uid) = actor.uid() else { return Ok(()) };
    access::require_member(membership, &group.guid, uid)?;
    if group.owner == *uid {
        return Ok(());
    }
    let message = format!("The user {uid} does not own the group {}.", group.guid);
    Err(ApiError::new(Code::GroupNoClearance, message))
}

async fn member_to_be_owner(app: &App, guid: &Guid, uid: &Uid) -> Result<User, ApiError> {
    let mut facts = app.store.member_facts(guid, &[uid]).await?;
    let user = facts.users.remove(uid).filter(User::is_active).ok_or_else(|| ApiError::uid_not_found(uid))?;
    let member = facts.memberships.remove(uid).and_then(|membership| membership.member);
    let stranger = || ApiError::new(Code::NotAMember, format!("The user {uid} is no member of the group {guid}."));
    member.ok_or_else(stranger).map(|_| user)
}

/// Makes a change that is allowed; a new owner becomes an admin first. One event is emitted: a change that also gives the
/// group away is a transfer.
async fn apply(
    app: &App,
    actor: &Actor,
    guid: &Guid,
    mut change: GroupChange,
    owner: Option<User>,
) -> Result<Group, ApiError> {
    change.updated_by = Some(actor.as_user().uid);
    match owner.filter(|owner| owner.uid != Uid::app_system()) {
        Some(owner) => give(app, actor, guid, &change, &owner).await,
        None => {
            let event = event_of(app, actor, guid, &change);
            let group = app.store.change_group(guid, &change, &event).await?;
            group.ok_or_else(|| ApiError::guid_not_found(guid))
        }
    }
}

fn event_of(app: &App, actor: &Actor, guid: &Guid, change: &GroupChange) -> Event {
    let kind = match &change.owner {
        Some(to) => EventKind::OwnerTransferred { guid: guid.clone(), to: to.clone() },
        None => EventKind::GroupUpdated { guid: guid.clone() },
    };
    app.event(&actor.origin(), Audience::Group(guid.clone()), kind)
}

/// Changes a group and gives it to somebody, who is an admin of it at that moment.
async fn give(app: &App, actor: &Actor, guid: &Guid, change: &GroupChange, owner: &User) -> Result<Group, ApiError> {
    let gone = || ApiError::guid_not_found(guid);
    let mut tries = Tries::begin();
    loop {
        roles::make_admin(app, actor, guid, owner).await?;
        let event = event_of(app, actor, guid, change);
        match app.store.change_owner(guid, change, owner, &event).await? {
            NewOwner::Done => return app.store.group_for(guid, None).await?.0.ok_or_else(gone),
            NewOwner::GroupGone => return Err(gone()),
            // Kicked, demoted, banned or deleted meanwhile.
            NewOwner::NoAdmin => {}
        }
        tries.again().await?;
    }
}

async fn owner_to_be(app: &App, uid: &Uid) -> Result<User, ApiError> {
    if *uid == Uid::app_system() { Ok(User::app_system()) } else { crate::users::account::active(app, uid).await }
}

/// Deletes a group with its members, bans and messages: from now on it is there for nobody, and a job removes it. Its
/// GUID is taken until that is done. A repeat by who asked for it, or by the app, starts the job again if it was lost.
///
/// Cost: 2 round trips, 6 write units, whatever the group holds; see [`crate::jobs`].
pub async fn delete(app: &App, actor: &Actor, guid: &Guid) -> Result<(), ApiError> {
    let work = Work::DeleteGroup { guid: guid.clone() };
    let (group, membership) = app.store.group_for(guid, actor.uid()).await?;
    if group.is_some() {
        let membership_known = actor.uid().map(|_| &membership);
        access::known_group(group, guid, membership_known)?;
        require_admin(actor, guid, &membership)?;
        let kind = EventKind::GroupDeleted { guid: guid.clone() };
        let event = app.event(&actor.origin(), Audience::Group(guid.clone()), kind);
        let job = Job::new(work.clone(), event.id, &actor.origin());
        if app.store.mark_group(guid, &job, &event).await? == Marking::Done {
            return Ok(());
        }
    }
    jobs::repeat(app, actor, &work).await?.map(drop).ok_or_else(|| ApiError::guid_not_found(guid))
}
