//! The lists of all users, groups, bots and reported messages: index `by-id` under partition values of their own, keys only;
//! and of who is online: index `by-parent`, in which only they have an entry.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;

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
    /// Of the active users those who are online.
    OnlineUsers,
    /// Of the active users those who are not.
    OfflineUsers,
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
    /// The entry from which the list goes on; none if it holds no further one.
    pub rest: Option<String>,
}

/// Entries of an index between two, in an order.
#[derive(Clone, Copy, Debug)]
struct Range<'a> {
    ends: [&'a str; 2],
    is_falling: bool,
    most: usize,
}

impl Store {
    /// Up to `most` entries of a list that begin with `prefix` and come after `after`, in a rising or a falling order. Of
    /// users the prefix says nothing.
    ///
    /// Query, indexes `by-id` and `by-parent`, eventually consistent. Cost: 1 round trip, 1 read unit for about 80 ids, or 70
    /// users; of those who are not online 2 queries, one after the other.
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
            return Ok(IdPage { names: Vec::new(), rest: None });
        }
        // A falling list begins with the entry that was the last.
        let most = most + usize::from(is_falling && after.is_some());
        let range = Range { ends: [&first, &last], is_falling, most };
        let (mut names, is_all) = match index {
            IdIndex::OnlineUsers => self.online(range).await?,
            _ => self.listed(Index::BY_ID, text(keys::index_partition(index)), range).await?,
        };
        let rest = names.last().filter(|_| !is_all).cloned();
        if index == IdIndex::OfflineUsers {
            self.without_online(&mut names).await?;
        }
        names.retain(|name| after != Some(name));
        Ok(IdPage { names, rest })
    }

    /// Entries of a partition, and whether these are all of the range.
    async fn listed(
        &self,
        index: Index,
        partition: AttributeValue,
        Range { ends, is_falling, most }: Range<'_>,
    ) -> Result<(Vec<String>, bool), StoreError> {
        let sort_key = index.sk;
        let Slice { items, is_all } = self.entries(index, partition, ends.map(text), is_falling, most).await?;
        let names: Result<_, _> = items.iter().map(|item| keys::listed_name(item, sort_key)).collect();
        Ok((names?, is_all))
    }

    /// The same of those who are online.
    async fn online(&self, range: Range<'_>) -> Result<(Vec<String>, bool), StoreError> {
        self.listed(Index::BY_PARENT, keys::online_list(), range).await
    }

    /// Takes those who are online out of entries of the list of all users.
    async fn without_online(&self, names: &mut Vec<String>) -> Result<(), StoreError> {
        let (Some(first), Some(last)) = (names.iter().min(), names.iter().max()) else { return Ok(()) };
        let between = Range { ends: [first, last], is_falling: false, most: names.len() };
        let online: BTreeSet<String> = self.online(between).await?.0.into_iter().collect();
        names.retain(|name| !online.contains(name));
        Ok(())
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
