//! The data import: what another service held, brought in piece by piece (contract/import.md).

use serde_json::{Value, json};
use tests::{Api, text_to_user};

pub(super) const THEN: u64 = 1_730_000_000;

pub(super) fn message(muid: &str, sender: &str, receiver: (&str, &str), at: u64, text: &str) -> Value {
    json!({ "muid": muid, "sender": sender, "receiverType": receiver.0, "receiver": receiver.1, "sentAt": at.to_string(),
        "category": "message", "type": "text", "data": { "text": text } })
}

pub(super) async fn import(api: &Api, entities: &str, given: Value) -> Value {
    api.app().post(format!("/data_import/{entities}"), json!({ entities: given })).await.expect_data()
}

/// ash, who owns the group orchard, and birch and elm, its members.
pub(super) async fn people(api: &Api) {
    let user = |uid: &str, at: u64| json!({ "uid": uid, "name": uid, "createdAt": at.to_string() });
    let users = json!({ "ash": user("ash", THEN), "birch": user("birch", THEN + 1), "elm": user("elm", THEN + 2) });
    import(api, "users", users).await;
    let group = json!({ "guid": "orchard", "name": "O", "type": "private", "owner": "ash", "createdAt": THEN });
    import(api, "groups", json!({ "orchard": group })).await;
    let member = |uid: &str, scope: &str| {
        let id = format!("orchard_member_{uid}");
        (id.clone(), json!({ "memberId": id, "guid": "orchard", "uid": uid, "scope": scope, "joinedAt": THEN + 9 }))
    };
    let members = [member("birch", "participant"), member("elm", "moderator")].into_iter().collect();
    import(api, "members", Value::Object(members)).await;
}

fn texts(page: &Value) -> Vec<(&str, u64)> {
    let messages = page["data"].as_array().unwrap().iter();
    messages.map(|it| (it["data"]["text"].as_str().unwrap(), it["sentAt"].as_u64().unwrap())).collect()
}

#[tokio::test]
async fn what_is_imported_has_its_times_stands_before_what_came_later_and_nobody_is_told() {
    let api = Api::start().await;
    let ((), told) = api
        .hear(async {
            people(&api).await;
            let with = [
                ("m3", "birch", ("user", "ash"), THEN + 30, "third"),
                ("m1", "ash", ("user", "birch"), 1_500_000_000, "first"),
                ("m2", "ash", ("user", "birch"), THEN + 20, "second"),
                ("g1", "elm", ("group", "orchard"), THEN + 25, "to all"),
            ];
            let mut messages = json!({});
            for (muid, sender, receiver, at, text) in with {
                messages[muid] = message(muid, sender, receiver, at, text);
            }
            messages["m3"]["deliveredAt"] = json!(THEN + 31);
            messages["m3"]["readAt"] = json!(THEN + 32);
            messages["m3"]["tags"] = json!(["gate"]);
            let slots = import(&api, "messages", messages).await;
            let third = &slots["m3"]["data"];
            assert_eq!(third["conversationId"], "ash_user_birch");
            assert_eq!((&third["sentAt"], &third["updatedAt"]), (&json!(THEN + 30), &json!(THEN + 30)));
            assert_eq!((&third["deliveredAt"], &third["readAt"]), (&json!(THEN + 31), &json!(THEN + 32)));
            assert_eq!((&third["muid"], &third["tags"]), (&json!("m3"), &json!(["gate"])));
            assert_eq!(third["data"]["entities"]["receiver"]["entity"]["uid"], "ash");
        })
        .await;
    assert_eq!(told, Vec::<Value>::new());

    let ash = api.on_behalf_of("ash");
    ash.send_text(&api.on_behalf_of("birch"), "live").await;
    let page = ash.get("/users/birch/messages").await.expect_ok();
    let expected = [("first", 1_500_000_000), ("second", THEN + 20), ("third", THEN + 30)];
    assert_eq!(texts(&page)[..3], expected);
    assert_eq!(texts(&page)[3].0, "live");
    assert_eq!(page["data"][2]["readAt"], json!(THEN + 32));
    let page = ash.get("/groups/orchard/messages").await.expect_ok();
    assert_eq!(texts(&page), [("to all", THEN + 25)]);

    let user = api.app().get("/users/birch").await.expect_data();
    assert_eq!(user["createdAt"], json!(THEN + 1));
    let group = api.app().get("/groups/orchard").await.expect_data();
    assert_eq!((&group["membersCount"], &group["createdAt"]), (&json!(3), &json!(THEN)));
    let members = api.app().get("/groups/orchard/members").await.expect_data();
    assert_eq!(members[2]["scope"], "moderator");
    assert_eq!(members[2]["joinedAt"], json!(THEN + 9));

    // Only what was sent since is unread.
    let conversations = api.on_behalf_of("birch").get("/conversations").await.expect_data();
    let unread = |at: usize| (&conversations[at]["conversationId"], &conversations[at]["unreadMessageCount"]);
    assert_eq!(unread(0), (&json!("ash_user_birch"), &json!(1)));
    assert_eq!(unread(1), (&json!("group_orchard"), &json!(0)));
    assert_eq!(ash.get("/conversations").await.expect_data()[0]["unreadMessageCount"], 0);
}

