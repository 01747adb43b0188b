//! Conversations (contract/related.md, "Conversations"): lists, one by its other side, tags, removal.

use futures_util::{StreamExt, stream};
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api};

/// birch has conversations with ash (oldest), the group `orchard`, cedar and elm (latest); all but elm's are unread.
async fn inbox(api: &Api) -> Actor<'_> {
    for (uid, name, tags) in [("ash", "Ash Ley", "picker"), ("cedar", "Cedric", "driver"), ("elm", "Asher", "picker")] {
        api.app().post("/users", json!({ "uid": uid, "name": name, "tags": [tags] })).await.expect_ok();
    }
    let birch = api.user("birch").await;
    let group = json!({ "guid": "orchard", "name": "Orchard", "tags": ["trees"],
        "members": { "participants": ["ash", "birch"] } });
    api.app().post("/groups", group).await.expect_ok();
    api.on_behalf_of("ash").send_text(&birch, "from ash").await;
    api.on_behalf_of("ash").send_text_to_group("orchard", "to all").await;
    api.on_behalf_of("cedar").send_text(&birch, "from cedar").await;
    birch.send_text(&api.on_behalf_of("elm"), "to elm").await;
    birch
}

fn others(listed: &Value) -> Vec<&str> {
    let with = listed.as_array().unwrap().iter().map(|conversation| &conversation["conversationWith"]);
    with.map(|with| with["uid"].as_str().or(with["guid"].as_str()).unwrap()).collect()
}

#[tokio::test]
async fn the_latest_active_comes_first_with_its_last_message() {
    let api = Api::start().await;
    let birch = inbox(&api).await;
    let listed = birch.get("/conversations").await.expect_ok();
    assert_eq!(others(&listed["data"]), ["elm", "cedar", "orchard", "ash"]);
    assert_eq!(listed["meta"]["pagination"]["total"], 4);
    let cedar = &listed["data"][1];
    assert_eq!(cedar["conversationId"], "birch_user_cedar");
    assert_eq!(cedar["conversationType"], "user");
    assert_eq!(cedar["unreadMessageCount"], 1);
    assert_eq!(cedar["lastMessage"]["data"]["text"], "from cedar");
    assert_eq!(cedar["updatedAt"], cedar["lastMessage"]["sentAt"]);
    assert_eq!((&cedar["conversationWith"]["name"], cedar.get("tags")), (&json!("Cedric"), None));
    assert_eq!((cedar.get("pinnedAt"), cedar["conversationWith"].get("tags")), (None, None));
    let group = &listed["data"][2];
    assert_eq!((&group["conversationType"], &group["conversationWith"]["hasJoined"]), (&json!("group"), &json!(true)));
    assert_eq!(listed["data"][0]["unreadMessageCount"], 0);

    api.on_behalf_of("ash").send_text(&birch, "again").await;
    let listed = birch.get("/conversations").await.expect_data();
    assert_eq!(others(&listed), ["ash", "elm", "cedar", "orchard"]);
    assert_eq!(
        (&listed[0]["unreadMessageCount"], &listed[0]["lastMessage"]["data"]["text"]),
        (&json!(2), &json!("again"))
    );
}

#[rstest]
#[case::users("conversationType=user", &["elm", "cedar", "ash"])]
#[case::groups("conversationType=group", &["orchard"])]
#[case::unread("unread=true", &["cedar", "orchard", "ash"])]
#[case::by_name("searchKey=AS", &["elm", "ash"])]
#[case::by_name_of_a_group("searchKey=orch", &["orchard"])]
#[case::nobody("searchKey=zed", &[])]
#[case::user_tags("userTags=picker", &["elm", "ash"])]
#[case::group_tags("groupTags=trees,rocks", &["orchard"])]
#[case::tags_of_both("userTags=driver&groupTags=trees", &["cedar", "orchard"])]
#[case::own_tags("tags=late", &["cedar"])]
#[case::both("unread=1&searchKey=as", &["ash"])]
#[case::agents("onlyAgentic=true", &[])]
#[case::no_agents("hideAgentic=true", &["elm", "cedar", "orchard", "ash"])]
#[case::a_page("per_page=2&page=2", &["orchard", "ash"])]
#[case::a_filtered_page("unread=1&per_page=1&page=2", &["orchard"])]
#[case::past_the_end("page=9", &[])]
#[tokio::test]
async fn a_list_keeps_what_is_asked_for(#[case] query: &str, #[case] expected: &[&str]) {
    let api = Api::start().await;
    let birch = inbox(&api).await;
    birch.put("/users/cedar/conversation", json!({ "tags": ["late"] })).await.expect_ok();
    let listed = birch.get(format!("/conversations?{query}")).await.expect_data();
    assert_eq!(others(&listed), expected);
}

