//! The list of threads, subscriptions, and interactive messages (contract/extras.md).

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api, ids};

async fn reply(actor: &Actor<'_>, parent: &Value, text: &str) -> Value {
    actor.post(format!("/messages/{}/thread", parent["id"]), json!({ "data": { "text": text } })).await.expect_data()
}

/// Threads of ash with birch (`first`, `second`) and of birch with cedar (`third`), by the times of their last replies:
/// second, third, first.
async fn three(api: &Api) -> [Value; 3] {
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    let first = ash.send_text(&birch, "first").await;
    let second = birch.send_text(&ash, "second").await;
    let third = birch.send_text(&cedar, "third").await;
    ash.send_text(&birch, "no thread").await;
    reply(&birch, &first, "early").await;
    reply(&ash, &second, "only").await;
    reply(&cedar, &third, "<@uid:birch>").await;
    reply(&birch, &first, "late").await;
    [first, second, third]
}

/// A thread stands at its last reply: where that went back, the newest reply was in no list of threads.
#[tokio::test]
async fn a_reply_that_is_stored_late_is_not_the_last() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let parent = ash.send_text(&birch, "parent").await;
    let late = reply(&birch, &parent, "late").await;
    api.reply(&parent).await;
    let threads = ash.get("/threads").await.expect_data();
    assert_eq!((&threads[0]["lastReply"]["id"], &threads[0]["replyCount"]), (&late["id"], &json!(2)));
}

#[rstest]
#[case::all_of_birch("birch", "", &[0, 2, 1])]
#[case::all_of_ash("ash", "", &[0, 1])]
#[case::the_app("app", "", &[0, 2, 1])]
#[case::rising("birch", "affix=append", &[1, 2, 0])]
#[case::one("birch", "limit=1", &[0])]
#[case::written_in("birch", "participatedByMe=1", &[0, 2, 1])]
#[case::written_in_by_another("ash", "participatedByMe=true", &[0, 1])]
#[case::replied("cedar", "participatedByMe=1", &[2])]
#[case::stranger("elm", "", &[])]
#[tokio::test]
async fn threads_are_listed_by_their_last_replies(#[case] uid: &str, #[case] query: &str, #[case] expected: &[usize]) {
    let api = Api::start().await;
    let threads = three(&api).await;
    api.user("elm").await;
    let actor = crate::given::who(&api, uid);
    let listed = actor.get(format!("/threads?{query}")).await.expect_data();
    let expected: Vec<u64> = expected.iter().map(|at| threads[*at]["id"].as_u64().unwrap()).collect();
    assert_eq!(ids(&listed), expected);
}

#[tokio::test]
async fn a_thread_has_its_last_reply_and_counters_on_demand() {
    let api = Api::start().await;
    let [first, _, third] = three(&api).await;
    let birch = api.on_behalf_of("birch");
    let listed = birch.get("/threads?withUnreadReplyCount=1&withMentionCount=1").await.expect_ok();
    let thread = &listed["data"][0];
    assert_eq!((&thread["id"], &thread["replyCount"]), (&first["id"], &json!(2)));
    assert_eq!(thread["lastReply"]["data"]["text"], "late");
    assert_eq!(thread["updatedAt"], thread["lastReply"]["sentAt"]);
    assert_eq!((&thread["lastReply"]["muid"], &thread["lastReply"]["deletedAt"]), (&json!(""), &Value::Null));
    assert_eq!((&thread["unreadRepliesCount"], &thread["unreadReplyCount"]), (&json!(0), &json!(0)));
    assert_eq!((&listed["data"][1]["id"], &listed["data"][1]["unreadRepliesCount"]), (&third["id"], &json!(1)));
    assert_eq!(listed["data"][1]["unreadMentionsCount"], 1);
    let plain = birch.get("/threads").await.expect_data();
    for counter in ["unreadRepliesCount", "unreadReplyCount", "unreadMentionsCount", "threadSubscribed"] {
        assert_eq!(plain[1].get(counter), None, "{counter}");
    }
    // A reply subscribes who wrote it.
    let listed = birch.get("/threads?withThreadSubscribed=true").await.expect_data();
    let follows: Vec<&Value> = listed.as_array().unwrap().iter().map(|thread| &thread["threadSubscribed"]).collect();
    assert_eq!(follows, [&json!(true), &json!(false), &json!(false)]);
}

