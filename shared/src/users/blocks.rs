//! Blocking: whom a user does not want to hear from.

use std::collections::{BTreeSet, HashMap};

use futures_util::try_join;
use serde_json::{Map, Value, json};
use strum::EnumString;

use crate::app::App;
use crate::error::ApiError;
use crate::identity::{self, Caller};
use crate::messages::access;
use crate::parts;
use crate::store::block::{BlockChange, Blocking};
use crate::store::has_spent;
use crate::store::partition::Rows;
use crate::users::account;
use crate::users::list::profiles;
use model::event::{Audience, EventKind, Origin};
use model::fields;
use model::outcome::slot;
use model::paging::{NumberedPage, PageNumber, Pager};
use model::problem::Code;
use model::uid::Uid;
use model::user::{Relation, User};

/// A blocked user, and how the two stand.
#[derive(Clone, Debug)]
pub struct Blocked {
    /// The user.
    pub user: User,
    /// Since when they are blocked, and whether they block in turn.
    pub relation: Relation,
}

/// Which blocks are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "camelCase")]
pub enum Direction {
    /// Those by the user.
    #[default]
    BlockedByMe,
    /// Those of the user by others.
    HasBlockedMe,
    /// All of these.
    Both,
}

impl Direction {
    /// Reads `blockedByMe`, `hasBlockedMe` or `both`.
    pub fn parse(raw: &str) -> Result<Direction, &'static str> {
        raw.parse().map_err(|_| "must be blockedByMe, hasBlockedMe or both.")
    }

    fn shows(self, relation: &Relation) -> bool {
        match self {
            Direction::BlockedByMe => relation.is_blocked_by_me(),
            Direction::HasBlockedMe => relation.has_blocked_me(),
            Direction::Both => true,
        }
    }
}

/// How many blocks are read at once.
const BLOCKS_AT_ONCE: usize = 1_001;
/// Which share of the request's bound may be spent before further blocks are read.
const SHARE: f64 = 0.4;

/// Whose blocks a request is about, and who asks.
#[derive(Clone, Debug)]
pub struct Owner {
    /// Who blocks.
    pub user: User,
    /// The origin of what the request does.
    pub origin: Origin,
}

/// Whose blocks a request is about: those of the user whom the path names, for the app and for themselves; without one
/// those of the acting user.
///
/// Cost: at most 1 round trip beyond [`identity::identity`]'s.
pub async fn owner(app: &App, caller: &Caller, named: Option<&Uid>) -> Result<Owner, ApiError> {
    let Some(uid) = named else {
        let actor = identity::actor(app, caller).await?;
        return Ok(Owner { user: access::require_acting_user(&actor)?.clone(), origin: actor.origin() });
    };
    let origin = identity::app_or_self(app, caller, uid).await?.origin();
    Ok(Owner { user: account::active(app, uid).await?, origin })
}

/// The distinct UIDs in `blockedUids` of a body.
pub fn named(body: &Map<String, Value>) -> Result<Vec<Uid>, ApiError> {
    Ok(fields::uids(body, "blockedUids")?)
}

/// Blocks each of `others` that exists: `{uid: {success, message|error}}`. Blocking again changes nothing.
///
/// Cost: 2 round trips for each 49, 4 read and 4 write units for each, and 2 write units.
pub async fn block(app: &App, owner: &Owner, others: &[Uid]) -> Result<Value, ApiError> {
    let uid = &owner.user.uid;
    let (known, mut slots) = known(app, uid, others).await?;
    let relations = app.store.relations(uid, &known.iter().collect::<Vec<_>>()).await?;
    let is_new = |other: &&Uid| !relations.get(*other).is_some_and(Relation::is_blocked_by_me);
    let blocks: Vec<BlockChange> = known
        .iter()
        .filter(is_new)
        .map(|other| change(app, owner, other, EventKind::UserBlocked { other: other.clone() }))
        .collect();
    if app.store.block_all(&owner.user, &blocks, app.now()).await? == Blocking::UserGone {
        return Err(ApiError::uid_not_found(uid));
    }
    for other in &known {
        slots.insert(other.to_string(), outcome(format!("The user {uid} has blocked {other}.")));
    }
    Ok(Value::Object(slots))
}

/// Unblocks each of `others` that exists; unblocking again changes nothing.
///
/// Cost: 1 round trip for each 100 to know, one for each 49 to unblock, 1 read and 4 write units for each; one round trip
/// more if one of them is not blocked.
pub async fn unblock(app: &App, owner: &Owner, others: &[Uid]) -> Result<Value, ApiError> {
    let uid = &owner.user.uid;
    let (known, mut slots) = known(app, uid, others).await?;
    let blocks: Vec<BlockChange> = known
        .iter()
        .map(|other| change(app, owner, other, EventKind::UserUnblocked { other: other.clone() }))
        .collect();
    app.store.unblock_all(uid, &blocks).await?;
    for other in &known {
        slots.insert(other.to_string(), outcome(format!("The user {uid} no longer blocks {other}.")));
    }
    Ok(Value::Object(slots))
}

