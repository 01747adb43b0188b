//! The lists of all users, groups, bots and reported messages: index `by-id` under partition values of their own, keys only.

use super::Store;
use super::error::StoreError;
use super::keys::{self, Index};
use super::message::Slice;
use super::transaction::text;
use model::uid::Uid;
use model::user_filter::Search;

/// A list of ids in their order, or of users by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdIndex {
    /// The active users.
    Users,
    /// The deactivated users.
    DeactivatedUsers,
    /// The groups.
    Groups,
    /// The users who are bots.
    Bots,
    /// The messages that were reported.
    FlaggedMessages,
}

/// Part of a list of ids.
#[derive(Debug)]
pub struct IdPage {
    /// UIDs or GUIDs, or what users are listed by, in the order that was asked for.
    pub names: Vec<String>,
    /// Whether the list holds no further one.
    pub is_all: bool,
}

impl Store {
    /// Up to `most` entries of a list that begin with `prefix` and come after `after`, in a rising or a falling order. Of
    /// users the prefix says nothing.
    ///
    /// Query, index `by-id`, eventually consistent. Cost: 1 round trip, 1 read unit for about 80 ids, or 70 users.
    pub async fn id_page(
        &self,
        index: IdIndex,
        prefix: &str,
        after: Option<&str>,
        is_falling: bool,
        most: usize,
    ) -> Result<IdPage, StoreError> {
        let (first, last) = keys::entries_between(index, prefix, after, is_falling);
        // A cursor is what somebody sends: beyond the end there is nothing, and DynamoDB refuses such a range.
        if last < first {
            return Ok(IdPage { names: Vec::new(), is_all: true });
        }
        // A falling list begins with the entry that was the last.
        let most = most + usize::from(is_falling && after.is_some());
        let (partition, ends) = (text(keys::index_partition(index)), [first, last].map(text));
        let Slice { items, is_all } = self.entries(Index::BY_ID, partition, ends, is_falling, most).await?;
        let mut names: Vec<String> = items.iter().map(keys::listed_name).collect::<Result<_, _>>()?;
        names.retain(|name| after != Some(name));
        Ok(IdPage { names, is_all })
    }
}

/// Whose entry in a list of users this is.
pub fn listed_uid(entry: &str) -> Option<Uid> {
    Some(keys::user_of_entry(entry)?.0)
}

/// Whether a search may find the user of this entry, as far as the entry tells.
pub fn may_find(search: &Search, entry: &str) -> bool {
    keys::user_of_entry(entry).is_some_and(|(uid, name)| search.may_find(name, uid.as_str(), keys::name_in_order))
}
