//! Membership: adding, banning and joining, each with its action message (contract/related.md, "Group members and
//! bans").

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::error::ApiError;
use crate::groups::password;
use crate::http::response::ErrorBody;
use crate::identity::Actor;
use crate::store::access::Membership;
use crate::store::group::{self as store, Joined, MEMBERS_PER_TRANSACTION, MemberFacts};
use model::entity;
use model::group::{Group, GroupType, GroupView, Member, NewGroup, NewMembers, Scope, Slot};
use model::message::{Category, Message, Receiver};
use model::message_view::MessageView;
use model::problem::Code;
use model::uid::{Guid, Uid};
use model::user::User;

/// How often a change is tried again when others changed the same membership meanwhile.
const ATTEMPTS: usize = 5;

/// What became of one UID: its action message, or that it was banned.
type Outcome = Result<Option<MessageView>, ApiError>;

/// What became of every UID, by slot.
#[derive(Debug, Default)]
pub struct Outcomes(BTreeMap<&'static str, BTreeMap<Uid, Outcome>>);

impl Outcomes {
    /// `{"admins": {uid: {success, data|error}}, …}`, without the arrays that named nobody.
    pub fn view(&self) -> Value {
        Value::Object(self.slots().collect())
    }

    /// The same with every array.
    pub fn full_view(&self) -> Value {
        let all = Slot::names().map(|name| (name.to_owned(), Value::Object(Map::new())));
        Value::Object(all.chain(self.slots()).collect())
    }

    fn slots(&self) -> impl Iterator<Item = (String, Value)> {
        self.0.iter().map(|(name, outcomes)| {
            let outcomes: Map<String, Value> = outcomes
                .iter()
                .map(|(uid, outcome)| (uid.to_string(), slot(outcome.as_ref().map(Option::as_ref))))
                .collect();
            ((*name).to_owned(), Value::Object(outcomes))
        })
    }

    fn set(&mut self, uid: &Uid, slot: Slot, outcome: Outcome) {
        self.0.entry(slot.name()).or_default().insert(uid.clone(), outcome);
    }
}

/// One slot of an answer that may succeed in part.
pub fn slot<T: Serialize>(outcome: Result<T, &ApiError>) -> Value {
    match outcome.map(|data| json!(data)) {
        Ok(Value::Null) => json!({ "success": true }),
        Ok(data) => json!({ "success": true, "data": data }),
        Err(error) => json!({ "success": false, "error": ErrorBody::from(error) }),
    }
}

/// Adds and bans as `members` says; one that fails does not fail the others.
///
/// Cost: 1 round trip to know, 2 for every 16 joins, 2 for each ban.
pub async fn change(app: &App, actor: &Actor, guid: &Guid, members: &NewMembers) -> Result<Outcomes, ApiError> {
    let mut outcomes = Outcomes::default();
    let mut left: Vec<(Uid, Slot)> = members.iter().map(|(uid, slot)| (uid.clone(), slot)).collect();
    for _ in 0..ATTEMPTS {
        let (facts, mut group) = facts(app, actor, guid, &left).await?;
        let clearance = clearance(actor, &facts, guid)?;
        let mut ready = Vec::new();
        for (uid, slot) in left.drain(..) {
            if slot == Slot::Ban && actor.uid() == Some(&uid) {
                outcomes.set(&uid, slot, Err(crate::groups::membership::no_self_action("ban", &uid)));
                continue;
            }
            match allowed(&group, clearance, &facts, &uid, slot) {
                Ok(user) => ready.push((user.clone(), slot)),
                Err(error) => outcomes.set(&uid, slot, Err(error)),
            }
        }
        let (joins, bans): (Vec<_>, Vec<_>) = ready.into_iter().partition(|(_, slot)| matches!(slot, Slot::Join(_)));
        for chunk in joins.chunks(MEMBERS_PER_TRANSACTION) {
            let joined: Vec<Joined> =
                chunk.iter().map(|(user, slot)| joined(app, actor, &mut group, user, *slot)).collect();
            if app.store.add_members(guid, &joined).await? {
                for ((user, slot), Joined { action, .. }) in chunk.iter().zip(&joined) {
                    outcomes.set(&user.uid, *slot, crate::messages::render::sent(app, action, None).await.map(Some));
                }
            } else {
                group.members_count -= joined.len() as u64;
                left.extend(chunk.iter().map(|(user, slot)| (user.uid.clone(), *slot)));
            }
        }
        for (user, slot) in bans {
            if ban(app, actor, &mut group, &facts, &user).await? {
                outcomes.set(&user.uid, slot, Ok(None));
            } else {
                left.push((user.uid, slot));
            }
        }
        if left.is_empty() {
            return Ok(outcomes);
        }
    }
    Err(crate::store::error::StoreError::Conflict.into())
}

/// Bans one user. Cost: as [`change`].
pub async fn ban_one(app: &App, actor: &Actor, guid: &Guid, uid: &Uid) -> Result<(), ApiError> {
    let outcomes = change(app, actor, guid, &NewMembers::one(uid, Slot::Ban)).await?;
    outcomes.0.into_values().flat_map(BTreeMap::into_values).try_for_each(|outcome| outcome.map(|_| ()))
}

/// The acting user joins by themselves.
///
/// Cost: 3 round trips.
pub async fn join(app: &App, actor: &Actor, guid: &Guid, password: Option<&str>) -> Result<MessageView, ApiError> {
    let user = crate::messages::access::require_acting_user(actor)?;
    for _ in 0..ATTEMPTS {
        let (facts, mut group) = facts(app, actor, guid, &[]).await?;
        let is_here = facts.users.get(&user.uid).is_some_and(|now| now.is_active() && now.born_id == user.born_id);
        if !is_here {
            return Err(ApiError::uid_not_found(&user.uid));
        }
        may_be_added(&facts, &group, user)?;
        may_join(&group, password)?;
        let joined = joined(app, actor, &mut group, user, Slot::Join(Scope::Participant));
        if app.store.add_members(guid, std::slice::from_ref(&joined)).await? {
            return crate::messages::render::sent(app, &joined.action, None).await;
        }
    }
    Err(crate::store::error::StoreError::Conflict.into())
}

/// Whether somebody may join by themselves who says this password.
fn may_join(group: &Group, password: Option<&str>) -> Result<(), ApiError> {
    let guid = &group.guid;
    match (group.group_type, password) {
        (GroupType::Public, _) => Ok(()),
        (GroupType::Private, _) => {
            let message = format!("The group {guid} is private; its members are added by others.");
            Err(ApiError::new(Code::GroupJoinNotAllowed, message))
        }
        (GroupType::Password, None) => {
            Err(ApiError::new(Code::EmptyGroupPassword, format!("The group {guid} asks for its password.")))
        }
        (GroupType::Password, Some(given)) => {
            let is_right = group.password_hash.as_deref().is_some_and(|hash| password::is_right(given, hash));
            let wrong = || ApiError::new(Code::WrongGroupPassword, format!("That is not the password of {guid}."));
            is_right.then_some(()).ok_or_else(wrong)
        }
    }
}

pub(crate) async fn facts(
    app: &App,
    actor: &Actor,
    guid: &Guid,
    slots: &[(Uid, Slot)],
) -> Result<(MemberFacts, Group), ApiError> {
    let uids: Vec<&Uid> = slots.iter().map(|(uid, _)| uid).chain(actor.uid()).collect();
    let facts = app.store.member_facts(guid, &uids).await?;
    // Nobody changes the members of a group that is being deleted.
    let group = facts.group.clone().filter(|group| group.ending_at.is_none());
    let group = group.ok_or_else(|| ApiError::guid_not_found(guid))?;
    Ok((facts, group))
}

/// The scope with which the actor changes the group; the app has the highest.
pub(crate) fn clearance(actor: &Actor, facts: &MemberFacts, guid: &Guid) -> Result<Scope, ApiError> {
    let membership = actor.uid().and_then(|uid| facts.memberships.get(uid)).cloned().unwrap_or_default();
    require_clearance(actor, guid, &membership)
}

/// The scope of the app, or of an acting user who is at least a moderator.
pub fn require_clearance(actor: &Actor, guid: &Guid, membership: &Membership) -> Result<Scope, ApiError> {
    let Some(uid) = actor.uid() else { return Ok(Scope::Admin) };
    match crate::messages::access::require_member(membership, guid, uid)?.scope {
        Scope::Participant => {
            let message = format!("The user {uid} is a participant of {guid} and may not change its members.");
            Err(ApiError::new(Code::GroupNoClearance, message))
        }
        scope => Ok(scope),
    }
}

/// Whether the change may be made; moderators change participants only.
fn allowed<'f>(
    group: &Group,
    clearance: Scope,
    facts: &'f MemberFacts,
    uid: &Uid,
    slot: Slot,
) -> Result<&'f User, ApiError> {
    let user = facts.users.get(uid).filter(|user| user.is_active()).ok_or_else(|| ApiError::uid_not_found(uid))?;
    let membership = facts.memberships.get(uid).cloned().unwrap_or_default();
    let target = match slot {
        Slot::Join(scope) => {
            may_be_added(facts, group, user)?;
            scope
        }
        Slot::Ban => {
            may_be_banned(&membership, group, uid)?;
            membership.member.map_or(Scope::Participant, |member| member.scope)
        }
    };
    if clearance == Scope::Moderator && target != Scope::Participant {
        let message = format!("A moderator may not make or ban the {target} {uid}.");
        return Err(ApiError::new(Code::GroupNoScopeClearance, message));
    }
    Ok(user)
}

