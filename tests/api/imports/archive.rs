//! Archives: records that become rows, whatever happens to who writes them.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use fastrand::Rng;
use model::archive::{Kind, Record};
use serde_json::{Value, json};
use shared::imports::importer::{Before, Importer};
use shared::imports::report::Report;
use tests::Api;

const THEN: u64 = 1_730_000_000;
const PEOPLE: [&str; 4] = ["ash", "birch", "cedar", "elm"];

fn record(value: Value) -> Record {
    Record::parse(&value.to_string()).unwrap_or_else(|bad| panic!("{value}: {bad}"))
}

/// A user as others show them.
fn profile(uid: &str) -> Value {
    json!({ "uid": uid, "name": uid, "role": "default", "status": "offline", "createdAt": THEN })
}

/// The nth message, with the small id of another service: of ash to birch, of birch to ash, or of one of three to the group.
fn message(n: u64) -> Value {
    let (sender, receiver, conversation) = match n % 3 {
        0 => ("ash", "user#birch", "user#ash#birch"),
        1 => ("birch", "user#ash", "user#ash#birch"),
        _ => (PEOPLE[(n % 4) as usize], "group#orchard", "group#orchard"),
    };
    let user = |uid: &str| json!({ "entityType": "user", "entity": profile(uid) });
    let (kind, id) = receiver.split_once('#').unwrap();
    let to = match kind {
        "user" => user(id),
        _ => json!({ "entityType": "group", "entity": { "guid": id, "name": id, "type": "public", "owner": "ash",
            "membersCount": 4, "createdAt": THEN, "conversationId": "group_orchard" } }),
    };
    let mut message = json!({ "kind": "message", "id": 5_000 + n, "conversation": conversation, "sender": sender,
        "receiver": receiver, "category": "message", "type": "text", "data": { "text": format!("m{n}") },
        "entities": { "sender": user(sender), "receiver": to }, "sentAt": THEN + n, "updatedAt": THEN + n });
    match n % 10 {
        // The first one of each ten between the two is replied to by the sixth.
        3 => message["replyCount"] = json!(1),
        9 if conversation == "user#ash#birch" => message["parentId"] = json!(5_000 + n - 6),
        6 => message["reactions"] = json!({ "x": { "count": 2, "first": 7_000 + 2 * n } }),
        _ => {}
    }
    message
}

const MESSAGES: u64 = 120;

/// People, a group, and so many messages.
fn records(n_messages: u64) -> Vec<Record> {
    let mut lines =
        vec![json!({ "kind": "header", "format": "halley-archive", "version": 1, "app": "a", "createdAt": THEN })];
    lines.extend(
        PEOPLE.map(|uid| json!({ "kind": "user", "uid": uid, "name": uid, "role": "default", "createdAt": THEN })),
    );
    lines.push(json!({ "kind": "friend", "uid": "ash", "friend": "birch", "friendsSince": THEN }));
    lines.push(json!({ "kind": "friend", "uid": "ash", "friend": "elm", "friendsSince": THEN }));
    lines.push(json!({ "kind": "block", "uid": "cedar", "blocked": "elm", "blockedAt": THEN }));
    lines.push(json!({ "kind": "group", "guid": "orchard", "name": "orchard", "type": "public", "owner": "ash",
        "createdAt": THEN }));
    lines.extend(PEOPLE.map(|uid| {
        json!({ "kind": "member", "guid": "orchard", "uid": uid, "scope": "participant",
        "joinedAt": THEN })
    }));
    lines.extend((0..n_messages).map(message));
    for n in (0..n_messages).filter(|n| n % 10 == 6) {
        lines.extend([0, 1].map(|who| json!({ "kind": "reaction", "id": 7_000 + 2 * n + who, "messageId": 5_000 + n,
            "reaction": "x", "uid": PEOPLE[who as usize], "reactedAt": THEN + n, "reactedBy": profile(PEOPLE[who as usize]) })));
    }
    for uid in ["ash", "birch"] {
        lines.push(json!({ "kind": "conversation", "uid": uid, "conversation": "user#ash#birch", "joinedAt": THEN,
            "readId": 5_060, "readAt": THEN + 500, "deliveredId": 5_060, "deliveredAt": THEN + 500, "tags": ["t"] }));
        for receipt in ["delivered", "read"] {
            lines
                .push(json!({ "kind": "receipt", "conversation": "user#ash#birch", "subject": uid, "receipt": receipt,
                "id": 5_060, "at": THEN + 500 }));
        }
    }
    lines.push(json!({ "kind": "pin", "conversation": "group#orchard", "messageId": 5_002, "pinnedBy": "ash",
        "pinnedAt": THEN + 9 }));
    lines.push(json!({ "kind": "save", "uid": "ash", "messageId": 5_001, "savedAt": THEN + 9 }));
    lines.push(json!({ "kind": "subscription", "uid": "birch", "messageId": 5_003 }));
    lines.into_iter().map(record).collect()
}

