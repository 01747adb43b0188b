//! Who comes and goes, and who is told of it (contract/socket.md, "presence").

use std::time::Duration;

use local::Data;
use rstest::rstest;
use serde_json::{Value, json};
use tests::live::{Live, auth, welcome};
use tests::socket::{Socket, patiently};
use tests::{Api, Runner, text_to_user};

async fn people() -> Api {
    let api = Api::start().await;
    for uid in ["ann", "ben", "cat"] {
        api.user(uid).await;
    }
    api
}

fn all() -> Value {
    json!({ "presenceSubscription": "ALL_USERS" })
}

/// Ends as a client that logs out.
async fn log_out(mut live: Live) {
    live.socket.close(Some((1000, "User logged out"))).await;
}

/// What a frame says: its type, what happened, and to whom.
fn said(frame: &Value) -> [&str; 3] {
    [&frame["type"], &frame["body"]["action"], &frame["body"]["user"]["uid"]]
        .map(|value| value.as_str().unwrap_or_default())
}

async fn status(api: &Api, uid: &str) -> Value {
    api.app().get(format!("/users/{uid}")).await.expect_ok()["data"]["status"].take()
}

#[tokio::test]
async fn who_asks_for_all_users_hears_each_come_and_go_once() {
    let api = people().await;
    let mut ann = api.live_with("ann", "WEB-ann", all()).await;
    let mut cat = api.live("cat", "WEB-cat").await;
    assert_eq!(said(&ann.hears().await), ["presence", "online", "cat"]);
    let ben = api.live("ben", "WEB-ben-1").await;
    let second = api.live("ben", "WEB-ben-2").await;
    assert_eq!(said(&ann.hears().await), ["presence", "online", "ben"]);
    assert_eq!(status(&api, "ben").await, "available");

    log_out(ben).await;
    // The second device keeps them there; what the first leads to is over when its frame was heard.
    ann.socket.expect_silence().await;
    assert_eq!(status(&api, "ben").await, "available");
    log_out(second).await;
    let frame = ann.hears().await;
    assert_eq!(said(&frame), ["presence", "offline", "ben"]);
    let ben = api.app().get("/users/ben").await.expect_ok()["data"].take();
    assert_eq!((&ben["status"], &ben["lastActiveAt"]), (&json!("offline"), &frame["body"]["timestamp"]));
    ann.hears_nothing(&api).await;
    cat.hears_nothing(&api).await;
}

#[tokio::test]
async fn who_asks_for_roles_hears_of_users_of_these_roles() {
    let api = people().await;
    api.app().put("/users/ben", json!({ "role": "default" })).await.expect_ok();
    let mut picky = api.live_with("ann", "WEB-1", json!({ "presenceSubscription": "ROLES", "roles": ["chief"] })).await;
    // Before the other one listens, who is of the same role as who asks here.
    api.all_told().await;
    let mut open =
        api.live_with("cat", "WEB-2", json!({ "presenceSubscription": "ROLES", "roles": ["default"] })).await;
    let _ben = api.live("ben", "WEB-ben").await;
    assert_eq!(said(&open.hears().await), ["presence", "online", "ben"]);
    picky.hears_nothing(&api).await;
}

#[tokio::test]
async fn who_asks_for_friends_hears_of_these_alone() {
    let api = people().await;
    // Who merely writes to somebody is no friend of theirs.
    let body = json!({ "receiver": "ben", "receiverType": "user", "data": { "text": "Apples" } });
    api.on_behalf_of("cat").post("/messages", body).await.expect_ok();
    api.app().post("/users/ben/friends", json!({ "accepted": ["ann"] })).await.expect_ok();
    api.all_told().await;
    let friends = json!({ "presenceSubscription": "FRIENDS" });
    let mut ann = api.live_with("ann", "WEB-ann", friends.clone()).await;
    let mut cat = api.live_with("cat", "WEB-cat", friends).await;
    let _ben = api.live("ben", "WEB-ben").await;
    assert_eq!(said(&ann.hears().await), ["presence", "online", "ben"]);
    cat.hears_nothing(&api).await;
}

#[rstest]
#[case::by_who_comes("ben", "ann")]
#[case::by_who_listens("ann", "ben")]
#[tokio::test]
async fn a_block_hides_presence_from_either_side(#[case] by: &str, #[case] blocked: &str) {
    let api = people().await;
    api.on_behalf_of(by).post("/blockedusers", json!({ "blockedUids": [blocked] })).await.expect_ok();
    let mut ann = api.live_with("ann", "WEB-ann", all()).await;
    let _ben = api.live("ben", "WEB-ben").await;
    let _cat = api.live("cat", "WEB-cat").await;
    assert_eq!(said(&ann.hears().await), ["presence", "online", "cat"]);
}