pub(crate) fn may_be_added(facts: &MemberFacts, group: &Group, user: &User) -> Result<(), ApiError> {
    let membership = facts.memberships.get(&user.uid).cloned().unwrap_or_default();
    if membership.is_banned {
        let message = format!("The user {} is banned from the group {}.", user.uid, group.guid);
        return Err(ApiError::new(Code::BannedGroupMember, message));
    }
    if membership.member.is_some() {
        return Err(already_joined(&user.uid, &group.guid));
    }
    if Group::MAX_MEMBERS <= group.members_count {
        let message = format!("The group {} has {} members, the most it can have.", group.guid, Group::MAX_MEMBERS);
        return Err(ApiError::new(Code::NoVacancy, message));
    }
    Ok(())
}

fn may_be_banned(membership: &Membership, group: &Group, uid: &Uid) -> Result<(), ApiError> {
    if membership.is_banned {
        let message = format!("The user {uid} is banned from the group {} already.", group.guid);
        return Err(ApiError::new(Code::AlreadyBanned, message));
    }
    if group.owner == *uid {
        let message = format!("The user {uid} owns the group {} and cannot be banned.", group.guid);
        return Err(ApiError::new(Code::GroupNoClearance, message));
    }
    Ok(())
}

fn already_joined(uid: &Uid, guid: &Guid) -> ApiError {
    ApiError::new(Code::AlreadyJoined, format!("The user {uid} belongs to the group {guid} already."))
}