#[rstest]
#[case::of_ash_with_birch("ash", "/users/birch/threads", &[0, 1])]
#[case::the_other_way_round("birch", "/users/ash/threads?affix=append", &[1, 0])]
#[case::of_birch_with_cedar("birch", "/users/cedar/threads", &[2])]
#[case::of_nobody_with_birch("elm", "/users/birch/threads", &[])]
#[case::all_of_birch_for_the_app("app", "/users/birch/threads", &[0, 2, 1])]
#[case::written_in("cedar", "/users/birch/threads?participatedByMe=1", &[2])]
#[tokio::test]
async fn threads_with_a_user_are_those_of_this_conversation(
    #[case] uid: &str,
    #[case] path: &str,
    #[case] expected: &[usize],
) {
    let api = Api::start().await;
    let threads = three(&api).await;
    api.user("elm").await;
    let listed = crate::given::who(&api, uid).get(path).await.expect_data();
    let expected: Vec<u64> = expected.iter().map(|at| threads[*at]["id"].as_u64().unwrap()).collect();
    assert_eq!(ids(&listed), expected);
}

#[tokio::test]
async fn threads_of_a_group_are_for_its_members_and_the_app() {
    let api = Api::start().await;
    three(&api).await;
    let (ash, elm) = (api.on_behalf_of("ash"), api.user("elm").await);
    let birch = api.on_behalf_of("birch");
    let group = api.group("orchard", &[&ash, &birch]).await;
    let parent = ash.send_text_to_group(&group, "in the group").await;
    reply(&birch, &parent, "r").await;
    let path = format!("/groups/{group}/threads");
    for who in [&ash, &birch, &api.app()] {
        assert_eq!(ids(&who.get(&path).await.expect_data()), [parent["id"].as_u64().unwrap()]);
    }
    elm.get(&path).await.expect_error(401, "ERR_GROUP_NOT_JOINED");
    ash.get("/groups/nowhere/threads").await.expect_error(404, "ERR_GUID_NOT_FOUND");
    ash.get("/users/nobody/threads").await.expect_error(404, "ERR_UID_NOT_FOUND");
}

#[rstest]
#[case("prepend")]
#[case("append")]
#[tokio::test]
async fn pages_of_threads_neither_skip_nor_repeat_any(#[case] affix: &str) {
    const THREADS: usize = 12;
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let mut parents = Vec::new();
    for n in 0..THREADS {
        parents.push(ash.send_text(&birch, &n.to_string()).await);
    }
    // Later replies, so that early ones are met again below the cursor.
    for n in 0..THREADS * 2 {
        reply(&birch, &parents[n * 5 % THREADS], "r").await;
    }
    let whole = ids(&ash.get(format!("/threads?affix={affix}")).await.expect_data());
    assert_eq!(whole.len(), THREADS);
    for form in ["id", "updatedAt"] {
        let (mut walked, mut cursor) = (Vec::new(), String::new());
        for _ in 0..THREADS {
            let page = ash.get(format!("/threads?affix={affix}&limit=5{cursor}")).await.expect_ok();
            walked.extend(ids(&page["data"]));
            let next = &page["meta"]["next"];
            if next.is_null() || form == "updatedAt" {
                break;
            }
            cursor = format!("&id={}&updatedAt={}", next["id"], next["updatedAt"]);
        }
        match form {
            "id" => assert_eq!(walked, whole),
            _ => assert_eq!(walked, whole[..5]),
        }
    }
    let none = ash.get("/threads?affix=append&updatedAt=4000000000").await.expect_ok();
    assert_eq!((&none["data"], none["meta"].get("next")), (&json!([]), None));
}

#[tokio::test]
async fn a_thread_stands_at_the_reply_that_is_left() {
    let api = Api::start().await;
    let [first, second, third] = three(&api).await;
    let birch = api.on_behalf_of("birch");
    let listed = birch.get("/threads").await.expect_data();
    let late = &listed[0]["lastReply"]["id"];
    birch.delete(format!("/messages/{late}"), json!({ "permanent": true })).await.expect_ok();
    let listed = birch.get("/threads").await.expect_data();
    assert_eq!(ids(&listed), [&third, &second, &first].map(|parent| parent["id"].as_u64().unwrap()));
    assert_eq!(listed[2]["lastReply"]["data"]["text"], "early");
}

