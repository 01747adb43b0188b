//! What was answered with 200 is stored (design: "A `200` means durable").

use futures_util::future::{join, join_all};
use local::Data;
use serde_json::json;
use tests::{Api, Runner, ids, text_to_group};
use tokio::sync::watch;

/// The seeded users and their group.
const SENDERS: [&str; 5] =
    ["cometchat-uid-1", "cometchat-uid-2", "cometchat-uid-3", "cometchat-uid-4", "cometchat-uid-5"];
const GROUP: &str = "cometchat-guid-1";

#[tokio::test]
async fn kill_nine_in_the_middle_of_a_load_loses_no_message_that_was_answered() {
    const ENOUGH: usize = 100;
    let folder = tempfile::tempdir().unwrap();
    let runner = Runner::start(folder.path()).await;

    let (count, mut counted) = watch::channel(0);
    let sends = SENDERS.map(|sender| send_until_refused(&runner, sender, count.clone()));
    drop(count);
    let kill = async {
        counted.wait_for(|count| ENOUGH <= *count).await.expect("the senders were refused before the kill");
        runner.kill().await;
    };
    let (answered, ()) = join(join_all(sends), kill).await;
    let answered: Vec<(&str, u64)> = answered.into_iter().flatten().collect();
    assert!(ENOUGH <= answered.len());

    let runner = Runner::start(folder.path()).await;
    let listed = runner.get(SENDERS[0], &format!("/groups/{GROUP}/messages?affix=append&limit=1000")).await.unwrap();
    let listed = ids(&listed);
    for (sender, id) in answered {
        assert!(listed.contains(&id), "{id} is not listed");
        let message = runner.get(SENDERS[0], &format!("/messages/{id}")).await.expect("an answered message is lost");
        assert_eq!(message["sender"], sender);
    }
}

/// Sends one message after another; returns those that were answered.
async fn send_until_refused(
    runner: &Runner,
    sender: &'static str,
    count: watch::Sender<usize>,
) -> Vec<(&'static str, u64)> {
    let mut answered = Vec::new();
    while let Some(message) = runner.post(sender, "/messages", &text_to_group(GROUP, "hello")).await {
        answered.push((sender, message["id"].as_u64().unwrap()));
        count.send_modify(|count| *count += 1);
    }
    answered
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let api = Api::start_on(Data::Folder(folder.path().to_owned())).await;
    let (ash, birch) = (api.user("ash").await, api.token_user("birch").await);
    let group = api.group("orchard", &[&ash, &birch]).await;
    let mut body = tests::text_to_user("birch", "hello");
    body["muid"] = json!("m-1");
    let sent = ash.post("/messages", body.clone()).await.expect_data();
    let to_group = birch.send_text_to_group(&group, "ladders").await;
    let (key, token) = (api.api_key().to_owned(), birch.header("authToken"));
    api.stop().await;

    let api = Api::start_on(Data::Folder(folder.path().to_owned())).await;
    assert_eq!(api.api_key(), key);
    let (ash, birch) = (api.on_behalf_of("ash"), api.nobody().with("authToken", &token));
    assert_eq!(birch.get(format!("/messages/{}", sent["id"])).await.expect_data(), sent);
    assert_eq!(birch.get(format!("/messages/{}", to_group["id"])).await.expect_data(), to_group);
    assert_eq!(ids(&ash.get("/users/birch/messages").await.expect_data()), [sent["id"].as_u64().unwrap()]);
    let repeated = ash.post("/messages", body).await.expect_data();
    assert_eq!(repeated["id"], sent["id"]);
    let newer = ash.send_text_to_group(&group, "baskets").await;
    assert!(to_group["id"].as_u64() < newer["id"].as_u64());
}
