//! Push tokens, preferences, muted conversations and time zones (contract/rest-coverage.md, "Notifications").

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Answer, Api};

const TOKENS: &str = "/notifications/push/v1/tokens";
const PREFERENCES: &str = "/notifications/v1/preferences";
const MUTE: &str = "/notifications/v1/preferences/mute";
const TIME_ZONE: &str = "/notifications/v1/preferences/timezone";
/// In the year 2100.
const LATE: u64 = 4_102_444_800_000;

async fn patch(actor: &Actor<'_>, path: &str, body: Value) -> Answer {
    actor.send("PATCH", path, body.to_string().into_bytes()).await
}

async fn register(actor: &Actor<'_>, token: &str) {
    actor.post(TOKENS, json!({ "platform": "fcm_android", "fcmToken": token })).await.expect_ok();
}

async fn tokens(actor: &Actor<'_>) -> Vec<String> {
    let data = actor.get(TOKENS).await.expect_data();
    let mut tokens: Vec<String> = data["pushTokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| token["pushToken"].as_str().unwrap().into())
        .collect();
    tokens.sort();
    tokens
}

async fn muted(actor: &Actor<'_>) -> Value {
    actor.get(MUTE).await.expect_data()["mutedConversations"].take()
}

#[tokio::test]
async fn a_token_is_registered_once_and_shown() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let body =
        json!({ "platform": "apns_ios_voip", "voipToken": "v", "providerId": "apns", "timezone": "Europe/Berlin" });
    ash.post(TOKENS, body.clone()).await.expect_ok();
    ash.post(TOKENS, body).await.expect_ok();
    let mut data = ash.get(TOKENS).await.expect_data();
    let token = data["pushTokens"].as_array_mut().unwrap().pop().unwrap();
    assert!(data["pushTokens"].as_array().unwrap().is_empty());
    assert_eq!(
        (&token["uid"], &token["pushToken"], &token["pushTokenType"]),
        (&json!("ash"), &json!("v"), &json!("voip"))
    );
    assert_eq!((&token["platform"], &token["providerId"]), (&json!("apns_ios_voip"), &json!("apns")));
    assert_eq!(ash.get(TIME_ZONE).await.expect_data(), json!({ "timezone": "Europe/Berlin" }));
}

#[rstest]
#[case::no_platform(json!({ "fcmToken": "t" }), "platform")]
#[case::no_token(json!({ "platform": "fcm_web" }), "fcmToken")]
#[case::two_tokens(json!({ "platform": "fcm_web", "fcmToken": "t", "deviceToken": "u" }), "fcmToken")]
#[case::blank_in_token(json!({ "platform": "fcm_web", "fcmToken": "t u" }), "fcmToken")]
#[case::long_token(json!({ "platform": "fcm_web", "fcmToken": "t".repeat(4_097) }), "fcmToken")]
#[case::no_such_zone(json!({ "platform": "fcm_web", "fcmToken": "t", "timezone": "Europe/Atlantis" }), "timezone")]
#[tokio::test]
async fn what_is_no_token_is_refused(#[case] body: Value, #[case] field: &str) {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    assert_eq!(ash.post(TOKENS, body).await.expect_invalid(field).len(), 1);
    assert!(tokens(&ash).await.is_empty());
}

#[tokio::test]
async fn a_device_belongs_to_who_registered_it_last() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    register(&ash, "phone").await;
    register(&birch, "phone").await;
    assert!(tokens(&ash).await.is_empty());
    assert_eq!(tokens(&birch).await, ["phone"]);
    // Forgetting what is another's by now takes nothing from them.
    ash.delete(format!("{TOKENS}/phone"), json!({})).await.expect_ok();
    assert_eq!(tokens(&birch).await, ["phone"]);
    register(&ash, "phone").await;
    assert!(tokens(&birch).await.is_empty());
}

