//! The conversation state that all participants share, and how it moves with each message.
//!
//! It moves in the transaction that stores the message, if the message's id is above its last: so nothing becomes visible
//! behind what is visible already, whatever the clocks and the load. Who is refused draws another id above it.

use aws_sdk_dynamodb::types::AttributeValue;
use model::conversation::ConversationId;
use model::id::MessageId;
use model::message::{Category, Message};
use model::uid::Uid;

use super::deleted::LEAVING;
use super::keys::{EXPIRES_AT, GONE, Key};
use super::preview::{self, PREVIEW};
use super::transaction::{EXISTS, Update, number, text};
use super::whole_group::telling_from;
use super::{Item, Store};

/// The attribute that holds the largest id given to a message of the conversation.
const LAST: &str = "lastMessageId";
/// The attribute that holds the id of the message that tells of the last one who ceased to be a member.
const DEPARTED: &str = "departedId";
/// The attribute that holds the first message since which replies are noted on the state.
const REPLIES_FROM: &str = "repliesFrom";

impl Store {
    /// Moves a conversation's state to `last`, if `first` is above all that the conversation held; `first` is the smallest
    /// id of the messages that are stored together. `preview` is the copy of `last`, if its conversation is to have one.
    pub(super) fn moved_state(&self, first: MessageId, last: &Message, preview: Option<AttributeValue>) -> Update {
        let is_shown = !last.is_edit_or_delete_notice() && self.shows_in_conversations(last);
        let is_news = is_shown && last.category != Category::Action;
        let update = Update::of(&Key::conversation_state(&last.conversation))
            .when(format!("(attribute_not_exists({LAST}) OR {LAST} < :first)"))
            .set_expression(format!("{LAST} = :id, createdAt = if_not_exists(createdAt, :now)"))
            // Nobody writes on who is being deleted.
            .when(format!("(attribute_not_exists({LEAVING}) OR NOT contains({LEAVING}, :sender))"))
            .value(":sender", text(&last.sender))
            .number(":first", first.number())
            .number(":id", last.id.number())
            .number(":now", last.sent_at().get())
            // Whoever writes into a conversation that was deleted begins it anew.
            .remove(GONE)
            .remove(EXPIRES_AT);
        // What it answers, or tells of, is not deleted for everybody meanwhile.
        let update = match last.on.or(last.parent_id) {
            Some(about) => {
                update.when("(attribute_not_exists(deletedId) OR deletedId < :about)").number(":about", about.number())
            }
            None => update,
        };
        let update = match is_shown {
            true => update.set_expression("shownMessageId = :id, shownSender = :sender, updatedAt = :now"),
            false => update.set_expression("updatedAt = if_not_exists(updatedAt, :now)"),
        };
        let update = if is_news { update.set_expression("newsMessageId = :id") } else { update };
        let update = match last.conversation {
            ConversationId::Group(_) => telling_from(update, first),
            ConversationId::Users(..) => update,
        };
        let update = update.set_expression(format!("{REPLIES_FROM} = if_not_exists({REPLIES_FROM}, :id)"));
        let update = preview::put_on(update, &last.conversation, preview);
        if last.parent_id.is_some() { update.set_expression("lastReplyId = :id") } else { update }
    }

    /// Moves a conversation's state to the last of these messages of earlier times, which rise and are all of it, if it has not
    /// come further. With `as_news` they count as unread for whom they are beyond what they read.
    pub(super) fn state_of_history(&self, messages: &[&Message], as_news: bool) -> Option<Update> {
        let (first, last) = (messages.first()?, messages.last()?);
        let shown = self.shown_of(messages);
        let is_news = |message: &&&Message| self.is_shown(message) && message.category != Category::Action;
        let news = messages.iter().rfind(is_news).filter(|_| as_news);
        let update = Update::of(&Key::conversation_state(&last.conversation))
            .when(format!("(attribute_not_exists({LAST}) OR {LAST} < :id)"))
            .set_expression(format!("{LAST} = :id, createdAt = if_not_exists(createdAt, :first)"))
            .number(":id", last.id.number())
            .number(":first", first.sent_at().get())
            .set(REPLIES_FROM, number(MessageId::MAX.number()))
            .remove(PREVIEW)
            .remove(GONE)
            .remove(EXPIRES_AT);
        let update = match shown {
            Some(shown) => showing(update, shown),
            None => update.set_expression("updatedAt = if_not_exists(updatedAt, :first)"),
        };
        Some(match news {
            Some(news) => update.set("newsMessageId", number(news.id.number())),
            None => update,
        })
    }

