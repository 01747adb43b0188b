//! The stated sizes of rows (`shared/src/store/keys/sizes.rs`), by which requests reserve what they may cost: the largest row
//! of each kind that the API stores is within what is stated for it, and what is stated is not twice as much.

use std::collections::BTreeMap;

use model::auth_token::IssuedToken;
use model::trigger::Trigger;
use serde_json::{Value, json};
use shared::store::most_bytes_of;
use tests::media::PNG;
use tests::{Actor, Api, segment};

/// Below so many bytes a row costs the same whatever is in it.
const UNIT_BYTES: usize = 1_024;

/// What the largest row of each kind holds, by the beginnings of its keys.
type Largest = BTreeMap<(String, String), usize>;

/// A name of the most characters that begins so.
fn longest(name: &str) -> String {
    format!("{name}-{}", "x".repeat(99 - name.len()))
}

/// So many characters of four bytes.
fn wide(n: usize) -> String {
    "\u{10400}".repeat(n)
}

fn tags() -> Vec<String> {
    (0..25).map(|n| format!("{n:02}{}", wide(98))).collect()
}

fn profile() -> Value {
    let url = format!("https://x.example/{}", wide(2_982));
    json!({ "name": wide(100), "avatar": url, "link": url, "tags": tags(), "statusMessage": wide(100),
        "role": longest("role"), "metadata": { "a": "m".repeat(5_111) } })
}

fn with(mut body: Value, fields: Value) -> Value {
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

/// DynamoDB's own count of the bytes of an item.
pub fn bytes_of(item: &Value) -> usize {
    fn of_value(value: &Value) -> usize {
        let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
        match kind.as_str() {
            "S" => value.as_str().unwrap().len(),
            "N" => value.as_str().unwrap().len().div_ceil(2) + 1,
            // As text three bytes are four letters.
            "B" => value.as_str().unwrap().len() / 4 * 3,
            "SS" => value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().len()).sum(),
            "BS" => value
                .as_array()
                .unwrap()
                .iter()
                .map(|bytes| bytes.as_str().unwrap().trim_end_matches('=').len() * 3 / 4)
                .sum(),
            "L" => 3 + value.as_array().unwrap().iter().map(|value| 1 + of_value(value)).sum::<usize>(),
            "M" => 3 + value.as_object().unwrap().len() + bytes_of(value),
            "BOOL" | "NULL" => 1,
            other => panic!("{other} is in no row"),
        }
    }
    item.as_object().unwrap().iter().map(|(name, value)| name.len() + of_value(value)).sum()
}

/// What of a key says of what kind its row is.
fn kind(item: &Value) -> (String, String) {
    let beginning = |name: &str| {
        let key = item[name]["S"].as_str().unwrap();
        key.split_once('#').map_or_else(|| key.to_owned(), |(kind, _)| format!("{kind}#"))
    };
    let (partition, mut sort) = (beginning("pk"), beginning("sk"));
    // What begins with a name is of one kind, whatever the name.
    if sort.chars().all(|digit| digit.is_ascii_digit()) || ["LIVE#", "PRESENCE#"].contains(&&*partition) {
        sort.clear();
    }
    (partition, sort)
}

/// The largest rows that there ever were, as the stream has them.
async fn largest(api: &Api) -> Largest {
    let mut largest = Largest::new();
    let events = api.local().stream_events().unwrap();
    for record in events.iter().flat_map(|event| event["Records"].as_array().unwrap()) {
        let image = &record["dynamodb"]["NewImage"];
        if image.is_object() {
            let bytes = largest.entry(kind(image)).or_default();
            *bytes = (*bytes).max(bytes_of(image));
        }
    }
    largest
}