#[tokio::test]
async fn messages_of_one_second_stand_as_the_body_names_them() {
    let api = Api::start().await;
    people(&api).await;
    let told = ["9", "10", "b", "a"];
    let entity = |muid: &&str| format!("\"{muid}\":{}", message(muid, "ash", ("user", "birch"), THEN, muid));
    let body = format!("{{\"messages\":{{{}}}}}", told.each_ref().map(entity).join(","));
    api.app().send("POST", "/data_import/messages", body.into_bytes()).await.expect_data();
    let shown = api.on_behalf_of("birch").get("/users/ash/messages?limit=9").await.expect_data();
    assert_eq!(tests::texts(&shown), told);
}

#[tokio::test]
async fn a_muid_is_taken_for_good_and_who_and_what_is_there_stays_as_it_is() {
    let api = Api::start().await;
    people(&api).await;
    let first = json!({ "m": message("m", "ash", ("user", "birch"), THEN, "one") });
    assert_eq!(import(&api, "messages", first.clone()).await["m"]["success"], true);
    let again = json!({ "m": message("m", "elm", ("user", "birch"), THEN + 5, "other") });
    for given in [first, again] {
        let slots = import(&api, "messages", given).await;
        assert_eq!(slots["m"]["error"]["code"], "ERR_IMPORT_MUID_ALREADY_EXISTS");
    }
    let page = api.on_behalf_of("birch").get("/messages").await.expect_ok();
    assert_eq!(texts(&page), [("one", THEN)]);
    let user = json!({ "ash": { "uid": "ash", "name": "Another", "createdAt": THEN - 9 } });
    let slots = import(&api, "users", user).await;
    assert_eq!((&slots["ash"]["data"]["name"], &slots["ash"]["data"]["createdAt"]), (&json!("ash"), &json!(THEN)));
    people(&api).await;
    assert_eq!(api.app().get("/groups/orchard").await.expect_data()["membersCount"], 3);
}