#[tokio::test]
async fn one_token_or_all_or_those_of_a_login_are_forgotten() {
    let api = Api::start_telling().await;
    let ash = api.user("ash").await;
    let (phone, tablet) = (api.token_of("ash").await, api.token_of("ash").await);
    let by = |token: &str| api.nobody().with("authToken", token);
    register(&by(&phone), "phone").await;
    register(&by(&tablet), "tablet").await;
    let named = json!({ "platform": "fcm_web", "fcmToken": "named", "authToken": phone });
    api.app().post(TOKENS, named).await.expect_ok();
    register(&ash, "a:b-c_d").await;
    assert_eq!(tokens(&ash).await, ["a:b-c_d", "named", "phone", "tablet"]);
    ash.delete(format!("{TOKENS}/a%3Ab-c_d"), json!({})).await.expect_ok();
    assert_eq!(tokens(&ash).await, ["named", "phone", "tablet"]);
    by(&tablet).delete(TOKENS, json!({})).await.expect_ok();
    assert_eq!(tokens(&ash).await, ["named", "phone"]);
    by(&phone).delete("/me", json!({})).await.expect_ok();
    api.all_delivered().await;
    assert!(tokens(&ash).await.is_empty(), "they go with the login");
    register(&ash, "phone").await;
    ash.delete(TOKENS, json!({})).await.expect_ok();
    assert!(tokens(&ash).await.is_empty());
}

#[tokio::test]
async fn the_oldest_of_a_hundred_tokens_makes_room() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    for n in 0..=100 {
        register(&ash, &format!("t{n:03}")).await;
    }
    assert_eq!(tokens(&ash).await.len(), 100);
    assert!(tokens(&ash).await.contains(&"t100".to_owned()));
}

#[tokio::test]
async fn one_token_is_forgotten_by_its_value_whatever_characters_it_has() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let values = ["a/b+c=", "d%2Fe", "f:g?h#i"];
    for token in values {
        register(&ash, token).await;
    }
    for (n, path) in ["a/b+c=", "d%252Fe", "f:g%3Fh%23i"].into_iter().enumerate() {
        ash.delete(format!("{TOKENS}/{path}"), json!({})).await.expect_ok();
        assert_eq!(tokens(&ash).await, values[n + 1..]);
    }
}

#[tokio::test]
async fn a_deactivation_and_a_deletion_leave_no_token() {
    let api = Api::start_telling().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    register(&ash, "phone").await;
    register(&birch, "tablet").await;
    patch(&birch, PREFERENCES, json!({ "usePrivacyTemplate": true })).await.expect_ok();
    let mute = json!({ "conversations": [{ "id": "ash", "type": "oneOnOne", "until": LATE }] });
    birch.put(MUTE, mute).await.expect_ok();
    patch(&birch, TIME_ZONE, json!({ "timezone": "Asia/Tokyo" })).await.expect_ok();
    api.app().delete("/users", json!({ "uidsToDeactivate": ["ash"] })).await.expect_ok();
    api.all_delivered().await;
    api.app().put("/users", json!({ "uidsToActivate": ["ash"] })).await.expect_ok();
    assert!(tokens(&ash).await.is_empty());
    api.app().delete("/users/birch", json!({ "permanent": true })).await.expect_ok();
    api.jobs_done().await;
    let birch = api.user("birch").await;
    assert!(tokens(&birch).await.is_empty());
    assert_eq!(muted(&birch).await, json!([]));
    assert_eq!(birch.get(PREFERENCES).await.expect_data()["usePrivacyTemplate"], false);
    assert_eq!(birch.get(TIME_ZONE).await.expect_data()["timezone"], "UTC");
    register(&ash, "tablet").await;
    assert_eq!(tokens(&ash).await, ["tablet"]);
}

#[tokio::test]
async fn preferences_are_changed_part_by_part() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let usual = ash.get(PREFERENCES).await.expect_data();
    assert_eq!(usual["groupPreferences"]["groupMessages"], 2);
    assert_eq!(usual["groupPreferences"]["groupMemberJoined"], 1);
    assert_eq!(usual["mutePreferences"]["schedule"]["monday"], json!({ "from": 0, "to": 2359, "dnd": false }));
    let first = json!({ "groupPreferences": { "groupMessages": 3, "groupPolls": 7 }, "somethingNew": true });
    let mut expected = usual.clone();
    expected["groupPreferences"]["groupMessages"] = json!(3);
    assert_eq!(patch(&ash, PREFERENCES, first).await.expect_data(), expected);
    let second =
        json!({ "mutePreferences": { "schedule": { "sunday": { "from": 900 } } }, "usePrivacyTemplate": true });
    expected["mutePreferences"]["schedule"]["sunday"]["from"] = json!(900);
    expected["usePrivacyTemplate"] = json!(true);
    let of_push = "/notifications/push/v1/preferences";
    assert_eq!(patch(&ash, of_push, second).await.expect_data(), expected);
    assert_eq!(ash.get(of_push).await.expect_data(), expected);
    assert_eq!(ash.delete(PREFERENCES, json!({})).await.expect_data(), usual);
    assert_eq!(ash.get(PREFERENCES).await.expect_data(), usual);
}

