//! Random sequences of operations by several users, against the API and against a plain model of the contract: what
//! each user is answered and sees must be the same.

mod seen;
mod standing;
mod world;

use fastrand::Rng;
use model::id::MessageId;
use serde_json::{Value, json};
use tests::{Actor, Answer, Api, segment};

use seen::Seen;
pub use world::USERS;
use world::{Act, Conversation, GROUPS, Refusal, World};

/// How many acts one run takes; a view of somebody is compared after each, and all views now and then.
const STEPS: usize = 1_000;
const ALL_VIEWS_EVERY: usize = 250;

#[tokio::test]
async fn everybody_sees_what_the_contract_says_after_any_acts() {
    run(tests::seed()).await;
}

/// Lets so many random acts happen in a service, several in each of some seconds.
pub async fn fill(api: &Api, seed: u64, steps: usize) {
    const IN_A_SECOND: usize = 10;
    populate(api).await;
    let (mut rng, mut world) = (Rng::with_seed(seed), World::default());
    for step in 0..steps {
        if step % IN_A_SECOND == 0 {
            tests::next_second().await;
        }
        let act = world.random_act(&mut rng);
        let answer = perform(api, &act).await;
        check_answer(&mut world, &act, answer, &format!("HALLEY_SEED={seed}, step {step}: {act:?}"));
    }
}

/// The users and groups that acts are about.
async fn populate(api: &Api) {
    for uid in USERS {
        api.user(uid).await;
    }
    for (guid, admin, members) in GROUPS {
        let members = json!({ "admins": [admin], "participants": members });
        api.app().post("/groups", json!({ "guid": guid, "name": guid, "members": members })).await.expect_ok();
    }
}

async fn run(seed: u64) {
    let api = Api::start().await;
    populate(&api).await;
    let mut rng = Rng::with_seed(seed);
    let mut world = World::default();
    for step in 0..STEPS {
        let act = world.random_act(&mut rng);
        let context = format!("HALLEY_SEED={seed}, step {step}: {act:?}");
        let answer = perform(&api, &act).await;
        check_answer(&mut world, &act, answer, &context);
        let viewer = USERS[rng.usize(..USERS.len())];
        let conversations = world.conversations_of(viewer);
        let conversation = &conversations[rng.usize(..conversations.len())];
        check_conversation(&api, &world, viewer, conversation, &mut rng, &context).await;
        if step % ALL_VIEWS_EVERY == 0 || step + 1 == STEPS {
            for viewer in USERS {
                check_everything_of(&api, &world, viewer, &context).await;
            }
            check_app(&api, &world, &context).await;
        }
    }
}

async fn perform(api: &Api, act: &Act) -> Answer {
    let by = |uid: &str| api.on_behalf_of(uid);
    match act {
        Act::Send { by: uid, to, text, quoted, muid } => {
            let (receiver, receiver_type) = to.receiver(uid);
            let mut body = json!({ "receiver": receiver, "receiverType": receiver_type, "data": { "text": text } });
            body["quotedMessageId"] = json!(quoted);
            body["muid"] = json!(muid);
            by(uid).post("/messages", body).await
        }
        Act::Reply { by: uid, parent, text } => {
            by(uid).post(format!("/messages/{parent}/thread"), json!({ "data": { "text": text } })).await
        }
        Act::Edit { by: uid, id, text } => {
            by(uid).put(format!("/messages/{id}"), json!({ "data": { "text": text } })).await
        }
        Act::Delete { by: uid, id, permanent } => {
            by(uid).delete(format!("/messages/{id}"), json!({ "permanent": permanent })).await
        }
        Act::React { by: uid, id, reaction } => {
            by(uid).post(format!("/messages/{id}/reactions/{}", segment(reaction)), Value::Null).await
        }
        Act::Unreact { by: uid, id, reaction } => {
            by(uid).delete(format!("/messages/{id}/reactions/{}", segment(reaction)), Value::Null).await
        }
        Act::Mark { by: uid, conversation, is_read, up_to } => {
            let path = format!("{}/{}", side(conversation, uid), if *is_read { "read" } else { "delivered" });
            by(uid).post(path, json!({ "messageId": up_to })).await
        }
        Act::Unmark { by: uid, conversation, after } => {
            by(uid).delete(format!("{}/read", side(conversation, uid)), json!({ "messageId": after })).await
        }
        Act::Join { by: uid, guid } => by(uid).post(format!("/groups/{guid}/members"), json!({})).await,
        Act::Leave { by: uid, guid } => by(uid).delete(format!("/groups/{guid}/members/{uid}"), json!({})).await,
        Act::Block { by: uid, other } => {
            api.app().post(format!("/users/{uid}/blockedusers"), json!({ "blockedUids": [other] })).await
        }
        Act::Unblock { by: uid, other } => {
            api.app().delete(format!("/users/{uid}/blockedusers"), json!({ "blockedUids": [other] })).await
        }
        Act::Import { by: uid, to, muid, among, receipts } => {
            let (receiver, receiver_type) = to.receiver(uid);
            let now = shared::clock::system().seconds();
            let sent_at = among.and_then(|id| MessageId::new(id).ok()).map_or(now, |id| id.sent_at().min(now));
            let mut message = json!({ "muid": muid, "sender": uid, "receiver": receiver, "receiverType": receiver_type,
                "sentAt": sent_at, "data": { "text": muid } });
            if let Some(receipts) = receipts {
                message[receipts] = json!(now);
            }
            let mut answer = api.app().post("/data_import/messages", json!({ "messages": { muid: message } })).await;
            answer.body = answer.body["data"][muid].take();
            assert_eq!(answer.body["success"], true, "{}", answer.body);
            answer
        }
    }
}

