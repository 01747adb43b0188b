//! Lists, page after page. A server that shows the same again and again ends a run by a sentence, not never.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};

use model::id::MessageId;
use model::uid::Uid;
use serde_json::Value;

use super::{PER_PAGE, ReadError, Source};
use crate::import::wire;

/// How many reactions a page has.
const REACTIONS_PER_PAGE: usize = 100;

/// A page of a list by number.
#[derive(Debug)]
pub struct Page {
    /// Its items.
    pub items: Vec<Value>,
    /// Where the list goes on, if it does.
    pub next: Option<String>,
}

/// A walk over a list by number.
#[derive(Debug)]
pub struct Pages<'s> {
    source: &'s Source,
    list: String,
    user: Option<&'s Uid>,
    /// Where the next page is; none behind the last.
    place: Option<String>,
    /// Digests of all places and pages so far.
    seen: HashSet<u64>,
}

impl Pages<'_> {
    /// The next page; none at the end.
    ///
    /// A list ends with a page that is shorter than what was asked for, unless the server says itself that it goes on: pages are short
    /// also where some of their items are not shown. One that is longer, or stays the same whatever is asked for, is all of a list
    /// without pages.
    pub async fn next(&mut self) -> Result<Option<Page>, ReadError> {
        let Some(place) = self.place.take() else { return Ok(None) };
        let mut answer = self.ask(&place, self.source.page_size).await?;
        let items = items(&self.list, &mut answer)?;
        if !items.is_empty() && !self.is_new(&items) {
            return if self.is_all(&answer, &items).await? { Ok(None) } else { Err(self.endless()) };
        }
        let next = self.behind(&place, &answer, items.len());
        let number = numbered(&place);
        let is_back =
            |next: &str| numbered(next).zip(number).is_some_and(|(next, at)| next.0 == at.0 && next.1 <= at.1);
        self.is_new(&place);
        if next.as_ref().is_some_and(|next| is_back(next) || !self.is_new(next)) {
            return Err(self.endless());
        }
        self.place.clone_from(&next);
        Ok(Some(Page { items, next }))
    }

    async fn ask(&self, place: &str, per_page: usize) -> Result<Value, ReadError> {
        self.source.get(&format!("{}perPage={per_page}&{place}", open(&self.list)), self.user).await
    }

    /// Where the list goes on behind the page at `place`.
    fn behind(&self, place: &str, answer: &Value, n_items: usize) -> Option<String> {
        let (number, per_page) = (numbered(place), self.source.page_size);
        let n_pages = answer.pointer("/meta/pagination").and_then(|pagination| wire::number(pagination, "total_pages"));
        let is_last = match number {
            Some(("page", number)) if n_items < per_page => n_pages.is_none_or(|n_pages| n_pages <= number as u64),
            _ => n_items != per_page,
        };
        match (said(answer), number) {
            (Some(next), _) => Some(parameters(next)),
            (None, _) if is_last => None,
            (None, Some(("page", number))) => Some(format!("page={}", number + 1)),
            (None, Some(("offset", before))) => Some(format!("offset={}", before + n_items)),
            (None, _) => None,
        }
    }

    /// Whether nothing like this was there before.
    fn is_new(&mut self, seen: &impl Hash) -> bool {
        self.seen.insert(BuildHasherDefault::<DefaultHasher>::default().hash_one(seen))
    }

    /// Whether items that come again are all of a list that has no pages: its answers say nothing of any, and it is the same where
    /// another number is asked for.
    async fn is_all(&self, answer: &Value, items: &[Value]) -> Result<bool, ReadError> {
        if answer.pointer("/meta/pagination").is_some() || said(answer).is_some() {
            return Ok(false);
        }
        let per_page = self.source.page_size;
        let other = if per_page < PER_PAGE { per_page + 1 } else { per_page - 1 };
        let mut answer = self.ask("page=1", other).await?;
        Ok(self::items(&self.list, &mut answer)? == items)
    }

    fn endless(&self) -> ReadError {
        self.source.endless(&self.list)
    }
}

impl Source {
    /// The pages of a list by number, from where another one said that it goes on.
    pub fn pages<'s>(&'s self, list: impl Into<String>, place: Option<&str>, user: Option<&'s Uid>) -> Pages<'s> {
        let place = Some(place.unwrap_or("page=1").to_owned());
        Pages { source: self, list: list.into(), user, place, seen: HashSet::new() }
    }

    /// All of a list by number.
    pub async fn all(&self, list: &str, user: Option<&Uid>) -> Result<Vec<Value>, ReadError> {
        let (mut all, mut pages) = (Vec::new(), self.pages(list, None, user));
        while let Some(page) = pages.next().await? {
            all.extend(page.items);
        }
        Ok(all)
    }

    /// The messages of a list that come after one, or from the first one on, rising in whatever order they are answered; none at its
    /// end.
    ///
    /// A page may be shorter than what was asked for, because an answer is of so many bytes; an empty one is the end, unless
    /// it says itself where the list goes on.
    pub async fn messages(
        &self,
        list: &str,
        after: Option<MessageId>,
        user: Option<&Uid>,
    ) -> Result<Vec<Value>, ReadError> {
        let mut after = after;
        loop {
            // From where ids begin nobody says; times do.
            let cursor = after.map_or("sentAt=0".to_owned(), |id| format!("id={id}"));
            let path = format!("{}limit={}&affix=append&{cursor}", open(list), self.page_size);
            let mut answer = self.get(&path, user).await?;
            let mut items = items(list, &mut answer)?;
            items.sort_by_key(|item| wire::id(item, "id"));
            let next = match items.last() {
                Some(last) => wire::id(last, "id"),
                None => answer.pointer("/meta/next").and_then(|next| wire::id(next, "id")),
            };
            match items.is_empty() {
                false if next <= after => return Err(self.endless(&path)),
                true if next.is_some() && after < next => after = next,
                _ => return Ok(items),
            }
        }
    }

    /// All reactions to a message.
    pub async fn reactions(&self, message: MessageId) -> Result<Vec<Value>, ReadError> {
        let list = format!("/messages/{message}/reactions?limit={REACTIONS_PER_PAGE}&affix=append");
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let cursor = after.map_or_else(String::new, |id| format!("&id={id}"));
            let mut answer = self.get(&format!("{list}{cursor}"), None).await?;
            let some = items(&list, &mut answer)?;
            let (is_last, last) =
                (some.len() < REACTIONS_PER_PAGE, some.iter().filter_map(|item| wire::id(item, "id")).max());
            all.extend(some);
            match last {
                _ if is_last => return Ok(all),
                Some(last) if after < Some(last) => after = Some(last),
                _ => return Err(self.endless(&list)),
            }
        }
    }
}

/// The name and number of a place that is one number.
fn numbered(place: &str) -> Option<(&str, usize)> {
    let (name, number) = place.split_once('=')?;
    Some((name, number.parse().ok()?))
}

fn open(list: &str) -> String {
    format!("{list}{}", if list.contains('?') { '&' } else { '?' })
}

/// Where the server says itself that the list goes on.
fn said(answer: &Value) -> Option<&Value> {
    answer.pointer("/meta/next").filter(|next| next.is_object())
}

fn parameters(next: &Value) -> String {
    let fields = next.as_object().into_iter().flatten().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{name}={}", wire::encoded(&value))
    });
    fields.collect::<Vec<_>>().join("&")
}

fn items(path: &str, answer: &mut Value) -> Result<Vec<Value>, ReadError> {
    match answer.get_mut("data").map(Value::take) {
        Some(Value::Array(items)) => Ok(items),
        _ => Err(ReadError::Strange(path.to_owned())),
    }
}