#[rstest]
#[case::beyond(json!({ "groupPreferences": { "groupMessages": 4 } }), "groupPreferences")]
#[case::below(json!({ "oneOnOnePreferences": { "oneOnOneReactions": 0 } }), "oneOnOnePreferences")]
#[case::text(json!({ "groupPreferences": { "groupMemberLeft": "2" } }), "groupPreferences")]
#[case::dnd(json!({ "mutePreferences": { "dnd": 3 } }), "mutePreferences")]
#[case::time(json!({ "mutePreferences": { "schedule": { "monday": { "from": 1260 } } } }), "mutePreferences")]
#[case::privacy(json!({ "usePrivacyTemplate": "yes" }), "usePrivacyTemplate")]
#[tokio::test]
async fn what_is_no_preference_is_refused(#[case] body: Value, #[case] field: &str) {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    assert_eq!(patch(&ash, PREFERENCES, body).await.expect_invalid(field).len(), 1);
}

#[tokio::test]
async fn conversations_are_muted_until_a_time() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let [user, group] = [("birch", "oneOnOne"), ("orchard", "group")]
        .map(|(id, kind)| json!({ "id": id, "type": kind, "until": LATE }));
    // What comes last counts.
    let earlier = json!({ "id": "birch", "type": "oneOnOne", "until": LATE - 1 });
    ash.put(MUTE, json!({ "conversations": [earlier, group, user] })).await.expect_ok();
    let of_push = "/notifications/push/v1/preferences/mute";
    assert_eq!(ash.get(of_push).await.expect_data()["mutedConversations"], json!([group, user]));
    ash.delete(of_push, json!({ "conversations": [{ "id": "orchard", "type": "group" }] })).await.expect_ok();
    assert_eq!(muted(&ash).await, json!([user]));
    let soon = shared::clock::system().get() + 5_000;
    let brief = json!({ "id": "cedar", "type": "oneOnOne", "until": soon.to_string() });
    ash.put(MUTE, json!({ "conversations": [brief] })).await.expect_ok();
    while shared::clock::system().get() <= soon {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(muted(&ash).await, json!([user]));
}

#[rstest]
#[case::past(json!([{ "id": "birch", "type": "oneOnOne", "until": 1 }]))]
#[case::no_time(json!([{ "id": "birch", "type": "oneOnOne" }]))]
#[case::kind(json!([{ "id": "birch", "type": "user", "until": LATE }]))]
#[case::id(json!([{ "type": "group", "until": LATE }]))]
#[case::too_many(json!(vec![json!({ "id": "birch", "type": "oneOnOne", "until": LATE }); 101]))]
#[case::none(Value::Null)]
#[tokio::test]
async fn what_cannot_be_muted_is_refused(#[case] conversations: Value) {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let body = json!({ "conversations": conversations });
    assert_eq!(ash.put(MUTE, body).await.expect_invalid("conversations").len(), 1);
}

#[tokio::test]
async fn a_user_mutes_five_hundred_conversations_and_no_more() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let body = |from: usize, to: usize| {
        let one = |n| json!({ "id": format!("u{n}"), "type": "oneOnOne", "until": LATE });
        json!({ "conversations": (from..to).map(one).collect::<Vec<_>>() })
    };
    for n in 0..5 {
        ash.put(MUTE, body(n * 100, n * 100 + 100)).await.expect_ok();
    }
    assert_eq!(ash.put(MUTE, body(500, 501)).await.expect_invalid("conversations").len(), 1);
    ash.put(MUTE, body(0, 100)).await.expect_ok();
    assert_eq!(muted(&ash).await.as_array().unwrap().len(), 500);
}

#[tokio::test]
async fn a_time_zone_is_one_that_exists() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    assert_eq!(ash.get(TIME_ZONE).await.expect_data(), json!({ "timezone": "UTC" }));
    for wrong in [json!("Mars/Base"), json!(2), json!("")] {
        assert_eq!(patch(&ash, TIME_ZONE, json!({ "timezone": wrong })).await.expect_invalid("timezone").len(), 1);
    }
    patch(&ash, TIME_ZONE, json!({ "timezone": "europe/berlin" })).await.expect_ok();
    assert_eq!(ash.get(TIME_ZONE).await.expect_data(), json!({ "timezone": "Europe/Berlin" }));
}