/// The conversation as one of its users names it.
fn side(conversation: &Conversation, uid: &str) -> String {
    let (receiver, receiver_type) = conversation.receiver(uid);
    format!("/{receiver_type}s/{receiver}/conversation")
}

fn check_answer(world: &mut World, act: &Act, answer: Answer, context: &str) {
    let expected = world.judge(act);
    match expected {
        Err(Refusal(status, code)) => {
            assert_eq!((answer.status, answer.body["error"]["code"].as_str()), (status, Some(code)), "{context}");
        }
        Ok(()) => {
            assert_eq!(answer.status, 200, "{context}: {}", answer.body);
            world.apply(act, answer.body["data"]["id"].as_u64());
        }
    }
}

/// A conversation read whole, or paged from either end.
async fn check_conversation(
    api: &Api,
    world: &World,
    viewer: &str,
    conversation: &Conversation,
    rng: &mut Rng,
    context: &str,
) {
    let actor = api.on_behalf_of(viewer);
    let path = conversation.path(viewer);
    let seen = match rng.u8(..10) {
        0 => paged(&actor, &path, "append", rng.usize(5..50)).await,
        1 => paged(&actor, &path, "prepend", rng.usize(5..50)).await,
        _ => list(&actor, &format!("{path}?limit=1000")).await,
    };
    assert_seen(&seen, &world.seen_by(viewer, |message| message.conversation == *conversation), viewer, context);
    check_unread(&actor, world, viewer, conversation, context).await;
}

/// The counter of a conversation, the list of what is unread, and the receipts that `viewer` gave.
async fn check_unread(actor: &Actor<'_>, world: &World, viewer: &str, conversation: &Conversation, context: &str) {
    let unread = world.unread(viewer, conversation);
    let listed = actor.get(format!("{}?unread=1&limit=1000", conversation.path(viewer))).await.expect_data();
    assert_eq!(tests::ids(&listed).len(), unread, "{context}: {conversation:?}");
    let counters = actor.get(format!("{}?unread=1&count=1", conversation.path(viewer))).await.expect_data();
    assert_eq!(counters[0]["count"].as_u64().unwrap_or_default(), unread as u64, "{context}: {conversation:?}");
    let shown = actor.get(side(conversation, viewer)).await;
    if shown.status == 200 {
        let shown = shown.expect_data();
        assert_eq!(shown["unreadMessageCount"], unread, "{context}: {conversation:?} as {viewer} sees it");
    }
    let listed = actor.get(format!("{}?limit=1000", conversation.path(viewer))).await.expect_data();
    let listed: std::collections::HashMap<u64, &Value> =
        listed.as_array().unwrap().iter().map(|message| (message["id"].as_u64().unwrap(), message)).collect();
    // Which positions have come to history since it was there, and what its importer said, has tests of its own.
    let is_news = |message: &&world::Message| message.conversation == *conversation && !message.is_history;
    for message in world.messages().filter(is_news) {
        let mine = &listed[&message.id]["myReceipt"];
        let given = (mine["deliveredAt"].is_u64(), mine["readAt"].is_u64());
        assert_eq!(given, world.receipts(viewer, message), "{context}: {message:?} as {viewer} sees it");
        if let (Conversation::Users(one, other), None) = (&message.conversation, message.action) {
            let receiver =
                if one == other { None } else { [one, other].into_iter().find(|uid| **uid != message.sender) };
            let shown = &listed[&message.id];
            let all = (shown["deliveredAt"].is_u64(), shown["readAt"].is_u64());
            let expected = receiver.map_or((false, false), |receiver| world.receipts(receiver, message));
            assert_eq!(all, expected, "{context}: {message:?}");
        }
    }
}

