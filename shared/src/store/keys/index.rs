//! Entries of the two indexes: lists of ids, and replies by thread.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{BY_ID_PK, BY_ID_SK, BY_PARENT_PK, BY_PARENT_SK, id16};
use crate::store::Item;
use crate::store::error::StoreError;
use crate::store::id_index::IdIndex;
use model::id::MessageId;
use model::uid::{Guid, Uid};

/// The entry of a reply in the list of its thread. It names who wrote it, so that counting does not read replies.
pub(in crate::store) fn listed_reply(
    parent: MessageId,
    id: MessageId,
    sender: &Uid,
) -> [(&'static str, AttributeValue); 2] {
    let sort_key = format!("{:016}#{sender}", id.number());
    [(BY_PARENT_PK, thread(parent)), (BY_PARENT_SK, AttributeValue::S(sort_key))]
}

/// The sort key of a reply that was deleted: nobody counts it.
pub(in crate::store) fn deleted_reply(id: MessageId) -> (&'static str, AttributeValue) {
    (BY_PARENT_SK, id16(id))
}

/// The last sort key that a reply of this id can have; `~` sorts after every character of a UID.
pub(in crate::store) fn last_of_reply(id: MessageId) -> AttributeValue {
    AttributeValue::S(format!("{:016}~", id.number()))
}

/// The partition of a thread in the index [`BY_PARENT`].
pub(in crate::store) fn thread(parent: MessageId) -> AttributeValue {
    AttributeValue::S(format!("THREAD#{:016}", parent.number()))
}

/// The id of a reply in the index [`BY_PARENT`], and who wrote it unless it was deleted.
pub(in crate::store) fn reply_of(item: &Item) -> Result<(MessageId, Option<Uid>), StoreError> {
    let entry = item.get(BY_PARENT_SK).and_then(|entry| entry.as_s().ok());
    let (id, sender) = entry.map_or(("", ""), |entry| entry.split_once('#').unwrap_or((entry, "")));
    let id =
        MessageId::parse(id).map_err(|_| StoreError::Corrupt(format!("an entry without an id in {BY_PARENT_SK}")))?;
    Ok((id, Uid::parse(sender).ok()))
}

/// The partition value of a list of ids in [`BY_ID`].
pub(in crate::store) fn index_partition(index: IdIndex) -> &'static str {
    match index {
        IdIndex::Users => "USERS",
        IdIndex::DeactivatedUsers => "USERS#DEACTIVATED",
        IdIndex::Groups => "GROUPS",
        IdIndex::Bots => "BOTS",
    }
}

/// The first and last sort keys of the ids of a list that begin with `prefix` and come after `after`.
///
/// `!` sorts before and `~` after every character of an id.
pub(in crate::store) fn names_between(prefix: &str, after: Option<&str>) -> (String, String) {
    let first = match after {
        Some(after) => format!("{after}!"),
        None if prefix.is_empty() => "!".to_owned(),
        None => prefix.to_owned(),
    };
    (first, format!("{prefix}~"))
}

/// The id of an entry of such a list.
pub(in crate::store) fn listed_name(item: &Item) -> Result<String, StoreError> {
    match item.get(BY_ID_SK) {
        Some(AttributeValue::S(name)) => Ok(name.clone()),
        _ => Err(StoreError::Corrupt(format!("an entry without {BY_ID_SK}"))),
    }
}

/// The entry of a user in the list of all users.
pub(in crate::store) fn listed_user(uid: &Uid) -> [(&'static str, AttributeValue); 2] {
    listed(IdIndex::Users, uid.as_str())
}

/// The entry of a user in the list of all deactivated users.
pub(in crate::store) fn listed_deactivated_user(uid: &Uid) -> [(&'static str, AttributeValue); 2] {
    listed(IdIndex::DeactivatedUsers, uid.as_str())
}

/// The entry of a group in the list of all groups.
pub(in crate::store) fn listed_group(guid: &Guid) -> [(&'static str, AttributeValue); 2] {
    listed(IdIndex::Groups, guid.as_str())
}

/// The entry of a user in the list of all bots.
pub(in crate::store) fn listed_bot(uid: &Uid) -> [(&'static str, AttributeValue); 2] {
    listed(IdIndex::Bots, uid.as_str())
}

fn listed(list: IdIndex, name: &str) -> [(&'static str, AttributeValue); 2] {
    [(BY_ID_PK, AttributeValue::S(index_partition(list).to_owned())), (BY_ID_SK, AttributeValue::S(name.to_owned()))]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_list_is_read_on_from_an_id_without_skipping_any(one in "[a-z0-9_-]{1,9}", other in "[a-z0-9_-]{1,9}") {
            let (first, last) = names_between("", Some(&one));
            prop_assert_eq!(first <= other && other <= last, one < other);
            let (first, last) = names_between(&one, None);
            prop_assert_eq!(first <= other && other <= last, other.starts_with(&one));
        }
    }
}