/// The event is for who blocks first, and then for the other: the contract tells them, too, who has blocked them
/// (`hasBlockedMe` of every user that they see, and the list `direction=hasBlockedMe`), so it is no secret, and what they
/// hold would be out of date without it.
fn change(app: &App, owner: &Owner, other: &Uid, kind: EventKind) -> BlockChange {
    let audience = Audience::Users(owner.user.uid.clone(), other.clone());
    let event = app.event(&owner.origin, audience, kind);
    BlockChange { other: other.clone(), event }
}

/// A page of the users whom `uid` has blocked or who have blocked `uid`, by UID; those who are deactivated are left out of
/// their page.
///
/// Cost: 1 round trip and 1 read unit for about 30 blocks up to the page's end, for each direction at once; then a read unit
/// a user on the page and that of `Store::relations_on_page`.
pub async fn page(
    app: &App,
    uid: &Uid,
    direction: Direction,
    page: &PageNumber,
) -> Result<NumberedPage<Blocked>, ApiError> {
    let mut page = others(app, uid, direction, page).await?;
    let users = parts::of(&page.items, |part| profiles(app, part)).await?;
    page.cut(users.len());
    let uids: Vec<&Uid> = page.items.iter().collect();
    let mut relations: HashMap<Uid, Relation> = app.store.relations_on_page(uid, &uids).await?;
    let blocked = users.into_iter().flatten().filter(User::is_active).filter_map(|user| {
        let relation = relations.remove(&user.uid).filter(|relation| direction.shows(relation))?;
        Some(Blocked { user, relation })
    });
    let blocked = blocked.collect();
    Ok(page.with(blocked, |uid, blocked: &Blocked| *uid == blocked.user.uid))
}

/// A page of everybody with whom `uid` has a block in this direction.
async fn others(app: &App, uid: &Uid, direction: Direction, page: &PageNumber) -> Result<NumberedPage<Uid>, ApiError> {
    let mut after = page.start().and_then(|name| Uid::parse(name).ok());
    // All are counted, as far as the request may read; who goes on from a name is told no count.
    let mut pager = Pager::new(page.clone(), page.start().is_none());
    while pager.wants_more() {
        let most = BLOCKS_AT_ONCE;
        let mine = async {
            match direction {
                Direction::HasBlockedMe => Ok(Rows { rows: Vec::new(), rest: None }),
                _ => app.store.some_blocked_by(uid, after.as_ref(), most).await,
            }
        };
        let theirs = async {
            match direction {
                Direction::BlockedByMe => Ok(Rows { rows: Vec::new(), rest: None }),
                _ => app.store.some_blockers_of(uid, after.as_ref(), most).await,
            }
        };
        let (mine, theirs) = try_join!(mine, theirs)?;
        // Both lists are known up to where the first of them was not read to its end.
        let ends = [&mine.rest, &theirs.rest].into_iter().flatten();
        let end: Option<Uid> = ends.filter_map(|rest| Uid::parse(rest.name()?).ok()).min();
        let found: BTreeSet<Uid> = mine.rows.into_iter().chain(theirs.rows).map(|block| block.uid).collect();
        found.into_iter().filter(|uid| end.as_ref().is_none_or(|end| uid <= end)).for_each(|uid| pager.push(uid));
        match end {
            None => pager.end(),
            Some(end) if has_spent(SHARE) => pager.stop(end.as_str()),
            Some(end) => after = Some(end),
        }
    }
    Ok(pager.finish())
}

/// Who of `others` exists, and the slots of those who do not or are the user themselves.
async fn known(app: &App, uid: &Uid, others: &[Uid]) -> Result<(Vec<Uid>, Map<String, Value>), ApiError> {
    let users = app.store.users(&others.iter().collect::<Vec<_>>()).await?;
    let (mut known, mut slots) = (Vec::new(), Map::new());
    for other in others {
        let refusal = if other == uid {
            ApiError::new(Code::CannotBlockSelf, format!("The user {uid} cannot block themselves."))
        } else if users.iter().any(|user| user.uid == *other && user.is_active()) {
            known.push(other.clone());
            continue;
        } else {
            ApiError::uid_not_found(other)
        };
        slots.insert(other.to_string(), slot::<()>(Err(refusal.view())));
    }
    Ok((known, slots))
}

fn outcome(message: String) -> Value {
    json!({ "success": true, "message": message })
}
