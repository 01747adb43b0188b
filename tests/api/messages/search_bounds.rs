//! How far a list reads on whose filter drops everything: clients take an empty page for the end.

use serde_json::json;
use tests::{Api, texts};

/// A second well after the ids' own beginning.
const T: u64 = 1_760_000_000;

#[tokio::test]
async fn a_search_reads_on_while_its_page_is_empty_up_to_its_bound() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let first = ash.send_text(&birch, "needle").await;
    // The oldest is the one that is looked for, behind one less than a search looks at.
    let text = |n: usize| if n == 0 { "needle".to_owned() } else { "hay".to_owned() };
    api.history_of(&first, T..T + 4_999, text).await;
    ash.delete(format!("/messages/{}", first["id"]), json!({ "permanent": true })).await.expect_ok();
    let path = "/users/birch/messages?searchKey=needle&categories=message";
    let found = ash.get(path).await.expect_ok();
    assert_eq!(texts(&found["data"]), ["needle"], "{}", found["meta"]);
    let line = api.last_line();
    assert!(line.read_units < 2_000.0, "{}", line.read_units);

    // One more, and the page is empty, but leads on.
    ash.send_text(&birch, "hay").await;
    let empty = ash.get(path).await.expect_ok();
    assert_eq!((texts(&empty["data"]), &empty["meta"]["pagination"]["total_pages"]), (vec![], &json!(2)));
    let cursor = &empty["meta"]["cursor"]["id"];
    assert_eq!(texts(&ash.get(format!("{path}&affix=prepend&id={cursor}")).await.expect_data()), ["needle"]);
}

#[tokio::test]
async fn a_search_finds_a_text_whatever_its_case_and_spelling() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    api.app().post("/users", json!({ "uid": "birch", "name": "GROẞ Zoe\u{301}" })).await.expect_ok();
    let birch = api.on_behalf_of("birch");
    ash.send_text(&birch, "In der GROẞEN Straße ist ein Cafe\u{301}").await;
    for key in
        ["stra%C3%9Fe", "STRASSE", "gro%C3%9Fen", "GROSSEN", "caf%C3%A9", "CAFE%CC%81", "%EF%BD%89%EF%BD%8E%20der"]
    {
        let found = birch.get(format!("/messages?searchKey={key}")).await.expect_data();
        assert_eq!(found.as_array().unwrap().len(), 1, "{key}");
    }
    assert_eq!(birch.get("/messages?searchKey=cafe").await.expect_data(), json!([]), "another letter");
    for key in ["gross", "Gro%C3%9F%20zo%C3%A9"] {
        for path in ["/users", "/conversations"] {
            let found = ash.get(format!("{path}?searchKey={key}")).await.expect_data();
            assert_eq!(found.as_array().unwrap().len(), 1, "{path} {key}");
        }
    }
}