#[tokio::test]
async fn a_device_that_comes_back_takes_the_place_of_its_dead_socket() {
    let api = people().await;
    let mut ann = api.live_with("ann", "WEB-ann", all()).await;
    let dead = api.live("ben", "WEB-ben").await;
    assert_eq!(said(&ann.hears().await), ["presence", "online", "ben"]);
    let mut ben = api.live("ben", "WEB-ben").await;
    // The late end of the former one takes nothing from the new one.
    drop(dead);
    let body = json!({ "receiver": "ben", "receiverType": "user", "data": { "text": "Apples" } });
    api.on_behalf_of("ann").post("/messages", body).await.expect_ok();
    assert_eq!(ben.hears().await["body"]["data"]["text"], "Apples");
    assert_eq!(ann.hears().await["type"], "message");
    assert_eq!(status(&api, "ben").await, "available");
    ann.hears_nothing(&api).await;
}

#[rstest]
#[case::online("available", &["ben"])]
#[case::by_its_other_name("online", &["ben"])]
#[case::offline("offline", &["ann", "cat"])]
#[case::any("offline,available", &["ann", "ben", "cat"])]
#[tokio::test]
async fn lists_of_users_and_members_are_filtered_by_status(#[case] status: &str, #[case] expected: &[&str]) {
    let api = people().await;
    let body = json!({ "guid": "lake", "name": "Lake", "type": "public", "members": { "participants": ["ann", "ben", "cat"] } });
    api.app().post("/groups", body).await.expect_ok();
    let _ben = api.live("ben", "WEB-ben").await;
    for list in ["/users", "/groups/lake/members"] {
        let found = api.app().get(format!("{list}?status={status}")).await.expect_ok();
        let users = found["data"].as_array().unwrap().iter().map(|user| user["uid"].as_str().unwrap());
        // The seeded ones are never online.
        let uids: Vec<_> = users.filter(|uid| ["ann", "ben", "cat"].contains(uid)).collect();
        assert_eq!(uids, expected, "{list}");
    }
}

#[tokio::test]
async fn a_service_that_stops_waits_for_nobody_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().to_owned());
    let api = Api::start_with_grace(data(), Duration::from_secs(24 * 60 * 60)).await;
    for uid in ["ann", "ben"] {
        api.user(uid).await;
    }
    let _ann = api.live("ann", "WEB-ann").await;
    drop(api.live("ben", "WEB-ben").await);
    assert_eq!([status(&api, "ann").await, status(&api, "ben").await], ["available", "available"]);
    patiently("the end of the service", api.stop()).await;

    let api = Api::start_on(data()).await;
    api.all_told().await;
    assert_eq!([status(&api, "ann").await, status(&api, "ben").await], ["offline", "offline"]);
}

#[tokio::test]
async fn who_was_gone_for_a_moment_when_the_service_was_killed_is_offline() {
    const UID: &str = "cometchat-uid-1";
    let folder = tempfile::tempdir().unwrap();
    let runner = Runner::start(folder.path()).await;
    let group = json!({ "guid": "lake", "name": "Lake", "type": "public" });
    runner.post(UID, "/groups", &group).await.unwrap();
    let mut socket = Socket::open(&runner.socket_url()).await;
    socket.send_json(&auth(&runner.token_of(UID).await, "WEB-1", json!({}))).await;
    while socket.json().await != welcome() {}
    let n_online = async || runner.get(UID, "/groups/lake").await.unwrap()["onlineMembersCount"].take();
    patiently("the group's online member", async { while n_online().await != 1 {} }).await;
    drop(socket);
    patiently("the end of the socket", async { while n_online().await != 0 {} }).await;
    runner.kill().await;

    let api = Api::start_on(Data::Folder(folder.path().to_owned())).await;
    api.all_told().await;
    assert_eq!(status(&api, UID).await, "offline");
}

#[tokio::test]
async fn a_friend_among_thousands_who_listen_is_told() {
    let api = people().await;
    api.on_behalf_of("ann").post("/messages", text_to_user("ben", "Apples")).await.expect_ok();
    let mut ann = api.live_with("ann", "WEB-ann", all()).await;
    ann.heard(&api).await;
    let row = api.table().await.into_iter().find(|item| item["pk"]["S"].as_str().unwrap().starts_with("PRESENCE#"));
    let row = row.unwrap();
    // Sockets that are being opened just now, as far as anybody knows.
    for n in 0..2_400 {
        let (uid, id) = (format!("u{n:04}"), format!("socket-{n}"));
        let list = ["ALL", "FRIENDS"][n % 2];
        let mut item = row.clone();
        item["pk"]["S"] = json!(format!("PRESENCE#{list}#{}", n / 2 % 8));
        item["sk"]["S"] = json!(format!("{uid}#{id}"));
        item["uid"]["S"] = json!(uid);
        item["connectionId"]["S"] = json!(id);
        api.dynamodb("PutItem", &json!({ "TableName": "halley", "Item": item }));
    }
    let _ben = api.live("ben", "WEB-ben").await;
    assert_eq!(said(&ann.hears().await), ["presence", "online", "ben"]);
}

