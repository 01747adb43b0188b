//! The row of a message: as small as it can be, because a page is paid for by its bytes.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Value, json};

use super::Item;
use super::error::StoreError;
use super::keys;
use super::transaction::{Update, number};
use model::conversation::ConversationId;
use model::message::{Message, Receiver};
use model::uid::Uid;

/// The attribute that names whom a message mentions: what counts them need not be sent their profiles.
pub(super) const MENTIONED: &str = "mentioned";
/// What is left out, if something else of the row tells it. Earlier versions stored it.
const ID: &str = "id";
const CONVERSATION: &str = "conversation";
const RECEIVER: &str = "receiver";
const UPDATED_AT: &str = "updatedAt";
const REPLY_COUNT: &str = "replyCount";
const REVISION: &str = "revision";
pub(super) const REACTIONS: &str = "reactions";
/// What the sender gave, as JSON.
pub(super) const DATA: &str = "data";
/// The text, in the place of that, where the sender gave nothing else.
pub(super) const TEXT: &str = "text";
/// What nearly all messages are.
const USUAL: [(&str, &str); 2] = [("category", "message"), ("type", "text")];

/// A message as stored: without what its key tells, and its sender in this conversation, without a time of change as long as
/// nothing changed, and without what nearly all messages are. Of what is nothing but text the text alone.
pub(super) fn attributes(message: &Message) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(message)?;
    item.remove(ID);
    item.remove(CONVERSATION);
    if receiver_by(&message.conversation, &message.sender).as_ref() == Some(&message.receiver) {
        item.remove(RECEIVER);
    }
    if message.updated_at == message.sent_at() {
        item.remove(UPDATED_AT);
    }
    for (name, n) in [(REPLY_COUNT, message.reply_count), (REVISION, message.revision)] {
        if n == 0 {
            item.remove(name);
        }
    }
    if message.reactions.is_empty() {
        item.remove(REACTIONS);
    }
    if let Some(text) = only_text(&message.data) {
        item.remove(DATA);
        item.insert(TEXT.to_owned(), AttributeValue::S(text.to_owned()));
    }
    for (name, usual) in USUAL {
        if item.get(name).is_some_and(|value| value.as_s().is_ok_and(|value| value == usual)) {
            item.remove(name);
        }
    }
    if !message.mentions.is_empty() {
        item.insert(MENTIONED.to_owned(), AttributeValue::Ss(message.mentions.keys().cloned().collect()));
    }
    Ok(item)
}

/// The text, if there is nothing else.
fn only_text(data: &Map<String, Value>) -> Option<&str> {
    data.get(TEXT).filter(|_| data.len() == 1)?.as_str()
}

/// What holds of a message that was edited as often as `message`, as it was read.
pub(super) fn unedited_since(update: Update, message: &Message) -> Update {
    match message.revision {
        // Earlier versions stored the 0.
        0 => update.when(format!("(attribute_not_exists({REVISION}) OR {REVISION} = :read)")),
        _ => update.when(format!("{REVISION} = :read")),
    }
    .number(":read", message.revision)
}

/// To whom a message of this sender goes, as a rule: not those by which the app tells two users what became of theirs.
fn receiver_by(conversation: &ConversationId, sender: &Uid) -> Option<Receiver> {
    match conversation {
        ConversationId::Group(guid) => Some(Receiver::Group(guid.clone())),
        ConversationId::Users(first, second) if first == second => Some(Receiver::User(first.clone())),
        users => users.other_than(sender).cloned().map(Receiver::User),
    }
}

/// An item with what [`attributes`] leaves out, if it is a message.
pub(super) fn completed(mut item: Item) -> Item {
    let Some((conversation, id)) = keys::message_of(&item) else { return item };
    if !item.contains_key(RECEIVER) {
        let sender = item.get("sender").and_then(|sender| Uid::parse(sender.as_s().ok()?).ok());
        if let Some(receiver) = sender.and_then(|sender| receiver_by(&conversation, &sender)) {
            item.insert(RECEIVER.to_owned(), AttributeValue::S(receiver.into()));
        }
    }
    if !item.contains_key(UPDATED_AT) {
        let dated = item.get("sentAt").cloned();
        item.insert(UPDATED_AT.to_owned(), dated.unwrap_or_else(|| number(id.sent_at().get())));
    }
    if let Some(AttributeValue::S(text)) = item.remove(TEXT) {
        item.entry(DATA.to_owned()).or_insert_with(|| AttributeValue::S(json!({ TEXT: text }).to_string()));
    }
    for (name, usual) in USUAL {
        item.entry(name.to_owned()).or_insert_with(|| AttributeValue::S(usual.to_owned()));
    }
    item.insert(ID.to_owned(), number(id.number()));
    item.insert(CONVERSATION.to_owned(), AttributeValue::S(conversation.stored()));
    item
}

#[cfg(test)]
mod tests {
    use model::id::MessageId;
    use model::message::Category;
    use model::time::Seconds;
    use rstest::rstest;

    use super::super::{keys::Key, read};
    use super::*;

    fn message(conversation: ConversationId, sender: &str, receiver: Receiver) -> Message {
        let id = MessageId::first_of(Seconds::new(1_795_000_000));
        let kind = (Category::Message, "text".to_owned());
        Message::new(id, conversation, Uid::parse(sender).unwrap(), receiver, kind, Map::new(), Map::new().into())
    }

    fn uid(uid: &str) -> Uid {
        Uid::parse(uid).unwrap()
    }

    #[rstest]
    #[case::between_two("ash", "birch", "birch")]
    #[case::to_oneself("ash", "ash", "ash")]
    #[case::of_the_app_about_theirs("app_system", "birch", "birch")]
    fn what_a_row_leaves_out_is_read(#[case] sender: &str, #[case] other: &str, #[case] receiver: &str) {
        let conversation = ConversationId::between(&uid("ash"), &uid(other));
        let written = message(conversation, sender, Receiver::User(uid(receiver)));
        let changed = Message { updated_at: written.sent_at().plus(9), reply_count: 1, ..written.clone() };
        let unusual = Message { category: Category::Action, message_type: "message".to_owned(), ..written.clone() };
        let of = |data: Value| Message { data: data.as_object().unwrap().clone(), ..written.clone() };
        let text = of(json!({ "text": "x" }));
        let more = [json!({ "text": 1 }), json!({ "text": "x", "metadata": {} }), json!({ "text": "" })].map(of);
        let edited = Message { revision: 1, ..text.clone() };
        for message in [written.clone(), changed, unusual, text, edited].into_iter().chain(more) {
            let key = Key::message(&message.conversation, message.id).item();
            let row: Item = attributes(&message).unwrap().into_iter().chain(key.clone()).collect();
            let of_before: Item = serde_dynamo::to_item::<_, Item>(&message).unwrap().into_iter().chain(key).collect();
            assert_eq!(read::<Message>(row).unwrap(), message);
            assert_eq!(read::<Message>(of_before).unwrap(), message);
        }
    }
}
