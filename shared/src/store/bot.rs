//! Bots: rows of their users, counted, because an app has only so many.

use super::error::StoreError;
use super::keys::{self, Key};
use super::limited::{self, Creation, Refused, Removal};
use super::transaction::{Condition, EXISTS, IS_NEW, Untold, Update, item};
use super::{Found, Store};
use model::bot::{Bot, BotChange};
use model::uid::Uid;
use model::user::User;

impl Store {
    /// A bot whose user is active. Cost: 1 round trip, 2 read units.
    pub async fn bot(&self, uid: &Uid) -> Result<Option<Bot>, StoreError> {
        Ok(self.bots(std::slice::from_ref(uid)).await?.pop())
    }

    /// Those of `uids` that are bots of active users, in their order. Cost: 1 round trip, 2 read units for each.
    pub async fn bots(&self, uids: &[Uid]) -> Result<Vec<Bot>, StoreError> {
        let found = self.get_all(uids.iter().flat_map(|uid| [Key::user(uid), Key::bot(uid)]).collect()).await?;
        uids.iter().filter_map(|uid| read_bot(&found, uid).transpose()).collect()
    }

    /// Makes a user a bot. Cost: 1 round trip; 4 write units and 1 for the index.
    pub async fn create_bot(&self, bot: &Bot) -> Result<Creation, StoreError> {
        let mut row = item(&Key::bot(&bot.uid), bot)?;
        row.extend(keys::listed_bot(&bot.uid).map(|(name, value)| (name.to_owned(), value)));
        let count = Update::of(&Key::bot_count()).one_more("bots", Bot::MAX);
        let tx = self.transaction().put_item_if(row, Condition::new(IS_NEW)).or(Refused::Exists);
        limited::create(tx, count).await
    }

    /// Changes a bot and returns it; `None` if it is none. Cost: 1 round trip, 1 write unit.
    pub async fn change_bot(&self, uid: &Uid, change: &BotChange) -> Result<Option<Bot>, StoreError> {
        self.apply(
            Update::of(&Key::bot(uid)).set_all(serde_dynamo::to_item(change)?).when(EXISTS).untold(Untold::OwnAffair),
        )
        .await
    }

    /// Makes a bot a plain user. Cost: 1 round trip; 4 write units and 1 for the index.
    pub async fn delete_bot(&self, uid: &Uid) -> Result<Removal, StoreError> {
        let tx = self.transaction().delete_existing(&Key::bot(uid)).or(Refused::Unknown);
        limited::remove(tx, Update::of(&Key::bot_count()).add("bots", -1)).await
    }
}

fn read_bot(found: &Found, uid: &Uid) -> Result<Option<Bot>, StoreError> {
    let user: Option<User> = found.get(&Key::user(uid))?;
    if user.is_some_and(|user| user.is_active()) { found.get(&Key::bot(uid)) } else { Ok(None) }
}
