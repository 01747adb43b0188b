//! Users, groups and members of the data import. Who and what is there stays as it is, and is answered so.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use model::data_import::{self, BroughtGroup, BroughtMember, Entities};
use model::group::{Group, Member, Scope};
use model::group_view::GroupView;
use model::id::MessageId;
use model::member_view::{MemberView, Person};
use model::membership::Membership;
use model::problem::Code;
use model::uid::{Guid, Uid};
use model::user::{User, UserView};
use serde_json::{Value, json};

use super::data_import::{AT_ONCE, Slots};
use crate::app::App;
use crate::error::ApiError;
use crate::groups::password;
use crate::store::import::{Brought, BroughtMembers};
use crate::users::roles;

/// Entities by their keys, not read yet.
type Given<'a> = [(&'a String, &'a Value)];

/// Brings in users. Cost: 1 round trip and 3 write units each; another role than the default one 1 round trip and 1 read
/// unit more; who is there 1 round trip and 1 read unit more.
pub(super) async fn users(app: &App, given: &Given<'_>) -> Slots {
    let bring = |(key, value): &(&String, &Value)| {
        let parsed = Entities::Users.entity(value).and_then(|body| data_import::user(key, body, app.now()));
        let key = (*key).clone();
        async move {
            let user = match parsed {
                Ok(user) => user_there(app, &user).await,
                Err(problem) => Err(problem.into()),
            };
            (key, user.map(|user| json!(UserView::of(&user).with_tags(&user.tags).to_the_app(&user))))
        }
    };
    stream::iter(given.iter().map(bring).collect::<Vec<_>>()).buffer_unordered(AT_ONCE).collect().await
}

/// The user, who is made if they are not there.
pub(super) async fn user_there(app: &App, user: &User) -> Result<User, ApiError> {
    check_user(app, user).await?;
    match app.store.import_user(user, app.now_millis()).await? {
        Brought::Done => Ok(user.clone()),
        // Without one, who has the UID is being deleted.
        Brought::WasThere | Brought::Homeless => app.store.user(&user.uid).await?.ok_or_else(|| uid_taken(&user.uid)),
    }
}

/// Refuses a user who cannot be made.
pub(super) async fn check_user(app: &App, user: &User) -> Result<(), ApiError> {
    if user.uid == Uid::app_system() {
        return Err(uid_taken(&user.uid));
    }
    roles::require_known(app, &user.role).await
}

fn uid_taken(uid: &Uid) -> ApiError {
    ApiError::new(Code::UidAlreadyExists, format!("The UID {uid} is taken."))
}

/// Brings in groups with their owners. Cost: 1 round trip and 1 read unit each; 3 write units, and 6 for an owner, one round
/// trip each.
pub(super) async fn groups(app: &App, given: &Given<'_>) -> Slots {
    let bring = |(key, value): &(&String, &Value)| {
        let parsed = Entities::Groups.entity(value).and_then(|body| data_import::group(key, body, app.now()));
        let key = (*key).clone();
        async move {
            let group = match parsed {
                Ok(brought) => group_there(app, brought).await,
                Err(problem) => Err(problem.into()),
            };
            (key, group.map(|group| json!(GroupView::of(&group).to_the_app(&group))))
        }
    };
    stream::iter(given.iter().map(bring).collect::<Vec<_>>()).buffer_unordered(AT_ONCE).collect().await
}

/// The group, which is made if it is not there.
pub(super) async fn group_there(app: &App, brought: BroughtGroup) -> Result<Group, ApiError> {
    let BroughtGroup { mut group, password, owner } = brought;
    let guid = group.guid.clone();
    let (known, _) = app.store.group_for(&guid, None).await?;
    if let Some(known) = &known
        && (known.owner == Uid::app_system() || known.owner != group.owner)
    {
        return Ok(known.clone());
    }
    let password = password.filter(|_| known.is_none());
    group.password_hash = password.as_deref().map(password::hash).transpose()?;
    let owner = match owner {
        Some(owner) => Some(user_there(app, &owner).await?),
        None if group.owner == Uid::app_system() => None,
        None => Some(app.store.user(&group.owner).await?.ok_or_else(|| ApiError::uid_not_found(&group.owner))?),
    };
    if known.is_none() && app.store.import_group(&group).await? != Brought::Done {
        // Another import made it meanwhile, with an owner of its own.
        let (there, _) = app.store.group_for(&guid, None).await?;
        return there.filter(|there| there.owner != group.owner).ok_or_else(|| guid_taken(&guid));
    }
    if let Some(owner) = owner {
        // Again too, should the first time have ended before.
        let member = Member { is_away: !owner.is_active(), ..Member::new(owner.uid, Scope::Admin, group.created_at) };
        let _: BroughtMembers = app.store.import_members(&guid, &[(member, Some(start(app)))]).await?;
    }
    let (there, _) = app.store.group_for(&guid, None).await?;
    there.ok_or_else(|| guid_taken(&guid))
}

