//! Who a socket speaks for, and what becomes of that when its client says otherwise, says too much, or its service dies.

use local::SocketLimits;
use rstest::rstest;
use serde_json::{Value, json};
use tests::live::{Live, auth, welcome};
use tests::socket::{Socket, Told};
use tests::{Api, text_to_user};

async fn people(api: &Api) {
    for uid in ["ann", "ben", "cat"] {
        api.user(uid).await;
    }
}

async fn send(api: &Api, to: &str, text: &str) {
    api.on_behalf_of("cat").post("/messages", text_to_user(to, text)).await.expect_ok();
}

fn texts(frames: &[Value]) -> Vec<&str> {
    frames.iter().filter_map(|frame| frame["body"]["data"]["text"].as_str()).collect()
}

/// The rows of open sockets, by their keys.
async fn rows(api: &Api) -> Vec<String> {
    let of = |item: &Value| format!("{} {}", item["pk"]["S"].as_str().unwrap(), item["sk"]["S"].as_str().unwrap());
    let is_socket = |row: &String| ["SOCK", "LIVE#", "PRESENCE#"].iter().any(|of| row.contains(of));
    api.table().await.iter().map(of).filter(is_socket).collect()
}

#[rstest]
#[case::another_user("ben", "WEB-1", json!({}))]
#[case::another_device("ann", "WEB-2", json!({}))]
#[case::another_subscription("ann", "WEB-1", json!({ "presenceSubscription": "FRIENDS" }))]
#[case::the_same("ann", "WEB-1", json!({ "presenceSubscription": "ALL_USERS" }))]
#[tokio::test]
async fn who_shows_again_who_they_are_is_that_only(#[case] uid: &str, #[case] device: &str, #[case] extra: Value) {
    let api = Api::start().await;
    people(&api).await;
    let Live { mut socket, .. } = api.live_with("ann", "WEB-1", json!({ "presenceSubscription": "ALL_USERS" })).await;
    let token = api.token_of(uid).await;
    socket.send_json(&auth(&token, device, extra.clone())).await;
    while socket.json().await != welcome() {}
    let mut live = Live { socket, device: device.to_owned() };
    live.heard(&api).await;
    for to in ["ann", "ben"] {
        send(&api, to, to).await;
    }
    // Once, although the socket was kept twice.
    assert_eq!(texts(&live.heard(&api).await), [uid]);
    let of_presence = usize::from(extra != json!({}));
    let kept = rows(&api).await;
    assert_eq!(kept.len(), 2 + of_presence, "{kept:#?}");
    let status = api.app().get("/users/ann").await.expect_data()["status"].take();
    assert_eq!(status == "available", uid == "ann");
}

#[tokio::test]
async fn a_role_that_is_named_twice_is_one() {
    let api = Api::start().await;
    people(&api).await;
    let roles = json!({ "presenceSubscription": "ROLES", "roles": ["default", "default", "chief"] });
    let mut ann = api.live_with("ann", "WEB-1", roles).await;
    api.app().put("/users/ben", json!({ "role": "default" })).await.expect_ok();
    let _ben = api.live("ben", "WEB-2").await;
    assert_eq!(ann.hears().await["body"]["user"]["uid"], "ben");
    ann.hears_nothing(&api).await;
}