/// Who the longest names belong to, with all that their profiles hold, and a device of the longest id.
async fn people(api: &Api) -> [Actor<'_>; 2] {
    // To whom files are announced.
    api.user("bob").await;
    let role = json!({ "role": longest("role"), "name": wide(100), "description": wide(255),
        "metadata": profile()["metadata"] });
    api.app().post("/roles", role).await.expect_ok();
    let mut people = Vec::new();
    for name in ["ash", "birch"] {
        let actor = api.token_user(&longest(name)).await.with("resource", &"d".repeat(128));
        api.app().put(format!("/users/{}", actor.uid), profile()).await.expect_ok();
        people.push(actor);
    }
    for n in 0..10 {
        let uid = longest(&format!("m{n}"));
        api.app().post("/users", with(profile(), json!({ "uid": uid }))).await.expect_ok();
    }
    let device = json!({ "platform": wide(500), "userAgent": wide(500), "appInfo": { "a": "i".repeat(5_111) } });
    people[0].put("/me", profile()).await.expect_ok();
    let tokens = format!("/users/{}/auth_tokens", people[0].uid);
    api.app().post(&tokens, device).await.expect_ok();
    // With the one that they ask by, which is the oldest and works as long as there are no more than so many.
    for _ in 2..IssuedToken::MAX {
        api.app().post(&tokens, json!({})).await.expect_ok();
    }
    people[0].put("/me", profile()).await.expect_ok();
    let [ash, birch] = people.try_into().unwrap_or_else(|_| panic!("two"));
    [ash, birch]
}

/// A group of the longest name and largest profile, of both, with a ban.
async fn group(api: &Api, ash: &Actor<'_>, birch: &Actor<'_>) -> String {
    let guid = longest("orchard");
    let icon = profile()["avatar"].clone();
    let body = json!({ "guid": guid, "name": wide(100), "type": "password", "password": wide(100), "icon": icon,
        "description": wide(255), "metadata": profile()["metadata"], "tags": tags(), "owner": ash.uid,
        "members": { "participants": [birch.uid], "usersToBan": [longest("m0")] } });
    api.app().post("/groups", body).await.expect_ok();
    let cedar = api.on_behalf_of(&longest("m1")).with("resource", &"d".repeat(128));
    cedar.post(format!("/groups/{guid}/members"), json!({ "password": wide(100) })).await.expect_ok();
    ash.put(format!("/groups/{guid}/members/{}", birch.uid), json!({ "scope": "moderator" })).await.expect_ok();
    ash.delete(format!("/groups/{guid}/members/{}", longest("m1")), json!({})).await.expect_ok();
    ash.post(format!("/groups/{guid}/bannedusers/{}", longest("m2")), Value::Null).await.expect_ok();
    ash.put(format!("/groups/{guid}"), json!({ "description": wide(255) })).await.expect_ok();
    let old = json!({ "muid": "o".repeat(255), "sender": ash.uid, "receiver": birch.uid, "receiverType": "user",
        "sentAt": 1_500_000_000, "data": { "text": "old" } });
    api.app().post("/data_import/messages", json!({ "messages": { "o".repeat(255): old } })).await.expect_ok();
    guid
}

/// A message of everything that one can have: mentions, files with the longest names, tags, reactions, a pin.
async fn largest_message(ash: &Actor<'_>, birch: &Actor<'_>) -> Value {
    let mut attachments = Vec::new();
    for _ in 0..10 {
        let name = format!("{}.png", wide(251));
        // What the file is called is known.
        attachments.push(json!({ "url": ash.upload(&name, "image/png", PNG).await.attachment["url"] }));
    }
    let mentions: String = (0..10).map(|n| format!("<@uid:{}>", longest(&format!("m{n}")))).collect();
    let text = |rest: usize| format!("{mentions}{}", "t".repeat(rest));
    // As much text as the attachments leave room for.
    let mut sent = Value::Null;
    for rest in (0..4_000).rev().step_by(250) {
        let body = json!({ "receiver": birch.uid, "receiverType": "user", "type": "image", "muid": "m".repeat(255),
            "tags": tags(), "data": { "text": text(rest), "attachments": attachments } });
        let mut answer = ash.post("/messages", body).await;
        if answer.status == 200 {
            sent = answer.body["data"].take();
            break;
        }
    }
    let path = format!("/messages/{}", sent["id"]);
    for n in 0..25 {
        let reaction = segment(&format!("{n:02}{}", wide(43)));
        birch.post(format!("{path}/reactions/{reaction}"), Value::Null).await.expect_ok();
    }
    ash.post(format!("{path}/pin"), Value::Null).await.expect_ok();
    ash.post(format!("{path}/save"), Value::Null).await.expect_ok();
    birch.post(format!("{path}/save"), Value::Null).await.expect_ok();
    birch.delete(format!("{path}/save"), Value::Null).await.expect_ok();
    birch.post(format!("{path}/thread"), json!({ "data": { "text": text(0) } })).await.expect_ok();
    birch.post(format!("{path}/flagged"), json!({ "id": wide(100), "remark": wide(1_000) })).await.expect_ok();
    sent
}

