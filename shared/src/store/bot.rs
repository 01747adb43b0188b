//! Bots: rows of their users, counted, because an app has only so many.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use super::change::Change;
use super::error::StoreError;
use super::keys::{self, Key};
use super::legacy::{EXISTS, Outcome, item, number, put_new, update};
use super::{Found, Store};
use model::bot::{Bot, BotChange};
use model::uid::Uid;
use model::user::User;

/// How making a bot ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewBot {
    /// It is one now.
    Done,
    /// It was one before.
    Exists,
    /// There are as many bots as there can be.
    Full,
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
        const ROW: usize = 0;
        let mut row = item(&Key::bot(&bot.uid), bot)?;
        row.extend(keys::listed_bot(&bot.uid).map(|(name, value)| (name.to_owned(), value)));
        let count = update(&self.table, &Key::bot_count(), "ADD bots :one")
            .condition_expression("attribute_not_exists(bots) OR bots < :most")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(Bot::MAX))
            .build()?;
        let writes = vec![put_new(&self.table, row)?, TransactWriteItem::builder().update(count).build()];
        Ok(match self.transact(writes).await? {
            Outcome::Done => NewBot::Done,
            Outcome::Refused(refused) if refused.iter().any(|(position, _)| *position == ROW) => NewBot::Exists,
            Outcome::Refused(_) => NewBot::Full,
        })
    }

    /// Changes a bot and returns it; `None` if it is none. Cost: 1 round trip, 1 write unit.
    pub async fn change_bot(&self, uid: &Uid, change: &BotChange) -> Result<Option<Bot>, StoreError> {
        let change = Change { set: serde_dynamo::to_item(change)?, remove: Vec::new() };
        self.change(&Key::bot(uid), change, EXISTS).await
    }

    /// Makes a bot a plain user; false if it is none. Cost: 1 round trip; 4 write units and 1 for the index.
    pub async fn delete_bot(&self, uid: &Uid) -> Result<bool, StoreError> {
        let count = update(&self.table, &Key::bot_count(), "ADD bots :less")
            .expression_attribute_values(":less", AttributeValue::N("-1".to_owned()))
            .build()?;
        let writes = vec![self.delete_existing(&Key::bot(uid))?, TransactWriteItem::builder().update(count).build()];
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }
}

fn read_bot(found: &Found, uid: &Uid) -> Result<Option<Bot>, StoreError> {
    let user: Option<User> = found.get(&Key::user(uid))?;
    if user.is_some_and(|user| user.is_active()) { found.get(&Key::bot(uid)) } else { Ok(None) }
}