/// A member to be; counts it in `group`, whose snapshot the action message carries.
pub(crate) fn joined(app: &App, actor: &Actor, group: &mut Group, user: &User, slot: Slot) -> Joined {
    group.members_count += 1;
    let scope = match slot {
        Slot::Join(scope) => scope,
        Slot::Ban => Scope::Participant,
    };
    let verb = if actor.uid() == Some(&user.uid) { "joined" } else { "added" };
    let action = action(app, actor, verb, user, group);
    Joined { user: user.clone(), member: Member { uid: user.uid.clone(), scope, joined_at: action.sent_at() }, action }
}

async fn ban(app: &App, actor: &Actor, group: &mut Group, facts: &MemberFacts, user: &User) -> Result<bool, ApiError> {
    let member = facts.memberships.get(&user.uid).and_then(|membership| membership.member.clone());
    if member.is_some() {
        group.members_count = group.members_count.saturating_sub(1);
    }
    let action = action(app, actor, "banned", user, group);
    let is_banned = app.store.ban_member(&group.guid, &user.uid, member.as_ref(), &action).await?;
    if is_banned && member.is_some() {
        crate::conversations::receipts::note_departure(app, group, &user.uid).await?;
    }
    Ok(is_banned)
}

/// The `groupMember` action message: who did what to whom in which group.
pub(crate) fn action(app: &App, actor: &Actor, verb: &str, user: &User, group: &Group) -> Message {
    let id = app.next_id();
    let by = actor.as_user();
    let entities = entity::entities([
        ("by", entity::user(&by, None)),
        ("on", entity::user(user, None)),
        ("for", entity::group(group)),
    ]);
    Message::new(
        id,
        group.conversation(),
        by.uid,
        Receiver::Group(group.guid.clone()),
        (Category::Action, "groupMember".to_owned()),
        Map::from_iter([("action".to_owned(), json!(verb))]),
        entities,
    )
}