#[tokio::test]
async fn details_make_those_who_are_not_there() {
    let api = Api::start().await;
    let user = |uid: &str| json!({ "uid": uid, "name": uid.to_uppercase(), "createdAt": THEN });
    let mut to_user = message("m1", "ash", ("user", "birch"), THEN + 1, "hello <@uid:gorse>");
    to_user["senderUserDetails"] = user("ash");
    to_user["receiverUserDetails"] = user("birch");
    to_user["mentionedUserDetails"] = json!({ "gorse": user("gorse") });
    let mut to_group = message("m2", "ash", ("group", "barn"), THEN + 2, "all");
    to_group["senderUserDetails"] = user("ash");
    to_group["receiverGroupDetails"] = json!({ "guid": "barn", "name": "Barn", "type": "public", "owner": "elm",
        "groupOwnerDetails": user("elm"), "createdAt": THEN });
    let slots = import(&api, "messages", json!({ "m1": to_user, "m2": to_group })).await;
    assert_eq!(slots["m1"]["data"]["data"]["mentions"]["gorse"]["name"], "GORSE");
    assert_eq!(slots["m2"]["data"]["data"]["entities"]["receiver"]["entity"]["owner"], "elm");
    let mut member = json!({ "memberId": "cellar_member_fir", "guid": "cellar", "uid": "fir", "joinedAt": THEN + 1 });
    member["groupDetails"] = json!({ "guid": "cellar", "name": "C", "type": "public", "createdAt": THEN });
    member["userDetails"] = user("fir");
    let slots = import(&api, "members", json!({ "cellar_member_fir": member })).await;
    assert_eq!(slots["cellar_member_fir"]["data"]["name"], "FIR");
    let elms = api.on_behalf_of("elm").get("/groups/barn").await.expect_data();
    assert_eq!(elms["scope"], "admin");
}

#[tokio::test]
async fn each_entity_has_its_own_outcome() {
    let api = Api::start().await;
    people(&api).await;
    let now = shared::clock::system().seconds().get();
    let users = json!({
        "a": { "uid": "a", "name": "A" }, "b": { "uid": "c", "name": "C" }, "d": { "uid": "d" },
        "e": { "uid": "e", "name": "E", "role": "nobody" }, "f": [],
        "g": { "uid": "g", "name": "G", "createdAt": now + 1_000 }, "h": { "uid": "h", "name": "H", "createdAt": "soon" },
    });
    let code = |slots: &Value, key: &str| slots[key]["error"]["code"].as_str().unwrap_or("none").to_owned();
    let slots = import(&api, "users", users).await;
    let codes: Vec<String> = "abdefgh".chars().map(|key| code(&slots, &key.to_string())).collect();
    let bad = "ERR_BAD_REQUEST";
    assert_eq!(codes, ["none", bad, bad, bad, "ERR_IMPORT_INVALID_USER_FORMAT", bad, bad]);

    let groups = json!({
        "a": { "guid": "a", "name": "A", "type": "public" }, "b": { "guid": "b", "name": "B" },
        "c": { "guid": "c", "name": "C", "type": "public", "owner": "nobody" },
        "d": { "guid": "d", "name": "D", "type": "password" }, "e": 7,
    });
    let slots = import(&api, "groups", groups).await;
    let codes: Vec<String> = "abcde".chars().map(|key| code(&slots, &key.to_string())).collect();
    assert_eq!(codes, ["none", bad, "ERR_UID_NOT_FOUND", "ERR_EMPTY_GROUP_PASS", "ERR_IMPORT_INVALID_GROUP_FORMAT"]);

    let member = |guid: &str, uid: &str, joined_at: u64, is_banned: bool| {
        let id = format!("{guid}_member_{uid}");
        (id.clone(), json!({ "memberId": id, "guid": guid, "uid": uid, "joinedAt": joined_at, "isBanned": is_banned }))
    };
    let members = [
        member("orchard", "a", THEN + 1, true),
        member("orchard", "birch", THEN, false),
        member("orchard", "elm", THEN + 1, true),
        member("orchard", "nobody", THEN + 1, false),
        member("nowhere", "ash", THEN + 1, false),
        member("orchard", "ash", now + 1_000, false),
    ];
    let slots = import(&api, "members", Value::Object(members.clone().into_iter().collect())).await;
    let codes: Vec<String> = members.iter().map(|(key, _)| code(&slots, key)).collect();
    let when = "ERR_IMPORT_INVALID_JOINEDAT";
    assert_eq!(codes, ["none", when, "ERR_ALREADY_JOINED", "ERR_UID_NOT_FOUND", "ERR_GUID_NOT_FOUND", when]);
    assert_eq!(slots["orchard_member_a"]["data"]["isBanned"], true);
    let (key, unbanned) = member("orchard", "a", THEN + 1, false);
    let slots = import(&api, "members", json!({ key.clone(): unbanned })).await;
    assert_eq!(code(&slots, &key), "ERR_BANNED_GROUPMEMBER");

    let mut given = json!({ "a": message("b", "ash", ("user", "birch"), THEN, "x"), "d": "x" });
    given["b"] = message("b", "ash", ("user", "birch"), 0, "x");
    given["c"] = message("c", "nobody", ("user", "birch"), THEN, "x");
    given["e"] = message("e", "ash", ("user", "birch"), THEN, "");
    given["f"] = message("f", "ash", ("group", "nowhere"), THEN, "x");
    given["g"] = message("g", "ash", ("user", "birch"), THEN, "x");
    given["g"]["category"] = json!("interactive");
    given["g"]["type"] = json!("form");
    given["g"]["data"] = json!({ "interactiveData": {} });
    given["h"] = message("h", "ash", ("user", "birch"), THEN, "x");
    given["h"]["category"] = json!("call");
    let slots = import(&api, "messages", given).await;
    let codes: Vec<String> = "abcdefgh".chars().map(|key| code(&slots, &key.to_string())).collect();
    let format = "ERR_IMPORT_INVALID_MESSAGE_FORMAT";
    let (no_text, no_category) = ("ERR_EMPTY_MESSAGE_TEXT", "ERR_INVALID_MESSAGE_CATEGORY");
    assert_eq!(codes, [bad, bad, "ERR_UID_NOT_FOUND", format, no_text, "ERR_GUID_NOT_FOUND", no_category, no_category]);
    // Nobody is told to try what is refused too.
    assert_eq!(slots["h"]["error"]["message"], "The category must be message or custom.");
}

