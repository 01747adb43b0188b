//! From the answer of the request on, nothing of a user who is deleted is shown by any route, though the job has not begun.

use futures_util::future::join_all;
use local::Data;
use model::event::{Audience, Event, EventKind, Origin};
use model::id::MessageId;
use model::job::{Job, Work};
use model::leaving::Leaving;
use model::uid::Uid;
use serde_json::{Value, json};
use shared::store::user_deletion::UserMarking;
use tests::{Actor, Api, text_to_group, text_to_user};

use super::left_of;

/// Whatever ash wrote, said of themselves or reacted with holds one of these.
const SECRETS: [&str; 3] = ["Secret Name", "former", "tulip"];
/// More than the mark closes.
const MANY: usize = 95;

async fn delete_ash(api: &Api) {
    api.app().delete("/users/ash", json!({ "permanent": true })).await.expect_ok();
}

/// A message to a group, and its id.
async fn sent(actor: &Actor<'_>, guid: &str, text: &str) -> u64 {
    actor.send_text_to_group(guid, text).await["id"].as_u64().unwrap()
}

async fn reply(actor: &Actor<'_>, id: u64, text: &str) -> u64 {
    let answer = actor.post(format!("/messages/{id}/thread"), json!({ "data": { "text": text } })).await;
    answer.expect_data()["id"].as_u64().unwrap()
}

/// What ash wrote, by id, and what birch did.
struct Stage {
    of_ash: Vec<u64>,
    of_birch: u64,
    quote: u64,
}

/// ash is a member of orchard, was one of grove, and wrote as a bot to meadow.
async fn prepare(api: &Api) -> Stage {
    let birch = api.user("birch").await;
    api.app().post("/users", json!({ "uid": "ash", "name": "Secret Name" })).await.expect_ok();
    let ash = api.on_behalf_of("ash");
    for guid in ["orchard", "grove", "meadow"] {
        let members =
            json!({ "admins": ["birch"], "participants": if guid == "meadow" { json!([]) } else { json!(["ash"]) } });
        api.app().post("/groups", json!({ "guid": guid, "name": guid, "members": members })).await.expect_ok();
    }
    let of_birch = sent(&birch, "orchard", "kept, to <@uid:ash>").await;
    let mut of_ash = vec![sent(&ash, "orchard", "former one").await, sent(&ash, "grove", "former two").await];
    ash.post(format!("/messages/{of_birch}/reactions/tulip"), json!({})).await.expect_ok();
    ash.post(format!("/messages/{of_birch}/reactions/x"), json!({})).await.expect_ok();
    birch.post(format!("/messages/{of_birch}/reactions/x"), json!({})).await.expect_ok();
    reply(&birch, of_birch, "kept reply").await;
    of_ash.push(reply(&ash, of_birch, "former reply").await);
    let quote = json!({ "data": { "text": "kept quote" }, "receiver": "orchard", "receiverType": "group",
        "quotedMessageId": of_ash[0] });
    let quote = birch.post("/messages", quote).await.expect_data()["id"].as_u64().unwrap();
    for path in ["pin", "save", "reactions/x"] {
        birch.post(format!("/messages/{}/{path}", of_ash[0]), json!({})).await.expect_ok();
    }
    reply(&birch, of_ash[0], "kept reply to what goes").await;
    ash.put(format!("/messages/{}", of_ash[0]), json!({ "data": { "text": "former, edited" } })).await.expect_ok();
    ash.delete("/groups/grove/members/ash", json!({})).await.expect_ok();
    api.app().post("/bots", json!({ "uid": "ash", "webhookURL": "https://bots.example/b" })).await.expect_ok();
    for text in ["former beep", "former beep again"] {
        let beep = api.app().post("/bots/ash/messages", text_to_group("meadow", text)).await.expect_data();
        of_ash.push(beep["id"].as_u64().unwrap());
    }
    of_ash.push(sent(&ash, "orchard", "former news for <@uid:birch>").await);
    Stage { of_ash, of_birch, quote }
}

