//! Members: adding and joining, each with its action message (contract/related.md, "Group members and bans"), and how
//! every change of a membership is told.

use serde_json::{Map, json};

use super::bans::ban_allowed;
use super::clearance::{allowed, clearance, facts, may_be_added};
use super::join_check::JoinCheck;
use crate::app::App;
use crate::error::ApiError;
use crate::id_draws::IdDraws;
use crate::identity::Actor;
use crate::messages::{access, render};
use crate::store::group::MemberFacts;
use crate::store::member::{Joined, MEMBERS_PER_TRANSACTION};
use crate::store::message_change::Changed;
use model::entity;
use model::event::{Audience, Event, EventKind, MemberChange};
use model::group::{Group, Member, NewMembers, Scope, Slot};
use model::id::MessageId;
use model::message::{Category, Message, Receiver};
use model::message_view::MessageView;
use model::outcome::MemberOutcomes;
use model::problem::{Code, Problem};
use model::uid::{Guid, Uid};
use model::user::User;

/// Adds and bans as `members` says; one that fails does not fail the others.
///
/// Cost: 1 round trip to know, 1 for every 12 joins, 1 for each ban.
pub async fn change(app: &App, actor: &Actor, guid: &Guid, members: &NewMembers) -> Result<MemberOutcomes, ApiError> {
    change_as(app, actor, None, guid, members).await
}

/// [`change`] by who has just created the group: they decide who belongs to it, whoever owns it.
pub(super) async fn change_as_creator(
    app: &App,
    actor: &Actor,
    guid: &Guid,
    members: &NewMembers,
) -> Result<MemberOutcomes, ApiError> {
    change_as(app, actor, Some(Scope::Admin), guid, members).await
}

/// [`change`] with the scope `given`, or else that of the actor.
async fn change_as(
    app: &App,
    actor: &Actor,
    given: Option<Scope>,
    guid: &Guid,
    members: &NewMembers,
) -> Result<MemberOutcomes, ApiError> {
    let left = members.iter().map(|(uid, slot)| (uid.clone(), slot)).collect();
    let mut change =
        Change { app, actor, given, left, draws: IdDraws::above(app, None), outcomes: MemberOutcomes::default() };
    loop {
        let (facts, mut group) = facts(app, actor, guid, &change.left).await?;
        let (joins, bans) = change.sort(&group, &facts)?;
        change.add(&mut group, &joins).await?;
        change.ban(&mut group, &facts, bans).await?;
        if change.left.is_empty() {
            return Ok(change.outcomes);
        }
        change.draws.again(None).await?;
    }
}

/// Whom to add with which scope, and whom to ban.
type Sorted = (Vec<(User, Scope)>, Vec<User>);

/// A change of members that goes on until nobody is left of whom it is not known what became.
struct Change<'c> {
    app: &'c App,
    actor: &'c Actor,
    given: Option<Scope>,
    draws: IdDraws<'c>,
    left: Vec<(Uid, Slot)>,
    outcomes: MemberOutcomes,
}

impl Change<'_> {
    /// Decides of everybody; of those who may be neither added nor banned it is noted why not.
    fn sort(&mut self, group: &Group, facts: &MemberFacts) -> Result<Sorted, ApiError> {
        let clearance = self.given.map_or_else(|| clearance(self.actor, facts, &group.guid), Ok)?;
        let (mut joins, mut bans) = (Vec::new(), Vec::new());
        for (uid, slot) in self.left.drain(..) {
            match (allowed(self.actor, group, clearance, facts, &uid, slot), slot) {
                (Ok(user), Slot::Join(scope)) => joins.push((user.clone(), scope)),
                (Ok(user), Slot::Ban) => bans.push(user.clone()),
                (Err(error), _) => self.outcomes.set(&uid, slot, Err(error.into_problem())),
            }
        }
        Ok((joins, bans))
    }

    async fn add(&mut self, group: &mut Group, joins: &[(User, Scope)]) -> Result<(), ApiError> {
        for some in joins.chunks(MEMBERS_PER_TRANSACTION) {
            let slots = some.iter().map(|(user, scope)| (user.uid.clone(), Slot::Join(*scope)));
            let added = add(self.app, &mut self.draws, self.actor, group, some).await;
            match told_of_each(added, self.given)? {
                Ok(Some(added)) => note_added(self.app, &added, &mut self.outcomes).await,
                Ok(None) => self.left.extend(slots),
                Err(problem) => slots.for_each(|(uid, slot)| self.outcomes.set(&uid, slot, Err(problem.clone()))),
            }
        }
        Ok(())
    }

    async fn ban(&mut self, group: &mut Group, facts: &MemberFacts, users: Vec<User>) -> Result<(), ApiError> {
        for user in users {
            let banned = ban_allowed(self.app, &mut self.draws, self.actor, group, facts, &user).await;
            match told_of_each(banned, self.given)? {
                Ok(Changed::Done) => self.outcomes.set(&user.uid, Slot::Ban, Ok(None)),
                Ok(Changed::DrawAgain(last)) => {
                    self.draws.again(last).await?;
                    self.left.push((user.uid, Slot::Ban));
                }
                Ok(Changed::Stale) => self.left.push((user.uid, Slot::Ban)),
                Err(problem) => self.outcomes.set(&user.uid, Slot::Ban, Err(problem)),
            }
        }
        Ok(())
    }
}

