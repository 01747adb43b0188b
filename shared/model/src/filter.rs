//! Which messages of a conversation a list keeps (contract/messages.md, operations 2 to 4).

use std::collections::{BTreeSet, HashMap};

use caseless::Caseless;
use serde_json::Value;
use strum::EnumString;
use unicode_normalization::UnicodeNormalization;

use super::conversation::ConversationId;
use super::goal::Goal;
use super::id::MessageId;
use super::message::{Category, Message, Receiver};
use super::page::{Affix, IdRange};
use super::time::Seconds;
use super::uid::Uid;

/// What an attachment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum AttachmentType {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// Anything else.
    File,
}

impl AttachmentType {
    /// Reads `image`, `video`, `audio` or `file`.
    pub fn parse(raw: &str) -> Result<AttachmentType, &'static str> {
        raw.parse().map_err(|_| "must be image, video, audio or file.")
    }

    /// By the MIME type; without one, by the type of its message.
    fn of(attachment: &Value, message: &Message) -> AttachmentType {
        let mime_type = attachment.get("mimeType").and_then(Value::as_str).unwrap_or_default();
        let kind = mime_type.split_once('/').map_or(message.message_type.as_str(), |(kind, _)| kind);
        AttachmentType::parse(kind).unwrap_or(AttachmentType::File)
    }
}

/// Seconds from one to another, both included; open where nothing is given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Window {
    /// The first.
    pub from: Option<Seconds>,
    /// The last.
    pub to: Option<Seconds>,
}

impl Window {
    /// The seconds that both hold.
    pub fn and(self, other: Window) -> Window {
        Window { from: self.from.max(other.from), to: [self.to, other.to].into_iter().flatten().min() }
    }

    fn is_open(self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    fn holds(self, second: Seconds) -> bool {
        self.from.is_none_or(|from| from <= second) && self.to.is_none_or(|to| second <= to)
    }
}

/// What somebody has not seen yet: messages of others beyond a mark in each conversation.
#[derive(Clone, Debug)]
pub struct Unseen {
    /// Who.
    pub by: Uid,
    /// The last message seen in each conversation; where there is none, nothing was.
    pub up_to: HashMap<ConversationId, MessageId>,
}

impl Unseen {
    fn holds(&self, message: &Message) -> bool {
        let may_be_news = message.category != Category::Action && message.history.is_none() && !message.is_deleted();
        may_be_news
            && message.sender != self.by
            && self.up_to.get(&message.conversation).is_none_or(|seen| *seen < message.id)
    }
}

/// The filters of a list; the default keeps everything.
#[derive(Clone, Debug, Default)]
pub struct MessageFilter {
    /// Only to users, or only to groups.
    pub receiver_type: Option<String>,
    /// Any of these senders; none means all.
    pub senders: Vec<Uid>,
    /// None of these senders.
    pub hidden_senders: BTreeSet<Uid>,
    /// Any of these categories; `None` means all. Empty if only unknown ones were asked for: then nothing is kept.
    pub categories: Option<Vec<Category>>,
    /// Any of these types; none means all.
    pub types: Vec<String>,
    /// Any of these tags; none means all.
    pub tags: Vec<String>,
    /// Messages whose text holds this, whatever its case; see [`folded`].
    pub search_key: Option<String>,
    /// Leave thread replies out.
    pub hide_replies: bool,
    /// Only thread replies.
    pub only_replies: bool,
    /// Leave deleted messages out.
    pub hide_deleted: bool,
    /// Only deleted messages.
    pub only_deleted: bool,
    /// Only messages with attachments.
    pub has_attachments: bool,
    /// With an attachment of any of these; none means all.
    pub attachment_types: Vec<AttachmentType>,
    /// Only messages that mention somebody.
    pub has_mentions: bool,
    /// Mentioning any of these; none means all.
    pub mentioned_uids: Vec<Uid>,
    /// Only messages whose text holds a link.
    pub has_links: bool,
    /// Only messages that somebody reacted to.
    pub has_reactions: bool,
    /// Only messages sent within this window. Ids tell it as a rule, so that no others are read.
    pub sent_at: Window,
    /// Only messages changed after they were sent, within this window.
    pub updated_at: Window,
    /// Only edited messages, within this window.
    pub edited_at: Window,
    /// Only interactive messages with a goal that can be met. Whether it is has to be looked up.
    pub with_goal: bool,
    /// Only messages that somebody has not read, or not received.
    pub unseen: Vec<Unseen>,
}

impl MessageFilter {
    /// Whether a list with this filter shows `message`.
    pub fn keeps(&self, message: &Message) -> bool {
        self.keeps_kind(message) && self.keeps_state(message) && self.keeps_content(message)
    }

    /// Whether messages are searched, of which few are found: many are looked at for each that passes.
    pub fn is_search(&self) -> bool {
        self.search_key.is_some()
    }

    /// Whether no message can ever pass, so that none needs to be read.
    pub fn keeps_nothing(&self) -> bool {
        self.categories.as_ref().is_some_and(Vec::is_empty)
    }

    fn keeps_kind(&self, message: &Message) -> bool {
        self.receiver_type.as_ref().is_none_or(|wanted| wanted == message.receiver.receiver_type())
            && any_or_all(&self.senders, |sender| *sender == message.sender)
            && !self.hidden_senders.contains(&message.sender)
            && self.categories.as_ref().is_none_or(|wanted| wanted.contains(&message.category))
            && any_or_all(&self.types, |message_type| *message_type == message.message_type)
    }

