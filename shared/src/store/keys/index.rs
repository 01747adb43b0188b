//! Entries of the two indexes: lists of ids, and replies by thread.

use aws_sdk_dynamodb::types::AttributeValue;

use super::id16;
use crate::store::Item;
use crate::store::error::StoreError;
use crate::store::id_index::IdIndex;
use model::filter::folded;
use model::id::MessageId;
use model::uid::{Guid, Uid};

/// The index that lists users, groups and bots.
pub(in crate::store) const BY_ID: &str = "by-id";
/// The partition key of [`BY_ID`].
pub(in crate::store) const BY_ID_PK: &str = "gsi1pk";
/// The sort key of [`BY_ID`].
pub(in crate::store) const BY_ID_SK: &str = "gsi1sk";
/// The index that lists the replies of a thread, and who is online.
pub(in crate::store) const BY_PARENT: &str = "by-parent";
/// The partition key of [`BY_PARENT`].
pub(in crate::store) const BY_PARENT_PK: &str = "gsi2pk";
/// The sort key of [`BY_PARENT`].
pub(in crate::store) const BY_PARENT_SK: &str = "gsi2sk";

/// An index, by its name and keys.
pub(in crate::store) struct Index {
    pub(in crate::store) name: &'static str,
    pub(in crate::store) pk: &'static str,
    pub(in crate::store) sk: &'static str,
}

impl Index {
    pub(in crate::store) const BY_ID: Index = Index { name: BY_ID, pk: BY_ID_PK, sk: BY_ID_SK };
    pub(in crate::store) const BY_PARENT: Index = Index { name: BY_PARENT, pk: BY_PARENT_PK, sk: BY_PARENT_SK };
}

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

/// The partition value of a list of ids in [`BY_ID`]; of those who are online see [`online_list`].
pub(in crate::store) fn index_partition(index: IdIndex) -> &'static str {
    match index {
        IdIndex::Users | IdIndex::OnlineUsers | IdIndex::OfflineUsers => "USERS",
        IdIndex::DeactivatedUsers => "USERS#DEACTIVATED",
        IdIndex::Groups => "GROUPS",
        IdIndex::Bots => "BOTS",
        IdIndex::FlaggedMessages => "FLAGGED",
    }
}

/// The first and last sort keys of the entries of a list that begin with `prefix` and come after `after` in the order that is
/// asked for; of a falling one also `after` itself.
pub(in crate::store) fn entries_between(
    index: IdIndex,
    prefix: &str,
    after: Option<&str>,
    is_falling: bool,
) -> (String, String) {
    match index {
        IdIndex::Groups | IdIndex::Bots => names_between(prefix, after),
        _ if is_falling => (BLANK.to_owned(), after.map_or_else(|| LAST.to_string(), str::to_owned)),
        // No entry goes on where another ends but with a character that comes after a blank.
        _ => (after.map_or_else(|| BLANK.to_owned(), |after| format!("{after}{BLANK}")), LAST.to_string()),
    }
}

/// The same of a list of ids, rising.
///
/// `!` sorts before and `~` after every character of an id.
fn names_between(prefix: &str, after: Option<&str>) -> (String, String) {
    let first = match after {
        Some(after) => format!("{after}!"),
        None if prefix.is_empty() => "!".to_owned(),
        None => prefix.to_owned(),
    };
    (first, format!("{prefix}~"))
}

/// The id of an entry of such a list, by the sort key of its index.
pub(in crate::store) fn listed_name(item: &Item, sort_key: &str) -> Result<String, StoreError> {
    match item.get(sort_key) {
        Some(AttributeValue::S(name)) => Ok(name.clone()),
        _ => Err(StoreError::Corrupt(format!("an entry without {sort_key}"))),
    }
}