/// The UIDs of a list as a user reads it, page by page.
async fn listed(api: &Api, query: &str, per_page: usize) -> Vec<String> {
    let mut read = Vec::new();
    for page in 1.. {
        let path = format!("/users?perPage={per_page}&page={page}&{query}");
        let answer = api.on_behalf_of("ann").get(path).await.expect_ok();
        let users = answer["data"].as_array().unwrap().iter().map(|user| user["uid"].as_str().unwrap().to_owned());
        read.extend(users.filter(|uid| !uid.starts_with("cometchat-") && uid != "halley-bot"));
        if answer["meta"]["pagination"]["total_pages"] == page {
            break;
        }
    }
    read
}

#[tokio::test]
async fn who_is_online_comes_first_in_a_users_list_and_leaves_with_the_last_socket() {
    let api = people().await;
    for (uid, name) in [("dan", "Dan"), ("eve", "Aaron")] {
        api.app().post("/users", json!({ "uid": uid, "name": name })).await.expect_ok();
    }
    let by_name = ["eve", "ann", "ben", "cat", "dan"];
    assert_eq!(listed(&api, "", 100).await, by_name);
    let (dan, _cat) = (api.live("dan", "WEB-1").await, api.live("cat", "WEB-1").await);
    let again = api.live("dan", "WEB-2").await;
    let by_status = ["cat", "dan", "eve", "ann", "ben"];
    for per_page in [1, 2, 3, 100] {
        assert_eq!(listed(&api, "", per_page).await, by_status, "{per_page}");
        assert_eq!(listed(&api, "sortBy=name", per_page).await, by_name, "{per_page}");
        assert_eq!(listed(&api, "role=default", per_page).await, by_status, "{per_page}");
    }
    assert_eq!(listed(&api, "sortOrder=desc", 2).await, ["dan", "cat", "ben", "ann", "eve"]);
    assert_eq!(listed(&api, "status=available", 1).await, ["cat", "dan"]);
    assert_eq!(listed(&api, "searchKey=a", 1).await, ["eve", "ann"]);
    assert_eq!(uids_for_app(&api, "").await, by_name);
    assert_eq!(uids_for_app(&api, "sortBy=status").await, by_status);

    // Who is renamed moves among those who are online too.
    api.app().put("/users/dan", json!({ "name": "Abel" })).await.expect_ok();
    assert_eq!(listed(&api, "", 2).await, ["dan", "cat", "eve", "ann", "ben"]);
    log_out(dan).await;
    api.all_told().await;
    assert_eq!(listed(&api, "status=available", 2).await, ["dan", "cat"]);
    log_out(again).await;
    while status(&api, "dan").await == "available" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(listed(&api, "", 2).await, ["cat", "eve", "dan", "ann", "ben"]);
    // Who is deactivated or deleted is nobody who is there.
    api.app().delete("/users/cat", json!({ "permanent": true })).await.expect_ok();
    assert_eq!(listed(&api, "", 2).await, ["eve", "dan", "ann", "ben"]);
    assert_eq!(listed(&api, "status=available", 2).await, [""; 0]);
}

async fn uids_for_app(api: &Api, query: &str) -> Vec<String> {
    let found = api.app().get(format!("/users?{query}")).await.expect_ok();
    let uids = found["data"].as_array().unwrap().iter().map(|user| user["uid"].as_str().unwrap().to_owned());
    uids.filter(|uid| !uid.starts_with("cometchat-") && uid != "halley-bot").collect()
}

/// The frame that shows who a client is may be heard after its socket was closed, which nobody says again then.
#[tokio::test]
async fn who_closes_before_being_heard_is_not_there_for_ever() {
    let api = people().await;
    let token = api.token_of("ben").await;
    for n in 0..12 {
        let mut socket = Socket::open(&api.local().socket_url).await;
        socket.send_json(&auth(&token, &format!("WEB-{n}"), json!({}))).await;
        socket.close(Some((1000, "User logged out"))).await;
    }
    // Whoever opens a socket after them hears that they are gone, or finds it.
    patiently("the end of all sockets", async {
        while status(&api, "ben").await == "available" || !api.local().is_told() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let mut ben = api.live("ben", "WEB-ben").await;
    assert_eq!(status(&api, "ben").await, "available");
    ben.socket.close(Some((1000, "User logged out"))).await;
    patiently("the end of the last", async {
        while status(&api, "ben").await == "available" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}