/// A form whose elements have the longest ids, or are the most, and all of them used; then others in their place.
async fn largest_forms(ash: &Actor<'_>, birch: &Actor<'_>) {
    for (n_elements, length) in [(10, 980), (470, 1)] {
        let names = |life: char| (0..n_elements).map(move |n| format!("{n:03}{}", life.to_string().repeat(length)));
        let data = |life: char| {
            let fields: Vec<Value> = names(life).map(|name| json!({ "elementId": name })).collect();
            json!({ "interactiveData": { "f": fields } })
        };
        let body = json!({ "receiver": birch.uid, "receiverType": "user", "category": "interactive", "type": "form",
            "data": data('a') });
        let form = ash.post("/messages", body).await.expect_data()["id"].clone();
        for life in 'b'..'e' {
            ash.put(format!("/messages/{form}"), json!({ "data": data(life) })).await.expect_ok();
            let used = json!({ "interactions": names(life).collect::<Vec<_>>() });
            birch
                .send("PATCH", &format!("/messages/{form}/interacted"), used.to_string().into_bytes())
                .await
                .expect_ok();
        }
    }
}

/// What people leave on conversations: receipts, tags, pins, blocks; and what is deleted at last.
async fn conversations(api: &Api, ash: &Actor<'_>, birch: &Actor<'_>, guid: &str) {
    let tagged = json!({ "tags": tags() });
    for n in 0..5 {
        let uid = longest(&format!("m{n}"));
        let hello = json!({ "receiver": uid, "receiverType": "user", "data": { "text": "hello" } });
        ash.post("/messages", hello).await.expect_ok();
        ash.post(format!("/users/{uid}/conversation/pin"), Value::Null).await.expect_ok();
        ash.put(format!("/users/{uid}/conversation"), tagged.clone()).await.expect_ok();
    }
    let hello = json!({ "receiver": guid, "receiverType": "group", "data": { "text": "hello" } });
    ash.post("/messages", hello).await.expect_ok();
    for path in [format!("/groups/{guid}/conversation"), format!("/users/{}/conversation", ash.uid)] {
        birch.put(&path, tagged.clone()).await.expect_ok();
        birch.post(format!("{path}/delivered"), Value::Null).await.expect_ok();
        birch.post(format!("{path}/read"), Value::Null).await.expect_ok();
    }
    birch.delete(format!("/users/{}/conversation", ash.uid), json!({})).await.expect_ok();
    birch.post("/blockedusers", json!({ "blockedUids": [longest("m3")] })).await.expect_ok();
    birch.delete("/blockedusers", json!({ "blockedUids": [longest("m3")] })).await.expect_ok();
    let friends = json!([longest("m3"), longest("m4")]);
    let of_birch = format!("/users/{}/friends", birch.uid);
    let app = api.app().with("resource", &"d".repeat(128));
    app.post(&of_birch, json!({ "accepted": friends })).await.expect_ok();
    birch.delete(&of_birch, json!({ "friends": friends })).await.expect_ok();
    let token = json!({ "platform": "p".repeat(100), "fcmToken": "t".repeat(4_096), "providerId": wide(100) });
    birch.post("/notifications/push/v1/tokens", token).await.expect_ok();
    for n in 1..100 {
        let token = json!({ "platform": "fcm_web", "fcmToken": format!("t{n}") });
        birch.post("/notifications/push/v1/tokens", token).await.expect_ok();
    }
    let zone = json!({ "timezone": "America/Argentina/ComodRivadavia" });
    birch.send("PATCH", "/notifications/v1/preferences/timezone", zone.to_string().into_bytes()).await.expect_ok();
    birch.send("PATCH", "/notifications/v1/preferences", all_preferences().to_string().into_bytes()).await.expect_ok();
    let muted = json!({ "id": guid, "type": "group", "until": 253_402_300_799_000_u64 });
    birch.put("/notifications/v1/preferences/mute", json!({ "conversations": [muted] })).await.expect_ok();
    let secret = wide(50);
    let helper = "h".repeat(50);
    api.user(&helper).await;
    let bot = json!({ "uid": helper, "webhookURL": format!("https://x.example/{}", wide(237)),
        "username": secret, "password": secret });
    api.app().post("/bots", bot).await.expect_ok();
    let triggers: Vec<&str> = Trigger::all().map(Trigger::as_str).filter(|name| *name != "before_message").collect();
    let hook = json!({ "id": wide(50), "name": secret, "webhookURL": format!("https://x.example/{}", wide(237)),
        "useBasicAuth": true, "username": secret, "password": wide(100), "triggers": triggers });
    api.app().post("/webhooks", hook).await.expect_ok();
    for n in 0..22 {
        let (name, description) = (wide(100), wide(255));
        let reason = json!({ "id": format!("{}{n:02}", wide(98)), "name": name, "description": description });
        api.app().post("/moderation/reasons", reason).await.expect_ok();
    }
    for id in ["spam", "sexual", "harassment"] {
        let reason = json!({ "name": wide(100), "description": wide(255) });
        api.app().put(format!("/moderation/reasons/{id}"), reason).await.expect_ok();
    }
    app.delete(format!("/conversations/{}_user_{}", ash.uid, longest("m0")), json!({})).await.expect_ok();
    app.delete(format!("/users/{}", longest("m1")), json!({ "permanent": true })).await.expect_ok();
    app.delete(format!("/groups/{guid}"), json!({})).await.expect_ok();
    // In more groups than a request counts.
    let crowded = longest("m5");
    for n in 0..=shared::jobs::COUNTED_AT_ONCE {
        let members = json!({ "participants": [crowded] });
        let body = json!({ "guid": longest(&format!("g{n}")), "name": "g", "members": members });
        app.post("/groups", body).await.expect_ok();
    }
    app.delete("/users", json!({ "uidsToDeactivate": [crowded] })).await.expect_ok();
    api.jobs_done().await;
}

