//! Every key prefix and index name; no other module spells one.

use aws_sdk_dynamodb::types::AttributeValue;

use super::Item;
use super::error::StoreError;
use model::conversation::ConversationId;
use model::file::UploadId;
use model::id::MessageId;
use model::reaction::Reaction;
use model::time::Seconds;
use model::uid::{Guid, Uid};

mod archive;
mod blocks;
mod deletion;
mod index;
mod marks;
mod messages;
mod push;
mod roles;
mod sizes;
mod sockets;
mod webhooks;

pub(super) use archive::Archived;
pub use deletion::FILTERS;
pub(super) use deletion::{JOBS, PLACED, job_id};
pub(super) use index::{
    BY_ID, BY_ID_PK, BY_ID_SK, BY_PARENT, BY_PARENT_PK, BY_PARENT_SK, Index, deleted_reply, entries_between,
    index_partition, last_of_reply, listed_bot, listed_flagged, listed_group, listed_name, listed_reply, listed_user,
    name_in_order, online_list, online_user, renamed_user, reply_of, thread, user_list, user_of_entry,
};
pub(super) use messages::message_of;
pub(super) use sizes::most_read_units_of_entries;
pub use sizes::{KINDS_OF_ROWS, most_bytes_of};
pub use sockets::SOCKETS;
pub(super) use sockets::{REPLACED_BY, SOCKET, USER};

/// The partition key of the table.
pub(super) const PK: &str = "pk";
/// The sort key of the table.
pub(super) const SK: &str = "sk";
/// The sort key of groups.
pub(super) const GROUP: &str = "GROUP";
/// When DynamoDB may remove the item, in seconds since 1970.
pub(super) const EXPIRES_AT: &str = "expiresAt";
/// The event of the change that wrote the item last; see [`super::transaction`].
pub(super) const EVENT: &str = "event";
/// When the item was deleted, on a tombstone.
pub(super) const GONE: &str = "goneAt";
/// When the deletion of the item's thing began. It is there for nobody any more, and its name is not free yet.
pub(super) const ENDING_AT: &str = "endingAt";
/// On a message that is being deleted: the action message that tells of it.
pub(super) const ENDING_BY: &str = "endingBy";
/// On what is left of a user who was deleted permanently: from which id on the UID may be another's.
pub(super) const GONE_ID: &str = "goneId";

/// Over how many partitions the ids of all messages are spread: none takes more than 1/64 of the writes.
pub(super) const ID_SHARDS: u64 = 64;

