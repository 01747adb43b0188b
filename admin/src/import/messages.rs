//! Messages with what people left on them, as the app is answered.

use std::collections::BTreeMap;

use model::archive::{MessageRecord, PinRecord, ReactionRecord, ReceiptRecord, Record};
use model::conversation::ConversationId;
use model::id::MessageId;
use model::message::{Category, Receiver};
use model::reaction::{Reaction, Tally};
use model::receipt::{Receipt, ReceiptSubject, ReceiptWatermark, Receipts};
use model::time::Seconds;
use model::uid::{Guid, Uid};
use serde_json::Value;
use shared::imports::importer::{OwnReceipts, Shown};

use super::wire::{id, map, number, seconds, tags, text, uid};

/// A message as it was read.
#[derive(Debug)]
pub struct Read {
    /// The message; its reactions are not counted yet.
    pub record: MessageRecord,
    /// With what people reacted to it, in order of first use.
    pub reactions: Vec<(String, u64)>,
    /// That it is pinned.
    pub pin: Option<PinRecord>,
    /// When all whom it is for received and read it.
    pub receipts: [Option<Seconds>; 2],
}

impl Read {
    /// Its receipts, if it has any, as those of this message alone.
    pub fn own_receipts(&self) -> Option<Receipts> {
        let [delivered_at, read_at] = self.receipts;
        Some(Receipts { delivered_at, read_at }).filter(|receipts| !receipts.is_empty())
    }

    /// These, if it is to a user.
    pub fn told_receipts(&self) -> Option<OwnReceipts> {
        let MessageRecord { id, conversation, receiver, .. } = &self.record;
        let Receiver::User(receiver) = receiver else { return None };
        let subject = ReceiptSubject::User(receiver.clone());
        Some(OwnReceipts { conversation: conversation.clone(), id: *id, subject, receipts: self.own_receipts()? })
    }

    /// What it shows of replies, reactions and pins.
    pub fn shown(&self) -> Shown {
        let reactions = self.reactions.iter().filter(|(_, count)| 0 < *count).cloned().collect();
        let MessageRecord { id, conversation, reply_count, .. } = &self.record;
        let (conversation, pin) = (conversation.clone(), self.pin.clone());
        Shown { conversation, id: *id, n_replies: *reply_count, reactions, pin }
    }
}

/// The conversation of a message. The form on the wire may mean several; what says more is who writes to whom.
pub fn conversation(object: &Value, sender: &Uid, receiver: &Receiver) -> ConversationId {
    let told = ConversationId::of(sender, receiver);
    let meant = text(object, "conversationId").map(|wire| ConversationId::parse_wire(&wire)).unwrap_or_default();
    if meant.contains(&told) { told } else { meant.into_iter().next().unwrap_or(told) }
}

/// Reads a message; or says what of it is not understood.
pub fn message(object: &Value) -> Result<Read, &'static str> {
    let id = id(object, "id").ok_or("it has no id")?;
    let sender = uid(object, "sender").ok_or("it has no sender")?;
    let receiver = receiver(object).ok_or("it has no receiver")?;
    let category = text(object, "category").and_then(|category| Category::parse(&category));
    let category = category.ok_or("it is of no known category")?;
    let sent_at = seconds(object, "sentAt").ok_or("it has no time")?;
    let conversation = conversation(object, &sender, &receiver);
    let mut data = map(object, "data");
    let mut entities = taken(&mut data, "entities");
    let on = entities.get("on").filter(|on| on["entityType"] == "message");
    let on = on.and_then(|on| self::id(on.get("entity")?, "id"));
    if on.is_some() {
        entities.remove("on");
    }
    let reactions = reactions(data.remove("reactions").as_ref());
    let pin = uid(object, "pinnedBy").zip(seconds(object, "pinnedAt")).map(|(pinned_by, pinned_at)| PinRecord {
        conversation: conversation.clone(),
        message_id: id,
        pinned_by,
        pinned_at,
    });
    let record = MessageRecord {
        id,
        conversation,
        sender,
        receiver,
        category,
        message_type: text(object, "type").unwrap_or_default(),
        mentions: taken(&mut data, "mentions"),
        data,
        files: Vec::new(),
        entities,
        tags: tags(object),
        muid: text(object, "muid"),
        parent_id: self::id(object, "parentId"),
        quoted_message_id: self::id(object, "quotedMessageId"),
        sent_at,
        updated_at: seconds(object, "updatedAt").unwrap_or(sent_at),
        edited_at: seconds(object, "editedAt"),
        edited_by: uid(object, "editedBy"),
        deleted_at: seconds(object, "deletedAt"),
        deleted_by: uid(object, "deletedBy"),
        revision: 0,
        reply_count: number(object, "replyCount").unwrap_or_default(),
        last_reply_id: None,
        reactions: BTreeMap::new(),
        on,
        members_count: None,
        history: None,
    };
    Ok(Read { record, reactions, pin, receipts: receipts(object) })
}

/// When what an object tells of was received, and when it was read.
pub fn receipts(object: &Value) -> [Option<Seconds>; 2] {
    ["deliveredAt", "readAt"].map(|name| seconds(object, name))
}

fn receiver(object: &Value) -> Option<Receiver> {
    let name = object.get("receiver")?.as_str()?;
    match object.get("receiverType")?.as_str()? {
        "group" => Guid::parse(name).ok().map(Receiver::Group),
        _ => Uid::parse(name).ok().map(Receiver::User),
    }
}

