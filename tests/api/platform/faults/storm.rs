//! Everything goes wrong now and then, while several people write at once and try again until they are answered:
//! nothing that was answered is lost, and nothing is there twice.

use std::collections::BTreeMap;

use futures_util::future::{join, join_all};
use rstest::rstest;
use serde_json::{Value, json};
use tests::media::{PNG, media_to_user};
use tests::{Actor, Answer, text_to_group};

use super::{start, table};

/// Which share of the requests to AWS goes wrong.
const SHARE: f64 = 0.15;
const SENDS: usize = 10;
const TRIES: usize = 50;

/// Tries again, as clients do, until the request is answered or refused as one of `done`, which say that an earlier try
/// did it. Whatever else comes is a failure that the contract knows.
async fn until_done(actor: &Actor<'_>, method: &str, path: &str, body: &Value, done: &[&str]) -> Value {
    for _ in 0..TRIES {
        let answer = actor.send(method, path, body.to_string().into_bytes()).await;
        let code = answer.body["error"]["code"].as_str().unwrap_or_default().to_owned();
        if answer.status == 200 {
            return answer.expect_data();
        }
        if done.contains(&code.as_str()) {
            return Value::Null;
        }
        expect_failure(answer, &code);
    }
    panic!("{method} {path} was refused {TRIES} times");
}

fn expect_failure(answer: Answer, code: &str) {
    let slower = answer.retry_after;
    match (answer.status, slower) {
        (429, Some(_)) => answer.expect_error(429, "ERR_TOO_MANY_REQUESTS"),
        (500, None) => answer.expect_error(500, "ERR_OPERATION_FAILED"),
        (status, _) => panic!("{status} {code}, Retry-After {slower:?}: {}", answer.body),
    };
}

/// One message after another, each with a `muid` of its own: `muid` and id of each.
async fn send_all(actor: &Actor<'_>, path: &str, body: impl Fn(usize) -> Value) -> Vec<(String, u64)> {
    let mut sent = Vec::new();
    for n in 0..SENDS {
        let muid = format!("{}-{path}-{n}", actor.uid);
        let mut body = body(n);
        body["muid"] = json!(muid);
        let message = until_done(actor, "POST", path, &body, &[]).await;
        assert_eq!(message["muid"], json!(muid));
        sent.push((muid, message["id"].as_u64().unwrap()));
    }
    sent
}

/// Reacts twice and takes one back; joins and leaves the grove; changes the profile.
async fn live(actor: &Actor<'_>, message: &Value) {
    for kind in ["u", "v", "w", "x", "y", "z"] {
        until_done(actor, "POST", &format!("/messages/{message}/reactions/{kind}"), &json!({}), &[]).await;
    }
    until_done(actor, "DELETE", &format!("/messages/{message}/reactions/y"), &json!({}), &[]).await;
    let members = "/groups/grove/members";
    until_done(actor, "POST", members, &json!({}), &["ERR_ALREADY_JOINED"]).await;
    if actor.uid.starts_with('a') {
        let member = format!("{members}/{}", actor.uid);
        until_done(actor, "DELETE", &member, &json!({}), &["ERR_NOT_A_MEMBER"]).await;
    }
}

/// The messages of a list by `muid`: the ids that each stands for.
fn by_muid(listed: &Value) -> BTreeMap<String, Vec<u64>> {
    let mut ids: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for message in listed.as_array().unwrap() {
        if let Some(muid) = message["muid"].as_str() {
            ids.entry(muid.to_owned()).or_default().push(message["id"].as_u64().unwrap());
        }
    }
    ids
}

#[rstest]
#[case::seed_1(1)]
#[case::seed_2(2)]
#[case::seed_3(3)]
#[case::seed_4(4)]
#[tokio::test]
async fn nothing_answered_is_lost_and_nothing_is_there_twice(#[case] seed: u64) {
    println!("the storm of seed {seed}");
    let (api, faults) = start().await;
    let mut people = Vec::new();
    for uid in ["ash", "alder", "birch", "cedar"] {
        people.push(api.user(uid).await);
    }
    let everybody: Vec<&Actor<'_>> = people.iter().collect();
    api.group("grove", &[]).await;
    api.group("orchard", &everybody).await;
    let parent = people[0].send_text_to_group("orchard", "first").await;
    let thread = format!("/messages/{}/thread", parent["id"]);

    faults.storm(seed, SHARE);
    let sends = join_all(
        people.iter().map(|person| send_all(person, "/messages", |n| text_to_group("orchard", &format!("{n}")))),
    );
    let replies = join_all(
        people.iter().map(|person| send_all(person, &thread, |n| json!({ "data": { "text": n.to_string() } }))),
    );
    let lives = join_all(people.iter().map(|person| live(person, &parent["id"])));
    let (sent, (replied, _)) = join(sends, join(replies, lives)).await;
    let injected = faults.end();
    assert!(50 < injected, "only {injected} faults");

    for (path, sent) in [("/groups/orchard/messages", sent), (thread.as_str(), replied)] {
        let listed = people[0].get(format!("{path}?limit=1000")).await.expect_data();
        let answered: BTreeMap<String, Vec<u64>> =
            sent.into_iter().flatten().map(|(muid, id)| (muid, vec![id])).collect();
        let listed: BTreeMap<String, Vec<u64>> =
            by_muid(&listed).into_iter().filter(|(muid, _)| answered.contains_key(muid)).collect();
        assert_eq!(listed, answered, "{path}");
    }
    let parent = people[0].get(format!("/messages/{}", parent["id"])).await.expect_data();
    assert_eq!(parent["replyCount"], people.len() * SENDS);
    assert_eq!(crate::given::reactions(&parent), ["u", "v", "w", "x", "z"].map(|kind| (kind, 4, true)));
    let grove = api.app().get("/groups/grove").await.expect_data();
    assert_eq!(grove["membersCount"], 2);
    table::check(&api).await;
}