#[tokio::test]
async fn frames_count_as_requests_and_one_too_many_is_as_if_it_were_not_said() {
    let api = Api::start_with_request_limit(20).await;
    people(&api).await;
    let (mut ann, mut ben) = (api.live("ann", "WEB-ann").await, api.live("ben", "WEB-ben").await);
    let typing = json!({ "type": "typing_indicator", "receiver": "ben", "receiverType": "user",
        "body": { "action": "started" } });
    for _ in 0..100 {
        ann.says(typing.clone()).await;
    }
    // What was said is done when the token is refused to everybody.
    let token = api.token_of("ann").await;
    while api.nobody().with("authToken", &token).get("/me").await.status != 429 {}
    // Not even by an error of the function, which would be counted as ours.
    ann.hears_nothing(&api).await;
    let refused = json!({ "type": "auth", "body": { "code": "ERR_TOO_MANY_REQUESTS", "status": "FAILED" } });
    let mut answers = Vec::new();
    // Of two, because another minute may begin before one of them is shown.
    for device in ["WEB-3", "WEB-4"] {
        while api.nobody().with("authToken", &token).get("/me").await.status != 429 {}
        let mut socket = Socket::open(&api.local().socket_url).await;
        socket.send_json(&auth(&token, device, json!({}))).await;
        answers.push(socket.json().await);
    }
    assert!(answers.contains(&refused), "{answers:#?}");
    let heard = ben.heard(&api).await.len();
    // A minute may have ended meanwhile, and another begun.
    assert!((1..=40).contains(&heard), "{heard}");
}

#[tokio::test]
async fn who_has_the_uid_of_somebody_who_was_deleted_hears_nothing_of_what_was_theirs() {
    let api = Api::start().await;
    people(&api).await;
    let old = api.on_behalf_of("cat").post("/messages", text_to_user("ben", "old")).await.expect_data()["id"].clone();
    api.app().delete("/users/ben", json!({ "permanent": true })).await.expect_ok();
    api.jobs_done().await;
    api.user("ben").await;
    let mut ben = api.live("ben", "WEB-ben").await;
    let cat = api.on_behalf_of("cat");
    let mut quoting = text_to_user("ben", "quoting");
    quoting["quotedMessageId"] = old.clone();
    for (request, body) in [
        (format!("PUT /messages/{old}"), json!({ "data": { "text": "edited" } })),
        (format!("POST /messages/{old}/reactions/x"), Value::Null),
        (format!("POST /messages/{old}/pin"), Value::Null),
        (format!("POST /messages/{old}/thread"), json!({ "data": { "text": "reply" } })),
        ("POST /messages".to_owned(), quoting),
        (format!("DELETE /messages/{old}"), json!({})),
    ] {
        assert_eq!(cat.request(&request, &body).await.status, 404, "{request}");
        ben.hears_nothing(&api).await;
    }
}

#[tokio::test]
async fn a_thousand_sockets_of_a_group_hear_a_message_once_each() {
    const SOCKETS: usize = 1_000;
    const USERS: usize = 100;
    let limits = SocketLimits { connections: SOCKETS + 10, ..SocketLimits::default() };
    let api = Api::start_with_sockets(local::SocketOptions { functions: None, limits }).await;
    let uids: Vec<String> = (0..USERS).map(|n| format!("u{n:03}")).collect();
    api.users(&uids).await;
    api.group("lake", &[]).await;
    for some in uids.chunks(25) {
        api.app().post("/groups/lake/members", json!({ "participants": some })).await.expect_ok();
    }
    api.all_told().await;
    let mut tokens = Vec::new();
    for uid in &uids {
        tokens.push(api.token_of(uid).await);
    }
    let mut sockets = Vec::new();
    for n in 0..SOCKETS {
        let mut socket = Socket::open(&api.local().socket_url).await;
        socket.send_json(&auth(&tokens[n % USERS], &format!("WEB-{n}"), json!({}))).await;
        assert_eq!(socket.json().await, welcome());
        sockets.push(socket);
    }
    let texts = ["one", "two"];
    for text in texts {
        api.app().post("/messages", tests::text_to_group("lake", text)).await.expect_ok();
    }
    api.all_told().await;
    for socket in &mut sockets {
        for text in texts {
            assert_eq!(socket.json().await["body"]["data"]["text"], text);
        }
        socket.expect_silence().await;
    }
}