#[tokio::test]
async fn a_body_holds_an_object_of_up_to_50_and_a_minute_60_requests() {
    let api = Api::start().await;
    let kinds = [("users", "USER"), ("groups", "GROUP"), ("members", "MEMBER"), ("messages", "MESSAGE")];
    for (entities, kind) in kinds {
        let path = format!("/data_import/{entities}");
        for body in [json!({}), json!({ entities: [{}] }), json!({ entities: "x" })] {
            let code = format!("ERR_IMPORT_INVALID_{kind}_FORMAT");
            api.app().post(&path, body).await.expect_error(400, &code);
        }
        let many: Value = Value::Object((0..51).map(|n| (n.to_string(), json!({}))).collect());
        api.app().post(&path, json!({ entities: many })).await.expect_error(400, "ERR_BAD_REQUEST");
        assert_eq!(import(&api, entities, json!([])).await, json!({}));
    }
    let fifty =
        Value::Object((0..50).map(|n| (format!("u{n}"), json!({ "uid": format!("u{n}"), "name": "U" }))).collect());
    let slots = import(&api, "users", fifty).await;
    assert!(slots.as_object().unwrap().values().all(|slot| slot["success"] == true));

    // Whenever the minute ends, one of two holds too many.
    for _ in 0..125 {
        let answer = api.app().post("/data_import/users", json!({ "users": {} })).await;
        if answer.status == 429 {
            answer.expect_error(429, "ERR_TOO_MANY_REQUESTS");
            return;
        }
    }
    panic!("the 61st request of a minute was answered");
}

#[tokio::test]
async fn imported_history_goes_on_live() {
    let api = Api::start().await;
    people(&api).await;
    let given = json!({ "m": message("m", "ash", ("user", "birch"), 1_500_000_000, "old") });
    let id = import(&api, "messages", given).await["m"]["data"]["id"].clone();
    let (ash, birch) = (api.on_behalf_of("ash"), api.on_behalf_of("birch"));
    birch.post(format!("/messages/{id}/reactions/x"), json!({})).await.expect_ok();
    birch.post(format!("/messages/{id}/thread"), text_to_user("ash", "reply")).await.expect_ok();
    ash.put(format!("/messages/{id}"), json!({ "data": { "text": "older" } })).await.expect_ok();
    birch.post("/users/ash/conversation/read", json!({ "messageId": id })).await.expect_ok();
    let seen = birch.get(format!("/messages/{id}")).await.expect_data();
    assert_eq!((&seen["sentAt"], &seen["replyCount"]), (&json!(1_500_000_000), &json!(1)));
    let windows = [("sentAt[to]=1500000000", 1), ("sentAt[from]=1500000001", 0), ("sentAt[from]=1500000000", 1)];
    for (window, n_found) in windows {
        let page = birch.get(format!("/users/ash/messages?hideReplies=1&category=message&{window}")).await.expect_ok();
        assert_eq!(page["data"].as_array().unwrap().len(), n_found, "{window}");
    }
}