/// A group that was created.
#[derive(Debug)]
pub struct Created {
    group: Group,
    /// What the group is to its creator.
    membership: Option<Member>,
    outcomes: Outcomes,
}

impl Created {
    /// The group, with what became of each UID that the body named.
    pub fn view(&self) -> Value {
        let mut view = json!(GroupView::of(&self.group).seen_by(self.membership.as_ref()));
        let outcomes = self.outcomes.view();
        if let (Some(fields), false) = (view.as_object_mut(), self.outcomes.0.is_empty()) {
            fields.insert("members".to_owned(), outcomes);
        }
        view
    }
}

/// A new group with its owner: the one the body names, else the acting user, else the app, which is no member.
///
/// Cost: 2 round trips, and those of [`change`] for members.
pub async fn create_group(app: &App, actor: &Actor, new: NewGroup) -> Result<Created, ApiError> {
    let mut group = new.group;
    group.owner = new.owner.or_else(|| actor.uid().cloned()).unwrap_or_else(Uid::app_system);
    group.password_hash = new.password.as_deref().map(password::hash).transpose()?;
    let owner = if group.owner == Uid::app_system() {
        None
    } else {
        let user = app.store.user(&group.owner).await?.filter(User::is_active);
        let user = user.ok_or_else(|| ApiError::uid_not_found(&group.owner))?;
        group.members_count = 1;
        let member = Member { uid: user.uid.clone(), scope: Scope::Admin, joined_at: app.now() };
        Some((user, member))
    };
    match app.store.create_group(&group, owner.as_ref()).await? {
        store::NewGroup::Done => {}
        store::NewGroup::Exists => {
            return Err(ApiError::new(Code::GuidAlreadyExists, format!("The GUID {} is taken.", group.guid)));
        }
        store::NewGroup::OwnerGone => return Err(ApiError::uid_not_found(&group.owner)),
    }
    let owner = owner.map(|(_, member)| member);
    let outcomes = if new.members.is_empty() {
        Outcomes::default()
    } else {
        // The creator decides who belongs to the group, whoever owns it.
        let outcomes = change(app, &Actor::app(None), &group.guid, &new.members).await?;
        let (current, _) = app.store.group_for(&group.guid, None).await?;
        group = current.unwrap_or(group);
        outcomes
    };
    let membership = owner.filter(|owner| Some(&owner.uid) == actor.uid());
    Ok(Created { group, membership, outcomes })
}