/// Whichever is later takes the place of the other, so nothing is left of that.
#[tokio::test]
async fn of_two_sockets_that_a_device_shows_at_once_one_is_left() {
    let api = Api::start().await;
    people(&api).await;
    api.group("lake", &[&api.on_behalf_of("ben")]).await;
    // Before anybody listens.
    api.all_told().await;
    let token = api.token_of("ben").await;
    let mut open = Vec::new();
    for n in 0..10 {
        let device = format!("WEB-{n}");
        let mut both = [Socket::open(&api.local().socket_url).await, Socket::open(&api.local().socket_url).await];
        for socket in &mut both {
            socket.send_json(&auth(&token, &device, json!({}))).await;
        }
        for socket in &mut both {
            assert_eq!(socket.json().await, welcome());
        }
        open.push(both);
    }
    api.all_told().await;
    let n_rows = |kept: &[String], of: &str| kept.iter().filter(|row| row.starts_with(of)).count();
    let kept = rows(&api).await;
    assert_eq!([n_rows(&kept, "LIVE#"), n_rows(&kept, "SOCKET#")], [10, 10], "{kept:#?}");
}

#[tokio::test]
async fn a_device_in_a_thousand_groups_comes_back() {
    let api = Api::start().await;
    people(&api).await;
    let ben = api.on_behalf_of("ben");
    api.group("g0000", &[&ben]).await;
    let row = api.table().await.into_iter().find(|item| item["sk"]["S"] == "CONV#group#g0000").unwrap();
    for n in 1..1_100 {
        let mut item = row.clone();
        let conversation = format!("group#g{n:04}");
        item["sk"]["S"] = json!(format!("CONV#{conversation}"));
        item["conversation"]["S"] = json!(conversation);
        api.dynamodb("PutItem", &json!({ "TableName": "halley", "Item": item }));
    }
    let _dead = api.live("ben", "WEB-ben").await;
    let mut ben = api.live("ben", "WEB-ben").await;
    api.all_told().await;
    // Those of the former one are gone, and with it the way back.
    let kept = rows(&api).await;
    let n_live = kept.iter().filter(|row| row.starts_with("LIVE#")).count();
    assert_eq!((n_live, kept.len()), (1_000, 1_002));
    api.app().post("/messages", tests::text_to_group("g0000", "Apples")).await.expect_ok();
    assert_eq!(texts(&ben.heard(&api).await), ["Apples"]);
}

#[tokio::test]
async fn a_token_that_is_revoked_while_it_is_shown_opens_nothing() {
    let api = Api::start().await;
    people(&api).await;
    for n in 0..100 {
        let token = api.token_of("ben").await;
        let mut socket = Socket::open(&api.local().socket_url).await;
        let revoke = async {
            tokio::time::sleep(std::time::Duration::from_micros(n * 100)).await;
            api.app().delete(format!("/users/ben/auth_tokens/{token}"), Value::Null).await.expect_ok();
        };
        let show = async {
            socket.send_json(&auth(&token, &format!("WEB-{n}"), json!({}))).await;
            socket.told().await
        };
        let (_answer, ()) = tokio::join!(show, revoke);
        api.all_told().await;
        let kept = rows(&api).await;
        assert!(!kept.iter().any(|row| row.ends_with(&format!("SOCK#WEB-{n}"))), "{n}: {kept:#?}");
    }
}

#[tokio::test]
async fn a_client_that_cannot_be_answered_is_closed_and_may_come_back() {
    let api = Api::start().await;
    people(&api).await;
    let _ben = api.live("ben", "WEB-1").await;
    let row = api.table().await.into_iter().find(|item| item["sk"]["S"] == "SOCK#WEB-1").unwrap();
    api.overwrite(&row, "connectedAt", "yesterday").await;
    let token = api.token_of("ben").await;
    let show = async || {
        let mut socket = Socket::open(&api.local().socket_url).await;
        socket.send_json(&auth(&token, "WEB-2", json!({}))).await;
        socket
    };
    let mut socket = show().await;
    let mut told = socket.told().await;
    while let Told::Text(text) = told {
        assert!(text.contains("Internal server error"), "{text}");
        told = socket.told().await;
    }
    assert!(matches!(told, Told::Closed(1000, _)), "{told:?}");
    api.dynamodb("PutItem", &json!({ "TableName": "halley", "Item": row }));
    while show().await.json().await != welcome() {}
}