#[tokio::test]
async fn who_is_named_twice_in_a_body_joins_once() {
    let api = Api::start().await;
    people(&api).await;
    import(&api, "users", json!({ "cedar": { "uid": "cedar", "name": "cedar" } })).await;
    let member = |key: &str| json!({ "memberId": key, "guid": "orchard", "uid": "cedar", "joinedAt": THEN + 9 });
    let (one, other) = ("orchard_member_cedar", "ORCHARD_member_cedar");
    let slots = import(&api, "members", json!({ one: member(one), other: member(other) })).await;
    let succeeded = [one, other].into_iter().filter(|key| slots[key]["success"] == true).count();
    assert_eq!(succeeded, 1, "{slots}");
    let members = api.app().get("/groups/orchard/members").await.expect_data();
    assert_eq!(members.as_array().unwrap().iter().filter(|member| member["uid"] == "cedar").count(), 1);
}

#[tokio::test]
async fn a_group_that_is_imported_by_several_at_once_has_one_owner() {
    let api = Api::start().await;
    let owners = ["ash", "birch", "cedar", "elm"];
    for uid in owners {
        import(&api, "users", json!({ uid: { "uid": uid, "name": uid } })).await;
    }
    let group = |owner: &str| json!({ "grove": { "guid": "grove", "name": "G", "type": "public", "owner": owner, "createdAt": THEN } });
    futures_util::future::join_all(owners.map(|owner| import(&api, "groups", group(owner)))).await;
    let members = api.app().get("/groups/grove/members").await.expect_data();
    let owner = api.app().get("/groups/grove").await.expect_data()["owner"].clone();
    let uids: Vec<&Value> = members.as_array().unwrap().iter().map(|member| &member["uid"]).collect();
    assert_eq!(uids, [&owner]);
}

#[tokio::test]
async fn fifty_messages_of_the_largest_size_are_imported_at_once() {
    let api = Api::start().await;
    people(&api).await;
    let mut profile = json!({ "uid": "fir", "name": "F" });
    profile["metadata"] = json!({ "about": "\"".repeat(2_500) });
    let mut given = json!({});
    for n in 0..50 {
        let muid = format!("m{n}");
        given[&muid] = message(&muid, "fir", ("user", "ash"), THEN + n, &"x".repeat(10_000));
        given[&muid]["senderUserDetails"] = profile.clone();
    }
    let slots = import(&api, "messages", given.clone()).await;
    assert!(slots.as_object().unwrap().values().all(|slot| slot["success"] == true), "{}", slots["m0"]);
    let page = api.on_behalf_of("ash").get("/users/fir/messages?limit=100").await.expect_data();
    assert_eq!(page.as_array().unwrap().len(), 50);

    let mut too_large = message("n", "ash", ("user", "birch"), THEN, "x");
    too_large["ignored"] = json!("x".repeat(65_536));
    let slots = import(&api, "messages", json!({ "n": too_large.clone() })).await;
    assert_eq!(slots["n"]["error"]["code"], "ERR_IMPORT_INVALID_MESSAGE_FORMAT");
    for n in 0..50 {
        given[format!("m{n}")] = too_large.clone();
    }
    api.app().post("/data_import/messages", json!({ "messages": given })).await.expect_error(400, "ERR_BAD_REQUEST");
}