/// Refuses a group that cannot be made, because its owner is neither there nor described; `is_there` knows of some users who are,
/// or will be.
pub(super) async fn check_group(
    app: &App,
    brought: &BroughtGroup,
    is_there: impl Fn(&Uid) -> bool,
) -> Result<(), ApiError> {
    let uid = &brought.group.owner;
    match &brought.owner {
        Some(owner) => check_user(app, owner).await,
        None if *uid == Uid::app_system() || is_there(uid) || app.store.user(uid).await?.is_some() => Ok(()),
        None => Err(ApiError::uid_not_found(uid)),
    }
}

fn guid_taken(guid: &Guid) -> ApiError {
    ApiError::new(Code::GuidAlreadyExists, format!("The GUID {guid} is taken."))
}

/// Up to where nothing is unread for who is brought in now.
fn start(app: &App) -> MessageId {
    MessageId::last_of(app.now_millis())
}

/// Brings in members and bans, group by group. Cost: for each group 1 round trip, 1 read unit and 3 for each user; 1 round trip
/// for each 33, 6 write units for each and 2.
pub(super) async fn members(app: &App, given: &Given<'_>) -> Result<Slots, ApiError> {
    let (mut slots, mut groups) = (Slots::new(), BTreeMap::<Guid, Vec<(String, BroughtMember)>>::new());
    for (key, value) in given {
        let parsed = Entities::Members.entity(value).and_then(|body| data_import::member(key, body, app.now()));
        match parsed {
            Ok(brought) => groups.entry(brought.guid.clone()).or_default().push(((*key).clone(), brought)),
            Err(problem) => slots.push(((*key).clone(), Err(problem.into()))),
        }
    }
    for (guid, members) in groups {
        slots.extend(members_of(app, &guid, members).await?);
    }
    Ok(slots)
}

/// Somebody who is to be brought into a group, by the key of their slot.
struct ToBring {
    key: String,
    brought: BroughtMember,
    /// The user, if they are there.
    user: Option<User>,
}

async fn members_of(app: &App, guid: &Guid, brought: Vec<(String, BroughtMember)>) -> Result<Slots, ApiError> {
    let uids: BTreeSet<&Uid> = brought.iter().map(|(_, brought)| &brought.member.uid).collect();
    let facts = app.store.member_facts(guid, &uids.into_iter().collect::<Vec<_>>()).await?;
    let described = brought.iter().find_map(|(_, brought)| brought.group.clone());
    let to_be = facts.group.clone().or_else(|| described.as_ref().map(|described| described.group.clone()));
    let (mut slots, mut joining, mut named) = (Slots::new(), Vec::new(), BTreeSet::new());
    for (key, brought) in brought {
        let uid = brought.member.uid.clone();
        if !named.insert(uid.clone()) {
            slots.push((key, Err(ApiError::field("uid", format!("is named twice in the group {guid}.")))));
            continue;
        }
        let (user, membership) = (facts.users.get(&uid).cloned(), facts.memberships.get(&uid));
        let n_joining = joining.iter().filter(|it: &&ToBring| !it.brought.is_banned).count() as u64;
        let checked = check_member(app, to_be.as_ref(), &brought, user.as_ref(), membership, n_joining).await;
        match (checked, user) {
            (Err(error), _) => slots.push((key, Err(error))),
            (Ok(Some(member)), Some(user)) => slots.push((key, Ok(member_view(guid, user, member, false)))),
            (Ok(_), user) => joining.push(ToBring { key, brought, user }),
        }
    }
    if let (None, Some(described), false) = (facts.group, described, joining.is_empty())
        && let Err(problem) = group_there(app, described).await.map_err(ApiError::into_problem)
    {
        slots.extend(joining.into_iter().map(|it| (it.key, Err(problem.clone().into()))));
        return Ok(slots);
    }
    slots.extend(bring(app, guid, joining).await?);
    Ok(slots)
}