/// The entry of a user in the list of those who are online: as in that of all.
pub(in crate::store) fn online_user(uid: &Uid, name: &str) -> [(&'static str, AttributeValue); 2] {
    [(BY_PARENT_PK, online_list()), (BY_PARENT_SK, AttributeValue::S(user_entry(uid, name)))]
}

/// The partition of [`BY_PARENT`] in which those are listed who are online; a row without it is of somebody who is not.
///
/// It takes 1,000 who come or go a second, as many as API Gateway lets open and close by default, and more once DynamoDB has
/// split it between two names. More partitions would be as many queries for each page of users.
pub(in crate::store) fn online_list() -> AttributeValue {
    AttributeValue::S("ONLINE".to_owned())
}

/// The entry of a user in the list of all users, by name.
pub(in crate::store) fn listed_user(uid: &Uid, name: &str) -> [(&'static str, AttributeValue); 2] {
    listed(IdIndex::Users, &user_entry(uid, name))
}

/// What of a user's entry changes when they are deactivated or brought back: the list.
pub(in crate::store) fn user_list(index: IdIndex) -> (&'static str, AttributeValue) {
    (BY_ID_PK, AttributeValue::S(index_partition(index).to_owned()))
}

/// What of a user's entries changes when they are renamed: their place in the list of all, and in that of who is online,
/// where it means nothing unless they are.
pub(in crate::store) fn renamed_user(uid: &Uid, name: &str) -> [(&'static str, AttributeValue); 2] {
    [BY_ID_SK, BY_PARENT_SK].map(|sort_key| (sort_key, AttributeValue::S(user_entry(uid, name))))
}

/// Comes before every other character of an entry; none is in a UID, or in what an entry holds of a name.
const BLANK: &str = " ";
/// Comes after every entry.
const LAST: char = '\u{10ffff}';
/// The most bytes of a name by which it is ordered.
const NAME_BYTES: usize = 100;

fn user_entry(uid: &Uid, name: &str) -> String {
    format!("{}{BLANK}{uid}", name_in_order(name))
}

/// What a name is ordered by, whatever its case: its words, of which a shorter one comes before a longer one that begins so.
pub(in crate::store) fn name_in_order(name: &str) -> String {
    let words = folded(name).split_whitespace().collect::<Vec<_>>().join("!");
    let mut ordered: String = words.chars().filter(|char| !char.is_control() && *char != LAST).collect();
    while NAME_BYTES < ordered.len() {
        ordered.pop();
    }
    ordered
}

/// Whose entry this is, and what it holds of their name. One of an earlier version holds the UID alone.
pub(in crate::store) fn user_of_entry(entry: &str) -> Option<(Uid, &str)> {
    let (name, uid) = entry.rsplit_once(BLANK).unwrap_or(("", entry));
    Some((Uid::parse(uid).ok()?, name))
}

/// The entry of a group in the list of all groups.
pub(in crate::store) fn listed_group(guid: &Guid) -> [(&'static str, AttributeValue); 2] {
    listed(IdIndex::Groups, guid.as_str())
}

/// The entry of a user in the list of all bots.
pub(in crate::store) fn listed_bot(uid: &Uid) -> [(&'static str, AttributeValue); 2] {
    listed(IdIndex::Bots, uid.as_str())
}

/// The entry of a message in the list of those that were reported.
pub(in crate::store) fn listed_flagged(id: MessageId) -> [(&'static str, AttributeValue); 2] {
    listed(IdIndex::FlaggedMessages, &format!("{:016}", id.number()))
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

        #[test]
        fn users_are_listed_by_name_and_uid_and_read_on_from_any(
            one in ("\\PC{1,9}", "[a-z0-9_-]{1,9}"), other in ("\\PC{1,9}", "[a-z0-9_-]{1,9}"),
        ) {
            let [one, other] = [one, other].map(|(name, uid)| (name_in_order(&name), Uid::parse(&uid).unwrap(), name));
            let [entry, another] = [&one, &other].map(|(_, uid, name)| user_entry(uid, name));
            let is_before = (one.0.as_str(), &one.1) < (other.0.as_str(), &other.1);
            prop_assert_eq!(entry < another, is_before);
            prop_assert_eq!(user_of_entry(&entry), Some((one.1, one.0.as_str())));
            let (first, last) = entries_between(IdIndex::Users, "", Some(&entry), false);
            prop_assert_eq!(first <= another && another <= last, is_before);
            let (first, last) = entries_between(IdIndex::Users, "", Some(&another), true);
            prop_assert_eq!(first <= entry && entry <= last, is_before || entry == another);
            prop_assert!(entry.len() <= NAME_BYTES + BLANK.len() + 100);
        }

        #[test]
        fn a_name_has_its_place_whatever_is_in_it(name: String) {
            let name = name_in_order(&name);
            prop_assert!(name.len() <= NAME_BYTES && !name.contains(BLANK), "{name:?}");
        }
    }
}
