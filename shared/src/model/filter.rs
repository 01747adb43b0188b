//! Which messages of a conversation a list keeps (contract/messages.md, operations 2 to 4).

use super::message::{Category, Message};
use super::uid::Uid;

/// The filters of a list; the default keeps everything.
#[derive(Clone, Debug, Default)]
pub struct MessageFilter {
    /// Any of these senders; none means all.
    pub senders: Vec<Uid>,
    /// Any of these categories; none means all.
    pub categories: Vec<Category>,
    /// Any of these types; none means all.
    pub types: Vec<String>,
    /// Any of these tags; none means all.
    pub tags: Vec<String>,
    /// Messages whose text holds this, whatever its case; kept lowered.
    pub search_key: Option<String>,
    /// Leave thread replies out.
    pub hide_replies: bool,
}

impl MessageFilter {
    /// Whether a list with this filter shows `message`.
    pub fn keeps(&self, message: &Message) -> bool {
        any_or_all(&self.senders, |sender| *sender == message.sender)
            && any_or_all(&self.categories, |category| *category == message.category)
            && any_or_all(&self.types, |message_type| *message_type == message.message_type)
            && (self.tags.is_empty() || message.tags.has_any(&self.tags))
            && self.search_key.as_ref().is_none_or(|key| text_holds(message, key))
            && !(self.hide_replies && message.parent_id.is_some())
    }
}

fn any_or_all<T>(wanted: &[T], is_it: impl Fn(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(is_it)
}

fn text_holds(message: &Message, lowered: &str) -> bool {
    message.text().is_some_and(|text| text.to_lowercase().contains(lowered))
}
