//! Who belongs to a group no more reads nothing of it, by whatever way they left, by no route; who is back reads all.

use local::{Data, TIME_LIMIT};
use serde_json::{Value, json};
use shared::config::DEFAULT_MEMBER_LIMIT;
use tests::faults::Faults;
use tests::{Actor, Api};

/// The ways out of a group. The last two let others have the GUID or the UID.
const WAYS: [&str; 6] = ["kick", "ban", "leave", "ban and unban", "another group", "another user"];

/// What shows or does something with a message by its id, or with the group.
async fn let_through(user: &Actor<'_>, guid: &str, id: &Value) -> Vec<String> {
    let reply = json!({ "data": { "text": "?" } });
    let mut requests: Vec<(&str, String, Value)> = Vec::new();
    for path in ["", "/thread", "/reactions", "/reactions/x"] {
        requests.push(("GET", format!("/messages/{id}{path}"), Value::Null));
    }
    for path in ["/pin", "/save", "/flagged", "/reactions/y", "/thread/subscription"] {
        requests.push(("POST", format!("/messages/{id}{path}"), Value::Null));
    }
    for path in ["/pin", "/save", "/reactions/x", "/thread/subscription"] {
        requests.push(("DELETE", format!("/messages/{id}{path}"), Value::Null));
    }
    requests.push(("PUT", format!("/messages/{id}"), reply.clone()));
    requests.push(("DELETE", format!("/messages/{id}"), Value::Null));
    requests.push(("PATCH", format!("/messages/{id}/interacted"), json!({ "interactions": ["a"] })));
    requests.push(("POST", format!("/messages/{id}/thread"), reply));
    for receipt in ["read", "delivered"] {
        requests.push(("POST", format!("/groups/{guid}/conversation/{receipt}"), Value::Null));
    }
    for path in ["messages", "conversation", "members"] {
        requests.push(("GET", format!("/groups/{guid}/{path}"), Value::Null));
    }
    let mut through = Vec::new();
    for (method, path, body) in requests {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let answer = user.send(method, &path, body).await;
        if !(400..500).contains(&answer.status) {
            through.push(format!("{method} {path}: {}", answer.status));
        }
    }
    for path in ["/messages", "/messages?saved=true", "/conversations", "/threads"] {
        let listed = user.get(path).await.expect_data().to_string();
        if listed.contains("secret") {
            through.push(format!("GET {path}"));
        }
    }
    through
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_out_of_a_group_reads_nothing_of_it() {
    let faults = Faults::default();
    let api = Api::start_limited(Data::Memory, Some(DEFAULT_MEMBER_LIMIT), faults.wiring(), TIME_LIMIT).await;
    faults.be_late();
    let ash = api.token_user("ash").await;
    for (n, way) in WAYS.into_iter().enumerate() {
        let (guid, uid) = (format!("lake-{n}"), format!("birch-{n}"));
        let mut birch = api.token_user(&uid).await;
        api.group(&guid, &[&ash, &birch]).await;
        let mut said = ash.send_text_to_group(&guid, "secret").await;
        ash.post(format!("/messages/{}/reactions/x", said["id"]), Value::Null).await.expect_ok();
        birch.post(format!("/groups/{guid}/conversation/read"), Value::Null).await.expect_ok();
        let path = format!("/messages/{}", said["id"]);
        birch.get(&path).await.expect_ok();
        birch.post(format!("{path}/save"), Value::Null).await.expect_ok();
        let (member, ban) = (format!("/groups/{guid}/members/{uid}"), format!("/groups/{guid}/bannedusers/{uid}"));
        match way {
            "kick" => drop(api.app().delete(&member, Value::Null).await.expect_ok()),
            "ban" => drop(api.app().post(&ban, Value::Null).await.expect_ok()),
            "leave" => drop(birch.delete(format!("/groups/{guid}/members"), Value::Null).await.expect_ok()),
            "ban and unban" => {
                api.app().post(&ban, Value::Null).await.expect_ok();
                api.app().delete(&ban, Value::Null).await.expect_ok();
            }
            "another group" => {
                api.app().delete(format!("/groups/{guid}"), Value::Null).await.expect_ok();
                api.jobs_done().await;
                api.group(&guid, &[&ash]).await;
                said = ash.send_text_to_group(&guid, "secret").await;
            }
            _ => {
                api.app().delete(format!("/users/{uid}"), json!({ "permanent": true })).await.expect_ok();
                api.jobs_done().await;
                birch = api.token_user(&uid).await;
            }
        }
        assert_eq!(let_through(&birch, &guid, &said["id"]).await, Vec::<String>::new(), "{way}");
        let by_key = api.on_behalf_of(&uid);
        assert_eq!(let_through(&by_key, &guid, &said["id"]).await, Vec::<String>::new(), "{way}, by a key");
        if way == "ban" {
            api.app().delete(&ban, Value::Null).await.expect_ok();
        }
        let back = json!({ "participants": [uid] });
        api.app().post(format!("/groups/{guid}/members"), back).await.expect_ok();
        for path in ["", "/reactions", "/thread"] {
            birch.get(format!("/messages/{}{path}", said["id"])).await.expect_ok();
        }
        birch.post(format!("/messages/{}/reactions/y", said["id"]), Value::Null).await.expect_ok();
        birch.post(format!("/groups/{guid}/conversation/read"), Value::Null).await.expect_ok();
        let shown = birch.get(format!("/messages/{}", said["id"])).await.expect_data();
        assert!(shown["myReceipt"]["readAt"].is_u64(), "{way}");
    }
}
