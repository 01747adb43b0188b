//! `--since`: what was there at the first run and ended or changed in the other place since, which no change of anything tells.

use model::uid::Uid;
use model::user::User;
use serde_json::{Value, json};
use shared::store::import::Brought;
use tests::Api;

use super::crawl::{Depth, assert_alike, crawl};
use super::moved::{empty, moved_by_rest};

const USERS: [&str; 5] = ["ash", "birch", "cedar", "elm", "fir"];

/// The ids of messages that are marked: of ash and birch, and of a group.
async fn begun(from: &Api) -> [u64; 3] {
    for uid in USERS {
        from.user(uid).await;
    }
    let [ash, birch, elm] = ["ash", "birch", "elm"].map(|uid| from.on_behalf_of(uid));
    let app = from.app();
    let members = json!({ "participants": ["birch", "cedar", "elm", "fir"] });
    let group = json!({ "guid": "orchard", "name": "Orchard", "type": "public", "owner": "ash", "members": members });
    app.post("/groups", group).await.expect_ok();
    app.post("/users/ash/friends", json!({ "accepted": ["birch", "elm"] })).await.expect_ok();
    app.delete("/users", json!({ "uidsToDeactivate": ["fir"] })).await.expect_ok();
    ash.post("/blockedusers", json!({ "blockedUids": ["cedar", "elm"] })).await.expect_ok();
    let sent = [birch.send_text(&ash, "one").await, birch.send_text(&ash, "two").await];
    let [one, two] = sent.map(|sent| sent["id"].as_u64().unwrap());
    let told = elm.send_text_to_group("orchard", "for all").await["id"].as_u64().unwrap();
    for id in [one, two, told] {
        ash.post(format!("/messages/{id}/pin"), Value::Null).await.expect_ok();
        ash.post(format!("/messages/{id}/save"), Value::Null).await.expect_ok();
        ash.post(format!("/messages/{id}/reactions/🔥"), json!({})).await.expect_ok();
    }
    birch.post(format!("/messages/{two}/save"), Value::Null).await.expect_ok();
    for path in ["/users/birch/conversation/pin", "/groups/orchard/conversation/pin"] {
        ash.post(path, Value::Null).await.expect_ok();
    }
    birch.post("/users/ash/conversation/pin", Value::Null).await.expect_ok();
    let pinned = json!({ "pinnedConversations": [{ "guid": "orchard" }] });
    app.put("/conversations/pinned", pinned).await.expect_ok();
    [one, two, told]
}

/// Ends or changes one of each.
async fn ended(from: &Api, [one, two, told]: [u64; 3]) {
    let [ash, birch] = ["ash", "birch"].map(|uid| from.on_behalf_of(uid));
    let app = from.app();
    app.delete("/users/ash/friends", json!({ "friends": ["elm"] })).await.expect_ok();
    ash.delete("/blockedusers", json!({ "blockedUids": ["elm"] })).await.expect_ok();
    for id in [one, told] {
        ash.delete(format!("/messages/{id}/pin"), Value::Null).await.expect_ok();
        ash.delete(format!("/messages/{id}/save"), Value::Null).await.expect_ok();
        ash.delete(format!("/messages/{id}/reactions/🔥"), Value::Null).await.expect_ok();
    }
    birch.delete(format!("/messages/{two}/save"), Value::Null).await.expect_ok();
    ash.delete("/users/birch/conversation/pin", Value::Null).await.expect_ok();
    birch.delete("/users/ash/conversation/pin", Value::Null).await.expect_ok();
    app.put("/conversations/pinned", json!({ "pinnedConversations": [] })).await.expect_ok();
    app.put("/groups/orchard/members/birch", json!({ "scope": "moderator" })).await.expect_ok();
    app.delete("/groups/orchard/members/elm", Value::Null).await.expect_ok();
    app.delete("/users", json!({ "uidsToDeactivate": ["cedar"] })).await.expect_ok();
    app.put("/users", json!({ "uidsToActivate": ["fir"] })).await.expect_ok();
    ash.post("/users/birch/conversation/read", json!({})).await.expect_ok();
}