#[rstest]
#[case("perPage", "0")]
#[case("page", "0")]
#[case("conversationType", "both")]
#[case("unread", "maybe")]
#[case("unique", "1")]
#[tokio::test]
async fn a_parameter_is_refused(#[case] name: &str, #[case] value: &str) {
    let api = Api::start().await;
    let birch = inbox(&api).await;
    birch.get(format!("/conversations?{name}={value}")).await.expect_invalid(name);
}

#[tokio::test]
async fn tags_are_the_users_own_and_shown_on_demand() {
    let api = Api::start().await;
    let birch = inbox(&api).await;
    let tagged = birch.put("/groups/orchard/conversation", json!({ "tags": ["work", "late"] })).await.expect_data();
    assert_eq!(tagged["tags"], json!(["work", "late"]));
    assert_eq!(birch.get("/groups/orchard/conversation").await.expect_data()["tags"], json!(["work", "late"]));
    assert_eq!(api.on_behalf_of("ash").get("/groups/orchard/conversation").await.expect_data().get("tags"), None);
    let listed =
        birch.get("/conversations?withTags=1&withUserAndGroupTags=1&conversationType=group").await.expect_data();
    assert_eq!(
        (&listed[0]["tags"], &listed[0]["conversationWith"]["tags"]),
        (&json!(["work", "late"]), &json!(["trees"]))
    );
    birch.put("/groups/orchard/conversation", json!({ "tags": [] })).await.expect_ok();
    assert_eq!(birch.get("/groups/orchard/conversation").await.expect_data().get("tags"), None);
    birch.put("/groups/orchard/conversation", json!({})).await.expect_invalid("tags");
    let many: Vec<String> = (0..26).map(|n| n.to_string()).collect();
    birch.put("/groups/orchard/conversation", json!({ "tags": many })).await.expect_invalid("tags");
}

#[tokio::test]
async fn the_last_message_is_left_out_once_it_is_deleted() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    ash.send_text(&birch, "first").await;
    let last = ash.send_text(&birch, "last").await;
    ash.put(format!("/messages/{}", last["id"]), json!({ "data": { "text": "edited" } })).await.expect_ok();
    let seen = birch.get("/users/ash/conversation").await.expect_data();
    assert_eq!(seen["lastMessage"]["data"]["text"], "edited", "the telling of an edit is no message of its own");
    ash.delete(format!("/messages/{}", last["id"]), json!({})).await.expect_ok();
    assert_eq!(birch.get("/users/ash/conversation").await.expect_data().get("lastMessage"), None);
    ash.delete(format!("/messages/{}", last["id"]), json!({ "permanent": true })).await.expect_ok();
    let seen = birch.get("/users/ash/conversation").await.expect_data();
    assert_eq!(seen["lastMessage"]["data"]["text"], "first", "of what is gone for good not even a gap is left");
}

#[tokio::test]
async fn the_last_message_tells_whether_it_was_read() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    ash.send_text(&birch, "hello").await;
    birch.post("/users/ash/conversation/read", json!({})).await.expect_ok();
    let sent = ash.get("/conversations").await.expect_data()[0]["lastMessage"].take();
    assert!(sent["readAt"].is_u64() && sent["deliveredAt"].is_u64() && sent.get("myReceipt").is_none(), "{sent}");
    let received = birch.get("/conversations").await.expect_data()[0]["lastMessage"].take();
    assert!(received["myReceipt"]["readAt"].is_u64(), "{received}");
    birch.send_text(&ash, "well").await;
    let unseen = birch.get("/conversations").await.expect_data()[0]["lastMessage"].take();
    assert_eq!((unseen.get("readAt"), unseen.get("myReceipt")), (None, None));
}

