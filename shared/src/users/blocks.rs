//! Blocking: whom a user does not want to hear from.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::app::App;
use crate::error::ApiError;
use crate::groups::members::slot;
use model::paging::{NumberedPage, PageNumber};
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

/// Blocks each of `others` that exists: `{uid: {success, message|error}}`. Blocking again changes nothing.
///
/// Cost: 2 round trips for each 50, 4 read and 2 write units for each.
pub async fn block(app: &App, uid: &Uid, others: &[Uid]) -> Result<Value, ApiError> {
    let (known, mut slots) = known(app, uid, others).await?;
    let relations = app.store.relations(uid, &known.iter().collect::<Vec<_>>()).await?;
    let is_new = |other: &&Uid| !relations.get(*other).is_some_and(Relation::is_blocked_by_me);
    app.store.block_all(uid, &known.iter().filter(is_new).cloned().collect::<Vec<_>>(), app.now()).await?;
    for other in &known {
        slots.insert(other.to_string(), told(format!("The user {uid} has blocked {other}.")));
    }
    Ok(Value::Object(slots))
}

/// Unblocks each of `others` that exists; unblocking again changes nothing.
///
/// Cost: 1 round trip for each 100 to know and one to unblock, 1 read and 2 write units for each.
pub async fn unblock(app: &App, uid: &Uid, others: &[Uid]) -> Result<Value, ApiError> {
    let (known, mut slots) = known(app, uid, others).await?;
    app.store.unblock_all(uid, &known).await?;
    for other in &known {
        slots.insert(other.to_string(), told(format!("The user {uid} no longer blocks {other}.")));
    }
    Ok(Value::Object(slots))
}

/// A page of the users whom `uid` has blocked; those who are deactivated are left out of their page.
///
/// Cost: 1 round trip and 1 read unit for about 50 blocks, then 3 read units a user on the page.
pub async fn page(app: &App, uid: &Uid, page: PageNumber) -> Result<NumberedPage<Blocked>, ApiError> {
    let page = NumberedPage::of(app.store.blocked_by(uid).await?, page);
    let uids: Vec<&Uid> = page.items.iter().map(|block| &block.uid).collect();
    let users = app.store.users(&uids).await?;
    let mut relations: HashMap<Uid, Relation> = app.store.relations(uid, &uids).await?;
    let blocked = users.into_iter().filter(User::is_active).filter_map(|user| {
        let relation = relations.remove(&user.uid)?;
        Some(Blocked { user, relation })
    });
    let blocked = blocked.collect();
    Ok(page.with(blocked))
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
        slots.insert(other.to_string(), slot::<()>(Err(&refusal)));
    }
    Ok((known, slots))
}

fn told(message: String) -> Value {
    json!({ "success": true, "message": message })
}
