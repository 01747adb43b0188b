//! The data import of what is refused, and of what meets people who use the app meanwhile.

use serde_json::{Value, json};
use tests::Api;

use super::data_import::{THEN, import, message, people};

fn members(guid: &str, uid: &str, is_banned: bool) -> Value {
    let id = format!("{guid}_member_{uid}");
    json!({ id.clone(): { "memberId": id, "guid": guid, "uid": uid, "joinedAt": THEN + 9, "isBanned": is_banned } })
}

#[tokio::test]
async fn nobody_is_a_member_who_is_banned_whatever_is_imported_at_once() {
    let api = Api::start().await;
    people(&api).await;
    for n in 0..8 {
        let uid = format!("u{n}");
        import(&api, "users", json!({ uid.clone(): { "uid": uid, "name": "U" } })).await;
        let import = |is_banned| import(&api, "members", members("orchard", &uid, is_banned));
        let app = api.app();
        let ban = app.post(format!("/groups/orchard/bannedusers/{uid}"), json!({}));
        match n % 2 {
            0 => drop(futures_util::join!(import(false), import(true))),
            _ => drop(futures_util::join!(import(false), ban)),
        }
        let holds = async |list: &str| {
            let listed = api.app().get(format!("/groups/orchard/{list}?perPage=100")).await.expect_data();
            listed.as_array().unwrap().iter().any(|user| user["uid"] == uid.as_str())
        };
        assert!(holds("members").await != holds("bannedusers").await, "{uid} is both or neither");
    }
}

#[tokio::test]
async fn what_is_refused_leaves_nothing() {
    let api = Api::start().await;
    people(&api).await;
    let first = message("m", "ash", ("user", "birch"), THEN + 20, "one");
    import(&api, "messages", json!({ "m": first.clone() })).await;
    let user = |uid: &str| json!({ "uid": uid, "name": uid });
    let mut again = first;
    again["readAt"] = json!(THEN + 30);
    again["mentionedUserDetails"] = json!({ "x1": user("x1") });
    let mut to_nobody = message("n", "x2", ("user", "nobody"), THEN + 20, "two");
    to_nobody["senderUserDetails"] = user("x2");
    let mut of_nobody = message("o", "nobody", ("group", "barn"), THEN + 20, "three");
    of_nobody["receiverGroupDetails"] = json!({ "guid": "barn", "name": "B", "type": "public", "createdAt": THEN });
    let mut without_role = message("p", "x3", ("user", "x4"), THEN + 20, "four");
    without_role["senderUserDetails"] = user("x3");
    without_role["receiverUserDetails"] = json!({ "uid": "x4", "name": "x4", "role": "none" });
    let given = json!({ "m": again, "n": to_nobody, "o": of_nobody, "p": without_role });
    let slots = import(&api, "messages", given).await;
    assert!(slots.as_object().unwrap().values().all(|slot| slot["success"] == false), "{slots}");
    let mut member = members("orchard", "x5", false);
    member["orchard_member_x5"]["userDetails"] = user("x5");
    member["orchard_member_x5"]["joinedAt"] = json!(THEN - 9);
    assert_eq!(import(&api, "members", member).await["orchard_member_x5"]["success"], false);

    let users = api.app().get("/users?perPage=100").await.expect_data();
    let made: Vec<&Value> = users.as_array().unwrap().iter().map(|user| &user["uid"]).collect();
    assert!(!made.iter().any(|uid| uid.as_str().unwrap().starts_with('x')), "{made:?}");
    api.app().get("/groups/barn").await.expect_error(404, "ERR_GUID_NOT_FOUND");
    let page = api.on_behalf_of("ash").get("/users/birch/messages").await.expect_data();
    assert_eq!((page.as_array().unwrap().len(), &page[0]["readAt"]), (1, &Value::Null));
}

/// Importing of now went beyond what is live: it read it, and was read as news.
#[tokio::test]
async fn an_import_of_now_changes_neither_what_is_unread_nor_receipts_of_what_is_live() {
    let api = Api::start().await;
    people(&api).await;
    let (ash, birch) = (api.on_behalf_of("ash"), api.on_behalf_of("birch"));
    let live = ash.send_text(&birch, "live").await["id"].clone();
    ash.send_text_to_group("orchard", "live for all").await;
    let now = shared::clock::system().seconds().get();
    let mut given = json!({});
    for (muid, sender, receiver) in
        [("a", "ash", ("user", "birch")), ("b", "birch", ("user", "ash")), ("c", "elm", ("group", "orchard"))]
    {
        given[muid] = message(muid, sender, receiver, now, "brought");
        given[muid]["readAt"] = json!(now);
    }
    let slots = import(&api, "messages", given).await;
    assert!(slots.as_object().unwrap().values().all(|slot| slot["success"] == true), "{slots}");
    ash.send_text(&birch, "later").await;
    ash.send_text_to_group("orchard", "later for all").await;

    for with in ["users/ash", "groups/orchard"] {
        let conversation = birch.get(format!("/{with}/conversation")).await.expect_data();
        assert_eq!(conversation["unreadMessageCount"], 2, "{with}");
        let unread = birch.get(format!("/{with}/messages?unread=1")).await.expect_data();
        let texts: Vec<&str> = unread.as_array().unwrap().iter().filter_map(|it| it["data"]["text"].as_str()).collect();
        assert!(texts.len() == 2 && !texts.contains(&"brought"), "{with}: {texts:?}");
    }
    let page = ash.get("/users/birch/messages").await.expect_data();
    let read: Vec<&Value> = page.as_array().unwrap().iter().filter(|it| !it["readAt"].is_null()).collect();
    assert!(read.len() == 2 && read.iter().all(|it| it["data"]["text"] == "brought"), "{page}");
    assert!(page.as_array().unwrap().iter().any(|it| it["id"] == live));
    birch.post("/users/ash/conversation/read", json!({})).await.expect_ok();
    assert_eq!(birch.get("/users/ash/conversation").await.expect_data()["unreadMessageCount"], 0);
}

/// The last message of all may be one that no list shows, as the notice of an edit: what is brought in before it is the last one shown.
#[tokio::test]
async fn an_import_behind_a_notice_is_the_last_message_where_it_is_the_last_that_is_shown() {
    let api = Api::start().await;
    people(&api).await;
    let ash = api.on_behalf_of("ash");
    let first =
        import(&api, "messages", json!({ "a": message("a", "ash", ("user", "birch"), THEN + 20, "first") })).await;
    let id = first["a"]["data"]["id"].as_u64().unwrap();
    ash.put(format!("/messages/{id}"), json!({ "data": { "text": "edited" } })).await.expect_ok();
    for (muid, at) in [("c", THEN + 40), ("b", THEN + 30)] {
        import(&api, "messages", json!({ muid: message(muid, "birch", ("user", "ash"), at, muid) })).await;
        let conversation = ash.get("/users/birch/conversation").await.expect_data();
        let last = &conversation["lastMessage"];
        assert_eq!((&last["data"]["text"], &conversation["updatedAt"]), (&json!("c"), &json!(THEN + 40)), "{muid}");
        assert_eq!(conversation["latestMessageId"], last["id"], "{muid}");
    }
}
