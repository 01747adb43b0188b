//! The conversation state that all participants share, and how a message advances it.

use model::message::{Category, Message};
use serde::de::IgnoredAny;

use super::Store;
use super::error::StoreError;
use super::keys::{EXPIRES_AT, GONE, Key};
use super::transaction::{Untold, Update, number};

impl Store {
    /// Advances a conversation's state to this message, unless a newer one advanced it further. May be repeated.
    ///
    /// Cost: 1 round trip, 1 write unit; when two messages overtake each other, up to 3 and 3.
    pub async fn advance_state(&self, message: &Message) -> Result<(), StoreError> {
        self.advance(message, |update| update).await
    }

    /// [`Store::advance_state`] by a message that opened the rows of its conversation again, if any was missing.
    pub(super) async fn advance_state_of_opened(&self, message: &Message) -> Result<(), StoreError> {
        self.advance(message, |update| update.remove("isOrphaned")).await
    }

    async fn advance(&self, message: &Message, and: impl FnOnce(Update) -> Update) -> Result<(), StoreError> {
        let is_shown = !message.is_edit_or_delete_notice() && self.shows_in_conversations(message);
        let is_news = is_shown && message.category != Category::Action;
        let mut everything = rising(message, "lastMessageId")
            .set_expression("createdAt = if_not_exists(createdAt, :now)")
            .number(":now", message.sent_at().get())
            // Whoever writes into a conversation that was deleted begins it anew.
            .remove(GONE)
            .remove(EXPIRES_AT);
        everything = match is_shown {
            true => everything.set_expression("shownMessageId = :id, updatedAt = :now"),
            false => everything.set_expression("updatedAt = if_not_exists(updatedAt, :now)"),
        };
        if is_news {
            everything = everything.set_expression("newsMessageId = :id");
        }
        if self.is_applied(and(everything)).await? {
            return Ok(());
        }
        if is_shown {
            let shown = rising(message, "shownMessageId").set("updatedAt", number(message.sent_at().get()));
            self.is_applied(shown).await?;
        }
        if is_news {
            self.is_applied(rising(message, "newsMessageId")).await?;
        }
        Ok(())
    }

    async fn is_applied(&self, update: Update) -> Result<bool, StoreError> {
        Ok(self.apply::<IgnoredAny>(update.untold(Untold::StepOfAnother)).await?.is_some())
    }

    /// Whether a message moves its conversation in the lists of its users: not in groups that are too large.
    fn shows_in_conversations(&self, message: &Message) -> bool {
        match (self.member_limit, message.members_count) {
            (Some(limit), Some(members)) => members <= limit,
            _ => true,
        }
    }
}

/// Sets an attribute to the message's id, if it rises by that.
fn rising(message: &Message, name: &str) -> Update {
    Update::of(&Key::conversation_state(&message.conversation))
        .set_expression(format!("{name} = :id"))
        .when(format!("(attribute_not_exists({name}) OR {name} < :id)"))
        .number(":id", message.id.number())
}