#[rstest]
#[case::user("/users/ash")]
#[case::group("/groups/orchard")]
#[tokio::test]
async fn a_removed_conversation_comes_back_with_the_next_message_and_without_the_earlier(#[case] with: &str) {
    let api = Api::start().await;
    let birch = inbox(&api).await;
    let ash = api.on_behalf_of("ash");
    let earlier = birch.get(format!("{with}/messages")).await.expect_data();
    let before = ash.get("/conversations").await.expect_data();

    let body = json!({ "conversationWith": "ash", "deleteMessagesPermanently": true });
    assert_eq!(birch.delete(format!("{with}/conversation"), body).await.expect_data()["success"], true);
    let other = with.rsplit('/').next().unwrap();
    assert!(!others(&birch.get("/conversations").await.expect_data()).contains(&other));
    birch.get(format!("{with}/conversation")).await.expect_error(403, "ERR_CONVERSATION_NOT_ACCESSIBLE");
    assert_eq!(birch.get(format!("{with}/messages")).await.expect_data(), json!([]));
    let id = &earlier[0]["id"];
    birch.get(format!("/messages/{id}")).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    let all = birch.get("/messages?limit=100").await.expect_data();
    assert!(!all.as_array().unwrap().iter().any(|message| message["id"] == *id));
    assert_eq!(ash.get("/conversations").await.expect_data(), before, "the others keep all");

    match with {
        "/users/ash" => ash.send_text(&birch, "anew").await,
        _ => ash.send_text_to_group("orchard", "anew").await,
    };
    let seen = birch.get(format!("{with}/conversation")).await.expect_data();
    assert_eq!((&seen["unreadMessageCount"], &seen["lastMessage"]["data"]["text"]), (&json!(1), &json!("anew")));
    assert_eq!(birch.get(format!("{with}/messages")).await.expect_data().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_conversation_may_keep_its_place_when_it_is_emptied() {
    let api = Api::start().await;
    let birch = inbox(&api).await;
    birch.delete("/users/cedar/conversation", json!({ "preserveOrder": true })).await.expect_ok();
    let listed = birch.get("/conversations").await.expect_data();
    assert_eq!(others(&listed), ["elm", "cedar", "orchard", "ash"]);
    assert_eq!((listed[1].get("lastMessage"), &listed[1]["unreadMessageCount"]), (None, &json!(0)));
}

#[tokio::test]
async fn conversations_with_the_blocked_are_listed_on_demand() {
    let api = Api::start().await;
    let birch = inbox(&api).await;
    api.block("birch", "cedar").await;
    api.block("ash", "birch").await;
    assert_eq!(others(&birch.get("/conversations").await.expect_data()), ["elm", "orchard", "ash"]);
    let all = birch.get("/conversations?includeBlockedUsers=1&withBlockedInfo=1").await.expect_data();
    assert_eq!(others(&all), ["elm", "cedar", "orchard", "ash"]);
    assert_eq!(all[1]["conversationWith"]["blockedByMe"], true);
    assert_eq!(all[3]["conversationWith"]["hasBlockedMe"], true);
}

#[rstest]
#[case::stranger("elm", "/users/ash/conversation", 403, "ERR_CONVERSATION_NOT_ACCESSIBLE")]
#[case::no_member("elm", "/groups/orchard/conversation", 403, "ERR_CONVERSATION_NOT_ACCESSIBLE")]
#[case::unknown_user("birch", "/users/nobody/conversation", 404, "ERR_UID_NOT_FOUND")]
#[case::unknown_group("birch", "/groups/nowhere/conversation", 404, "ERR_GUID_NOT_FOUND")]
#[case::nobody_acts("app", "/users/ash/conversation", 400, "ERR_BAD_REQUEST")]
#[tokio::test]
async fn a_conversation_is_not_shown_to(
    #[case] uid: &str,
    #[case] path: &str,
    #[case] status: u16,
    #[case] code: &str,
) {
    let api = Api::start().await;
    inbox(&api).await;
    let actor = crate::given::who(&api, uid);
    actor.get(path).await.expect_error(status, code);
    actor.put(path, json!({ "tags": ["a"] })).await.expect_error(status, code);
    actor.delete(path, json!({})).await.expect_error(status, code);
}

#[tokio::test]
async fn a_conversation_is_found_by_its_id() {
    let api = Api::start().await;
    let birch = inbox(&api).await;
    for (id, with) in [("ash_user_birch", "/users/ash"), ("GROUP_orchard", "/groups/orchard")] {
        let by_id = birch.get(format!("/conversations/{id}")).await.expect_data();
        assert_eq!(by_id, birch.get(format!("{with}/conversation")).await.expect_data());
    }
    birch.get("/conversations/ash_user_cedar").await.expect_error(404, "ERR_CONVERSATION_NOT_FOUND");
    birch.get("/conversations/nonsense").await.expect_error(404, "ERR_CONVERSATION_NOT_FOUND");
}

#[tokio::test]
async fn a_conversation_deleted_for_all_leaves_nothing() {
    let api = Api::start().await;
    let birch = inbox(&api).await;
    let sent = birch.send_text(&api.on_behalf_of("ash"), "a secret").await;
    birch.post(format!("/messages/{}/reactions/x", sent["id"]), Value::Null).await.expect_ok();
    birch.post(format!("/messages/{}/save", sent["id"]), Value::Null).await.expect_ok();
    let token = api.token_user("gorse").await;
    token.delete("/conversations/ash_user_birch", json!({})).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    api.app().delete("/conversations/ash_user_birch", json!({})).await.expect_ok();
    api.jobs_done().await;
    let id = sent["id"].to_string();
    let left: Vec<String> = api.table().await.into_iter().map(|item| item.to_string()).collect();
    assert!(!left.iter().any(|item| item.contains("a secret") || item.contains(&id)), "{left:#?}");
    birch.get("/users/ash/conversation").await.expect_error(403, "ERR_CONVERSATION_NOT_ACCESSIBLE");
    api.app().delete("/conversations/ash_user_birch", json!({})).await.expect_error(404, "ERR_CONVERSATION_NOT_FOUND");
    birch.send_text(&api.on_behalf_of("ash"), "anew").await;
    assert_eq!(birch.get("/users/ash/messages").await.expect_data().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_app_lists_the_conversations_of_everybody_user_by_user() {
    let api = Api::start().await;
    inbox(&api).await;
    let listed = api.app().get("/conversations?conversationType=user").await.expect_data();
    // By name: of ash, elm, birch (three) and cedar; the users who are there from the start have a group only.
    assert_eq!(others(&listed), ["birch", "birch", "elm", "cedar", "ash", "birch"]);
    let unique = api.app().get("/conversations?conversationType=user&unique=1&perPage=2&page=2").await.expect_data();
    assert_eq!(others(&unique), ["cedar"]);
}

#[tokio::test]
async fn large_groups_move_no_conversation_unless_the_limit_is_off() {
    const MEMBERS: usize = 301;
    for is_limited in [true, false] {
        let api = if is_limited { Api::start().await } else { Api::start_without_member_limit().await };
        let (ash, birch) = (api.user("ash").await, api.user("birch").await);
        let uids: Vec<String> = (0..MEMBERS - 2).map(|n| format!("m-{n:03}")).collect();
        api.users(&uids).await;
        let guid = api.group("forest", &[&ash, &birch]).await;
        ash.send_text_to_group(&guid, "early").await;
        let (few, last) = uids.split_at(MEMBERS - 3);
        for some in few.chunks(25).chain([last]) {
            api.app().post("/groups/forest/members", json!({ "participants": some })).await.expect_ok();
        }
        ash.send_text_to_group(&guid, "late").await;
        let seen = birch.get("/groups/forest/conversation").await.expect_data();
        let n_unread = if is_limited { 1 } else { 2 };
        assert_eq!(seen["unreadMessageCount"], n_unread, "limited: {is_limited}");
        if !is_limited {
            assert_eq!(seen["lastMessage"]["data"]["text"], "late");
        }
        let listed = birch.get("/groups/forest/messages?categories=message").await.expect_data();
        assert_eq!(listed.as_array().unwrap().len(), 2, "lists of messages show all");
    }
}

#[tokio::test]
async fn the_conversations_of_a_user_in_two_thousand_groups_take_the_stated_calls() {
    const GROUPS: usize = 2_000;
    const PAGE: usize = 100;
    let api = Api::start().await;
    let (token, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    // Without a key a request may not look at the heads of all.
    let ash = api.on_behalf_of("ash");
    let create = |n: usize| {
        let app = api.app();
        let body = json!({ "guid": format!("g-{n:04}"), "name": format!("G {n}"), "members": { "participants": ["ash", "birch"] } });
        async move { app.post("/groups", body).await.expect_ok() }
    };
    assert_eq!(stream::iter(0..GROUPS).map(create).buffer_unordered(4).count().await, GROUPS);
    for n in [7, 1_234, 1_999] {
        birch.send_text_to_group(&format!("g-{n:04}"), "news").await;
    }
    // The key is proved from here on.
    api.app().get("/users/ash").await.expect_ok();
    let listed = ash.get(format!("/conversations?perPage={PAGE}")).await.expect_ok();
    let line = api.last_line();
    assert_eq!(listed["meta"]["pagination"]["total"], GROUPS);
    assert_eq!(&others(&listed["data"])[..3], ["g-1999", "g-1234", "g-0007"]);
    assert_eq!(
        (&listed["data"][0]["unreadMessageCount"], &listed["data"][3]["unreadMessageCount"]),
        (&json!(1), &json!(0))
    );
    // User and pins; the first rows with blocks, and the other rows; states by hundreds; groups with memberships, bans and
    // last messages; counters of what is unread.
    const UNREAD: usize = 3;
    let expected = 1 + 2 + GROUPS / 100 + (4 * PAGE).div_ceil(100) + UNREAD;
    assert_eq!(line.calls as usize, expected, "{line:?}");

    let unread = ash.get("/conversations?unread=1").await.expect_data();
    assert_eq!(others(&unread), ["g-1999", "g-1234", "g-0007"]);
    let last = ash.get(format!("/conversations?perPage={PAGE}&page={}", GROUPS / PAGE)).await.expect_data();
    assert_eq!(last.as_array().unwrap().len(), PAGE);
    assert_eq!(walked(&token).await, (0..GROUPS).map(|n| format!("g-{n:04}")).collect::<Vec<_>>());
}

/// Whom all conversations of a list are with, in the order of their names, as `meta.next` leads through it.
async fn walked(actor: &Actor<'_>) -> Vec<String> {
    let (mut all, mut place) = (Vec::new(), String::new());
    loop {
        let page = actor.get(format!("/conversations?perPage=1000{place}")).await.expect_ok();
        all.extend(others(&page["data"]).into_iter().map(str::to_owned));
        let Some(next) = page["meta"]["next"].as_object() else { break };
        let parameter = |(name, value): (&String, &Value)| format!("&{name}={}", value.to_string().trim_matches('"'));
        place = next.iter().map(parameter).collect();
    }
    all.sort();
    all
}

/// Blocks stand before the conversations of a user and are read with them, as far as they are few.
#[rstest]
#[case::few(3)]
#[case::more_than_are_read_together(60)]
#[tokio::test]
async fn who_blocks_or_blocks_no_more_has_the_same_conversations(#[case] n_blocked: usize) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let names: Vec<String> = (0..n_blocked).map(|n| format!("fir-{n:02}")).collect();
    for name in &names {
        api.user(name).await.send_text(&ash, "Well").await;
    }
    birch.send_text(&ash, "Well").await;
    let n_listed = async || ash.get("/conversations?perPage=100").await.expect_data().as_array().unwrap().len();
    assert_eq!(n_listed().await, n_blocked + 1);
    for some in names.chunks(20) {
        ash.post("/blockedusers", json!({ "blockedUids": some })).await.expect_ok();
    }
    assert_eq!(n_listed().await, 1);
    for some in names.chunks(20) {
        ash.delete("/blockedusers", json!({ "blockedUids": some })).await.expect_ok();
    }
    assert_eq!(n_listed().await, n_blocked + 1);
}