async fn import(api: &Api, records: &[Record], before: Before) -> Report {
    let mut importer = Importer::new(api.store(), before);
    for record in records {
        importer.take(record.clone()).await.unwrap();
    }
    importer.write().await.unwrap();
    importer.report().clone()
}

/// The table without what is of the service itself.
async fn rows(api: &Api) -> Vec<String> {
    let is_own =
        |row: &String| ["cometchat-", "halley-bot"].iter().any(|seed| row.contains(seed)) || row.contains("\"KEY");
    let rows = api.table().await.into_iter().map(|item| item.to_string());
    let mut rows: Vec<String> = rows.filter(|row| !is_own(row)).collect();
    rows.sort();
    rows
}

/// Runs a future until it was woken so often, then it is gone, whatever it was waiting for.
async fn killed_after(n_wakes: usize, future: impl Future) {
    let (mut future, mut left) = (pin!(future), n_wakes);
    poll_fn(|context| {
        left = left.saturating_sub(1);
        let is_over = left == 0 || future.as_mut().poll(context).is_ready();
        if is_over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[tokio::test]
async fn an_import_that_is_killed_ten_times_ends_without_a_double_or_a_loss() {
    let records = records(40);
    let (clean, killed) = (Api::start().await, Api::start().await);
    let (report, told) = clean.hear(import(&clean, &records, Before::Stay)).await;
    assert_eq!((report.written[&Kind::Message], &report.refusals), (40, &vec![]));
    assert_eq!(told, Vec::<Value>::new());
    let mut rng = Rng::with_seed(tests::seed());
    for _ in 0..10 {
        killed_after(rng.usize(2..60), import(&killed, &records, Before::Stay)).await;
    }
    import(&killed, &records, Before::Stay).await;
    let expected = rows(&clean).await;
    for _ in 0..2 {
        let found = rows(&killed).await;
        let others = |these: &[String], those: &[String]| {
            these.iter().filter(|row| !those.contains(row)).cloned().collect::<Vec<_>>()
        };
        assert_eq!(others(&found, &expected), others(&expected, &found));
        assert_eq!(found.len(), expected.len());
        import(&killed, &records, Before::Stay).await;
    }
}

/// What was taken is written, and may be noted, soon at first, so that runs that are cut off soon come to the end together.
#[tokio::test]
async fn the_first_records_of_many_are_written_soon() {
    let api = Api::start().await;
    let mut importer = Importer::new(api.store(), Before::Stay);
    let (mut n_taken, mut written_at) = (0, Vec::new());
    for record in records(MESSAGES) {
        let is_message = record.kind() == Kind::Message;
        if importer.take(record).await.unwrap() && is_message && 0 < n_taken {
            written_at.push(n_taken);
        }
        n_taken += usize::from(is_message);
    }
    assert_eq!(written_at, [16, 16 + 32, 16 + 32 + 64]);
}

/// As by a list that moves while its pages are read.
#[tokio::test]
async fn what_is_told_twice_is_there_once() {
    let (api, other) = (Api::start().await, Api::start().await);
    let once = records(MESSAGES);
    let twice: Vec<Record> = once.iter().flat_map(|record| [record.clone(), record.clone()]).collect();
    import(&other, &once, Before::Stay).await;
    let report = import(&api, &twice, Before::Stay).await;
    assert_eq!(report.refusals, []);
    assert_eq!(rows(&api).await, rows(&other).await);
}

#[tokio::test]
async fn what_is_brought_in_is_what_reads_answer_and_goes_on() {
    let api = Api::start().await;
    import(&api, &records(MESSAGES), Before::Stay).await;
    let (ash, birch) = (api.on_behalf_of("ash"), api.on_behalf_of("birch"));
    let page = ash.get("/users/birch/messages?id=5090&affix=append&limit=3").await.expect_ok();
    let ids: Vec<u64> = page["data"].as_array().unwrap().iter().map(|it| it["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [5_091, 5_093, 5_094]);
    assert_eq!(page["data"][0]["sentAt"], json!(THEN + 91));
    let windows = [
        (format!("sentAt={}&affix=append&limit=2", THEN + 90), vec![5_091, 5_093]),
        (format!("sentAt={}&affix=prepend&limit=2", THEN + 90), vec![5_087, 5_088]),
        (format!("sentAt[from]={}", THEN + 117), vec![5_117, 5_118]),
        (format!("sentAt[from]={}&sentAt[to]={}", THEN + 3, THEN + 6), vec![5_003, 5_004, 5_006]),
        (format!("fromTimestamp={}", THEN + 900), vec![]),
    ];
    for (window, expected) in windows {
        let page = ash.get(format!("/users/birch/messages?{window}")).await.expect_ok();
        let ids: Vec<u64> = page["data"].as_array().unwrap().iter().map(|it| it["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, expected, "{window}");
    }
    let parent = ash.get("/messages/5003").await.expect_data();
    assert_eq!((&parent["replyCount"], &parent["readAt"]), (&json!(1), &json!(THEN + 500)));
    let replies = birch.get("/messages/5003/thread").await.expect_data();
    assert_eq!(replies[0]["id"], 5_009);
    let threads = birch.get("/threads").await.expect_data();
    assert_eq!(threads[0]["lastReply"]["sentAt"], json!(THEN + 109));
    let reactions = ash.get("/messages/5006/reactions").await.expect_data();
    assert_eq!(reactions[1]["reactedAt"], json!(THEN + 6));
    let conversation = birch.get("/users/ash/conversation").await.expect_data();
    assert_eq!((&conversation["unreadMessageCount"], &conversation["tags"]), (&json!(19), &json!(["t"])));
    assert_eq!(conversation["lastMessage"]["id"], json!(5_118));
    assert_eq!(ash.get("/users/ash/friends").await.expect_data().as_array().unwrap().len(), 2);
    assert_eq!(ash.get("/groups/orchard").await.expect_data()["membersCount"], 4);
    assert_eq!(ash.get("/messages?saved=1").await.expect_data()[0]["id"], json!(5_001));
    assert_eq!(ash.get("/groups/orchard/messages?pinned=1").await.expect_data()[0]["id"], json!(5_002));

    let sent = ash.send_text(&birch, "new").await;
    assert!(5_119 < sent["id"].as_u64().unwrap());
    birch.delete("/messages/5006/reactions/x", Value::Null).await.expect_ok();
    birch.post("/messages/5003/thread", json!({ "data": { "text": "later" } })).await.expect_ok();
    let parent = birch.get("/messages/5003").await.expect_data();
    assert_eq!(parent["replyCount"], 2);
}

#[tokio::test]
async fn catching_up_takes_over_what_changed_there_and_leaves_what_changed_here_later() {
    let api = Api::start().await;
    import(&api, &records(MESSAGES), Before::Stay).await;
    let birch = api.on_behalf_of("birch");
    birch.put("/messages/5004", json!({ "data": { "text": "mine" } })).await.expect_ok();
    let mut edited = [message(3), message(4)];
    for message in &mut edited {
        message["data"]["text"] = json!("edited");
        message["editedAt"] = json!(THEN + 900);
        message["editedBy"] = json!(message["sender"].as_str().unwrap());
        message["updatedAt"] = json!(THEN + 900);
    }
    let user = json!({ "kind": "user", "uid": "elm", "name": "Elm", "role": "default", "createdAt": THEN,
        "updatedAt": THEN + 900, "tags": ["x"] });
    let changes: Vec<Record> = [user].into_iter().chain(edited).chain([message(MESSAGES)]).map(record).collect();
    import(&api, &changes, Before::Stay).await;
    assert_eq!(birch.get("/messages/5003").await.expect_data()["data"]["text"], "m3");
    import(&api, &changes, Before::CatchUp).await;
    assert_eq!(birch.get("/messages/5003").await.expect_data()["data"]["text"], "edited");
    assert_eq!(birch.get("/messages/5004").await.expect_data()["data"]["text"], "mine");
    assert_eq!(birch.get("/messages/5120").await.expect_data()["data"]["text"], "m120");
    let found = api.app().get("/users?searchKey=Elm").await.expect_data();
    assert_eq!((&found[0]["name"], found.as_array().unwrap().len()), (&json!("Elm"), 1));
}

#[tokio::test]
async fn what_cannot_be_written_is_reported_and_all_else_is_written() {
    let api = Api::start().await;
    import(&api, &records(MESSAGES), Before::Stay).await;
    let mut taken = message(0);
    taken["conversation"] = json!("group#orchard");
    let mut of_another_time = message(1);
    of_another_time["id"] = json!(1_u64 << 50);
    let mut large = message(2);
    large["id"] = json!(9_000);
    large["data"]["text"] = json!("x".repeat(61_000));
    let lines = [
        json!({ "kind": "member", "guid": "nowhere", "uid": "ash", "scope": "admin", "joinedAt": THEN }),
        taken,
        of_another_time,
        large,
        message(MESSAGES),
        json!({ "kind": "pin", "conversation": "group#orchard", "messageId": 4, "pinnedBy": "ash", "pinnedAt": THEN }),
    ];
    let report = import(&api, &lines.map(record), Before::Stay).await;
    let mut refused: Vec<&str> = report.refusals.iter().map(|refusal| refusal.what.as_str()).collect();
    refused.sort_unstable();
    assert_eq!(refused, ["1125899906842624", "4", "5000", "9000", "ash in nowhere"]);
    assert_eq!((report.written[&Kind::Message], report.refused[&Kind::Message]), (1, 3));
}