    /// The last of these messages that lists of conversations show.
    pub(super) fn shown_of<'m>(&self, messages: &[&'m Message]) -> Option<&'m Message> {
        messages.iter().rfind(|message| self.is_shown(message)).copied()
    }

    fn is_shown(&self, message: &Message) -> bool {
        !message.is_edit_or_delete_notice() && self.shows_in_conversations(message)
    }

    /// Whether a message moves its conversation in the lists of its users: not in groups that are too large.
    fn shows_in_conversations(&self, message: &Message) -> bool {
        message.members_count.is_none_or(|members| !self.is_crowd(members))
    }

    /// Whether a group of so many members is too large for what goes to each of them.
    pub fn is_crowd(&self, members: u64) -> bool {
        self.member_limit.is_some_and(|limit| limit < members)
    }
}

/// Notes which message lists of conversations show.
pub(super) fn showing(state: Update, shown: &Message) -> Update {
    let state = state.set("shownMessageId", number(shown.id.number())).set("shownSender", text(&shown.sender));
    state.set("updatedAt", number(shown.sent_at().get()))
}

/// Notes that history was brought in behind what is visible, so that messages and replies are looked for everywhere.
pub(super) fn behind(conversation: &ConversationId) -> Update {
    let state = Update::of(&Key::conversation_state(conversation)).when(EXISTS);
    // The message that is copied there may have got a reply.
    state.set(REPLIES_FROM, number(MessageId::MAX.number())).remove(PREVIEW)
}

/// Notes that somebody is a member no more by the message that moves the state.
pub(super) fn with_departure(state: Update, told_by: MessageId) -> Update {
    state.set(DEPARTED, number(told_by.number()))
}

/// Requires that nobody ceased to be a member since the state was read with this last id.
pub(super) fn without_departure(state: Update, since: MessageId) -> Update {
    let condition = format!("(attribute_not_exists({DEPARTED}) OR {DEPARTED} <= :since)");
    state.when(condition).number(":since", since.number())
}

/// Whether a refusal of [`without_departure`] is among these.
pub(super) fn has_departed<R>(refused: &[(Option<R>, Option<Item>)], since: MessageId) -> bool {
    id_in(refused, DEPARTED).is_some_and(|departed| since < departed)
}

/// Whether a refusal of [`Store::moved_state`] is among these because the conversation was deleted for everybody up to `id`,
/// or is deleted with the user or group that it is of, or who writes is being deleted.
pub(super) fn is_deleted<R>(refused: &[(Option<R>, Option<Item>)], id: Option<MessageId>, by: &Uid) -> bool {
    let rows = || refused.iter().filter_map(|(_, row)| row.as_ref());
    let mut deleted = rows().filter_map(|row| MessageId::parse(row.get("deletedId")?.as_n().ok()?).ok());
    let mut leaving = rows().filter_map(|row| row.get(LEAVING)?.as_ss().ok()).flatten();
    let is_below = |deleted| deleted == MessageId::MAX || id.is_some_and(|id| id <= deleted);
    deleted.any(is_below) || leaving.any(|uid| uid == by.as_str())
}

/// The last id that a conversation holds, if a refusal of [`Store::moved_state`] is among these.
pub(super) fn last_id<R>(refused: &[(Option<R>, Option<Item>)]) -> Option<MessageId> {
    id_in(refused, LAST)
}

/// The largest id that an attribute of these rows holds.
fn id_in<R>(refused: &[(Option<R>, Option<Item>)], attribute: &str) -> Option<MessageId> {
    let rows = refused.iter().filter_map(|(_, row)| row.as_ref()?.get(attribute)?.as_n().ok());
    rows.filter_map(|number| MessageId::parse(number).ok()).max()
}