/// Refuses who cannot be brought into a group that is there or will be, beside so many others; returns the member that they are
/// already.
async fn check_member(
    app: &App,
    group: Option<&Group>,
    brought: &BroughtMember,
    user: Option<&User>,
    membership: Option<&Membership>,
    n_joining: u64,
) -> Result<Option<Member>, ApiError> {
    let (guid, uid, is_banned) = (&brought.guid, &brought.member.uid, brought.is_banned);
    let group = group.ok_or_else(|| ApiError::guid_not_found(guid))?;
    match (user, &brought.user) {
        (Some(_), _) => {}
        (None, Some(described)) => check_user(app, described).await?,
        (None, None) => return Err(ApiError::uid_not_found(uid)),
    }
    data_import::check_joined_at(brought.member.joined_at, group, app.now())?;
    match membership {
        Some(Membership { member: Some(_), .. }) if is_banned => Err(already_joined(guid, uid)),
        Some(Membership { member: Some(member), .. }) => Ok(Some(member.clone())),
        Some(Membership { is_banned: true, .. }) if !is_banned => Err(banned(guid, uid)),
        _ if Group::MAX_MEMBERS <= group.members_count + n_joining && !is_banned => {
            Err(ApiError::new(Code::NoVacancy, format!("The group {guid} has as many members as it can.")))
        }
        _ => Ok(None),
    }
}

fn already_joined(guid: &Guid, uid: &Uid) -> ApiError {
    ApiError::new(Code::AlreadyJoined, format!("The user {uid} is a member of the group {guid}."))
}

fn banned(guid: &Guid, uid: &Uid) -> ApiError {
    ApiError::new(Code::BannedGroupMember, format!("The user {uid} is banned from the group {guid}."))
}

/// Makes users who are not there, and them all members or banned; whom somebody made the other meanwhile stays that.
async fn bring(app: &App, guid: &Guid, joining: Vec<ToBring>) -> Result<Slots, ApiError> {
    let (mut slots, mut members, mut bans) = (Slots::new(), Vec::new(), Vec::new());
    for ToBring { key, brought, user } in joining {
        let user = match (user, &brought.user) {
            (None, Some(described)) => user_there(app, described).await,
            (user, _) => user.ok_or_else(|| ApiError::uid_not_found(&brought.member.uid)),
        };
        match user {
            Ok(user) => {
                let member = Member { is_away: !user.is_active(), ..brought.member };
                if brought.is_banned { &mut bans } else { &mut members }.push((key, user, member));
            }
            Err(error) => slots.push((key, Err(error))),
        }
    }
    let rows: Vec<Member> = bans.iter().map(|(.., ban)| ban.clone()).collect();
    let joined = app.store.import_bans(guid, &rows).await?;
    slots.extend(bans.into_iter().map(|(key, user, ban)| {
        let is_member = joined.contains(&ban.uid);
        let view = |ban: Member| member_view(guid, user, ban, true);
        (key, if is_member { Err(already_joined(guid, &ban.uid)) } else { Ok(view(ban)) })
    }));
    let rows: Vec<_> = members.iter().map(|(.., member)| (member.clone(), Some(start(app)))).collect();
    let brought = app.store.import_members(guid, &rows).await?;
    slots.extend(members.into_iter().map(|(key, user, member)| {
        let outcome = match &brought {
            BroughtMembers::Homeless => Err(ApiError::guid_not_found(guid)),
            BroughtMembers::Done { banned: these } if these.contains(&member.uid) => Err(banned(guid, &member.uid)),
            BroughtMembers::Done { .. } => Ok(member_view(guid, user, member, false)),
        };
        (key, outcome)
    }));
    Ok(slots)
}

fn member_view(guid: &Guid, user: User, member: Member, is_banned: bool) -> Value {
    let id = format!("{guid}_member_{}", user.uid);
    let view = MemberView::of(&Person { user, member }, None);
    let mut view = json!(if is_banned { view.banned() } else { view });
    if let Some(fields) = view.as_object_mut() {
        fields.insert("memberId".to_owned(), json!(id));
        fields.insert("guid".to_owned(), json!(guid));
    }
    view
}
