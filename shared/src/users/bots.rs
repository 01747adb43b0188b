//! Bots: made, listed, changed, unmade.

use crate::app::App;
use crate::error::ApiError;
use crate::id_walk::IdWalk;
use crate::store::id_index::IdIndex;
use crate::store::limited::{Creation, Removal};
use model::bot::{Bot, BotChange};
use model::paging::{NumberedPage, PageNumber};
use model::problem::Code;
use model::uid::Uid;

/// Makes an active user a bot.
///
/// Cost: 2 round trips, 1 read unit, 5 write units.
pub async fn create(app: &App, bot: &Bot) -> Result<(), ApiError> {
    crate::users::account::active(app, &bot.uid).await?;
    match app.store.create_bot(bot).await? {
        Creation::Done => {
            app.webhooks.forget();
            Ok(())
        }
        Creation::Exists => {
            Err(ApiError::new(Code::BotAlreadyExists, format!("The user {} is a bot already.", bot.uid)))
        }
        Creation::Full => {
            let message = format!("There are {} bots, the most there can be; delete one first.", Bot::MAX);
            Err(ApiError::new(Code::QuotaReached, message))
        }
    }
}

/// A page of the bots, by UID.
///
/// Cost: 2 round trips, 51 read units at the most.
pub async fn page(app: &App, page: PageNumber) -> Result<NumberedPage<Bot>, ApiError> {
    let uids = IdWalk::new(&app.store, &[IdIndex::Bots], "", page.start())
        .page(&page, false, |name| Uid::parse(&name).ok())
        .await?;
    let bots = app.store.bots(&uids.items).await?;
    Ok(uids.with(bots, |uid, bot| *uid == bot.uid))
}

/// The bot that a path names. Cost: 1 round trip, 2 read units.
pub async fn find(app: &App, uid: &Uid) -> Result<Bot, ApiError> {
    app.store.bot(uid).await?.ok_or_else(|| not_found(uid))
}

/// Changes a bot. Cost: 1 round trip, 1 write unit.
pub async fn change(app: &App, uid: &Uid, change: &BotChange) -> Result<Bot, ApiError> {
    if change.is_empty() {
        return Err(ApiError::new(Code::BadRequest, "The body contains no field that can be updated."));
    }
    let changed = app.store.change_bot(uid, change).await?.ok_or_else(|| not_found(uid))?;
    app.webhooks.forget();
    Ok(changed)
}

/// Makes a bot a plain user; the user and its messages stay. Cost: 1 round trip, 5 write units.
pub async fn delete(app: &App, uid: &Uid) -> Result<(), ApiError> {
    match app.store.delete_bot(uid).await? {
        Removal::Done => Ok(()),
        Removal::Unknown => Err(not_found(uid)),
    }
}

fn not_found(uid: &Uid) -> ApiError {
    ApiError::new(Code::BotNotFound, format!("The user {uid} is no bot."))
}
