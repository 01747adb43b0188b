//! Bots: rows of their users, counted, because an app has only so many.

use super::error::StoreError;
use super::keys::{self, Key};
use super::transaction::{Commit, Condition, EXISTS, IS_NEW, Untold, Update, item};
use super::{Found, Store};
use model::bot::{Bot, BotChange};
use model::uid::Uid;
use model::user::User;

/// How making a bot ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` made it"]
pub enum NewBot {
    /// It is one now.
    Done,
    /// It was one before.
    Exists,
    /// There are as many bots as there can be.
    Full,
}

/// How unmaking a bot ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` unmade it"]
pub enum BotDeletion {
    /// It is a plain user now.
    Done,
    /// It was none.
    NoBot,
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    Exists,
    Full,
    NoBot,
}

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
    pub async fn create_bot(&self, bot: &Bot) -> Result<NewBot, StoreError> {
        let mut row = item(&Key::bot(&bot.uid), bot)?;
        row.extend(keys::listed_bot(&bot.uid).map(|(name, value)| (name.to_owned(), value)));
        let count = Update::of(&Key::bot_count()).one_more("bots", Bot::MAX);
        let tx = self.transaction().put_item_if(row, Condition::new(IS_NEW)).or(Refused::Exists);
        Ok(match tx.update(count).or(Refused::Full).untold(Untold::OwnAffair).commit().await? {
            Commit::Done => NewBot::Done,
            Commit::Refused(refused) if refused.iter().any(|(meaning, _)| *meaning == Some(Refused::Exists)) => {
                NewBot::Exists
            }
            Commit::Refused(_) => NewBot::Full,
        })
    }

    /// Changes a bot and returns it; `None` if it is none. Cost: 1 round trip, 1 write unit.
    pub async fn change_bot(&self, uid: &Uid, change: &BotChange) -> Result<Option<Bot>, StoreError> {
        self.apply(
            Update::of(&Key::bot(uid)).set_all(serde_dynamo::to_item(change)?).when(EXISTS).untold(Untold::OwnAffair),
        )
        .await
    }

    /// Makes a bot a plain user. Cost: 1 round trip; 4 write units and 1 for the index.
    pub async fn delete_bot(&self, uid: &Uid) -> Result<BotDeletion, StoreError> {
        let tx = self.transaction().delete_existing(&Key::bot(uid)).or(Refused::NoBot);
        let tx = tx.update(Update::of(&Key::bot_count()).add("bots", -1)).untold(Untold::OwnAffair);
        Ok(tx.commit().await?.either(BotDeletion::Done, BotDeletion::NoBot))
    }
}

fn read_bot(found: &Found, uid: &Uid) -> Result<Option<Bot>, StoreError> {
    let user: Option<User> = found.get(&Key::user(uid))?;
    if user.is_some_and(|user| user.is_active()) { found.get(&Key::bot(uid)) } else { Ok(None) }
}
