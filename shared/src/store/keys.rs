//! Every key prefix and index name; no other module spells one.

use aws_sdk_dynamodb::types::AttributeValue;

use super::Item;
use super::error::StoreError;
use crate::model::conversation::ConversationId;
use crate::model::file::UploadId;
use crate::model::id::MessageId;
use crate::model::uid::{Guid, Uid};

/// The partition key of the table.
pub(super) const PK: &str = "pk";
/// The sort key of the table.
pub(super) const SK: &str = "sk";
/// When DynamoDB may remove the item, in seconds since 1970.
pub(super) const EXPIRES_AT: &str = "expiresAt";
/// The index that lists users, groups and bots.
pub(super) const BY_ID: &str = "by-id";
/// The partition key of [`BY_ID`].
pub(super) const BY_ID_PK: &str = "gsi1pk";
/// The sort key of [`BY_ID`].
pub(super) const BY_ID_SK: &str = "gsi1sk";
/// The index that lists the replies of a thread.
pub(super) const BY_PARENT: &str = "by-parent";
/// The partition key of [`BY_PARENT`].
pub(super) const BY_PARENT_PK: &str = "gsi2pk";
/// The sort key of [`BY_PARENT`].
pub(super) const BY_PARENT_SK: &str = "gsi2sk";

/// Over how many partitions the ids of all messages are spread: none takes more than 1/64 of the writes.
const ID_SHARDS: u64 = 64;

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

    /// An auth token, by the hex SHA-256 of its value.
    pub(super) fn auth_token(digest: &str) -> Key {
        Key::new(format!("TOKEN#{digest}"), "TOKEN")
    }

    pub(super) fn user(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "USER")
    }

    /// That `uid` has blocked `other`.
    pub(super) fn block(uid: &Uid, other: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), format!("BLOCK#{other}"))
    }

    /// What a conversation is to one of its users.
    pub(super) fn conversation_row(uid: &Uid, conversation: &ConversationId) -> Key {
        Key::new(format!("USER#{uid}"), format!("CONV#{}", conversation.stored()))
    }

    pub(super) fn group(guid: &Guid) -> Key {
        Key::new(format!("GROUP#{guid}"), "GROUP")
    }

    pub(super) fn member(guid: &Guid, uid: &Uid) -> Key {
        Key::new(format!("GROUP#{guid}"), format!("MEMBER#{uid}"))
    }

    pub(super) fn ban(guid: &Guid, uid: &Uid) -> Key {
        Key::new(format!("GROUP#{guid}"), format!("BAN#{uid}"))
    }

    /// What a conversation is to everybody in it.
    pub(super) fn head(conversation: &ConversationId) -> Key {
        Key::new(format!("CONV#{}", conversation.stored()), "HEAD")
    }

    pub(super) fn message(conversation: &ConversationId, id: MessageId) -> Key {
        Key::new(format!("CONV#{}", conversation.stored()), message_sk(id))
    }

    /// Which conversation holds a message; all of a shard, in order, are a slice of the app's messages.
    pub(super) fn pointer(id: MessageId) -> Key {
        Key::new(format!("ID#{:02}", id.number() % ID_SHARDS), format!("{:016}", id.number()))
    }

    /// That a sender has sent something under a `muid`.
    pub(super) fn idempotency(sender: &Uid, digest: &str) -> Key {
        Key::new(format!("IDEM#{sender}#{digest}"), "IDEM")
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

/// The prefix of the sort keys of one user's conversation rows.
pub(super) const CONVERSATION_ROWS: &str = "CONV#";

fn message_sk(id: MessageId) -> String {
    format!("MSG#{:016}", id.number())
}

/// The entry of a user in the list of all users.
pub(super) fn listed_user(uid: &Uid) -> [(&'static str, AttributeValue); 2] {
    listed("USERS", uid.as_str())
}

/// The entry of a group in the list of all groups.
pub(super) fn listed_group(guid: &Guid) -> [(&'static str, AttributeValue); 2] {
    listed("GROUPS", guid.as_str())
}

fn listed(list: &str, name: &str) -> [(&'static str, AttributeValue); 2] {
    [(BY_ID_PK, AttributeValue::S(list.to_owned())), (BY_ID_SK, AttributeValue::S(name.to_owned()))]
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
        fn an_items_key_reads_back(number in 1_u64..1 << 53) {
            let key = Key::pointer(MessageId::new(number).unwrap());
            prop_assert_eq!(Key::of(&key.item()).unwrap(), key);
        }
    }
}