/// All lists that show messages, to birch and to the app.
fn lists(stage: &Stage) -> Vec<String> {
    let mut paths: Vec<String> =
        ["/messages", "/groups/orchard/messages", "/groups/grove/messages", "/groups/meadow/messages"]
            .iter()
            .flat_map(|path| {
                let queries =
                    ["limit=100", "affix=append&id=1&limit=100", "searchKey=former", "count=true", "category=action"];
                queries.map(|query| format!("{path}?{query}"))
            })
            .collect();
    let single = [
        "/conversations?withTags=true",
        "/conversations?unread=true",
        "/groups/orchard/conversation",
        "/conversations/group_orchard",
        "/groups/grove/conversation",
        "/threads",
        "/threads?withUnreadReplyCount=true",
        "/threads?participatedByMe=true&withMentionCount=true",
        "/groups/orchard/messages?pinned=true",
        "/messages?saved=true",
        "/groups/orchard/messages?saved=true",
        "/groups/orchard/members",
        "/groups",
        "/users",
        "/conversations/pinned",
        "/groups/orchard/messages?unread=true&count=true",
    ];
    paths.extend(single.map(str::to_owned));
    for id in [stage.of_birch, stage.quote] {
        for part in ["", "/thread", "/reactions", "/reactions/x"] {
            paths.push(format!("/messages/{id}{part}"));
        }
    }
    paths
}

#[tokio::test]
async fn nothing_of_a_deleted_user_is_shown_by_any_route_before_the_job_begins() {
    let mut api = Api::start_idle(Data::Memory).await;
    let stage = prepare(&api).await;
    let (app, birch) = (api.app(), api.on_behalf_of("birch"));
    let shown = |all: Vec<Value>| SECRETS.iter().filter(|secret| json!(all).to_string().contains(**secret)).count();
    let read = async |actor: &Actor<'_>| join_all(lists(&stage).into_iter().map(|path| actor.get(path))).await;
    assert_eq!(
        shown(read(&birch).await.into_iter().map(|answer| answer.body).collect()),
        SECRETS.len(),
        "all are shown before"
    );

    delete_ash(&api).await;

    for actor in [&app, &birch] {
        for (path, answer) in lists(&stage).into_iter().zip(read(actor).await) {
            assert!(answer.status < 500, "{path}: {}", answer.body);
            for secret in SECRETS {
                assert!(
                    !answer.body.to_string().contains(secret),
                    "{} reads {secret} at {path}: {}",
                    actor.uid,
                    answer.body
                );
            }
        }
        for id in &stage.of_ash {
            for path in ["", "/thread", "/reactions", "/reactions/x"] {
                actor.get(format!("/messages/{id}{path}")).await.expect_error(404, "ERR_MSG_NOT_FOUND");
            }
            actor.delete(format!("/messages/{id}"), json!({})).await.expect_error(404, "ERR_MSG_NOT_FOUND");
            let edit = json!({ "data": { "text": "edited" } });
            actor.put(format!("/messages/{id}"), edit).await.expect_error(404, "ERR_MSG_NOT_FOUND");
        }
    }
    for path in ["reactions/y", "pin", "save", "flagged", "thread/subscription"] {
        let answer = birch.post(format!("/messages/{}/{path}", stage.of_ash[0]), json!({ "id": "spam" })).await;
        answer.expect_error(404, "ERR_MSG_NOT_FOUND");
    }
    let late = json!({ "data": { "text": "late" } });
    birch.post(format!("/messages/{}/thread", stage.of_ash[0]), late).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    let quote = json!({ "data": { "text": "q" }, "receiver": "orchard", "receiverType": "group",
        "quotedMessageId": stage.of_ash[0] });
    birch.post("/messages", quote).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    assert_kept(&birch, &stage).await;

    api.work().await;
    api.jobs_done().await;
    assert_kept(&api.on_behalf_of("birch"), &stage).await;
    assert_eq!(left_of(&api, "former").await, Vec::<Value>::new());
    assert!(api.table().await.iter().all(|item| item.get("leaving").is_none()), "nobody is leaving any more");
}