/// The key of one item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pk: String,
    sk: String,
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Key {
        Key { pk, sk: sk.into() }
    }

    /// An API key, by the hex SHA-256 of its value.
    pub(super) fn api_key(digest: &str) -> Key {
        Key::new(format!("KEY#{digest}"), "KEY")
    }

    /// An API key among all of them.
    pub(super) fn listed_api_key(digest: &str) -> Key {
        Key::new("KEYS".to_owned(), format!("KEY#{digest}"))
    }

    /// All API keys: a prefix of keys.
    pub(super) fn listed_api_keys() -> Key {
        Key::listed_api_key("")
    }

    /// How many API keys there are.
    pub(super) fn api_key_count() -> Key {
        Key::new("KEYS".to_owned(), "COUNT")
    }

    /// An auth token of a user, by the hex SHA-256 of its value.
    pub(super) fn token_of(uid: &Uid, digest: &str) -> Key {
        Key::new(format!("USER#{uid}"), format!("TOKEN#{digest}"))
    }

    /// All auth tokens of a user: a prefix of keys.
    pub(super) fn tokens_of(uid: &Uid) -> Key {
        Key::token_of(uid, "")
    }

    pub(super) fn user(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), USER)
    }

    /// That a user is a bot.
    pub(super) fn bot(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "BOT")
    }

    /// How many bots there are.
    pub(super) fn bot_count() -> Key {
        Key::new("BOTS".to_owned(), "COUNT")
    }

    /// All conversations of a user: a prefix of keys.
    pub(super) fn participant_states(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "CONV#")
    }

    /// Where all of these end.
    pub(super) fn last_participant_state(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "CONV#\u{10ffff}")
    }

    /// Whether this key begins as `prefix` does.
    pub(super) fn is_behind(&self, prefix: &Key) -> bool {
        self.pk == prefix.pk && self.sk.starts_with(&prefix.sk)
    }

    /// All groups of a user: a prefix of keys.
    pub(super) fn participant_states_of_groups(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "CONV#group#")
    }

    /// A participant's state of a conversation.
    pub(super) fn participant_state(uid: &Uid, conversation: &ConversationId) -> Key {
        Key::new(format!("USER#{uid}"), format!("CONV#{}", conversation.stored()))
    }

    pub(super) fn group(guid: &Guid) -> Key {
        Key::new(format!("GROUP#{guid}"), GROUP)
    }

    pub(super) fn member(guid: &Guid, uid: &Uid) -> Key {
        Key::new(format!("GROUP#{guid}"), format!("MEMBER#{uid}"))
    }

    pub(super) fn ban(guid: &Guid, uid: &Uid) -> Key {
        Key::new(format!("GROUP#{guid}"), format!("BAN#{uid}"))
    }

    /// All members of a group: a prefix of keys.
    pub(super) fn members(guid: &Guid) -> Key {
        Key::new(format!("GROUP#{guid}"), "MEMBER#")
    }

    /// All bans of a group: a prefix of keys.
    pub(super) fn bans(guid: &Guid) -> Key {
        Key::new(format!("GROUP#{guid}"), "BAN#")
    }

    /// How often a user said a password to a group within a minute since 1970.
    pub(super) fn guesses(guid: &Guid, uid: &Uid, minute: u64) -> Key {
        Key::new(format!("GUESSES#{guid}#{uid}"), format!("{minute:010}"))
    }

    /// The conversation state shared by all participants.
    pub(super) fn conversation_state(conversation: &ConversationId) -> Key {
        Key::new(format!("CONV#{}", conversation.stored()), "HEAD")
    }

    pub(super) fn message(conversation: &ConversationId, id: MessageId) -> Key {
        Key::new(format!("CONV#{}", conversation.stored()), message_sk(id))
    }

    /// Which conversation holds a message; all of a shard, in order, are a slice of the app's messages.
    pub(super) fn pointer(id: MessageId) -> Key {
        Key::in_shard(id.number() % ID_SHARDS, id)
    }

    /// Where an id stands or would stand in one slice of the app's messages; there are [`ID_SHARDS`].
    pub(super) fn in_shard(shard: u64, id: MessageId) -> Key {
        Key::new(shard_pk(shard), format!("{:016}", id.number()))
    }

    /// Which reactions one user holds on a message: one attribute each, see [`held`].
    pub(super) fn reactor(message: MessageId, uid: &Uid) -> Key {
        Key::new(about_message(message), format!("REACTOR#{uid}"))
    }

    /// One user's reaction, in the order of ids within its kind.
    pub(super) fn reacted(message: MessageId, reaction: &Reaction, id: MessageId) -> Key {
        Key::new(about_message(message), format!("{}{:016}", reacted_prefix(reaction), id.number()))
    }

    /// That a sender has sent something under a `muid`.
    pub(super) fn idempotency(sender: &Uid, digest: &str) -> Key {
        Key::new(format!("IDEM#{sender}#{digest}"), "IDEM")
    }

    /// How many requests a user made in the minute that begins at this second. A partition of its own, so that nothing that
    /// a user has is read or deleted with it.
    pub(super) fn request_count(uid: &Uid, minute: Seconds) -> Key {
        Key::new(format!("RATE#{uid}"), format!("{}", minute.get()))
    }

    /// An announced upload.
    pub(super) fn upload(id: &UploadId) -> Key {
        Key::new(format!("UPLOAD#{id}"), "UPLOAD")
    }

    /// Both attributes, to look the item up or to start it.
    pub(super) fn item(&self) -> Item {
        Item::from([
            (PK.to_owned(), AttributeValue::S(self.pk.clone())),
            (SK.to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }

    /// The key of an item that was read.
    pub(super) fn of(item: &Item) -> Result<Key, StoreError> {
        let part = |name: &str| match item.get(name) {
            Some(AttributeValue::S(part)) => Ok(part.clone()),
            _ => Err(StoreError::Corrupt(format!("an item without {name}"))),
        };
        Ok(Key { pk: part(PK)?, sk: part(SK)? })
    }

    pub(super) fn pk(&self) -> AttributeValue {
        AttributeValue::S(self.pk.clone())
    }

    pub(super) fn sk(&self) -> AttributeValue {
        AttributeValue::S(self.sk.clone())
    }
}

fn about_message(message: MessageId) -> String {
    format!("MSG#{:016}", message.number())
}

/// A reaction may hold the separator, so that is escaped: the rows of `a` must not be taken for those of `a#b`.
fn reacted_prefix(reaction: &Reaction) -> String {
    format!("REACT#{}#", reaction.as_str().replace('%', "%25").replace('#', "%23"))
}

/// The attribute of a [`Key::reactor`] item that holds the id of one reaction. The prefix keeps it apart from keys.
pub(super) fn held(reaction: &Reaction) -> String {
    format!("{HELD}{reaction}")
}

/// The prefix of [`held`].
pub(super) const HELD: &str = "r:";

fn shard_pk(shard: u64) -> String {
    format!("ID#{shard:02}")
}

/// An id as pointers and index entries are sorted by it.
pub(super) fn id16(id: MessageId) -> AttributeValue {
    AttributeValue::S(format!("{:016}", id.number()))
}

/// The id that a pointer points from.
pub(super) fn id_of_pointer(item: &Item) -> Result<MessageId, StoreError> {
    id_in(item, SK)
}

fn id_in(item: &Item, name: &str) -> Result<MessageId, StoreError> {
    let digits = item.get(name).and_then(|value| value.as_s().ok());
    digits
        .and_then(|digits| MessageId::parse(digits).ok())
        .ok_or_else(|| StoreError::Corrupt(format!("an item without an id in {name}")))
}

fn message_sk(id: MessageId) -> String {
    format!("MSG#{:016}", id.number())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_order_of_message_keys_is_the_order_of_ids(one in 1_u64..1 << 53, other in 1_u64..1 << 53) {
            let key = |number| message_sk(MessageId::new(number).unwrap());
            prop_assert_eq!(key(one).cmp(&key(other)), one.cmp(&other));
        }

        #[test]
        fn reactions_of_one_kind_are_never_taken_for_another(one: String, other: String, number in 1_u64..1 << 53) {
            prop_assume!(one != other);
            let (Ok(one), Ok(other)) = (Reaction::parse(&one), Reaction::parse(&other)) else { return Ok(()) };
            let id = MessageId::new(number).unwrap();
            let row = Key::reacted(id, &other, id);
            prop_assert!(!row.sk.starts_with(&reacted_prefix(&one)), "{}", row.sk);
        }

        #[test]
        fn an_items_key_reads_back(number in 1_u64..1 << 53) {
            let key = Key::pointer(MessageId::new(number).unwrap());
            prop_assert_eq!(Key::of(&key.item()).unwrap(), key);
        }
    }
}
