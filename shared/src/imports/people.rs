//! Users, groups and members of the data import. Who and what is there stays as it is, and is answered so.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use model::archive::{BanRecord, Record};
use model::data_import::{self, BroughtGroup, BroughtMember, Entities};
use model::group::{Group, Member, Scope};
use model::group_view::GroupView;
use model::id::MessageId;
use model::member_view::{MemberView, Person};
use model::problem::Code;
use model::uid::{Guid, Uid};
use model::user::{User, UserView};
use serde_json::{Value, json};

use super::data_import::{AT_ONCE, Slots};
use crate::app::App;
use crate::error::ApiError;
use crate::groups::password;
use crate::store::import::Brought;
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
    let taken = || ApiError::new(Code::UidAlreadyExists, format!("The UID {} is taken.", user.uid));
    if user.uid == Uid::app_system() {
        return Err(taken());
    }
    roles::require_known(app, &user.role).await?;
    match app.store.import_user(user, app.now_millis()).await? {
        Brought::Done => Ok(user.clone()),
        // Without one, who has the UID is being deleted.
        Brought::WasThere | Brought::Homeless => app.store.user(&user.uid).await?.ok_or_else(taken),
    }
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
    let owner = match owner {
        Some(owner) => Some(user_there(app, &owner).await?),
        None if group.owner == Uid::app_system() => None,
        None => Some(app.store.user(&group.owner).await?.ok_or_else(|| ApiError::uid_not_found(&group.owner))?),
    };
    if known.is_none() {
        group.password_hash = password.as_deref().map(password::hash).transpose()?;
        if app.store.import_group(&group).await? != Brought::Done {
            // Another import made it meanwhile, with an owner of its own.
            let (there, _) = app.store.group_for(&guid, None).await?;
            return there.filter(|there| there.owner != group.owner).ok_or_else(|| guid_taken(&guid));
        }
    }
    if let Some(owner) = owner {
        // Again too, should the first time have ended before.
        let member = Member { is_away: !owner.is_active(), ..Member::new(owner.uid, Scope::Admin, group.created_at) };
        let _: Brought = app.store.import_members(&guid, &[(member, Some(start(app)))]).await?;
    }
    let (there, _) = app.store.group_for(&guid, None).await?;
    there.ok_or_else(|| guid_taken(&guid))
}

fn guid_taken(guid: &Guid) -> ApiError {
    ApiError::new(Code::GuidAlreadyExists, format!("The GUID {guid} is taken."))
}

/// Up to where nothing is unread for who is brought in now.
fn start(app: &App) -> MessageId {
    MessageId::last_of(app.now_millis())
}

/// Brings in members and bans, group by group. Cost: for each group 1 round trip, 1 read unit and 3 for each user; 1 round trip
/// for each 40, 4 write units for each and 2.
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

async fn members_of(app: &App, guid: &Guid, brought: Vec<(String, BroughtMember)>) -> Result<Slots, ApiError> {
    let uids: BTreeSet<&Uid> = brought.iter().map(|(_, brought)| &brought.member.uid).collect();
    let facts = app.store.member_facts(guid, &uids.into_iter().collect::<Vec<_>>()).await?;
    let described = brought.iter().find_map(|(_, brought)| brought.group.clone());
    let group = match (facts.group, described) {
        (Some(group), _) => Ok(group),
        (None, Some(described)) => group_there(app, described).await,
        (None, None) => Err(ApiError::guid_not_found(guid)),
    };
    let group = match group.map_err(ApiError::into_problem) {
        Ok(group) => group,
        Err(problem) => {
            return Ok(brought.into_iter().map(|(key, _)| (key, Err(problem.clone().into()))).collect());
        }
    };
    let (mut slots, mut joined, mut banned) = (Slots::new(), Vec::new(), Vec::new());
    let mut named = BTreeSet::new();
    for (key, BroughtMember { member, is_banned, user, .. }) in brought {
        if !named.insert(member.uid.clone()) {
            slots.push((key, Err(ApiError::field("uid", format!("is named twice in the group {guid}.")))));
            continue;
        }
        let known = facts.users.get(&member.uid).cloned();
        let membership = facts.memberships.get(&member.uid).cloned().unwrap_or_default();
        let room = Group::MAX_MEMBERS.saturating_sub(group.members_count + joined.len() as u64);
        let outcome = async {
            let user = match (known, user) {
                (Some(user), _) => user,
                (None, Some(described)) => user_there(app, &described).await?,
                (None, None) => return Err(ApiError::uid_not_found(&member.uid)),
            };
            data_import::check_joined_at(member.joined_at, &group, app.now())?;
            if let Some(member) = membership.member {
                let message = format!("The user {} is a member of the group {guid}.", member.uid);
                return if is_banned { Err(ApiError::new(Code::AlreadyJoined, message)) } else { Ok((user, member)) };
            }
            if membership.is_banned && !is_banned {
                let message = format!("The user {} is banned from the group {guid}.", member.uid);
                return Err(ApiError::new(Code::BannedGroupMember, message));
            }
            if room == 0 && !is_banned {
                return Err(ApiError::new(Code::NoVacancy, format!("The group {guid} has as many members as it can.")));
            }
            let member = Member { is_away: !user.is_active(), ..member };
            match is_banned {
                true => banned.push(Record::from(BanRecord::new(guid.clone(), member.clone()))),
                false => joined.push((member.clone(), Some(start(app)))),
            }
            Ok((user, member))
        };
        let outcome = outcome.await.map(|(user, member)| member_view(guid, user, member, is_banned));
        slots.push((key, outcome));
    }
    app.store.import_rows(&banned).await?;
    let _: Brought = app.store.import_members(guid, &joined).await?;
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