fn taken(data: &mut serde_json::Map<String, Value>, name: &str) -> serde_json::Map<String, Value> {
    match data.remove(name) {
        Some(Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    }
}

fn reactions(told: Option<&Value>) -> Vec<(String, u64)> {
    let entries = told.and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| Some((text(entry, "reaction")?, number(entry, "count").unwrap_or(1)))).collect()
}

/// One user's reaction.
pub fn reaction(message: MessageId, object: &Value) -> Option<ReactionRecord> {
    let id = id(object, "id")?;
    Some(ReactionRecord {
        message_id: message,
        reaction: Reaction::parse(object.get("reaction")?.as_str()?).ok()?,
        uid: uid(object, "uid")?,
        reacted_at: seconds(object, "reactedAt").unwrap_or_else(|| id.sent_at()),
        reacted_by: without_viewer(map(object, "reactedBy")),
        id,
    })
}

/// What is shown of a user without what only who looks at it sees.
fn without_viewer(mut profile: serde_json::Map<String, Value>) -> serde_json::Map<String, Value> {
    profile.remove("conversationId");
    profile
}

/// Counts the reactions to a message: the order in which the message shows them stays, also where who used one first took
/// it back since.
pub fn count(read: &mut Read, given: &[ReactionRecord]) {
    let mut beyond = MessageId::MAX;
    for (reaction, _) in read.reactions.iter().rev() {
        let ids = given.iter().filter(|each| each.reaction.as_str() == reaction).map(|each| each.id);
        let count = ids.clone().count() as u64;
        let Some(first) = ids.min().filter(|_| 0 < count) else { continue };
        let first = if first < beyond { first } else { beyond.before().unwrap_or(MessageId::MIN) };
        beyond = first;
        read.record.reactions.insert(reaction.clone(), Tally { count, first });
    }
}

/// Watermarks of some messages in their order: of several with the same time the last one tells all.
#[derive(Debug, Default)]
pub struct Watermarks(BTreeMap<(ConversationId, ReceiptSubject, Receipt), Vec<ReceiptWatermark>>);

impl Watermarks {
    /// Notes when a message that everybody is shown was received and read by all whom it is for.
    pub fn note_all(&mut self, read: &Read) {
        let message = &read.record;
        let subject = match &message.receiver {
            _ if message.category == Category::Action => return,
            Receiver::User(receiver) if *receiver == message.sender => return,
            Receiver::User(receiver) => ReceiptSubject::User(receiver.clone()),
            Receiver::Group(_) => ReceiptSubject::AllBut(message.sender.clone()),
        };
        self.note(&message.conversation, &subject, message.id, read.receipts);
    }

    /// Notes when somebody received and read a message.
    pub fn note(
        &mut self,
        conversation: &ConversationId,
        subject: &ReceiptSubject,
        id: MessageId,
        receipts: [Option<Seconds>; 2],
    ) {
        for (receipt, at) in Receipt::ALL.into_iter().zip(receipts) {
            let Some(at) = at else { continue };
            let known = self.0.entry((conversation.clone(), subject.clone(), receipt)).or_default();
            match known.last_mut().filter(|last| last.at == at) {
                Some(last) => last.id = last.id.max(id),
                None => known.push(ReceiptWatermark { id, at }),
            }
        }
    }

    /// The records of them.
    pub fn records(self) -> impl Iterator<Item = Record> {
        self.0.into_iter().flat_map(|((conversation, subject, receipt), marks)| {
            marks
                .into_iter()
                .map(move |mark| ReceiptRecord::new(conversation.clone(), subject.clone(), receipt, mark).into())
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(extra: Value) -> Read {
        let mut object = json!({ "id": "7", "sender": "ash", "receiver": "birch", "receiverType": "user",
            "category": "message", "type": "text", "sentAt": "1700000000", "data": { "text": "a" } });
        object.as_object_mut().unwrap().extend(extra.as_object().cloned().unwrap());
        message(&object).unwrap()
    }

    #[test]
    fn ids_and_times_may_be_strings() {
        let message = read(json!({ "parentId": "3", "deliveredAt": "1700000001", "data": [] }));
        assert_eq!((message.record.id.number(), message.record.sent_at.get()), (7, 1_700_000_000));
        assert_eq!(message.record.parent_id.map(MessageId::number), Some(3));
        assert_eq!(message.receipts, [Some(Seconds::new(1_700_000_001)), None]);
    }

    #[test]
    fn a_notice_of_the_app_is_of_the_conversation_that_it_names() {
        let notice = read(json!({ "sender": "app_system", "conversationId": "ash_user_birch" }));
        assert_eq!(notice.record.conversation.stored(), "user#ash#birch");
    }

    #[test]
    fn reactions_keep_their_order_where_the_first_was_taken_back() {
        let mut message = read(json!({ "data": { "reactions": [
            { "reaction": "a", "count": 1 }, { "reaction": "b", "count": 2 },
        ] } }));
        let given = [("a", 30), ("b", 10), ("b", 20)].map(|(reaction, id)| {
            let object = json!({ "id": id, "reaction": reaction, "uid": "elm", "reactedAt": 1 });
            reaction_of(&object)
        });
        count(&mut message, &given);
        let tally = |reaction: &str| message.record.reactions[reaction];
        assert!(tally("a").first < tally("b").first);
        assert_eq!((tally("a").count, tally("b").count), (1, 2));
    }

    fn reaction_of(object: &Value) -> ReactionRecord {
        reaction(MessageId::new(7).unwrap(), object).unwrap()
    }
}