async fn check_everything_of(api: &Api, world: &World, viewer: &str, context: &str) {
    let actor = api.on_behalf_of(viewer);
    let mine = world.conversations_of(viewer);
    let merged = list(&actor, "/messages?limit=1000").await;
    assert_seen(&merged, &world.seen_by(viewer, |message| mine.contains(&message.conversation)), viewer, context);
    let paged = paged(&actor, "/messages", "prepend", 23).await;
    assert_seen(&paged, &merged, viewer, context);
    for parent in world.parents().filter(|parent| mine.contains(&parent.conversation)) {
        let replies = list(&actor, &format!("/messages/{}/thread?limit=1000", parent.id)).await;
        assert_seen(&replies, &world.seen_by(viewer, |message| message.parent == Some(parent.id)), viewer, context);
    }
    for message in world.reacted().filter(|message| mine.contains(&message.conversation)) {
        let path = format!("/messages/{}/reactions", message.id);
        let listed = actor.get(&path).await.expect_data();
        let mut holders: Vec<(String, String)> = listed
            .as_array()
            .unwrap()
            .iter()
            .map(|item| (item["reaction"].as_str().unwrap().to_owned(), item["uid"].as_str().unwrap().to_owned()))
            .collect();
        holders.sort();
        assert_eq!(holders, message.holders(), "{context}: {path}");
    }
    for strange in world.messages().filter(|message| !mine.contains(&message.conversation)).take(5) {
        actor.get(format!("/messages/{}", strange.id)).await.expect_error(403, "ERR_MESSAGE_NO_ACCESS");
    }
}

async fn check_app(api: &Api, world: &World, context: &str) {
    let mut all = list(&api.app(), "/messages?limit=1000&categories=message").await;
    let mut expected = world.seen_by("", |message| message.action.is_none());
    // The newest thousand, where there are more.
    let beyond = expected.len().saturating_sub(1000);
    expected.drain(..beyond);
    all.sort_by_key(|seen| seen.id);
    assert_seen(&all, &expected, "app_system", context);
}

async fn list(actor: &Actor<'_>, path: &str) -> Vec<Seen> {
    seen::all(&actor.get(path).await.expect_data())
}

/// Every page from one end to the other, in rising order.
async fn paged(actor: &Actor<'_>, path: &str, affix: &str, limit: usize) -> Vec<Seen> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = actor.get(format!("{path}?affix={affix}&limit={limit}{cursor}")).await.expect_ok();
        let seen = seen::all(&page["data"]);
        if page["meta"]["current"]["count"] == 0 {
            return all;
        }
        let step = if affix == "append" { "next" } else { "previous" };
        cursor = format!("&id={}", page["meta"][step]["id"]);
        match affix {
            "append" => all.extend(seen),
            _ => all.splice(..0, seen).for_each(drop),
        }
    }
}

fn assert_seen(actual: &[Seen], expected: &[Seen], viewer: &str, context: &str) {
    for (actual, expected) in actual.iter().zip(expected) {
        assert_eq!(actual, expected, "{context}: as {viewer} sees it");
    }
    assert_eq!(actual.len(), expected.len(), "{context}: as {viewer} sees it");
}