#[tokio::test]
async fn the_parameters_of_threads_are_checked() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    for (name, value) in [("limit", "0"), ("affix", "up"), ("updatedAt", "now"), ("id", "x"), ("participatedByMe", "x")]
    {
        ash.get(format!("/threads?{name}={value}")).await.expect_invalid(name);
    }
    api.app().get("/threads?participatedByMe=1").await.expect_invalid("participatedByMe");
}

#[tokio::test]
async fn a_thread_is_followed() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.token_user("birch").await);
    let parent = ash.send_text(&birch, "parent").await;
    let path = |id: &Value| format!("/messages/{id}/thread/subscription");
    for method in ["POST", "POST", "DELETE", "DELETE"] {
        let answer = birch.send(method, &path(&parent["id"]), Vec::new()).await;
        assert_eq!(answer.expect_ok(), json!({ "data": { "success": true } }));
    }
    let answered = reply(&ash, &parent, "reply").await;
    birch.post(path(&answered["id"]), Value::Null).await.expect_error(400, "ERR_MESSAGE_THREAD_NESTING");
    let told = ash.delete(format!("/messages/{}", answered["id"]), json!({})).await.expect_data();
    birch.post(path(&told["id"]), Value::Null).await.expect_error(400, "ERR_WRONG_MESSAGE_THREAD_CATEGORY");
}

fn form(allow_sender: bool) -> Value {
    json!({
        "receiver": "birch", "receiverType": "user", "category": "interactive", "type": "form",
        "data": {
            "interactiveData": {
                "formFields": [{ "elementType": "textInput", "elementId": "name" }],
                "submitElement": { "elementType": "button", "elementId": "submit" },
            },
            "interactionGoal": { "type": "anyOf", "elementIds": ["submit"] },
            "allowSenderInteraction": allow_sender,
        },
    })
}

#[tokio::test]
async fn a_form_is_used_and_each_element_keeps_its_first_time() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.token_user("birch").await);
    let sent = ash.post("/messages", form(false)).await.expect_data();
    let path = format!("/messages/{}", sent["id"]);
    let interact = async |ids: Value| {
        let body = json!({ "interactions": ids }).to_string().into_bytes();
        birch.send("PATCH", &format!("{path}/interacted"), body).await
    };
    assert_eq!(interact(json!(["name"])).await.expect_data()["success"], true);
    let first = birch.get(&path).await.expect_data()["interactions"].take();
    assert_eq!(first[0]["elementId"], "name");
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    interact(json!(["submit", "name", "submit"])).await.expect_ok();
    let all = birch.get("/users/ash/messages").await.expect_data()[0]["interactions"].take();
    assert_eq!((&all[0], &all[1]["elementId"]), (&first[0], &json!("submit")));
    assert!(first[0]["interactedAt"].as_u64() < all[1]["interactedAt"].as_u64());
    assert_eq!(ash.get(&path).await.expect_data().get("interactions"), None, "they are the user's own");

    for ids in [json!(["elsewhere"]), json!([]), json!("name"), json!([7]), Value::Null] {
        interact(ids).await.expect_invalid("interactions");
    }
}

#[tokio::test]
async fn a_sender_uses_their_own_form_only_if_it_says_so() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let body = br#"{"interactions":["submit"]}"#.to_vec();
    for (allowed, refusal) in [(false, Some((403, "ERR_MESSAGE_ACTION_NOT_ALLOWED"))), (true, None)] {
        let sent = ash.post("/messages", form(allowed)).await.expect_data();
        let answer = ash.send("PATCH", &format!("/messages/{}/interacted", sent["id"]), body.clone()).await;
        crate::given::expect(answer, refusal);
    }
    let plain = ash.send_text(&birch, "hello").await;
    let path = format!("/messages/{}/interacted", plain["id"]);
    birch.send("PATCH", &path, body).await.expect_invalid("interactions");
}