    fn keeps_state(&self, message: &Message) -> bool {
        if_asked(self.hide_replies, message.parent_id.is_none())
            && if_asked(self.only_replies, message.parent_id.is_some())
            && if_asked(self.hide_deleted, !message.is_deleted())
            && if_asked(self.only_deleted, message.is_deleted())
            && if_asked(self.has_reactions, !message.reactions.is_empty())
            && if_asked(self.with_goal, Goal::of(message).is_some())
            && (self.updated_at.is_open() || is_updated(message) && self.updated_at.holds(message.updated_at))
            && (self.edited_at.is_open() || message.edited_at.is_some_and(|at| self.edited_at.holds(at)))
            && self.sent_at.holds(message.sent_at())
            && self.unseen.iter().all(|unseen| unseen.holds(message))
    }

    fn keeps_content(&self, message: &Message) -> bool {
        (self.tags.is_empty() || message.tags.has_any(&self.tags))
            && self.search_key.as_ref().is_none_or(|key| text_holds(message, key))
            && if_asked(self.has_links, message.text().is_some_and(holds_link))
            && if_asked(self.has_mentions, !message.mentions.is_empty())
            && any_or_all(&self.mentioned_uids, |uid| message.mentions.contains_key(uid.as_str()))
            && if_asked(self.has_attachments, !attachments(message).is_empty())
            && any_or_all(&self.attachment_types, |wanted| {
                attachments(message).iter().any(|attachment| AttachmentType::of(attachment, message) == *wanted)
            })
    }

    /// The messages of a conversation that the filter can keep, as far as what is seen of it tells.
    pub fn reach(&self, conversation: &ConversationId) -> Option<IdRange> {
        let seen = self.unseen.iter().filter_map(|unseen| unseen.up_to.get(conversation)).max();
        match seen {
            Some(id) => IdRange::ALL.beyond(*id, Affix::Append),
            None => Some(IdRange::ALL),
        }
    }

    /// Whether a conversation can hold anything that the filter keeps, as seen by one of its users.
    pub fn can_keep_from(&self, conversation: &ConversationId) -> bool {
        let receiver_type = match conversation {
            ConversationId::Users(..) => "user",
            ConversationId::Group(_) => "group",
        };
        self.receiver_type.as_ref().is_none_or(|wanted| wanted == receiver_type)
    }
}

/// The other side of a message's conversation, as a list of counters names it.
pub fn other_side(conversation: &ConversationId, viewer: &Uid) -> Receiver {
    match conversation {
        ConversationId::Users(first, second) if first == viewer => Receiver::User(second.clone()),
        ConversationId::Users(first, _) => Receiver::User(first.clone()),
        ConversationId::Group(guid) => Receiver::Group(guid.clone()),
    }
}

/// Whether a message passes a flag: it holds, or nobody asked.
fn if_asked(is_asked: bool, holds: bool) -> bool {
    !is_asked || holds
}

fn any_or_all<T>(wanted: &[T], is_it: impl Fn(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(is_it)
}

/// Whether anything happened to it after it was sent; an edit in the very second of the sending counts.
fn is_updated(message: &Message) -> bool {
    message.updated_at != message.sent_at() || message.edited_at.is_some() || message.is_deleted()
}

fn attachments(message: &Message) -> &[Value] {
    message.data.get("attachments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text_holds(message: &Message, key: &str) -> bool {
    message.text().is_some_and(|text| folded(text).contains(key))
}

/// A text by which it is found: without its case, and in one spelling of what looks alike. Full case folding and NFKC,
/// as Unicode's compatibility caseless match says (D146), but composed, so that a letter without its accent does not find
/// the one with it. Both sides of a search are folded.
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().nfd().default_case_fold().nfkc().default_case_fold().nfkc().collect()
}

/// A scheme or `www.` with something behind it.
fn holds_link(text: &str) -> bool {
    let lowered = text.to_lowercase();
    ["http://", "https://", "www."].into_iter().any(|start| {
        let mut tails = lowered.split(start).skip(1);
        tails.any(|tail| tail.chars().next().is_some_and(char::is_alphanumeric))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("see https://halley.example/a?b", true)]
    #[case("HTTP://HALLEY.EXAMPLE", true)]
    #[case("www.halley.example", true)]
    #[case("https:// halley", false)]
    #[case("www. and so on", false)]
    #[case("halley.example", false)]
    fn a_link_has_a_scheme_or_www(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(holds_link(text), expected);
    }

    #[rstest]
    #[case("ÄPFEL", "äpfel")]
    #[case("ΟΔΟΣ", "οδοσ")]
    #[case("οδος", "οδοσ")]
    #[case("Straße", "STRASSE")]
    #[case("GROẞ", "gross")]
    #[case("cafe\u{301}", "CAFÉ")]
    #[case("Ａｓｈ ①", "ash 1")]
    #[case("ﬁsh", "FISH")]
    #[case("Привет", "ПРИВЕТ")]
    fn case_and_spelling_are_folded_in_every_script(#[case] one: &str, #[case] other: &str) {
        assert_eq!(folded(one), folded(other));
    }

    #[test]
    fn a_letter_without_its_accent_does_not_find_the_one_with_it() {
        assert!(!folded("cafe\u{301}").contains(&folded("cafe")));
    }

    proptest! {
        #[test]
        fn looking_for_links_never_panics(text: String) {
            holds_link(&text);
        }

        #[test]
        fn folding_again_changes_nothing(text: String) {
            prop_assert_eq!(folded(&folded(&text)), folded(&text));
        }
    }
}