#[tokio::test]
async fn what_ended_since_the_first_run_ends_here() {
    let from = empty().await;
    let marked = begun(&from).await;
    let api = empty().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let fixed = ["import", "--from", from.base_url(), "--api-key", from.api_key(), "--state", state.to_str().unwrap()];
    // Pages without what is hidden on them: not the last ones.
    let fast = ["--requests-per-minute", "600000", "--page-size", "3"];
    let run = async |more: &[&str]| api.admin(&[&fixed[..], &fast[..], more].concat()).await.unwrap();
    run(&[]).await;
    // Nobody was made or changed in that second or later.
    tests::next_second().await;
    let begun_at = shared::clock::system().seconds().get().to_string();
    ended(&from, marked).await;
    let said = run(&["--since", &begun_at]).await;
    for ended in ["1  friend,", "1  block,", "1  member,", "2  pin,", "3  save,", "1  conversationPins,"] {
        assert!(said.contains(ended), "{said}");
    }
    assert_alike(&crawl(&from).await, &crawl(&api).await, Depth::Told, "caught up");
}

/// Who logged in here and is deactivated there is so here, as if it had been done here: no token of before works again.
#[tokio::test]
async fn who_was_deactivated_there_has_no_token_here_that_works_again() {
    let api = empty().await;
    let ash = api.token_user("ash").await;
    let user = api.store().user(&Uid::parse("ash").unwrap()).await.unwrap().unwrap();
    let deactivated = User { deactivated_at: Some(shared::clock::system().seconds()), ..user };
    assert_eq!(api.store().import_user_change(&deactivated).await.unwrap(), Brought::Done);
    ash.get("/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
    api.app().put("/users", json!({ "uidsToActivate": ["ash"] })).await.expect_ok();
    ash.get("/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
}

/// Brings a message to birch or to the orchard in as one of this second.
async fn import(api: &Api, muid: &str, receiver: [&str; 2], read_at: Option<u64>) {
    let now = shared::clock::system().seconds().get();
    let mut message = json!({ "muid": muid, "sender": "ash", "receiverType": receiver[0], "receiver": receiver[1],
        "sentAt": now, "data": { "text": muid } });
    message["readAt"] = json!(read_at.map(|_| now));
    let slots = api.app().post("/data_import/messages", json!({ "messages": { muid: message } })).await.expect_data();
    assert_eq!(slots[muid]["success"], true, "{slots}");
}

/// Conversations with messages that are read, unread and brought in.
async fn begun_to_read(from: &Api) {
    for uid in USERS {
        from.user(uid).await;
    }
    let [ash, birch, cedar] = ["ash", "birch", "cedar"].map(|uid| from.on_behalf_of(uid));
    let members = json!({ "participants": ["birch", "cedar"] });
    let group = json!({ "guid": "orchard", "name": "Orchard", "type": "public", "owner": "ash", "members": members });
    from.app().post("/groups", group).await.expect_ok();
    for text in ["one", "two"] {
        for uid in ["birch", "cedar", "elm", "fir"] {
            ash.send_text(&from.on_behalf_of(uid), text).await;
        }
        ash.send_text_to_group("orchard", text).await;
        for receiver in [["user", "birch"], ["group", "orchard"]] {
            import(from, &format!("{text} for the {}", receiver[1]), receiver, None).await;
        }
    }
    for (reader, path) in [(&birch, "/users/ash"), (&birch, "/groups/orchard"), (&cedar, "/groups/orchard")] {
        reader.post(format!("{path}/conversation/read"), json!({})).await.expect_ok();
    }
    from.on_behalf_of("elm").post("/users/ash/conversation/delivered", json!({})).await.expect_ok();
    from.app().delete("/users", json!({ "uidsToDeactivate": ["elm"] })).await.expect_ok();
}

/// What was read is not, what was not is, and more comes.
async fn gone_on_reading(from: &Api) {
    let [ash, birch, cedar, fir] = ["ash", "birch", "cedar", "fir"].map(|uid| from.on_behalf_of(uid));
    for side in ["/users/ash", "/groups/orchard"] {
        let messages = birch.get(format!("{side}/messages?limit=100")).await.expect_data();
        let second = messages.as_array().unwrap().iter().find(|message| message["data"]["text"] == "two").unwrap();
        birch.delete(format!("{side}/conversation/read"), json!({ "messageId": second["id"] })).await.expect_ok();
    }
    cedar.post("/users/ash/conversation/delivered", json!({})).await.expect_ok();
    fir.post("/users/ash/conversation/read", json!({})).await.expect_ok();
    for receiver in [["user", "birch"], ["user", "cedar"], ["group", "orchard"]] {
        import(from, &format!("three for the {}", receiver[1]), receiver, Some(0)).await;
        import(from, &format!("four for the {}", receiver[1]), receiver, None).await;
    }
    ash.send_text_to_group("orchard", "five").await;
    ash.send_text(&birch, "five").await;
    cedar.send_text_to_group("orchard", "six").await;
    for reader in [&ash, &birch, &cedar] {
        reader.post("/groups/orchard/conversation/delivered", json!({})).await.expect_ok();
    }
    from.app().put("/users", json!({ "uidsToActivate": ["elm"] })).await.expect_ok();
    from.app().delete("/users", json!({ "uidsToDeactivate": ["fir"] })).await.expect_ok();
}

#[tokio::test]
async fn what_is_unread_by_now_is_unread_here() {
    let from = empty().await;
    let begun_at = shared::clock::system().seconds().get().to_string();
    begun_to_read(&from).await;
    let api = empty().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let fixed = ["import", "--from", from.base_url(), "--api-key", from.api_key(), "--state", state.to_str().unwrap()];
    let run = async |more: &[&str]| api.admin(&[&fixed[..], more].concat()).await.unwrap();
    let fast = ["--requests-per-minute", "600000"];
    run(&fast).await;
    assert_alike(&crawl(&from).await, &crawl(&api).await, Depth::Told, "moved");
    gone_on_reading(&from).await;
    run(&[&fast[..], &["--since", &begun_at]].concat()).await;
    assert_alike(&crawl(&from).await, &crawl(&api).await, Depth::Told, "caught up");
}

/// A message of a past time is neither behind the last one of the first run nor changed since. What a member removed of a group from
/// their view stays removed, however it is written; an empty group has nothing that they removed.
#[tokio::test]
async fn what_is_brought_in_there_for_a_past_time_comes_here_and_what_a_member_removed_does_not() {
    const THEN: u64 = 1_730_000_000;
    let from = empty().await;
    begun_to_read(&from).await;
    from.app().post("/groups/orchard/members", json!({ "participants": ["fir"] })).await.expect_ok();
    from.on_behalf_of("fir").delete("/groups/orchard/conversation", json!({})).await.expect_ok();
    let group = json!({ "heath": { "guid": "heath", "name": "Heath", "type": "public", "owner": "ash" } });
    from.app().post("/data_import/groups", json!({ "groups": group })).await.expect_ok();
    let api = empty().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let fixed = ["import", "--from", from.base_url(), "--api-key", from.api_key(), "--state", state.to_str().unwrap()];
    let fast = ["--requests-per-minute", "600000"];
    let run = async |more: &[&str]| api.admin(&[&fixed[..], &fast[..], more].concat()).await.unwrap();
    run(&[]).await;
    assert_alike(&crawl(&from).await, &crawl(&api).await, Depth::Told, "moved");
    let message = json!({ "muid": "past", "sender": "ash", "receiverType": "group", "receiver": "heath", "sentAt": THEN,
        "data": { "text": "past" } });
    let past = json!({ "messages": { "past": message } });
    from.app().post("/data_import/messages", past).await.expect_ok();
    let now = shared::clock::system().seconds().plus(1).get().to_string();
    run(&["--since", &now]).await;
    assert_alike(&crawl(&from).await, &crawl(&api).await, Depth::Told, "caught up");
    let seen = api.on_behalf_of("ash").get("/groups/heath/messages").await.expect_data();
    assert_eq!(seen.as_array().unwrap().len(), 1, "{seen}");
}

/// Neither changes the message that it is about, nor is it listed where it was before.
#[tokio::test]
async fn replies_since_the_first_run_are_counted_and_what_was_removed_since_is_removed() {
    let from = empty().await;
    let [ash, birch, cedar] = [from.user("ash").await, from.user("birch").await, from.user("cedar").await];
    from.group("orchard", &[&ash, &birch, &cedar]).await;
    let parent = ash.send_text(&birch, "parent").await["id"].clone();
    ash.send_text(&cedar, "to be removed").await;
    ash.send_text_to_group("orchard", "to be removed").await;
    let api = empty().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let run = async |more: &[&str]| moved_by_rest(&from, &api, &state, more).await;
    run(&[]).await;
    tests::next_second().await;
    let begun_at = shared::clock::system().seconds().get().to_string();
    birch.post(format!("/messages/{parent}/thread"), json!({ "data": { "text": "reply" } })).await.expect_ok();
    for with in ["users/ash", "groups/orchard"] {
        cedar.delete(format!("/{with}/conversation"), json!({})).await.expect_ok();
    }
    run(&["--since", &begun_at]).await;
    assert_alike(&crawl(&from).await, &crawl(&api).await, Depth::Told, "caught up");
}

/// What a member removed no list tells, neither that they have read it; nor is it told of whom all have read what.
#[tokio::test]
async fn receipts_of_what_members_removed_stay_and_more_of_them_come() {
    let from = empty().await;
    let [ash, birch, cedar] = [from.user("ash").await, from.user("birch").await, from.user("cedar").await];
    from.group("orchard", &[&ash, &birch, &cedar]).await;
    let orchard = |what: &str| format!("/groups/orchard/conversation{what}");
    ash.send_text_to_group("orchard", "one").await;
    birch.post(orchard("/read"), json!({})).await.expect_ok();
    tests::next_second().await;
    cedar.post(orchard("/read"), json!({})).await.expect_ok();
    from.all_told().await;
    birch.delete(orchard(""), json!({})).await.expect_ok();
    let api = empty().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let run = async |more: &[&str]| moved_by_rest(&from, &api, &state, more).await;
    run(&[]).await;
    assert_alike(&crawl(&from).await, &crawl(&api).await, Depth::Told, "moved");
    tests::next_second().await;
    let begun_at = shared::clock::system().seconds().get().to_string();
    ash.send_text_to_group("orchard", "two").await;
    cedar.post(orchard("/read"), json!({})).await.expect_ok();
    tests::next_second().await;
    birch.post(orchard("/delivered"), json!({})).await.expect_ok();
    for member in [&birch, &cedar] {
        member.delete(orchard(""), json!({})).await.expect_ok();
    }
    run(&["--since", &begun_at]).await;
    assert_alike(&crawl(&from).await, &crawl(&api).await, Depth::Told, "caught up");
    // From there on it counts what they had received.
    for api in [&from, &api] {
        api.on_behalf_of("birch").post(orchard("/read"), json!({})).await.expect_ok();
        api.all_told().await;
        let messages = api.app().get("/groups/orchard/messages").await.expect_data();
        let read = messages.as_array().unwrap().iter().filter(|message| message["readAt"].is_u64()).count();
        assert_eq!(read, 2, "{messages}");
    }
}