/// Every preference chosen.
fn all_preferences() -> Value {
    let chosen = |section: &str, names: &[&str]| {
        json!(names.iter().map(|name| (format!("{section}{name}"), json!(2))).collect::<serde_json::Map<_, _>>())
    };
    let members =
        ["Left", "Added", "Joined", "Kicked", "Banned", "Unbanned", "ScopeChanged"].map(|of| format!("Member{of}"));
    let said = ["Messages", "Replies", "QuotedReplies", "Reactions"];
    let of_group: Vec<&str> = said.into_iter().chain(members.iter().map(String::as_str)).collect();
    let day = json!({ "from": 1000, "to": 2000, "dnd": false });
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let schedule: serde_json::Map<_, _> = days.into_iter().map(|name| (name.to_owned(), day.clone())).collect();
    json!({ "groupPreferences": chosen("group", &of_group), "oneOnOnePreferences": chosen("oneOnOne", &said),
        "mutePreferences": { "dnd": 2, "schedule": schedule }, "usePrivacyTemplate": true })
}

/// A socket of who has the longest name, on the device of the longest id, who wants to hear of users of the most and longest
/// roles; in the group.
async fn largest_sockets(api: &Api, birch: &Actor<'_>) {
    let roles: Vec<String> = (0..25).map(|n| format!("{n:03}{}", wide(24))).collect();
    let extra = json!({ "presenceSubscription": "ROLES", "roles": roles });
    let mut live = api.live_with(&birch.uid, &"d".repeat(128), extra).await;
    live.heard(api).await;
}

#[tokio::test]
async fn the_largest_row_of_each_kind_is_within_its_stated_size() {
    let api = Api::start_with_request_limit(1_000_000).await;
    let [ash, birch] = people(&api).await;
    let guid = group(&api, &ash, &birch).await;
    largest_sockets(&api, &birch).await;
    let sent = largest_message(&ash, &birch).await;
    largest_forms(&ash, &birch).await;
    conversations(&api, &ash, &birch, &guid).await;
    ash.delete(format!("/messages/{}", sent["id"]), json!({ "permanent": true })).await.expect_ok();
    let mut wrong = Vec::new();
    let largest = largest(&api).await;
    for ((pk, sk), bytes) in &largest {
        let stated = most_bytes_of(pk, sk).map(|stated| stated as usize);
        let is_right = stated.is_some_and(|stated| *bytes <= stated && stated <= (2 * bytes).max(UNIT_BYTES));
        if !is_right {
            wrong.push(format!("{pk} {sk}: {bytes} bytes, stated {stated:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} kinds:\n{}\n{largest:?}", wrong.len(), largest.len(), wrong.join("\n"));
    assert_eq!(largest.len(), shared::store::KINDS_OF_ROWS.len(), "{largest:?}");
}
