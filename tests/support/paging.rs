//! Walks through lists of messages as clients do, and checks on every page what clients need of it
//! (contract/clients.md, "SDK paging needs").

use serde_json::Value;

use crate::{Actor, ids};

impl Actor<'_> {
    /// Every page of a list in one direction: from the cursor `id`, or without one from the end where the direction
    /// starts, to the first empty page. `query` is what else stands in the query.
    pub async fn walk(&self, path: &str, query: &str, affix: &str, limit: usize, id: Option<u64>) -> Vec<Vec<u64>> {
        let mut cursor = id;
        let mut pages = Vec::new();
        loop {
            let from = cursor.map(|id| format!("&id={id}")).unwrap_or_default();
            let page = self.get(format!("{path}?limit={limit}&affix={affix}{from}&{query}")).await.expect_ok();
            check_meta(&page, affix, limit);
            let Some(next) = page["meta"]["cursor"]["id"].as_u64() else {
                assert_eq!(ids(&page["data"]), [0; 0], "a page without cursor holds messages");
                return pages;
            };
            assert_ne!(Some(next), cursor, "paging does not move");
            assert!(pages.len() < 1000, "paging does not end");
            pages.push(ids(&page["data"]));
            cursor = Some(next);
        }
    }
}

/// Both forms of `meta`, on any page of a list of messages.
#[track_caller]
pub fn check_meta(page: &Value, affix: &str, limit: usize) {
    let (ids, meta) = (ids(&page["data"]), &page["meta"]);
    assert!(ids.is_sorted_by(|one, other| one < other), "not rising: {ids:?}");
    assert!(ids.len() <= limit, "{} items on a page of {limit}", ids.len());
    assert_eq!((&meta["current"]["limit"], &meta["current"]["count"]), (&limit.into(), &ids.len().into()));
    let pagination = &meta["pagination"];
    assert_eq!((&pagination["per_page"], &pagination["count"]), (&limit.into(), &ids.len().into()));
    assert!(["total", "current_page", "total_pages"].iter().all(|key| pagination[key].is_u64()), "{pagination}");
    assert!(meta["cursor"].is_object(), "{meta}");
    assert_eq!(meta["cursor"]["affix"], affix);
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return };
    // A page that a filter thinned out may lead on past its items, never before them.
    let step = |name: &str, affix: &str| {
        assert_eq!(meta[name]["affix"], affix, "{meta}");
        assert!(meta[name]["sentAt"].is_u64(), "{meta}");
        meta[name]["id"].as_u64().unwrap()
    };
    let (next, previous) = (step("next", "append"), step("previous", "prepend"));
    assert!(*last <= next && previous <= *first, "{meta}");
    assert_eq!(meta["cursor"]["id"], if affix == "append" { next } else { previous });
}