/// What is of others stands as it will stand at last.
async fn assert_kept(birch: &Actor<'_>, stage: &Stage) {
    let heard = birch.get(format!("/messages/{}", stage.of_birch)).await.expect_data();
    assert_eq!(heard["data"]["reactions"], json!([{ "reaction": "x", "count": 1, "reactedByMe": true }]));
    assert_eq!(heard["data"]["mentions"]["ash"]["name"], "Deleted User");
    let reactions = birch.get(format!("/messages/{}/reactions", stage.of_birch)).await.expect_data();
    assert_eq!(reactions.as_array().unwrap().len(), 1, "{reactions}");
    let thread = birch.get(format!("/messages/{}/thread", stage.of_birch)).await.expect_data();
    assert_eq!(thread.as_array().unwrap().len(), 1, "{thread}");
    assert_eq!(birch.get(format!("/messages/{}", stage.quote)).await.expect_data().get("quotedMessage"), None);
    let conversation = birch.get("/groups/orchard/conversation").await.expect_data();
    assert_eq!(conversation["lastMessage"]["data"]["text"], "kept reply to what goes", "{conversation}");
    assert_eq!([&conversation["unreadMessageCount"], &conversation["unreadMentionsCount"]], [0, 0]);
}

#[tokio::test]
async fn of_a_user_with_many_conversations_nothing_is_shown_before_the_job_begins() {
    let mut api = Api::start_idle(Data::Memory).await;
    let ash = api.user("ash").await;
    for n in 0..MANY {
        let (uid, guid) = (format!("u{n}"), format!("g{n}"));
        api.user(&uid).await;
        ash.post("/messages", text_to_user(&uid, "former")).await.expect_ok();
        if n % 8 == 0 {
            let members = json!({ "participants": ["ash", &uid] });
            api.app().post("/groups", json!({ "guid": guid, "name": guid, "members": members })).await.expect_ok();
            sent(&ash, &guid, "former").await;
        }
    }

    let ((), events) = api.hear(delete_ash(&api)).await;

    let told = events.iter().filter(|event| event["kind"] == "userDeleted").count();
    assert_eq!(told, 2, "with the mark, and once all is closed: {events:?}");
    let all = api.app().get("/messages?limit=1000").await.expect_data();
    assert!(!all.to_string().contains("former"), "{all}");
    for n in 0..MANY {
        let other = api.on_behalf_of(&format!("u{n}"));
        assert!(!other.get("/messages").await.expect_data().to_string().contains("former"), "u{n}");
        let conversations = other.get("/conversations").await.expect_data();
        assert!(!conversations.to_string().contains("former"), "u{n}");
    }
    api.work().await;
    api.jobs_done().await;
    assert_eq!(left_of(&api, "former").await, Vec::<Value>::new());
    assert!(api.table().await.iter().all(|item| item.get("leaving").is_none()));
}

#[tokio::test]
async fn so_many_leave_one_group_at_once_and_no_more() {
    let api = Api::start_idle(Data::Memory).await;
    let uids: Vec<String> = (0..=Leaving::MOST).map(|n| format!("u{n}")).collect();
    for uid in &uids {
        api.user(uid).await;
    }
    api.app().post("/groups", json!({ "guid": "lake", "name": "lake" })).await.expect_ok();
    for some in uids.chunks(25) {
        api.app().post("/groups/lake/members", json!({ "participants": some })).await.expect_ok();
    }
    let (last, others) = uids.split_last().unwrap();
    for uid in others {
        api.app().delete(format!("/users/{uid}"), json!({ "permanent": true })).await.expect_ok();
    }

    let uid = Uid::parse(last).unwrap();
    let user = api.store().user(&uid).await.unwrap().unwrap();
    let origin = Origin { actor: Uid::app_system(), device: None };
    let kind = EventKind::UserDeleted { uid: uid.clone() };
    let event = Event::new(MessageId::MIN, &origin, Audience::Everybody, kind);
    let job = Job::new(Work::DeleteUser { uid: uid.clone(), born_id: None }, event.id, &origin);
    let (conversations, _) = api.store().conversations_after(&uid, None, 10).await.unwrap();
    let marking = api.store().mark_user(&user, &conversations, &job, &event).await.unwrap();

    assert_eq!(marking, UserMarking::Busy);
    assert_eq!(api.app().get(format!("/users/{last}")).await.status, 200, "nothing has changed");
}