#[rstest]
#[case::seed_1(1)]
#[case::seed_2(2)]
#[tokio::test]
async fn a_file_is_attached_to_one_message_however_often_its_send_fails(#[case] seed: u64) {
    println!("the storm of seed {seed}");
    let (api, faults) = start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let mut bodies = Vec::new();
    for n in 0..SENDS {
        let upload = alice.upload(&format!("{n}.png"), "image/png", PNG).await;
        let mut body = media_to_user("bob", "image", &[&upload.attachment]);
        body["muid"] = json!(format!("file-{n}"));
        bodies.push(body);
    }

    faults.storm(seed, 2.0 * SHARE);
    let sent = join_all(bodies.iter().map(|body| until_done(&alice, "POST", "/messages", body, &[]))).await;
    assert!(0 < faults.end());

    let listed = bob.get("/users/alice/messages?limit=100").await.expect_data();
    assert_eq!(listed.as_array().unwrap().len(), SENDS);
    for message in sent {
        let message = bob.get(format!("/messages/{}", message["id"])).await.expect_data();
        let url = message["data"]["attachments"][0]["url"].as_str().unwrap();
        assert_eq!(tests::media::download(url).await.bytes, PNG);
    }
    table::check(&api).await;
}

#[rstest]
#[case::seed_1(1)]
#[case::seed_2(2)]
#[tokio::test]
async fn each_of_several_receivers_gets_one_message(#[case] seed: u64) {
    println!("the storm of seed {seed}");
    let (api, faults) = start().await;
    let ash = api.user("ash").await;
    let receivers: Vec<String> = (0..SENDS).map(|n| format!("receiver-{n}")).collect();
    api.users(&receivers).await;
    let body = json!({ "multipleReceivers": { "uids": receivers }, "muid": "m-1", "data": { "text": "hello" } });

    faults.storm(seed, 2.0 * SHARE);
    for tries in 0.. {
        assert!(tries < TRIES, "some receivers never got it");
        let sent = until_done(&ash, "POST", "/messages", &body, &[]).await;
        if sent["uids"].as_object().unwrap().values().all(|slot| slot["success"] == true) {
            break;
        }
    }
    assert!(0 < faults.end());

    for receiver in &receivers {
        let listed = api.on_behalf_of(receiver).get("/users/ash/messages").await.expect_data();
        assert_eq!(tests::texts(&listed), ["hello"], "{receiver}");
    }
    table::check(&api).await;
}

#[rstest]
#[case::seed_1(1)]
#[case::seed_2(2)]
#[tokio::test]
async fn what_was_deleted_for_good_is_gone_however_often_its_deletion_failed(#[case] seed: u64) {
    println!("the storm of seed {seed}");
    let (api, faults) = start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let mut paths = Vec::new();
    for n in 0..SENDS {
        let upload = alice.upload("secret.png", "image/png", PNG).await;
        let sent = alice.post("/messages", media_to_user("bob", "image", &[&upload.attachment])).await.expect_data();
        bob.post(format!("/messages/{}/reactions/{n}", sent["id"]), json!({})).await.expect_ok();
        paths.push(format!("/messages/{}", sent["id"]));
    }

    faults.storm(seed, 2.0 * SHARE);
    let body = &json!({ "permanent": true });
    let deletions = paths.iter().map(|path| until_done(&alice, "DELETE", path, body, &["ERR_MSG_NOT_FOUND"]));
    join_all(deletions).await;
    assert!(0 < faults.end());

    assert_eq!(api.objects(), [""; 0]);
    let left: Vec<Value> = api.table().await;
    let left: Vec<&Value> = left.iter().filter(|item| item["pk"]["S"].as_str().unwrap().starts_with("MSG#")).collect();
    assert!(left.is_empty(), "{left:?}");
    for path in paths {
        alice.get(path).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    }
}