/// What is done, or why one part was postponed, where that is told of each user by itself: who has just created the group
/// would not go on by asking for it again.
fn told_of_each<T>(done: Result<T, ApiError>, given: Option<Scope>) -> Result<Result<T, Problem>, ApiError> {
    match done {
        Err(error) if given.is_some() && error.code() == Code::TooManyRequests => Ok(Err(error.into_problem())),
        done => done.map(Ok),
    }
}

/// Adds users in one transaction, counts them in `group`, and returns how they were added; nothing if any of them is not as
/// they were read.
pub(super) async fn add(
    app: &App,
    draws: &mut IdDraws<'_>,
    actor: &Actor,
    group: &mut Group,
    users: &[(User, Scope)],
) -> Result<Option<Vec<Joined>>, ApiError> {
    let members_count = group.members_count;
    loop {
        let joined = |(user, scope): &(User, Scope)| joined(app, draws.draw(), actor, group, user, *scope);
        let added: Vec<Joined> = users.iter().map(joined).collect();
        let changed = app.store.add_members(&group.guid, &added).await?;
        if changed == Changed::Done {
            return Ok(Some(added));
        }
        group.members_count = members_count;
        match changed {
            Changed::DrawAgain(last) => draws.again(last).await?,
            Changed::Done | Changed::Stale => return Ok(None),
        }
    }
}

async fn note_added(app: &App, added: &[Joined], outcomes: &mut MemberOutcomes) {
    for Joined { member, action, .. } in added {
        let sent = render::sent(app, action, None).await;
        outcomes.set(&member.uid, Slot::Join(member.scope), sent.map(Some).map_err(ApiError::into_problem));
    }
}

/// The acting user joins by themselves.
///
/// Cost: 2 round trips; 1 more and a write unit where a password is said.
pub async fn join(app: &App, actor: &Actor, guid: &Guid, password: Option<&str>) -> Result<MessageView, ApiError> {
    let user = access::require_acting_user(actor)?;
    let (mut draws, joining) = (IdDraws::above(app, None), [(user.clone(), Scope::Participant)]);
    let mut check = JoinCheck::new(password);
    loop {
        let (facts, mut group) = facts(app, actor, guid, &[]).await?;
        let is_here = facts.users.get(&user.uid).is_some_and(|now| now.is_active() && now.born_id == user.born_id);
        if !is_here {
            return Err(ApiError::uid_not_found(&user.uid));
        }
        may_be_added(&facts, &group, user)?;
        check.pass(app, &group, &user.uid).await?;
        if let Some([joined]) = add(app, &mut draws, actor, &mut group, &joining).await?.as_deref() {
            return render::sent(app, &joined.action, None).await;
        }
        draws.again(None).await?;
    }
}

/// A member to be; counts it in `group`, whose snapshot the action message carries.
fn joined(app: &App, id: MessageId, actor: &Actor, group: &mut Group, user: &User, scope: Scope) -> Joined {
    group.members_count += 1;
    let (verb, change) = match actor.uid() == Some(&user.uid) {
        true => ("joined", MemberChange::Joined),
        false => ("added", MemberChange::Added),
    };
    let action = action(id, actor, verb, user, group);
    let event = event(app, actor, &action, &group.guid, &user.uid, change);
    let member = Member::new(user.uid.clone(), scope, action.sent_at());
    Joined { user: user.clone(), member, action, event }
}

/// The `groupMember` action message: who did what to whom in which group.
pub(super) fn action(id: MessageId, actor: &Actor, verb: &str, user: &User, group: &Group) -> Message {
    let by = actor.as_user();
    let entities = entity::entities([
        ("by", entity::user(&by, None)),
        ("on", entity::user(user, None)),
        ("for", entity::group(group)),
    ]);
    let mut action = Message::new(
        id,
        group.conversation(),
        by.uid,
        Receiver::Group(group.guid.clone()),
        (Category::Action, "groupMember".to_owned()),
        Map::from_iter([("action".to_owned(), json!(verb))]),
        entities,
    );
    action.members_count = Some(group.members_count);
    action
}

/// The event of what becomes of a membership; the row of its action message carries it.
pub(super) fn event(app: &App, actor: &Actor, action: &Message, guid: &Guid, uid: &Uid, change: MemberChange) -> Event {
    let kind = EventKind::Member { change, uid: uid.clone(), action: Some(action.id) };
    app.event(&actor.origin(), Audience::Group(guid.clone()), kind)
}
