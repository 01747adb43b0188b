//! A list as it is answered: the entries that fit, and the `meta` that leads on.

use serde::Serialize;

use super::budget::Entries;
use super::id::MessageId;
use super::marks::MarksMeta;
use super::page::{Affix, Meta, Page, PageRequest};

/// The entries of one answer and its `meta`.
#[derive(Debug)]
pub struct Listed<M = Meta> {
    /// What fits.
    pub entries: Entries,
    /// What leads on; none for a list that is answered as a whole.
    pub meta: Option<M>,
}

/// What leads on in a list of messages.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum MessagesMeta {
    /// By id.
    Page(Meta),
    /// By when messages were pinned or saved.
    Marks(MarksMeta),
}

impl From<Listed> for Listed<MessagesMeta> {
    fn from(listed: Listed) -> Listed<MessagesMeta> {
        Listed { entries: listed.entries, meta: listed.meta.map(MessagesMeta::Page) }
    }
}

impl From<Listed<MarksMeta>> for Listed<MessagesMeta> {
    fn from(listed: Listed<MarksMeta>) -> Listed<MessagesMeta> {
        Listed { entries: listed.entries, meta: listed.meta.map(MessagesMeta::Marks) }
    }
}

impl<M> Listed<M> {
    /// A list that nothing leads on.
    pub fn whole(entries: Entries) -> Listed<M> {
        Listed { entries, meta: None }
    }
}

impl Listed {
    /// A page of messages, or of what else has ids, as `views` show its items in their order: cut where it would not
    /// fit, at the end that the page goes to.
    pub fn page<T>(
        mut page: Page<T>,
        views: &[impl Serialize],
        request: &PageRequest,
        id_of: impl Fn(&T) -> MessageId,
    ) -> Listed {
        let entries = match request.affix {
            Affix::Append => Entries::first(views),
            Affix::Prepend => Entries::last(views),
        };
        if entries.is_cut() {
            page.cut(entries.len(), request.affix, &id_of);
        }
        Listed { entries, meta: Some(Meta::of(&page, request, id_of)) }
    }
}
